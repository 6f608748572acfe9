package orderflow_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestQueryPlans: every statement of the hot path is found through an index,
// whatever else the table holds.
func TestQueryPlans(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		explain := `EXPLAIN QUERY PLAN `
		postgres := s.isPostgres()
		(&counter{db: s.db, client: s.client, server: postgres}).fill(t, "order-", 20_000)
		if postgres {
			explain = `EXPLAIN (COSTS OFF) `
		}
		for _, test := range []struct{ query, index string }{
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND id = 'order-1'`, "orderflow_orders_pkey"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND next_at <= 1 AND state <> 'paid' ORDER BY next_at LIMIT 200`, "orderflow_orders_due_wallet"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND next_at <= 1 AND state = 'paid' ORDER BY next_at LIMIT 200`, "orderflow_orders_due_fulfil"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND payment_id = 'p1' AND payment_id <> ''`, "orderflow_orders_payment"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' ORDER BY created_at DESC, id DESC LIMIT 100`, "orderflow_orders_created"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND state = 'cancelled' ORDER BY created_at DESC, id DESC LIMIT 100`, "orderflow_orders_state"},
			{`SELECT * FROM orderflow_orders WHERE client = 'TEST_5X00000000000001' AND parked_at IS NOT NULL`, "orderflow_orders_parked"},
			{`SELECT at FROM orderflow_history WHERE client = 'TEST_5X00000000000001' AND order_id = 'order-1' ORDER BY seq`, "orderflow_history_order"},
			{`SELECT digest FROM orderflow_inbox WHERE client = 'TEST_5X00000000000001' AND kind = 'payment' AND request_id = 'order-1' AND status = 'SUCCESS'`, "orderflow_inbox_pkey"},
		} {
			tx, err := s.db.SQL().BeginTx(t.Context(), nil)
			require.NoError(t, err)
			if postgres { // an empty table is read faster whole; the question is whether the index serves
				_, err = tx.ExecContext(t.Context(), `SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off`)
				require.NoError(t, err)
			}
			rows, err := tx.QueryContext(t.Context(), explain+test.query)
			require.NoError(t, err)
			columns, err := rows.Columns()
			require.NoError(t, err)
			var plan strings.Builder
			for rows.Next() {
				line := make([]any, len(columns))
				for i := range line {
					line[i] = new(any)
				}
				require.NoError(t, rows.Scan(line...))
				text, _ := (*line[len(line)-1].(*any)).(string)
				plan.WriteString(text + "\n")
			}
			require.NoError(t, rows.Close())
			require.NoError(t, tx.Rollback())
			want := test.index
			if !postgres {
				want = strings.Replace(want, "orderflow_orders_pkey", "sqlite_autoindex_orderflow_orders_1", 1)
				want = strings.Replace(want, "orderflow_inbox_pkey", "sqlite_autoindex_orderflow_inbox_1", 1)
			}
			require.Contains(t, plan.String(), want, test.query)
			require.NotContains(t, plan.String(), "Sort Key", test.query)
			require.NotContains(t, plan.String(), "TEMP B-TREE", test.query)
		}
	})
}
