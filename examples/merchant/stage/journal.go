package stage

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// What a journal keeps at most.
const (
	maxRuns    = 300
	maxEntries = 300  // of a run
	maxLog     = 8192 // changes that a page which was away can catch up with
)

// Journal keeps what happened, payment by payment, and tells the open pages.
// It is safe for concurrent use.
type Journal struct {
	mu        sync.Mutex
	runs      []*run
	byID      map[string]*run
	byKey     map[string]*run // by the requestKey of the mini program
	byPayment map[string]*run // by paymentRequestId, paymentId and refundRequestId
	byOrder   map[string]*run // by the shop's id
	last      *run            // to which something happened last
	consent   *run            // the agreement that is being made, or has no order yet
	asking    int             // requests about an agreement under way
	serial    int             // of runs and entries
	dirty     chan struct{}   // holds a token when a verdict may have changed

	armed                    []armed
	walletDown, merchantDown bool

	epoch   string
	log     []change
	next    int64         // id of the next change
	changed chan struct{} // closed with the next change
}

// change is one thing that the pages are told.
type change struct {
	id   int64
	name string
	data []byte
}

// run is one payment.
type run struct {
	id           string
	scenario     Scenario
	startedAt    time.Time
	key          string // of the mini program; "" for a payment from elsewhere
	orderID      string
	payment      string // paymentRequestId
	paymentID    string
	amount       string
	open         int  // orders requests under way
	cutShort     bool // the page ended the time to pay
	entries      []*Entry
	seen         [steps + 1]bool
	shopState    string
	shopAmount   tradepay.Amount
	verdict      Verdict
	checks       int       // how often the shop was asked in vain
	nextCheck    time.Time // when it is asked again
	lastActivity time.Time
}

// NewJournal returns an empty journal.
func NewJournal() *Journal {
	return &Journal{
		byID: make(map[string]*run), byKey: make(map[string]*run), byPayment: make(map[string]*run),
		byOrder: make(map[string]*run),
		dirty:   make(chan struct{}, 1), epoch: rand.Text()[:8], next: 1, changed: make(chan struct{}),
	}
}

// Observe takes in a step of the test wallet: it is for
// [tradepaytest.WithObserver].
func (j *Journal) Observe(e tradepaytest.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry := entryOf(e)
	switch {
	case e.Name == "Fault injected":
		j.met(e.Detail)
		if j.last != nil { // the event does not say which payment: the fault met what moved last
			j.add(j.last, entry)
		}
	case e.Name == connectionCut:
		if r := j.cutOff(e.Op); r != nil {
			j.add(r, entry)
		}
	case e.Step == 0 && j.consented(e, entry):
	case e.Op == "" && e.Step == 0: // an outage begins or ends
		j.note(entry)
		j.walletDown = entry.Detail == "walletDown"
		j.publish("state", j.state())
	default:
		if r := j.runOf(e); r != nil {
			j.follow(r, e, entry)
		}
	}
}

// connectionCut is the event of a request that a wallet which is down did not
// read.
const connectionCut = "Connection cut"

// cutOff finds the run of a request that was not read: that of a new payment is
// of the one order that is being made, all else of what moved last.
func (j *Journal) cutOff(op wire.Operation) *run {
	if r := j.only(); r != nil && op == wire.OpPay {
		return r
	}
	return j.last
}

// cutEntry draws a request that was not read: by the shop's server if it has an
// operation, else by the wallet app.
func cutEntry(e tradepaytest.Event) *Entry {
	entry := &Entry{At: e.At, Kind: KindCall, Op: e.Op, From: MiniProgramServer, To: AppServer, Mark: MarkLost,
		Detail: "noAnswer", Error: e.Detail}
	switch e.Op {
	case "":
		entry.Op, entry.From = opApp, App
	case wire.OpPay:
		entry.Kind, entry.Step = KindStep, 4
	}
	return entry
}

// entryOf draws an event.
func entryOf(e tradepaytest.Event) *Entry {
	if e.Name == connectionCut {
		return cutEntry(e)
	}
	entry := &Entry{
		At: e.At, TookMs: milliseconds(e.Took), Step: e.Step, Op: e.Op, Detail: e.Detail,
		Message: e.Message, Answer: e.Answer,
		Kind: KindStep, Mark: MarkPlain,
	}
	if e.Err != nil {
		entry.Error = e.Err.Error()
	}
	switch {
	case e.Step > 0:
		entry.From, entry.To = figure[e.Step].from, figure[e.Step].to
	case e.Name == "Fault injected":
		entry.Kind, entry.Mark = KindTrouble, MarkNote
	case e.Op == "":
		entry.Kind, entry.Mark, entry.Detail = KindTrouble, MarkNote, "walletDown"
		if e.Name == "Wallet resumed" {
			entry.Detail = "walletUp"
		}
	default:
		entry.Kind, entry.From, entry.To = KindCall, MiniProgramServer, AppServer
		if e.Name == "Request rejected" {
			entry.Kind = KindRefused
		}
		if strings.HasPrefix(string(e.Op), "notify") {
			entry.From, entry.To = AppServer, MiniProgramServer
		}
		entry.Both = true
	}
	if e.Step == 19 {
		entry.Both = true
		entry.Detail = strings.Replace(e.Detail, "attempt ", "#", 1)
	}
	if entry.Kind != KindTrouble {
		entry.Mark = markOf(entry)
	}
	return entry
}

// markOf judges an entry by its messages.
func markOf(e *Entry) Mark {
	signed := func(m *tradepaytest.Message) bool { return m != nil && m.Verified }
	servers := e.Op != "" || e.Step == 4 || e.Step == 7 || e.Step == 19 // these sign what they send
	unanswered := e.Answer == nil && (e.Step == 19 || e.Kind == KindCall)
	unsignedRequest := e.Message != nil && !signed(e.Message)
	unsignedAnswer := e.Both && !signed(e.Answer)
	switch {
	case e.Kind == KindRefused && signed(e.Message) && signed(e.Answer):
		return MarkRefused // an honest no
	case e.Kind == KindRefused:
		return MarkFailed
	case unanswered:
		return MarkLost
	case e.Error != "":
		return MarkFailed
	case servers && (unsignedRequest || unsignedAnswer):
		return MarkFailed
	case servers && e.Message != nil:
		return MarkSigned
	}
	return MarkPlain
}

// runOf finds the run of an event. A payment that did not come from the phone
// gets one of its own.
func (j *Journal) runOf(e tradepaytest.Event) *run {
	id := e.PaymentRequestID
	if id == "" {
		id = e.PaymentID
	}
	if id == "" && e.Message != nil {
		id = idWithin(e.Message.Body)
	}
	if id == "" {
		return nil // not about a payment: tokens, for instance
	}
	if r := j.byPayment[id]; r != nil {
		if e.PaymentID != "" && r.paymentID == "" {
			r.paymentID = e.PaymentID
			j.byPayment[e.PaymentID] = r
		}
		return r
	}
	aboutPayment := e.Step != 0 || e.Op == wire.OpPay || e.Op == wire.OpInquiryPayment
	if e.PaymentRequestID == "" || !aboutPayment {
		return nil
	}
	r := j.only()
	if r == nil {
		r = j.start("", e.At.Add(-e.Took))
	}
	r.payment, r.paymentID = e.PaymentRequestID, e.PaymentID
	j.byPayment[e.PaymentRequestID] = r
	if e.PaymentID != "" {
		j.byPayment[e.PaymentID] = r
	}
	return r
}

// only returns the one run of the phone whose order is being made now, if
// there is one: what the wallet hears of a new payment must be of that one.
// Where several are, the answer to the mini program tells them apart.
func (j *Journal) only() *run {
	var found *run
	for _, r := range j.runs {
		if r.open > 0 && r.payment == "" {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	return found
}

// idWithin reads an id of the payment from a body.
func idWithin(body string) string {
	var ids struct{ PaymentRequestID, PaymentID, RefundRequestID string }
	if json.Unmarshal([]byte(body), &ids) != nil {
		return ""
	}
	return cmp.Or(ids.PaymentRequestID, ids.PaymentID, ids.RefundRequestID)
}

// follow adds the entry and what it shows to have happened before.
func (j *Journal) follow(r *run, e tradepaytest.Event, entry *Entry) {
	inferred := func(step int, detail string) {
		j.add(r, &Entry{
			At: e.At.Add(-e.Took), Kind: KindStep, Step: step, From: figure[step].from, To: figure[step].to,
			Mark: MarkInferred, Detail: detail,
		})
	}
	switch {
	case e.Step == 4 && !r.seen[3]:
		inferred(3, "") // the id it carries is that of an order
		r.read(e.Message)
	case e.Step == 15 && e.Message != nil:
		inferred(14, e.Detail)
	case e.Op == wire.OpRefund && e.Message != nil:
		var ids struct{ RefundRequestID string }
		if json.Unmarshal([]byte(e.Message.Body), &ids) == nil && ids.RefundRequestID != "" {
			j.byPayment[ids.RefundRequestID] = r
		}
	}
	if e.Op == wire.OpCapture && entry.Kind == KindCall && r.scenario == ScenarioReserve {
		entry.Kind, entry.Step = KindStep, stepCapture
	}
	j.add(r, entry)
}

// read takes the amount from the pay request.
func (r *run) read(m *tradepaytest.Message) {
	var body struct{ PaymentAmount tradepay.Amount }
	if m != nil && json.Unmarshal([]byte(m.Body), &body) == nil && body.PaymentAmount.Currency != "" {
		r.amount = body.PaymentAmount.String()
	}
}

// start begins a run.
func (j *Journal) start(key string, at time.Time) *run {
	j.serial++
	r := &run{id: "r" + strconv.Itoa(j.serial), scenario: ScenarioPay, key: key, startedAt: at,
		verdict: Verdict{Level: LevelWait, Key: "verdict.nothing"}}
	if len(j.runs) == maxRuns {
		j.forget(j.runs[0])
	}
	j.runs = append(j.runs, r)
	j.byID[r.id] = r
	if key != "" {
		j.byKey[key] = r
	}
	return r
}

// forget drops a run.
func (j *Journal) forget(r *run) {
	j.runs = slices.DeleteFunc(j.runs, func(other *run) bool { return other == r })
	delete(j.byID, r.id)
	for _, index := range []map[string]*run{j.byKey, j.byPayment, j.byOrder} {
		for name, other := range index {
			if other == r {
				delete(index, name)
			}
		}
	}
	if j.last == r {
		j.last = nil
	}
	if j.consent == r {
		j.consent = nil
	}
	j.publish("gone", map[string]string{"run": r.id})
}

// add appends an entry to a run, or counts it if it repeats the last one.
func (j *Journal) add(r *run, e *Entry) {
	if e.Kind == KindStep && e.Mark != MarkFailed && e.Mark != MarkLost && e.Mark != MarkRefused {
		r.seen[e.Step] = true
	}
	r.lastActivity = e.At
	j.last = r
	if n := len(r.entries); n > 0 && e.repeats() && r.entries[n-1].same(e) {
		before := r.entries[n-1]
		again := *e
		again.ID, again.At, again.Times = before.ID, before.At, max(before.Times, 1)+1
		r.entries[n-1] = &again
		e = &again
	} else {
		if n >= maxEntries {
			return // the rest would be more of the same
		}
		j.serial++
		e.ID = j.serial
		r.entries = append(r.entries, e)
	}
	j.publish("entry", struct {
		Run   runSummary `json:"run"`
		Entry briefEntry `json:"entry"`
	}{r.summary(), e.brief()})
	j.look(r)
}

// note adds an entry to every payment that it may concern.
func (j *Journal) note(e *Entry) {
	for _, r := range slices.Backward(j.runs) {
		if r == j.last && e.At.Sub(r.lastActivity) < time.Minute ||
			r.verdict.Level != LevelAgree && e.At.Sub(r.lastActivity) < 10*time.Minute {
			copied := *e
			last := j.last
			j.add(r, &copied)
			j.last = last
		}
	}
}

// happened notes what the page did to a party.
func (j *Journal) happened(what string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(&Entry{At: time.Now(), Kind: KindTrouble, Mark: MarkNote, Detail: what})
}

// look asks for a new verdict on the run.
func (j *Journal) look(r *run) {
	r.checks, r.nextCheck = 0, time.Time{}
	select {
	case j.dirty <- struct{}{}:
	default:
	}
}

// ordering notes steps 1 and 2: the mini program asks its server for an order.
// The same key again is the same order.
func (j *Journal) ordering(key string, scenario Scenario, tapped time.Time, m *tradepaytest.Message) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.byKey[key]
	if r == nil || key == "" {
		if scenario == ScenarioSubscribe && j.consent != nil { // the first that is charged by it
			r, j.consent = j.consent, nil
			r.key = key
			j.byKey[key] = r
		} else {
			r = j.start(key, tapped)
			r.scenario = scenario
		}
		j.add(r, &Entry{At: tapped, Kind: KindStep, Step: 1, From: User, To: MiniProgram, Mark: MarkPlain})
	}
	r.open++
	j.add(r, &Entry{At: time.Now(), Kind: KindStep, Step: 2, From: MiniProgram, To: MiniProgramServer,
		Mark: MarkPlain, Message: m})
	return r.id
}

// orderAnswer is what the shop answered to the mini program, or why there is
// no answer.
type orderAnswer struct {
	start                   time.Time
	status                  int
	orderID, state, payment string // payment is its paymentRequestId
	amount                  tradepay.Amount
	message                 *tradepaytest.Message
	err                     error
}

// ordered notes step 8.
func (j *Journal) ordered(id string, a orderAnswer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.byID[id]
	if r == nil {
		return
	}
	r.open--
	r.shop(a)
	if a.orderID != "" {
		r.orderID = a.orderID
		j.byOrder[a.orderID] = r
	}
	if a.payment != "" && a.payment != r.payment {
		j.join(r, a.payment)
	}
	e := &Entry{
		At: time.Now(), TookMs: milliseconds(time.Since(a.start)), Kind: KindStep, Step: 8,
		From: MiniProgramServer, To: MiniProgram,
		Mark: MarkPlain, Detail: a.state, Message: a.message,
	}
	a.mark(e, http201)
	j.add(r, e)
}

const (
	http201 = 201
	http503 = 503
)

// mark says how the shop's answer went.
func (a *orderAnswer) mark(e *Entry, good int) {
	switch {
	case a.err != nil:
		e.Mark, e.Error, e.Detail = MarkLost, a.err.Error(), "noAnswer"
	case a.status == http503:
		e.Mark, e.Detail = MarkRefused, "notYet"
		e.Error = "HTTP 503: the shop has no definite answer yet; the same is asked again"
	case a.status != 200 && a.status != good:
		e.Mark, e.Detail = MarkRefused, "HTTP "+strconv.Itoa(a.status)
		e.Error = e.Detail
	}
}

// shop takes in what the shop says.
func (r *run) shop(a orderAnswer) {
	if a.state != "" {
		r.shopState = a.state
	}
	if a.amount.Currency != "" {
		r.shopAmount, r.amount = a.amount, a.amount.String()
	}
}

// join says that the payment belongs to the run. What was seen of it before
// that was known is moved there.
func (j *Journal) join(r *run, payment string) {
	other := j.byPayment[payment]
	r.payment = payment
	j.byPayment[payment] = r
	if other == nil || other == r || other.key != "" {
		return
	}
	for name, of := range j.byPayment {
		if of == other {
			j.byPayment[name] = r
		}
	}
	r.paymentID = other.paymentID
	r.entries = append(r.entries, other.entries...)
	slices.SortStableFunc(r.entries, func(a, b *Entry) int { return a.At.Compare(b.At) })
	r.entries = r.entries[:min(len(r.entries), maxEntries)]
	for i, seen := range other.seen {
		r.seen[i] = r.seen[i] || seen
	}
	j.forget(other)
	j.publish("run", r.whole())
}

// shown notes step 20, or what else the mini program asked about an order.
func (j *Journal) shown(op wire.Operation, request *tradepaytest.Message, a orderAnswer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.byOrder[a.orderID]
	if r == nil {
		return
	}
	r.shop(a)
	e := &Entry{
		At: time.Now(), TookMs: milliseconds(time.Since(a.start)), Kind: KindStep, Step: 20,
		From: MiniProgram, To: MiniProgram,
		Mark: MarkPlain, Detail: a.state, Message: request, Answer: a.message,
	}
	if op != "" {
		e.Kind, e.Step, e.Op, e.To, e.Both = KindCall, 0, op, MiniProgramServer, true
	}
	a.mark(e, http201)
	j.add(r, e)
}

// errNoEntry says that a run or an entry is not there, or not anymore.
var errNoEntry = errors.New("stage: no such run or entry")

// entry returns a whole entry.
func (j *Journal) entry(runID string, id int) (*Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.byID[runID]; r != nil {
		for _, e := range r.entries {
			if e.ID == id {
				return e, nil // never changed once it is in the journal
			}
		}
	}
	return nil, errNoEntry
}

// runSummary is what the history shows of a run.
type runSummary struct {
	ID        string    `json:"id"`
	Scenario  Scenario  `json:"scenario"`
	StartedAt time.Time `json:"startedAt"`
	Phone     bool      `json:"phone"` // it came from the phone on the page
	OrderID   string    `json:"orderId,omitempty"`
	Payment   string    `json:"paymentRequestId,omitempty"`
	PaymentID string    `json:"paymentId,omitempty"`
	Amount    string    `json:"amount,omitempty"`
	Seen      []int     `json:"seen"` // the steps that happened
	Verdict   Verdict   `json:"verdict"`
}

func (r *run) summary() runSummary {
	s := runSummary{
		ID: r.id, Scenario: r.scenario,
		StartedAt: r.startedAt, Phone: r.key != "", OrderID: r.orderID, Payment: r.payment,
		PaymentID: r.paymentID,
		Amount:    r.amount, Seen: []int{}, Verdict: r.verdict,
	}
	for step, seen := range r.seen {
		if seen {
			s.Seen = append(s.Seen, step)
		}
	}
	return s
}

// wholeRun is a run with all its entries, briefly.
type wholeRun struct {
	Run     runSummary   `json:"run"`
	Entries []briefEntry `json:"entries"`
}

func (r *run) whole() wholeRun {
	w := wholeRun{Run: r.summary(), Entries: make([]briefEntry, len(r.entries))}
	for i, e := range r.entries {
		w.Entries[i] = e.brief()
	}
	return w
}

// publish tells the pages. It runs with mu held.
func (j *Journal) publish(name string, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		return // our own types: it cannot be
	}
	if len(j.log) == maxLog {
		j.log = slices.Delete(j.log, 0, maxLog/4)
	}
	j.log = append(j.log, change{id: j.next, name: name, data: data})
	j.next++
	close(j.changed)
	j.changed = make(chan struct{})
}
