package orderflow_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestAlarmsInPages: each alarm comes once, also where a page ends among alarms of the same moment.
func TestAlarmsInPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		const count = 2345
		numbers := `WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < $2)
			SELECT i FROM numbers`
		if s.isPostgres() {
			numbers = `SELECT generate_series(0, $2::bigint - 1) AS i`
		}
		_, err := s.db.SQL().ExecContext(t.Context(), `INSERT INTO orderflow_alarms
				(client, digest, kind, order_id, reason, raw, first_at, last_at, times)
			SELECT $1, 'digest-' || i, 'late', 'order-' || i, 'paid late', '', i / 700, i / 700, 1
			FROM (`+numbers+`) AS n`, s.client.ClientID(), count)
		require.NoError(t, err)

		seen := map[string]int{}
		last := time.UnixMilli(0)
		for _, a := range s.storedAlarms() {
			seen[a.OrderID]++
			require.False(t, a.LastAt.Before(last), "oldest first")
			last = a.LastAt
		}
		require.Len(t, seen, count)
		for i := range count {
			require.Equal(t, 1, seen[fmt.Sprintf("order-%d", i)])
		}

		report, err := s.flow.Report(t.Context(), time.UnixMilli(0), time.UnixMilli(2))
		require.NoError(t, err)
		require.Len(t, report.Alarms, 1000)
		require.True(t, report.More)
	})
}

// TestAlarmsEndWithTheError of the database, which is told once.
func TestAlarmsEndWithTheError(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		var errs []error
		for _, err := range s.flow.Alarms(ended, time.Time{}, s.clock.now()) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], orderflow.ErrDatabase)
	})
}

// TestMetricsThatAreNil: each function may be left out.
func TestMetricsThatAreNil(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var moved []orderflow.State
		s.config.Metrics = orderflow.Metrics{Transition: func(_ context.Context, _, to orderflow.State) {
			moved = append(moved, to)
		}}
		s.open()
		o := s.pending("order-1")
		require.ErrorIs(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1)), orderflow.ErrEvidence)
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		require.NoError(t, s.flow.Work(t.Context()))
		require.Equal(t, []orderflow.State{
			orderflow.StateCreated, orderflow.StatePending, orderflow.StatePaid, orderflow.StateFulfilled,
		}, moved)
	})
}
