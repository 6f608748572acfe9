package tradepaytest_test

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// BenchmarkPayment creates and pays; its time must not grow with what the
// wallet holds.
func BenchmarkPayment(b *testing.B) {
	w := tradepaytest.NewWallet()
	defer w.Close()
	c, err := tradepay.NewClient(w.Config())
	require.NoError(b, err)
	n := 0
	for b.Loop() {
		n++
		id := strconv.Itoa(n)
		_, err := c.CreateOrder(b.Context(), order(id, ""))
		require.NoError(b, err)
		require.NoError(b, w.Pay(id))
	}
}

// BenchmarkCashier shows 200 payments at once; its unit is one page.
func BenchmarkCashier(b *testing.B) {
	for name, opts := range map[string][]tradepaytest.Option{
		"unobserved": nil,
		"observed":   {tradepaytest.WithObserver(func(tradepaytest.Event) {})},
	} {
		b.Run(name, func(b *testing.B) {
			w := tradepaytest.NewWallet(opts...)
			defer w.Close()
			c, err := tradepay.NewClient(w.Config())
			require.NoError(b, err)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
			defer client.CloseIdleConnections()
			urls := make([]string, 200)
			for i := range urls {
				req := order(strconv.Itoa(i), "")
				req.Order.Goods = []tradepay.Goods{{Name: "Tea", Quantity: 2, UnitAmount: usd(100)},
					{Name: "Biscuits", UnitAmount: usd(850)}}
				o, err := c.CreateOrder(b.Context(), req)
				require.NoError(b, err)
				urls[i] = o.PaymentURL
			}
			b.SetParallelism((len(urls) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, urls[int(next.Add(1))%len(urls)],
						nil)
					res, err := client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					assert.Equal(b, http.StatusOK, res.StatusCode)
				}
			})
		})
	}
}

// BenchmarkObserver is what an observer costs a payment: the doctor looks at
// each message.
func BenchmarkObserver(b *testing.B) {
	for name, opts := range map[string][]tradepaytest.Option{
		"unobserved": nil,
		"observed":   {tradepaytest.WithObserver(func(tradepaytest.Event) {})},
	} {
		b.Run(name, func(b *testing.B) {
			w := tradepaytest.NewWallet(opts...)
			defer w.Close()
			c, err := tradepay.NewClient(w.Config())
			require.NoError(b, err)
			n := 0
			for b.Loop() {
				n++
				_, err := c.CreateOrder(b.Context(), order(strconv.Itoa(n), ""))
				require.NoError(b, err)
			}
		})
	}
}
