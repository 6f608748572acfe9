package oteltradepay

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradepay/tradepay-go"
)

// Options says where spans and metrics go. Zero fields have their defaults.
type Options struct {
	TracerProvider trace.TracerProvider // default: the global one
	MeterProvider  metric.MeterProvider // default: the global one
	// Name tells the clients of one process apart, as tradepay.client.name on spans and metrics.
	// Without it, clients of one wallet at one address share their series, and of their retry
	// budgets the one is seen that was told last. Default: no such attribute.
	Name string
	// PaymentRequestIDs puts the merchant's id of the payment into spans, as
	// tradepay.payment_request_id: for those whose ids tell nothing about a payer. It never
	// goes into metrics. Default: no ids.
	PaymentRequestIDs bool
}

// Instrument makes a client of this configuration tell OpenTelemetry of each call, each
// attempt and each notification. It sets BeginCall and Observe; functions that are there
// already are called as before. Set BaseURL first: the address of the gateway is an
// attribute. The error is that of a meter that cannot make an instrument; the
// configuration has not changed then.
func Instrument(cfg *tradepay.Config, opts Options) error {
	meter := newMeter(opts.MeterProvider)
	in := &instruments{
		named:  named(opts),
		tracer: newTracer(opts.TracerProvider),
		server: serverAttributes(cfg.BaseURL), withIDs: opts.PaymentRequestIDs,
		begin: cfg.BeginCall, observe: cfg.Observe,
	}
	if err := in.make(meter); err != nil {
		return err
	}
	cfg.BeginCall, cfg.Observe = in.beginCall, in.observed
	return nil
}

// The attributes that no convention has.
const (
	nameKey        = attribute.Key("tradepay.client.name")
	operationKey   = attribute.Key("tradepay.operation")
	walletKey      = attribute.Key("tradepay.wallet")
	outcomeKey     = attribute.Key("tradepay.outcome")
	resultCodeKey  = attribute.Key("tradepay.result_code")
	attemptsKey    = attribute.Key("tradepay.attempts")
	attemptKey     = attribute.Key("tradepay.attempt")
	durationKey    = attribute.Key("tradepay.attempt.duration") // in seconds
	refusedKey     = attribute.Key("tradepay.retry_refused")
	traceIDKey     = attribute.Key("tradepay.trace_id")
	paymentKey     = attribute.Key("tradepay.payment_request_id")
	attemptEvent   = "tradepay.attempt"
	otherOperation = "call" // any path that Client.Call was given
	other          = "_OTHER"
)

// instruments are those of one client.
type instruments struct {
	tracer  trace.Tracer
	named   []attribute.KeyValue // on spans and metrics: the client's name, if it has one
	server  []attribute.KeyValue // on spans: address and port
	withIDs bool

	begin   func(context.Context, tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) // may be nil
	observe func(context.Context, tradepay.CallInfo)                                            // may be nil

	calls, attempts, refused, notifications metric.Int64Counter
	callTime, attemptTime, notificationTime metric.Float64Histogram
	budget                                  metric.Int64Gauge
}

func named(opts Options) []attribute.KeyValue {
	if opts.Name == "" {
		return nil
	}
	return []attribute.KeyValue{nameKey.String(opts.Name)}
}

func (in *instruments) make(meter metric.Meter) error {
	var errs []error
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := newCounter(meter, name, unit, description)
		errs = append(errs, err)
		return c
	}
	histogram := func(name, description string) metric.Float64Histogram {
		h, err := newHistogram(meter, name, description)
		errs = append(errs, err)
		return h
	}
	in.calls = counter("tradepay.client.calls", "{call}", "Calls to the wallet that ended.")
	in.attempts = counter("tradepay.client.attempts", "{attempt}", "Requests to the wallet, retries among them.")
	in.refused = counter("tradepay.client.retries.refused", "{retry}",
		"Retries and inquiries that were not sent because the retry budget is empty.")
	in.notifications = counter("tradepay.notifications", "{notification}",
		"Notifications that arrived, those that were not verified among them.")
	in.callTime = histogram("tradepay.client.call.duration", "Time of a call with all its attempts and waits.")
	in.attemptTime = histogram("tradepay.client.attempt.duration", "Time of one request to the wallet.")
	in.notificationTime = histogram("tradepay.notification.duration",
		"Time from a notification to its acknowledgement, with the program's function.")
	var err error
	in.budget, err = meter.Int64Gauge("tradepay.client.retry_budget", metric.WithUnit("{request}"),
		metric.WithDescription("Requests beyond the first ones that the client may still send."))
	return errors.Join(append(errs, err)...)
}

// serverAttributes are the address and the port of the gateway.
func serverAttributes(base string) []attribute.KeyValue {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" { // NewClient says so
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	}
	return []attribute.KeyValue{semconv.ServerAddress(u.Hostname()), semconv.ServerPort(port)}
}

// isNotification reports whether an operation is one of those that the wallet begins.
func isNotification(info tradepay.CallInfo) bool { return strings.HasPrefix(string(info.Op), "notify") }

// operation is the operation as an attribute of few values: a path may hold anything.
func operation(info tradepay.CallInfo) string {
	if strings.HasPrefix(string(info.Op), "/") {
		return otherOperation
	}
	return string(info.Op)
}

// beginCall begins the span of a call or a notification.
func (in *instruments) beginCall(
	ctx context.Context, info tradepay.CallInfo,
) (context.Context, func(tradepay.CallInfo)) {
	name, kind, own := "tradepay "+operation(info), trace.SpanKindClient, in.server
	if isNotification(info) {
		name, kind, own = "tradepay notification", trace.SpanKindServer, nil
		if parent := trace.SpanContextFromContext(ctx); parent.IsValid() && !parent.IsRemote() {
			kind = trace.SpanKindInternal
		}
	}
	attributes := slices.Concat([]attribute.KeyValue{
		operationKey.String(operation(info)), walletKey.String(info.Wallet),
	}, own, in.named)
	ctx, span := in.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	ended := func(tradepay.CallInfo) {}
	if in.begin != nil {
		inner, end := in.begin(ctx, info)
		if inner != nil {
			ctx = inner
		}
		if end != nil {
			ended = end
		}
	}
	ctx = context.WithValue(ctx, spanKey{in}, span)
	return ctx, func(info tradepay.CallInfo) {
		defer func() { // even if the program's own function panics
			in.endSpan(span, info)
			if !isNotification(info) {
				in.countCall(ctx, info)
			}
		}()
		ended(info)
	}
}

// spanKey is where the span of a call is in its context: the program may have begun one of
// its own, which is then the context's.
type spanKey struct{ in *instruments }

func (in *instruments) endSpan(span trace.Span, info tradepay.CallInfo) {
	defer span.End()
	span.SetAttributes(operationKey.String(operation(info)), outcomeKey.String(string(info.Outcome)))
	if info.Attempt > 0 {
		span.SetAttributes(attemptsKey.Int(info.Attempt))
	}
	if info.Code != "" {
		span.SetAttributes(resultCodeKey.String(resultCode(info)))
	}
	if info.TraceID != "" {
		span.SetAttributes(traceIDKey.String(info.TraceID))
	}
	if in.withIDs && info.PaymentRequestID != "" {
		span.SetAttributes(paymentKey.String(info.PaymentRequestID))
	}
	span.SetAttributes(answered(info)...)
	if failed(info) {
		span.SetStatus(codes.Error, "")
	}
}

// answered are the HTTP status, if there is one, and the type of the error, if it is one.
func answered(info tradepay.CallInfo) (list []attribute.KeyValue) {
	if info.HTTPStatus != 0 {
		list = append(list, semconv.HTTPResponseStatusCode(info.HTTPStatus))
	}
	if failed(info) {
		list = append(list, semconv.ErrorTypeKey.String(errorType(info)))
	}
	return list
}

// failed reports whether a call or a notification ended without its meaning.
func failed(info tradepay.CallInfo) bool {
	return info.Outcome == tradepay.OutcomeUnknown || info.Outcome == tradepay.OutcomeNotSent
}

// errorType is a word of few that says why.
func errorType(info tradepay.CallInfo) string {
	switch {
	case isNotification(info) && info.HTTPStatus == 0:
		return "panic"
	case isNotification(info) && info.HTTPStatus >= 500:
		return "not_signed"
	case isNotification(info):
		return "not_stored"
	case info.Cause != "":
		return info.Cause
	case info.Code != "":
		return "result_unknown"
	case info.HTTPStatus >= 400:
		return strconv.Itoa(info.HTTPStatus)
	case info.HTTPStatus != 0:
		return "unverified"
	}
	return other
}

// usualCode is what wallets have for result codes.
var usualCode = regexp.MustCompile(`^[A-Z0-9_]{1,64}$`)

// resultCode is the wallet's word for its verdict. Each other word would be a series.
func resultCode(info tradepay.CallInfo) string {
	if usualCode.MatchString(info.Code) {
		return info.Code
	}
	return other
}

// about are the attributes of all metrics of a call.
func (in *instruments) about(info tradepay.CallInfo, more ...attribute.KeyValue) metric.MeasurementOption {
	list := []attribute.KeyValue{operationKey.String(operation(info)), walletKey.String(info.Wallet)}
	if !isNotification(info) && len(in.server) > 0 {
		list = append(list, in.server[0])
	}
	return metric.WithAttributes(slices.Concat(list, in.named, more)...)
}

// ended are the attributes of what has an outcome.
func ended(info tradepay.CallInfo) []attribute.KeyValue {
	list := []attribute.KeyValue{outcomeKey.String(string(info.Outcome))}
	if failed(info) {
		list = append(list, semconv.ErrorTypeKey.String(errorType(info)))
	}
	return list
}

// ofClient are the attributes of what all calls of a client have in common.
func (in *instruments) ofClient(info tradepay.CallInfo) metric.MeasurementOption {
	list := []attribute.KeyValue{walletKey.String(info.Wallet)}
	if len(in.server) > 0 {
		list = append(list, in.server[0])
	}
	return metric.WithAttributes(append(list, in.named...)...)
}

func (in *instruments) countCall(ctx context.Context, info tradepay.CallInfo) {
	attributes := ended(info)
	in.callTime.Record(ctx, info.Duration.Seconds(), in.about(info, attributes...))
	if info.Code != "" {
		attributes = append(attributes, resultCodeKey.String(resultCode(info)))
	}
	in.calls.Add(ctx, 1, in.about(info, attributes...))
}

// observed is told of each attempt and each notification.
func (in *instruments) observed(ctx context.Context, info tradepay.CallInfo) {
	if in.observe != nil {
		in.observe(ctx, info)
	}
	attributes := ended(info)
	if info.HTTPStatus != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(info.HTTPStatus))
	}
	switch {
	case isNotification(info):
		in.notifications.Add(ctx, 1, in.about(info, attributes...))
		in.notificationTime.Record(ctx, info.Duration.Seconds(), in.about(info, ended(info)...))
		return
	case info.RetryRefused:
		in.refused.Add(ctx, 1, in.about(info))
	}
	in.budget.Record(ctx, int64(info.RetryBudget), in.ofClient(info))
	if info.Attempt == 0 { // the inquiry that the budget refused
		return
	}
	in.attempts.Add(ctx, 1, in.about(info, attributes...))
	in.attemptTime.Record(ctx, info.Duration.Seconds(), in.about(info, ended(info)...))
	event := append([]attribute.KeyValue{
		attemptKey.Int(info.Attempt), outcomeKey.String(string(info.Outcome)),
		durationKey.Float64(info.Duration.Seconds()),
	}, answered(info)...)
	if info.TraceID != "" {
		event = append(event, traceIDKey.String(info.TraceID))
	}
	if info.RetryRefused {
		event = append(event, refusedKey.Bool(true))
	}
	if span, isOurs := ctx.Value(spanKey{in}).(trace.Span); isOurs {
		span.AddEvent(attemptEvent, trace.WithAttributes(event...))
	}
}
