package orderflow

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"time"
)

// AlarmKind says what a person has to look at.
type AlarmKind string

// The kinds of alarms.
const (
	AlarmAmount        AlarmKind = "amount"        // a verified message over another amount or currency
	AlarmReference     AlarmKind = "reference"     // a verified message about other ids
	AlarmContent       AlarmKind = "content"       // the same notification again, with other content
	AlarmUnknownOrder  AlarmKind = "unknown_order" // a notification for an order that is not here
	AlarmContradiction AlarmKind = "contradiction" // the wallet contradicts itself, or what was asked for
	AlarmIDReused      AlarmKind = "id_reused"     // the wallet has the id with other content
	AlarmLate          AlarmKind = "late"          // paid after the order was closed
	AlarmParked        AlarmKind = "parked"        // the flow left a paid order to a person, see Flow.Retry
	AlarmRefund        AlarmKind = "refund"        // a refund failed, or has no answer for long
	AlarmCapture       AlarmKind = "capture"       // a capture or a void failed, or has no answer for long
	// AlarmReserved: a reservation ends soon, see [Config.ReservedNotice], and is neither
	// captured nor voided; or its time is over, and the wallet has not ended it.
	AlarmReserved AlarmKind = "reserved"
	// AlarmGivenBack: the wallet has given money back that nobody here asked for.
	AlarmGivenBack AlarmKind = "given_back"
	// AlarmUnconfirmed: a message said that the order was paid, and for over an hour
	// the wallet has not confirmed it; the order waits.
	AlarmUnconfirmed AlarmKind = "unconfirmed"
	// AlarmUnhandled: the wallet reports a dispute, a refund that the flow did not make, or
	// something that is not known, and there is no [Config.OnNotification].
	AlarmUnhandled AlarmKind = "unhandled"
	// AlarmUnreadable: this program cannot read the order, which is due; see [ErrUnreadable].
	AlarmUnreadable AlarmKind = "unreadable"
)

// Alarm says that money and orders disagree. The flow stores it with its evidence
// before it reports it. If a message says the same again, the flow counts it in
// Times, and keeps the newest Reason and Raw.
type Alarm struct {
	Kind    AlarmKind
	OrderID string // may be one that is not here
	Reason  string
	Raw     string `json:"-"` // the verified message; may hold payers' data
	FirstAt time.Time
	LastAt  time.Time
	Times   int

	// about, beside kind and order, makes an alarm the same one again: ids and
	// digests, and no prose, which may be put better in a later version.
	about string
}

// digest is the same for what is the same alarm.
func (a *Alarm) digest() string { return digestOf([]byte(a.Kind), []byte(a.OrderID), []byte(a.about)) }

// LogValue leaves the evidence out.
func (a Alarm) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", string(a.Kind)),
		slog.String("order_id", a.OrderID),
		slog.String("reason", a.Reason),
	)
}

// Format is LogValue for fmt.
func (a Alarm) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Alarm{Kind:%s OrderID:%q Reason:%q}", a.Kind, a.OrderID, a.Reason)
}

// evidence is the error for a message whose alarm is to be kept: the
// transaction is committed all the same, see keep.
type evidence struct{ reason string }

func (e *evidence) Error() string { return ErrEvidence.Error() + ": " + e.reason }
func (e *evidence) Unwrap() error { return ErrEvidence }

// alarm raises a and returns [ErrEvidence].
func (f *Flow) alarm(ctx context.Context, tx *transaction, a Alarm, raw []byte) error {
	if err := f.raise(ctx, tx, a, raw); err != nil {
		return err
	}
	tx.evidence = true
	return &evidence{reason: a.Reason}
}

// raise stores an alarm, and reports it once it is committed.
func (f *Flow) raise(ctx context.Context, tx *transaction, a Alarm, raw []byte) error {
	now := f.now()
	a.Raw, a.Reason = stored(raw), clip(a.Reason, 1024)
	a.FirstAt, a.LastAt = now, now
	var first int64
	err := tx.QueryRowContext(ctx, `INSERT INTO orderflow_alarms
			(client, digest, kind, order_id, reason, raw, first_at, last_at, times)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)
		ON CONFLICT (client, digest) DO UPDATE SET reason = $5,
			raw = CASE WHEN $6 <> '' THEN $6 ELSE orderflow_alarms.raw END,
			last_at = $7, times = orderflow_alarms.times + 1
		RETURNING first_at, times`,
		f.name, a.digest(), a.Kind, clip(a.OrderID, 256), a.Reason, a.Raw, now.UnixMilli()).
		Scan(&first, &a.Times)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	a.FirstAt = time.UnixMilli(first).UTC()
	tx.after = append(tx.after, func() {
		f.metrics.Alarm(ctx, a.Kind)
		f.log.ErrorContext(ctx, "orderflow: alarm",
			"kind", a.Kind, "order_id", a.OrderID, "reason", a.Reason, "times", a.Times)
		f.callAlarm(ctx, a)
	})
	return nil
}

// callAlarm keeps a panic of OnAlarm from what else follows the commit: the
// alarm is stored, and a notification that was stored is to be acknowledged.
func (f *Flow) callAlarm(ctx context.Context, a Alarm) {
	if f.onAlarm == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			f.log.ErrorContext(ctx, "orderflow: OnAlarm panicked", "order_id", a.OrderID,
				"stack", string(debug.Stack()))
		}
	}()
	f.onAlarm(ctx, a)
}

// selectAlarms reads a page of alarms, behind one of them. By last_at alone an
// index finds where the page begins.
const (
	selectAlarms = `SELECT kind, order_id, reason, raw, first_at, last_at, times, digest FROM orderflow_alarms
		WHERE client = $1 AND last_at >= $2 AND (last_at > $2 OR digest > $3) AND last_at < $4
		ORDER BY last_at, digest LIMIT 1000`
	alarmPage = 1000
)

// Alarms returns the alarms that the flow last raised in [from, to), oldest first.
// It reads them in pages, and no query is open while the loop's body runs. An alarm
// that the flow raises again meanwhile may come again, with more Times. An error
// ends the loop.
//
//	for alarm, err := range flow.Alarms(ctx, from, to) {
//		if err != nil {
//			return err
//		}
//		…
//	}
func (f *Flow) Alarms(ctx context.Context, from, to time.Time) iter.Seq2[Alarm, error] {
	return func(yield func(Alarm, error) bool) {
		next := alarmCursor{lastAt: from.UnixMilli()}
		for {
			page, last, err := f.alarmsFrom(ctx, next, to)
			if err != nil {
				yield(Alarm{}, err)
				return
			}
			for _, a := range page {
				if !yield(a, nil) {
					return
				}
			}
			if len(page) < alarmPage {
				return
			}
			next = last
		}
	}
}

// alarmCursor is where a page of alarms begins: behind the alarm with this digest.
type alarmCursor struct {
	lastAt int64
	digest string
}

// alarmsFrom reads a page of alarms, and returns where the next one begins.
func (f *Flow) alarmsFrom(ctx context.Context, from alarmCursor, to time.Time) ([]Alarm, alarmCursor, error) {
	rows, err := f.db.read.QueryContext(ctx, selectAlarms, f.name, from.lastAt, from.digest, to.UnixMilli())
	if err != nil {
		return nil, from, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	var alarms []Alarm
	for rows.Next() {
		var a Alarm
		var first int64
		err := rows.Scan(&a.Kind, &a.OrderID, &a.Reason, &a.Raw, &first, &from.lastAt, &a.Times, &from.digest)
		if err != nil {
			return nil, from, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		a.FirstAt, a.LastAt = time.UnixMilli(first).UTC(), time.UnixMilli(from.lastAt).UTC()
		alarms = append(alarms, a)
	}
	if err := rows.Err(); err != nil {
		return nil, from, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return alarms, from, nil
}
