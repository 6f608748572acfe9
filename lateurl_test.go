package tradepay_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
)

const (
	cashierURL  = "https://wallet.example/cashier?p=P1&s=late"
	lateNotice  = `{"paymentId":"P1","paymentRequestId":"order-1","cashierUrl":"` + cashierURL + `","status":"CREATED"}`
	lateAnswer  = `{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"m"},"paymentId":"P1"}`
	notifiedURI = "/notify"
)

// lateWire is a wallet that sends the payment URL later.
func lateWire(t *testing.T) *wire {
	t.Helper()
	wallet := tradepay.PlatformV2()
	wallet.LateURL = true
	return newWire(t, wallet)
}

// told delivers notifications to the client and requires that they are
// acknowledged, whether a call waits for them or not.
func (w *wire) told(c *tradepay.Client, bodies ...string) {
	for _, body := range bodies {
		w.advance()
		res := httptest.NewRecorder()
		c.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil }).ServeHTTP(res, w.notice(notifiedURI, body))
		require.Equal(w.t, "S", w.acknowledged(notifiedURI, res))
	}
}

func waiting(d time.Duration) *tradepay.CreateOrderRequest {
	req := order()
	req.URLWait = d
	return req
}

// TestLateURLBeforeTheAnswer: the notification overtakes the answer to pay.
func TestLateURLBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	change := func(from, to string) string { return strings.Replace(lateNotice, from, to, 1) }
	for name, tt := range map[string]struct {
		told []string
		want string
	}{
		"for this order":                      {[]string{lateNotice}, cashierURL},
		"twice":                               {[]string{lateNotice, lateNotice}, cashierURL},
		"without the wallet's id":             {[]string{change(`"paymentId":"P1",`, "")}, cashierURL},
		"after one for another order":         {[]string{change("order-1", "order-2"), lateNotice}, cashierURL},
		"for another order":                   {[]string{change("order-1", "order-2")}, ""},
		"for another payment under this id":   {[]string{change("P1", "P2")}, ""},
		"without the merchant's id":           {[]string{change(`"paymentRequestId":"order-1",`, "")}, ""},
		"about the payment, not the cashier":  {[]string{paidV2}, ""},
		"and the newest of several counts":    {[]string{change("late", "old"), lateNotice}, cashierURL},
		"none":                                {nil, ""},
		"about a void, with a URL for others": {[]string{`{"voidRequestId":"v","paymentId":"P1","paymentRequestId":"order-1","voidStatus":"SUCCESS"}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := lateWire(t)
			c := w.client()
			w.on(payPath, func(w *wire, r *http.Request) (*http.Response, error) {
				w.told(c, tt.told...)
				return signed(http.StatusOK, lateAnswer)(w, r)
			})
			got, err := c.CreateOrder(t.Context(), waiting(20*time.Millisecond))
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusProcessing, got.Status)
			require.Equal(t, tt.want, got.PaymentURL)
			require.Equal(t, tt.want, got.TradePay().PaymentURL)
			require.Equal(t, order().Amount, got.Amount)
			w.told(c, lateNotice, lateNotice, lateNotice) // nobody waits: nothing blocks
		})
	}
}

// TestLateURLAfterTheAnswer: several calls for one order wait, one of them
// after its answer was lost, one for another site.
func TestLateURLAfterTheAnswer(t *testing.T) {
	t.Parallel()
	w := lateWire(t).on(inquiryPath, signed(http.StatusOK, inquired("PROCESSING")))
	c := w.client(func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} })
	w.on(payPath, signed(http.StatusOK, lateAnswer), broken(errReset), signed(http.StatusOK, lateAnswer))
	urls := make(chan string, 3)
	for _, client := range []*tradepay.Client{c, c.ForSite("OTHER"), c} {
		go func() {
			got, err := client.CreateOrder(context.WithoutCancel(t.Context()), waiting(time.Minute))
			if err != nil {
				urls <- err.Error()
				return
			}
			urls <- got.PaymentURL
		}()
	}
	require.Eventually(t, func() bool { return len(w.seenOn(payPath)) == 3 && len(w.seenOn(inquiryPath)) == 1 }, 2*time.Minute, time.Millisecond)
	n, err := c.VerifyNotification(w.notice(notifiedURI, lateNotice))
	require.NoError(t, err, "as does a framework of its own")
	require.Equal(t, tradepay.NotificationCashierURL, n.Kind)
	for range 3 {
		require.Equal(t, cashierURL, <-urls)
	}
}

// TestLateURLForged: what is not signed by the wallet reaches no call.
func TestLateURLForged(t *testing.T) {
	t.Parallel()
	w := lateWire(t)
	c := w.client()
	w.on(payPath, func(w *wire, r *http.Request) (*http.Response, error) {
		forged := w.notice(notifiedURI, lateNotice)
		_, err := c.ParseNotification(forged.Method, notifiedURI, forged.Header, []byte(strings.Replace(lateNotice, "wallet", "evil", 1)))
		require.ErrorIs(w.t, err, tradepay.ErrSignature)
		return signed(http.StatusOK, lateAnswer)(w, r)
	})
	got, err := c.CreateOrder(t.Context(), waiting(time.Millisecond))
	require.NoError(t, err)
	require.Empty(t, got.PaymentURL)
}

// answered is a logger that ends a context once the answer is there.
type answered struct {
	slog.Handler
	cancel context.CancelFunc
}

func (answered) Enabled(context.Context, slog.Level) bool { return true }

func (a answered) Handle(context.Context, slog.Record) error {
	a.cancel()
	return nil
}

// TestLateURLEnds: with the context, and at once where there is nothing to
// wait for.
func TestLateURLEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := lateWire(t).on(payPath, signed(http.StatusOK, lateAnswer))
	arrived := slog.New(answered{slog.DiscardHandler, cancel})
	got, err := w.client(func(conf *tradepay.Config) { conf.Logger = arrived }).CreateOrder(ctx, waiting(time.Hour))
	require.NoError(t, err, "the order stands")
	require.Equal(t, tradepay.StatusProcessing, got.Status)
	require.Equal(t, "P1", got.PaymentID)
	require.Empty(t, got.PaymentURL)

	w = lateWire(t).on(payPath, signed(http.StatusOK, accepted))
	got, err = w.client().CreateOrder(t.Context(), waiting(time.Hour))
	require.NoError(t, err)
	require.NotEmpty(t, got.PaymentURL, "it came with the answer")

	w = newWire(t, tradepay.PlatformV2()).on(payPath, signed(http.StatusOK, accepted))
	got, err = w.client().CreateOrder(t.Context(), waiting(time.Hour))
	require.NoError(t, err)
	require.NotEmpty(t, got.PaymentURL, "this wallet always answers with it")

	w = lateWire(t).on(payPath, signed(http.StatusOK, result("F", "RISK_REJECT"))).on(inquiryPath, signed(http.StatusOK, result("F", "ORDER_NOT_EXIST")))
	_, err = w.client().CreateOrder(t.Context(), waiting(time.Hour))
	require.ErrorIs(t, err, tradepay.ErrRejected)

	_, err = w.client().CreateOrder(t.Context(), waiting(-1))
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	require.ErrorContains(t, err, "URLWait")
}
