package orderflow

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolOptions are the options of [OpenPoolWith]. The zero value is what [OpenPool] uses.
type PoolOptions struct {
	// Pooler says whether a pooler is between the pool and PostgreSQL. By default that is
	// looked for.
	Pooler Pooler
}

// Pooler says whether connections go through a pooler, such as PgBouncer, in whose
// transaction mode a connection keeps nothing from one transaction to the next.
type Pooler string

const (
	// PoolerDetect looks whether there is one. If there is, statements that are prepared
	// by name are refused, since a pooler may not know them.
	PoolerDetect Pooler = ""
	// PoolerPresent says that there is one, and that it works with the pool's
	// DefaultQueryExecMode: that prepares no statement by name, or the pooler keeps track
	// of prepared statements, as PgBouncer 1.21 and later does with
	// max_prepared_statements. Nothing else is kept on a connection: River polls instead of
	// listening.
	PoolerPresent Pooler = "present"
	// PoolerAbsent says that there is none, whatever is found, or that each connection of the
	// pool has one of PostgreSQL to itself, as with PgBouncer in session mode.
	PoolerAbsent Pooler = "absent"
)

// OpenPool is [Open] with a pool of the caller's: one with tracers, with a password that
// changes (BeforeConnect), with a dialer of its own, or one that the program uses for
// other work as well. It looks for the same faults as Open, and brings the tables up to
// date.
//
// The pool belongs to the caller. [DB.Close] leaves it open; close it after that, since
// the flow works on it until then. OpenPool uses the pool's connections only, and changes
// nothing of its configuration:
//
//   - MaxConns must be at least 4. The flow's fulfilments take up to half of them, and what
//     else the program does on the pool comes on top.
//   - The tables are where search_path in ConnConfig.RuntimeParams puts them, or that of the
//     role. The schema must exist.
//   - Behind a pooler such as PgBouncer, ConnConfig.DefaultQueryExecMode must not be
//     QueryExecModeCacheStatement, which is pgx's default: use QueryExecModeCacheDescribe, or
//     [OpenPoolWith] and [PoolerPresent] if the pooler keeps track of prepared statements.
//
// Errors match [ErrDatabase], name the database without its password, and say what to do
// with the pool or the server.
func OpenPool(ctx context.Context, pool *pgxpool.Pool) (*DB, error) {
	return OpenPoolWith(ctx, pool, PoolOptions{})
}

// OpenPoolWith is [OpenPool] with options. A Pooler that is none of the constants is
// [ErrInvalidConfig].
func OpenPoolWith(ctx context.Context, pool *pgxpool.Pool, o PoolOptions) (*DB, error) {
	if pool == nil {
		return nil, fmt.Errorf("%w: the pool is nil; make one with pgxpool.NewWithConfig", ErrDatabase)
	}
	switch o.Pooler {
	case PoolerDetect, PoolerPresent, PoolerAbsent:
	default:
		return nil, invalidConfig("PoolOptions.Pooler", fmt.Sprintf("is %q", o.Pooler),
			"use PoolerPresent or PoolerAbsent, or leave it empty for PoolerDetect")
	}
	cfg := pool.Config() // a copy
	src := &source{names: inPool, config: cfg, pooler: o.Pooler, mode: true}
	if err := src.checkSize(); err != nil {
		return nil, err
	}
	sv, err := src.lookThrough(ctx, pool)
	if err != nil {
		return nil, err
	}
	if err := sv.check(int(cfg.MaxConns)); err != nil {
		return nil, err
	}
	if err := src.route(sv); err != nil {
		return nil, err
	}
	if err := src.checkMode(sv); err != nil {
		return nil, err
	}
	return ready(ctx, &DB{pool: pool, server: sv, isLent: true})
}

// checkMode rejects statements that are prepared by name, if a pooler was found that may
// not know them.
func (s *source) checkMode(sv *server) error {
	isFound := sv.pooled && s.pooler == PoolerDetect
	if !isFound || s.config.ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil
	}
	return fmt.Errorf("%w: PostgreSQL at %s is behind a pooler, which hands connections on with the statements that "+
		"are prepared on them; set DefaultQueryExecMode of the pool's ConnConfig to pgx.QueryExecModeCacheDescribe, "+
		"or, if the pooler keeps track of prepared statements (max_prepared_statements of PgBouncer 1.21 and later), "+
		"give OpenPoolWith PoolOptions.Pooler = PoolerPresent", ErrDatabase, sv.host)
}

// lookThrough is look on a connection of the pool: only the pool knows how to get one, and
// how BeforeConnect changes its configuration.
func (s *source) lookThrough(ctx context.Context, pool *pgxpool.Pool) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, s.noConn(ctx, pool, err)
	}
	defer conn.Release()
	s.config.ConnConfig = conn.Conn().Config()
	s.path = s.config.ConnConfig.RuntimeParams["search_path"]
	sv := s.server()
	return sv, s.ask(ctx, conn.Conn(), sv)
}

// noConn is the error about a pool that gives no connection: the server's fault, or its own.
func (s *source) noConn(ctx context.Context, pool *pgxpool.Pool, err error) error {
	sv := s.server()
	isOfServer := errors.As(err, new(*pgconn.ConnectError))
	why := allInUse(ctx, pool)
	switch {
	case isOfServer, why == "" && ctx.Err() != nil: // it may not have answered at all
		return s.fault(sv, "", err)
	case why == "":
		why = "look at BeforeConnect, AfterConnect and PrepareConn of the pool, and whether it is closed"
	}
	return fmt.Errorf("%w: the pool for PostgreSQL at %s, database %q, gives no connection: %s: %w", ErrDatabase,
		sv.host, sv.database, why, err)
}

// allInUse says what to do about a pool whose connections were all in use until the context
// ended; "" if they were not.
func allInUse(ctx context.Context, pool *pgxpool.Pool) string {
	stat := pool.Stat()
	if ctx.Err() == nil || stat.AcquiredConns() < stat.MaxConns() {
		return ""
	}
	return fmt.Sprintf("all %d connections of the pool are in use; release some, or raise %s", stat.MaxConns(),
		inPool.maxConns)
}

// ready brings the tables of a PostgreSQL up to date, and looks whether they can be used.
func ready(ctx context.Context, db *DB) (*DB, error) {
	db.connect()
	for _, step := range []func(context.Context) error{db.checkRoom, db.findSchema, db.migrate, db.checkTables} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}
