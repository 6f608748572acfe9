package orderflow_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestQueryPlans records what the program sends to the database, and asks the
// database how it runs each of these statements beside years of orders. With -v
// it prints the plans. None may read a table whole, or an index for a client or
// a client's state alone, and none may sort, but as allowed says.
func TestQueryPlans(t *testing.T) {
	test := func(t *testing.T, s *shop) {
		s.years()
		statements := s.recorded()
		for _, text := range texts(t) {
			onlyPostgres := strings.Contains(text, "FOR UPDATE SKIP LOCKED")
			if onlyPostgres && !s.isPostgres() {
				continue
			}
			require.True(t, slices.ContainsFunc(statements, func(q statement) bool {
				return strings.Contains(q.line(), text)
			}),
				"no call of this test leads to the statement with %q", text)
		}
		columns, plans := s.indexColumns(), s.plans(statements)
		for _, p := range plans {
			t.Log(p)
			for _, fault := range p.faults(columns) {
				require.True(t, slices.ContainsFunc(allowed, func(a allowance) bool {
					return strings.Contains(p.onBoth(), a.in) && slices.Contains(a.faults, fault)
				}), "%s: %s", fault, p)
			}
		}
	}
	onBoth(t, test)
	// An index in one order does not serve a query in another. In a database that sorts by
	// bytes, all are in the same.
	t.Run("postgres by language", func(t *testing.T) {
		t.Parallel()
		test(t, newShop(t, languageSource(t)))
	})
}

// onBoth is the statement without what it has on PostgreSQL alone.
func (p plan) onBoth() string { return strings.ReplaceAll(p.line, ` COLLATE "C"`, "") }

type allowance struct {
	in, why string
	faults  []string // see plan.faults
}

var allowed = []allowance{
	{"WHERE client = $1 ORDER BY created_at DESC, id DESC LIMIT 100", "List: in this order, up to the limit",
		[]string{"orderflow_orders_created"}},
	{"WHERE client = $1 AND state = $2 ORDER BY created_at DESC, id DESC LIMIT 100",
		"List: in this order, up to the limit", []string{"orderflow_orders_state"}},
	{"AND parked_at IS NOT NULL", "List and Report: what is parked is few, and waits for a person",
		[]string{"orderflow_orders_parked", "sort"}},
	{"AND late_at IS NOT NULL", "List and Report: what is late is few, and waits for a person",
		[]string{"orderflow_orders_late", "sort"}},
	{"SELECT (SELECT MIN(at)", "Health: the first of two, and at most 1,000 of three",
		[]string{"orderflow_orders_due_wallet", "orderflow_orders_due_fulfil", "orderflow_orders_parked",
			"orderflow_orders_late", "orderflow_orders_state"}},
	{"SELECT state, COUNT(*)", "Report: it counts all orders, once a day",
		[]string{"orderflow_orders", "orderflow_orders_state", "sort"}},
	{"AND (state IN ('created', 'pending') AND expires_at", "Report: all that is open, once a day",
		[]string{"orderflow_orders_due_wallet", "orderflow_orders_state", "sort"}},
	{"SELECT 1 FROM orderflow_orders WHERE client = $1 LIMIT 1", "once, where shards begin: is there an order?",
		[]string{"orderflow_orders", "orderflow_orders_created", "orderflow_orders_state", "orderflow_orders_pkey",
			"sqlite_autoindex_orderflow_orders_1", "orderflow_orders_payment", "orderflow_orders_due_wallet"}},
	{"FROM orderflow_shards WHERE client = $1", "a handful of shards",
		[]string{"orderflow_shards", "orderflow_shards_pkey", "sqlite_autoindex_orderflow_shards_1", "sort"}},
	{"FROM orderflow_alarms WHERE client = $1 AND last_at >= $2", "Alarms: those of one millisecond", []string{"sort"}},
	{"FROM orderflow_captures WHERE client = $1 AND order_id = $2 AND kind <> 'void' ORDER BY created_at, id",
		"Captures: those of one order", []string{"sort"}},
	{"FROM orderflow_refunds WHERE client = $1 AND order_id = $2 ORDER BY created_at, id",
		"Refunds: those of one order", []string{"sort"}},
}

// statement is one that was sent, with its arguments of the first time.
type statement struct {
	query string
	args  []any
}

func (q statement) line() string { return strings.Join(strings.Fields(q.query), " ") }

// texts are the parts of the program's text that name a table to look into.
func texts(t *testing.T) (list []string) {
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	table := regexp.MustCompile(`\b(FROM|UPDATE) ` +
		`(orderflow_(orders|history|inbox|refunds|captures|alarms|reports|shards|ceded)|river_job)`)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING &&
				table.MatchString(literal.Value) {
				text, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				list = append(list, statement{query: text}.line())
			}
			return true
		})
	}
	require.NotEmpty(t, list)
	return list
}

// years fills the tables with what a shop has behind it: most orders have come
// to their end. 1 in 20 is open, 1 in 100 late, and 1 in 200 each is paid,
// parked and refunding.
func (s *shop) years() {
	s.t.Helper()
	const orders, hours = 10_000, int64(time.Hour / time.Millisecond)
	numbers := `(WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < $1) SELECT i
		FROM numbers) AS n`
	if s.isPostgres() {
		numbers = `(SELECT generate_series(0, $1::bigint - 1) AS i) AS n`
	}
	now, client := s.clock.now().UnixMilli(), s.client.ClientID()
	for _, table := range []struct {
		insert string
		rows   int
		args   []any
	}{
		{`orderflow_orders (client, id, state, currency, value, title, request, digest, payment_id, payment_url,
			created_at, updated_at, expires_at, next_at, parked_at, late_at)
			SELECT $2, 'old-' || i, CASE WHEN i % 20 = 0 THEN 'pending' WHEN i % 200 IN (1,
			2) THEN 'paid' WHEN i % 200 = 3 THEN 'refunding'
					WHEN i % 10 = 4 THEN 'cancelled' WHEN i % 10 = 5 THEN 'expired' ELSE 'fulfilled' END,
				'USD', 1050, 'Two coffees', $3, '', 'p-old-' || i, $4, $5 - i * $6, $5 - i * $6, $5 - i * $6 + $6,
				CASE WHEN i % 20 = 0 OR i % 200 IN (1, 3) THEN $5 + i * 1000 + $6 END, CASE WHEN i % 200 = 2 THEN $5
				END, CASE WHEN i % 100 = 4 THEN $5 END`,
			orders, []any{client, `{"PaymentRequestID":"old","Amount":{"currency":"USD","value":"1050"},"Title":"Two ` +
				`coffees"}`, strings.Repeat(
				"x", 300), now, hours}},
		{`orderflow_history (client, order_id, at, from_state, to_state, actor, reason, raw)
			SELECT $2, 'old-' || i / 3, $3 - i * $4, 'pending', 'paid', 'notification', 'SUCCESS', $5`,
			3 * orders, []any{client, now, hours, strings.Repeat("x", 200)}},
		{`orderflow_inbox (client, kind, request_id, status, digest, received_at, raw)
			SELECT $2, 'payment', 'old-' || i, 'SUCCESS', '', $3 - i * $4, $5`,
			orders, []any{client, now, hours, strings.Repeat("x", 200)}},
		{`orderflow_refunds (client, id, order_id, state, currency, value, reason, payment_id, created_at, updated_at)
			SELECT $2, 'refund-' || i, 'old-' || i, CASE WHEN i % 200 = 3 THEN 'open' ELSE 'succeeded'
			END, 'USD', 1, '', 'p-old-' || i, $3 - i * $4, $3 - i * $4`,
			orders, []any{client, now, hours}},
		{`orderflow_captures (client, id, order_id, kind, state, currency, value, payment_id, created_at, updated_at)
			SELECT $2, 'capture-' || i, 'old-' || i, 'last', CASE WHEN i % 200 = 3 THEN 'open' ELSE 'succeeded'
			END, 'USD', 1, 'p-old-' || i, $3 - i * $4, $3 - i * $4`,
			orders, []any{client, now, hours}},
		{`orderflow_alarms (client, digest, kind, order_id, reason, raw, first_at, last_at, times)
			SELECT $2, 'alarm-' || i, 'late', 'old-' || i, 'paid late', $5, $3 - i * $4, $3 - i * $4, 1`,
			orders, []any{client, now, hours, strings.Repeat("x", 200)}},
		{`orderflow_ceded (client, id, shard, at) SELECT $2, 'ceded-' || i, 'c', 0`, orders, []any{client}},
		{`river_job (kind, args, max_attempts, queue, state, finalized_at)
			SELECT 'orderflow_fulfil', '{}', 1, 'orderflow-fulfil', 'completed', '2026-01-01 00:00:00Z'`, orders, nil},
	} {
		_, err := s.db.SQL().ExecContext(s.t.Context(), `INSERT INTO `+table.insert+` FROM `+numbers,
			append([]any{table.rows}, table.args...)...)
		require.NoError(s.t, err)
	}
	if s.isPostgres() { // as it does by itself after a while
		_, err := s.db.SQL().ExecContext(s.t.Context(), `ANALYZE`)
		require.NoError(s.t, err)
	}
}

// recorded calls everything that looks something up, and returns the statements
// that were sent for it.
func (s *shop) recorded() []statement {
	t, ctx := s.t, s.t.Context()
	own := texts(t)
	var mu sync.Mutex
	var statements []statement
	lender := s.db
	t.Cleanup(func() { require.NoError(t, lender.Close()) })
	db, err := lender.Recorded(ctx, func(query string, args []any) {
		q := statement{query, args}
		mu.Lock()
		defer mu.Unlock()
		isBulk := strings.Contains(query, "FROM unnest(")
		isOwn := slices.ContainsFunc(own, func(text string) bool { return strings.Contains(q.line(), text) })
		if (isBulk || isOwn) &&
			!slices.ContainsFunc(statements, func(known statement) bool { return known.query == query }) {
			statements = append(statements, q)
		}
	})
	require.NoError(t, err)
	s.db, s.config.DB = db, db
	s.open()
	// They would come to the flow on the lender.
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})

	o := s.pending("order-1")
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	for range 2 {
		require.NoError(t, s.flow.Receive(ctx, paid("order-1", o.PaymentID, 1050)))
	}
	require.NoError(t, s.flow.Receive(ctx, paid("", o.PaymentID, 1050)))
	together := s.gather()
	for _, id := range []string{"order-6", "order-7"} {
		s.pending(id)
		together.add(ctx, id, paid(id, "", 1050))
	}
	for _, err := range together.receive() {
		require.NoError(t, err)
	}
	s.pending("order-2")
	_, err = s.flow.Refresh(ctx, "order-2")
	require.NoError(t, err)
	s.clock.advance(time.Minute)
	require.NoError(t, s.flow.Sweep(ctx))
	require.NoError(t, s.flow.Work(ctx))
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
	_, err = s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "refund-of-1"})
	require.NoError(t, err)
	inProcess := &tradepay.Notification{Kind: tradepay.NotificationRefund, RefundRequestID: "refund-of-1",
		RefundStatus: tradepay.TransactionProcessing, Raw: []byte(`{}`)}
	require.NoError(t, s.flow.Receive(ctx, inProcess))
	s.wallet.Heal()
	s.clock.advance(time.Minute)
	require.NoError(t, s.flow.Sweep(ctx))
	require.NoError(t, s.flow.Work(ctx))
	o, err = s.flow.Get(ctx, "order-1")
	require.NoError(t, err)
	require.Equal(t, orderflow.StateRefunded, o.State)

	s.reserved("order-4")
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpCapture, Times: 3})
	_, err = s.flow.Capture(ctx, "order-4", orderflow.CaptureRequest{
		ID: "capture-of-4", Amount: usd(350), Partial: true,
	})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	s.clock.advance(time.Minute)
	require.NoError(t, s.flow.Sweep(ctx))
	require.NoError(t, s.flow.Work(ctx))
	_, err = s.flow.Capture(ctx, "order-4", orderflow.CaptureRequest{ID: "refused"})
	require.NoError(t, err)
	s.reserved("order-5")
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpVoid})
	_, err = s.flow.Void(ctx, "order-5")
	require.ErrorIs(t, err, tradepay.ErrRejected)
	s.withProfile(t, noVoid)
	s.reserved("order-8")
	_, err = s.flow.Void(ctx, "order-8")
	require.NoError(t, err)
	_, err = s.flow.Captures(ctx, "order-4")
	require.NoError(t, err)

	now := s.clock.now()
	for _, kind := range []orderflow.ListOptions{{}, {Parked: true}, {Late: true}} {
		for _, state := range []orderflow.State{"", orderflow.StateCancelled} {
			for _, before := range []time.Time{{}, now} {
				kind.State, kind.CreatedBefore = state, before
				_, err := s.flow.List(ctx, kind)
				requireListed(t, err)
			}
		}
	}
	_, err = s.flow.History(ctx, "order-1")
	require.NoError(t, err)
	_, err = s.flow.Refunds(ctx, "order-1")
	require.NoError(t, err)
	_, err = s.flow.Report(ctx, now.Add(-24*time.Hour), now)
	require.NoError(t, err)
	require.True(t, s.flow.Health(ctx).OK)
	s.recordShards(now)
	_, err = s.flow.Prune(ctx, orderflow.PruneOptions{From: now.AddDate(0, 0, -40), To: now.AddDate(0, 0, -35)})
	require.NoError(t, err)

	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	o = s.pending("order-3")
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	require.NoError(t, s.flow.Receive(ctx, paid("order-3", o.PaymentID, 1050)))
	s.config.Restored = s.clock.now()
	s.open()
	require.NoError(t, s.flow.FulfilJob(ctx, "order-3", 0))
	require.NoError(t, s.flow.RecallStrays(ctx))
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(statements)
}

// recordShards has the flow be one of several shards.
func (s *shop) recordShards(now time.Time) {
	t, ctx := s.t, s.t.Context()
	down := orderflow.Shard{Name: "b", Open: func(context.Context) (*orderflow.Flow, error) { return nil, errRefused }}
	_, err := orderflow.NewShards(ctx, []orderflow.Shard{{Name: "a", Flow: s.flow}, down})
	require.ErrorIs(t, err, orderflow.ErrInvalidConfig)
	shards, err := orderflow.NewShards(ctx, []orderflow.Shard{{Name: "a", Flow: s.flow}})
	require.NoError(t, err)
	_, err = s.flow.Cede(ctx, "order-9", "b")
	require.NoError(t, err)
	_, err = shards.Create(ctx, s.request("order-9"))
	require.ErrorIs(t, err, orderflow.ErrShard)
	require.NoError(t, shards.Receive(ctx, paid("", s.pending("order-10").PaymentID, 1050)))
	_, err = shards.Refund(ctx, "order-10", orderflow.RefundRequest{ID: "refund-of-10"})
	require.ErrorIs(t, err, orderflow.ErrTransition)
	_, err = shards.Capture(ctx, "order-10", orderflow.CaptureRequest{ID: "capture-of-10"})
	require.ErrorIs(t, err, orderflow.ErrTransition)
	_, err = shards.List(ctx, orderflow.ListOptions{CreatedBefore: now})
	requireListed(t, err)
}

// requireListed holds that a list was read. The orders of years are made up, and most of them
// cannot be read.
func requireListed(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, orderflow.ErrUnreadable) {
		require.NoError(t, err)
	}
}

// plan is how a database runs a statement, as it says itself.
type plan struct{ line, of, text string }

func (p plan) String() string {
	return p.line + "\n" + p.of + ":\n  " + strings.ReplaceAll(p.text, "\n", "\n  ")
}

// plans asks the database. SQLite is asked without statistics, which the program
// does not make, and with those that somebody may make. PostgreSQL plans for
// the arguments, and now and then for any, whatever it thinks cheaper.
func (s *shop) plans(statements []statement) (plans []plan) {
	t, ctx := s.t, s.t.Context()
	if s.isPostgres() {
		conn, err := s.db.SQL().Conn(ctx)
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close()) }()
		require.NoError(t, conn.Raw(func(driverConn any) error {
			server := driverConn.(*stdlib.Conn).Conn()
			_, err := server.Exec(ctx, `SET plan_cache_mode = force_generic_plan`) // for EXECUTE
			require.NoError(t, err)
			for _, q := range statements {
				prepared, err := server.Prepare(ctx, "asked", q.query)
				require.NoError(t, err, q.query)
				some := strings.Join(slices.Repeat([]string{"NULL"}, len(prepared.ParamOIDs)), ", ")
				for i, ask := range []statement{q, {query: `EXECUTE asked (` + some + `)`}} {
					rows, err := server.Query(ctx, `EXPLAIN (COSTS OFF) `+ask.query, ask.args...)
					require.NoError(t, err, ask.query)
					lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
					require.NoError(t, err, ask.query)
					plans = append(plans, plan{q.line(), []string{"for these arguments", "for any arguments"}[i],
						strings.Join(lines, "\n")})
				}
				require.NoError(t, server.Deallocate(ctx, "asked"))
			}
			return nil
		}))
		return plans
	}
	for _, of := range []string{"without statistics", "with statistics"} {
		if of == "with statistics" {
			_, err := s.db.SQL().ExecContext(ctx, `ANALYZE`)
			require.NoError(t, err)
		}
		for _, q := range statements {
			args := map[string]bool{}
			for _, name := range regexp.MustCompile(`\$\d+`).FindAllString(q.query, -1) {
				args[name] = true
			}
			rows, err := s.db.SQL().QueryContext(ctx, `EXPLAIN QUERY PLAN `+q.query, make([]any, len(args))...)
			require.NoError(t, err, q.query)
			var lines []string
			for rows.Next() {
				var line string
				require.NoError(t, rows.Scan(new(int), new(int), new(int), &line))
				lines = append(lines, line)
			}
			require.NoError(t, rows.Close())
			plans = append(plans, plan{q.line(), of, strings.Join(lines, "\n")})
		}
	}
	return plans
}

// indexColumns are the columns of each index, in its order.
func (s *shop) indexColumns() map[string][]string {
	query := `SELECT m.name, i.name FROM sqlite_master m, pragma_index_info(m.name) i WHERE m.type = 'index'
		ORDER BY m.name, i.seqno`
	if s.isPostgres() {
		query = `SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i
			JOIN pg_attribute a ON a.attrelid = i.indexrelid ORDER BY i.indexrelid, a.attnum`
	}
	rows, err := s.db.ReadSQL().QueryContext(s.t.Context(), query)
	require.NoError(s.t, err)
	defer func() { _ = rows.Close() }()
	columns := map[string][]string{}
	for rows.Next() {
		var index, column string
		require.NoError(s.t, rows.Scan(&index, &column))
		columns[index] = append(columns[index], column)
	}
	require.NoError(s.t, rows.Err())
	return columns
}

var (
	whole   = regexp.MustCompile(`(?:Seq Scan on|SCAN) ((?:orderflow_|river_job)\w*)`)
	sorting = regexp.MustCompile(`Sort Key|TEMP B-TREE`)
	// An index, and what is looked for in it: in the same line in SQLite, in the next in PostgreSQL.
	search = regexp.MustCompile(`(?:Index (?:Only )?Scan(?: Backward)? using (\w+) on .*|Bitmap Index Scan on ` +
		`(\w+)|USING (?:COVERING )?INDEX (\w+))(?: (\(.*\))|\n +Index Cond: (.*))?`)
	value = regexp.MustCompile(`'(''|[^'])*'`)
)

// faults are the tables and indexes that a plan may read to more than what it
// is asked for, and "sort". What leads through an index are its columns before
// the first one that is not looked for; a client and a state do not lead far.
func (p plan) faults(columns map[string][]string) (faults []string) {
	for _, m := range whole.FindAllStringSubmatch(p.text, -1) {
		faults = append(faults, m[1])
	}
	for _, m := range search.FindAllStringSubmatch(p.text, -1) {
		index, condition, leads := m[1]+m[2]+m[3], value.ReplaceAllString(m[4]+m[5], ""), false
		for _, column := range columns[index] {
			if !regexp.MustCompile(`\b` + column + `\b`).MatchString(condition) {
				break
			}
			leads = leads || column != "client" && column != "state"
		}
		if !leads {
			faults = append(faults, index)
		}
	}
	if sorting.MatchString(p.text) {
		faults = append(faults, "sort")
	}
	return faults
}
