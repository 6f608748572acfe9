package tradepay_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestEarlierAnswersAreNotFresh: somebody on a broken TLS connection sends an old
// signed answer to the same question, from before the state changed.
func TestEarlierAnswersAreNotFresh(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		tolerance time.Duration // zero for the default
		skew      time.Duration // of the wallet's clock
		waits     time.Duration // between the two questions
		grain     time.Duration // of the wallet's times
		err       error
	}{
		"within the slack":  {waits: 55 * time.Second},
		"over a minute old": {waits: 65 * time.Second, err: tradepay.ErrSignature},
		"over a minute old, and the wallet ahead": {skew: 4 * time.Minute, waits: 65 * time.Second,
			err: tradepay.ErrSignature},
		"over a minute old, and the wallet behind": {skew: -3 * time.Minute, waits: 65 * time.Second,
			err: tradepay.ErrSignature},
		"over a minute old, in whole seconds": {waits: 65 * time.Second, grain: time.Second,
			err: tradepay.ErrSignature},
		"within a wider slack":   {tolerance: 20 * time.Minute, waits: 235 * time.Second},
		"beyond a wider slack":   {tolerance: 20 * time.Minute, waits: 245 * time.Second, err: tradepay.ErrSignature},
		"within the least slack": {tolerance: time.Minute, waits: 25 * time.Second},
		"beyond the least slack": {tolerance: time.Minute, waits: 35 * time.Second, err: tradepay.ErrSignature},
		"beyond the tolerance, wallet ahead": {skew: 4 * time.Minute, waits: 4 * time.Minute,
			err: tradepay.ErrSignature},
		"of the same moment, in whole seconds": {waits: 100 * time.Millisecond, grain: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			now := skewed(w, tt.skew, tt.grain)
			var mu sync.Mutex
			var held *http.Response
			var heldBody []byte
			replay := false
			w.mock.RegisterResponder(
				http.MethodPost,
				"https://wallet.example/api/v2/payments/inquiryPayment",
				func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					if !replay {
						held = now.answer(r, inquired("PROCESSING"))
						heldBody = []byte(inquired("PROCESSING"))
					}
					res := *held
					res.Body = io.NopCloser(bytes.NewReader(heldBody))
					return &res, nil
				},
			)
			client := w.client(func(conf *tradepay.Config) {
				conf.Retry, conf.TimeTolerance = tradepay.RetryPolicy{MaxAttempts: 1}, tt.tolerance
			})
			ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
			first, err := client.QueryOrder(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusProcessing, first.Status)
			now.add(tt.waits)
			mu.Lock()
			replay = true
			mu.Unlock()
			_, err = client.ForSite("other").QueryOrder(t.Context(), ref)
			require.ErrorIs(t, err, tt.err)
			if tt.err != nil {
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				require.ErrorContains(t, err, "raise Config.TimeTolerance")
			}
			mu.Lock()
			replay = false
			mu.Unlock()
			_, err = client.QueryOrder(t.Context(), ref)
			require.NoError(t, err, "a true answer is believed afterwards")
		})
	}
}

// TestHonestWalletsAreFresh: a fixed difference of the clocks and coarse times
// never make an answer stale, however the questions come.
func TestHonestWalletsAreFresh(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{0, 290 * time.Second, -290 * time.Second} {
		for _, grain := range []time.Duration{0, time.Second} {
			w := newScripted(t, wallets.PlatformV2())
			now := skewed(w, skew, grain)
			w.mock.RegisterResponder(
				http.MethodPost,
				"https://wallet.example/api/v2/payments/inquiryPayment",
				func(r *http.Request) (*http.Response, error) {
					return now.answer(r, inquired("PROCESSING")), nil
				},
			)
			client := w.client(func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} })
			for i := range testsize.Of(20, 50, 200) {
				_, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
				require.NoError(t, err)
				now.add(time.Duration(i*i) * 37 * time.Millisecond)
			}
		}
	}
}

// TestMachinesOfOneGateway: two machines answer in turn, and their clocks differ by 40
// seconds, within the tolerance.
func TestMachinesOfOneGateway(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	fast, slow := skewed(w, 20*time.Second, 0), skewed(w, -20*time.Second, time.Second)
	asked := 0
	w.mock.RegisterResponder(http.MethodPost, "https://wallet.example/api/v2/payments/inquiryPayment",
		func(r *http.Request) (*http.Response, error) {
			asked++
			return []*skewedClock{fast, slow}[asked%2].answer(r, inquired("PROCESSING")), nil
		})
	client := w.client(func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} })
	for range 6 {
		_, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		fast.add(5 * time.Second)
	}
}

// skewedClock is the clock of a wallet, beside that of its merchant.
type skewedClock struct {
	w           *scripted
	skew, grain time.Duration
}

func skewed(w *scripted, skew, grain time.Duration) *skewedClock { return &skewedClock{w, skew, grain} }

func (c *skewedClock) add(d time.Duration) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.now = c.w.now.Add(d)
}

func (c *skewedClock) answer(r *http.Request, body string) *http.Response {
	told := c.w.clock().Add(c.skew)
	if c.grain > 0 {
		told = told.Truncate(c.grain)
	}
	when := told.Format("2006-01-02T15:04:05.000-07:00")
	sig, err := wire.Message{
		Method:   r.Method,
		URI:      r.URL.RequestURI(),
		ClientID: clientID,
		Time:     when,
		Body:     []byte(body),
	}.Sign(
		c.w.key,
	)
	require.NoError(c.w.t, err)
	res := httpmock.NewStringResponse(http.StatusOK, body)
	res.Header = http.Header{
		"Client-Id": {clientID}, "Response-Time": {when},
		"Signature": {
			wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingBase64),
		},
	}
	return res
}
