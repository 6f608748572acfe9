package orderflow

import (
	"context"
	"fmt"
	"time"
)

// PruneOptions selects the orders that [Flow.Prune] thins out.
type PruneOptions struct {
	// From and To select orders by their creation. To is at least 30 days ago: until then
	// wallets may repeat notifications, and payers may pay late.
	From, To time.Time
	// Pause is the time between two batches of 500 orders; default 50 ms.
	Pause time.Duration
}

// leastAge is how old an order must be.
const leastAge = 30 * 24 * time.Hour

// pruneBatch is how many orders one transaction thins out.
const pruneBatch = 500

// selectPrunable selects orders that have come to their end. Those that were paid late, wait for
// a person or are still looked at stay whole, as do those whose state may lead on by itself.
func (db *DB) selectPrunable() string {
	id := `id` + db.byBytes()
	return `SELECT created_at, id, CASE WHEN next_at IS NULL AND late_at IS NULL AND parked_at IS NULL
		AND state IN ('fulfilled', 'refunded', 'partly_refunded', 'failed', 'cancelled', 'expired')
		AND updated_at < $4 THEN 1 ELSE 0 END
	FROM orderflow_orders WHERE client = $1 AND (created_at, ` + id + `) > ($2, $3) AND created_at < $4
	ORDER BY created_at, ` + id + ` LIMIT 500`
}

// Prune deletes what most of the space is used for, of orders that have come to their end: the
// lines of their history but the first and the last, and the payment notifications that were
// stored to recognise them. It returns how many rows it has deleted. An order itself is never
// deleted, nor are its refunds, captures and alarms: a repeated Create finds it, a repeated
// notification changes nothing, and late money still raises its alarm.
//
// It works in batches, each in a transaction, and can be ended and called again at any time.
// Call it for one day after the other, such as each night for the day 90 days ago. On
// PostgreSQL the role needs DELETE on orderflow_history and orderflow_inbox. A wrong time
// matches [ErrInvalidConfig].
func (f *Flow) Prune(ctx context.Context, opts PruneOptions) (deleted int, err error) {
	if opts.To.IsZero() || opts.To.After(f.now().Add(-leastAge)) {
		return 0, invalidConfig("PruneOptions.To", "is less than 30 days ago", "leave younger orders whole")
	}
	if opts.Pause <= 0 {
		opts.Pause = 50 * time.Millisecond
	}
	next := pruneCursor{at: opts.From.UnixMilli()}
	for {
		ids, last, more, err := f.prunable(ctx, next, opts.To)
		if err != nil {
			return deleted, err
		}
		err = f.db.inTx(ctx, func(tx *transaction) error {
			n, err := f.prune(ctx, tx, ids, opts.To)
			if err == nil {
				tx.after = append(tx.after, func() { deleted += n })
			}
			return err
		})
		if err != nil || !more {
			return deleted, err
		}
		next = last
		if err := wait(ctx, opts.Pause); err != nil {
			return deleted, err
		}
	}
}

// pruneCursor is where a batch begins: behind this order.
type pruneCursor struct {
	at int64
	id string
}

// prunable returns the next orders that can be thinned out, and whether there are more.
func (f *Flow) prunable(ctx context.Context, from pruneCursor, to time.Time) (
	ids []string, last pruneCursor, more bool, err error,
) {
	rows, err := f.db.read.QueryContext(ctx, f.db.selectPrunable(), f.name, from.at, from.id, to.UnixMilli())
	if err != nil {
		return nil, from, false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	last = from
	n := 0
	for ; rows.Next(); n++ {
		ended := 0
		if err := rows.Scan(&last.at, &last.id, &ended); err != nil {
			return nil, from, false, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		if ended == 1 {
			ids = append(ids, last.id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, from, false, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return ids, last, n == pruneBatch, nil
}

// prune deletes the rows of orders.
func (f *Flow) prune(ctx context.Context, tx *transaction, ids []string, to time.Time) (deleted int, err error) {
	for _, id := range ids {
		// Nobody has touched it since it was selected: what is under way is younger.
		for _, statement := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM orderflow_history WHERE client = $1 AND order_id = $2 AND at < $3
				AND seq > (SELECT MIN(seq) FROM orderflow_history WHERE client = $1 AND order_id = $2)
				AND seq < (SELECT MAX(seq) FROM orderflow_history WHERE client = $1 AND order_id = $2)`,
				[]any{f.name, id, to.UnixMilli()}},
			{`DELETE FROM orderflow_inbox WHERE client = $1 AND kind = 'payment' AND request_id = $2
				AND received_at < $3`,
				[]any{f.name, id, to.UnixMilli()}},
		} {
			rows, err := tx.exec(ctx, statement.query, statement.args...)
			if err != nil {
				return 0, err
			}
			deleted += int(rows)
		}
	}
	return deleted, nil
}
