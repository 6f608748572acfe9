package tradepay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// CaptureRequest charges an authorized payment or a part of it.
type CaptureRequest struct {
	// CaptureRequestID is the merchant's id of this capture and its
	// idempotency key, by the rules of PaymentRequestID. Required.
	CaptureRequestID string         `json:"captureRequestId,omitzero"`
	PaymentID        string         `json:"paymentId,omitzero"`        // the wallet's id, required by most wallets
	PaymentRequestID string         `json:"paymentRequestId,omitzero"` // or the merchant's, where the wallet takes it
	Amount           Amount         `json:"amount,omitzero"`           // zero captures all that is authorized
	Partial          bool           `json:"partial,omitzero"`          // further captures will follow; the default releases the rest
	Extra            map[string]any `json:"extra,omitzero"`
}

// Capture is what the wallet said about a capture, in a verified message.
type Capture struct {
	CaptureRequestID string            `json:"captureRequestId,omitzero"`
	CaptureID        string            `json:"captureId,omitzero"` // the wallet's id; a refund can name it
	PaymentID        string            `json:"paymentId,omitzero"`
	Status           TransactionStatus `json:"status,omitzero"` // SUCCESS, or PROCESSING when the wallet accepted it
	Amount           Amount            `json:"amount,omitzero"` // zero when neither side named one
	CapturedAt       time.Time         `json:"capturedAt,omitzero"`
	Result           Result            `json:"result,omitzero"`
	Raw              []byte            `json:"raw,omitempty"`
}

// VoidRequest releases an authorized payment or a part of it.
type VoidRequest struct {
	// VoidRequestID is the merchant's id of this void and its idempotency key,
	// by the rules of PaymentRequestID. Required.
	VoidRequestID    string         `json:"voidRequestId,omitzero"`
	PaymentID        string         `json:"paymentId,omitzero"`
	PaymentRequestID string         `json:"paymentRequestId,omitzero"`
	Amount           Amount         `json:"amount,omitzero"`    // zero releases all that is authorized
	NotifyURL        string         `json:"notifyUrl,omitzero"` // for wallets that notify voids; see CreateOrderRequest.VoidNotifyURL, also for its rules
	Extra            map[string]any `json:"extra,omitzero"`
}

// Void is what the wallet said about a void, in a verified message.
type Void struct {
	VoidRequestID string            `json:"voidRequestId,omitzero"`
	VoidID        string            `json:"voidId,omitzero"` // the wallet's id
	PaymentID     string            `json:"paymentId,omitzero"`
	Status        TransactionStatus `json:"status,omitzero"`    // SUCCESS, or PROCESSING when the wallet accepted it
	Amount        Amount            `json:"amount,omitzero"`    // zero when neither side named one
	Remaining     Amount            `json:"remaining,omitzero"` // still authorized, if the wallet said
	VoidedAt      time.Time         `json:"voidedAt,omitzero"`
	Result        Result            `json:"result,omitzero"`
	Raw           []byte            `json:"raw,omitempty"`
}

// UnmarshalJSON reads Partial under its earlier name More, too: a stored capture of a
// part must not become one of all. Numbers within Extra are json.Number.
func (r *CaptureRequest) UnmarshalJSON(data []byte) error {
	type request CaptureRequest // without this method
	var read struct {
		request
		More bool `json:"more"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a float would change large ones
	if err := decoder.Decode(&read); err != nil {
		return err
	}
	*r = CaptureRequest(read.request)
	r.Partial = r.Partial || read.More
	return nil
}

// Capture charges what CreateOrder with Authorize reserved. A lost answer is
// followed by the same request with the same id; what stays open matches
// [ErrOutcomeUnknown], even if a repetition was refused: call again with the
// same request, and look at the Transactions of [Client.QueryOrder] before you
// believe a later refusal. Where the wallet refuses repetitions
// (wire.Quirks.RefusesRepeats), inquire instead: those Transactions alone tell.
func (c *Client) Capture(ctx context.Context, req *CaptureRequest) (*Capture, error) {
	if req == nil {
		return nil, invalidRequest("CaptureRequest", "is nil", "")
	}
	s := settlement{
		op: wire.OpCapture, word: "capture", id: req.CaptureRequestID, idField: "CaptureRequestID",
		ref: OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID}, amount: req.Amount, extra: req.Extra,
	}
	body, err := c.settlementBody(&s)
	if err != nil {
		return nil, err
	}
	if req.Partial {
		if req.Amount.IsZero() {
			return nil, invalidRequest("Amount", "is required with Partial", "name the part to capture now")
		}
		body["isLastCapture"] = false
	}
	ans, r, err := c.settle(ctx, &s, body)
	if err != nil {
		return nil, err
	}
	capture := &Capture{
		CaptureRequestID: req.CaptureRequestID, CaptureID: r.text("captureId"), PaymentID: cmp.Or(r.text("paymentId"), req.PaymentID),
		Status: s.status, Amount: s.amount, CapturedAt: r.time("captureTime"), Result: ans.result, Raw: ans.raw,
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return capture, nil
}

// Void releases what CreateOrder with Authorize reserved. Outcomes are those
// of [Client.Capture].
func (c *Client) Void(ctx context.Context, req *VoidRequest) (*Void, error) {
	if req == nil {
		return nil, invalidRequest("VoidRequest", "is nil", "")
	}
	s := settlement{
		op: wire.OpVoid, word: "void", id: req.VoidRequestID, idField: "VoidRequestID",
		ref: OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID}, amount: req.Amount, extra: req.Extra,
	}
	body, err := c.settlementBody(&s)
	if err != nil {
		return nil, err
	}
	if err := validateURL("NotifyURL", req.NotifyURL); err != nil {
		return nil, err
	}
	if !c.wallet.Quirks.VoidURLWithOrder {
		put(body, "voidNotifyUrl", req.NotifyURL)
	}
	ans, r, err := c.settle(ctx, &s, body)
	if err != nil {
		return nil, err
	}
	void := &Void{
		VoidRequestID: req.VoidRequestID, VoidID: r.text("voidId"), PaymentID: cmp.Or(r.text("paymentId"), req.PaymentID),
		Status: s.status, Amount: s.amount, Remaining: r.amount("voidRemainingAmount"), VoidedAt: r.time("voidTime"),
		Result: ans.result, Raw: ans.raw,
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return void, nil
}

// settlement is a capture or a void: they differ in one word on the wire.
type settlement struct {
	op      wire.Operation
	word    string // "capture" or "void"
	id      string
	idField string
	ref     OrderRef
	amount  Amount
	extra   map[string]any
	status  TransactionStatus
}

func (c *Client) settlementBody(s *settlement) (map[string]any, error) {
	if err := validateID(s.idField, s.id); err != nil {
		return nil, err
	}
	body, err := c.orderBody(s.ref, s.extra)
	if err != nil {
		return nil, err
	}
	body[s.word+"RequestId"] = s.id
	if !s.amount.IsZero() {
		if err := validateAmount("Amount", s.amount); err != nil {
			return nil, err
		}
		body[s.word+"Amount"] = amountFields(&c.wallet, s.amount)
	}
	return body, putExtra(body, s.extra)
}

// settle sends the request and reads what capture and void have in common.
func (c *Client) settle(ctx context.Context, s *settlement, body map[string]any) (*answer, *reader, error) {
	bind := func(_ Result, body strictjson.Object) error {
		return contradicts(body, append(s.ref.bound(), boundID{s.word + "RequestId", s.id})...)
	}
	ans, err := c.exchange(ctx, &outgoing{op: s.op, body: body, extra: s.extra, repeatable: true, orderRef: s.ref, bind: bind})
	switch {
	case err != nil:
		return nil, nil, err
	case ans.result.Status == ResultFailed && ans.doubtful: // it may refuse the repetition of what was done
		return nil, nil, ans.fail(ErrOutcomeUnknown, nil)
	case ans.result.Status == ResultFailed:
		return nil, nil, ans.reject()
	}
	s.status = TransactionSuccess
	if ans.result.Status == ResultAccepted {
		s.status = TransactionProcessing
	}
	r := &reader{from: ans.body}
	if ans.body[s.word+"Status"] != nil {
		word := r.text(s.word + "Status")
		told, ok := transactionStatus(&c.wallet.Words, word)
		if !ok || told == TransactionFailed {
			r.keep(fmt.Errorf("the verdict %s contradicts the status %s", ans.result.Status, redact.Word(word)))
		}
		s.status = told
	}
	if r.text(s.word+"FailReason") != "" {
		r.keep(errFailReason)
	}
	answered := r.amount(s.word + "Amount")
	if !answered.IsZero() && !s.amount.IsZero() && answered != s.amount {
		r.keep(fmt.Errorf("%w: asked for %s, the wallet answered %s", ErrAmountMismatch, s.amount, answered))
	}
	if r.err != nil {
		return nil, nil, ans.malformed(r.err)
	}
	if s.amount.IsZero() {
		s.amount = answered
	}
	return ans, r, nil
}
