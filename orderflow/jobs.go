package orderflow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// The kinds of jobs, as River names them.
const (
	jobFulfil    = "orderflow_fulfil"
	jobReconcile = "orderflow_reconcile"
	jobExpire    = "orderflow_expire"
	jobRefund    = "orderflow_refund"
	jobReport    = "orderflow_report"
)

// job is one piece of work for any machine.
type job struct {
	kind    string
	orderID string
	again   bool   // of a fulfilment: it is not the order's first
	tries   int    // of a fulfilment: how many the order has had
	day     string // of a report
}

// The arguments of jobs hold ids only: River's tables and logs show them.
type (
	orderArgs struct {
		Client  string `json:"client"`
		OrderID string `json:"order_id"`
	}
	fulfilArgs struct {
		orderArgs
		Again bool `json:"again,omitempty"`
		Tries int  `json:"tries,omitempty"` // that the order had when the job was made
	}
	reconcileArgs struct{ orderArgs }
	expireArgs    struct{ orderArgs }
	refundArgs    struct{ orderArgs }
	reportArgs    struct {
		Client string `json:"client"`
		Day    string `json:"day"`
	}
)

func (fulfilArgs) Kind() string    { return jobFulfil }
func (reconcileArgs) Kind() string { return jobReconcile }
func (expireArgs) Kind() string    { return jobExpire }
func (refundArgs) Kind() string    { return jobRefund }
func (reportArgs) Kind() string    { return jobReport }

// jobs is the queue, on either database.
type jobs struct {
	flow   *Flow
	config *river.Config
	lite   *river.Client[*sql.Tx]
	pg     *river.Client[pgx.Tx]
	fulfil string // queue of fulfilments
	wallet string // queue of what talks to the wallet, whose slowness must not hold up fulfilment
}

// backlog is how many jobs may wait in a queue before the sweep leaves the
// orders that are due where they are.
const backlog = 500

func newJobs(f *Flow) (*jobs, error) {
	id := digestOf([]byte(f.name))[:12] // any name makes a name for a queue
	j := &jobs{flow: f, fulfil: "orderflow-fulfil-" + id, wallet: "orderflow-wallet-" + id}
	workers := river.NewWorkers()
	addWorker(workers, f.fulfilTimeout+f.recordTime, f.work)
	addWorker(workers, walletTime, func(ctx context.Context, a reconcileArgs) error {
		return f.reconcile(ctx, a.OrderID)
	})
	addWorker(workers, walletTime, func(ctx context.Context, a expireArgs) error { return f.reconcile(ctx, a.OrderID) })
	addWorker(workers, walletTime, func(ctx context.Context, a refundArgs) error { return f.reconcile(ctx, a.OrderID) })
	addWorker(workers, walletTime, func(ctx context.Context, a reportArgs) error { return f.report(ctx, a.Day) })
	j.config = &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			j.fulfil: {MaxWorkers: j.fulfilments()},
			j.wallet: {MaxWorkers: f.workers},
		},
		Logger:                      slog.New(quiet{f.log.Handler()}),
		RescueStuckJobsAfter:        max(f.fulfilTimeout+f.recordTime, walletTime) + time.Minute,
		CompletedJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 24 * time.Hour,
		SoftStopTimeout:             f.stopTimeout,
		FetchCooldown:               20 * time.Millisecond,
		Schema:                      f.db.schema,
		PollOnly:                    f.db.pooled(), // it could not listen
		Middleware:                  []rivertype.Middleware{&atOnce{}},
	}
	if !f.db.postgres() {
		j.config.FetchCooldown = 50 * time.Millisecond
	}
	if err := j.connect(); err != nil {
		return nil, fmt.Errorf("%w: River: %w", ErrInvalidConfig, err)
	}
	return j, nil
}

// work fulfils an order.
func (f *Flow) work(ctx context.Context, a fulfilArgs) error {
	if a.Again {
		return f.fulfilAgain(ctx, a.OrderID, a.Tries)
	}
	return f.fulfil(ctx, a.OrderID)
}

// connect makes a client of River's.
func (j *jobs) connect() (err error) {
	if j.flow.db.postgres() {
		j.pg, err = river.NewClient(riverpgxv5.New(j.flow.db.pool), j.config)
	} else {
		j.lite, err = river.NewClient(riversqlite.New(j.flow.db.write), j.config)
	}
	return err
}

// fulfilments is how many run at once: each holds a connection, and Fulfil may
// want another one for reading.
func (j *jobs) fulfilments() int {
	if !j.flow.db.postgres() {
		return j.flow.workers
	}
	return max(1, min(j.flow.workers, int(j.flow.db.pool.Config().MaxConns)/2))
}

// walletTime is how long one job may talk to the wallet; the client's retries
// are within it.
const walletTime = 75 * time.Second

// atOnce makes each new job one for now, whatever a clock tells. River would take
// the time of this machine, which the database may reach in hours only.
type atOnce struct{ river.MiddlewareDefaults }

func (*atOnce) InsertMany(ctx context.Context, list []*rivertype.JobInsertParams,
	insert func(context.Context) ([]*rivertype.JobInsertResult, error),
) ([]*rivertype.JobInsertResult, error) {
	for _, job := range list {
		job.ScheduledAt = new(time.Unix(0, 0).UTC())
	}
	return insert(ctx)
}

// worker runs a function for each job of its kind.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	timeout time.Duration
	work    func(context.Context, T) error
}

func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error { return w.work(ctx, j.Args) }
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration             { return w.timeout }

func addWorker[T river.JobArgs](workers *river.Workers, timeout time.Duration, work func(context.Context, T) error) {
	river.AddWorker(workers, &worker[T]{timeout: timeout, work: work})
}

// enqueue inserts jobs in the transaction: they exist if and only if it is committed.
func (j *jobs) enqueue(ctx context.Context, tx *transaction, list ...job) error {
	if len(list) == 0 {
		return nil
	}
	if tx.draft != nil {
		tx.draft.jobs = append(tx.draft.jobs, list...)
		return nil
	}
	params := make([]river.InsertManyParams, len(list))
	for i, item := range list {
		// Tried once: what comes next is in the order's next_at. A report has
		// no order.
		opts := &river.InsertOpts{Queue: j.wallet, MaxAttempts: 1, Priority: 2}
		order := orderArgs{Client: j.flow.name, OrderID: item.orderID}
		switch item.kind {
		case jobFulfil:
			opts.Queue, params[i].Args = j.fulfil, fulfilArgs{order, item.again, item.tries}
		case jobExpire:
			params[i].Args = expireArgs{order}
		case jobRefund:
			opts.Priority, params[i].Args = 1, refundArgs{order}
		case jobReport:
			// River pauses for the fourth power of the tries, in seconds.
			opts.MaxAttempts, opts.Priority, params[i].Args = 12, 4, reportArgs{Client: j.flow.name, Day: item.day}
		default:
			params[i].Args = reconcileArgs{order}
		}
		params[i].InsertOpts = opts
	}
	var err error
	if j.lite != nil {
		_, err = j.lite.InsertManyFastTx(ctx, tx.Tx, params)
	} else {
		err = raw(tx.conn, func(driverConn any) error {
			_, err := j.pg.InsertManyFastTx(ctx, &onConn{conn: driverConn.(*stdlib.Conn).Conn(), tx: tx}, params)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("%w: enqueue: %w", ErrDatabase, err)
	}
	return nil
}

// room is how many jobs may join a queue.
func (j *jobs) room(ctx context.Context, queue string) (int, error) {
	var waiting int
	err := j.flow.db.read.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 LIMIT `+
			strconv.Itoa(backlog)+`) AS waiting`, queue).Scan(&waiting)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return backlog - waiting, nil
}

// start begins to work, and returns how to stop: that lets running jobs finish
// for as long as Config.StopTimeout, then ends them; their orders' next_at
// brings them back.
//
// River gives its producers ten seconds to begin, which a database that is busy
// with something else may not have: then a new client begins again.
func (j *jobs) start(ctx context.Context) (stop func(context.Context) error, err error) {
	for try := range startTries {
		worker := &jobs{flow: j.flow, config: j.config}
		if err := worker.connect(); err != nil {
			return nil, err
		}
		if worker.lite != nil {
			stop, err = worker.lite.Stop, worker.lite.Start(context.WithoutCancel(ctx))
		} else {
			stop, err = worker.pg.Stop, worker.pg.Start(context.WithoutCancel(ctx))
		}
		if err == nil || ctx.Err() != nil {
			return stop, err
		}
		j.flow.log.WarnContext(ctx, "orderflow: the work cannot begin yet, it is tried again", "error", err)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second << min(try, 3)):
		}
	}
	return nil, err
}

// startTries take half a minute, and up to two if the database is busy.
const startTries = 6

// quiet passes on what River has to say at Warn and above.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }

// onConn is a pgx.Tx over a connection on which database/sql has begun a
// transaction: River then inserts into that one.
type onConn struct {
	conn       *pgx.Conn
	tx         *transaction
	savepoints int
	savepoint  string
}

var errOuter = errors.New("orderflow: the transaction is database/sql's to end")

func (t *onConn) Begin(ctx context.Context) (pgx.Tx, error) {
	t.savepoints++
	name := "orderflow_" + strconv.Itoa(t.savepoints)
	if _, err := t.conn.Exec(ctx, "SAVEPOINT "+name); err != nil {
		return nil, err
	}
	return &onConn{conn: t.conn, tx: t.tx, savepoints: t.savepoints, savepoint: name}, nil
}

func (t *onConn) end(ctx context.Context, command string) error {
	if t.savepoint == "" {
		return errOuter
	}
	_, err := t.conn.Exec(ctx, command+t.savepoint)
	t.savepoint = ""
	return err
}

func (t *onConn) Commit(ctx context.Context) error { return t.end(ctx, "RELEASE SAVEPOINT ") }

func (t *onConn) Rollback(ctx context.Context) error {
	if t.savepoint == "" {
		return pgx.ErrTxClosed
	}
	return t.end(ctx, "ROLLBACK TO SAVEPOINT ")
}

// CopyFrom puts the rows off to the end of the transaction, like all others: a
// COPY costs more than the one row that it mostly has, and a message of its own.
func (t *onConn) CopyFrom(
	ctx context.Context, table pgx.Identifier, names []string, src pgx.CopyFromSource,
) (int64, error) {
	mode := t.conn.Config().DefaultQueryExecMode
	// An INSERT would take River's JSON for bytea.
	untyped := mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol
	if untyped || t.savepoint != "" { // which may yet be undone
		return t.conn.CopyFrom(ctx, table, names, src)
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	into := `INSERT INTO ` + table.Sanitize() + ` (` + strings.Join(quoted, ", ") + `) VALUES `
	var args []any
	var rows int
	for src.Next() {
		values, err := src.Values()
		if err != nil {
			return 0, err
		}
		args = append(args, values...)
		rows++
	}
	// Of 2, 4, 8 … rows at a time: each number of them is a statement to prepare.
	for left := rows; left > 0; {
		n := 1 << min(bits.Len(uint(left))-1, 6)
		t.tx.later = append(t.tx.later, write{query: into + tuples(n, len(names)), args: args[:n*len(names)]})
		args, left = args[n*len(names):], left-n
	}
	return int64(rows), src.Err()
}

// tuples are n rows of places for arguments.
func tuples(n, width int) string {
	var text strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			text.WriteString("(")
		case i%width == 0:
			text.WriteString("), (")
		default:
			text.WriteString(", ")
		}
		text.WriteString("$" + strconv.Itoa(i+1))
	}
	return text.String() + ")"
}

func (t *onConn) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}
func (t *onConn) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
func (t *onConn) Prepare(ctx context.Context, name, query string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, query)
}

func (t *onConn) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, query, args...)
}

func (t *onConn) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, query, args...)
}

func (t *onConn) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, query, args...)
}
func (t *onConn) Conn() *pgx.Conn { return t.conn }
