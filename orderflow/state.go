package orderflow

import "slices"

// State is the state of an order.
type State string

// The states of an order.
const (
	StateCreated State = "created" // stored; the wallet may or may not know it
	StatePending State = "pending" // has a payment URL; the payer can pay
	// StateAuthorized: the amount is reserved and not charged, or a part of it is. It
	// waits for [Flow.Capture] or [Flow.Void].
	StateAuthorized State = "authorized"
	StateSettling   State = "settling"  // a capture or a void is under way; no other can begin
	StatePaid       State = "paid"      // verified, over the right amount; fulfilment is due
	StateFulfilled  State = "fulfilled" // Fulfil's transaction was committed
	StateFailed     State = "failed"    // the wallet's final word, or its rejection
	StateCancelled  State = "cancelled" // by the merchant or by the wallet, before the expiry
	// StateExpired: the time to pay, or to capture, has passed, and the wallet says that
	// nothing was charged.
	StateExpired        State = "expired"
	StateRefunding      State = "refunding"       // a refund is under way; the order is not fulfilled meanwhile
	StateRefunded       State = "refunded"        // the whole amount was given back
	StatePartlyRefunded State = "partly_refunded" // fulfilled or closed, and a part was given back
)

// States returns all states, in the sequence of an order's life.
func States() []State {
	return []State{StateCreated, StatePending, StateAuthorized, StateSettling, StatePaid, StateFulfilled, StateFailed,
		StateCancelled, StateExpired, StateRefunding, StateRefunded, StatePartlyRefunded}
}

// transitions is the state diagram. A trigger in the database compares every
// UPDATE with it, whoever makes it.
var transitions = map[State][]State{
	// An order becomes refunded without being refunding if it was paid and the
	// wallet gave the money back by itself.
	StateCreated: {StatePending, StateAuthorized, StatePaid, StateFailed, StateCancelled, StateExpired, StateRefunded},
	StatePending: {StateAuthorized, StatePaid, StateFailed, StateCancelled, StateExpired, StateRefunded},
	// A capture that leaves something reserved leads back to authorized, as does a
	// capture or a void that fails.
	StateAuthorized: {StateSettling, StatePaid, StateFailed, StateCancelled, StateExpired},
	StateSettling:   {StateAuthorized, StatePaid, StateFailed, StateCancelled, StateExpired},
	StatePaid:       {StateFulfilled, StateRefunding, StateRefunded},
	StateFulfilled:  {StateRefunding},
	// A closed order was not paid when it was closed. If a payment comes late, the
	// flow refunds it, or the merchant accepts it. A late reservation is voided or captured.
	StateFailed:    {StateAuthorized, StatePaid, StateRefunding, StateRefunded},
	StateCancelled: {StateAuthorized, StatePaid, StateRefunding, StateRefunded},
	StateExpired:   {StateAuthorized, StatePaid, StateRefunding, StateRefunded},
	// A refund that fails leaves the order as it was.
	StateRefunding: {StateRefunded, StatePartlyRefunded, StatePaid, StateFulfilled, StateFailed,
		StateCancelled, StateExpired},
	StatePartlyRefunded: {StateRefunding},
}

func (s State) can(to State) bool { return slices.Contains(transitions[s], to) }

// Open reports whether the order waits for the payer or for the wallet's answer.
func (s State) Open() bool { return s == StateCreated || s == StatePending }

// Closed reports whether the order ended without payment.
func (s State) Closed() bool { return s == StateFailed || s == StateCancelled || s == StateExpired }

// reserved reports whether the wallet keeps the amount for the merchant, who has not
// been given all of it that he will be.
func (s State) reserved() bool { return s == StateAuthorized || s == StateSettling }

// settled reports whether the payment is known to have succeeded.
func (s State) settled() bool { return s != "" && !s.Open() && !s.reserved() && !s.Closed() }
