package orderflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	tradepay "github.com/tradepay/tradepay-go"
)

// NotifyHandler receives the wallet's notifications. The signed S is sent only
// after the transaction of [Flow.Receive] was committed.
func (f *Flow) NotifyHandler() http.Handler { return f.client.NotifyHandler(f.Receive) }

// Receive takes in a verified notification; for servers that do not use
// NotifyHandler. In one transaction it is compared with its order, stored once,
// and moves the order, whose fulfilment is enqueued. Only after nil may it be
// acknowledged with S.
//
// What contradicts the order, belongs to none, or differs from what came
// before under the same id and status is kept, raised as an [Alarm] and ends
// in [ErrEvidence]; nothing was changed, and the wallet may send it again.
func (f *Flow) Receive(ctx context.Context, n *tradepay.Notification) error {
	outcome := "stored"
	err := f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.find(ctx, tx, n)
		if errors.Is(err, ErrNotFound) {
			return f.alarm(ctx, tx, Alarm{Kind: AlarmUnknownOrder, OrderID: n.PaymentRequestID,
				Reason: fmt.Sprintf("%s notification about paymentId %q", n.Kind, n.PaymentID)}, n.Raw)
		}
		if err != nil {
			return err
		}
		v := verdict{actor: ActorNotification, why: "notification", status: n.Status, id: n.PaymentRequestID, paymentID: n.PaymentID,
			amount: n.Amount, paidAt: n.PaidAt, failReason: n.FailReason, raw: n.Raw}
		if n.Kind == tradepay.NotificationVoid {
			v.amount = tradepay.Amount{} // of the void
		}
		if alarm := contradiction(o, v); alarm != nil {
			return f.alarm(ctx, tx, *alarm, n.Raw)
		}
		first, err := f.inbox(ctx, tx, o, n)
		switch {
		case err != nil:
			return err
		case !first:
			outcome = "duplicate"
			return nil
		}
		switch n.Kind {
		case tradepay.NotificationPayment:
			return f.settle(ctx, tx, o, v)
		case tradepay.NotificationCashierURL:
			return f.lateURL(ctx, tx, o, n)
		}
		return f.lookSoon(ctx, tx, o, n)
	})
	switch {
	case errors.Is(err, ErrEvidence):
		outcome = "evidence"
	case err != nil:
		outcome = "error"
	}
	f.metrics.Notification(ctx, outcome)
	return err
}

// find locks the order that a notification is about.
func (f *Flow) find(ctx context.Context, tx *transaction, n *tradepay.Notification) (*Order, error) {
	if n.PaymentRequestID != "" {
		return f.load(ctx, tx, n.PaymentRequestID)
	}
	return scanOrder(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM orderflow_orders WHERE client = $1 AND payment_id = $2 AND payment_id <> ''`+f.db.lock(), f.name, n.PaymentID))
}

// inbox stores a notification once. Its place is that of its final status, so
// that one that says "processing" does not use it up.
func (f *Flow) inbox(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) (first bool, err error) {
	request, status := o.ID, string(n.Status)
	content := digestOf([]byte(n.PaymentID), []byte(n.Amount.String()), []byte(n.PaymentURL), []byte(n.FailReason), fmt.Append(nil, n.PaidAt.UnixMilli()))
	switch n.Kind {
	case tradepay.NotificationPayment:
	case tradepay.NotificationVoid:
		request, status = n.VoidRequestID, string(n.VoidStatus)
	default:
		status = digestOf(n.Raw)
	}
	rows, err := tx.exec(ctx, `INSERT INTO orderflow_inbox (client, kind, request_id, status, digest, received_at, raw) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		f.name, n.Kind, request, status, content, f.now().UnixMilli(), string(n.Raw))
	if err != nil || rows == 1 {
		return rows == 1, err
	}
	var known string
	err = tx.QueryRowContext(ctx, `SELECT digest FROM orderflow_inbox WHERE client = $1 AND kind = $2 AND request_id = $3 AND status = $4`, f.name, n.Kind, request, status).Scan(&known)
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	case known != content:
		return false, f.alarm(ctx, tx, Alarm{Kind: AlarmContent, OrderID: o.ID, Reason: fmt.Sprintf("another %s notification that says %s, with other content", n.Kind, status)}, n.Raw)
	}
	return false, nil
}

// lateURL takes in the payment URL of an order that the wallet sends later.
func (f *Flow) lateURL(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) error {
	if !o.State.Open() {
		return nil
	}
	return f.settle(ctx, tx, o, verdict{actor: ActorNotification, why: "payment URL by notification", status: tradepay.StatusProcessing,
		id: n.PaymentRequestID, paymentID: n.PaymentID, url: n.PaymentURL, raw: n.Raw})
}

// lookSoon notes what says nothing definite about the payment, and has the wallet asked.
func (f *Flow) lookSoon(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) error {
	if o.State.Open() || o.State == StateRefunding {
		o.NextAt = f.now()
		if err := f.save(ctx, tx, o, o.State); err != nil {
			return err
		}
	}
	return f.remember(ctx, tx, o.ID, o.State, o.State, ActorNotification, string(n.Kind)+" notification", n.Raw)
}
