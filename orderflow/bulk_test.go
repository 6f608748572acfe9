package orderflow

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBulk: a bulk is a statement of its own, whose failed check is that of one of its rows.
func TestBulk(t *testing.T) {
	t.Parallel()
	one := write{query: insertInbox, args: []any{"c", "payment", "a", "S", "d", int64(1), "{}"},
		check: func(rows int64) error {
			if rows != 1 {
				return errTaken
			}
			return nil
		}}
	both := bulks[insertInbox].of([]write{one, one})
	require.Contains(t, both.query, "SELECT given.a1, given.a2, given.a3, given.a4, given.a5, given.a6, given.a7 "+
		"FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])")
	require.Contains(t, both.query, "ON CONFLICT DO NOTHING")
	require.Len(t, both.args, 7)
	require.NoError(t, both.check(2))
	require.ErrorIs(t, both.check(1), errTaken)
	require.ErrorIs(t, both.check(0), errTaken)
}
