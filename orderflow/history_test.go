package orderflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestHistory: every change has a line, by whoever made it.
func TestHistory(t *testing.T) {
	const stored, accepted = "merchant: created: order stored", "wallet: pending: answer to pay: PROCESSING"
	for name, test := range map[string]struct {
		do   func(t *testing.T, s *shop, o *orderflow.Order)
		want []string
	}{
		"cancelled": {func(t *testing.T, s *shop, _ *orderflow.Order) {
			_, err := s.flow.Cancel(t.Context(), "order-1")
			require.NoError(t, err)
		}, []string{"merchant: pending: cancellation wanted", "wallet: cancelled: answer to cancel: CANCELLED"}},
		"paid, says an inquiry": {func(t *testing.T, s *shop, o *orderflow.Order) {
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			_, err := s.flow.Refresh(t.Context(), "order-1")
			require.NoError(t, err)
		}, []string{"reconcile: paid: inquiry: SUCCESS"}},
		"paid before it is cancelled": {func(t *testing.T, s *shop, o *orderflow.Order) {
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			_, err := s.flow.Cancel(t.Context(), "order-1")
			require.ErrorIs(t, err, orderflow.ErrAlreadyPaid)
		}, []string{"merchant: pending: cancellation wanted", "reconcile: paid: inquiry: SUCCESS"}},
		"refunded": {func(t *testing.T, s *shop, o *orderflow.Order) {
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
			_, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
			require.NoError(t, err)
		}, []string{"notification: paid: notification: SUCCESS", `merchant: refunding: refund "r1" of 10.50 USD`,
			`wallet: refunded: refund "r1" succeeded`}},
		"refunded, says an inquiry": {func(t *testing.T, s *shop, o *orderflow.Order) {
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Times: -1})
			_, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			s.wallet.Heal()
			s.clock.advance(time.Minute)
			require.NoError(t, s.flow.Sweep(t.Context()))
			require.NoError(t, s.flow.Work(t.Context()))
		}, []string{"notification: paid: notification: SUCCESS", `merchant: refunding: refund "r1" of 10.50 USD`,
			`reconcile: refunded: refund "r1" succeeded`}},
		"another URL": {func(t *testing.T, s *shop, o *orderflow.Order) {
			require.NoError(t, s.flow.Receive(t.Context(),
				&tradepay.Notification{Kind: tradepay.NotificationCashierURL, PaymentRequestID: "order-1",
					PaymentID: o.PaymentID, PaymentURL: "https://wallet.example/pay", Raw: []byte(`{}`)}))
		}, []string{"notification: pending: payment URL by notification: PROCESSING"}},
		"another payment": {func(t *testing.T, s *shop, _ *orderflow.Order) {
			// A wrong answer to pay was believed.
			_, err := s.db.SQL().ExecContext(t.Context(),
				`UPDATE orderflow_orders SET payment_id = 'other' WHERE id = 'order-1'`)
			require.NoError(t, err)
			_, err = s.flow.Refresh(t.Context(), "order-1")
			require.NoError(t, err)
		}, []string{`reconcile: pending: inquiry: the payment is "P", the answer to pay spoke of "other"; its ` +
			`payment URL was withdrawn`, "reconcile: pending: inquiry: PROCESSING"}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.pending("order-1")
				test.do(t, s, o)
				events, err := s.flow.History(t.Context(), "order-1")
				require.NoError(t, err)
				var lines []string
				for _, e := range events {
					lines = append(lines, string(e.Actor)+": "+string(e.To)+": "+
						strings.ReplaceAll(e.Reason, o.PaymentID, "P"))
				}
				require.Equal(t, append([]string{stored, accepted}, test.want...), lines)
			})
		})
	}
}
