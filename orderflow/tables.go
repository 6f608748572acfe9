package orderflow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// asker is what one row can be asked of.
type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// findSchema finds out in which schema of PostgreSQL the tables are, or would be made.
func (db *DB) findSchema(ctx context.Context) error {
	if db.schema != "" {
		return nil
	}
	var schema sql.NullString
	err := db.pool.QueryRow(ctx, `SELECT COALESCE((SELECT n.nspname FROM pg_class c JOIN pg_namespace n
		ON n.oid = c.relnamespace WHERE c.oid = to_regclass('orderflow_migrations')), current_schema())`).Scan(&schema)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	case schema.String == "":
		return fmt.Errorf("%w: role %s may use no schema of its search_path (%s); %s", ErrDatabase,
			quote(db.server.role), db.server.path, db.server.ownSchema())
	case !schemaName.MatchString(schema.String):
		return fmt.Errorf("%w: the schema %q has a name that is not accepted; take another: %s", ErrDatabase,
			schema.String, db.server.ownSchema())
	}
	db.schema = schema.String
	return nil
}

// table is the full name of a table.
func (db *DB) table(name string) string {
	if !db.postgres() {
		return name
	}
	return pgx.Identifier{db.schema, name}.Sanitize()
}

// has reports whether there is such a table.
func (db *DB) has(ctx context.Context, on asker, name string) (found bool, err error) {
	query := `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1)`
	if db.postgres() {
		query = `SELECT to_regclass($1) IS NOT NULL`
	}
	if err := on.QueryRowContext(ctx, query, db.table(name)).Scan(&found); err != nil {
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return found, nil
}

// errForeignRiver says that a River of the program's own uses the same tables.
// The two would rescue and discard each other's jobs.
var errForeignRiver = fmt.Errorf("%w: a River of the program's own", ErrDatabase)

// claim begins orderflow's tables, before River's: a River that is there
// already, without them, is the program's own.
func (db *DB) claim(ctx context.Context, tx *transaction) error {
	if err := db.makeSchema(ctx, tx); err != nil {
		return err
	}
	ours, err := db.has(ctx, tx.Tx, "orderflow_migrations")
	if err != nil || ours {
		return err
	}
	for _, name := range []string{"river_migration", "river_job"} {
		rivers, err := db.has(ctx, tx.Tx, name)
		switch {
		case err != nil:
			return err
		case rivers && db.postgres():
			return fmt.Errorf("%w is in schema %s, and the two would discard each other's jobs; give orderflow a "+
				"schema of its own: %s", errForeignRiver, quote(db.schema), db.server.ownSchema())
		case rivers:
			return fmt.Errorf("%w is in SQLite file %s, and the two would discard each other's jobs; give orderflow "+
				"a file of its own", errForeignRiver, db.file.path)
		}
	}
	_, err = tx.exec(ctx, `CREATE TABLE `+db.table("orderflow_migrations")+
		` (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)`)
	return err
}

// makeSchema makes PostgreSQL's schema if it is missing, and puts what the
// transaction makes into it.
func (db *DB) makeSchema(ctx context.Context, tx *transaction) error {
	if !db.postgres() {
		return nil
	}
	var found bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, db.schema).
		Scan(&found)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	name, role := quote(db.schema), quote(db.server.role)
	if !found {
		_, err := tx.exec(ctx, `CREATE SCHEMA `+pgx.Identifier{db.schema}.Sanitize())
		if isForbidden(err) {
			return fmt.Errorf("%w: there is no schema %s, and role %s may not make it; as the database's owner, "+
				"CREATE SCHEMA %s AUTHORIZATION %s: %w", ErrDatabase, name, role, name, role, err)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.exec(ctx, `SELECT set_config('search_path', $1 || ', ' || current_setting('search_path'), true)`,
		pgx.Identifier{db.schema}.Sanitize())
	return err
}

// isForbidden reports whether PostgreSQL says that the role may not.
func isForbidden(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42501" // insufficient_privilege
}

// forbidden says what to do if the role may not make the tables.
func (db *DB) forbidden(err error) error {
	if !db.postgres() || !isForbidden(err) || strings.Contains(err.Error(), "AUTHORIZATION") {
		return err
	}
	schema, role := quote(db.schema), quote(db.server.role)
	return fmt.Errorf("%w: role %s may not make or change tables in schema %s; since PostgreSQL 15 only its owner "+
		"may. The owner can GRANT USAGE, CREATE ON SCHEMA %s TO %s. A schema of its own does as well: %s. Or a role "+
		"that may create tables opens the database once, in a deployment step, and grants this role SELECT, INSERT, "+
		"UPDATE and DELETE on the tables and USAGE on the sequences: %w", ErrDatabase, role, schema, schema, role,
		db.server.ownSchema(), err)
}

// needs are the rights without which something fails later, beside SELECT.
var needs = map[string]string{
	"orderflow_orders": "INSERT UPDATE", "orderflow_history": "INSERT", "orderflow_inbox": "INSERT",
	"orderflow_refunds": "INSERT UPDATE", "orderflow_captures": "INSERT UPDATE", "orderflow_alarms": "INSERT UPDATE",
	"orderflow_reports": "INSERT UPDATE", "orderflow_transitions": "", "orderflow_migrations": "",
	"orderflow_shards": "INSERT", "orderflow_ceded": "INSERT",
	"river_job": "INSERT UPDATE DELETE", "river_queue": "INSERT UPDATE DELETE", "river_leader": "INSERT UPDATE DELETE",
	"river_migration": "",
}

// checkTables looks whether PostgreSQL's tables are found under their names, and may be used.
func (db *DB) checkTables(ctx context.Context) error {
	var found bool
	err := db.pool.QueryRow(ctx, `SELECT COALESCE(to_regclass('orderflow_orders') = to_regclass($1)
		AND to_regclass('river_job') = to_regclass($2), FALSE)`,
		db.table("orderflow_orders"), db.table("river_job")).Scan(&found)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	case !found:
		return fmt.Errorf("%w: orderflow's tables are in schema %s, and others of their names come before it in "+
			"search_path (%s); %s", ErrDatabase, quote(db.schema), db.server.path,
			db.server.names.inSchema(db.server, db.schema))
	}
	var tables, rights []string
	for table, list := range needs {
		for right := range strings.FieldsSeq("SELECT " + list) {
			tables, rights = append(tables, db.table(table)), append(rights, right)
		}
	}
	var missing sql.NullString
	err = db.pool.QueryRow(ctx, `SELECT string_agg(what, '; ' ORDER BY what) FROM (
		SELECT 'GRANT ' || string_agg(n.permission, ', ' ORDER BY n.permission) || ' ON ' || n.name AS what
		FROM unnest($1::text[], $2::text[]) AS n(name, permission)
		WHERE NOT has_table_privilege(n.name, n.permission) GROUP BY n.name
		UNION ALL SELECT 'GRANT USAGE ON SEQUENCE ' || s.name
		FROM (SELECT pg_get_serial_sequence($3, 'id') AS name) s WHERE NOT has_sequence_privilege(s.name, 'USAGE')
		) AS missing`, tables, rights, db.table("river_job")).Scan(&missing)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	case missing.Valid:
		return fmt.Errorf("%w: role %s may not use all of the tables; as their owner, to %s: %s", ErrDatabase,
			quote(db.server.role), quote(db.server.role), missing.String)
	}
	return db.checkRiver(ctx)
}

// checkRiver looks whether a River of the program's own has come to live in
// orderflow's tables.
func (db *DB) checkRiver(ctx context.Context) error {
	var what sql.NullString
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(
		(SELECT 'a queue named ' || name FROM `+db.table("river_queue")+
		` WHERE substr(name, 1, 10) <> 'orderflow-' LIMIT 1),
		(SELECT 'a job of kind ' || kind FROM `+db.table("river_job")+
		` WHERE substr(kind, 1, 10) <> 'orderflow_' LIMIT 1))`).Scan(&what)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if !what.Valid {
		return nil
	}
	where, remedy := "schema "+quote(db.schema), "a schema (river.Config.Schema)"
	if !db.postgres() {
		where, remedy = "SQLite file "+db.file.path, "a file"
	}
	return fmt.Errorf("%w uses the tables in %s, which have %s: the two would discard each other's jobs; give that "+
		"River %s of its own, and delete here what it has left", errForeignRiver, where, what.String, remedy)
}
