package orderflow_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestCostOfAPaidOrder: an order from Create to its fulfilment, alone, costs no more
// versions of rows, transactions that write and calls to the wallet than today. Each
// bound is today's count. Nothing of what is counted depends on the time: neither what
// River polls nor what it writes for itself. BenchmarkPaidOrder measures the rest.
func TestCostOfAPaidOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.clock.stop() // or a slow machine would ask the wallet about an order
		var calls atomic.Int64
		s.countCalls(&calls)
		s.countVersions()
		s.run()
		const orders = 5
		for i := range orders {
			id := fmt.Sprint("order-", i)
			o := s.pending(id)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			s.reach(id, orderflow.StateFulfilled)
			require.NoError(t, s.wallet.WaitNotified(t.Context(), id))
		}
		require.Eventually(t, func() bool {
			return s.count(`SELECT COUNT(*) FROM river_job
			WHERE state <> 'completed'`) == 0
		}, 2*time.Minute, 10*time.Millisecond)

		for table, most := range map[string]int{
			// Stored, about to be sent, answered by the wallet, paid, fulfilled. Each version of an
			// order is an entry in most indexes, too.
			"orderflow_orders": 5,
			// One line for each state: created, pending, paid, fulfilled.
			"orderflow_history": 4,
			// The notification, once.
			"orderflow_inbox": 1,
			// Waiting, running, completed: River's own.
			"river_job": 3,
		} {
			n := s.count(`SELECT COUNT(*) FROM versions WHERE name = $1`, table)
			t.Logf("measured: %s: %d versions of rows for %d orders", table, n, orders)
			require.NotZero(t, n, table)
			require.LessOrEqual(t, n, most*orders, "%s: versions of rows for %d orders", table, orders)
		}
		require.EqualValues(t, orders, calls.Load(), "an order that is paid in time costs one call to the wallet")
		if !s.isPostgres() {
			return // SQLite has no ids of transactions
		}
		// Stored, about to be sent, answered, paid, the job taken, fulfilled, and the job
		// completed, which River does for several jobs at once if these end together.
		const transactions = 7
		n := s.count(`SELECT COUNT(DISTINCT id) FROM versions`)
		t.Logf("measured: %d transactions for %d orders", n, orders)
		require.LessOrEqual(t, n, transactions*orders, "transactions that write for %d orders", orders)
	})
}

// countCalls gives the shop a client that counts its requests to the wallet.
func (s *shop) countCalls(calls *atomic.Int64) {
	s.t.Helper()
	client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
		conf.Now = s.clock.now
		conf.Observe = func(_ context.Context, info tradepay.CallInfo) {
			if info.Attempt > 0 {
				calls.Add(1)
			}
		}
	}))
	require.NoError(s.t, err)
	s.config.Client = client
	s.open()
	s.server.Config.Handler = s.flow.NotifyHandler()
}

// countVersions lets the database note each version of a row of an order, with its
// transaction.
func (s *shop) countVersions() {
	s.t.Helper()
	exec := func(statement string) {
		_, err := s.db.SQL().ExecContext(s.t.Context(), statement)
		require.NoError(s.t, err)
	}
	exec(`CREATE TABLE versions (name TEXT NOT NULL, id TEXT NOT NULL)`)
	if s.isPostgres() {
		exec(`CREATE FUNCTION note_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO versions VALUES (TG_TABLE_NAME, pg_current_xact_id()::text); RETURN NULL; END $$`)
	}
	for _, table := range []string{"orderflow_orders", "orderflow_history", "orderflow_inbox", "river_job"} {
		for _, event := range []string{"INSERT", "UPDATE"} {
			does := fmt.Sprintf(`BEGIN INSERT INTO versions VALUES ('%s', ''); END`, table)
			if s.isPostgres() {
				does = `EXECUTE FUNCTION note_version()`
			}
			exec(fmt.Sprintf(`CREATE TRIGGER note_%s_%s AFTER %s ON %s FOR EACH ROW %s`,
				event, table, event, table, does))
		}
	}
}

// count is the number that a query returns.
func (s *shop) count(query string, args ...any) (n int) {
	s.t.Helper()
	require.NoError(s.t, s.db.SQL().QueryRowContext(s.t.Context(), query, args...).Scan(&n))
	return n
}
