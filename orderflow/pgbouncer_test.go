package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestPgBouncer: in transaction mode, orders of two processes are placed, paid,
// fulfilled once and given back, while each statement may run on another
// connection of the server. Internet findings, row 4.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	source := pooledSource(t)
	s := newShop(t, source)
	require.True(t, s.db.Pooled(), "it is found by itself")
	s.run()
	second, err := orderflow.Open(t.Context(), source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	s.config.DB = second
	s.open()
	s.run()
	s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
		var n int // by the pool, beside the transaction, as programs do
		if err := s.db.ReadSQL().QueryRowContext(ctx, `SELECT COUNT(*) FROM shipments WHERE order_id = $1`,
			f.Order.ID).Scan(&n); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
		return err
	}
	var all sync.WaitGroup
	for n := range 30 {
		all.Go(func() {
			id := fmt.Sprint("order-", n)
			o, err := s.flow.Create(context.WithoutCancel(t.Context()), s.request(id))
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.wallet.Pay(o.PaymentURL); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for n := range 30 {
		id := fmt.Sprint("order-", n)
		s.reach(id, orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments(id))
		r, err := s.flow.Refund(t.Context(), id, orderflow.RefundRequest{ID: "refund-" + id, Amount: usd(1050)})
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundSucceeded, r.State)
	}
	require.Empty(t, s.storedAlarms())
	require.True(t, s.flow.Health(t.Context()).OK)
}

// TestPgBouncerAtOnce: the tables are made under a lock that outlives no transaction.
func TestPgBouncerAtOnce(t *testing.T) {
	t.Parallel()
	pooledSource(t) // skips without one
	direct, err := createDatabase("template1")
	require.NoError(t, err)
	t.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(direct) + ` WITH (FORCE)`) })
	source := throughPgBouncer(t, direct)
	var all sync.WaitGroup
	for range 2 { // of 8 connections, each holds 4 at once
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
	var locks int
	db, err := orderflow.Open(t.Context(), direct)
	require.NoError(t, err)
	require.NoError(t, db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_locks l JOIN pg_database d
		ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()`).Scan(&locks))
	require.Zero(t, locks)
	require.NoError(t, db.Close())
}

// TestPgBouncerAndAFulfilThatHangs: cutting the connection to the pooler ends the transaction.
func TestPgBouncerAndAFulfilThatHangs(t *testing.T) {
	t.Parallel()
	s := newShop(t, pooledSource(t))
	s.config.FulfilTimeout = 200 * time.Millisecond
	s.open()
	s.flow.HangGrace(100 * time.Millisecond)
	s.fulfil = func(_ context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
		if _, err := s.shipHeedless(tx, f); err != nil { //nolint:contextcheck // it heeds none
			return err
		}
		_, err := tx.ExecContext(s.t.Context(), `SELECT pg_sleep(600)`) //nolint:contextcheck // it heeds none
		return err
	}
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	o := s.pending("order-1")
	require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
	require.NoError(t, s.flow.FulfilJob(t.Context(), o.ID, 0))
	o, err := s.flow.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.False(t, o.ParkedAt.IsZero())
	require.Eventually(t, func() bool { return s.flow.Health(t.Context()).Hanging == 0 }, 2*time.Minute,
		10*time.Millisecond)
	require.Zero(t, s.shipments("order-1"))
}

// TestPgBouncerAndASchema: a pooler keeps no search_path, so the role has to have it.
func TestPgBouncerAndASchema(t *testing.T) {
	t.Parallel()
	direct := postgresSource(t)
	source := throughPgBouncer(t, direct)
	_, err := orderflow.Open(t.Context(), source+"&schema=orders")
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "ALTER ROLE tradepay IN DATABASE "+databaseName(direct)+" SET search_path")

	asOwner(t, direct, `ALTER ROLE tradepay IN DATABASE `+databaseName(direct)+` SET search_path = "orders", public`)
	console, err := url.Parse(source)
	require.NoError(t, err)
	console.Path = "/pgbouncer"
	require.NoError(t, reconnect(t, console.String(), databaseName(direct)))
	db, err := orderflow.Open(t.Context(), source+"&schema=orders")
	require.NoError(t, err, "the remedy is one")
	require.NoError(t, db.Close())
}

// TestPgBouncerTooSmall: fewer connections than Fulfil needs are found at Open.
func TestPgBouncerTooSmall(t *testing.T) {
	t.Parallel()
	direct := postgresSource(t)
	source := throughPgBouncer(t, direct)
	for range 6 { // of 8
		db, err := sql.Open("pgx", strings.Replace(withoutPool(source), "sslmode",
			"default_query_exec_mode=exec&sslmode", 1))
		require.NoError(t, err)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		var one int
		require.NoError(t, tx.QueryRowContext(t.Context(), `SELECT 1`).Scan(&one))
		defer func() { _, _ = tx.Rollback(), db.Close() }()
	}
	_, err := orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "orderflow needs 4 connections at once, and got 2")
}

// reconnect makes PgBouncer open its connections to a database anew.
func reconnect(t *testing.T, console, database string) error {
	cfg, err := pgx.ParseConfig(withoutPool(console))
	require.NoError(t, err)
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `RECONNECT `+database)
	return errors.Join(err, conn.Close(t.Context()))
}
