package orderflow_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// goodServer has nothing that would fail later.
var goodServer = orderflow.Server{Version: 150000, Product: "PostgreSQL 15.14 on x86_64", ReadOnly: "off",
	Encoding: "UTF8", Synchronous: "on", Conns: 97, RoleConns: -1, DatabaseConns: -1}

// TestServers: what would fail later is found at Open, and told with what to do.
func TestServers(t *testing.T) {
	t.Parallel()
	require.NoError(t, goodServer.Check(20))
	for name, test := range map[string]struct {
		change func(*orderflow.Server)
		says   string
	}{
		"too old": {func(s *orderflow.Server) { s.Version, s.Product = 130014, "PostgreSQL 13.14 on x86_64" },
			"PostgreSQL 13.14 is too old; PostgreSQL 14 or later"},
		"another product": {func(s *orderflow.Server) { s.Version, s.Product = 130000, "CockroachDB CCL v24.1.0" },
			"CockroachDB"},
		"a standby":   {func(s *orderflow.Server) { s.Standby = true }, "target_session_attrs=read-write"},
		"read-only":   {func(s *orderflow.Server) { s.ReadOnly = "on" }, "SET default_transaction_read_only = off"},
		"encoding":    {func(s *orderflow.Server) { s.Encoding = "LATIN1" }, "ENCODING 'UTF8'"},
		"not durable": {func(s *orderflow.Server) { s.Synchronous = "off" }, "SET synchronous_commit = on"},
		"a small server": {func(s *orderflow.Server) { s.Conns = 17 },
			"may open 20 connections, and the server has 17; lower pool_max_conns"},
		"a small role": {func(s *orderflow.Server) { s.RoleConns = 10 }, "ALTER ROLE shop CONNECTION LIMIT 20"},
		"a small database": {func(s *orderflow.Server) { s.DatabaseConns = 10 },
			`ALTER DATABASE "Shop" CONNECTION LIMIT 20`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := goodServer
			test.change(&server)
			err := server.Check(20)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorContains(t, err, test.says)
		})
	}
	pooled := goodServer
	pooled.Pooled, pooled.Conns = true, 10
	require.NoError(t, pooled.Check(20), "its connections are the pooler's")
}

// emptyDatabase has a role of its own, which may do nothing yet.
func emptyDatabase(t *testing.T, options string) (source, role string) {
	t.Helper()
	postgresSource(t) // skips without a server
	source, err := createDatabase("template0 " + options)
	require.NoError(t, err)
	role = "clerk_" + strings.ToLower(rand.Text())
	require.NoError(t, onServer(`CREATE ROLE `+role+` LOGIN`))
	t.Cleanup(func() {
		require.NoError(t, errors.Join(onServer(`DROP DATABASE `+databaseName(source)+` WITH (FORCE)`),
			onServer(`DROP ROLE `+role)))
	})
	u, err := url.Parse(source)
	require.NoError(t, err)
	u.User = url.User(role)
	return u.String(), role
}

// asOwner runs statements in the database as the role that owns everything.
func asOwner(t *testing.T, source string, statements ...string) {
	t.Helper()
	u, err := url.Parse(withoutPool(source))
	require.NoError(t, err)
	u.User = url.User("tradepay")
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, u.String())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	for _, statement := range statements {
		_, err := conn.Exec(ctx, statement)
		require.NoError(t, err, statement)
	}
}

// TestServersAtOpen: the same, of real servers.
func TestServersAtOpen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options string // of the database
		prepare func(name, role string) string
		says    string
	}{
		"encoding": {options: "ENCODING 'LATIN1' LOCALE 'C'", says: "its encoding is LATIN1"},
		"read-only": {prepare: func(name, _ string) string {
			return `ALTER DATABASE ` + name + ` SET default_transaction_read_only = on`
		}, says: "default_transaction_read_only is on"},
		"a small role": {prepare: func(_, role string) string { return `ALTER ROLE ` + role + ` CONNECTION LIMIT 5` },
			says: "may open 8 connections, and role"},
		"a small database": {prepare: func(name, _ string) string {
			return `ALTER DATABASE ` + name + ` CONNECTION LIMIT 5`
		}, says: "may open 8 connections, and the database may have 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, role := emptyDatabase(t, test.options)
			if test.prepare != nil {
				require.NoError(t, onServer(test.prepare(databaseName(source), role)))
			}
			_, err := orderflow.Open(t.Context(), source)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// TestTooFewConnections: what others hold already is found at Open, not by the
// first Fulfil that waits for ever.
func TestTooFewConnections(t *testing.T) {
	t.Parallel()
	source, role := emptyDatabase(t, "")
	asOwner(t, source, `GRANT CREATE ON SCHEMA public TO `+role)
	require.NoError(t, onServer(`ALTER ROLE `+role+` CONNECTION LIMIT 8`))
	for range 6 {
		conn, err := pgx.Connect(t.Context(), withoutPool(source))
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	}
	_, err := orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "orderflow needs 4 connections at once, and got 2")
}
