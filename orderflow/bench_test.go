package orderflow_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// counter is a database to measure, without anything that runs beside.
type counter struct {
	db     *orderflow.DB
	flow   *orderflow.Flow
	client *tradepay.Client
	key    *rsa.PrivateKey // the wallet's
	server bool            // PostgreSQL
}

func newCounter(b *testing.B, source string) *counter {
	b.Helper()
	wallet := tradepaytest.NewWallet()
	b.Cleanup(wallet.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(b, err)
	config := wallet.Config()
	config.WalletKeys = map[string]*rsa.PublicKey{"1": &key.PublicKey}
	client, err := tradepay.NewClient(config)
	require.NoError(b, err)
	open := orderflow.Open
	if strings.Contains(source, hasty) {
		open = orderflow.OpenHasty
	}
	db, err := open(b.Context(), source)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	flow, err := orderflow.New(b.Context(), orderflow.Config{Client: client, DB: db,
		Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return nil }})
	require.NoError(b, err)
	c := &counter{db: db, flow: flow, client: client, key: key, server: strings.HasPrefix(source, "postgres")}
	c.exec(b, `CREATE TABLE IF NOT EXISTS plain (id TEXT PRIMARY KEY, raw TEXT NOT NULL)`)
	return c
}

// hasty is what Open rejects.
const hasty = "&options=-csynchronous_commit%3Doff"

// newHastyCounter is newCounter on the same database, whose commits do not wait
// for the disk.
func newHastyCounter(b *testing.B, source string) *counter {
	b.Helper()
	if strings.HasPrefix(source, "postgres") {
		return newCounter(b, source+hasty)
	}
	c := newCounter(b, source)
	c.exec(b, `PRAGMA synchronous = OFF`) // of its only connection that writes
	return c
}

func (c *counter) exec(b *testing.B, query string, args ...any) {
	b.Helper()
	_, err := c.db.SQL().ExecContext(b.Context(), query, args...)
	require.NoError(b, err)
}

// fill adds pending orders, prefix0 to prefix(n-1), whose next looks begin then.
func (c *counter) fill(b *testing.B, prefix string, n int, next time.Time) {
	b.Helper()
	numbers := `WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < $5)
		SELECT i FROM numbers`
	if c.server {
		numbers = `SELECT generate_series(0, $5::bigint - 1) AS i`
	}
	const id = "ID-OF-THE-ROW" // each order is stored with its own request
	request, err := json.Marshal(tradepay.CreateOrderRequest{
		PaymentRequestID: id,
		Amount:           tradepay.Amount{Currency: "USD", Value: 1050},
		Title:            "Two coffees",
	})
	require.NoError(b, err)
	now := time.Now()
	c.exec(b, `INSERT INTO orderflow_orders (client, id, state, currency, value, title, request, digest,
			payment_id, payment_url, created_at, updated_at, expires_at, next_at)
		SELECT $1, $2 || i, 'pending', 'USD', 1050, 'Two coffees', replace($3, '`+id+`', $2 || i), '',
			'p' || $2 || i, $4, $6 + i, $6, $7, $8 + i FROM (`+numbers+`) AS n`,
		c.client.ClientID(), prefix, string(request),
		"https://wallet.example/cashier?"+strings.Repeat("x", 300), n,
		now.UnixMilli(), now.Add(time.Hour).UnixMilli(), next.UnixMilli())
}

// settle does what the database would soon do by itself, and then not beside a measurement.
func (c *counter) settle(b *testing.B) {
	b.Helper()
	if !c.server {
		c.exec(b, `PRAGMA wal_checkpoint(TRUNCATE)`)
		return
	}
	c.exec(b, `VACUUM ANALYZE`)
	c.exec(b, `CHECKPOINT`)
}

func (c *counter) notification(id string) *tradepay.Notification {
	return &tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: id, PaymentID: "p" + id,
		Status: tradepay.StatusSuccess,
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}, PaidAt: time.Now(),
		Raw: []byte(`{"paymentRequestId":"` + id + `","note":"` + strings.Repeat("x", 300) + `"}`)}
}

// together runs work for each number on so many goroutines and returns how long it took.
func together(b *testing.B, atOnce, from, to int, work func(i int) error) time.Duration {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var all sync.WaitGroup
	var failed atomic.Value
	began := time.Now()
	for range atOnce {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < to; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					failed.Store(err)
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := failed.Load(); err != nil {
		b.Fatal(err)
	}
	return took
}

// eachSource hands out databases of either kind.
func eachSource(b *testing.B, bench func(b *testing.B, source func() string)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, func() string { return filepath.Join(b.TempDir(), "orders.db") }) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("TRADEPAY_TEST_POSTGRES") == "" {
			b.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres --durable")
		}
		bench(b, func() string {
			source, err := createDatabase("template1")
			require.NoError(b, err)
			b.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(source) + ` WITH (FORCE)`) })
			return strings.ReplaceAll(source, "pool_max_conns=8", "pool_max_conns=20")
		})
	})
}

// BenchmarkNotifications accepts notifications, 1, 16 and 128 at a time, in turns
// with plain inserts of one row by as many, each committed by itself, into the same
// database. x-floor is the one rate as a part of the other. Transaction is Receive
// alone; handler is the whole NotifyHandler, with an RSA verification and a signature.
func BenchmarkNotifications(b *testing.B) {
	eachSource(b, func(b *testing.B, source func() string) {
		c, run := newCounter(b, source()), 0
		for _, part := range []struct {
			name   string
			atOnce int
		}{{"transaction", 1}, {"transaction", 16}, {"transaction", 128}, {"handler", 16}} {
			b.Run(fmt.Sprintf("%s/%d", part.name, part.atOnce), func(b *testing.B) {
				run++
				prefix := fmt.Sprintf("%s%d-", part.name, run)
				c.fill(b, prefix, b.N, time.Now().Add(time.Hour))
				c.settle(b)
				receive := func(i int) error {
					return c.flow.Receive(b.Context(), c.notification(prefix+fmt.Sprint(i)))
				}
				if part.name == "handler" {
					receive = c.overHTTP(b, prefix)
				}
				insert := func(i int) error {
					_, err := c.db.SQL().ExecContext(b.Context(), `INSERT INTO plain (id, raw) VALUES ($1, $2)`,
						prefix+fmt.Sprint(i), strings.Repeat("x", 400))
					return err
				}
				var floor, ours time.Duration
				const turns = 8
				b.ResetTimer()
				for turn := range turns {
					from, to := turn*b.N/turns, (turn+1)*b.N/turns
					floor += together(b, part.atOnce, from, to, insert)
					ours += together(b, part.atOnce, from, to, receive)
				}
				b.ReportMetric(float64(b.N)/ours.Seconds(), "notifications/s")
				b.ReportMetric(float64(b.N)/floor.Seconds(), "inserts/s")
				b.ReportMetric(floor.Seconds()/ours.Seconds(), "x-floor")
			})
		}
	})
}

// overHTTP returns a function that hands signed notifications to the handler.
func (c *counter) overHTTP(b *testing.B, prefix string) func(int) error {
	handler := c.flow.NotifyHandler()
	bodies := make([][]byte, b.N)
	headers := make([]http.Header, b.N)
	for i := range b.N {
		id := prefix + fmt.Sprint(i)
		bodies[i] = fmt.Appendf(nil, `{"paymentRequestId":%q,"paymentId":%q,"paymentAmount":{"currency":"USD",`+
			`"value":"1050"},"paymentTime":%q,"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS",`+
			`"resultMessage":"success"}}`,
			id, "p"+id, time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
		m := wire.Message{Method: http.MethodPost, URI: "/notify", ClientID: c.client.ClientID(),
			Time: time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), Body: bodies[i]}
		value, err := m.Sign(c.key)
		require.NoError(b, err)
		header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: value}
		headers[i] = http.Header{"Client-Id": {m.ClientID}, "Request-Time": {m.Time},
			"Signature": {header.Format(wire.EncodingBase64URL)}}
	}
	return func(i int) error {
		r := httptest.NewRequest(http.MethodPost, "/notify", bytes.NewReader(bodies[i]))
		r.Header = headers[i]
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"S"`) {
			return fmt.Errorf("answered %d: %s", w.Code, w.Body)
		}
		return nil
	}
}

// BenchmarkOpenOrders measures what one order costs (its notification, its turn
// in a sweep and three reads) beside 1,000 and more open ones, up to
// TRADEPAY_OPEN_ORDERS. Each number of them is a database of its own, and all
// take turns, so that whatever else the machine does meets them alike. Each turn
// is taken twice: with commits that wait for the disk, as in production, and
// with commits that do not, which leaves what the processor does.
//
// ms-n is the median over the turns, beside n open orders, and x-n the median of
// how a turn compares with the same one beside 1,000. The log has the quartiles.
// -benchtime 4x takes four times as many turns.
func BenchmarkOpenOrders(b *testing.B) {
	const turns, each = 31, 20
	most := 100_000
	if os.Getenv("TRADEPAY_OPEN_ORDERS") != "" {
		_, err := fmt.Sscan(os.Getenv("TRADEPAY_OPEN_ORDERS"), &most)
		require.NoError(b, err)
	}
	eachSource(b, func(b *testing.B, source func() string) {
		var sizes []int
		var durable, hasty []*counter
		for size := 1000; size <= most; size *= 10 {
			where := source()
			c := newCounter(b, where)
			c.fill(b, "open-", size, time.Now().Add(time.Hour))
			c.settle(b)
			sizes, durable, hasty = append(sizes, size), append(durable, c), append(hasty, newHastyCounter(b, where))
		}
		b.ResetTimer()
		took := map[*counter][]float64{} // ms for an order
		for turn := range turns * b.N {
			for i := range sizes {
				for _, c := range []*counter{durable[(turn+i)%len(sizes)], hasty[(turn+i)%len(sizes)]} {
					c.orders(b, fmt.Sprintf("warm-%d-", turn), each/4)
					took[c] = append(took[c], c.orders(b, fmt.Sprintf("run-%d-", turn), each).Seconds()*1000/each)
				}
			}
		}
		for i, size := range sizes {
			line := fmt.Sprintf("%d open:", size)
			for _, kind := range []string{"", "-hasty"} {
				counters := map[string][]*counter{"": durable, "-hasty": hasty}[kind]
				var ratios []float64
				for turn, ms := range took[counters[i]] {
					ratios = append(ratios, ms/took[counters[0]][turn])
				}
				ms, x := quartiles(took[counters[i]]), quartiles(ratios)
				line += fmt.Sprintf(" ms%s %.2f (%.2f to %.2f) x %.2f (%.2f to %.2f)", kind, ms[1], ms[0],
					ms[2], x[1], x[0], x[2])
				b.ReportMetric(ms[1], fmt.Sprintf("ms-%d%s", size, kind))
				b.ReportMetric(x[1], fmt.Sprintf("x-%d%s", size, kind))
			}
			b.Log(line) // a benchmark's log ends after ten lines
		}
		b.ReportMetric(0, "ns/op") // of everything together it says nothing
	})
}

func quartiles(values []float64) [3]float64 {
	sorted := slices.Sorted(slices.Values(values))
	return [3]float64{sorted[len(sorted)/4], sorted[len(sorted)/2], sorted[len(sorted)-1-len(sorted)/4]}
}

// orders lets n orders come due, be taken up and be paid, and returns how long
// that takes. It leaves as many open ones as there were.
func (c *counter) orders(b *testing.B, prefix string, n int) time.Duration {
	b.Helper()
	c.fill(b, prefix, n, time.UnixMilli(0))
	began := time.Now()
	require.NoError(b, c.flow.SweepOnce(b.Context(), n))
	for i := range n {
		id := prefix + fmt.Sprint(i)
		require.NoError(b, c.flow.Receive(b.Context(), c.notification(id)))
		for range 3 {
			_, err := c.flow.Get(b.Context(), id)
			require.NoError(b, err)
		}
	}
	took := time.Since(began)
	c.exec(b, `DELETE FROM river_job`) // as if they had been worked
	c.exec(b, `DELETE FROM orderflow_orders WHERE client = $1 AND id >= $2 AND id < $3`,
		c.client.ClientID(), prefix, prefix+"~")
	c.exec(b, `DELETE FROM orderflow_inbox WHERE client = $1 AND kind = 'payment' AND request_id >= $2
		AND request_id < $3`, c.client.ClientID(), prefix, prefix+"~")
	return took
}

// BenchmarkPaidOrder takes 100 orders from Create to their fulfilment, 16 at a time, and
// tells what PostgreSQL had to do for each: transactions, versions of rows, how many of
// its updates touched no index (hot), and the WAL. They include what River and the
// sweeps do beside. bytes are those of the database afterwards, for each order.
func BenchmarkPaidOrder(b *testing.B) {
	eachSource(b, func(b *testing.B, source func() string) {
		orders := 100 * b.N // so that what happens once, or once a second, counts little
		where := source()
		c := newCounter(b, where)
		mux := http.NewServeMux()
		server := httptest.NewServer(mux)
		defer server.Close()
		wallet := tradepaytest.NewWallet()
		defer wallet.Close()
		client, err := tradepay.NewClient(wallet.Config())
		require.NoError(b, err)
		db, err := orderflow.Open(b.Context(), where)
		require.NoError(b, err)
		var shipped atomic.Int64
		done := make(chan struct{})
		flow, err := orderflow.New(b.Context(), orderflow.Config{Client: client, DB: db,
			Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
				if shipped.Add(1) == int64(orders) {
					close(done)
				}
				return nil
			}})
		require.NoError(b, err)
		mux.Handle("/notify", flow.NotifyHandler())
		run, stop := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		before := c.spent(b)
		b.ResetTimer()
		go func() { ended <- flow.Run(run) }()
		took := together(b, 16, 0, orders, func(i int) error {
			o, err := flow.Create(b.Context(), &tradepay.CreateOrderRequest{
				PaymentRequestID: fmt.Sprintf("paid-%d", i), Title: "Two coffees", NotifyURL: server.URL + "/notify",
				Amount: tradepay.Amount{Currency: "USD", Value: 1050},
			})
			if err != nil {
				return err
			}
			return wallet.Pay(o.PaymentURL)
		})
		<-done
		stop()
		require.NoError(b, <-ended)
		require.NoError(b, db.Close()) // PostgreSQL counts what a connection did when it ends
		after := c.spent(b)
		each := func(name string) float64 { return float64(after[name]-before[name]) / float64(orders) }
		b.ReportMetric(float64(orders)/took.Seconds(), "orders/s")
		b.ReportMetric(each("bytes"), "bytes/order")
		if c.server {
			b.ReportMetric(each("commits"), "commits/order")
			b.ReportMetric(each("rows"), "row-versions/order")
			b.ReportMetric(float64(after["hot"]-before["hot"])/float64(after["updates"]-before["updates"]), "hot-share")
			b.ReportMetric(each("wal"), "wal-bytes/order")
		}
	})
}

// spent is what the database counts.
func (c *counter) spent(b *testing.B) map[string]int64 {
	b.Helper()
	queries := map[string]string{"bytes": `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`}
	if c.server {
		time.Sleep(2 * time.Second) // the statistics of a connection that has ended are on their way
		queries = map[string]string{
			"bytes":   `SELECT pg_database_size(current_database())`,
			"commits": `SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()`,
			"rows":    `SELECT SUM(n_tup_ins + n_tup_upd)::bigint FROM pg_stat_user_tables`,
			"updates": `SELECT SUM(n_tup_upd)::bigint FROM pg_stat_user_tables`,
			"hot":     `SELECT SUM(n_tup_hot_upd)::bigint FROM pg_stat_user_tables`,
			"wal":     `SELECT (pg_current_wal_lsn() - '0/0')::bigint`,
		}
	}
	spent := map[string]int64{}
	for name, query := range queries {
		var n int64
		require.NoError(b, c.db.SQL().QueryRowContext(b.Context(), query).Scan(&n))
		spent[name] = n
	}
	return spent
}
