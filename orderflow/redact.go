package orderflow

import (
	"fmt"
	"log/slog"
	"time"
)

// What fmt and slog print of the types that hold what payers and people wrote,
// or the wallet's messages. TestNoTypePrintsSecrets holds all types to it.

// Format prints ids, the state and the amount, whatever the verb.
func (r Refund) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Refund{ID:%q OrderID:%q State:%s Amount:%s}", r.ID, r.OrderID, r.State, r.Amount)
}

// LogValue logs the ids and the state only.
func (r Refund) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", r.ID),
		slog.String("order_id", r.OrderID),
		slog.String("state", string(r.State)),
	)
}

// Format prints the id and the amount, whatever the verb.
func (r RefundRequest) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.RefundRequest{ID:%q Amount:%s}", r.ID, r.Amount)
}

// LogValue logs the id only.
func (r RefundRequest) LogValue() slog.Value { return slog.GroupValue(slog.String("id", r.ID)) }

// Format prints ids, the state and the amount, whatever the verb.
func (c Capture) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Capture{ID:%q OrderID:%q State:%s Amount:%s}", c.ID, c.OrderID, c.State, c.Amount)
}

// LogValue logs the ids and the state only.
func (c Capture) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", c.ID),
		slog.String("order_id", c.OrderID),
		slog.String("state", string(c.State)),
	)
}

// Format prints how many there are of each, whatever the verb.
func (r Report) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Report{Name:%q From:%s To:%s Alarms:%d Late:%d Parked:%d Overdue:%d}", r.Name,
		r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), len(r.Alarms), len(r.Late),
		len(r.Parked), len(r.Overdue))
}

// LogValue logs how many there are of each.
func (r Report) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("name", r.Name),
		slog.Time("from", r.From),
		slog.Time("to", r.To),
		slog.Int("alarms", len(r.Alarms)),
		slog.Int("late", len(r.Late)),
		slog.Int("parked", len(r.Parked)),
		slog.Int("overdue", len(r.Overdue)),
	)
}

// Format prints the order, the amount, the key and the attempt, whatever the verb.
func (f Fulfilment) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Fulfilment{Order:%v Amount:%s Key:%q Attempt:%d}", f.Order, f.Amount, f.Key, f.Attempt)
}

// LogValue logs the order's id and state, the key and the attempt.
func (f Fulfilment) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("order", f.Order), slog.String("key", f.Key), slog.Int("attempt", f.Attempt))
}
