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

func TestNotifyHandlerAnswers(t *testing.T) {
	t.Parallel()
	stored := func(context.Context, *tradepay.Notification) error { return nil }
	tests := []struct {
		name   string
		fn     func(context.Context, *tradepay.Notification) error
		change func(*http.Request)
		slow   bool // each byte takes 11 seconds
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
		{name: "too slow", slow: true, code: 400},
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
			if tt.slow {
				r.Body = io.NopCloser(&dripping{w, r.Body})
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

// dripping is a body of which a byte arrives every 11 seconds.
type dripping struct {
	w    *scripted
	body io.Reader
}

func (d *dripping) Read(to []byte) (int, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.now = d.w.now.Add(11 * time.Second)
	return d.body.Read(to[:1])
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

// stalled sends the headers of a request and one byte of its body, and returns all that
// the server answers until it ends the connection.
func stalled(t *testing.T, server *httptest.Server, header http.Header) (string, error) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(8*time.Second))) // the handler's own limit is 10
	_, err = io.WriteString(conn, "POST /notify HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n")
	require.NoError(t, err)
	require.NoError(t, header.Write(conn))
	_, err = io.WriteString(conn, "\r\n{")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

// TestNobodyHoldsTheHandlerOpen: on a server without timeouts, the handler answers a
// stranger who announces a body and sends none, and closes the connection. A server
// with a shorter limit than the handler's keeps it.
func TestNobodyHoldsTheHandlerOpen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header func(w *scripted) http.Header
		limit  time.Duration // of the server
		want   string
	}{
		"a stranger": {func(*scripted) http.Header { return nil }, 0, "401 Unauthorized"},
		"headers of the wallet": {func(w *scripted) http.Header { return w.notice("/notify", paidV1).Header },
			300 * time.Millisecond, "400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1())
			handler := w.client().NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
			server := httptest.NewUnstartedServer(handler)
			server.Config.ReadTimeout = tt.limit
			server.Start()
			t.Cleanup(server.Close)
			answer, err := stalled(t, server, tt.header(w))
			require.NoError(t, err, "the connection must end")
			require.Contains(t, answer, tt.want)
		})
	}
}

// TestUnlimitedReadingIsLogged: once, if a middleware hides what ends a body that stalls,
// and the server does not end it, either.
func TestUnlimitedReadingIsLogged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrap  func(http.ResponseWriter) http.ResponseWriter
		limit time.Duration
		logs  int
	}{
		"nothing hides it":       {func(w http.ResponseWriter) http.ResponseWriter { return w }, 0, 0},
		"a middleware hides it":  {func(w http.ResponseWriter) http.ResponseWriter { return opaque{w} }, 0, 1},
		"the server has a limit": {func(w http.ResponseWriter) http.ResponseWriter { return opaque{w} }, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1())
			var log bytes.Buffer
			handler := w.client(func(conf *tradepay.Config) {
				conf.Logger = slog.New(slog.NewTextHandler(&log, nil))
			}).NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				handler.ServeHTTP(tt.wrap(rw), r)
			}))
			server.Config.ReadTimeout = tt.limit
			server.Start()
			for range 2 {
				r := w.notice("/notify", paidV1)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/notify", r.Body)
				require.NoError(t, err)
				request.Header = r.Header
				res, err := server.Client().Do(request)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				require.Equal(t, http.StatusOK, res.StatusCode)
			}
			server.Close() // so that the handlers have ended
			require.Equal(t, tt.logs, strings.Count(log.String(), "is never cut off"), log.String())
		})
	}
}

// opaque hides what else a ResponseWriter has.
type opaque struct{ http.ResponseWriter }

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
