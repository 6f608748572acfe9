package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// settings are the flags.
type settings struct {
	database     string // source for orderflow.Open
	processes    int
	orders       int
	buyers       int // that ask for an order at a time
	kills        int
	terminations int
	freezes      int
	freezeFor    time.Duration
	crashes      int
	restores     int
	hangs        int
	shards       int           // databases that keep the orders, each on a server of its own
	outages      int           // how often one of these servers is killed, and started again later
	outageFor    time.Duration // when
	reserved     float64       // share of the orders that are reservations
	reversals    float64       // share of the cancels of paid payments that give them back
	skew         time.Duration // of the clocks of all processes but the first
	faults       float64
	seed         uint64
	duration     time.Duration // bound of the whole run
	drain        time.Duration // bound from the last buyer to the end of the last order
}

// shopExpiry is the merchants' Config.Expiry.
const shopExpiry = time.Minute

// run lets the chaos loose and reports what is left.
func run(ctx context.Context, s settings, exe string, progress io.Writer) (*report, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.duration)
	defer cancel()
	dir, err := os.MkdirTemp("", "tradepay-chaos-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var sources, forThem []string
	for _, server := range s.servers() {
		source, drop, err := ownDatabase(ctx, server, dir)
		if err != nil {
			return nil, err
		}
		defer drop()
		err = newVault(source, server).read(ctx, func(db *sql.DB) error {
			_, err := db.ExecContext(ctx,
				`CREATE TABLE shipments (order_id TEXT NOT NULL, process INTEGER NOT NULL, attempt INTEGER NOT NULL,
					amount BIGINT NOT NULL)`)
			return err
		})
		if err != nil {
			return nil, err
		}
		sources, forThem = append(sources, source), append(forThem, forMerchants(source))
	}
	source := sources[0]
	vault := newVault(source, s.database)

	w := newWallet(s.seed, s.faults, s.reversals)
	defer w.Close()
	warehouse := newWarehouse(s.seed, s.faults/3)
	warehouse.hang(s.hangs, s.orders)
	warehouseURL, err := serve(ctx, warehouse)
	if err != nil {
		return nil, err
	}
	fleet := newFleet(exe, dir, s.processes)
	shop, err := serve(ctx, fleet)
	if err != nil {
		return nil, err
	}
	fleet.start(ctx, merchantConfig{Databases: forThem, AddAt: began.Add(addAfter),
		Wallet: w.URL(), Notify: shop + "/notify",
		Warehouse: warehouseURL, Expiry: shopExpiry, Skew: s.skew})
	defer fleet.stop()
	if err := fleet.ready(ctx); err != nil {
		return nil, err
	}

	crowd := newCrowd(s.seed, s.orders, s.reserved, shop, w)
	hunter := &killer{fleet: fleet, warehouse: warehouse, progress: crowd.progress, dice: dice(s.seed, "killer"),
		source: source, vault: vault, freezeFor: s.freezeFor, outageFor: s.outageFor,
		shards: s.shards, life: ctx}
	defer func() {
		if hunter.database != nil {
			_ = hunter.database.Close(context.WithoutCancel(ctx))
		}
	}()
	if s.crashes > 0 {
		if err := durable(ctx, source); err != nil {
			return nil, err
		}
	}
	r := &report{settings: s, Seed: s.seed, Faults: s.faults, Database: kindOf(source), Shards: s.shards,
		Processes: s.processes}
	told := tell(ctx, progress, crowd, began)
	killing := make(chan struct{})
	striking, done := context.WithCancel(ctx)
	go func() {
		defer close(killing)
		hunter.run(striking, s)
	}()
	crowd.run(ctx, s.buyers)
	done()
	<-killing
	r.Flowed = time.Since(began)

	w.Heal()
	warehouse.heal()
	books, err := newBooks(ctx, sources, w, vault.undone.restored)
	if err != nil {
		return nil, err
	}
	defer books.end()
	r.Drained, r.TimedOut = books.drain(ctx, s.drain, warehouse.hungOrders())
	told()
	fleet.stop()
	r.Took = time.Since(began)
	r.Struck = hunter.struck
	r.Struck.OutageError, _ = hunter.outageErr.Load().(string)
	r.Troubles = w.troubles()
	r.shop(crowd, fleet, warehouse)
	// The books are read whatever became of the time.
	reading, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer end()
	return r, books.close(reading, r, crowd, warehouse, vault.undone)
}

// ownDatabase makes a database of its own for the run, in the folder or on the
// PostgreSQL server, and says how to drop it.
func ownDatabase(ctx context.Context, source, dir string) (string, func(), error) {
	switch {
	case source == "":
		return filepath.Join(dir, "orders.db"), func() {}, nil
	case !isPostgres(source):
		if _, err := os.Stat(source); err == nil { //nolint:gosec // whoever runs it names the file
			return "", nil, fmt.Errorf("%s exists; name a new SQLite file, the run makes it", source)
		}
		return source, func() {}, nil
	}
	u, err := url.Parse(source)
	if err != nil {
		return "", nil, errors.New("the PostgreSQL URL cannot be read") // err quotes it
	}
	conn, err := pgx.Connect(ctx, source)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	name := "tradepay_chaos_" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, source)
		if err == nil {
			for _, name := range []string{name, copyOf(name)} {
				_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
			}
			_ = conn.Close(ctx)
		}
	}, nil
}

func isPostgres(source string) bool {
	return strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://")
}

func kindOf(source string) string {
	if isPostgres(source) {
		return "PostgreSQL"
	}
	return "SQLite"
}

// forMerchants gives the merchants' connections a name, by which the killer
// knows them.
func forMerchants(source string) string {
	u, err := url.Parse(source)
	if err != nil || !isPostgres(source) {
		return source
	}
	q := u.Query()
	q.Set("application_name", merchantName)
	u.RawQuery = q.Encode()
	return u.String()
}

// serve serves on loopback until ctx ends, and returns the URL.
func serve(ctx context.Context, h http.Handler) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	// Cut connections are wanted.
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(listener) }() // ends with Close
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}

// tell says every ten seconds how far it is, until the function it returns is
// called; nothing is written after that.
func tell(ctx context.Context, out io.Writer, c *crowd, began time.Time) func() {
	ctx, stop := context.WithCancel(ctx)
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		for sleep(ctx, 10*time.Second) {
			begun, open := c.progress()
			fmt.Fprintf(out, "%4.0f s: %5.1f %% of the orders begun, %d buyers at it, %d paid\n",
				time.Since(began).Seconds(), 100*begun, open, c.paid.Load())
		}
	}()
	return func() {
		stop()
		<-silent
	}
}

// keeper is a flow, or several on shards.
type keeper interface {
	List(context.Context, orderflow.ListOptions) ([]*orderflow.Order, error)
	History(ctx context.Context, id string) ([]orderflow.Event, error)
	Audit(context.Context, orderflow.AuditOptions) ([]orderflow.AuditFinding, error)
	Retry(ctx context.Context, id string) (*orderflow.Order, error)
	Void(ctx context.Context, id string) (*orderflow.Order, error)
}

// books reads what the merchant and the wallet have noted.
type books struct {
	dbs    []*orderflow.DB
	flow   keeper // that does not run
	wallet *wallet

	restored time.Time
}

func newBooks(ctx context.Context, sources []string, w *wallet, restored time.Time) (*books, error) {
	b := &books{wallet: w, restored: restored}
	client, err := tradepay.NewClient(w.Config())
	if err != nil {
		return nil, err
	}
	config := orderflow.Config{Client: client, Fulfil: (&merchant{}).fulfil, Restored: restored}
	var shards []orderflow.Shard
	for i, source := range sources {
		if config.DB, err = orderflow.Open(ctx, source); err != nil {
			b.end()
			return nil, err
		}
		b.dbs = append(b.dbs, config.DB)
		flow, err := orderflow.New(ctx, config)
		if err != nil {
			b.end()
			return nil, err
		}
		b.flow = flow
		shards = append(shards, shardOf(i, len(sources), flow))
	}
	if len(shards) > 1 {
		if b.flow, err = orderflow.NewShards(ctx, shards); err != nil {
			b.end()
			return nil, err
		}
	}
	return b, nil
}

// end closes the databases.
func (b *books) end() {
	for _, db := range b.dbs {
		_ = db.Close()
	}
}

// drain waits until every order has come to its end, waits for a person, or may
// still be cancelled although it is paid: that takes longer than a run. Of the
// orders whose Fulfil hung, a person takes up again what is parked, unless the
// wallet has given money back. Of the reservations from before a restore, which has
// forgotten what was asked for, a person voids what is left. It reports how
// long that took, and whether the time ran out.
func (b *books) drain(ctx context.Context, bound time.Duration, hung map[string]bool) (time.Duration, bool) {
	began := time.Now()
	for time.Since(began) < bound {
		reported, err := b.reported(ctx)
		open := err != nil
		for _, state := range []orderflow.State{orderflow.StateCreated, orderflow.StatePending,
			orderflow.StateAuthorized, orderflow.StateSettling, orderflow.StatePaid, orderflow.StateRefunding} {
			list, err := b.flow.List(ctx, orderflow.ListOptions{State: state, Limit: 1000})
			open = open || err != nil
			for _, o := range list {
				again := parked(o) && hung[o.ID] && reported[o.ID] == 0
				waits := parked(o) && !again || inDoubt(o, time.Now())
				open = open || !waits
				if state == orderflow.StateAuthorized && o.CreatedAt.Before(b.restored) {
					_, _ = b.flow.Void(ctx, o.ID) // likewise
				}
				if again {
					_, _ = b.flow.Retry(ctx, o.ID) // or in the next round
				}
			}
		}
		if !open {
			return time.Since(began), false
		}
		if !sleep(ctx, 200*time.Millisecond) {
			break
		}
	}
	return time.Since(began), true
}

// close makes the tally.
func (b *books) close(ctx context.Context, r *report, c *crowd, warehouse *warehouse, undone undone) error {
	l := ledgers{shipments: map[string]int{}, shippedFor: map[string]int{},
		answered: map[string]int{}, unknown: map[string]int{}, undone: undone}
	l.warehouse, _ = warehouse.books()
	var err error
	if r.settings.restores > 0 {
		if l.found, err = b.audit(ctx); err != nil {
			return err
		}
	}
	l.wallet, l.at = b.wallet.Payments(), time.Now()
	if l.reported, err = b.reported(ctx); err != nil {
		return err
	}
	heard := map[string]int{} // in time: what is told after the goods went out keeps nobody from it
	err = b.each(ctx, `SELECT a.order_id, COUNT(*) FROM orderflow_alarms a
		JOIN orderflow_orders o ON o.client = a.client AND o.id = a.order_id
		WHERE a.kind = 'given_back' AND (o.fulfilled_at IS NULL OR a.first_at < o.fulfilled_at) GROUP BY a.order_id`,
		func(id string, n int) { heard[id] += n })
	if err != nil {
		return err
	}
	for _, buyer := range c.buyers {
		buyer.told = buyer.given > 0 && (heard[buyer.id] > 0 || b.told(ctx, buyer.id))
		l.wanted = append(l.wanted, buyer.wanted)
	}
	if l.kept, err = b.orders(ctx); err != nil {
		return err
	}
	for query, count := range map[string]map[string]int{
		selectRows: l.shipments,
		`SELECT order_id, MAX(amount) FROM shipments GROUP BY order_id`: l.shippedFor,
		`SELECT order_id, COUNT(*) FROM orderflow_history
			WHERE reason = 'fulfilled before the database was restored' GROUP BY order_id`: l.answered,
		`SELECT order_id, SUM(times) FROM orderflow_alarms WHERE kind = 'unknown_order' GROUP BY order_id`: l.unknown,
	} {
		if err := b.each(ctx, query, func(id string, n int) { count[id] += n }); err != nil {
			return err
		}
	}
	r.PaidBy, r.Alarms = map[string]int{}, map[string]int{}
	// Who brought the news, from the history.
	err = b.each(ctx, `SELECT actor, COUNT(*) FROM orderflow_history WHERE from_state IN ('created', 'pending')
		AND to_state = 'paid' GROUP BY actor`,
		func(actor string, n int) { r.PaidBy[actor] += n })
	if err != nil {
		return err
	}
	if err := b.each(ctx, `SELECT kind, SUM(times) FROM orderflow_alarms GROUP BY kind`, func(kind string, n int) {
		r.Alarms[kind] += n
	}); err != nil {
		return err
	}
	err = b.each(ctx, `SELECT 'retried', COUNT(*) FROM shipments WHERE attempt > 1`, func(_ string, n int) {
		r.ShippedOnRetry += n
	})
	if err != nil {
		return err
	}
	r.Tally = count(l)
	for _, id := range r.Tally.ids[:min(len(r.Tally.ids), 5)] {
		events, err := b.flow.History(ctx, id)
		r.Histories = append(r.Histories, history(id, events, err))
	}
	return nil
}

// told reports whether the message by which an order became paid told of a refund.
func (b *books) told(ctx context.Context, id string) bool {
	events, err := b.flow.History(ctx, id)
	return err != nil || slices.ContainsFunc(events, func(e orderflow.Event) bool {
		return e.From.Open() && e.To == orderflow.StatePaid && strings.Contains(e.Raw, "REFUND")
	})
}

// reported are the alarms about what the wallet gave back by itself, by order.
func (b *books) reported(ctx context.Context) (map[string]int, error) {
	alarms := map[string]int{}
	err := b.each(ctx, `SELECT order_id, SUM(times) FROM orderflow_alarms WHERE kind = 'given_back' GROUP BY order_id`,
		func(id string, n int) { alarms[id] += n })
	return alarms, err
}

// audit compares all payments of the wallet with the orders, as is due after a restore.
func (b *books) audit(ctx context.Context) (map[string]orderflow.AuditKind, error) {
	opts := orderflow.AuditOptions{From: time.Now().Add(time.Hour), Pause: time.Millisecond}
	for _, p := range b.wallet.Payments() { // as its settlement file names them
		opts.IDs = append(opts.IDs, p.PaymentRequestID)
	}
	list, err := b.flow.Audit(ctx, opts)
	found := map[string]orderflow.AuditKind{}
	for _, f := range list {
		found[f.ID] = f.Kind
	}
	return found, err
}

// orders reads all orders.
func (b *books) orders(ctx context.Context) ([]*orderflow.Order, error) {
	var all []*orderflow.Order
	page := orderflow.ListOptions{Limit: 1000}
	for {
		list, err := b.flow.List(ctx, page)
		if err != nil || len(list) == 0 {
			return all, err
		}
		all = append(all, list...)
		last := list[len(list)-1]
		page.CreatedBefore, page.BeforeID = last.CreatedAt, last.ID
	}
}

func (b *books) each(ctx context.Context, query string, fn func(string, int)) error {
	for _, db := range b.dbs {
		if err := eachRow(ctx, db.SQL(), query, fn); err != nil {
			return err
		}
	}
	return nil
}

// eachRow calls fn for each row of a name and a number.
func eachRow(ctx context.Context, db *sql.DB, query string, fn func(string, int)) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		fn(name, n)
	}
	return rows.Err()
}
