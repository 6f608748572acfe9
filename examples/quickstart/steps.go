package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

// The five parties of the flow, by the names of docs/payment-guide.md.
const (
	user        = "User"
	program     = "Mini program"
	server      = "Your server"
	app         = "Wallet app"
	appServer   = "Wallet server"
	columnWidth = len(server) + len(" → ") + len(appServer)
)

// figure is the flow that the platform's page on paying with a payment URL
// draws.
var figure = [...]struct{ from, to, what string }{
	1:  {user, program, "Pay order"},
	2:  {program, server, "Create order"},
	3:  {server, server, "Store the order"},
	4:  {server, appServer, "Create pay order, signed"},
	5:  {appServer, appServer, "Create pay order"},
	6:  {appServer, appServer, "Generate payment URL"},
	7:  {appServer, server, "Return payment URL, signed"},
	8:  {server, program, "Return payment URL"},
	9:  {program, app, "Invoke my.tradePay"},
	10: {app, app, "Invoke cashier"},
	11: {app, appServer, "Query pay order"},
	12: {appServer, app, "Return pay order"},
	13: {app, app, "Show pay order"},
	14: {user, app, "Check and pay bill"},
	15: {app, appServer, "Pay bill"},
	16: {appServer, appServer, "Handle the pay"},
	17: {appServer, app, "Return pay result"},
	18: {app, program, "Callback result"},
	19: {appServer, server, "Notify pay result, signed"},
	20: {program, program, "Show order status"},
}

const stepCount = len(figure) - 1

// recorder prints each step when it has happened.
type recorder struct {
	out   io.Writer
	fresh chan struct{} // holds one token for each step recorded

	mu       sync.Mutex
	seen     map[int]bool
	failed   error
	believed bool // the merchant verified a notification
}

func newRecorder(out io.Writer) *recorder {
	return &recorder{out: out, seen: make(map[int]bool), fresh: make(chan struct{}, 4*stepCount)}
}

// took records a step that this side took and that began at start. problem is
// nil if it was checked and found right; took returns it.
func (r *recorder) took(number int, start time.Time, detail string, problem error) error {
	r.record(number, time.Since(start), detail, problem)
	return problem
}

// fromWallet records the steps that only the test wallet can report. Of the
// others, what counts is what the other side could verify.
func (r *recorder) fromWallet(e tradepaytest.Event) {
	detail := "says the wallet"
	switch e.Step {
	case 4:
		detail = "signature verified by the wallet"
	case 5, 6, 10, 11, 12, 15, 16:
	case 19:
		detail = "verified by the merchant, acknowledgement by the wallet"
		if e.Err == nil && !r.hasBelieved() {
			e.Err = errors.New("acknowledged, but the merchant did not verify it")
		}
	default:
		return
	}
	r.record(e.Step, e.Took, detail, e.Err)
}

// believe notes that the merchant verified the notification.
func (r *recorder) believe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.believed = true
}

func (r *recorder) hasBelieved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.believed
}

func (r *recorder) record(number int, took time.Duration, detail string, problem error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	step, mark := figure[number], "✓"
	if problem == nil {
		r.seen[number] = true
	} else {
		mark = "✗"
		detail = problem.Error()
		r.failed = errors.Join(r.failed, fmt.Errorf("step %d: %w", number, problem))
	}
	parties := step.from
	if step.to != step.from {
		parties += " → " + step.to
	}
	_, _ = fmt.Fprintf(r.out, "%2d  %-*s %-26s %8.2f ms  %s  %s\n", number, columnWidth, parties, step.what,
		float64(took.Microseconds())/1000, mark, detail)
	select {
	case r.fresh <- struct{}{}:
	default:
	}
}

// complete waits until all steps were recorded, or one failed.
func (r *recorder) complete(ctx context.Context) error {
	for {
		r.mu.Lock()
		count, failed := len(r.seen), r.failed
		r.mu.Unlock()
		if failed != nil || count == stepCount {
			return failed
		}
		select {
		case <-r.fresh:
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d steps happened: %w", count, stepCount, ctx.Err())
		}
	}
}
