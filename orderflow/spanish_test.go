package orderflow_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/phrasebook"
)

var (
	// english are words that no Spanish text has.
	english = regexp.MustCompile(`\b(the|is|are|was|has|had|of|it|its|by|to|which|that|this|with|about|although|` +
		`over|after|before|not|nobody|paid|reserved|charged|refund|capture|void|notification|inquiry|failed|` +
		`succeeded)\b`)
	// foreign is what no phrase is known for: what the tests' own Fulfil and wallet say, SQLite, and the first
	// version; ids, and the names of operations.
	foreign = regexp.MustCompile(`out of boxes|the warehouse burns|the carrier took a minute|closed account|` +
		`constraint failed: FOREIGN KEY constraint failed|over 0 , about paymentId|` +
		`"[^"]*"|\S*-\S*|\b(refund|capture|void): `)
)

// requireSpanish fails if a reason that a test left in the history or in an alarm has no Spanish for the pages
// that show it.
func requireSpanish(t *testing.T, db *orderflow.DB) {
	t.Helper()
	rows, err := db.SQL().QueryContext(context.WithoutCancel(t.Context()),
		`SELECT reason FROM orderflow_history UNION SELECT reason FROM orderflow_alarms`)
	if err != nil {
		return // the test has ended its database
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var reason string
		require.NoError(t, rows.Scan(&reason))
		require.NotRegexp(t, english, foreign.ReplaceAllString(phrasebook.Spanish(reason), ""),
			"internal/phrasebook/phrases.txt has no Spanish for %q", reason)
	}
}
