package tradepay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	paidV1 = `{"partnerId":"PARTNER","paymentId":"P1","paymentRequestId":"order-1","paymentAmount":{"currency":"USD",` +
		`"value":"1050"},"paymentTime":"2026-01-15T12:00:00+00:00","paymentStatus":"SUCCESS"}`
	paidV2 = `{"paymentId":"P1","paymentRequestId":"order-1","paymentAmount":{"currency":"USD","value":"1050"},` +
		`"paymentTime":"2026-01-15T12:00:00+00:00","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS",` +
		`"resultMessage":"success"}}`
)

// notice is a notification as the wallet signs it.
func (w *scripted) notice(uri, body string) *http.Request {
	w.t.Helper()
	when := w.clock().Format("2006-01-02T15:04:05.000-07:00")
	sig, err := wire.Message{Method: "POST", URI: uri, ClientID: clientID, Time: when, Body: []byte(body)}.Sign(w.key)
	require.NoError(w.t, err)
	r := httptest.NewRequest(http.MethodPost, uri, strings.NewReader(body))
	r.Header = http.Header{
		"Client-Id": {clientID}, "Request-Time": {when}, "Content-Type": {"application/json; charset=UTF-8"},
		"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
			Signature: sig}.Format(wire.EncodingBase64)},
	}
	return r
}

// acknowledged checks the answer's signature and returns its result status.
func (w *scripted) acknowledged(uri string, res *httptest.ResponseRecorder) string {
	w.t.Helper()
	require.Equal(w.t, http.StatusOK, res.Code)
	h, err := wire.ParseSignatureHeader(res.Header().Get("Signature"))
	require.NoError(w.t, err)
	m := wire.Message{Method: "POST", URI: uri, ClientID: res.Header().Get("Client-Id"),
		Time: res.Header().Get("Response-Time"), Body: res.Body.Bytes()}
	require.Equal(w.t, clientID, m.ClientID)
	require.NoError(w.t, m.Verify(&vectorKey(w.t, "merchant").PublicKey, h.Signature))
	verdict, ok := object(w.t, res.Body.String())["result"].(map[string]any)
	require.True(w.t, ok)
	status, ok := verdict["resultStatus"].(string)
	require.True(w.t, ok)
	return status
}

func TestNotificationsAreRead(t *testing.T) {
	t.Parallel()
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	change := func(body, from, to string) string { return strings.Replace(body, from, to, 1) }
	tests := []struct {
		name string
		body string
		want error
		kind tradepay.NotificationKind
		is   tradepay.PaymentStatus
	}{
		{name: "v1 paid", body: paidV1, kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "v1 failed", body: change(paidV1, `"SUCCESS"`, `"FAIL","paymentFailReason":"no balance"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusFailed},
		{name: "v1 authorized", body: change(paidV1, `"SUCCESS"`, `"AUTH_SUCCESS"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusAuthorized},
		{name: "v2 paid", body: paidV2, kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "v2 failed", body: change(paidV2, `"S"`, `"F"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusFailed},
		{name: "v2 unknown is not final", body: change(paidV2, `"S"`, `"U"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusProcessing},
		{name: "v2 with a verdict of no meaning", body: change(paidV2, `"S"`, `"?"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusProcessing},
		{name: "a flat result", body: change(paidV2, "paymentResult", "result"), kind: tradepay.NotificationPayment,
			is: tradepay.StatusSuccess},
		{name: "both, agreeing", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"SUCCESS","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "both, cancelled", body: change(change(paidV2, `{"paymentId"`,
			`{"paymentStatus":"CANCELLED","paymentId"`), `"S"`, `"F"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusCancelled},
		{name: "both, reserved", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"AUTH_SUCCESS","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusAuthorized},
		{name: "void", body: `{"voidRequestId":"void-1","voidId":"V1","paymentId":"P1","paymentRequestId":"order-1",` +
			`"voidAmount":{"currency":"USD","value":"1050"},"result":{"resultStatus":"S",` +
			`"resultCode":"SUCCESS"}}`, kind: tradepay.NotificationVoid},
		{name: "cashier URL", body: `{"paymentId":"P1","paymentRequestId":"order-1",` +
			`"redirectUrl":"https://wallet.example/cashier"}`, kind: tradepay.NotificationCashierURL},
		{name: "v2 reserved, not paid", body: change(paidV2, `{"paymentId"`,
			`{"authExpiryTime":"2026-01-16T12:00:00Z","paymentId"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusAuthorized},
		{name: "failed void", body: `{"voidRequestId":"void-1","paymentId":"P1","paymentRequestId":"order-1",` +
			`"voidAmount":{"currency":"USD","value":"1050"},"voidResult":{"resultStatus":"F",` +
			`"resultCode":"PROCESS_FAIL"}}`, kind: tradepay.NotificationVoid},
		{name: "a void without its id", body: change(paidV1, `"paymentStatus":"SUCCESS"`,
			`"voidStatus":"SUCCESS","voidAmount":{"currency":"USD","value":"1050"},"voidRequestId":"void-1"`),
			kind: tradepay.NotificationVoid},
		{name: "a refund without its id", body: change(paidV2, `{"paymentId"`,
			`{"refundAmount":{"currency":"USD","value":"1050"},"paymentId"`), kind: tradepay.NotificationOther},
		{name: "a capture that failed", body: change(paidV2, `{"paymentId"`, `{"captureStatus":"FAIL","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "still in process", body: change(paidV2, `"resultCode":"SUCCESS"`, `"resultCode":"PAYMENT_IN_PROCESS"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusProcessing},
		{name: "refund", body: change(paidV2, `{"paymentId"`, `{"refundRequestId":"refund-1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "capture", body: change(paidV2, `{"paymentId"`, `{"captureId":"C1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "v1 a cancel", body: change(paidV1, `{"partnerId"`, `{"cancelTime":"2026-01-15T12:00:00Z","partnerId"`),
			kind: tradepay.NotificationOther},
		{name: "v2 a cancel", body: change(paidV2, `{"paymentId"`, `{"cancelTime":"2026-01-15T12:00:00Z","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a cancel by its id", body: change(paidV2, `{"paymentId"`, `{"cancelRequestId":"c1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a dispute", body: change(paidV2, `{"paymentId"`, `{"disputeId":"D1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a chargeback", body: change(paidV2, `{"paymentId"`,
			`{"chargebackAmount":{"currency":"USD","value":"1050"},"paymentId"`), kind: tradepay.NotificationOther},
		{name: "a reversal", body: change(paidV2, `{"paymentId"`, `{"reversalTime":"2026-01-15T12:00:00Z","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a refund by its time", body: change(paidV2, `{"paymentId"`,
			`{"refundTime":"2026-01-15T12:00:00Z","paymentId"`), kind: tradepay.NotificationOther},
		{name: "a capture by its time", body: change(paidV1, `{"partnerId"`,
			`{"captureTime":"2026-01-15T12:00:00Z","partnerId"`), kind: tradepay.NotificationOther},
		{name: "of the type of a payment", body: change(paidV2, `{"paymentId"`,
			`{"notifyType":"PAYMENT_RESULT","paymentId"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusSuccess},
		{name: "with members that nobody knows",
			body: change(paidV2, `{"paymentId"`, `{"customerId":"U1","extendInfo":"{}","merchantNote":"x","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},

		{name: "v1 of a type unknown", body: change(paidV1, `{"partnerId"`, `{"notifyType":"SOMETHING","partnerId"`),
			want: tradepay.ErrMalformed},
		{name: "v2 of a type unknown", body: change(paidV2, `{"paymentId"`,
			`{"notifyType":"PAYMENT_DISPUTED","paymentId"`), want: tradepay.ErrMalformed},
		{name: "of a type unknown, failed", body: change(change(paidV2, `{"paymentId"`,
			`{"notifyType":"REFUND_RESULT","paymentId"`), `"S"`, `"F"`), want: tradepay.ErrMalformed},
		{name: "of an empty type", body: change(paidV2, `{"paymentId"`, `{"notifyType":"","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "of a type that is no text", body: change(paidV2, `{"paymentId"`, `{"notifyType":{"x":1},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "pending and paid", body: change(paidV2, `{"paymentId"`, `{"notifyType":"PAYMENT_PENDING","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "transactions that are no list", body: change(paidV2, `{"paymentId"`, `{"transactions":{},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "an empty status", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "a trade number beside an outcome", body: change(paidV2, `{"paymentId"`, `{"tradeNO":"T1","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "a URL of the browser beside an outcome",
			body: change(paidV2, `{"paymentId"`, `{"normalUrl":"https://wallet.example/","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "two verdicts, contradicting",
			body: change(paidV2, `{"paymentId"`, `{"result":{"resultStatus":"F","resultCode":"X"},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "paid, with a reason why not",
			body: change(paidV2, `{"paymentId"`, `{"paymentFailReason":"no balance","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "void without an outcome", body: `{"voidId":"V1","paymentId":"P1","voidAmount":{"currency":"USD",` +
			`"value":"1050"}}`, want: tradepay.ErrMalformed},
		{name: "the answer to a pay", body: change(change(accepted, `"A"`, `"S"`), `"paymentId"`,
			`"paymentAmount":{"currency":"USD","value":"1050"},"paymentId"`), want: tradepay.ErrMalformed},
		{name: "both, contradicting", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"FAIL","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "paid and failed", body: change(change(paidV2, `{"paymentId"`, `{"paymentStatus":"SUCCESS","paymentId"`),
			`"S"`, `"F"`), want: tradepay.ErrMalformed},
		{name: "no outcome", body: change(paidV1, `"paymentStatus"`, `"x"`), want: tradepay.ErrMalformed},
		{name: "outcome in small letters", body: change(paidV1, `"SUCCESS"`, `"success"`), want: tradepay.ErrMalformed},
		{name: "outcome of another kind", body: change(paidV2,
			`{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`, `"S"`),
			want: tradepay.ErrMalformed},
		{name: "verdict of another kind", body: change(paidV2, `"S"`, `["S"]`), want: tradepay.ErrMalformed},
		{name: "void with a verdict of another kind",
			body: `{"voidId":"V1","paymentId":"P1","result":{"resultStatus":[]}}`, want: tradepay.ErrMalformed},
		{name: "no amount", body: change(paidV1, `"paymentAmount"`, `"x"`), want: tradepay.ErrMalformed},
		{name: "amount with decimals", body: change(paidV1, `"1050"`, `"10.50"`), want: tradepay.ErrInvalidAmount},
		{name: "negative amount", body: change(paidV1, `"1050"`, `"-1"`), want: tradepay.ErrInvalidAmount},
		{name: "two amounts", body: change(paidV1, `{"partnerId"`,
			`{"paymentAmount":{"currency":"USD","value":"1"},"partnerId"`), want: tradepay.ErrMalformed},
		{name: "no id", body: change(change(paidV1, `"paymentId"`, `"x"`), `"paymentRequestId"`, `"y"`),
			want: tradepay.ErrMalformed},
		{name: "not JSON", body: `paymentStatus=SUCCESS`, want: tradepay.ErrMalformed},
		{name: "data behind", body: paidV1 + `{}`, want: tradepay.ErrMalformed},
		{name: "empty", body: ``, want: tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			client := w.client()
			got, err := client.VerifyNotification(w.notice("/notify?shop=1", tt.body))
			called := false
			res := httptest.NewRecorder()
			client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
				called = true
				return nil
			}).ServeHTTP(res, w.notice("/notify?shop=1", tt.body))
			status := w.acknowledged("/notify?shop=1", res)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				require.ErrorIs(t, err, tradepay.ErrMalformed)
				require.NotErrorIs(t, err, tradepay.ErrSignature)
				require.False(t, called)
				require.Equal(t, "U", status, "what was not understood is not acknowledged")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.kind, got.Kind)
			require.Equal(t, tt.is, got.Status)
			require.Equal(t, "P1", got.PaymentID)
			require.Equal(t, "order-1", got.PaymentRequestID)
			require.JSONEq(t, tt.body, string(got.Raw))
			require.Equal(t, tt.is == tradepay.StatusSuccess ||
				tt.is == tradepay.StatusAuthorized, !got.PaidAt.IsZero())
			require.True(t, called)
			require.Equal(t, "S", status)
			switch tt.kind {
			case tradepay.NotificationPayment:
				require.NoError(t, got.Check("order-1", usd))
			case tradepay.NotificationVoid:
				require.Equal(t, "void-1", got.VoidRequestID)
				require.Equal(t, usd, got.Amount)
				want := tradepay.TransactionSuccess
				if tt.name == "failed void" {
					want = tradepay.TransactionFailed
				}
				require.Equal(t, want, got.VoidStatus)
			case tradepay.NotificationOther:
				require.ErrorIs(t, got.Check("order-1", usd), tradepay.ErrMalformed)
			case tradepay.NotificationCashierURL:
				require.Equal(t, "https://wallet.example/cashier", got.PaymentURL)
			}
		})
	}
}

func TestNotifyHandlerAnswers(t *testing.T) {
	t.Parallel()
	stored := func(context.Context, *tradepay.Notification) error { return nil }
	tests := []struct {
		name   string
		fn     func(context.Context, *tradepay.Notification) error
		change func(*http.Request)
		code   int
		status string // of a signed answer
	}{
		{name: "stored", fn: stored, code: 200, status: "S"},
		{name: "not stored", fn: func(context.Context, *tradepay.Notification) error {
			return errors.New("database down")
		}, code: 200, status: "U"},
		{name: "unsigned", change: func(r *http.Request) { r.Header.Del("Signature") }, code: 401},
		{name: "amount changed", change: func(r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte("1050"), []byte("1051"), 1)))
		}, code: 401},
		{name: "another path", change: func(r *http.Request) { r.RequestURI = "/other" }, code: 401},
		{name: "another query", change: func(r *http.Request) { r.RequestURI = "/notify?paid=1" }, code: 401},
		{name: "GET", change: func(r *http.Request) { r.Method = http.MethodGet }, code: 405},
		{name: "too large by its length", change: func(r *http.Request) { r.ContentLength = 64<<10 + 1 }, code: 413},
		{name: "too large", change: func(r *http.Request) {
			r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader(strings.Repeat(" ", 64<<10+1)))
		}, code: 413},
		{name: "cut off", change: func(r *http.Request) {
			r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		}, code: 400},
		{name: "without a body", change: func(r *http.Request) { r.Body = nil }, code: 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1())
			fn := tt.fn
			if fn == nil {
				fn = func(context.Context, *tradepay.Notification) error {
					t.Error("must not be called")
					return nil
				}
			}
			r := w.notice("/notify", paidV1)
			if tt.change != nil {
				tt.change(r)
			}
			res := httptest.NewRecorder()
			w.client().NotifyHandler(fn).ServeHTTP(res, r)
			require.Equal(t, tt.code, res.Code)
			if tt.status != "" {
				require.Equal(t, tt.status, w.acknowledged("/notify", res))
				return
			}
			require.Empty(t, res.Header().Get("Signature"))
			require.NotContains(t, res.Body.String(), "order-1")
		})
	}
	t.Run("nil function", func(t *testing.T) {
		t.Parallel()
		require.Panics(t, func() { newScripted(t, wallets.PlatformV1()).client().NotifyHandler(nil) })
	})
	t.Run("an acknowledgement that cannot be signed", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV1())
		w.config.PrivateKey = failingSigner{vectorKey(t, "merchant")}
		res := httptest.NewRecorder()
		w.client().NotifyHandler(stored).ServeHTTP(res, w.notice("/notify", paidV1))
		require.Equal(t, 500, res.Code, "the wallet sends it again")
	})
}

// TestPanicOfTheFunctionIsLogged: with its stack, but not with its value, and the
// server gets the panic as it was.
func TestPanicOfTheFunctionIsLogged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fn   func(context.Context, *tradepay.Notification) error
		want any // what the server recovers; nil: nothing
		logs int
	}{
		"a value": {func(_ context.Context, n *tradepay.Notification) error {
			panic(planted + n.PaymentID)
		}, planted + "P1", 1},
		"the server's own": {func(context.Context, *tradepay.Notification) error {
			panic(http.ErrAbortHandler)
		}, http.ErrAbortHandler, 1},
		"an error is none": {func(context.Context, *tradepay.Notification) error {
			return errors.New("disk full")
		}, nil, 1},
		"nothing is logged": {func(context.Context, *tradepay.Notification) error { return nil }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			var log bytes.Buffer
			handler := w.client(func(conf *tradepay.Config) {
				conf.Logger = slog.New(slog.NewJSONHandler(&log, nil))
			}).NotifyHandler(tt.fn)
			res := httptest.NewRecorder()
			func() {
				defer func() { require.Equal(t, tt.want, recover()) }()
				handler.ServeHTTP(res, w.notice("/notify", paidV2))
			}()
			require.Equal(t, tt.logs, strings.Count(log.String(), "\n"), log.String())
			require.NotContains(t, log.String(), planted)
			if tt.want == nil {
				return
			}
			require.Empty(t, res.Body.String(), "nothing is acknowledged")
			line := object(t, log.String())
			require.Equal(t, "ERROR", line["level"])
			require.Equal(t, "payment", line["kind"])
			require.Equal(t, "order-1", line["payment_request_id"])
			require.Regexp(t, `notify_test\.go:\d+\n`, line["stack"])
			for name := range line {
				require.Contains(t, []string{"time", "level", "msg", "kind", "payment_request_id", "stack"}, name)
			}
		})
	}
}

// TestDuplicatesReachTheFunction: only the caller's database can recognise them.
func TestDuplicatesReachTheFunction(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	var calls atomic.Int64
	handler := w.client().NotifyHandler(func(context.Context, *tradepay.Notification) error {
		calls.Add(1)
		return nil
	})
	for range 3 {
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, w.notice("/notify", paidV1))
		require.Equal(t, "S", w.acknowledged("/notify", res))
	}
	require.EqualValues(t, 3, calls.Load())
}

func TestNotifyPathBehindAProxy(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	client := w.client(func(conf *tradepay.Config) { conf.NotifyPath = "/shop/notify" })
	r := w.notice("/shop/notify?a=1", paidV1)
	r.RequestURI = "/internal/hook?a=1" // as the proxy passes it on
	res := httptest.NewRecorder()
	client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil }).ServeHTTP(res, r)
	require.Equal(t, "S", w.acknowledged("/shop/notify?a=1", res),
		"the acknowledgement is signed for the public path too")

	r = w.notice("/shop/notify", paidV1)
	r.RequestURI, r.URL.Path = "", "/internal/hook"
	_, err := client.VerifyNotification(r)
	require.NoError(t, err)
	_, err = w.client().VerifyNotification(w.notice("/shop/notify", paidV1))
	require.NoError(t, err)
}

// TestAnswersAreNoNotifications: the wallet signs the answer to our request with that
// request's URI. Who has one must not be able to send it to a handler there.
func TestAnswersAreNoNotifications(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	_, err := w.client().VerifyNotification(w.notice("/api/v2/payments/inquiryPayment", inquired("SUCCESS")))
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, tradepay.ReasonReplay, refused.Reason)
}

// TestHeadersComeFirst: the client rejects wrong headers before it reads the body.
func TestHeadersComeFirst(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	r := w.notice("/notify", paidV1)
	r.Header.Del("Signature")
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("the body was read")))
	_, err := w.client().VerifyNotification(r)
	require.ErrorIs(t, err, tradepay.ErrSignature)
}

// TestNobodyHoldsTheHandlerOpen: on a server without timeouts, the handler answers a
// stranger who announces a body and sends none, and closes the connection.
func TestNobodyHoldsTheHandlerOpen(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	server := httptest.NewServer(w.client().NotifyHandler(func(context.Context, *tradepay.Notification) error {
		return nil
	}))
	t.Cleanup(server.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(8*time.Second))) // the handler's own limit is 10
	_, err = io.WriteString(conn, "POST /notify HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\n{")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err, "the connection must end")
	require.Contains(t, string(answer), "401 Unauthorized")
}

// TestHandlerMayTakeItsTime: the time limit is for the body, not for storing it.
func TestHandlerMayTakeItsTime(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	var deadlines []time.Time
	res := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder(), set: func(d time.Time) {
		deadlines = append(deadlines, d)
	}}
	w.client().NotifyHandler(func(context.Context, *tradepay.Notification) error {
		require.Len(t, deadlines, 2)
		require.False(t, deadlines[0].IsZero())
		require.True(t, deadlines[1].IsZero())
		return nil
	}).ServeHTTP(res, w.notice("/notify", paidV1))
	require.Equal(t, "S", w.acknowledged("/notify", res.ResponseRecorder))
}

type deadlineRecorder struct {
	*httptest.ResponseRecorder
	set func(time.Time)
}

func (r *deadlineRecorder) SetReadDeadline(d time.Time) error {
	r.set(d)
	return nil
}

func TestNotificationInParts(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	client := w.client()
	r := w.notice("/notify", paidV1)
	lower := http.Header{} // as Fiber, API gateways and queues have them
	for name, values := range r.Header {
		lower[strings.ToLower(name)] = values
	}
	n, err := client.ParseNotification("POST", "/notify", lower, []byte(paidV1))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusSuccess, n.Status)
	for _, wrong := range []string{"", "https://shop.example/notify"} {
		_, err = client.ParseNotification("POST", wrong, lower, []byte(paidV1))
		var refused *tradepay.SignatureError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, tradepay.ReasonURI, refused.Reason)
	}
	ack, err := client.Acknowledge("/notify", nil)
	require.NoError(t, err)
	res := httptest.NewRecorder()
	res.Body.Write(ack.Body)
	for name, values := range ack.Header {
		res.Header()[name] = values
	}
	require.Equal(t, "S", w.acknowledged("/notify", res))
}

func TestOldNotifications(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	old := w.notice("/notify", paidV1)
	w.now = w.now.Add(23 * time.Hour)
	_, err := w.client().VerifyNotification(old.Clone(t.Context()))
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, tradepay.ReasonTime, refused.Reason)
	old.Body = io.NopCloser(strings.NewReader(paidV1))
	_, err = w.client(func(conf *tradepay.Config) { conf.NotificationMaxAge = 24 * time.Hour }).VerifyNotification(old)
	require.NoError(t, err, "for wallets that repeat the old time")
}

// TestNotificationWithTransactions: most wallets send none, but what they send
// counts.
func TestNotificationWithTransactions(t *testing.T) {
	t.Parallel()
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	for _, body := range []string{paidV1, paidV2} {
		w := newScripted(t, wallets.PlatformV2())
		n, err := w.client().VerifyNotification(w.notice("/notify",
			strings.Replace(body, "{", `{"transactions":[{"transactionId":"T1","transactionType":"REFUND",
			"transactionStatus":"SUCCESS","transactionAmount":{"currency":"USD","value":"50"}}],`, 1)))
		require.NoError(t, err)
		require.Len(t, n.Transactions, 1)
		require.NoError(t, n.Check("order-1", usd))
		require.ErrorIs(t, n.CheckPaid("order-1", usd), tradepay.ErrRefunded)
	}
}

func FuzzNotification(f *testing.F) {
	w := newScripted(f, wallets.PlatformV2())
	client := w.client()
	r := w.notice("/notify", paidV2)
	f.Add(r.Header.Get("Signature"), r.Header.Get("Request-Time"), clientID, []byte(paidV2), false)
	f.Add("", "", "", []byte{}, false)
	for _, body := range []string{paidV1, paidV2, `{"voidId":"V","paymentId":"P"}`,
		`{"redirectUrl":"u","paymentId":"P"}`, `[]`, `{"a":{"a":{}}}`,
		strings.Replace(paidV2, "{", `{"notifyType":"DISPUTE_RESULT",`, 1),
		strings.Replace(paidV1, "{", `{"cancelTime":"x",`, 1),
		strings.Replace(paidV2, "{", `{"disputeId":"D1",`, 1),
		strings.Replace(paidV2, "{", `{"transactions":[{"transactionType":"REFUND"}],`, 1)} {
		f.Add("", "", "", []byte(body), true)
	}
	f.Fuzz(func(t *testing.T, signature, when, id string, body []byte, sign bool) {
		header := http.Header{"Signature": {signature}, "Request-Time": {when}, "Client-Id": {id}}
		if sign { // past the signature, to what reads the body
			header = (&scripted{t: t, key: w.key, now: noon}).notice("/notify", string(body)).Header
		}
		n, err := client.ParseNotification(http.MethodPost, "/notify", header, body)
		if err != nil {
			require.Nil(t, n)
			require.True(t, errors.Is(err, tradepay.ErrSignature) || errors.Is(err, tradepay.ErrMalformed), "%v", err)
			return
		}
		require.True(t, sign || bytes.Equal(body, []byte(paidV2)), "accepted without a signature")
		require.NotEmpty(t, n.PaymentID+n.PaymentRequestID+n.VoidID+n.VoidRequestID)
		if n.Kind == tradepay.NotificationPayment {
			require.NotEmpty(t, n.Status)
			require.NotRegexp(t, `^\s*\{\s*"(cancel|dispute|refund|capture|chargeback|reversal)\w*":"`, string(body))
			require.Len(t, n.Amount.Currency, 3)
			require.GreaterOrEqual(t, n.Amount.Value, int64(0))
		}
	})
}
