package orderflow

import (
	"errors"
	"fmt"

	tradepay "github.com/tradepay/tradepay-go"
)

// Sentinels to match with [errors.Is]. Errors of the wallet are those of
// package tradepay.
var (
	// ErrInvalidConfig: a field of [Config], or of other options, is missing or wrong.
	ErrInvalidConfig = errors.New("orderflow: invalid configuration")
	// ErrDatabase: the database is missing, cannot be reached, or failed. It may
	// have stored what the call asked for, or not: call again with the same ids.
	ErrDatabase = errors.New("orderflow: database")
	// ErrBusy: another transaction, such as that of a Fulfil, locks the order for
	// too long: on PostgreSQL for 15 seconds. An answer that the wallet gave
	// meanwhile is not stored yet: call again with the same ids. It matches
	// ErrDatabase, too.
	ErrBusy = fmt.Errorf("%w: the order is busy", ErrDatabase)
	// ErrNotFound: there is no such order or refund.
	ErrNotFound = errors.New("orderflow: not found")
	// ErrUnreadable: the row of an order or refund cannot be read, most likely
	// because a later version of this module wrote it; see [UnreadableError].
	// The order does not change. Lists leave such orders out, and the sweep raises
	// [AlarmUnreadable]. It matches ErrDatabase, too.
	ErrUnreadable = fmt.Errorf("%w: a row that cannot be read", ErrDatabase)
	// ErrShard: a database among several does not answer, or is not known to this process;
	// see [ShardError]. Calls about orders of other shards go on. It matches ErrDatabase, too.
	ErrShard = fmt.Errorf("%w: a shard", ErrDatabase)
	// ErrConflict: the id belongs to an order or refund with other content. The
	// text names the fields, and no values. It matches
	// [tradepay.ErrIdempotencyMismatch], too.
	ErrConflict = fmt.Errorf("orderflow: conflict: %w", tradepay.ErrIdempotencyMismatch)
	// ErrTransition: the order's state does not allow this. The
	// [TransitionError] has the states.
	ErrTransition = errors.New("orderflow: the order's state does not allow this")
	// ErrAlreadyPaid: the payment succeeded before the cancellation. Refund it.
	ErrAlreadyPaid = errors.New("orderflow: already paid")
	// ErrEvidence: a notification or an answer contradicts the order, or belongs
	// to none. The flow keeps it and raises an [Alarm]; the order does not move.
	ErrEvidence = errors.New("orderflow: message contradicts what is known")
	// ErrInsideFulfil: Fulfil calls the flow with the context that it got. The call
	// would wait for the transaction that Fulfil runs in. Use that transaction. The
	// error of a Fulfil whose time ended beside its transaction matches it, too.
	ErrInsideFulfil = errors.New("orderflow: called from inside Fulfil")
	// ErrPanicked: a work ended in a panic, or ended its goroutine. Only
	// [Tracing] is told it; whoever called the flow meets the panic itself.
	ErrPanicked = errors.New("orderflow: panicked")
)

// undecided is the error of a rejected call whose order or refund stays open, since an
// earlier call with its id may still be carried out. It matches
// [tradepay.ErrOutcomeUnknown] alone, and says in its text what the wallet answered.
// [tradepay.ErrIdempotencyMismatch] stays: it says by itself that nothing has failed.
func undecided(err error) error {
	if !rejectedForGood(err) || errors.Is(err, tradepay.ErrIdempotencyMismatch) {
		return err
	}
	cause := fmt.Errorf("rejected, and an earlier call with this id may still be carried out: %s", err.Error())
	var api *tradepay.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, cause)
	}
	return &tradepay.APIError{
		Op: api.Op, Kind: tradepay.ErrOutcomeUnknown, HTTPStatus: api.HTTPStatus, Result: api.Result,
		OrderRef: api.OrderRef, RefundRef: api.RefundRef, Attempts: api.Attempts, Err: cause,
	}
}

// TransitionError says which change of state was rejected. It matches
// [ErrTransition].
type TransitionError struct {
	ID       string
	From, To State
	Reason   string // why, if the states do not say it
}

func (e *TransitionError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("%s: order %q is %s: %s", ErrTransition, e.ID, e.From, e.Reason)
	}
	return fmt.Sprintf("%s: order %q is %s and cannot become %s", ErrTransition, e.ID, e.From, e.To)
}

// Unwrap returns [ErrTransition].
func (e *TransitionError) Unwrap() error { return ErrTransition }

// ShardError says which of several databases a call could not use. It matches [ErrShard]
// and [ErrDatabase]: what the call asked for may be stored, or not. Call again with the
// same ids.
type ShardError struct {
	Shard string // its name
	Err   error  // why
}

func (e *ShardError) Error() string { return fmt.Sprintf("orderflow: shard %q: %v", e.Shard, e.Err) }

// Unwrap returns [ErrShard] and the cause.
func (e *ShardError) Unwrap() []error { return []error{ErrShard, e.Err} }

func invalidConfig(field, rule, remedy string) error {
	return fmt.Errorf("%w: %s %s; %s", ErrInvalidConfig, field, rule, remedy)
}
