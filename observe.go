package tradepay

import (
	"context"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// CallInfo is what the client tells [Config.Observe]. It holds no ids, no messages
// and no payer's data.
type CallInfo struct {
	// Op is the operation of the call, see [APIError]. For a notification it is
	// OpNotifyVoid, OpNotifyCashierURL, or OpNotifyPayment for any other kind, and for
	// one that does not reach your function.
	Op         wire.Operation
	Wallet     string // Name of the profile
	Attempt    int    // of a call, from 1; 0 for a notification
	Duration   time.Duration
	Outcome    Outcome
	HTTPStatus int // of the answer; 0 if no answer came
	// Cause says where an attempt ended before the wallet, see APIError.Cause: "dns",
	// "proxy_refused", … Empty for an answer of the wallet, and for a notification.
	Cause string
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

func (c *Client) observed(ctx context.Context, info CallInfo) {
	if c.observe == nil {
		return
	}
	info.Wallet = c.wallet.Name
	c.observe(ctx, info)
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
