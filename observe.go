package tradepay

import (
	"context"
	"log/slog"
	"time"

	"github.com/tradepay/tradepay-go/internal/lifetime"
	"github.com/tradepay/tradepay-go/wire"
)

// CallInfo is what the client tells [Config.Observe] and [Config.BeginCall]. It holds no
// messages and no payer's data. Its two ids are for spans and logs: as attributes of a
// metric they would make a series each.
type CallInfo struct {
	// Op is the operation of the call, see [APIError]. For a notification it is
	// OpNotifyVoid, OpNotifyCashierURL, or OpNotifyPayment for any other kind, and for
	// one that does not reach your function.
	Op     wire.Operation
	Wallet string // Name of the profile
	// Attempt is which one of the call, from 1; as the call ends, how many it took: 0 if
	// its context ended before the first. It is also 0 as the call begins, for a
	// notification, and for an inquiry that was not sent, see RetryRefused.
	Attempt int
	// Duration is that of the attempt; as the call ends, that of the whole call with
	// its waits; and that of a notification with your function.
	Duration   time.Duration
	Outcome    Outcome
	HTTPStatus int // of the answer; 0 if no answer came
	// Cause says where an attempt ended before the wallet, see APIError.Cause: "dns",
	// "proxy_refused", … Empty for an answer of the wallet, and for a notification.
	Cause string
	// Code is the result code of a verified answer, in the platform's word for it if
	// there is one, such as RISK_REJECT. Empty without such an answer, and for a
	// notification. A few dozen codes are usual, and nothing keeps a wallet to them.
	Code string
	// RetryRefused: the client would have sent another request, and its retry budget is
	// empty, which the wallet's other calls have used up. Either this attempt is
	// therefore the last, or, with Attempt 0 and OutcomeNotSent, the client does not
	// inquire what became of a call of this operation that ended as unknown.
	RetryRefused bool
	// RetryBudget is how many requests beyond the first ones the calls of this client
	// may still send together, 0 to 100. Each answered call gives half of one back. It
	// is 0 for a notification.
	RetryBudget int
	// PaymentRequestID is the merchant's id of the payment, if the call names it, or the
	// notification does, and is verified.
	PaymentRequestID string
	// TraceID is the id by which the wallet finds its log lines, see APIError.TraceID.
	// Empty for a notification.
	TraceID string
}

// Outcome is how an attempt, or a notification, ended.
type Outcome string

// The outcomes.
const (
	OutcomeSuccess  Outcome = "success"  // a verified S; the client acknowledged the notification with S
	OutcomeAccepted Outcome = "accepted" // a verified A
	OutcomeRejected Outcome = "rejected" // a verified F; the client did not verify the notification
	// OutcomeUnknown: a verified U, or no verified answer. For a notification that the
	// client verified: its meaning is not clear, your function did not store it, or the
	// client could not sign the acknowledgement.
	OutcomeUnknown Outcome = "unknown"
	OutcomeNotSent Outcome = "not_sent" // nothing can have reached the wallet
)

// begin tells [Config.BeginCall], and returns how to tell of the end.
func (c *Client) begin(ctx context.Context, info CallInfo) (context.Context, func(CallInfo)) {
	if c.beginCall == nil {
		return ctx, func(CallInfo) {}
	}
	info.Wallet = c.wallet.Name
	began := time.Now()
	own, end := c.beginCall(ctx, info)
	ctx, stop := lifetime.Keep(own, ctx)
	return ctx, func(info CallInfo) {
		stop()
		if end == nil {
			return
		}
		info.Wallet, info.Duration = c.wallet.Name, time.Since(began)
		end(info)
	}
}

func (c *Client) observed(ctx context.Context, info CallInfo) {
	if c.observe == nil {
		return
	}
	info.Wallet = c.wallet.Name
	c.observe(ctx, info)
}

// inquiryRefused tells that the retry budget keeps the client from asking what became
// of a call.
func (c *Client) inquiryRefused(ctx context.Context, failed *APIError) {
	c.log.LogAttrs(ctx, slog.LevelWarn, "tradepay: not asked what became of it, the retry budget is empty",
		slog.String("op", string(failed.Op)), slog.String("payment_request_id", failed.OrderRef.PaymentRequestID))
	c.observed(ctx, CallInfo{
		Op: failed.Op, Outcome: OutcomeNotSent, RetryRefused: true, PaymentRequestID: failed.OrderRef.PaymentRequestID,
	})
}

// outcome of one attempt.
func (try *attempted) outcome() Outcome {
	switch {
	case try.notSent:
		return OutcomeNotSent
	case try.err != nil:
		return OutcomeUnknown
	}
	switch try.result.Status {
	case ResultSuccess:
		return OutcomeSuccess
	case ResultAccepted:
		return OutcomeAccepted
	case ResultFailed:
		return OutcomeRejected
	}
	return OutcomeUnknown
}
