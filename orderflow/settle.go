package orderflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

	url, tradeNO, orderCode string
}

// verdictOf is what an answer of the wallet says.
func verdictOf(answer *tradepay.Order, actor Actor, why string) verdict {
	return verdict{
		actor: actor, why: why, status: answer.Status, id: answer.PaymentRequestID, paymentID: answer.PaymentID,
		amount: answer.Amount, paidAt: answer.PaidAt, failReason: answer.FailReason, raw: answer.Raw,
		transactions: answer.Transactions, url: answer.PaymentURL, tradeNO: answer.TradeNo, orderCode: answer.OrderCode,
	}
}

// content digests what the wallet said, but for when it was paid: a wallet may
// say that otherwise the next time, or not at all.
func (v *verdict) content() string {
	return digestOf([]byte(v.status), []byte(v.id), []byte(v.paymentID), []byte(v.amount.String()),
		[]byte(v.failReason), []byte(v.url), []byte(v.tradeNO), []byte(v.orderCode))
}

// firstContent is content as the first version digested it.
func (v *verdict) firstContent() string {
	return digestOf(
		[]byte(v.status),
		[]byte(v.id),
		[]byte(v.paymentID),
		[]byte(v.amount.String()),
		fmt.Append(nil, v.paidAt.UnixMilli()),
		[]byte(v.failReason),
		[]byte(v.url),
		[]byte(v.tradeNO),
		[]byte(v.orderCode),
	)
}

// settle brings an order, locked by tx, in line with the wallet's word. What
// contradicts the order is raised as an alarm, changes nothing, and ends in
// [ErrEvidence].
func (f *Flow) settle(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	was, before := o.State, *o
	if v.bound && o.State.Open() && storable(v.paymentID) && o.PaymentID != "" && v.paymentID != "" &&
		o.PaymentID != v.paymentID {
		// The answer to pay named no order, and was another's. An inquiry by
		// our id knows better; what the payer was given pays something else.
		reason := fmt.Sprintf(
			"%s: the payment is %q, the answer to pay spoke of %q; its payment URL was withdrawn",
			v.why,
			v.paymentID,
			o.PaymentID,
		)
		if err := f.raise(
			ctx,
			tx,
			Alarm{Kind: AlarmReference, OrderID: o.ID, Reason: reason, about: v.content()},
			v.raw,
		); err != nil {
			return err
		}
		o.PaymentID, o.PaymentURL, o.TradeNo, o.OrderCode = v.paymentID, "", "", ""
		f.save(tx, o, was) // even if the message contradicts the order in something else
		f.remember(tx, o.ID, was, was, v.actor, reason, v.raw)
	}
	if alarm := contradiction(o, v); alarm != nil {
		f.doubt(tx, o)
		return f.alarm(ctx, tx, *alarm, v.raw)
	}
	if overtaken := o.WalletStatus == tradepay.StatusSuccess && v.status == tradepay.StatusProcessing; !overtaken {
		o.WalletStatus = v.status
	}
	if o.PaymentID == "" {
		o.PaymentID = v.paymentID
	}
	if v.url != "" || v.tradeNO != "" || v.orderCode != "" {
		o.PaymentURL, o.TradeNo, o.OrderCode = v.url, v.tradeNO, v.orderCode
	}
	paid := v.status == tradepay.StatusSuccess
	gone := paid && was != StateRefunding && v.returned().likely > o.Refunded.Value // our own refund is not done yet
	switch {
	case gone && (was == StateFulfilled || was == StatePartlyRefunded || was == StateRefunded):
		return f.raiseGivenBack(ctx, tx, o, v)
	case gone:
		return f.givenBack(ctx, tx, o, v)
	}
	told := v.actor == ActorNotification // when it was written the cancel may not have been through
	mayBeBack := o.cancels > 0 || f.predates(o)
	if paid && was.Closed() && told && mayBeBack && o.LateAt.IsZero() && f.latePolicy == LateRefund {
		return f.paidBeforeCancel(tx, o, v)
	}
	if paid && was.Closed() {
		return f.late(ctx, tx, o, v)
	}
	if paid && was.Open() && f.mayBeCancelling(o) {
		return f.paidMeanwhile(tx, o, v, before.WalletStatus)
	}
	if to := f.target(o, v); to != was {
		o.FailReason, o.LastError = v.failReason, ""
		if to == StatePaid {
			o.PaidAt, o.freshUntil = f.paidAt(v), f.freshFrom(v.paidAt)
		}
		if err := f.move(
			ctx,
			tx,
			o,
			to,
			v.actor,
			v.why+": "+string(v.status),
			v.raw,
		); err != nil || !to.Closed() ||
			before.WalletStatus != tradepay.StatusSuccess {
			return err
		}
		o.NextAt = f.now().
			Add(f.inquiries.Grace)
			// it was paid: whether the money went back is not left for the last look
		f.save(tx, o, to)
		return nil
	}
	if o.WalletStatus == before.WalletStatus && o.PaymentID == before.PaymentID && o.PaymentURL == before.PaymentURL &&
		o.TradeNo == before.TradeNo && o.OrderCode == before.OrderCode {
		return nil
	}
	o.UpdatedAt = f.now()
	f.save(tx, o, was)
	f.remember(tx, o.ID, was, was, v.actor, v.why+": "+string(v.status), v.raw)
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
		return &Alarm{
			Kind:    kind,
			OrderID: o.ID,
			Reason:  fmt.Sprintf("%s: %s, ", v.why, v.status) + fmt.Sprintf(format, args...),
			about:   v.content(),
		}
	}
	switch {
	case !storable(v.paymentID) || !storable(v.url) || !storable(v.tradeNO) || !storable(v.orderCode):
		return alarm(AlarmReference, "with an id or URL that no database holds")
	case v.id != "" && v.id != o.ID:
		return alarm(AlarmReference, "about paymentRequestId %q", v.id)
	case o.PaymentID != "" && v.paymentID != "" && o.PaymentID != v.paymentID:
		return alarm(AlarmReference, "about paymentId %q, the order has %q", v.paymentID, o.PaymentID)
	case !v.amount.IsZero() && v.amount != o.Amount:
		return alarm(AlarmAmount, "over %s, the order is over %s", v.amount, o.Amount)
	case v.status == tradepay.StatusSuccess && v.amount.IsZero():
		return alarm(AlarmAmount, "without an amount; the order is over %s", o.Amount)
	case v.status == tradepay.StatusAuthorized:
		return alarm(AlarmContradiction, "although a payment was asked for; capture or void it by hand")
	case o.State == StateRefunded && v.status == tradepay.StatusCancelled: // by the cancel that gave the money back
	case (o.State.settled() || !o.LateAt.IsZero()) && (v.status == tradepay.StatusFailed || v.status == tradepay.StatusCancelled):
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

// paidMeanwhile takes in that a payment succeeded while a cancel of it may be
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

// paidBeforeCancel takes in a notification that an order was paid which a
// cancel has closed. The cancel may have given the money back since: an inquiry
// at once says whether it has.
func (f *Flow) paidBeforeCancel(tx *transaction, o *Order, v verdict) error {
	o.NextAt = f.now()
	f.save(tx, o, o.State)
	why := v.why + ": paid, and closed by a cancel since; the wallet is asked"
	f.remember(tx, o.ID, o.State, o.State, v.actor, why, v.raw)
	return nil
}

// late takes in a payment that succeeded after its order was closed.
func (f *Flow) late(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	if !o.LateAt.IsZero() {
		return nil
	}
	was := o.State
	if f.latePolicy == LateRefund && f.mayBeCancelling(o) { // both would give the money back
		o.NextAt = o.cancelSentAt.Add(cancelDoubt)
		f.save(tx, o, was)
		f.remember(
			tx,
			o.ID,
			was,
			was,
			v.actor,
			v.why+": paid late, while a cancel may give it back; the wallet is asked later",
			v.raw,
		)
		return nil
	}
	o.LateAt, o.PaidAt, o.UpdatedAt = f.now(), f.paidAt(v), f.now()
	reason := fmt.Sprintf("%s: paid although the order is %s", v.why, was)
	if !o.cancelSentAt.IsZero() &&
		f.latePolicy != LateRefund { // some wallets do not tell in an inquiry what a cancel gave back
		reason += "; a cancel was sent: look at the wallet whether the money went back, before you accept the payment"
	}
	if err := f.raise(ctx, tx, Alarm{Kind: AlarmLate, OrderID: o.ID, Reason: reason}, v.raw); err != nil {
		return err
	}
	if f.latePolicy == LateRefund {
		refund := Refund{
			ID:      derivedID("late-", o.ID),
			OrderID: o.ID,
			Amount:  o.left(),
			Reason:  "paid after the order was closed",
		}
		if err := f.openRefund(ctx, tx, o, &refund, v.actor); err == nil || errors.Is(err, ErrDatabase) {
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
	ctx context.Context,
	tx *transaction,
	o *Order,
	to State,
	actor Actor,
	why string,
	raw []byte,
) error {
	was := o.State
	if !was.can(to) {
		return &TransitionError{ID: o.ID, From: was, To: to}
	}
	now := f.now()
	o.State, o.UpdatedAt, o.Tries, o.ParkedAt = to, now, 0, time.Time{}
	if !was.Open() {
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
