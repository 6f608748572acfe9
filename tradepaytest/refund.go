package tradepaytest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go"
)

// refund is the wallet's record of a refund; Wallet.mu guards it.
type refund struct {
	id, requestID, reason string
	payment               *payment
	movement              *movement
	inquiries             int // until a refund in process is through
	at                    time.Time
	notifyURL             string
}

func (w *Wallet) refund(x *exchange) *answer {
	f := w.form(x)
	id, amount, reason := f.requiredID("refundRequestId"), f.requiredAmount("refundAmount"), f.text("refundReason", 256)
	notifyURL := f.notifyURL("refundNotifyUrl")
	if f.mistake != "" {
		return illegal(f.mistake)
	}
	if a := w.once(x, id); a != nil {
		return a
	}
	p, c, a := w.refundable(f)
	switch {
	case a != nil:
		return a
	case p.status != tradepay.StatusSuccess:
		return reject("ORDER_STATUS_INVALID", "the payment is "+string(p.status))
	case amount.Currency != p.amount.Currency:
		return reject("CURRENCY_NOT_SUPPORT", "the payment is in "+p.amount.Currency)
	case amount.Value > p.captured-p.refunded || c != nil && amount.Value > c.value-c.refunded:
		return reject("REFUND_AMOUNT_EXCEED", "the amount is more than what is left of the payment")
	}
	if c != nil {
		c.refunded += amount.Value
	}
	r := &refund{id: w.id("refund", id), requestID: id, reason: reason, payment: p, at: w.now(), notifyURL: notifyURL}
	r.movement = w.giveBack(p, amount.Value, r.id)
	r.movement.requestID = id
	w.refunds[id], w.refundIDs[r.id] = r, r
	if fault := w.meet(x.op, []FaultKind{RefundProcessing}, nil); fault.Kind != "" {
		x.steps = append(x.steps, Event{Name: "Fault injected", Detail: string(fault.Kind)})
		r.movement.status, r.inquiries = tradepay.TransactionProcessing, 2
		w.inProcess[r] = true
	}
	w.reportRefund(r)
	return w.settle(x, id, func() *answer {
		if r.movement.status == tradepay.TransactionProcessing {
			a := unknown("REFUND_IN_PROCESS")
			a.body = map[string]any{"refundId": r.id}
			return a
		}
		body := map[string]any{"refundId": r.id, "refundTime": r.at.Format(bodyTime)}
		if w.manners.repeatsRequests {
			body["refundRequestId"], body["paymentId"] = r.requestID, r.payment.id
			body["refundAmount"] = w.amountFields(r.movement.amount.Currency, r.movement.amount.Value)
		}
		return success(body)
	})
}

// giveBack returns part of what was paid to the payer.
func (w *Wallet) giveBack(p *payment, value int64, id string) *movement {
	p.refunded += value
	w.credit(p, value)
	return w.move(p, "REFUND", value, id)
}

// Refund gives a part of a paid payment back or, with the zero Amount, all that is left of
// it. It acts as the wallet's own customer service: the merchant does not ask for it and
// gets no notification. An inquiry lists it among the transactions as REFUND SUCCESS.
// payment names the payment as in [Wallet.Pay]. Refund returns [ErrNotRefundable] if the
// payment is not SUCCESS, if less is left of it, or for another currency.
func (w *Wallet) Refund(payment string, amount tradepay.Amount) error {
	err := ErrNoPayment
	w.post(w.locked(func() {
		p := w.find(payment)
		if p == nil {
			return
		}
		left := p.captured - p.refunded
		if amount.IsZero() {
			amount = tradepay.Amount{Currency: p.amount.Currency, Value: left}
		}
		switch {
		case p.status != tradepay.StatusSuccess:
			err = fmt.Errorf("%w: it is %s", ErrNotRefundable, p.status)
		case amount.Currency != p.amount.Currency:
			err = fmt.Errorf("%w: it is in %s, not in %q", ErrNotRefundable, p.amount.Currency, amount.Currency)
		case amount.Value <= 0 || amount.Value > left:
			err = fmt.Errorf("%w: %d is left of it, not %d", ErrNotRefundable, left, amount.Value)
		default:
			err = nil
			w.giveBack(p, amount.Value, w.id("service refund "+strconv.Itoa(len(p.movements)), p.requestID))
		}
	}))
	return err
}

// refundable returns the payment that a refund names, and the capture if it
// names one.
func (w *Wallet) refundable(f *form) (*payment, *captured, *answer) {
	captureID := f.id("captureId")
	_, byID := f.fields["paymentId"]
	_, byRequest := f.fields["paymentRequestId"]
	if captureID == "" || f.mistake != "" {
		p, a := w.named(f)
		return p, nil, a
	}
	c := w.captures[captureID]
	if c == nil {
		return nil, nil, reject("ORDER_NOT_EXIST", "the wallet has no such capture")
	}
	if byID || byRequest {
		switch p, a := w.named(f); {
		case a != nil:
			return nil, nil, a
		case p != c.payment:
			return nil, nil, reject("ORDER_NOT_EXIST", "the capture is of another payment")
		}
	}
	return w.upToDate(c.payment), c, nil
}

func (w *Wallet) completeRefund(r *refund) {
	r.movement.status, r.inquiries = tradepay.TransactionSuccess, 0
	delete(w.inProcess, r)
	w.reportRefund(r)
}

func (w *Wallet) inquiryRefund(x *exchange) *answer {
	f := w.form(x)
	id, requestID := f.id("refundId"), f.id("refundRequestId")
	var r *refund
	switch {
	case f.mistake != "":
		return illegal(f.mistake)
	case id != "":
		r = w.refundIDs[id]
	case requestID != "":
		r = w.refunds[requestID]
	default:
		return illegal("refundId or refundRequestId is missing")
	}
	if r == nil {
		return reject("REFUND_NOT_EXIST", "the wallet has no such refund")
	}
	if r.inquiries > 0 {
		if r.inquiries--; r.inquiries == 0 {
			w.completeRefund(r)
		}
	}
	body := map[string]any{
		"refundId": r.id, "refundRequestId": r.requestID, "paymentId": r.payment.id,
		"paymentRequestId": r.payment.requestID,
		"refundStatus":     string(r.movement.status),
		"refundAmount":     w.amountFields(r.movement.amount.Currency, r.movement.amount.Value),
	}
	if r.movement.status == tradepay.TransactionSuccess {
		body["refundTime"] = r.at.Format(bodyTime)
	}
	if r.reason != "" {
		body["refundReason"] = r.reason
	}
	return success(body)
}
