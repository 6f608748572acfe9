package stage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// Scenario is what a run shows.
type Scenario string

// The scenarios.
const (
	ScenarioPay       Scenario = "pay"       // the platform's figure: 20 steps
	ScenarioReserve   Scenario = "reserve"   // the amount is reserved; the shop charges or releases it
	ScenarioSubscribe Scenario = "subscribe" // the customer agrees; the shop charges without the cashier
)

// Steps beside the figure's.
const (
	stepCapture     = 21 // the shop charges what is reserved
	stepAskToAgree  = 22
	stepPrepare     = 23
	stepOpenConsent = 24
	stepAgree       = 25
	stepConsented   = 26
	stepSendCode    = 27
	stepToken       = 28
)

// stepsOf are the steps of each scenario in their order, from which they have their
// numbers on the page.
var stepsOf = map[Scenario][]int{
	ScenarioPay:     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20},
	ScenarioReserve: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, stepCapture, 19},
	ScenarioSubscribe: {
		stepAskToAgree, stepPrepare, stepOpenConsent, stepAgree, stepConsented, stepSendCode, stepToken,
		1, 2, 3, 4, 5, 7, 8, 19, 20,
	},
}

// key is that of a step's text. Some steps do something else in another scenario.
func (s Scenario) key(step int) string {
	if own := fmt.Sprintf("step.%s.%d", s, step); texts[own] != (text{}) {
		return own
	}
	return "step." + strconv.Itoa(step)
}

// number is the number of a step in a scenario, 0 if that has no such step.
func (s Scenario) number(step int) int { return slices.Index(stepsOf[s], step) + 1 }

// scenarios are those that a wallet allows.
func scenarios(w wire.Profile) []Scenario {
	all := []Scenario{ScenarioPay}
	if w.Path(wire.OpCapture) != "" {
		all = append(all, ScenarioReserve)
	}
	if w.Path(wire.OpPrepare) != "" && w.Path(wire.OpApplyToken) != "" {
		all = append(all, ScenarioSubscribe)
	}
	return all
}

// scenarioOf is the scenario of an order that is paid in such a way.
func scenarioOf(payBy string) Scenario {
	switch payBy {
	case "reserve":
		return ScenarioReserve
	case "agreement":
		return ScenarioSubscribe
	}
	return ScenarioPay
}

// figures are the steps of all scenarios, as JSON for the page.
func figures() (string, error) {
	data, err := json.Marshal(stepsOf)
	return string(data), err
}

// agreeing notes that the mini program asks its server for the wallet's page, or hands in
// what that called back. It returns the run.
func (j *Journal) agreeing(x *exchange, begins bool) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if begins || j.consent == nil {
		j.consent = j.start("agreement "+strconv.Itoa(j.serial), x.start)
		j.consent.scenario = ScenarioSubscribe
	}
	r := j.consent
	if !begins {
		j.step(r, stepConsented, &Entry{At: x.start, Mark: MarkInferred})
	}
	j.asking++
	return r.id
}

// agreed notes the answer.
func (j *Journal) agreed(id string, begins bool, request *tradepaytest.Message, a orderAnswer, took float64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asking--
	r := j.byID[id]
	if r == nil {
		return
	}
	e := &Entry{At: a.start, TookMs: took, Mark: MarkPlain, Both: true, Message: request, Answer: a.message}
	a.mark(e, http201)
	number := stepSendCode
	if begins {
		number = stepAskToAgree
	}
	j.step(r, number, e)
}

// consented takes in what the wallet does for an agreement. It reports false for all
// other events.
func (j *Journal) consented(e tradepaytest.Event, entry *Entry) bool {
	number := 0
	switch {
	case e.Name == "Agreement signed", e.Name == "Agreement declined":
		number = stepAgree
	case e.Op == wire.OpPrepare:
		number = stepPrepare
	case e.Op == wire.OpApplyToken:
		number = stepToken
	default:
		return false
	}
	r := j.consent
	switch {
	case r == nil, number != stepAgree && j.asking == 0:
		return true // of somebody else, or a login
	case number != stepAgree:
		entry.Kind, entry.Step = KindStep, number
		j.add(r, entry)
		return true
	}
	detail := ""
	if e.Name == "Agreement declined" {
		detail = "cancel"
	}
	j.step(r, stepOpenConsent, &Entry{At: e.At, Mark: MarkInferred})
	j.step(r, number, &Entry{At: e.At, Mark: MarkPlain, Detail: detail})
	return true
}

// step adds a step between its parties.
func (j *Journal) step(r *run, number int, e *Entry) {
	e.Kind, e.Step, e.From, e.To = KindStep, number, figure[number].from, figure[number].to
	j.add(r, e)
}
