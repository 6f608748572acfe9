package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test's own binary be a merchant process.
func TestMain(m *testing.M) {
	if os.Getenv(merchantEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// chaos runs the program and returns its report.
func chaos(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := command(t.Context(), append(args, "-json"), &stdout, &stderr)
	t.Logf("measured: chaos %s\n%s%s", strings.Join(args, " "), stderr.String(), stdout.String())
	require.Zero(t, code)
	var r map[string]any
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
	return r
}

// number reads a number of the report by its path.
func number(t *testing.T, r map[string]any, path ...string) int {
	t.Helper()
	var value any = r
	for _, name := range path {
		object, ok := value.(map[string]any)
		require.True(t, ok, "%v", path)
		value = object[name]
	}
	n, ok := value.(float64)
	require.True(t, ok, "%v is %v", path, value)
	return int(n)
}

func TestChaos(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, orders, kills, terminations int, args ...string) {
		t.Helper()
		if testing.Short() {
			orders /= 2
		}
		r := chaos(t, append(args, "-drain", "2m", "-orders", fmt.Sprint(orders), "-kills", fmt.Sprint(kills),
			"-terminations", fmt.Sprint(terminations))...)
		for _, bad := range []string{"double_charged", "double_fulfilled", "lost", "wrongly_failed", "shipped_unpaid",
			"shipped_given_back", "unattended", "refunds_disagree", "keys_disagree", "unfinished",
			"strange", "unfound", "captured_twice", "captured_over", "captures_disagree", "shipped_uncaptured",
			"never_ended"} {
			require.Zero(t, number(t, r, "tally", bad), bad)
		}
		require.Equal(t, orders, number(t, r, "tally", "orders"))
		require.Greater(t, number(t, r, "tally", "charged"), orders/2)
		require.Equal(t, kills, number(t, r, "struck", "kills_in_flight"))
		require.Equal(t, terminations, number(t, r, "struck", "terminations_in_flight"))
		require.Equal(t, 1, number(t, r, "struck", "restores_in_flight")+number(t, r, "struck", "outages_in_flight"))
		require.Positive(t, number(t, r, "tally", "captured"))
		if number(t, r, "shards") == 1 {
			require.Positive(t, number(t, r, "tally", "gone"))
		}
		require.Positive(t, number(t, r, "paid_by", "notification"))
		require.Positive(t, number(t, r, "paid_by", "reconcile"))
		t.Logf("measured: %s: %d orders, %d charged, %d kills, %d terminations; double charged, double fulfilled, "+
			"lost, wrongly failed: %d, %d, %d, %d", t.Name(), orders,
			number(t, r, "tally", "charged"), kills, terminations, number(t, r, "tally", "double_charged"),
			number(t, r, "tally", "double_fulfilled"),
			number(t, r, "tally", "lost"), number(t, r, "tally", "wrongly_failed"))
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		check(t, 120, 3, 0, "-processes", "1", "-freezes", "0") // with the race detector, SQLite in Go is slow
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server := os.Getenv("TRADEPAY_TEST_POSTGRES")
		if server == "" {
			t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
		}
		check(t, 300, 3, 10, "-db", server, "-processes", "2", "-freeze-for", "8s")
	})
	t.Run("four servers, one killed", func(t *testing.T) {
		t.Parallel()
		if len(strings.Fields(os.Getenv(serversEnv))) < 5 {
			t.Skip(serversEnv + " does not name four servers beside that of the other tests; run this with " +
				"script/postgres --servers 5")
		}
		check(t, 300, 3, 0, "-db", "postgres", "-shards", "4", "-processes", "2", "-freezes", "0", "-outage-for", "8s")
	})
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-orders 0":                     "must be positive",
		"-faults 1":                     "-faults must be",
		"-terminations 1":               "needs -db postgres",
		"-db orders.db -terminations 1": "needs -db postgres",
		"-freezes -1":                   "must not be negative",
		"-restores -1":                  "must not be negative",
		"-reversals 2":                  "-reversals and -reserved must be",
		"-reserved 2":                   "-reversals and -reserved must be",
		"-crashes 1":                    "needs -db postgres",
		"-skew 1s":                      "needs -db postgres",
		"-outages 1":                    "-outages needs -shards",
		"-shards 2":                     "-shards needs -db postgres",
		"-shards 2 -restores 1":         "-restores is for one database",
		"once":                          `unknown argument "once"`,
		"-unknown":                      "flag provided but not defined",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			require.Equal(t, 2, command(t.Context(), strings.Fields(args), &stdout, &stderr))
			require.Contains(t, stderr.String(), want)
		})
	}
}
