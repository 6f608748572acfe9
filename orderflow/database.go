package orderflow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// DB is the database that holds the orders. Open it with [Open], or with [OpenPool]; it
// is safe for concurrent use and may serve several flows.
type DB struct {
	write *sql.DB       // SQLite: one connection: writers wait for each other here, not in SQLite
	read  *sql.DB       // SQLite: several, which see what was committed
	pool  *pgxpool.Pool // PostgreSQL only
	file  *file         // SQLite only
	// isLent says that the pool is the caller's, see OpenPool.
	isLent bool
	// PostgreSQL's, and where in it orderflow's tables are
	server *server
	schema string
	// hot are the statements of every notification, which SQLite would
	// otherwise parse each time; pgx keeps its own.
	hot map[string]*sql.Stmt
}

// Open opens the database and brings its tables up to date, which is safe from
// many processes at once.
//
// A source that begins with "postgres://" or "postgresql://" is PostgreSQL 14 or
// later. pool_max_conns in its query sets the connections of this process: 20 by
// default, at least 4. schema is where the tables are, if not where search_path
// puts them; Open makes the schema if it is missing. The program's own tables are
// then looked for there, and afterwards in those of search_path, "public" by
// default. A pooler such as PgBouncer, also in transaction mode, is found by
// itself; pgbouncer=true or false in the query overrules that.
//
// Any other source is the path of an SQLite file, for one machine. Open makes the
// file if it is missing. Several processes may open one file; they wait for each
// other.
//
// Open looks for what would fail later. Errors match [ErrDatabase], name the
// database without its password, and say what to do.
func Open(ctx context.Context, source string) (*DB, error) {
	if strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://") {
		return openPostgres(ctx, source)
	}
	return openSQLite(ctx, source)
}

func openPostgres(ctx context.Context, text string) (*DB, error) {
	src, err := parseSource(text)
	if err != nil {
		return nil, err
	}
	sv, err := src.look(ctx)
	if err != nil {
		return nil, err
	}
	if err := sv.check(int(src.config.MaxConns)); err != nil {
		return nil, err
	}
	if err := src.route(sv); err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, src.config)
	if err != nil {
		return nil, fmt.Errorf("%w: PostgreSQL at %s: %w", ErrDatabase, sv.host, err)
	}
	return ready(ctx, &DB{pool: pool, server: sv, schema: src.schema})
}

// connect makes the handles of a pool.
func (db *DB) connect() {
	db.write = stdlib.OpenDBFromPool(db.pool)
	db.read = db.write
}

// keywords is how a connection string of libpq begins, which is no URL.
var keywords = regexp.MustCompile(`^\s*(host|hostaddr|port|dbname|user|password|service|sslmode)\s*=`)

func openSQLite(ctx context.Context, path string) (*DB, error) {
	switch {
	case path == "":
		return nil, fmt.Errorf("%w: no source was given; name an SQLite file or a postgres:// URL", ErrDatabase)
	case strings.Contains(path, ":memory:"):
		return nil, fmt.Errorf("%w: orders must outlive the process; name an SQLite file instead of memory",
			ErrDatabase)
	case strings.Contains(path, "://"):
		return nil, fmt.Errorf("%w: only postgres:// URLs and paths of SQLite files are known", ErrDatabase)
	case keywords.MatchString(path): // it would become a file, with the password in its name
		return nil, fmt.Errorf("%w: keywords of PostgreSQL are not accepted; give a URL like "+
			"postgres://user:password@host:5432/name", ErrDatabase)
	}
	path = strings.TrimPrefix(path, "file:")
	if strings.ContainsAny(path, "?#") {
		return nil, fmt.Errorf("%w: the path of an SQLite file has no ? or #; its settings are orderflow's",
			ErrDatabase)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: the folder of SQLite file %s does not exist; make it first", ErrDatabase, path)
	}
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	open := func(query string) (*sql.DB, error) {
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}
		return sql.Open("sqlite", u.String())
	}
	// synchronous(FULL): what was committed, and acknowledged, outlives a power cut.
	const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	write, err := open(pragmas + "&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("%w: SQLite file %s: %w", ErrDatabase, path, err)
	}
	write.SetMaxOpenConns(1)
	write.SetConnMaxIdleTime(0)
	read, err := open(pragmas + "&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: SQLite file %s: %w", ErrDatabase, path, err), write.Close())
	}
	read.SetMaxOpenConns(4)
	db := &DB{write: write, read: read, file: file}
	if err := db.checkWritable(ctx); err != nil {
		return nil, errors.Join(file.fault(err), db.Close())
	}
	for _, step := range []func(context.Context) error{db.migrate, db.checkRiver} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(file.fault(err), db.Close())
		}
	}
	db.hot = map[string]*sql.Stmt{}
	for _, query := range []string{selectOrder, saveOrder, insertEvent, insertInbox} {
		if db.hot[query], err = write.PrepareContext(ctx, query); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrDatabase, err), db.Close())
		}
	}
	return db, nil
}

// SQL returns the handle for the program's own tables in the same database. On
// SQLite it has one connection: inside Fulfil use the transaction instead.
func (db *DB) SQL() *sql.DB { return db.write }

// ReadSQL returns the handle for reading. On SQLite it does not wait for
// writers, and cannot write; on PostgreSQL it is that of [DB.SQL].
func (db *DB) ReadSQL() *sql.DB { return db.read }

// Close closes all connections, but for those of a pool that [OpenPool] was given. End
// what runs on them first.
func (db *DB) Close() error {
	err := db.write.Close()
	switch {
	case db.isLent:
		return err
	case db.postgres():
		db.pool.Close()
		return err
	}
	return errors.Join(err, db.read.Close())
}

func (db *DB) postgres() bool { return db.pool != nil }

// pooled reports whether a pooler is before PostgreSQL.
func (db *DB) pooled() bool { return db.server != nil && db.server.pooled }

// lock is what a SELECT ends with to keep others from the rows it returns. It
// fails at once if another transaction has them, see inTx. In SQLite a writing
// transaction is alone anyway.
func (db *DB) lock() string {
	if db.postgres() {
		return " FOR UPDATE NOWAIT"
	}
	return ""
}

// lockFree is lock, passing over the rows that another transaction holds.
func (db *DB) lockFree() string {
	if db.postgres() {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// byBytes follows an id that a query compares or sorts by: with it, PostgreSQL compares bytes,
// as SQLite and Go do. Without it, PostgreSQL follows the language of its database.
func (db *DB) byBytes() string {
	if db.postgres() {
		return ` COLLATE "C"`
	}
	return ""
}

// transaction is one writing transaction and the connection it runs on, which
// River's inserts need on PostgreSQL. Without them it is a draft.
type transaction struct {
	*sql.Tx
	db     *DB
	conn   *sql.Conn
	server *pgx.Conn // PostgreSQL's, of one that was lent
	later  []write
	after  []func() // once it is committed
	draft  *draft

	abandoned bool // whoever has the transaction does not give it back
	evidence  bool // an alarm was stored, and the error that says so is to be kept
}

// write is a statement whose rows nobody waits for. PostgreSQL gets all of
// them in one message, at the end of the transaction.
type write struct {
	query string
	args  []any
	check func(rows int64) error // what it must have changed; nil for anything
}

// inTx runs fn in a transaction and commits it if fn returns nil, or evidence
// that is to be kept. What is to be told of it is told when the connection is
// free again: SQLite has only one, which an OnAlarm that writes would wait for.
//
// fn is called again, in another transaction, if another one has the row
// that it wants to lock: who waits for an order holds no connection meanwhile.
func (db *DB) inTx(ctx context.Context, fn func(*transaction) error) error {
	began := time.Now()
	after, err := db.commit(ctx, fn)
	for pause := 10 * time.Millisecond; isLocked(err); pause = min(2*pause, 500*time.Millisecond) {
		ended := wait(ctx, pause)
		if ended != nil || time.Since(began) > busyAfter {
			return errors.Join(fmt.Errorf("%w: %w", ErrBusy, err), ended)
		}
		after, err = db.commit(ctx, fn)
	}
	for _, done := range after {
		done()
	}
	return err
}

// busyAfter is how long a locked order is tried again.
const busyAfter = 15 * time.Second

// isLocked reports whether another transaction has an order that was to be
// locked. What Fulfil has met is a failed try of its own, and not tried again here.
func isLocked(err error) bool {
	var pg *pgconn.PgError
	var own *fulfilError
	return !errors.As(err, &own) && errors.As(err, &pg) && pg.Code == "55P03" // lock_not_available
}

// wait returns nil once d has passed, or the context's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// commit is inTx without the telling; it returns what to tell.
func (db *DB) commit(ctx context.Context, fn func(*transaction) error) ([]func(), error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	sqlTx, err := conn.BeginTx(ctx, db.txOptions())
	if err != nil {
		_ = conn.Close() // gives it back
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	tx := &transaction{Tx: sqlTx, db: db, conn: conn}
	defer tx.release(ctx)
	err = fn(tx)
	// Only evidence of this very transaction commits it: Fulfil may return that
	// of another flow.
	if err != nil && !(tx.evidence && errors.Is(err, ErrEvidence)) {
		return nil, err
	}
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	if err := sqlTx.Commit(); err != nil {
		return nil, fmt.Errorf("%w: commit: %w", ErrDatabase, err)
	}
	return tx.after, err
}

// txOptions are of a writing transaction. On PostgreSQL each statement has to see what was
// committed while it waited for a lock, whatever the database's default is.
func (db *DB) txOptions() *sql.TxOptions {
	if db.postgres() {
		return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	return nil
}

// isKept reports whether the transaction of inTx that ended with err was committed: only
// then is what it has made of an order in memory what is stored.
func isKept(err error) bool { return err == nil || errors.Is(err, ErrEvidence) }

// release gives the connection back, and undoes what was not committed. A
// statement of whoever has abandoned the transaction can hold that up: then
// nobody waits for it, and PostgreSQL's connection is cut.
func (tx *transaction) release(ctx context.Context) {
	undo := func() {
		_ = tx.Rollback() // does nothing after the commit
		_ = tx.conn.Close()
	}
	if !tx.abandoned {
		undo()
		return
	}
	go func() {
		if tx.server != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			_ = tx.server.PgConn().CancelRequest(ctx)
			cancel()
			_ = tx.server.PgConn().Conn().Close()
		}
		undo()
	}()
}

// lend prepares the transaction for a function that is not ours. SQLite ends
// one by itself when it interrupts a write, or on a conflict that rolls back,
// and commits each later statement on its own; a savepoint is gone then.
func (tx *transaction) lend(ctx context.Context) error {
	if tx.db.postgres() {
		return raw(tx.conn, func(driverConn any) error {
			tx.server = driverConn.(*stdlib.Conn).Conn()
			return nil
		})
	}
	_, err := tx.exec(ctx, `SAVEPOINT orderflow_lent`)
	return err
}

// raw is conn.Raw, which panics if the connection is closed in the same moment:
// database/sql looks whether it is closed before it takes the lock, and finds
// nothing behind it. The end of a context closes a connection at any time. A
// panic of f itself goes on.
func raw(conn *sql.Conn, f func(driverConn any) error) (err error) {
	entered := false
	defer func() {
		if entered {
			return
		}
		if recover() != nil {
			err = sql.ErrConnDone
		}
	}()
	return conn.Raw(func(driverConn any) error {
		entered = true
		return f(driverConn)
	})
}

// returned is nil if the transaction that was lent is still the same one. It
// is [sql.ErrTxDone] if whoever had it has ended it, and another error if
// SQLite has.
func (tx *transaction) returned(ctx context.Context) error {
	if !tx.db.postgres() {
		_, err := tx.ExecContext(ctx, `RELEASE orderflow_lent`)
		return err
	}
	ended := false
	// On a broken connection nothing can be known, and nothing was committed by us.
	_ = raw(tx.conn, func(driverConn any) error {
		ended = driverConn.(*stdlib.Conn).Conn().PgConn().TxStatus() == 'I'
		return nil
	})
	if ended {
		return sql.ErrTxDone
	}
	return nil
}

// flush runs the writes that were put off.
func (tx *transaction) flush(ctx context.Context) error {
	list := tx.later
	tx.later = nil
	if !tx.db.postgres() {
		for _, w := range list {
			rows, err := tx.exec(ctx, w.query, w.args...)
			if err == nil && w.check != nil {
				err = w.check(rows)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		return nil
	}
	var rejected error
	err := raw(tx.conn, func(driverConn any) error {
		var batch pgx.Batch
		for _, w := range list {
			batch.Queue(w.query, w.args...)
		}
		results := driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		for _, w := range list {
			tag, err := results.Exec()
			if err == nil && w.check != nil {
				rejected = w.check(tag.RowsAffected())
			}
			if err != nil || rejected != nil {
				_ = results.Close() // says it again
				return err
			}
		}
		return results.Close()
	})
	switch {
	case rejected != nil:
		return rejected
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return nil
}

// row runs a query for one row.
func (tx *transaction) row(ctx context.Context, query string, args ...any) scanner {
	if stmt := tx.db.hot[query]; stmt != nil && tx.draft == nil {
		return tx.StmtContext(ctx, stmt).QueryRowContext(ctx, args...)
	}
	return tx.QueryRowContext(ctx, query, args...)
}

// exec runs a statement, returns how many rows it changed, and wraps what went wrong.
func (tx *transaction) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if stmt := tx.db.hot[query]; stmt != nil && tx.draft == nil {
		res, err = tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	} else {
		res, err = tx.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	rows, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return rows, nil
}

// texts returns the one column of a query.
func (tx *transaction) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return list, nil
}
