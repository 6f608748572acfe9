package otelorderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/oteltradepay"
	"github.com/tradepay/tradepay-go/oteltradepay/internal/telemetrytest"
	"github.com/tradepay/tradepay-go/oteltradepay/otelorderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

var update = flag.Bool("update-names", false, "write testdata/names.txt anew: dashboards and alerts depend on it")

// shop is a merchant with a flow and a wallet, and with OpenTelemetry for both.
type shop struct {
	t      *testing.T
	rec    *telemetrytest.Recorder
	wallet *tradepaytest.Wallet
	db     *orderflow.DB
	flow   *orderflow.Flow
	server *httptest.Server

	mu     sync.Mutex
	fulfil orderflow.FulfilFunc // nil ships
}

func newShop(t *testing.T, opts otelorderflow.Options, changes ...func(*orderflow.Config)) *shop {
	t.Helper()
	s := &shop{t: t, rec: telemetrytest.New(), wallet: tradepaytest.NewWallet()}
	t.Cleanup(s.wallet.Close)
	cfg := configtest.With(s.wallet.Config(), func(cfg *tradepay.Config) {
		cfg.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond, MaxAttempts: 1}
	})
	require.NoError(t, oteltradepay.Instrument(&cfg, oteltradepay.Options{
		TracerProvider: s.rec.Tracers, MeterProvider: s.rec.Meters,
	}))
	client, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	s.db, err = orderflow.Open(t.Context(), filepath.Join(t.TempDir(), "orders.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.db.Close()) })
	config := orderflow.Config{Client: client, DB: s.db}
	config.Fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
		_, inner := s.rec.Tracers.Tracer("shop").Start(ctx, "ship")
		inner.End()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fulfil != nil {
			return s.fulfil(ctx, tx, f)
		}
		return nil
	}
	for _, change := range changes {
		change(&config)
	}
	opts.TracerProvider, opts.MeterProvider = s.rec.Tracers, s.rec.Meters
	require.NoError(t, otelorderflow.Instrument(&config, opts))
	s.flow, err = orderflow.New(t.Context(), config)
	require.NoError(t, err)
	stop, err := otelorderflow.Watch(s.flow, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stop()) })
	s.server = httptest.NewServer(s.flow.NotifyHandler())
	t.Cleanup(s.server.Close)
	return s
}

// run runs the flow until the test ends.
func (s *shop) run() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.flow.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		require.NoError(s.t, <-ended)
	})
}

func (s *shop) create(ctx context.Context, id string) *orderflow.Order {
	s.t.Helper()
	order, err := s.flow.Create(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Title: "Two coffees", NotifyURL: s.server.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	require.NoError(s.t, err)
	return order
}

// span waits for a span that ended with these attributes.
func (s *shop) span(name string, is func(map[string]any) bool) tracetest.SpanStub {
	s.t.Helper()
	var found tracetest.SpanStub
	require.Eventually(s.t, func() bool {
		for _, span := range s.rec.Named(name) {
			if is(attributes(span)) {
				found = span
				return true
			}
		}
		return false
	}, time.Minute, 5*time.Millisecond, name)
	return found
}

func attributes(span tracetest.SpanStub) map[string]any {
	found := map[string]any{}
	for _, kv := range span.Attributes {
		found[string(kv.Key)] = kv.Value.AsInterface()
	}
	return found
}

func outcome(want string) func(map[string]any) bool {
	return func(got map[string]any) bool { return got["orderflow.outcome"] == want }
}

func (s *shop) values() map[string]float64 {
	s.t.Helper()
	values, err := s.rec.Values(s.t.Context())
	require.NoError(s.t, err)
	return values
}

// TestFromOrderToFulfilment: the notification and the fulfilment lead back to the request
// that ordered, over an SQLite file and the HTTP of a wallet that knows nothing of it.
func TestFromOrderToFulfilment(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{OrderIDs: true, Name: "coffee"})
	s.run()
	ctx, checkout := s.rec.Tracers.Tracer("shop").Start(t.Context(), "checkout")
	order := s.create(ctx, "order-1")
	checkout.End()
	require.NoError(t, s.wallet.Pay(order.PaymentURL))

	fulfilled := s.span("orderflow fulfil", outcome("fulfilled"))
	notified := s.span("orderflow notification", outcome("stored"))
	received := s.span("tradepay notification", func(map[string]any) bool { return true })
	created := s.rec.Named("orderflow create")[0]
	require.Equal(t, checkout.SpanContext().SpanID(), created.Parent.SpanID())
	require.Equal(t, created.SpanContext.SpanID(), s.rec.Named("tradepay pay")[0].Parent.SpanID())
	require.Empty(t, created.Links, "it does not link to itself")
	require.Equal(t, received.SpanContext.SpanID(), notified.Parent.SpanID())
	for _, span := range []tracetest.SpanStub{notified, fulfilled} {
		require.Len(t, span.Links, 1)
		require.Equal(t, created.SpanContext.TraceID(), span.Links[0].SpanContext.TraceID())
		require.Equal(t, created.SpanContext.SpanID(), span.Links[0].SpanContext.SpanID())
		require.NotEqual(t, created.SpanContext.TraceID(), span.SpanContext.TraceID(), "a trace of its own")
		require.Equal(t, "order-1", attributes(span)["orderflow.order_id"])
		require.Equal(t, "coffee", attributes(span)["orderflow.name"])
		require.Equal(t, codes.Unset, span.Status.Code)
	}
	require.Equal(t, fulfilled.SpanContext.SpanID(), s.rec.Named("ship")[0].Parent.SpanID(), "Fulfil runs in the span")

	again := s.create(t.Context(), "order-1")
	require.Equal(t, order.ID, again.ID)
	second := s.rec.Named("orderflow create")[1]
	require.Equal(t, created.SpanContext.SpanID(), second.Links[0].SpanContext.SpanID(), "a second call to the first")
}

// TestOnlyTheTraceIsStored: baggage may be a payer's data, and a tracestate may be long.
func TestOnlyTheTraceIsStored(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{})
	s.create(t.Context(), "order-1")
	var trace string
	require.NoError(t, s.db.SQL().QueryRowContext(t.Context(),
		`SELECT trace FROM orderflow_orders WHERE id = 'order-1'`).Scan(&trace))
	require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`, trace)
}

// TestBrokenTraceIsNoLink: what is stored may come from another program.
func TestBrokenTraceIsNoLink(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{}, func(cfg *orderflow.Config) {
		cfg.Tracing.Context = func(context.Context) string { return "not a traceparent" }
	})
	s.create(t.Context(), "order-1")
	require.Empty(t, s.rec.Named("orderflow create")[0].Links)
}

// TestFailures: their types, and no text of an error.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{})
	s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return errors.New("planted: Ana, 555-1") }
	s.run()
	order := s.create(t.Context(), "order-1")
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
	failed := s.span("orderflow fulfil", outcome("failed"))
	require.Equal(t, codes.Error, failed.Status.Code)
	require.Empty(t, failed.Status.Description)
	require.Equal(t, "_OTHER", attributes(failed)["error.type"])
	require.Empty(t, failed.Events)

	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpPay})
	_, err := s.flow.Create(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-2", Title: "Two coffees", NotifyURL: s.server.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	require.ErrorIs(t, err, tradepay.ErrRejected)
	rejected := s.rec.Named("orderflow create")[1]
	require.Equal(t, codes.Unset, rejected.Status.Code, "a payer without money is no fault")
	require.Nil(t, attributes(rejected)["error.type"])

	require.ErrorIs(t, s.flow.Receive(t.Context(), &tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "planted", Status: tradepay.StatusSuccess,
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Raw: []byte(`{}`),
	}), orderflow.ErrEvidence)
	evidence := s.span("orderflow notification", outcome("evidence"))
	require.Equal(t, "evidence", attributes(evidence)["error.type"])
	require.Nil(t, attributes(evidence)["orderflow.order_id"], "no id that was not asked for")

	values := s.values()
	require.NotZero(t, values["orderflow.fulfilment.duration error.type=_OTHER"])
	require.InDelta(t, 1, values["orderflow.alarms orderflow.alarm.kind=unknown_order"], 0)
	require.InDelta(t, 1, values["orderflow.notifications orderflow.outcome=evidence"], 0)
	require.InDelta(t, 1, values["orderflow.transitions orderflow.state.from=pending,orderflow.state.to=paid"], 0)
	require.InDelta(t, 2, values["orderflow.transitions orderflow.state.from=,orderflow.state.to=created"], 0)
	for key := range values {
		require.NotContains(t, key, "planted")
	}
}

// TestErrorTypes: each sentinel that work can end in has a word of its own.
func TestErrorTypes(t *testing.T) {
	t.Parallel()
	words := map[string]string{}
	for name, err := range map[string]error{
		"ErrDatabase": orderflow.ErrDatabase, "ErrBusy": orderflow.ErrBusy, "ErrNotFound": orderflow.ErrNotFound,
		"ErrUnreadable": orderflow.ErrUnreadable, "ErrConflict": orderflow.ErrConflict,
		"ErrTransition": orderflow.ErrTransition, "ErrAlreadyPaid": orderflow.ErrAlreadyPaid,
		"ErrEvidence": orderflow.ErrEvidence, "ErrInsideFulfil": orderflow.ErrInsideFulfil,
		"ErrOutcomeUnknown": tradepay.ErrOutcomeUnknown, "ErrRejected": tradepay.ErrRejected,
	} {
		word := otelorderflow.ErrorType(err)
		require.NotEqual(t, "_OTHER", word, name)
		require.NotContains(t, words, word, name)
		words[word] = name
	}
	require.Equal(t, "timeout", otelorderflow.ErrorType(context.DeadlineExceeded))
	require.Equal(t, "_OTHER", otelorderflow.ErrorType(errors.New("x")))
}

// TestAlarmsAreThereFromTheStart: with 0, so that the first of each kind is an increase.
func TestAlarmsAreThereFromTheStart(t *testing.T) {
	t.Parallel()
	values := newShop(t, otelorderflow.Options{}).values()
	kinds := consttest.Texts(t, "../../orderflow", "AlarmKind")
	require.NotEmpty(t, kinds)
	for _, kind := range kinds {
		require.Contains(t, values, "orderflow.alarms orderflow.alarm.kind="+kind)
	}
}

// TestWatch: what waits is seen, and is not zero while nobody knows.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{})
	order := s.create(t.Context(), "order-1")
	n := &tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1", PaymentID: order.PaymentID,
		Status: tradepay.StatusSuccess, Amount: order.Amount, PaidAt: time.Now(), Raw: []byte(`{}`),
	}
	require.NoError(t, s.flow.Receive(t.Context(), n))
	_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET next_at = next_at - 3600000`)
	require.NoError(t, err)
	values := s.values()
	require.InDelta(t, 1, values["orderflow.healthy"], 0)
	require.InDelta(t, 1, values["orderflow.jobs.waiting"], 0)
	require.Greater(t, values["orderflow.due.age"], 3000.0)
	require.NotContains(t, values, "orderflow.sweep.age", "Run does not run here")
	for _, name := range []string{
		"orderflow.orders.parked", "orderflow.orders.late", "orderflow.orders.reserved", "orderflow.clock.skew",
		"orderflow.fulfilments.hanging",
	} {
		require.Contains(t, values, name)
		require.Zero(t, values[name])
	}
	_, err = s.db.SQL().ExecContext(t.Context(), `ALTER TABLE orderflow_orders RENAME TO away`)
	require.NoError(t, err)
	values = s.values()
	require.Zero(t, values["orderflow.healthy"])
	require.Contains(t, values, "orderflow.healthy")
	require.NotContains(t, values, "orderflow.orders.parked")
	_, err = s.db.SQL().ExecContext(t.Context(), `ALTER TABLE away RENAME TO orderflow_orders`)
	require.NoError(t, err)
}

// TestOthersAreCalled: what the program had in its configuration before.
func TestOthersAreCalled(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := map[string]bool{}
	tell := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		told[what] = true
	}
	s := newShop(t, otelorderflow.Options{}, func(cfg *orderflow.Config) {
		cfg.Metrics = orderflow.Metrics{
			Transition:   func(context.Context, orderflow.State, orderflow.State) { tell("transition") },
			Notification: func(context.Context, string) { tell("notification") },
			Fulfilment:   func(context.Context, time.Duration, error) { tell("fulfilment") },
			Alarm:        func(context.Context, orderflow.AlarmKind) { tell("alarm") },
		}
		cfg.Tracing.Begin = func(ctx context.Context, w orderflow.Work) (context.Context, func(orderflow.Work, error)) {
			return ctx, func(orderflow.Work, error) { tell("end of " + string(w.Kind)) }
		}
	})
	s.run()
	order := s.create(t.Context(), "order-1")
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
	s.span("orderflow fulfil", outcome("fulfilled"))
	require.Error(t, s.flow.Receive(t.Context(), &tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "nobody's", Raw: []byte(`{}`),
	}))
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return told["end of fulfil"] && told["fulfilment"]
	}, time.Minute, time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	for _, what := range []string{"transition", "notification", "alarm", "end of create", "end of notification"} {
		require.True(t, told[what], what)
	}
}

// brokenMeter makes no instruments.
type brokenMeter struct{ noop.MeterProvider }

func (brokenMeter) Meter(string, ...metric.MeterOption) metric.Meter { return broken{} }

type broken struct{ noop.Meter }

var errMeter = errors.New("no instruments")

func (broken) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errMeter
}

func (broken) Int64ObservableGauge(string, ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	return nil, errMeter
}

func TestMeterThatFails(t *testing.T) {
	t.Parallel()
	opts := otelorderflow.Options{MeterProvider: brokenMeter{}}
	var cfg orderflow.Config
	require.ErrorIs(t, otelorderflow.Instrument(&cfg, opts), errMeter)
	require.Nil(t, cfg.Tracing.Begin)
	_, err := otelorderflow.Watch(nil, opts)
	require.ErrorIs(t, err, errMeter)
	require.NoError(t, otelorderflow.Instrument(&cfg, otelorderflow.Options{}), "the global ones do nothing by default")
}

// TestNames: testdata/names.txt has every name, unit and attribute, which dashboards, alerts
// and docs/operations.md are checked against. Names of the client are in oteltradepay's.
func TestNames(t *testing.T) {
	t.Parallel()
	s := newShop(t, otelorderflow.Options{OrderIDs: true, Name: "coffee"}, func(cfg *orderflow.Config) {
		cfg.Inquiries.First = 10 * time.Millisecond
	})
	first := true
	s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
		if first {
			first = false
			return errors.New("out of boxes")
		}
		return nil
	}
	s.run()
	order := s.create(t.Context(), "order-1")
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
	s.span("orderflow fulfil", outcome("failed"))
	s.span("orderflow fulfil", outcome("fulfilled"))
	require.ErrorIs(t, s.flow.Receive(t.Context(), &tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "nobody's", Raw: []byte(`{}`),
	}), orderflow.ErrEvidence)
	_, err := s.flow.Create(t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: "order-1", Title: "Tea",
		Amount: tradepay.Amount{Currency: "USD", Value: 1}})
	require.ErrorIs(t, err, orderflow.ErrConflict)
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	s.create(t.Context(), "order-2")
	s.span("orderflow reconcile", func(map[string]any) bool { return true })
	require.Eventually(t, func() bool { return s.flow.Health(t.Context()).Running }, time.Minute, time.Millisecond)
	all, err := s.rec.Names(t.Context())
	require.NoError(t, err)
	var names []string
	for _, line := range all {
		if strings.Contains(line, "orderflow") {
			names = append(names, line)
		}
	}
	text := strings.Join(names, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile("testdata/names.txt", []byte(text), 0o600))
	}
	golden, err := os.ReadFile("testdata/names.txt")
	require.NoError(t, err)
	require.Equal(t, string(golden), text, "go test -run TestNames . -update-names")
}
