package orderflow

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Report lists where money and orders disagree.
type Report struct {
	Name     string // of the flow
	From, To time.Time
	// Counts of all orders that changed in this time, by their state now.
	Counts map[State]int
	Alarms []Alarm  // raised in this time
	Late   []*Order // paid although closed, and neither accepted nor refunded; of any time
	Parked []*Order // paid, and left to a person; of any time
	// Overdue are orders without the wallet's final answer an hour after their
	// expiry or after the end of their reservation, and refunds, captures and voids
	// under way for over a day; of any time.
	Overdue []*Order
	// Unreadable are the ids of orders that belong in a list and cannot be
	// read; see [ErrUnreadable].
	Unreadable []string
	More       bool // a list was cut at 1,000
}

// mostListed is how many alarms, and how many orders of each sort, a report has.
const mostListed = 1000

// Agrees reports whether there is nothing for a person to do.
func (r *Report) Agrees() bool {
	orders := len(r.Late) + len(r.Parked) + len(r.Overdue) + len(r.Unreadable)
	return orders == 0 && len(r.Alarms) == 0
}

// Report makes a report over [from, to).
func (f *Flow) Report(ctx context.Context, from, to time.Time) (*Report, error) {
	r := &Report{Name: f.name, From: from.UTC(), To: to.UTC(), Counts: map[State]int{}}
	if err := f.count(ctx, r); err != nil {
		return nil, err
	}
	for alarm, err := range f.Alarms(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		if len(r.Alarms) == mostListed {
			r.More = true
			break
		}
		r.Alarms = append(r.Alarms, alarm)
	}
	now := f.now()
	for _, list := range []struct {
		into  *[]*Order
		where string
		args  []any
	}{
		{&r.Late, `late_at IS NOT NULL AND state IN ('failed', 'cancelled', 'expired')`, nil},
		{&r.Parked, `parked_at IS NOT NULL`, nil},
		{&r.Overdue, `next_at IS NOT NULL AND ` + dueWallet +
			` AND (state IN ('created', 'pending') AND expires_at < $2 OR state = 'authorized' AND authorized_until < $2
			OR state IN ('refunding', 'settling') AND updated_at < $3)`,
			[]any{now.Add(-time.Hour).UnixMilli(), now.Add(-24 * time.Hour).UnixMilli()}},
	} {
		orders, unreadable, err := f.selectOrders(ctx, list.where, list.args...)
		if err != nil {
			return nil, err
		}
		*list.into = orders
		r.Unreadable = append(r.Unreadable, f.logUnreadable(ctx, unreadable)...)
		r.More = r.More || len(orders)+len(unreadable) == mostListed
	}
	slices.Sort(r.Unreadable)
	r.Unreadable = slices.Compact(r.Unreadable)
	return r, nil
}

func (f *Flow) count(ctx context.Context, r *Report) error {
	rows, err := f.db.read.QueryContext(ctx, `SELECT state, COUNT(*) FROM orderflow_orders
		WHERE client = $1 AND updated_at >= $2 AND updated_at < $3 GROUP BY state`,
		f.name, r.From.UnixMilli(), r.To.UnixMilli())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	for rows.Next() {
		var state State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		r.Counts[state] = n
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return nil
}

// selectOrders returns at most 1,000 orders, oldest first. They are few, and
// sorted: without the plus SQLite looks for them through all orders there are,
// because those are sorted already.
func (f *Flow) selectOrders(ctx context.Context, where string, args ...any) (orders, unreadable []*Order, err error) {
	order := ` ORDER BY +created_at, id` + f.db.byBytes() + ` LIMIT ` + strconv.Itoa(mostListed)
	list := ` FROM orderflow_orders WHERE client = $1 AND ` + where + order
	query := `SELECT ` + columns + list //nolint:gosec // where is text of this file
	rows, err := f.db.read.QueryContext(ctx, query, append([]any{f.name}, args...)...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return scanOrders(rows)
}

const dayFormat = "2006-01-02"

// reportPause lets the transactions of the day end, and other clocks reach its
// end: an alarm that they bring after the report would stand in none.
const reportPause = time.Minute

// claimReport enqueues yesterday's report, once over all machines.
func (f *Flow) claimReport(ctx context.Context) error {
	day := f.now().Add(-reportPause).UTC().AddDate(0, 0, -1).Format(dayFormat)
	if f.onReport == nil || f.reported.Load() == day {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.sweepTime)
	defer cancel()
	err := f.db.inTx(ctx, func(tx *transaction) error {
		rows, err := tx.exec(ctx, `INSERT INTO orderflow_reports (client, day, made_at) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING`, f.name, day, f.now().UnixMilli())
		if err != nil || rows == 0 {
			return err
		}
		return f.jobs.enqueue(ctx, tx, job{kind: jobReport, day: day})
	})
	if err == nil {
		f.reported.Store(day)
	}
	return err
}

// report makes the report of a day and hands it to OnReport.
func (f *Flow) report(ctx context.Context, day string) error {
	from, err := time.Parse(dayFormat, day)
	if err != nil {
		return fmt.Errorf("orderflow: report of %q: %w", day, err)
	}
	r, err := f.Report(ctx, from, from.AddDate(0, 0, 1))
	if err != nil || f.onReport == nil {
		return err
	}
	return f.onReport(ctx, r)
}
