package orderflow

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	tradepay "github.com/tradepay/tradepay-go"
)

// Notifications that wait at the same time are taken in together: one transaction
// locks their orders, writes what follows from each, and is committed once. Nobody
// waits for others to come: whoever finds no group under way begins one, alone if
// nobody else waits, and those who come meanwhile are the next one. On PostgreSQL a second
// group begins beside the first once as many wait as fill it.
//
// What a notification leads to is found out on a draft. One that wants more than
// its order, such as an alarm, or whose order somebody else has, is taken alone, by
// its own caller. So is everybody if the group fails.

// groupSize is how many notifications one transaction takes in.
const groupSize = 64

// arrival is a notification that waits for its group.
type arrival struct {
	ctx  context.Context // of its caller, who may have gone
	n    *tradepay.Notification
	told chan told
}

// told is what its caller is told of an arrival.
type told struct {
	outcome string
	after   []func() // of the transaction that was committed
	err     error
}

// gathering is who waits for a group.
type gathering struct {
	mu      sync.Mutex
	waiting []*arrival
	leaders int // groups under way
	most    int // leaders at a time; 0 is one
}

// joins reports whether a notification can be taken in with others: it says by our
// id what became of a payment.
func joins(n *tradepay.Notification) bool {
	ofOrder := n.Kind == tradepay.NotificationPayment || n.Kind == tradepay.NotificationCashierURL
	return ofOrder && n.PaymentRequestID != "" && storable(n.PaymentRequestID)
}

// join takes a notification in together with those that wait, and does not wait for
// longer than its caller.
func (f *Flow) join(ctx context.Context, n *tradepay.Notification) (outcome string, err error) {
	own := *n // its caller may have gone, and uses it again
	own.Raw, own.Transactions = slices.Clone(n.Raw), slices.Clone(n.Transactions)
	a := &arrival{ctx: ctx, n: &own, told: make(chan told, 1)}
	if f.gathering.add(a) {
		go f.lead(context.WithoutCancel(ctx))
	}
	select {
	case t := <-a.told:
		for _, tell := range t.after {
			tell()
		}
		return t.outcome, t.err
	case <-ctx.Done():
		go f.tellNobody(a)
		return "", a.gone()
	}
}

// tellNobody tells metrics and log what became of an arrival whose caller has gone.
func (f *Flow) tellNobody(a *arrival) {
	defer f.noPanic(a.ctx)
	t := <-a.told
	for _, tell := range t.after {
		tell()
	}
}

// noPanic keeps a panic of the program's functions from the process, which has
// nobody else to recover from it.
func (f *Flow) noPanic(ctx context.Context) {
	if p := recover(); p != nil { // its value may be a payer's data
		f.log.ErrorContext(ctx, "orderflow: a panic beside a notification", "stack", string(debug.Stack()))
	}
}

// gone is the error of a caller whose context has ended.
func (a *arrival) gone() error {
	return fmt.Errorf("%w: it is not known whether the notification was stored: %w", ErrDatabase, a.ctx.Err())
}

// mostLeaders is how many groups may be under way on PostgreSQL, each on a connection.
const mostLeaders = 2

// add has an arrival wait, and reports whether its caller is to lead.
func (g *gathering) add(a *arrival) (leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, a)
	another := g.leaders < g.most && len(g.waiting) >= groupSize
	if g.leaders > 0 && !another {
		return false
	}
	g.leaders++
	return true
}

// next returns those who are taken in next, in the order of their ids. Of an order it
// takes the first, and leaves the others for the group after. If nobody waits, its
// leader leads no more.
func (g *gathering) next() (group []*arrival) {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := map[string]bool{}
	var left []*arrival
	for _, a := range g.waiting {
		id := a.n.PaymentRequestID
		switch {
		case a.ctx.Err() != nil:
			a.told <- told{err: a.gone()}
		case taken[id] || len(group) == groupSize:
			left = append(left, a)
		default:
			taken[id] = true
			group = append(group, a)
		}
	}
	g.waiting = left
	if len(group) == 0 {
		g.leaders--
	}
	slices.SortFunc(group, func(a, b *arrival) int {
		return strings.Compare(a.n.PaymentRequestID, b.n.PaymentRequestID)
	})
	return group
}

// lead takes group after group in, until nobody waits.
func (f *Flow) lead(ctx context.Context) {
	for group := f.gathering.next(); len(group) > 0; group = f.gathering.next() {
		results, err := f.receiveGroup(ctx, group, lookUnlessOpen)
		if errors.Is(err, errTaken) {
			results, err = f.receiveGroup(ctx, group, lookAlways)
		}
		if err != nil {
			f.log.WarnContext(ctx, "orderflow: a group failed, its notifications are taken in one by one",
				"size", len(group), "error", err)
		}
		for i, a := range group {
			if err != nil {
				a.told <- told{err: errAlone}
				continue
			}
			a.told <- results[i]
		}
		runtime.Gosched() // whoever is about to come does so now
	}
}

// receiveGroup commits what follows from a group. Its time is nobody's of the group.
func (f *Flow) receiveGroup(ctx context.Context, group []*arrival, when look) (results []told, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.recordTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			f.log.ErrorContext(ctx, "orderflow: a group panicked", "stack", string(debug.Stack()))
			err = errAlone
		}
	}()
	_, err = f.db.commit(ctx, func(tx *transaction) error {
		orders, err := f.lockFree(ctx, tx, group)
		if err != nil {
			return err
		}
		var drafts []*transaction
		var jobs []job
		for _, a := range group {
			o := orders[a.n.PaymentRequestID]
			if o == nil {
				results = append(results, told{err: errAlone})
				continue
			}
			d := &transaction{db: f.db, draft: &draft{known: func(place []any) (string, string, error) {
				return tx.inInbox(ctx, place)
			}}}
			result := f.takeOnPaper(a, d, o, when)
			results = append(results, result)
			if result.err == nil {
				drafts = append(drafts, d)
				jobs = append(jobs, d.draft.jobs...)
			}
		}
		tx.later = f.woven(drafts)
		return f.jobs.enqueue(ctx, tx, jobs...)
	})
	return results, err
}

// takeOnPaper finds out what follows from a notification.
func (f *Flow) takeOnPaper(a *arrival, tx *transaction, o *Order, when look) (result told) {
	defer func() {
		if recover() != nil { // its own caller meets it again
			result = told{err: errAlone}
		}
	}()
	outcome, err := f.take(a.ctx, tx, o, a.n, when)
	if err != nil || tx.draft.refused {
		return told{err: errAlone}
	}
	return told{outcome: outcome, after: tx.after}
}

// selectFree locks orders in the order of their ids, and passes over those that
// another transaction has. As a subquery for each it looks in the index for each.
const selectFree = `SELECT o.* FROM unnest($2::text[]) AS n (id) CROSS JOIN LATERAL (SELECT ` + columns +
	` FROM orderflow_orders WHERE client = $1 AND orderflow_orders.id = n.id FOR UPDATE SKIP LOCKED) AS o`

// lockFree reads the orders of a group that nobody else has, and locks them.
func (f *Flow) lockFree(ctx context.Context, tx *transaction, group []*arrival) (map[string]*Order, error) {
	orders := map[string]*Order{}
	if !f.db.postgres() {
		for _, a := range group {
			o, err := scanOrder(tx.row(ctx, selectOrder, f.name, a.n.PaymentRequestID))
			if err == nil {
				orders[o.ID] = o
			}
		}
		return orders, ctx.Err()
	}
	ids := make([]string, len(group))
	for i, a := range group {
		ids[i] = a.n.PaymentRequestID
	}
	rows, err := tx.QueryContext(ctx, selectFree, f.name, ids)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	for rows.Next() {
		o, err := scanOrder(rows)
		if err == nil { // or its own caller meets it
			orders[o.ID] = o
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return orders, nil
}

// woven is what drafts about different orders write: first what each begins with,
// then what each goes on with. What one writes stays in its order. On PostgreSQL the
// same statements at the same time are one.
func (f *Flow) woven(drafts []*transaction) (list []write) {
	for i := 0; ; i++ {
		var queries []string
		same := map[string][]write{}
		for _, d := range drafts {
			if i < len(d.later) {
				w := d.later[i]
				if same[w.query] == nil {
					queries = append(queries, w.query)
				}
				same[w.query] = append(same[w.query], w)
			}
		}
		if len(queries) == 0 {
			return list
		}
		for _, query := range queries {
			b, ok := bulks[query]
			if f.db.postgres() && ok && len(same[query]) > 1 {
				list = append(list, b.of(same[query]))
			} else {
				list = append(list, same[query]...)
			}
		}
	}
}
