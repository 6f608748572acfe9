// Package otelmetrics reports what an orderflow does to OpenTelemetry.
//
//	metrics, err := otelmetrics.New(otel.Meter("shop"))
//	flow, err := orderflow.New(ctx, orderflow.Config{Metrics: metrics, …})
//
// The instruments are orderflow.transitions {from, to}, orderflow.notifications
// {outcome}, orderflow.fulfilment.duration {ok} in seconds, whose count is that
// of the calls, and orderflow.alarms {kind}. No attribute holds an id.
package otelmetrics

import (
	"context"
	"errors"
	"time"

	"github.com/tradepay/tradepay-go/orderflow"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Metrics implements [orderflow.Metrics].
type Metrics struct {
	transitions, notifications, alarms metric.Int64Counter
	fulfilment                         metric.Float64Histogram
}

var _ orderflow.Metrics = (*Metrics)(nil)

// New makes the instruments.
func New(meter metric.Meter) (*Metrics, error) {
	var m Metrics
	var errs [4]error
	m.transitions, errs[0] = meter.Int64Counter("orderflow.transitions", metric.WithDescription("Orders that changed their state."), metric.WithUnit("{order}"))
	m.notifications, errs[1] = meter.Int64Counter("orderflow.notifications", metric.WithDescription("Verified notifications taken in."), metric.WithUnit("{notification}"))
	m.alarms, errs[2] = meter.Int64Counter("orderflow.alarms", metric.WithDescription("Alarms raised, for the first time or again."), metric.WithUnit("{alarm}"))
	m.fulfilment, errs[3] = meter.Float64Histogram("orderflow.fulfilment.duration", metric.WithDescription("Time of one call of Fulfil with its transaction."), metric.WithUnit("s"))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return &m, nil
}

// Transition counts an order's change of state.
func (m *Metrics) Transition(ctx context.Context, from, to orderflow.State) {
	m.transitions.Add(ctx, 1, metric.WithAttributes(attribute.String("from", string(from)), attribute.String("to", string(to))))
}

// Notification counts a notification by its outcome.
func (m *Metrics) Notification(ctx context.Context, outcome string) {
	m.notifications.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}

// Fulfilment records a call of Fulfil; the histogram's count is that of the calls.
func (m *Metrics) Fulfilment(ctx context.Context, took time.Duration, err error) {
	m.fulfilment.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.Bool("ok", err == nil)))
}

// Alarm counts an alarm.
func (m *Metrics) Alarm(ctx context.Context, kind orderflow.AlarmKind) {
	m.alarms.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", string(kind))))
}
