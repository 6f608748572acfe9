package orderflow_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestPages: paging loses and repeats nothing, however the database sorts: most sort by a
// language, where a comes before B, and bytes do not.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": sqliteSource, "postgres": postgresSource, "postgres by language": languageSource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, source)
			c.clock.stop() // all are created in one millisecond
			ids := []string{"a1", "B1", "c1", "D1", "e1", "F1", "g1", "H1"}
			for _, id := range ids {
				c.pending(id)
			}
			slices.Sort(ids)
			slices.Reverse(ids)
			for _, limit := range []int{1, 2, 3, 100} {
				require.Equal(t, ids, c.listed(limit), "in pages of %d", limit)
			}
		})
	}
}

// listed are the ids of all orders, read in pages.
func (c *chain) listed(limit int) (ids []string) {
	c.t.Helper()
	page := orderflow.ListOptions{Limit: limit}
	for range 100 { // no endless loop, should a page repeat itself
		list, err := c.shards.List(c.t.Context(), page)
		require.NoError(c.t, err)
		for _, o := range list {
			ids = append(ids, o.ID)
			page.CreatedBefore, page.BeforeID = o.CreatedAt, o.ID
		}
		if len(list) < limit {
			return ids
		}
	}
	return ids
}

// TestPagesPassOverUnreadable: a page that goes on behind rows that cannot be read goes on
// behind the right one.
func TestPagesPassOverUnreadable(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": sqliteSource, "postgres": postgresSource, "postgres by language": languageSource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, source(t))
			s.clock.stop()
			for _, id := range []string{"a1", "B1", "c1", "D1", "e1", "F1"} {
				s.pending(id)
			}
			_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET request = '{'
				WHERE id IN ('B1', 'e1')`)
			require.NoError(t, err)
			var ids []string
			list, err := s.flow.List(t.Context(), orderflow.ListOptions{Limit: 4})
			require.NoError(t, err)
			for _, o := range list {
				ids = append(ids, o.ID)
			}
			require.Equal(t, []string{"c1", "a1", "F1", "D1"}, ids)
		})
	}
}
