package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

// runWhile is run for a command that never waits: in its pauses happens what the test says,
// with the number of the pause and its length. The time that passes is that of the pauses.
func (u *user) runWhile(pause func(number int, d time.Duration), args ...string) result {
	u.t.Helper()
	var out, stderr bytes.Buffer
	begin := time.Now()
	passed, pauses := time.Duration(0), 0
	c := &cli{
		getenv: func(name string) string { return u.env[name] }, stdin: strings.NewReader(""), stdout: &out,
		stderr: &stderr, shown: make(map[string]bool),
		now: time.Now, waitClock: func() time.Time { return begin.Add(passed) },
		sleep: func(_ context.Context, d time.Duration) bool {
			pauses++
			passed += d
			pause(pauses, d)
			return true
		},
	}
	code := c.run(u.t.Context(), args)
	return result{code, out.String(), stderr.String()}
}

// payOrder pays an order at the sandbox.
func payOrder(t *testing.T, u *user, id string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		u.env[tradepayenv.BaseURL]+"/__tradepay/payments/"+id+"/pay", strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// TestWaitShowsProgress: each state once, on standard error, where somebody reads it or asks.
func TestWaitShowsProgress(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-fault", "Status500@inquiryPayment:3") // as often as one question is sent
	require.Equal(t, exitOK, create(u, "order-1").code)
	var waited []time.Duration
	got := u.runWhile(func(number int, d time.Duration) {
		waited = append(waited, d)
		if number == 3 {
			payOrder(t, u, "order-1")
		}
	}, "order", "wait", "order-1", "-interval", "7s", "-v", "-timeout", "1m")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `^\d\d:\d\d:\d\d no answer that can be believed; asking again\n\d\d:\d\d:\d\d PROCESSING\n`+
		`\d\d:\d\d:\d\d SUCCESS\n$`, got.stderr)
	require.Equal(t, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}, waited)
	got = u.run("order", "wait", "order-1", "-interval", "1s")
	require.Equal(t, exitOK, got.code)
	require.Empty(t, got.stderr, "no terminal, no -v")
	got = u.runWhile(func(int, time.Duration) {}, "order", "wait", "order-2", "-v", "-lang", "es")
	require.Equal(t, exitNotFound, got.code, got.stderr)
	require.Contains(t, got.stderr, "la billetera no conoce el pedido, o todavía no\n")
}

// TestWaitSawProcessing: an order that it saw is not called unknown. It uses all the time, and
// asks for the last time a second before the end.
func TestWaitSawProcessing(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	require.Equal(t, exitOK, create(u, "order-1").code)
	var waited []time.Duration
	got := u.runWhile(func(_ int, d time.Duration) { waited = append(waited, d) },
		"order", "wait", "order-1", "-interval", "25s", "-timeout", "1m", "-json")
	require.Equal(t, exitUnknown, got.code)
	require.Equal(t, []time.Duration{25 * time.Second, 25 * time.Second, 9 * time.Second, time.Second}, waited)
	require.Contains(t, got.out, `"status": "PROCESSING"`)
	require.Contains(t, got.out, `"askAgain": "tradepay order query -id order-1"`)
	require.Equal(t, "The order is still PROCESSING: it is not paid yet, and the payer may still pay. Ask again:\n"+
		"  tradepay order query -id order-1\n", got.stderr)
}
