package orderflow_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestRiverOfTheProgram: orderflow does not move in with a River that is there
// already, nor stay where one has moved in. Internet findings, row 3.
func TestRiverOfTheProgram(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string {
			source, role := emptyDatabase(t, "")
			asOwner(t, source, `GRANT CREATE ON SCHEMA public TO `+role,
				`GRANT CREATE ON DATABASE `+databaseName(source)+` TO `+role)
			migrateRiver(t, source)
			return source
		},
		"sqlite": func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "shop.db")
			db, err := sql.Open("sqlite", path)
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			river, err := rivermigrate.New(riversqlite.New(db), nil)
			require.NoError(t, err)
			_, err = river.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
			require.NoError(t, err)
			return path
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := make(t)
			for range 2 { // the first leaves nothing that the second takes for its own
				_, err := orderflow.Open(t.Context(), source)
				require.ErrorIs(t, err, orderflow.ErrDatabase)
				require.ErrorContains(t, err, "a River of the program's own")
			}
			if name == "postgres" {
				db, err := orderflow.Open(t.Context(), source+"&schema=orderflow")
				require.NoError(t, err, "the remedy is one")
				require.NoError(t, db.Close())
			}
		})
	}
}

// migrateRiver makes River's tables in a PostgreSQL, as a program with jobs of its own does.
func migrateRiver(t *testing.T, source string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), source)
	require.NoError(t, err)
	defer pool.Close()
	river, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	require.NoError(t, err)
	_, err = river.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
}

// TestRiverThatMovesIn uses the tables that orderflow has made.
func TestRiverThatMovesIn(t *testing.T) {
	for name, test := range map[string]struct{ statement, says string }{
		"a job": {`INSERT INTO river_job (kind, args, max_attempts) VALUES ('send_mail', '{}', 25)`,
			"a job of kind send_mail"},
		"a worker": {`INSERT INTO river_queue (name, updated_at) VALUES ('default', CURRENT_TIMESTAMP)`,
			"a queue named default"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				_, err := s.db.SQL().ExecContext(t.Context(), test.statement)
				require.NoError(t, err)
				_, err = orderflow.Open(t.Context(), s.source)
				require.ErrorIs(t, err, orderflow.ErrDatabase)
				require.ErrorContains(t, err, test.says)
				require.ErrorIs(t, s.flow.Run(t.Context()), orderflow.ErrDatabase)
			})
		})
	}
}

// TestNoRightToCreate: PostgreSQL 15 lets nobody but the owner of schema public
// make tables there. Internet findings, row 5.
func TestNoRightToCreate(t *testing.T) {
	t.Parallel()
	source, role := emptyDatabase(t, "")
	_, err := orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, `GRANT USAGE, CREATE ON SCHEMA public TO `+role)
	require.ErrorContains(t, err, `CREATE SCHEMA orderflow AUTHORIZATION `+role)

	_, err = orderflow.Open(t.Context(), source+"&schema=orders")
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, `CREATE SCHEMA orders AUTHORIZATION `+role)
	require.NotContains(t, err.Error(), "%!")

	asOwner(t, source, `CREATE SCHEMA orders AUTHORIZATION `+role)
	db, err := orderflow.Open(t.Context(), source+"&schema=orders")
	require.NoError(t, err, "the remedy is one")
	require.NoError(t, db.Close())

	asOwner(t, source, `REVOKE USAGE ON SCHEMA public FROM PUBLIC`)
	_, err = orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "may use no schema of its search_path")
}

// TestRightsThatAreMissing: a role that may read the tables, and not write all of them.
func TestRightsThatAreMissing(t *testing.T) {
	t.Parallel()
	source, role := emptyDatabase(t, "")
	owner, err := orderflow.Open(t.Context(),
		source[:len("postgres://")]+"tradepay@"+source[len("postgres://"+role+"@"):])
	require.NoError(t, err)
	require.NoError(t, owner.Close())
	asOwner(t, source, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO `+role,
		`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO `+role,
		`REVOKE UPDATE ON orderflow_orders FROM `+role)
	_, err = orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, `GRANT UPDATE ON "public"."orderflow_orders"; GRANT USAGE ON SEQUENCE`)
}

// TestSchema: the tables are in a schema of their own, beside those of another
// flow in public, and Fulfil finds the program's own tables in public.
func TestSchema(t *testing.T) {
	t.Parallel()
	source := directSource(t)
	public := newShop(t, source)
	for _, query := range []string{"&schema=Orders", "&search_path=second"} {
		t.Run(query, func(t *testing.T) {
			asOwner(t, source, `CREATE SCHEMA IF NOT EXISTS second`)
			db, err := orderflow.Open(t.Context(), source+query)
			require.NoError(t, err)
			var schema string
			require.NoError(t, db.SQL().QueryRowContext(t.Context(),
				`SELECT n.nspname FROM pg_class c JOIN pg_namespace n
				ON n.oid = c.relnamespace WHERE c.oid = 'river_job'::regclass`).Scan(&schema))
			require.Contains(t, query, schema)
			if schema == "second" {
				_, err = db.SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
				require.NoError(t, err)
			}
			s := newShopOn(t, source, db)
			s.run()
			require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
			s.reach("order-1", orderflow.StateFulfilled)
			require.Equal(t, 1, s.shipments("order-1"))
			_, err = public.flow.Get(t.Context(), "order-1")
			require.ErrorIs(t, err, orderflow.ErrNotFound)

			again, err := orderflow.Open(t.Context(), source+query)
			require.NoError(t, err)
			require.NoError(t, again.Close())
		})
	}
}

// TestSchemaThatIsHidden: tables of the same names come first in search_path.
func TestSchemaThatIsHidden(t *testing.T) {
	t.Parallel()
	source := directSource(t)
	asOwner(t, source, `CREATE SCHEMA first`, `CREATE TABLE first.river_job (id BIGINT)`)
	_, err := orderflow.Open(t.Context(), source+"&search_path=first,public")
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "give ?schema=public")
	db, err := orderflow.Open(t.Context(), source+"&schema=public")
	require.NoError(t, err, "the remedy is one")
	require.NoError(t, db.Close())
}
