package tradepaytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// authorize creates a payment and lets the payer agree.
func authorize(t *testing.T, w *tradepaytest.Wallet, c *tradepay.Client, id, notifyURL string) *tradepay.Order {
	t.Helper()
	req := order(id, notifyURL)
	req.Authorize = true
	o, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.NoError(t, w.Pay(o.PaymentURL))
	o, err = c.WaitOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusAuthorized, o.Status)
	require.False(t, o.AuthorizedUntil.IsZero())
	return o
}

func TestCapture(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		s := newShop(t, c, nil)
		o := authorize(t, w, c, "order-1", s.url)
		require.Empty(t, s.notifications(), "authorized is not final")
		capture := func(id string, amount tradepay.Amount, more bool) (*tradepay.Capture, error) {
			return c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: id, PaymentID: o.PaymentID,
				Amount: amount, Partial: more})
		}
		first, err := capture("c-1", usd(400), true)
		require.NoError(t, err)
		require.Equal(t, usd(400), first.Amount)
		again, err := capture("c-1", usd(400), true)
		require.NoError(t, err)
		require.Equal(t, first.CaptureID, again.CaptureID)
		_, err = capture("c-1", usd(401), true)
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		_, err = capture("c-2", usd(651), false)
		require.ErrorIs(t, err, tradepay.ErrRejected)
		_, err = capture("c-2", tradepay.Amount{Currency: "EUR", Value: 1}, false)
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, tradepay.StatusAuthorized, status(t, c, "order-1"))
		_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.ErrorIs(t, err, tradepay.ErrRejected, "a part was captured")

		_, err = capture("c-3", usd(600), false)
		require.NoError(t, err)
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.Equal(t, tradepay.StatusSuccess, s.notifications()[0].Status)
		p := payment(t, w, "order-1")
		require.Equal(t, tradepay.StatusSuccess, p.Status)
		require.Equal(t, usd(1000), p.Captured)
		require.Equal(t, usd(50), p.Voided)
		require.Equal(t, 1, p.Charges)
		_, err = capture("c-4", usd(1), false)
		require.ErrorIs(t, err, tradepay.ErrRejected)

		refund := func(id, captureID string, amount tradepay.Amount) error {
			_, err := c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: id, CaptureID: captureID,
				Amount: amount})
			return err
		}
		require.ErrorIs(t, refund("r-1", first.CaptureID, usd(401)), tradepay.ErrRejected)
		require.NoError(t, refund("r-1", first.CaptureID, usd(400)))
		require.ErrorIs(t, refund("r-2", first.CaptureID, usd(1)), tradepay.ErrRejected)
		require.ErrorIs(t, refund("r-2", "nobody's", usd(1)), tradepay.ErrOrderNotFound)
		_, err = c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r-3", PaymentID: o.PaymentID,
			Amount: usd(601)})
		require.ErrorIs(t, err, tradepay.ErrRejected, "no more than was captured")
	})
}

func TestCaptureAll(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	o := authorize(t, w, c, "order-1", "")
	got, err := c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c-1", PaymentID: o.PaymentID})
	require.NoError(t, err)
	require.Equal(t, price, got.Amount)
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
}

func TestVoid(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		s := newShop(t, c, nil)
		o := authorize(t, w, c, "order-1", s.url)
		void := func(id string, amount tradepay.Amount) (*tradepay.Void, error) {
			return c.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: id, PaymentID: o.PaymentID, Amount: amount,
				NotifyURL: s.url})
		}
		part, err := void("v-1", usd(50))
		require.NoError(t, err)
		require.Equal(t, usd(1000), part.Remaining)
		_, err = void("v-2", usd(1001))
		require.ErrorIs(t, err, tradepay.ErrRejected)
		_, err = void("v-1", usd(51))
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		rest, err := void("v-3", tradepay.Amount{})
		require.NoError(t, err)
		require.Equal(t, usd(1000), rest.Amount)
		require.Equal(t, usd(0), rest.Remaining)
		require.Equal(t, tradepay.StatusCancelled, status(t, c, "order-1"))
		_, err = void("v-4", usd(1))
		require.ErrorIs(t, err, tradepay.ErrRejected)

		require.Eventually(t, func() bool { return len(s.notifications()) == 2 }, 2*time.Minute, time.Millisecond)
		for _, n := range s.notifications() {
			require.Equal(t, tradepay.NotificationVoid, n.Kind)
			require.NotEmpty(t, n.VoidID)
		}
		require.Zero(t, payment(t, w, "order-1").Captured.Value)
	})
}

func TestVoidRestOfCapture(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	o := authorize(t, w, c, "order-1", "")
	_, err := c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c-1", PaymentID: o.PaymentID,
		Amount: usd(50), Partial: true})
	require.NoError(t, err)
	_, err = c.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "v-1", PaymentID: o.PaymentID})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
	require.Equal(t, usd(1000), payment(t, w, "order-1").Voided)
}

func TestAuthorizationEnds(t *testing.T) {
	t.Parallel()
	now := newClock()
	profile := wallets.PlatformV2()
	profile.Products.Authorize = "AUTH_CAPTURE"
	w := newWallet(t, tradepaytest.WithClock(now.Now), tradepaytest.As(profile))
	c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
	authorize(t, w, c, "expires", "")
	authorize(t, w, c, "cancelled", "")
	part := authorize(t, w, c, "captured in part", "")
	_, err := c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c-1", PaymentID: part.PaymentID,
		Amount: usd(50), Partial: true})
	require.NoError(t, err)
	_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "cancelled"})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "cancelled"))

	now.Add(7 * 24 * time.Hour)
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "expires"))
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "captured in part"))
	require.Equal(t, usd(50), payment(t, w, "captured in part").Captured)

	create(t, c, "plain", "")
	require.NoError(t, w.Pay("plain"))
	_, err = c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c-2", PaymentRequestID: "plain"})
	require.ErrorIs(t, err, tradepay.ErrRejected)
	authorize(t, w, c, "by hand", "")
	require.NoError(t, w.Expire("by hand"))
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "by hand"))
}
