package orderflow

import (
	"context"
	"errors"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

const (
	// freshFor is how long after a payment, and after it was accepted, an order
	// is fulfilled without asking the wallet whether the money is still there.
	freshFor = time.Minute
	// askTime is how long that question may take.
	askTime = 15 * time.Second
	// unconfirmedAfter is how long a payment may go without the wallet's confirmation before a person is told.
	unconfirmedAfter = time.Hour
)

// fresh reports whether the wallet's word that an order is paid is recent. The
// wallet can give money back at any time, and does not say so by itself.
func (f *Flow) fresh(o *Order) bool {
	left := o.freshUntil.Sub(f.now())
	return !f.predates(o) && left > 0 && left <= freshFor
}

// freshFrom is until when an order is fresh that the wallet says was paid at
// that time: zero for never, as where the wallet does not say when.
func (f *Flow) freshFrom(paidAt time.Time) time.Time {
	now := f.now()
	if paidAt.IsZero() || now.Sub(paidAt).Abs() >= freshFor {
		return time.Time{}
	}
	return now.Add(freshFor)
}

// doubt ends the freshness of a paid order about which the wallet has said
// something else: it is asked before the order is fulfilled.
func (f *Flow) doubt(tx *transaction, o *Order) {
	if o.State != StatePaid {
		return
	}
	o.freshUntil, o.UpdatedAt = time.Time{}, f.now()
	f.save(tx, o, o.State)
}

// permit lets one order be fulfilled, as it was when the permit was given.
type permit struct {
	order *Order
	asked bool // the wallet was, and confirmed the payment
	at    time.Time
}

// holds reports whether the order is still as it was permitted.
func (p *permit) holds(f *Flow, o *Order) bool {
	if !o.UpdatedAt.Equal(p.order.UpdatedAt) {
		return false
	}
	justAsked := p.asked && f.now().Sub(p.at).Abs() < freshFor
	return justAsked || f.fresh(o)
}

// permitFor finds out whether an order is to be fulfilled now; nil if not. It
// asks after a restore whether it was fulfilled before, and the wallet about one
// that was paid a while ago.
func (f *Flow) permitFor(ctx context.Context, id string) (*permit, error) {
	o, err := f.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !o.awaitsFulfil() {
		return nil, nil //nolint:nilnil // what makes it due again makes a job of its own
	}
	if f.mayBeCancelling(o) {
		return nil, f.waitForCancel(ctx, id)
	}
	if o.charged().Value == 0 {
		return nil, f.parkUncharged(ctx, id)
	}
	if open, err := f.checkRestored(ctx, o); err != nil || !open { // may take its time
		return nil, err
	}
	p := &permit{order: o, asked: !f.fresh(o), at: f.now()}
	if p.asked {
		if confirmed, err := f.confirm(ctx, o); err != nil || !confirmed {
			return nil, err
		}
	}
	return p, nil
}

// parkUncharged leaves an order to a person of which nothing was charged.
func (f *Flow) parkUncharged(ctx context.Context, id string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil || !o.awaitsFulfil() || o.charged().Value > 0 {
			return err
		}
		return f.park(ctx, tx, o, "nothing of it was charged")
	})
}

// waitForCancel puts a fulfilment off until no cancel can give the money back anymore.
func (f *Flow) waitForCancel(ctx context.Context, id string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil || !o.awaitsFulfil() || !f.mayBeCancelling(o) {
			return err
		}
		o.LastError = "not fulfilled while a cancel may give the money back"
		o.Tries = max(0, o.Tries-1) // none was begun
		o.NextAt = o.cancelSentAt.Add(cancelDoubt)
		o.freshUntil = time.Time{}
		f.save(tx, o, o.State)
		return nil
	})
}

// confirm asks the wallet, before an order is fulfilled that was paid a while
// ago, whether it still is. It returns false if the order is not to be
// fulfilled now.
func (f *Flow) confirm(ctx context.Context, o *Order) (bool, error) {
	asking, stop := context.WithTimeout(ctx, askTime)
	answer, callErr := f.clientFor(o).QueryOrder(asking, o.ref())
	stop()
	recording, stop := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer stop()
	confirmed := false
	err := f.db.inTx(recording, func(tx *transaction) error {
		o, err := f.load(recording, tx, o.ID)
		if err != nil || !o.awaitsFulfil() {
			return err
		}
		confirmed, err = f.confirmedBy(recording, tx, o, answer, callErr)
		return err
	})
	return confirmed && err == nil, err
}

// confirmedBy records what the wallet says about an order that is paid.
func (f *Flow) confirmedBy(
	ctx context.Context, tx *transaction, o *Order, answer *tradepay.Order, callErr error,
) (bool, error) {
	if callErr != nil {
		return false, f.unconfirmed(ctx, tx, o, callErr)
	}
	v := verdictOf(answer, ActorReconcile, "inquiry before fulfilment")
	if alarm := contradiction(o, v); alarm != nil {
		if err := f.raise(ctx, tx, *alarm, v.raw); err != nil {
			return false, err
		}
		return false, f.park(ctx, tx, o, alarm.Reason)
	}
	if !v.paysFor(o) {
		return false, f.unconfirmed(ctx, tx, o, errors.New("the wallet says "+string(v.status)))
	}
	if f.predates(o) && len(v.transactions) == 0 {
		released, err := f.releasedSince(ctx, o)
		if err != nil || !released {
			return false, errors.Join(err, f.park(ctx, tx, o, notToldGivenBack))
		}
	}
	if v.returnedOf(o).likely > o.Refunded.Value {
		err := f.givenBack(ctx, tx, o, v)
		if err != nil || !o.awaitsFulfil() {
			return false, err
		}
		return false, f.unconfirmed(ctx, tx, o, errors.New(o.LastError)) // the wallet is still giving it back
	}
	return true, nil
}

// notToldGivenBack is why an order from before a restore is parked whose refunds the restore
// may have lost, at a wallet that names none.
const notToldGivenBack = "the wallet does not say whether it has given money back since the backup; " +
	"look, then call Retry"

// paysFor reports whether the wallet says that an order is paid. A wallet may call a
// payment authorized of which all that was wanted is captured.
func (v *verdict) paysFor(o *Order) bool {
	sum, named := v.captured(o)
	captured := o.Request.Authorize && named && sum >= o.Captured.Value
	return v.status == tradepay.StatusSuccess || v.status == tradepay.StatusAuthorized && captured
}

// unconfirmed puts a fulfilment off until the wallet says that the money is there.
func (f *Flow) unconfirmed(ctx context.Context, tx *transaction, o *Order, cause error) error {
	o.LastError = "not fulfilled before the wallet confirms the payment: " + cause.Error()
	o.Tries = max(0, o.Tries-1) // none was begun
	waited := f.now().Sub(o.UpdatedAt)
	o.NextAt = f.now().Add(clamp(waited/2, f.inquiries.First, time.Hour))
	f.save(tx, o, o.State)
	if waited < unconfirmedAfter {
		return nil
	}
	return f.raise(ctx, tx, Alarm{Kind: AlarmUnconfirmed, OrderID: o.ID,
		Reason: "paid, and for over an hour not confirmed by the wallet; it is not fulfilled before it is"}, nil)
}
