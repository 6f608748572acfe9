package orderflow_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// onlyInURL and onlyInPool are what a remedy may name only to whoever has that.
var (
	onlyInURL = []string{"URL", "?", "pool_max_conns", "here that is schema", "here that is sslmode",
		"here that is connect_timeout", "target_session_attrs", "%25"}
	onlyInPool = []string{"MaxConns", "ConnConfig", "RuntimeParams", "BeforeConnect", "TLSConfig", "PoolOptions",
		"OpenPool", "of the pool", "QueryExecMode", "ValidateConnect"}
)

// advice is a fault, and what Open and OpenPool say to do about it; "" for whom it cannot meet.
type advice struct {
	name       string
	meet       func(t *testing.T) (open, openPool error)
	open, pool string
}

// both opens a source by its URL and by a pool of the same URL.
func both(source func(t *testing.T) string) func(*testing.T) (open, openPool error) {
	return func(t *testing.T) (open, openPool error) {
		t.Helper()
		url := source(t)
		_, open = orderflow.Open(t.Context(), url)
		_, openPool = orderflow.OpenPool(t.Context(), poolOf(t, url, func(*pgxpool.Config) {}))
		return open, openPool
	}
}

// onlyPool opens a pool that is like this.
func onlyPool(source func(t *testing.T) string, options orderflow.PoolOptions,
	change func(*pgxpool.Config)) func(*testing.T) (open, openPool error) {
	return func(t *testing.T) (_, openPool error) {
		t.Helper()
		_, openPool = orderflow.OpenPoolWith(t.Context(), poolOf(t, source(t), change), options)
		return nil, openPool
	}
}

// onlyOpen opens a source that no pool can be made of, or that means nothing to a pool.
func onlyOpen(source func(t *testing.T) string) func(*testing.T) (open, openPool error) {
	return func(t *testing.T) (open, _ error) {
		t.Helper()
		_, open = orderflow.Open(t.Context(), source(t))
		return open, nil
	}
}

func refuses(code, message, query string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return refusing(t, pgproto3.ErrorResponse{Code: code, Message: message}) + query
	}
}

func unknown(parameter string) func(*testing.T) (open, openPool error) {
	return both(refuses("42704", `unrecognized configuration parameter "`+parameter+`"`, "&"+parameter+"=5"))
}

func ofServer(change func(*orderflow.Server)) func(*testing.T) (open, openPool error) {
	return func(*testing.T) (open, openPool error) {
		server := goodServer
		change(&server)
		return server.Check(20), server.CheckPool(20)
	}
}

// prepared is an empty database with a role of its own, for which the owner has run statements.
func prepared(statements func(role string) []string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		source, role := emptyDatabase(t, "")
		asOwner(t, source, statements(role)...)
		return source
	}
}

var advices = []advice{
	{"nobody listens", both(func(*testing.T) string {
		return "postgres://shop:hunter2@127.0.0.1:1/x?sslmode=disable&connect_timeout=5"
	}), "are host and port in the URL right", "are Host and Port of the pool's ConnConfig right"},
	{"no TLS", both(refusesTLS), "give ?sslmode=disable in the URL", "leave TLSConfig of the pool's ConnConfig nil"},
	{"no such host", both(func(*testing.T) string { return "postgres://shop:hunter2@db.invalid/x?sslmode=disable" }),
		"correct host and port in the URL", "correct Host and Port of the pool's ConnConfig"},
	{"no such role", both(refuses("28000", `role "shop" does not exist`, "")),
		"CREATE ROLE shop LOGIN", "CREATE ROLE shop LOGIN"},
	{"the wrong password", both(refuses("28P01", "password authentication failed", "")),
		"in the URL, user and password stand percent-encoded", "look at Password of the pool's ConnConfig"},
	{"pg_hba.conf", both(refuses("28000", `no pg_hba.conf entry for host "10.0.0.7", user "shop"`, "")),
		"give ?sslmode=require in the URL", "set TLSConfig of the pool's ConnConfig"},
	{"a role that may not log in", both(refuses("28000", `role "shop" is not permitted to log in`, "")),
		`may "shop" log in?`, `may "shop" log in?`},
	{"no such database", both(refuses("3D000", `database "shop" does not exist`, "")),
		"CREATE DATABASE shop", "CREATE DATABASE shop"},
	{"starting", both(refuses("57P03", "the database system is starting up", "")), "try again", "try again"},
	{"a full server", both(refuses("53300", "sorry, too many clients already", "")),
		"lower pool_max_conns in every program's URL", "lower MaxConns of every program's pool"},
	{"connection_limit", unknown("connection_limit"),
		"connection_limit, which the URL gives; here that is pool_max_conns",
		"connection_limit, which RuntimeParams of the pool's ConnConfig has; here that is MaxConns of the pool"},
	{"currentSchema", unknown("currentSchema"), "here that is schema", "here that is search_path in RuntimeParams"},
	{"ssl", unknown("ssl"), "here that is sslmode", "here that is TLSConfig of the pool's ConnConfig"},
	{"connectTimeout", unknown("connectTimeout"), "here that is connect_timeout",
		"here that is ConnectTimeout of the pool's ConnConfig"},
	{"a parameter that nobody knows", unknown("foo"), "foo, which the URL gives; remove that",
		"foo, which RuntimeParams of the pool's ConnConfig has; remove that"},
	{"schema, which Open knows", onlyPool(
		refuses("42704", `unrecognized configuration parameter "schema"`, "&schema=orders"), orderflow.PoolOptions{},
		func(*pgxpool.Config) {}), "", "here that is search_path in RuntimeParams"},
	{"pgbouncer, which Open knows", onlyPool(
		refuses("08P01", "unsupported startup parameter: pgbouncer", "&pgbouncer=true"), orderflow.PoolOptions{},
		func(*pgxpool.Config) {}), "", "here that is PoolOptions.Pooler of OpenPoolWith"},
	{"a schema that a pooler does not pass on",
		both(refuses("08P01", "unsupported startup parameter: currentSchema", "&currentSchema=orders")),
		"set search_path for the role: ALTER ROLE shop SET search_path = …",
		"set search_path for the role: ALTER ROLE shop SET search_path = …"},
	{"what a pooler does not pass on",
		both(refuses("08P01", "unsupported startup parameter: statement_timeout", "&statement_timeout=5000")),
		"statement_timeout, which the URL gives; remove that, and set it for the role",
		"statement_timeout, which RuntimeParams of the pool's ConnConfig has; remove that, and set it for the role"},
	{"too old", ofServer(func(s *orderflow.Server) { s.Version = 130014 }),
		"PostgreSQL 14 or later is needed", "PostgreSQL 14 or later is needed"},
	{"a standby", ofServer(func(s *orderflow.Server) { s.Standby = true }),
		"all hosts with ?target_session_attrs=read-write",
		"ValidateConnect set to pgconn.ValidateConnectTargetSessionAttrsReadWrite"},
	{"read-only", ofServer(func(s *orderflow.Server) { s.ReadOnly = "on" }),
		`ALTER ROLE shop IN DATABASE "Shop" SET`, `ALTER ROLE shop IN DATABASE "Shop" SET`},
	{"encoding", ofServer(func(s *orderflow.Server) { s.Encoding = "LATIN1" }),
		"CREATE DATABASE … ENCODING 'UTF8'", "CREATE DATABASE … ENCODING 'UTF8'"},
	{"not durable", ofServer(func(s *orderflow.Server) { s.Synchronous = "off" }),
		"SET synchronous_commit = on", "SET synchronous_commit = on"},
	{"a small server", ofServer(func(s *orderflow.Server) { s.Conns = 17 }),
		"lower pool_max_conns in the URL, or raise max_connections",
		"lower MaxConns of the pool, or raise max_connections"},
	{"a small role", ofServer(func(s *orderflow.Server) { s.RoleConns = 17 }),
		"lower pool_max_conns in the URL, or ALTER ROLE shop", "lower MaxConns of the pool, or ALTER ROLE shop"},
	{"a small database", ofServer(func(s *orderflow.Server) { s.DatabaseConns = 17 }),
		"lower pool_max_conns in the URL, or ALTER DATABASE", "lower MaxConns of the pool, or ALTER DATABASE"},
	{"too few connections", both(func(*testing.T) string {
		return "postgres://shop:hunter2@127.0.0.1:1/x?pool_max_conns=3"
	}), "pool_max_conns in the URL is 3 and must be at least 4", "MaxConns of the pool is 3 and must be at least 4"},
	{"others have the connections", both(func(t *testing.T) string {
		source, role := emptyDatabase(t, "")
		require.NoError(t, onServer(`ALTER ROLE `+role+` CONNECTION LIMIT 8`))
		for range 6 {
			conn, err := pgx.Connect(t.Context(), withoutPool(source))
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		}
		return source
	}), "lower pool_max_conns in every program's URL", "lower MaxConns of every program's pool"},
	{"no schema that may be used", both(prepared(func(string) []string {
		return []string{`REVOKE USAGE ON SCHEMA public FROM PUBLIC`}
	})), "and give ?schema=orderflow in the URL",
		`and set search_path = orderflow, "$user", public in RuntimeParams of the pool's ConnConfig`},
	{"a name that is not accepted", both(prepared(func(role string) []string {
		return []string{`CREATE SCHEMA "my-shop" AUTHORIZATION ` + role, `ALTER ROLE ` + role +
			` SET search_path = "my-shop"`}
	})), "take another: CREATE SCHEMA orderflow AUTHORIZATION clerk_",
		`set search_path = orderflow, "my-shop" in RuntimeParams`},
	{"a River of the program's own", both(func(t *testing.T) string {
		source, role := emptyDatabase(t, "")
		asOwner(t, source, `GRANT CREATE ON SCHEMA public TO `+role)
		migrateRiver(t, source)
		return source
	}), "and give ?schema=orderflow in the URL", `set search_path = orderflow, "$user", public in RuntimeParams`},
	{"no right to create", both(prepared(func(string) []string { return nil })),
		"and give ?schema=orderflow in the URL. Or a role",
		`set search_path = orderflow, "$user", public in RuntimeParams of the pool's ConnConfig. Or a role`},
	{"no right to create, behind a pooler", onlyPool(prepared(func(string) []string { return nil }),
		orderflow.PoolOptions{Pooler: orderflow.PoolerPresent}, func(*pgxpool.Config) {}),
		"", `SET search_path = orderflow, "$user", public; and RECONNECT in PgBouncer's console`},
	{"a schema that is missing", onlyOpen(func(t *testing.T) string {
		return prepared(func(string) []string { return nil })(t) + "&schema=orders"
	}), "CREATE SCHEMA orders AUTHORIZATION", ""},
	{"tables that are hidden", both(func(t *testing.T) string {
		source := directSource(t)
		asOwner(t, source, `CREATE SCHEMA first`, `CREATE TABLE first.river_job (id BIGINT)`)
		return source + "&search_path=first,public"
	}), "give ?schema=public in the URL",
		"set search_path = public, first in RuntimeParams of the pool's ConnConfig"},
	{"rights that are missing", both(func(t *testing.T) string {
		_, role := emptyDatabase(t, "")
		source := directSource(t)
		asOwner(t, source, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		return strings.Replace(source, "tradepay@", role+"@", 1)
	}), `GRANT INSERT, UPDATE ON "public"."orderflow_orders"`, `GRANT INSERT, UPDATE ON "public"."orderflow_orders"`},
	{"a River that has moved in", both(func(t *testing.T) string {
		source := directSource(t)
		asOwner(t, source, `INSERT INTO river_job (kind, args, max_attempts) VALUES ('send_mail', '{}', 25)`)
		return source
	}), "a schema (river.Config.Schema) of its own", "a schema (river.Config.Schema) of its own"},
	{"tables of a later version", both(func(t *testing.T) string {
		source := directSource(t)
		asOwner(t, source, `INSERT INTO orderflow_migrations (version, applied_at) VALUES (999999, 0)`)
		return source
	}), "update the program", "update the program"},
	{"a schema behind a pooler", onlyOpen(func(t *testing.T) string { return pooledSource(t) + "&schema=orders" }),
		"keeps no search_path of the URL; set it for the role: CREATE SCHEMA IF NOT EXISTS orders", ""},
	{"a search_path behind a pooler", onlyPool(directSource, orderflow.PoolOptions{Pooler: orderflow.PoolerPresent},
		func(cfg *pgxpool.Config) {
			cfg.ConnConfig.RuntimeParams["search_path"] = "orders, public"
			cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { // what the pooler forgets
				_, err := conn.Exec(ctx, `SET search_path = public`)
				return err
			}
		}), "", "keeps no search_path of the pool's ConnConfig; set it for the role: ALTER ROLE tradepay"},
	{"statements by name, behind a pooler", onlyPool(pooledSource, orderflow.PoolOptions{},
		func(*pgxpool.Config) {}), "", "to pgx.QueryExecModeCacheDescribe, or, if the pooler keeps track of prepared " +
		"statements (max_prepared_statements of PgBouncer 1.21 and later), give OpenPoolWith " +
		"PoolOptions.Pooler = PoolerPresent"},
	{"a password that nobody gives", onlyPool(directSource, orderflow.PoolOptions{}, func(cfg *pgxpool.Config) {
		cfg.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { return errors.New("the token has expired") }
	}), "", "gives no connection: look at BeforeConnect, AfterConnect and PrepareConn of the pool"},
}

// TestAdvice: each fault of a PostgreSQL is told with a remedy that whoever opens it can
// follow: one of Open names the URL or the server, and one of OpenPool the pool or the server.
func TestAdvice(t *testing.T) {
	t.Parallel()
	postgresSource(t) // skips without a server
	said := make(chan [2]string, len(advices))
	for _, tt := range advices {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			open, pool := tt.meet(t)
			said <- [2]string{advised(t, open, tt.open, onlyInPool), advised(t, pool, tt.pool, onlyInURL)}
		})
	}
	t.Cleanup(func() { // when all have ended
		areAll := len(said) == len(advices) // and none was skipped, or left out by -run
		close(said)
		var byOpen, byOpenPool strings.Builder
		for texts := range said {
			byOpen.WriteString(texts[0])
			byOpenPool.WriteString(texts[1])
		}
		if !areAll {
			return
		}
		inOpen, inOpenPool := orderflow.Named()
		for _, name := range inOpen {
			require.Contains(t, byOpen.String(), name, "a row says it")
		}
		for _, name := range inOpenPool {
			require.Contains(t, byOpenPool.String(), name, "a row says it")
		}
	})
}

// advised is what an error says to do; it may not name what its reader does not have.
func advised(t *testing.T, err error, says string, foreign []string) string {
	t.Helper()
	if says == "" {
		require.NoError(t, err)
		return ""
	}
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.NotContains(t, err.Error(), "hunter2")
	require.ErrorContains(t, err, says)
	for _, name := range foreign {
		require.NotContains(t, strings.ReplaceAll(err.Error(), "log in?", ""), name)
	}
	return err.Error()
}

// TestAdviceHasNamesOfOnePlace: what both Open and OpenPool say is written without the names
// of either, so that a new error cannot name what its reader does not have.
func TestAdviceHasNamesOfOnePlace(t *testing.T) {
	t.Parallel()
	looked := 0
	for _, name := range []string{"server.go", "tables.go", "migrate.go", "source.go", "pool.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			foreign := slices.Concat(onlyInURL, onlyInPool)
			switch function.Name.Name {
			case "parseSource", "urlFault", "misread": // nobody gives OpenPool a URL
				foreign = onlyInPool
			case "OpenPoolWith", "checkMode", "noConn", "allInUse": // Open does not come here
				foreign = onlyInURL
			}
			ast.Inspect(function, func(n ast.Node) bool {
				literal, isLiteral := n.(*ast.BasicLit)
				if !isLiteral || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				looked++
				for _, part := range foreign {
					require.NotContains(t, strings.ReplaceAll(text, "log in?", ""), part, name)
				}
				return true
			})
		}
	}
	require.Greater(t, looked, 50)
}
