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
	knownResume := o.resume == "" || o.resume == resumeParked || slices.Contains(known, o.resume)
	switch {
	case !slices.Contains(known, o.State):
		return &UnreadableError{
			ID:     o.ID,
			Reason: fmt.Sprintf("its state %q is none of this version", clip(string(o.State), 64)),
		}
	case !knownResume:
		return &UnreadableError{
			ID:     o.ID,
			Reason: fmt.Sprintf("its resume_state %q is none of this version", clip(string(o.resume), 64)),
		}
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
			if err := identify(rows, o); err != nil {
				return nil, nil, err
			}
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

// identify reads which order a row is that could not be read whole, and when it
// was created, where that is known.
func identify(rows *sql.Rows, o *Order) error {
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if created, ok := values[slices.Index(names, "created_at")].(int64); ok {
		o.CreatedAt = time.UnixMilli(created).UTC()
	}
	return nil
}

// unscannable reports whether a column of the row is not of its type: SQLite
// keeps whatever it is given. database/sql has no error to match for this.
func unscannable(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "sql: Scan error")
}

const (
	// passOverFor is how long an unreadable order is passed over: a newer
	// program beside this one has its turn meanwhile.
	passOverFor = time.Minute
	// unreadableEvery is how often a person is told of the same one.
	unreadableEvery = time.Hour
)

// passOver puts off orders that are due and cannot be read, and tells a person.
func (f *Flow) passOver(ctx context.Context, tx *transaction, unreadable []*Order) error {
	for _, o := range unreadable {
		tx.later = append(tx.later, write{
			query: `UPDATE orderflow_orders SET next_at = $3 WHERE client = $1 AND id = $2`,
			args:  []any{f.name, o.ID, f.now().Add(passOverFor).UnixMilli()},
		})
		alarm := Alarm{Kind: AlarmUnreadable, OrderID: o.ID, Reason: o.LastError}
		if err := f.raiseAtMost(ctx, tx, alarm, unreadableEvery); err != nil {
			return err
		}
	}
	return nil
}

// refundUnreadable tells a person of an order that is refunding, and whose open
// refund cannot be read or is gone.
func (f *Flow) refundUnreadable(ctx context.Context, id string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		if err != nil || o.State != StateRefunding {
			return known(err)
		}
		if _, err := f.openRefundOf(ctx, id); err == nil { // a newer one, meanwhile
			return nil
		}
		alarm := Alarm{
			Kind:    AlarmUnreadable,
			OrderID: id,
			about:   "refund",
			Reason:  "it is refunding, and its open refund cannot be read or is gone",
		}
		return f.raiseAtMost(ctx, tx, alarm, unreadableEvery)
	})
}

// raiseAtMost raises an alarm unless it was raised a short while ago.
func (f *Flow) raiseAtMost(ctx context.Context, tx *transaction, a Alarm, every time.Duration) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM orderflow_alarms
		WHERE client = $1 AND digest = $2 AND last_at > $3`, f.name, a.digest(),
		f.now().Add(-every).UnixMilli()).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	case n > 0:
		return nil
	}
	return f.raise(ctx, tx, a, nil)
}

// logUnreadable says in the log which orders a list leaves out, and returns their ids.
func (f *Flow) logUnreadable(ctx context.Context, unreadable []*Order) []string {
	var ids []string
	for _, o := range unreadable {
		f.log.ErrorContext(ctx, "orderflow: an order cannot be read", "order_id", o.ID, "error", o.LastError)
		ids = append(ids, o.ID)
	}
	return ids
}
