package orderflow

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	tradepay "github.com/tradepay/tradepay-go"
)

// A shard that was added takes the place of an older one for some new ids. Before an
// order of such an id is stored there, each older shard cedes the id, in a transaction
// that finds no order of it: from then on no process stores one there, whatever shards it
// knows. So there is never a second order of an id, and never a second charge.

// querier is a transaction, or a handle for reading.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) scanner
}

// reading is the handle for reading as a querier.
type reading struct{ db *sql.DB }

func (r reading) QueryRowContext(ctx context.Context, query string, args ...any) scanner {
	return r.db.QueryRowContext(ctx, query, args...)
}

func (f *Flow) reading() reading { return reading{f.db.read} }

// lockID keeps an id for the transaction: whether it has an order here does not change
// meanwhile. A row that is not there cannot be locked.
func (f *Flow) lockID(ctx context.Context, tx *transaction, id string) error {
	if !f.db.postgres() { // a writing transaction is alone
		return nil
	}
	sum := sha256.Sum256([]byte(f.name + "\x00" + id))
	key := int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // any number will do
	_, err := tx.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, key)
	return err
}

// cededTo is the shard that keeps the order of an id instead of this one; "" for none.
func (f *Flow) cededTo(ctx context.Context, from querier, id string) (shard string, err error) {
	err = from.QueryRowContext(ctx, `SELECT shard FROM orderflow_ceded WHERE client = $1 AND id = $2`, f.name, id).
		Scan(&shard)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return shard, nil
}

// errElsewhere is why a flow does not store or find an order that it has ceded.
var errElsewhere = errors.New("it keeps this order, and this flow alone does not reach it; call Shards with all " +
	"shards that there are")

// mayStore rejects a new order that another shard keeps. A flow asks even if its process does not
// know that the database has become a shard: another process may.
func (f *Flow) mayStore(ctx context.Context, tx *transaction, id string) error {
	if err := f.lockID(ctx, tx, id); err != nil {
		return err
	}
	shard, err := f.cededTo(ctx, tx, id)
	if err == nil && shard != "" {
		return &ShardError{Shard: shard, Err: errElsewhere}
	}
	return err
}

// missing is the error for an order that is not here.
func (f *Flow) missing(ctx context.Context, from querier, id string) error {
	shard, err := f.cededTo(ctx, from, id)
	switch {
	case err != nil:
		return err
	case shard != "":
		return &ShardError{Shard: shard, Err: errElsewhere}
	}
	return fmt.Errorf("%w: order %q", ErrNotFound, id)
}

// cede leaves an id to the newest of its homes, for good, unless its order is here. If it
// has left the id to another shard before, that one may have the order.
func (f *Flow) cede(ctx context.Context, id string, homes []*shard) (isHere bool, err error) {
	to := homes[len(homes)-1].Name
	err = f.db.inTx(ctx, func(tx *transaction) error {
		if err := f.lockID(ctx, tx, id); err != nil {
			return err
		}
		if isHere, err = f.has(ctx, tx, id); err != nil || isHere {
			return err
		}
		rows, err := tx.exec(ctx, `INSERT INTO orderflow_ceded (client, id, shard, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, f.name, id, to, f.now().UnixMilli())
		if err != nil || rows == 1 {
			return err
		}
		before, err := f.cededTo(ctx, tx, id)
		isLookedIn := slices.ContainsFunc(homes, func(s *shard) bool { return s.Name == before })
		if err == nil && !isLookedIn {
			return &ShardError{Shard: before, Err: errElsewhere}
		}
		return err
	})
	return isHere, err
}

// has reports whether the order is here.
func (f *Flow) has(ctx context.Context, from querier, id string) (bool, error) {
	if !storable(id) {
		return false, nil
	}
	return found(from.QueryRowContext(ctx, `SELECT 1 FROM orderflow_orders WHERE client = $1 AND id = $2`, f.name, id))
}

// hasPayment reports whether the order of a payment is here, by the wallet's id.
func (f *Flow) hasPayment(ctx context.Context, paymentID string) (bool, error) {
	if paymentID == "" || !storable(paymentID) {
		return false, nil
	}
	return found(f.db.read.QueryRowContext(ctx, `SELECT 1 FROM orderflow_orders WHERE client = $1 AND payment_id = $2
		AND payment_id <> '' LIMIT 1`, f.name, paymentID))
}

// hasRefund reports whether a refund is here. but is an order whose refunds do not count.
func (f *Flow) hasRefund(ctx context.Context, id, but string) (bool, error) {
	if id == "" || !storable(id) {
		return false, nil
	}
	return found(f.db.read.QueryRowContext(ctx, `SELECT 1 FROM orderflow_refunds WHERE client = $1 AND id = $2
		AND order_id <> $3`, f.name, id, but))
}

// hasCapture reports whether a capture or a void is here, but for those of one order.
func (f *Flow) hasCapture(ctx context.Context, id, but string) (bool, error) {
	if id == "" || !storable(id) {
		return false, nil
	}
	return found(f.db.read.QueryRowContext(ctx, `SELECT 1 FROM orderflow_captures WHERE client = $1 AND id = $2
		AND order_id <> $3`, f.name, id, but))
}

// found reports whether there is a row.
func found(row scanner) (bool, error) {
	var one int
	switch err := row.Scan(&one); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return true, nil
}

// unmistaken looks whether the payment in an answer to a pay is one of another shard, and
// returns its name. If a shard cannot be asked, the wallet is: by the order's id.
func (f *Flow) unmistaken(ctx context.Context, o *Order, answer *tradepay.Order) (
	other string, known *tradepay.Order, err error,
) {
	ask := f.otherShard.Load()
	if ask == nil || f.client.ConfirmsOrders() || answer.PaymentID == "" {
		return "", answer, nil
	}
	other, err = (*ask)(ctx, answer.PaymentID)
	if err == nil || other != "" {
		return other, answer, nil
	}
	known, err = f.clientFor(o).QueryOrder(ctx, o.ref())
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("%w: a shard is down, and the wallet does not confirm its answer: %w",
			tradepay.ErrOutcomeUnknown, err)
	case known.PaymentID != answer.PaymentID:
		return "", nil, fmt.Errorf("%w: the wallet's answer to pay is about another payment than its inquiry",
			tradepay.ErrOutcomeUnknown)
	}
	return "", answer, nil
}
