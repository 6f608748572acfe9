package orderflow

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// source is a PostgreSQL as its URL names it, or a pool.
type source struct {
	names  *settings
	config *pgxpool.Config
	schema string // that orderflow's tables are to be in; "" for where they are, or where the server puts them
	path   string // for search_path, "" for the server's own
	pooler Pooler
	mode   bool // the URL or the pool says how statements are sent
}

// leastConns are one that listens for jobs, one of a Fulfil and one that it
// reads on, and one for everything else. With fewer they wait for each other.
const leastConns = 4

// checkSize rejects a source with too few connections.
func (s *source) checkSize() error {
	if s.config.MaxConns >= leastConns {
		return nil
	}
	return fmt.Errorf("%w: %s is %d and must be at least %d", ErrDatabase, s.names.maxConns, s.config.MaxConns,
		leastConns)
}

// schemaName are the names that River takes.
var schemaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,45}$`)

func parseSource(text string) (*source, error) {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: the PostgreSQL URL cannot be read: %s", ErrDatabase, fmt.Sprintf(format, args...))
	}
	cfg, err := pgxpool.ParseConfig(text)
	if err != nil { // which quotes the URL
		return nil, fault("%s", urlFault(text))
	}
	if misread(text) {
		return nil, fault("%s", encodePassword)
	}
	_, query, _ := strings.Cut(text, "?")
	given, err := url.ParseQuery(query)
	if err != nil {
		return nil, fault("what follows the ? is no query; write it like ?sslmode=require&pool_max_conns=10")
	}
	params := cfg.ConnConfig.RuntimeParams
	take := func(name string) string {
		defer delete(params, name)
		return params[name]
	}
	s := &source{names: inURL, config: cfg, schema: take("schema"), path: take("search_path"),
		mode: given.Has("default_query_exec_mode")}
	if !given.Has("pool_max_conns") {
		cfg.MaxConns = 20
	}
	if text := take("pgbouncer"); text != "" {
		isPresent, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fault("pgbouncer is true or false")
		}
		s.pooler = PoolerAbsent
		if isPresent {
			s.pooler = PoolerPresent
		}
	}
	if err := s.checkSize(); err != nil {
		return nil, err
	}
	if s.schema != "" && !schemaName.MatchString(s.schema) {
		return nil, fault("schema %q has a name that is not accepted; use letters, digits and _, at most 46, "+
			"beginning with a letter", s.schema)
	}
	if s.schema != "" {
		rest := s.path
		if rest == "" {
			rest = "public"
		}
		s.path = pgx.Identifier{s.schema}.Sanitize() + ", " + rest
	}
	return s, nil
}

// encodePassword says how a password is written in a URL, without telling what is in this one.
const encodePassword = `user and password stand percent-encoded between // and the last @; write % as %25, / as %2F, ` +
	`? as %3F, # as %23, @ as %40, a space as %20`

// urlFault says which part of a URL cannot be read. It shows nothing of what
// may be the password.
func urlFault(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		rest := text[strings.Index(text, "://")+3:]
		at := strings.LastIndex(rest, "@")
		if at >= 0 {
			if _, err := url.Parse("postgres://" + rest[at+1:]); err == nil {
				return encodePassword
			}
		}
		return "the host, the port or the name is wrong; give it like postgres://user:password@host:5432/name, and " +
			"if the password has other characters than letters and digits: " + encodePassword
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	query.Del("password")
	query.Del("sslpassword")
	u.RawQuery = query.Encode()
	// The same URL without a password has the same fault.
	_, err = pgxpool.ParseConfig(u.String())
	if err == nil {
		return "give it like postgres://user:password@host:5432/name"
	}
	_, why, found := strings.Cut(err.Error(), "`: ")
	if !found {
		return "a parameter after the ? has a value that it cannot have"
	}
	return why
}

// misread reports whether a URL can be read, though not as it was meant: the
// password ends where a / ? or # of its own begins something else.
func misread(text string) bool {
	rest := text[strings.Index(text, "://")+3:]
	end := strings.IndexAny(rest, "/?#")
	if end < 0 || strings.Contains(rest[:end], "@") || !strings.Contains(rest[:end], ":") {
		return false
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	keys, err := url.ParseQuery(query)
	if err != nil {
		return true
	}
	for key := range maps.Keys(keys) {
		if strings.ContainsAny(key, "@/#") {
			return true
		}
	}
	return strings.Contains(path, "@")
}

// route sets how this process speaks to the server. Through a pooler nothing
// may be left behind on a connection: no prepared statement, and no setting.
func (s *source) route(sv *server) error {
	cfg := s.config
	if !sv.pooled {
		if s.path != "" {
			cfg.ConnConfig.RuntimeParams["search_path"] = s.path
		}
		return nil
	}
	if !s.mode {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if s.path == "" || sameNames(sv.path, s.path) {
		return nil
	}
	remedy := sv.setPath(s.path)
	if s.schema != "" {
		remedy = fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s; ", quote(s.schema), quote(sv.role)) +
			remedy
	}
	return fmt.Errorf("%w: PostgreSQL at %s is behind a pooler, which keeps no %s; set it for the role: %s",
		ErrDatabase, sv.host, s.names.path, remedy)
}

// setPath sets the search_path behind a pooler.
func (sv *server) setPath(path string) string {
	return fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET search_path = %s; and RECONNECT in PgBouncer's console",
		quote(sv.role), quote(sv.database), path)
}

// sameNames reports whether two values of search_path are the same.
func sameNames(a, b string) bool {
	plain := strings.NewReplacer(`"`, "", " ", "")
	return plain.Replace(a) == plain.Replace(b)
}
