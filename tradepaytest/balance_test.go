package tradepaytest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func balance(t *testing.T, w *tradepaytest.Wallet) int64 {
	t.Helper()
	left, set := w.Balance("USD")
	require.True(t, set)
	return left.Value
}

func TestBalance(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w)
		_, set := w.Balance("USD")
		require.False(t, set)
		w.SetBalance(usd(2000))
		o := create(t, c, "order-1", "")
		_, page, _ := visit(t, http.MethodGet, o.PaymentURL+"&lang=es", "", "")
		require.Contains(t, page, "Saldo: 20,00\u00a0USD")
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.Pay("order-1"))
		require.Equal(t, int64(950), balance(t, w), "taken once")

		s := newShop(t, c, nil)
		o = create(t, c, "order-2", s.url)
		_, body, _ := visit(t, http.MethodPost, o.PaymentURL, "action=pay", "application/json")
		require.JSONEq(t, `{"resultCode":"4000"}`, body)
		p := payment(t, w, "order-2")
		require.Equal(t, tradepay.StatusFailed, p.Status)
		require.Equal(t, "USER_BALANCE_NOT_ENOUGH", p.FailReason)
		require.Zero(t, p.Charges)
		require.NoError(t, w.WaitNotified(t.Context(), "order-2"))
		require.Equal(t, int64(950), balance(t, w))

		_, err := c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "refund-1",
			PaymentRequestID: "order-1", Amount: usd(100)})
		require.NoError(t, err)
		require.Equal(t, int64(1050), balance(t, w), "back again")
		create(t, c, "order-3", "")
		require.NoError(t, w.Pay("order-3"), "to the last cent")
		require.Zero(t, balance(t, w))

		other := order("order-4", "")
		other.Amount = tradepay.Amount{Currency: "ZAR", Value: 1}
		_, err = c.CreateOrder(t.Context(), other)
		require.NoError(t, err)
		require.NoError(t, w.Pay("order-4"))
		require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-4"), "another currency is not limited")
	})
}

func TestBalanceOfAuthorization(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	w.SetBalance(usd(1050))
	req := order("order-1", "")
	req.Authorize = true
	_, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.NoError(t, w.Pay("order-1"))
	require.Zero(t, balance(t, w), "reserved")
	_, err = c.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "void-1", PaymentRequestID: "order-1",
		Amount: usd(50)})
	require.NoError(t, err)
	require.Equal(t, int64(50), balance(t, w))
	_, err = c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "capture-1", PaymentRequestID: "order-1",
		Amount: usd(600)})
	require.NoError(t, err)
	require.Equal(t, int64(450), balance(t, w), "what is not captured is released")

	req = order("order-2", "")
	req.Authorize, req.Amount = true, usd(400)
	_, err = c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.NoError(t, w.Pay("order-2"))
	_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-2"})
	require.NoError(t, err)
	require.Equal(t, int64(450), balance(t, w))
}

func TestBalanceOfAgreement(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	w.SetBalance(usd(0))
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
	require.NoError(t, err)
	req := order("order-1", "")
	req.PaymentAuthCode = token.AccessToken
	for range 2 { // the repeated request learns the same
		o, err := c.CreateOrder(t.Context(), req)
		if err != nil {
			var rejected *tradepay.APIError
			require.ErrorAs(t, err, &rejected)
			require.Equal(t, "USER_BALANCE_NOT_ENOUGH", rejected.Result.Code)
		} else {
			require.Equal(t, tradepay.StatusFailed, o.Status)
		}
	}
	require.Equal(t, tradepay.StatusFailed, status(t, c, "order-1"))
}

func TestBalanceInProcess(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	w.SetBalance(usd(1050))
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
	create(t, c, "order-1", "")
	create(t, c, "order-2", "")
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.Pay("order-2")) // takes the money meanwhile
	w.Heal()
	require.Equal(t, tradepay.StatusFailed, status(t, c, "order-1"))
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-2"))
	require.Zero(t, balance(t, w))
}

func TestSetBalancePanics(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	for _, amount := range []tradepay.Amount{{}, {Currency: "XYZ", Value: 1}, {Currency: "USD", Value: -1}} {
		require.Panics(t, func() { w.SetBalance(amount) })
	}
}
