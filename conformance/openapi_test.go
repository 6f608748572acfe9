package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// described is the control API of a test wallet beside the document that describes it.
type described struct {
	t        *testing.T
	wallet   *tradepaytest.Wallet
	token    string
	document *openapi3.T
	router   routers.Router
	seen     map[string]bool // "operationId status"
}

// call sends a request and holds it, if it is a good one, and its answer against the
// document.
func (d *described) call(method, path, body string, want int, change ...func(*http.Request)) map[string]any {
	d.t.Helper()
	address := d.wallet.URL() + "/__tradepay" + path
	req, err := http.NewRequestWithContext(d.t.Context(), method, address, strings.NewReader(body))
	require.NoError(d.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	for _, f := range change {
		f(req)
	}
	route, params, err := d.router.FindRoute(req)
	require.NoError(d.t, err, "%s %s is not described", method, path)
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if want == http.StatusOK {
		copied := req.Clone(d.t.Context())
		copied.Body = io.NopCloser(strings.NewReader(body))
		input.Request = copied
		require.NoError(d.t, openapi3filter.ValidateRequest(d.t.Context(), input), "%s %s %s", method, path, body)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(d.t, err)
	defer func() { _ = res.Body.Close() }()
	data := d.read(res)
	require.Equal(d.t, want, res.StatusCode, "%s %s %s: %s", method, path, body, data)
	require.NoError(d.t, openapi3filter.ValidateResponse(d.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header,
		Body:    io.NopCloser(bytes.NewReader(data)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}), "%s %s: %s", method, path, data)
	d.seen[route.Operation.OperationID+" "+strconv.Itoa(want)] = true
	var answer map[string]any
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		require.NoError(d.t, json.Unmarshal(data, &answer))
	}
	return answer
}

// read reads an answer; of a stream, its beginning.
func (d *described) read(res *http.Response) []byte {
	d.t.Helper()
	if res.Header.Get("Content-Type") == "text/event-stream" {
		start := make([]byte, 16)
		_, err := io.ReadFull(res.Body, start)
		require.NoError(d.t, err)
		return start
	}
	data, err := io.ReadAll(res.Body)
	require.NoError(d.t, err)
	return data
}

// TestControlAPIIsAsDescribed holds the OpenAPI document of the test wallet's control API
// against real answers, by an implementation that is not ours: each operation with each
// status that the document lists, and no member that it does not.
func TestControlAPIIsAsDescribed(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef"
	wallet := tradepaytest.NewWallet(tradepaytest.WithNetwork(token), tradepaytest.WithJournal(1000))
	t.Cleanup(wallet.Close)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	d := &described{t: t, wallet: wallet, token: token, seen: make(map[string]bool)}
	d.load()
	shop := d.shop()
	order := func(id string) {
		t.Helper()
		_, err := shop.client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
			PaymentRequestID: id, Title: "Tea", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
			NotifyURL: shop.url,
		})
		require.NoError(t, err)
	}

	d.call("GET", "/health", "", 200)
	d.call("GET", "/openapi.json", "", 200)
	d.call("GET", "/clock", "", 200)
	d.call("POST", "/clock", `{"advance": "1m"}`, 200)
	d.call("POST", "/clock", `{"to": "2099-01-01T00:00:00Z"}`, 400)
	d.call("POST", "/clock", `{"to": "`+time.Now().Add(time.Hour).Format(time.RFC3339)+`"}`, 200)
	d.call("POST", "/suspend", `{"for": "10m"}`, 200)
	d.call("POST", "/resume", "", 200)

	d.call("PUT", "/balances", `{"currency": "USD", "value": "100000"}`, 200)
	d.call("GET", "/balances", "", 200)
	for _, id := range []string{"paid", "declined", "expired", "open"} {
		order(id)
	}
	d.call("POST", "/payments/paid/pay", "", 200)
	d.call("POST", "/payments/declined/decline", "", 200)
	d.call("POST", "/payments/expired/expire", "", 200)
	d.call("POST", "/payments/declined/pay", "", 409)
	d.call("POST", "/payments/paid/decline", "", 409)
	d.call("POST", "/payments/paid/expire", "", 409)
	d.call("GET", "/payments/paid", "", 200)
	d.call("GET", "/payments", "", 200)
	open := d.call("GET", "/payments?status=PROCESSING", "", 200)
	require.Len(t, open["payments"], 1)
	d.call("POST", "/refunds", `{"payment": "paid", "amount": {"currency": "USD", "value": "50"}}`, 200)
	d.call("POST", "/refunds", `{"payment": "open"}`, 409)
	d.call("POST", "/refunds", `{"payment": "nowhere"}`, 404)
	d.call("GET", "/refunds?payment=paid", "", 200)

	d.call("GET", "/deliveries?payment=paid&acknowledged=true&wait=2m", "", 200)
	d.call("GET", "/deliveries?after=x", "", 400)
	d.call("POST", "/deliveries/suspend", "", 200)
	d.call("POST", "/deliveries/resend", `{"payment": "paid"}`, 200)
	d.call("POST", "/deliveries/resend", `{"payment": "open"}`, 409)
	d.call("POST", "/deliveries/resend", `{"payment": "nowhere"}`, 404)
	d.call("POST", "/deliveries/resume", "", 200)

	added := d.call("POST", "/faults",
		`{"kind": "Slow", "operation": "pay", "after": 1, "count": 3, "delay": "1s"}`, 200)
	d.call("POST", "/faults", `{"kind": "Refused", "code": "RISK_REJECT", "count": -1, "probability": 0.5}`, 200)
	d.call("GET", "/faults", "", 200)
	d.call("DELETE", "/faults/"+strconv.Itoa(int(added["id"].(float64))), "", 200)
	d.call("DELETE", "/faults", "", 200)

	d.call("PUT", "/user", `{"userId": "2188000000000007"}`, 200)
	d.call("GET", "/user", "", 200)
	code := d.call("POST", "/auth-codes", `{"userId": "2188000000000007"}`, 200)
	given, err := shop.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code["authCode"].(string)})
	require.NoError(t, err)
	d.call("GET", "/tokens", "", 200)
	d.call("POST", "/tokens/end", `{"accessToken": "`+given.AccessToken+`"}`, 200)

	d.call("GET", "/merchant", "", 200)
	d.call("GET", "/keys", "", 200)
	d.call("POST", "/keys/rotate", "", 200)
	shop.forge(t)
	refusals := d.call("GET", "/refusals", "", 200)
	require.Len(t, refusals["refusals"], 1)
	require.Contains(t, refusals["refusals"].([]any)[0], "diagnosis", "the doctor's word is among what was checked")
	d.call("GET", "/journal", "", 200)
	d.call("GET", "/journal", "", 200, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
	d.call("GET", "/journal?wait=x", "", 400)
	d.withoutJournal()
	d.refused()
	d.call("POST", "/reset", "", 200)

	var missing []string
	for _, path := range d.document.Paths.Map() {
		for _, operation := range path.Operations() {
			for status := range operation.Responses.Map() {
				if key := operation.OperationID + " " + status; !d.seen[key] {
					missing = append(missing, key)
				}
			}
		}
	}
	slices.Sort(missing)
	require.Empty(t, missing, "what the document says and nothing showed")
}

// load reads the document that the wallet serves.
func (d *described) load() {
	d.t.Helper()
	address := d.wallet.URL() + "/__tradepay/openapi.json"
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, address, nil)
	require.NoError(d.t, err)
	req.Header.Set("Authorization", "Bearer "+d.token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(d.t, err)
	defer func() { _ = res.Body.Close() }()
	d.document, err = openapi3.NewLoader().LoadFromData(d.read(res))
	require.NoError(d.t, err)
	require.NoError(d.t, d.document.Validate(d.t.Context()))
	d.router, err = gorillamux.NewRouter(d.document)
	require.NoError(d.t, err)
	var kinds, operations []any
	for _, kind := range tradepaytest.FaultKinds() {
		kinds = append(kinds, string(kind))
	}
	for _, operation := range tradepaytest.FaultOperations() {
		operations = append(operations, string(operation))
	}
	schemas := d.document.Components.Schemas
	require.ElementsMatch(d.t, kinds, schemas["FaultKind"].Value.Enum)
	require.ElementsMatch(d.t, operations, schemas["Operation"].Value.Enum)
}

// refused sends to each operation what it must refuse.
func (d *described) refused() {
	d.t.Helper()
	for path, item := range d.document.Paths.Map() {
		path = strings.NewReplacer("{payment}", "nowhere", "{fault}", "99999").Replace(path)
		for method, operation := range item.Operations() {
			d.call(method, path, "", 403, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
			if operation.Security == nil {
				d.call(method, path, "", 401, func(r *http.Request) { r.Header.Del("Authorization") })
			}
			if operation.RequestBody != nil {
				d.call(method, path, `{"nonsense": 1}`, 400)
				plain := func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }
				d.call(method, path, "nonsense", 415, plain)
			}
			if strings.Contains(path, "nowhere") || strings.Contains(path, "99999") {
				d.call(method, path, "", 404)
			}
		}
	}
	d.call("POST", "/tokens/end", `{"accessToken": "nobody's"}`, 404)
}

// withoutJournal asks a wallet that keeps none.
func (d *described) withoutJournal() {
	d.t.Helper()
	wallet := tradepaytest.NewWallet()
	d.t.Cleanup(wallet.Close)
	other := *d
	other.wallet, other.token = wallet, ""
	other.call("GET", "/journal", "", 409)
}

// counterpart is a merchant's program beside the wallet.
type counterpart struct {
	client *tradepay.Client
	url    string // where it is notified
	wallet *tradepaytest.Wallet
}

func (d *described) shop() *counterpart {
	d.t.Helper()
	client, err := tradepay.NewClient(d.wallet.Config())
	require.NoError(d.t, err)
	acknowledge := func(context.Context, *tradepay.Notification) error { return nil }
	inbox := httptest.NewServer(client.NotifyHandler(acknowledge))
	d.t.Cleanup(inbox.Close)
	return &counterpart{client, inbox.URL, d.wallet}
}

// forge sends a request whose body was changed after it was signed.
func (m *counterpart) forge(t *testing.T) {
	t.Helper()
	cfg := m.wallet.Config()
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		to, err := url.Parse(m.wallet.URL() + r.URL.Path)
		if err != nil {
			return
		}
		data, _ := io.ReadAll(r.Body)
		r2 := r.Clone(r.Context())
		r2.URL, r2.Host, r2.RequestURI = to, to.Host, ""
		r2.Body = io.NopCloser(bytes.NewReader(bytes.Replace(data, []byte("forged"), []byte("FORGED"), 1)))
		if res, err := http.DefaultTransport.RoundTrip(r2); err == nil {
			_ = res.Body.Close()
		}
		rw.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(proxy.Close)
	cfg.BaseURL, cfg.Retry.MaxAttempts = proxy.URL, 1
	client, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	_, err = client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "forged"})
	require.Error(t, err)
}
