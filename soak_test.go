package tradepay_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestTenThousandPaysAtAFailingWallet is the promise of this package: with
// 30 % of the answers lost, broken, forged or late, nobody is charged twice,
// no unknown is called failed, and once the wallet has healed every order is
// known. Half of the payments charge at once, so a second charge would show.
// It does not run in parallel: at its end it counts goroutines and connections.
func TestTenThousandPaysAtAFailingWallet(t *testing.T) { //nolint:paralleltest // see above
	pays := 10_000
	if testing.Short() {
		pays = 500
	}
	goroutines := runtime.NumGoroutine()
	wallet := tradepaytest.NewWallet(tradepaytest.WithSeed(20260115))
	var connections atomic.Int64
	client, transport := countedClient(t, wallet.Config(), &connections)
	token, err := client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("payer")})
	require.NoError(t, err)

	kinds := []tradepaytest.FaultKind{
		tradepaytest.DropBefore, tradepaytest.DropAfter, tradepaytest.Status500, tradepaytest.Status500After, tradepaytest.HalfBody,
		tradepaytest.NotJSON, tradepaytest.Unsigned, tradepaytest.WrongKey, tradepaytest.WrongKeyVersion, tradepaytest.ForeignClientID,
		tradepaytest.SkewedClock, tradepaytest.ReplayedResponse, tradepaytest.Redirect, tradepaytest.UnknownThenSuccess, tradepaytest.UnknownAfter,
	}
	const share = 0.3
	for _, kind := range kinds {
		wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1, Probability: share / float64(len(kinds))})
	}

	request := func(i int) *tradepay.CreateOrderRequest {
		req := &tradepay.CreateOrderRequest{PaymentRequestID: fmt.Sprintf("soak-%05d", i), Amount: tradepay.Amount{Currency: "USD", Value: int64(1 + i)}, Title: "Soak"}
		if i%2 == 0 {
			req.PaymentAuthCode = token.AccessToken
		}
		return req
	}
	var created, unknown, wrong atomic.Int64
	inParallel(pays, func(i int) {
		order, err := client.CreateOrder(t.Context(), request(i))
		switch {
		case err == nil:
			created.Add(1)
			if known, ok := wallet.Payment(order.PaymentRequestID); !ok || known.PaymentID != order.PaymentID || known.Amount != order.Amount {
				wrong.Add(1)
				t.Errorf("order %s came back as another payment", order.PaymentRequestID)
			}
		case errors.Is(err, tradepay.ErrOutcomeUnknown) && !errors.Is(err, tradepay.ErrRejected):
			unknown.Add(1)
		default:
			wrong.Add(1)
			t.Errorf("an unknown reported as %v", err)
		}
	})

	wallet.Heal()
	inParallel(pays, func(i int) {
		order, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: request(i).PaymentRequestID})
		if errors.Is(err, tradepay.ErrOrderNotFound) { // it never arrived: the same request still may
			order, err = client.CreateOrder(t.Context(), request(i))
		}
		want := tradepay.StatusProcessing
		if i%2 == 0 {
			want = tradepay.StatusSuccess
		}
		if err != nil || order.Status != want {
			wrong.Add(1)
			t.Errorf("order %d after the wallet healed: %v, %v", i, order, err)
		}
	})
	double, charges := 0, 0
	for _, p := range wallet.Payments() {
		charges += p.Charges
		if p.Charges > 1 {
			double++
		}
	}
	t.Logf("measured: %d pays at a wallet with 30 %% faults, %d answered, %d unknown, %d wrongly reported, %d charged, %d charged twice", pays, created.Load(), unknown.Load(), wrong.Load(), charges, double)
	require.Len(t, wallet.Payments(), pays)
	require.Zero(t, double)
	require.Zero(t, wrong.Load())
	require.Equal(t, pays/2, charges)

	transport.CloseIdleConnections()
	wallet.Close()
	deadline := time.Now().Add(30 * time.Second) // require.Eventually would be a goroutine itself
	for time.Now().Before(deadline) && (connections.Load() > 0 || runtime.NumGoroutine() > goroutines) {
		time.Sleep(time.Millisecond)
	}
	require.Zero(t, connections.Load())
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	t.Logf("measured: after %d calls no connection and no goroutine left", 2*pays)
}

// countedClient is a client over a transport that counts open connections.
func countedClient(t *testing.T, config tradepay.Config, open *atomic.Int64) (*tradepay.Client, *http.Transport) {
	t.Helper()
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			open.Add(1)
			return &countedConn{Conn: conn, open: open}, nil
		},
	}
	client, err := tradepay.NewClient(config, tradepay.WithHTTPClient(&http.Client{Transport: transport}), tradepay.WithOrderConfirmation(),
		tradepay.WithRetry(tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond}))
	require.NoError(t, err)
	return client, transport
}

type countedConn struct {
	net.Conn
	once sync.Once
	open *atomic.Int64
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// inParallel calls f for 0 to n-1 from a bounded number of goroutines.
func inParallel(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
