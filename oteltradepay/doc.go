// Package oteltradepay tells OpenTelemetry what a [tradepay.Client] does. [Instrument] a
// configuration before [tradepay.NewClient] takes it:
//
//	cfg := tradepay.Config{…}
//	err := oteltradepay.Instrument(&cfg, oteltradepay.Options{})
//	client, err := tradepay.NewClient(cfg)
//
// # Spans
//
// Each call is a client span named after its operation, such as "tradepay pay", with an
// event tradepay.attempt for each attempt. An inquiry that follows a lost answer is a call of
// its own, and its sibling. Each notification of [tradepay.Client.NotifyHandler] is a span
// "tradepay notification", in whose context your function runs. Its kind is Server, or
// Internal within the span of an instrumented server.
//
// The status of a span is Error if nobody knows how the call ended (tradepay.outcome unknown),
// or if nothing was sent (not_sent). A rejection is an answer: a payer without money is no
// error of the program.
//
// No trace context is sent to the wallet, and none is read from its notifications. Module
// orderflow links them, with package otelorderflow.
//
// # Metrics
//
// The attributes are tradepay.operation, tradepay.wallet and, of what goes to the wallet,
// server.address; what has an outcome has tradepay.outcome, and where that is unknown or
// not_sent, error.type. The retry budget is all operations' together. Each client has one: name
// clients of one wallet with [Options].Name, and all have tradepay.client.name.
//
//   - tradepay.client.calls, also by tradepay.result_code, the wallet's word for its verdict
//   - tradepay.client.call.duration, in seconds, with the waits between attempts
//   - tradepay.client.attempts, also by http.response.status_code
//   - tradepay.client.attempt.duration, in seconds
//   - tradepay.client.retries.refused: requests that the empty retry budget has kept back
//   - tradepay.client.retry_budget: requests that it still allows, 0 to 100
//   - tradepay.notifications, also by http.response.status_code
//   - tradepay.notification.duration, in seconds, with your function
//
// error.type is a word of [tradepay.APIError].Cause, an HTTP status, or: result_unknown, if the wallet
// answered that it does not know; unverified, if an answer was not verified; not_stored, if
// your function did not store a notification, or its meaning is not clear; panic, if your function did; not_signed, if
// the acknowledgement was not. _OTHER is anything else.
//
// No attribute of a metric holds an id. testdata/names.txt lists all names, units and
// attributes.
package oteltradepay
