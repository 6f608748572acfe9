package orderflow_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

var updateTroubleshooting = flag.Bool("update-troubleshooting", false,
	"write what orderflow's errors say into docs/troubleshooting.md and its twin anew")

// trouble is a section of docs/troubleshooting.md: what orderflow says, what to change, and what
// databases, poolers and other programs say of the same.
type trouble struct {
	title, titulo string
	meet          func(t *testing.T) string
	change        string
	cambia        string
	others        []string
}

// openFault is what Open says of a source.
func openFault(t *testing.T, source string) string {
	t.Helper()
	_, err := orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	return err.Error()
}

// at is a meeting with a source that is known beforehand.
func at(source string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return openFault(t, source)
	}
}

// refusedBy is what Open says of a server, or of a pooler, that ends each connection with an error.
func refusedBy(query string, refusal pgproto3.ErrorResponse) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return openFault(t, refusing(t, refusal)+query)
	}
}

// refusing is a server that ends each connection with an error.
func refusing(t *testing.T, refusal pgproto3.ErrorResponse) (source string) {
	t.Helper()
	refusal.Severity = "FATAL"
	data, err := refusal.Encode(nil)
	require.NoError(t, err)
	return answering(t, data) + "?sslmode=disable"
}

// answering is a server that says one thing to each connection, and ends it.
func answering(t *testing.T, said []byte) (source string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := pgproto3.NewBackend(conn, conn).ReceiveStartupMessage(); err == nil {
				_, _ = conn.Write(said)
			}
			_ = conn.Close()
		}
	}()
	return "postgres://shop:hunter2@" + listener.Addr().String() + "/shop"
}

// serverWith is what Open says of a server that is like this.
func serverWith(change func(*orderflow.Server)) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		server := goodServer
		change(&server)
		err := server.Check(20)
		require.ErrorIs(t, err, orderflow.ErrDatabase)
		return err.Error()
	}
}

// pooler is what OpenPool says of a pool that pgx made, behind PgBouncer.
func pooler(t *testing.T) string {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(withoutPool(pooledSource(t)))
	require.NoError(t, err)
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	cfg.MaxConns = 6
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	defer pool.Close()
	_, err = orderflow.OpenPool(t.Context(), pool)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	return err.Error()
}

// allTaken is what OpenPool says of a pool whose connections the program uses already.
func allTaken(t *testing.T) string {
	t.Helper()
	pool := poolOf(t, directSource(t), func(cfg *pgxpool.Config) { cfg.MaxConns = 4 })
	for range 4 {
		conn, err := pool.Acquire(t.Context())
		require.NoError(t, err)
		defer conn.Release()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // none comes free
	defer cancel()
	_, err := orderflow.OpenPool(ctx, pool)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	return err.Error()
}

// written is an SQLite file with this in it.
func written(text string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "orders.db")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return openFault(t, path)
	}
}

// besideTheTransaction is the last error of an order whose Fulfil reads by the pool, on SQLite.
func besideTheTransaction(t *testing.T) string {
	t.Helper()
	s := newShop(t, sqliteSource(t))
	s.config.FulfilTimeout = 200 * time.Millisecond
	s.open()
	s.flow.HangGrace(100 * time.Millisecond)
	s.fulfil = func(ctx context.Context, _ *sql.Tx, f orderflow.Fulfilment) error {
		_, err := s.db.SQL().ExecContext(ctx, `UPDATE stock SET left = left - 1 WHERE sku = $1`, f.Order.ID)
		return err
	}
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	o := s.pending("order-1")
	require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
	require.NoError(t, s.flow.FulfilJob(t.Context(), o.ID, 0))
	o, err := s.flow.Get(t.Context(), o.ID)
	require.NoError(t, err)
	return o.LastError
}

// ofNoPayment is the alarm after a verified notification of a kind that nobody takes in.
func ofNoPayment(t *testing.T) string {
	t.Helper()
	s := newShop(t, sqliteSource(t))
	o := s.pending("order-1")
	n := &tradepay.Notification{Kind: tradepay.NotificationOther, PaymentRequestID: o.ID,
		Raw: []byte(`{"paymentRequestId":"order-1","subscriptionId":"S1"}`)}
	require.NoError(t, s.flow.Receive(t.Context(), n), "the wallet gets its S")
	alarms := s.storedAlarms()
	require.Len(t, alarms, 1)
	return alarms[0].Reason
}

// paidAgain is what the history says of a payment that is notified twice, with two times.
func paidAgain(t *testing.T) string {
	t.Helper()
	s := newShop(t, sqliteSource(t))
	o := s.pending("order-1")
	for minute := range 2 {
		n := paid(o.ID, o.PaymentID, 1050)
		n.PaidAt = n.PaidAt.Add(time.Duration(minute) * time.Minute)
		n.Raw = fmt.Appendf(nil, `{"paymentTime":%q}`, n.PaidAt.Format(time.RFC3339))
		require.NoError(t, s.flow.Receive(t.Context(), n), "the wallet gets its S")
	}
	require.Empty(t, s.alarmKinds())
	events, err := s.flow.History(t.Context(), o.ID)
	require.NoError(t, err)
	i := slices.IndexFunc(events, func(e orderflow.Event) bool { return strings.Contains(e.Reason, "again") })
	require.NotEqual(t, -1, i)
	return events[i].Reason
}

// refusesTLS is a server that answers "no" to the wish for TLS.
func refusesTLS(t *testing.T) (source string) {
	t.Helper()
	return answering(t, []byte("N")) + "?sslmode=require"
}

// held is what Create says while another program holds SQLite's only writer.
func held(t *testing.T) string {
	t.Helper()
	s := newShop(t, sqliteSource(t))
	other, err := sql.Open("sqlite", s.source+"?_txlock=immediate")
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	_, err = s.flow.Create(t.Context(), s.request("order-1"))
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	return err.Error()
}

// setBack is what Health says after the clock was set back by hours.
func setBack(t *testing.T) string {
	t.Helper()
	s := newShop(t, sqliteSource(t))
	start := time.Now().Round(time.Millisecond)
	var passed, moved time.Duration
	require.NoError(t, s.flow.FollowClock(t.Context(),
		func(context.Context) (time.Time, error) { return start.Add(passed + moved), nil },
		func() time.Duration { return passed }))
	moved = -3 * time.Hour
	for range 90 {
		passed += time.Second
		require.NoError(t, s.flow.SyncClock(t.Context()))
	}
	return s.flow.Health(t.Context()).Reason
}

var troubles = []trouble{
	{
		title: "The URL cannot be read", titulo: "No se puede leer la URL",
		meet:   at("postgres://shop:hunter2/x@db.internal:5432/shop"),
		change: "percent-encode the password, as the error says.",
		cambia: "escribe la contraseña con codificación de porcentaje: % como %25, / como %2F, ? como %3F, # como " +
			"%23, @ como %40, un espacio como %20.",
		others: []string{`invalid port ":…" after host`, `net/url: invalid userinfo`, `invalid URL escape "%"`,
			`Invalid database port`, `The provided database string is invalid`},
	},
	{
		title: "A parameter that PostgreSQL does not know", titulo: "Un parámetro que PostgreSQL no conoce",
		meet: refusedBy("&connection_limit=5", pgproto3.ErrorResponse{Code: "42704",
			Message: `unrecognized configuration parameter "connection_limit"`}),
		change: "use the name that the error gives, or remove the parameter. What another driver calls " +
			"`connection_limit` is `pool_max_conns`; `pgbouncer=true` and `schema=…` are known.",
		cambia: "usa el nombre que da el error, o quita el parámetro. Lo que otro driver llama `connection_limit` " +
			"es `pool_max_conns`; `pgbouncer=true` y `schema=…` sí se reconocen.",
		others: []string{`unrecognized configuration parameter "pgbouncer"`,
			`invalid URI query parameter: "connection_limit"`},
	},
	{
		title: "A pooler that passes a parameter on to nobody", titulo: "Un pooler que no pasa un parámetro",
		meet: refusedBy("&statement_timeout=5000", pgproto3.ErrorResponse{Code: "08P01",
			Message: "unsupported startup parameter: statement_timeout"}),
		change: "remove the parameter from the URL, and set it for the role. `ignore_startup_parameters` of " +
			"PgBouncer only hides it: then it holds for nobody.",
		cambia: "quita el parámetro de la URL y fíjalo para el rol. `ignore_startup_parameters` de PgBouncer solo " +
			"lo oculta: entonces no vale para nadie.",
		others: []string{"unsupported startup parameter: extra_float_digits",
			"unsupported startup parameter in options: search_path"},
	},
	{
		title: "Nobody listens", titulo: "Nadie escucha",
		meet:   at("postgres://shop:hunter2@127.0.0.1:1/shop?sslmode=disable&connect_timeout=5"),
		change: "start PostgreSQL, or correct host and port. In a container, `localhost` is the container itself.",
		cambia: "arranca PostgreSQL, o corrige el host y el puerto. Dentro de un contenedor, `localhost` es el " +
			"propio contenedor.",
		others: []string{"connect: connection refused", "connect ECONNREFUSED 127.0.0.1:5432",
			"could not connect to server: Connection refused",
			"Is the server running on that host and accepting TCP/IP connections?"},
	},
	{
		title: "The wrong password", titulo: "La contraseña no es correcta",
		meet: refusedBy("", pgproto3.ErrorResponse{Code: "28P01",
			Message: `password authentication failed for user "shop"`}),
		change: "correct the password. If it works in psql, characters in it are not percent-encoded.",
		cambia: "corrige la contraseña. Si funciona en psql, tiene caracteres sin codificación de porcentaje.",
		others: []string{`FATAL: password authentication failed for user`, `SASL authentication failed`,
			`SCRAM-SERVER-FIRST-MESSAGE: client password must be a string`},
	},
	{
		title: "A server without TLS", titulo: "Un servidor sin TLS",
		meet: func(t *testing.T) string { t.Helper(); return openFault(t, refusesTLS(t)) },
		change: "the image of PostgreSQL for Docker has no TLS. In a private network, such as that of Compose, " +
			"write `?sslmode=disable`.",
		cambia: "la imagen de PostgreSQL para Docker no tiene TLS. En una red privada, como la de Compose, escribe " +
			"`?sslmode=disable`.",
		others: []string{"server refused TLS connection", "SSL is not enabled on the server",
			"The server does not support SSL connections", "SSL off"},
	},
	{
		title: "A host that does not resolve", titulo: "Un host que no se resuelve",
		meet:   at("postgres://shop:hunter2@db.invalid:5432/shop?sslmode=disable"),
		change: "correct the host. In Compose it is the name of the service, and both services share a network.",
		cambia: "corrige el host. En Compose es el nombre del servicio, y ambos servicios comparten una red.",
		others: []string{"hostname resolving error", "lookup db on 127.0.0.11:53: no such host",
			"getaddrinfo ENOTFOUND db", "could not translate host name"},
	},
	{
		title: "A role that does not exist", titulo: "Un rol que no existe",
		meet:   refusedBy("", pgproto3.ErrorResponse{Code: "28000", Message: `role "shop" does not exist`}),
		change: "make the role. `POSTGRES_USER` of the Docker image counts only when the volume is new.",
		cambia: "crea el rol. `POSTGRES_USER` de la imagen de Docker solo vale cuando el volumen es nuevo.",
		others: []string{`FATAL: role "shop" does not exist`, `role "root" does not exist`},
	},
	{
		title: "A server that starts", titulo: "Un servidor que está arrancando",
		meet: refusedBy("", pgproto3.ErrorResponse{Code: "57P03", Message: "the database system is starting up"}),
		change: "wait and try again. In Compose, let the program depend on the database with `condition: " +
			"service_healthy`.",
		cambia: "espera e intenta otra vez. En Compose, haz que el programa dependa de la base de datos con " +
			"`condition: service_healthy`.",
		others: []string{"the database system is shutting down",
			"the database system is not yet accepting connections"},
	},
	{
		title: "No entry in pg_hba.conf", titulo: "No hay entrada en pg_hba.conf",
		meet: refusedBy("", pgproto3.ErrorResponse{Code: "28000",
			Message: `no pg_hba.conf entry for host "10.0.0.7", user "shop", database "shop", no encryption`}),
		change: "write `?sslmode=require` if the server wants TLS. Otherwise its owner lets this machine in.",
		cambia: "escribe `?sslmode=require` si el servidor exige TLS. Si no, pide a quien lo administra que " +
			"permita la entrada desde esta máquina.",
		others: []string{"no pg_hba.conf entry for host", "pg_hba.conf rejects connection for host", "no encryption"},
	},
	{
		title: "No such database", titulo: "Esa base de datos no existe",
		meet:   refusedBy("", pgproto3.ErrorResponse{Code: "3D000", Message: `database "shop" does not exist`}),
		change: "make the database, or correct its name. In PgBouncer, add it to `[databases]`.",
		cambia: "crea la base de datos, o corrige su nombre. En PgBouncer, agrégala a `[databases]`.",
		others: []string{`FATAL: database "shop" does not exist`, "no such database: shop"},
	},
	{
		title: "No connection to spare", titulo: "No queda ninguna conexión",
		meet:   refusedBy("", pgproto3.ErrorResponse{Code: "53300", Message: "sorry, too many clients already"}),
		change: "the sum of `pool_max_conns` of all programs has to be below `max_connections`.",
		cambia: "la suma de `pool_max_conns` de todos los programas debe ser menor que `max_connections`.",
		others: []string{"FATAL: sorry, too many clients already",
			"remaining connection slots are reserved for non-replication superuser connections",
			`too many connections for role "shop"`, "no more connections allowed (max_client_conn)",
			"query_wait_timeout"},
	},
	{
		title:  "Fewer connections than the program may open",
		titulo: "Menos conexiones de las que el programa puede abrir",
		meet:   serverWith(func(s *orderflow.Server) { s.Conns = 17 }),
		change: "lower `pool_max_conns`, which is 20 by default, or raise `max_connections`.",
		cambia: "baja `pool_max_conns`, que es 20 si no se dice otra cosa, o sube `max_connections`.",
	},
	{
		title: "A pool whose connections are all in use", titulo: "Un pool con todas las conexiones en uso",
		meet: allTaken,
		change: "only `OpenPool` says this: give back connections before you call it, or raise `MaxConns`. The " +
			"flow needs 4 beside those that the program keeps.",
		cambia: "esto lo dice solo `OpenPool`: devuelve conexiones antes de llamarlo, o sube `MaxConns`. El flujo " +
			"necesita 4 además de las que el programa retiene.",
		others: []string{"context deadline exceeded", "timed out waiting for connection from pool"},
	},
	{
		title: "Prepared statements behind a pooler", titulo: "Sentencias preparadas detrás de un pooler",
		meet: pooler,
		change: "`Open` sees PgBouncer by itself and sends statements without names, so only `OpenPool` says this: " +
			"set `DefaultQueryExecMode` of your pool. If `max_prepared_statements` of PgBouncer is not 0, call " +
			"`OpenPoolWith` with `PoolerPresent` instead.",
		cambia: "`Open` reconoce PgBouncer y envía sentencias sin nombre; esto lo dice solo `OpenPool`: fija " +
			"`DefaultQueryExecMode` de tu pool. Si `max_prepared_statements` de PgBouncer no es 0, llama en cambio " +
			"a `OpenPoolWith` con `PoolerPresent`.",
		others: []string{`ERROR: prepared statement "stmtcache_1" already exists (SQLSTATE 42P05)`,
			`prepared statement "lrupsc_1_0" already exists`, `prepared statement "S_1" already exists`,
			`prepared statement "s0" already exists`,
			`prepared statement "stmtcache_1" does not exist (SQLSTATE 26000)`,
			"cached plan must not change result type",
			"unnamed prepared statement does not exist", "bind message supplies 1 parameters, but prepared statement"},
	},
	{
		title: "A schema behind a pooler", titulo: "Un esquema detrás de un pooler",
		meet:   func(t *testing.T) string { t.Helper(); return openFault(t, pooledSource(t)+"&schema=orders") },
		change: "run the statements of the error as the database's owner, once.",
		cambia: "ejecuta una vez las sentencias del error como propietario de la base de datos.",
		others: []string{`relation "orderflow_orders" does not exist (SQLSTATE 42P01)`},
	},
	{
		title: "No right to make tables", titulo: "Sin permiso para crear tablas",
		meet: func(t *testing.T) string {
			t.Helper()
			source, _ := emptyDatabase(t, "")
			return openFault(t, source)
		},
		change: "PostgreSQL 15 and later let only the owner of schema `public` make tables there. Run one of the " +
			"statements as the database's owner, or give orderflow a schema of its own.",
		cambia: "desde PostgreSQL 15, solo el propietario del esquema `public` crea tablas en él. Ejecuta una de " +
			"las sentencias como propietario de la base de datos, o da a orderflow un esquema propio.",
		others: []string{"ERROR: permission denied for schema public (SQLSTATE 42501)",
			"permission denied for table orderflow_orders"},
	},
	{
		title: "A River of the program's own", titulo: "Un River propio del programa",
		meet: func(t *testing.T) string {
			t.Helper()
			source, role := emptyDatabase(t, "")
			asOwner(t, source, `GRANT CREATE ON SCHEMA public TO `+role)
			migrateRiver(t, source)
			return openFault(t, source)
		},
		change: "add `?schema=orderflow` to the URL. Two Rivers on the same tables discard each other's jobs, " +
			"since neither knows the other's kinds.",
		cambia: "agrega `?schema=orderflow` a la URL. Dos River sobre las mismas tablas se descartan los trabajos: " +
			"ninguno conoce los tipos del otro.",
		others: []string{"job kind is not registered in the client's Workers bundle: orderflow_fulfil"},
	},
	{
		title: "A standby", titulo: "Un servidor en espera",
		meet:   serverWith(func(s *orderflow.Server) { s.Standby = true }),
		change: "connect to the primary.",
		cambia: "conéctate al servidor primario.",
		others: []string{"cannot execute INSERT in a read-only transaction (SQLSTATE 25006)",
			"cannot set transaction read-write mode during recovery"},
	},
	{
		title: "A server that is read-only", titulo: "Un servidor de solo lectura",
		meet:   serverWith(func(s *orderflow.Server) { s.ReadOnly = "on" }),
		change: "let the role write, as the error says. Some hosts switch this on when the disk is full.",
		cambia: "permite que el rol escriba, como dice el error. Algunos proveedores activan esto cuando el disco " +
			"está lleno.",
		others: []string{"cannot execute CREATE TABLE in a read-only transaction"},
	},
	{
		title: "An encoding that cannot hold every name", titulo: "Una codificación que no admite todos los nombres",
		meet:   serverWith(func(s *orderflow.Server) { s.Encoding = "LATIN1" }),
		change: "make a database with the encoding UTF8; an existing one cannot be changed.",
		cambia: "crea una base de datos con la codificación UTF8; la de una que ya existe no se puede cambiar.",
		others: []string{
			`character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
		},
	},
	{
		title: "Too old a version", titulo: "Una versión demasiado antigua",
		meet: serverWith(func(s *orderflow.Server) {
			s.Version, s.Product = 130014, "PostgreSQL 13.14 on x86_64"
		}),
		change: "use a newer PostgreSQL. Other products that speak its protocol are not tested.",
		cambia: "usa un PostgreSQL más nuevo. Otros productos que hablan su protocolo no están probados.",
	},
	{
		title: "Commits that a crash loses", titulo: "Commits que se pierden si el servidor se cae",
		meet:   serverWith(func(s *orderflow.Server) { s.Synchronous = "off" }),
		change: "switch `synchronous_commit` on for the role.",
		cambia: "activa `synchronous_commit` para el rol.",
	},
	{
		title: "An SQLite file that cannot be written", titulo: "Un archivo SQLite que no se puede escribir",
		meet: func(t *testing.T) string {
			t.Helper()
			path := sqliteSource(t)
			require.NoError(t, os.Chmod(path, 0o400))
			return openFault(t, path)
		},
		change: "give the program's user the file and its folder: SQLite makes other files next to it. In a " +
			"container, mount a volume there.",
		cambia: "da al usuario del programa el archivo y su carpeta: SQLite crea otros archivos al lado. En un " +
			"contenedor, monta ahí un volumen.",
		others: []string{"attempt to write a readonly database (8)", "unable to open database file (14)",
			"SQLITE_READONLY", "SQLITE_CANTOPEN"},
	},
	{
		title: "A file that is no database", titulo: "Un archivo que no es una base de datos",
		meet:   written(strings.Repeat("This is no database. ", 100)),
		change: "name another file.",
		cambia: "nombra otro archivo.",
		others: []string{"file is not a database (26)", "SQLITE_NOTADB"},
	},
	{
		title: "A folder that does not exist", titulo: "Una carpeta que no existe",
		meet: func(t *testing.T) string {
			t.Helper()
			return openFault(t, filepath.Join(t.TempDir(), "data", "orders.db"))
		},
		change: "make the folder first.",
		cambia: "crea primero la carpeta.",
		others: []string{"unable to open database file: no such file or directory"},
	},
	{
		title: "A database in memory", titulo: "Una base de datos en memoria",
		meet:   at(":memory:"),
		change: "name a file: an order has to outlive the process.",
		cambia: "nombra un archivo: un pedido debe sobrevivir al proceso.",
	},
	{
		title: "Another program holds the SQLite file", titulo: "Otro programa ocupa el archivo SQLite",
		meet: held,
		change: "a `sqlite3` shell, DB Browser or a script began a transaction on this file and did not end it: " +
			"close it (`fuser -v orders.db` names it), and make the same call again, with the same id. Let your " +
			"own code use `db.SQL()`, and PostgreSQL if several programs write.",
		cambia: "un `sqlite3`, DB Browser o un script empezó una transacción en este archivo y no la terminó: " +
			"ciérralo (`fuser -v orders.db` lo nombra) y repite la misma llamada, con el mismo id. En tu propio " +
			"código usa `db.SQL()`, y PostgreSQL si escriben varios programas.",
		others: []string{"database is locked (5) (SQLITE_BUSY)", "database table is locked", "SQLITE_BUSY_SNAPSHOT"},
	},
	{
		title: "Fulfil outside its transaction", titulo: "Fulfil fuera de su transacción",
		meet: besideTheTransaction,
		change: "use the transaction that Fulfil is given, and its context. On SQLite, `db.SQL()` waits for that " +
			"transaction, and the transaction for Fulfil. At `FulfilTimeout` orderflow ends it, keeps this text in " +
			"`Order.LastError`, and goes on with other orders.",
		cambia: "usa la transacción que recibe Fulfil, y su contexto. En SQLite, `db.SQL()` espera a esa " +
			"transacción, y la transacción a Fulfil. Al llegar a `FulfilTimeout`, orderflow la termina, guarda " +
			"este texto en `Order.LastError` y sigue con otros pedidos.",
		others: []string{"database is locked (5)", "database is locked (SQLITE_BUSY)", "context deadline exceeded"},
	},
	{
		title: "A clock that was set back", titulo: "Alguien atrasó el reloj de la máquina",
		meet: setBack,
		change: "nothing, if the clock is right now: `Health` says this, and no order waits longer because of it. " +
			"If the clock is wrong, let NTP set it on the database's machine, whose clock the whole fleet goes by.",
		cambia: "nada, si el reloj ya está bien: `Health` lo dice y ningún pedido espera más por eso. Si el reloj " +
			"está mal, ajústalo por NTP en la máquina de la base de datos: todas las demás siguen ese reloj.",
	},
	{
		title: "A notification that is no payment", titulo: "Una notificación que no es un pago",
		meet: ofNoPayment,
		change: "this alarm is in `Alarms` and in the log, and the wallet has its `S`. Set " +
			"`Config.OnNotification`: orderflow gives it such messages, with their `Kind` and `Raw`.",
		cambia: "esta alarma está en `Alarms` y en el log, y la billetera tiene su `S`. Define " +
			"`Config.OnNotification`: orderflow le entrega esos mensajes, con su `Kind` y su `Raw`.",
		others: []string{"unknown notification type", "unsupported notifyType"},
	},
	{
		title: "A payment that is notified again", titulo: "Un pago que se notifica otra vez",
		meet: paidAgain,
		change: "nothing. This line is in the order's history: id, status and amount are those of the first time, " +
			"so the answer is `S`, and nothing is delivered twice.",
		cambia: "nada. Esta línea está en el historial del pedido: el id, el estado y el monto son los de la " +
			"primera vez; por eso la respuesta es `S` y nada se entrega dos veces.",
	},
}

// TestTroubleshooting holds orderflow's part of docs/troubleshooting.md and of its Spanish
// twin to what orderflow says. Internet findings, rows 1 to 8 and 18.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	postgresSource(t) // skips without a server
	pooledSource(t)
	var english, spanish strings.Builder
	for _, tt := range troubles {
		said := ofADocument(tt.meet(t))
		require.NotContains(t, said, "hunter2")
		section := func(b *strings.Builder, title, change, others, remedy string) {
			fmt.Fprintf(b, "\n### %s\n\n```\n%s\n```\n\n**%s:** %s\n", title, said, change, remedy)
			if len(tt.others) > 0 {
				fmt.Fprintf(b, "\n%s: `%s`.\n", others, strings.Join(tt.others, "` · `"))
			}
		}
		section(&english, tt.title, "What to change", "Others say", tt.change)
		section(&spanish, tt.titulo, "Qué cambiar", "Otros lo dicen así", tt.cambia)
	}
	for path, sections := range map[string]string{
		"../docs/troubleshooting.md": english.String(), "../docs/troubleshooting.es.md": spanish.String(),
	} {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		const begin = "<!-- From here on, TestTroubleshooting of orderflow writes. -->\n"
		const end = "\n<!-- Up to here. -->\n"
		head, rest, found := strings.Cut(string(data), begin)
		require.True(t, found, path)
		_, tail, found := strings.Cut(rest, end)
		require.True(t, found, path)
		text := head + begin + sections + end + tail
		if *updateTroubleshooting {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			continue
		}
		require.Equal(t, string(data), text,
			"go test ./orderflow -run TestTroubleshooting -update-troubleshooting rewrites it")
	}
}

// ofADocument is a text without what differs from run to run.
func ofADocument(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`127\.0\.0\.1:\d+`, "db.internal:5432"},
		{`\S*/(orders\.db)`, "/srv/shop/$1"},
		{`\S*/orders\.db-`, "/srv/shop/orders.db-"},
		{`lookup db\.invalid.*`, "lookup db.invalid on 127.0.0.11:53: no such host"},
		{`clerk_[a-z0-9]+`, "shop"},
		{`test_[a-z0-9]{20,}`, "shop"},
		{`\(\*DB\)\.\w+`, "(*DB).ExecContext"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	return text
}
