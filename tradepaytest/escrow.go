package tradepaytest

import (
	"github.com/tradepay/tradepay-go"
)

// held returns the payment in escrow that the request names. a says why not.
func (w *Wallet) held(f *form) (p *payment, a *answer) {
	p, a = w.named(f)
	switch {
	case a != nil:
		return nil, a
	case !p.escrow:
		return nil, reject("ORDER_UNSUPPORTED_OPERATION", "the payment is not held in escrow")
	case p.status != tradepay.StatusAuthorized:
		return nil, reject("ORDER_STATUS_INVALID", "the payment is "+string(p.status))
	}
	return p, nil
}

func (w *Wallet) merchantAccept(x *exchange) *answer {
	p, a := w.held(w.form(x))
	switch {
	case a != nil:
		return a
	case p.accepted:
		return reject("ORDER_IS_MERCHANT_ACCEPTED", "the merchant has accepted the order")
	}
	p.accepted = true
	return success(nil)
}

// confirm captures all that is held. No document says whether a payment that is not
// accepted can be confirmed: here it cannot.
func (w *Wallet) confirm(x *exchange) *answer {
	f := w.form(x)
	id := f.requiredID("confirmRequestId")
	if f.mistake != "" {
		return illegal(f.mistake)
	}
	if a := w.once(x, id); a != nil {
		return a
	}
	p, a := w.held(f)
	switch {
	case a != nil:
		return a
	case !p.accepted:
		return reject("ORDER_STATUS_INVALID", "the merchant has not accepted the order")
	}
	confirmID, value := w.id("confirm", id), p.remaining()
	p.captured += value
	w.captures[confirmID] = &captured{payment: p, value: value}
	w.move(p, "CAPTURE", value, confirmID)
	w.release(p)
	body := map[string]any{"confirmId": confirmID, "confirmTime": w.now().Format(bodyTime)}
	return w.settle(x, id, func() *answer { return success(body) })
}
