package tradepay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// RefundRequest asks the wallet to give back a payment or a part of it. Name the
// payment by PaymentID or PaymentRequestID, or one capture of it by CaptureID.
type RefundRequest struct {
	// RefundRequestID is the merchant's id of this refund and its idempotency
	// key, by the rules of PaymentRequestID. Required. Store it before the call.
	RefundRequestID  string `json:"refundRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"`
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	CaptureID        string `json:"captureId,omitzero"`
	Amount           Amount `json:"amount,omitzero"` // required; all refunds together: at most the payment
	Reason           string `json:"reason,omitzero"` // at most 256 characters
	// NotifyURL is where the wallet reports how the refund ended, as a notification
	// of kind NotificationRefund. Its rules are those of CreateOrderRequest.NotifyURL.
	// The client sends it to the wallets whose documents have it, see
	// wire.Quirks.RefundNotifyURL; all others are asked with QueryRefund.
	NotifyURL string      `json:"notifyUrl,omitzero"`
	Extra     extraFields `json:"extra,omitzero"`
}

// RefundRef names a refund by either id or both.
type RefundRef struct {
	RefundRequestID string `json:"refundRequestId,omitzero"`
	RefundID        string `json:"refundId,omitzero"`
}

// Refund is a refund as a verified message of the wallet describes it.
type Refund struct {
	RefundRequestID  string            `json:"refundRequestId,omitzero"`
	RefundID         string            `json:"refundId,omitzero"` // the wallet's id
	PaymentID        string            `json:"paymentId,omitzero"`
	PaymentRequestID string            `json:"paymentRequestId,omitzero"`
	Status           TransactionStatus `json:"status,omitzero"`
	FailReason       string            `json:"failReason,omitzero"` // the wallet's word if Status is FAIL
	Amount           Amount            `json:"amount,omitzero"`     // zero if the wallet does not say
	RefundedAt       time.Time         `json:"refundedAt,omitzero"`
	Result           Result            `json:"result,omitzero"`
	Raw              []byte            `json:"raw,omitempty"`
}

// Refund gives money back. If an answer is lost, the client sends the same request
// again, with the same id, and then inquires: about the refund and, if that tells
// nothing, about the payment, whose Transactions may name it. If the outcome is still
// not known, the error matches [ErrOutcomeUnknown] and carries the reference: do not treat the
// refund as failed, do not try it with a new id, and do not pay the money by hand.
// While the wallet is still working on a refund, it comes back as
// TransactionProcessing; ask for it with [Client.QueryRefund], or wait for the
// notification, see RefundRequest.NotifyURL.
func (c *Client) Refund(ctx context.Context, req *RefundRequest) (*Refund, error) {
	body, err := c.refundBody(req)
	if err != nil {
		return nil, err
	}
	ref := RefundRef{RefundRequestID: req.RefundRequestID}
	order := OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID}
	bind := func(_ Result, body strictjson.Object) error {
		return contradicts(body, append(ref.bound(), order.bound()...)...)
	}
	ans, err := c.exchange(ctx, &outgoing{
		op: wire.OpRefund, body: body, extra: req.Extra, repeatable: true, orderRef: order, refundRef: ref, bind: bind,
	})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settleRefund(ctx, req, ans, err)
	}
	refund, err := c.readRefund(ans)
	switch {
	case err != nil:
	case !refund.Amount.IsZero() && refund.Amount != req.Amount:
		err = fmt.Errorf("%w: asked for %s, the wallet answered %s", ErrAmountMismatch, req.Amount, refund.Amount)
	case refund.Status == TransactionFailed:
		err = fmt.Errorf("%w: the wallet made the refund and calls it FAIL", ErrMalformed)
	case refund.Status == "" && ans.result.Status == ResultSuccess:
		refund.Status = TransactionSuccess
	case refund.Status == "":
		refund.Status = TransactionProcessing
	}
	if err != nil {
		return nil, ans.malformed(err)
	}
	refund.Amount = req.Amount
	return refund, nil
}

// CheckRefund returns the error that [Client.Refund] returns before it sends
// anything, or nil. Call it before you store a request that you send later.
func (c *Client) CheckRefund(req *RefundRequest) error {
	body, err := c.refundBody(req)
	if err != nil {
		return err
	}
	_, err = c.written(&outgoing{op: wire.OpRefund, body: body, extra: req.Extra})
	return err
}

// settleRefund inquires about a refund without success, before it returns an error.
func (c *Client) settleRefund(ctx context.Context, req *RefundRequest, ans *answer, cause error) (*Refund, error) {
	u, err := c.unsettle(ctx, ans, cause)
	if err != nil {
		return nil, err
	}
	refund, err := c.QueryRefund(ctx, RefundRef{RefundRequestID: req.RefundRequestID})
	if err != nil {
		if refund = c.refundInOrder(ctx, req, u, err); refund == nil {
			return nil, u.afterInquiry(err)
		}
	}
	differs := func(sent, got string) bool { return sent != "" && got != "" && sent != got }
	otherPayment := differs(req.PaymentID, refund.PaymentID) || differs(req.PaymentRequestID, refund.PaymentRequestID)
	switch {
	case !refund.Amount.IsZero() && refund.Amount != req.Amount:
		return nil, u.settled(ErrIdempotencyMismatch,
			fmt.Errorf("%w: asked for %s, the wallet has %s", ErrAmountMismatch, req.Amount, refund.Amount))
	case otherPayment:
		return nil, u.settled(ErrIdempotencyMismatch,
			fmt.Errorf("%w: the wallet has this refund for another payment", ErrReferenceMismatch))
	case refund.Status == TransactionFailed:
		return nil, u.settled(ErrRejected, errors.New("the inquiry answered FAIL"))
	}
	refund.PaymentID = cmp.Or(refund.PaymentID, req.PaymentID)
	refund.PaymentRequestID = cmp.Or(refund.PaymentRequestID, req.PaymentRequestID)
	refund.Amount = req.Amount
	return refund, nil
}

// refundInOrder looks for the refund among the transactions of its payment, where v2
// wallets name it. It returns nil if they do not tell. An inquiry that found nothing
// after a definite rejection needs no second opinion.
func (c *Client) refundInOrder(ctx context.Context, req *RefundRequest, u *unsettled, inquiry error) *Refund {
	ref := OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID}
	rejectedAndUnknown := u.rejected && errors.Is(inquiry, ErrOrderNotFound)
	unnamed := ref == OrderRef{}
	if rejectedAndUnknown || unnamed || ctx.Err() != nil || !c.budget.Take() {
		return nil
	}
	order, err := c.QueryOrder(ctx, ref)
	if err != nil {
		return nil
	}
	t := settledRefund(order.Transactions, req.RefundRequestID)
	if t == nil {
		return nil
	}
	refund := &Refund{
		RefundRequestID: req.RefundRequestID, RefundID: t.ID, Status: TransactionProcessing,
		PaymentID: order.PaymentID, PaymentRequestID: order.PaymentRequestID,
		Amount: t.Amount, RefundedAt: t.Time, Result: t.Result, Raw: order.Raw,
	}
	if status, known := transactionStatus(&c.wallet.Words, string(t.Status)); known {
		refund.Status = status
	}
	if refund.Status == TransactionFailed {
		refund.FailReason = t.Result.Code
	}
	return refund
}

// QueryRefund asks the wallet for a refund. For its errors, see
// [Client.QueryOrder].
func (c *Client) QueryRefund(ctx context.Context, ref RefundRef) (*Refund, error) {
	body, err := c.paymentBody(nil)
	switch {
	case err != nil:
		return nil, err
	case ref.RefundRequestID == "" && ref.RefundID == "":
		return nil, invalidRequest("RefundRef", "is empty", "give RefundRequestID or RefundID")
	case ref.RefundRequestID != "":
		if err := validateID("RefundRequestID", ref.RefundRequestID); err != nil {
			return nil, err
		}
	}
	if ref.RefundID != "" {
		if err := validateID("RefundID", ref.RefundID); err != nil {
			return nil, err
		}
	}
	put(body, "refundRequestId", ref.RefundRequestID)
	put(body, "refundId", ref.RefundID)
	bind := func(result Result, body strictjson.Object) error {
		ids := ref.bound()
		if c.wallet.Quirks.RefundsByRefundID {
			slices.Reverse(ids)
		}
		if result.Status == ResultSuccess {
			return names(body, ids...)
		}
		return contradicts(body, ids...)
	}
	ans, err := c.exchange(ctx, &outgoing{
		op: wire.OpInquiryRefund, body: body, repeatable: true, refundRef: ref, bind: bind,
	})
	if err != nil {
		return nil, err
	}
	if ans.result.Status != ResultSuccess {
		return nil, ans.rejectedInquiry()
	}
	refund, err := c.readRefund(ans)
	if err != nil {
		return nil, ans.malformed(err)
	}
	return refund, nil
}

func (c *Client) refundBody(req *RefundRequest) (map[string]any, error) {
	if req == nil {
		return nil, invalidRequest("RefundRequest", "is nil", "")
	}
	if err := validateID("RefundRequestID", req.RefundRequestID); err != nil {
		return nil, err
	}
	if req.PaymentID == "" && req.PaymentRequestID == "" && req.CaptureID == "" {
		return nil, invalidRequest("PaymentID", "is empty, and so are PaymentRequestID and CaptureID",
			"name the payment")
	}
	if err := validateAmount("Amount", req.Amount); err != nil {
		return nil, err
	}
	if err := validateText("Reason", req.Reason, 256); err != nil {
		return nil, err
	}
	body, err := c.paymentBody(req.Extra)
	if err != nil {
		return nil, err
	}
	if err := putRef(body, OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID}); err != nil {
		return nil, err
	}
	if req.CaptureID != "" {
		if err := validateID("CaptureID", req.CaptureID); err != nil {
			return nil, err
		}
	}
	put(body, "captureId", req.CaptureID)
	put(body, "refundRequestId", req.RefundRequestID)
	put(body, "refundReason", req.Reason)
	if err := validateURL("NotifyURL", req.NotifyURL); err != nil {
		return nil, err
	}
	if c.wallet.Quirks.RefundNotifyURL {
		put(body, "refundNotifyUrl", req.NotifyURL)
	}
	body["refundAmount"] = amountFields(&c.wallet, req.Amount)
	return body, putExtra(body, req.Extra)
}

// readRefund reads the answer to a refund or to its inquiry.
func (c *Client) readRefund(ans *answer) (*Refund, error) {
	r := reader{from: ans.body}
	refund := &Refund{
		RefundRequestID:  cmp.Or(r.text("refundRequestId"), ans.refundRef.RefundRequestID),
		RefundID:         cmp.Or(r.text("refundId"), ans.refundRef.RefundID),
		PaymentID:        cmp.Or(r.text("paymentId"), ans.orderRef.PaymentID),
		PaymentRequestID: cmp.Or(r.text("paymentRequestId"), ans.orderRef.PaymentRequestID),
		FailReason:       r.text("refundFailReason"),
		Amount:           r.amount("refundAmount"),
		RefundedAt:       r.time("refundTime"),
		Result:           ans.result,
		Raw:              ans.raw,
	}
	if ans.op == wire.OpInquiryRefund || ans.body["refundStatus"] != nil {
		word := r.text("refundStatus")
		status, ok := transactionStatus(&c.wallet.Words, word)
		if !ok {
			r.keep(fmt.Errorf("refundStatus %s has no known meaning", redact.Word(word)))
		}
		refund.Status = status
	}
	return refund, r.err
}
