package tradepaytest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// controlled is a program that controls a wallet.
type controlled struct {
	t      *testing.T
	url    string
	token  string
	client *http.Client
}

func control(t *testing.T, w *tradepaytest.Wallet) *controlled {
	t.Helper()
	return &controlled{t: t, url: w.URL() + "/__tradepay", client: http.DefaultClient}
}

// do sends a request and returns status and answer.
func (c *controlled) do(method, path, body string, change func(*http.Request)) (int, map[string]any) {
	c.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, reader)
	require.NoError(c.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if change != nil {
		change(req)
	}
	res, err := c.client.Do(req)
	require.NoError(c.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	var answer map[string]any
	require.NoError(c.t, json.Unmarshal(data, &answer), string(data))
	return res.StatusCode, answer
}

// ok sends a request that must succeed.
func (c *controlled) ok(method, path, body string) map[string]any {
	c.t.Helper()
	status, answer := c.do(method, path, body, nil)
	require.Equal(c.t, http.StatusOK, status, "%s %s: %v", method, path, answer)
	return answer
}

func list(answer map[string]any, name string) []map[string]any {
	var found []map[string]any
	for _, one := range answer[name].([]any) {
		found = append(found, one.(map[string]any))
	}
	return found
}

// TestControlSaysWhatTheWalletSays: the control API does what the methods do.
func TestControlSaysWhatTheWalletSays(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c, shop := newClient(t, w, again), newShop(t, newClient(t, w), nil)
		api := control(t, w)
		for _, id := range []string{"order-1", "order-2", "order-3"} {
			create(t, c, id, shop.url)
		}
		require.Equal(t, "SUCCESS", api.ok("POST", "/payments/order-1/pay", "")["status"])
		require.Equal(t, "FAIL", api.ok("POST", "/payments/order-2/decline", "")["status"])
		api.ok("POST", "/payments/order-3/expire", "")
		delivered := api.ok("GET", "/deliveries?payment=order-1&acknowledged=true&wait=2m", "")
		require.Len(t, list(delivered, "deliveries"), 1)

		shown := list(api.ok("GET", "/payments", ""), "payments")
		for i, p := range w.Payments() {
			require.Equal(t, p.PaymentID, shown[i]["paymentId"])
			require.Equal(t, string(p.Status), shown[i]["status"])
			require.Equal(t, p.PaymentURL, shown[i]["paymentUrl"])
			reason, _ := shown[i]["failReason"].(string)
			require.Equal(t, p.FailReason, reason)
		}
		require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
		api.ok("POST", "/refunds", `{"payment": "order-1", "amount": {"currency": "USD", "value": "50"}}`)
		p, _ := w.Payment("order-1")
		require.Equal(t, usd(50), p.Refunded)
		require.Len(t, list(api.ok("GET", "/refunds?payment=order-1", ""), "refunds"), 1)

		api.ok("POST", "/keys/rotate", "")
		_, version := w.SigningKey()
		require.Equal(t, version, api.ok("GET", "/keys", "")["signsWith"])
		require.Equal(t, tradepay.StatusFailed, status(t, c, "order-2"), "verified with the other key")
		require.Equal(t, w.Config().ClientID, api.ok("GET", "/merchant", "")["clientId"])

		api.ok("POST", "/reset", "")
		require.Empty(t, w.Payments())
		require.Empty(t, w.Deliveries())
	})
}

// TestControlBreaksTheSecondOnly: a fault can let requests pass before it happens.
func TestControlBreaksTheSecondOnly(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c, api := newClient(t, w, once), control(t, w)
	added := api.ok("POST", "/faults", `{"kind": "Refused", "operation": "pay", "after": 1, "code": "RISK_REJECT"}`)
	require.InDelta(t, 1, added["count"], 0)
	create(t, c, "order-1", "")
	faults := list(api.ok("GET", "/faults", ""), "faults")
	require.Len(t, faults, 1)
	require.NotContains(t, faults[0], "after", "the first has passed")
	_, err := c.CreateOrder(t.Context(), order("order-2", ""))
	require.ErrorIs(t, err, tradepay.ErrRejected)
	var refused *tradepay.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "RISK_REJECT", refused.Result.Code)
	create(t, c, "order-3", "")
	require.Empty(t, list(api.ok("GET", "/faults", ""), "faults"), "it has happened")

	first := api.ok("POST", "/faults", `{"kind": "Status500", "count": -1}`)
	api.ok("POST", "/faults", `{"kind": "NotifyLost", "count": 2, "delay": "1s", "probability": 0.5}`)
	id := string(mustJSON(t, first["id"]))
	require.Len(t, list(api.ok("DELETE", "/faults/"+id, ""), "faults"), 1)
	status, _ := api.do("DELETE", "/faults/"+id, "", nil)
	require.Equal(t, http.StatusNotFound, status)
	require.Empty(t, list(api.ok("DELETE", "/faults", ""), "faults"))
}

func mustJSON(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return data
}

// TestControlMovesTheClock: what is over ends, and messages go on verifying.
func TestControlMovesTheClock(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.As(wallets.PlatformV1()))
	c := newClient(t, w)
	shop, api := newShop(t, c, nil), control(t, w)
	create(t, c, "order-1", shop.url)
	before := w.Now()
	require.Equal(t, "31m0s", api.ok("POST", "/clock", `{"advance": "31m"}`)["ahead"])
	require.GreaterOrEqual(t, w.Now().Sub(before), 31*time.Minute)
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"), "v1 notifies what expired")
	require.Equal(t, tradepay.StatusFailed, status(t, c, "order-1"))
	create(t, c, "order-2", shop.url)
	to := w.Now().Add(time.Hour).Format(time.RFC3339)
	api.ok("POST", "/clock", `{"to": "`+to+`"}`)
	require.Equal(t, tradepay.StatusFailed, status(t, c, "order-2"))
	for _, body := range []string{`{}`, `{"advance": "-1m"}`, `{"advance": "x"}`, `{"to": "2020-01-01T00:00:00Z"}`,
		`{"advance": "1m", "to": "` + to + `"}`, `{"advance": "200000h"}`, `{"advanced": "1m"}`, `[]`, `{} {}`} {
		status, answer := api.do("POST", "/clock", body, nil)
		require.Equal(t, http.StatusBadRequest, status, "%s %v", body, answer)
	}
	api.ok("POST", "/reset", "")
	require.Equal(t, "0s", api.ok("GET", "/clock", "")["ahead"])
}

func TestControlDeliveries(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	shop, api := newShop(t, c, nil), control(t, w)
	create(t, c, "order-1", shop.url)
	require.Equal(t, true, api.ok("POST", "/deliveries/suspend", "")["suspended"])
	api.ok("POST", "/payments/order-1/pay", "")
	require.Empty(t, list(api.ok("GET", "/deliveries?wait=1ms", ""), "deliveries"), "held back")
	require.Empty(t, shop.notifications())
	sent := api.ok("POST", "/deliveries/resend", `{"payment": "order-1"}`)
	require.Equal(t, true, sent["acknowledged"], "on demand all the same: %v", sent)
	require.Len(t, shop.notifications(), 1)
	number := string(mustJSON(t, sent["number"]))
	require.Equal(t, false, api.ok("POST", "/deliveries/resume", "")["suspended"])
	later := list(api.ok("GET", "/deliveries?wait=2m&after="+number, ""), "deliveries")
	require.Len(t, later, 1, "the one that was held back")
	require.Len(t, shop.notifications(), 2)
	for path, want := range map[string]int{
		"/deliveries?wait=x": 400, "/deliveries?wait=1h": 400, "/deliveries?after=-1": 400,
		"/deliveries?acknowledged=perhaps": 400, "/payments/order-9": 404, "/elsewhere": 404,
	} {
		status, answer := api.do("GET", path, "", nil)
		require.Equal(t, want, status, "%s %v", path, answer)
		require.NotEmpty(t, answer["error"])
	}
	for body, want := range map[string]int{
		`{"payment": "order-9"}`: 404, `{"payment": 1}`: 400, ``: 415,
	} {
		status, _ := api.do("POST", "/deliveries/resend", body, nil)
		require.Equal(t, want, status, body)
	}
	create(t, c, "order-2", shop.url)
	status, answer := api.do("POST", "/deliveries/resend", `{"payment": "order-2"}`, nil)
	require.Equal(t, http.StatusConflict, status, answer)
	status, _ = api.do("PATCH", "/payments", "", nil)
	require.Equal(t, http.StatusMethodNotAllowed, status)
}

// TestControlWhileDown: what is down can be brought back.
func TestControlWhileDown(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c, api := newClient(t, w, once), control(t, w)
	require.Equal(t, "suspended", api.ok("POST", "/suspend", `{"for": "10m"}`)["status"])
	_, err := c.CreateOrder(t.Context(), order("order-1", ""))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.Equal(t, "suspended", api.ok("GET", "/health", "")["status"])
	require.Equal(t, "ok", api.ok("POST", "/resume", "")["status"])
	create(t, c, "order-1", "")
	api.ok("POST", "/suspend", `{}`)
	require.Equal(t, "ok", api.ok("POST", "/reset", "")["status"])
	require.False(t, w.Suspended())
}

// TestControlRefusals: with the doctor's word.
func TestControlRefusals(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	raw{body: goodPay, sign: func(_ *raw, m wire.Message) wire.Message {
		m.URI = "/v2/payments/pay"
		return m
	}}.do(t, w)
	raw{body: goodPay, change: func(h http.Header) { h.Set("Client-Id", "nobody") }}.do(t, w)
	refused := list(control(t, w).ok("GET", "/refusals", ""), "refusals")
	require.Len(t, refused, 2)
	word := refused[0]["diagnosis"].(map[string]any)
	require.Equal(t, true, word["certain"])
	require.NotEmpty(t, word["remedy"])
	for i, r := range w.Rejections() {
		require.Equal(t, r.Why, refused[i]["why"])
		require.Equal(t, r.Diagnosis == nil, refused[i]["diagnosis"] == nil)
	}
}

func TestControlUsers(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c, api := newClient(t, w), control(t, w)
	require.Equal(t, tradepaytest.DefaultUser, api.ok("GET", "/user", "")["userId"])
	code := api.ok("POST", "/auth-codes", `{"userId": "2188000000000007"}`)["authCode"].(string)
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code})
	require.NoError(t, err)
	require.Equal(t, "2188000000000007", token.UserID)
	tokens := list(api.ok("GET", "/tokens", ""), "tokens")
	require.Len(t, tokens, 1)
	require.Equal(t, token.AccessToken, tokens[0]["accessToken"])
	require.Empty(t, list(api.ok("POST", "/tokens/end", `{"accessToken": "`+token.AccessToken+`"}`), "tokens"))
	status, _ := api.do("POST", "/tokens/end", `{"accessToken": "`+token.AccessToken+`"}`, nil)
	require.Equal(t, http.StatusNotFound, status)

	api.ok("PUT", "/user", `{"userId": "2188000000000008"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/app/getAuthCode",
		strings.NewReader(`{"scopes": "auth_base"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var given struct{ AuthCode string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&given))
	token, err = c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: given.AuthCode})
	require.NoError(t, err)
	require.Equal(t, "2188000000000008", token.UserID)

	api.ok("PUT", "/balances", `{"currency": "USD", "value": "100"}`)
	left, set := w.Balance("USD")
	require.True(t, set)
	require.Equal(t, usd(100), left)
	for _, body := range []string{`{"currency": "XXY", "value": "1"}`, `{"currency": "USD", "value": "-1"}`} {
		status, _ := api.do("PUT", "/balances", body, nil)
		require.Equal(t, http.StatusBadRequest, status, body)
	}
	status, _ = api.do("PUT", "/user", `{"userId": ""}`, nil)
	require.Equal(t, http.StatusBadRequest, status)
}

// TestNoPageControls: whatever a browser sends on behalf of a page, and whatever comes by
// another name, is refused before anything happens.
func TestNoPageControls(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c, api := newClient(t, w), control(t, w)
	create(t, c, "order-1", "")
	for name, change := range map[string]func(*http.Request){
		"a page of the internet": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a page of this machine": func(r *http.Request) { r.Header.Set("Origin", "http://localhost:3000") },
		"a page without name":    func(r *http.Request) { r.Header.Set("Origin", "null") },
		"an image in a page":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a page beside":          func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"the cashier itself":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") },
		"a rebound name":         func(r *http.Request) { r.Host = "evil.example" },
		"a rebound name, a port": func(r *http.Request) { r.Host = "localhost.evil.example:80" },
		"a tunnel":               func(r *http.Request) { r.Header.Set("X-Forwarded-For", "198.51.100.7") },
		"a proxy":                func(r *http.Request) { r.Header.Set("Forwarded", "for=198.51.100.7") },
	} {
		for _, call := range [][2]string{{"POST", "/payments/order-1/pay"}, {"GET", "/merchant"}, {"GET", "/nowhere"}} {
			status, answer := api.do(call[0], call[1], "", change)
			require.Equal(t, http.StatusForbidden, status, "%s %v: %v", name, call, answer)
		}
	}
	p, _ := w.Payment("order-1")
	require.Equal(t, tradepay.StatusProcessing, p.Status)
	typed := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }
	status, _ := api.do("GET", "/payments", "", typed)
	require.Equal(t, http.StatusOK, status, "somebody who types the address")
}

func TestControlJournal(t *testing.T) {
	t.Parallel()
	silent := newWallet(t)
	status, _ := control(t, silent).do("GET", "/journal", "", nil)
	require.Equal(t, http.StatusConflict, status)

	var seen events
	w := newWallet(t, tradepaytest.WithJournal(5), tradepaytest.WithObserver(seen.observe))
	c, api := newClient(t, w), control(t, w)
	create(t, c, "order-1", "")
	create(t, c, "order-2", "")
	kept := list(api.ok("GET", "/journal", ""), "events")
	require.Len(t, kept, 5, "the latest")
	all := seen.all()
	last := kept[4]
	require.InDelta(t, len(all), last["number"], 0)
	require.Equal(t, all[len(all)-1].Name, last["name"])
	require.Contains(t, last, "message", "it is whole")
	require.NotEmpty(t, list(api.ok("GET", "/journal?payment=order-2", ""), "events"))
	require.Empty(t, list(api.ok("GET", "/journal?payment=order-1&after=4&wait=1ms", ""), "events"))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.url+"/journal?after=7", nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	steps := make(chan map[string]any, 100)
	go func() {
		defer close(steps)
		scanner := bufio.NewScanner(res.Body)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			if data, ok := bytes.CutPrefix(scanner.Bytes(), []byte("data: ")); ok {
				var step map[string]any
				if json.Unmarshal(data, &step) != nil {
					return
				}
				steps <- step
			}
		}
	}()
	require.InDelta(t, 8, (<-steps)["number"], 0)
	require.NoError(t, w.Pay("order-2"))
	for step := range steps {
		if step["step"] == 17.0 {
			require.Equal(t, "9000", step["detail"])
			break
		}
	}
	w.Close() // with somebody listening
	for range steps {
		continue // until the stream ends
	}
}
