package orderflow

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// migrationLock is the key of the advisory lock under which PostgreSQL is
// migrated: "ordrflow" in ASCII.
const migrationLock = 0x6f726472666c6f77

// migrate brings River's tables and ours up to date. Each version is applied in
// one transaction that first checks that nobody else has.
func (db *DB) migrate(ctx context.Context) error {
	err := db.migrateOnce(ctx)
	// Two processes that begin with an empty SQLite file may collide in River's
	// migrations; the loser finds them done.
	for wait := 50 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
		collided := err != nil && !db.postgres() && !errors.Is(err, errNewerSchema)
		if !collided {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		err = db.migrateOnce(ctx)
	}
	return err
}

func (db *DB) migrateOnce(ctx context.Context) error {
	if done, err := db.migrated(ctx); done || err != nil {
		return err
	}
	return db.forbidden(db.migrateNow(ctx))
}

// migrated reports whether the tables are those of this program. It only reads:
// a role that may not create tables does not have to. Where it cannot read,
// migrating tells why.
func (db *DB) migrated(ctx context.Context) (bool, error) {
	files, err := db.files()
	if err != nil {
		return false, err
	}
	newest, err := db.newestRiver()
	if err != nil {
		return false, fmt.Errorf("%w: River's tables: %w", ErrDatabase, err)
	}
	for _, name := range []string{"orderflow_migrations", "river_migration"} {
		if found, err := db.has(ctx, db.write, name); err != nil || !found {
			return false, db.forbidden(err)
		}
	}
	var ours, rivers int
	err = errors.Join(
		db.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM `+db.table("orderflow_migrations")).
			Scan(&ours),
		db.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM `+db.table("river_migration")+
			` WHERE line = 'main'`).Scan(&rivers),
	)
	switch {
	case isForbidden(err):
		return false, db.forbidden(fmt.Errorf("%w: %w", ErrDatabase, err))
	case err != nil:
		return false, nil
	case ours > last(files) || rivers > newest:
		return false, errNewerSchema
	case ours < last(files) || rivers < newest:
		return false, nil
	}
	return db.knowsTransitions(ctx)
}

// knowsTransitions reports whether the triggers have all legal transitions.
func (db *DB) knowsTransitions(ctx context.Context) (bool, error) {
	query := `SELECT from_state, to_state FROM ` + db.table("orderflow_transitions") //nolint:gosec // a quoted name
	rows, err := db.write.QueryContext(ctx, query)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	known := map[[2]State]bool{}
	for rows.Next() {
		var from, to State
		if err := rows.Scan(&from, &to); err != nil {
			return false, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		known[[2]State{from, to}] = true
	}
	if err := rows.Err(); err != nil {
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	for from, tos := range transitions {
		for _, to := range tos {
			if !known[[2]State{from, to}] {
				return false, nil
			}
		}
	}
	return true, nil
}

// files are the migrations, in order.
func (db *DB) files() ([]string, error) {
	folder := "migrations/sqlite"
	if db.postgres() {
		folder = "migrations/postgres"
	}
	return fs.Glob(migrations, path.Join(folder, "*.sql"))
}

// versionOf is the version that a file's name begins with.
func versionOf(file string) int {
	number, _, _ := strings.Cut(path.Base(file), "_")
	version, _ := strconv.Atoi(number) // embedded, and named so
	return version
}

// last is the version of the last file.
func last(files []string) int { return versionOf(files[len(files)-1]) }

func (db *DB) migrateNow(ctx context.Context) error {
	if db.postgres() {
		lock, err := db.pool.Begin(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		defer func() { _ = lock.Rollback(context.WithoutCancel(ctx)) }() // which gives the lock back
		// Of the transaction, not of the connection: a pooler hands that on.
		if _, err := lock.Exec(ctx, "SELECT set_config('idle_in_transaction_session_timeout', '0', true), "+
			"pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return fmt.Errorf("%w: waiting for another migration: %w", ErrDatabase, err)
		}
	}
	if err := db.inTx(ctx, func(tx *transaction) error { return db.claim(ctx, tx) }); err != nil {
		return err
	}
	if err := db.migrateRiver(ctx); err != nil {
		return fmt.Errorf("%w: River's tables: %w", ErrDatabase, err)
	}
	files, err := db.files()
	if err != nil {
		return err
	}
	return db.inTx(ctx, func(tx *transaction) error { return apply(ctx, tx, files) })
}

// riverTables makes River's tables.
type riverTables interface {
	AllVersions() []rivermigrate.Migration
	Migrate(context.Context, rivermigrate.Direction, *rivermigrate.MigrateOpts) (*rivermigrate.MigrateResult, error)
}

func (db *DB) riverTables() (riverTables, error) {
	// River would log each version; Open's error says what matters.
	cfg := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler), Schema: db.schema}
	if db.postgres() {
		return rivermigrate.New(riverpgxv5.New(db.pool), cfg)
	}
	return rivermigrate.New(riversqlite.New(db.write), cfg)
}

func (db *DB) migrateRiver(ctx context.Context) error {
	tables, err := db.riverTables()
	if err != nil {
		return err
	}
	_, err = tables.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// newestRiver is the version of River's tables that this program is made for.
func (db *DB) newestRiver() (newest int, err error) {
	tables, err := db.riverTables()
	if err != nil {
		return 0, err
	}
	for _, v := range tables.AllVersions() {
		newest = max(newest, v.Version)
	}
	return newest, nil
}

// errNewerSchema says that a later version of this module made the tables, or
// of River, which it comes with.
var errNewerSchema = fmt.Errorf(
	"%w: the tables are of a later version of orderflow than this program; update the program",
	ErrDatabase,
)

// apply runs the files, which are named by their version, that the database has not had.
func apply(ctx context.Context, tx *transaction, files []string) error {
	if err := tx.db.makeSchema(ctx, tx); err != nil {
		return err
	}
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM orderflow_migrations`).
		Scan(&have); err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if have > last(files) {
		return errNewerSchema
	}
	for _, file := range files {
		version := versionOf(file)
		if version <= have {
			continue
		}
		text, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", file, err)
		}
		if _, err := tx.exec(ctx, `INSERT INTO orderflow_migrations (version, applied_at) VALUES ($1, $2)`, version,
			time.Now().UnixMilli()); err != nil {
			return err
		}
	}
	return fillTransitions(ctx, tx)
}

// fillTransitions hands the table of legal transitions to the triggers.
func fillTransitions(ctx context.Context, tx *transaction) error {
	for from, tos := range transitions {
		for _, to := range tos {
			if _, err := tx.exec(
				ctx,
				`INSERT INTO orderflow_transitions (from_state, to_state) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
				from,
				to,
			); err != nil {
				return err
			}
		}
	}
	return nil
}
