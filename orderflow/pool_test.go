package orderflow_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
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
	crowded := orderflow.Server{Version: 150000, ReadOnly: "off", Encoding: "UTF8", Synchronous: "on", Conns: 17,
		RoleConns: -1, DatabaseConns: -1}
	err = orderflow.InPool(crowded.Check(20))
	require.ErrorContains(t, err, "lower MaxConns of the pool, or raise max_connections")
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	standby := orderflow.Server{Version: 150000, Standby: true}
	err = orderflow.InPool(standby.Check(20))
	require.ErrorContains(t, err, "pgconn.ValidateConnectTargetSessionAttrsReadWrite")
	require.NotContains(t, err.Error(), "?", "which begins the query of a URL")
}

// TestOpenPoolHasNoURL: each remedy that speaks of a URL is put in other words.
func TestOpenPoolHasNoURL(t *testing.T) {
	t.Parallel()
	remedies := 0
	for _, name := range []string{"server.go", "tables.go", "source.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && (f.Name.Name == "parseSource" || f.Name.Name == "urlFault") {
				return false // nobody gives OpenPool a URL
			}
			expression, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, isText := folded(expression)
			if isText && strings.Contains(text, "URL") {
				remedies++
				text = strings.NewReplacer("in the URL, %s", "in the URL, "+orderflow.EncodePassword,
					"?schema=%s", "?schema=orders").Replace(text)
				require.NotContains(t, orderflow.InPool(errors.New(text)).Error(), "URL", text)
			}
			return !isText
		})
	}
	require.Greater(t, remedies, 10)
}

// folded is the text of a literal, or of literals that are put together.
func folded(e ast.Expr) (text string, isText bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, isLeft := folded(e.X)
		right, isRight := folded(e.Y)
		return left + right, isLeft && isRight
	}
	return "", false
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
