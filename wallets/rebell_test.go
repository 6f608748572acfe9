package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	for _, version := range []string{"Rebell v1", "Rebell v2"} {
		documented[version] = func(_ wire.Operation, message map[string]any) {
			if form, ok := message["redirectActionForm"].(map[string]any); ok {
				message["redirectActionForm"] = map[string]any{"method": form["method"],
					"redirectionUrl": form["redirectUrl"]}
			}
		}
	}
}

func TestRebellRequest(t *testing.T) {
	t.Parallel()
	eur := tradepay.Amount{Currency: "EUR", Value: 999}
	p := newProbe(t, wallets.RebellV1())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "SUB-20240110-001", Amount: eur, Title: "Premium",
		Extra: map[string]any{"cashierNotifyUrl": "https://shop.example/url"},
	}))
	require.Equal(t, "/v1/payments/pay", got.path)
	require.Equal(t, "2026-01-15T12:00:00Z", got.header.Get("Request-Time"))
	require.Regexp(t, `^algorithm=SHA256withRSA, keyVersion=1, signature=[A-Za-z0-9_-]+$`, got.header.Get("Signature"))
	require.Equal(t, wallets.RebellCashier, got.body["productCode"])
	require.Equal(t, "https://shop.example/url", got.body["cashierNotifyUrl"])

	p = newProbe(t, wallets.RebellV2())
	got = p.first(p.create(&tradepay.CreateOrderRequest{PaymentRequestID: "SUB-20240110-001", Amount: eur,
		PaymentAuthCode: "token"}))
	require.Equal(t, "/api/open/v2/payments/pay", got.path)
	require.Equal(t, wallets.RebellAgreement, got.body["productCode"])
	require.Equal(t, "token", got.body["accessToken"])
	require.NotContains(t, got.body, "paymentAuthCode")
}

// lateOrder asks for the URL in a notification.
func lateOrder(s *shop, id string) *tradepay.CreateOrderRequest {
	request := s.order(id)
	request.Extra = map[string]any{"cashierNotifyUrl": s.url}
	return request
}

// TestRebellLateURL: the answer to pay has no URL; a notification brings it, to
// the call that waits for it or to the merchant's function.
func TestRebellLateURL(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.RebellV1())
	order, err := s.client.CreateOrder(t.Context(), lateOrder(s, "order-late"))
	require.NoError(t, err)
	require.Empty(t, order.PaymentURL)
	require.Equal(t, tradepay.StatusProcessing, order.Status)
	n := s.notified(t, tradepay.NotificationCashierURL, "order-late")
	require.NotEmpty(t, n.PaymentURL)
	require.ErrorIs(t, n.CheckPaid("order-late", s.price), tradepay.ErrMalformed, "it says nothing about money")
	require.NoError(t, s.wallet.Pay(n.PaymentURL))
	require.NoError(t, s.notified(t, tradepay.NotificationPayment, "order-late").CheckPaid("order-late", s.price))
}

// TestRebellURLElsewhere: another process gets the notification.
func TestRebellURLElsewhere(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.RebellV1())
	elsewhere, err := tradepay.NewClient(configtest.With(s.wallet.Config(), quick))
	require.NoError(t, err)
	request := lateOrder(s, "order-elsewhere")
	order, err := elsewhere.CreateOrder(t.Context(), request)
	require.NoError(t, err, "the order stands")
	require.Equal(t, tradepay.StatusProcessing, order.Status)
	require.Empty(t, order.PaymentURL)
	require.NotEmpty(t, s.notified(t, tradepay.NotificationCashierURL, "order-elsewhere").PaymentURL)
}
