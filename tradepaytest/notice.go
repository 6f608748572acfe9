package tradepaytest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// The notifications that only some wallets send.
const (
	opNotifyRefund        wire.Operation = "notifyRefund"
	opNotifyCapture       wire.Operation = "notifyCapture"
	opNotifyAuthorization wire.Operation = "notifyAuthorization"
	opNotifyDispute       wire.Operation = "notifyDispute"
)

var notifications = []wire.Operation{
	wire.OpNotifyPayment, wire.OpNotifyVoid, wire.OpNotifyCashierURL,
	opNotifyRefund, opNotifyCapture, opNotifyAuthorization, opNotifyDispute,
}

// refundNotice says how a refund ended. It runs with mu held.
func (w *Wallet) refundNotice(r *refund) *notice {
	body := map[string]any{
		"refundId": r.id, "refundRequestId": r.requestID, "paymentId": r.payment.id,
		"refundStatus": string(r.movement.status),
		"refundAmount": w.amountFields(r.movement.amount.Currency, r.movement.amount.Value),
	}
	if r.movement.status == tradepay.TransactionSuccess {
		body["refundTime"] = r.at.Format(bodyTime)
	}
	return &notice{op: opNotifyRefund, of: r.payment, url: r.notifyURL, body: body}
}

// reportRefund queues the notification of a refund that is through. It runs with mu held.
func (w *Wallet) reportRefund(r *refund) {
	if r.notifyURL != "" && r.movement.status != tradepay.TransactionProcessing {
		w.outbox = append(w.outbox, w.refundNotice(r))
	}
}

// captureNotice says how a capture ended, whose answer is given.
func (w *Wallet) captureNotice(p *payment, answer map[string]any) *notice {
	body := map[string]any{
		"captureResult": map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"},
	}
	for name, value := range answer {
		body[name] = value
	}
	return &notice{op: opNotifyCapture, of: p, url: p.notifyURL, body: body}
}

// NotifyDispute tells the merchant once, now, that the payer disputes a payment. event
// is the wallet's word, such as "DISPUTE_CREATED" or "DISPUTE_JUDGED"; a judgement takes
// the whole amount from the merchant. The dispute moves no money here, and keeps its id
// through all events. payment names it as in [Wallet.Pay]. The error is that of
// [Wallet.Notify].
func (w *Wallet) NotifyDispute(payment, event string) error {
	var n *notice
	err := ErrNoPayment
	w.post(w.locked(func() {
		p := w.find(payment)
		switch {
		case p == nil:
			return
		case p.notifyURL == "":
			err = ErrNotNotified
			return
		}
		amount := w.amountFields(p.amount.Currency, p.amount.Value)
		now := w.now().Format(bodyTime)
		body := map[string]any{
			"disputeId": w.id("dispute", p.requestID), "disputeNotificationType": event, "disputeTime": now,
			"disputeAmount": amount, "disputeReasonCode": "4853", "disputeReasonMsg": "not delivered",
			"disputeType": "CHARGEBACK", "defendable": true, "paymentId": p.id, "paymentRequestId": p.requestID,
		}
		if strings.Contains(event, "JUDGED") {
			body["disputeJudgedResult"], body["disputeJudgedAmount"] = "ACCEPT_BY_MERCHANT", amount
			body["disputeJudgedTime"] = now
		}
		n, err = &notice{op: opNotifyDispute, of: p, url: p.notifyURL, body: body}, nil
	}))
	if err != nil {
		return err
	}
	return w.sendNow(n)
}

// NotifyAuthorization tells the merchant once, now, what became of a payer's consent.
// event is "AUTHCODE_CREATED", with the auth code as credential, see [Wallet.AuthCode];
// or, with an access token as credential, "TOKEN_CREATED", "TOKEN_CANCELED",
// "CONTRACT_VALID" or "CONTRACT_ENDED". The notification alone neither makes nor revokes
// anything. notifyURL must be on loopback, as every URL that the wallet calls. The error
// is that of [Wallet.Notify], or names an unknown event.
func (w *Wallet) NotifyAuthorization(notifyURL, event, credential string) error {
	result := map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}
	var body map[string]any
	switch event {
	case "AUTHCODE_CREATED":
		body = map[string]any{"authorizationNotifyType": event, "authCode": credential, "result": result}
	case "TOKEN_CREATED", "TOKEN_CANCELED":
		body = map[string]any{"authorizationNotifyType": event, "accessToken": credential, "result": result}
	case "CONTRACT_VALID", "CONTRACT_ENDED":
		status := map[string]string{"CONTRACT_VALID": "VALID", "CONTRACT_ENDED": "INVALID"}[event]
		body = map[string]any{
			"accessToken": credential, "contractStatus": status, "modifyTime": strconv.FormatInt(w.now().Unix(), 10),
		}
	default:
		return fmt.Errorf("tradepaytest: unknown event %q of an authorization", event)
	}
	return w.sendNow(&notice{op: opNotifyAuthorization, of: new(payment), url: notifyURL, body: body})
}

// sendNow makes one attempt, unless the wallet is suspended.
func (w *Wallet) sendNow(n *notice) error {
	if w.Suspended() {
		return errors.New("tradepaytest: the wallet is suspended")
	}
	w.mu.Lock()
	n.era = w.era
	w.mu.Unlock()
	return w.send(n.era.over, n)
}
