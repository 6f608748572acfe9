package tradepay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// NotifyHandler receives the wallet's notifications. It verifies each one, calls fn
// and answers with a signed acknowledgement: S if fn returns nil, else U. After a U
// the wallet sends the notification again. Store the notification before you return
// nil.
//
// Wallets send duplicates, and in any order, and calls of fn run concurrently. So
// fn must recognise a duplicate by [Notification.Same] and return nil for it, must
// not let a late PROCESSING replace a final status, and must call
// [Notification.CheckPaid] before you ship anything. Wallets do not notify payments
// that are cancelled or authorized; of those that expired, some notify FAIL, and
// others nothing. The client logs the notifications that it rejects and those that
// fn does not store, see [Config.Logger]. [Client.DiagnoseNotification] finds out why
// it rejects one.
//
// fn also gets all other verified notifications; look at Kind. What it does not know
// comes as [NotificationOther]: store it, and return nil. Only a message about a
// payment that contradicts itself or is not complete does not reach fn: the client
// logs it, and answers U.
//
// If fn panics, the client logs the notification's kind and PaymentRequestID and
// the stack, but not the panic's value, which may hold anything. The panic then
// goes on to the server, which ends the connection, and the wallet sends the
// notification again.
//
// The handler answers 401 to what it cannot verify, 405 to methods other than POST,
// 413 to bodies over 64 KiB, see [Config.NotificationLimit], and 400 to those that do
// not arrive whole; none of these reaches fn. It answers 500 if it cannot sign the
// acknowledgement; fn may have stored the notification then, and the wallet sends it
// again. It checks the headers before it reads the body, which must arrive within 10
// seconds, or within the ReadTimeout of the [http.Server] if that is shorter. To cut
// off a body that stalls, the handler needs a ResponseWriter that has SetReadDeadline,
// or Unwrap, as [http.ResponseController] has it: a middleware may wrap it in one
// without them. The client logs that once, unless the server has a ReadTimeout, which
// cuts off the body then. While the client holds 32 to 64 MiB of bodies that are not
// verified yet, it answers 503 to further ones, and the wallet sends them again.
// No code before this handler may consume or change the body, or change the
// request's URI; if a proxy changes the path, see [Config.NotifyPath].
//
// NotifyHandler panics if fn is nil.
func (c *Client) NotifyHandler(fn func(context.Context, *Notification) error) http.Handler {
	if fn == nil {
		panic("tradepay: NotifyHandler: nil function")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx, end := c.begin(r.Context(), CallInfo{Op: wire.OpNotifyPayment})
		info := CallInfo{Op: wire.OpNotifyPayment, Outcome: OutcomeUnknown}
		defer func() { // also if fn panics
			info.Duration = time.Since(began)
			c.observed(ctx, info)
			end(info)
		}()
		r = r.WithContext(ctx)
		info.Outcome, info.HTTPStatus = c.notified(w, r, func(ctx context.Context, n *Notification) error {
			info.Op, info.PaymentRequestID = n.Kind.operation(), n.PaymentRequestID
			return fn(ctx, n)
		})
	})
}

// notified answers one notification.
func (c *Client) notified(
	w http.ResponseWriter, r *http.Request, fn func(context.Context, *Notification) error,
) (Outcome, int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return OutcomeRejected, reply(w, "method not allowed", http.StatusMethodNotAllowed)
	}
	control := http.NewResponseController(w)
	c.limitReading(control, r)
	n, body, err := c.receive(r)
	if err == nil || errors.Is(err, ErrMalformed) {
		_ = control.SetReadDeadline(time.Time{}) // the body is here, and fn may take its time
	} else {
		// Else net/http reads on without an end, to keep the connection.
		_ = control.SetReadDeadline(time.Now())
		w.Header().Set("Connection", "close")
	}
	var rejected *SignatureError
	switch {
	case errors.Is(err, errBusy):
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification not read, too many arrive at once",
			slog.String("path", r.URL.Path))
		w.Header().Set("Retry-After", "5")
		return OutcomeRejected, reply(w, "busy", http.StatusServiceUnavailable)
	case errors.As(err, &rejected):
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification rejected", append([]slog.Attr{
			slog.String("reason", rejected.Error()), slog.String("path", r.URL.Path),
			slog.Int64("content_length", r.ContentLength),
		}, c.logCause(r.Context(), r, body, rejected)...)...)
		status := http.StatusUnauthorized
		if rejected.Reason == ReasonTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return OutcomeRejected, reply(w, "not verified", status)
	case errors.Is(err, ErrMalformed):
		c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: verified notification has no clear meaning",
			slog.String("error", err.Error()))
	case err != nil: // the body did not arrive whole
		return OutcomeRejected, reply(w, "not readable", http.StatusBadRequest)
	default:
		if err = c.hand(r.Context(), fn, n); err != nil {
			c.log.LogAttrs(r.Context(), slog.LevelWarn,
				"tradepay: notification not stored, the wallet will send it again",
				slog.String("payment_request_id", n.PaymentRequestID), slog.String("error", err.Error()))
		}
	}
	return c.acknowledge(w, r, err)
}

// reply sends a status with a text for people.
func reply(w http.ResponseWriter, text string, status int) int {
	http.Error(w, text, status)
	return status
}

// notifyReadTime is how long the body of a notification may take to arrive.
const notifyReadTime = 10 * time.Second

// limitReading makes a body that stalls end. A server with a shorter limit keeps it.
func (c *Client) limitReading(control *http.ResponseController, r *http.Request) {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server != nil && 0 < server.ReadTimeout && server.ReadTimeout <= notifyReadTime {
		return
	}
	err := control.SetReadDeadline(time.Now().Add(notifyReadTime))
	isOpen := err != nil && server != nil && server.ReadTimeout == 0 // without a server, a test calls
	if isOpen && c.openEnded.CompareAndSwap(false, true) {
		c.log.LogAttrs(r.Context(), slog.LevelWarn,
			"tradepay: a body that stalls is never cut off: a middleware wraps the ResponseWriter in one without "+
				"Unwrap; give it one, or set ReadTimeout of http.Server",
			slog.String("error", err.Error()), slog.String("path", r.URL.Path))
	}
}

// punctual ends a body that arrives too slowly, also where nothing can end a Read.
type punctual struct {
	io.Reader
	now   func() time.Time
	until time.Time
}

var errSlow = errors.New("tradepay: the body takes too long")

func (p *punctual) Read(to []byte) (int, error) {
	n, err := p.Reader.Read(to)
	if err == nil && p.now().After(p.until) {
		err = errSlow
	}
	return n, err
}

// hand calls fn. It logs a panic but does not recover from it: the server decides
// what to do about one, and must see it whole.
func (c *Client) hand(ctx context.Context, fn func(context.Context, *Notification) error, n *Notification) error {
	returned := false
	defer func() {
		if !returned { // panicked, or ended its goroutine
			c.log.LogAttrs(ctx, slog.LevelError,
				"tradepay: the notification function did not return, the wallet will send the notification again",
				slog.String("kind", string(n.Kind)), slog.String("payment_request_id", n.PaymentRequestID),
				slog.String("stack", stack()))
		}
	}()
	err := fn(ctx, n)
	returned = true
	return err
}

// stack returns the functions and lines of the stack, for a deferred function. The
// runtime's own text of a stack also has arguments, which may be a payer's data.
func stack() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)]) // without this function and its caller
	var b strings.Builder
	for {
		frame, more := frames.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", frame.Function, frame.File, frame.Line)
		if !more {
			return b.String()
		}
	}
}

// acknowledge answers a verified notification: S if storing it ended without an
// error, else U.
func (c *Client) acknowledge(w http.ResponseWriter, r *http.Request, stored error) (Outcome, int) {
	ack, err := c.acknowledgement(r.Context(), c.notifyURI(r), stored)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: acknowledgement not signed",
			slog.String("error", err.Error()))
		return OutcomeUnknown, reply(w, "not signed", http.StatusInternalServerError)
	}
	for name, values := range ack.Header {
		w.Header()[name] = values
	}
	_, _ = w.Write(ack.Body)
	if stored != nil {
		return OutcomeUnknown, http.StatusOK
	}
	return OutcomeSuccess, http.StatusOK
}

// Acknowledgement is the signed answer to a notification. Send it with HTTP status
// 200.
type Acknowledgement struct {
	Header http.Header
	Body   []byte
}

// Acknowledge signs the answer to a notification that you verified with
// [Client.ParseNotification]. err is the error of storing the notification: if it
// is nil, the answer is S, else U. After a U the wallet sends the notification
// again. The answer does not hold the error. uri is that of ParseNotification.
// Response-Time has whole seconds: answers of one second at one URI are equal, and
// the client signs them once. A key service that takes a context, see
// [Config.PrivateKey], has Retry.AttemptTimeout for it.
// [Client.NotifyHandler] acknowledges by itself.
func (c *Client) Acknowledge(uri string, err error) (*Acknowledgement, error) {
	return c.acknowledgement(context.Background(), uri, err)
}

func (c *Client) acknowledgement(ctx context.Context, uri string, err error) (*Acknowledgement, error) {
	body := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
	if err != nil {
		body = []byte(`{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U",` +
			`"resultMessage":"not stored, send again"}}`)
	}
	m := wire.Message{Method: http.MethodPost, URI: uri, ClientID: c.clientID, Body: body, Answer: true}
	sealed, err := c.sealAcknowledgement(ctx, m)
	if err != nil {
		return nil, err
	}
	return &Acknowledgement{Body: body, Header: http.Header{
		"Client-Id":     {c.clientID},
		"Response-Time": {sealed.time},
		"Signature":     {sealed.signature},
		"Content-Type":  {"application/json; charset=UTF-8"},
	}}, nil
}

// VerifyNotification reads and verifies a notification. It consumes the body, which may
// take 10 seconds; one that stalls is for your server's ReadTimeout.
// Errors are those of [Client.ParseNotification], or of reading the body.
func (c *Client) VerifyNotification(r *http.Request) (*Notification, error) {
	n, _, err := c.receive(r)
	return n, err
}

// receive is VerifyNotification, but also returns the part of the body that it has
// read.
func (c *Client) receive(r *http.Request) (n *Notification, body []byte, err error) {
	if r.ContentLength > c.notifyLimit {
		return nil, nil, &SignatureError{Reason: ReasonTooLarge}
	}
	e, err := c.inspectNotification(r.Method, c.notifyURI(r), r.Header)
	if err != nil {
		return nil, nil, err
	}
	room := c.unverified.enter()
	defer room.leave()
	if r.Body != nil { // nil only in a request that no server made
		slow := &punctual{r.Body, c.now, c.now().Add(notifyReadTime)}
		body, err = room.read(slow, c.notifyLimit)
	}
	switch {
	case errors.Is(err, errBusy):
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("tradepay: reading the notification: %w", err)
	case int64(len(body)) > c.notifyLimit:
		return nil, body, &SignatureError{Reason: ReasonTooLarge}
	}
	n, err = c.openNotification(e, body)
	return n, body, err
}

// notifyURI is the URI that the wallet signed: that of the request line, with
// Config.NotifyPath as its path if that is set.
func (c *Client) notifyURI(r *http.Request) string {
	uri := r.RequestURI
	if uri == "" {
		uri = r.URL.RequestURI()
	}
	if c.notifyPath == "" {
		return uri
	}
	if _, query, ok := strings.Cut(uri, "?"); ok {
		return c.notifyPath + "?" + query
	}
	return c.notifyPath
}

// ParseNotification verifies a notification of which you have the parts, from a
// framework without *http.Request, a function runtime or a queue: the method, the
// URI, the headers in any case, and the raw body. Answer it with
// [Client.Acknowledge].
//
// uri is the path and query that the wallet signed, which are those of your notify
// URL. Do not pass the whole URL, nor a path that a proxy or a router rewrote. A
// body that changed on its way, even by a space, does not verify.
//
// A [SignatureError] means that you must believe nothing in the message; answer
// 401. [ErrMalformed] means that the wallet signed it, but its meaning is not
// clear, though it may be about a payment; acknowledge it as not stored, and inquire.
func (c *Client) ParseNotification(method, uri string, header http.Header, body []byte) (*Notification, error) {
	if len(body) > maxBody { // Config.NotificationLimit comes too late: the caller has it in memory
		return nil, &SignatureError{Reason: ReasonTooLarge}
	}
	e, err := c.inspectNotification(method, uri, header)
	if err != nil {
		return nil, err
	}
	return c.openNotification(e, body)
}

func (c *Client) inspectNotification(method, uri string, header http.Header) (*envelope, error) {
	if method == "" || !strings.HasPrefix(uri, "/") {
		return nil, &SignatureError{Reason: ReasonURI}
	}
	e, err := c.inspect(wire.Message{Method: method, URI: uri}, header, c.maxAge)
	if err != nil {
		return nil, err
	}
	// The wallet signs its answers with the URI of our request. Such an answer
	// would verify here if somebody sent it with the time in the other header.
	if path, _, _ := strings.Cut(uri, "?"); c.ownURIs[path] {
		return nil, e.reject(ReasonReplay, "")
	}
	return e, nil
}

func (c *Client) openNotification(e *envelope, body []byte) (*Notification, error) {
	if err := c.verify(e, body); err != nil {
		return nil, err
	}
	parsed, err := c.parse(wire.OpNotifyPayment, body)
	if err != nil {
		return nil, err
	}
	n, err := c.readNotification(parsed)
	if err != nil {
		return nil, err
	}
	n.Raw = append(json.RawMessage(nil), body...)
	return n, nil
}
