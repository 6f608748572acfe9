package orderflow

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow/internal/clock"
)

// ContentDigest covers what makes two requests the same order.
var ContentDigest = contentDigest

// PollEvery makes a flow's sweep quick; tests do not wait for a second.
func (f *Flow) PollEvery(d time.Duration) { f.pollEvery = d }

// HangGrace is how long after its timeout Fulfil is waited for; tests do not wait for seconds.
func (f *Flow) HangGrace(d time.Duration) { f.hangGrace = d }

// Tick is one turn of Run's sweep, each part of which has this long.
func (f *Flow) Tick(ctx context.Context, d time.Duration) error {
	f.sweepTime = d
	return f.tick(ctx)
}

// ClaimReport is what each machine's sweep does about the day's report.
func (f *Flow) ClaimReport(ctx context.Context) error { return f.claimReport(ctx) }

// Sweep takes up what is due, as Run does.
func (f *Flow) Sweep(ctx context.Context) error {
	return errors.Join(f.syncClock(ctx), f.sweep(ctx))
}

// FollowClock makes the flow go by a clock that it reads, as it does without
// Config.Now; elapsed is the time that passes, whatever that clock tells.
func (f *Flow) FollowClock(
	ctx context.Context, read func(context.Context) (time.Time, error), elapsed func() time.Duration,
) error {
	f.clock = clock.New(read, elapsed)
	f.now = func() time.Time { return time.UnixMilli(f.clock.Now().UnixMilli()).UTC() }
	_, err := f.clock.Sync(ctx)
	return err
}

// The kinds of jobs whose queue a test fills: that of fulfilments, and that of
// calls to the wallet.
const (
	JobFulfil    = jobFulfil
	JobReconcile = jobReconcile
)

// FillQueue makes the queue of this kind of jobs full.
func (f *Flow) FillQueue(ctx context.Context, kind string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		return f.jobs.enqueue(ctx, tx, slices.Repeat([]job{{kind: kind, orderID: "none"}}, backlog)...)
	})
}

// CountTry is what a fulfilment after the first try begins with.
func (f *Flow) CountTry(ctx context.Context, id string, tries int) (bool, error) {
	return f.countTry(ctx, id, tries)
}

// FulfilJob is what a job does with an order that is paid, and has had so many tries.
func (f *Flow) FulfilJob(ctx context.Context, id string, tries int) error {
	return f.work(ctx, fulfilArgs{orderArgs: orderArgs{OrderID: id}, Again: tries > 0, Tries: tries})
}

// Send is what Create does with an order that it has read or stored.
func (f *Flow) Send(ctx context.Context, o *Order) (*Order, error) { return f.send(ctx, o) }

// SendRefund is what a job does with a refund that it has read as open.
func (f *Flow) SendRefund(ctx context.Context, o *Order, r *Refund) (*Refund, error) {
	return f.sendRefund(ctx, o, r)
}

// RecordRefund is what follows the wallet's answer about a refund.
func (f *Flow) RecordRefund(ctx context.Context, r *Refund, answer *tradepay.Refund) (*Refund, error) {
	return f.recordRefund(ctx, r, answer, nil, ActorWallet)
}

// SweepOnce takes up at most limit orders that the wallet is due to be asked about, in one transaction.
func (f *Flow) SweepOnce(ctx context.Context, limit int) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		due, _, err := f.due(ctx, tx, dueWallet, limit)
		if err != nil {
			return err
		}
		return f.takeUp(ctx, tx, due)
	})
}

// Work does the jobs that wait, as Run does, one after the other.
func (f *Flow) Work(ctx context.Context) error {
	return f.takeJobs(ctx, func(kind string, text []byte) error {
		var a fulfilArgs // with the fields of all others that have an order
		if err := json.Unmarshal(text, &a); err != nil {
			return err
		}
		if kind == jobFulfil {
			_ = f.work(ctx, a) // what a job returns, only its log sees
		} else {
			_ = f.reconcile(ctx, a.OrderID)
		}
		return nil
	})
}

// LoseWork loses the jobs that wait, as a machine does that is gone.
func (f *Flow) LoseWork(ctx context.Context) error {
	return f.takeJobs(ctx, func(string, []byte) error { return nil })
}

func (f *Flow) takeJobs(ctx context.Context, do func(kind string, text []byte) error) error {
	args := "args"
	if !f.db.postgres() {
		args = "json(args)"
	}
	query := `SELECT id, kind, ` + args + ` FROM river_job WHERE state = 'available' ORDER BY id LIMIT 1`
	for {
		var id int64
		var kind string
		var text []byte
		err := f.db.write.QueryRowContext(ctx, query).Scan(&id, &kind, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		res, err := f.db.write.ExecContext(ctx, `DELETE FROM river_job WHERE id = $1`, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 { // another flow has it
			continue
		}
		if err := do(kind, text); err != nil {
			return err
		}
	}
}

// RecallStrays is what the sweep does now and then about orders that a wrong clock has put off.
func (f *Flow) RecallStrays(ctx context.Context) error { return f.recallStrays(ctx) }

// SyncClock is what each sweep begins with.
func (f *Flow) SyncClock(ctx context.Context) error { return f.syncClock(ctx) }

// Keep is how a context of the program's own is kept from outliving its caller.
var Keep = keep

// Key is what Fulfil gets for an order of the flow of this name.
var Key = fulfilKey

// OpenHasty opens a PostgreSQL that was migrated, and may lose what it has
// committed: for a benchmark, which is about the time that not losing it takes.
func OpenHasty(ctx context.Context, source string) (*DB, error) {
	pool, err := pgxpool.New(ctx, source)
	if err != nil {
		return nil, err
	}
	write := stdlib.OpenDBFromPool(pool)
	return &DB{write: write, read: write, pool: pool, schema: "public"}, nil
}

// Permit is what a fulfilment has seen of its order.
type Permit = permit

// Reconcile asks the wallet about an order, as its job does.
func (f *Flow) Reconcile(ctx context.Context, id string) error { return f.reconcile(ctx, id) }

// PermitFor is what a fulfilment asks before it ships.
func (f *Flow) PermitFor(ctx context.Context, id string) (*Permit, error) {
	return f.permitFor(ctx, id)
}

// FulfilPermitted ships what was permitted, if that still holds.
func (f *Flow) FulfilPermitted(ctx context.Context, p *Permit) (bool, error) {
	return f.fulfilPermitted(ctx, p, countedAfter)
}

// Named are the names of settings that a remedy of Open can have, and those of OpenPool.
func Named() (inOpen, inOpenPool []string) {
	list := func(n *settings) (names []string) {
		fields := reflect.ValueOf(n).Elem()
		for _, field := range fields.Fields() {
			if field.Kind() == reflect.String {
				names = append(names, field.String())
			}
		}
		for _, name := range n.called {
			names = append(names, "here that is "+name)
		}
		return names
	}
	return list(inURL), list(inPool)
}

// Pooled reports whether a pooler is before the database.
func (db *DB) Pooled() bool { return db.pooled() }

// ReadURL reads a URL of PostgreSQL.
func ReadURL(text string) error {
	_, err := parseSource(text)
	return err
}

// Unreachable is what an error says of a server that refuses.
func Unreachable(text string, err error) (string, error) {
	s, broken := parseSource(text)
	if broken != nil {
		return "", broken
	}
	return s.unreachable(err), nil
}

// Server is what a server tells of itself.
type Server struct {
	Version                         int
	Product                         string
	Standby, Pooled                 bool
	ReadOnly, Encoding, Synchronous string
	Conns, RoleConns, DatabaseConns int
}

// Check rejects a server on which something would fail later, as Open does.
func (s Server) Check(conns int) error { return s.check(inURL, conns) }

// CheckPool is Check as OpenPool does it.
func (s Server) CheckPool(conns int) error { return s.check(inPool, conns) }

func (s Server) check(names *settings, conns int) error {
	sv := &server{names: names, host: "db.internal:5432", role: "shop", database: "Shop", version: s.Version,
		product: s.Product, standby: s.Standby, pooled: s.Pooled, readOnly: s.ReadOnly, encoding: s.Encoding,
		synchronous: s.Synchronous, conns: s.Conns, roleConns: s.RoleConns, databaseConns: s.DatabaseConns}
	return sv.check(conns)
}

// SetBack is what Health tells of a clock that was set back lately.
func (f *Flow) SetBack() string { return f.setBack() }

// Gather keeps all notifications waiting that can be taken in together, until begin is called.
func (f *Flow) Gather() (waiting func() int, begin func(context.Context)) {
	g := &f.gathering
	for !g.reserve() { // until whoever led before has ended
		time.Sleep(time.Millisecond)
	}
	return func() int {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.waiting)
	}, func(ctx context.Context) { go f.lead(ctx) }
}

// reserve is add of nobody.
func (g *gathering) reserve() (leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leaders > 0 {
		return false
	}
	g.leaders, g.most = 1, 1 // until it begins, nobody does
	return true
}

// Rendezvous is the weight of a shard for an id.
var Rendezvous = rendezvous

// Homes are the names of the shards that may keep the order of an id, oldest first.
func Homes(shards []Shard, id string) (names []string) {
	var all []*shard
	for _, s := range shards {
		all = append(all, &shard{Shard: s})
	}
	for _, s := range homesOf(all, id) {
		names = append(names, s.Name)
	}
	return names
}

// Cede leaves the id of an order to another shard.
func (f *Flow) Cede(ctx context.Context, id, to string) (bool, error) {
	return f.cede(ctx, id, []*shard{{Shard: Shard{Name: to}}})
}

// SetOpenTime changes how long one try to open a shard takes at most.
func SetOpenTime(set *Shards, d time.Duration) { set.openTime = d }

// Concluded is what Create says after a pay that ended with an error.
func Concluded(o *Order, payErr error) error { return concluded(o, payErr) }

// StopWithin is how long after the end of Run, and after Config.StopTimeout, jobs may still write
// down what the wallet has said.
func StopWithin(f *Flow, d time.Duration) { f.recordTime = d }
