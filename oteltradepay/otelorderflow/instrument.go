package otelorderflow

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// Options says where spans and metrics go. Zero fields have their defaults.
type Options struct {
	TracerProvider trace.TracerProvider // default: the global one
	MeterProvider  metric.MeterProvider // default: the global one
	// Name tells the flows of one process apart, as orderflow.name on spans and metrics.
	// Default: no such attribute.
	Name string
	// OrderIDs puts the ids of orders into spans, as orderflow.order_id: for those whose ids
	// tell nothing about a payer. They never go into metrics. Default: no ids.
	OrderIDs bool
}

// The attributes that no convention has.
const (
	nameKey    = attribute.Key("orderflow.name")
	workKey    = attribute.Key("orderflow.work")
	outcomeKey = attribute.Key("orderflow.outcome")
	fromKey    = attribute.Key("orderflow.state.from")
	toKey      = attribute.Key("orderflow.state.to")
	kindKey    = attribute.Key("orderflow.alarm.kind")
	orderKey   = attribute.Key("orderflow.order_id")
)

// Instrument makes a flow of this configuration tell OpenTelemetry what it does. It sets
// Metrics and Tracing; functions that are there already are called as before, and keep
// what they store of a trace. The error is that of a meter that cannot make an
// instrument; the configuration has not changed then.
func Instrument(cfg *orderflow.Config, opts Options) error {
	metrics, err := newMetrics(opts, cfg.Metrics)
	if err != nil {
		return err
	}
	cfg.Metrics = metrics
	t := &tracing{
		tracer: newTracer(opts.TracerProvider), named: named(opts), withIDs: opts.OrderIDs,
		before: cfg.Tracing,
	}
	cfg.Tracing.Begin = t.begin
	if t.before.Context == nil {
		cfg.Tracing.Context = traceparent
	}
	return nil
}

func named(opts Options) []attribute.KeyValue {
	if opts.Name == "" {
		return nil
	}
	return []attribute.KeyValue{nameKey.String(opts.Name)}
}

func newMetrics(opts Options, before orderflow.Metrics) (orderflow.Metrics, error) {
	meter := newMeter(opts.MeterProvider)
	transitions, err1 := newCounter(meter, "orderflow.transitions", "{transition}",
		"Orders that changed their state.")
	notifications, err2 := newCounter(meter, "orderflow.notifications", "{notification}",
		"Verified notifications that were taken in, or not.")
	alarms, err3 := newCounter(meter, "orderflow.alarms", "{alarm}",
		"Alarms raised, for the first time or again.")
	fulfilments, err4 := newHistogram(meter, "orderflow.fulfilment.duration",
		"Time of one call of Fulfil with its transaction.")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return orderflow.Metrics{}, err
	}
	own := named(opts)
	for _, kind := range alarmKinds { // or Prometheus sees no increase at the first of a kind
		alarms.Add(context.Background(), 0, metric.WithAttributes(append(own, kindKey.String(string(kind)))...))
	}
	with := func(list ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributes(append(list, own...)...)
	}
	return orderflow.Metrics{
		Transition: func(ctx context.Context, from, to orderflow.State) {
			if before.Transition != nil {
				before.Transition(ctx, from, to)
			}
			transitions.Add(ctx, 1, with(fromKey.String(string(from)), toKey.String(string(to))))
		},
		Notification: func(ctx context.Context, outcome string) {
			if before.Notification != nil {
				before.Notification(ctx, outcome)
			}
			notifications.Add(ctx, 1, with(outcomeKey.String(outcome)))
		},
		Fulfilment: func(ctx context.Context, took time.Duration, err error) {
			if before.Fulfilment != nil {
				before.Fulfilment(ctx, took, err)
			}
			var list []attribute.KeyValue
			if err != nil {
				list = append(list, semconv.ErrorTypeKey.String(errorType(err)))
			}
			fulfilments.Record(ctx, took.Seconds(), with(list...))
		},
		Alarm: func(ctx context.Context, kind orderflow.AlarmKind) {
			if before.Alarm != nil {
				before.Alarm(ctx, kind)
			}
			alarms.Add(ctx, 1, with(kindKey.String(string(kind))))
		},
	}, nil
}

// alarmKinds are all of them.
var alarmKinds = []orderflow.AlarmKind{
	orderflow.AlarmAmount, orderflow.AlarmReference, orderflow.AlarmContent, orderflow.AlarmUnknownOrder,
	orderflow.AlarmContradiction, orderflow.AlarmIDReused, orderflow.AlarmLate, orderflow.AlarmParked,
	orderflow.AlarmRefund, orderflow.AlarmCapture, orderflow.AlarmReserved, orderflow.AlarmGivenBack,
	orderflow.AlarmUnconfirmed, orderflow.AlarmUnhandled, orderflow.AlarmUnreadable,
}

// errorTypes are the words for errors, the narrower ones first.
var errorTypes = []struct {
	is   error
	word string
}{
	{orderflow.ErrPanicked, "panic"},
	{orderflow.ErrInsideFulfil, "inside_fulfil"},
	{orderflow.ErrBusy, "busy"},
	{orderflow.ErrUnreadable, "unreadable"},
	{orderflow.ErrDatabase, "database"},
	{orderflow.ErrConflict, "conflict"},
	{orderflow.ErrEvidence, "evidence"},
	{orderflow.ErrTransition, "transition"},
	{orderflow.ErrAlreadyPaid, "already_paid"},
	{orderflow.ErrNotFound, "not_found"},
	{tradepay.ErrOutcomeUnknown, "outcome_unknown"},
	{tradepay.ErrUnauthorized, "unauthorized"},
	{tradepay.ErrIdempotencyMismatch, "idempotency_mismatch"},
	{tradepay.ErrOrderNotFound, "order_not_found"},
	{tradepay.ErrAmountMismatch, "amount_mismatch"},
	{tradepay.ErrReferenceMismatch, "reference_mismatch"},
	{tradepay.ErrInvalidRequest, "invalid_request"},
	{tradepay.ErrRejected, "rejected"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "canceled"},
}

// errorType is a word of few for an error: its text may name an order.
func errorType(err error) string {
	for _, t := range errorTypes {
		if errors.Is(err, t.is) {
			return t.word
		}
	}
	return "_OTHER"
}

// tracing makes spans of the work of one flow.
type tracing struct {
	tracer  trace.Tracer
	named   []attribute.KeyValue
	withIDs bool
	before  orderflow.Tracing
}

var w3c propagation.TraceContext

const header = "traceparent"

// traceparent is the trace context of ctx to be stored, without what programs add to it.
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	return carrier[header]
}

// spanOf is the span that a stored text names; invalid if it names none.
func spanOf(text string) trace.SpanContext {
	return trace.SpanContextFromContext(w3c.Extract(context.Background(), propagation.MapCarrier{header: text}))
}

func (t *tracing) begin(ctx context.Context, w orderflow.Work) (context.Context, func(orderflow.Work, error)) {
	attributes := append([]attribute.KeyValue{workKey.String(string(w.Kind))}, t.named...)
	ctx, span := t.tracer.Start(ctx, "orderflow "+string(w.Kind), trace.WithAttributes(attributes...))
	ended := func(orderflow.Work, error) {}
	if t.before.Begin != nil {
		inner, end := t.before.Begin(ctx, w)
		if inner != nil {
			ctx = inner
		}
		if end != nil {
			ended = end
		}
	}
	return ctx, func(w orderflow.Work, err error) {
		defer t.end(span, w, err)
		ended(w, err)
	}
}

func (t *tracing) end(span trace.Span, w orderflow.Work, err error) {
	defer span.End()
	if w.Outcome != "" {
		span.SetAttributes(outcomeKey.String(w.Outcome))
	}
	if t.withIDs && w.OrderID != "" {
		span.SetAttributes(orderKey.String(w.OrderID))
	}
	created, own := spanOf(w.Trace), span.SpanContext()
	isOwn := created.TraceID() == own.TraceID() && created.SpanID() == own.SpanID()
	if created.IsValid() && !isOwn {
		span.AddLink(trace.Link{SpanContext: created})
	}
	if err == nil || isAnswer(err) {
		return
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(errorType(err)))
	span.SetStatus(codes.Error, "")
}

// isAnswer reports whether an error is the wallet's definite answer, and no fault.
func isAnswer(err error) bool {
	return errors.Is(err, tradepay.ErrRejected) && !errors.Is(err, orderflow.ErrDatabase)
}
