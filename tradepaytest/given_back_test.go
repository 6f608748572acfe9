package tradepaytest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestGivenBackIsNotPaid: the wallet says SUCCESS of what was refunded, and of
// what was captured in part.
func TestGivenBackIsNotPaid(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		asked := func(id string) *tradepay.Order {
			o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusSuccess, o.Status)
			return o
		}
		refund := func(id string, amount tradepay.Amount) {
			_, err := c.Refund(t.Context(), &tradepay.RefundRequest{
				RefundRequestID: id, PaymentID: asked("order-refunded").PaymentID, Amount: amount, Reason: "cold",
			})
			require.NoError(t, err)
		}
		create(t, c, "order-refunded", "")
		require.NoError(t, w.Pay("order-refunded"))
		require.NoError(t, asked("order-refunded").CheckPaid("order-refunded", usd(1050)))
		refund("r-1", usd(50))
		require.Equal(t, usd(1000), asked("order-refunded").NetAmount())
		require.ErrorIs(t, asked("order-refunded").CheckPaid("order-refunded", usd(1050)), tradepay.ErrRefunded)
		refund("r-2", usd(1000))
		require.Equal(t, usd(0), asked("order-refunded").NetAmount())
		require.ErrorIs(t, asked("order-refunded").CheckPaid("order-refunded", usd(1050)), tradepay.ErrRefunded)

		o := authorize(t, w, c, "order-captured", "")
		_, err := c.Capture(
			t.Context(),
			&tradepay.CaptureRequest{CaptureRequestID: "c-1", PaymentID: o.PaymentID, Amount: usd(400)},
		)
		require.NoError(t, err)
		require.Equal(t, usd(400), asked("order-captured").NetAmount())
		require.ErrorIs(t, asked("order-captured").CheckPaid("order-captured", usd(1050)), tradepay.ErrRefunded)

		o = authorize(t, w, c, "order-whole", "")
		_, err = c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c-2", PaymentID: o.PaymentID})
		require.NoError(t, err)
		require.NoError(t, asked("order-whole").CheckPaid("order-whole", usd(1050)))
	})
}
