package tradepay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// CaptureRequest asks the wallet to charge an authorized payment or a part of it.
type CaptureRequest struct {
	// CaptureRequestID is the merchant's id of this capture and its
	// idempotency key, by the rules of PaymentRequestID. Required.
	CaptureRequestID string      `json:"captureRequestId,omitzero"`
	PaymentID        string      `json:"paymentId,omitzero"`        // the wallet's id, required by most wallets
	PaymentRequestID string      `json:"paymentRequestId,omitzero"` // or the merchant's, if the wallet accepts it
	Amount           Amount      `json:"amount,omitzero"`           // zero captures all that is authorized
	Partial          bool        `json:"partial,omitzero"`          // more captures follow; false releases the rest
	Extra            extraFields `json:"extra,omitzero"`
}

// Capture is a capture as a verified message of the wallet describes it.
type Capture struct {
	CaptureRequestID string            `json:"captureRequestId,omitzero"`
	CaptureID        string            `json:"captureId,omitzero"` // the wallet's id; a refund can name it
	PaymentID        string            `json:"paymentId,omitzero"`
	Status           TransactionStatus `json:"status,omitzero"` // PROCESSING if the wallet has only accepted it
	Amount           Amount            `json:"amount,omitzero"` // zero if neither side named one
	CapturedAt       time.Time         `json:"capturedAt,omitzero"`
	Result           Result            `json:"result,omitzero"`
	Raw              []byte            `json:"raw,omitempty"`
}

// VoidRequest asks the wallet to release an authorized payment or a part of it.
type VoidRequest struct {
	// VoidRequestID is the merchant's id of this void and its idempotency key,
	// by the rules of PaymentRequestID. Required.
	VoidRequestID    string `json:"voidRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"`
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	Amount           Amount `json:"amount,omitzero"` // zero releases all that is authorized
	// NotifyURL is where some wallets report this void. Its rules are those of
	// CreateOrderRequest.VoidNotifyURL, which serves other wallets.
	NotifyURL string      `json:"notifyUrl,omitzero"`
	Extra     extraFields `json:"extra,omitzero"`
}

// Void is a void as a verified message of the wallet describes it.
type Void struct {
	VoidRequestID string            `json:"voidRequestId,omitzero"`
	VoidID        string            `json:"voidId,omitzero"` // the wallet's id
	PaymentID     string            `json:"paymentId,omitzero"`
	Status        TransactionStatus `json:"status,omitzero"`    // PROCESSING if the wallet has only accepted it
	Amount        Amount            `json:"amount,omitzero"`    // zero if neither side named one
	Remaining     Amount            `json:"remaining,omitzero"` // still authorized; zero if the wallet does not say
	VoidedAt      time.Time         `json:"voidedAt,omitzero"`
	Result        Result            `json:"result,omitzero"`
	Raw           []byte            `json:"raw,omitempty"`
}

// UnmarshalJSON also reads More, the earlier name of Partial: a stored capture of a
// part must not become a capture of all.
func (r *CaptureRequest) UnmarshalJSON(data []byte) error {
	type request CaptureRequest // without this method
	var read struct {
		request
		More bool `json:"more"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*r = CaptureRequest(read.request)
	r.Partial = r.Partial || read.More
	return nil
}

// Capture charges what CreateOrder with Authorize reserved. If an answer is lost,
// the client sends the same request again, with the same id. If the outcome is
// still not known, the error matches [ErrOutcomeUnknown], also if the wallet
// rejects the retry: a rejected retry does not prove that the first request
// failed. Call again with the same request. If the wallet then rejects that, look
// at the Transactions of [Client.QueryOrder] before you believe it: your capture is
// the one with your id as its RequestID. A wallet with
// wire.Quirks.RefusesRepeats rejects every retry: inquire instead, and look at those
// Transactions. Nothing else tells the outcome.
func (c *Client) Capture(ctx context.Context, req *CaptureRequest) (*Capture, error) {
	s, body, err := c.captureBody(req)
	if err != nil {
		return nil, err
	}
	ans, r, err := c.settle(ctx, s, body)
	if err != nil {
		return nil, err
	}
	capture := &Capture{
		CaptureRequestID: req.CaptureRequestID, CaptureID: r.text("captureId"),
		PaymentID: cmp.Or(r.text("paymentId"), req.PaymentID), Status: s.status, Amount: s.amount,
		CapturedAt: r.time("captureTime"), Result: ans.result, Raw: ans.raw,
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return capture, nil
}

// CheckCapture returns the error that [Client.Capture] returns before it sends
// anything, or nil. Call it before you store a request that you send later.
func (c *Client) CheckCapture(req *CaptureRequest) error {
	s, body, err := c.captureBody(req)
	if err != nil {
		return err
	}
	_, err = c.written(&outgoing{op: s.op, body: body, extra: s.extra})
	return err
}

// captureBody checks a capture and writes its body.
func (c *Client) captureBody(req *CaptureRequest) (*settlement, map[string]any, error) {
	if req == nil {
		return nil, nil, invalidRequest("CaptureRequest", "is nil", "")
	}
	s := &settlement{
		op: wire.OpCapture, word: "capture", id: req.CaptureRequestID, idField: "CaptureRequestID",
		ref:    OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID},
		amount: req.Amount, extra: req.Extra,
	}
	body, err := c.settlementBody(s)
	if err != nil {
		return nil, nil, err
	}
	if req.Partial {
		if req.Amount.IsZero() {
			return nil, nil, invalidRequest("Amount", "is required with Partial", "name the part to capture now")
		}
		body["isLastCapture"] = false
	}
	return s, body, nil
}

// CapturedAmount returns the sum of the captures among Transactions that succeeded,
// at most Amount, and whether Transactions name any capture at all. A capture that is
// named twice, by either id, counts once, and one whose amount is unreadable, such as in another
// currency, counts nothing. Refunds take nothing from it; see [Order.NetAmount].
func (o *Order) CapturedAmount() (captured Amount, named bool) {
	captured = Amount{Currency: o.Amount.Currency}
	seen := make(seenTransactions)
	for _, t := range o.Transactions {
		if t.movement() != moveCapture {
			continue
		}
		named = true
		succeeded := strings.EqualFold(string(t.Status), string(TransactionSuccess))
		readable := t.Amount.Currency == o.Amount.Currency && t.Amount.Value >= 0
		if !succeeded || !readable || seen.again(t) {
			continue
		}
		captured.Value += min(t.Amount.Value, o.Amount.Value-captured.Value)
	}
	return captured, named
}

// Void releases what CreateOrder with Authorize reserved. For its outcomes, see
// [Client.Capture].
func (c *Client) Void(ctx context.Context, req *VoidRequest) (*Void, error) {
	if req == nil {
		return nil, invalidRequest("VoidRequest", "is nil", "")
	}
	s := settlement{
		op: wire.OpVoid, word: "void", id: req.VoidRequestID, idField: "VoidRequestID",
		ref:    OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID},
		amount: req.Amount, extra: req.Extra,
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
		VoidRequestID: req.VoidRequestID, VoidID: r.text("voidId"),
		PaymentID: cmp.Or(r.text("paymentId"), req.PaymentID), Status: s.status, Amount: s.amount,
		Remaining: r.amount("voidRemainingAmount"), VoidedAt: r.time("voidTime"), Result: ans.result, Raw: ans.raw,
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return void, nil
}

// settlement is a capture, a void or a confirmation. On the wire they differ in one
// word.
type settlement struct {
	op      wire.Operation
	word    string // "capture", "void" or "confirm"
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

// settle sends the request and reads the members that the answers to a capture, to a
// void and to a confirmation have in common.
func (c *Client) settle(ctx context.Context, s *settlement, body map[string]any) (*answer, *reader, error) {
	bind := func(_ Result, body strictjson.Object) error {
		return contradicts(body, append(s.ref.bound(), boundID{s.word + "RequestId", s.id})...)
	}
	ans, err := c.exchange(ctx, &outgoing{
		op: s.op, body: body, extra: s.extra, repeatable: true, orderRef: s.ref, bind: bind,
	})
	if err != nil {
		return nil, nil, err
	}
	rejected := ans.result.Status == ResultFailed
	switch {
	case rejected && ans.doubtful: // the wallet may reject the retry of what it has done
		return nil, nil, ans.fail(ErrOutcomeUnknown, nil)
	case rejected:
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
	bothKnown := !answered.IsZero() && !s.amount.IsZero()
	if bothKnown && answered != s.amount {
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
