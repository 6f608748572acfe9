package tradepay_test

import (
	"context"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// arguments are a valid request of each kind, by its type.
func arguments() map[reflect.Type]any {
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	all := map[reflect.Type]any{}
	for _, value := range []any{
		order(), tradepay.OrderRef{PaymentRequestID: "order-1"}, tradepay.RefundRef{RefundRequestID: "refund-1"},
		&tradepay.RefundRequest{RefundRequestID: "refund-1", PaymentID: "P1", Amount: usd},
		&tradepay.CaptureRequest{CaptureRequestID: "capture-1", PaymentID: "P1"},
		&tradepay.VoidRequest{VoidRequestID: "void-1", PaymentID: "P1"},
		&tradepay.ConfirmRequest{ConfirmRequestID: "confirm-1", PaymentID: "P1"},
		&tradepay.ApplyTokenRequest{AuthCode: "code"}, &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY"},
		shipped(), "payments/confirm",
	} {
		all[reflect.TypeOf(value)] = value
	}
	return all
}

// calls calls each method of the client that takes a context.
func calls(t *testing.T, client *tradepay.Client, ctx reflect.Value, each func(name string, err error)) {
	t.Helper()
	values := arguments()
	contexts := reflect.TypeFor[context.Context]()
	methods := reflect.TypeOf(client)
	count := 0
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		if method.Type.NumIn() < 2 || method.Type.In(1) != contexts {
			continue
		}
		count++
		in := []reflect.Value{reflect.ValueOf(client), ctx}
		for arg := 2; arg < method.Type.NumIn(); arg++ {
			kind := method.Type.In(arg)
			if kind.Kind() == reflect.Interface {
				in = append(in, reflect.ValueOf(&map[string]any{}))
				continue
			}
			require.Contains(t, values, kind, method.Name)
			in = append(in, reflect.ValueOf(values[kind]))
		}
		out := method.Func.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		each(method.Name, err)
	}
	require.GreaterOrEqual(t, count, 14)
}

// TestNilContextIsNamed: every method says so, and sends nothing.
func TestNilContextIsNamed(t *testing.T) {
	t.Parallel()
	for _, wallet := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		w := newScripted(t, wallet)
		calls(t, w.client(), reflect.Zero(reflect.TypeFor[context.Context]()), func(name string, err error) {
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field, name)
			require.Equal(t, "ctx", field.Field, name)
			require.ErrorIs(t, err, tradepay.ErrInvalidRequest, name)
		})
		require.Zero(t, w.mock.GetTotalCallCount())
	}
}

// TestMissingSiteNameIsFoundHere: a wallet that wants a site name wants it with every
// call about a payment. Its rejection would leave the payment unknown.
func TestMissingSiteNameIsFoundHere(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	w.config.SiteName = ""
	w.mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) { return nil, errReset })
	client := w.client(func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} })
	free := map[string]bool{"ApplyToken": true, "CancelToken": true, "Prepare": true, "UserInfo": true, "Call": true,
		"SendMessage": true} // not of this dialect
	calls(t, client, reflect.ValueOf(t.Context()), func(name string, err error) {
		if free[name] {
			return
		}
		var field *tradepay.FieldError
		require.ErrorAs(t, err, &field, name)
		require.Equal(t, "SiteName", field.Field, name)
		require.NotEmpty(t, field.Remedy, name)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest, name)
		require.NotErrorIs(t, err, tradepay.ErrOutcomeUnknown, name)
	})
	refund := &tradepay.RefundRequest{
		RefundRequestID: "refund-1",
		PaymentID:       "P1",
		Amount:          tradepay.Amount{Currency: "USD", Value: 1},
	}
	require.ErrorContains(t, client.CheckRefund(refund), "SiteName")
	refund.Extra = map[string]any{"extendInfo": `{"customerBelongsTo":"SITE"}`}
	require.NoError(t, client.CheckRefund(refund), "the caller's own extendInfo may name it")
	require.NoError(
		t,
		client.ForSite("SITE").
			CheckRefund(&tradepay.RefundRequest{RefundRequestID: "r", PaymentID: "P1", Amount: refund.Amount}),
	)
}

// TestSiteNameOfExtendInfoGoesWithTheInquiry: if an order names its site in its own
// extendInfo, the inquiry about it names the same site.
func TestSiteNameOfExtendInfoGoesWithTheInquiry(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1()).on("/api/open/v1/payments/pay", broken(errReset)).
		on("/api/open/v1/payments/inquiryPayment", signed(200, result("F", "ORDER_NOT_EXIST")))
	w.config.SiteName = ""
	req := order()
	req.ExtendInfo = `{"customerBelongsTo":"SITE","k":"v"}`
	_, err := w.client().CreateOrder(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	asked := w.seenOn("/api/open/v1/payments/inquiryPayment")
	require.Len(t, asked, 1)
	info, _ := object(t, asked[0].body)["extendInfo"].(string)
	require.JSONEq(t, `{"customerBelongsTo":"SITE"}`, info)
}

// TestAdviceFitsTheWallet: nobody is told to retry at a wallet that rejects retries.
func TestAdviceFitsTheWallet(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		profile := wallets.PlatformV2()
		profile.Quirks.RefusesRepeats = refuses
		w := newScripted(t, profile).on("/api/v2/payments/pay", broken(errReset)).
			on("/api/v2/payments/inquiryPayment", signed(200, inquired("PROCESSING")))
		_, err := w.client().CreateOrder(t.Context(), order())
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "cancel the order")
		if refuses {
			require.NotContains(t, err.Error(), "call again with the same request")
		} else {
			require.ErrorContains(t, err, "call again with the same request")
		}
	}
}

// TestWaitOrderAsksALastTime: the deadline is nearer than the next question,
// and the payer pays before it.
func TestWaitOrderAsksALastTime(t *testing.T) {
	t.Parallel()
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	t.Run("paid meanwhile", func(t *testing.T) {
		t.Parallel()
		w := newScripted(
			t,
			wallets.PlatformV2(),
		).on("/api/v2/payments/inquiryPayment", signed(200, inquired("PROCESSING")), signed(200, inquired("SUCCESS")))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		got, err := w.client(func(conf *tradepay.Config) { conf.PollInterval = time.Hour }).WaitOrder(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusSuccess, got.Status)
	})
	t.Run("never paid", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/inquiryPayment",
			signed(200, inquired("PROCESSING")))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		got, err := w.client(func(conf *tradepay.Config) { conf.PollInterval = time.Hour }).WaitOrder(ctx, ref)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, tradepay.StatusProcessing, got.Status)
		require.Error(t, ctx.Err(), "it ends with ctx, not before")
	})
}
