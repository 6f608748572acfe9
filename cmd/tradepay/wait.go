package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradepay/tradepay-go"
)

// waiting asks about an order until it is final, as WaitOrder does, and shows what it sees.
type waiting struct {
	*orderFlags
	ref      tradepay.OrderRef
	interval time.Duration
	until    time.Time // by waitClock
	verbose  bool

	last     *tradepay.Order // the last that it saw, or nil
	answered bool            // also the last question
	over     bool            // the time to wait is over, or the user ended it
	shown    string
}

// lastAnswer is how long before the deadline it asks for the last time.
const lastAnswer = 2 * time.Second

// wait returns the order once it is paid, authorized or over. With an error, w.last is what
// it saw.
func (w *waiting) wait(ctx context.Context) (*tradepay.Order, error) {
	for {
		order, err := w.client.QueryOrder(ctx, w.ref)
		switch {
		case err == nil:
			w.last = order
			w.show(string(order.Status))
			if order.Status.Final() || order.Status == tradepay.StatusAuthorized {
				return order, nil
			}
		case errors.Is(err, tradepay.ErrOrderNotFound):
			w.show(w.cli.lang.say("the wallet does not know the order, or not yet"))
		case !errors.Is(err, tradepay.ErrOutcomeUnknown):
			return nil, err
		case ctx.Err() == nil:
			w.show(w.cli.lang.say("no answer that can be believed; asking again"))
		}
		if !w.pause(ctx) {
			w.answered, w.over = err == nil, true
			if err == nil {
				err = cmp.Or(context.Cause(ctx), context.DeadlineExceeded)
			}
			return nil, err
		}
	}
}

// pause waits for the next question, and reports whether there is time for one.
func (w *waiting) pause(ctx context.Context) bool {
	left := w.until.Sub(w.cli.waitClock())
	if left <= lastAnswer {
		w.cli.sleep(ctx, left) // the payer may use this time, though the command asks no more
		return false
	}
	return w.cli.sleep(ctx, min(w.interval, left-lastAnswer/2))
}

// show tells what the command saw, if that is new.
func (w *waiting) show(what string) {
	if !w.verbose || what == w.shown {
		return
	}
	w.shown = what
	fmt.Fprintln(w.cli.stderr, w.cli.now().Format(time.TimeOnly), what)
}

// stillOpen says that the time is over, and which state the command saw last.
func (w *waiting) stillOpen() error {
	again := w.askOrder(w.ref)
	if *w.asJSON {
		_ = printJSON(w.cli.stdout, map[string]any{
			"error":  w.cli.lang.say("still %s", string(w.last.Status)),
			"status": w.last.Status, "exitCode": exitUnknown, "askAgain": again,
		})
	}
	if w.answered {
		w.cli.print(w.cli.stderr, "The order is still %s: it is not paid yet, and the payer may still pay. Ask "+
			"again:\n  %s",
			string(w.last.Status), again)
	} else {
		w.cli.print(w.cli.stderr, "The order was %s when the wallet last answered, and the payer may have paid since. "+
			"Ask again:\n  %s", string(w.last.Status), again)
	}
	return told(exitUnknown)
}
