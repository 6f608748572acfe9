package tradepaytest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

var errNotStored = errors.New("not stored")

func TestNotifiedUntilAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
	c := newClient(t, w)
	var calls atomic.Int32
	s := newShop(t, c, func(*tradepay.Notification) error {
		if calls.Add(1) < 3 {
			return errNotStored
		}
		return nil
	})
	create(t, c, "order-1", s.url)
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
	d := w.Deliveries()
	require.Len(t, d, 3)
	for i, want := range []bool{false, false, true} {
		require.Equal(t, want, d[i].Acknowledged)
		require.Equal(t, i+1, d[i].Attempt)
		require.Equal(t, http.StatusOK, d[i].HTTPStatus)
		require.Equal(t, wire.OpNotifyPayment, d[i].Op)
		require.Equal(t, "order-1", d[i].PaymentRequestID)
	}
	require.Contains(t, d[0].Error, "not S")
	require.Empty(t, d[2].Error)

	require.NoError(t, w.Notify("order-1"), "once more")
	require.Len(t, s.notifications(), 4)
	require.Len(t, payment(t, w, "order-1").Deliveries, 4)
}

func TestNotifyGivesUp(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNotifyBackoff(time.Millisecond, 3))
	c := newClient(t, w)
	s := newShop(t, c, func(*tradepay.Notification) error { return errNotStored })
	create(t, c, "order-1", s.url)
	require.NoError(t, w.Pay("order-1"))
	require.Eventually(t, func() bool { return len(w.Deliveries()) == 3 }, 2*time.Minute, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.WaitNotified(ctx, "order-1"), context.DeadlineExceeded)
	require.Len(t, w.Deliveries(), 3)
	require.ErrorContains(t, w.Notify("order-1"), "not S")
	require.ErrorIs(t, w.WaitNotified(t.Context(), "nobody's"), tradepaytest.ErrNoPayment)
	require.ErrorIs(t, w.Notify("nobody's"), tradepaytest.ErrNoPayment)
	create(t, c, "open", s.url)
	require.ErrorIs(t, w.Notify("open"), tradepaytest.ErrNotNotified)
}

// goWords are what tells nothing to a merchant who does not write Go.
var goWords = `\btradepay(test)?\b|\bWith[A-Z]|\bErr[A-Z]|\b(Config|Wallet|Client)\.[A-Z]|\bnil\b|%!`

// TestAcknowledgement answers a notification in ways that are no signed S.
func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	header := func(name string, values ...string) func(http.Header) {
		return func(h http.Header) { h[name] = values }
	}
	for name, test := range map[string]struct {
		status int
		stored bool
		change func(http.Header)
		body   string
		uri    string
		err    string
	}{
		"good":     {stored: true},
		"U":        {err: "result.resultStatus S"},
		"status":   {stored: true, status: http.StatusCreated, err: "201: it must be 200"},
		"unsigned": {stored: true, change: header("Signature"), err: "0 Signature"},
		"two signatures": {stored: true, change: func(h http.Header) { h.Add("Signature", h.Get("Signature")) },
			err: "2 Signature"},
		"no time":      {stored: true, change: header("Response-Time"), err: "0 Response-Time"},
		"other client": {stored: true, change: header("Client-Id", "somebody"), err: "header Client-Id"},
		"old":          {stored: true, change: header("Response-Time", "2020-01-01T00:00:00Z"), err: "5 minutes"},
		"algorithm": {stored: true, change: func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "ECC224", 1))
		}, err: "header Signature of the acknowledgement must have algorithm=RSA256"},
		"key version": {stored: true, change: func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "keyVersion=1", "keyVersion=2", 1))
		}, err: "header Signature of the acknowledgement must have keyVersion=1"},
		"malformed": {stored: true, change: header("Signature", "abc"),
			err: "must be algorithm=RSA256, keyVersion=1, signature="},
		"other body": {
			stored: true, body: `{"result":{"resultStatus":"S"} }`, err: "does not verify",
		},
		"other URI": {stored: true, uri: "/notify", err: "does not verify"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.WithNotifyBackoff(time.Millisecond, 1))
			c := newClient(t, w)
			shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				uri := r.RequestURI
				if test.uri != "" {
					uri = test.uri
				}
				var failed error
				if !test.stored {
					failed = errors.New("disk full")
				}
				ack, err := c.Acknowledge(uri, failed) //nolint:contextcheck // it takes none
				if err != nil {
					t.Error(err)
					return
				}
				if test.change != nil {
					test.change(ack.Header)
				}
				for name, values := range ack.Header {
					rw.Header()[name] = values
				}
				if test.status != 0 {
					rw.WriteHeader(test.status)
				}
				if test.body != "" {
					ack.Body = []byte(test.body)
				}
				_, _ = rw.Write(ack.Body)
			}))
			defer shop.Close()
			create(t, c, "order-1", shop.URL+"/shop/notify?a=b%20c")
			require.NoError(t, w.Pay("order-1"))
			require.Eventually(t, func() bool { return len(w.Deliveries()) == 1 }, 2*time.Minute, time.Millisecond)
			d := w.Deliveries()[0]
			require.Equal(t, test.err == "", d.Acknowledged, d.Error)
			require.Contains(t, d.Error, test.err)
			require.NotRegexp(t, goWords, d.Error)
			require.Equal(t, test.err == "", payment(t, w, "order-1").Notified)
		})
	}
}

func TestNotifyNobodyListens(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNotifyBackoff(time.Millisecond, 2))
	c := newClient(t, w)
	shop := httptest.NewServer(http.NotFoundHandler())
	shop.Close()
	create(t, c, "order-1", shop.URL)
	require.NoError(t, w.Pay("order-1"))
	require.Eventually(t, func() bool { return len(w.Deliveries()) == 2 }, 2*time.Minute, time.Millisecond)
	require.Zero(t, w.Deliveries()[0].HTTPStatus)
	require.NotEmpty(t, w.Deliveries()[0].Error)
}

// TestNotificationOnTheWire pins the members of each dialect. The wallet signs each
// attempt again.
func TestNotificationOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		profile wire.Profile
		paid    string
		failed  string
	}{
		{
			wallets.PlatformV1(),
			`{"partnerId":"P0000000001","paymentStatus":"SUCCESS"}`,
			`{"partnerId":"P0000000001","paymentStatus":"FAIL","paymentFailReason":"USER_BALANCE_NOT_ENOUGH"}`,
		},
		{
			wallets.PlatformV2(),
			`{"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`,
			`{"paymentResult":{"resultStatus":"F","resultCode":"USER_BALANCE_NOT_ENOUGH",` +
				`"resultMessage":"user_balance_not_enough"}}`,
		},
	} {
		t.Run(test.profile.Name, func(t *testing.T) {
			t.Parallel()
			now := newClock()
			w := newWallet(t, tradepaytest.As(test.profile), tradepaytest.WithClock(now.Now),
				tradepaytest.WithNotifyBackoff(time.Millisecond, 2))
			c := newClient(t, w, func(conf *tradepay.Config) { conf.Now = now.Now })
			var mu sync.Mutex
			var times []string
			var bodies []map[string]any
			shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				_, err := c.ParseNotification(r.Method, r.RequestURI, r.Header, body)
				var fields map[string]any
				if err == nil {
					err = json.Unmarshal(body, &fields)
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				times, bodies = append(times, r.Header.Get("Request-Time")), append(bodies, fields)
				now.Add(time.Second)
			}))
			defer shop.Close()
			for i, end := range []struct {
				act  func(string) error
				want string
			}{{w.Pay, test.paid}, {w.Decline, test.failed}} {
				id := []string{"paid", "failed"}[i]
				o := create(t, c, id, shop.URL)
				require.NoError(t, end.act(id))
				require.Eventually(t, func() bool { return len(w.Deliveries()) == 2*(i+1) }, 2*time.Minute,
					time.Millisecond)
				var want map[string]any
				require.NoError(t, json.Unmarshal([]byte(end.want), &want))
				want["paymentId"], want["paymentRequestId"] = o.PaymentID, id
				want["paymentAmount"] = map[string]any{"currency": "USD", "value": "1050"}
				mu.Lock()
				got := bodies[2*i]
				if i == 0 {
					require.Contains(t, got, "paymentTime")
					delete(got, "paymentTime")
				} else {
					require.Contains(t, got, "paymentCreateTime")
					delete(got, "paymentCreateTime")
				}
				delete(got, "extendInfo") // as sent with pay
				require.Equal(t, want, got)
				require.NotEqual(t, times[2*i], times[2*i+1])
				mu.Unlock()
			}
		})
	}
}
