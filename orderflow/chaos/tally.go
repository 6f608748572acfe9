package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// wanted is an order as its buyer knows it.
type wanted struct {
	id     string
	amount int64
	refund int64 // what the merchant was told to give back; 0 for nothing
	given  int64 // what the wallet's service gave back by itself
	undone bool  // the merchant was to cancel it, with which the wallet may give it back
	told   bool  // the merchant had heard of what the wallet's service gave back
	// reserves: the amount is reserved; captures is what the merchant was to capture of it.
	reserves bool
	captures int64
}

// ledgers are the books that have to agree at the end.
type ledgers struct {
	wanted    []wanted
	wallet    []tradepaytest.Payment // the truth about money
	kept      []*orderflow.Order     // what the merchant believes
	shipments map[string]int         // rows by order
	// shippedFor is what Fulfil was told that was charged, by order.
	shippedFor map[string]int
	warehouse  map[claim]int  // calls of the warehouse
	reported   map[string]int // alarms about what the wallet gave back by itself, by order
	at         time.Time      // when they were read

	// After a restore:
	undone   undone
	answered map[string]int                 // orders that are fulfilled by the warehouse's word
	unknown  map[string]int                 // alarms about orders that are not here
	found    map[string]orderflow.AuditKind // by the audit
}

// entry is what the ledgers have about one order.
type entry struct {
	wanted
	payment   tradepaytest.Payment
	order     *orderflow.Order // without a state if it is not here
	rows      int              // of shipments, in the database
	shipments int              // of them and of those that a restore has undone
	keys      int              // at the warehouse
	charged   int64            // what Fulfil was told; 0 if it was not called
	reported  bool             // an alarm tells of what the wallet gave back by itself
	returned  bool             // it was paid late or cancelled, with which all of it may have gone back
	gone      time.Time        // when a restore lost it; zero for never
	unknown   bool             // an alarm tells of its notifications since
	restored  time.Time        // when the last restore began
	found     orderflow.AuditKind
	at        time.Time // when the ledgers were read
}

// entryOf reads the ledgers. Each shipment counts once, though the databases may
// differ about it; what is fulfilled by the warehouse's word was shipped by whoever
// had not come to commit it.
func (l ledgers) entryOf(w wanted, p tradepaytest.Payment, o *orderflow.Order, keys int) entry {
	e := entry{wanted: w, payment: p, order: o, rows: l.shipments[w.id], keys: keys, at: l.at,
		charged:  int64(l.shippedFor[w.id]),
		reported: l.reported[w.id] > 0, returned: l.undone.returned[w.id], found: l.found[w.id],
		unknown: l.unknown[w.id] > 0, restored: l.undone.restored}
	e.shipments = e.rows + max(l.undone.shipments[w.id], min(l.answered[w.id], keys))
	if o == nil {
		e.order, e.gone = &orderflow.Order{ID: w.id}, l.undone.gone[w.id]
	}
	e.returned = e.returned || !e.order.LateAt.IsZero() || !e.order.CancelRequestedAt.IsZero()
	return e
}

// claim is what one call of the warehouse was about.
type claim struct{ key, order string }

// tally is what the books say. Each order adds to at most one of the bad counts.
type tally struct {
	Orders    int `json:"orders"`
	Charged   int `json:"charged"`   // at the wallet
	Fulfilled int `json:"fulfilled"` // orders with a shipment
	Refunded  int `json:"refunded"`  // orders of which the wallet gave money back
	InDoubt   int `json:"in_doubt"`  // paid, not shipped, and a cancel may still give the money back
	Reserved  int `json:"reserved"`  // orders whose amount the wallet has reserved
	Captured  int `json:"captured"`  // of them, charged in part or whole
	Unpaid    int `json:"unpaid"`    // failed, cancelled and expired orders that were not charged

	// Orders of which the wallet's service gave a part back by itself, and the
	// goods are here, or had gone out when the merchant could have heard of it.
	PartsBefore int `json:"parts_before_goods"`
	PartsAfter  int `json:"parts_after_goods"`

	// After restores:
	Gone        int `json:"gone"`            // orders that a restore has lost
	GonePaid    int `json:"gone_paid"`       // of them, charged and not given back
	GoneShipped int `json:"gone_shipped"`    // and shipped
	GoneAlarms  int `json:"gone_with_alarm"` // notifications about them raised an alarm
	Answered    int `json:"answered"`        // orders that are fulfilled by the warehouse's word
	Forgotten   int `json:"forgotten"`       // refunds that a restore has lost, and the audit finds

	DoubleCharged   int `json:"double_charged"`
	DoubleFulfilled int `json:"double_fulfilled"`
	Lost            int `json:"lost"` // charged, and at the end neither fulfilled nor given back
	// Charged, and failed, cancelled or expired here without a late payment noted.
	WronglyFailed int `json:"wrongly_failed"`
	ShippedUnpaid int `json:"shipped_unpaid"` // fulfilled and never charged
	// ShippedGivenBack: fulfilled although the merchant had heard that the wallet's
	// service gave money back, or although all of it went back with his cancel.
	ShippedGivenBack int `json:"shipped_given_back"`
	CapturedTwice    int `json:"captured_twice"`    // more was captured than anybody asked for
	CapturedOver     int `json:"captured_over"`     // more was captured than was reserved
	CapturesDisagree int `json:"captures_disagree"` // noted here is another sum than was captured
	// ShippedUncaptured: fulfilled of a reservation, over another sum than was captured.
	ShippedUncaptured int `json:"shipped_uncaptured"`
	NeverEnded        int `json:"never_ended"` // a reservation that is neither captured nor released
	Unattended        int `json:"unattended"`  // open, and nobody will look at it within lookAhead
	// The wallet gave back another sum than noted here, or more than was asked for.
	RefundsDisagree int `json:"refunds_disagree"`
	// Idempotency keys at the warehouse: two for one order, one for two, or none for a shipment.
	KeysDisagree int `json:"keys_disagree"`
	Unfinished   int `json:"unfinished"` // not come to its end, or not kept at all
	Strange      int `json:"strange"`    // payments and orders that nobody wanted
	Unfound      int `json:"unfound"`    // lost by a restore, and passed over in silence

	States map[orderflow.State]int `json:"states"`
	Bad    []string                `json:"bad"` // the first of the bad ones, and why
	ids    []string                // of them
}

// faultless reports whether all bad counts are 0.
func (t *tally) faultless() bool {
	return t.DoubleCharged+t.DoubleFulfilled+t.Lost+t.WronglyFailed+t.ShippedUnpaid+t.ShippedGivenBack+t.Unattended+
		t.RefundsDisagree+t.KeysDisagree+t.Unfinished+t.Strange+t.Unfound+
		t.CapturedTwice+t.CapturedOver+t.CapturesDisagree+t.ShippedUncaptured+t.NeverEnded == 0
}

func (t *tally) blame(count *int, id, why string, args ...any) {
	*count++
	if len(t.Bad) < 20 {
		t.Bad = append(t.Bad, fmt.Sprintf("%s: "+why, append([]any{id}, args...)...))
		t.ids = append(t.ids, id)
	}
}

// count compares the books.
func count(l ledgers) *tally {
	t := &tally{Orders: len(l.wanted), States: map[orderflow.State]int{}}
	payments, kept := map[string]tradepaytest.Payment{}, map[string]*orderflow.Order{}
	keys, orders := map[string]int{}, map[string]int{} // by order and by key
	known := map[string]bool{}
	for _, w := range l.wanted {
		known[w.id] = true
	}
	for _, p := range l.wallet {
		switch _, twice := payments[p.PaymentRequestID]; {
		case !known[p.PaymentRequestID]:
			t.blame(&t.Strange, p.PaymentRequestID, "a payment at the wallet that no buyer wanted")
		case twice: // a second payment for the order
			first := payments[p.PaymentRequestID]
			first.Charges += p.Charges
			payments[p.PaymentRequestID] = first
		default:
			payments[p.PaymentRequestID] = p
		}
	}
	for _, o := range l.kept {
		if !known[o.ID] {
			t.blame(&t.Strange, o.ID, "an order that no buyer wanted")
		}
		kept[o.ID] = o
		t.States[o.State]++
	}
	for _, id := range slices.Sorted(maps.Keys(l.shipments)) {
		if !known[id] {
			t.blame(&t.Strange, id, "a shipment of an order that no buyer wanted")
		}
	}
	for c := range l.warehouse {
		keys[c.order]++
		orders[c.key]++
	}
	for c := range l.warehouse {
		if orders[c.key] > 1 {
			keys[c.order]++ // its key is not its own
		}
	}
	for _, w := range l.wanted {
		e := l.entryOf(w, payments[w.id], kept[w.id], keys[w.id])
		if l.answered[w.id] > 0 {
			t.Answered++
		}
		t.add(e)
	}
	return t
}

// add compares what the books say about one order.
func (t *tally) add(e entry) {
	w, p, o, shipments, keys, at := e.wanted, e.payment, e.order, e.shipments, e.keys, e.at
	charged, back, sum := p.Charges > 0, p.Refunded.Value, p.Amount.Value
	if w.reserves {
		charged, sum = p.Captured.Value > 0, p.Captured.Value
		t.reserve(p)
	}
	if charged {
		t.Charged++
	}
	if shipments > 0 {
		t.Fulfilled++
	}
	if back > 0 {
		t.Refunded++
	}
	switch part := w.given > 0 && w.given < w.amount; {
	case part && shipments == 0:
		t.PartsBefore++
	case part:
		t.PartsAfter++
	}
	late := o.State.Closed() && !o.LateAt.IsZero()
	unasked := charged && back >= sum && w.refund == 0 // given back whole, and no refund was asked for
	handed := parked(o) && e.reported                  // what is left of it, a person ships or gives back
	toldInTime := e.rows > 0 && w.told
	shippedReturned := shipments > 0 && unasked && w.given < w.amount
	missing := shipments == 0 && !handed
	otherAmount := charged && p.Amount.Value != w.amount
	kept := charged && back < sum
	switch {
	case p.Charges > 1:
		t.blame(&t.DoubleCharged, w.id, "charged %d times", p.Charges)
	case shipments > 1:
		t.blame(&t.DoubleFulfilled, w.id, "shipped %d times", shipments)
	case w.reserves && t.blameCaptures(e):
	case shipments > 0 && !charged:
		t.blame(&t.ShippedUnpaid, w.id, "shipped, and the wallet has it %s", named(p.Status))
	case toldInTime || shippedReturned:
		t.blame(&t.ShippedGivenBack, w.id, "shipped, and the wallet gave back %d %s", back, by(w))
	case !e.gone.IsZero():
		t.lost(e)
	case charged && o.State.Closed() && !late && !unasked:
		t.blame(&t.WronglyFailed, w.id, "charged, and %s here", o.State)
	case charged && e.rows == 0 && inDoubt(o, at): // a shipment that a restore has undone is found out afterwards
		t.InDoubt++
	case kept && (missing || otherAmount):
		t.blame(&t.Lost, w.id, "charged %s for an order over %d, %d given back, %d shipments, %s here",
			p.Amount, w.amount, back, shipments, named(o.State))
	case unattended(o, at):
		t.blame(&t.Unattended, w.id, "%s here, %s at the wallet, next look %s", o.State, named(p.Status), look(o))
	case !ended(o) && !handed && !(unasked && parked(o)):
		t.blame(&t.Unfinished, w.id, "%s here, %s at the wallet, last error %q",
			named(o.State), named(p.Status), o.LastError)
	case refundsDisagree(e, back) && e.found == orderflow.AuditGivenBack && o.CreatedAt.Before(e.restored):
		t.Forgotten++
	case refundsDisagree(e, back):
		t.blame(&t.RefundsDisagree, w.id, "the wallet gave back %d, the order says %d, asked for was %d",
			back, o.Refunded.Value, w.refund)
	case keys > 1 || keys == 0 && shipments > 0:
		t.blame(&t.KeysDisagree, w.id, "%d idempotency keys at the warehouse, %d shipments", keys, shipments)
	case !charged:
		t.Unpaid++
	}
}

// reserve counts a payment whose amount was only to be reserved.
func (t *tally) reserve(p tradepaytest.Payment) {
	if p.Charges > 0 {
		t.Reserved++
	}
	if p.Captured.Value > 0 {
		t.Captured++
	}
}

// blameCaptures compares what was captured of a reservation. It reports whether something
// is wrong with it.
func (t *tally) blameCaptures(e entry) bool {
	captured, here := e.payment.Captured.Value, e.gone.IsZero()
	switch {
	case captured > e.payment.Amount.Value:
		t.blame(&t.CapturedOver, e.id, "captured %d, reserved %d", captured, e.payment.Amount.Value)
	case captured > e.captures:
		t.blame(&t.CapturedTwice, e.id, "captured %d, asked for was %d", captured, e.captures)
	case e.rows > 0 && e.charged != captured:
		t.blame(&t.ShippedUncaptured, e.id, "shipped for %d, captured %d", e.charged, captured)
	case here && e.payment.Status == tradepay.StatusAuthorized:
		t.blame(&t.NeverEnded, e.id, "%s here, reserved at the wallet", named(e.order.State))
	case here && e.order.Captured.Value != captured:
		t.blame(&t.CapturesDisagree, e.id, "captured %d at the wallet, %d here, %s", captured, e.order.Captured.Value,
			named(e.order.State))
	default:
		return false
	}
	return true
}

// lost counts an order that a restore has lost. The audit must find it where
// money is in question, none of its notifications may be acknowledged, and they
// must raise an alarm.
func (t *tally) lost(e entry) {
	t.Gone++
	p := e.payment
	paid := p.Charges > 0 && p.Refunded.Value < p.Amount.Value
	open := p.Status == tradepay.StatusProcessing || p.Status == tradepay.StatusAuthorized
	if e.reserves {
		paid = p.Refunded.Value < p.Captured.Value
	}
	if paid {
		t.GonePaid++
	}
	if e.shipments > 0 {
		t.GoneShipped++
	}
	if e.unknown {
		t.GoneAlarms++
	}
	if (paid || open) && e.found != orderflow.AuditMissing {
		t.blame(&t.Unfound, e.id, "lost by a restore, %s at the wallet, and the audit does not find it",
			named(p.Status))
		return
	}
	answered := 0
	for _, d := range p.Deliveries {
		if d.Acknowledged && d.At.After(e.gone) {
			t.blame(&t.Unfound, e.id, "lost by a restore, and a notification of it was acknowledged since")
			return
		}
		if d.HTTPStatus == http.StatusOK && d.At.After(e.restored) {
			answered++
		}
	}
	if answered > failures && !e.unknown {
		t.blame(&t.Unfound, e.id, "lost by a restore, notified of %d times since, and no alarm tells", answered)
	}
}

// failures is how many notifications in a row may meet a database that fails.
const failures = 2

// by says how the wallet gave back what the merchant had not asked it to.
func by(w wanted) string {
	if w.given > 0 {
		return "by its own service"
	}
	return "with the cancel"
}

// refundsDisagree reports whether the merchant notes another sum than the wallet
// gave back, or more went back than anybody asked for. What the wallet gave back
// by itself need not be noted.
func refundsDisagree(e entry, back int64) bool {
	w, o := e.wanted, e.order
	sum := e.payment.Amount.Value
	if w.reserves {
		sum = e.payment.Captured.Value
	}
	returned := (e.returned || w.undone) && back == sum
	unasked := back > 0 && w.refund == 0
	byItself := unasked && (w.given > 0 || returned)
	unheard := o.Refunded.Value == 0 && !(parked(o) && e.reported)
	noted := back == o.Refunded.Value || byItself && unheard
	asked := back <= w.refund+w.given || returned
	return !noted || !asked
}

// ended reports whether nothing is to be done for the order anymore.
func ended(o *orderflow.Order) bool {
	switch o.State {
	case orderflow.StateFulfilled, orderflow.StateRefunded, orderflow.StatePartlyRefunded:
		return true
	}
	return o.State.Closed()
}

// parked reports whether the order waits for a person.
func parked(o *orderflow.Order) bool { return o.State == orderflow.StatePaid && !o.ParkedAt.IsZero() }

// How old a cancel is that was not answered for certain and may still give back what
// was paid: the order is neither fulfilled nor closed, on purpose.
const (
	soonestDoubt = 30 * time.Second
	longestDoubt = time.Hour
)

// inDoubt reports whether an order waits for the end of such a cancel, and is
// looked at meanwhile.
func inDoubt(o *orderflow.Order, at time.Time) bool {
	cancelling := o.State.Open() && !o.CancelRequestedAt.IsZero()
	paid := o.WalletStatus == tradepay.StatusSuccess
	if !cancelling || !paid || unattended(o, at) {
		return false
	}
	age := at.Sub(o.CancelRequestedAt)
	return age > soonestDoubt && age < longestDoubt
}

// lookAhead is more than the longest pause of an order that somebody looks after:
// of fulfilments that fail, which pause longest, a run sees only the first.
const lookAhead = 20 * time.Minute

// unattended reports whether an open order waits for nobody: no next look is
// planned, or one that is too far ahead.
func unattended(o *orderflow.Order, at time.Time) bool {
	if ended(o) || parked(o) || o.State == "" {
		return false
	}
	return o.NextAt.IsZero() || o.NextAt.After(at.Add(lookAhead))
}

// look is when the order is looked at next.
func look(o *orderflow.Order) string {
	if o.NextAt.IsZero() {
		return "never"
	}
	return o.NextAt.UTC().Format(time.RFC3339)
}

// named prints the state that an order or a payment has, or "unknown".
func named[S orderflow.State | tradepay.PaymentStatus](state S) string {
	if state == "" {
		return "unknown"
	}
	return string(state)
}
