package orderflow

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Actor is who changed an order.
type Actor string

// The actors.
const (
	ActorMerchant     Actor = "merchant"     // a call of the program
	ActorWallet       Actor = "wallet"       // the answer to a call
	ActorNotification Actor = "notification" // of the wallet
	ActorReconcile    Actor = "reconcile"    // an inquiry
	ActorFulfil       Actor = "fulfil"       // Fulfil, or its limit
)

// Event is one line of an order's history. From and To are equal if the line notes
// something and the state did not change.
type Event struct {
	At       time.Time
	From, To State // From is empty for the first
	Actor    Actor
	Reason   string
	Raw      string `json:"-"` // the verified message, if one was the cause; may hold payers' data
}

// LogValue leaves the message out.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.Time("at", e.At), slog.String("from", string(e.From)), slog.String("to", string(e.To)),
		slog.String("actor", string(e.Actor)), slog.String("reason", e.Reason))
}

// Format is LogValue for fmt, whatever the verb.
func (e Event) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Event{At:%s From:%s To:%s Actor:%s Reason:%q}",
		e.At.Format(time.RFC3339), e.From, e.To, e.Actor, e.Reason)
}

const insertEvent = `INSERT INTO orderflow_history (client, order_id, at, from_state, to_state, actor, reason, raw)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// remember adds a line to the history, at the end of the transaction.
func (f *Flow) remember(tx *transaction, id string, from, to State, actor Actor, why string, raw []byte) {
	tx.later = append(tx.later, write{query: insertEvent,
		args: []any{f.name, id, f.now().UnixMilli(), string(from), string(to), string(actor),
			clip(why, 1024), stored(raw)}})
}

// History returns all that happened to an order, oldest first.
func (f *Flow) History(ctx context.Context, id string) ([]Event, error) {
	rows, err := f.db.read.QueryContext(ctx,
		`SELECT at, from_state, to_state, actor, reason, raw FROM orderflow_history WHERE client = $1 AND order_id = $2
			ORDER BY seq`, f.name, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	var events []Event
	for rows.Next() {
		var e Event
		var at int64
		if err := rows.Scan(&at, &e.From, &e.To, &e.Actor, &e.Reason, &e.Raw); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		e.At = time.UnixMilli(at).UTC()
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if events == nil {
		return nil, f.missing(ctx, f.reading(), id)
	}
	return events, nil
}
