package orderflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// A reservation ends in one of two ways: something of it was charged, and the order is
// paid, or nothing was, and it is closed. Only an inquiry by the order's id, and the
// wallet's answer to a capture or a void, say so. A notification does not: it tells the
// amount that was reserved, and not what was captured of it.

// nextReservedLook is when a reservation is looked at next: now and then, before it ends, at
// its end, and then again and again until the wallet has ended it.
func (f *Flow) nextReservedLook(o *Order, now time.Time) time.Time {
	if o.reservedPast(now) {
		return now.Add(clamp(now.Sub(o.AuthorizedUntil), f.inquiries.First, time.Hour))
	}
	next := now.Add(f.inquiries.Reserved)
	if o.AuthorizedUntil.IsZero() {
		return next
	}
	for _, at := range []time.Time{o.AuthorizedUntil.Add(-f.reservedNotice), o.AuthorizedUntil} {
		if at.After(now) && at.Before(next) {
			next = at
		}
	}
	return next
}

// reservedPast reports whether the wallet was to end the reservation by itself.
func (o *Order) reservedPast(now time.Time) bool {
	return !o.AuthorizedUntil.IsZero() && !now.Before(o.AuthorizedUntil)
}

// settleReserved brings an order that asked for a reservation in line with the wallet's
// word. done is false where that is what it is for any other order.
func (f *Flow) settleReserved(ctx context.Context, tx *transaction, o *Order, v verdict) (done bool, err error) {
	reservedOrPaid := v.status == tradepay.StatusAuthorized || v.status == tradepay.StatusSuccess
	switch {
	case o.State.settled():
		return false, nil
	case !v.bound && (reservedOrPaid || o.State.reserved()):
		f.askFirst(tx, o, v)
		return true, nil
	case o.State.reserved():
		return true, f.settleReservation(ctx, tx, o, v)
	case v.status == tradepay.StatusAuthorized:
		return true, f.reserve(ctx, tx, o, v)
	case v.status != tradepay.StatusSuccess:
		return false, nil
	case v.capturesNothing(o): // yet, and it will say more
		return true, f.reserve(ctx, tx, o, v)
	}
	o.Captured = tradepay.Amount{Currency: o.Amount.Currency, Value: v.chargedFor(o)}
	if o.State.Closed() || f.mayBeCancelling(o) || v.returnedMore(o) {
		return false, nil
	}
	return true, f.endCharged(ctx, tx, o, v, 0)
}

// askFirst has the wallet asked about a message that is not enough: it does not name the
// order, or not what was captured.
func (f *Flow) askFirst(tx *transaction, o *Order, v verdict) {
	decided := o.State.Closed() && !o.LateAt.IsZero()
	if !decided {
		o.NextAt = f.now()
	}
	f.save(tx, o, o.State)
	f.remember(tx, o.ID, o.State, o.State, v.actor, v.why+": "+string(v.status)+"; the wallet is asked", v.raw)
}

// reserve records that the amount is reserved. If nobody wants that anymore, it is voided.
func (f *Flow) reserve(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	was := o.State
	if !o.LateAt.IsZero() { // it was paid late
		f.save(tx, o, was)
		return nil
	}
	unwanted := !o.CancelRequestedAt.IsZero() || was.Closed() && f.latePolicy == LateRefund
	if was.Closed() {
		reason := fmt.Sprintf("%s: reserved although the order is %s", v.why, was)
		alarm := Alarm{Kind: AlarmLate, OrderID: o.ID, about: "reserved", Reason: reason}
		if err := f.raise(ctx, tx, alarm, v.raw); err != nil {
			return err
		}
	}
	o.FailReason, o.LastError = "", ""
	if err := f.move(ctx, tx, o, StateAuthorized, v.actor, v.why+": "+string(v.status), v.raw); err != nil {
		return err
	}
	if unwanted {
		return f.openVoid(ctx, tx, o, v.actor)
	}
	return f.stillReserved(ctx, tx, o, nil, v)
}

// settleReservation holds a reservation, and the capture or void that is under way,
// against the wallet's answer to an inquiry.
func (f *Flow) settleReservation(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	c, err := f.underWay(ctx, tx, o)
	if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrNotFound) {
		return f.captureUnreadable(ctx, tx, o)
	}
	if err != nil {
		return err
	}
	if sum, named := v.captured(o); named && f.isAbout(o, c, &v) {
		a := &captureAnswer{by: v.actor, raw: v.raw, walletID: v.captureID(c)}
		if f.predates(o) {
			a.total = sum
		}
		if err := f.captured(ctx, tx, o, c, a); err != nil {
			return err
		}
		c = nil
	}
	switch {
	case o.State == StatePaid:
		return f.heldAgainst(ctx, tx, o, v)
	case v.status == tradepay.StatusSuccess:
		return f.chargedThere(ctx, tx, o, c, v)
	case v.status == tradepay.StatusFailed || v.status == tradepay.StatusCancelled:
		return f.releasedThere(ctx, tx, o, c, v)
	}
	return f.stillReserved(ctx, tx, o, c, v)
}

// heldAgainst holds an order that a capture has just made paid against the rest of the same
// message: the wallet may have given the money back since.
func (f *Flow) heldAgainst(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	switch {
	case v.returnedOf(o).likely > o.Refunded.Value:
		return f.givenBack(ctx, tx, o, v)
	case v.status == tradepay.StatusFailed || v.status == tradepay.StatusCancelled:
		return f.doubtCharge(ctx, tx, o, v, "the wallet calls the payment "+string(v.status))
	}
	return nil
}

// isAbout reports whether the wallet has captured what the capture under way is over: it
// names the capture, or the sum tells. A restore may have lost other captures, which leaves
// the sum without a meaning.
func (f *Flow) isAbout(o *Order, c *Capture, v *verdict) bool {
	if c == nil || c.void() {
		return false
	}
	sum, _ := v.captured(o)
	return v.captures(o, c) || !f.predates(o) && sum == o.Captured.Value+c.Amount.Value
}

// stillReserved handles that the wallet keeps the amount, or what is left of it.
func (f *Flow) stillReserved(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	noted := o.Captured.Value
	sum, named := v.captured(o)
	if named && sum > noted {
		if err := f.capturedElsewhere(ctx, tx, o, c, v, sum); err != nil {
			return err
		}
	}
	// Where the wallet names no captures, an earlier call may have come through.
	failed := c != nil && v.rejected == c.ID && (named || c.void() || c.sends <= 1)
	switch {
	case failed:
		return f.captureFailed(ctx, tx, o, c, &captureAnswer{by: v.actor, raw: v.raw, reason: "rejected by the wallet"})
	case c != nil:
	case o.Captured.Value >= o.Amount.Value:
		return f.endCharged(ctx, tx, o, v, noted)
	default:
		o.NextAt = f.nextReservedLook(o, f.now())
	}
	f.save(tx, o, o.State)
	return nil
}

// capturedElsewhere handles that more was captured than the flow has asked for: by hand,
// or before a restore. While a capture is under way, nobody knows whether that is in it.
func (f *Flow) capturedElsewhere(
	ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict, sum int64,
) error {
	why := fmt.Sprintf("%s: the wallet has captured %s, the order notes %s", v.why,
		tradepay.Amount{Currency: o.Amount.Currency, Value: sum}, o.charged())
	if !f.predates(o) {
		alarm := Alarm{Kind: AlarmContradiction, OrderID: o.ID, about: fmt.Sprint("captured ", sum), Reason: why}
		if err := f.raise(ctx, tx, alarm, v.raw); err != nil {
			return err
		}
	}
	if c != nil {
		return nil
	}
	o.Captured = tradepay.Amount{Currency: o.Amount.Currency, Value: sum}
	f.remember(tx, o.ID, o.State, o.State, v.actor, why, v.raw)
	return nil
}

// releasedThere handles that the wallet has ended a reservation of which nothing was
// charged.
func (f *Flow) releasedThere(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	if sum, _ := v.captured(o); sum > 0 || o.Captured.Value > 0 {
		reason := fmt.Sprintf("%s: %s, although %s of it was captured", v.why, v.status, o.charged())
		alarm := Alarm{Kind: AlarmContradiction, OrderID: o.ID, about: "released", Reason: reason}
		return f.alarm(ctx, tx, alarm, v.raw)
	}
	if err := f.endCapture(ctx, tx, o, c, v); err != nil {
		return err
	}
	o.FailReason, o.LastError = v.failReason, ""
	to := f.leftUncaptured(o)
	if v.status == tradepay.StatusFailed {
		to = StateFailed
	}
	return f.move(ctx, tx, o, to, v.actor, v.why+": "+string(v.status)+", nothing was captured", v.raw)
}

// leftUncaptured is what an order becomes whose reservation ends without a charge.
func (f *Flow) leftUncaptured(o *Order) State {
	if o.CancelRequestedAt.IsZero() && o.reservedPast(f.now()) {
		return StateExpired
	}
	return StateCancelled
}

// chargedThere handles that the wallet calls a reservation paid. Some do so as soon as
// a part is captured: the rest may still be reserved.
func (f *Flow) chargedThere(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	sum, named := v.captured(o)
	rejected := c != nil && v.rejected == c.ID
	over := rejected || o.reservedPast(f.now()) || v.releasedRest() || sum >= o.Amount.Value
	untold := c != nil && !c.void() && !named
	switch {
	case v.capturesNothing(o): // it will say more
		f.save(tx, o, o.State)
		return nil
	case untold:
		return f.chargedUntold(ctx, tx, o, c, v)
	case c != nil && !over: // it is sent again
		return f.stillReserved(ctx, tx, o, c, v)
	case c == nil && !over && o.Captured.Value > 0 && !f.predates(o):
		return f.stillReserved(ctx, tx, o, nil, v)
	}
	noted := o.Captured.Value
	if err := f.endCapture(ctx, tx, o, c, v); err != nil {
		return err
	}
	o.Captured = tradepay.Amount{Currency: o.Amount.Currency, Value: max(noted, v.chargedFor(o))}
	return f.endCharged(ctx, tx, o, v, noted)
}

// chargedUntold handles that the wallet calls paid what a capture is under way of, and
// names no captures. If it rejects the capture, an earlier call may have come through. If the
// capture is the first and over the whole, the whole is charged. Otherwise a person looks:
// what was charged may be a part.
func (f *Flow) chargedUntold(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	if v.rejected != c.ID {
		f.save(tx, o, o.State)
		return nil
	}
	noted := o.Captured.Value
	if noted > 0 {
		return f.chargedBefore(ctx, tx, o, c, v)
	}
	last := *c
	last.kind = kindLast // the wallet takes no more
	if err := f.captured(ctx, tx, o, &last, &captureAnswer{by: v.actor, raw: v.raw}); err != nil {
		return err
	}
	whole := c.Amount == o.Amount && !f.predates(o) // a restore may have lost an earlier part
	if whole {
		return f.heldAgainst(ctx, tx, o, v)
	}
	return f.doubtCharge(ctx, tx, o, v, "the wallet does not say what it has captured")
}

// chargedBefore ends a reservation of which earlier parts were captured, and nobody knows
// whether the last one was: the order notes what is known, and a person looks.
func (f *Flow) chargedBefore(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	noted := o.Captured.Value
	if err := f.endCapture(ctx, tx, o, c, v); err != nil {
		return err
	}
	if err := f.endCharged(ctx, tx, o, v, noted); err != nil || o.State != StatePaid || !o.ParkedAt.IsZero() {
		return err
	}
	return f.doubtCharge(ctx, tx, o, v, "the wallet does not say whether that is all: it rejected "+c.named())
}

// chargedFor is what was charged for an order that the wallet calls paid: what it names
// as captured, or what is known to be, or all.
func (v *verdict) chargedFor(o *Order) int64 {
	sum, named := v.captured(o)
	switch {
	case named:
		return sum
	case o.Captured.Value > 0:
		return o.Captured.Value
	}
	return o.Amount.Value
}

// lateSum tells a person how much of a reservation was charged that nobody here has
// captured.
func (v *verdict) lateSum(o *Order) string {
	_, named := v.captured(o)
	switch {
	case !o.Request.Authorize:
		return ""
	case named:
		return fmt.Sprintf("; it was to be reserved, and %s of %s was captured", o.charged(), o.Amount)
	}
	return fmt.Sprintf("; it was to be reserved, and the wallet does not say what was captured: "+
		"look at the wallet before you accept the payment, which then counts as %s", o.charged())
}

// endCharged makes an order paid whose reservation has ended. noted is how much of it
// the flow has had captured: if it is not that, a person looks.
func (f *Flow) endCharged(ctx context.Context, tx *transaction, o *Order, v verdict, noted int64) error {
	o.FailReason, o.LastError = "", ""
	o.PaidAt, o.freshUntil = f.now(), f.freshFrom(v.paidAt)
	why := fmt.Sprintf("%s: %s, %s was captured", v.why, v.status, o.charged())
	if err := f.move(ctx, tx, o, StatePaid, v.actor, why, v.raw); err != nil {
		return err
	}
	if v.returnedOf(o).likely > o.Refunded.Value {
		return f.givenBack(ctx, tx, o, v)
	}
	_, named := v.captured(o)
	asNoted := o.Captured.Value > 0 && o.Captured.Value <= noted && !f.predates(o)
	foundAgain := f.predates(o) && named // the restore has lost it here, and the wallet names it
	allNoted := noted >= o.Amount.Value
	if asNoted || foundAgain || allNoted {
		return nil
	}
	return f.doubtCharge(ctx, tx, o, v, "nobody here has captured just that")
}

// doubtCharge leaves an order to a person that was charged otherwise than was asked for.
func (f *Flow) doubtCharge(ctx context.Context, tx *transaction, o *Order, v verdict, doubt string) error {
	why := fmt.Sprintf("%s: charged %s, and %s", v.why, o.charged(), doubt)
	alarm := Alarm{Kind: AlarmContradiction, OrderID: o.ID, about: "charged", Reason: why}
	if err := f.raise(ctx, tx, alarm, v.raw); err != nil {
		return err
	}
	return f.park(ctx, tx, o, why)
}

// reconcileReserved asks about a reservation, and goes on with what is under way.
func (f *Flow) reconcileReserved(ctx context.Context, o *Order) error {
	if err := f.warnReserved(ctx, o.ID); err != nil {
		return err
	}
	if o.State == StateAuthorized {
		_, err := f.ask(ctx, o)
		return err
	}
	c, err := f.openCaptureOf(ctx, o.ID)
	switch {
	case errors.Is(err, ErrUnreadable) || errors.Is(err, ErrNotFound):
		return f.db.inTx(ctx, func(tx *transaction) error {
			o, err := f.load(ctx, tx, o.ID)
			if err != nil || o.State != StateSettling {
				return known(err)
			}
			if _, err := f.underWay(ctx, tx, o); err == nil { // another one, meanwhile
				return nil
			}
			return f.captureUnreadable(ctx, tx, o)
		})
	case err != nil:
		return err
	}
	_, err = f.followCapture(ctx, o, c)
	return err
}

// warnReserved tells a person of a reservation that is about to end, or has not ended in
// time, and of a capture or void that has no answer for long.
func (f *Flow) warnReserved(ctx context.Context, id string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil {
			return err
		}
		now := f.now()
		untold := o.AuthorizedUntil.IsZero() && now.Sub(o.UpdatedAt) >= f.reservedNotice
		soon := !o.AuthorizedUntil.IsZero() && !now.Before(o.AuthorizedUntil.Add(-f.reservedNotice))
		overdue := o.reservedPast(now.Add(-reservedDoubt))
		warn := func(kind AlarmKind, about, reason string, every time.Duration) error {
			return f.raiseAtMost(ctx, tx, Alarm{Kind: kind, OrderID: id, about: about, Reason: reason}, every)
		}
		switch {
		case !o.State.reserved():
			return nil
		case o.State == StateSettling && now.Sub(o.UpdatedAt) > refundDoubt:
			return warn(AlarmCapture, "unanswered", "a capture or void has had no final answer for over an hour",
				time.Hour)
		case overdue:
			return warn(AlarmReserved, "overdue", "its time is over, and the wallet has not ended the reservation",
				day)
		case soon:
			return warn(AlarmReserved, "soon", "the reservation ends at "+o.AuthorizedUntil.Format(time.RFC3339)+
				": capture or void it", day)
		case untold:
			return warn(AlarmReserved, "untold", "reserved, and the wallet does not say until when: capture or void it",
				7*day)
		}
		return nil
	})
}

// day is how often a person is told of the same reservation.
const day = 24 * time.Hour

// reservedDoubt is how long after its time a wallet may take to end a reservation.
const reservedDoubt = time.Hour
