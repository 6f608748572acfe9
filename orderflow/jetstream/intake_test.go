package jetstream_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/orderflow/jetstream"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// shop is a merchant whose notifications come through a stream.
type shop struct {
	t       *testing.T
	wallet  *tradepaytest.Wallet
	flow    *orderflow.Flow
	db      *orderflow.DB
	servers *cluster
	js      natsjs.JetStream
	intake  *jetstream.Intake
	notify  *httptest.Server

	isDown  atomic.Bool // the database
	applied atomic.Int64
}

// Receive is the flow's, unless the database is down.
func (s *shop) Receive(ctx context.Context, n *tradepay.Notification) error {
	if s.isDown.Load() {
		return fmt.Errorf("%w: connection refused", orderflow.ErrDatabase)
	}
	err := s.flow.Receive(ctx, n)
	if err == nil {
		s.applied.Add(1)
	}
	return err
}

func newShop(t *testing.T, servers int) *shop {
	s := &shop{t: t, servers: newCluster(t, servers)}
	s.wallet = tradepaytest.NewWallet(tradepaytest.WithNotifyBackoff(100*time.Millisecond, 8))
	t.Cleanup(s.wallet.Close)
	db, err := orderflow.Open(t.Context(), filepath.Join(t.TempDir(), "orders.db"))
	require.NoError(t, err)
	s.db = db
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.SQL().ExecContext(t.Context(), `CREATE TABLE shipments (order_id TEXT NOT NULL)`)
	require.NoError(t, err)
	client, err := tradepay.NewClient(s.wallet.Config())
	require.NoError(t, err)
	s.flow, err = orderflow.New(t.Context(), orderflow.Config{Client: client, DB: db,
		// An order is paid by its notification, or not in this test.
		Inquiries: orderflow.Inquiries{First: time.Hour, Longest: time.Hour}, StopTimeout: time.Second,
		Fulfil: func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			return err
		}})
	require.NoError(t, err)
	s.js = s.servers.connect()
	s.intake = s.open(jetstream.Config{Replicas: servers})
	s.notify = httptest.NewServer(s.intake.NotifyHandler())
	t.Cleanup(s.notify.Close)
	return s
}

// open makes an intake.
func (s *shop) open(config jetstream.Config) *jetstream.Intake {
	s.t.Helper()
	if config.Wallet.Wallet.Name == "" {
		config.Wallet = s.wallet.Config()
	}
	config.JetStream = s.js
	if config.Receiver == nil {
		config.Receiver = s
	}
	config.FirstRetry, config.LongestRetry = 20*time.Millisecond, 100*time.Millisecond
	in, err := jetstream.New(s.t.Context(), config)
	require.NoError(s.t, err)
	return in
}

// run runs something until the test ends.
func (s *shop) run(run func(context.Context) error) { s.t.Cleanup(s.stopping(run)) }

// stopping runs something until the function that it returns is called.
func (s *shop) stopping(run func(context.Context) error) func() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		require.NoError(s.t, <-ended)
	}
}

// order creates an order, whose notifications go to the intake.
func (s *shop) order(id string) *orderflow.Order {
	s.t.Helper()
	o, err := s.flow.Create(s.t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: id, Title: "Two coffees",
		NotifyURL: s.notify.URL + "/notify", Amount: tradepay.Amount{Currency: "USD", Value: 1050}})
	require.NoError(s.t, err)
	return o
}

// fulfilled waits until an order is fulfilled.
func (s *shop) fulfilled(id string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		o, err := s.flow.Get(s.t.Context(), id)
		return err == nil && o.State == orderflow.StateFulfilled
	}, 2*time.Minute, 10*time.Millisecond, "%s is not fulfilled", id)
}

// shipments are all orders that were shipped, and how often.
func (s *shop) shipments() map[string]int {
	rows, err := s.db.SQL().QueryContext(s.t.Context(), `SELECT order_id, COUNT(*) FROM shipments GROUP BY order_id`)
	require.NoError(s.t, err)
	defer func() { _ = rows.Close() }()
	all := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		require.NoError(s.t, rows.Scan(&id, &n))
		all[id] = n
	}
	require.NoError(s.t, rows.Err())
	return all
}

// acknowledged reports whether the wallet has got an S for a payment.
func (s *shop) acknowledged(id string) bool {
	for _, d := range s.wallet.Deliveries() {
		if d.PaymentRequestID == id && d.Acknowledged {
			return true
		}
	}
	return false
}

func (s *shop) waiting() (b jetstream.Backlog) {
	s.t.Helper()
	b, err := s.intake.Backlog(s.t.Context())
	require.NoError(s.t, err)
	return b
}

// TestDatabaseIsDown: notifications are taken in all the same, and applied afterwards.
func TestDatabaseIsDown(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	s.run(s.flow.Run)
	o := s.order("order-1")
	s.isDown.Store(true)
	s.run(s.intake.Run)
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	require.Eventually(t, func() bool { return s.acknowledged("order-1") }, time.Minute, time.Millisecond)
	require.EqualValues(t, 1, s.waiting().Waiting)
	require.False(t, s.waiting().Oldest.IsZero())
	for range 3 {
		require.NoError(t, s.wallet.Notify("order-1"), "a duplicate is acknowledged")
	}
	require.EqualValues(t, 1, s.waiting().Waiting, "and stored once")
	s.isDown.Store(false)
	s.fulfilled("order-1")
	require.Eventually(t, func() bool { return s.waiting().Waiting == 0 }, time.Minute, time.Millisecond)
	require.NoError(t, s.wallet.Notify("order-1"))
	require.Equal(t, map[string]int{"order-1": 1}, s.shipments())
	require.Zero(t, s.waiting().Parked)
}

// TestStreamIsDown: without the stream's confirmation there is no S.
func TestStreamIsDown(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	in := s.open(jetstream.Config{Replicas: 1, PublishTimeout: 200 * time.Millisecond})
	server := httptest.NewServer(in.NotifyHandler())
	t.Cleanup(server.Close)
	s.notify = server
	o := s.order("order-1")
	s.servers.kill(0)
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	require.Eventually(t, func() bool { return len(s.wallet.Deliveries()) > 0 }, time.Minute, time.Millisecond)
	require.Error(t, s.wallet.Notify("order-1"))
	require.False(t, s.acknowledged("order-1"))
	_, err := in.Backlog(t.Context())
	require.ErrorIs(t, err, jetstream.ErrStream)
	s.servers.start(0)
	s.run(s.intake.Run)
	s.run(s.flow.Run)
	require.Eventually(t, func() bool { return s.wallet.Notify("order-1") == nil }, time.Minute, 50*time.Millisecond)
	s.fulfilled("order-1")
}

// TestStreamIsFull: a stream that takes no more loses nothing that it has.
func TestStreamIsFull(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	stream, err := s.js.Stream(t.Context(), "TRADEPAY")
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	config.MaxMsgs = 1
	_, err = s.js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	first, second := s.order("order-1"), s.order("order-2")
	require.NoError(t, s.wallet.Pay(first.PaymentURL))
	require.Eventually(t, func() bool { return s.acknowledged("order-1") }, time.Minute, time.Millisecond)
	require.NoError(t, s.wallet.Pay(second.PaymentURL))
	require.Error(t, s.wallet.Notify("order-2"))
	s.run(s.intake.Run)
	s.run(s.flow.Run)
	require.Eventually(t, func() bool { return s.wallet.Notify("order-2") == nil }, time.Minute, 20*time.Millisecond)
	for _, id := range []string{"order-1", "order-2"} {
		s.fulfilled(id)
	}
}

// TestForgedMessage: who can write to the stream makes no goods.
func TestForgedMessage(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	s.run(s.flow.Run)
	genuine, forged := s.order("order-1"), s.order("order-2")
	require.NoError(t, s.wallet.Pay(genuine.PaymentURL))
	require.Eventually(t, func() bool { return s.waiting().Waiting == 1 }, time.Minute, time.Millisecond)
	stream, err := s.js.Stream(t.Context(), "TRADEPAY")
	require.NoError(t, err)
	stored, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	for name, change := range map[string]func(*nats.Msg){
		"another order": func(m *nats.Msg) {
			m.Data = []byte(strings.ReplaceAll(string(m.Data), "order-1", "order-2"))
		},
		"another path":   func(m *nats.Msg) { m.Header.Set("Tradepay-Uri", "/other") },
		"no signature":   func(m *nats.Msg) { m.Header.Del("Tradepay-Header-Signature") },
		"another form":   func(m *nats.Msg) { m.Header.Set("Tradepay-Form", "2") },
		"nothing at all": func(m *nats.Msg) { m.Header, m.Data = nil, []byte("paid!") },
		"another time": func(m *nats.Msg) {
			m.Header.Set("Tradepay-Header-Request-Time", "2020-01-01T00:00:00+00:00")
		},
	} {
		m := copyOf(stored)
		change(m)
		_, err := s.js.PublishMsg(t.Context(), m)
		require.NoError(t, err, name)
	}
	s.run(s.intake.Run)
	s.fulfilled("order-1")
	require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 6} }, time.Minute,
		10*time.Millisecond)
	o, err := s.flow.Get(t.Context(), forged.ID)
	require.NoError(t, err)
	require.Equal(t, orderflow.StatePending, o.State)
	require.Equal(t, map[string]int{"order-1": 1}, s.shipments())
	list, err := s.intake.Parked(t.Context(), 0, 4)
	require.NoError(t, err)
	require.Len(t, list, 4)
	rest, err := s.intake.Parked(t.Context(), list[3].Sequence, 100)
	require.NoError(t, err)
	require.Len(t, rest, 2)
	require.NotContains(t, fmt.Sprintf("%v %+v", list, rest), "paymentRequestId")
	require.NoError(t, s.intake.Discard(t.Context(), list[0].Sequence))
	require.NoError(t, s.intake.Release(t.Context(), list[1].Sequence))
	require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 5} }, time.Minute,
		10*time.Millisecond, "what does not verify is parked again")
	require.Equal(t, map[string]int{"order-1": 1}, s.shipments())
}

// errBroken is a program's own.
var errBroken = errors.New("broken")

// breaking is a receiver that rejects everything until it is repaired, or panics.
type breaking struct {
	*shop
	isBroken atomic.Bool
	tries    atomic.Int64
}

func (b *breaking) Receive(ctx context.Context, n *tradepay.Notification) error {
	if !b.isBroken.Load() {
		return b.shop.Receive(ctx, n)
	}
	if b.tries.Add(1)%2 == 0 {
		panic(n)
	}
	return errBroken
}

// TestPoisonMessage: what a program keeps rejecting is parked, and can be tried again.
func TestPoisonMessage(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	b := &breaking{shop: s}
	b.isBroken.Store(true)
	in := s.open(jetstream.Config{Replicas: 1, Receiver: b, Attempts: 4})
	s.run(s.flow.Run)
	s.run(in.Run)
	require.NoError(t, s.wallet.Pay(s.order("order-1").PaymentURL))
	require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
		time.Millisecond)
	require.EqualValues(t, 4, b.tries.Load())
	b.isBroken.Store(false)
	list, err := in.Parked(t.Context(), 0, 10)
	require.NoError(t, err)
	require.NoError(t, in.Release(t.Context(), list[0].Sequence))
	s.fulfilled("order-1")
	require.Zero(t, s.waiting().Parked)
}

// TestConfig: each configuration is whole but for one fault, and the error names its field.
func TestConfig(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	for name, c := range map[string]struct {
		field  string
		change func(*jetstream.Config)
	}{
		"no servers":        {"JetStream", func(c *jetstream.Config) { c.JetStream = nil }},
		"no wallet":         {"Wallet", func(c *jetstream.Config) { c.Wallet = tradepay.Config{} }},
		"workers":           {"Workers", func(c *jetstream.Config) { c.Workers = -1 }},
		"too many workers":  {"Workers", func(c *jetstream.Config) { c.Workers = 1001 }},
		"replicas":          {"Replicas", func(c *jetstream.Config) { c.Replicas = -1 }},
		"attempts":          {"Attempts", func(c *jetstream.Config) { c.Attempts = -1 }},
		"duplicates":        {"Duplicates", func(c *jetstream.Config) { c.Duplicates = -1 }},
		"age":               {"MaxAge", func(c *jetstream.Config) { c.MaxAge = -1 }},
		"time to publish":   {"PublishTimeout", func(c *jetstream.Config) { c.PublishTimeout = -1 }},
		"first retry":       {"FirstRetry", func(c *jetstream.Config) { c.FirstRetry = -1 }},
		"longest retry":     {"LongestRetry", func(c *jetstream.Config) { c.LongestRetry = -1 }},
		"older than MaxAge": {"MaxAge", func(c *jetstream.Config) { c.Wallet.NotificationMaxAge = 8 * 24 * time.Hour }},
		"as old as MaxAge": {"MaxAge", func(c *jetstream.Config) {
			c.Wallet.NotificationMaxAge, c.MaxAge = time.Hour, time.Hour
		}},
		"tolerance of MaxAge": {"MaxAge", func(c *jetstream.Config) {
			c.Wallet.TimeTolerance, c.MaxAge = 2*time.Hour, time.Hour
		}},
		"less than the default": {"MaxAge", func(c *jetstream.Config) { c.MaxAge = time.Minute }},
	} {
		config := jetstream.Config{Wallet: s.wallet.Config(), JetStream: s.js, Replicas: 1}
		c.change(&config)
		_, err := jetstream.New(t.Context(), config)
		require.ErrorIs(t, err, jetstream.ErrInvalidConfig, name)
		require.Contains(t, err.Error(), "jetstream: invalid configuration: "+c.field+" ", name)
		require.Contains(t, err.Error(), "; ", "%s: there is a remedy", name)
	}
	in, err := jetstream.New(t.Context(), jetstream.Config{Wallet: s.wallet.Config(), JetStream: s.js, Replicas: 1})
	require.NoError(t, err)
	require.ErrorIs(t, in.Run(t.Context()), jetstream.ErrInvalidConfig, "nobody to apply to")
}

// TestSettings: a stream that could lose notifications is rejected, with the remedy.
func TestSettings(t *testing.T) {
	t.Parallel()
	js := newCluster(t, 1).connect()
	wallet := tradepaytest.NewWallet()
	t.Cleanup(wallet.Close)
	for setting, change := range map[string]func(*natsjs.StreamConfig){
		"storage":               func(c *natsjs.StreamConfig) { c.Storage = natsjs.MemoryStorage },
		"retention":             func(c *natsjs.StreamConfig) { c.Retention = natsjs.LimitsPolicy },
		"discard policy":        func(c *natsjs.StreamConfig) { c.Discard = natsjs.DiscardOld },
		"maximum age":           func(c *natsjs.StreamConfig) { c.MaxAge = time.Hour },
		"messages per subject":  func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject = 1 },
		"acknowledgement":       func(c *natsjs.StreamConfig) { c.NoAck = true },
		"window for duplicates": func(c *natsjs.StreamConfig) { c.Duplicates = time.Second },
		"subjects":              func(c *natsjs.StreamConfig) { c.Subjects = append(c.Subjects, "others") },
		"maximum message size":  func(c *natsjs.StreamConfig) { c.MaxMsgSize = 1000 },
		"persistence":           func(c *natsjs.StreamConfig) { c.PersistMode = natsjs.AsyncPersistMode },
		"rollup":                func(c *natsjs.StreamConfig) { c.AllowRollup = true },
		"change of subjects": func(c *natsjs.StreamConfig) {
			c.SubjectTransform = &natsjs.SubjectTransformConfig{Source: "tradepay.notifications", Destination: "other"}
		},
	} {
		config := natsjs.StreamConfig{Name: "TRADEPAY", Subjects: []string{"tradepay.notifications"},
			Retention: natsjs.WorkQueuePolicy, Discard: natsjs.DiscardNew, Duplicates: 10 * time.Minute}
		change(&config)
		_, err := js.CreateStream(t.Context(), config)
		require.NoError(t, err, setting)
		_, err = jetstream.New(t.Context(), jetstream.Config{Wallet: wallet.Config(), JetStream: js, Replicas: 1})
		var wrong *jetstream.SettingError
		require.ErrorAs(t, err, &wrong, setting)
		require.ErrorIs(t, err, jetstream.ErrSettings)
		require.Equal(t, setting, wrong.Setting)
		require.Contains(t, wrong.Remedy, "nats stream ")
		require.NoError(t, js.DeleteStream(t.Context(), "TRADEPAY"))
	}
	_, err := jetstream.New(t.Context(), jetstream.Config{Wallet: wallet.Config(), JetStream: js, Replicas: 1})
	require.NoError(t, err)
	_, err = jetstream.New(t.Context(), jetstream.Config{Wallet: wallet.Config(), JetStream: js})
	var wrong *jetstream.SettingError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "replicas", wrong.Setting)
}

// TestSettingsChange: who watches the backlog is told that a stream has become one that loses
// notifications.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"TRADEPAY", "TRADEPAY_PARKED"} {
		s := newShop(t, 1)
		s.stored("order-1")
		stream, err := s.js.Stream(t.Context(), name)
		require.NoError(t, err)
		config := stream.CachedInfo().Config
		config.MaxAge = time.Hour
		_, err = s.js.UpdateStream(t.Context(), config)
		require.NoError(t, err)
		b, err := s.intake.Backlog(t.Context())
		var wrong *jetstream.SettingError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, "maximum age", wrong.Setting)
		require.Equal(t, name, wrong.Stream)
		require.EqualValues(t, 1, b.Waiting, "and what waits")
	}
}

// TestThreeServers has three servers, of which one at a time is killed, while payers pay, the
// wallet sends everything twice, and the database is down for a while.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	s := newShop(t, 3)
	s.run(s.flow.Run)
	s.run(s.intake.Run)
	second := s.open(jetstream.Config{Replicas: 3})
	s.run(second.Run)
	orders := 60
	if testing.Short() {
		orders = 20
	}
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyDuplicate, Times: -1, Probability: 0.5})
	dice := rand.New(rand.NewPCG(1, 2))
	var paying sync.WaitGroup
	victim := 0
	for i := range orders {
		id := fmt.Sprintf("order-%d", i)
		o := s.order(id)
		paying.Go(func() { _ = s.wallet.Pay(o.PaymentURL) })
		switch i {
		case orders / 4:
			victim = dice.IntN(3)
			s.servers.kill(victim)
		case orders / 2:
			s.isDown.Store(true)
		case 3 * orders / 4:
			s.isDown.Store(false)
			s.servers.start(victim)
			s.servers.kill((victim + 1) % 3) // while it catches up
			s.servers.start((victim + 1) % 3)
		}
	}
	paying.Wait()
	for i := range orders {
		id := fmt.Sprintf("order-%d", i)
		require.Eventually(t, func() bool { return s.acknowledged(id) || s.wallet.Notify(id) == nil }, 2*time.Minute,
			50*time.Millisecond)
		s.fulfilled(id)
	}
	require.Eventually(t, func() bool {
		b, err := s.intake.Backlog(t.Context()) // the servers may be choosing a leader
		return err == nil && b == jetstream.Backlog{}
	}, 2*time.Minute, 50*time.Millisecond)
	doubled := 0
	shipped := s.shipments()
	for _, n := range shipped {
		if n > 1 {
			doubled++
		}
	}
	charged := len(s.wallet.Payments())
	require.Equal(t, orders, charged, "charged once each")
	require.Zero(t, doubled)
	require.Len(t, shipped, orders)
	t.Logf("measured: %d orders through three servers, one killed: charged %d, double fulfilled %d, lost %d, "+
		"parked %d; %d applied", orders, charged, doubled, orders-len(shipped), s.waiting().Parked, s.applied.Load())
}

// TestUnverified: what does not verify does not reach the stream.
func TestUnverified(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.notify.URL+"/notify",
		strings.NewReader(`{"paymentStatus":"SUCCESS"}`))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Zero(t, s.waiting().Waiting)
}
