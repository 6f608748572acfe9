package shop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func (p *phone) buys(key, item string, quantity int) answer {
	p.t.Helper()
	o := p.orders(key, item, quantity)
	require.NoError(p.t, p.wallet.Pay(o.TradePay.PaymentURL))
	return p.until(o.ID, "fulfilled")
}

// TestHistoryIsInTheReadersLanguage. That each reason has Spanish is what orderflow's tests hold, by requireSpanish.
func TestHistoryIsInTheReadersLanguage(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		o := b.phone(ana).buys("one-coffee", "coffee", 1)
		w := b.shopkeeper()
		for lang, reasons := range map[string][]string{
			"en": {"order stored", "fulfilled"},
			"es": {"pedido guardado", "entregado"},
		} {
			status, page := w.get("/orders/" + o.ID + "?lang=" + lang)
			require.Equal(t, http.StatusOK, status)
			for _, reason := range reasons {
				require.Contains(t, page, "<td>"+reason+"</td></tr>")
			}
		}
	})
}

func TestRefund(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		o := p.buys("cold-coffee", "coffee", 2)
		w := b.shopkeeper()
		_, page := w.get("/orders/" + o.ID)
		form := url.Values{"csrf": {field(t, page, "csrf")}, "refund_id": {field(t, page, "refund_id")},
			"amount": {"3.50"}, "reason": {"cold"}}
		for range 2 { // the button pressed twice, or the page sent again
			status, after := w.post("/orders/"+o.ID+"/refund", form, nil)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, after, "Partly refunded")
			require.NotContains(t, after, "all that is left:", "what is done already is not asked about")
		}
		require.Equal(t, "3.50 USD", p.sees(o.ID).Refunded.String())
		other := url.Values{"csrf": form["csrf"], "refund_id": form["refund_id"],
			"amount": {"1.00"}, "reason": {"cold"}}
		status, _ := w.post("/orders/"+o.ID+"/refund", other, nil)
		require.Equal(t, http.StatusConflict, status, "the same form with another amount")

		for _, amount := range []string{"3.51", "0", "-1", "1.005", "1,00", "1e2", "x"} {
			status, page := w.refunds(o.ID, amount, "because of "+amount)
			require.Equal(t, http.StatusBadRequest, status, amount)
			require.Contains(t, page, "The amount must be positive")
			require.Contains(t, page, `name="amount" inputmode`, "the form is there again")
			require.Contains(t, page, `value="`+amount+`"`, "with what was written")
			require.Contains(t, page, `value="because of `+amount+`"`)
		}
		for _, whole := range []string{"", "3.50"} { // all that is left is asked about first
			status, page = w.refunds(o.ID, whole, "cold, too")
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, page, `This gives back all that is left: <data value="3.50 USD">`)
			require.Equal(t, "3.50 USD", p.sees(o.ID).Refunded.String())
		}
		status, page = w.confirms(o.ID, page)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, `data-state="refunded"`)
		require.NotContains(t, page, `name="refund_id"`, "nothing is left to refund")
		payment, _ := b.wallet.Payment(o.ID)
		require.Equal(t, tradepay.Amount{Currency: "USD", Value: 700}, payment.Refunded)
		status, _ = w.post("/orders/"+o.ID+"/refund",
			url.Values{"csrf": form["csrf"], "refund_id": {"refund-" + strings.Repeat("A", 26)}}, nil)
		require.Contains(t, []int{http.StatusConflict, http.StatusBadRequest}, status)
	})
}

// TestReasons: the form's 128 characters are characters, in every script; what
// a database cannot hold is the caller's mistake.
func TestReasons(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		o := b.phone(ana).buys("many-reasons", "coffee", 1)
		w := b.shopkeeper()
		for _, reason := range []string{"zero\x00byte", "half a character \xc3", strings.Repeat("x", 257)} {
			status, _ := w.refunds(o.ID, "1.00", reason)
			require.Equal(t, http.StatusBadRequest, status, "%q", reason)
		}
		long := strings.Repeat("冷", 128)
		status, page := w.refunds(o.ID, "1.00", long)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, long)
		require.NotContains(t, b.log.String(), "level=ERROR")
	})
}

// TestRefundWithoutAnswer: the page says that it is under way, and it happens
// once.
func TestRefundWithoutAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.buys("lost-refund", "cake", 1)
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpRefund, Times: -1})
	for _, op := range []wire.Operation{wire.OpInquiryRefund, wire.OpInquiryPayment} { // each would tell of it
		b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: op, Times: -1})
	}
	w := b.shopkeeper()
	status, page := w.refunds(o.ID, "5.00", "burnt")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, `data-state="refunding" data-unfinished="true"`)
	require.Contains(t, page, "5.00 USD · under way · burnt")
	b.wallet.Heal()
	p.until(o.ID, "partly_refunded")
	payment, _ := b.wallet.Payment(o.ID)
	require.Equal(t, tradepay.Amount{Currency: "USD", Value: 500}, payment.Refunded)
}

func TestShopkeeperCancels(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.orders("closing-time", "coffee", 1)
	w := b.shopkeeper()
	_, page := w.get("/orders/" + o.ID)
	form := url.Values{"csrf": {field(t, page, "csrf")}}
	status, page := w.post("/orders/"+o.ID+"/cancel", form, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, `data-state="cancelled"`)
	require.NotContains(t, page, `name="refund_id"`)
	paid := p.buys("open-again", "coffee", 1)
	status, page = w.post("/orders/"+paid.ID+"/cancel", form, nil)
	require.Equal(t, http.StatusConflict, status)
	require.Contains(t, page, "It is paid already")
	status, _ = w.post("/orders/nothing/cancel", form, nil)
	require.Equal(t, http.StatusNotFound, status)
}

// TestForgery: no form of another site, and no form without the session's own
// token, changes anything.
func TestForgery(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	o := b.phone(ana).buys("not-yours", "coffee", 1)
	w := b.shopkeeper()
	_, page := w.get("/orders/" + o.ID)
	good := url.Values{"csrf": {field(t, page, "csrf")}, "refund_id": {field(t, page, "refund_id")}}
	without := url.Values{"refund_id": good["refund_id"]}
	foreign := url.Values{"refund_id": good["refund_id"], "csrf": {csrfToken("another session")}}
	for _, path := range []string{"/orders/" + o.ID + "/refund", "/orders/" + o.ID + "/cancel",
		"/orders/" + o.ID + "/retry", "/stock/coffee", "/logout"} {
		for name, c := range map[string]struct {
			form   url.Values
			header http.Header
		}{
			"no token":              {without, nil},
			"another session's":     {foreign, nil},
			"another site":          {good, http.Header{"Sec-Fetch-Site": {"cross-site"}}},
			"another origin":        {good, http.Header{"Origin": {"https://evil.example"}}},
			"a site next door":      {good, http.Header{"Sec-Fetch-Site": {"same-site"}}},
			"an origin of no place": {good, http.Header{"Origin": {"null"}}},
		} {
			status, page := w.post(path, c.form, c.header)
			require.Equal(t, http.StatusForbidden, status, path+": "+name)
			require.Contains(t, page, "This form is not ours")
		}
		status, _ := b.browser().post(path, good, nil)
		require.Equal(t, http.StatusUnauthorized, status, "without a session")
	}
	status, _ := b.browser().post("/login", url.Values{"password": {password}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}})
	require.Equal(t, http.StatusForbidden, status, "nobody is logged in by another site")
	payment, _ := b.wallet.Payment(o.ID)
	require.Zero(t, payment.Refunded.Value)
	status, _ = w.post("/orders/"+o.ID+"/refund", good,
		http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {b.base}})
	require.Equal(t, http.StatusOK, status, "our own form")
}

func TestLoginOfTheShopkeeper(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	w := b.browser()
	res, page := w.do("GET", "/orders?state=paid", nil, nil)
	require.Equal(t, "/login", res.Path)
	require.Equal(t, "/orders?state=paid", strings.ReplaceAll(field(t, page, "next"), "&amp;", "&"))
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, _ = w.do("POST", "/login", url.Values{"password": {password}, "next": {"/orders?state=paid"}}, nil)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "/orders?state=paid", res.Header.Get("Location"))
	cookie := res.Cookies[0]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	_, page = w.get("/orders")
	csrf := field(t, page, "csrf")
	res, _ = w.do("POST", "/logout", url.Values{"csrf": {csrf}}, nil)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	kept, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/orders", nil)
	require.NoError(t, err)
	kept.AddCookie(cookie)
	after, err := w.client.Do(kept)
	require.NoError(t, err)
	require.NoError(t, after.Body.Close())
	require.Equal(t, http.StatusSeeOther, after.StatusCode, "who kept the cookie of a session that has ended")

	phoneToken := b.phone(ana).token
	kept.Header.Set("Cookie", cookieName+"="+phoneToken)
	after, err = w.client.Do(kept)
	require.NoError(t, err)
	require.NoError(t, after.Body.Close())
	require.Equal(t, http.StatusSeeOther, after.StatusCode, "a customer's token is not the shopkeeper's")

	var guesses sync.WaitGroup
	var refused atomic.Int64
	for range 30 { // at once, whatever the machine's speed
		guesses.Go(func() {
			status, page := b.browser().post("/login", url.Values{"password": {"guess"}}, nil)
			if status == http.StatusTooManyRequests {
				refused.Add(1)
				return
			}
			assert.Equal(t, http.StatusForbidden, status)
			assert.Contains(t, page, "The password is wrong.")
			assert.Contains(t, page, `name="password"`, "to try again")
		})
	}
	guesses.Wait()
	require.Positive(t, refused.Load())
}

func TestHere(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/orders/1?lang=es": "/orders/1?lang=es", "/": "/", "": "/orders", "https://evil.example": "/orders",
		"//evil.example":  "/orders",
		"/\\evil.example": "/orders", "javascript:alert(1)": "/orders", "orders": "/orders",
		"///evil.example": "/orders", "/\t/evil.example": "/orders",
		"//@/evil.example": "/orders", "/%2F/evil.example": "/%2F/evil.example", "/%zz": "/orders",
		"/orders#\x00": "/orders",
	} {
		require.Equal(t, want, here(next), next)
	}
}

// FuzzHere: no login leads away from the shop.
func FuzzHere(f *testing.F) {
	f.Add("/orders")
	f.Add("//evil.example/\\x")
	f.Add("//@/")
	f.Add("/./%2F/..//evil.example?next=//evil.example#//")
	f.Fuzz(func(t *testing.T, next string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://shop.example/login", nil)
		w := httptest.NewRecorder()
		http.Redirect(w, r, here(next), http.StatusSeeOther)
		for _, location := range []string{here(next), w.Header().Get("Location")} {
			require.NotRegexp(t, `^[/\\]{2}`, location, "a host, to a browser")
			to, err := r.URL.Parse(location)
			require.NoError(t, err)
			require.Equal(t, "shop.example", to.Host)
			require.Equal(t, "https", to.Scheme)
		}
	})
}

// TestResultPage: the customer's address has a key; the history and what can be
// done are the shopkeeper's.
func TestResultPage(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	b.clock.stop() // or an inquiry is faster than the notification on a slow machine
	o := b.phone(ana).buys("with-a-key", "coffee", 1)
	visitor := b.browser()
	status, page := visitor.get(o.Page)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "The wallet has confirmed the payment")
	require.Contains(t, page, "1 × Coffee")
	require.NotContains(t, page, "History")
	require.NotContains(t, page, "<form")
	status, page = visitor.get("/orders/" + o.ID + "?key=WRONG")
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, page, "Coffee")
	res, _ := visitor.do("GET", "/orders/"+o.ID, nil, nil)
	require.Equal(t, "/login", res.Path)
	res, _ = visitor.do("GET", "/orders/nothing", nil, nil)
	require.Equal(t, "/login", res.Path, "the same for what does not exist")

	status, page = b.shopkeeper().get("/orders/" + o.ID)
	require.Equal(t, http.StatusOK, status)
	for _, text := range []string{"History", "Wallet&#39;s notification",
		"Waiting for the wallet → Waiting for payment",
		"Paid → Paid and fulfilled", `name="refund_id"`} {
		require.Contains(t, page, text)
	}
	payment, _ := b.wallet.Payment(o.ID)
	require.Contains(t, page, payment.PaymentID)
}

// TestPaidLate: of an order that was paid after it was closed, and whose money
// could not be given back, nobody says that nothing was charged.
func TestPaidLate(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		w := b.shopkeeper()
		p := b.phone(ana)
		for _, state := range []orderflow.State{orderflow.StateFailed, orderflow.StateExpired,
			orderflow.StateCancelled} {
			o := p.orders("paid-late-"+string(state), "coffee", 1)
			b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Op: wire.OpNotifyPayment})
			_, err := b.db.SQL().ExecContext(t.Context(),
				`UPDATE orderflow_orders SET state = $1, late_at = $2, next_at = NULL WHERE id = $3`,
				string(state), b.clock.now().UnixMilli(), o.ID)
			require.NoError(t, err)
			require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
			for _, path := range []string{o.Page, o.Page + "&lang=es"} {
				_, page := b.browser().get(path)
				require.Contains(t, page, `data-state="`+string(state)+`"`)
				require.NotRegexp(t, "Nothing was charged|No se cobró nada|cannot be paid|no se puede pagar", page)
				require.Regexp(t, "It was paid after it was closed|Se pagó después de cerrarse", page)
			}
			_, page := w.refunds(o.ID, "", "paid late")
			_, page = w.confirms(o.ID, page)
			require.Contains(t, page, `data-state="refunded"`)
		}
	})
}

func TestOrdersPage(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		for i := range historyPage + 3 {
			if i == ordersPerMinute {
				b.clock.advance(time.Minute)
			}
			p.orders(fmt.Sprintf("many-orders-%d", i), "coffee", 1)
		}
		w := b.shopkeeper()
		status, page := w.get("/orders?state=pending")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, historyPage, strings.Count(page, "<tr>")-1)
		require.Equal(t, historyPage, strings.Count(page, "<code>order-"), "each with its number")
		next := regexp.MustCompile(`<a href="([^"]+)" rel="next"`).FindStringSubmatch(page)
		require.NotNil(t, next)
		status, page = w.get(strings.ReplaceAll(next[1], "&amp;", "&"))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, 3, strings.Count(page, "<tr>")-1)
		require.NotContains(t, page, `rel="next"`)
		_, page = w.get("/orders?state=refunded")
		require.Contains(t, page, "There are no orders here.")
		status, _ = w.get("/orders?state=nonsense")
		require.Equal(t, http.StatusBadRequest, status)
	})
}

// TestStrangeIDs: what cannot be an id is not there, on both databases; a zero
// byte gets to none of them.
func TestStrangeIDs(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p, w := b.phone(ana), b.shopkeeper()
		_, page := w.get("/")
		form := url.Values{"csrf": {field(t, page, "csrf")}, "quantity": {"1"},
			"refund_id": {"refund-" + strings.Repeat("A", 26)}}
		for _, id := range []string{"%00", "order-%00", "%ff",
			"x", "order-" + strings.Repeat("A", 26), strings.Repeat("A", 9000)} {
			for _, path := range []string{"/orders/" + id, "/orders/" + id + "?key=%00", "/api/orders/" + id} {
				status, _ := w.get(path)
				if strings.HasPrefix(path, "/api/") {
					status = p.call("GET", path, nil, nil)
				}
				require.Equal(t, http.StatusNotFound, status, path)
			}
			require.Equal(t, http.StatusNotFound, p.call("POST", "/api/orders/"+id+"/cancel", nil, nil), id)
			for _, path := range []string{"/orders/" + id + "/cancel", "/orders/" + id + "/retry",
				"/orders/" + id + "/refund", "/stock/" + id} {
				status, _ := w.post(path, form, nil)
				require.Equal(t, http.StatusNotFound, status, path)
			}
		}
		require.Equal(t, http.StatusBadRequest, p.call("GET", "/api/orders?after=%00", nil, nil))
		for _, query := range []string{"id=%00&before=1", "state=%00"} {
			status, _ := w.get("/orders?" + query)
			require.Equal(t, http.StatusBadRequest, status, query)
		}
		require.NotContains(t, b.log.String(), "level=ERROR")
	})
}

// TestLanguageLinks: they stay on the page, whatever its address looks like.
func TestLanguageLinks(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	link := regexp.MustCompile(`<a href="([^"]+)" lang="es"`)
	for _, path := range []string{"/", "/%2fevil.example", "/%2f%2fevil.example/x", "/%5cevil.example",
		"/orders/x?key=y&lang=en"} {
		_, page := b.browser().get(path)
		found := link.FindStringSubmatch(page)
		require.NotNil(t, found, path)
		require.True(t, strings.HasPrefix(found[1], "?"), "%s: %s", path, found[1])
		require.Contains(t, found[1], "lang=es")
	}
}

// TestNamesAreEscaped: what others wrote is text, on every page.
func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	const nasty = `<script>alert("1")</script>'&`
	b := newBench(t, sqliteSource(t), func(c *Config) {
		c.Catalogue = []Item{{ID: "nasty", Names: map[string]string{"en": nasty},
			Price: tradepay.Amount{Currency: "USD", Value: 100}, Stock: 9}}
	})
	o := b.phone(ana).buys("nasty-name", "nasty", 1)
	w := b.shopkeeper()
	status, _ := w.refunds(o.ID, "0.50", `<img src=x onerror=alert(1)>`)
	require.Equal(t, http.StatusOK, status)
	for _, path := range []string{"/", "/orders", "/orders/" + o.ID, o.Page,
		"/login?next=" + url.QueryEscape(`/"><script>alert(1)</script>`),
		"/?lang=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"} {
		_, page := w.get(path)
		require.NotContains(t, page, "<script>alert", path)
		require.NotContains(t, page, "<img", path)
		require.NotContains(t, page, `alert("1")`, path)
	}
	_, page := w.get("/orders/" + o.ID)
	require.Contains(t, page, "&lt;script&gt;")
	require.Contains(t, page, "&lt;img src=x")
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	w := b.browser()
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/login": "text/html; charset=utf-8", "/nothing": "text/html; charset=utf-8",
		"/healthz":       "application/json",
		"/api/catalogue": "application/json; charset=utf-8", "/api/nothing": "application/json; charset=utf-8",
		"/static/shop.css": "text/css; charset=utf-8", "/static/order.js": "text/javascript; charset=utf-8",
		"/static/icon.svg": "image/svg+xml",
	} {
		res, page := w.do("GET", path, nil, nil)
		h := res.Header
		require.True(t, strings.HasPrefix(h.Get("Content-Type"), kind), path+": "+h.Get("Content-Type"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"), path)
		csp := h.Get("Content-Security-Policy")
		require.Contains(t, csp, "default-src 'none'", path)
		require.Contains(t, csp, "frame-ancestors 'none'", path)
		require.NotContains(t, csp, "unsafe", path)
		require.Empty(t, h.Get("Access-Control-Allow-Origin"), path)
		require.Empty(t, h.Get("Strict-Transport-Security"), "not on plain HTTP")
		require.NotRegexp(t, `(?i)<style|style="|\son[a-z]+="|<script>|javascript:`, page,
			"inline, which the policy forbids")
		if strings.HasPrefix(path, "/static/") {
			require.Equal(t, "public, max-age=300", h.Get("Cache-Control"))
		} else {
			require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		}
	}
	status, _ := w.post("/notify", nil, nil)
	require.Equal(t, http.StatusUnauthorized, status, "unsigned")
	for _, path := range []string{"/orders/x/refund", "/static/", "/static/../schema.sql", "/debug/pprof/", "/notify"} {
		status, page := w.get(path)
		require.NotContains(t, page, "CREATE TABLE")
		require.NotContains(t, page, `href="shop.css"`, path)
		require.NotEqual(t, http.StatusInternalServerError, status, path)
	}
	for notifyURL, want := range map[string]bool{"https://shop.example/notify": true, "": true,
		"http://127.0.0.1/notify": false} {
		secure := newBench(t, sqliteSource(t), func(c *Config) { c.NotifyURL = notifyURL })
		noFollow := secure.browser()
		noFollow.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, _ := noFollow.do("POST", "/login", url.Values{"password": {password}}, nil)
		require.Equal(t, want, res.Cookies[0].Secure, notifyURL)
		require.Equal(t, want, res.Header.Get("Strict-Transport-Security") == "max-age=31536000", notifyURL)
	}
}

// TestRequestsEnd: no request outlives its time, whatever it waits for.
func TestRequestsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	var end time.Time
	before := time.Now()
	b.shop.secured(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { end, _ = r.Context().Deadline() })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	require.WithinRange(t, end, before, time.Now().Add(callTime))
}

// TestLogsKeepSecrets: no payer, no token, no code and no message is logged.
func TestLogsKeepSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.buys("quiet-please", "coffee", 1)
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpApplyToken, Times: 3})
	code := b.wallet.AuthCode(ana)
	(&phone{bench: b}).call("POST", "/api/login", map[string]string{"authCode": code}, nil)
	b.shopkeeper()
	b.stop()
	log := b.log.String()
	require.Contains(t, log, o.ID)
	for _, secret := range []string{ana, p.token, code, password, "Signature", "paymentAmount"} {
		require.NotContains(t, log, secret)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	good, err := DemoCatalogue("USD")
	require.NoError(t, err)
	whole := Config{Client: b.shop.client, DB: b.db, Catalogue: good, Password: "x"}
	usd := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	for want, change := range map[string]func(*Config){
		"Config.Client is missing":   func(c *Config) { c.Client = nil },
		"Config.DB is missing":       func(c *Config) { c.DB = nil },
		"Config.Password is missing": func(c *Config) { c.Password = "" },
		"the catalogue is empty":     func(c *Config) { c.Catalogue = nil },
		"must be an absolute URL":    func(c *Config) { c.NotifyURL = "notify" },
		"has no id of its own": func(c *Config) {
			c.Catalogue = []Item{{ID: "a", Price: usd(1)}, {ID: "a", Price: usd(1)}}
		},
		"has no price":           func(c *Config) { c.Catalogue = []Item{{ID: "a", Price: usd(0)}} },
		"more than an order may": func(c *Config) { c.Catalogue = []Item{{ID: "a", Price: usd(maxPrice + 1)}} },
		"another currency": func(c *Config) {
			c.Catalogue = []Item{{ID: "a", Price: usd(1)}, {ID: "b", Price: tradepay.Amount{Currency: "CLP", Value: 1}}}
		},
	} {
		cfg := whole
		change(&cfg)
		_, err := New(t.Context(), cfg)
		require.ErrorContains(t, err, want)
	}
	_, err = New(t.Context(), whole)
	require.NoError(t, err, "a second one on the same database")
	other := b.wallet.Config()
	other.ClientID = "another-client"
	stranger := whole
	stranger.Client, err = tradepay.NewClient(other)
	require.NoError(t, err)
	_, err = New(t.Context(), stranger)
	require.ErrorIs(t, err, ErrOtherClient)
	whole.Inquiries = orderflow.Inquiries{First: -time.Second}
	_, err = New(t.Context(), whole)
	require.ErrorIs(t, err, orderflow.ErrInvalidConfig)
}
