package stage

import (
	"slices"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// Level says whether wallet and shop agree.
type Level string

// The levels.
const (
	LevelWait   Level = "wait"   // it is not over
	LevelAgree  Level = "agree"  // what was charged is what the shop believes
	LevelDiffer Level = "differ" // money and belief differ
)

// Verdict compares what the wallet charged with what the shop says. Its words
// are the text Key, with these values.
type Verdict struct {
	Level    Level  `json:"level"`
	Key      string `json:"key"`
	Wallet   string `json:"wallet,omitempty"` // the status of the payment
	Shop     string `json:"shop,omitempty"`   // the state of the order
	Charged  string `json:"charged,omitempty"`
	Refunded string `json:"refunded,omitempty"`
	Amount   string `json:"amount,omitempty"` // of the order, as the shop has it
	Charges  int    `json:"charges"`
}

// What the shop's states mean here.
var (
	openStates   = []string{"", "created", "pending"}
	paidStates   = []string{"paid", "fulfilled"}
	closedStates = []string{"failed", "cancelled", "expired"}
)

// judge compares. The payment is nil where the wallet has none. What is only reserved was
// not charged.
func judge(p *tradepaytest.Payment, shop string, order tradepay.Amount) Verdict {
	v := Verdict{Shop: shop, Level: LevelWait}
	if order.Currency != "" {
		v.Amount = order.String()
	}
	if p == nil {
		v.Key = "verdict.nothing"
		if shop != "" {
			v.Key = "verdict.unsent"
		}
		if slices.Contains(closedStates, shop) {
			v.Level, v.Key = LevelAgree, "verdict.agreeNothing"
		}
		return v
	}
	v.Wallet, v.Charges = string(p.Status), p.Charges
	reserved := p.Status == tradepay.StatusAuthorized
	charged := p.Charges > 0 && !reserved && p.Status != tradepay.StatusCancelled && p.Status != tradepay.StatusFailed
	if charged {
		v.Charged = p.Amount.String()
	}
	if p.Refunded.Value > 0 {
		v.Refunded = p.Refunded.String()
	}
	open, paid := slices.Contains(openStates, shop), slices.Contains(paidStates, shop)
	closed := slices.Contains(closedStates, shop)
	allBack := p.Refunded.Value >= p.Amount.Value && shop == "refunded"
	partBack := p.Refunded.Value > 0 && shop == "partly_refunded"
	switch {
	case p.Charges > 1:
		v.Level, v.Key = LevelDiffer, "verdict.twice"
	case reserved && shop == "authorized":
		v.Level, v.Key = LevelAgree, "verdict.agreeReserved"
	case reserved && (open || closed || shop == "settling"):
		v.Key = "verdict.reserved"
	case shop == "settling", shop == "authorized":
		v.Key = "verdict.settling"
	case charged && order.Currency != "" && order != p.Amount:
		v.Level, v.Key = LevelDiffer, "verdict.amount"
	case charged && (allBack || partBack):
		v.Level, v.Key = LevelAgree, "verdict.agreeRefunded"
	case charged && (p.Refunded.Value > 0 || shop == "refunding"):
		v.Key = "verdict.refunding"
	case charged && paid:
		v.Level, v.Key = LevelAgree, "verdict.agreePaid"
	case charged && closed:
		v.Level, v.Key = LevelDiffer, "verdict.chargedButClosed"
	case charged && shop == "":
		v.Key = "verdict.unseen" // another payer's order, perhaps
	case charged && open:
		v.Key = "verdict.pending"
	case charged: // refunded, says the shop, and the wallet does not
		v.Level, v.Key = LevelDiffer, "verdict.differ"
	case paid || !open && !closed: // a refund without a charge
		v.Level, v.Key = LevelDiffer, "verdict.paidButNot"
	case p.Status == tradepay.StatusProcessing:
		v.Key = "verdict.open"
	case open:
		v.Key = "verdict.closing"
	default:
		v.Level, v.Key = LevelAgree, "verdict.agreeNothing"
	}
	return v
}

// How often the shop is asked while it and the wallet do not agree.
const (
	firstCheck   = 700 * time.Millisecond
	lastCheck    = 5 * time.Second
	maxChecks    = 200
	checksAtOnce = 4
)

// watch keeps the verdicts up to date until the stage is closed. It asks the
// shop only where the wallet has its last word and the mini program has not
// brought the shop's by itself: asking makes a good shop inquire.
func (s *Stage) watch() {
	defer s.running.Done()
	timer := time.NewTimer(firstCheck)
	defer timer.Stop()
	limit := make(chan struct{}, checksAtOnce)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.journal.dirty:
		case <-timer.C:
		}
		for _, order := range s.journal.judge(s.wallet) {
			select {
			case limit <- struct{}{}:
			default:
				continue // it stays due
			}
			s.running.Go(func() {
				defer func() { <-limit }()
				s.askShop(order)
			})
		}
		timer.Reset(firstCheck / 2)
	}
}

// judge judges all runs anew, and returns the orders that the shop is to be
// asked for now.
func (j *Journal) judge(w *tradepaytest.Wallet) []string {
	now := time.Now()
	var due []string
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range j.runs {
		if r.verdict.Level == LevelAgree && r.checks > 0 {
			continue
		}
		p, known := tradepaytest.Payment{}, false
		if r.payment != "" {
			p, known = w.Payment(r.payment)
		}
		if known && r.amount == "" {
			r.amount = p.Amount.String()
		}
		theirs := &p
		if !known {
			theirs = nil
		}
		v := judge(theirs, r.shopState, r.shopAmount)
		if r.scenario == ScenarioSubscribe && r.orderID == "" && r.payment == "" && r.open == 0 {
			v.Key = "verdict.agreement"
		}
		if v.Key == "verdict.agreeNothing" && r.cutShort {
			v.Key = "verdict.agreeExpired"
		}
		if v != r.verdict {
			r.verdict = v
			j.publish("verdict", r.summary())
		}
		switch {
		case v.Level == LevelAgree:
			r.checks = 1 // until something happens
		case !known || p.Status == tradepay.StatusProcessing || r.checks >= maxChecks:
		case r.nextCheck.IsZero():
			r.nextCheck = now.Add(firstCheck)
		case now.After(r.nextCheck):
			r.checks++
			r.nextCheck = now.Add(min(lastCheck, firstCheck<<min(r.checks, 4)))
			order := r.orderID
			if order == "" {
				order = r.payment // orderflow's orders have one id for both
			}
			due = append(due, order)
		}
	}
	return due
}

// heard takes in what the shop says about an order.
func (j *Journal) heard(order, state string, amount tradepay.Amount) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.byOrder[order]
	if r == nil {
		r = j.byPayment[order]
	}
	if r == nil || r.shopState == state {
		return
	}
	r.shop(orderAnswer{state: state, amount: amount})
	j.look(r)
}
