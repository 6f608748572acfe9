package shop

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// onBoth runs a test on SQLite and on PostgreSQL, which script/postgres starts.
func onBoth(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newBench(t, sqliteSource(t), nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newBench(t, postgresSource(t), nil))
	})
}

func sqliteSource(t *testing.T) string { return filepath.Join(t.TempDir(), "shop.db") }

// postgresSource makes a database of its own.
func postgresSource(t *testing.T) string {
	server := os.Getenv("TRADEPAY_TEST_POSTGRES")
	if server == "" {
		t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
	}
	name := "shop_" + strings.ToLower(rand.Text())
	execute := func(ctx context.Context, statement string) error {
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, statement)
		return err
	}
	require.NoError(t, execute(t.Context(), "CREATE DATABASE "+name))
	t.Cleanup(func() {
		require.NoError(t, execute(context.WithoutCancel(t.Context()), "DROP DATABASE "+name+" WITH (FORCE)"))
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/" + name
	q := u.Query()
	q.Set("pool_max_conns", "8")
	u.RawQuery = q.Encode()
	return u.String()
}

// clock runs by itself, and can be moved. Stopped, it moves by a millisecond
// each time that somebody looks: for what has to happen within a minute, which
// a slow machine may need for it.
type clock struct {
	offset  atomic.Int64
	stopped atomic.Pointer[time.Time]
}

func (c *clock) now() time.Time {
	if at := c.stopped.Load(); at != nil {
		return at.Add(time.Duration(c.offset.Add(int64(time.Millisecond))))
	}
	return time.Now().Add(time.Duration(c.offset.Load()))
}
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }
func (c *clock) stop()                   { now := time.Now(); c.stopped.Store(&now) }

// bench is a shop that is served, its wallet and its database.
type bench struct {
	t      *testing.T
	source string
	clock  *clock
	wallet *tradepaytest.Wallet
	db     *orderflow.DB
	shop   *Shop
	base   string
	change func(*Config)
	stop   func()
	log    *syncBuffer
}

const password = "correct horse"

func newBench(t *testing.T, source string, change func(*Config)) *bench {
	b := &bench{t: t, source: source, clock: new(clock), change: change, log: new(syncBuffer)}
	b.wallet = tradepaytest.NewWallet(tradepaytest.WithClock(b.clock.now),
		tradepaytest.WithNotifyBackoff(20*time.Millisecond, 8))
	t.Cleanup(b.wallet.Close)
	b.start()
	return b
}

// start serves the shop as a process would, until stop or the test's end. A
// second start is that of the next process, on another port.
func (b *bench) start() {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b.t, err)
	b.base = "http://" + listener.Addr().String()
	client, err := tradepay.NewClient(configtest.With(b.wallet.Config(), func(conf *tradepay.Config) {
		conf.Now = b.clock.now
	},
		func(conf *tradepay.Config) {
			conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond,
				AttemptTimeout: 5 * time.Second}
		}))
	require.NoError(b.t, err)
	b.db, err = orderflow.Open(b.t.Context(), b.source)
	require.NoError(b.t, err)
	catalogue, err := DemoCatalogue("USD")
	require.NoError(b.t, err)
	cfg := Config{
		Client: client, DB: b.db, Catalogue: catalogue, Password: password,
		NotifyURL: "http://127.0.0.1/notify", Now: b.clock.now,
		Inquiries: orderflow.Inquiries{First: 500 * time.Millisecond, Longest: time.Second},
		Logger:    slog.New(slog.NewTextHandler(b.log, nil)),
	}
	cfg.NotifyURL = b.base + "/notify"
	if b.change != nil {
		b.change(&cfg)
	}
	b.shop, err = New(b.t.Context(), cfg)
	require.NoError(b.t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- b.shop.Serve(ctx, listener) }()
	db := b.db
	b.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(b.t, <-ended)
		require.NoError(b.t, db.Close())
	})
	b.t.Cleanup(b.stop)
}

type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// phone is a mini program with its user's session.
type phone struct {
	*bench
	token string
}

func (b *bench) phone(user string) *phone {
	b.t.Helper()
	p := &phone{bench: b}
	var out struct{ Token string }
	require.Equal(b.t, http.StatusOK, p.call("POST",
		"/api/login", map[string]string{"authCode": b.wallet.AuthCode(user)}, &out))
	require.NotEmpty(b.t, out.Token)
	p.token = out.Token
	return p
}

// answer is what the tests read of the API.
type answer struct {
	ID, State, Text, Display, Page string
	Cashier                        string
	Open                           bool
	Amount, Refunded               tradepay.Amount
	TradePay                       tradepay.TradePayParams
	Error                          struct{ Code, Message string }
	Orders                         []answer
	Next                           string
	Items                          []struct{ ID, Name, Display string }
}

func (p *phone) call(method, path string, in, out any) (status int) {
	status, _ = p.callWith(method, path, in, out, nil)
	return status
}

func (p *phone) callWith(method, path string, in, out any, header http.Header) (int, http.Header) {
	p.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(p.t, err)
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(body))
	require.NoError(p.t, err)
	if header != nil {
		req.Header = header
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	if out != nil {
		require.NoError(p.t, json.Unmarshal(text, out), "%s", text)
	}
	return res.StatusCode, res.Header
}

// basket is the body of an order.
func basket(key, item string, quantity int) map[string]any {
	return map[string]any{"items": []map[string]any{{"id": item, "quantity": quantity}},
		"siteName": "", "requestKey": key}
}

// orders places an order that must go well.
func (p *phone) orders(key, item string, quantity int) answer {
	p.t.Helper()
	var a answer
	status := p.call("POST", "/api/orders", basket(key, item, quantity), &a)
	// On a slow machine there may be no definite answer in time: send the same again.
	for tries := 1; tries < 10 && status == http.StatusServiceUnavailable; tries++ {
		status = p.call("POST", "/api/orders", basket(key, item, quantity), &a)
	}
	require.Equal(p.t, http.StatusCreated, status, "%+v", a)
	require.Equal(p.t, "pending", a.State)
	require.NotEmpty(p.t, a.TradePay.PaymentURL)
	return a
}

func (p *phone) sees(id string) answer {
	p.t.Helper()
	var a answer
	require.Equal(p.t, http.StatusOK, p.call("GET", "/api/orders/"+id, nil, &a), "%+v", a)
	return a
}

// until waits until the API says that an order is in a state.
func (p *phone) until(id, state string) answer {
	p.t.Helper()
	var a answer
	require.Eventually(p.t, func() bool {
		a = p.sees(id)
		return a.State == state
	}, 2*time.Minute, 20*time.Millisecond, "order does not become %s", state)
	return a
}

// browser is the shopkeeper's, or with no login anybody's.
type browser struct {
	*bench
	client *http.Client
}

func (b *bench) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &browser{bench: b, client: &http.Client{Jar: jar}}
}

func (b *bench) shopkeeper() *browser {
	b.t.Helper()
	w := b.browser()
	status, page := w.post("/login", url.Values{"password": {password}, "next": {"/orders"}}, nil)
	require.Equal(b.t, http.StatusOK, status, page)
	require.Contains(b.t, page, "<h1>Orders</h1>")
	return w
}

// seen is an answer, after redirects, without its body.
type seen struct {
	StatusCode int
	Header     http.Header
	Path       string
	Cookies    []*http.Cookie
}

func (w *browser) do(method, path string, form url.Values, header http.Header) (seen, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	if header != nil {
		req.Header = header.Clone()
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := w.client.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return seen{res.StatusCode, res.Header, res.Request.URL.Path, res.Cookies()}, string(text)
}

func (w *browser) get(path string) (int, string) {
	w.t.Helper()
	res, text := w.do(http.MethodGet, path, nil, nil)
	return res.StatusCode, text
}

func (w *browser) post(path string, form url.Values, header http.Header) (int, string) {
	w.t.Helper()
	res, text := w.do(http.MethodPost, path, form, header)
	return res.StatusCode, text
}

// field is the value of a hidden field of a page.
func field(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, found, "no field %s in %s", name, page)
	return found[1]
}

// refunds fills in the form of an order's page.
func (w *browser) refunds(id, amount, reason string) (int, string) {
	w.t.Helper()
	status, page := w.get("/orders/" + id)
	require.Equal(w.t, http.StatusOK, status)
	return w.post("/orders/"+id+"/refund", url.Values{
		"csrf": {field(w.t, page, "csrf")}, "refund_id": {field(w.t, page, "refund_id")},
		"amount": {amount}, "reason": {reason},
	}, nil)
}

// confirms answers yes to whether all that is left is to be given back.
func (w *browser) confirms(id, page string) (int, string) {
	w.t.Helper()
	form := url.Values{}
	for _, name := range []string{"csrf", "refund_id", "amount", "reason", "whole"} {
		form.Set(name, field(w.t, page, name))
	}
	return w.post("/orders/"+id+"/refund", form, nil)
}

// shipped is how many lines of an order were shipped, and how many pieces.
func (b *bench) shipped(id string) (rows, quantity int) {
	b.t.Helper()
	require.NoError(b.t, b.db.SQL().QueryRowContext(b.t.Context(),
		`SELECT COUNT(*), COALESCE(SUM(quantity), 0) FROM shop_shipments WHERE order_id = $1`,
		id).Scan(&rows, &quantity))
	return rows, quantity
}

func (b *bench) left(item string) int64 {
	b.t.Helper()
	left, err := b.shop.stock(b.t.Context())
	require.NoError(b.t, err)
	return left[item]
}
