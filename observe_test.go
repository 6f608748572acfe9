package tradepay_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
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

// told are the infos without their durations, which must not be negative.
func (o *observer) told(t *testing.T) []tradepay.CallInfo {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.infos {
		require.GreaterOrEqual(t, o.infos[i].Duration, time.Duration(0))
		o.infos[i].Duration = 0
	}
	return o.infos
}

func TestObserveCalls(t *testing.T) {
	t.Parallel()
	pay := func(attempt int, outcome tradepay.Outcome, status int) tradepay.CallInfo {
		return tradepay.CallInfo{
			Op: wire.OpPay, Wallet: wallets.PlatformV2().Name, Attempt: attempt, Outcome: outcome, HTTPStatus: status,
		}
	}
	refused := signed(200, result("F", "RISK_REJECT"))
	lost := pay(1, tradepay.OutcomeUnknown, 0)
	lost.Cause = "reset"
	for name, tt := range map[string]struct {
		answers []answerFunc
		want    []tradepay.CallInfo
	}{
		"refused": {[]answerFunc{refused}, []tradepay.CallInfo{pay(1, tradepay.OutcomeRejected, 200)}},
		"lost, then refused": {
			[]answerFunc{broken(errReset), refused},
			[]tradepay.CallInfo{lost, pay(2, tradepay.OutcomeRejected, 200)},
		},
		"the wallet does not know": {
			[]answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION")), refused},
			[]tradepay.CallInfo{pay(1, tradepay.OutcomeUnknown, 200), pay(2, tradepay.OutcomeRejected, 200)},
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
			handler := w.client(func(conf *tradepay.Config) { conf.Observe = o.observe }).NotifyHandler(tt.fn)
			func() {
				defer func() { _ = recover() }() // as a server does
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}()
			require.Equal(t, []tradepay.CallInfo{{
				Op: op, Wallet: w.config.Wallet.Name, Outcome: tt.outcome, HTTPStatus: tt.status,
			}}, o.told(t))
		})
	}
}
