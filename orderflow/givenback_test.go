package orderflow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestGivenBackBeforeItWasKnown: the notification is lost, the wallet's service
// gives the money back, and the inquiry says SUCCESS all the same.
func TestGivenBackBeforeItWasKnown(t *testing.T) {
	for name, test := range map[string]struct {
		part   tradepay.Amount
		state  orderflow.State
		back   tradepay.Amount
		parked bool
		alarms []orderflow.AlarmKind
	}{
		"all of it": {tradepay.Amount{}, orderflow.StateRefunded, usd(1050), false,
			[]orderflow.AlarmKind{orderflow.AlarmGivenBack}},
		"a part of it": {usd(350), orderflow.StatePaid, usd(350), true,
			[]orderflow.AlarmKind{orderflow.AlarmGivenBack, orderflow.AlarmParked}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.pending("order-1")
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				require.NoError(t, s.wallet.Refund(o.ID, test.part))
				o, err := s.flow.Refresh(t.Context(), o.ID)
				require.NoError(t, err)
				require.NoError(t, s.flow.Work(t.Context()))
				require.Equal(t, test.state, o.State)
				require.Equal(t, test.back, o.Refunded)
				require.Equal(t, test.parked, !o.ParkedAt.IsZero())
				require.Equal(t, test.alarms, s.alarmKinds())
				require.Zero(t, s.shipments(o.ID))
				require.Equal(t, test.parked, s.flow.Health(t.Context()).Parked == 1)
			})
		})
	}
}

// TestGivenBackInProcess: what the wallet is giving back is not fulfilled, and
// is asked about again.
func TestGivenBackInProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.payDuringCancel(
			tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Code: "SUCCESS", Delay: 10 * time.Minute, Times: -1},
		)
		o, err := s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State)
		require.NotZero(t, o.NextAt)
		s.clock.advance(11 * time.Minute)
		o, err = s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StateRefunded, o.State)
		require.Zero(t, s.shipments(o.ID))
	})
}

// TestGivenBackBeforeALateNotification: a notification that comes when the
// payment is no longer young is not enough to ship.
func TestGivenBackBeforeALateNotification(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		p, _ := s.wallet.Payment(o.ID)
		require.NoError(t, s.wallet.Refund(o.ID, tradepay.Amount{}))
		s.clock.advance(2 * time.Minute)
		n := paid(o.ID, p.PaymentID, 1050)
		n.PaidAt = p.PaidAt
		require.NoError(t, s.flow.Receive(t.Context(), n))
		require.NoError(t, s.flow.Work(t.Context()))
		o, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StateRefunded, o.State)
		require.Zero(t, s.shipments(o.ID))
	})
}

// TestUnconfirmed: while the wallet does not answer, what was paid a while ago
// waits, and a person is told after an hour.
func TestUnconfirmed(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: wire.OpInquiryPayment, Times: -1})
		for range 8 {
			s.clock.advance(15 * time.Minute)
			require.NoError(t, s.flow.Sweep(t.Context()))
			require.NoError(t, s.flow.Work(t.Context()))
		}
		o, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		require.Zero(t, o.ParkedAt)
		require.NotZero(t, o.NextAt)
		require.Contains(t, s.alarmKinds(), orderflow.AlarmUnconfirmed)
		s.wallet.Heal()
		s.clock.advance(2 * time.Hour)
		require.NoError(t, s.flow.Sweep(t.Context()))
		require.NoError(t, s.flow.Work(t.Context()))
		require.Equal(t, 1, s.shipments(o.ID))
	})
}

// TestLateRefundOfWhatIsLeft: of a late payment only that goes back which the wallet has not given back.
func TestLateRefundOfWhatIsLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.Late = orderflow.LateRefund
		s.open()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.Refund(o.ID, usd(350)))
		_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET state = 'cancelled', next_at = 0`)
		require.NoError(t, err)
		require.NoError(t, s.flow.Sweep(t.Context()))
		require.NoError(t, s.flow.Work(t.Context()))
		refunds, err := s.flow.Refunds(t.Context(), o.ID)
		require.NoError(t, err)
		require.Len(t, refunds, 1)
		require.Equal(t, usd(700), refunds[0].Amount)
	})
}

// TestFailAfterItWasRefunded contradicts; that it is cancelled does not.
func TestFailAfterItWasRefunded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.Refund(o.ID, tradepay.Amount{}))
		_, err := s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		n.Status = tradepay.StatusCancelled
		require.NoError(t, s.flow.Receive(t.Context(), n))
		n.Status = tradepay.StatusFailed
		require.ErrorIs(t, s.flow.Receive(t.Context(), n), orderflow.ErrEvidence)
	})
}
