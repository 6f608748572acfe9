package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestVault: what was written after the backup is gone with the restore, and known.
func TestVault(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"sqlite":   filepath.Join(t.TempDir(), "orders.db"),
		"postgres": os.Getenv("TRADEPAY_TEST_POSTGRES"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if source == "" {
				t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
			}
			own, drop, err := ownDatabase(t.Context(), source, "")
			require.NoError(t, err)
			defer drop()
			v := newVault(own, source)
			write := func(statements ...string) {
				t.Helper()
				require.NoError(t, v.read(t.Context(), func(db *sql.DB) error {
					for _, statement := range statements {
						if _, err := db.ExecContext(t.Context(), statement); err != nil {
							return err
						}
					}
					return nil
				}))
			}
			order := func(id string) string {
				return `INSERT INTO orderflow_orders (client, id, state, currency, value, title, request, digest,
					created_at, updated_at, expires_at, late_at)
					VALUES ('shop', '` + id + `', 'created', 'USD', 1, '', '{}', '', 1, 1, 1, 1)`
			}
			write(`CREATE TABLE shipments (order_id TEXT NOT NULL)`, order("kept"),
				`INSERT INTO shipments VALUES ('kept')`)
			require.NoError(t, v.backup(t.Context()))
			write(order("gone"), `INSERT INTO shipments VALUES ('gone'), ('unknown')`)
			began := time.Now()
			require.NoError(t, v.restore(t.Context()))

			left := map[string]int{}
			require.NoError(t, v.read(t.Context(), func(db *sql.DB) error {
				return eachRow(t.Context(), db, selectRows, func(id string, n int) { left[id] = n })
			}))
			require.Equal(t, map[string]int{"kept": 1}, left)
			require.Equal(t, map[string]int{"kept": 0, "gone": 1, "unknown": 1}, v.undone.shipments)
			require.Equal(t, map[string]bool{"kept": true, "gone": true}, v.undone.returned)
			require.Len(t, v.undone.gone, 1)
			require.False(t, v.undone.gone["gone"].Before(began))
			require.NoError(t, v.backup(t.Context()), "once more")
		})
	}
}
