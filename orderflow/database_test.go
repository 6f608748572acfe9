package orderflow_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	notSQLite := filepath.Join(folder, "orders.txt")
	require.NoError(t, os.WriteFile(notSQLite, []byte(strings.Repeat("This is no database. ", 100)), 0o600))
	for _, test := range []struct{ name, source, says string }{
		{"nothing", "", "name an SQLite file or a postgres:// URL"},
		{"memory", ":memory:", "orders must outlive the process"},
		{"memory as a file", "file::memory:?cache=shared", "orders must outlive the process"},
		{"another database", "mysql://root:hunter2@localhost/shop", "only postgres:// URLs"},
		{"keywords", "host=127.0.0.1 user=shop password=hunter2 dbname=shop", "give a URL like postgres://"},
		{"settings", "orders.db?_pragma=synchronous(OFF)", "its settings are orderflow's"},
		{"missing folder", filepath.Join(folder, "missing", "orders.db"), "the folder of SQLite file"},
		{"not a database", notSQLite, "is it a database"},
		{"broken URL", "postgres://user:hunter2@host:port/x", "cannot be read"},
		{"too few connections", "postgres://user:hunter2@127.0.0.1:1/x?sslmode=disable&pool_max_conns=3",
			"must be at least 4"},
		{"nobody listens", "postgres://user:hunter2@127.0.0.1:1/x?sslmode=disable&connect_timeout=1", "is it running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			_, err := orderflow.Open(ctx, test.source)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// TestOpenAtOnce: many processes begin with an empty database at the same time.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	for name, empty := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "orders.db") },
		"postgres": func(t *testing.T) string {
			postgresSource(t) // skips without a server
			source, err := createDatabase("template1")
			require.NoError(t, err)
			return source
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := empty(t)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					db, err := orderflow.Open(context.WithoutCancel(t.Context()), source)
					if err != nil {
						t.Error(err)
						return
					}
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			again, err := orderflow.Open(t.Context(), source)
			require.NoError(t, err)
			require.NoError(t, again.Close())
		})
	}
}

// TestTablesOfALaterVersion, ours or River's, are left alone.
func TestTablesOfALaterVersion(t *testing.T) {
	for name, later := range map[string]string{
		"ours":    `INSERT INTO orderflow_migrations (version, applied_at) VALUES (999, 0)`,
		"River's": `INSERT INTO river_migration (line, version) VALUES ('main', 999)`,
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				_, err := s.db.SQL().ExecContext(t.Context(), later)
				require.NoError(t, err)
				_, err = orderflow.Open(t.Context(), s.source)
				require.ErrorIs(t, err, orderflow.ErrDatabase)
				require.ErrorContains(t, err, "later version")
			})
		})
	}
}

// TestTransitionsOfThisVersion: a later version may know more of them, and the
// triggers learn them when it opens the database.
func TestTransitionsOfThisVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		_, err := s.db.SQL().ExecContext(ctx,
			`DELETE FROM orderflow_transitions WHERE from_state = 'paid' AND to_state = 'refunded'`)
		require.NoError(t, err)
		db, err := orderflow.Open(ctx, s.source)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		var n int
		row := s.db.SQL().QueryRowContext(ctx,
			`SELECT COUNT(*) FROM orderflow_transitions WHERE from_state = 'paid' AND to_state = 'refunded'`)
		require.NoError(t, row.Scan(&n))
		require.Equal(t, 1, n)
	})
}

// TestRoleThatMayNotCreate opens a database whose tables are up to date, and
// keeps orders in it. Where they are not, it is told who can help.
func TestRoleThatMayNotCreate(t *testing.T) {
	t.Parallel()
	source := postgresSource(t)
	u, err := url.Parse(source)
	require.NoError(t, err)
	role := "clerk_" + strings.ToLower(rand.Text())
	require.NoError(t, onServer(`CREATE ROLE `+role+` LOGIN PASSWORD 'clerk'`))
	owner, err := orderflow.Open(t.Context(), source)
	require.NoError(t, err)
	run := func(statement string) {
		_, err := owner.SQL().ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		_, err := owner.SQL().ExecContext(context.WithoutCancel(t.Context()), `DROP OWNED BY `+role)
		require.NoError(t, errors.Join(err, owner.Close(), onServer(`DROP ROLE `+role)))
	})
	run(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
	run(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ` + role)
	run(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ` + role)
	run(`CREATE TABLE IF NOT EXISTS shipments (order_id TEXT NOT NULL)`)
	run(`GRANT ALL ON shipments TO ` + role)
	u.User = url.UserPassword(role, "clerk")

	db, err := orderflow.Open(t.Context(), u.String())
	require.NoError(t, err)
	s := newShopOn(t, u.String(), db)
	s.run()
	require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
	s.reach("order-1", orderflow.StateFulfilled)

	run(`DELETE FROM orderflow_migrations WHERE version = (SELECT MAX(version) FROM orderflow_migrations)`)
	_, err = orderflow.Open(t.Context(), u.String())
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "a role that may create tables")
}

// TestExecModes: whoever has a pooler that keeps no prepared statements sets
// another mode of pgx's in the URL.
func TestExecModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, postgresSource(t)+"&default_query_exec_mode="+mode)
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost})
			o := s.pending("order-1")
			s.pending("order-2")
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
			s.clock.advance(time.Minute)
			require.NoError(t, s.flow.SweepOnce(t.Context(), 10))
			s.run()
			s.reach("order-1", orderflow.StateFulfilled)
			require.Equal(t, 1, s.shipments("order-1"))
		})
	}
}

// TestTwoProcessesOnOneFile: two handles, as two processes have them, write the
// same SQLite file and wait for each other.
func TestTwoProcessesOnOneFile(t *testing.T) {
	t.Parallel()
	source := sqliteSource(t)
	s := newShop(t, source)
	second, err := orderflow.Open(t.Context(), source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	s.run()
	s.config.DB = second
	s.open()
	s.run()
	ids := []string{"order-1", "order-2", "order-3", "order-4", "order-5", "order-6"}
	for _, id := range ids {
		require.NoError(t, s.wallet.Pay(s.pending(id).PaymentURL))
	}
	for _, id := range ids {
		s.reach(id, orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments(id))
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newShop(t, sqliteSource(t))
	for _, test := range []struct {
		says   string
		change func(*orderflow.Config)
	}{
		{"Client is nil", func(c *orderflow.Config) { c.Client = nil }},
		{"DB is nil", func(c *orderflow.Config) { c.DB = nil }},
		{"Fulfil is nil", func(c *orderflow.Config) { c.Fulfil = nil }},
		{"Late is no policy", func(c *orderflow.Config) { c.Late = "keep" }},
		{"Expiry is negative", func(c *orderflow.Config) { c.Expiry = -1 }},
		{"Workers must be 1 to 1,000", func(c *orderflow.Config) { c.Workers = -1 }},
	} {
		config := s.config
		test.change(&config)
		_, err := orderflow.New(t.Context(), config)
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig)
		require.ErrorContains(t, err, test.says)
	}
}
