package tradepaytest_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestCashierPage(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w)
		req := order("order-1", "")
		req.Title = `<script>alert("x")</script>`
		o, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err)

		status, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Equal(t, http.StatusOK, status)
		for _, text := range []string{
			`<data value="10.50 USD">`, "Tea House", "&lt;script&gt;", o.PaymentID, `value="pay"`, `value="cancel"`,
			`name="from" value="empty"`,
			`data-result-code=""`, `data-seconds="1800"`,
		} {
			require.Contains(t, page, text)
		}
		require.NotContains(t, page, "<script>")

		status, _, header := visit(t, http.MethodPost, o.PaymentURL, "action=pay&from=account", "")
		require.Equal(t, http.StatusSeeOther, status, "to load the page of the result again presses nothing")
		status, page, _ = visit(t, http.MethodGet, w.URL()+header.Get("Location"), "", "")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, `data-result-code="9000"`)
		require.Contains(t, page, "https://shop.example.com/thanks")
		require.NotContains(t, page, "<form")
		_, page, _ = visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Contains(t, page, "Paid")
		require.NotContains(t, page, "<form")
	})
}

// TestCashierResults presses each button in each language, as a browser does
// that has no script.
func TestCashierResults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, form, code string
		fault            tradepaytest.FaultKind
		status           tradepay.PaymentStatus
		english, spanish string
	}{
		{name: "pay", form: "action=pay", code: "9000", status: tradepay.StatusSuccess, english: "Paid",
			spanish: "Pagado"},
		{name: "empty", form: "action=pay&from=empty", code: "4000", status: tradepay.StatusFailed,
			english: "Payment failed", spanish: "Pago rechazado"},
		{name: "decline", form: "action=decline", code: "4000", status: tradepay.StatusFailed,
			english: "not enough balance", spanish: "saldo no alcanza"},
		{name: "cancel", form: "action=cancel", code: "6001", status: tradepay.StatusProcessing, english: "Cancelled",
			spanish: "Cancelado"},
		{
			name: "risk", form: "action=pay", code: "4000", fault: tradepaytest.RiskDeclined,
			status:  tradepay.StatusFailed,
			english: "risk control declined it", spanish: "control de riesgo de la billetera lo rechazó",
		},
		{
			name: "slow", form: "action=pay", code: "8000", fault: tradepaytest.PaymentProcessing,
			status:  tradepay.StatusProcessing,
			english: "Payment in process", spanish: "Pago en proceso",
		},
	} {
		for lang, heading := range map[string]string{"en": test.english, "es": test.spanish} {
			t.Run(test.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w := newWallet(t)
				o := create(t, newClient(t, w), "order-1", "")
				if test.fault != "" {
					w.Inject(tradepaytest.Fault{Kind: test.fault})
				}
				status, _, header := visit(t, http.MethodPost, o.PaymentURL+"&lang="+lang, test.form, "")
				require.Equal(t, http.StatusSeeOther, status)
				_, page, _ := visit(t, http.MethodGet, w.URL()+header.Get("Location"), "", "")
				require.Contains(t, page, `<html lang="`+lang+`">`)
				require.Contains(t, page, heading)
				require.Contains(t, page, `data-result-code="`+test.code+`"`)
				require.NotContains(t, page, "<form")
				require.Equal(t, test.status, payment(t, w, "order-1").Status)
			})
		}
	}
}

func TestCashierCancelledCanBePaid(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	o := create(t, newClient(t, w), "order-1", "")
	visit(t, http.MethodPost, o.PaymentURL, "action=cancel", "")
	_, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
	require.Contains(t, page, `value="pay"`)
	visit(t, http.MethodPost, o.PaymentURL, "action=pay", "")
	require.Equal(t, tradepay.StatusSuccess, payment(t, w, "order-1").Status)
}

func TestCashierDoubleClick(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	o := create(t, newClient(t, w), "order-1", "")
	codes := make(chan string, 20)
	for range cap(codes) {
		go func() {
			req, _ := http.NewRequest(http.MethodPost, o.PaymentURL, strings.NewReader("action=pay"))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Accept", "application/json")
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				codes <- err.Error()
				return
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			codes <- strings.TrimSpace(string(body))
		}()
	}
	for range cap(codes) {
		require.JSONEq(t, `{"resultCode":"9000"}`, <-codes)
	}
	require.Equal(t, 1, payment(t, w, "order-1").Charges)
}

func TestCashierHeaders(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	o := create(t, newClient(t, w), "order-1", "")
	for _, url := range []string{o.PaymentURL, w.URL() + "/cashier/unknown", w.URL() + "/agreement/unknown"} {
		_, page, header := visit(t, http.MethodGet, url, "", "")
		require.Equal(t, "no-store", header.Get("Cache-Control"))
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
		require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
		require.Equal(t, "en", header.Get("Content-Language"))
		policy := header.Get("Content-Security-Policy")
		for _, rule := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'self'",
			"frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
		} {
			require.Contains(t, policy, rule)
		}
		require.NotContains(t, policy, "unsafe")
		require.NotRegexp(t, `(?i)<style|\sstyle=|\son[a-z]+=|<script[^>]*>[^<]`, page, "nothing inline")
		for _, file := range regexp.MustCompile(`/app/[^"]+`).FindAllString(page, -1) {
			status, data, header := visit(t, http.MethodGet, w.URL()+file, "", "")
			require.Equal(t, http.StatusOK, status, file)
			require.NotEmpty(t, data)
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
			require.Contains(t, header.Get("Cache-Control"), "immutable")
			require.NotContains(t, data, "innerHTML")
		}
	}
	require.Empty(t, w.Rejections())
}

func TestCashierAmounts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		amount        tradepay.Amount
		lang, want    string // of the query
		accept        string // Accept-Language
		tag, exchange string // of the page, and of the link to the other one
	}{
		{amount: tradepay.Amount{Currency: "IQD", Value: 1250250}, lang: "en", want: "1,250.250", tag: "en",
			exchange: "lang=es"},
		{amount: tradepay.Amount{Currency: "IQD", Value: 1250250}, lang: "es", want: "1.250,250", tag: "es",
			exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "CLP", Value: 1234567}, lang: "en", want: "1,234,567", tag: "en",
			exchange: "lang=es"},
		{amount: tradepay.Amount{Currency: "CLP", Value: 1234567}, lang: "es-CL", want: "1.234.567", tag: "es",
			exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "ZAR", Value: 100000}, lang: "en", want: "1,000.00", tag: "en",
			exchange: "lang=es"},
		{amount: tradepay.Amount{Currency: "ZAR", Value: 5}, lang: "es", want: "0,05", tag: "es", exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "MXN", Value: 123450}, lang: "es-MX", want: "1,234.50", tag: "es",
			exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "MXN", Value: 123450}, accept: "es-MX,es;q=0.9,en;q=0.8", want: "1,234.50",
			tag: "es", exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "USD", Value: 123450}, accept: "fr, es;q=0.3, en;q=0.7", want: "1,234.50",
			tag: "en", exchange: "lang=es"},
		{amount: tradepay.Amount{Currency: "USD", Value: 123450}, accept: "en;q=0, ES;q=0.1", want: "1.234,50",
			tag: "es", exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "USD", Value: 123450}, accept: "es;q=7, ;, q=, en;q=x", want: "1,234.50",
			tag: "en", exchange: "lang=es"},
		{amount: tradepay.Amount{Currency: "USD", Value: 123450}, lang: "fr", accept: "es", want: "1.234,50", tag: "es",
			exchange: "lang=en"},
		{amount: tradepay.Amount{Currency: "USD", Value: 9_999_999_999_999_999}, lang: "en",
			want: "99,999,999,999,999.99", tag: "en", exchange: "lang=es"},
	} {
		t.Run(test.amount.String()+" "+test.lang+test.accept, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			req := order("order-1", "")
			req.Amount = test.amount
			o, err := newClient(t, w).CreateOrder(t.Context(), req)
			require.NoError(t, err)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.PaymentURL, nil)
			require.NoError(t, err)
			if test.lang != "" {
				r.URL.RawQuery += "&lang=" + test.lang
			}
			r.Header.Set("Accept-Language", test.accept)
			res, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			defer func() { _ = res.Body.Close() }()
			data, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			page := string(data)
			require.Contains(t, page,
				`<data value="`+test.amount.String()+`"><span>`+test.want+`</span> `+
					`<span class="code">`+test.amount.Currency+`</span>`)
			require.Contains(t, page, test.want+"\u00a0"+test.amount.Currency+"</button>")
			require.Contains(t, page, `<html lang="`+test.tag+`">`)
			require.Contains(t, page, test.exchange)
			require.Equal(t, test.tag, res.Header.Get("Content-Language"))
			require.Equal(t, "Accept-Language", res.Header.Get("Vary"))
		})
	}
}

// TestCashierOrder: the lines of an order, in both dialects and shapes.
func TestCashierOrder(t *testing.T) {
	t.Parallel()
	several := []tradepay.Goods{
		{Name: "Tea <green>", Quantity: 3, UnitAmount: usd(150)},
		{Name: "Biscuits", UnitAmount: usd(600)},
		{Name: "A smile", Quantity: 2},
		{ID: "only an id"},
	}
	single := several[:1]
	list := func(p wire.Profile) wire.Profile { p.Quirks.OneGoods = false; return p }
	object := func(p wire.Profile) wire.Profile { p.Quirks.OneGoods = true; return p }
	numeric := func(p wire.Profile) wire.Profile { p.Quirks.NumericAmounts = true; return p }
	dialects(t, func(t *testing.T, profile wire.Profile) {
		for name, test := range map[string]struct {
			profile wire.Profile
			goods   []tradepay.Goods
			lines   int
		}{
			"list": {list(profile), several, 3}, "object": {object(profile), single, 1},
			"numeric list": {numeric(list(profile)), several, 3}, "none": {profile, nil, 0},
		} {
			w := newWallet(t, tradepaytest.As(test.profile))
			req := order("order-1", "")
			req.Order.Goods = test.goods
			o, err := newClient(t, w).CreateOrder(t.Context(), req)
			require.NoError(t, err, name)
			_, page, _ := visit(t, http.MethodGet, o.PaymentURL+"&lang=es", "", "")
			require.Equal(t, test.lines, strings.Count(page, "<li>"), name)
			require.Contains(t, page, "Tea &amp; biscuits", "the title")
			if test.lines > 0 {
				require.Contains(t, page,
					`Tea &lt;green&gt;</span> <span class="total">4,50`+"\u00a0"+`USD</span> `+
						`<span class="count">3 × 1,50`+"\u00a0USD", name)
			}
			if test.lines > 1 {
				require.Contains(t, page, `Biscuits</span> <span class="total">6,00`+"\u00a0USD</span></li>", name)
				require.Contains(t, page, `A smile</span> <span class="total"></span> <span class="count">× 2</span>`,
					name)
			}
		}
	})
}

// TestCashierSaysOnce: what title and only line both say stands once.
func TestCashierSaysOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, title string
		line        tradepay.Goods
		has, hasNot string
	}{
		{"one line of the whole basket", "1 × Tea, 1 × Cake",
			tradepay.Goods{Name: "1 × Tea, 1 × Cake", Quantity: 1, UnitAmount: price},
			`class="title">1 × Tea`, "<li>"},
		{"one item", "3 × Tea", tradepay.Goods{Name: "Tea", Quantity: 3, UnitAmount: usd(350)},
			`<span class="count">3 × 3.50`, `class="title"`},
		{"several of the basket", "Tea", tradepay.Goods{Name: "Tea", Quantity: 3, UnitAmount: usd(350)},
			`<span class="count">3 × 3.50`, `class="title"`},
		{"something else", "Breakfast", tradepay.Goods{Name: "Tea", Quantity: 1, UnitAmount: price},
			`class="title">Breakfast`, "nothing"},
	} {
		w := newWallet(t)
		req := order("order-1", "")
		req.Title, req.Order.Goods = test.title, []tradepay.Goods{test.line}
		o, err := newClient(t, w).CreateOrder(t.Context(), req)
		require.NoError(t, err, test.name)
		_, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Contains(t, page, test.has, test.name)
		require.NotContains(t, page, test.hasNot, test.name)
	}
}

func TestCashierLongOrder(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	req := order("order-1", "")
	for range 60 {
		req.Order.Goods = append(req.Order.Goods, tradepay.Goods{Name: "Grain", Quantity: 1_000_000,
			UnitAmount: usd(9_999_999_999_999)})
	}
	o, err := newClient(t, w).CreateOrder(t.Context(), req)
	require.NoError(t, err)
	_, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
	require.Equal(t, 50, strings.Count(page, "Grain"))
	require.Contains(t, page, "and 10 more")
	require.Contains(t, page, `<span class="total"></span> <span class="count">1000000 × 99,999,999,999.99`,
		"no sum that does not fit")
}

func TestGoodsAreRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ goods, why string }{
		"not an object": {`["tea"]`, "order.goods must hold objects"},
		"name":          {`[{"goodsName":7}]`, "order.goods[0].goodsName must be a string"},
		"quantity": {`[{"goodsName":"a"},{"goodsQuantity":"many"}]`,
			"order.goods[1].goodsQuantity must be a whole number"},
		"amount": {`[{"goodsUnitAmount":{"currency":"USD","value":"-1"}}]`,
			"order.goods[0].goodsUnitAmount must have a positive integer"},
	} {
		w := newWallet(t)
		var goods any
		require.NoError(t, json.Unmarshal([]byte(test.goods), &goods))
		var answer struct {
			Result struct{ ResultCode, ResultMessage string }
		}
		_, err := newClient(t, w, once).Call(t.Context(), "/v2/payments/pay", map[string]any{
			"paymentRequestId": "order-1", "paymentAmount": map[string]string{"currency": "USD", "value": "1"},
			"appId": w.Config().AppID,
			"order": map[string]any{"goods": goods},
		}, &answer)
		var rejected *tradepay.APIError
		require.ErrorAs(t, err, &rejected, name)
		require.Contains(t, w.Rejections()[0].Why, test.why, name)
	}
}

// TestCashierForAll: every control has a label, every id stands once, and the
// page has one heading, one main part and a language.
func TestCashierForAll(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	open, paid := create(t, c, "order-1", ""), create(t, c, "order-2", "")
	require.NoError(t, w.Pay("order-2"))
	agree, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY",
		RedirectURL: "https://shop.example.com/", State: "s"})
	require.NoError(t, err)
	for _, url := range []string{open.PaymentURL, paid.PaymentURL, agree.AuthURL, w.URL() + "/cashier/unknown"} {
		for _, lang := range []string{"en", "es"} {
			sign := "?"
			if strings.Contains(url, "?") {
				sign = "&"
			}
			_, page, _ := visit(t, http.MethodGet, url+sign+"lang="+lang, "", "")
			requireAccessible(t, page)
		}
	}
}

func requireAccessible(t *testing.T, page string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	count, ids := make(map[string]int), make(map[string]bool)
	var open []string
	var labelled, named string // text within the label, link or button at hand
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, page)
		switch e := token.(type) {
		case xml.StartElement:
			attr := make(map[string]string)
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			count[e.Name.Local]++
			open = append(open, e.Name.Local)
			if id := attr["id"]; id != "" {
				require.False(t, ids[id], id)
				ids[id] = true
			}
			switch e.Name.Local {
			case "html":
				require.NotEmpty(t, attr["lang"])
			case "input", "select", "textarea":
				require.Contains(t, open, "label", "%v has no label", attr)
			case "label":
				labelled = ""
			case "button", "a":
				named = attr["aria-label"]
			case "svg":
				require.Contains(t, page, `aria-hidden="true"><svg`)
			case "nav":
				require.NotEmpty(t, attr["aria-label"])
			case "section":
				require.Contains(t, page, `id="`+attr["aria-labelledby"]+`"`)
			}
		case xml.CharData:
			labelled, named = labelled+strings.TrimSpace(string(e)), named+strings.TrimSpace(string(e))
		case xml.EndElement:
			open = open[:len(open)-1]
			switch e.Name.Local {
			case "label":
				require.NotEmpty(t, labelled)
			case "button", "a":
				require.NotEmpty(t, named)
			case "fieldset":
				require.Equal(t, count["fieldset"], count["legend"])
			}
		}
	}
	for _, once := range []string{"h1", "main", "header", "footer", "title"} {
		require.Equal(t, 1, count[once], once)
	}
}

func TestCashierJSON(t *testing.T) {
	t.Parallel()
	now := newClock()
	w := newWallet(t, tradepaytest.WithClock(now.Now))
	c := newClient(t, w, func(conf *tradepay.Config) { conf.Now = now.Now })
	press := func(id, action string) string {
		o := payment(t, w, id)
		status, body, header := visit(t, http.MethodPost, o.PaymentURL, "action="+action, "application/json")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, header.Get("Content-Type"), "application/json")
		return strings.TrimSpace(body)
	}
	for _, id := range []string{"paid", "declined", "expired", "slow"} {
		create(t, c, id, "")
	}
	require.JSONEq(t, `{"resultCode":"6001"}`, press("paid", "cancel"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "pay"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "pay"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "cancel"), "too late")
	require.Equal(t, 1, payment(t, w, "paid").Charges)
	require.JSONEq(t, `{"resultCode":"4000"}`, press("declined", "decline"))
	require.JSONEq(t, `{"resultCode":"4000"}`, press("declined", "pay"))
	require.Equal(t, tradepay.StatusFailed, payment(t, w, "declined").Status)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
	require.JSONEq(t, `{"resultCode":"8000"}`, press("slow", "pay"))
	require.JSONEq(t, `{"resultCode":"8000"}`, press("slow", "pay"))
	_, page, _ := visit(t, http.MethodGet, payment(t, w, "slow").PaymentURL, "", "")
	require.Contains(t, page, "in process")
	now.Add(30 * time.Minute)
	require.JSONEq(t, `{"resultCode":"4000"}`, press("expired", "pay"))
	_, page, _ = visit(t, http.MethodGet, payment(t, w, "expired").PaymentURL, "", "")
	require.Contains(t, page, "Payment closed")
	require.NotContains(t, page, "<form")
	require.Equal(t, tradepay.StatusProcessing, payment(t, w, "slow").Status, "what is in process does not expire")
}

func TestCashierIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	o := create(t, c, "order-1", "")
	bare, _, _ := strings.Cut(o.PaymentURL, "?")
	for name, url := range map[string]string{
		"no token":     bare,
		"empty token":  bare + "?token=",
		"other token":  o.PaymentURL + "x",
		"other id":     strings.Replace(o.PaymentURL, o.PaymentID, "1", 1),
		"nothing":      w.URL() + "/cashier/",
		"payment's id": w.URL() + "/cashier/order-1",
	} {
		status, page, _ := visit(t, http.MethodPost, url, "action=pay", "")
		require.Equal(t, http.StatusNotFound, status, name)
		require.NotContains(t, page, "10.50", name)
	}
	status, _, _ := visit(t, http.MethodPut, o.PaymentURL, "action=pay", "")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, _, _ = visit(t, http.MethodPost, o.PaymentURL, "action=steal", "")
	require.Equal(t, http.StatusBadRequest, status)
	status, _, _ = visit(t, http.MethodPost, o.PaymentURL, "action=pay&x="+strings.Repeat("x", 8<<10), "")
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, tradepay.StatusProcessing, payment(t, w, "order-1").Status)

	// A payment without a page, by agreement, has no empty token either.
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
	require.NoError(t, err)
	req := order("order-2", "")
	req.PaymentAuthCode = token.AccessToken
	paid, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	status, _, _ = visit(t, http.MethodGet, w.URL()+"/cashier/"+paid.PaymentID+"?token=", "", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestCashierLinks(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	for url, want := range map[string]bool{
		"https://shop.example.com/thanks":             true,
		"mini://platformapi/startapp?_ariver_appid=1": true,
		"javascript://x/%0aalert(1)":                  false,
		"data://text/html,x":                          false,
	} {
		req := order("order-"+url[:4], "")
		req.RedirectURL = url
		o, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err, url)
		_, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Equal(t, want, strings.Contains(page, "Back to the merchant"), url)
	}
}

// TestCashierInJSON: who asks for JSON gets it, errors included.
func TestCashierInJSON(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	o := create(t, newClient(t, w), "order-1", "")
	ask := func(method, url, body string) (int, map[string]any) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		var answer map[string]any
		require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
		return res.StatusCode, answer
	}
	status, page := ask("GET", o.PaymentURL, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, true, page["open"])
	require.Equal(t, map[string]any{"currency": "USD", "value": "1050"}, page["amount"])
	require.Equal(t, "PROCESSING", page["status"])
	for _, test := range []struct {
		method, url, body string
		status            int
	}{
		{"GET", w.URL() + "/cashier/nowhere", "", http.StatusNotFound},
		{"GET", strings.SplitAfter(o.PaymentURL, "?")[0] + "token=x", "", http.StatusNotFound},
		{"PUT", o.PaymentURL, "", http.StatusMethodNotAllowed},
		{"POST", o.PaymentURL, "action=steal", http.StatusBadRequest},
		{"GET", w.URL() + "/agreement/nowhere", "", http.StatusNotFound},
	} {
		status, answer := ask(test.method, test.url, test.body)
		require.Equal(t, test.status, status, test.url)
		require.NotEmpty(t, answer["error"])
	}
	_, told := ask("POST", o.PaymentURL, "action=pay")
	require.Equal(t, "9000", told["resultCode"])
	_, page = ask("GET", o.PaymentURL, "")
	require.Equal(t, "SUCCESS", page["status"])
	require.Equal(t, "9000", page["resultCode"])
}
