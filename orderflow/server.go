package orderflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// server is a PostgreSQL as it tells of itself, and the way to it.
type server struct {
	names                *settings // of whoever opens it
	host, role, database string

	// pooled is true if a pooler answers in place of the server. In its transaction
	// mode, what belongs to a connection is gone with each transaction. That mode is
	// assumed, as it may be set at any time.
	pooled bool

	version       int
	product       string
	standby       bool
	readOnly      string // default_transaction_read_only
	encoding      string
	synchronous   string // synchronous_commit
	path          string // search_path
	conns         int    // that the server has for this role, at most
	roleConns     int    // that the role may have, or -1
	databaseConns int    // that the database may have, or -1
}

// lookTime is for finding out what the server is.
const lookTime = 10 * time.Second

const selectServer = `SELECT pg_backend_pid(), current_setting('server_version_num')::int, version(),
	pg_is_in_recovery(), current_setting('default_transaction_read_only'), current_setting('server_encoding'),
	current_setting('synchronous_commit'), current_setting('search_path'),
	current_setting('max_connections')::int - CASE WHEN r.rolsuper THEN 0
		ELSE current_setting('superuser_reserved_connections')::int END,
	CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END, CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
	FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`

// look asks the server, on a connection of its own and without anything that
// a pooler would not pass on.
func (s *source) look(ctx context.Context) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	sv := s.server()
	conn, err := pgx.ConnectConfig(ctx, s.config.ConnConfig.Copy())
	if err != nil {
		return nil, s.fault(sv, "", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it was only for looking
	return sv, s.ask(ctx, conn, sv)
}

// server is what is known of the server before it was asked.
func (s *source) server() *server {
	cfg := s.config.ConnConfig
	return &server{names: s.names, host: cfg.Host + ":" + strconv.Itoa(int(cfg.Port)), role: cfg.User,
		database: cfg.Database}
}

// fault is the error about a server that does not answer as it should.
func (s *source) fault(sv *server, what string, err error) error {
	return fmt.Errorf("%w: PostgreSQL at %s, database %q%s: %s: %w", ErrDatabase, sv.host, sv.database, what,
		s.unreachable(err), err)
}

// ask has a server tell of itself, without a prepared statement.
func (s *source) ask(ctx context.Context, conn *pgx.Conn, sv *server) error {
	var pid uint32
	err := conn.QueryRow(ctx, selectServer, pgx.QueryExecModeExec).Scan(&pid, &sv.version, &sv.product, &sv.standby,
		&sv.readOnly, &sv.encoding, &sv.synchronous, &sv.path, &sv.conns, &sv.roleConns, &sv.databaseConns)
	if err != nil {
		return s.fault(sv, ", does not tell what it is", err)
	}
	announced := conn.PgConn().PID() // a pooler announces another than the process that then serves
	isFound := pid != announced
	sv.pooled = s.pooler == PoolerPresent || s.pooler == PoolerDetect && isFound
	return nil
}

// unreachable says what to do if the server cannot be connected to.
func (s *source) unreachable(err error) string {
	role, database := s.config.ConnConfig.User, s.config.ConnConfig.Database
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return s.notReached(err)
	}
	if remedy := s.refusedParameter(pg); remedy != "" {
		return remedy
	}
	switch {
	case pg.Code == "28P01":
		return fmt.Sprintf("the password of %q is wrong; %s", role, s.names.password)
	case strings.Contains(pg.Message, "pg_hba.conf"):
		return fmt.Sprintf("it lets %q in from this machine in another way, or not at all; %s, or add it to "+
			"pg_hba.conf", role, s.names.tls)
	case pg.Code == "28000" && strings.Contains(pg.Message, "does not exist"):
		return fmt.Sprintf("there is no such role; make it: CREATE ROLE %s LOGIN PASSWORD '…'", quote(role))
	case pg.Code == "3D000", strings.Contains(pg.Message, "no such database"):
		return fmt.Sprintf("there is no such database; make it: CREATE DATABASE %s ENCODING 'UTF8' TEMPLATE template0",
			quote(database))
	case outOfConns(err):
		return s.names.tooFewConns()
	case pg.Code == "57P03":
		return "it is starting or shutting down; try again"
	}
	return fmt.Sprintf("it refuses; may %q log in?", role)
}

// notReached says what to do about a server that says nothing itself.
func (s *source) notReached(err error) string {
	var name *net.DNSError
	switch {
	case strings.Contains(err.Error(), "refused TLS"): // pgconn has no error of its own for it
		return "it speaks no TLS; " + s.names.noTLS + " if nobody else is in the network between, or switch it on there"
	case errors.As(err, &name):
		return fmt.Sprintf("the name %q does not resolve on this machine; correct %s: in containers it is the name of "+
			"a service in the same network", name.Name, s.names.address)
	}
	return fmt.Sprintf("it cannot be reached; is it running, are %s right, and may %q log in?", s.names.address,
		s.config.ConnConfig.User)
}

// refusedParameter says what to do about a parameter that the server or its pooler refuses; ""
// if that is not why.
func (s *source) refusedParameter(pg *pgconn.PgError) string {
	isUnknown := pg.Code == "42704"
	isOfPooler := !isUnknown && strings.Contains(pg.Message, "startup parameter")
	if !isUnknown && !isOfPooler {
		return ""
	}
	role := quote(s.config.ConnConfig.User)
	for name := range s.config.ConnConfig.RuntimeParams {
		if !strings.Contains(pg.Message, name) {
			continue
		}
		known := cmp.Or(otherNames[name], name)
		unknown := fmt.Sprintf("it does not know %s, %s; ", name, s.names.have)
		switch {
		case isOfPooler && known == "schema": // which a pooler keeps of nobody
			return unknown + fmt.Sprintf("remove that, and set search_path for the role: ALTER ROLE %s SET "+
				"search_path = …", role)
		case s.names.called[known] != "":
			return unknown + "here that is " + s.names.called[known]
		case isUnknown:
			return unknown + "remove that"
		}
		return fmt.Sprintf("its pooler does not pass on %s, %s; remove that, and set it for the role: ALTER ROLE %s "+
			"SET %s = …", name, s.names.have, role, name)
	}
	return ""
}

// oldestVersion is the oldest version of PostgreSQL that orderflow is tested with.
const oldestVersion = 14

// check rejects a server on which something would fail later. conns is how many
// connections this process may open.
func (sv *server) check(conns int) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: PostgreSQL at %s, database %q: %s", ErrDatabase, sv.host, sv.database,
			fmt.Sprintf(format, args...))
	}
	role := quote(sv.role)
	in := role + " IN DATABASE " + quote(sv.database)
	switch {
	case sv.version < oldestVersion*10000:
		product, _, _ := strings.Cut(sv.product, " on ")
		return fault("%s is too old; PostgreSQL %d or later is needed", product, oldestVersion)
	case sv.standby:
		return fault("this is a standby, which cannot be written; %s", sv.names.primary)
	case sv.readOnly == "on":
		return fault("default_transaction_read_only is on, so it cannot be written; ALTER ROLE %s SET "+
			"default_transaction_read_only = off", in)
	case sv.encoding != "UTF8":
		return fault("its encoding is %s, which cannot hold every name and title; use a database made by "+
			"CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", sv.encoding)
	case sv.synchronous == "off":
		// An order whose payment URL was handed out would be gone after a crash.
		return fault("synchronous_commit is off, so a crash loses orders that were placed; ALTER ROLE %s SET "+
			"synchronous_commit = on", in)
	case sv.pooled: // whose own connections these are
		return nil
	case sv.conns < conns:
		return fault("this program may open %d connections, and the server has %d; lower %s, or raise "+
			"max_connections", conns, sv.conns, sv.names.maxConns)
	case sv.roleConns >= 0 && sv.roleConns < conns:
		return fault("this program may open %d connections, and role %s may have %d; lower %s, or ALTER ROLE %s "+
			"CONNECTION LIMIT %d", conns, role, sv.roleConns, sv.names.maxConns, role, conns)
	case sv.databaseConns >= 0 && sv.databaseConns < conns:
		return fault("this program may open %d connections, and the database may have %d; lower %s, or ALTER "+
			"DATABASE %s CONNECTION LIMIT %d", conns, sv.databaseConns, sv.names.maxConns, quote(sv.database), conns)
	}
	return nil
}

func (n *settings) tooFewConns() string {
	return "it has no connection to spare; end what holds them, raise max_connections, the role's or the pooler's " +
		"limit, or lower " + n.everyMaxConns
}

// outOfConns reports whether a server or a pooler has no connection left.
func outOfConns(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "53300" || strings.Contains(pg.Message, "max_client_conn") ||
		strings.Contains(pg.Message, "query_wait_timeout"))
}

// checkRoom begins as many transactions at once as the work needs at least.
func (db *DB) checkRoom(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for n := range leastConns {
		conn, err := db.pool.Acquire(ctx)
		if err != nil {
			return db.noRoom(n, cmp.Or(allInUse(ctx, db.pool), db.server.names.tooFewConns()), err)
		}
		defer conn.Release()
		tx, err := conn.Begin(ctx)
		if err != nil {
			return db.noRoom(n, db.server.names.tooFewConns(), err)
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was done in it
	}
	return nil
}

// noRoom is the error of checkRoom after it got some connections.
func (db *DB) noRoom(got int, why string, err error) error {
	switch {
	case outOfConns(err) || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: orderflow needs %d connections at once, and got %d: %s: %w", ErrDatabase, leastConns,
			got, why, err)
	case strings.Contains(err.Error(), "statement pooling"):
		return fmt.Errorf("%w: the pooler cuts transactions apart: set pool_mode = transaction or session there: %w",
			ErrDatabase, err)
	}
	return fmt.Errorf("%w: %w", ErrDatabase, err)
}

// ownSchema says how orderflow gets a schema of its own.
func (sv *server) ownSchema() string {
	return fmt.Sprintf("CREATE SCHEMA orderflow AUTHORIZATION %s, and %s", quote(sv.role),
		sv.names.inSchema(sv, "orderflow"))
}

// plainName are names that SQL takes without quotes.
var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// quote writes a name as SQL takes it, in quotes only where it needs them.
func quote(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}
