package orderflow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// predates reports whether an order is from before a restore, which has forgotten
// the cancels and refunds that were sent since the backup. An order that was paid before it is
// one as well, though it was stored since: the restore has lost it, and somebody has made it again.
func (f *Flow) predates(o *Order) bool {
	return o.CreatedAt.Before(f.restored) || f.isLost(o, o.PaidAt)
}

// isLost reports whether a restore has lost an order that was made again: it was paid before.
func (f *Flow) isLost(o *Order, paidAt time.Time) bool {
	return !paidAt.IsZero() && paidAt.Before(f.restored) && !o.CreatedAt.Before(f.restored)
}

// mayBeShipped says why an order that was made after a restore may have been shipped before it. It
// is empty if the order cannot have been.
func (f *Flow) mayBeShipped(o *Order, paidAt time.Time) string {
	madeAgain := !f.restored.IsZero() && !o.CreatedAt.Before(f.restored)
	switch {
	case f.isLost(o, paidAt):
		return "it was paid before the database was restored"
	case madeAgain && paidAt.IsZero():
		return "the wallet does not tell when, which may be before the database was restored"
	}
	return ""
}

// checkRestored asks, about an order from before a restore, whether it was
// fulfilled already. It returns true if it is to be fulfilled now.
func (f *Flow) checkRestored(ctx context.Context, o *Order) (bool, error) {
	if !f.predates(o) {
		return true, nil
	}
	if released, err := f.releasedSince(ctx, o); err != nil || released {
		return released, err
	}
	done, known := false, errNobodyKnows
	if f.fulfilledFunc != nil {
		asking, stop := context.WithTimeout(ctx, f.fulfilTimeout)
		done, known = f.askFulfilled(asking, f.fulfilment(o))
		stop()
	}
	if known == nil && !done {
		return true, nil
	}
	recording, stop := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer stop()
	return false, f.db.inTx(recording, func(tx *transaction) error {
		o, err := f.load(recording, tx, o.ID)
		switch {
		case err != nil || !o.awaitsFulfil():
			return err
		case known == nil:
			o.FulfilledAt, o.LastError = f.now(), ""
			return f.move(recording, tx, o, StateFulfilled, ActorFulfil,
				"fulfilled before the database was restored", nil)
		case errors.Is(known, errNobodyKnows):
			return f.park(recording, tx, o, known.Error())
		}
		return f.unconfirmed(recording, tx, o, known)
	})
}

// errNobodyKnows is why an order is parked that may have been fulfilled before a restore.
var errNobodyKnows = errors.New(
	"it may have been fulfilled before the database was restored; look, then call Retry or Refund",
)

// askFulfilled calls Config.Fulfilled.
func (f *Flow) askFulfilled(ctx context.Context, a Fulfilment) (done bool, err error) {
	defer func() {
		if p := recover(); p != nil { // its value may be a payer's data
			f.log.ErrorContext(ctx, "orderflow: Fulfilled panicked", "order_id", a.Order.ID,
				"stack", string(debug.Stack()))
			err = fmt.Errorf("orderflow: Fulfilled panicked with a value of type %T; the log has its stack", p)
		}
	}()
	return f.fulfilledFunc(ctx, a)
}

// releasedSince reports whether a person has decided since the restore that the order is to be fulfilled.
func (f *Flow) releasedSince(ctx context.Context, o *Order) (bool, error) {
	var n int
	err := f.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM orderflow_history
		WHERE client = $1 AND order_id = $2 AND actor = $3 AND at >= $4 AND to_state = $5`,
		f.name, o.ID, string(ActorMerchant), f.restored.UnixMilli(), string(StatePaid)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return n > 0, nil
}
