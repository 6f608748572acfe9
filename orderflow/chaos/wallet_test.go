package main

import (
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestEachFaultAddsUp(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 4, 7, 19} {
		require.InDelta(t, 0.3, 1-math.Pow(1-each(0.3, n), float64(n)), 1e-9)
	}
}

// TestWalletCounts: a fault that was met is counted, and all others are
// reported as never met.
func TestWalletCounts(t *testing.T) {
	t.Parallel()
	w := newWallet(1, 0, 0)
	t.Cleanup(w.Close)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: wire.OpPay})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/api/v2/payments/pay",
		strings.NewReader("{}"))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusInternalServerError, res.StatusCode)

	got := w.troubles()
	require.Equal(t, map[string]map[string]int{"pay": {"Status500": 1}}, got.Faults)
	require.Equal(t, 1, got.total(""))
	require.Contains(t, got.NeverMet, "pay DropAfter")
	require.Contains(t, got.NeverMet, "notifyPayment NotifyLost")
	require.NotContains(t, got.NeverMet, "pay Status500")
}

func TestWalletInjects(t *testing.T) {
	t.Parallel()
	w := newWallet(1, 0.9, 0.5)
	t.Cleanup(w.Close)
	for range 20 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/api/v2/payments/inquiryPayment",
			strings.NewReader("{}"))
		require.NoError(t, err)
		if res, err := http.DefaultClient.Do(req); err == nil {
			require.NoError(t, res.Body.Close())
		}
	}
	require.Greater(t, w.troubles().total(""), 10)
}
