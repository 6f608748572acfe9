package stage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestScenarios: each step has a number of its own and a text, and a wallet offers what it has.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for scenario, plan := range stepsOf {
		for i, step := range plan {
			require.Equal(t, i+1, scenario.number(step), "%s: step %d is there twice", scenario, step)
			require.Contains(t, texts, scenario.key(step))
		}
	}
	require.Zero(t, ScenarioPay.number(stepToken))
	all := []Scenario{ScenarioPay, ScenarioReserve, ScenarioSubscribe}
	require.Equal(t, all, scenarios(wallets.VodaPay()))
	bare := wallets.VodaPay()
	bare.Routes.Unsupported = map[wire.Operation]string{wire.OpCapture: "none", wire.OpPrepare: "none"}
	require.Equal(t, []Scenario{ScenarioPay}, scenarios(bare))
}

// TestAgreementInTheJournal: what the wallet does for an agreement is of its run. A login's
// token is of none, and neither is an outage.
func TestAgreementInTheJournal(t *testing.T) {
	t.Parallel()
	j := NewJournal()
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	sees := func(e tradepaytest.Event) {
		at = at.Add(time.Second)
		e.At = at
		j.Observe(e)
	}
	sees(tradepaytest.Event{Name: "Request answered", Op: wire.OpApplyToken}) // a login
	sees(tradepaytest.Event{Name: "Agreement signed"})                        // of another program
	require.Empty(t, j.runs)
	require.False(t, j.walletDown)

	id := j.agreeing(&exchange{start: at}, true)
	sees(tradepaytest.Event{Name: "Request answered", Op: wire.OpPrepare})
	j.agreed(id, true, nil, orderAnswer{start: at, status: 200}, 1)
	sees(tradepaytest.Event{Name: "Request answered", Op: wire.OpApplyToken}) // a login
	sees(tradepaytest.Event{Name: "Agreement signed"})
	require.Equal(t, id, j.agreeing(&exchange{start: at}, false))
	sees(tradepaytest.Event{Name: "Request answered", Op: wire.OpApplyToken})
	j.agreed(id, false, nil, orderAnswer{start: at, status: 200}, 1)
	var seen []int
	for _, e := range j.byID[id].entries {
		seen = append(seen, e.Step)
	}
	require.Equal(t, []int{stepPrepare, stepAskToAgree, stepOpenConsent, stepAgree, stepConsented, stepToken,
		stepSendCode}, seen)
	require.Equal(t, id, j.ordering("tap-1", ScenarioSubscribe, at, nil), "the first order is of the same run")
	require.NotEqual(t, id, j.ordering("tap-2", ScenarioSubscribe, at, nil))
}
