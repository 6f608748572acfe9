package main

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// attemptTimeout is how long a merchant waits for one answer of the wallet.
const attemptTimeout = 2 * time.Second

// The faults, by what they befall. Each message meets one of its sort with the
// probability of -faults, all kinds alike.
var (
	// Of the answer to any request: pay, inquiries, cancel, refund, capture, void.
	answerFaults = []tradepaytest.Fault{
		{Kind: tradepaytest.DropBefore}, {Kind: tradepaytest.DropAfter}, {Kind: tradepaytest.Status500},
		{Kind: tradepaytest.Status500After},
		{Kind: tradepaytest.Status429}, {Kind: tradepaytest.Slow, Delay: 300 * time.Millisecond},
		{Kind: tradepaytest.Slow, Delay: attemptTimeout + time.Second}, // its caller has gone by then
		{Kind: tradepaytest.HalfBody}, {Kind: tradepaytest.NotJSON}, {Kind: tradepaytest.Unsigned},
		{Kind: tradepaytest.WrongKey},
		{Kind: tradepaytest.WrongKeyVersion}, {Kind: tradepaytest.ForeignClientID}, {Kind: tradepaytest.SkewedClock},
		{Kind: tradepaytest.ReplayedResponse}, {Kind: tradepaytest.Redirect}, {Kind: tradepaytest.GzipBomb},
		{Kind: tradepaytest.UnknownThenSuccess}, {Kind: tradepaytest.UnknownAfter},
	}
	// Of a notification as a whole.
	noticeFaults = []tradepaytest.Fault{
		{Kind: tradepaytest.NotifyDuplicate}, {Kind: tradepaytest.NotifyReordered}, {Kind: tradepaytest.NotifyLost},
		{Kind: tradepaytest.NotifyDelayed, Delay: 4 * time.Second},
	}
	// Of one attempt to deliver it.
	attemptFaults = []tradepaytest.Fault{
		{Kind: tradepaytest.NotifyTampered}, {Kind: tradepaytest.NotifyWrongAmount},
		{Kind: tradepaytest.Unsigned}, {Kind: tradepaytest.WrongKey}, {Kind: tradepaytest.WrongKeyVersion},
		{Kind: tradepaytest.ForeignClientID}, {Kind: tradepaytest.SkewedClock},
	}
)

// reversals are what becomes of a cancel of a paid payment, where the wallet does
// not reject it: it gives the money back and takes its time.
var reversals = []tradepaytest.Fault{
	{Kind: tradepaytest.CancelRefundsUnseen, Delay: 3 * time.Second},
	{Kind: tradepaytest.CancelRefundsUnseen, Delay: 1500 * time.Millisecond, Code: "SUCCESS"},
	{Kind: tradepaytest.CancelRefunds, Delay: 2 * time.Second},
}

// payInProcess is the share of payers whose payment goes through only later.
const payInProcess = 0.05

// wallet is the test wallet, and counts what it does to the merchants.
type wallet struct {
	*tradepaytest.Wallet

	reverses bool // some cancels give back what was paid

	mu       sync.Mutex
	faults   map[fault]int
	requests map[wire.Operation]int // that were answered without a fault
	sent     int                    // attempts to deliver a notification
	acked    int                    // of them, with a signed S
}

// fault is a trouble of the wallet with one of its operations.
type fault struct {
	op   wire.Operation
	kind tradepaytest.FaultKind
}

func newWallet(seed uint64, share, reversed float64) *wallet {
	w := &wallet{faults: map[fault]int{}, requests: map[wire.Operation]int{}}
	w.Wallet = tradepaytest.NewWallet(tradepaytest.WithSeed(seed),
		tradepaytest.WithNotifyBackoff(250*time.Millisecond, 8),
		tradepaytest.WithObserver(w.observe))
	if reversed > 0 {
		w.reverses = true
		w.inject(wire.OpCancel, reversals, reversed)
	}
	if share <= 0 {
		return w
	}
	w.inject("", answerFaults, share)
	w.inject("", noticeFaults, share)
	// A message that is signed meets these only where it is named.
	w.inject(wire.OpNotifyPayment, attemptFaults, share)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing, Times: -1, Probability: payInProcess})
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing, Times: -1, Probability: share})
	return w
}

// inject adds faults of which each message meets one with the probability of share.
func (w *wallet) inject(op wire.Operation, faults []tradepaytest.Fault, share float64) {
	for _, f := range faults {
		f.Op, f.Times, f.Probability = op, -1, each(share, len(faults))
		w.Inject(f)
	}
}

// each is the probability of each of n faults, tried in turn, of which one is
// met with the probability of share.
func each(share float64, n int) float64 { return 1 - math.Pow(1-share, 1/float64(n)) }

// observe is called for each step of the wallet, one at a time.
func (w *wallet) observe(e tradepaytest.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case e.Name == "Fault injected":
		w.faults[fault{e.Op, tradepaytest.FaultKind(e.Detail)}]++
	case e.Step == 19:
		w.sent++
		if e.Err == nil {
			w.acked++
		}
	case e.Step == 4 || e.Name == "Request answered" || e.Name == "Request rejected":
		w.requests[e.Op]++
	}
}

// troubles is what the wallet did.
type troubles struct {
	Faults       map[string]map[string]int `json:"faults"`    // by operation and kind
	Processed    map[string]int            `json:"processed"` // requests, by operation, with a fault or without
	NeverMet     []string                  `json:"never_met,omitempty"`
	Sent         int                       `json:"notifications_sent"`
	Acknowledged int                       `json:"notifications_acknowledged"`
}

func (w *wallet) troubles() troubles {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := troubles{Faults: map[string]map[string]int{}, Processed: map[string]int{}, Sent: w.sent, Acknowledged: w.acked}
	for f, n := range w.faults {
		if t.Faults[string(f.op)] == nil {
			t.Faults[string(f.op)] = map[string]int{}
		}
		t.Faults[string(f.op)][string(f.kind)] += n
	}
	for op, n := range w.requests {
		t.Processed[string(op)] = n
	}
	for op, list := range map[wire.Operation][]tradepaytest.Fault{
		wire.OpPay: answerFaults, wire.OpInquiryPayment: answerFaults, wire.OpCancel: answerFaults,
		wire.OpRefund:        answerFaults,
		wire.OpInquiryRefund: answerFaults, wire.OpCapture: w.ofReservations(),
		wire.OpNotifyPayment: slices.Concat(noticeFaults, attemptFaults),
	} {
		for _, f := range list {
			if w.faults[fault{op, f.Kind}] == 0 {
				t.NeverMet = append(t.NeverMet, string(op)+" "+string(f.Kind))
			}
		}
	}
	if w.faults[fault{wire.OpPay, tradepaytest.PaymentProcessing}] == 0 {
		t.NeverMet = append(t.NeverMet, "payer "+string(tradepaytest.PaymentProcessing))
	}
	if w.reverses && w.faults[fault{wire.OpCancel, tradepaytest.CancelRefundsUnseen}] == 0 {
		t.NeverMet = append(t.NeverMet, "cancel "+string(tradepaytest.CancelRefundsUnseen))
	}
	slices.Sort(t.NeverMet)
	t.NeverMet = slices.Compact(t.NeverMet)
	return t
}

// ofReservations are the faults of which captures must have met each.
func (w *wallet) ofReservations() []tradepaytest.Fault {
	if w.requests[wire.OpCapture] == 0 {
		return nil
	}
	return answerFaults
}

// total is how many faults were met, of all operations or of one kind.
func (t troubles) total(kind tradepaytest.FaultKind) (n int) {
	for kinds := range maps.Values(t.Faults) {
		for k, times := range kinds {
			if kind == "" || kind == tradepaytest.FaultKind(k) {
				n += times
			}
		}
	}
	return n
}
