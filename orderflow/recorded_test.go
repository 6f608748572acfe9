package orderflow

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Recorded returns a copy of db, which tells of each statement that runs: its text
// as the database gets it and, on PostgreSQL, whose plans depend on them, its
// arguments; what goes in one message follows a "batch" there. On SQLite it borrows the connections of db, which is not
// to be used meanwhile.
func (db *DB) Recorded(ctx context.Context, tell func(query string, args []any)) (*DB, error) {
	if db.postgres() {
		config := db.pool.Config()
		config.ConnConfig.Tracer = tracer{tell}
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, err
		}
		write := stdlib.OpenDBFromPool(pool)
		return &DB{write: write, read: write, pool: pool}, nil
	}
	told := &DB{write: sql.OpenDB(borrower{db.write, tell}), read: sql.OpenDB(borrower{db.read, tell}),
		hot: map[string]*sql.Stmt{}}
	told.write.SetMaxOpenConns(db.write.Stats().MaxOpenConnections)
	told.read.SetMaxOpenConns(db.read.Stats().MaxOpenConnections)
	for query := range db.hot {
		stmt, err := told.write.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		told.hot[query] = stmt
	}
	return told, nil
}

// tracer is pgx's way to be told.
type tracer struct{ tell func(string, []any) }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	t.tell(data.SQL, data.Args)
	return ctx
}
func (t tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	t.tell("batch", nil)
	return ctx
}

func (t tracer) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	t.tell(data.SQL, data.Args)
}
func (t tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (t tracer) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	t.tell("copy", nil)
	return ctx
}
func (t tracer) TraceCopyFromEnd(context.Context, *pgx.Conn, pgx.TraceCopyFromEndData) {}

// borrower makes connections to SQLite, which has no way to be told, of those
// of another pool.
type borrower struct {
	from *sql.DB
	tell func(string, []any)
}

func (b borrower) Driver() driver.Driver { return b.from.Driver() }

func (b borrower) Connect(ctx context.Context) (driver.Conn, error) {
	lender, err := b.from.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &borrowed{lender: lender, tell: b.tell}
	return c, lender.Raw(func(conn any) error {
		c.sqliteConn = conn.(sqliteConn)
		return nil
	})
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type borrowed struct {
	sqliteConn
	lender *sql.Conn
	tell   func(string, []any)
}

func (c *borrowed) Close() error { return c.lender.Close() }

func (c *borrowed) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.sqliteConn.PrepareContext(ctx, query)
	if err == nil {
		c.tell(query, nil)
	}
	return stmt, err
}

func (c *borrowed) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.tell(query, nil)
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c *borrowed) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.tell(query, nil)
	return c.sqliteConn.QueryContext(ctx, query, args)
}
