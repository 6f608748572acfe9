package frameworks

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rsa"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func init() { gin.SetMode(gin.ReleaseMode) }

var price = tradepay.Amount{Currency: "USD", Value: 1050}

// frameworks serve a shop on loopback, at the root and mounted under /mall,
// each as it is done there.
var frameworks = []struct {
	name           string
	serve, mounted func(*testing.T, *Shop) string
}{
	{
		"chi",
		func(t *testing.T, s *Shop) string { return listen(t, Chi(s)) },
		func(t *testing.T, s *Shop) string {
			root := chi.NewRouter()
			root.Mount("/mall", Chi(s))
			return listen(t, root)
		},
	}, {
		"gin",
		func(t *testing.T, s *Shop) string { return listen(t, Gin(s)) },
		func(t *testing.T, s *Shop) string {
			root := gin.New()
			root.Any("/mall/*path", gin.WrapH(http.StripPrefix("/mall", Gin(s))))
			return listen(t, root)
		},
	}, {
		"echo",
		func(t *testing.T, s *Shop) string { return listen(t, Echo(s)) },
		func(t *testing.T, s *Shop) string {
			root := echo.New()
			root.Any("/mall/*", echo.WrapHandler(http.StripPrefix("/mall", Echo(s))))
			return listen(t, root)
		},
	}, {
		"fiber",
		func(t *testing.T, s *Shop) string { return listenFiber(t, Fiber(s)) },
		func(t *testing.T, s *Shop) string {
			root := fiber.New()
			root.Use("/mall", Fiber(s))
			return listenFiber(t, root)
		},
	},
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func listenFiber(t *testing.T, app *fiber.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		// fasthttp waits for connections that clients keep for later; here they
		// may outlive the server.
		if err := app.ShutdownWithTimeout(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			require.NoError(t, err)
		}
		require.NoError(t, <-ended)
	})
	return "http://" + l.Addr().String()
}

// sender is a wallet as a test plays it: it signs what the test wants.
type sender struct {
	t      *testing.T
	wallet *tradepaytest.Wallet
	config tradepay.Config
	client *tradepay.Client
}

func newSender(t *testing.T) *sender {
	t.Helper()
	w := tradepaytest.NewWallet(tradepaytest.WithNotifyBackoff(10*time.Millisecond, 8))
	t.Cleanup(w.Close)
	client, err := tradepay.NewClient(w.Config())
	require.NoError(t, err)
	return &sender{t: t, wallet: w, config: w.Config(), client: client}
}

// notice is the body of a notification of a paid order.
func notice(id string) string {
	return `{"paymentId":"P-` + id + `","paymentRequestId":"` + id +
		`","paymentAmount":{"currency":"USD","value":"1050"},` +
		`"paymentTime":"2026-01-15T12:00:00+00:00","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS",` +
		`"resultMessage":"success"}}`
}

// request is a notification as the wallet signs it.
func (s *sender) request(target string, body []byte) *http.Request {
	s.t.Helper()
	at, err := url.Parse(target)
	require.NoError(s.t, err)
	key, version := s.wallet.SigningKey()
	when := time.Now().Format("2006-01-02T15:04:05.000-07:00")
	signature, err := wire.Message{Method: http.MethodPost, URI: at.RequestURI(), ClientID: s.config.ClientID,
		Time: when, Body: body}.Sign(key)
	require.NoError(s.t, err)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, target, bytes.NewReader(body))
	require.NoError(s.t, err)
	r.Header = http.Header{
		"Client-Id": {s.config.ClientID}, "Request-Time": {when}, "Content-Type": {"application/json; charset=UTF-8"},
		"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: version,
			Signature: signature}.Format(wire.EncodingBase64)},
	}
	return r
}

// answer is the HTTP status, and the result status of a signed body.
func (s *sender) answer(r *http.Request) (code int, status string) {
	s.t.Helper()
	uri := r.URL.RequestURI()
	res, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	if res.Header.Get("Signature") == "" {
		return res.StatusCode, ""
	}
	h, err := wire.ParseSignatureHeader(res.Header.Get("Signature"))
	require.NoError(s.t, err)
	m := wire.Message{Method: http.MethodPost, URI: uri, ClientID: res.Header.Get("Client-Id"),
		Time: res.Header.Get("Response-Time"), Body: body}
	merchant, ok := s.config.PrivateKey.Public().(*rsa.PublicKey)
	require.True(s.t, ok)
	require.NoError(s.t, m.Verify(merchant, h.Signature), "the acknowledgement is not signed rightly")
	require.Equal(s.t, s.config.ClientID, m.ClientID)
	var answer struct{ Result struct{ ResultStatus string } }
	require.NoError(s.t, json.Unmarshal(body, &answer))
	return res.StatusCode, answer.Result.ResultStatus
}

// spy is a shop that keeps what it received for longer than it should.
type spy struct {
	mu   sync.Mutex
	seen []*tradepay.Notification
	fail func() error
}

func (p *spy) received(_ context.Context, n *tradepay.Notification) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, n)
	if p.fail != nil {
		return p.fail()
	}
	return nil
}

func (p *spy) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

func compressed(t *testing.T, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// TestNotifications: what every framework has to answer.
func TestNotifications(t *testing.T) {
	t.Parallel()
	replace := func(r *http.Request, body []byte) {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	tests := []struct {
		name   string
		path   string // default /shop/notify
		body   []byte // that is signed; default notice("order-1")
		fail   func() error
		change func(*http.Request)
		code   int
		status string // of a signed answer
		calls  int    // of Received
	}{
		{name: "stored", code: 200, status: "S", calls: 1},
		{name: "with a query", path: "/shop/notify?tenant=42&q=a%2Fb+c", code: 200, status: "S", calls: 1},
		{name: "with an empty query", path: "/shop/notify?", code: 200, status: "S", calls: 1},
		{name: "header names in small letters", change: func(r *http.Request) {
			for _, name := range []string{"Client-Id", "Request-Time", "Signature"} {
				r.Header[strings.ToLower(name)] = r.Header[name]
				delete(r.Header, name)
			}
		}, code: 200, status: "S", calls: 1},
		{name: "not stored", fail: func() error {
			return errors.New("database down")
		}, code: 200, status: "U", calls: 1},
		{name: "panics", fail: func() error { panic("a mistake of the shop") }, code: 500, calls: 1},
		{name: "signed, without a meaning", body: []byte(`{"paymentId":"P1","paymentStatus":"SUCCESS"}`), code: 200,
			status: "U"},
		{name: "signed, of a kind that nobody knows", body: []byte(`{"paymentId":"P1"}`), code: 200, status: "S",
			calls: 1},
		{name: "amount changed", change: func(r *http.Request) {
			replace(r, []byte(strings.Replace(notice("order-1"), "1050", "1", 1)))
		}, code: 401},
		{name: "a space more", change: func(r *http.Request) { replace(r, []byte(notice("order-1")+" ")) }, code: 401},
		{name: "another query", change: func(r *http.Request) { r.URL.RawQuery = "tenant=43" }, code: 401},
		{name: "unsigned", change: func(r *http.Request) { r.Header.Del("Signature") }, code: 401},
		{name: "signature twice", change: func(r *http.Request) {
			r.Header.Add("Signature", r.Header.Get("Signature"))
		}, code: 401},
		{name: "a stranger's signature first", change: func(r *http.Request) {
			r.Header["Signature"] = []string{"algorithm=RSA256, keyVersion=1, signature=AAAA",
				r.Header.Get("Signature")}
		}, code: 401},
		{name: "a stranger's signature last", change: func(r *http.Request) {
			r.Header.Add("Signature", "algorithm=RSA256, keyVersion=1, signature=AAAA")
		}, code: 401},
		{name: "signature twice, in two spellings", change: func(r *http.Request) {
			r.Header["signature"] = r.Header["Signature"]
		}, code: 401},
		{name: "client id twice", change: func(r *http.Request) { r.Header.Add("Client-Id", "another") }, code: 401},
		{name: "time twice", change: func(r *http.Request) {
			r.Header.Add("Request-Time", r.Header.Get("Request-Time"))
		}, code: 401},
		{name: "compressed after it was signed", change: func(r *http.Request) {
			replace(r, compressed(t, notice("order-1")))
			r.Header.Set("Content-Encoding", "gzip")
		}, code: 401},
		{name: "compressed before it was signed", body: compressed(t, notice("order-1")),
			change: func(r *http.Request) {
				r.Header.Set("Content-Encoding", "gzip")
			}, code: 200, status: "U"},
	}
	for _, f := range frameworks {
		for _, tt := range tests {
			t.Run(f.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s, p := newSender(t), &spy{fail: tt.fail}
				base := f.serve(t, &Shop{Client: s.client, Received: p.received})
				path, body := tt.path, tt.body
				if path == "" {
					path = "/shop/notify"
				}
				if body == nil {
					body = []byte(notice("order-1"))
				}
				r := s.request(base+path, body)
				if tt.change != nil {
					tt.change(r)
				}
				code, status := s.answer(r)
				require.Equal(t, tt.code, code)
				require.Equal(t, tt.status, status)
				require.Equal(t, tt.calls, p.times())
				if tt.calls > 0 {
					require.Equal(t, string(body), string(p.seen[0].Raw))
				}

				// Whatever that was, the server takes the next one.
				p.mu.Lock()
				p.fail = nil
				p.mu.Unlock()
				code, status = s.answer(s.request(base+"/shop/notify", []byte(notice("order-2"))))
				require.Equal(t, 200, code)
				require.Equal(t, "S", status)
			})
		}
	}
}

// TestTooLarge: a body over 1 MiB is refused by its announced length, before
// it is sent, and one without a length before it gets further.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s, p := newSender(t), &spy{}
			base := f.serve(t, &Shop{Client: s.client, Received: p.received})
			r := s.request(base+"/shop/notify", []byte(notice("order-1")))
			head := "POST /shop/notify HTTP/1.1\r\nHost: shop.example\r\n"
			for name := range r.Header {
				head += name + ": " + r.Header.Get(name) + "\r\n"
			}
			conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", head, 1<<20+1)
			require.NoError(t, err)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			res.Body.Close()
			require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)

			big := s.request(base+"/shop/notify",
				append([]byte(notice("order-1")), bytes.Repeat([]byte{' '}, 1<<20)...))
			big.ContentLength = -1
			// The connection may be cut before the answer is read: no S in any case.
			if res, err = http.DefaultClient.Do(big); err == nil {
				res.Body.Close()
				require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
			}
			require.Zero(t, p.times())
		})
	}
}

// TestNotificationsOutliveTheirRequest: what was received stays as it was when
// the framework has reused its buffers.
func TestNotificationsOutliveTheirRequest(t *testing.T) {
	t.Parallel()
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s, p := newSender(t), &spy{}
			base := f.serve(t, &Shop{Client: s.client, Received: p.received})
			const many = 40
			for i := range many {
				_, status := s.answer(s.request(base+"/shop/notify", []byte(notice(fmt.Sprintf("order-%02d", i)))))
				require.Equal(t, "S", status)
			}
			for i, n := range p.seen {
				id := fmt.Sprintf("order-%02d", i)
				require.NoError(t, n.CheckPaid(id, price))
				require.Equal(t, notice(id), string(n.Raw))
			}
		})
	}
}

// catalogue prices one cart.
func catalogue(notifyURL func() string) Pricing {
	return func(_ context.Context, cart string) (*tradepay.CreateOrderRequest, error) {
		if cart != "basket-1" {
			return nil, errNoCart
		}
		return &tradepay.CreateOrderRequest{PaymentRequestID: "order-" + cart, Amount: price, Title: "Rooibos, 250 g",
			NotifyURL: notifyURL()}, nil
	}
}

// A shopkeeper makes a shop, and says how often it has shipped.
type shopkeeper func(*testing.T, *sender, Pricing) (shop *Shop, shipped func() int)

func queueFirst(t *testing.T, s *sender, pricing Pricing) (*Shop, func() int) {
	db := openDatabase(t, filepath.Join(t.TempDir(), "shop.db"))
	till := &Till{DB: db, Client: s.client, Pricing: pricing}
	inbox := &Inbox{DB: db, Renew: till.Renew, Process: till.Settle, Now: time.Now}
	return till.Shop(inbox), func() int {
		for worked := true; worked; {
			var err error
			worked, err = inbox.Next(t.Context())
			require.NoError(t, err)
		}
		return count(t, db, `SELECT count(*) FROM shipments`)
	}
}

func withOrderflow(t *testing.T, s *sender, pricing Pricing) (*Shop, func() int) {
	db, err := orderflow.Open(t.Context(), filepath.Join(t.TempDir(), "orders.db"))
	require.NoError(t, err)
	shipped := make(chan string, 10)
	flow, err := orderflow.New(t.Context(), orderflow.Config{Client: s.client, DB: db,
		Fulfil: func(_ context.Context, _ *sql.Tx, f orderflow.Fulfilment) error {
			shipped <- f.Order.ID
			return nil
		}})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- flow.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
		require.NoError(t, db.Close())
	})
	first := false
	return Orderflow(s.client, flow, pricing), func() int {
		if !first {
			select {
			case <-shipped:
				first = true
			case <-time.After(2 * time.Minute):
				require.Fail(t, "not shipped")
			}
		}
		return 1 + len(shipped)
	}
}

// TestWholePayment: an order, its payment, its notification, and the same
// notification twice more, in every framework, at the root and mounted, with
// both shops.
func TestWholePayment(t *testing.T) {
	t.Parallel()
	for _, f := range frameworks {
		for where, serve := range map[string]func(*testing.T, *Shop) string{"": f.serve, "/mall": f.mounted} {
			for name, open := range map[string]shopkeeper{"queue first": queueFirst, "orderflow": withOrderflow} {
				t.Run(f.name+where+"/"+name, func(t *testing.T) {
					t.Parallel()
					s := newSender(t)
					var base string
					shop, shipped := open(t, s, catalogue(func() string {
						return base + where + "/shop/notify?tenant=42"
					}))
					base = serve(t, shop)
					place := func(body string) (int, Placed) {
						r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+where+"/shop/orders",
							strings.NewReader(body))
						require.NoError(t, err)
						r.Header.Set("Content-Type", "application/json")
						res, err := http.DefaultClient.Do(r)
						require.NoError(t, err)
						defer res.Body.Close()
						var placed Placed
						require.NoError(t, json.NewDecoder(res.Body).Decode(&placed))
						return res.StatusCode, placed
					}

					code, placed := place(`{"cart":"basket-1"}`)
					require.Equal(t, http.StatusCreated, code)
					require.Equal(t, "order-basket-1", placed.Order)
					require.NotEmpty(t, placed.TradePay.PaymentURL)
					code, again := place(`{"cart":"basket-1"}`)
					require.Equal(t, http.StatusCreated, code)
					require.Equal(t, placed, again, "one cart, one order")
					code, _ = place(`{"cart":"basket-2"}`)
					require.Equal(t, http.StatusBadRequest, code)

					s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyDuplicate})
					require.NoError(t, s.wallet.Pay(placed.TradePay.PaymentURL))
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
					defer cancel()
					require.NoError(t, s.wallet.WaitNotified(ctx, placed.Order))
					require.Equal(t, 1, shipped())
					require.NoError(t, s.wallet.Notify(placed.Order), "acknowledged again")
					require.Equal(t, 1, shipped())
					require.Len(t, s.wallet.Payments(), 1)
				})
			}
		}
	}
}

// TestDecidedCarts: whoever comes back with a cart that is paid, or that failed,
// is not sent to the cashier again.
func TestDecidedCarts(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]shopkeeper{"queue first": queueFirst, "orderflow": withOrderflow} {
		for what, decide := range map[string]func(*tradepaytest.Wallet, string) error{
			"paid": (*tradepaytest.Wallet).Pay, "declined": (*tradepaytest.Wallet).Decline,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				s := newSender(t)
				var base string
				shop, shipped := open(t, s, catalogue(func() string { return base + "/shop/notify" }))
				base = listen(t, Chi(shop))
				status, answer := shop.place(t.Context(), Cart{"basket-1"})
				require.Equal(t, http.StatusCreated, status)
				require.NoError(t, decide(s.wallet, answer.(Placed).Order))
				require.NoError(t, s.wallet.WaitNotified(t.Context(), answer.(Placed).Order))
				if name == "queue first" || what == "paid" { // there it is processed later
					require.Equal(t, map[string]int{"paid": 1}[what], shipped())
				}
				status, answer = shop.place(t.Context(), Cart{"basket-1"})
				require.Equal(t, http.StatusConflict, status, "%+v", answer)
			})
		}
	}
}

func TestOrdersAreRefused(t *testing.T) {
	t.Parallel()
	unknown := func(err error) func(context.Context, string) (Placed, error) {
		return func(context.Context, string) (Placed, error) { return Placed{}, err }
	}
	tests := []struct {
		name  string
		body  string
		place func(context.Context, string) (Placed, error)
		code  []int
	}{
		{"not known yet", `{"cart":"a"}`, unknown(fmt.Errorf("pay: %w", tradepay.ErrOutcomeUnknown)), []int{202}},
		{"refused by the wallet", `{"cart":"a"}`, unknown(tradepay.ErrRejected), []int{409}},
		{"refused by the SDK", `{"cart":"a"}`, unknown(tradepay.ErrInvalidRequest), []int{400}},
		{"database down", `{"cart":"a"}`, unknown(errors.New("database down")), []int{500}},
		{"no JSON", `cart`, nil, []int{400}},
		{"too large", `{"cart":"` + strings.Repeat("a", maxCart) + `"}`, nil, []int{400, 413}},
	}
	for _, f := range frameworks {
		for _, tt := range tests {
			t.Run(f.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				base := f.serve(t, &Shop{Client: newSender(t).client, Place: tt.place, Received: (&spy{}).received})
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/shop/orders",
					strings.NewReader(tt.body))
				require.NoError(t, err)
				r.Header.Set("Content-Type", "application/json")
				res, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				defer res.Body.Close()
				require.Contains(t, tt.code, res.StatusCode)
			})
		}
	}
}
