package orderflow

import (
	"context"
	"errors"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

const (
	// freshFor is how long after a payment, and after it was taken in, an order
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
	now := f.now()
	return now.Sub(o.PaidAt).Abs() < freshFor && now.Sub(o.UpdatedAt).Abs() < freshFor
}

// confirm asks the wallet, before an order is fulfilled that was paid a while
// ago, whether it still is. It returns false if the order is not to be
// fulfilled now.
func (f *Flow) confirm(ctx context.Context, id string) (bool, error) {
	o, err := f.Get(ctx, id)
	if err != nil {
		return false, err
	}
	if o.State != StatePaid || !o.ParkedAt.IsZero() || f.fresh(o) {
		return true, nil // what is not to be fulfilled is found out under its lock
	}
	asking, stop := context.WithTimeout(ctx, askTime)
	answer, callErr := f.clientFor(o).QueryOrder(asking, o.ref())
	stop()
	recording, stop := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer stop()
	confirmed := false
	err = f.db.inTx(recording, func(tx *transaction) error {
		o, err := f.load(recording, tx, id)
		if err != nil || o.State != StatePaid || !o.ParkedAt.IsZero() {
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
	if v.status != tradepay.StatusSuccess {
		return false, f.unconfirmed(ctx, tx, o, errors.New("the wallet says "+string(v.status)))
	}
	if v.returned().likely > o.Refunded.Value {
		err := f.givenBack(ctx, tx, o, v)
		if err == nil && o.State == StatePaid && o.ParkedAt.IsZero() { // in process
			err = f.unconfirmed(ctx, tx, o, errors.New(o.LastError))
		}
		return false, err
	}
	return true, nil
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
