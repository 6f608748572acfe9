package frameworks

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tradepay/tradepay-go"
)

// Till keeps the orders of a shop that has an [Inbox]. It is as small as a till
// can be: what it lacks, asking about orders that nothing was heard of, is
// in examples/guide and in package orderflow.
type Till struct {
	DB      *sql.DB
	Client  *tradepay.Client
	Pricing Pricing
}

// tillTables: an order is open, paid (ship it), closed (not paid, and never
// will be) or held (contradictory: for a person).
const tillTables = `CREATE TABLE IF NOT EXISTS orders (
	id         TEXT PRIMARY KEY,                  -- the PaymentRequestID
	request    BLOB NOT NULL,                     -- to be repeated unchanged; holds personal data
	state      TEXT NOT NULL DEFAULT 'open',
	payment_id TEXT NOT NULL DEFAULT '',
	note       TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS shipments (order_id TEXT PRIMARY KEY REFERENCES orders)`

// Shop is a shop whose notifications go through the inbox.
func (t *Till) Shop(inbox *Inbox) *Shop {
	return &Shop{Client: t.Client, Place: t.place, Received: inbox.Receive}
}

// place stores the order before the wallet hears of it.
func (t *Till) place(ctx context.Context, cart string) (Placed, error) {
	req, err := t.Pricing(ctx, cart)
	if err != nil {
		return Placed{}, err
	}
	request, err := json.Marshal(req)
	if err != nil {
		return Placed{}, err
	}
	if _, err := t.DB.ExecContext(ctx, `INSERT INTO orders (id, request) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
		req.PaymentRequestID, request); err != nil {
		return Placed{}, err
	}
	stored, state, err := find(ctx, t.DB, req.PaymentRequestID) // that of the first time, if there was one
	if err != nil {
		return Placed{}, err
	}
	if state != "open" { // the wallet would repeat its first answer
		return Placed{}, fmt.Errorf("%w: order %q is %s", errDecided, req.PaymentRequestID, state)
	}
	order, err := t.Client.CreateOrder(ctx, stored)
	if err != nil {
		return Placed{}, err
	}
	return Placed{Order: order.PaymentRequestID, TradePay: order.TradePay()}, nil
}

func find(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, id string) (req *tradepay.CreateOrderRequest, state string, err error) {
	var request []byte
	if err := db.QueryRowContext(ctx, `SELECT request, state FROM orders WHERE id = $1`,
		id).Scan(&request, &state); err != nil {
		return nil, "", fmt.Errorf("order %q: %w", id, err)
	}
	req = new(tradepay.CreateOrderRequest)
	return req, state, json.Unmarshal(request, req)
}

// newsKeeps is how long a payment counts as not given back since.
const newsKeeps = time.Minute

// Renew asks the wallet about an order whose payment is no news anymore, for [Inbox]: what
// waited in the inbox, or at the wallet, may have been given back since.
func (t *Till) Renew(
	ctx context.Context, n *tradepay.Notification, age time.Duration,
) (*tradepay.Notification, error) {
	if n.Kind != tradepay.NotificationPayment || n.Status != tradepay.StatusSuccess || age <= newsKeeps {
		return n, nil
	}
	want, _, err := find(ctx, t.DB, n.PaymentRequestID)
	if err != nil {
		return nil, err
	}
	client := t.Client
	if want.SiteName != "" { // v1 wallets want it with every call
		client = client.ForSite(want.SiteName)
	}
	known, err := client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: want.PaymentRequestID})
	switch {
	case err != nil:
		return nil, err
	case !known.Status.Final():
		return nil, fmt.Errorf("order %q was %s and is %s", want.PaymentRequestID, n.Status, known.Status)
	}
	told := *n
	told.PaymentID, told.Status, told.Amount = known.PaymentID, known.Status, known.Amount
	told.Transactions = known.Transactions
	return &told, nil
}

// Settle does the work of one notification, for [Inbox]. Each change has its
// condition in it: the same news twice, or old news late, change nothing.
func (t *Till) Settle(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
	if n.Kind != tradepay.NotificationPayment {
		slog.InfoContext(ctx, "not about a payment", "kind", n.Kind, "order", n.PaymentRequestID)
		return nil
	}
	want, _, err := find(ctx, tx, n.PaymentRequestID)
	if err != nil {
		return err // orders are stored before they are sent: a person looks at this one, once it is parked
	}
	switch unpaid := n.CheckPaid(want.PaymentRequestID, want.Amount); {
	case unpaid == nil: // SUCCESS, this order, this amount
		return pay(ctx, tx, n)
	case n.Status == tradepay.StatusSuccess: // paid, but not what was sold
		return hold(ctx, tx, n, unpaid)
	case n.Status.Final(): // FAIL or CANCELLED
		_, err = tx.ExecContext(ctx, `UPDATE orders SET state = 'closed' WHERE id = $1 AND state = 'open'`,
			want.PaymentRequestID)
	}
	return err
}

// pay makes an open order paid and queues what was bought, once. A closed one
// is held: whether to ship or to refund is a decision.
func pay(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
	var state string
	err := tx.QueryRowContext(ctx, `UPDATE orders SET state = CASE state WHEN 'open' THEN 'paid' ELSE 'held'
		END, payment_id = $1
		WHERE id = $2 AND state IN ('open', 'closed') RETURNING state`, n.PaymentID, n.PaymentRequestID).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows): // paid already, or held
		return samePayment(ctx, tx, n)
	case err != nil:
		return err
	case state == "held":
		_, err = tx.ExecContext(ctx, `UPDATE orders SET note = 'paid after it was closed' WHERE id = $1`,
			n.PaymentRequestID)
	default:
		_, err = tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, n.PaymentRequestID)
	}
	return err
}

// hold keeps an order for a person. One that is paid already stays paid: there
// the error parks the notification instead.
func hold(ctx context.Context, tx *sql.Tx, n *tradepay.Notification, why error) error {
	held, err := tx.ExecContext(ctx, `UPDATE orders SET state = 'held', payment_id = $1, note = $2
		WHERE id = $3 AND state <> 'paid'`, n.PaymentID, why.Error(), n.PaymentRequestID)
	if err != nil {
		return err
	}
	if rows, err := held.RowsAffected(); err != nil || rows != 1 {
		return errors.Join(fmt.Errorf("order %q is paid, and this contradicts it: %w", n.PaymentRequestID, why), err)
	}
	return nil
}

// samePayment: one order paid by two payments is money to give back.
func samePayment(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
	var first string
	if err := tx.QueryRowContext(ctx, `SELECT payment_id FROM orders WHERE id = $1`,
		n.PaymentRequestID).Scan(&first); err != nil {
		return err
	}
	if first != n.PaymentID {
		return fmt.Errorf("order %q was settled by payment %q, and is paid by %q",
			n.PaymentRequestID, first, n.PaymentID)
	}
	return nil
}
