package tradepaytest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// notifiesRefunds are the profiles that a refund can tell where to report it, and one
// that it cannot.
func notifiesRefunds() []wire.Profile {
	v1 := wallets.PlatformV1()
	v1.Quirks.RefundNotifyURL = true
	return []wire.Profile{wallets.RebellV2(), wallets.Antom(), v1, wallets.PlatformV2()}
}

func TestRefundIsNotified(t *testing.T) {
	t.Parallel()
	for _, profile := range notifiesRefunds() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
			c := newClient(t, w, again)
			tries := make(chan error, 8)
			tries <- errNotStored // the wallet sends it again
			s := newShop(t, c, func(n *tradepay.Notification) error {
				if n.Kind != tradepay.NotificationRefund {
					return nil
				}
				select {
				case err := <-tries:
					return err
				default:
					return nil
				}
			})
			o := create(t, c, "order-1", "")
			require.NoError(t, w.Pay("order-1"))
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyTampered, Op: "notifyRefund"})
			refund := func(id string, value int64) {
				_, err := c.Refund(t.Context(), &tradepay.RefundRequest{
					RefundRequestID: id, PaymentID: o.PaymentID, Amount: usd(value), NotifyURL: s.url,
				})
				require.NoError(t, err)
			}
			refund("refund-1", 50)
			if !profile.Quirks.RefundNotifyURL {
				require.Empty(t, w.Deliveries())
				return
			}
			acknowledged := func(want int) func() bool {
				return func() bool {
					n := 0
					for _, d := range w.Deliveries() {
						if d.Acknowledged {
							require.Equal(t, wire.Operation("notifyRefund"), d.Op)
							n++
						}
					}
					return n == want
				}
			}
			require.Eventually(t, acknowledged(1), 2*time.Minute, time.Millisecond)
			require.Len(t, w.Deliveries(), 3, "tampered with, not stored, stored")
			got := s.notifications()
			require.Len(t, got, 2)
			require.True(t, got[0].Same(got[1]))
			n := got[1]
			require.Equal(t, tradepay.NotificationRefund, n.Kind)
			require.Equal(t, "refund-1", n.RefundRequestID)
			require.Equal(t, tradepay.TransactionSuccess, n.RefundStatus)
			require.Equal(t, usd(50), n.Amount)
			require.False(t, n.RefundedAt.IsZero())
			require.NotEmpty(t, n.RefundID)

			// One in process is reported when it is through, once.
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyDuplicate, Op: "notifyRefund"})
			refund("refund-2", 60)
			w.Heal()
			require.Eventually(t, acknowledged(2), 2*time.Minute, time.Millisecond)
			require.Equal(t, "refund-2", s.notifications()[2].RefundRequestID)
			w.Heal()
			require.Len(t, w.Deliveries(), 4)
			require.Empty(t, w.Rejections())
		})
	}
}

// TestCaptureIsNotified where the wallet does.
func TestCaptureIsNotified(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.Antom(), wallets.PlatformV2()} {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
			c := newClient(t, w, again)
			s := newShop(t, c, nil)
			req := order("order-1", s.url)
			req.Authorize = true
			o, err := c.CreateOrder(t.Context(), req)
			require.NoError(t, err)
			require.NoError(t, w.Pay("order-1"))
			_, err = c.Capture(t.Context(), &tradepay.CaptureRequest{
				CaptureRequestID: "capture-1", PaymentID: o.PaymentID, Amount: usd(1000),
			})
			require.NoError(t, err)
			require.NoError(t, w.WaitNotified(t.Context(), "order-1"), "of the payment, which is charged now")
			if profile.Name != "Antom" {
				require.Len(t, w.Deliveries(), 1)
				return
			}
			require.Eventually(t, func() bool { return len(w.Deliveries()) == 2 }, 2*time.Minute, time.Millisecond)
			got := s.notifications()
			n := got[slices.IndexFunc(got, func(n *tradepay.Notification) bool {
				return n.Kind == tradepay.NotificationCapture
			})]
			require.Equal(t, "capture-1", n.CaptureRequestID)
			require.Equal(t, o.PaymentID, n.PaymentID)
			require.Equal(t, tradepay.TransactionSuccess, n.CaptureStatus)
			require.Equal(t, usd(1000), n.Amount)
			require.False(t, n.CapturedAt.IsZero())
		})
	}
}

// TestConsentsAndDisputesAreNotified in the words of every profile.
func TestConsentsAndDisputesAreNotified(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{
		wallets.PlatformV1(), wallets.PlatformV2(), wallets.Antom(), wallets.RebellV1(), wallets.Toka(),
	} {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(profile))
			c := newClient(t, w)
			s := newShop(t, c, nil)
			for event, ended := range map[string]bool{
				"AUTHCODE_CREATED": false, "TOKEN_CREATED": false, "CONTRACT_VALID": false,
				"TOKEN_CANCELED": true, "CONTRACT_ENDED": true,
			} {
				require.NoError(t, w.NotifyAuthorization(s.url, event, "credential"))
				got := s.notifications()
				n := got[len(got)-1]
				require.Equal(t, tradepay.NotificationAuthorization, n.Kind)
				require.Equal(t, event, n.AuthorizationEvent)
				require.Equal(t, "credential", n.AuthCode+n.AccessToken)
				require.Equal(t, event == "AUTHCODE_CREATED", n.AuthCode != "")
				require.Equal(t, ended, n.AuthorizationEnded())
			}
			require.ErrorContains(t, w.NotifyAuthorization(s.url, "X", "y"), "unknown event")
		})
	}
	t.Run("disputes", func(t *testing.T) {
		t.Parallel()
		w := newWallet(t)
		c := newClient(t, w)
		s := newShop(t, c, nil)
		create(t, c, "order-1", s.url)
		create(t, c, "silent", "")
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.NoError(t, w.NotifyDispute("order-1", "DISPUTE_CREATED"))
		require.NoError(t, w.NotifyDispute("order-1", "DISPUTE_JUDGED"))
		opened, judged := s.notifications()[1], s.notifications()[2]
		require.Equal(t, tradepay.NotificationDispute, opened.Kind)
		require.Equal(t, "DISPUTE_CREATED", opened.DisputeEvent)
		require.Equal(t, price, opened.Amount)
		require.Equal(t, "order-1", opened.PaymentRequestID)
		require.Empty(t, opened.DisputeResult)
		require.Equal(t, opened.DisputeID, judged.DisputeID)
		require.Equal(t, "ACCEPT_BY_MERCHANT", judged.DisputeResult)
		require.Equal(t, price, judged.DisputeJudgedAmount)
		require.ErrorIs(t, w.NotifyDispute("nobody's", "DISPUTE_CREATED"), tradepaytest.ErrNoPayment)
		require.ErrorIs(t, w.NotifyDispute("silent", "DISPUTE_CREATED"), tradepaytest.ErrNotNotified)
		w.Suspend(time.Hour)
		require.ErrorContains(t, w.NotifyDispute("order-1", "DISPUTE_JUDGED"), "suspended")
	})
}

// TestRefundNotifyURLIsChecked: as every URL that the wallet calls, and the client sends.
func TestRefundNotifyURLIsChecked(t *testing.T) {
	t.Parallel()
	profile := wallets.RebellV2()
	profile.Shaper = shaper.Hooks{}
	w := newWallet(t, tradepaytest.As(profile))
	c := newClient(t, w)
	o := create(t, c, "order-1", "")
	require.NoError(t, w.Pay("order-1"))
	req := &tradepay.RefundRequest{
		RefundRequestID: "refund-1", PaymentID: o.PaymentID, Amount: usd(50),
		NotifyURL: "http://shop.example.com/notify",
	}
	_, err := c.Refund(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	require.ErrorContains(t, err, "NotifyURL")
	require.Empty(t, w.Rejections())
	req.NotifyURL = "https://shop.example.com/notify"
	_, err = c.Refund(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.Contains(t, w.Rejections()[0].Why, "refundNotifyUrl must be on loopback")
}
