package shop

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// timeToPay is how long an order can be paid, and its prices stand.
const timeToPay = 15 * time.Minute

// ordersPerMinute bounds how fast one customer places orders.
const ordersPerMinute = 20

// placed is the shop's part of an order: what was sold to whom. The state of
// its payment is orderflow's.
type placed struct {
	id, customer, requestKey, siteName, viewKey string
	byAgreement                                 bool // charged without the cashier
	reserved                                    bool // paid in the cashier, and charged by the shopkeeper
	lines                                       []Line
	createdAt                                   time.Time
}

// order places an order and asks the wallet for its payment. The same customer
// and request key are the same order, however often it is called. An error that is for
// good, such as errRefused or errAgreement, says that the order is not charged: the
// phone then pays another one.
func (s *Shop) order(ctx context.Context, o placed, items []wanted, lang string) (*placed, *orderflow.Order, error) {
	// Stored first: if this process dies now, the phone's next try finds the
	// order under its request key and goes on from here.
	kept, err := s.placeOnce(ctx, o, items, lang)
	if err != nil {
		return nil, nil, err
	}
	if age := s.now().Sub(kept.createdAt); age > timeToPay {
		// Begun now, it would be paid at the prices of then: who cuts off a
		// request at the right moment could keep them for ever.
		order, err := s.flow.Get(ctx, kept.id)
		mayBeBegun := age < timeToPay+2*callTime // by a request that came in time and is slow
		switch {
		case !errors.Is(err, orderflow.ErrNotFound):
		case mayBeBegun:
			err = errTryAgain
		default:
			err = errRequestKey
		}
		return kept, order, err
	}
	request := s.payment(kept)
	if kept.byAgreement {
		token, err := s.beginCharge(ctx, kept)
		if err == nil && token == "" {
			order, err := s.withoutAgreement(ctx, kept)
			return kept, order, err
		}
		if err != nil {
			return kept, nil, err
		}
		request.PaymentAuthCode = token
	}
	order, err := s.flow.Create(ctx, request)
	if errors.Is(err, orderflow.ErrConflict) {
		// Sent before the shop's own address changed, or with an earlier agreement: it
		// stands as it was sent.
		order, err = s.flow.Get(ctx, kept.id)
	}
	if err != nil && kept.byAgreement {
		err = s.chargeRefused(ctx, request.PaymentAuthCode, err)
	}
	return kept, order, err
}

// payment is what the wallet is asked for. It depends on what is stored and on
// the shop's address, so that a repeated call says the same.
func (s *Shop) payment(o *placed) *tradepay.CreateOrderRequest {
	sum := total(o.lines)
	req := &tradepay.CreateOrderRequest{
		PaymentRequestID: o.id,
		Amount:           sum,
		Title:            title(o.lines),
		SiteName:         o.siteName,
		NotifyURL:        s.notifyURL,
		Authorize:        o.reserved,
		Order: tradepay.OrderDetails{
			CreatedAt: o.createdAt,
			Buyer:     tradepay.Buyer{ID: o.customer},
			Merchant:  tradepay.Merchant{DisplayName: name}, // whom the cashier pays
			// One line of goods: several wallets take no more.
			Goods: []tradepay.Goods{{ID: "basket", Name: title(o.lines), UnitAmount: sum, Quantity: 1}},
		},
	}
	if len(o.lines) == 1 {
		l := o.lines[0]
		req.Order.Goods = []tradepay.Goods{{ID: l.ID, Name: l.Name, UnitAmount: l.Unit, Quantity: int(l.Quantity)}}
	}
	if s.publicURL != "" {
		req.RedirectURL = s.publicURL + o.page()
	}
	return req
}

// page is where the customer sees the result, without a session in that browser.
func (o *placed) page() string {
	return "/orders/" + url.PathEscape(o.id) + "?key=" + url.QueryEscape(o.viewKey)
}

// placeOnce returns the order of the customer's request key, or places it. Only a new
// order is priced: what an earlier one costs, and whether it is still sold, was decided
// then.
func (s *Shop) placeOnce(ctx context.Context, o placed, items []wanted, lang string) (*placed, error) {
	kept, err := scanPlaced(s.read.QueryRowContext(ctx, selectPlaced, o.customer, o.requestKey))
	switch {
	case err == nil && (!hasGoods(kept.lines, items) || !kept.isPaidLike(&o)):
		return nil, errRequestKey
	case !errors.Is(err, errNotFound):
		return kept, err
	}
	if o.lines, err = s.price(items, lang); err != nil {
		return nil, err
	}
	return s.place(ctx, o)
}

// place stores the order unless the customer's request key has one already.
func (s *Shop) place(ctx context.Context, o placed) (*placed, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	lines, err := json.Marshal(o.lines)
	if err != nil {
		return nil, err
	}
	now := s.now()
	res, err := tx.ExecContext(ctx, `INSERT INTO shop_orders (id, customer, request_key, site_name, lines, view_key,
		created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		"order-"+rand.Text(), o.customer, o.requestKey, o.siteName, string(lines), rand.Text(), now.UnixMilli())
	if err != nil {
		return nil, err
	}
	fresh, err := res.RowsAffected()
	if err != nil {
		return nil, err
	}
	kept, err := scanPlaced(tx.QueryRowContext(ctx, selectPlaced, o.customer, o.requestKey))
	switch {
	case err != nil:
		return nil, err
	case fresh == 0 && (!sameGoods(kept.lines, o.lines) || !kept.isPaidLike(&o)):
		return nil, errRequestKey // another basket, or way to pay, under the key of an earlier order
	case fresh == 0:
		return kept, nil
	}
	if o.byAgreement {
		_, err := tx.ExecContext(ctx, `INSERT INTO shop_agreement_orders (order_id) VALUES ($1)`, kept.id)
		if err != nil {
			return nil, err
		}
		kept.byAgreement = true
	}
	if o.reserved {
		_, err := tx.ExecContext(ctx, `INSERT INTO shop_reserved_orders (order_id) VALUES ($1)`, kept.id)
		if err != nil {
			return nil, err
		}
		kept.reserved = true
	}
	if err := s.admit(ctx, tx, kept, now); err != nil {
		return nil, err
	}
	return kept, tx.Commit()
}

// admit refuses a new order that comes too fast, or that asks for more than there is.
func (s *Shop) admit(ctx context.Context, tx *sql.Tx, o *placed, now time.Time) error {
	var recent int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM shop_orders WHERE customer = $1 AND created_at > $2`,
		o.customer, now.Add(-time.Minute).UnixMilli()).Scan(&recent)
	if err != nil {
		return err
	}
	if recent > ordersPerMinute {
		return errTooMany
	}
	for _, l := range o.lines {
		// Not reserved: the last piece may be gone when the payment comes. Then
		// Fulfil fails, the order is parked, and the shopkeeper restocks or refunds.
		var left int64
		if err := tx.QueryRowContext(ctx, `SELECT quantity FROM shop_stock WHERE item_id = $1`,
			l.ID).Scan(&left); err != nil {
			return err
		}
		if left < l.Quantity {
			return errSoldOut
		}
	}
	return nil
}

// isPaidLike reports whether two orders are paid in the same way.
func (o *placed) isPaidLike(other *placed) bool {
	return o.byAgreement == other.byAgreement && o.reserved == other.reserved
}

// sameGoods compares what and how many. Names and prices may have changed
// between two taps; those of the first one stand.
func sameGoods(a, b []Line) bool {
	return slices.EqualFunc(a, b, func(a, b Line) bool { return a.ID == b.ID && a.Quantity == b.Quantity })
}

// hasGoods compares the lines of an order with what the phone wants, in any order.
func hasGoods(lines []Line, items []wanted) bool {
	asked := make([]Line, len(items))
	for i, w := range items {
		asked[i] = Line{ID: w.ID, Quantity: w.Quantity}
	}
	slices.SortFunc(asked, byID)
	return sameGoods(lines, asked)
}

const (
	placedColumns = `id, customer, request_key, site_name, lines, view_key, created_at,
	EXISTS (SELECT 1 FROM shop_agreement_orders WHERE order_id = shop_orders.id),
	EXISTS (SELECT 1 FROM shop_reserved_orders WHERE order_id = shop_orders.id)`
	selectPlaced = `SELECT ` + placedColumns + ` FROM shop_orders WHERE customer = $1 AND request_key = $2`
)

func scanPlaced(row interface{ Scan(dest ...any) error }) (*placed, error) {
	var o placed
	var lines string
	var at int64
	err := row.Scan(&o.id, &o.customer, &o.requestKey, &o.siteName, &lines, &o.viewKey, &at,
		&o.byAgreement, &o.reserved)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errNotFound
	case err != nil:
		return nil, err
	}
	o.createdAt = time.UnixMilli(at).UTC()
	if err := json.Unmarshal([]byte(lines), &o.lines); err != nil {
		return nil, fmt.Errorf("shop: the lines of order %q cannot be read: %w", o.id, err)
	}
	return &o, nil
}

// isOrderID reports whether place can have made the id. What cannot be one, a
// zero byte say, does not get to the database.
var isOrderID = regexp.MustCompile(`^order-[A-Z2-7]{26}$`).MatchString

// find returns an order; with a customer, only if it is theirs. An order of
// somebody else and one that does not exist look the same.
func (s *Shop) find(ctx context.Context, id, customer string) (*placed, error) {
	if !isOrderID(id) {
		return nil, errNotFound
	}
	o, err := scanPlaced(s.read.QueryRowContext(ctx, `SELECT `+placedColumns+` FROM shop_orders WHERE id = $1`, id))
	if err == nil && customer != "" && o.customer != customer {
		return nil, errNotFound
	}
	return o, err
}

// historyPage is how many orders a list shows at a time.
const historyPage = 25

// ordersOf returns a customer's orders, newest first: the first page, or the
// one after an order of theirs.
func (s *Shop) ordersOf(ctx context.Context, customer, after string) ([]*placed, error) {
	if after != "" && !isOrderID(after) {
		return nil, errBadRequest
	}
	rows, err := s.read.QueryContext(ctx, `SELECT `+placedColumns+` FROM shop_orders WHERE customer = $1
		AND ($2 = '' OR (created_at, id) < (SELECT created_at, id FROM shop_orders WHERE customer = $1 AND id = $2))
		ORDER BY created_at DESC, id DESC LIMIT $3`, customer, after, historyPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has what matters
	var orders []*placed
	for rows.Next() {
		o, err := scanPlaced(rows)
		if err != nil {
			return nil, err
		}
		orders = append(orders, o)
	}
	return orders, rows.Err()
}

// ship is what a paid order causes. It runs in the transaction in which the
// order becomes fulfilled: both are committed, once, or neither is. A parcel
// label or a mail would not be part of it; send f.Key along with those.
func (s *Shop) ship(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
	o, err := scanPlaced(tx.QueryRowContext(ctx, `SELECT `+placedColumns+` FROM shop_orders WHERE id = $1`, f.Order.ID))
	if err != nil {
		return err
	}
	for _, l := range o.lines {
		res, err := tx.ExecContext(ctx, `UPDATE shop_stock SET quantity = quantity - $2 WHERE item_id = $1
			AND quantity >= $2`, l.ID, l.Quantity)
		if err != nil {
			return err
		}
		switch taken, err := res.RowsAffected(); {
		case err != nil:
			return err
		case taken != 1: // paid, and not there: a person decides
			return fmt.Errorf("%w: %d of %q are wanted; restock and retry, or refund", errSoldOut, l.Quantity, l.ID)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO shop_shipments (order_id, item_id, quantity, created_at)
			VALUES ($1, $2, $3, $4)`,
			o.id, l.ID, l.Quantity, s.now().UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// stock returns what is left of each item.
func (s *Shop) stock(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT item_id, quantity FROM shop_stock`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has what matters
	left := make(map[string]int64)
	for rows.Next() {
		var id string
		var quantity int64
		if err := rows.Scan(&id, &quantity); err != nil {
			return nil, err
		}
		left[id] = quantity
	}
	return left, rows.Err()
}
