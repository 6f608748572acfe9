package wallets_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func tokaOrder() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "devOpenApiCsbPre20250513113605", Amount: tradepay.Amount{Currency: "MXN", Value: 1000},
		Title: "Buy something",
		Order: tradepay.OrderDetails{
			Buyer: tradepay.Buyer{ID: "1010000010700053"}, Goods: []tradepay.Goods{{ID: "1", Name: "not sent"}},
			Shipping: tradepay.Shipping{PhoneNo: "+52 55 5010 0000"},
		},
		RedirectURL: "https://shop.example/thanks", ExpiresAt: time.Date(2026, 1, 16, 6, 0, 0, 0, time.UTC),
	}
}

func TestTokaRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.Toka())
	got := p.first(p.create(tokaOrder()))
	require.Equal(t, "/v2/acquiring/miniprogram/create", got.path)
	require.Equal(t, "1768478400000", got.header.Get("Request-Time"))
	require.Regexp(t, `^[0-9a-f]{32}$`, got.header.Get("Request-Id"))
	likeSample(t, `{
		"productCode": "", "userId": "", "appId": "",
		"order": {"merchantTransId": "", "orderAmount": {"value": 0, "currency": ""}, "expiryTime": "", `+
		`"orderTitle": ""}
	}`, got.body)
	require.Equal(t, wallets.TokaProduct, got.body["productCode"])
	order := got.body["order"].(map[string]any)
	require.Equal(t, "2026-01-16 00:00:00", order["expiryTime"], "the time of Mexico City")
	require.InDelta(t, 1000, order["orderAmount"].(map[string]any)["value"], 0)

	p = newProbe(t, wallets.Toka())
	got = p.first(func() error {
		_, err := p.Refund(t.Context(), &tradepay.RefundRequest{
			RefundRequestID: "r1", PaymentID: "p1", PaymentRequestID: "o1",
			Amount: tradepay.Amount{Currency: "MXN", Value: 100},
		})
		return err
	})
	require.Equal(t, "/v1/acquiring/refund/apply", got.path)
	likeSample(t, `{"paymentId": "", "refundRequestId": "", "refundAmount": {"value": "", "currency": ""}}`, got.body)
}

func TestTokaRejectsBeforeSending(t *testing.T) {
	t.Parallel()
	type order = tradepay.CreateOrderRequest
	for _, test := range []struct {
		name   string
		change func(*order)
		says   string
		kind   error
	}{
		{"no title", func(r *order) { r.Title = "" }, "Title: is required by Toka", tradepay.ErrInvalidRequest},
		{"no user", func(r *order) { r.Order.Buyer.ID = "" }, "Order.Buyer.ID: is required by Toka",
			tradepay.ErrInvalidRequest},
		{"no expiry", func(r *order) { r.ExpiresAt = time.Time{} }, "ExpiresAt: is required by Toka",
			tradepay.ErrInvalidRequest},
		{"agreement", func(r *order) { r.PaymentAuthCode = "token" }, "Toka has no agreement payment",
			tradepay.ErrNotSupported},
		{"authorization", func(r *order) { r.Authorize = true }, "Toka has no authorization",
			tradepay.ErrNotSupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, request := newProbe(t, wallets.Toka()), tokaOrder()
			test.change(request)
			require.ErrorContains(t, p.refused(p.create(request), tradepay.ErrInvalidRequest, test.kind), test.says)
		})
	}
	mxn := tradepay.Amount{Currency: "MXN", Value: 100}
	p := newProbe(t, wallets.Toka())
	require.ErrorContains(t, p.refused(func() error {
		_, err := p.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r1", PaymentRequestID: "o1", Amount: mxn})
		return err
	}, tradepay.ErrInvalidRequest), "PaymentID: is required by Toka")
	_ = p.refused(func() error {
		_, err := p.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r1", PaymentID: "p1", CaptureID: "c1", Amount: mxn})
		return err
	}, tradepay.ErrNotSupported)
}

// TestTokaSignsItsOwnContent: who signs as for the other wallets is refused and
// told why, and believes none of Toka's answers.
func TestTokaSignsItsOwnContent(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	config := s.wallet.Config()
	config.Wallet.Signing.Content = ""
	client, err := tradepay.NewClient(configtest.With(config, quick))
	require.NoError(t, err)
	_, err = client.CreateOrder(t.Context(), s.order("order-1"))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorIs(t, err, tradepay.ErrSignature)
	require.Empty(t, s.wallet.Payments())
	refused := s.wallet.Rejections()[0]
	require.Contains(t, refused.Why, "METHOD.URI.Client-Id.Request-Id.Request-Time.Body")

	s = newShop(t, wallets.Toka())
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Times: -1})
	order := s.place(t, s.order("order-first"))
	require.Len(t, s.wallet.Payments(), 1)
	_, err = s.client.CreateOrder(t.Context(), s.order("order-second"))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "it got the answer to the first")
	require.NotErrorIs(t, err, tradepay.ErrRejected)
	require.NotEmpty(t, order.PaymentURL)
}

// TestTokaIDs: two names for one id must say the same.
func TestTokaIDs(t *testing.T) {
	t.Parallel()
	shape := wallets.Toka().Shaper.ShapeResponse
	for name, test := range map[string]struct {
		body map[string]any
		want any
	}{
		"its own":       {map[string]any{"merchantTransId": "o1"}, "o1"},
		"the inquiry's": {map[string]any{"paymentRequestId": "o1"}, "o1"},
		"both":          {map[string]any{"merchantTransId": "o1", "paymentRequestId": "o1"}, "o1"},
		"none":          {map[string]any{}, nil},
	} {
		require.NoError(t, shape(wire.OpInquiryPayment, test.body), name)
		require.Equal(t, test.want, test.body["paymentRequestId"], name)
	}
	require.ErrorContains(t, shape(wire.OpPay, map[string]any{"merchantTransId": "o1", "paymentRequestId": "o2"}),
		"differ")
	for _, value := range []any{map[string]any{}, map[string]any{}, []any{"o1"}, json.Number("1")} {
		require.ErrorContains(t, shape(wire.OpPay, map[string]any{"merchantTransId": value, "paymentRequestId": value}),
			"differ")
	}
}

// TestTokaRefunds: an answer about a refund names it by the wallet's id only.
func TestTokaRefunds(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	order := s.place(t, s.order("order-1"))
	s.pay(t, order)
	refund := func(id string) *tradepay.Refund {
		r, err := s.client.Refund(t.Context(), &tradepay.RefundRequest{
			RefundRequestID: id, PaymentID: order.PaymentID, Amount: tradepay.Amount{Currency: "MXN", Value: 100},
		})
		require.NoError(t, err)
		return r
	}
	first, second := refund("r1"), refund("r2")
	known, err := s.client.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r1", RefundID: first.RefundID})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, known.Status)
	require.NotContains(t, string(known.Raw), "refundRequestId")
	require.Equal(t, "r1", known.RefundRequestID)
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpInquiryRefund, Times: -1})
	_, err = s.client.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r2", RefundID: second.RefundID})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "it got the answer about the first")
	require.ErrorIs(t, err, tradepay.ErrReferenceMismatch)
}

// TestTokaWords: numeric codes and FAILED become the platform's words.
func TestTokaWords(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	_, err := s.client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: "unknown"})
	require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
	var failure *tradepay.APIError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "20030101", failure.Result.Code, "the wallet's own code is kept")

	order := s.place(t, s.order("order-expired"))
	require.Equal(t, "20000006", order.Result.Code)
	require.NoError(t, s.wallet.Expire("order-expired"))
	known, err := s.client.QueryOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusCancelled, known.Status)
	var raw map[string]any
	require.NoError(t, json.Unmarshal(known.Raw, &raw))
	require.Equal(t, "FAILED", raw["paymentStatus"])
	require.Equal(t, "20030105", raw["paymentResultCode"])

	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
	order = s.place(t, s.order("order-refund"))
	s.pay(t, order)
	refund, err := s.client.Refund(t.Context(),
		&tradepay.RefundRequest{RefundRequestID: "r1", PaymentID: order.PaymentID, Amount: s.price})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionProcessing, refund.Status)

	token, err := s.client.ApplyToken(t.Context(),
		&tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("1010000010775026")})
	require.NoError(t, err)
	user, err := s.client.UserInfo(t.Context(), token.AccessToken)
	require.NoError(t, err)
	require.Equal(t, "1010000010775026", user.UserID)
	require.Equal(t, tradepay.PersonName{Full: "Ana Prueba", First: "Ana", Last: "Prueba"}, user.Name)
	requireUnsupported(t, s.client.CancelToken(t.Context(), token.AccessToken), wallets.Toka(), "https://")
}
