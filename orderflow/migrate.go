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

	"github.com/jackc/pgx/v5/pgconn"
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
	err := db.migrateNow(ctx)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege
		return fmt.Errorf("%w; let a role that may create tables open the database once, such as in a deployment "+
			"step; where they exist, grant this role SELECT, INSERT, UPDATE and DELETE on the tables and USAGE on "+
			"the sequences", err)
	}
	return err
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
	var ours, rivers int
	err = errors.Join(
		db.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM orderflow_migrations`).Scan(&ours),
		db.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`).
			Scan(&rivers),
	)
	switch {
	case err != nil:
		return false, nil
	case ours > len(files) || rivers > newest:
		return false, errNewerSchema
	case ours < len(files) || rivers < newest:
		return false, nil
	}
	return db.knowsTransitions(ctx)
}

// knowsTransitions reports whether the triggers have all legal transitions.
func (db *DB) knowsTransitions(ctx context.Context) (bool, error) {
	rows, err := db.write.QueryContext(ctx, `SELECT from_state, to_state FROM orderflow_transitions`)
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

func (db *DB) migrateNow(ctx context.Context) error {
	if db.postgres() {
		conn, err := db.pool.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
			return fmt.Errorf("%w: waiting for another migration: %w", ErrDatabase, err)
		}
		defer func() {
			unlock, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_, _ = conn.Exec(unlock, "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		}()
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

// riverLog keeps River from logging each version; Open's error says what matters.
var riverLog = &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}

// riverTables makes River's tables.
type riverTables interface {
	AllVersions() []rivermigrate.Migration
	Migrate(context.Context, rivermigrate.Direction, *rivermigrate.MigrateOpts) (*rivermigrate.MigrateResult, error)
}

func (db *DB) riverTables() (riverTables, error) {
	if db.postgres() {
		return rivermigrate.New(riverpgxv5.New(db.pool), riverLog)
	}
	return rivermigrate.New(riversqlite.New(db.write), riverLog)
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
	if _, err := tx.exec(
		ctx,
		`CREATE TABLE IF NOT EXISTS orderflow_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)`,
	); err != nil {
		return err
	}
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM orderflow_migrations`).
		Scan(&have); err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if have > len(files) {
		return errNewerSchema
	}
	for _, file := range files {
		number, _, _ := strings.Cut(path.Base(file), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%w: migration %s has no number", ErrDatabase, file)
		}
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
