package orderflow_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// counted is a pgx tracer as a program has one.
type counted struct{ statements atomic.Int64 }

func (c *counted) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.statements.Add(1)
	return ctx
}
func (*counted) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// poolOf is a pool as a program makes one.
func poolOf(t *testing.T, source string, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(source)
	require.NoError(t, err)
	change(cfg)
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// TestOpenPool keeps orders on a pool whose password comes at the last moment and whose
// statements are traced, and leaves it open.
func TestOpenPool(t *testing.T) {
	t.Parallel()
	source := postgresSource(t)
	var tracer counted
	var logins atomic.Int64
	pool := poolOf(t, source, func(cfg *pgxpool.Config) {
		cfg.ConnConfig.Tracer = &tracer
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		password := cfg.ConnConfig.Password
		cfg.ConnConfig.Password = "outdated"
		cfg.BeforeConnect = func(_ context.Context, cfg *pgx.ConnConfig) error {
			logins.Add(1)
			cfg.Password = password
			return nil
		}
	})
	db, err := orderflow.OpenPool(t.Context(), pool)
	require.NoError(t, err)
	isPooled := db.Pooled()
	_, err = db.SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
	require.NoError(t, err)
	t.Run("an order", func(t *testing.T) { // which ends before the pool is looked at
		s := newShopOn(t, source, db)
		s.run()
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
	require.NotZero(t, tracer.statements.Load())
	require.NotZero(t, logins.Load())
	require.NoError(t, pool.Ping(t.Context()), "DB.Close leaves it open")
	again, err := orderflow.OpenPool(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, isPooled, again.Pooled())
	require.NoError(t, again.Close())
	pool.Close()
	_, err = orderflow.OpenPool(t.Context(), pool)
	require.ErrorContains(t, err, "whether it is closed")
}

// TestOpenPoolPutsTablesWhereThePoolLooks: beside the program's own.
func TestOpenPoolPutsTablesWhereThePoolLooks(t *testing.T) {
	t.Parallel()
	postgresSource(t) // skips without a server
	source, err := createDatabase("template1")
	require.NoError(t, err)
	t.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(source) + ` WITH (FORCE)`) })
	pool := poolOf(t, source, func(cfg *pgxpool.Config) {
		cfg.ConnConfig.RuntimeParams["search_path"] = "orders, public"
	})
	_, err = pool.Exec(t.Context(), `CREATE SCHEMA orders`)
	require.NoError(t, err)
	db, err := orderflow.OpenPool(t.Context(), pool)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	var schema string
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT relnamespace::regnamespace::text FROM pg_class
		WHERE oid = to_regclass('orderflow_orders')`).Scan(&schema))
	require.Equal(t, "orders", schema)
}

// TestOpenPoolSaysWhatIsWrong in the words of a pool: its caller has no URL.
func TestOpenPoolSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err := orderflow.OpenPool(ctx, nil)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	nowhere := "postgres://shop:hunter2@127.0.0.1:1/x?sslmode=disable&connect_timeout=1"
	small := poolOf(t, nowhere, func(cfg *pgxpool.Config) { cfg.MaxConns = 3 })
	_, err = orderflow.OpenPool(ctx, small)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "MaxConns of the pool is 3 and must be at least 4")
	_, err = orderflow.OpenPool(ctx, poolOf(t, nowhere, func(*pgxpool.Config) {}))
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "is it running")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestOpenPoolBehindAPooler(t *testing.T) {
	t.Parallel()
	source := pooledSource(t)
	_, err := orderflow.OpenPool(t.Context(), poolOf(t, source, func(*pgxpool.Config) {}))
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "QueryExecModeCacheDescribe")
	db, err := orderflow.OpenPool(t.Context(), poolOf(t, source, func(cfg *pgxpool.Config) {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}))
	require.NoError(t, err)
	require.True(t, db.Pooled())
	require.NoError(t, db.Close())
}

// TestOpenPoolWithAPooler: what the program says of a pooler overrules what is found.
func TestOpenPoolWithAPooler(t *testing.T) {
	t.Parallel()
	t.Run("present", func(t *testing.T) {
		t.Parallel()
		// A server that is reached directly keeps its statements, as a PgBouncer with
		// max_prepared_statements does.
		source := directSource(t)
		pool := poolOf(t, source, func(cfg *pgxpool.Config) {
			cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
		})
		db, err := orderflow.OpenPoolWith(t.Context(), pool, orderflow.PoolOptions{Pooler: orderflow.PoolerPresent})
		require.NoError(t, err)
		require.True(t, db.Pooled())
		_, err = db.SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
		require.NoError(t, err)
		s := newShopOn(t, source, db)
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		s.reach("order-1", orderflow.StateFulfilled)
		var statements int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT COUNT(*) FROM pg_prepared_statements`).Scan(&statements))
		require.NotZero(t, statements, "the pool prepares as it is told to")
	})
	t.Run("present, found as well", func(t *testing.T) {
		t.Parallel()
		db, err := orderflow.OpenPoolWith(t.Context(), poolOf(t, pooledSource(t), func(cfg *pgxpool.Config) {
			cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
		}), orderflow.PoolOptions{Pooler: orderflow.PoolerPresent})
		require.NoError(t, err)
		require.True(t, db.Pooled())
		require.NoError(t, db.Close())
	})
	t.Run("absent", func(t *testing.T) {
		t.Parallel()
		db, err := orderflow.OpenPoolWith(t.Context(), poolOf(t, pooledSource(t), func(cfg *pgxpool.Config) {
			cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}), orderflow.PoolOptions{Pooler: orderflow.PoolerAbsent})
		require.NoError(t, err)
		require.False(t, db.Pooled())
		require.NoError(t, db.Close())
	})
	t.Run("neither", func(t *testing.T) {
		t.Parallel()
		nowhere := poolOf(t, "postgres://shop@127.0.0.1:1/x", func(*pgxpool.Config) {})
		_, err := orderflow.OpenPoolWith(t.Context(), nowhere, orderflow.PoolOptions{Pooler: "pgbouncer"})
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig)
		require.ErrorContains(t, err, `PoolOptions.Pooler is "pgbouncer"; use PoolerPresent or PoolerAbsent`)
	})
}

// TestOpenPoolAllInUse: a pool whose connections the program all uses is not a server that is down.
func TestOpenPoolAllInUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		taken int
		says  string
	}{
		"none is left": {taken: 6, says: "gives no connection: all 6 connections of the pool are in use"},
		"too few are left": {taken: 4, says: "orderflow needs 4 connections at once, and got 2: all 6 connections of " +
			"the pool are in use"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := poolOf(t, directSource(t), func(cfg *pgxpool.Config) { cfg.MaxConns = 6 })
			for range test.taken {
				conn, err := pool.Acquire(t.Context())
				require.NoError(t, err)
				defer conn.Release()
			}
			_, err := orderflow.OpenPool(t.Context(), pool)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, test.says+"; release some, or raise MaxConns of the pool")
			require.NotContains(t, err.Error(), "is it running")
		})
	}
}

// TestOpenPoolKnowsWhatBeforeConnectChanged: a remedy for a role names the one that is logged in.
func TestOpenPoolKnowsWhatBeforeConnectChanged(t *testing.T) {
	t.Parallel()
	source, role := emptyDatabase(t, "")
	pool := poolOf(t, source, func(cfg *pgxpool.Config) {
		cfg.ConnConfig.User = "nobody"
		cfg.BeforeConnect = func(_ context.Context, cfg *pgx.ConnConfig) error {
			cfg.User = role
			return nil
		}
	})
	_, err := orderflow.OpenPool(t.Context(), pool)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "CREATE ON SCHEMA public TO "+role)
}
