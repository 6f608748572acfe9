package orderflow

import (
	"context"
	"time"
)

// Metrics is told what happens, after it was committed. Its methods must be
// quick and safe for concurrent use. Package otelmetrics implements it for
// OpenTelemetry.
type Metrics interface {
	// Transition: an order changed its state; from is empty for a new one.
	Transition(ctx context.Context, from, to State)
	// Notification: one was taken in; outcome is "stored", "duplicate",
	// "evidence" (an alarm) or "error" (of the database).
	Notification(ctx context.Context, outcome string)
	// Fulfilment: Fulfil was called and its transaction ended; err is why not.
	Fulfilment(ctx context.Context, took time.Duration, err error)
	// Alarm: one was raised, for the first time or again.
	Alarm(ctx context.Context, kind AlarmKind)
}

type noMetrics struct{}

func (noMetrics) Transition(context.Context, State, State)         {}
func (noMetrics) Notification(context.Context, string)             {}
func (noMetrics) Fulfilment(context.Context, time.Duration, error) {}
func (noMetrics) Alarm(context.Context, AlarmKind)                 {}
