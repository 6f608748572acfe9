package orderflow

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// NotificationFunc takes in a verified notification that is for the merchant: of a
// capture, a void, a dispute, a payer's consent, a refund that the flow did not
// make, or of a kind that is not known. tx is the transaction in which the
// notification is noted as received: what the function writes in it is committed
// exactly once, together with that. A call of another server may happen again after
// a crash.
//
// The function must neither commit nor roll back, must heed its context, which ends
// after Config.FulfilTimeout, and should be brief: on SQLite nobody else writes
// meanwhile. It must not call the flow. After an error, a panic or the end of its
// time, the flow undoes the transaction, answers U, and the wallet sends the
// notification again.
//
// The notification of a consent has a payer's code or token, which the flow itself
// does not store.
type NotificationFunc func(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error

// What became of a NotificationFunc. They are not ErrEvidence: nothing is kept.
var (
	errNotTaken = errors.New("orderflow: OnNotification panicked, or ended its goroutine")
	errTakes    = errors.New("orderflow: OnNotification has not returned by the end of its time")
	errTookOver = errors.New("orderflow: OnNotification ended the transaction, which it must not")
)

// isForMerchant reports whether somebody takes in what the flow does not settle.
func (f *Flow) isForMerchant(n *tradepay.Notification) bool {
	ofOrder := n.Kind == tradepay.NotificationPayment || n.Kind == tradepay.NotificationCashierURL
	return f.onNotification != nil && !ofOrder
}

// forPerson returns the alarm about what only a person can answer, and no program takes in:
// a dispute has a deadline, and a refund that the flow did not make may be of goods that are
// out. It is nil for anything else.
func (f *Flow) forPerson(o *Order, n *tradepay.Notification) *Alarm {
	if f.onNotification != nil {
		return nil
	}
	reason := ""
	switch n.Kind {
	case tradepay.NotificationDispute:
		reason = fmt.Sprintf("dispute %q: %s", n.DisputeID, cmp.Or(n.DisputeEvent, "of no known event"))
		if !n.DefenseDueAt.IsZero() {
			reason += "; defend it before " + n.DefenseDueAt.Format(time.RFC3339)
		}
	case tradepay.NotificationRefund:
		reason = fmt.Sprintf("refund %q, which the flow did not make: %s", cmp.Or(n.RefundRequestID, n.RefundID),
			n.RefundStatus)
	case tradepay.NotificationOther:
		reason = "a notification of a kind that the flow does not know"
	default:
		return nil
	}
	return &Alarm{Kind: AlarmUnhandled, OrderID: o.ID, about: contentOf(n),
		Reason: reason + "; set Config.OnNotification to take it in by program"}
}

// handOver gives a notification to the program, once: it is noted first, and both
// are committed together. o is its order, or nil.
func (f *Flow) handOver(
	ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification,
) (outcome string, err error) {
	if known, err := f.inInbox(ctx, tx, o, n); err != nil || known {
		return "duplicate", err
	}
	place, content := f.place(o, n)
	rows, err := tx.exec(ctx, insertInbox, append(place, content, f.now().UnixMilli(), stored(keepable(n)))...)
	switch {
	case err != nil:
		return "", err
	case rows != 1: // somebody else was faster, and has committed
		return "", errTaken
	}
	if err := f.callNotification(ctx, tx, n, "notification "+digestOf([]byte(fmt.Sprint(place...)))); err != nil {
		return "", fmt.Errorf("orderflow: OnNotification: %w", err)
	}
	return "stored", nil
}

// callNotification calls OnNotification and looks whether its transaction is still
// whole. It does not wait for one that does not return, and calls it no second time for the
// same notification, which key names.
func (f *Flow) callNotification(ctx context.Context, tx *transaction, n *tradepay.Notification, key string) error {
	if f.called.hung(key) {
		return errTakes
	}
	if err := tx.lend(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithValue(ctx, insideKey{}, f.db), f.fulfilTimeout)
	defer cancel()
	over, stop := f.overdue(limited)
	defer stop()
	returned := make(chan error, 1)
	f.called.begin(key)
	go func() {
		err := errNotTaken
		defer func() { // even after runtime.Goexit
			f.called.end(key)
			if recover() != nil { // its value may be a payer's data
				f.log.ErrorContext(ctx, "orderflow: OnNotification panicked", "kind", n.Kind, "order_id",
					n.PaymentRequestID, "stack", string(debug.Stack()))
			}
			returned <- err
		}()
		err = f.onNotification(limited, tx.Tx, n)
	}()
	select {
	case err := <-returned:
		if lost := tx.returned(ctx); lost != nil && limited.Err() == nil {
			return errors.Join(errTookOver, err)
		}
		return cmp.Or(err, limited.Err())
	case <-over:
		f.called.hangs(key)
		tx.abandoned = true
		return errTakes
	}
}

// orderOfRefund locks the order of a refund that the flow made.
func (f *Flow) orderOfRefund(ctx context.Context, tx *transaction, refundID string) (*Order, error) {
	if refundID == "" || !storable(refundID) {
		return nil, ErrNotFound
	}
	var id string
	err := tx.QueryRowContext(ctx, `SELECT order_id FROM orderflow_refunds WHERE client = $1 AND id = $2`,
		f.name, refundID).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return f.load(ctx, tx, id)
}

// refundOf returns the refund that a notification settles, locked by tx; nil if it
// settles none. It raises an alarm if the notification contradicts the refund.
//
// An order from before a restore is left to the inquiries: they find out what of
// its refunds was noted already.
func (f *Flow) refundOf(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) (*Refund, error) {
	isOfFlow := n.Kind == tradepay.NotificationRefund && n.RefundRequestID != "" && storable(n.RefundRequestID)
	if !isOfFlow || f.predates(o) {
		return nil, nil //nolint:nilnil // there need not be one
	}
	r, err := f.loadRefund(ctx, tx, n.RefundRequestID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil //nolint:nilnil // another program's, or made in the wallet's console
	case err != nil:
		return nil, err
	}
	if alarm := refundTold(n).contradiction(o, r); alarm != nil {
		return nil, f.alarm(ctx, tx, *alarm, n.Raw)
	}
	return r, nil
}

// refundTold is a notification as the answer to an inquiry of the refund.
func refundTold(n *tradepay.Notification) *refundAnswer {
	refund := &tradepay.Refund{
		RefundRequestID: n.RefundRequestID, RefundID: n.RefundID, PaymentID: n.PaymentID,
		PaymentRequestID: n.PaymentRequestID, Status: n.RefundStatus, FailReason: n.FailReason,
		Amount: n.Amount, RefundedAt: n.RefundedAt, Result: n.Result, Raw: n.Raw,
	}
	if !storable(refund.RefundID) {
		refund.RefundID = ""
	}
	return &refundAnswer{refund: refund, by: ActorNotification}
}

// noteDifference notes in the history and the log that a payment was notified again
// with other members, once for each content.
func (f *Flow) noteDifference(
	ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification, members []string,
) error {
	if len(members) == 0 {
		return nil
	}
	place, content := f.place(o, n)
	place[len(place)-1] = fmt.Sprint(place[len(place)-1], " again ", digestOf(canonical(n.Raw), []byte(content)))
	rows, err := tx.exec(ctx, insertInbox, append(place, content, f.now().UnixMilli(), stored(n.Raw))...)
	if err != nil || rows == 0 {
		return err
	}
	why := fmt.Sprintf("payment notification: %s again, with other %s", n.Status, strings.Join(members, ", "))
	f.remember(tx, o.ID, o.State, o.State, ActorNotification, why, n.Raw)
	tx.after = append(tx.after, func() {
		f.log.InfoContext(ctx, "orderflow: payment notified again, with other members", "order_id", o.ID,
			"status", n.Status, slog.Any("members", members))
	})
	return nil
}

// changedMembers names the members in which two messages differ. If none does although
// what was understood of them differs, it says so.
func changedMembers(known string, now []byte, same bool) []string {
	var was, is map[string]any
	if json.Unmarshal([]byte(known), &was) != nil || json.Unmarshal(now, &is) != nil {
		was, is = nil, nil
	}
	var names []string
	for name, value := range is {
		if before, there := was[name]; !there || !equal(before, value) {
			names = append(names, clip(name, 64))
		}
	}
	for name := range was {
		if _, there := is[name]; !there {
			names = append(names, clip(name, 64))
		}
	}
	if len(names) == 0 && !same {
		return []string{"content"}
	}
	slices.Sort(names)
	return names
}

func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// canonical is a message with its members in order.
func canonical(raw []byte) []byte {
	var members map[string]any
	if json.Unmarshal(raw, &members) != nil {
		return raw
	}
	ordered, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return ordered
}

// keepable is what may be stored of a message: nothing of a payer's consent, which
// holds a code or a token.
func keepable(n *tradepay.Notification) []byte {
	if n.Kind == tradepay.NotificationAuthorization {
		return nil
	}
	return n.Raw
}

// statusOf is the status of what a notification is about.
func statusOf(n *tradepay.Notification) string {
	return cmp.Or(string(n.Status), string(n.RefundStatus), string(n.CaptureStatus), string(n.VoidStatus),
		n.DisputeEvent, n.AuthorizationEvent)
}

// eventOf digests what happened to a consent or a dispute.
func eventOf(n *tradepay.Notification) string {
	return digestOf([]byte(n.AuthorizationEvent), []byte(n.AuthCode), []byte(n.AuthState), []byte(n.AccessToken),
		fmt.Append(nil, n.AuthorizationAt.Unix()), []byte(n.DisputeEvent), []byte(n.DisputeReasonCode),
		[]byte(n.DisputeResult), []byte(n.Amount.String()), []byte(n.DisputeJudgedAmount.String()),
		fmt.Append(nil, n.DefenseDueAt.Unix()))
}
