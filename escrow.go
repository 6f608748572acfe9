package tradepay

import (
	"cmp"
	"context"
	"time"

	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// ConfirmRequest asks the wallet to give the merchant what it holds of a payment.
type ConfirmRequest struct {
	// ConfirmRequestID is the merchant's id of this confirmation and its
	// idempotency key, by the rules of PaymentRequestID. Required.
	ConfirmRequestID string      `json:"confirmRequestId,omitzero"`
	PaymentID        string      `json:"paymentId,omitzero"`        // the wallet's id, required by the documents
	PaymentRequestID string      `json:"paymentRequestId,omitzero"` // or the merchant's, if the wallet accepts it
	Extra            extraFields `json:"extra,omitzero"`
}

// Confirmation is a confirmation as a verified message of the wallet describes it.
type Confirmation struct {
	ConfirmRequestID string            `json:"confirmRequestId,omitzero"`
	ConfirmID        string            `json:"confirmId,omitzero"` // the wallet's id
	PaymentID        string            `json:"paymentId,omitzero"`
	Status           TransactionStatus `json:"status,omitzero"` // PROCESSING if the wallet has only accepted it
	ConfirmedAt      time.Time         `json:"confirmedAt,omitzero"`
	Result           Result            `json:"result,omitzero"`
	Raw              []byte            `json:"raw,omitempty"`
}

// AcceptOrder tells the wallet that the merchant can deliver what the payer paid for.
// It is for a payment by escrow: CreateOrder with the profile's Products.Escrow as its
// ProductCode. The payer's money is StatusAuthorized from the payment on: the wallet
// holds it until [Client.ConfirmOrder]. [Client.Void] and [Client.CancelOrder] give it
// back before that.
//
// If an answer is lost, the client sends the same request again. A wallet that has the
// acceptance rejects the second one with ORDER_IS_MERCHANT_ACCEPTED, which is no error.
// If the outcome is still not known, the error matches [ErrOutcomeUnknown]: call again.
// No inquiry tells it. A wallet without escrow: [ErrNotSupported].
func (c *Client) AcceptOrder(ctx context.Context, ref OrderRef) error {
	body, err := c.orderBody(ref, nil)
	if err != nil {
		return err
	}
	bind := func(_ Result, body strictjson.Object) error { return contradicts(body, ref.bound()...) }
	ans, err := c.exchange(ctx, &outgoing{
		op: operation.MerchantAccept, body: body, repeatable: true, orderRef: ref, bind: bind,
	})
	switch {
	case err != nil:
		return err
	case ans.result.Status == ResultSuccess || ans.code == "ORDER_IS_MERCHANT_ACCEPTED":
		return nil
	case ans.result.Status == ResultFailed && !ans.doubtful:
		return ans.reject()
	}
	return ans.fail(ErrOutcomeUnknown, nil)
}

// ConfirmOrder takes what the wallet holds of an accepted payment, once and whole. Call
// it when the payer has what the order promises: until then the money is the payer's.
// The payment becomes StatusSuccess, which the wallet notifies.
//
// If an answer is lost, the client sends the same request again, with the same id. If the
// outcome is still not known, the error matches [ErrOutcomeUnknown], also if the wallet
// rejects the retry: a rejected retry does not prove that the first request failed. Call
// again with the same request, or ask with [Client.QueryOrder]: a confirmed payment is
// StatusSuccess, one that is not is StatusAuthorized. A wallet without escrow:
// [ErrNotSupported].
func (c *Client) ConfirmOrder(ctx context.Context, req *ConfirmRequest) (*Confirmation, error) {
	if req == nil {
		return nil, invalidRequest("ConfirmRequest", "is nil", "")
	}
	s := settlement{
		op: operation.Confirm, word: "confirm", id: req.ConfirmRequestID, idField: "ConfirmRequestID",
		ref:   OrderRef{PaymentRequestID: req.PaymentRequestID, PaymentID: req.PaymentID},
		extra: req.Extra,
	}
	body, err := c.settlementBody(&s)
	if err != nil {
		return nil, err
	}
	ans, r, err := c.settle(ctx, &s, body)
	if err != nil {
		return nil, err
	}
	confirmation := &Confirmation{ // a page of SuperQi spells both members confrim
		ConfirmRequestID: req.ConfirmRequestID, ConfirmID: r.text("confirmId", "confrimId"),
		PaymentID: cmp.Or(r.text("paymentId"), req.PaymentID), Status: s.status,
		ConfirmedAt: r.time("confirmTime", "confrimTime"), Result: ans.result, Raw: ans.raw,
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return confirmation, nil
}
