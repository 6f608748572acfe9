package tradepaytest_test

import (
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

const phone = "http://localhost:8080"

// answered is what the wallet app answers.
type answered struct {
	Call, CashierURL, PaymentID, ResultCode, Error string
	AuthCode                                       string
	AuthSuccessScopes                              []string
}

// ask calls the wallet app as a page does.
func ask(t *testing.T, method, url, body string, header ...string) (int, answered, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Origin", phone)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var a answered
	if len(data) > 0 {
		require.NoError(t, json.Unmarshal(data, &a), string(data))
	}
	return res.StatusCode, a, res.Header
}

// tradePay starts a call of my.tradePay with these arguments.
func tradePay(t *testing.T, w *tradepaytest.Wallet, arguments any) answered {
	t.Helper()
	body, err := json.Marshal(arguments)
	require.NoError(t, err)
	status, a, header := ask(t, http.MethodPost, w.URL()+"/app/tradePay", string(body))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, phone, header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "no-store", header.Get("Cache-Control"))
	return a
}

func resultOf(t *testing.T, w *tradepaytest.Wallet, call string) string {
	t.Helper()
	status, a, _ := ask(t, http.MethodGet, w.URL()+"/app/tradePay/"+call, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, call, a.Call)
	return a.ResultCode
}

func TestAppTradePay(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		var seen events
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithObserver(seen.observe))
		o := create(t, newClient(t, w), "order-1", "")
		for name, arguments := range map[string]any{
			"paymentUrl": o.TradePay(), "tradeNO": map[string]string{"tradeNO": o.PaymentID},
		} {
			a := tradePay(t, w, arguments)
			require.Empty(t, a.ResultCode, name)
			require.Empty(t, resultOf(t, w, a.Call), "the payer has not decided")
			_, page, _ := visit(t, http.MethodGet, a.CashierURL, "", "")
			require.Contains(t, page, `data-call="`+a.Call+`" data-origin="`+phone+`"`, "whom to tell")
			require.NotContains(t, page, "Back to the merchant", "the mini program goes on")
			_, _, header := visit(t, http.MethodPost, a.CashierURL, "action=cancel", "")
			_, page, _ = visit(t, http.MethodGet, w.URL()+header.Get("Location"), "", "")
			require.Contains(t, page, `data-result-code="6001"`)
			require.Contains(t, page, `data-origin="`+phone+`"`)
			require.Equal(t, "6001", resultOf(t, w, a.Call))
		}
		a := tradePay(t, w, map[string]string{"paymentUrl": o.PaymentURL, "lang": "es-MX"})
		_, page, _ := visit(t, http.MethodGet, a.CashierURL, "", "")
		require.Contains(t, page, `<html lang="es">`)
		visit(t, http.MethodPost, a.CashierURL, "action=pay", "")
		require.Equal(t, "9000", resultOf(t, w, a.Call))
		require.Equal(t, "9000", resultOf(t, w, a.Call))
		require.Equal(t, []int{4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17, 18}, seen.steps()[:13])
		require.Equal(t, []int{9, 10, 11, 12, 13, 15, 16, 17, 18}, seen.steps()[22:], "called back once")
		require.Equal(t, "9000", tradePay(t, w, o.TradePay()).finish(t, w), "paid already")
	})
}

// TestAppPay: my.pay is the same call under another name.
func TestAppPay(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	o := create(t, newClient(t, w), "order-1", "")
	_, a, _ := ask(t, http.MethodPost, w.URL()+"/app/pay", `{"paymentUrl":"`+o.PaymentURL+`"}`)
	visit(t, http.MethodPost, a.CashierURL, "action=pay", "")
	_, paid, _ := ask(t, http.MethodGet, w.URL()+"/app/pay/"+a.Call, "")
	require.Equal(t, "9000", paid.ResultCode)
	invoked := seen.step(t, 9, "my.tradePay or my.pay invoked")
	require.Equal(t, "my.pay", invoked.Detail)
	require.Equal(t, "/app/pay", invoked.Message.URI)
	require.Equal(t, "/app/pay/…", seen.step(t, 18, "Result called back").Message.URI)
}

// TestAppRisk: what risk control declines is FAIL, and only my.pay has codes
// that say so.
func TestAppRisk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ jsapi, code, told string }{
		{"", "", "4000"}, {"", "4002", "4000"}, {"tradePay", "", "4000"}, {"pay", "", "4001"}, {"pay", "4001", "4001"},
		{"pay", "4002", "4002"},
	} {
		t.Run(test.jsapi+" "+test.code, func(t *testing.T) {
			t.Parallel()
			profile := wallets.PlatformV2()
			profile.Routes.CashierJSAPI = test.jsapi
			w := newWallet(t, tradepaytest.As(profile))
			c := newClient(t, w)
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.RiskDeclined, Code: test.code})
			a := tradePay(t, w, create(t, c, "order-1", "").TradePay())
			visit(t, http.MethodPost, a.CashierURL, "action=pay", "")
			require.Equal(t, test.told, a.finish(t, w))
			p := payment(t, w, "order-1")
			require.Equal(t, tradepay.StatusFailed, p.Status)
			require.Equal(t, "RISK_REJECT", p.FailReason)
			require.Zero(t, p.Charges)
			o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusFailed, o.Status)
			require.Equal(t, "RISK_REJECT", o.FailReason)

			create(t, c, "order-2", "")
			require.NoError(t, w.Pay("order-2"), "declined once")
			require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-2"))
		})
	}
}

// finish asks how the call ended.
func (a answered) finish(t *testing.T, w *tradepaytest.Wallet) string {
	t.Helper()
	return resultOf(t, w, a.Call)
}

func TestAppResults(t *testing.T) {
	t.Parallel()
	now := newClock()
	w := newWallet(t, tradepaytest.WithClock(now.Now))
	c := newClient(t, w, func(conf *tradepay.Config) { conf.Now = now.Now })
	leave := func(a answered) string {
		status, left, _ := ask(t, http.MethodDelete, w.URL()+"/app/tradePay/"+a.Call, "")
		require.Equal(t, http.StatusOK, status)
		return left.ResultCode
	}
	left := tradePay(t, w, create(t, c, "left", "").TradePay())
	require.Equal(t, "6001", leave(left), "the payer closed the cashier")
	require.Equal(t, "6001", leave(left))
	require.NoError(t, w.Pay("left"))
	require.Equal(t, "6001", left.finish(t, w), "called back once")

	paid := tradePay(t, w, create(t, c, "paid", "").TradePay())
	require.NoError(t, w.Pay("paid"))
	require.Equal(t, "9000", leave(paid), "too late")

	failed := tradePay(t, w, create(t, c, "failed", "").TradePay())
	visit(t, http.MethodPost, failed.CashierURL, "action=pay&from=empty", "")
	require.Equal(t, "4000", failed.finish(t, w))

	w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
	slow := tradePay(t, w, create(t, c, "slow", "").TradePay())
	visit(t, http.MethodPost, slow.CashierURL, "action=pay", "")
	w.Heal()
	require.Equal(t, "8000", slow.finish(t, w), "called back while it was in process")

	late := tradePay(t, w, create(t, c, "late", "").TradePay())
	now.Add(30 * time.Minute)
	require.Equal(t, "4000", late.finish(t, w), "expired")
	_, page, _ := visit(t, http.MethodGet, late.CashierURL, "", "")
	require.Contains(t, page, `data-result-code="4000"`)
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "late"))
}

// TestAppLies: what is shown to the mini program is worth nothing.
func TestAppLies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, action, code, told string
		status                   tradepay.PaymentStatus
	}{
		{name: "9000 without payment", action: "cancel", told: "9000", status: tradepay.StatusProcessing},
		{name: "9000 after a failure", action: "decline", told: "9000", status: tradepay.StatusFailed},
		{name: "6001 after payment", action: "pay", told: "6001", status: tradepay.StatusSuccess},
		{name: "6002 after payment", action: "pay", code: "6002", told: "6002", status: tradepay.StatusSuccess},
		{name: "4001 after payment", action: "pay", code: "4001", told: "4001", status: tradepay.StatusSuccess},
		{name: "6004 without payment", action: "cancel", code: "6004", told: "6004", status: tradepay.StatusProcessing},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var seen events
			w := newWallet(t, tradepaytest.WithObserver(seen.observe))
			c := newClient(t, w)
			a := tradePay(t, w, create(t, c, "order-1", "").TradePay())
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.LyingCallback, Code: test.code})
			_, _, header := visit(t, http.MethodPost, a.CashierURL, "action="+test.action, "")
			require.Equal(t, test.told, a.finish(t, w))
			require.Equal(t, "LyingCallback", seen.step(t, 0, "Fault injected").Detail)
			require.Equal(t, test.told, seen.step(t, 18, "").Detail)
			_, page, _ := visit(t, http.MethodGet, w.URL()+header.Get("Location"), "", "")
			require.Contains(t, page, `data-result-code="`+test.told+`"`)
			require.Equal(t, test.status, status(t, c, "order-1"), "the inquiry tells the truth")

			create(t, c, "order-2", "")
			o := payment(t, w, "order-2")
			_, body, _ := visit(t, http.MethodPost, o.PaymentURL, "action=pay", "application/json")
			require.JSONEq(t, `{"resultCode":"9000"}`, body, "it lies once")
		})
	}
	w := newWallet(t)
	for _, fault := range []tradepaytest.Fault{
		{Kind: tradepaytest.LyingCallback, Code: "1234"}, {Kind: tradepaytest.Slow, Code: "9000"},
		{Kind: tradepaytest.RiskDeclined, Code: "4000"},
	} {
		require.Panics(t, func() { w.Inject(fault) })
	}
}

func TestAppArguments(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	o := create(t, c, "order-1", "")
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
	require.NoError(t, err)
	req := order("agreed", "")
	req.PaymentAuthCode = token.AccessToken
	agreed, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	for path, code := range map[string]string{"tradePay": "4000", "pay": "8001"} {
		for _, body := range []string{
			`{}`, `{"paymentUrl":"https://elsewhere.example/"}`, `{"tradeNO":"1"}`, `{"tradeNO":"` + agreed.PaymentID +
				`"}`,
			`{"paymentUrl":"x","tradeNO":"` + o.PaymentID + `"}`,
		} {
			status, a, _ := ask(t, http.MethodPost, w.URL()+"/app/"+path, body)
			require.Equal(t, http.StatusOK, status, body)
			require.Equal(t, code, a.ResultCode, body)
			require.Empty(t, a.Call)
			require.NotEmpty(t, a.Error)
		}
	}
	_, a, _ := ask(t, http.MethodPost, w.URL()+"/app/pay", `{"paymentUrl":"`+o.PaymentURL+`"}`)
	require.NotEmpty(t, a.Call)
	other := create(t, c, "order-2", "")
	_, page, _ := visit(t, http.MethodGet, other.PaymentURL+"&call="+a.Call, "", "")
	require.NotContains(t, page, "data-call", "a call is of one payment")
}

func TestAppAuthCode(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	for _, scopes := range []string{`"auth_base"`, `["auth_base","auth_user"]`} {
		status, a, _ := ask(t, http.MethodPost, w.URL()+"/app/getAuthCode", `{"scopes":`+scopes+`}`)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "auth_base", a.AuthSuccessScopes[0])
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: a.AuthCode})
		require.NoError(t, err)
		require.Equal(t, tradepaytest.DefaultUser, token.UserID)
	}
	for _, scopes := range []string{`""`, `[]`, `[7]`, `7`, `null`} {
		status, a, _ := ask(t, http.MethodPost, w.URL()+"/app/getAuthCode", `{"scopes":`+scopes+`}`)
		require.Equal(t, http.StatusBadRequest, status, scopes)
		require.Contains(t, a.Error, "scopes")
		require.Empty(t, a.AuthCode)
	}
}

func TestAppIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	o := create(t, newClient(t, w), "order-1", "")
	body := `{"tradeNO":"` + o.PaymentID + `"}`
	for _, test := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
	}{
		{"another site", http.MethodPost, "tradePay", body, []string{"Origin", "https://evil.example"},
			http.StatusForbidden},
		{"another site that begins alike", http.MethodPost, "tradePay", body,
			[]string{"Origin", "http://localhost.evil.example"}, http.StatusForbidden},
		{"no site", http.MethodPost, "tradePay", body, []string{"Origin", "null"}, http.StatusForbidden},
		{"a path", http.MethodPost, "tradePay", body, []string{"Origin", "http://localhost/x"}, http.StatusForbidden},
		{"a name that was bent to this host", http.MethodPost, "tradePay", body, []string{"Host", "evil.example:80"},
			http.StatusForbidden},
		{"a preflight of another site", http.MethodOptions, "tradePay", "", []string{"Origin", "https://evil.example"},
			http.StatusForbidden},
		{"a form", http.MethodPost, "tradePay", body, []string{"Content-Type", "text/plain"},
			http.StatusUnsupportedMediaType},
		{"not JSON", http.MethodPost, "tradePay", "x", nil, http.StatusBadRequest},
		{"not an object", http.MethodPost, "getAuthCode", "[]", nil, http.StatusBadRequest},
		{"too much", http.MethodPost, "tradePay", `{"x":"` + strings.Repeat("x", 20<<10) + `"}`, nil,
			http.StatusBadRequest},
		{"another method", http.MethodGet, "tradePay", "", nil, http.StatusMethodNotAllowed},
		{"another method of a call", http.MethodPost, "tradePay/x", body, nil, http.StatusMethodNotAllowed},
		{"no such call", http.MethodGet, "tradePay/x", "", nil, http.StatusNotFound},
		{"no such call to leave", http.MethodDelete, "tradePay/x", "", nil, http.StatusNotFound},
		{"nothing", http.MethodGet, "", "", nil, http.StatusNotFound},
		{"something else", http.MethodPost, "shutdown", "{}", nil, http.StatusNotFound},
		{"this host", http.MethodPost, "tradePay", body, []string{"Origin", "http://127.0.0.1:9"}, http.StatusOK},
	} {
		status, a, header := ask(t, test.method, w.URL()+"/app/"+test.path, test.body, test.header...)
		require.Equal(t, test.status, status, test.name)
		require.Equal(t, status == http.StatusOK, a.Error == "", test.name)
		if status == http.StatusForbidden {
			require.Empty(t, header.Get("Access-Control-Allow-Origin"), test.name)
		}
	}
	status, _, header := ask(t, http.MethodOptions, w.URL()+"/app/tradePay/x", "")
	require.Equal(t, http.StatusNoContent, status)
	require.Contains(t, header.Get("Access-Control-Allow-Methods"), "DELETE")
	require.Equal(t, "Content-Type", header.Get("Access-Control-Allow-Headers"))
	require.Equal(t, "Origin", header.Get("Vary"))
}
