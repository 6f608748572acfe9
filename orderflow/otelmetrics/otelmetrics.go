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

// New makes the instruments.
func New(meter metric.Meter) (orderflow.Metrics, error) {
	transitions, err1 := meter.Int64Counter("orderflow.transitions",
		metric.WithDescription("Orders that changed their state."), metric.WithUnit("{order}"))
	notifications, err2 := meter.Int64Counter("orderflow.notifications",
		metric.WithDescription("Verified notifications accepted."), metric.WithUnit("{notification}"))
	alarms, err3 := meter.Int64Counter("orderflow.alarms",
		metric.WithDescription("Alarms raised, for the first time or again."), metric.WithUnit("{alarm}"))
	fulfilments, err4 := meter.Float64Histogram("orderflow.fulfilment.duration",
		metric.WithDescription("Time of one call of Fulfil with its transaction."), metric.WithUnit("s"))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return orderflow.Metrics{}, err
	}
	return orderflow.Metrics{
		Transition: func(ctx context.Context, from, to orderflow.State) {
			transitions.Add(ctx, 1, metric.WithAttributes(
				attribute.String("from", string(from)), attribute.String("to", string(to))))
		},
		Notification: func(ctx context.Context, outcome string) {
			notifications.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
		},
		Fulfilment: func(ctx context.Context, took time.Duration, err error) {
			fulfilments.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.Bool("ok", err == nil)))
		},
		Alarm: func(ctx context.Context, kind orderflow.AlarmKind) {
			alarms.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", string(kind))))
		},
	}, nil
}
