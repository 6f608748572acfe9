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
	require.ErrorIs(t, n.CheckPaid("order-late", s.price), tradepay.ErrNotPaid, "it says nothing about money")
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

func init() {
	for _, wallet := range []string{"Rebell v1", "Rebell v2"} {
		hold(wallet, "label", func(t *testing.T, p wire.Profile) {
			require.Regexp(t, `^algorithm=SHA256withRSA, keyVersion=1, `, p.SignatureHeader("1", []byte{0}))
		})
		hold(wallet, "encoding", func(t *testing.T, p wire.Profile) {
			require.Regexp(t, `signature=__79_A$`, p.SignatureHeader("1", []byte{255, 254, 253, 252}))
		})
		hold(wallet, "agreement code", func(t *testing.T, p wire.Profile) {
			require.Len(t, p.Products.Agreement, 19)
		})
		hold(wallet, "codes", holdRebellCodes)
	}
	hold("Rebell v1", "paths", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "/v1/payments/pay", p.Routes.Prefix+p.Path(wire.OpPay))
	})
	hold("Rebell v2", "paths", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "/api/open/v2/payments/pay", p.Routes.Prefix+p.Path(wire.OpPay))
	})
	hold("Rebell v1", "void", func(t *testing.T, profile wire.Profile) {
		p := newProbe(t, profile)
		void := &tradepay.VoidRequest{VoidRequestID: "v1", PaymentID: "p1"}
		got := p.first(func() error { _, err := p.Void(t.Context(), void); return err })
		require.Equal(t, map[string]any{"paymentId": "p1", "voidRequestId": "v1", "voidRemainingAmount": true},
			got.body)
		p = newProbe(t, profile)
		void.Amount = tradepay.Amount{Currency: "EUR", Value: 1}
		_ = p.refused(func() error { _, err := p.Void(t.Context(), void); return err }, tradepay.ErrNotSupported)
	})
	hold("Rebell v2", "refund", func(t *testing.T, profile wire.Profile) {
		p := newProbe(t, profile)
		refund := &tradepay.RefundRequest{
			RefundRequestID: "r1", PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "EUR", Value: 1500},
		}
		call := func() error { _, err := p.Refund(t.Context(), refund); return err }
		require.ErrorContains(t, p.refused(call, tradepay.ErrInvalidRequest), "PaymentID")
		refund.PaymentID = "p1"
		require.Equal(t, "/api/open/v2/payments/refundApply", p.first(call).path)
	})
}

// holdRebellCodes: what the wallet says of the caller says nothing of the payment.
func holdRebellCodes(t *testing.T, profile wire.Profile) {
	t.Helper()
	for code, want := range map[string]error{
		"TIMESTAMP_INVALID": tradepay.ErrUnauthorized, "INVALID_AUTH_CLIENT": tradepay.ErrUnauthorized,
		"INVALID_AUTH_CLIENT_STATUS": tradepay.ErrUnauthorized, "ORDER_NOT_EXISTS": tradepay.ErrOrderNotFound,
		"REFUND_NOT_ALLOWED": tradepay.ErrRejected, "CAPTURE_AMOUNT_EXCEED": tradepay.ErrRejected,
	} {
		m := newMaker(t, profile)
		m.exchange(wire.OpCapture, "", map[string]any{
			"result": map[string]any{"resultStatus": "F", "resultCode": code, "resultMessage": "no"},
		}, func() error {
			_, err := m.client.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c1", PaymentID: "p1"})
			require.ErrorIs(t, err, want, code)
			require.NotErrorIs(t, err, tradepay.ErrOutcomeUnknown, code)
			return nil
		})
	}
}
