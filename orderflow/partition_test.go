package orderflow_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestPartitions runs the statements of docs/scale.md on tables with orders, and then does
// what is done with orders.
func TestPartitions(t *testing.T) {
	t.Parallel()
	s := newShop(t, postgresSource(t))
	ctx := t.Context()
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	pay := func(id string) {
		o := s.pending(id) //nolint:contextcheck // the test's
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.flow.Receive(ctx, paid(id, o.PaymentID, 1050)))
		s.reach(id, orderflow.StateFulfilled) //nolint:contextcheck // the test's
	}
	stop := s.run()
	pay("before")
	stop()
	lines := len(s.history("before"))

	text, err := os.ReadFile("../docs/scale.md")
	require.NoError(t, err)
	recipe := regexp.MustCompile("(?s)```sql\n(BEGIN;\n.*?COMMIT;\n)```").FindSubmatch(text)
	require.NotNil(t, recipe, "docs/scale.md has the recipe")
	_, err = s.db.SQL().ExecContext(ctx, string(recipe[1]))
	require.NoError(t, err)
	again, err := orderflow.Open(ctx, s.source) // finds its tables as they are
	require.NoError(t, err)
	require.NoError(t, again.Close())

	s.run()
	pay("after")
	for _, id := range []string{"before", "after"} {
		for range 2 {
			o, err := s.flow.Get(ctx, id)
			require.NoError(t, err)
			require.NoError(t, s.flow.Receive(ctx, paid(id, o.PaymentID, 1050)))
		}
		var n int
		require.NoError(t, s.db.SQL().QueryRowContext(ctx,
			`SELECT COUNT(*) FROM orderflow_inbox WHERE request_id = $1`, id).Scan(&n))
		require.Equal(t, 1, n, "a notification is stored once")
		require.Len(t, s.history(id), lines)
		require.Equal(t, 1, s.shipments(id))
	}
	for table, where := range map[string]string{
		"orderflow_inbox":   `client = 'c' AND kind = 'payment' AND request_id = 'r' AND status = 's'`,
		"orderflow_history": `client = 'c' AND order_id = 'o'`,
	} {
		require.Equal(t, 1, s.partitions(table, where), "%s is searched in one partition", table)
	}
	_, err = s.flow.Prune(ctx, orderflow.PruneOptions{To: s.clock.now().AddDate(0, 0, -31)})
	require.NoError(t, err)
}

// partitions is in how many partitions a table is searched.
func (s *shop) partitions(table, where string) int {
	s.t.Helper()
	rows, err := s.db.SQL().QueryContext(s.t.Context(), `EXPLAIN (COSTS OFF) SELECT * FROM `+table+` WHERE `+where)
	require.NoError(s.t, err)
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var line string
		require.NoError(s.t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(s.t, rows.Err())
	return strings.Count(strings.Join(lines, "\n"), " on "+table+"_")
}
