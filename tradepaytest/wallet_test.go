package tradepaytest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// dialects runs a test in both.
func dialects(t *testing.T, test func(t *testing.T, profile wire.Profile)) {
	t.Helper()
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			test(t, profile)
		})
	}
}

var (
	price = usd(1050)
	// once makes a single attempt visible.
	once = func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1, AttemptTimeout: 30 * time.Second}
	}
	// again retries without losing time.
	again = func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{MaxAttempts: 3, AttemptTimeout: 30 * time.Second, BaseDelay: time.Millisecond,
			MaxDelay: 2 * time.Millisecond, MaxRetryAfter: time.Millisecond}
	}
)

func usd(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWallet(t *testing.T, opts ...tradepaytest.Option) *tradepaytest.Wallet {
	t.Helper()
	w := tradepaytest.NewWallet(opts...)
	t.Cleanup(w.Close)
	return w
}

func newClient(t *testing.T, w *tradepaytest.Wallet, opts ...func(*tradepay.Config)) *tradepay.Client {
	t.Helper()
	c, err := tradepay.NewClient(configtest.With(w.Config(), opts...))
	require.NoError(t, err)
	return c
}

// shop takes in notifications.
type shop struct {
	url string
	mu  sync.Mutex
	got []*tradepay.Notification
}

// newShop answers each notification with what fn returns; nil is S.
func newShop(t *testing.T, c *tradepay.Client, fn func(*tradepay.Notification) error) *shop {
	t.Helper()
	s := &shop{}
	server := httptest.NewServer(c.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		s.mu.Lock()
		s.got = append(s.got, n)
		s.mu.Unlock()
		if fn == nil {
			return nil
		}
		return fn(n)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/notify?shop=1"
	return s
}

func (s *shop) notifications() []*tradepay.Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*tradepay.Notification(nil), s.got...)
}

func order(id, notifyURL string) *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: price, Title: "Tea & biscuits", NotifyURL: notifyURL,
		RedirectURL: "https://shop.example.com/thanks",
		Order:       tradepay.OrderDetails{Merchant: tradepay.Merchant{DisplayName: "Tea House"}},
	}
}

func create(t *testing.T, c *tradepay.Client, id, notifyURL string) *tradepay.Order {
	t.Helper()
	o, err := c.CreateOrder(t.Context(), order(id, notifyURL))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusProcessing, o.Status)
	return o
}

func status(t *testing.T, c *tradepay.Client, id string) tradepay.PaymentStatus {
	t.Helper()
	o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
	require.NoError(t, err)
	return o.Status
}

func payment(t *testing.T, w *tradepaytest.Wallet, name string) tradepaytest.Payment {
	t.Helper()
	p, ok := w.Payment(name)
	require.True(t, ok)
	return p
}

// seen is a response whose body was read.
type seen struct {
	StatusCode int
	Header     http.Header
}

// raw is a request made by hand, as a merchant without the SDK would.
type raw struct {
	method, path, body string
	sign               func(*raw, wire.Message) wire.Message // what is signed, if not what is sent
	change             func(http.Header)
	at                 time.Time
	off                time.Duration // from now, when it is sent
}

// do sends it and returns the answer, with its result.
func (r raw) do(t *testing.T, w *tradepaytest.Wallet) (seen, []byte, tradepay.Result) {
	t.Helper()
	cfg := w.Config()
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.path == "" {
		r.path = "/api/v2/payments/pay"
	}
	if r.at.IsZero() {
		r.at = time.Now().Add(r.off)
	}
	m := wire.Message{
		Method: r.method, URI: r.path, ClientID: cfg.ClientID, Body: []byte(r.body),
		Time: r.at.Format("2006-01-02T15:04:05.000-07:00"),
	}
	signed := m
	if r.sign != nil {
		signed = r.sign(&r, m)
	}
	signature, err := signed.Sign(cfg.PrivateKey)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), r.method, w.URL()+r.path, strings.NewReader(r.body))
	require.NoError(t, err)
	req.Header = http.Header{
		"Client-Id":       {cfg.ClientID},
		"Request-Time":    {m.Time},
		"Content-Type":    {"application/json; charset=UTF-8"},
		"Accept-Encoding": {"identity"},
		"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
			Signature: signature}.Format(wire.EncodingBase64)},
	}
	if r.change != nil {
		r.change(req.Header)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer struct{ Result tradepay.Result }
	_ = json.Unmarshal(body, &answer)
	return seen{res.StatusCode, res.Header}, body, answer.Result
}

// requireSigned checks the wallet's signature under a response.
func requireSigned(t *testing.T, w *tradepaytest.Wallet, method, uri string, res seen, body []byte, keyVersion string) {
	t.Helper()
	h, err := wire.ParseSignatureHeader(res.Header.Get("Signature"))
	require.NoError(t, err)
	require.Equal(t, keyVersion, h.KeyVersion)
	m := wire.Message{Method: method, URI: uri, ClientID: res.Header.Get("Client-Id"),
		Time: res.Header.Get("Response-Time"), Body: body}
	require.NoError(t, m.Verify(w.Config().WalletKeys[keyVersion], h.Signature))
}

func TestWholePayment(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w)
		s := newShop(t, c, func(n *tradepay.Notification) error { return n.Check("order-1", price) })

		o := create(t, c, "order-1", s.url)
		require.Greater(t, len(o.PaymentURL), 255, "as long as a real one")
		require.Equal(t, o.PaymentURL, o.TradePay().PaymentURL)
		require.Equal(t, tradepay.StatusProcessing, status(t, c, "order-1"))
		require.NoError(t, w.Pay(o.PaymentURL))
		require.NoError(t, w.WaitNotified(t.Context(), o.PaymentID))

		n := s.notifications()
		require.Len(t, n, 1)
		require.Equal(t, tradepay.StatusSuccess, n[0].Status)
		require.False(t, n[0].PaidAt.IsZero())
		got, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: o.PaymentID})
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusSuccess, got.Status)
		require.NoError(t, got.Check("order-1", price))
		require.Len(t, got.Transactions, 1)
		require.Equal(t, "PAYMENT", got.Transactions[0].Type)

		require.NoError(t, w.Pay("order-1"), "paid already")
		p := payment(t, w, "order-1")
		require.Equal(t, 1, p.Charges)
		require.Equal(t, price, p.Captured)
		require.Equal(t, "Tea & biscuits", p.Title)
		require.Equal(t, "Tea House", p.Payee)
		require.True(t, p.Notified)
		require.Len(t, p.Deliveries, 1)
		require.Empty(t, w.Rejections())
	})
}

// TestProfiles speaks everything that is data in a profile.
func TestProfiles(t *testing.T) {
	t.Parallel()
	v2 := func(change func(*wire.Profile)) wire.Profile {
		p := wallets.PlatformV2()
		change(&p)
		return p
	}
	for name, profile := range map[string]wire.Profile{
		"no prefix": v2(func(p *wire.Profile) { p.Routes.Prefix = "" }),
		"unix time": v2(func(p *wire.Profile) { p.Signing.TimeFormat = wire.TimeUnixMillis }),
		"utc": v2(func(p *wire.Profile) {
			p.Signing.TimeFormat = wire.TimeUTC
			p.Signing.AlgorithmLabel = "SHA256withRSA"
		}),
		"seconds": v2(func(p *wire.Profile) {
			p.Signing.TimeFormat = wire.TimeISO8601
			p.Signing.Encoding = wire.EncodingBase64
		}),
		"separator": v2(func(p *wire.Profile) {
			p.Signing.HeaderSeparator = ","
			p.Signing.Encoding = wire.EncodingBase64URL
		}),
		"without prefix":  v2(func(p *wire.Profile) { p.Signing.WithoutPrefix = true }),
		"numeric amounts": v2(func(p *wire.Profile) { p.Quirks.NumericAmounts = true }),
		"one goods":       v2(func(p *wire.Profile) { p.Quirks.OneGoods = true }),
		"headers": v2(func(p *wire.Profile) {
			p.Signing.MerchantIDHeader, p.Signing.AgentTokenHeader = "Merchant-Id", "Agent-Token"
			p.Signing.RequestIDHeader = "Request-Id"
		}),
		"paths": v2(func(p *wire.Profile) {
			p.Routes.Paths = map[wire.Operation]string{
				wire.OpPay: "/v7/acquiring/create", wire.OpInquiryPayment: "acquiring/inquiry",
			}
		}),
		"refuses repeats": v2(func(p *wire.Profile) { p.Quirks.RefusesRepeats = true }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(profile))
			c := newClient(t, w)
			s := newShop(t, c, nil)
			req := order("order-1", s.url)
			req.Order.Goods = []tradepay.Goods{{ID: "g1", Name: "Tea", UnitAmount: price, Quantity: 1}}
			o, err := c.CreateOrder(t.Context(), req)
			require.NoError(t, err)
			require.NoError(t, w.Pay(o.PaymentURL))
			require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
			require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
			require.Equal(t, price, s.notifications()[0].Amount)
			require.Empty(t, w.Rejections())
		})
	}
}

// TestShapes undoes the hooks of a profile with messages of its own.
func TestShapes(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Words.Statuses = map[string]string{"PAID": "SUCCESS"}
	rename := func(from, to string) shaper.Hook {
		return func(_ wire.Operation, body map[string]any) error {
			if value, ok := body[from]; ok {
				body[to] = value
				delete(body, from)
			}
			return nil
		}
	}
	profile.Shaper = shaper.Hooks{
		Request:     rename("paymentAmount", "orderAmount"),
		UndoRequest: rename("orderAmount", "paymentAmount"),
		UndoResponse: func(_ wire.Operation, body map[string]any) error {
			if body["paymentStatus"] == "SUCCESS" {
				body["paymentStatus"] = "PAID"
			}
			return nil
		},
	}
	w := newWallet(t, tradepaytest.As(profile))
	c := newClient(t, w)
	create(t, c, "order-1", "")
	require.NoError(t, w.Pay("order-1"))
	o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusSuccess, o.Status)
	require.Contains(t, string(o.Raw), `"PAID"`)
}

func TestRotateKeys(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	s := newShop(t, c, nil)
	create(t, c, "order-1", s.url)
	w.RotateKeys()
	res, body, _ := raw{body: `{}`}.do(t, w)
	requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, "2")
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))

	for _, version := range []string{"1", "2"} { // back and forth
		w.RotateKeys()
		res, body, _ := raw{body: `{}`}.do(t, w)
		requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, version)
		require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
	}

	cfg := w.Config()
	delete(cfg.WalletKeys, "2")
	old, err := tradepay.NewClient(configtest.With(cfg, once))
	require.NoError(t, err)
	_, err = old.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	var rejected *tradepay.SignatureError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, tradepay.ReasonKeyVersion, rejected.Reason)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	ids := func(seed uint64) string {
		w := newWallet(t, tradepaytest.WithSeed(seed))
		c := newClient(t, w)
		o := create(t, c, "order-1", "")
		return o.PaymentID + strings.TrimPrefix(o.PaymentURL, w.URL()) + w.AuthCode("user-1")
	}
	first := ids(7)
	require.Equal(t, first, ids(7))
	require.NotEqual(t, first, ids(8))

	dice := func(seed uint64) string {
		w := newWallet(t, tradepaytest.WithSeed(seed))
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1, Probability: 0.5})
		var fell strings.Builder
		for range 32 {
			res, _, _ := raw{body: `{}`}.do(t, w)
			fmt.Fprint(&fell, res.StatusCode/100)
		}
		return fell.String()
	}
	fell := dice(7)
	require.Equal(t, fell, dice(7))
	require.NotEqual(t, fell, dice(8))
	require.Contains(t, fell, "5")
	require.Contains(t, fell, "2")
}

func TestManyPayments(t *testing.T) {
	t.Parallel()
	const many = 200
	w := newWallet(t)
	c := newClient(t, w, func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{AttemptTimeout: time.Minute} })
	s := newShop(t, c, nil)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			id := fmt.Sprintf("order-%d", i/2) // each twice, at the same time
			_, err := c.CreateOrder(t.Context(), order(id, s.url))
			if err == nil {
				err = w.Pay(id)
			}
			if err == nil {
				err = w.WaitNotified(t.Context(), id)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all := w.Payments()
	require.Len(t, all, many/2)
	for _, p := range all {
		require.Equal(t, 1, p.Charges)
		require.Equal(t, tradepay.StatusSuccess, p.Status)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	w := tradepaytest.NewWallet(tradepaytest.WithNotifyBackoff(time.Millisecond, 1000))
	c := newClient(t, w, once)
	s := newShop(t, c, func(*tradepay.Notification) error { return io.ErrUnexpectedEOF })
	create(t, c, "order-1", s.url)
	require.NoError(t, w.Pay("order-1"))
	require.Eventually(t, func() bool { return len(s.notifications()) > 2 }, 2*time.Minute, time.Millisecond)
	w.Close()
	w.Close()
	seen := len(w.Deliveries())
	require.ErrorIs(t, w.Notify("order-1"), http.ErrServerClosed)
	require.ErrorIs(t, w.WaitNotified(t.Context(), "order-1"), http.ErrServerClosed)
	time.Sleep(20 * time.Millisecond)
	require.Len(t, w.Deliveries(), seen)
	require.Len(t, w.Payments(), 1, "what was seen can be read")
	_, err := net.DialTimeout("tcp", strings.TrimPrefix(w.URL(), "http://"), time.Second)
	require.Error(t, err)
}

// TestCloseWhileSlow ends an answer that is held back.
func TestCloseWhileSlow(t *testing.T) {
	t.Parallel()
	held := make(chan struct{}, 1)
	w := tradepaytest.NewWallet(tradepaytest.WithObserver(func(e tradepaytest.Event) {
		if e.Name == "Fault injected" {
			held <- struct{}{}
		}
	}))
	c := newClient(t, w, once)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Delay: time.Hour})
	failed := make(chan error, 1)
	go func() {
		_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		failed <- err
	}()
	<-held
	w.Close()
	require.ErrorIs(t, <-failed, tradepay.ErrOutcomeUnknown)
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	cfg := newWallet(t).Config()
	require.Len(t, cfg.WalletKeys, 2)
	require.False(t, cfg.WalletKeys["1"].Equal(cfg.WalletKeys["2"]))
	require.NotContains(t, fmt.Sprintf("%+v", cfg), "PRIVATE")
	require.False(t, bytes.Equal(cfg.WalletKeys["1"].N.Bytes(), cfg.WalletKeys["2"].N.Bytes()))
}

func TestWithAddress(t *testing.T) {
	t.Parallel()
	first, err := tradepaytest.StartWallet(tradepaytest.WithAddress("localhost:0"))
	require.NoError(t, err)
	defer first.Close()
	address := strings.TrimPrefix(first.URL(), "http://")
	for _, test := range []struct{ address, says string }{
		{address, "cannot listen"}, // taken
		{"0.0.0.0:0", "not on loopback"},
		{":0", "not on loopback"},
		{"192.0.2.1:0", "not on loopback"},
		{"shop.example:0", "not on loopback"},
		{"127.0.0.1", "not host:port"},
		{"", "not host:port"},
	} {
		_, err := tradepaytest.StartWallet(tradepaytest.WithAddress(test.address))
		require.ErrorContains(t, err, test.says, test.address)
	}
	require.PanicsWithValue(t,
		`tradepaytest: the address "0.0.0.0:0" is not on loopback, and the test wallet listens nowhere else: `+
			`its keys are published; use 127.0.0.1`,
		func() { tradepaytest.NewWallet(tradepaytest.WithAddress("0.0.0.0:0")) })

	first.Close()
	again, err := tradepaytest.StartWallet(tradepaytest.WithAddress(address))
	require.NoError(t, err)
	defer again.Close()
	require.Equal(t, "http://"+address, again.URL())
}

func TestWithMerchantKey(t *testing.T) {
	t.Parallel()
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	w := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(&own.PublicKey))
	defer w.Close()
	cfg := w.Config()
	require.Nil(t, cfg.PrivateKey)
	cfg.PrivateKey = own
	c, err := tradepay.NewClient(configtest.With(cfg, once))
	require.NoError(t, err)
	s := newShop(t, c, func(*tradepay.Notification) error { return nil })
	create(t, c, "order-1", s.url)
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"), "the acknowledgement is verified with it as well")

	other := newWallet(t)
	cfg.PrivateKey, cfg.BaseURL = other.Config().PrivateKey, w.URL()
	c, err = tradepay.NewClient(configtest.With(cfg, once))
	require.NoError(t, err)
	_, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.Len(t, other.Config().WalletKeys, 2, "other wallets keep their keys")
}

func TestSigningKey(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	for _, version := range []string{"1", "2"} {
		key, got := w.SigningKey()
		require.Equal(t, version, got)
		require.True(t, w.Config().WalletKeys[version].Equal(&key.PublicKey))
		w.RotateKeys()
	}
}
