package orderflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// Every order that has not come to its end has a next_at in its row. That row,
// not a job, is what is never forgotten: a job only carries the work to a
// machine that has time, and may be lost with it.

// firstLook is when an order that has just reached its state is looked at.
func (f *Flow) firstLook(o *Order) time.Time {
	now := f.now()
	switch {
	case o.State.Open():
		return f.nextInquiry(o, now)
	case o.awaitsFulfil():
		return now.Add(f.fulfilLease()) // its job is under way already
	case o.State == StateAuthorized:
		return f.nextReservedLook(o, now)
	case o.State == StateRefunding || o.State == StateSettling:
		return now.Add(f.inquiries.First)
	case o.State.Closed() && o.LateAt.IsZero():
		return now.Add(f.inquiries.LastLook)
	}
	return time.Time{}
}

// longestLastLook is the longest interval between looks at a closed order that has no answer that fits.
const longestLastLook = 7 * 24 * time.Hour

// fulfilLease is how long a fulfilment may be under way before it is taken for lost.
func (f *Flow) fulfilLease() time.Duration { return f.fulfilTimeout + 5*time.Second }

// nextInquiry waits as long again as the order has waited already, so that the
// intervals double, and looks again at the expiry.
func (f *Flow) nextInquiry(o *Order, now time.Time) time.Time {
	next := f.doublingInquiry(o, now)
	certain := o.cancelSentAt.Add(cancelDoubt) // the word of the wallet stands from then on
	if o.WalletStatus == tradepay.StatusSuccess && now.Before(certain) && certain.Before(next) {
		return certain
	}
	return next
}

func (f *Flow) doublingInquiry(o *Order, now time.Time) time.Time {
	if !now.Before(o.ExpiresAt) {
		return now.Add(clamp(now.Sub(o.ExpiresAt), f.inquiries.First, time.Hour))
	}
	next := now.Add(clamp(now.Sub(o.CreatedAt), f.inquiries.First, f.inquiries.Longest))
	if next.After(o.ExpiresAt) {
		return o.ExpiresAt
	}
	return next
}

// nextMovement is when the flow asks again about a refund, capture or void. The intervals double: up
// to Inquiries.Longest, and up to an hour once an alarm has told a person that it takes long.
func (f *Flow) nextMovement(o *Order, now time.Time) time.Time {
	waited, longest := now.Sub(o.UpdatedAt), f.inquiries.Longest
	if waited > refundDoubt {
		longest = time.Hour
	}
	return now.Add(clamp(waited, f.inquiries.First, longest))
}

func clamp(d, least, most time.Duration) time.Duration { return max(least, min(d, most)) }

// sweepSize is how many orders one transaction takes up.
const sweepSize = 200

// The sorts of due orders, by the queue of their work; an index serves each.
const (
	dueFulfil = `state = 'paid'`
	dueWallet = `state <> 'paid'`
)

// sweep takes up the orders that are due, as long as the queue of their work
// is not full of them: each gets its next look, and a job. A queue that is full
// does not hold up the other. Machines that sweep at the same time pass over
// each other's.
func (f *Flow) sweep(ctx context.Context) error {
	return errors.Join(f.sweepInto(ctx, f.jobs.wallet, dueWallet), f.sweepInto(ctx, f.jobs.fulfil, dueFulfil))
}

func (f *Flow) sweepInto(ctx context.Context, queue, which string) error {
	ctx, cancel := context.WithTimeout(ctx, f.sweepTime)
	defer cancel()
	for ctx.Err() == nil {
		room, err := f.jobs.room(ctx, queue)
		if err != nil || room <= 0 {
			return err
		}
		taken := 0
		err = f.db.inTx(ctx, func(tx *transaction) error {
			due, unreadable, err := f.due(ctx, tx, which, min(room, sweepSize))
			if err != nil {
				return err
			}
			taken = len(due) + len(unreadable)
			if err := f.takeUp(ctx, tx, due); err != nil {
				return err
			}
			return f.passOver(ctx, tx, unreadable)
		})
		if err != nil {
			return err
		}
		if taken < min(room, sweepSize) {
			return nil
		}
	}
	return ctx.Err()
}

func (f *Flow) due(
	ctx context.Context, tx *transaction, which string, limit int,
) (orders, unreadable []*Order, err error) {
	query := `SELECT ` + columns + ` FROM orderflow_orders
		WHERE client = $1 AND next_at <= $2 AND ` + which + ` ORDER BY next_at LIMIT $3` + f.db.lockFree()
	rows, err := tx.QueryContext(ctx, query, f.name, f.now().UnixMilli(), limit)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return scanOrders(rows)
}

func (f *Flow) takeUp(ctx context.Context, tx *transaction, due []*Order) error {
	now := f.now()
	var jobs []job
	for _, o := range due {
		kind := jobReconcile
		switch {
		case o.State.Open():
			o.NextAt = f.nextInquiry(o, now)
			if !now.Before(o.ExpiresAt) {
				kind = jobExpire
			}
		case o.State == StatePaid:
			// Its job may still wait for its turn: a try is counted when it begins.
			kind = jobFulfil
			o.NextAt = now.Add(f.fulfilLease())
		case o.State == StateAuthorized:
			o.NextAt = f.nextReservedLook(o, now)
		case o.State == StateSettling:
			o.NextAt = f.nextMovement(o, now)
		case o.State == StateRefunding:
			kind = jobRefund
			o.NextAt = f.nextMovement(o, now)
		default: // closed, or to be looked at again: until it has an answer that fits
			o.NextAt = now.Add(min(time.Hour<<min(o.Tries, 10), longestLastLook))
		}
		if o.State != StatePaid {
			o.Tries++
		}
		tx.later = append(tx.later, write{
			query: `UPDATE orderflow_orders SET tries = $3, next_at = $4 WHERE client = $1 AND id = $2`,
			args:  []any{f.name, o.ID, o.Tries, o.NextAt.UnixMilli()},
		})
		jobs = append(jobs, job{kind: kind, orderID: o.ID, again: true, tries: o.Tries})
	}
	return f.jobs.enqueue(ctx, tx, jobs...)
}

// enqueueFor puts the work that a new state asks for at once into the queue.
func (f *Flow) enqueueFor(ctx context.Context, tx *transaction, o *Order) error {
	if !o.awaitsFulfil() {
		return nil
	}
	return f.jobs.enqueue(ctx, tx, job{kind: jobFulfil, orderID: o.ID})
}

// reconcile asks the wallet about an order that has no final answer.
func (f *Flow) reconcile(ctx context.Context, id string) (err error) {
	ctx, end := f.tracing.begin(ctx, WorkReconcile, id)
	err = ErrPanicked // until it returns
	defer func() { end(err) }()
	return f.lookAt(ctx, id)
}

// lookAt is reconcile without its trace.
func (f *Flow) lookAt(ctx context.Context, id string) error {
	o, err := f.Get(ctx, id)
	if err != nil {
		return known(err)
	}
	lastLook := o.State.Closed() && o.LateAt.IsZero() && !o.NextAt.IsZero()
	lookAgain := o.State.settled() && o.State != StatePaid && !o.NextAt.IsZero()
	switch {
	case o.State == StateRefunding:
		return known(f.reconcileRefund(ctx, o))
	case o.State.reserved():
		return known(f.reconcileReserved(ctx, o))
	case !o.State.Open() && !lastLook && !lookAgain:
		return nil
	case o.State.Open() && !o.CancelRequestedAt.IsZero():
		if _, err = f.cancel(ctx, o); !errors.Is(err, tradepay.ErrOutcomeUnknown) {
			return known(err)
		}
		// Unknown: it may be paid, and its notification lost.
	}
	answer, callErr := f.clientFor(o).QueryOrder(ctx, o.ref())
	payable := callErr == nil && answer.Status == tradepay.StatusProcessing
	if payable && f.mustNotBePaid(o) {
		return known(f.cancelOverdue(ctx, o))
	}
	_, err = f.record(ctx, o.ID, answer, callErr, toInquiry)
	return known(err)
}

// reconcileRefund asks the wallet about the refund that an order waits for.
func (f *Flow) reconcileRefund(ctx context.Context, o *Order) error {
	r, err := f.openRefundOf(ctx, o.ID)
	if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrNotFound) {
		return f.refundUnreadable(ctx, o.ID)
	}
	if err == nil {
		_, err = f.followRefund(ctx, o, r)
	}
	return err
}

// mustNotBePaid reports whether the time to pay has passed, or the order is closed.
func (f *Flow) mustNotBePaid(o *Order) bool {
	timeIsUp := o.CancelRequestedAt.IsZero() && !f.now().Before(o.ExpiresAt)
	return timeIsUp || o.State.Closed()
}

// cancelOverdue cancels an order that could still be paid, and must not be.
func (f *Flow) cancelOverdue(ctx context.Context, o *Order) error {
	was := o.State
	o, err := f.wantCancelled(ctx, o.ID, ActorReconcile, "the time to pay has passed")
	if err != nil {
		return err
	}
	movedOn := o.State != was && !o.State.Open()
	if movedOn {
		return nil
	}
	_, err = f.cancel(ctx, o)
	return err
}

// known drops the errors that are recorded with the order and looked after by
// its next_at: only a failing database is the job's.
func known(err error) error {
	if errors.Is(err, ErrDatabase) && !errors.Is(err, ErrUnreadable) {
		return err
	}
	return nil
}

// asked is what the wallet answers to.
type asked struct {
	actor       Actor
	why         string
	bound       bool // the answer names the order by our id
	cancelsOver int  // how many of the cancels that were counted are known to be over
	// rejected is the id of the capture or void that the wallet has rejected for good
	// before it was asked.
	rejected string
}

var (
	toInquiry = asked{actor: ActorReconcile, why: "inquiry", bound: true}
	toCancel  = asked{actor: ActorWallet, why: "answer to cancel"}
)

// record brings an order in line with the wallet's answer.
func (f *Flow) record(ctx context.Context, id string, answer *tradepay.Order, callErr error, to asked) (*Order, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer cancel()
	var o, read *Order
	err := f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, id); err != nil {
			return err
		}
		asRead := *o
		read = &asRead
		if to.cancelsOver > 0 {
			o.cancels = max(0, o.cancels-to.cancelsOver)
			f.save(tx, o, o.State)
		}
		if callErr == nil {
			return f.answered(ctx, tx, o, answer, to)
		}
		was := o.State
		o.LastError = callErr.Error()
		if errors.Is(callErr, tradepay.ErrOrderNotFound) {
			switch {
			case o.State.Open() && f.now().Sub(o.ExpiresAt) >= f.inquiries.Grace:
				why := to.why + ": the wallet never had it, and the time to pay has passed"
				return f.move(ctx, tx, o, f.leftUnpaid(o), to.actor, why, nil)
			case o.State.reserved():
				if err := f.raise(ctx, tx, Alarm{Kind: AlarmContradiction, OrderID: o.ID, about: "reserved, not found",
					Reason: to.why + ": the wallet does not know what it had reserved"}, nil); err != nil {
					return err
				}
			case o.State.Closed():
				o.NextAt = time.Time{}
				if err := f.unexplained(ctx, tx, o, "not found", nil); err != nil {
					return err
				}
			}
		}
		f.save(tx, o, was)
		return nil
	})
	if !isKept(err) {
		return read, errors.Join(undecided(callErr), err)
	}
	return o, errors.Join(callErr, err)
}

func (f *Flow) answered(ctx context.Context, tx *transaction, o *Order, answer *tradepay.Order, to asked) error {
	was, before := o.State, *o
	v := verdictOf(answer, to.actor, to.why)
	v.bound, v.rejected = to.bound, to.rejected
	err := f.settle(ctx, tx, o, v)
	lookedAgain := was.settled() && was != StatePaid && was != StateRefunding && o.State == was
	if lookedAgain && answer.Status.Final() {
		o.NextAt = time.Time{} // a person was told of what contradicts it
		f.save(tx, o, was)
	}
	if err != nil {
		return err
	}
	stayedClosed := was.Closed() && o.State.Closed()
	if !stayedClosed || !answer.Status.Final() {
		return nil
	}
	paid, r := answer.Status == tradepay.StatusSuccess, v.returned()
	switch {
	case paid && r.certain < r.likely: // how that ends is looked at
		return nil
	case paid && o.LateAt.IsZero() && f.mayBeCancelling(o): // likewise
		return nil
	case !paid:
		if err := f.unexplained(ctx, tx, &before, string(answer.Status), answer.Raw); err != nil {
			return err
		}
	}
	o.NextAt = time.Time{} // that was the last look
	f.save(tx, o, was)
	return nil
}

// unexplained tells a person of a closed order that the wallet called paid, and
// now calls something else, without saying that the money went back.
func (f *Flow) unexplained(ctx context.Context, tx *transaction, o *Order, now string, raw []byte) error {
	if o.WalletStatus != tradepay.StatusSuccess || !o.LateAt.IsZero() {
		return nil
	}
	return f.raise(ctx, tx, Alarm{Kind: AlarmContradiction, OrderID: o.ID, about: "paid, and closed",
		Reason: "the wallet called it paid after it was closed, and now says: " + now +
			"; look at the wallet whether the money went back"}, raw)
}
