package orderflow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// Fulfilment is one order that Fulfil has to fulfil.
type Fulfilment struct {
	Order *Order
	// Amount is what the payer was charged: the order's amount or, of a reservation,
	// what was captured of it. Order.Refunded is what was given back since.
	Amount tradepay.Amount
	// Key is the idempotency key for effects outside the database. It is the same
	// on every try for this order, and different for any other order.
	Key     string
	Attempt int // from 1
}

// FulfilFunc ships, books or unlocks what was paid, over Fulfilment.Amount. Of a
// reservation that is once, when it has ended and something was captured: after the last
// capture, after a void of the rest, or after its time. tx is the transaction in which
// the order becomes fulfilled: what the function writes in it is committed exactly
// once, together with that. A mail, a call of another server and the like may
// happen again after a crash; send Key with them.
//
// The function must neither commit nor roll back, and should be brief: on SQLite
// nobody else writes meanwhile. If it ends the transaction, the flow parks the
// order, and does not call the function again. SQLite ends the transaction by
// itself if a context of the function's own cuts a write short, or at INSERT OR
// ROLLBACK.
//
// The function uses tx for all that it reads and writes in this database. A
// statement beside it, such as by [DB.SQL], may wait for tx, and so for itself: on
// SQLite each write does. It ends with the function's time, and the error says so.
//
// After an error, a panic, or more than Config.FulfilTimeout, the flow undoes the
// transaction and tries again later. It does not wait for a function that ignores
// the end of its context: it undoes the transaction and parks the order, and
// [Health] is not OK until the function returns.
type FulfilFunc func(ctx context.Context, tx *sql.Tx, f Fulfilment) error

// keyName keeps the name of a flow and the id of an order apart in a key.
var keyName = strings.NewReplacer("%", "%25", ":", "%3A")

func (f *Flow) fulfilment(o *Order) Fulfilment {
	return Fulfilment{Order: o, Amount: o.charged(), Key: fulfilKey(f.name, o.ID), Attempt: o.Tries}
}

func fulfilKey(name, orderID string) string {
	return "orderflow:" + keyName.Replace(name) + ":" + orderID
}

type insideKey struct{}

// outside rejects calls that would wait for the transaction they run in.
func (f *Flow) outside(ctx context.Context) error {
	if ctx.Value(insideKey{}) == f.db {
		return ErrInsideFulfil
	}
	return nil
}

// fulfilError is what Fulfil itself returned.
type fulfilError struct{ err error }

func (e *fulfilError) Error() string { return e.err.Error() }
func (e *fulfilError) Unwrap() error { return e.err }

// errEnded says that Fulfil committed or rolled back by itself, or went on when
// SQLite had rolled back. What it did may stand without the order's being
// fulfilled: a further try could ship twice.
var errEnded = errors.New(
	"orderflow: Fulfil ended the transaction, which it must not; see by hand what it did, then call Retry or Refund",
)

// counting says when a try of Fulfil is counted. Those after an earlier try that
// failed, or was lost with its process, are counted before they begin: one that
// kills the process is not tried for ever.
type counting int

const (
	countedAfter counting = iota
	countedBefore
)

// fulfil runs Fulfil for an order that was just paid, once at a time.
func (f *Flow) fulfil(ctx context.Context, id string) error {
	return f.fulfilOne(ctx, id, countedAfter)
}

// fulfilAgain runs Fulfil for an order that has had so many tries already.
func (f *Flow) fulfilAgain(ctx context.Context, id string, tries int) error {
	counted, err := f.countTry(ctx, id, tries)
	if err != nil || !counted {
		return err
	}
	return f.fulfilOne(ctx, id, countedBefore)
}

func (f *Flow) fulfilOne(ctx context.Context, id string, count counting) (err error) {
	if f.called.hung(id) { // and has not returned
		return nil
	}
	ctx, end := f.tracing.begin(ctx, WorkFulfil, id)
	err = ErrPanicked // until it returns
	defer func() { end(err) }()
	return f.fulfilUnchanged(ctx, id, count)
}

// fulfilUnchanged runs Fulfil for an order that does not change between its permit and
// its transaction.
func (f *Flow) fulfilUnchanged(ctx context.Context, id string, count counting) error {
	for range permitTries {
		p, err := f.permitFor(ctx, id)
		if err != nil || p == nil {
			return err
		}
		held, err := f.fulfilPermitted(ctx, p, count)
		if err != nil || held {
			return err
		}
	}
	return nil // it changes all the time: its next_at looks after it
}

// permitTries is how often a permit is asked for of an order that changes meanwhile.
const permitTries = 3

// fulfilPermitted runs Fulfil. held is false if the order has changed since it
// was permitted.
func (f *Flow) fulfilPermitted(ctx context.Context, p *permit, count counting) (held bool, err error) {
	began, id := time.Now(), p.order.ID
	tried := false
	held = true
	err = f.db.inTx(ctx, func(tx *transaction) error {
		// Waits for whoever has the order: that may be a duplicate of the
		// notification, which ships nothing.
		o, err := f.load(ctx, tx, id)
		if err != nil || !o.awaitsFulfil() {
			return err
		}
		if held = p.holds(f, o); !held {
			return nil
		}
		tried = true
		if count == countedAfter {
			o.Tries++
		}
		if err := f.callFulfil(ctx, tx, o); err != nil {
			return &fulfilError{err}
		}
		o.FulfilledAt, o.LastError = f.now(), ""
		return f.move(ctx, tx, o, StateFulfilled, ActorFulfil, "fulfilled", nil)
	})
	if !tried {
		return held, err
	}
	f.metrics.Fulfilment(ctx, time.Since(began), err)
	cause := err // of the database: it may be Fulfil's fault, such as a constraint that the commit checks
	var failed *fulfilError
	if errors.As(err, &failed) {
		cause, err = failed.err, nil
	}
	note(ctx, func(w *working) {
		w.err, w.work.Outcome = cause, "fulfilled"
		if cause != nil {
			w.work.Outcome = "failed"
		}
	})
	if cause == nil {
		return true, nil
	}
	return true, errors.Join(err, f.fulfilFailed(ctx, id, count, cause))
}

// countTry counts a try that is about to begin, or parks the order. It ignores a
// job whose number of tries is outdated: another job of the order had its try.
func (f *Flow) countTry(ctx context.Context, id string, tries int) (counted bool, err error) {
	err = f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil || !o.awaitsFulfil() {
			return err
		}
		if o.Tries != tries {
			return nil
		}
		if o.Tries >= f.fulfilAttempts {
			return f.park(ctx, tx, o, notFulfilled(o))
		}
		counted = true
		o.Tries++
		o.NextAt = f.now().Add(f.fulfilLease())
		f.save(tx, o, o.State)
		return nil
	})
	return counted && err == nil, err
}

// callFulfil calls Fulfil and looks whether its transaction is still whole. It
// does not wait for a Fulfil that does not return.
func (f *Flow) callFulfil(ctx context.Context, tx *transaction, o *Order) error {
	if err := tx.lend(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithValue(ctx, insideKey{}, f.db), f.fulfilTimeout)
	defer cancel()
	over, stop := f.overdue(limited)
	defer stop()
	returned := make(chan error, 1)
	call := strconv.FormatInt(f.called.count.Add(1), 10)
	var where atomic.Pointer[string]
	look := time.AfterFunc(f.fulfilTimeout-f.lookBefore(), func() { where.Store(new(beside(call))) })
	defer look.Stop()
	f.called.begin(o.ID)
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(limited, pprof.Labels(callLabel, call)))
		err := errExited
		defer func() { // even after runtime.Goexit
			f.called.end(o.ID)
			returned <- err
		}()
		err = f.tryFulfil(limited, tx, o)
	}()
	var err error
	select {
	case err = <-returned:
		outOfTime := err != nil && errors.Is(limited.Err(), context.DeadlineExceeded)
		if at := where.Load(); outOfTime && at != nil && *at != "" {
			err = fmt.Errorf("%w: %w", besideError(*at), err)
		}
	case <-over:
		f.called.hangs(o.ID)
		tx.abandoned = true
		if at := beside(call); at != "" {
			return fmt.Errorf("%w; %w", errHangs, besideError(at))
		}
		return errHangs
	}
	lost := tx.returned(ctx)
	whole, processEnds := lost == nil, ctx.Err() != nil
	if whole || processEnds {
		return err
	}
	timeIsUp := limited.Err() != nil
	if timeIsUp && !errors.Is(lost, sql.ErrTxDone) { // undone by the end of its time
		return errors.Join(err, limited.Err())
	}
	return errors.Join(errEnded, err)
}

func (f *Flow) tryFulfil(ctx context.Context, tx *transaction, o *Order) (err error) {
	defer func() {
		if p := recover(); p != nil { // its value may be a payer's data
			f.log.ErrorContext(ctx, "orderflow: Fulfil panicked", "order_id", o.ID, "panic", fmt.Sprintf("%T", p),
				"stack", string(debug.Stack()))
			err = fmt.Errorf("orderflow: Fulfil panicked with a value of type %T; the log has its stack", p)
		}
	}()
	return f.fulfilFunc(ctx, tx.Tx, f.fulfilment(o))
}

// fulfilFailed schedules the next try, or parks the order after the last one.
func (f *Flow) fulfilFailed(ctx context.Context, id string, count counting, cause error) error {
	stopped := errors.Is(ctx.Err(), context.Canceled) // not out of time, which is a failed try
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer cancel()
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil || !o.awaitsFulfil() {
			return err
		}
		o.LastError = cause.Error()
		if count == countedAfter {
			o.Tries++
		}
		switch {
		case errors.Is(cause, errHangs) && stopped:
			return f.park(ctx, tx, o, "the process stopped, and Fulfil did not heed it")
		case errors.Is(cause, errHangs):
			return f.park(ctx, tx, o, fmt.Sprintf("Fulfil did not return within %s", f.fulfilTimeout))
		case errors.Is(cause, errEnded):
			return f.park(ctx, tx, o, notFulfilled(o))
		case stopped: // by the end of the process, not by itself
			o.Tries--
			o.NextAt = f.now()
		case o.Tries >= f.fulfilAttempts:
			return f.park(ctx, tx, o, notFulfilled(o))
		default:
			o.NextAt = f.now().Add(fulfilBackoff(o.Tries))
		}
		f.log.WarnContext(ctx, "orderflow: Fulfil failed", "order_id", id, "attempt", o.Tries, "next_at", o.NextAt,
			"error", cause)
		f.save(tx, o, o.State)
		return nil
	})
}

// fulfilBackoff is the pause after the n-th failure: 2 seconds, doubling, at most an hour.
func fulfilBackoff(n int) time.Duration {
	return min(time.Second<<min(n, 20), time.Hour)
}

// notFulfilled says why an order is parked whose tries are used up.
func notFulfilled(o *Order) string { return fmt.Sprintf("not fulfilled after %d tries", o.Tries) }

// park leaves an order that is paid to a person.
func (f *Flow) park(ctx context.Context, tx *transaction, o *Order, why string) error {
	o.ParkedAt, o.NextAt, o.UpdatedAt = f.now(), time.Time{}, f.now()
	f.save(tx, o, o.State)
	if err := f.raise(ctx, tx, Alarm{Kind: AlarmParked, OrderID: o.ID, Reason: why}, nil); err != nil {
		return err
	}
	if o.LastError != "" && o.LastError != why {
		why += ": " + o.LastError
	}
	f.remember(tx, o.ID, o.State, o.State, ActorFulfil, why, nil)
	return nil
}

// Retry starts the fulfilment of a parked order again, with all its tries.
func (f *Flow) Retry(ctx context.Context, id string) (*Order, error) {
	return f.decide(ctx, id, func(tx *transaction, o *Order) error {
		rejected := func(reason string) error {
			return &TransitionError{ID: o.ID, From: o.State, To: StatePaid, Reason: reason}
		}
		switch {
		case o.ParkedAt.IsZero():
			return rejected("it is not parked")
		case f.called.hung(o.ID):
			return rejected("its last Fulfil has not returned yet")
		case f.mayBeCancelling(o):
			return rejected(cancelledAt(o) + "; try again an hour after that")
		}
		o.ParkedAt, o.Tries, o.NextAt, o.UpdatedAt = time.Time{}, 0, f.now().Add(f.fulfilLease()), f.now()
		f.save(tx, o, o.State)
		f.remember(tx, o.ID, o.State, o.State, ActorMerchant, "fulfilment to be tried again", nil)
		return f.enqueueFor(ctx, tx, o)
	})
}

// cancelledAt says why an order is not fulfilled yet.
func cancelledAt(o *Order) string {
	return "the cancel of " + o.cancelSentAt.Format(time.RFC3339) + " may still give the money back"
}

// AcceptLate fulfils an order that was paid after it was closed. If a cancel of it
// was sent, look at the wallet's portal first: some wallets give back with a cancel
// what was paid, and not all of them say so in an inquiry. Of a reservation, look at
// Order.Captured and at the alarm: where the wallet names no captures, the whole counts as
// charged.
func (f *Flow) AcceptLate(ctx context.Context, id string) (*Order, error) {
	return f.decide(ctx, id, func(tx *transaction, o *Order) error {
		rejected := func(reason string) error {
			return &TransitionError{ID: o.ID, From: o.State, To: StatePaid, Reason: reason}
		}
		paidLate := o.State.Closed() && !o.LateAt.IsZero()
		switch {
		case !paidLate:
			return rejected("it was not paid late")
		case f.mayBeCancelling(o):
			return rejected(cancelledAt(o) + "; accept it an hour after that")
		case o.charged().Value == 0:
			return rejected("nothing of it was charged")
		}
		return f.move(ctx, tx, o, StatePaid, ActorMerchant, "late payment accepted", nil)
	})
}

// decide carries out the merchant's decision about an order.
func (f *Flow) decide(ctx context.Context, id string, fn func(*transaction, *Order) error) (*Order, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	var o *Order
	err := f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, id); err != nil {
			return err
		}
		return fn(tx, o)
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}
