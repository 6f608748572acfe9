package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goodReport is of a run that has shown what it is to show.
func goodReport() *report {
	books := count(goodBooks())
	books.PartsBefore, books.PartsAfter, books.Gone, books.Answered = 1, 1, 1, 1
	books.Reserved, books.Captured = 2, 1
	return &report{
		settings: settings{orders: enough, kills: 2, terminations: 3, freezes: 1, crashes: 2, restores: 1, hangs: 1,
			reserved: 0.1, faults: 0.3}, Tally: books,
		Struck: struck{Kills: 2, KillsInFlight: 2, Terminations: 3, TermsInFlight: 3, Freezes: 1, FreezesInFlight: 1,
			Crashes: 2, CrashesInFlight: 2,
			Restores: 1, RestoresInFlight: 1},
		Hung:   1,
		PaidBy: map[string]int{"notification": 2, "reconcile": 1},
	}
}

// TestReport has a run fail for each thing that it must not pass over.
func TestReport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*report)
		says  string
	}{
		"good":                  {func(*report) {}, "exactly once"},
		"double shipment":       {func(r *report) { r.Tally.DoubleFulfilled = 1 }, "FAILED"},
		"wrong URL":             {func(r *report) { r.WrongURLs = 1 }, "1 wrong payment URLs"},
		"crash":                 {func(r *report) { r.Lives.Crashes = 1 }, "1 crashes"},
		"time":                  {func(r *report) { r.TimedOut = true }, "the time ran out"},
		"kills that hit nobody": {func(r *report) { r.Struck.KillsInFlight = 1 }, "1 of 2 kills"},
		"no terminations":       {func(r *report) { r.Struck.TermsInFlight = 0 }, "0 of 3 terminations"},
		"no freezes":            {func(r *report) { r.Struck.FreezesInFlight = 0 }, "0 of 1 freezes"},
		"crashes that failed":   {func(r *report) { r.Struck.CrashError = "pg_ctl" }, "pg_ctl"},
		"a crash too few":       {func(r *report) { r.Struck.CrashesInFlight = 1 }, "1 of 2 crashes"},
		"no restores":           {func(r *report) { r.Struck.RestoresInFlight = 0 }, "0 of 1 restores"},
		"a restore that failed": {func(r *report) { r.Struck.RestoreError = "no copy" }, "no copy"},
		"nothing restored":      {func(r *report) { r.Tally.Answered = 0 }, "the shipment of 0"},
		"lost in silence":       {func(r *report) { r.Tally.Unfound = 1 }, "1 lost unfound"},
		"nothing captured":      {func(r *report) { r.Tally.Captured = 0 }, "0 of 2 reservations were captured"},
		"captured twice":        {func(r *report) { r.Tally.CapturedTwice = 1 }, "1 twice or unasked"},
		"no hangs":              {func(r *report) { r.Hung = 0 }, "0 of 1 fulfilments hung"},
		"goods and the money": {func(r *report) {
			r.Tally.ShippedGivenBack = 1
		}, "1 shipped although the money went back"},
		"nobody looks": {func(r *report) { r.Tally.Unattended = 1 }, "1 open orders that nobody"},
		"a fault never met": {func(r *report) {
			r.Troubles.NeverMet = []string{"pay Slow"}
		}, "no message met: pay Slow"},
		"no parts given back": {func(r *report) { r.Tally.PartsBefore = 0 }, "did not give parts back"},
		"no reconciliation":   {func(r *report) { delete(r.PaidBy, "reconcile") }, "not learned of in both ways"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := goodReport()
			test.spoil(r)
			var out bytes.Buffer
			r.print(&out)
			require.Contains(t, out.String(), test.says)
			require.Equal(t, name == "good", r.faultless())
			require.Equal(t, name != "good", strings.Contains(out.String(), "FAILED"))
		})
	}
}
