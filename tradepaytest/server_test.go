package tradepaytest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// goodPay is a pay request of v2 that the wallet accepts.
const goodPay = `{"appId":"3333000000000001","paymentRequestId":"raw-1",` +
	`"paymentAmount":{"currency":"USD","value":"1050"},` +
	`"order":{"orderDescription":"Tea"}}`

func TestRawPay(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	res, body, result := raw{body: goodPay}.do(t, w)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, tradepay.Result{Status: "A", Code: "ACCEPT", Message: "accepted"}, result)
	require.Equal(t, w.Config().ClientID, res.Header.Get("Client-Id"))
	requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, "1")
	require.Empty(t, w.Rejections())
}

// TestStrict sends what a real wallet rejects. It signs every rejection.
func TestStrict(t *testing.T) {
	t.Parallel()
	header := func(name string, values ...string) func(http.Header) {
		return func(h http.Header) { h[name] = values }
	}
	add := func(name string) func(http.Header) {
		return func(h http.Header) { h.Add(name, h.Get(name)) }
	}
	signature := func(from, to string) func(http.Header) {
		return func(h http.Header) { h.Set("Signature", strings.Replace(h.Get("Signature"), from, to, 1)) }
	}
	for name, test := range map[string]struct {
		raw  raw
		code string
		why  string
	}{
		"no signature":   {raw{change: header("Signature")}, "INVALID_SIGNATURE", "missing"},
		"two signatures": {raw{change: add("Signature")}, "PARAM_ILLEGAL", "twice"},
		"two client ids": {raw{change: add("Client-Id")}, "PARAM_ILLEGAL", "twice"},
		"two times":      {raw{change: add("Request-Time")}, "PARAM_ILLEGAL", "twice"},
		"malformed": {raw{change: header("Signature", "RSA256 1 abc")}, "INVALID_SIGNATURE",
			"algorithm=RSA256, keyVersion=1, signature="},
		"bad encoding": {raw{change: header("Signature", "algorithm=RSA256, keyVersion=1, signature=a%20b")},
			"INVALID_SIGNATURE", "strict base64"},
		"other algorithm": {raw{change: signature("RSA256", "ECC224")}, "INVALID_SIGNATURE", "algorithm"},
		"key version":     {raw{change: signature("keyVersion=1", "keyVersion=2")}, "KEY_NOT_FOUND", "keyVersion"},
		"client":          {raw{change: header("Client-Id", "somebody")}, "INVALID_CLIENT", "Client-Id"},
		"no client":       {raw{change: header("Client-Id")}, "INVALID_CLIENT", "missing"},
		"no time":         {raw{change: header("Request-Time")}, "PARAM_ILLEGAL", "Request-Time"},
		"unreadable time": {raw{change: header("Request-Time", "yesterday")}, "PARAM_ILLEGAL", "Request-Time"},
		"early":           {raw{off: 6 * time.Minute}, "PARAM_ILLEGAL", "Request-Time"},
		"late":            {raw{off: -6 * time.Minute}, "PARAM_ILLEGAL", "Request-Time"},
		"content type":    {raw{change: header("Content-Type", "text/plain")}, "PARAM_ILLEGAL", "Content-Type"},
		"charset": {raw{change: header("Content-Type", "application/json; charset=latin1")}, "PARAM_ILLEGAL",
			"Content-Type"},
		"compressed":    {raw{change: header("Content-Encoding", "gzip")}, "PARAM_ILLEGAL", "compressed"},
		"path":          {raw{path: "/api/v2/payments/payy"}, "INVALID_API", "operation"},
		"other version": {raw{path: "/api/v1/payments/pay"}, "INVALID_API", "operation"},
		"over a MiB":    {raw{body: `{"a":"` + strings.Repeat("x", 1<<20) + `"}`}, "PARAM_ILLEGAL", "1 MiB"},
		"not JSON":      {raw{body: `pay`}, "PARAM_ILLEGAL", "JSON"},
		"a list":        {raw{body: `[]`}, "PARAM_ILLEGAL", "object"},
		"two objects":   {raw{body: goodPay + goodPay}, "PARAM_ILLEGAL", "after"},
		"member twice":  {raw{body: `{"appId":"1","appId":"1"}`}, "PARAM_ILLEGAL", "twice"},
		"not UTF-8":     {raw{body: "{\"a\":\"\xff\"}"}, "PARAM_ILLEGAL", "UTF-8"},
		"empty string": {raw{body: edit(`"raw-1"`, `""`)}, "PARAM_ILLEGAL",
			"paymentRequestId is an empty string"},
		"empty inside": {raw{body: edit(`"Tea"`, `""`)}, "PARAM_ILLEGAL",
			"order.orderDescription is an empty string"},
		"no app id":      {raw{body: edit(`"appId":"3333000000000001",`, ``)}, "PARAM_ILLEGAL", "appId"},
		"other app":      {raw{body: edit(`3333000000000001`, `1`)}, "ACCESS_DENIED", "appId"},
		"other partner":  {raw{body: edit(`{"appId"`, `{"partnerId":"P1","appId"`)}, "ACCESS_DENIED", "partnerId"},
		"no id":          {raw{body: edit(`"paymentRequestId":"raw-1",`, ``)}, "PARAM_ILLEGAL", "paymentRequestId"},
		"id is a number": {raw{body: edit(`"raw-1"`, `1`)}, "PARAM_ILLEGAL", "string"},
		"long id":        {raw{body: edit(`raw-1`, strings.Repeat("1", 65))}, "PARAM_ILLEGAL", "64"},
		"at in id":       {raw{body: edit(`raw-1`, `raw@1`)}, "PARAM_ILLEGAL", "@"},
		"control in id":  {raw{body: edit(`raw-1`, `raw\n1`)}, "PARAM_ILLEGAL", "control"},
		"no amount": {raw{body: edit(`"paymentAmount"`, `"amount"`)}, "PARAM_ILLEGAL",
			"paymentAmount is missing"},
		"amount is a string": {raw{body: edit(`{"currency":"USD","value":"1050"}`, `"10.50"`)}, "PARAM_ILLEGAL",
			"object"},
		"currency":        {raw{body: edit(`USD`, `XXX`)}, "PARAM_ILLEGAL", "ISO 4217"},
		"decimals":        {raw{body: edit(`"1050"`, `"10.50"`)}, "PARAM_ILLEGAL", "integer"},
		"number":          {raw{body: edit(`"1050"`, `1050`)}, "PARAM_ILLEGAL", "string"},
		"zero":            {raw{body: edit(`"1050"`, `"0"`)}, "PARAM_ILLEGAL", "positive"},
		"leading zero":    {raw{body: edit(`"1050"`, `"01050"`)}, "PARAM_ILLEGAL", "positive"},
		"too many digits": {raw{body: edit(`"1050"`, `"10000000000000000"`)}, "PARAM_ILLEGAL", "16 digits"},
		"order is a string": {raw{body: edit(`{"orderDescription":"Tea"}`, `"{}"`)}, "PARAM_ILLEGAL",
			"order must be an object"},
		"one goods": {raw{body: edit(`"Tea"`, `"Tea","goods":{}`)}, "PARAM_ILLEGAL", "list"},
		"expiry": {raw{body: edit(`"order"`, `"paymentExpiryTime":"2001-01-01T00:00:00Z","order"`)},
			"PARAM_ILLEGAL", "past"},
		"expiry text": {raw{body: edit(`"order"`, `"paymentExpiryTime":"tomorrow","order"`)}, "PARAM_ILLEGAL",
			"ISO 8601"},
		"flag": {raw{body: edit(`"order"`, `"paymentFactor":{"isAuthorizationPayment":"true"},"order"`)},
			"PARAM_ILLEGAL", "true or false"},
		"agreement": {raw{body: edit(`"order"`, `"productCode":"AGREEMENT_PAYMENT","order"`)}, "PARAM_ILLEGAL",
			"paymentAuthCode"},
		"production notify": {raw{body: edit(`"order"`, `"paymentNotifyUrl":"https://shop.example.com/n","order"`)},
			"PARAM_ILLEGAL", "loopback"},
		"private notify": {raw{body: edit(`"order"`, `"paymentNotifyUrl":"http://192.168.1.1/n","order"`)},
			"PARAM_ILLEGAL", "loopback"},
		"loopback by name": {raw{body: edit(`"order"`,
			`"paymentNotifyUrl":"http://127.0.0.1.example.com/n","order"`)}, "PARAM_ILLEGAL", "loopback"},
		"user in notify": {raw{body: edit(`"order"`, `"paymentNotifyUrl":"http://a:b@127.0.0.1/n","order"`)},
			"PARAM_ILLEGAL", "user"},
		"relative return": {raw{body: edit(`"order"`, `"paymentRedirectUrl":"/thanks","order"`)}, "PARAM_ILLEGAL",
			"absolute"},
		"nameless inquiry": {raw{path: "/api/v2/payments/inquiryPayment", body: `{}`}, "PARAM_ILLEGAL", "paymentId"},
		"nameless refund":  {raw{path: "/api/v2/payments/inquiryRefund", body: `{}`}, "PARAM_ILLEGAL", "refundId"},
		"grant": {raw{path: "/api/v2/authorizations/applyToken", body: `{"grantType":"PASSWORD"}`},
			"PARAM_ILLEGAL", "grantType"},
		"null order":  {raw{body: edit(`{"orderDescription":"Tea"}`, `null`)}, "PARAM_ILLEGAL", "object"},
		"null amount": {raw{body: edit(`{"currency":"USD","value":"1050"}`, `null`)}, "PARAM_ILLEGAL", "object"},
		"null id":     {raw{body: edit(`"raw-1"`, `null`)}, "PARAM_ILLEGAL", "string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			if test.raw.body == "" {
				test.raw.body = goodPay
			}
			res, body, result := test.raw.do(t, w)
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, tradepay.ResultFailed, result.Status)
			require.Equal(t, test.code, result.Code)
			require.Contains(t, result.Message, test.why)
			require.NotRegexp(t, goWords, result.Message)
			path := test.raw.path
			if path == "" {
				path = "/api/v2/payments/pay"
			}
			requireSigned(t, w, "POST", path, res, body, "1")
			require.Empty(t, w.Payments())
			rejected := w.Rejections()
			require.Len(t, rejected, 1)
			require.Equal(t, test.code, rejected[0].Code)
			require.Equal(t, result.Message, rejected[0].Why)
		})
	}
}

func edit(from, to string) string { return strings.Replace(goodPay, from, to, 1) }

// TestDiagnosis names the mistake behind a signature that does not verify.
func TestDiagnosis(t *testing.T) {
	t.Parallel()
	signed := func(change func(*raw, *wire.Message)) raw {
		return raw{body: goodPay, sign: func(r *raw, m wire.Message) wire.Message {
			change(r, &m)
			return m
		}}
	}
	for name, test := range map[string]struct {
		raw raw
		why string
	}{
		"prefix": {signed(func(_ *raw, m *wire.Message) { m.URI = "/v2/payments/pay" }),
			"without the gateway prefix"},
		"no body": {signed(func(_ *raw, m *wire.Message) { m.Body = nil }), "left empty"},
		"line feed": {signed(func(_ *raw, m *wire.Message) { m.Body = append(m.Body, '\n') }),
			"line feed at its end"},
		"other time": {signed(func(_ *raw, m *wire.Message) { m.Time = "2026" }), "it signed another content"},
		"re-encoded": {signed(func(_ *raw, m *wire.Message) { m.Body = []byte("{}") }),
			"taken for an empty object"},
		"white space": {func() raw {
			r := signed(func(_ *raw, m *wire.Message) { m.Body = []byte(goodPay) })
			r.body += "\n"
			return r
		}(), "without the line feed at its end"},
		"query": {func() raw {
			r := signed(func(_ *raw, m *wire.Message) { m.URI = "/api/v2/payments/pay" })
			r.path = "/api/v2/payments/pay?a=1"
			return r
		}(), "without its query"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			_, _, result := test.raw.do(t, w)
			require.Equal(t, "INVALID_SIGNATURE", result.Code)
			require.Contains(t, result.Message, test.why)
		})
	}
}

func TestQueryIsSigned(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	res, body, result := raw{path: "/api/v2/payments/pay?trace=1", body: goodPay}.do(t, w)
	require.Equal(t, tradepay.ResultAccepted, result.Status)
	requireSigned(t, w, "POST", "/api/v2/payments/pay?trace=1", res, body, "1")
}

func TestMethod(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		res, body, result := raw{method: method, body: goodPay}.do(t, w)
		require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
		require.Equal(t, http.MethodPost, res.Header.Get("Allow"))
		require.Equal(t, tradepay.ResultFailed, result.Status)
		requireSigned(t, w, method, "/api/v2/payments/pay", res, body, "1")
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Routes.Unsupported = map[wire.Operation]string{wire.OpVoid: "a document"}
	w := newWallet(t, tradepaytest.As(profile))
	_, _, result := raw{path: "/api/v2/payments/void", body: `{}`}.do(t, w)
	require.Equal(t, "INVALID_API", result.Code)
}

// TestStrictV1 sends what only v1 rejects.
func TestStrictV1(t *testing.T) {
	t.Parallel()
	const good = `{"partnerId":"P0000000001","paymentRequestId":"raw-1","paymentOrderTitle":"Tea",` +
		`"paymentAmount":{"currency":"USD","value":"1050"},` +
		`"paymentFactor":{"isCashierPayment":true},"extendInfo":"{\"customerBelongsTo\":\"TEST_WALLET\"}",` +
		`"extraParams":{"ORDER":"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"}}`
	const path = "/api/open/v1/payments/pay"
	for name, test := range map[string]struct{ from, to, code, why string }{
		"good":            {"", "", "ACCEPT", ""},
		"no partner":      {`"partnerId":"P0000000001",`, ``, "PARAM_ILLEGAL", "partnerId"},
		"other partner":   {`P0000000001`, `P1`, "ACCESS_DENIED", "partnerId"},
		"no title":        {`"paymentOrderTitle":"Tea",`, ``, "PARAM_ILLEGAL", "paymentOrderTitle is missing"},
		"no extendInfo":   {`"extendInfo"`, `"other"`, "PARAM_ILLEGAL", "customerBelongsTo"},
		"no site":         {`customerBelongsTo`, `site`, "PARAM_ILLEGAL", "extendInfo.customerBelongsTo is missing"},
		"extendInfo text": {`{\"customerBelongsTo\":\"TEST_WALLET\"}`, `TEST`, "PARAM_ILLEGAL", "JSON object"},
		"order object": {`"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"`,
			`{"orderAmount":{"currency":"USD","value":"1050"}}`, "ACCEPT", ""},
		"order object, amount text": {`"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"`,
			`{"orderAmount":"{\"currency\":\"USD\",\"value\":\"1050\"}"}`, "ACCEPT", ""},
		"order object, bad amount": {`"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"`,
			`{"orderAmount":{"currency":"USD","value":"0"}}`, "PARAM_ILLEGAL", "orderAmount"},
		"order list": {`"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"`, `[]`,
			"PARAM_ILLEGAL", "ORDER must be a string"},
		"order text": {`"{\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"}"`,
			`"tea"`, "PARAM_ILLEGAL", "JSON object"},
		"amount object": {`\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"`,
			`{\"currency\":\"USD\",\"value\":\"1050\"}`, "ACCEPT", ""},
		"amount number": {`\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"`, `1050`,
			"PARAM_ILLEGAL", "orderAmount must be a string"},
		"amount list": {`\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1050\\\"}\"`, `[]`, "PARAM_ILLEGAL",
			"orderAmount must be a string"},
		"amount currency": {`\\\"USD\\\"`, `\\\"XXX\\\"`, "PARAM_ILLEGAL", "ISO 4217"},
		"empty in order": {`\"orderAmount\"`, `\"orderDescription\":\"\",\"orderAmount\"`, "PARAM_ILLEGAL",
			"ORDER.orderDescription is an empty string"},
		"list of goods": {`\"orderAmount\"`, `\"goods\":[],\"orderAmount\"`, "PARAM_ILLEGAL", "one object"},
		"agreement":     {`"isCashierPayment":true`, `"isAgreementPay":true`, "PARAM_ILLEGAL", "isAgreementPay"},
		"code without it": {`"paymentFactor"`, `"paymentAuthCode":"abc","paymentFactor"`, "PARAM_ILLEGAL",
			"isAgreementPay"},
		"envInfo is text": {`"paymentFactor"`, `"envInfo":"{}","paymentFactor"`, "PARAM_ILLEGAL",
			"envInfo must be an object"},
		"factor is a list": {`{"isCashierPayment":true}`, `[]`, "PARAM_ILLEGAL", "paymentFactor must be an object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(wallets.PlatformV1()))
			require.Contains(t, good, test.from)
			_, _, result := raw{path: path, body: strings.Replace(good, test.from, test.to, 1)}.do(t, w)
			require.Equal(t, test.code, result.Code)
			require.Contains(t, result.Message, test.why)
		})
	}
}

// TestSiteOnEveryCall: v1 demands customerBelongsTo with the inquiry, too.
func TestSiteOnEveryCall(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.As(wallets.PlatformV1()))
	_, _, result := raw{path: "/api/open/v1/payments/inquiryPayment",
		body: `{"partnerId":"P0000000001","paymentId":"1"}`}.do(t, w)
	require.Equal(t, "PARAM_ILLEGAL", result.Code)
	require.Contains(t, result.Message, "customerBelongsTo")
}

func TestProfileHeaders(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Signing.MerchantIDHeader, profile.Signing.RequestIDHeader = "Merchant-Id", "Request-Id"
	for name, test := range map[string]struct {
		change func(http.Header)
		code   string
	}{
		"missing": {nil, "PARAM_ILLEGAL"},
		"other":   {func(h http.Header) { h.Set("Merchant-Id", "M1") }, "ACCESS_DENIED"},
		"no request id": {func(h http.Header) {
			h.Set("Merchant-Id", "M0000000001")
		}, "PARAM_ILLEGAL"},
		"good": {func(h http.Header) {
			h.Set("Merchant-Id", "M0000000001")
			h.Set("Request-Id", "r1")
		}, "ACCEPT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, result := raw{body: goodPay, change: test.change}.do(t, newWallet(t, tradepaytest.As(profile)))
			require.Equal(t, test.code, result.Code)
		})
	}
}

// TestThroughSDK shows what a merchant with a wrong configuration sees.
func TestThroughSDK(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*tradepay.Config)
		code   string
		want   error
	}{
		"key version": {func(conf *tradepay.Config) { conf.KeyVersion = "7" }, "KEY_NOT_FOUND",
			tradepay.ErrUnauthorized},
		"app": {func(conf *tradepay.Config) { conf.AppID = "1" }, "ACCESS_DENIED", tradepay.ErrUnauthorized},
		"client": {func(conf *tradepay.Config) { conf.ClientID = "stranger" }, "INVALID_CLIENT",
			tradepay.ErrUnauthorized},
		"base URL": {func(conf *tradepay.Config) { conf.BaseURL += "/gateway" }, "INVALID_API",
			tradepay.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			cfg := w.Config()
			test.change(&cfg)
			c, err := tradepay.NewClient(configtest.With(cfg, once))
			require.NoError(t, err)
			_, err = c.CreateOrder(t.Context(), order("order-1", ""))
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.code, w.Rejections()[0].Code)
		})
	}
}
