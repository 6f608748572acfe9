package main

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepay/tradepay-go/orderflow"
)

// vault has a copy of the database, and the books that restores have undone.
// Nothing else may use the database while it works.
type vault struct {
	source, server string // of the database, and of PostgreSQL's own
	undone         undone
}

// undone is what had happened, and no database knows of anymore.
type undone struct {
	shipments map[string]int       // rows by order
	gone      map[string]time.Time // orders, and when they were
	returned  map[string]bool      // orders that were paid late or cancelled: their money may have gone back
	restored  time.Time            // when the last restore began
}

func newVault(source, server string) *vault {
	return &vault{source: source, server: server,
		undone: undone{shipments: map[string]int{}, gone: map[string]time.Time{}, returned: map[string]bool{}}}
}

func copyOf(path string) string { return path + "_backup" }

// backup copies the database.
func (v *vault) backup(ctx context.Context) error {
	if isPostgres(v.source) {
		name := nameOf(v.source)
		return v.onServer(ctx, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '`+name+
			`'`,
			`CREATE DATABASE `+copyOf(name)+` TEMPLATE `+name)
	}
	return v.read(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, `VACUUM INTO $1`, copyOf(v.source))
		return err
	})
}

// restore puts the copy in the place of the database.
func (v *vault) restore(ctx context.Context) error {
	at := time.Now()
	v.undone.restored = at
	err := v.read(ctx, func(db *sql.DB) error {
		err := eachRow(ctx, db, selectRows, func(id string, n int) { v.undone.shipments[id] += n })
		if err != nil {
			return err
		}
		return eachRow(ctx, db, selectReturned, func(id string, returned int) {
			v.undone.gone[id] = at
			v.undone.returned[id] = v.undone.returned[id] || returned > 0
		})
	})
	if err != nil {
		return err
	}
	if err := v.replace(ctx); err != nil {
		return err
	}
	return v.read(ctx, func(db *sql.DB) error {
		err := eachRow(ctx, db, selectRows, func(id string, n int) { v.undone.shipments[id] -= n })
		if err != nil {
			return err
		}
		return eachRow(ctx, db, selectReturned, func(id string, _ int) { delete(v.undone.gone, id) })
	})
}

const (
	selectRows     = `SELECT order_id, COUNT(*) FROM shipments GROUP BY order_id`
	selectReturned = `SELECT id, CASE WHEN late_at IS NULL AND cancel_requested_at IS NULL THEN 0 ELSE 1
		END FROM orderflow_orders`
)

func (v *vault) replace(ctx context.Context) error {
	if isPostgres(v.source) {
		name := nameOf(v.source)
		return v.onServer(ctx, `DROP DATABASE `+name+` WITH (FORCE)`, `ALTER DATABASE `+copyOf(name)+` RENAME TO `+name)
	}
	for _, beside := range []string{"-wal", "-shm"} { // of the database that is replaced
		if err := os.RemoveAll(v.source + beside); err != nil {
			return err
		}
	}
	return os.Rename(copyOf(v.source), v.source)
}

// read opens the database for fn.
func (v *vault) read(ctx context.Context, fn func(*sql.DB) error) error {
	db, err := orderflow.Open(ctx, v.source)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return fn(db.SQL())
}

func (v *vault) onServer(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, v.server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is the name of the database of a PostgreSQL URL.
func nameOf(source string) string {
	u, err := url.Parse(source)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}
