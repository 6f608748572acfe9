package orderflow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestPrune thins out what has come to its end, and is a thief's: the same order again, the
// same notification again, and money that comes late.
func TestPrune(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		stop := s.run()
		for _, id := range []string{"fulfilled", "refunded"} {
			o := s.pending(id)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(ctx, paid(id, o.PaymentID, 1050)))
			s.reach(id, orderflow.StateFulfilled)
		}
		_, err := s.flow.Refund(ctx, "refunded", orderflow.RefundRequest{ID: "refund-1"})
		require.NoError(t, err)
		cancelled := s.pending("cancelled")
		_, err = s.flow.Cancel(ctx, "cancelled")
		require.NoError(t, err)
		stop()
		s.pending("open")

		day := s.clock.now().Add(time.Hour)
		_, err = s.flow.Prune(ctx, orderflow.PruneOptions{To: day})
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig, "too young")
		_, err = s.flow.Prune(ctx, orderflow.PruneOptions{})
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig, "of all times")
		s.clock.advance(40 * 24 * time.Hour)
		late := s.history("cancelled")
		open := s.history("open")
		deleted, err := s.flow.Prune(ctx, orderflow.PruneOptions{From: day.Add(-2 * time.Hour), To: day})
		require.NoError(t, err)
		require.Positive(t, deleted)
		require.Len(t, s.history("fulfilled"), 2, "the first line and the last")
		require.Equal(t, orderflow.StateFulfilled, s.history("fulfilled")[1].To)
		require.Equal(t, open, s.history("open"), "what is open stays whole")
		require.NotEmpty(t, late)
		again, err := s.flow.Prune(ctx, orderflow.PruneOptions{To: day})
		require.NoError(t, err)
		require.Zero(t, again)

		for _, id := range []string{"fulfilled", "refunded"} {
			o, err := s.flow.Create(ctx, s.request(id))
			require.NoError(t, err)
			before := o.State
			require.NoError(t, s.flow.Receive(ctx, paid(id, o.PaymentID, 1050)))
			require.NoError(t, s.flow.Work(ctx))
			o, err = s.flow.Get(ctx, id)
			require.NoError(t, err)
			require.Equal(t, before, o.State)
			require.Equal(t, 1, s.shipments(id))
		}
		require.Len(t, s.wallet.Payments(), 4)
		require.Empty(t, s.alarmKinds())
		require.NoError(t, s.flow.Receive(ctx, paid("cancelled", cancelled.PaymentID, 1050)))
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmLate}, s.alarmKinds(), "late money is told")
		require.ErrorIs(t, s.flow.Receive(ctx, paid("fulfilled", "", 1)), orderflow.ErrEvidence)
	})
}

func (s *shop) history(id string) []orderflow.Event {
	s.t.Helper()
	events, err := s.flow.History(s.t.Context(), id)
	require.NoError(s.t, err)
	return events
}
