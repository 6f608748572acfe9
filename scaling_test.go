package tradepay_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// work is one piece of it; i says at which of the wallets, counted without end.
type work func(i int) error

// many returns the same work by the clients of n wallets and by hand.
type many func(tb testing.TB, n int, watch *stopwatch) (sdk, floor work)

// stopwatch is the clock of a client that is measured: it stands still in the turns of
// the floor. The client signs its acknowledgement anew each second, so these have to be
// the client's own.
type stopwatch struct{ passed, since atomic.Int64 } // ns; since is 0 while it stands still

func (w *stopwatch) start() { w.since.Store(time.Now().UnixNano()) }

func (w *stopwatch) stop() { w.passed.Add(time.Now().UnixNano() - w.since.Swap(0)) }

func (w *stopwatch) now() time.Time {
	passed := w.passed.Load()
	if since := w.since.Load(); since != 0 {
		passed += time.Now().UnixNano() - since
	}
	return benchTime.Add(time.Duration(passed))
}

// BenchmarkManyOrders is CreateOrder by 1, 16 and 256 goroutines, by one client and by
// those of 20 wallets side by side. The floor is BenchmarkCreateOrder's, by as many.
func BenchmarkManyOrders(b *testing.B) {
	eachScale(b, manyOrders)
}

// BenchmarkManyNotifications is NotifyHandler in the same way.
func BenchmarkManyNotifications(b *testing.B) {
	eachScale(b, manyNotifications)
}

// BenchmarkCores does the work of 16 goroutines on one core and on all, in turns.
// x-of-1-core is how many times as much all cores do; floor-x-of-1-core is the
// hand-written client's. The wallet, which only sends bytes, is on the same cores.
func BenchmarkCores(b *testing.B) {
	cores := runtime.NumCPU()
	if cores == 1 {
		b.Skip("this machine has one core")
	}
	for name, works := range map[string]many{"CreateOrder": manyOrders, "NotifyHandler": manyNotifications} {
		b.Run(name, func(b *testing.B) {
			const goroutines = 16
			var watch stopwatch
			sdk, floor := works(b, 1, &watch)
			b.Cleanup(func() { runtime.GOMAXPROCS(cores) })
			var took [2][2]time.Duration // by cores, one or all; by whose
			b.ResetTimer()
			for b.Loop() {
				for all, n := range []int{1, cores} {
					runtime.GOMAXPROCS(n)
					for whose, do := range []work{sdk, floor} {
						watch.start()
						took[all][whose] += sideBySide(b, goroutines, 8*goroutines, do)
						watch.stop()
					}
				}
			}
			b.ReportMetric(float64(took[0][0])/float64(took[1][0]), "x-of-1-core")
			b.ReportMetric(float64(took[0][1])/float64(took[1][1]), "floor-x-of-1-core")
			b.ReportMetric(float64(cores), "cores")
			b.ReportMetric(0, "ns/op") // of everything together: it says nothing
		})
	}
}

// eachScale lets the SDK and the floor do the same work in turns.
func eachScale(b *testing.B, works many) {
	b.Helper()
	for _, profiles := range []int{1, 20} {
		for _, goroutines := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("profiles=%d/goroutines=%d", profiles, goroutines), func(b *testing.B) {
				var watch stopwatch
				sdk, floor := works(b, profiles, &watch)
				each := max(32, 2*goroutines)        // short turns: other programs disturb both alike
				sideBySide(b, goroutines, each, sdk) // connections open
				sideBySide(b, goroutines, each, floor)
				var ours, least time.Duration
				b.ResetTimer()
				for b.Loop() {
					least += sideBySide(b, goroutines, each, floor)
					watch.start()
					ours += sideBySide(b, goroutines, each, sdk)
					watch.stop()
				}
				n := float64(b.N * each)
				b.ReportMetric(float64(ours)/float64(least), "x-floor")
				b.ReportMetric(n/ours.Seconds(), "sdk-calls/s")
				b.ReportMetric(n/least.Seconds(), "floor-calls/s")
				b.ReportMetric(0, "ns/op") // of both together: it says nothing
			})
		}
	}
}

// sideBySide shares out n pieces of work among goroutines and returns how long they take.
func sideBySide(b *testing.B, goroutines, n int, do work) time.Duration {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range goroutines {
		all.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if b.Failed() {
		b.FailNow()
	}
	return took
}

// manyOrders returns CreateOrder by the clients of n wallets, each with a server of its
// own, and the hand-written client of one.
func manyOrders(tb testing.TB, n int, watch *stopwatch) (sdk, floor work) {
	tb.Helper()
	k := loadBenchKeys(tb)
	hand := newByHand(k, cannedServer(tb, k))
	merchants := merchantsOf(tb, n, watch)
	sdk = func(i int) error {
		m := merchants[i%n]
		_, err := m.client.CreateOrder(tb.Context(), m.order)
		return err
	}
	return sdk, func(int) error { return hand.createOrder(tb.Context()) }
}

// manyNotifications returns NotifyHandler of the clients of n wallets, and the
// hand-written handler of one.
func manyNotifications(tb testing.TB, n int, watch *stopwatch) (sdk, floor work) {
	tb.Helper()
	k := loadBenchKeys(tb)
	hand, header := newByHand(k, ""), noticeHeader(tb, k)
	merchants := merchantsOf(tb, n, watch)
	sdk = func(i int) error {
		m := merchants[i%n]
		return deliver(m.handler, m.notice.URL.RequestURI(), m.notice.Header, m.noticeBody)
	}
	return sdk, func(int) error { return deliver(hand, "/notify", header, benchNotice) }
}

// merchant is a merchant at one wallet, with what the wallet answers to an order and
// what it notifies, recorded once.
type merchant struct {
	client     *tradepay.Client // of a server that sends the recorded answer
	order      *tradepay.CreateOrderRequest
	handler    http.Handler
	notice     *http.Request
	noticeBody string
}

// merchantsOf returns merchants at n wallets: the platform's two dialects first, then all
// others, and from the start again. A wallet whose answers serve one request only is
// left out.
func merchantsOf(tb testing.TB, n int, watch *stopwatch) []*merchant {
	tb.Helper()
	profiles := []wire.Profile{wallets.PlatformV2(), wallets.PlatformV1()}
	for _, profile := range wallets.All() {
		_, hasNoOrders := profile.Routes.Unsupported[wire.OpPay]
		if !hasNoOrders && profile.Signing.Content != wire.ContentDotted {
			profiles = append(profiles, profile)
		}
	}
	merchants := make([]*merchant, n)
	for i := range merchants {
		merchants[i] = record(tb, profiles[i%len(profiles)], watch)
	}
	return merchants
}

// record takes an order to its notification with the test wallet, which does not run
// beside the measurement.
func record(tb testing.TB, profile wire.Profile, watch *stopwatch) *merchant {
	tb.Helper()
	noon := func() time.Time { return benchTime } // a recorded answer serves at its own time only
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithClock(noon))
	defer wallet.Close()
	config := wallet.Config()
	config.Now = noon
	var answer []byte
	config.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && answer == nil {
			answer, err = httputil.DumpResponse(res, true)
		}
		return res, err
	})}
	client, err := tradepay.NewClient(config)
	require.NoError(tb, err)

	m := new(merchant)
	notices := make(chan struct{}, 8)
	handler := client.NotifyHandler(storeNothing)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if m.notice == nil {
			m.notice, m.noticeBody = r.Clone(context.WithoutCancel(r.Context())), string(body)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler.ServeHTTP(w, r)
		notices <- struct{}{}
	}))
	defer shop.Close()
	m.order = benchOrder()
	m.order.NotifyURL = shop.URL + "/notify"
	order, err := client.CreateOrder(tb.Context(), m.order)
	require.NoError(tb, err, profile.Name)
	require.NoError(tb, wallet.Pay(order.PaymentRequestID), profile.Name)
	<-notices

	config.HTTPClient, config.BaseURL = nil, moved(tb, config.BaseURL, serve(tb, answer))
	m.client, err = tradepay.NewClient(config)
	require.NoError(tb, err)
	_, err = m.client.CreateOrder(tb.Context(), m.order)
	require.NoError(tb, err, profile.Name)
	config.Now = watch.now
	receiver, err := tradepay.NewClient(config)
	require.NoError(tb, err)
	m.handler = receiver.NotifyHandler(storeNothing)
	return m
}

// moved is an address at another host.
func moved(tb testing.TB, address, host string) string {
	tb.Helper()
	from, err := url.Parse(address)
	require.NoError(tb, err)
	to, err := url.Parse(host)
	require.NoError(tb, err)
	from.Host = to.Host
	return from.String()
}
