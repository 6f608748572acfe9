package tradepaytest

import (
	"github.com/tradepay/tradepay-go"
)

// captured is the wallet's record of a capture; Wallet.mu guards it.
type captured struct {
	payment         *payment
	value, refunded int64
}

// part reads what a capture and a void have in common: an id, a payment and
// an amount, by default all that is reserved.
func (w *Wallet) part(x *exchange, f *form, word string) (id string, p *payment, value int64, a *answer) {
	id = f.requiredID(word + "RequestId")
	amount := f.amount(word + "Amount")
	if f.mistake != "" {
		return "", nil, 0, illegal(f.mistake)
	}
	if a = w.once(x, id); a != nil {
		return "", nil, 0, a
	}
	if p, a = w.named(f); a != nil {
		return "", nil, 0, a
	}
	switch {
	case p.escrow && word == "capture":
		return "", nil, 0, reject("ORDER_UNSUPPORTED_OPERATION", "confirm the payment: it is held in escrow")
	case p.status != tradepay.StatusAuthorized:
		return "", nil, 0, reject("ORDER_STATUS_INVALID", "the payment is "+string(p.status))
	case amount.Value == 0:
		amount.Value = p.remaining()
	case amount.Currency != p.amount.Currency:
		return "", nil, 0, reject("CURRENCY_NOT_SUPPORT", "the payment is in "+p.amount.Currency)
	case amount.Value > p.remaining() && word == "capture":
		return "", nil, 0, reject("CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT",
			"the amount is more than what is left of the authorized amount")
	case amount.Value > p.remaining():
		return "", nil, 0, reject("VOID_AMOUNT_EXCEED_AUTH_LIMIT",
			"the amount is more than what is left of the authorized amount")
	}
	return id, p, amount.Value, nil
}

func (w *Wallet) capture(x *exchange) *answer {
	f := w.form(x)
	last := f.flag("isLastCapture", true)
	id, p, value, a := w.part(x, f, "capture")
	if a != nil {
		return a
	}
	p.captured += value
	captureID := w.id("capture", id)
	w.captures[captureID] = &captured{payment: p, value: value}
	m := w.move(p, "CAPTURE", value, captureID)
	m.requestID, m.last = id, last || p.remaining() == 0
	if last || p.remaining() == 0 {
		w.release(p)
	}
	body := map[string]any{
		"captureId": captureID, "captureRequestId": id, "paymentId": p.id,
		"captureAmount": w.amountFields(p.amount.Currency, value), "captureTime": w.now().Format(bodyTime),
	}
	if mannersOf[w.profile.Name].notifiesCaptures && p.notifyURL != "" {
		w.outbox = append(w.outbox, w.captureNotice(p, body))
	}
	return w.settle(x, id, func() *answer { return success(body) })
}

func (w *Wallet) void(x *exchange) *answer {
	f := w.form(x)
	notifyURL := f.notifyURL("voidNotifyUrl")
	id, p, value, a := w.part(x, f, "void")
	if a != nil {
		return a
	}
	w.credit(p, value)
	p.voided += value
	voidID := w.id("void", id)
	w.move(p, "VOID", value, voidID).requestID = id
	body := map[string]any{
		"voidId": voidID, "voidRequestId": id, "paymentId": p.id,
		"voidAmount":          w.amountFields(p.amount.Currency, value),
		"voidRemainingAmount": w.amountFields(p.amount.Currency, p.remaining()),
		"voidTime":            w.now().Format(bodyTime),
	}
	if notifyURL == "" {
		notifyURL = p.voidURL
	}
	if notifyURL != "" {
		w.outbox = append(w.outbox, w.voidNotice(p, notifyURL, body))
	}
	if p.remaining() == 0 {
		w.release(p)
	}
	return w.settle(x, id, func() *answer { return success(body) })
}
