package tradepaytest

import (
	"cmp"
	"time"

	"github.com/tradepay/tradepay-go"
)

// reversal is a cancel that gives back what was paid. Wallet.mu guards it.
type reversal struct {
	after    tradepay.PaymentStatus // of the payment, in the end
	movement *movement
	seen     bool // the movement is among the transactions before the end
	due      time.Time
	done     bool
}

// cancelCodes are the payment statuses that a reversal can lead to.
var cancelCodes = []string{string(tradepay.StatusCancelled), string(tradepay.StatusSuccess)}

func (r *reversal) inProcess() bool { return r != nil && !r.done }

func (w *Wallet) cancelPayment(x *exchange) *answer {
	p, a := w.named(w.form(x))
	if a != nil {
		return a
	}
	switch {
	case p.status == tradepay.StatusCancelled:
	case p.reversal.inProcess():
		return reject("ORDER_STATUS_INVALID", "a cancel of the payment is in process")
	case p.reversal != nil:
	case p.status == tradepay.StatusProcessing && p.inProcess == 0:
		w.finish(p, tradepay.StatusCancelled)
	case p.status == tradepay.StatusAuthorized && p.captured == 0:
		w.move(p, "VOID", p.remaining(), w.id("cancel", p.requestID))
		w.release(p)
	case p.status == tradepay.StatusProcessing:
		return unknown("PAYMENT_IN_PROCESS")
	case p.status == tradepay.StatusSuccess && p.captured > p.refunded && w.reverse(x, p):
		x.later = func() *answer { return w.cancelled(w.upToDate(p)) }
	default:
		return reject("ORDER_STATUS_INVALID", "the payment is "+string(p.status))
	}
	return w.cancelled(p)
}

// cancelled is the answer to the cancel that was taken.
func (w *Wallet) cancelled(p *payment) *answer {
	if p.reversal.inProcess() {
		return unknown("PAYMENT_IN_PROCESS")
	}
	return success(map[string]any{
		"paymentId": p.id, "paymentRequestId": p.requestID, "cancelTime": w.now().Format(bodyTime),
	})
}

// reverse begins to give back what was paid, if a fault makes the wallet one that
// does. It reports whether it is.
func (w *Wallet) reverse(x *exchange, p *payment) bool {
	fault := w.meet(x.op, cancelFaults, nil)
	if fault.Kind == "" {
		return false
	}
	x.steps = append(x.steps, Event{Name: "Fault injected", Detail: string(fault.Kind)})
	p.reversal = &reversal{
		after:    tradepay.PaymentStatus(cmp.Or(fault.Code, string(tradepay.StatusCancelled))),
		movement: w.giveBack(p, p.captured-p.refunded, w.id("reversal", p.requestID)),
		seen:     fault.Kind == CancelRefunds,
		due:      w.now().Add(fault.Delay),
	}
	p.reversal.movement.status = tradepay.TransactionProcessing
	w.upToDate(p) // without Delay it is through
	return true
}

func (w *Wallet) completeReversal(p *payment) {
	p.reversal.done = true
	p.reversal.movement.status = tradepay.TransactionSuccess
	if p.reversal.after == tradepay.StatusCancelled {
		w.finish(p, tradepay.StatusCancelled)
	}
}

// visible are the transactions that an inquiry tells of.
func (p *payment) visible() []*movement {
	if !p.reversal.inProcess() || p.reversal.seen {
		return p.movements
	}
	var seen []*movement
	for _, m := range p.movements {
		if m != p.reversal.movement {
			seen = append(seen, m)
		}
	}
	return seen
}
