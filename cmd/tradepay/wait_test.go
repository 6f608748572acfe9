package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWaitShowsProgress: each state once, on standard error, where somebody reads it or asks.
func TestWaitShowsProgress(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "2s", "-fault", "Status500@inquiryPayment:4")
	require.Equal(t, exitOK, create(u, "order-1").code)
	got := u.run("order", "wait", "order-1", "-interval", "1s", "-v", "-timeout", "1m")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `^(\d\d:\d\d:\d\d no answer that can be believed; asking again\n)?(\d\d:\d\d:\d\d PROCESSING\n)?`+
		`\d\d:\d\d:\d\d SUCCESS\n$`, got.stderr)
	got = u.run("order", "wait", "order-1", "-interval", "1s")
	require.Equal(t, exitOK, got.code)
	require.Empty(t, got.stderr, "no terminal, no -v")
	got = u.run("order", "wait", "order-2", "-interval", "1s", "-v", "-timeout", "2s", "-lang", "es")
	require.Equal(t, exitNotFound, got.code, got.stderr)
	require.Contains(t, got.stderr, "la billetera no conoce el pedido, o todavía no\n")
}

// TestWaitSawProcessing: an order that it saw is not called unknown.
func TestWaitSawProcessing(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	require.Equal(t, exitOK, create(u, "order-1").code)
	got := u.run("order", "wait", "order-1", "-timeout", "1s", "-json")
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.out, `"status": "PROCESSING"`)
	require.Contains(t, got.out, `"askAgain": "tradepay order query -id order-1"`)
	require.Equal(t, "The order is still PROCESSING: it is not paid yet, and the payer may still pay. Ask again:\n"+
		"  tradepay order query -id order-1\n", got.stderr)
}
