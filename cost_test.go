//go:build !race

package tradepay_test

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
)

// TestCostInAllocations: what a call allocates above the floor's. net/http and RSA are
// in both, so that their next version changes neither side alone. A bound is today's
// count and a few more. The race detector allocates, too, so this is not built with it;
// script/bench runs it.
func TestCostInAllocations(t *testing.T) { //nolint:paralleltest // what others allocate would count
	for _, tt := range []struct {
		name  string
		calls func(testing.TB) (sdk, floor func() error)
		most  float64
	}{
		// resty, two contexts with deadlines, the strict reading of JSON (each member's
		// name once), and the record by which a copied answer is recognised.
		{"CreateOrder", ordering, 100},
		// Strict JSON, the kind of the notification, both contents, and the answer's
		// headers. The signature of the acknowledgement is the second's, so what it
		// allocates is the floor's alone.
		{"NotifyHandler", receiving, 50},
		// The same without an answer. The floor is the RSA operation alone.
		{"VerifyNotification", verifying, 60},
	} {
		t.Run(tt.name, func(t *testing.T) { //nolint:paralleltest // as above
			sdk, floor := tt.calls(t)
			require.NoError(t, sdk())
			require.NoError(t, floor())
			ours := testing.AllocsPerRun(100, func() { _ = sdk() })
			least := testing.AllocsPerRun(100, func() { _ = floor() })
			t.Logf("measured: %s: %.0f allocations, the floor %.0f", tt.name, ours, least)
			require.LessOrEqual(t, ours-least, tt.most, "allocations above those of the floor, %.0f", least)
		})
	}
}

// TestCostInRoundTrips: an order is one request, and all orders one after the other use
// one connection.
func TestCostInRoundTrips(t *testing.T) {
	t.Parallel()
	k := loadBenchKeys(t)
	var requests, connections atomic.Int64
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := tradepay.NewClient(configtest.With(k.config(cannedServer(t, k)), func(conf *tradepay.Config) {
		conf.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			requests.Add(1)
			return transport.RoundTrip(r)
		})}
	}))
	require.NoError(t, err)
	const orders = 20
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if !got.Reused {
			connections.Add(1)
		}
	}})
	for range orders {
		_, err := client.CreateOrder(ctx, benchOrder())
		require.NoError(t, err)
	}
	require.EqualValues(t, orders, requests.Load())
	require.EqualValues(t, 1, connections.Load())
}
