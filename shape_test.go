package tradepay_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestRequestHooksOnlyMove: a mistake in a profile must not charge another amount or
// lose the idempotency key. The client sends nothing then.
func TestRequestHooksOnlyMove(t *testing.T) {
	t.Parallel()
	amount := func(body map[string]any) map[string]any { return body["paymentAmount"].(map[string]any) }
	for name, tt := range map[string]struct {
		hook func(body map[string]any)
		want error
	}{
		"moves": {func(body map[string]any) {
			body["sum"], body["merchantTransId"] = body["paymentAmount"], body["paymentRequestId"]
			delete(body, "paymentAmount")
			delete(body, "paymentRequestId")
		}, nil},
		"writes the number otherwise": {func(body map[string]any) {
			amount(body)["value"] = json.Number(amount(body)["value"].(string))
		}, nil},
		"another unit": {func(body map[string]any) {
			amount(body)["value"] = "105000"
		}, tradepay.ErrInvalidConfig},
		"decimals": {func(body map[string]any) {
			amount(body)["value"] = "10.50"
		}, tradepay.ErrInvalidConfig},
		"another currency": {func(body map[string]any) {
			amount(body)["currency"] = "MXN"
		}, tradepay.ErrInvalidConfig},
		"an amount in a list": {func(body map[string]any) {
			body["x"] = []any{map[string]any{"value": "1", "currency": "USD"}}
		}, tradepay.ErrInvalidConfig},
		"no amount": {func(body map[string]any) {
			delete(body, "paymentAmount")
			delete(body, "order")
		}, tradepay.ErrInvalidConfig},
		"no id": {func(body map[string]any) {
			delete(body, "paymentRequestId")
			delete(body, "order")
		}, tradepay.ErrInvalidConfig},
		"another id": {func(body map[string]any) {
			body["paymentRequestId"] = "order-2"
			delete(body, "order")
		}, tradepay.ErrInvalidConfig},
		"another amount of the order": {func(body map[string]any) {
			body["sum"] = body["paymentAmount"]
			goods := body["order"].(map[string]any)["goods"].([]any)
			body["paymentAmount"] = goods[0].(map[string]any)["goodsUnitAmount"]
		}, tradepay.ErrInvalidConfig},
		"another text of the order": {func(body map[string]any) {
			body["own"], body["paymentRequestId"] = body["paymentRequestId"],
				body["order"].(map[string]any)["orderDescription"]
		}, tradepay.ErrInvalidConfig},
		"nothing but the order": {func(body map[string]any) { clear(body) }, tradepay.ErrInvalidConfig},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Shaper = shaper.Hooks{Request: func(_ wire.Operation, body map[string]any) error {
				tt.hook(body)
				return nil
			}}
			w := newScripted(t, wallet).on(payPath, signed(200, accepted))
			req := order()
			req.Order.Goods = []tradepay.Goods{{ID: "1", Name: "coffee",
				UnitAmount: tradepay.Amount{Currency: "USD", Value: 525}}}
			_, err := w.client().CreateOrder(t.Context(), req)
			require.ErrorIs(t, err, tt.want)
			if tt.want != nil {
				require.Empty(t, w.seenOn(payPath))
				require.ErrorContains(t, err, "Wallet.Shaper")
			}
		})
	}
}

// TestResponseHooksOnlyMove: a mistake in a profile must not turn the answer about
// another order, or over another amount, into the expected one.
func TestResponseHooksOnlyMove(t *testing.T) {
	t.Parallel()
	const about2 = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},` +
		`"paymentStatus":"SUCCESS","paymentId":"P2",` +
		`"paymentRequestId":"order-2","paymentAmount":{"currency":"USD","value":"1"},"other":"order-1",` +
		`"list":[{"currency":"USD","value":"1050"}]}`
	const elsewhere = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},` +
		`"paymentStatus":"SUCCESS",` +
		`"own":{"id":"order-1","sum":{"currency":"USD","value":1050}}}`
	set := func(name string, value any) func(map[string]any) {
		return func(body map[string]any) { body[name] = value }
	}
	for name, tt := range map[string]struct {
		body string
		hook func(map[string]any)
		want error
	}{
		"moves": {elsewhere, func(body map[string]any) {
			own := body["own"].(map[string]any)
			body["paymentRequestId"], body["paymentAmount"] = own["id"], own["sum"]
		}, nil},
		"makes an id":    {elsewhere, set("paymentId", "P1"), tradepay.ErrMalformed},
		"replaces an id": {about2, set("paymentRequestId", "order-1"), tradepay.ErrMalformed},
		"drops an id": {about2, func(body map[string]any) {
			delete(body, "paymentId")
		}, tradepay.ErrMalformed},
		"makes an amount": {elsewhere, set("paymentAmount", map[string]any{"currency": "USD", "value": "105000"}),
			tradepay.ErrMalformed},
		"replaces an amount": {about2, set("paymentAmount", map[string]any{"currency": "USD", "value": "1050"}),
			tradepay.ErrMalformed},
		"drops an amount": {about2, func(body map[string]any) {
			delete(body, "paymentAmount")
		}, tradepay.ErrMalformed},
		"another unit": {elsewhere, func(body map[string]any) {
			body["own"].(map[string]any)["sum"].(map[string]any)["value"] = "10"
		}, tradepay.ErrMalformed},
		"an id of other type":  {about2, set("paymentRequestId", json.Number("1")), tradepay.ErrMalformed},
		"still another order":  {about2, func(map[string]any) {}, tradepay.ErrReferenceMismatch},
		"does not name itself": {elsewhere, func(map[string]any) {}, tradepay.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Shaper = shaper.Hooks{Response: func(_ wire.Operation, body map[string]any) error {
				tt.hook(body)
				return nil
			}}
			w := newScripted(t, wallet).on(inquiryPath, signed(200, tt.body))
			got, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			if tt.want == nil {
				require.NoError(t, err)
				require.NoError(t, got.CheckPaid("order-1", order().Amount))
				return
			}
			require.ErrorIs(t, err, tt.want)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		})
	}
}

// TestHookFails: an error of a hook is one about the request, or about the
// message that came.
func TestHookFails(t *testing.T) {
	t.Parallel()
	errHook := errors.New("hook failed")
	fail := func(wire.Operation, map[string]any) error { return errHook }
	wallet := wallets.PlatformV2()
	wallet.Shaper = shaper.Hooks{Request: fail}
	w := newScripted(t, wallet).on(payPath, signed(200, accepted))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	require.ErrorIs(t, err, errHook)
	require.Empty(t, w.seenOn(payPath))

	wallet = wallets.PlatformV2()
	wallet.Shaper = shaper.Hooks{Response: fail}
	w = newScripted(t, wallet).on(inquiryPath, signed(http.StatusOK, inquired("SUCCESS")))
	_, err = w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorIs(t, err, tradepay.ErrMalformed)
}
