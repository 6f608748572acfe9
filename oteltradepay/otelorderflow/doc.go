// Package otelorderflow tells OpenTelemetry what an orderflow does. [Instrument] the
// configuration before [orderflow.New] takes it, and then [Watch] the flow:
//
//	cfg := orderflow.Config{…}
//	err := otelorderflow.Instrument(&cfg, otelorderflow.Options{})
//	flow, err := orderflow.New(ctx, cfg)
//	stop, err := otelorderflow.Watch(flow, otelorderflow.Options{})
//
// # Spans
//
// Work about an order is an internal span: "orderflow create", "orderflow notification",
// "orderflow fulfil" and "orderflow reconcile". The trace in which an order is created is
// stored with it, as a W3C traceparent without a tracestate and without baggage. The other
// spans link to it: hours later, in another process, a fulfilment leads back to the request
// that ordered it. A span links instead of being a child, since a trace that goes on for days
// is cut by every sampler.
//
// The status of a span is Error, with error.type, if the work ended in an error: also a
// Fulfil that is tried again. A rejection by the wallet is none. No text of an error goes
// into a span.
//
// # Metrics
//
//   - orderflow.transitions by orderflow.state.from, empty for a new order, and
//     orderflow.state.to
//   - orderflow.notifications by orderflow.outcome: stored, duplicate, evidence, error
//   - orderflow.alarms by orderflow.alarm.kind, for the first time or again; every kind is there
//     from the start, with 0, so that the first alarm of a kind is an increase
//   - orderflow.fulfilment.duration, in seconds, of one call of Fulfil with its transaction; by
//     error.type
//
// And, while a flow is watched, what [orderflow.Flow.Health] finds, once for each
// collection:
//
//   - orderflow.healthy, 1 or 0
//   - orderflow.due.age, in seconds: for how long an order has been due, of all the longest
//   - orderflow.orders.parked, orderflow.orders.late, orderflow.orders.reserved
//   - orderflow.jobs.waiting
//   - orderflow.fulfilments.hanging, of this process
//   - orderflow.sweep.age, in seconds, of this process, while Run runs
//   - orderflow.clock.skew, in seconds
//
// All but those of this process are of the database: each process that watches the flow
// reports the same, so take the maximum of them, never their sum. While the database does
// not answer, orderflow.healthy is 0 and what the database would say is not reported.
package otelorderflow
