package orderflow

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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
//     QueryExecModeCacheStatement, which is pgx's default: use QueryExecModeCacheDescribe.
//
// Errors match [ErrDatabase], name the database without its password, and say what to do.
func OpenPool(ctx context.Context, pool *pgxpool.Pool) (*DB, error) {
	if pool == nil {
		return nil, fmt.Errorf("%w: the pool is nil; make one with pgxpool.NewWithConfig", ErrDatabase)
	}
	db, err := openPool(ctx, pool)
	if err != nil {
		return nil, &poolError{err}
	}
	return db, nil
}

func openPool(ctx context.Context, pool *pgxpool.Pool) (*DB, error) {
	cfg := pool.Config() // a copy
	if cfg.MaxConns < leastConns {
		return nil, fmt.Errorf("%w: MaxConns of the pool is %d and must be at least %d", ErrDatabase, cfg.MaxConns,
			leastConns)
	}
	src := &source{config: cfg, path: cfg.ConnConfig.RuntimeParams["search_path"], mode: true}
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
	if sv.pooled && cfg.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		return nil, fmt.Errorf("%w: PostgreSQL at %s is behind a pooler, which hands connections on with the "+
			"statements that are prepared on them; set DefaultQueryExecMode of the pool's ConnConfig to "+
			"pgx.QueryExecModeCacheDescribe", ErrDatabase, sv.host)
	}
	return ready(ctx, &DB{pool: pool, server: sv, isLent: true})
}

// lookThrough is look on a connection of the pool: only the pool knows how to get one.
func (s *source) lookThrough(ctx context.Context, pool *pgxpool.Pool) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	sv := s.server()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, s.fault(sv, "", err)
	}
	defer conn.Release()
	return sv, s.ask(ctx, conn.Conn(), sv)
}

// poolError is an error of [Open] in the words of whoever has no URL.
type poolError struct{ err error }

// inURL are the remedies of a URL, and what to do with a pool instead.
var (
	schemaInURL = regexp.MustCompile(`\?schema=(\w+) in the URL`)
	inURL       = strings.NewReplacer(
		"lower pool_max_conns in the URL", "lower MaxConns of the pool",
		"lower pool_max_conns in every program's URL", "lower MaxConns of every program's pool",
		"give another in the URL, such as ?schema=orderflow", "set another search_path in RuntimeParams of the pool's "+
			"ConnConfig",
		"in the URL, "+encodePassword, "look at Password and BeforeConnect of the pool",
		"keeps no search_path of the URL", "keeps no search_path of the pool's ConnConfig",
		"all hosts with ?target_session_attrs=read-write", "all hosts, with ValidateConnect of the pool's ConnConfig "+
			"set to pgconn.ValidateConnectTargetSessionAttrsReadWrite",
		"give ?sslmode=require", "set TLSConfig of the pool's ConnConfig",
		"which the URL gives", "which RuntimeParams of the pool's ConnConfig has",
	)
)

func (e *poolError) Error() string {
	return inURL.Replace(schemaInURL.ReplaceAllString(e.err.Error(),
		"search_path = $1 in RuntimeParams of the pool's ConnConfig"))
}
func (e *poolError) Unwrap() error { return e.err }

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
