package tradepay_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestTenThousandPaysAtAFailingWallet is the promise of this package. With 30 % of the
// answers lost, broken, forged or late, the wallet charges nobody twice, the client
// calls no unknown failed, and once the wallet works again every order is known. Half
// of the payments charge at once, so a second charge would show. With script/soak it
// makes all of them, else a thousand. On a slow machine it makes fewer: it stops at its
// share of the time that the tests have left, and what it checks holds for any number.
func TestTenThousandPaysAtAFailingWallet(t *testing.T) {
	t.Parallel()
	at := make(chan int, 1)
	pprof.Do(t.Context(), pprof.Labels("test", t.Name()), func(context.Context) {
		at <- soak(t) //nolint:contextcheck // it has the test's own
	})
	require.Eventually(t, func() bool { return goroutinesLabelled(t, t.Name()) == 0 }, patience, 10*time.Millisecond)
	t.Logf("measured: after %d calls no connection and no goroutine left", 2*<-at)
}

// patience bounds what must happen, however slow the machine is.
const patience = 2 * time.Minute

// soak pays at a failing wallet, heals it, asks for every order, and returns
// how many pays there were.
func soak(t *testing.T) int {
	t.Helper()
	most := testsize.Of(300, 400, 10_000)
	wallet := tradepaytest.NewWallet(tradepaytest.WithSeed(20260115))
	defer wallet.Close()
	var connections atomic.Int64
	client, transport := countedClient(t, wallet.Config(), &connections)
	token, err := client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("payer")})
	require.NoError(t, err)

	kinds := []tradepaytest.FaultKind{
		tradepaytest.DropBefore, tradepaytest.DropAfter, tradepaytest.Status500,
		tradepaytest.Status500After, tradepaytest.HalfBody,
		tradepaytest.NotJSON, tradepaytest.Unsigned, tradepaytest.WrongKey, tradepaytest.WrongKeyVersion,
		tradepaytest.ForeignClientID,
		tradepaytest.SkewedClock, tradepaytest.ReplayedResponse, tradepaytest.Redirect, tradepaytest.UnknownThenSuccess,
		tradepaytest.UnknownAfter,
	}
	const share = 0.3
	for _, kind := range kinds {
		wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1, Probability: share / float64(len(kinds))})
	}

	request := func(i int) *tradepay.CreateOrderRequest {
		req := &tradepay.CreateOrderRequest{
			PaymentRequestID: fmt.Sprintf("soak-%05d", i),
			Amount:           tradepay.Amount{Currency: "USD", Value: int64(1 + i)}, Title: "Soak",
		}
		if i%2 == 0 {
			req.PaymentAuthCode = token.AccessToken
		}
		return req
	}
	var created, unknown, wrong atomic.Int64
	pays := inParallel(most, shareOfTime(t), func(i int) {
		order, err := client.CreateOrder(t.Context(), request(i))
		switch {
		case err == nil:
			created.Add(1)
			known, ok := wallet.Payment(order.PaymentRequestID)
			if !ok || known.PaymentID != order.PaymentID || known.Amount != order.Amount {
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
	inParallel(pays, time.Time{}, func(i int) {
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
	t.Logf("measured: %d of %d pays at a wallet with 30 %% faults, %d answered, %d unknown, %d wrongly reported, %d "+
		"charged, %d charged twice",
		pays, most, created.Load(), unknown.Load(), wrong.Load(), charges, double)
	require.Len(t, wallet.Payments(), pays)
	require.Zero(t, double)
	require.Zero(t, wrong.Load())
	require.EqualValues(t, pays, created.Load()+unknown.Load())
	require.Equal(t, (pays+1)/2, charges)

	transport.CloseIdleConnections()
	wallet.Close()
	require.Eventually(t, func() bool { return connections.Load() == 0 }, patience, time.Millisecond)
	return pays
}

// shareOfTime is when a long test stops making more: after an eighth of what
// go test's -timeout leaves, so that it ends within a quarter. Without a
// timeout it is zero: never.
func shareOfTime(t *testing.T) time.Time {
	t.Helper()
	deadline, ok := t.Deadline()
	if !ok {
		return time.Time{}
	}
	return time.Now().Add(time.Until(deadline) / 8)
}

// goroutinesLabelled counts the goroutines that run under a test's label, which
// a goroutine hands on to those it starts. Those of other tests have another.
func goroutinesLabelled(t *testing.T, test string) int {
	t.Helper()
	var profile strings.Builder
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&profile, 1))
	label := fmt.Sprintf("# labels: {%q:%q}", "test", test)
	count := 0
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		number, _, found := strings.Cut(stack, " @ ")
		if !found || !strings.Contains(stack, label) {
			continue
		}
		n, err := strconv.Atoi(number[strings.LastIndexByte(number, '\n')+1:])
		require.NoError(t, err)
		count += n
	}
	return count
}

func TestGoroutinesLabelled(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	pprof.Do(t.Context(), pprof.Labels("test", t.Name()), func(context.Context) {
		for range 3 {
			go func() { <-release }()
		}
	})
	require.Equal(t, 3, goroutinesLabelled(t, t.Name()))
	close(release)
	require.Eventually(t, func() bool { return goroutinesLabelled(t, t.Name()) == 0 }, patience, time.Millisecond)
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
	client, err := tradepay.NewClient(configtest.With(config, func(conf *tradepay.Config) {
		conf.HTTPClient = &http.Client{Transport: transport}
	}, func(conf *tradepay.Config) { conf.ConfirmOrders = true },
		func(conf *tradepay.Config) {
			conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond,
				AttemptTimeout: patience}
		}))
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

// inParallel calls f for 0 to n-1 from a bounded number of goroutines, and
// returns how many calls there were: fewer than n once it is past until, but
// at least a hundred.
func inParallel(n int, until time.Time, f func(int)) int {
	const least = 100
	var next atomic.Int64
	var wg sync.WaitGroup
	enough := func(i int) bool {
		late := !until.IsZero() && time.Now().After(until)
		return i >= n || i >= least && late
	}
	var done atomic.Int64
	for range 8 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; !enough(i); i = int(next.Add(1)) - 1 {
				f(i)
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return int(done.Load())
}
