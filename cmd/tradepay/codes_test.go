package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExitCodesOfRuns: each code of tradepay help codes, by a run that ends with it, with the
// same code in JSON.
func TestExitCodesOfRuns(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	paid, _ := startSandbox(t, "-pay-after", "0s")
	for user, id := range map[*user]string{u: "open", paid: "paid"} {
		require.Equal(t, exitOK, create(user, id).code)
	}
	require.Equal(t, exitOK, paid.run("order", "wait", "paid", "-interval", "1s").code)
	require.Equal(t, exitOK, paid.run("order", "refund", "paid", "-refund-id", "refund-1", "-amount", "1.00",
		"-currency",
		"USD").code)
	require.Equal(t, exitOK, create(u, "closed").code)
	require.Equal(t, exitOK, u.run("order", "cancel", "closed").code)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer broken.Close()
	pair := newPair(t)
	check := []string{"-amount", "10.50", "-currency", "USD"}
	for _, test := range []struct {
		name string
		user *user
		code int
		args []string
	}{
		{"paid", paid, exitOK, []string{"order", "query", "paid"}},
		{"no file can be written", u, exitFailed, []string{"keygen", "-name", "/nowhere/at/all/shop"}},
		{"usage", u, exitUsage, []string{"order", "query"}},
		{"not supported", u, exitUsage, []string{"call", "sendPush", "-body", write(t, "b", "{}")}},
		{"unknown", u, exitUnknown, []string{"order", "refund", "open", "-refund-id", "r", "-amount", "1.00",
			"-currency",
			"USD", "-base-url", broken.URL}},
		{"still open", u, exitUnknown, []string{"order", "wait", "open", "-timeout", "1s"}},
		{"nobody answers", u, exitUnknown, []string{"order", "query", "open", "-base-url", "http://127.0.0.1:1"}},
		{"other content", u, exitUnknown, []string{"order", "create", "open", "-amount", "9.00", "-currency", "USD"}},
		{"does not verify", u, exitNotVerified, []string{"doctor", "-live", "-wallet-key-file", pair + "-public.pem"}},
		{"rejected", u, exitRejected, []string{"order", "refund", "open", "-refund-id", "r", "-amount", "1.00",
			"-currency",
			"USD"}},
		{"over", u, exitRejected, []string{"order", "wait", "closed"}},
		{"caller", u, exitCaller, []string{"order", "refund", "open", "-refund-id", "r2", "-amount", "1.00",
			"-currency",
			"USD", "-private-key-file", pair + "-private.pem"}},
		{"not found", u, exitNotFound, []string{"order", "query", "nobody-knows"}},
		{"not paid", u, exitNotPaid, append([]string{"order", "query", "open"}, check...)},
		{"another amount", paid, exitNotPaid, []string{"order", "query", "paid", "-amount", "9.00", "-currency",
			"USD"}},
		{"given back", paid, exitNotPaid, append([]string{"order", "query", "paid"}, check...)},
	} {
		got := test.user.run(test.args...)
		require.Equal(t, test.code, got.code, "%s: %s", test.name, got.stderr)
		help := test.user.run("codes").out
		require.Contains(t, help, "\n"+string(rune('0'+test.code))+"  ")
		asJSON := test.user.run(append(test.args, "-json")...)
		require.Equal(t, test.code, asJSON.code, "%s: %s", test.name, asJSON.stderr)
		var answer map[string]any // one, so that a program can read all of the output as JSON
		require.NoError(t, json.Unmarshal([]byte(asJSON.out), &answer), "%s: %s", test.name, asJSON.out)
		if code, told := answer["exitCode"]; told {
			require.EqualValues(t, test.code, code, test.name)
			continue
		}
		require.True(t, answer["status"] != nil || answer["valid"] == false, "%s: %s", test.name, asJSON.out)
	}
}

// TestUsageJSON: a program that asks for JSON gets it, whatever is wrong.
func TestUsageJSON(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"order", "query", "-json"}, {"order", "query", "-nonsense", "--json"}, {"order", "get", "-json=true"},
		{"nonsense", "-json"}, {"order", "query", "1", "2", "-json"}, {"-json"}, {"keygen", "-bits", "7", "-json"},
	} {
		got := newUser(t, nil).run(args...)
		require.Equal(t, exitUsage, got.code, "%q", args)
		var answer struct {
			Error, Help string
			ExitCode    int
		}
		require.NoError(t, json.Unmarshal([]byte(got.out), &answer), "%q: %s", args, got.out)
		require.NotEmpty(t, answer.Error)
		require.True(t, strings.HasPrefix(answer.Help, "tradepay help"), answer.Help)
		require.Equal(t, exitUsage, answer.ExitCode)
		require.Contains(t, got.stderr, answer.Error, "people are told, too")
	}
	got := newUser(t, nil).run("order", "query", "-json=false")
	require.Empty(t, got.out)
}
