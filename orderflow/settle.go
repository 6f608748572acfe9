package orderflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// verdict is what the wallet said about a payment, in a verified message.
type verdict struct {
	actor      Actor
	why        string
	status     tradepay.PaymentStatus
	id         string
	paymentID  string
	amount     tradepay.Amount
	paidAt     time.Time
	failReason string
	raw        json.RawMessage
	bound      bool // the message itself names the order by our id
	// transactions are the movements of the payment, where the message has them.
	transactions []tradepay.Transaction
	// reservedUntil is when the wallet releases what it reserves, where it says so.
	reservedUntil time.Time
	// rejected is the id of the capture or void that the wallet has rejected, before it
	// was asked what became of the payment.
	rejected string

	url, tradeNo, orderCode string
}

// verdictOf is what an answer of the wallet says.
func verdictOf(answer *tradepay.Order, actor Actor, why string) verdict {
	return verdict{
		actor: actor, why: why, status: answer.Status, id: answer.PaymentRequestID, paymentID: answer.PaymentID,
		amount: answer.Amount, paidAt: answer.PaidAt, failReason: answer.FailReason, raw: answer.Raw,
		transactions: answer.Transactions, reservedUntil: answer.AuthorizedUntil,
		url: answer.PaymentURL, tradeNo: answer.TradeNo, orderCode: answer.OrderCode,
	}
}

// content digests what the wallet said, but for when it was paid: a wallet may
// say that otherwise the next time, or not at all.
func (v *verdict) content() string {
	return digestOf([]byte(v.status), []byte(v.id), []byte(v.paymentID), []byte(v.amount.String()),
		[]byte(v.failReason), []byte(v.url), []byte(v.tradeNo), []byte(v.orderCode))
}

// firstContent is content as the first version digested it.
func (v *verdict) firstContent() string {
	return digestOf([]byte(v.status), []byte(v.id), []byte(v.paymentID), []byte(v.amount.String()),
		fmt.Append(nil, v.paidAt.UnixMilli()),
		[]byte(v.failReason), []byte(v.url), []byte(v.tradeNo), []byte(v.orderCode))
}

// settle brings an order, locked by tx, in line with the wallet's word. What
// contradicts the order is raised as an alarm, changes nothing, and ends in
// [ErrEvidence].
func (f *Flow) settle(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	was, before := o.State, *o
	if v.namesAnotherPayment(o) {
		if err := f.replacePayment(ctx, tx, o, v); err != nil {
			return err
		}
	}
	if alarm := contradiction(o, v); alarm != nil {
		f.doubt(tx, o)
		return f.alarm(ctx, tx, *alarm, v.raw)
	}
	o.learn(v)
	if o.Request.Authorize {
		if done, err := f.settleReserved(ctx, tx, o, v); done || err != nil {
			return err
		}
	}
	if v.status == tradepay.StatusSuccess {
		switch {
		case v.returnedMore(o):
			return f.moneyBack(ctx, tx, o, v)
		case was.Closed() && f.asksBeforeLateRefund(o, v):
			return f.paidBeforeCancel(tx, o, v)
		case was.Closed():
			return f.late(ctx, tx, o, v)
		case was.Open() && f.mayBeCancelling(o):
			return f.paidMeanwhile(tx, o, v, before.WalletStatus)
		}
	}
	if to := f.target(o, v); to != was {
		return f.follow(ctx, tx, o, v, to, before.WalletStatus)
	}
	if o.sameWords(&before) {
		return nil
	}
	o.UpdatedAt = f.now()
	f.save(tx, o, was)
	f.remember(tx, o.ID, was, was, v.actor, v.why+": "+string(v.status), v.raw)
	return nil
}

// namesAnotherPayment reports whether the message names the order by our id, and
// another payment than the answer to pay. That answer named no order, and was
// another's: an inquiry by our id knows better.
func (v *verdict) namesAnotherPayment(o *Order) bool {
	if !v.bound || !o.State.Open() || !storable(v.paymentID) {
		return false
	}
	bothKnown := o.PaymentID != "" && v.paymentID != ""
	return bothKnown && o.PaymentID != v.paymentID
}

// replacePayment gives the order the payment that is its own. What the payer was
// given pays something else: it is withdrawn.
func (f *Flow) replacePayment(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	reason := fmt.Sprintf("%s: the payment is %q, the answer to pay spoke of %q; its payment URL was withdrawn",
		v.why, v.paymentID, o.PaymentID)
	alarm := Alarm{Kind: AlarmReference, OrderID: o.ID, Reason: reason, about: v.content()}
	if err := f.raise(ctx, tx, alarm, v.raw); err != nil {
		return err
	}
	o.PaymentID, o.PaymentURL, o.TradeNo, o.OrderCode = v.paymentID, "", "", ""
	f.save(tx, o, o.State) // even if the message contradicts the order in something else
	f.remember(tx, o.ID, o.State, o.State, v.actor, reason, v.raw)
	return nil
}

// learn notes what the message says of the payment.
func (o *Order) learn(v verdict) {
	progress := []tradepay.PaymentStatus{tradepay.StatusProcessing, tradepay.StatusAuthorized, tradepay.StatusSuccess}
	overtaken := slices.Index(progress, v.status) >= 0 &&
		slices.Index(progress, v.status) < slices.Index(progress, o.WalletStatus)
	if !overtaken {
		o.WalletStatus = v.status
	}
	if o.PaymentID == "" {
		o.PaymentID = v.paymentID
	}
	if !v.reservedUntil.IsZero() {
		o.AuthorizedUntil = v.reservedUntil
	}
	if v.url != "" || v.tradeNo != "" || v.orderCode != "" {
		o.PaymentURL, o.TradeNo, o.OrderCode = v.url, v.tradeNo, v.orderCode
	}
}

// sameWords reports whether the wallet has said nothing new of the payment.
func (o *Order) sameWords(before *Order) bool {
	sameStatus := o.WalletStatus == before.WalletStatus && o.PaymentID == before.PaymentID &&
		o.AuthorizedUntil.Equal(before.AuthorizedUntil)
	sameWays := o.PaymentURL == before.PaymentURL && o.TradeNo == before.TradeNo && o.OrderCode == before.OrderCode
	return sameStatus && sameWays
}

// returnedMore reports whether the wallet has given back more than the order
// notes. While our own refund is under way, that is what it gives back.
func (v *verdict) returnedMore(o *Order) bool {
	return o.State != StateRefunding && v.returnedOf(o).likely > o.Refunded.Value
}

// moneyBack records that the wallet has given money back by itself. What was
// fulfilled already stays as it is: a person looks at it.
func (f *Flow) moneyBack(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	switch o.State {
	case StateFulfilled, StatePartlyRefunded, StateRefunded:
		return f.raiseGivenBack(ctx, tx, o, v)
	}
	return f.givenBack(ctx, tx, o, v)
}

// asksBeforeLateRefund reports whether the wallet is asked before a late payment
// is given back: a cancel may have given it back since the notification was
// written. An inquiry would know.
func (f *Flow) asksBeforeLateRefund(o *Order, v verdict) bool {
	wouldRefund := f.latePolicy == LateRefund && o.LateAt.IsZero()
	mayBeBack := o.cancels > 0 || f.predates(o)
	return wouldRefund && mayBeBack && v.actor == ActorNotification
}

// follow moves an order to the state that the wallet's word leads to. before is
// what the wallet called the payment until now.
func (f *Flow) follow(
	ctx context.Context, tx *transaction, o *Order, v verdict, to State, before tradepay.PaymentStatus,
) error {
	o.FailReason, o.LastError = v.failReason, ""
	if to == StatePaid {
		o.PaidAt, o.freshUntil = f.paidAt(v), f.freshFrom(v.paidAt)
	}
	if err := f.move(ctx, tx, o, to, v.actor, v.why+": "+string(v.status), v.raw); err != nil {
		return err
	}
	wasPaid := before == tradepay.StatusSuccess
	if !to.Closed() || !wasPaid {
		return nil
	}
	// Whether the money went back is not left for the last look.
	o.NextAt = f.now().Add(f.inquiries.Grace)
	f.save(tx, o, to)
	return nil
}

func (f *Flow) paidAt(v verdict) time.Time {
	if v.paidAt.IsZero() {
		return f.now()
	}
	return v.paidAt
}

// contradiction returns what the verdict says against the order.
func contradiction(o *Order, v verdict) *Alarm {
	alarm := func(kind AlarmKind, format string, args ...any) *Alarm {
		reason := v.why + ": "
		if v.status != "" {
			reason += string(v.status) + ", "
		}
		reason += fmt.Sprintf(format, args...)
		return &Alarm{Kind: kind, OrderID: o.ID, Reason: reason, about: v.content()}
	}
	holdable := storable(v.paymentID) && storable(v.url) && storable(v.tradeNo) && storable(v.orderCode)
	paidHere := o.State.settled() || !o.LateAt.IsZero()
	unpaidThere := v.status == tradepay.StatusFailed || v.status == tradepay.StatusCancelled
	// The cancel gave the money back.
	cancelledRefund := o.State == StateRefunded && v.status == tradepay.StatusCancelled
	switch {
	case !holdable:
		return alarm(AlarmReference, "with an id or URL that no database holds")
	case v.id != "" && v.id != o.ID:
		return alarm(AlarmReference, "about paymentRequestId %q", v.id)
	case o.PaymentID != "" && v.paymentID != "" && o.PaymentID != v.paymentID:
		return alarm(AlarmReference, "about paymentId %q, the order has %q", v.paymentID, o.PaymentID)
	case !v.amount.IsZero() && v.amount != o.Amount:
		return alarm(AlarmAmount, "over %s, the order is over %s", v.amount, o.Amount)
	case v.status == tradepay.StatusSuccess && v.amount.IsZero():
		return alarm(AlarmAmount, "without an amount; the order is over %s", o.Amount)
	case v.status == tradepay.StatusAuthorized && !o.Request.Authorize:
		return alarm(AlarmContradiction, "although a payment was asked for; capture or void it by hand")
	case paidHere && unpaidThere && !cancelledRefund:
		return alarm(AlarmContradiction, "after it was paid")
	}
	return nil
}

// target is the state that the wallet's word leads to.
func (f *Flow) target(o *Order, v verdict) State {
	if !o.State.Open() {
		return o.State
	}
	switch v.status {
	case tradepay.StatusSuccess:
		return StatePaid
	case tradepay.StatusFailed:
		return StateFailed
	case tradepay.StatusCancelled:
		return f.leftUnpaid(o)
	}
	if o.payable() {
		return StatePending
	}
	return o.State
}

// paidMeanwhile handles a payment that succeeded while a cancel of it may be
// under way. Some wallets give back with a cancel what was paid: who pays and
// cancels at once would have both the goods and the money. The order stays open
// until the wallet says that the money went back, or until no cancel can be
// under way anymore.
func (f *Flow) paidMeanwhile(tx *transaction, o *Order, v verdict, before tradepay.PaymentStatus) error {
	if before != v.status {
		o.NextAt, o.UpdatedAt = f.now(), f.now()
		f.remember(tx, o.ID, o.State, o.State, v.actor, v.why+": paid, while its cancellation is wanted", v.raw)
	}
	f.save(tx, o, o.State)
	return nil
}

// paidBeforeCancel handles a notification that an order was paid which a
// cancel has closed. The cancel may have given the money back since: an inquiry
// at once says whether it has.
func (f *Flow) paidBeforeCancel(tx *transaction, o *Order, v verdict) error {
	o.NextAt = f.now()
	f.save(tx, o, o.State)
	why := v.why + ": paid, and closed by a cancel since; the wallet is asked"
	f.remember(tx, o.ID, o.State, o.State, v.actor, why, v.raw)
	return nil
}

// late handles a payment that succeeded after its order was closed.
func (f *Flow) late(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	if !o.LateAt.IsZero() {
		return nil
	}
	was := o.State
	shipped := f.mayBeShipped(o, v.paidAt)
	refund := f.latePolicy == LateRefund && shipped == ""
	if refund && f.mayBeCancelling(o) { // both would give the money back
		o.NextAt = o.cancelSentAt.Add(cancelDoubt)
		f.save(tx, o, was)
		why := v.why + ": paid late, while a cancel may give it back; the wallet is asked later"
		f.remember(tx, o.ID, was, was, v.actor, why, v.raw)
		return nil
	}
	o.LateAt, o.PaidAt, o.UpdatedAt = f.now(), f.paidAt(v), f.now()
	reason := fmt.Sprintf("%s: paid although the order is %s", v.why, was) + v.lateSum(o)
	if shipped != "" {
		reason += "; " + shipped + ": look whether it was fulfilled, before you refund or accept it"
	}
	cancelSent := !o.cancelSentAt.IsZero()
	if cancelSent && !refund { // some wallets do not tell in an inquiry what a cancel gave back
		reason += "; a cancel was sent: look at the wallet whether the money went back, before you accept the payment"
	}
	if err := f.raise(ctx, tx, Alarm{Kind: AlarmLate, OrderID: o.ID, Reason: reason}, v.raw); err != nil {
		return err
	}
	if refund {
		err := f.openRefund(ctx, tx, o, &Refund{
			ID:      derivedID("late-", o.ID),
			OrderID: o.ID,
			Amount:  o.left(),
			Reason:  "paid after the order was closed",
		}, v.actor)
		if err == nil || errors.Is(err, ErrDatabase) {
			return err
		}
		// It cannot even be asked for: a person decides, as without the policy.
	}
	o.NextAt = time.Time{} // nothing more to ask; a person decides
	f.save(tx, o, was)
	f.remember(tx, o.ID, was, was, v.actor, v.why+": paid late", v.raw)
	return nil
}

// move changes the state of an order that was loaded by tx, with everything
// that follows from it: history, schedule and job.
func (f *Flow) move(
	ctx context.Context, tx *transaction, o *Order, to State, actor Actor, why string, raw []byte,
) error {
	was := o.State
	if !was.can(to) {
		return &TransitionError{ID: o.ID, From: was, To: to}
	}
	now := f.now()
	o.State, o.UpdatedAt, o.Tries, o.ParkedAt = to, now, 0, time.Time{}
	if !was.Open() && !was.reserved() {
		o.freshUntil = time.Time{}
	}
	if was == StateRefunding {
		if o.resume == resumeParked && to == StatePaid {
			o.ParkedAt = now // until Retry, as before
		}
		o.resume = ""
	}
	o.NextAt = f.firstLook(o)
	f.save(tx, o, was)
	f.remember(tx, o.ID, was, to, actor, why, raw)
	tx.after = append(tx.after, func() {
		f.metrics.Transition(ctx, was, to)
		f.log.InfoContext(ctx, "orderflow: order moved", "order_id", o.ID, "from", was, "to", to, "actor", actor)
	})
	return f.enqueueFor(ctx, tx, o)
}
