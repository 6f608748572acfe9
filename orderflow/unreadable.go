package orderflow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// UnreadableError names an order or refund whose row this program cannot read:
// most likely a later version of orderflow wrote it. It matches [ErrUnreadable].
type UnreadableError struct {
	ID     string // of the order or refund; empty where not even that can be read
	Reason string // the column, and what is wrong with it; no value that may be a payer's
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%s: %q: %s; update this program, or correct the row", ErrUnreadable, e.ID, e.Reason)
}

// Unwrap returns [ErrUnreadable].
func (e *UnreadableError) Unwrap() error { return ErrUnreadable }

// knownStates returns an error where a later version of this module has put
// the order into a state that this one does not know: it may mean anything.
func (o *Order) knownStates() error {
	known := States()
	switch {
	case !slices.Contains(known, o.State):
		return &UnreadableError{ID: o.ID, Reason: fmt.Sprintf("its state %q is none of this version", clip(string(o.State), 64))}
	case o.resume != "" && o.resume != resumeParked && !slices.Contains(known, o.resume):
		return &UnreadableError{ID: o.ID, Reason: fmt.Sprintf("its resume_state %q is none of this version", clip(string(o.resume), 64))}
	}
	return nil
}

// scanOrders returns the orders that can be read, and those that cannot, of
// which little is known. One row must not hide the others.
func scanOrders(rows *sql.Rows) (orders, unreadable []*Order, err error) {
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	for rows.Next() {
		o, err := readOrder(rows)
		switch {
		case errors.Is(err, ErrUnreadable):
			o.LastError = err.Error()
			unreadable = append(unreadable, o)
		case err != nil:
			return nil, nil, err
		default:
			orders = append(orders, o)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return orders, unreadable, nil
}

// unscannable reports whether a column of the row is not of its type: SQLite
// keeps whatever it is given. database/sql has no error to match for this.
func unscannable(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "sql: Scan error")
}

// passOver puts off orders that are due and cannot be read, and tells a person.
// The newer program that wrote them, where one runs, finds them in between.
func (f *Flow) passOver(ctx context.Context, tx *transaction, unreadable []*Order) error {
	now := f.now()
	for _, o := range unreadable {
		next := now.Add(clamp(now.Sub(o.UpdatedAt), f.inquiries.First, time.Hour))
		tx.later = append(tx.later, write{query: `UPDATE orderflow_orders SET next_at = $3 WHERE client = $1 AND id = $2`,
			args: []any{f.name, o.ID, next.UnixMilli()}})
		if err := f.raise(ctx, tx, Alarm{Kind: AlarmUnreadable, OrderID: o.ID, Reason: o.LastError}, nil); err != nil {
			return err
		}
	}
	return nil
}

// idsOf returns the ids, and says them in the log.
func (f *Flow) idsOf(ctx context.Context, unreadable []*Order) []string {
	var ids []string
	for _, o := range unreadable {
		f.log.ErrorContext(ctx, "orderflow: an order cannot be read", "order_id", o.ID, "error", o.LastError)
		ids = append(ids, o.ID)
	}
	return ids
}
