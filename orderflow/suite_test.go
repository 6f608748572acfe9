package orderflow_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// onBoth runs a test on SQLite and on PostgreSQL, which script/postgres starts.
func onBoth(t *testing.T, test func(*testing.T, *shop)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newShop(t, sqliteSource(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newShop(t, postgresSource(t)))
	})
}

// sqliteSource copies a file that was migrated once.
func sqliteSource(t *testing.T) string {
	t.Helper()
	text, err := sqliteTemplate()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "orders.db")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "orderflow")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "template.db")
	if err := migrateOnce(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrateOnce(source string) error {
	db, err := orderflow.Open(context.Background(), source)
	if err != nil {
		return err
	}
	return db.Close()
}

// postgresSource makes a database of its own, a copy of one that was migrated once.
func postgresSource(t *testing.T) string {
	t.Helper()
	source := directSource(t)
	if os.Getenv("TRADEPAY_TEST_POOLED") != "" {
		return throughPgBouncer(t, source)
	}
	return source
}

// directSource is postgresSource without a pooler before it, for tests of what a pooler
// does not keep.
func directSource(t *testing.T) string {
	t.Helper()
	if os.Getenv("TRADEPAY_TEST_POSTGRES") == "" {
		t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
	}
	template, err := postgresTemplate()
	require.NoError(t, err)
	source, err := createDatabase(template)
	require.NoError(t, err)
	t.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(source) + ` WITH (FORCE)`) })
	return source
}

// languageSource is postgresSource in a database that sorts text by a language, as most do
// and that of script/postgres does not.
func languageSource(t *testing.T) string {
	t.Helper()
	if os.Getenv("TRADEPAY_TEST_POSTGRES") == "" {
		t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
	}
	if !sortsByLanguage() {
		t.Skip("the server sorts by no language: it is older than PostgreSQL 15, or has no ICU")
	}
	source, err := createDatabase("template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'")
	require.NoError(t, err)
	t.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(source) + ` WITH (FORCE)`) })
	return source
}

// sortsByLanguage reports whether a database of the server can sort by a language.
var sortsByLanguage = sync.OnceValue(func() bool {
	return onServer(`DO $$ BEGIN ASSERT current_setting('server_version_num')::int >= 150000
		AND EXISTS (SELECT 1 FROM pg_collation WHERE collprovider = 'i'); END $$`) == nil
})

// pooledSource is postgresSource through a PgBouncer in transaction mode. With
// TRADEPAY_TEST_POOLED=1, every test goes that way.
func pooledSource(t *testing.T) string {
	t.Helper()
	return throughPgBouncer(t, postgresSource(t))
}

func throughPgBouncer(t *testing.T, source string) string {
	t.Helper()
	bouncer, err := url.Parse(os.Getenv("TRADEPAY_TEST_PGBOUNCER"))
	require.NoError(t, err)
	if bouncer.Host == "" {
		t.Skip("TRADEPAY_TEST_PGBOUNCER is not set; run this with script/postgres, and PgBouncer installed")
	}
	u, err := url.Parse(source)
	require.NoError(t, err)
	u.Host = bouncer.Host
	return u.String()
}

var postgresTemplate = sync.OnceValues(func() (string, error) {
	source, err := createDatabase("template1")
	if err != nil {
		return "", err
	}
	return databaseName(source), migrateOnce(source)
})

var copying sync.Mutex // PostgreSQL copies a template for one at a time

func createDatabase(template string) (string, error) {
	copying.Lock()
	defer copying.Unlock()
	name := "test_" + strings.ToLower(rand.Text())
	if err := onServer(`CREATE DATABASE ` + name + ` TEMPLATE ` + template); err != nil {
		return "", err
	}
	u, err := url.Parse(os.Getenv("TRADEPAY_TEST_POSTGRES"))
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	q := u.Query()
	q.Set("pool_max_conns", "8")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func databaseName(source string) string {
	u, _ := url.Parse(source)
	return strings.TrimPrefix(u.Path, "/")
}

func onServer(statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv("TRADEPAY_TEST_POSTGRES"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// clock is the time of a test: it moves by hand, and by itself a little, so
// that nothing happens at the very same moment. Stopped, it moves by hand only:
// for tests that a slow machine would otherwise make miss a pause.
type clock struct {
	offset  atomic.Int64
	stopped atomic.Pointer[time.Time]
}

func (c *clock) now() time.Time {
	now := time.Now()
	if at := c.stopped.Load(); at != nil {
		now = *at
	}
	return now.Add(time.Duration(c.offset.Load()))
}
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }
func (c *clock) stop()                   { now := time.Now(); c.stopped.Store(&now) }

// shop is a merchant with a flow, a wallet and a database.
type shop struct {
	t      *testing.T
	clock  *clock
	wallet *tradepaytest.Wallet
	client *tradepay.Client
	db     *orderflow.DB
	flow   *orderflow.Flow
	server *httptest.Server
	source string // of the database

	mu      sync.Mutex
	alarms  []orderflow.Alarm
	shipped []orderflow.Fulfilment
	fulfil  orderflow.FulfilFunc // nil ships
	config  orderflow.Config     // as given to New, for another flow on the same database
}

func newShop(t *testing.T, source string) *shop {
	db, err := orderflow.Open(t.Context(), source)
	require.NoError(t, err)
	_, err = db.SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
	require.NoError(t, err)
	return newShopOn(t, source, db)
}

// newShopOn is newShop on a database that is open, and has the table of shipments.
func newShopOn(t *testing.T, source string, db *orderflow.DB) *shop {
	s := &shop{t: t, clock: new(clock), source: source}
	s.wallet = tradepaytest.NewWallet(tradepaytest.WithClock(s.clock.now),
		tradepaytest.WithNotifyBackoff(20*time.Millisecond, 8))
	t.Cleanup(s.wallet.Close)
	var err error
	s.client, err = tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
		conf.Now = s.clock.now
	},
		func(conf *tradepay.Config) {
			conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond,
				AttemptTimeout: 5 * time.Second}
		}))
	require.NoError(t, err)
	s.db = db
	t.Cleanup(func() {
		requireSpanish(t, db)
		require.NoError(t, db.Close())
	})
	s.config = orderflow.Config{
		Client: s.client, DB: s.db, Now: s.clock.now,
		Fulfil: s.ship,
		OnAlarm: func(_ context.Context, a orderflow.Alarm) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.alarms = append(s.alarms, a)
		},
		FulfilAttempts: 3, StopTimeout: time.Second, Logger: slog.New(slog.DiscardHandler),
	}
	s.open()
	s.server = httptest.NewServer(s.flow.NotifyHandler())
	t.Cleanup(s.server.Close)
	return s
}

// open makes the flow again from the shop's configuration.
func (s *shop) open() {
	s.t.Helper()
	var err error
	s.flow, err = orderflow.New(s.t.Context(), s.config)
	require.NoError(s.t, err)
	s.flow.PollEvery(20 * time.Millisecond)
}

func (s *shop) isPostgres() bool {
	var version string
	return s.db.SQL().QueryRowContext(s.t.Context(), `SELECT version()`).Scan(&version) == nil
}

func (s *shop) ship(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
	s.mu.Lock()
	s.shipped = append(s.shipped, f)
	fulfil := s.fulfil
	s.mu.Unlock()
	if fulfil != nil {
		return fulfil(ctx, tx, f)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
	return err
}

// run runs the flow until the test, or the returned function, ends it.
func (s *shop) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	flow, ended := s.flow, make(chan error, 1)
	go func() { ended <- flow.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(s.t, <-ended)
		})
	}
	s.t.Cleanup(stop)
	return stop
}

func (s *shop) request(id string) *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{PaymentRequestID: id, Title: "Two coffees", NotifyURL: s.server.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}}
}

// pending creates an order that the payer can pay.
func (s *shop) pending(id string) *orderflow.Order {
	s.t.Helper()
	o, err := s.flow.Create(s.t.Context(), s.request(id))
	require.NoError(s.t, err)
	require.Equal(s.t, orderflow.StatePending, o.State)
	return o
}

// reach waits until an order is in a state.
func (s *shop) reach(id string, state orderflow.State) *orderflow.Order {
	s.t.Helper()
	var o *orderflow.Order
	require.Eventually(s.t, func() bool {
		var err error
		o, err = s.flow.Get(s.t.Context(), id)
		return err == nil && o.State == state
	}, 2*time.Minute, 10*time.Millisecond, "the order does not become %s: %+v", state, lazy{&o})
	return o
}

// lazy prints what an order has become by then.
type lazy struct{ o **orderflow.Order }

func (l lazy) String() string {
	if *l.o == nil {
		return "none"
	}
	return string((*l.o).State) + ": " + (*l.o).LastError
}

// shipments is how often an order was shipped, in the database.
func (s *shop) shipments(id string) (n int) {
	s.t.Helper()
	require.NoError(s.t, s.db.SQL().QueryRowContext(s.t.Context(),
		`SELECT COUNT(*) FROM shipments WHERE order_id = $1`, id).Scan(&n))
	return n
}

func (s *shop) alarmKinds() []orderflow.AlarmKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []orderflow.AlarmKind
	for _, a := range s.alarms {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

// storedAlarms are all alarms in the database, oldest first.
func (s *shop) storedAlarms() []orderflow.Alarm {
	s.t.Helper()
	var alarms []orderflow.Alarm
	for a, err := range s.flow.Alarms(s.t.Context(), time.Time{}, s.clock.now().Add(time.Hour)) {
		require.NoError(s.t, err)
		alarms = append(alarms, a)
	}
	return alarms
}

// withoutPool is the source for pgx alone.
func withoutPool(source string) string {
	u, _ := url.Parse(source)
	q := u.Query()
	q.Del("pool_max_conns")
	u.RawQuery = q.Encode()
	return u.String()
}
