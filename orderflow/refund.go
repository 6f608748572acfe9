package orderflow

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// RefundState is the state of a refund.
type RefundState string

// The states of a refund.
const (
	RefundOpen      RefundState = "open"      // stored; sent already, or not yet
	RefundSucceeded RefundState = "succeeded" // the wallet gave the money back
	RefundFailed    RefundState = "failed"    // finally; the order is as it was before
)

// RefundRequest gives an order's money back, or a part of it.
type RefundRequest struct {
	ID     string          // RefundRequestID: the merchant's id and idempotency key; required
	Amount tradepay.Amount // zero for all that is left
	Reason string          // at most 256 characters
	// NotifyURL is where the wallet reports how the refund ended, if it is one that does;
	// see [tradepay.RefundRequest]. Default: the NotifyURL of the order. Serve it with
	// [Flow.NotifyHandler].
	NotifyURL string
}

// Refund is a copy of what the database has about a refund.
type Refund struct {
	ID         string
	OrderID    string
	State      RefundState
	Amount     tradepay.Amount
	Reason     string
	PaymentID  string // of the order when the refund was stored; some wallets want it
	RefundID   string // the wallet's id, once it is known
	NotifyURL  string // where the wallet was asked to report it
	FailReason string
	CreatedAt  time.Time
	UpdatedAt  time.Time

	sends int
}

const refundColumns = `id, order_id, state, currency, value, reason, payment_id, notify_url,
	refund_id, fail_reason, sends, created_at, updated_at`

func scanRefund(row scanner) (*Refund, error) {
	var r Refund
	var created, updated int64
	err := row.Scan(&r.ID, &r.OrderID, &r.State, &r.Amount.Currency, &r.Amount.Value, &r.Reason, &r.PaymentID,
		&r.NotifyURL, &r.RefundID, &r.FailReason, &r.sends, &created, &updated)
	knownState := r.State == RefundOpen || r.State == RefundSucceeded || r.State == RefundFailed
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case unscannable(err):
		return nil, &UnreadableError{ID: r.ID, Reason: "a column holds another type than this version stores"}
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	case !knownState:
		return nil, &UnreadableError{
			ID:     r.ID,
			Reason: fmt.Sprintf("its state %q is none of this version", clip(string(r.State), 64)),
		}
	}
	r.CreatedAt, r.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return &r, nil
}

// about names what an alarm says of the refund.
func (r *Refund) about(aspects ...string) string {
	parts := [][]byte{[]byte(r.ID)}
	for _, aspect := range aspects {
		parts = append(parts, []byte(aspect))
	}
	return digestOf(parts...)
}

// refundDoubt is how long a refund whose first call was lost may still be under
// way, so that a rejection of a later call does not end it.
const refundDoubt = time.Hour

// Refund stores the refund, then asks the wallet for it. The order is
// StateRefunding until the wallet has given its final answer, for which the flow
// keeps asking. After [tradepay.ErrOutcomeUnknown], Refund returns a RefundOpen
// refund beside the error: do not retry with a new id, and do not pay the money
// back by hand. An order has one refund under way at a time.
//
// Look at the refund's State. It may be RefundOpen without an error, too, while the
// wallet works on it. A further call returns a refund that has failed without an
// error.
//
// The same id with the same content is the same refund; other content matches
// [ErrConflict]. [ErrTransition] means that the order is not paid, or that another
// refund of it is under way. An amount over what is left matches
// [tradepay.ErrInvalidAmount].
//
// The flow does not fulfil an order while it is refunding. Afterwards it fulfils an
// order that was not fulfilled before only if a part of it stays paid. An order
// that was parked is parked again.
func (f *Flow) Refund(ctx context.Context, orderID string, req RefundRequest) (*Refund, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	refund := &Refund{ID: req.ID, OrderID: orderID, Amount: req.Amount, Reason: req.Reason, NotifyURL: req.NotifyURL}
	var o *Order
	err := f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, orderID); err != nil {
			return err
		}
		known, err := f.loadRefund(ctx, tx, req.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			if refund.Amount.IsZero() {
				refund.Amount = o.left()
			}
			return f.openRefund(ctx, tx, o, refund, ActorMerchant)
		case err != nil:
			return err
		}
		if fields := known.differing(orderID, req); len(fields) > 0 {
			return fmt.Errorf("%w: refund %q differs in %s; use a new id for another refund",
				ErrConflict, req.ID, strings.Join(fields, ", "))
		}
		refund = known
		return nil
	})
	if err != nil {
		return nil, err
	}
	if refund.State != RefundOpen {
		return refund, nil
	}
	return f.sendRefund(ctx, o, refund)
}

// differing names the fields of a request that are not those of the refund.
func (r *Refund) differing(orderID string, req RefundRequest) []string {
	var fields []string
	if r.OrderID != orderID {
		fields = append(fields, "OrderID")
	}
	if !req.Amount.IsZero() && r.Amount != req.Amount {
		fields = append(fields, "Amount")
	}
	if r.Reason != req.Reason {
		fields = append(fields, "Reason")
	}
	if req.NotifyURL != "" && r.NotifyURL != req.NotifyURL {
		fields = append(fields, "NotifyURL")
	}
	return fields
}

func (f *Flow) loadRefund(ctx context.Context, tx *transaction, id string) (*Refund, error) {
	query := `SELECT ` + refundColumns + ` FROM orderflow_refunds WHERE client = $1 AND id = $2` + f.db.lock()
	return scanRefund(tx.QueryRowContext(ctx, query, f.name, id))
}

// resumeParked is where a refund of a parked order leads back to: it stays
// parked, since what Fulfil has done is for a person to find out.
const resumeParked State = "parked"

// charged is what the payer pays for an order: all of it or, of a reservation, what was
// captured.
func (o *Order) charged() tradepay.Amount {
	if o.Request.Authorize {
		return tradepay.Amount{Currency: o.Amount.Currency, Value: o.Captured.Value}
	}
	return o.Amount
}

// left is what of an order was charged and not given back.
func (o *Order) left() tradepay.Amount {
	return tradepay.Amount{Currency: o.Amount.Currency, Value: o.charged().Value - o.Refunded.Value}
}

// openRefund checks a new refund and stores it; the order, locked by tx, waits for it.
func (f *Flow) openRefund(ctx context.Context, tx *transaction, o *Order, r *Refund, actor Actor) error {
	neverPaid := o.State.Closed() && o.LateAt.IsZero()
	if neverPaid || !o.State.can(StateRefunding) {
		return &TransitionError{ID: o.ID, From: o.State, To: StateRefunding}
	}
	left := o.left()
	if r.Amount.Currency != left.Currency {
		return &tradepay.FieldError{Field: "Amount", Rule: "must be in " + left.Currency + ", as the order",
			Remedy: "leave it zero for all that is left", Err: tradepay.ErrInvalidAmount}
	}
	if r.Amount.Value <= 0 || r.Amount.Value > left.Value {
		return &tradepay.FieldError{
			Field:  "Amount",
			Rule:   fmt.Sprintf("must be positive and at most what is left of the order, %s", left),
			Remedy: "leave it zero for all that is left",
			Err:    tradepay.ErrInvalidAmount,
		}
	}
	r.PaymentID, r.NotifyURL = o.PaymentID, cmp.Or(r.NotifyURL, o.Request.NotifyURL)
	if err := f.client.CheckRefund(f.refundRequest(r)); err != nil {
		return err
	}
	now := f.now()
	r.State, r.CreatedAt, r.UpdatedAt = RefundOpen, now, now
	rows, err := tx.exec(ctx, `INSERT INTO orderflow_refunds
			(client, id, order_id, state, currency, value, reason, payment_id, notify_url, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING`,
		f.name, r.ID, r.OrderID, r.State, r.Amount.Currency, r.Amount.Value, r.Reason, r.PaymentID, r.NotifyURL,
		now.UnixMilli())
	switch {
	case err != nil:
		return err
	case rows != 1:
		return fmt.Errorf("%w: refund %q", ErrConflict, r.ID)
	}
	if o.resume = o.State; !o.ParkedAt.IsZero() {
		o.resume = resumeParked
	}
	return f.move(ctx, tx, o, StateRefunding, actor, fmt.Sprintf("refund %q of %s", r.ID, r.Amount), nil)
}

func (f *Flow) refundRequest(r *Refund) *tradepay.RefundRequest {
	return &tradepay.RefundRequest{
		RefundRequestID:  r.ID,
		PaymentRequestID: r.OrderID,
		PaymentID:        r.PaymentID,
		Amount:           r.Amount,
		Reason:           r.Reason,
		NotifyURL:        r.NotifyURL,
	}
}

// sendRefund asks the wallet for a stored refund and records its word. The
// same id and content give the money back once, however often it is called.
func (f *Flow) sendRefund(ctx context.Context, o *Order, r *Refund) (*Refund, error) {
	// Somebody else may have ended it since it was read: what has failed here
	// must not succeed at the wallet behind our back.
	var ended *Refund
	err := f.db.inTx(ctx, func(tx *transaction) error {
		stored, err := f.loadRefund(ctx, tx, r.ID)
		if err == nil && stored.State != RefundOpen {
			ended = stored
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE orderflow_refunds SET sends = sends + 1 WHERE client = $1 AND id = $2`, f.name,
			r.ID)
		return err
	})
	switch {
	case err != nil:
		return r, err
	case ended != nil:
		return ended, nil
	}
	answer, callErr := f.clientFor(o).Refund(ctx, f.refundRequest(r))
	return f.recordRefund(ctx, r, answer, callErr, ActorWallet)
}

// followRefund asks what became of a refund, and sends it if the wallet does
// not know it.
func (f *Flow) followRefund(ctx context.Context, o *Order, r *Refund) (*Refund, error) {
	answer, err := f.clientFor(o).QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: r.ID})
	if errors.Is(err, tradepay.ErrOrderNotFound) || errors.Is(err, tradepay.ErrNotSupported) {
		return f.sendRefund(ctx, o, r)
	}
	return f.recordRefund(ctx, r, answer, err, ActorReconcile)
}

// refundAnswer is what the wallet says about a refund, or why it says nothing.
type refundAnswer struct {
	refund *tradepay.Refund
	err    error
	by     Actor
	total  int64 // what the wallet has given back of an order from before a restore; see returnedBefore
}

// succeeded reports whether the wallet has given the money back.
func (a *refundAnswer) succeeded() bool {
	return a.err == nil && a.refund.Status == tradepay.TransactionSuccess
}

// raw is the verified message.
func (a *refundAnswer) raw() []byte {
	if a.refund == nil {
		return nil
	}
	return a.refund.Raw
}

// recordRefund brings a refund and its order in line with the wallet's word.
func (f *Flow) recordRefund(
	ctx context.Context, r *Refund, answer *tradepay.Refund, callErr error, by Actor,
) (*Refund, error) {
	a := &refundAnswer{refund: answer, err: callErr, by: by}
	if a.succeeded() {
		a.total, a.err = f.returnedBefore(ctx, r)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer cancel()
	sent := r
	err := f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, sent.OrderID)
		if err != nil {
			return err
		}
		if r, err = f.loadRefund(ctx, tx, sent.ID); err != nil {
			return err
		}
		return f.settleRefund(ctx, tx, o, r, a)
	})
	if !isKept(err) { // the refund is open as before
		r = sent
	}
	if r.State == RefundOpen {
		a.err = undecided(a.err)
	}
	return r, errors.Join(a.err, err)
}

// settleRefund records the wallet's word about a refund, which is locked by tx,
// as its order is.
func (f *Flow) settleRefund(ctx context.Context, tx *transaction, o *Order, r *Refund, a *refundAnswer) error {
	if alarm := a.contradiction(o, r); alarm != nil {
		return f.alarm(ctx, tx, *alarm, a.raw())
	}
	if r.State != RefundOpen {
		return nil
	}
	switch state, why := f.refundOutcome(r, a); state {
	case RefundSucceeded:
		r.RefundID = a.refund.RefundID
		return f.refunded(ctx, tx, o, r, a)
	case RefundFailed:
		r.FailReason = why
		return f.refundFailed(ctx, tx, o, r, a)
	}
	if a.err != nil {
		o.LastError = a.err.Error()
	}
	if f.now().Sub(r.CreatedAt) > refundDoubt {
		alarm := Alarm{Kind: AlarmRefund, OrderID: o.ID, about: r.about("unanswered"),
			Reason: fmt.Sprintf("refund %q has had no final answer for over an hour", r.ID)}
		if err := f.raise(ctx, tx, alarm, nil); err != nil {
			return err
		}
	}
	f.save(tx, o, o.State)
	return nil
}

// contradiction returns what the answer says against the refund.
func (a *refundAnswer) contradiction(o *Order, r *Refund) *Alarm {
	if a.err != nil {
		return nil
	}
	alarm := func(about, reason string) *Alarm {
		return &Alarm{Kind: AlarmRefund, OrderID: o.ID, about: about, Reason: reason}
	}
	if r.State == RefundFailed && a.succeeded() {
		return alarm(r.about("succeeded"),
			fmt.Sprintf("refund %q succeeded at the wallet, and had failed here: it is missing from the order", r.ID))
	}
	if r.State != RefundOpen {
		return nil
	}
	there := a.refund
	if !there.Amount.IsZero() && there.Amount != r.Amount {
		return alarm(r.about("amount", there.Amount.String()),
			fmt.Sprintf("refund %q is over %s at the wallet, and %s here", r.ID, there.Amount, r.Amount))
	}
	otherOrder := there.PaymentRequestID != "" && there.PaymentRequestID != r.OrderID
	bothKnown := there.PaymentID != "" && r.PaymentID != ""
	otherPayment := bothKnown && there.PaymentID != r.PaymentID
	if otherOrder || otherPayment {
		return alarm(r.about("payment", there.PaymentRequestID, there.PaymentID),
			fmt.Sprintf("refund %q is one of payment %q, paymentId %q, at the wallet",
				r.ID, there.PaymentRequestID, there.PaymentID))
	}
	return nil
}

// refundOutcome reads the wallet's word. What is not definite leaves the refund open.
func (f *Flow) refundOutcome(r *Refund, a *refundAnswer) (RefundState, string) {
	switch {
	case a.succeeded():
		return RefundSucceeded, ""
	case a.err == nil && a.refund.Status == tradepay.TransactionFailed:
		return RefundFailed, a.refund.FailReason
	case a.err == nil:
		return RefundOpen, ""
	}
	// An earlier call that was lost may have been the one that succeeds.
	onlyCall := r.sends <= 1 || f.now().Sub(r.CreatedAt) > refundDoubt
	if onlyCall && rejectedForGood(a.err) {
		return RefundFailed, a.err.Error()
	}
	return RefundOpen, ""
}

// rejectedForGood reports whether the error of a pay or a refund says that this
// call has not been carried out, and will not be. Unknown is not that.
func rejectedForGood(err error) bool {
	if errors.Is(err, tradepay.ErrOutcomeUnknown) {
		return false
	}
	return errors.Is(err, tradepay.ErrRejected) || errors.Is(err, tradepay.ErrIdempotencyMismatch) ||
		errors.Is(err, tradepay.ErrInvalidRequest) || errors.Is(err, tradepay.ErrNotSupported)
}

// returnedBefore is what the wallet has given back of an order from before a
// restore: a refund with this id may be among what was noted already. It is 0 for
// any other order.
func (f *Flow) returnedBefore(ctx context.Context, r *Refund) (int64, error) {
	o, err := f.Get(ctx, r.OrderID)
	if err != nil || !f.predates(o) {
		return 0, err
	}
	answer, err := f.clientFor(o).QueryOrder(ctx, o.ref())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, err) // the refund stays open
	}
	v := verdictOf(answer, ActorReconcile, "inquiry")
	return v.returnedOf(o).certain, nil
}

func (f *Flow) refunded(ctx context.Context, tx *transaction, o *Order, r *Refund, a *refundAnswer) error {
	if err := f.saveRefund(ctx, tx, r, RefundSucceeded); err != nil {
		return err
	}
	o.Refunded = tradepay.Amount{Currency: o.Amount.Currency, Value: o.Refunded.Value + r.Amount.Value}
	if a.total > 0 {
		o.Refunded.Value = min(a.total, o.charged().Value)
	}
	unfulfilled := o.resume == StatePaid || o.resume == resumeParked
	to := StatePartlyRefunded
	switch {
	case o.Refunded == o.charged():
		to = StateRefunded
	case unfulfilled:
		to = StatePaid // the rest is still to be fulfilled
	}
	o.LastError = ""
	return f.move(ctx, tx, o, to, a.by, fmt.Sprintf("refund %q succeeded", r.ID), a.raw())
}

func (f *Flow) refundFailed(ctx context.Context, tx *transaction, o *Order, r *Refund, a *refundAnswer) error {
	if err := f.saveRefund(ctx, tx, r, RefundFailed); err != nil {
		return err
	}
	reason := fmt.Sprintf("refund %q failed: %s", r.ID, r.FailReason)
	alarm := Alarm{Kind: AlarmRefund, OrderID: o.ID, Reason: reason, about: r.about("failed")}
	if err := f.raise(ctx, tx, alarm, a.raw()); err != nil {
		return err
	}
	to := o.resume
	if to == resumeParked {
		to = StatePaid
	}
	o.LastError = r.FailReason
	return f.move(ctx, tx, o, to, a.by, reason, a.raw())
}

func (f *Flow) saveRefund(ctx context.Context, tx *transaction, r *Refund, state RefundState) error {
	r.State, r.UpdatedAt = state, f.now()
	_, err := tx.exec(ctx, `UPDATE orderflow_refunds SET state = $3, refund_id = $4, fail_reason = $5, updated_at = $6
		WHERE client = $1 AND id = $2 AND state = 'open'`,
		f.name, r.ID, r.State, r.RefundID, clip(r.FailReason, 256), r.UpdatedAt.UnixMilli())
	return err
}

// Refunds returns the refunds of an order, oldest first.
func (f *Flow) Refunds(ctx context.Context, orderID string) ([]*Refund, error) {
	rows, err := f.db.read.QueryContext(ctx, `SELECT `+refundColumns+` FROM orderflow_refunds
		WHERE client = $1 AND order_id = $2 ORDER BY created_at, id`, f.name, orderID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	var refunds []*Refund
	for rows.Next() {
		r, err := scanRefund(rows)
		if err != nil {
			return nil, err
		}
		refunds = append(refunds, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return refunds, nil
}

// openRefundOf returns the refund that an order waits for.
func (f *Flow) openRefundOf(ctx context.Context, orderID string) (*Refund, error) {
	return scanRefund(f.db.read.QueryRowContext(ctx, `SELECT `+refundColumns+` FROM orderflow_refunds
		WHERE client = $1 AND order_id = $2 AND state = 'open'`, f.name, orderID))
}

// derivedID makes an id of our own for an order, within the wallets' 64 characters.
func derivedID(prefix, orderID string) string {
	if id := prefix + orderID; len(id) <= 64 {
		return id
	}
	return prefix + digestOf([]byte(orderID))[:40]
}
