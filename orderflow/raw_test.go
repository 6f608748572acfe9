package orderflow

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRawOfAClosedConnection: a connection that is gone is an error, whenever
// it goes, and a panic of the caller's own stays one.
func TestRawOfAClosedConnection(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	nothing := func(any) error { return nil }

	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	require.NoError(t, raw(conn, nothing))
	require.PanicsWithValue(t, "mine", func() { _ = raw(conn, func(any) error { panic("mine") }) })
	_ = conn.Close()
	require.ErrorIs(t, raw(conn, nothing), sql.ErrConnDone)
	// What a connection looks like that is closed after database/sql has looked.
	require.ErrorIs(t, raw(new(sql.Conn), nothing), sql.ErrConnDone)
}
