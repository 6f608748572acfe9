package tradepaytest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestRefund(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		o := create(t, c, "order-1", "")
		refund := func(id string, amount tradepay.Amount) (*tradepay.Refund, error) {
			return c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: id, PaymentID: o.PaymentID,
				Amount: amount, Reason: "cold"})
		}
		code := func(err error) string {
			var rejected *tradepay.APIError
			require.ErrorAs(t, err, &rejected)
			return rejected.Result.Code
		}
		_, err := refund("r-early", usd(1))
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, "ORDER_STATUS_INVALID", code(err))

		require.NoError(t, w.Pay("order-1"))
		first, err := refund("r-1", usd(1000))
		require.NoError(t, err)
		require.Equal(t, tradepay.TransactionSuccess, first.Status)
		again, err := refund("r-1", usd(1000))
		require.NoError(t, err)
		require.Equal(t, first.RefundID, again.RefundID)
		require.Equal(t, usd(1000), payment(t, w, "order-1").Refunded)
		_, err = refund("r-1", usd(999))
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		_, err = refund("r-2", usd(51))
		require.Equal(t, "REFUND_AMOUNT_EXCEED", code(err))
		_, err = refund("r-2", tradepay.Amount{Currency: "EUR", Value: 1})
		require.Equal(t, "CURRENCY_NOT_SUPPORT", code(err))
		_, err = c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r-2", PaymentRequestID: "order-1",
			Amount: usd(50)})
		require.NoError(t, err)
		require.Equal(t, price, payment(t, w, "order-1").Refunded)

		got, err := c.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r-1"})
		require.NoError(t, err)
		require.Equal(t, tradepay.TransactionSuccess, got.Status)
		require.Equal(t, usd(1000), got.Amount)
		require.Equal(t, "order-1", got.PaymentRequestID)
		got, err = c.QueryRefund(t.Context(), tradepay.RefundRef{RefundID: first.RefundID})
		require.NoError(t, err)
		require.Equal(t, "r-1", got.RefundRequestID)
		_, err = c.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "nobody's"})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
		_, err = c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r-3", PaymentID: "1", Amount: usd(1)})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)

		paid, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		require.Len(t, paid.Transactions, 3)
		require.Equal(t, "REFUND", paid.Transactions[1].Type)
	})
}

// TestServiceRefund: the wallet gives money back by itself, and only an inquiry
// tells.
func TestServiceRefund(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		s := newShop(t, c, nil)
		o := create(t, c, "order-1", s.url)
		require.ErrorIs(t, w.Refund("nobody's", usd(1)), tradepaytest.ErrNoPayment)
		require.ErrorIs(t, w.Refund("order-1", usd(1)), tradepaytest.ErrNotRefundable, "nothing is paid")
		w.SetBalance(price)
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		for _, wrong := range []tradepay.Amount{usd(-1), usd(0), usd(1051), {Currency: "EUR", Value: 1}, {Value: 1}} {
			require.ErrorIs(t, w.Refund("order-1", wrong), tradepaytest.ErrNotRefundable, "%v", wrong)
		}
		require.NoError(t, w.Refund(o.PaymentURL, usd(300)))
		require.NoError(t, w.Refund(o.PaymentID, usd(300)))
		require.Equal(t, usd(600), payment(t, w, "order-1").Refunded)
		require.NoError(t, w.Refund("order-1", tradepay.Amount{}))
		require.ErrorIs(t, w.Refund("order-1", tradepay.Amount{}), tradepaytest.ErrNotRefundable, "nothing is left")
		_, err := c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r-1", PaymentRequestID: "order-1",
			Amount: usd(1)})
		require.ErrorIs(t, err, tradepay.ErrRejected, "nothing is left for the merchant")

		got, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusSuccess, got.Status)
		require.Equal(t, []string{
			"PAYMENT SUCCESS 10.50 USD", "REFUND SUCCESS 3.00 USD", "REFUND SUCCESS 3.00 USD",
			"REFUND SUCCESS 4.50 USD",
		}, transactions(got))
		ids := map[string]bool{}
		for _, transaction := range got.Transactions {
			ids[transaction.ID] = true
		}
		require.Len(t, ids, 4)
		require.Equal(t, price, payment(t, w, "order-1").Refunded)
		left, _ := w.Balance("USD")
		require.Equal(t, price, left)
		require.Len(t, s.notifications(), 1, "of the payment only")
	})
}

func TestRefundProcessing(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(*testing.T, *tradepaytest.Wallet, *tradepay.Client){
		"second inquiry": func(*testing.T, *tradepaytest.Wallet, *tradepay.Client) {},
		"heal":           func(_ *testing.T, w *tradepaytest.Wallet, _ *tradepay.Client) { w.Heal() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			c := newClient(t, w, once)
			create(t, c, "order-1", "")
			require.NoError(t, w.Pay("order-1"))
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
			req := &tradepay.RefundRequest{RefundRequestID: "r-1", PaymentRequestID: "order-1", Amount: price}
			_, _, result := raw{
				path: "/api/v2/payments/refund",
				body: `{"refundRequestId":"r-1","paymentRequestId":"order-1",` +
					`"refundAmount":{"currency":"USD","value":"1050"}}`,
			}.do(t, w)
			require.Equal(t, tradepay.ResultUnknown, result.Status)
			require.Equal(t, "REFUND_IN_PROCESS", result.Code)
			r, err := c.Refund(t.Context(), req) // U again, then the SDK inquires
			require.NoError(t, err)
			require.Equal(t, tradepay.TransactionProcessing, r.Status)
			_, err = c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r-2", PaymentRequestID: "order-1",
				Amount: usd(1)})
			require.ErrorIs(t, err, tradepay.ErrRejected, "what is in process counts")
			settle(t, w, c)
			r, err = c.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r-1"})
			require.NoError(t, err)
			require.Equal(t, tradepay.TransactionSuccess, r.Status)
			r, err = c.Refund(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, tradepay.TransactionSuccess, r.Status)
			require.Equal(t, price, payment(t, w, "order-1").Refunded)
		})
	}
}
