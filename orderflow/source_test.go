package orderflow_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestURLs: what cannot be read is told by its part, and how to encode it,
// without the password. Internet findings, row 6.
func TestURLs(t *testing.T) {
	t.Parallel()
	const encode = "write % as %25"
	for _, test := range []struct{ name, url, says string }{
		{"/ in the password", "postgres://shop:hunter2/x@db.internal:5432/shop", encode},
		{"/ after digits", "postgres://shop:12/hunter2@db.internal/shop", encode},
		{"? in the password", "postgres://shop:hunter2?x@db.internal/shop", encode},
		{"? after digits", "postgres://shop:12?hunter2@db.internal/shop", encode},
		{"# in the password", "postgres://shop:hunter2#x@db.internal/shop", encode},
		{"# after digits", "postgres://shop:12#hunter2@db.internal/shop", encode},
		{"% in the password", "postgres://shop:hunter2%@db.internal/shop", encode},
		{"% before letters", "postgres://shop:hunter2%zz@db.internal/shop", encode},
		{"a space in the password", "postgres://shop:hunter2 x@db.internal/shop", encode},
		{"port", "postgres://shop:hunter2@db.internal:54x/shop", "the port"},
		{"no host", "postgres://shop:hunter2", "the port"},
		{"pool_max_conns", "postgres://shop:hunter2@db.internal/shop?pool_max_conns=many",
			"cannot parse pool_max_conns"},
		{"sslmode", "postgres://shop:hunter2@db.internal/shop?sslmode=on", "sslmode"},
		{"a password as a parameter", "postgres://db.internal/shop?password=hunter2&sslmode=on", "sslmode"},
		{"pgbouncer", "postgres://shop:hunter2@db.internal/shop?pgbouncer=yes", "pgbouncer is true or false"},
		{"schema", "postgres://shop:hunter2@db.internal/shop?schema=my-shop", `schema "my-shop"`},
		{"schema in quotes", "postgres://shop:hunter2@db.internal/shop?schema=%22%3B", "use letters, digits and _"},
		{"; in the query", "postgres://shop:hunter2@db.internal/shop?a=b;c", "what follows the ?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := orderflow.Open(t.Context(), test.url)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// TestURLsThatAreRead: nothing that drivers read is refused for its looks.
func TestURLsThatAreRead(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://shop:p%2Fa%25%3F@db.internal:5432/shop?sslmode=require&channel_binding=require",
		"postgresql://shop:p@ss@db.internal/shop",
		"postgres://db.internal:5432/shop?user=shop@azure&password=p@ss",
		"postgres://shop:p@one:5432,two:5432/shop?target_session_attrs=read-write",
		"postgres:///shop?host=/var/run/postgresql",
		"postgres://shop@db.internal/shop?pgbouncer=true&schema=orders&pool_max_conns=10",
		"postgres://shop@db.internal/shop?search_path=orders,public&statement_timeout=5000",
	} {
		require.NoError(t, orderflow.ReadURL(url), url)
	}
}

// TestRefusals: what a server or its pooler refuses is told with what to do. Internet
// findings, row 6.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const url = "postgres://shop:hunter2@db.internal/shop?connection_limit=5&foo=1"
	for _, test := range []struct {
		err  *pgconn.PgError
		says string
	}{
		{&pgconn.PgError{Code: "28P01", Message: `password authentication failed for user "shop"`}, "write % as %25"},
		{&pgconn.PgError{Code: "28000", Message: `role "shop" does not exist`}, `CREATE ROLE shop LOGIN`},
		{&pgconn.PgError{Code: "28000", Message: `no pg_hba.conf entry for host "10.0.0.7", user "shop", database ` +
			`"shop", no encryption`}, "give ?sslmode=require"},
		{&pgconn.PgError{Code: "3D000", Message: `database "shop" does not exist`}, "CREATE DATABASE shop"},
		{&pgconn.PgError{Code: "08P01", Message: "no such database: shop"}, "CREATE DATABASE shop"},
		{&pgconn.PgError{Code: "53300", Message: "too many connections for role"}, "no connection to spare"},
		{&pgconn.PgError{Code: "08P01", Message: "no more connections allowed (max_client_conn)"},
			"no connection to spare"},
		{&pgconn.PgError{Code: "57P03", Message: "the database system is starting up"}, "try again"},
		{&pgconn.PgError{Code: "42704", Message: `unrecognized configuration parameter "connection_limit"`},
			"here that is pool_max_conns"},
		{&pgconn.PgError{Code: "42704", Message: `unrecognized configuration parameter "foo"`}, "remove that"},
		{&pgconn.PgError{Code: "08P01", Message: "unsupported startup parameter: foo"}, "ALTER ROLE shop SET foo"},
	} {
		says, err := orderflow.Unreachable(url, test.err)
		require.NoError(t, err)
		require.Contains(t, says, test.says)
	}
}

// TestUnknownParameter is named, by a server.
func TestUnknownParameter(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{"direct": postgresSource, "pooled": pooledSource} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := orderflow.Open(t.Context(), source(t)+"&connection_limit=5")
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorContains(t, err, "here that is pool_max_conns")
		})
	}
}

// FuzzURL: no URL makes Open panic, nor show the password.
func FuzzURL(f *testing.F) {
	f.Add("shop:hunter2/x@127.0.0.1:1/shop?sslmode=disable")
	f.Add("shop:%@[::1]:x/shop?a=b;c#d")
	f.Fuzz(func(t *testing.T, rest string) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // it connects to nobody
		_, err := orderflow.Open(ctx, "postgres://shop:hunter2"+rest)
		require.ErrorIs(t, err, orderflow.ErrDatabase)
		if !strings.Contains(rest, "hunter2") {
			require.NotContains(t, err.Error(), "hunter2")
		}
	})
}
