package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// report is what a run has shown.
type report struct {
	settings  settings
	Database  string  `json:"database"`
	Shards    int     `json:"shards"`
	Processes int     `json:"processes"`
	Seed      uint64  `json:"seed"`
	Faults    float64 `json:"faults"`

	Tally    *tally         `json:"tally"`
	Alarms   map[string]int `json:"alarms"` // by kind
	Struck   struck         `json:"struck"`
	Troubles troubles       `json:"troubles"`

	PaidBy         map[string]int `json:"paid_by"` // who brought the news of the payment
	ShippedOnRetry int            `json:"shipped_on_retry"`
	Asked          int64          `json:"asked"`    // requests to the shop
	Repeated       int64          `json:"repeated"` // orders asked for once more, after a failure
	WrongURLs      int64          `json:"wrong_urls"`
	Cancelled      int64          `json:"cancellations_asked"`
	RefundsAsked   int64          `json:"refunds_asked"`
	CapturesAsked  int64          `json:"captures_asked"`
	VoidsAsked     int64          `json:"voids_asked"`
	Lives          lives          `json:"lives"` // of the merchant processes

	WarehouseCalls  int `json:"warehouse_calls"`
	WarehouseKeys   int `json:"warehouse_keys"`
	WarehouseFaults int `json:"warehouse_faults"`
	Hung            int `json:"hung"` // fulfilments

	Flowed    time.Duration `json:"flowed_ns"`  // until the last buyer had done what he was up to
	Drained   time.Duration `json:"drained_ns"` // from then to the end of the last order
	Took      time.Duration `json:"took_ns"`
	TimedOut  bool          `json:"timed_out"`
	Histories []string      `json:"histories,omitempty"` // of bad orders
}

// shop takes over what the parent has counted.
func (r *report) shop(c *crowd, f *fleet, w *warehouse) {
	r.Asked, r.Repeated, r.WrongURLs = c.asked.Load(), c.repeated.Load(), c.wrong.Load()
	r.Cancelled, r.RefundsAsked = c.cancelled.Load(), c.refunded.Load()
	r.CapturesAsked, r.VoidsAsked = c.captured.Load(), c.voided.Load()
	r.Lives = f.books()
	claims, faults := w.books()
	keys := map[string]bool{}
	for claim, n := range claims {
		r.WarehouseCalls += n
		keys[claim.key] = true
	}
	r.WarehouseKeys, r.WarehouseFaults, r.Hung = len(keys), faults, len(w.hungOrders())
}

// enough is how many orders a run must have for every fault to be expected.
const enough = 5000

// blind says which troubles did not come about: a run without them proves nothing.
func (r *report) blind() []string {
	var why []string
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if s := r.Struck; s.KillsInFlight < r.settings.kills || s.TermsInFlight < r.settings.terminations {
		say("%d of %d kills and %d of %d terminations happened while orders flowed", s.KillsInFlight, r.settings.kills,
			s.TermsInFlight, r.settings.terminations)
	}
	if s := r.Struck; s.FreezesInFlight < r.settings.freezes ||
		s.CrashesInFlight < r.settings.crashes || s.CrashError != "" {
		say("%d of %d freezes and %d of %d crashes of the server happened while orders flowed %s",
			s.FreezesInFlight, r.settings.freezes, s.CrashesInFlight, r.settings.crashes, s.CrashError)
	}
	if s := r.Struck; s.OutagesInFlight < r.settings.outages || s.OutageError != "" {
		say("%d of %d outages of a server happened while orders flowed %s", s.OutagesInFlight, r.settings.outages,
			s.OutageError)
	}
	if s := r.Struck; s.RestoresInFlight < r.settings.restores || s.RestoreError != "" {
		say("%d of %d restores happened while orders flowed %s", s.RestoresInFlight,
			r.settings.restores, s.RestoreError)
	}
	long, faulty := r.settings.orders >= enough, r.settings.faults > 0
	lostNothing := r.Tally.Answered == 0 || r.Tally.Gone == 0
	if long && r.settings.restores > 0 && lostNothing {
		say("a restore lost %d orders, and the shipment of %d", r.Tally.Gone, r.Tally.Answered)
	}
	if r.Hung < r.settings.hangs {
		say("%d of %d fulfilments hung", r.Hung, r.settings.hangs)
	}
	if long && faulty && len(r.Troubles.NeverMet) > 0 {
		say("faults that no message met: %s", strings.Join(r.Troubles.NeverMet, ", "))
	}
	byInquiry := r.PaidBy[string(orderflow.ActorReconcile)]
	byNotification := r.PaidBy[string(orderflow.ActorNotification)]
	if long && faulty && (byInquiry == 0 || byNotification == 0) {
		say("payments were not learned of in both ways, by notification and by reconciliation")
	}
	if long && (r.Tally.PartsBefore == 0 || r.Tally.PartsAfter == 0) {
		say("the wallet's service did not give parts back both before and after the goods went out")
	}
	if long && r.settings.reserved > 0 && (r.Tally.Captured == 0 || r.Tally.Captured == r.Tally.Reserved) {
		say("%d of %d reservations were captured", r.Tally.Captured, r.Tally.Reserved)
	}
	return why
}

// faultless reports whether the run has shown what it is to show.
func (r *report) faultless() bool {
	wellBehaved := r.WrongURLs == 0 && r.Lives.Crashes == 0 && !r.TimedOut
	return wellBehaved && r.Tally.faultless() && len(r.blind()) == 0
}

// print writes the report for people.
func (r *report) print(out io.Writer) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-17s %s\n", name, fmt.Sprintf(format, args...))
	}
	t, s := r.Tally, r.Struck
	line("database", "%s, %d of them, %d merchant processes, seed %d, faults %.0f %%",
		r.Database, r.Shards, r.Processes, r.Seed, 100*r.Faults)
	line("orders", "%d", t.Orders)
	line("charged", "%d", t.Charged)
	line("fulfilled", "%d, %d of them not at the first try", t.Fulfilled, r.ShippedOnRetry)
	line("refunded", "%d", t.Refunded)
	line("not charged", "%d", t.Unpaid)
	line("double charged", "%d", t.DoubleCharged)
	line("double fulfilled", "%d", t.DoubleFulfilled)
	line("lost", "%d", t.Lost)
	line("wrongly failed", "%d", t.WronglyFailed)
	line("in doubt", "%d paid, whose cancel may still give the money back", t.InDoubt)
	line("goods and money", "%d shipped although the money went back", t.ShippedGivenBack)
	line("parts given back", "%d by the wallet's service while the goods were here, %d when they had gone out",
		t.PartsBefore, t.PartsAfter)
	line("reserved", "%d, of which %d were captured, in part or whole", t.Reserved, t.Captured)
	line("captured", "%d twice or unasked, %d over what was reserved, %d noted otherwise; %d shipped for what was not "+
		"captured; %d reservations without an end",
		t.CapturedTwice, t.CapturedOver, t.CapturesDisagree, t.ShippedUncaptured, t.NeverEnded)
	line("unattended", "%d open orders that nobody will look at", t.Unattended)
	line("also bad", "%d shipped unpaid, %d refunds that disagree, %d idempotency keys that disagree, %d unfinished, "+
		"%d strange, %d lost unfound, %d wrong payment URLs, %d crashes",
		t.ShippedUnpaid, t.RefundsDisagree, t.KeysDisagree, t.Unfinished, t.Strange, t.Unfound,
		r.WrongURLs, r.Lives.Crashes)
	line("states", "%s", counts(t.States))
	line("alarms", "%s", counts(r.Alarms))
	line("news of payment", "%s", counts(r.PaidBy))
	line("kills", "%d: %d while buyers were at it, %d of a process that served requests, %d in the middle of Fulfil; "+
		"%d starts, %d of them after an end by itself",
		s.Kills, s.KillsInFlight, s.KillsServing, s.KillsFulfilling, r.Lives.Starts, len(r.Lives.Exits))
	line("terminations", "%d: %d while buyers were at it, %d in a transaction, %d during a statement",
		s.Terminations, s.TermsInFlight, s.TermsInTx, s.TermsBusy)
	line("freezes", "%d, %d of them while buyers were at it; %d crashes of the server, %d while buyers were at it; "+
		"%d fulfilments hung",
		s.Freezes, s.FreezesInFlight, s.Crashes, s.CrashesInFlight, r.Hung)
	line("outages", "%d of a server, %d of them while buyers were at it", s.Outages, s.OutagesInFlight)
	line("restores", "%d, %d of them while buyers were at it", s.Restores, s.RestoresInFlight)
	line("  lost with them", "%d orders: %d paid, which the audit finds, %d shipped, %d with an alarm",
		t.Gone, t.GonePaid, t.GoneShipped, t.GoneAlarms)
	line("  not lost", "%d fulfilled by the warehouse's word, %d forgotten refunds found by the audit",
		t.Answered, t.Forgotten)
	line("buyers", "%d requests, %d orders asked for again, %d requests cut off or without a process, %d "+
		"cancellations, %d refunds, %d captures and %d voids asked for",
		r.Asked, r.Repeated, r.Lives.Refused, r.Cancelled, r.RefundsAsked, r.CapturesAsked, r.VoidsAsked)
	line("warehouse", "%d calls with %d distinct keys, %d calls failed",
		r.WarehouseCalls, r.WarehouseKeys, r.WarehouseFaults)
	w := r.Troubles
	line("notifications", "%d sent, %d acknowledged; %d lost, %d doubled, %d reordered, %d delayed",
		w.Sent, w.Acknowledged,
		w.total(tradepaytest.NotifyLost), w.total(tradepaytest.NotifyDuplicate), w.total(tradepaytest.NotifyReordered),
		w.total(tradepaytest.NotifyDelayed))
	line("requests", "%s processed by the wallet", counts(w.Processed))
	line("faults met", "%d", w.total(""))
	for _, op := range slices.Sorted(maps.Keys(w.Faults)) {
		line("  "+op, "%s", counts(w.Faults[op]))
	}
	if len(w.NeverMet) > 0 {
		line("  never met", "%s", strings.Join(w.NeverMet, ", "))
	}
	line("time", "%.0f s: orders flowed for %.0f s (%.1f a second), the last one ended %.1f s after",
		r.Took.Seconds(), r.Flowed.Seconds(),
		float64(t.Orders)/r.Flowed.Seconds(), r.Drained.Seconds())
	for _, exit := range r.Lives.Exits {
		line("ended by itself", "%s", exit)
	}
	for _, bad := range t.Bad {
		line("BAD", "%s", bad)
	}
	for _, h := range r.Histories {
		fmt.Fprint(out, h)
	}
	for _, why := range r.blind() {
		line("BLIND", "%s", why)
	}
	if r.TimedOut {
		line("BAD", "the time ran out before every order had come to its end")
	}
	if r.faultless() {
		line("result", "every charged order was fulfilled exactly once, given back, or waits for a person who was told")
	} else {
		line("result", "FAILED")
	}
}

// counts prints numbers by name.
func counts[K ~string](m map[K]int) string {
	if len(m) == 0 {
		return "none"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}

// history prints what happened to an order.
func history(id string, events []orderflow.Event, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s:\n", id)
	for _, e := range events {
		fmt.Fprintf(&b, "    %s %s -> %s by %s: %s\n", e.At.Format("15:04:05.000"), e.From, e.To, e.Actor, e.Reason)
	}
	if err != nil {
		fmt.Fprintf(&b, "    %v\n", err)
	}
	return b.String()
}
