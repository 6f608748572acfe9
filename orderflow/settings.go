package orderflow

import "strings"

// settings are what whoever opens a PostgreSQL can change there, under the names that they
// know: parts of a URL, or fields of a pool. Every remedy of [Open] and [OpenPool] is made of
// these, so that none names what its reader does not have.
type settings struct {
	address       string            // where the server is looked for
	maxConns      string            // the most connections of this program
	everyMaxConns string            // those of each program on the server
	path          string            // search_path
	have          string            // ends "parameter x, …": who gives the server its parameters
	password      string            // what to look at if it is wrong
	tls           string            // what to do for a server that wants TLS
	noTLS         string            // what to do for one that has none
	primary       string            // what to do about a standby
	called        map[string]string // what a parameter of a URL is here
	// inSchema says how to put the tables in a schema that exists.
	inSchema func(sv *server, schema string) string
}

// inURL are the settings of whoever calls Open.
var inURL = &settings{
	address:       "host and port in the URL",
	maxConns:      "pool_max_conns in the URL",
	everyMaxConns: "pool_max_conns in every program's URL",
	path:          "search_path of the URL",
	have:          "which the URL gives",
	password:      "in the URL, " + encodePassword,
	tls:           "give ?sslmode=require in the URL",
	noTLS:         "give ?sslmode=disable in the URL",
	primary:       "name the primary in the URL, or all hosts with ?target_session_attrs=read-write",
	called: map[string]string{
		"pool_max_conns": "pool_max_conns", "schema": "schema", "sslmode": "sslmode",
		"connect_timeout": "connect_timeout",
	},
	inSchema: func(_ *server, schema string) string { return "give ?schema=" + schema + " in the URL" },
}

// inPool are the settings of whoever calls OpenPool.
var inPool = &settings{
	address:       "Host and Port of the pool's ConnConfig",
	maxConns:      "MaxConns of the pool",
	everyMaxConns: "MaxConns of every program's pool",
	path:          "search_path of the pool's ConnConfig",
	have:          "which RuntimeParams of the pool's ConnConfig has",
	password:      "look at Password of the pool's ConnConfig, and at BeforeConnect of the pool",
	tls:           "set TLSConfig of the pool's ConnConfig",
	noTLS:         "leave TLSConfig of the pool's ConnConfig nil",
	primary: "name the primary in Host of the pool's ConnConfig, or all hosts in Host and Fallbacks, with " +
		"ValidateConnect set to pgconn.ValidateConnectTargetSessionAttrsReadWrite",
	called: map[string]string{
		"pool_max_conns": "MaxConns of the pool", "schema": "search_path in RuntimeParams",
		"sslmode": "TLSConfig of the pool's ConnConfig", "connect_timeout": "ConnectTimeout of the pool's ConnConfig",
		"pgbouncer": "PoolOptions.Pooler of OpenPoolWith",
	},
	inSchema: func(sv *server, schema string) string {
		path := before(schema, sv.path)
		if sv.pooled { // which keeps no search_path of a connection
			return sv.setPath(path)
		}
		return "set search_path = " + path + " in RuntimeParams of the pool's ConnConfig"
	},
}

// otherNames are parameters of other drivers, and what they are called in a URL.
var otherNames = map[string]string{
	"connection_limit": "pool_max_conns", "max_conns": "pool_max_conns", "pool_size": "pool_max_conns",
	"currentSchema": "schema", "ssl": "sslmode", "sslaccept": "sslmode", "useSSL": "sslmode",
	"pool_timeout": "connect_timeout", "connectTimeout": "connect_timeout",
}

// before is a search_path in which a schema comes first.
func before(schema, path string) string {
	list := []string{quote(schema)}
	for name := range strings.SplitSeq(path, ",") {
		name = strings.TrimSpace(name)
		if name != "" && !sameNames(name, schema) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}
