package orderflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow/internal/clock"
)

// LatePolicy says what the flow does with a payment that succeeds after its order
// was closed. It raises an [Alarm] either way.
type LatePolicy string

// The policies.
const (
	LateReport LatePolicy = ""       // a person decides: Flow.AcceptLate or Flow.Refund
	LateRefund LatePolicy = "refund" // the flow gives the whole amount back; see Config.Restored
)

// Inquiries says when the flow asks the wallet about an order without a final
// answer. The intervals double. Zero fields have their defaults.
type Inquiries struct {
	First time.Duration // after the order was created, and the shortest interval; default 5 s
	// Longest is the longest interval before the expiry, and in the first hour of a refund, capture
	// or void; default 10 min. After that it is an hour.
	Longest time.Duration
	// Grace is how long after its expiry an order that the wallet does not know
	// may still arrive there; default 1 min.
	Grace time.Duration
	// Reserved is the longest interval between questions about a reservation, which may
	// end otherwise than by the flow; default 24 h.
	Reserved time.Duration
	// LastLook is how long after an order was closed without payment the flow asks
	// about it once more; default 24 h.
	LastLook time.Duration
}

// Config is what a [Flow] needs. Zero fields have their defaults.
type Config struct {
	Client *tradepay.Client // required
	DB     *DB              // required; see Open
	Fulfil FulfilFunc       // required
	// Name tells the orders of several clients in one database apart, and must
	// stay the same for ever. Default: the client's id at the wallet.
	Name string

	Expiry    time.Duration // of an order without ExpiresAt; default 30 min
	Late      LatePolicy
	Inquiries Inquiries
	// ReservedNotice is how long before a reservation ends, neither captured nor voided,
	// the flow raises AlarmReserved; default 24 h.
	ReservedNotice time.Duration
	FulfilAttempts int           // tries until the flow parks an order; default 12, which take a bit over an hour
	FulfilTimeout  time.Duration // of one call of Fulfil; default 30 s
	// Workers is how many fulfilments run at a time, and how many calls to the
	// wallet; default 8 of each, at most 1,000.
	Workers     int
	StopTimeout time.Duration // for running jobs when Run ends; default 10 s

	// Restored is the time at which the database was restored from a backup; leave
	// it set. Between the backup and that time, orders may have been fulfilled that
	// the restored database does not know as fulfilled. The flow therefore fulfils
	// an order from before Restored only after Fulfilled says that nobody has; so it does with
	// one that was stored later and paid before, which the restore has lost. What comes late for
	// such an order, or without the time of its payment, is reported, whatever Late says. See
	// docs/orderflow.md for what else to do after a restore, and Flow.Audit.
	Restored time.Time
	// Fulfilled reports whether an order was fulfilled already. It looks at what
	// Fulfil has done outside the database, such as under Fulfilment.Key. The flow
	// calls it only for orders that were stored or paid before Restored. If it returns an error, the
	// flow asks again later. If it is nil, the flow parks such orders for a person.
	Fulfilled func(context.Context, Fulfilment) (bool, error)

	// OnNotification takes in what the wallet reports and the flow does not settle by
	// itself, such as captures, disputes and payers' consents. If it is nil, those
	// about an order only make the flow ask about the order, and the others raise an
	// alarm. See [NotificationFunc].
	OnNotification NotificationFunc
	// OnAlarm gets each alarm after it was stored, in the goroutine that met it. It
	// must be quick, and safe for concurrent use. A crash can lose the call, not
	// the alarm; see Flow.Alarms.
	OnAlarm func(context.Context, Alarm)
	// OnReport gets the report of each day (UTC), a minute after the day's end, on
	// one machine. If it returns an error, the flow calls it again, at growing
	// intervals, for half a day. A day has no report if no process runs from its
	// end to the end of the next day; Flow.Report makes a report of any time.
	OnReport func(context.Context, *Report) error

	Logger  *slog.Logger // order ids only; default none
	Metrics Metrics      // default none; see package otelorderflow of module oteltradepay
	Tracing Tracing      // default none; likewise
	// Now replaces the clock, for tests. By default, all machines use one clock: on
	// PostgreSQL the database's, on SQLite that of their machine. A jump of the
	// clock changes nothing unless it lasts a minute.
	Now func() time.Time
}

// Flow keeps the orders of one client. It is safe for concurrent use, by any
// number of processes on one database.
type Flow struct {
	client         *tradepay.Client
	db             *DB
	fulfilFunc     FulfilFunc
	name           string
	expiry         time.Duration
	latePolicy     LatePolicy
	inquiries      Inquiries
	reservedNotice time.Duration
	fulfilAttempts int
	fulfilTimeout  time.Duration
	workers        int
	stopTimeout    time.Duration
	restored       time.Time
	fulfilledFunc  func(context.Context, Fulfilment) (bool, error)
	onNotification NotificationFunc
	onAlarm        func(context.Context, Alarm)
	onReport       func(context.Context, *Report) error
	log            *slog.Logger
	metrics        Metrics
	tracing        Tracing
	now            func() time.Time
	clock          *clock.Clock // nil where Config.Now replaces it

	recordTime time.Duration // for writing down what the wallet said, whatever became of the caller
	pollEvery  time.Duration
	hangGrace  time.Duration
	// sweepTime is for each part of a sweep: on a connection whose other side went
	// without a word, a statement has no end.
	sweepTime time.Duration
	jobs      *jobs
	gathering gathering
	running   atomic.Bool
	swept     atomic.Pointer[time.Time] // when the last sweep ended well
	wrote     atomic.Pointer[time.Time] // when Health last wrote
	strays    strays
	// otherShard names another shard that has a payment, by the wallet's id; nil without Shards.
	otherShard atomic.Pointer[func(ctx context.Context, paymentID string) (string, error)]
	called     calls
	reported   atomic.Value // the last day whose report was claimed, by anybody
}

// New checks the configuration. Start the work with [Flow.Run], here or in
// another process. Without Run, the flow keeps orders and accepts notifications,
// but it fulfils nothing and asks the wallet about nothing. Errors match
// [ErrInvalidConfig], or [ErrDatabase] if the database does not answer.
func New(ctx context.Context, cfg Config) (*Flow, error) {
	switch {
	case cfg.Client == nil:
		return nil, invalidConfig("Client", "is nil", "make one with tradepay.NewClient")
	case cfg.DB == nil:
		return nil, invalidConfig("DB", "is nil", "open one with orderflow.Open")
	case cfg.Fulfil == nil:
		return nil, invalidConfig("Fulfil", "is nil", "give the function that ships what was paid")
	case cfg.Late != LateReport && cfg.Late != LateRefund:
		return nil, invalidConfig("Late", "is no policy", "use LateReport or LateRefund")
	case cfg.FulfilAttempts < 0:
		return nil, invalidConfig("FulfilAttempts", "is negative", "leave it zero for the default")
	case cfg.Workers < 0 || cfg.Workers > 1000:
		return nil, invalidConfig("Workers", "must be 1 to 1,000", "leave it zero for the default")
	}
	f := &Flow{
		client: cfg.Client, db: cfg.DB, fulfilFunc: cfg.Fulfil, name: cfg.Name,
		expiry: cfg.Expiry, latePolicy: cfg.Late, inquiries: cfg.Inquiries,
		fulfilAttempts: cfg.FulfilAttempts, reservedNotice: cfg.ReservedNotice, fulfilTimeout: cfg.FulfilTimeout,
		workers: cfg.Workers, stopTimeout: cfg.StopTimeout,
		restored: cfg.Restored, fulfilledFunc: cfg.Fulfilled,
		onNotification: cfg.OnNotification, onAlarm: cfg.OnAlarm, onReport: cfg.OnReport,
		log: cfg.Logger, metrics: cfg.Metrics.complete(), tracing: cfg.Tracing, now: cfg.Now,
		recordTime: 10 * time.Second, pollEvery: time.Second, hangGrace: hangGrace,
	}
	for _, d := range []struct {
		name     string
		field    *time.Duration
		standard time.Duration
	}{
		{"Expiry", &f.expiry, 30 * time.Minute},
		{"Inquiries.First", &f.inquiries.First, 5 * time.Second},
		{"Inquiries.Longest", &f.inquiries.Longest, 10 * time.Minute},
		{"Inquiries.Grace", &f.inquiries.Grace, time.Minute},
		{"Inquiries.Reserved", &f.inquiries.Reserved, 24 * time.Hour},
		{"Inquiries.LastLook", &f.inquiries.LastLook, 24 * time.Hour},
		{"ReservedNotice", &f.reservedNotice, 24 * time.Hour},
		{"FulfilTimeout", &f.fulfilTimeout, 30 * time.Second},
		{"StopTimeout", &f.stopTimeout, 10 * time.Second},
	} {
		if *d.field < 0 {
			return nil, invalidConfig(d.name, "is negative", "leave it zero for the default")
		}
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	f.sweepTime = 5*time.Minute + f.fulfilTimeout // which may hold SQLite's only writer
	f.inquiries.Longest = max(f.inquiries.Longest, f.inquiries.First)
	if f.db.postgres() {
		f.gathering.most = mostLeaders
	}
	if f.name == "" {
		f.name = f.client.ClientID()
	}
	if f.fulfilAttempts == 0 {
		f.fulfilAttempts = 12
	}
	if f.workers == 0 {
		f.workers = 8
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	now := f.now
	if now == nil {
		f.clock = clock.New(f.db.clock, nil)
		if _, err := f.clock.Sync(ctx); err != nil {
			return nil, fmt.Errorf("%w: its clock cannot be read: %w", ErrDatabase, err)
		}
		now = f.clock.Now
	}
	f.now = func() time.Time { return time.UnixMilli(now().UnixMilli()).UTC() } // as it is stored
	f.reported.Store("")
	var err error
	f.jobs, err = newJobs(f)
	return f, err
}

// Run fulfils, inquires, expires, follows up refunds and makes reports until ctx
// ends. Then it finishes the running jobs, hands back those that still run after
// Config.StopTimeout, and returns nil. Any number of processes may call Run.
//
// Run returns an error if the work cannot begin within half a minute, or within two
// minutes on a busy database. If the database fails later, Run waits for it.
func (f *Flow) Run(ctx context.Context) error {
	if !f.running.CompareAndSwap(false, true) {
		return fmt.Errorf("%w: Run is called twice for one flow", ErrInvalidConfig)
	}
	defer f.running.Store(false)
	if err := f.db.checkRiver(ctx); errors.Is(err, errForeignRiver) {
		return err
	}
	stopJobs, err := f.jobs.start(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	ticker := time.NewTicker(f.pollEvery)
	defer ticker.Stop()
	for {
		if err := f.tick(ctx); err == nil {
			now := time.Now() // with a monotonic reading
			f.swept.Store(&now)
		} else if ctx.Err() == nil {
			f.log.ErrorContext(ctx, "orderflow: sweep failed, it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.stopTimeout+f.recordTime)
			defer cancel()
			if err := stopJobs(stop); err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%w: jobs did not stop in time: %w", ErrDatabase, err)
			}
			return nil
		case <-ticker.C:
		}
	}
}

func (f *Flow) tick(ctx context.Context) error {
	return errors.Join(f.syncClock(ctx), f.sweep(ctx), f.claimReport(ctx))
}
