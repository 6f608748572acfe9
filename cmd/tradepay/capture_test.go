package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// reserved creates an order that reserves 10.50 USD.
func reserved(t *testing.T, u *user, id string) {
	t.Helper()
	require.Equal(t, exitOK, create(u, id, "-authorize").code)
	got := u.run("order", "wait", id, "-interval", "1s")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "AUTH_SUCCESS")
}

func TestOrderCapture(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "0s")
	reserved(t, u, "order-1")
	capture := []string{"order", "capture", "order-1", "-capture-id", "capture-1", "-amount", "4.00", "-currency",
		"USD",
		"-partial"}
	for range 2 { // repeated, it charges once
		got := u.run(capture...)
		require.Equal(t, exitOK, got.code, got.stderr)
		require.Equal(t, "captureRequestId capture-1\n", got.stderr)
		require.Contains(t, got.out, "4.00 USD")
	}
	got := u.run("order", "capture", "order-1", "-capture-id", "capture-2", "-amount", "6.50", "-currency", "USD",
		"-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, `"captureRequestId": "capture-2"`)
	got = u.run("order", "query", "order-1")
	require.Regexp(t, `capture +capture-1  SUCCESS  4\.00 USD`, got.out)
	require.Regexp(t, `capture +capture-2  SUCCESS  6\.50 USD`, got.out)
	got = u.run("order", "capture", "order-1", "-capture-id", "capture-3", "-amount", "1.00", "-currency", "USD")
	require.Equal(t, exitRejected, got.code, got.out+got.stderr)
}

func TestOrderVoid(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "0s")
	reserved(t, u, "order-1")
	got := u.run("order", "void", "order-1", "-void-id", "void-1", "-amount", "4.00", "-currency", "USD")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "voidRequestId void-1\n", got.stderr)
	got = u.run("order", "void", "order-1", "-void-id", "void-2", "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, `"status": "SUCCESS"`)
}

func TestSettlementsReject(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	for _, verb := range []string{"capture", "void"} {
		for says, args := range map[string][]string{
			"give -" + verb + "-id, your id of it": {"order-1"},
			"name the payment":                     {"-" + verb + "-id", "x"},
			"ISO 4217":                             {"order-1", "-" + verb + "-id", "x", "-amount", "1.00"},
			"say -live if you mean it": {"order-1", "-" + verb + "-id", "x", "-base-url",
				"https://gateway.example"},
		} {
			got := u.run(append([]string{"order", verb}, args...)...)
			require.Equal(t, exitUsage, got.code, got.stderr)
			require.Contains(t, got.stderr, says)
			require.NotContains(t, got.stderr, "RequestId x")
		}
	}
}

// TestSettlementOutcomeUnknown: the user learns what to ask, and what may be repeated.
func TestSettlementOutcomeUnknown(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer wallet.Close()
	for name, says := range map[string]string{
		"platform-v2": "Or run the very same command again", "VodaPay": "This wallet rejects repeats",
	} {
		got := u.run("order", "capture", "order-1", "-capture-id", "capture-1", "-base-url", wallet.URL, "-wallet",
			name,
			"-timeout", "1s")
		require.Equal(t, exitUnknown, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
		require.Contains(t, got.stderr, "\n  tradepay order query -id order-1 -base-url "+wallet.URL)
	}
}
