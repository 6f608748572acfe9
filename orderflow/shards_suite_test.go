package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// chain is a merchant with several databases.
type chain struct {
	t       *testing.T
	clock   *clock
	wallet  *tradepaytest.Wallet
	server  *httptest.Server
	sources map[string]string
	dbs     map[string]*orderflow.DB
	shards  *orderflow.Shards

	mu     sync.Mutex
	alarms []orderflow.Alarm
}

// onBothChains runs a test with two shards, a and b, on either database.
func onBothChains(t *testing.T, test func(*testing.T, *chain)) {
	t.Helper()
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{"sqlite": sqliteSource, "postgres": postgresSource} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newChain(t, source))
		})
	}
}

// onChain runs a test on SQLite alone.
func onChain(t *testing.T, test func(*testing.T, *chain)) {
	t.Helper()
	t.Parallel()
	test(t, newChain(t, sqliteSource))
}

func newChain(t *testing.T, source func(*testing.T) string) *chain {
	c := &chain{t: t, clock: new(clock), sources: map[string]string{}, dbs: map[string]*orderflow.DB{}}
	c.wallet = tradepaytest.NewWallet(tradepaytest.WithClock(c.clock.now),
		tradepaytest.WithNotifyBackoff(20*time.Millisecond, 8))
	t.Cleanup(c.wallet.Close)
	for _, name := range []string{"a", "b", "c"} {
		c.sources[name] = source(t)
		c.dbs[name] = c.open(name)
		_, err := c.dbs[name].SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
		require.NoError(t, err)
	}
	c.shards = c.set("a", "b")
	c.server = httptest.NewServer(c.shards.NotifyHandler())
	t.Cleanup(c.server.Close)
	return c
}

func (c *chain) open(name string) *orderflow.DB {
	db, err := orderflow.Open(c.t.Context(), c.sources[name])
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = db.Close() })
	return db
}

// set is the shards of a process: of generation 0, but for c.
func (c *chain) set(names ...string) *orderflow.Shards {
	c.t.Helper()
	var shards []orderflow.Shard
	for _, name := range names {
		shards = append(shards, c.shard(name))
	}
	set, err := orderflow.NewShards(c.t.Context(), shards)
	require.NoError(c.t, err)
	return set
}

func (c *chain) shard(name string) orderflow.Shard {
	c.t.Helper()
	flow, err := orderflow.New(c.t.Context(), c.config(name))
	require.NoError(c.t, err)
	flow.PollEvery(20 * time.Millisecond)
	s := orderflow.Shard{Name: name, Flow: flow}
	if name == "c" {
		s.Generation = 1
	}
	return s
}

// fresh is a shard on a database of its own, which is on SQLite.
func (c *chain) fresh(name string, generation int) orderflow.Shard {
	c.t.Helper()
	c.sources[name] = sqliteSource(c.t)
	c.dbs[name] = c.open(name)
	s := c.shard(name)
	s.Generation = generation
	return s
}

func (c *chain) config(name string) orderflow.Config {
	client, err := tradepay.NewClient(configtest.With(c.wallet.Config(), func(conf *tradepay.Config) {
		conf.Now = c.clock.now
		conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond,
			AttemptTimeout: 5 * time.Second}
	}))
	require.NoError(c.t, err)
	return orderflow.Config{Client: client, DB: c.dbs[name], Now: c.clock.now,
		StopTimeout: time.Second, Logger: slog.New(slog.DiscardHandler),
		Fulfil: func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			return err
		},
		OnAlarm: func(_ context.Context, a orderflow.Alarm) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.alarms = append(c.alarms, a)
		}}
}

// down ends the connections to a database, which no process gets back.
func (c *chain) down(name string) { require.NoError(c.t, c.dbs[name].Close()) }

func (c *chain) request(id string) *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{PaymentRequestID: id, Title: "Two coffees", NotifyURL: c.server.URL + "/notify",
		Amount: usd(1050)}
}

func (c *chain) pending(id string) *orderflow.Order {
	c.t.Helper()
	o, err := c.shards.Create(c.t.Context(), c.request(id))
	require.NoError(c.t, err)
	require.Equal(c.t, orderflow.StatePending, o.State)
	return o
}

// idOf is an id that the shards of these names may keep, oldest first: the last of them
// keeps it if c was added, and otherwise the first.
func idOf(homes ...string) string { return idsOf(1, homes...)[0] }

func idsOf(n int, homes ...string) (ids []string) {
	all := []orderflow.Shard{{Name: "a"}, {Name: "b"}, {Name: "c", Generation: 1}}
	for i := 0; len(ids) < n; i++ {
		id := fmt.Sprintf("order-%d", i)
		if slices.Equal(orderflow.Homes(all, id), homes) {
			ids = append(ids, id)
		}
	}
	return ids
}

// in are the databases that have an order.
func (c *chain) in(id string) (names []string) {
	c.t.Helper()
	return c.where(`SELECT COUNT(*) FROM orderflow_orders WHERE id = $1`, id)
}

// where are the databases in which a count is not 0.
func (c *chain) where(query string, args ...any) (names []string) {
	c.t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		var n int
		db := c.open(name)
		require.NoError(c.t, db.SQL().QueryRowContext(c.t.Context(), query, args...).Scan(&n))
		require.NoError(c.t, db.Close())
		if n > 0 {
			names = append(names, name)
		}
	}
	return names
}

// shipped is how often an order was shipped, in all databases.
func (c *chain) shipped(id string) (sum int) {
	for _, name := range []string{"a", "b", "c"} {
		var n int
		require.NoError(c.t, c.dbs[name].SQL().QueryRowContext(c.t.Context(),
			`SELECT COUNT(*) FROM shipments WHERE order_id = $1`, id).Scan(&n))
		sum += n
	}
	return sum
}

// run runs the shards until the test ends.
func (c *chain) run() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.shards.Run(ctx) }()
	c.t.Cleanup(func() {
		cancel()
		require.NoError(c.t, <-ended)
	})
}

func (c *chain) reach(id string, state orderflow.State) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		o, err := c.shards.Get(c.t.Context(), id)
		return err == nil && o.State == state
	}, 2*time.Minute, 10*time.Millisecond, "%s does not become %s", id, state)
}

// requireShard holds that an error names a shard.
func requireShard(t *testing.T, err error, name string) {
	t.Helper()
	var down *orderflow.ShardError
	require.ErrorAs(t, err, &down)
	require.Equal(t, name, down.Shard)
	require.ErrorIs(t, err, orderflow.ErrShard)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
}

var errRefused = errors.New("connection refused")
