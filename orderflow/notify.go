package orderflow

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"

	tradepay "github.com/tradepay/tradepay-go"
)

// NotifyHandler receives the wallet's notifications. It sends the signed S only
// after it has committed the transaction of [Flow.Receive].
func (f *Flow) NotifyHandler() http.Handler { return f.client.NotifyHandler(f.Receive) }

// Receive accepts a verified notification; it is for servers that do not use
// NotifyHandler. In one transaction it compares the notification with its order,
// stores it once, moves the order and enqueues its fulfilment. Notifications that wait
// at the same time share a transaction. Acknowledge the notification with S only after
// Receive returns nil. If ctx ends before that, the notification may be stored all the
// same; the wallet sends it again.
//
// If a notification names the payment by the wallet's id alone, Receive moves
// nothing: the flow asks the wallet at once, by the order's id.
//
// The same payment notified again, with the same id, status and amount, is a
// duplicate whatever else differs: Receive returns nil, and notes in the history
// and the log which members differ. A notification of a refund that the flow made
// settles it. What else the wallet reports goes to [Config.OnNotification]; if it is
// about an order, the flow also asks the wallet about that order.
//
// Receive returns [ErrEvidence] if the notification contradicts the order or its
// refund, belongs to no order and OnNotification is nil, or if a refund or void
// differs from an earlier one with the same id and status. It then keeps the
// notification, raises an [Alarm], and changes no order; the wallet may send the
// notification again.
func (f *Flow) Receive(ctx context.Context, n *tradepay.Notification) (err error) {
	if err := f.outside(ctx); err != nil {
		return err
	}
	ctx, end := f.tracing.begin(ctx, WorkNotification, n.PaymentRequestID)
	outcome := "error"
	err = ErrPanicked // until it returns
	defer func() {
		note(ctx, func(w *working) { w.work.Outcome = outcome })
		end(err)
	}()
	outcome, err = f.receive(ctx, n)
	switch {
	case errors.Is(err, ErrEvidence):
		outcome = "evidence"
	case err != nil:
		outcome = "error"
	}
	f.metrics.Notification(ctx, outcome)
	return err
}

// look says whether the inbox is searched for the notification before it is stored.
type look int

const (
	// lookUnlessOpen: an open order has most likely not heard this before. If it
	// has, the transaction ends in errTaken.
	lookUnlessOpen look = iota
	lookAlways
)

// receive takes a notification in together with others, or alone if it cannot be.
func (f *Flow) receive(ctx context.Context, n *tradepay.Notification) (outcome string, err error) {
	if joins(n) {
		if outcome, err = f.join(ctx, n); !errors.Is(err, errAlone) {
			return outcome, err
		}
	}
	outcome, err = f.receiveAlone(ctx, n, lookUnlessOpen)
	if errors.Is(err, errTaken) {
		outcome, err = f.receiveAlone(ctx, n, lookAlways)
	}
	return outcome, err
}

func (f *Flow) receiveAlone(ctx context.Context, n *tradepay.Notification, when look) (outcome string, err error) {
	outcome = "stored"
	err = f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.find(ctx, tx, n)
		if errors.Is(err, ErrNotFound) && f.isForMerchant(n) {
			outcome, err = f.handOver(ctx, tx, nil, n)
			return err
		}
		if errors.Is(err, ErrNotFound) {
			alarm := Alarm{Kind: AlarmUnknownOrder, OrderID: n.PaymentRequestID, about: contentOf(n),
				Reason: describe(n)}
			return f.alarm(ctx, tx, alarm, keepable(n))
		}
		if err != nil {
			return err
		}
		outcome, err = f.take(ctx, tx, o, n, when)
		return err
	})
	return outcome, err
}

// describe says what a notification tells of a payment.
func describe(n *tradepay.Notification) string {
	said := string(n.Kind) + " notification"
	if status := statusOf(n); status != "" {
		said += ": " + status
	}
	if !n.Amount.IsZero() {
		said += ", over " + n.Amount.String()
	}
	if n.PaymentID != "" {
		said += fmt.Sprintf(", about paymentId %q", n.PaymentID)
	}
	return said
}

// take brings an order, locked by tx, in line with a notification about it.
func (f *Flow) take(
	ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification, when look,
) (outcome string, err error) {
	learn(ctx, o)
	v := verdict{
		actor: ActorNotification, why: "notification", status: n.Status,
		id: n.PaymentRequestID, paymentID: n.PaymentID, amount: n.Amount, paidAt: n.PaidAt,
		failReason: n.FailReason, raw: n.Raw, transactions: n.Transactions,
	}
	if n.Kind != tradepay.NotificationPayment {
		v.amount = tradepay.Amount{} // of the void, refund …
	}
	if alarm := contradiction(o, v); alarm != nil {
		alarm.about = contentOf(n)
		f.doubt(tx, o)
		return "", f.alarm(ctx, tx, *alarm, keepable(n))
	}
	refund, err := f.refundOf(ctx, tx, o, n)
	if err != nil {
		return "", err
	}
	void, err := f.voidOf(ctx, tx, o, n)
	if err != nil {
		return "", err
	}
	if refund == nil && void == nil && f.isForMerchant(n) {
		if outcome, err = f.handOver(ctx, tx, o, n); err != nil || outcome == "duplicate" {
			return outcome, err
		}
		f.lookSoon(tx, o, n)
		return outcome, nil
	}
	if looks(when, o) {
		if known, err := f.inInbox(ctx, tx, o, n); err != nil || known {
			return "duplicate", err
		}
	}
	f.inbox(tx, o, n)
	// The wallet's id came with the answer to pay, which may have been another
	// order's. By that id alone a notification replaces no URL and moves
	// nothing: an inquiry by our id says whose payment it is.
	byOurID := n.PaymentRequestID != ""
	switch n.Kind {
	case tradepay.NotificationCashierURL:
		if byOurID || !o.payable() {
			return "stored", f.lateURL(ctx, tx, o, n)
		}
	case tradepay.NotificationPayment:
		if byOurID {
			return "stored", f.settle(ctx, tx, o, v)
		}
	}
	switch {
	case refund != nil:
		return "stored", f.settleRefund(ctx, tx, o, refund, refundTold(n))
	case void != nil:
		return "stored", f.settleCapture(ctx, tx, o, void, voidTold(n))
	}
	if alarm := f.forPerson(o, n); alarm != nil {
		if err := f.raise(ctx, tx, *alarm, keepable(n)); err != nil {
			return "", err
		}
	}
	f.lookSoon(tx, o, n)
	return "stored", nil
}

// looks reports whether the inbox is searched for a notification about the order.
func looks(when look, o *Order) bool { return when == lookAlways || !o.State.Open() }

// find locks the order that a notification is about.
func (f *Flow) find(ctx context.Context, tx *transaction, n *tradepay.Notification) (*Order, error) {
	if n.Kind == tradepay.NotificationRefund {
		o, err := f.orderOfRefund(ctx, tx, n.RefundRequestID)
		if !errors.Is(err, ErrNotFound) {
			return o, err
		}
	}
	if n.PaymentRequestID != "" {
		return f.load(ctx, tx, n.PaymentRequestID)
	}
	if !storable(n.PaymentID) {
		return nil, ErrNotFound
	}
	query := `SELECT ` + columns + ` FROM orderflow_orders
		WHERE client = $1 AND payment_id = $2 AND payment_id <> ''` + f.db.lock()
	return scanOrder(tx.QueryRowContext(ctx, query, f.name, n.PaymentID))
}

const (
	insertInbox = `INSERT INTO orderflow_inbox (client, kind, request_id, status, digest, received_at, raw)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`
	selectInbox = `SELECT digest, raw FROM orderflow_inbox
		WHERE client = $1 AND kind = $2 AND request_id = $3 AND status = $4`
)

// errTaken says that the notification's place in the inbox is taken: by the
// same one, or by another.
var errTaken = errors.New("orderflow: the place in the inbox is taken")

// inbox stores a notification, once. The write is put off to the end of the
// transaction, and undoes it with errTaken.
func (f *Flow) inbox(tx *transaction, o *Order, n *tradepay.Notification) {
	place, content := f.place(o, n)
	tx.later = append(tx.later, write{
		query: insertInbox,
		args:  append(place, content, f.now().UnixMilli(), stored(keepable(n))),
		check: func(rows int64) error {
			if rows != 1 {
				return errTaken
			}
			return nil
		},
	})
}

// inInbox looks whether the notification was stored before. Of a payment, what is in
// its place has its id, its status and, since an order's amount never changes, its
// amount: it is the same, whatever else differs. Another void or refund in its place
// is evidence.
func (f *Flow) inInbox(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) (bool, error) {
	place, content := f.place(o, n)
	known, raw, err := tx.inInbox(ctx, place)
	isKnown := known == content || known == firstContentOf(n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	case n.Kind == tradepay.NotificationPayment:
		return true, f.noteDifference(ctx, tx, o, n, changedMembers(raw, n.Raw, isKnown))
	case !isKnown:
		reason := fmt.Sprintf("another %s notification that says %s, with other content", n.Kind, statusOf(n))
		differs := Alarm{Kind: AlarmContent, OrderID: o.ID, about: content, Reason: reason}
		return false, f.alarm(ctx, tx, differs, keepable(n))
	}
	return true, nil
}

// place is where a notification stands in the inbox: by its final status, so
// that one that says "processing" does not use it up, and apart from those by
// the wallet's id alone, which move nothing.
func (f *Flow) place(o *Order, n *tradepay.Notification) (place []any, content string) {
	request, status := "", string(n.Status)
	if o != nil {
		request = o.ID
	}
	switch n.Kind {
	case tradepay.NotificationPayment:
		if n.PaymentRequestID == "" {
			status += " by paymentId"
		}
		if len(n.Transactions) > 0 { // what was given back since is news
			status += " with " + movementsOf(n.Transactions)
		}
	case tradepay.NotificationVoid:
		request, status = cmp.Or(n.VoidRequestID, n.VoidID, request), string(n.VoidStatus)
	case tradepay.NotificationRefund:
		request, status = cmp.Or(n.RefundRequestID, n.RefundID), string(n.RefundStatus)
	case tradepay.NotificationCapture:
		request, status = cmp.Or(n.CaptureRequestID, n.CaptureID), string(n.CaptureStatus)
	case tradepay.NotificationAuthorization: // which has no id, and secrets
		status = eventOf(n)
	case tradepay.NotificationDispute:
		request, status = n.DisputeID, eventOf(n)
	default:
		status = digestOf(n.Raw)
	}
	if !storable(request) {
		request = digestOf([]byte(request))
	}
	return []any{f.name, string(n.Kind), request, status}, contentOf(n)
}

// contentOf digests what a notification says: another one says something else.
func contentOf(n *tradepay.Notification) string {
	v := spokenOf(n)
	switch n.Kind {
	case tradepay.NotificationRefund, tradepay.NotificationCapture:
		id, status := cmp.Or(n.RefundRequestID, n.RefundID, n.CaptureRequestID, n.CaptureID), statusOf(n)
		return digestOf([]byte(n.Kind), []byte(id), []byte(status), []byte(n.Amount.String()))
	case tradepay.NotificationAuthorization, tradepay.NotificationDispute:
		return digestOf([]byte(n.Kind), []byte(n.DisputeID), []byte(eventOf(n)))
	}
	parts := [][]byte{[]byte(n.Kind), []byte(v.content()), []byte(n.VoidRequestID), []byte(n.VoidStatus)}
	if n.Kind == tradepay.NotificationOther { // which fields it has is not known
		parts = append(parts, n.Raw)
	}
	return digestOf(parts...)
}

// firstContentOf is contentOf as the first version digested it: what is in the
// inbox since then is still the same.
func firstContentOf(n *tradepay.Notification) string {
	v := spokenOf(n)
	return digestOf([]byte(n.Kind), []byte(v.firstContent()), []byte(n.VoidRequestID), []byte(n.VoidStatus))
}

func spokenOf(n *tradepay.Notification) verdict {
	return verdict{
		status: n.Status, id: n.PaymentRequestID, paymentID: n.PaymentID, amount: n.Amount,
		url: n.PaymentURL, paidAt: n.PaidAt, failReason: n.FailReason,
	}
}

// movementsOf digests the movements of a payment, in any order.
func movementsOf(transactions []tradepay.Transaction) string {
	var all [][]byte
	for _, t := range transactions {
		all = append(all, []byte(digestOf([]byte(t.ID), []byte(t.Type), []byte(t.Status), []byte(t.Amount.String()))))
	}
	slices.SortFunc(all, bytes.Compare)
	return digestOf(all...)
}

// lateURL stores the payment URL of an order that the wallet sends later.
func (f *Flow) lateURL(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) error {
	if !o.State.Open() {
		return nil
	}
	return f.settle(ctx, tx, o, verdict{
		actor: ActorNotification, why: "payment URL by notification", status: tradepay.StatusProcessing,
		id: n.PaymentRequestID, paymentID: n.PaymentID, url: n.PaymentURL, raw: n.Raw,
	})
}

// lookSoon notes what says nothing definite about the payment, and has the wallet asked.
func (f *Flow) lookSoon(tx *transaction, o *Order, n *tradepay.Notification) {
	paidLate := o.State.Closed() && !o.LateAt.IsZero() // a person decides
	if o.State != StatePaid && !paidLate {
		o.NextAt = f.now()
		f.save(tx, o, o.State)
	}
	f.doubt(tx, o) // it may be that the money went back
	f.remember(tx, o.ID, o.State, o.State, ActorNotification, string(n.Kind)+" notification", keepable(n))
}
