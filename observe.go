package tradepay

import (
	"context"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// CallInfo is what the client tells [Config.Observe]. It holds no ids, no messages
// and no payer's data.
type CallInfo struct {
	Op         wire.Operation // OpNotifyPayment for a notification of any kind
	Wallet     string         // Name of the profile
	Attempt    int            // of a call, from 1; 0 for a notification
	Duration   time.Duration
	Outcome    Outcome
	HTTPStatus int // of the answer; 0 if no answer came
}

// Outcome is how an attempt, or a notification, ended.
type Outcome string

// The outcomes.
const (
	OutcomeSuccess  Outcome = "success"  // a verified S; the client acknowledged the notification with S
	OutcomeAccepted Outcome = "accepted" // a verified A
	OutcomeRejected Outcome = "rejected" // a verified F; the client did not accept the notification
	// OutcomeUnknown: a verified U, or no verified answer. For a notification:
	// your function did not store it, or the client could not read it.
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
