package main

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestDurable: a server that loses what it has committed is not crashed, because
// that would be blamed on the merchants.
func TestDurable(t *testing.T) {
	t.Parallel()
	source := os.Getenv("TRADEPAY_TEST_POSTGRES")
	if source == "" {
		t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
	}
	conn, err := pgx.Connect(t.Context(), source)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var mode string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW fsync").Scan(&mode))
	err = durable(t.Context(), source)
	require.Equal(t, mode != "off", err == nil, "%v", err)
}
