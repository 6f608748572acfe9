package tradepay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// observer keeps each CallInfo.
type observer struct {
	mu    sync.Mutex
	infos []tradepay.CallInfo
}

func (o *observer) observe(_ context.Context, info tradepay.CallInfo) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.infos = append(o.infos, info)
}

// told are the infos without their durations, which must not be negative, and without
// what is left of the budget.
func (o *observer) told(t *testing.T) []tradepay.CallInfo {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.infos {
		require.GreaterOrEqual(t, o.infos[i].Duration, time.Duration(0))
		o.infos[i].Duration, o.infos[i].RetryBudget = 0, 0
	}
	return o.infos
}

func TestObserveCalls(t *testing.T) {
	t.Parallel()
	pay := func(attempt int, outcome tradepay.Outcome, status int) tradepay.CallInfo {
		return tradepay.CallInfo{
			Op: wire.OpPay, Wallet: wallets.PlatformV2().Name, Attempt: attempt, Outcome: outcome, HTTPStatus: status,
			PaymentRequestID: "order-1",
		}
	}
	said := func(info tradepay.CallInfo, code string) tradepay.CallInfo {
		info.Code = code
		return info
	}
	refused := signed(200, result("F", "RISK_REJECT"))
	lost := pay(1, tradepay.OutcomeUnknown, 0)
	lost.Cause = "reset"
	for name, tt := range map[string]struct {
		answers []answerFunc
		want    []tradepay.CallInfo
	}{
		"refused": {
			[]answerFunc{refused},
			[]tradepay.CallInfo{said(pay(1, tradepay.OutcomeRejected, 200), "RISK_REJECT")},
		},
		"lost, then refused": {
			[]answerFunc{broken(errReset), refused},
			[]tradepay.CallInfo{lost, said(pay(2, tradepay.OutcomeRejected, 200), "RISK_REJECT")},
		},
		"the wallet does not know": {
			[]answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION")), refused},
			[]tradepay.CallInfo{
				said(pay(1, tradepay.OutcomeUnknown, 200), "UNKNOWN_EXCEPTION"),
				said(pay(2, tradepay.OutcomeRejected, 200), "RISK_REJECT"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o observer
			w := newScripted(t, wallets.PlatformV2()).on(payPath, tt.answers...).on(inquiryPath,
				signed(200, result("F", "ORDER_NOT_EXIST")))
			_, err := w.client(func(conf *tradepay.Config) {
				conf.Observe = o.observe
			}).CreateOrder(t.Context(), order())
			require.Error(t, err)
			told := o.told(t)
			require.Equal(t, tt.want, told[:len(tt.want)])
			for _, inquiry := range told[len(tt.want):] {
				require.Equal(t, wire.OpInquiryPayment, inquiry.Op)
			}
		})
	}
}

func TestObserveNotifications(t *testing.T) {
	t.Parallel()
	stored := func(context.Context, *tradepay.Notification) error { return nil }
	const ids = `{"paymentId":"P1","paymentRequestId":"order-1",`
	for name, tt := range map[string]struct {
		fn      func(context.Context, *tradepay.Notification) error
		method  string
		outcome tradepay.Outcome
		status  int
	}{
		"stored": {stored, "POST", tradepay.OutcomeSuccess, 200},
		"of a void": {stored, ids + `"voidStatus":"SUCCESS","voidRequestId":"void-1",` +
			`"voidAmount":{"currency":"USD","value":"1050"}}`, tradepay.OutcomeSuccess, 200},
		"of a cashier URL": {stored, ids + `"cashierUrl":"https://wallet.example/cashier"}`,
			tradepay.OutcomeSuccess, 200},
		"of another kind":         {stored, ids + `"x":1}`, tradepay.OutcomeSuccess, 200},
		"that contradicts itself": {stored, ids + `"paymentStatus":""}`, tradepay.OutcomeUnknown, 200},
		"that does not arrive":    {stored, "POST broken", tradepay.OutcomeRejected, 400},
		"not stored": {func(context.Context, *tradepay.Notification) error {
			return errors.New("disk full")
		}, "POST", tradepay.OutcomeUnknown, 200},
		"of no wallet": {stored, "GET", tradepay.OutcomeRejected, 405},
		"not verified": {stored, "POST unsigned", tradepay.OutcomeRejected, 401},
		"that panicked": {func(context.Context, *tradepay.Notification) error {
			panic("out of boxes")
		}, "POST", tradepay.OutcomeUnknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o observer
			var handed string
			w := newScripted(t, wallets.PlatformV1())
			r, op := w.notice("/notify", paidV1), wire.OpNotifyPayment
			switch name {
			case "of a void":
				op = wire.OpNotifyVoid
			case "of a cashier URL":
				op = wire.OpNotifyCashierURL
			}
			if strings.HasPrefix(tt.method, "{") {
				r = w.notice("/notify", tt.method)
			}
			switch tt.method {
			case "POST broken":
				r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
			case "GET":
				r.Method = tt.method
			case "POST unsigned":
				r.Header.Del("Signature")
			}
			handler := w.client(func(conf *tradepay.Config) { conf.Observe = o.observe }).NotifyHandler(
				func(ctx context.Context, n *tradepay.Notification) error {
					handed = n.PaymentRequestID
					return tt.fn(ctx, n)
				})
			func() {
				defer func() { _ = recover() }() // as a server does
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}()
			require.Equal(t, []tradepay.CallInfo{{
				Op: op, Wallet: w.config.Wallet.Name, Outcome: tt.outcome, HTTPStatus: tt.status,
				PaymentRequestID: handed,
			}}, o.told(t))
		})
	}
}

// spans keeps what BeginCall is told.
type spans struct {
	observer
	begun []tradepay.CallInfo
}

type spanKey struct{}

func (s *spans) begin(ctx context.Context, info tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = append(s.begun, info)
	return context.WithValue(ctx, spanKey{}, len(s.begun)), func(info tradepay.CallInfo) {
		s.observe(ctx, info)
	}
}

func TestBeginCall(t *testing.T) {
	t.Parallel()
	end := func(attempt int, outcome tradepay.Outcome, status int, code, cause string) tradepay.CallInfo {
		return tradepay.CallInfo{
			Op: wire.OpPay, Wallet: wallets.PlatformV2().Name, Attempt: attempt, Outcome: outcome, HTTPStatus: status,
			Code: code, Cause: cause, PaymentRequestID: "order-1",
		}
	}
	unreachable := broken(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	reset := broken(errReset)
	for name, tt := range map[string]struct {
		answers []answerFunc
		want    tradepay.CallInfo
	}{
		"answered": {[]answerFunc{signed(200, accepted)}, end(1, tradepay.OutcomeAccepted, 200, "ACCEPT", "")},
		"answered at the second": {[]answerFunc{reset, signed(200, accepted)},
			end(2, tradepay.OutcomeAccepted, 200, "ACCEPT", "")},
		"refused": {[]answerFunc{signed(200, result("F", "RISK_REJECT"))},
			end(1, tradepay.OutcomeRejected, 200, "RISK_REJECT", "")},
		"lost":                {[]answerFunc{reset}, end(3, tradepay.OutcomeUnknown, 0, "", "reset")},
		"not sent":            {[]answerFunc{unreachable}, end(3, tradepay.OutcomeNotSent, 0, "", "refused")},
		"lost, then not sent": {[]answerFunc{reset, unreachable}, end(3, tradepay.OutcomeUnknown, 0, "", "refused")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s spans
			var observed []any
			w := newScripted(t, wallets.PlatformV2()).on(payPath, tt.answers...).on(inquiryPath,
				signed(200, result("F", "ORDER_NOT_EXIST")))
			_, _ = w.client(func(conf *tradepay.Config) {
				conf.BeginCall = s.begin
				conf.Observe = func(ctx context.Context, _ tradepay.CallInfo) {
					observed = append(observed, ctx.Value(spanKey{}))
				}
			}).CreateOrder(t.Context(), order())
			require.Equal(t, tradepay.CallInfo{
				Op: wire.OpPay, Wallet: wallets.PlatformV2().Name, PaymentRequestID: "order-1",
			}, s.begun[0])
			ended := s.told(t)
			require.Equal(t, tt.want, ended[0])
			require.Len(t, ended, len(s.begun), "each that begins ends, inquiries too")
			require.Equal(t, 1, observed[0], "Observe gets the context of the call")
		})
	}
}

// TestBeginCallOfWrongInput: nothing begins, and what is not wanted is left out.
func TestBeginCallOfWrongInput(t *testing.T) {
	t.Parallel()
	var s spans
	w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, inquired("SUCCESS")))
	_, err := w.client(func(conf *tradepay.Config) { conf.BeginCall = s.begin }).
		QueryOrder(t.Context(), tradepay.OrderRef{})
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	require.Empty(t, s.begun)
	_, err = w.client(func(conf *tradepay.Config) {
		conf.BeginCall = func(context.Context, tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) {
			return nil, nil
		}
	}).QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
}

// TestBeginCallPanics: a call ends whatever ends it.
func TestBeginCallPanics(t *testing.T) {
	t.Parallel()
	var s spans
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) {
		conf.BeginCall = s.begin
		conf.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			panic("planted")
		})}
	})
	require.Panics(t, func() { _, _ = client.CreateOrder(t.Context(), order()) })
	ended := s.told(t)
	require.Len(t, ended, 1)
	require.Equal(t, wire.OpPay, ended[0].Op)
	require.Equal(t, tradepay.OutcomeUnknown, ended[0].Outcome, "it may have been sent")
}

// TestBeginCallKeepsTheEnd: the caller's deadline and cancellation hold whatever context
// the function returns. A caller may give money back because nothing is sent afterwards.
func TestBeginCallKeepsTheEnd(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var requests atomic.Int64
	client := newScripted(t, wallets.PlatformV2()).client(func(conf *tradepay.Config) {
		conf.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			requests.Add(1)
			leave()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		conf.BeginCall = func(context.Context, tradepay.CallInfo) (context.Context, func(tradepay.CallInfo)) {
			return context.WithoutCancel(ctx), nil
		}
	})
	_, err := client.CreateOrder(ctx, order())
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, int64(1), requests.Load())
}

func TestBeginCallOfNotifications(t *testing.T) {
	t.Parallel()
	var s spans
	w := newScripted(t, wallets.PlatformV1())
	handler := w.client(func(conf *tradepay.Config) { conf.BeginCall = s.begin }).NotifyHandler(
		func(ctx context.Context, _ *tradepay.Notification) error {
			require.Equal(t, 1, ctx.Value(spanKey{}))
			return nil
		})
	handler.ServeHTTP(httptest.NewRecorder(), w.notice("/notify", paidV1))
	require.Equal(t, []tradepay.CallInfo{{Op: wire.OpNotifyPayment, Wallet: w.config.Wallet.Name}}, s.begun)
	require.Equal(t, []tradepay.CallInfo{{
		Op: wire.OpNotifyPayment, Wallet: w.config.Wallet.Name, Outcome: tradepay.OutcomeSuccess, HTTPStatus: 200,
		PaymentRequestID: "order-1",
	}}, s.told(t))
}

// TestEmptyBudgetIsTold: to the program, by attempts and inquiries that are not made, and
// to the log.
func TestEmptyBudgetIsTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var infos []tradepay.CallInfo
	w := newScripted(t, wallets.PlatformV2()).on(payPath, broken(errReset)).on(inquiryPath, broken(errReset))
	client := w.client(func(conf *tradepay.Config) {
		conf.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		conf.Observe = func(_ context.Context, info tradepay.CallInfo) { infos = append(infos, info) }
	})
	for range 25 {
		_, err := client.CreateOrder(t.Context(), order())
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	}
	require.Equal(t, 99, infos[0].RetryBudget, "of 100, one was taken for the second attempt")
	require.False(t, infos[0].RetryRefused)
	last := infos[len(infos)-2:]
	require.Equal(t, 1, last[0].Attempt)
	require.True(t, last[0].RetryRefused)
	require.Zero(t, last[0].RetryBudget)
	require.Equal(t, tradepay.CallInfo{
		Op: wire.OpPay, Wallet: wallets.PlatformV2().Name, Outcome: tradepay.OutcomeNotSent, RetryRefused: true,
		PaymentRequestID: "order-1",
	}, last[1], "the inquiry")
	require.Contains(t, log.String(), "not sent again, the retry budget is empty")
	require.Contains(t, log.String(), "not asked what became of it, the retry budget is empty")
}

// TestTraceID: the wallet's, and only what looks like an id.
func TestTraceID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header http.Header
		want   string
	}{
		"none":               {nil, ""},
		"of the platform":    {http.Header{"Trace-Id": {"0a1b-2c"}}, "0a1b-2c"},
		"of Claro":           {http.Header{"Traceid": {"7"}}, "7"},
		"of a gateway":       {http.Header{"X-Request-Id": {"abc-1.2_3"}}, "abc-1.2_3"},
		"the wallet's first": {http.Header{"X-Request-Id": {"gateway"}, "Trace-Id": {"wallet"}}, "wallet"},
		"no id":              {http.Header{"Trace-Id": {"planted \x1b[31m"}, "X-Trace-Id": {"second"}}, "second"},
		"too long":           {http.Header{"Trace-Id": {strings.Repeat("a", 65)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o observer
			with := func(h http.Header) { maps.Copy(h, tt.header) }
			w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, spoiled(inquired("SUCCESS"), with),
				spoiled(result("F", "ORDER_NOT_EXIST"), with), spoiled(inquired("SUCCESS"), func(h http.Header) {
					with(h)
					h.Del("Signature")
				}))
			client := w.client(func(conf *tradepay.Config) { conf.Observe, conf.Retry.MaxAttempts = o.observe, 1 })
			ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
			known, err := client.QueryOrder(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, tt.want, known.Result.TraceID)
			for _, kind := range []error{tradepay.ErrOrderNotFound, tradepay.ErrOutcomeUnknown} {
				_, err = client.QueryOrder(t.Context(), ref)
				require.ErrorIs(t, err, kind)
				var failed *tradepay.APIError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, tt.want, failed.TraceID)
				require.Equal(t, tt.want != "", strings.Contains(err.Error(), ", trace id "+tt.want))
			}
			for _, info := range o.told(t) {
				require.Equal(t, tt.want, info.TraceID)
			}
		})
	}
}
