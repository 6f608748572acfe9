package orderflow

import (
	"context"
	"time"
)

// Metrics are told what happens, after it was committed. A function that is nil
// is not called. They must be quick and safe for concurrent use. Package
// otelorderflow of module oteltradepay has them for OpenTelemetry.
type Metrics struct {
	// Transition: an order changed its state; from is empty for a new one.
	Transition func(ctx context.Context, from, to State)
	// Notification: one was accepted; outcome is "stored", "duplicate",
	// "evidence" (an alarm) or "error" (of the database).
	Notification func(ctx context.Context, outcome string)
	// Fulfilment: Fulfil was called and its transaction ended; err is why not.
	Fulfilment func(ctx context.Context, took time.Duration, err error)
	// Alarm: one was raised, for the first time or again.
	Alarm func(ctx context.Context, kind AlarmKind)
}

// complete returns metrics whose functions can all be called.
func (m Metrics) complete() Metrics {
	if m.Transition == nil {
		m.Transition = func(context.Context, State, State) {}
	}
	if m.Notification == nil {
		m.Notification = func(context.Context, string) {}
	}
	if m.Fulfilment == nil {
		m.Fulfilment = func(context.Context, time.Duration, error) {}
	}
	if m.Alarm == nil {
		m.Alarm = func(context.Context, AlarmKind) {}
	}
	return m
}
