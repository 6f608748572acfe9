package oteltradepay_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/oteltradepay"
	"github.com/tradepay/tradepay-go/oteltradepay/internal/telemetrytest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

var update = flag.Bool("update-names", false, "write testdata/names.txt anew: dashboards and alerts depend on it")

// shop is a merchant with a wallet, and with OpenTelemetry.
type shop struct {
	t      *testing.T
	rec    *telemetrytest.Recorder
	wallet *tradepaytest.Wallet
	client *tradepay.Client
}

func newShop(t *testing.T, opts oteltradepay.Options, changes ...func(*tradepay.Config)) *shop {
	t.Helper()
	s := &shop{t: t, rec: telemetrytest.New(), wallet: tradepaytest.NewWallet()}
	t.Cleanup(s.wallet.Close)
	cfg := configtest.With(s.wallet.Config(), append([]func(*tradepay.Config){func(cfg *tradepay.Config) {
		cfg.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
	}}, changes...)...)
	opts.TracerProvider, opts.MeterProvider = s.rec.Tracers, s.rec.Meters
	require.NoError(t, oteltradepay.Instrument(&cfg, opts))
	var err error
	s.client, err = tradepay.NewClient(cfg)
	require.NoError(t, err)
	return s
}

func (s *shop) create(id, notifyURL string) (*tradepay.Order, error) {
	return s.client.CreateOrder(s.t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Title: "Two coffees", NotifyURL: notifyURL,
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
}

// notified waits for the span of a notification that ended with this type of error, or with
// none.
func (s *shop) notified(errType any) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		return slices.ContainsFunc(s.rec.Named("tradepay notification"), func(span tracetest.SpanStub) bool {
			return attributes(span.Attributes)["error.type"] == errType
		})
	}, time.Minute, time.Millisecond)
}

func (s *shop) values() map[string]float64 {
	s.t.Helper()
	values, err := s.rec.Values(s.t.Context(), "server.address", "tradepay.wallet")
	require.NoError(s.t, err)
	return values
}

// attributes of a span or an event, but for those that differ from run to run.
func attributes(list []attribute.KeyValue) map[string]any {
	found := map[string]any{}
	for _, kv := range list {
		if kv.Key != "server.port" && kv.Key != "tradepay.attempt.duration" {
			found[string(kv.Key)] = kv.Value.AsInterface()
		}
	}
	return found
}

func TestCall(t *testing.T) {
	t.Parallel()
	s := newShop(t, oteltradepay.Options{})
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
	_, err := s.create("order-1", "http://127.0.0.1:1/notify")
	require.NoError(t, err)

	spans := s.rec.Named("tradepay pay")
	require.Len(t, spans, 1)
	span := spans[0]
	require.Equal(t, trace.SpanKindClient, span.SpanKind)
	require.Equal(t, codes.Unset, span.Status.Code)
	require.Equal(t, "github.com/tradepay/tradepay-go/oteltradepay", span.InstrumentationScope.Name)
	require.Contains(t, span.InstrumentationScope.SchemaURL, "https://opentelemetry.io/schemas/")
	require.Equal(t, map[string]any{
		"tradepay.operation": "pay", "tradepay.wallet": s.client.Wallet().Name, "server.address": "127.0.0.1",
		"tradepay.outcome": "accepted", "tradepay.attempts": int64(2), "tradepay.result_code": "ACCEPT",
		"http.response.status_code": int64(200),
	}, attributes(span.Attributes), "and no id, unless it is wanted")
	require.Len(t, span.Events, 2)
	require.Equal(t, map[string]any{
		"tradepay.attempt": int64(1), "tradepay.outcome": "unknown", "error.type": "reset",
	}, attributes(span.Events[0].Attributes))
	require.Equal(t, map[string]any{
		"tradepay.attempt": int64(2), "tradepay.outcome": "accepted", "http.response.status_code": int64(200),
	}, attributes(span.Events[1].Attributes))

	values := s.values()
	require.InDelta(t, 1, values["tradepay.client.calls tradepay.operation=pay,tradepay.outcome=accepted,"+
		"tradepay.result_code=ACCEPT"], 0)
	require.InDelta(t, 1, values["tradepay.client.attempts error.type=reset,tradepay.operation=pay,"+
		"tradepay.outcome=unknown"], 0)
	require.InDelta(t, 1, values["tradepay.client.attempt.duration tradepay.operation=pay,"+
		"tradepay.outcome=accepted"], 0)
	require.InDelta(t, 1, values["tradepay.client.call.duration tradepay.operation=pay,tradepay.outcome=accepted"], 0)
	require.InDelta(t, 99, values["tradepay.client.retry_budget"], 0, "99 and a half")
}

// TestOutcomes: what is an error, and of which type.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	refused := func(cfg *tradepay.Config) {
		cfg.HTTPClient = &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			},
		}}
	}
	for name, tt := range map[string]struct {
		fault   tradepaytest.FaultKind
		change  func(*tradepay.Config)
		outcome string
		errType any
	}{
		"paid for":            {"", nil, "accepted", nil},
		"rejected":            {tradepaytest.Refused, nil, "rejected", nil},
		"lost":                {tradepaytest.DropBefore, nil, "unknown", "reset"},
		"an error page":       {tradepaytest.Status500, nil, "unknown", "gateway"},
		"not verified":        {tradepaytest.WrongKey, nil, "unknown", "unverified"},
		"the wallet says U":   {tradepaytest.UnknownAfter, nil, "unknown", "result_unknown"},
		"nothing was reached": {"", refused, "not_sent", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes := []func(*tradepay.Config){func(cfg *tradepay.Config) { cfg.Retry.MaxAttempts = 1 }}
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			s := newShop(t, oteltradepay.Options{}, changes...)
			if tt.fault != "" {
				s.wallet.Inject(tradepaytest.Fault{Kind: tt.fault, Op: wire.OpPay, Times: -1})
			}
			_, _ = s.create("order-1", "http://127.0.0.1:1/notify")
			span := s.rec.Named("tradepay pay")[0]
			got := attributes(span.Attributes)
			require.Equal(t, tt.outcome, got["tradepay.outcome"])
			require.Equal(t, tt.errType, got["error.type"])
			require.Equal(t, tt.errType != nil, span.Status.Code == codes.Error)
			require.Empty(t, span.Status.Description)
		})
	}
}

// TestIDsIfWanted: in spans alone.
func TestIDsIfWanted(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{false, true} {
		s := newShop(t, oteltradepay.Options{PaymentRequestIDs: wanted})
		told := make(chan struct{})
		server := httptest.NewServer(s.client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
			close(told)
			return nil
		}))
		order, err := s.create("order-planted", server.URL+"/notify")
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(order.PaymentURL))
		<-told
		server.Close() // once the notification is answered
		for _, name := range []string{"tradepay pay", "tradepay notification"} {
			id, found := attributes(s.rec.Named(name)[0].Attributes)["tradepay.payment_request_id"]
			require.Equal(t, wanted, found)
			require.Equal(t, wanted, id == "order-planted")
		}
		for key := range s.values() {
			require.NotContains(t, key, "planted")
		}
	}
}

// TestNotifications: stored, not stored, panicked at, not verified.
func TestNotifications(t *testing.T) {
	t.Parallel()
	s := newShop(t, oteltradepay.Options{})
	handler := s.client.NotifyHandler(func(ctx context.Context, n *tradepay.Notification) error {
		_, inner := s.rec.Tracers.Tracer("shop").Start(ctx, "store")
		inner.End()
		switch n.PaymentRequestID {
		case "order-full":
			return errors.New("disk full")
		case "order-panic":
			panic("out of boxes")
		}
		return nil
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	for _, id := range []string{"order-1", "order-full", "order-panic"} {
		order, err := s.create(id, server.URL+"/notify")
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(order.PaymentURL))
		s.notified(map[string]any{"order-1": nil, "order-full": "not_stored", "order-panic": "panic"}[id])
	}
	stranger := httptest.NewRequest(http.MethodPost, "/notify", strings.NewReader("{}"))
	handler.ServeHTTP(httptest.NewRecorder(), stranger)
	inServer, parent := s.rec.Tracers.Tracer("server").Start(t.Context(), "POST /notify")
	handler.ServeHTTP(httptest.NewRecorder(), stranger.WithContext(inServer))
	parent.End()

	stored := s.rec.Named("tradepay notification")[0]
	require.Equal(t, trace.SpanKindServer, stored.SpanKind)
	require.Equal(t, stored.SpanContext.SpanID(), s.rec.Named("store")[0].Parent.SpanID(), "fn runs in the span")
	require.Equal(t, map[string]any{
		"tradepay.operation": "notifyPayment", "tradepay.wallet": s.client.Wallet().Name,
		"tradepay.outcome": "success", "http.response.status_code": int64(200),
	}, attributes(stored.Attributes))
	types := map[any]tracetest.SpanStub{}
	for _, span := range s.rec.Named("tradepay notification") {
		types[attributes(span.Attributes)["error.type"]] = span
		if attributes(span.Attributes)["tradepay.outcome"] == "rejected" {
			types["rejected"] = span
		}
	}
	require.Equal(t, codes.Error, types["not_stored"].Status.Code)
	require.Equal(t, codes.Error, types["panic"].Status.Code)
	require.Equal(t, codes.Unset, types["rejected"].Status.Code, "anybody can send what is not verified")
	require.Equal(t, trace.SpanKindInternal, types["rejected"].SpanKind, "within the span of a server")
	values := s.values()
	require.InDelta(t, 2, values["tradepay.notifications http.response.status_code=401,"+
		"tradepay.operation=notifyPayment,tradepay.outcome=rejected"], 0)
	require.NotZero(t, values["tradepay.notification.duration error.type=not_stored,"+
		"tradepay.operation=notifyPayment,tradepay.outcome=unknown"])
}

// TestRetryBudget is seen as it empties, and as it refuses.
func TestRetryBudget(t *testing.T) {
	t.Parallel()
	s := newShop(t, oteltradepay.Options{})
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
	for range 30 {
		_, err := s.create("order-1", "http://127.0.0.1:1/notify")
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	}
	values := s.values()
	require.Contains(t, values, "tradepay.client.retry_budget")
	require.Zero(t, values["tradepay.client.retry_budget"])
	require.NotZero(t, values["tradepay.client.retries.refused tradepay.operation=pay"])
	pays := s.rec.Named("tradepay pay")
	last := pays[len(pays)-1]
	require.Equal(t, true, attributes(last.Events[len(last.Events)-1].Attributes)["tradepay.retry_refused"])
}

// TestClientsOfOneWallet: each has a retry budget of its own, and a name if it is given one.
func TestClientsOfOneWallet(t *testing.T) {
	t.Parallel()
	wallet, rec := tradepaytest.NewWallet(), telemetrytest.New()
	t.Cleanup(wallet.Close)
	for _, name := range []string{"coffee", "tea"} { // tea is told last, and has all its retries
		cfg := configtest.With(wallet.Config(), func(cfg *tradepay.Config) {
			cfg.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
		})
		require.NoError(t, oteltradepay.Instrument(&cfg, oteltradepay.Options{
			TracerProvider: rec.Tracers, MeterProvider: rec.Meters, Name: name,
		}))
		client, err := tradepay.NewClient(cfg)
		require.NoError(t, err)
		if name == "coffee" {
			wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay, Times: 2})
		}
		_, err = client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
			PaymentRequestID: "order-" + name, Title: "Two cups", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		})
		require.NoError(t, err)
	}
	values, err := rec.Values(t.Context(), "server.address", "tradepay.wallet")
	require.NoError(t, err)
	require.InDelta(t, 98, values["tradepay.client.retry_budget tradepay.client.name=coffee"], 0, "98 and a half")
	require.InDelta(t, 100, values["tradepay.client.retry_budget tradepay.client.name=tea"], 0)
	for key := range values {
		require.Contains(t, key, "tradepay.client.name=")
	}
	for _, span := range rec.Spans() {
		require.Contains(t, attributes(span.Attributes), "tradepay.client.name")
	}
}

// TestPathsAreNoAttributes: a Call may have anything in its path, and a wallet in its code.
func TestPathsAreNoAttributes(t *testing.T) {
	t.Parallel()
	s := newShop(t, oteltradepay.Options{})
	_, err := s.client.Call(t.Context(), "cards/planted", map[string]any{}, nil)
	require.Error(t, err)
	require.Len(t, s.rec.Named("tradepay call"), 1)
	for key := range s.values() {
		require.NotContains(t, key, "planted")
	}
}

// TestOthersAreCalled: what the program had in its configuration before.
func TestOthersAreCalled(t *testing.T) {
	t.Parallel()
	type key struct{}
	var told []string
	s := newShop(t, oteltradepay.Options{}, func(cfg *tradepay.Config) {
		cfg.BeginCall = func(ctx context.Context, _ tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) {
			told = append(told, "begin")
			return context.WithValue(ctx, key{}, "own"), func(tradepay.CallInfo) { told = append(told, "end") }
		}
		cfg.Observe = func(ctx context.Context, _ tradepay.CallInfo) {
			told = append(told, "observe "+ctx.Value(key{}).(string))
		}
	})
	_, err := s.create("order-1", "http://127.0.0.1:1/notify")
	require.NoError(t, err)
	require.Equal(t, []string{"begin", "observe own", "end"}, told)
	require.Len(t, s.rec.Named("tradepay pay")[0].Events, 1)
}

// TestOwnSpans: the program may begin a span of its own in BeginCall, and panic at its end. The
// span of the call has its attempts, and ends.
func TestOwnSpans(t *testing.T) {
	t.Parallel()
	var s *shop
	s = newShop(t, oteltradepay.Options{}, func(cfg *tradepay.Config) {
		cfg.BeginCall = func(ctx context.Context, _ tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) {
			ctx, own := s.rec.Tracers.Tracer("shop").Start(ctx, "own")
			return ctx, func(tradepay.CallInfo) {
				own.End()
				panic("at the end")
			}
		}
	})
	require.Panics(t, func() { _, _ = s.create("order-1", "http://127.0.0.1:1/notify") })
	require.Empty(t, s.rec.Named("own")[0].Events)
	require.Len(t, s.rec.Named("tradepay pay"), 1)
	require.Len(t, s.rec.Named("tradepay pay")[0].Events, 1)
	require.NotEmpty(t, s.values()["tradepay.client.calls tradepay.operation=pay,tradepay.outcome=accepted,"+
		"tradepay.result_code=ACCEPT"])
}

// TestRequestsAreWithinTheSpan: an instrumented HTTP client is its child.
func TestRequestsAreWithinTheSpan(t *testing.T) {
	t.Parallel()
	var within trace.SpanContext
	s := newShop(t, oteltradepay.Options{}, func(cfg *tradepay.Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			within = trace.SpanContextFromContext(r.Context())
			return http.DefaultTransport.RoundTrip(r)
		})}
	})
	_, err := s.create("order-1", "http://127.0.0.1:1/notify")
	require.NoError(t, err)
	require.Equal(t, s.rec.Named("tradepay pay")[0].SpanContext.SpanID(), within.SpanID())
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// brokenMeter makes no counters.
type brokenMeter struct{ noop.MeterProvider }

func (brokenMeter) Meter(string, ...metric.MeterOption) metric.Meter { return brokenCounters{} }

type brokenCounters struct{ noop.Meter }

var errMeter = errors.New("no counters")

func (brokenCounters) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errMeter
}

func TestMeterThatFails(t *testing.T) {
	t.Parallel()
	var cfg tradepay.Config
	require.ErrorIs(t, oteltradepay.Instrument(&cfg, oteltradepay.Options{MeterProvider: brokenMeter{}}), errMeter)
	require.Nil(t, cfg.BeginCall)
	require.Nil(t, cfg.Observe)
	require.NoError(t, oteltradepay.Instrument(&cfg, oteltradepay.Options{}), "the global ones do nothing by default")
	require.NotNil(t, cfg.BeginCall)
}

// TestNames: testdata/names.txt has every name, unit and attribute, which dashboards, alerts
// and docs/operations.md are checked against.
func TestNames(t *testing.T) {
	t.Parallel()
	s := newShop(t, oteltradepay.Options{PaymentRequestIDs: true, Name: "coffee"}, func(cfg *tradepay.Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				res.Header.Set("Trace-Id", "0a1b2c")
			}
			return res, err
		})}
	})
	stored := make(chan struct{})
	server := httptest.NewServer(s.client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		if n.PaymentRequestID == "order-1" {
			close(stored)
			return nil
		}
		panic(http.ErrAbortHandler)
	}))
	order, err := s.create("order-1", server.URL+"/notify")
	require.NoError(t, err)
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
	<-stored
	s.notified(nil)
	order, err = s.create("order-2", server.URL+"/notify")
	require.NoError(t, err)
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
	s.notified("panic")
	server.Close()
	_, err = s.client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
	_, _ = s.client.Call(t.Context(), "payments/other", map[string]any{}, nil)
	for range 30 {
		_, err := s.create("order-3", "http://127.0.0.1:1/notify")
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	}
	names, err := s.rec.Names(t.Context())
	require.NoError(t, err)
	text := strings.Join(names, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile("testdata/names.txt", []byte(text), 0o600))
	}
	golden, err := os.ReadFile("testdata/names.txt")
	require.NoError(t, err)
	require.Equal(t, string(golden), text, "go test -run TestNames . -update-names")
}
