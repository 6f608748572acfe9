package stage

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestJournalIsBounded: a run keeps so many entries and no more, also after two
// halves of it were joined, and the journal so many runs and changes.
func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	j := NewJournal()
	started := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	at := started
	observe := func(payment string) {
		at = at.Add(time.Second)
		j.Observe(tradepaytest.Event{Step: 5, At: at, PaymentRequestID: payment})
	}
	r := j.ordering("first-tap", ScenarioPay, started, nil)
	j.ordering("second-tap", ScenarioPay, started, nil) // whose payment it is cannot be told yet
	for range maxEntries {
		observe("order-1")
		j.ordering("first-tap", ScenarioPay, started, nil)
	}
	j.ordered(r, orderAnswer{status: 200, orderID: "order-1", payment: "order-1", state: "pending"})
	for range 2 * maxEntries {
		observe("order-1")
	}
	require.Same(t, j.byID[r], j.byPayment["order-1"])
	require.Len(t, j.byID[r].entries, maxEntries)

	for i := range 2 * maxRuns {
		for range 20 {
			observe("payment-" + strconv.Itoa(i))
		}
	}
	require.Len(t, j.runs, maxRuns)
	require.Len(t, j.byID, maxRuns)
	require.Len(t, j.byPayment, maxRuns)
	require.Empty(t, j.byOrder)
	require.Empty(t, j.byKey)
	require.LessOrEqual(t, len(j.log), maxLog)
}
