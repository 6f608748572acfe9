package otelorderflow

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/tradepay/tradepay-go/orderflow"
)

// Watch reports the health of a flow with each collection of the meter provider's readers,
// which asks the database once, for 2 seconds at most, and tries whether it can be written,
// at most every 5 seconds. It returns how to end that; end it before the database is closed.
func Watch(flow *orderflow.Flow, opts Options) (stop func() error, err error) {
	meter := newMeter(opts.MeterProvider)
	var errs []error
	var all []metric.Observable
	number := func(name, unit, description string) metric.Int64ObservableGauge {
		g, err := meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, g)
		return g
	}
	seconds := func(name, description string) metric.Float64ObservableGauge {
		g, err := meter.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, g)
		return g
	}
	healthy := number("orderflow.healthy", "", "1 if Health is OK, or 0.")
	parked := number("orderflow.orders.parked", "{order}", "Paid orders that wait for a person; up to 1,000.")
	late := number("orderflow.orders.late", "{order}", "Orders paid after they were closed; up to 1,000.")
	reserved := number("orderflow.orders.reserved", "{order}", "Orders that wait for Capture or Void; up to 1,000.")
	waiting := number("orderflow.jobs.waiting", "{job}", "Jobs that no process has begun; up to 500 of each queue.")
	hanging := number("orderflow.fulfilments.hanging", "{call}",
		"Calls of Fulfil and OnNotification of this process that do not return.")
	due := seconds("orderflow.due.age", "For how long an order has been due, of all the longest.")
	swept := seconds("orderflow.sweep.age", "Time since this process last looked for orders that are due.")
	skew := seconds("orderflow.clock.skew", "How far this machine's clock is ahead of the database's.")
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	with := metric.WithAttributes(named(opts)...)
	registration, err := meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		h := flow.Health(ctx)
		o.ObserveInt64(healthy, map[bool]int64{true: 1}[h.OK], with)
		o.ObserveInt64(hanging, int64(h.Hanging), with)
		if h.Running && !h.SweptAt.IsZero() {
			o.ObserveFloat64(swept, max(0, time.Since(h.SweptAt).Seconds()), with)
		}
		if !h.Database { // a zero would say that nothing is wrong
			return nil
		}
		o.ObserveFloat64(due, float64(h.DueSeconds), with)
		o.ObserveInt64(parked, int64(h.Parked), with)
		o.ObserveInt64(late, int64(h.Late), with)
		o.ObserveInt64(reserved, int64(h.Reserved), with)
		o.ObserveInt64(waiting, int64(h.Waiting), with)
		o.ObserveFloat64(skew, float64(h.ClockSkewSeconds), with)
		return nil
	}, all...)
	if err != nil {
		return nil, err
	}
	return registration.Unregister, nil
}
