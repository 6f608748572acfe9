package tradepaytest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestRequestFaults meets each fault once with an inquiry, which the SDK
// reports without further questions, and then works again.
func TestRequestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   tradepaytest.FaultKind
		reason tradepay.SignatureReason // "" if the answer is not unverified
		status int                      // HTTP status that the SDK saw
		cause  error
	}{
		{kind: tradepaytest.DropBefore, cause: io.EOF},
		{kind: tradepaytest.DropAfter, cause: io.EOF},
		{kind: tradepaytest.Status500, status: 500},
		{kind: tradepaytest.Status500After, status: 500},
		{kind: tradepaytest.Status429, status: 429},
		{kind: tradepaytest.HalfBody, status: 200, cause: io.ErrUnexpectedEOF},
		{kind: tradepaytest.NotJSON, status: 200, reason: tradepay.ReasonMissingHeader},
		{kind: tradepaytest.Unsigned, status: 200, reason: tradepay.ReasonMissingHeader},
		{kind: tradepaytest.WrongKey, status: 200, reason: tradepay.ReasonMismatch},
		{kind: tradepaytest.WrongKeyVersion, status: 200, reason: tradepay.ReasonKeyVersion},
		{kind: tradepaytest.ForeignClientID, status: 200, reason: tradepay.ReasonClientID},
		{kind: tradepaytest.SkewedClock, status: 200, reason: tradepay.ReasonTime},
		{kind: tradepaytest.ReplayedResponse, status: 200, reason: tradepay.ReasonOtherReference},
		{kind: tradepaytest.Redirect, status: 302},
		{kind: tradepaytest.GzipBomb, status: 200, reason: tradepay.ReasonContentEncoding},
		{kind: tradepaytest.UnknownThenSuccess, status: 200},
		{kind: tradepaytest.UnknownAfter, status: 200},
		{kind: tradepaytest.Refused, status: 200},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			dialects(t, func(t *testing.T, profile wire.Profile) {
				w := newWallet(t, tradepaytest.As(profile))
				c := newClient(t, w, once)
				create(t, c, "order-1", "")
				create(t, c, "order-2", "")
				require.Equal(t, tradepay.StatusProcessing, status(t, c, "order-1")) // to be replayed
				w.Inject(tradepaytest.Fault{Kind: test.kind, Op: wire.OpInquiryPayment})

				_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-2"})
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				var failed *tradepay.APIError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.status, failed.HTTPStatus)
				require.False(t, failed.NotSent)
				if test.reason != "" {
					var rejected *tradepay.SignatureError
					require.ErrorIs(t, err, tradepay.ErrSignature)
					require.ErrorAs(t, err, &rejected)
					require.Equal(t, test.reason, rejected.Reason)
				}
				if test.cause != nil {
					require.ErrorIs(t, err, test.cause)
				}
				require.Equal(t, tradepay.StatusProcessing, status(t, c, "order-2"), "it fires once")
			})
		})
	}
}

// TestProcessedOrNot loses the answer to a pay, and looks at what is there.
func TestProcessedOrNot(t *testing.T) {
	t.Parallel()
	for kind, processed := range map[tradepaytest.FaultKind]bool{
		tradepaytest.DropBefore: false, tradepaytest.Status500: false, tradepaytest.Status429: false,
		tradepaytest.Redirect: false, tradepaytest.UnknownThenSuccess: false,
		tradepaytest.DropAfter: true, tradepaytest.Status500After: true, tradepaytest.HalfBody: true,
		tradepaytest.NotJSON: true, tradepaytest.Unsigned: true, tradepaytest.WrongKey: true,
		tradepaytest.WrongKeyVersion: true, tradepaytest.ForeignClientID: true, tradepaytest.SkewedClock: true,
		tradepaytest.ReplayedResponse: true, tradepaytest.GzipBomb: true, tradepaytest.UnknownAfter: true,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWallet(t)
			c := newClient(t, w, once)
			create(t, c, "order-1", "")
			w.Inject(tradepaytest.Fault{Kind: kind, Op: wire.OpPay})
			_, err := c.CreateOrder(t.Context(), order("order-2", ""))
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, tradepay.ErrRejected)
			_, there := w.Payment("order-2")
			require.Equal(t, processed, there)

			o := create(t, c, "order-2", "")
			require.NoError(t, w.Pay(o.PaymentURL))
			require.Len(t, w.Payments(), 2)
			require.Equal(t, 1, payment(t, w, "order-2").Charges)
		})
	}
}

// TestRetries: the SDK's own retries get over any fault that passes.
func TestRetries(t *testing.T) {
	t.Parallel()
	for _, kind := range []tradepaytest.FaultKind{
		tradepaytest.DropBefore, tradepaytest.DropAfter, tradepaytest.Status500, tradepaytest.Status500After,
		tradepaytest.Status429,
		tradepaytest.HalfBody, tradepaytest.NotJSON, tradepaytest.Unsigned, tradepaytest.WrongKey,
		tradepaytest.WrongKeyVersion,
		tradepaytest.ForeignClientID, tradepaytest.SkewedClock, tradepaytest.GzipBomb, tradepaytest.UnknownThenSuccess,
		tradepaytest.UnknownAfter, tradepaytest.ReplayedResponse,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			dialects(t, func(t *testing.T, profile wire.Profile) {
				w := newWallet(t, tradepaytest.As(profile))
				c := newClient(t, w, again)
				create(t, c, "order-1", "")
				w.Inject(tradepaytest.Fault{Kind: kind, Op: wire.OpPay, Times: 2})
				o := create(t, c, "order-2", "")
				require.NoError(t, w.Pay(o.PaymentURL))
				require.Len(t, w.Payments(), 2)
				require.Empty(t, w.Rejections())
			})
		})
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Op: wire.OpPay, Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel() // the caller loses patience once it was processed, however long that takes
		for len(w.Payments()) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}()
	_, err := c.CreateOrder(ctx, order("order-1", ""))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, w.Payments(), 1)

	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Delay: 30 * time.Millisecond})
	start := time.Now()
	create(t, c, "order-1", "")
	require.GreaterOrEqual(t, time.Since(start), 30*time.Millisecond)
}

// TestFaultsOnTheWire looks at what is sent, without the SDK.
func TestFaultsOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	met := func(f tradepaytest.Fault) (seen, []byte) {
		w.Inject(f)
		res, body, _ := raw{body: goodPay}.do(t, w)
		return res, body
	}
	res, _ := met(tradepaytest.Fault{Kind: tradepaytest.Status429, Delay: 1500 * time.Millisecond})
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Equal(t, "2", res.Header.Get("Retry-After"))
	res, _ = met(tradepaytest.Fault{Kind: tradepaytest.Status429})
	require.Equal(t, "1", res.Header.Get("Retry-After"))
	res, _ = met(tradepaytest.Fault{Kind: tradepaytest.Redirect})
	require.Equal(t, http.StatusFound, res.StatusCode)
	require.Contains(t, res.Header.Get("Location"), "http://127.0.0.1:")
	require.Empty(t, res.Header.Get("Signature"))
	res, body := met(tradepaytest.Fault{Kind: tradepaytest.NotJSON})
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, string(body), "<!doctype html>")
	require.Empty(t, res.Header.Get("Signature"))
	res, body = met(tradepaytest.Fault{Kind: tradepaytest.SkewedClock, Delay: 10 * time.Minute})
	requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, "1")
	at, err := time.Parse(time.RFC3339, res.Header.Get("Response-Time"))
	require.NoError(t, err)
	require.Greater(t, time.Since(at), 9*time.Minute)
	res, body = met(tradepaytest.Fault{Kind: tradepaytest.ForeignClientID})
	requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, "1")
	require.NotEqual(t, w.Config().ClientID, res.Header.Get("Client-Id"))

	res, body = met(tradepaytest.Fault{Kind: tradepaytest.GzipBomb})
	requireSigned(t, w, "POST", "/api/v2/payments/pay", res, body, "1")
	require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
	require.Less(t, len(body), 1<<20)
	zip, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, zip)
	require.NoError(t, err)
	require.Greater(t, n, int64(64<<20))
}

// TestReplayWaits: without an earlier answer to another request there is
// nothing to replay, and the fault stays.
func TestReplayWaits(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpPay})
	create(t, c, "order-1", "")
	create(t, c, "order-1", "")
	_, err := c.CreateOrder(t.Context(), order("order-2", ""))
	require.ErrorIs(t, err, tradepay.ErrSignature)
	create(t, c, "order-2", "")
}

func TestFaultRules(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	failures := func(n int, path string) (failed int) {
		for range n {
			if res, _, _ := (raw{path: path, body: goodPay}).do(t, w); res.StatusCode != http.StatusOK {
				failed++
			}
		}
		return failed
	}
	const pay, cancel = "/api/v2/payments/pay", "/api/v2/payments/cancel"
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: 2})
	require.Equal(t, 2, failures(5, pay))
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: wire.OpCancel, Times: 2})
	require.Zero(t, failures(3, pay))
	require.Equal(t, 2, failures(3, cancel))
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1})
	require.Equal(t, 10, failures(10, pay))
	w.Heal()
	require.Zero(t, failures(3, pay))
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1, Probability: 0.5})
	got := failures(40, pay)
	require.Greater(t, got, 5)
	require.Less(t, got, 35)
	require.Len(t, w.Payments(), 1)
}

func TestPaymentProcessing(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	s := newShop(t, c, nil)
	for _, id := range []string{"inquired", "healed", "cancelled in vain"} {
		create(t, c, id, s.url)
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
		require.NoError(t, w.Pay(id))
		require.NoError(t, w.Pay(id), "once more changes nothing")
		switch id {
		case "inquired":
			require.Equal(t, tradepay.StatusProcessing, status(t, c, id))
		case "healed":
			w.Heal()
		default: // the SDK inquires once
			_, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		}
		require.Equal(t, tradepay.StatusSuccess, status(t, c, id))
		require.NoError(t, w.WaitNotified(t.Context(), id))
		require.Equal(t, 1, payment(t, w, id).Charges)
	}
}

// TestNotificationFaults meets each of them once; the merchant checks the
// amount, and in the end each payment is notified.
func TestNotificationFaults(t *testing.T) {
	t.Parallel()
	statuses := func(s *shop) (got []tradepay.PaymentStatus) {
		for _, n := range s.notifications() {
			got = append(got, n.Status)
		}
		return got
	}
	for _, test := range []struct {
		fault tradepaytest.Fault
		http  []int // of the deliveries
		acks  []bool
		seen  []tradepay.PaymentStatus // that the signature let through
	}{
		{
			fault: tradepaytest.Fault{Kind: tradepaytest.NotifyDuplicate},
			http:  []int{200, 200}, acks: []bool{true, true},
			seen: []tradepay.PaymentStatus{"SUCCESS", "SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.NotifyReordered},
			http:  []int{200, 200}, acks: []bool{true, true},
			seen: []tradepay.PaymentStatus{"SUCCESS", "PROCESSING"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.NotifyDelayed, Delay: 20 * time.Millisecond},
			http:  []int{200}, acks: []bool{true},
			seen: []tradepay.PaymentStatus{"SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.NotifyTampered},
			http:  []int{401, 200}, acks: []bool{false, true},
			seen: []tradepay.PaymentStatus{"SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.NotifyWrongAmount},
			http:  []int{200, 200}, acks: []bool{false, true},
			seen: []tradepay.PaymentStatus{"SUCCESS", "SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.Unsigned, Op: wire.OpNotifyPayment},
			http:  []int{401, 200}, acks: []bool{false, true},
			seen: []tradepay.PaymentStatus{"SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.WrongKey, Op: wire.OpNotifyPayment},
			http:  []int{401, 200}, acks: []bool{false, true},
			seen: []tradepay.PaymentStatus{"SUCCESS"},
		}, {
			fault: tradepaytest.Fault{Kind: tradepaytest.SkewedClock, Op: wire.OpNotifyPayment},
			http:  []int{401, 200}, acks: []bool{false, true},
			seen: []tradepay.PaymentStatus{"SUCCESS"},
		},
	} {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			t.Parallel()
			dialects(t, func(t *testing.T, profile wire.Profile) {
				w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
				c := newClient(t, w)
				var mismatch error
				s := newShop(t, c, func(n *tradepay.Notification) error {
					err := n.Check("order-1", price)
					if err != nil && n.Amount == usd(1) && errors.Is(err, tradepay.ErrAmountMismatch) {
						mismatch = err
					}
					return err
				})
				create(t, c, "order-1", s.url)
				w.Inject(test.fault)
				start := time.Now()
				require.NoError(t, w.Pay("order-1"))
				require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
				require.GreaterOrEqual(t, time.Since(start), test.fault.Delay)
				require.Eventually(t, func() bool { return len(w.Deliveries()) == len(test.http) }, 2*time.Minute,
					time.Millisecond)
				for i, d := range w.Deliveries() {
					require.Equal(t, test.http[i], d.HTTPStatus)
					require.Equal(t, test.acks[i], d.Acknowledged)
				}
				require.Equal(t, test.seen, statuses(s))
				require.Equal(t, test.fault.Kind == tradepaytest.NotifyWrongAmount, mismatch != nil)
				require.True(t, payment(t, w, "order-1").Notified)
			})
		})
	}
}

func TestUnknownFaultsPanic(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	require.Panics(t, func() { w.Inject(tradepaytest.Fault{Kind: "NotifyDoubled"}) })
	require.Panics(t, func() { w.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: "payments/pay"}) })
}

func TestWaitingForWhatNeverComes(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	create(t, c, "order-1", "") // without a notify URL
	require.ErrorIs(t, w.WaitNotified(t.Context(), "order-1"), tradepaytest.ErrNotNotified)
}

func TestNotifyLost(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
	c := newClient(t, w)
	s := newShop(t, c, nil)
	create(t, c, "order-1", s.url)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost})
	require.NoError(t, w.Pay("order-1"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.WaitNotified(ctx, "order-1"), context.DeadlineExceeded)
	require.Empty(t, w.Deliveries())
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"), "the inquiry knows")
	require.NoError(t, w.Notify("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
	require.Len(t, s.notifications(), 1)
}

// TestWrongAmountOfOneCent: a payment of one cent is notified over two.
func TestWrongAmountOfOneCent(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Quirks.NumericAmounts = true
	for _, profile := range []wire.Profile{profile, wallets.PlatformV2()} {
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 1))
		c := newClient(t, w)
		s := newShop(t, c, nil)
		req := order("order-1", s.url)
		req.Amount = usd(1)
		_, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err)
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyWrongAmount})
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.ErrorIs(t, s.notifications()[0].Check("order-1", usd(1)), tradepay.ErrAmountMismatch)
	}
}

// TestFaultKinds: the list has every constant, and every fault and operation of
// the lists can be injected.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	kinds := tradepaytest.FaultKinds()
	var listed []string
	for _, kind := range kinds {
		listed = append(listed, string(kind))
		w := newWallet(t)
		for _, op := range append(tradepaytest.FaultOperations(), "") {
			require.NotPanics(t, func() { w.Inject(tradepaytest.Fault{Kind: kind, Op: op}) })
		}
	}
	require.ElementsMatch(t, consttest.Texts(t, ".", "FaultKind"), listed)
}
