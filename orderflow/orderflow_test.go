package orderflow_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

func TestPaymentToFulfilment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		o := s.pending("order-1")
		require.NotEmpty(t, o.TradePay().PaymentURL)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		o = s.reach("order-1", orderflow.StateFulfilled)
		require.NotZero(t, o.PaidAt)
		require.NotZero(t, o.FulfilledAt)
		require.Zero(t, o.NextAt)
		require.Equal(t, 1, s.shipments("order-1"))
		require.NoError(t, s.wallet.WaitNotified(t.Context(), "order-1"))
		events, err := s.flow.History(t.Context(), "order-1")
		require.NoError(t, err)
		var states []orderflow.State
		for _, e := range events {
			states = append(states, e.To)
		}
		require.Equal(t, []orderflow.State{orderflow.StateCreated, orderflow.StatePending, orderflow.StatePaid,
			orderflow.StateFulfilled}, states)
		require.Empty(t, s.alarmKinds())
	})
}
