package tradepay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// NotificationKind says what a notification is about.
type NotificationKind string

// The kinds of notifications.
const (
	NotificationPayment    NotificationKind = "payment"     // a payment came to its end
	NotificationVoid       NotificationKind = "void"        // an authorized amount was released
	NotificationCashierURL NotificationKind = "cashier_url" // the payment URL of an order, sent late
	NotificationOther      NotificationKind = "other"       // verified, but about a refund, capture, cancel or dispute: read Raw, or inquire
)

// Notification is what the wallet told the merchant, verified.
type Notification struct {
	Kind             NotificationKind  `json:"kind,omitzero"`
	PaymentRequestID string            `json:"paymentRequestId,omitzero"`
	PaymentID        string            `json:"paymentId,omitzero"`
	Amount           Amount            `json:"amount,omitzero"`        // of the payment, or of the void
	Status           PaymentStatus     `json:"status,omitzero"`        // of the payment; empty for other kinds
	Result           Result            `json:"result,omitzero"`        // with v2 wallets, the outcome in their words
	FailReason       string            `json:"failReason,omitzero"`    // the wallet's word when Status is FAIL
	PaidAt           time.Time         `json:"paidAt,omitzero"`        // when it was paid or authorized, in UTC; otherwise zero
	PaymentURL       string            `json:"paymentUrl,omitzero"`    // of a cashier URL notification
	VoidRequestID    string            `json:"voidRequestId,omitzero"` // of a void notification
	VoidID           string            `json:"voidId,omitzero"`        // of a void notification
	VoidStatus       TransactionStatus `json:"voidStatus,omitzero"`    // of a void notification
	Transactions     []Transaction     `json:"transactions,omitzero"`  // of a payment, if the wallet sent them
	Raw              []byte            `json:"raw,omitempty"`
}

// CheckPaid returns nil only if this is a notification of a payment, about the
// order you mean, paid, and over the amount you want: what to ask before you
// ship. Errors are those of Check, [ErrNotPaid] or, where Transactions say
// that less than that stays, [ErrRefunded]. Most wallets send none: what was
// given back since the notification was written, only an inquiry tells.
func (n *Notification) CheckPaid(paymentRequestID string, want Amount) error {
	return checkPaid(n.Check(paymentRequestID, want), n.Status, n.Amount, n.Transactions)
}

// Check checks that a payment notification is about the order you mean and
// the amount you want: the guard against paying one cent. It does not look at
// Status: [Notification.CheckPaid] does. Errors match [ErrReferenceMismatch], [ErrAmountMismatch],
// [ErrInvalidAmount] or, for another kind of notification, [ErrMalformed].
func (n *Notification) Check(paymentRequestID string, want Amount) error {
	if n.Kind != NotificationPayment {
		return fmt.Errorf("%w: a %s notification says nothing about a payment's amount", ErrMalformed, n.Kind)
	}
	return matches(n.PaymentRequestID, n.Amount, paymentRequestID, want)
}

// NotifyHandler receives the wallet's notifications. It verifies each one,
// calls fn and answers with a signed acknowledgement: S if fn returned nil,
// otherwise U, after which the wallet sends the notification again. Return nil
// only once the notification is safely stored.
//
// Duplicates and reordering are normal, and calls run concurrently: fn must
// recognise what it has seen by PaymentRequestID and Status, must not let a
// late PROCESSING undo a final status, and must ask [Notification.CheckPaid]
// before anything is shipped. It also gets the other kinds; look at Kind.
// Cancelled, expired and authorized payments are not notified. What is refused
// or not stored is reported to the logger; see [Config.Logger].
// [Client.DiagnoseNotification] finds out why one was refused.
//
// A panic of fn is logged with the notification's kind and PaymentRequestID and
// the stack, but without the panic's value, which may hold anything. It then
// goes on to the server, which ends the connection, and the wallet sends the
// notification again.
//
// What cannot be verified is answered 401 and never reaches fn; other methods
// than POST 405; bodies over 64 KiB 413, see [Config.NotificationLimit]. The body
// must arrive within 10 seconds and is not read before the headers were
// checked. Where 32 to 64 MiB of bodies are not verified yet, a further one is
// answered 503, and the wallet sends it again. Nothing before this handler
// may consume or change the body or the request's URI; see [Config.NotifyPath]
// for proxies that do the latter.
//
// A nil fn panics.
func (c *Client) NotifyHandler(fn func(context.Context, *Notification) error) http.Handler {
	if fn == nil {
		panic("tradepay: NotifyHandler: nil function")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, began := r.Context(), time.Now()
		info := CallInfo{Op: wire.OpNotifyPayment, Outcome: OutcomeUnknown}
		defer func() { // if fn panics, too
			info.Duration = time.Since(began)
			c.observed(ctx, info)
		}()
		info.Outcome, info.HTTPStatus = c.notified(w, r, fn)
	})
}

// notified answers one notification.
func (c *Client) notified(w http.ResponseWriter, r *http.Request, fn func(context.Context, *Notification) error) (Outcome, int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return OutcomeRejected, reply(w, "method not allowed", http.StatusMethodNotAllowed)
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(notifyReadTime)) // where the server has none
	n, body, err := c.receive(r)
	if err == nil || errors.Is(err, ErrMalformed) {
		_ = control.SetReadDeadline(time.Time{}) // the body is here, and fn may take its time
	} else {
		// net/http would read on, without an end, to keep the connection.
		_ = control.SetReadDeadline(time.Now())
		w.Header().Set("Connection", "close")
	}
	var refused *SignatureError
	switch {
	case errors.Is(err, errBusy):
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification not read, too many arrive at once", slog.String("path", r.URL.Path))
		w.Header().Set("Retry-After", "5")
		return OutcomeRejected, reply(w, "busy", http.StatusServiceUnavailable)
	case errors.As(err, &refused):
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification refused", append([]slog.Attr{
			slog.String("reason", refused.Error()), slog.String("path", r.URL.Path), slog.Int64("content_length", r.ContentLength),
		}, c.logCause(r.Context(), r, body, refused)...)...)
		status := http.StatusUnauthorized
		if refused.Reason == ReasonTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return OutcomeRejected, reply(w, "not verified", status)
	case errors.Is(err, ErrMalformed):
		c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: verified notification cannot be read", slog.String("error", err.Error()))
	case err != nil: // the body did not arrive whole
		return OutcomeRejected, reply(w, "not readable", http.StatusBadRequest)
	default:
		if err = c.hand(r.Context(), fn, n); err != nil {
			c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification not stored, the wallet will send it again",
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

// hand calls fn. A panic is not recovered from, only noted: what is done about
// one is the server's, which must see it whole.
func (c *Client) hand(ctx context.Context, fn func(context.Context, *Notification) error, n *Notification) error {
	returned := false
	defer func() {
		if !returned { // panicked, or ended its goroutine
			c.log.LogAttrs(ctx, slog.LevelError, "tradepay: the notification function did not return, the wallet will send the notification again",
				slog.String("kind", string(n.Kind)), slog.String("payment_request_id", n.PaymentRequestID), slog.String("stack", stack()))
		}
	}()
	err := fn(ctx, n)
	returned = true
	return err
}

// stack returns where a deferred function is called from: functions and lines.
// The runtime's own text of a stack has their arguments, too, which may be a
// payer's.
func stack() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)]) // not this, nor who asks
	var b strings.Builder
	for {
		frame, more := frames.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", frame.Function, frame.File, frame.Line)
		if !more {
			return b.String()
		}
	}
}

// acknowledge answers a verified notification: with S if it was stored.
func (c *Client) acknowledge(w http.ResponseWriter, r *http.Request, stored error) (Outcome, int) {
	ack, err := c.Acknowledge(c.notifyURI(r), stored)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: acknowledgement not signed", slog.String("error", err.Error()))
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

// Acknowledgement is the signed answer to a notification, to be sent with HTTP
// status 200.
type Acknowledgement struct {
	Header http.Header
	Body   []byte
}

// Acknowledge makes the answer to a notification that was taken in with
// [Client.ParseNotification]: S if err, of storing it, is nil, otherwise U, after
// which the wallet sends it again. The error itself is not sent. uri is the one given to ParseNotification.
// [Client.NotifyHandler] does this by itself.
func (c *Client) Acknowledge(uri string, err error) (*Acknowledgement, error) {
	body := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
	if err != nil {
		body = []byte(`{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U","resultMessage":"not stored, send again"}}`)
	}
	sealed, err := c.seal(wire.Message{Method: http.MethodPost, URI: uri, ClientID: c.clientID, Body: body, Answer: true})
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

// VerifyNotification reads and verifies a notification. It consumes the body.
// Errors are those of [Client.ParseNotification], or of reading the body.
func (c *Client) VerifyNotification(r *http.Request) (*Notification, error) {
	n, _, err := c.receive(r)
	return n, err
}

// receive is VerifyNotification, and returns the body as far as it was read.
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
	if r.Body != nil { // as it is in a request made by hand, not by a server
		body, err = room.read(r.Body, c.notifyLimit)
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

// notifyURI is the URI that the wallet signed: as the request line has it, or
// with the public path in its place.
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

// ParseNotification verifies a notification that came in parts, from a
// framework without *http.Request, a function runtime or a queue: the method,
// the URI with its query as the wallet knows it, the headers in any case, and
// the raw body. Answer it with [Client.Acknowledge].
//
// uri is the path and query that the wallet signed, those of the notify URL
// that it was given: not the whole URL, nor a path that a proxy or a router
// rewrote. Changes of the body on the way here, even of a space, make it
// unverifiable.
//
// A [SignatureError] means that nothing of it may be believed; answer 401.
// [ErrMalformed] means that the wallet did sign it but it has no clear
// meaning; acknowledge it as not stored and inquire.
func (c *Client) ParseNotification(method, uri string, header http.Header, body []byte) (*Notification, error) {
	if len(body) > maxBody { // it is in memory already, which is the caller's to limit
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
	// The wallet signs its answers over the URI of our request: one of them,
	// sent here with another header name, would verify.
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

// readNotification tells the kinds apart by their members, since all of them
// may come to one URL. What is not clearly a payment is not read as one.
func (c *Client) readNotification(body strictjson.Object) (*Notification, error) {
	r := reader{from: body}
	n := &Notification{
		PaymentRequestID: r.text("paymentRequestId"),
		PaymentID:        r.text("paymentId"),
		PaidAt:           r.time("paymentTime"),
		FailReason:       r.text("paymentFailReason", "failureReason"),
		VoidRequestID:    r.text("voidRequestId"),
		VoidID:           r.text("voidId"),
	}
	var void, other bool
	for name, value := range body {
		void = void || value != nil && strings.HasPrefix(strings.ToLower(name), "void") && name != "voidNotifyUrl"
		other = other || value != nil && ofAnotherKind(name)
	}
	outcome := c.readOutcome(&r, n, void)
	url := r.text("redirectUrl", "redirectionUrl", "paymentUrl", "cashierUrl", "normalUrl")
	action := body["actionForm"] != nil || body["redirectActionForm"] != nil || r.text("tradeNO", "tradeNo", "orderCode") != ""
	switch {
	case action || url != "" && (outcome != "" || void || other):
		r.keep(errors.New("a way to pay beside an outcome is no notification"))
	case other:
		n.Kind, n.FailReason = NotificationOther, ""
	case void:
		n.Kind, n.Amount, n.VoidStatus = NotificationVoid, r.amount("voidAmount"), outcome.transaction()
		if outcome == "" {
			r.keep(errors.New("the void has no outcome"))
		}
	case url != "":
		n.Kind, n.PaymentURL = NotificationCashierURL, url
	default:
		n.Kind, n.Amount, n.Status = NotificationPayment, r.amount("paymentAmount"), outcome
		n.Transactions = c.transactions(&r)
		switch word := r.text("notifyType"); {
		case body["notifyType"] != nil && !aboutPayment(word, outcome):
			r.keep(fmt.Errorf("notifyType %s is not that of this payment", redact.Word(word)))
		case outcome == "":
			r.keep(errors.New("the payment has no outcome"))
		case n.Amount.IsZero():
			r.keep(errors.New(`member "paymentAmount" is missing`))
		case outcome == StatusSuccess && n.FailReason != "":
			r.keep(errFailReason)
		case outcome == StatusSuccess && body["paymentStatus"] == nil && r.text("authExpiryTime") != "":
			n.Status = StatusAuthorized // as in the answer to a pay: reserved, not paid
		}
	}
	if n.Status != StatusSuccess && n.Status != StatusAuthorized {
		n.PaidAt = time.Time{}
	}
	if n.PaymentRequestID == "" && n.PaymentID == "" {
		r.keep(errors.New("there is no payment id"))
	}
	if r.err != nil {
		return nil, r.err
	}
	return n, nil
}

// ofAnotherKind reports whether a member is one of a message about what is done
// to a payment later, which has the payment's own members, too.
func ofAnotherKind(member string) bool {
	member = strings.ToLower(member)
	for _, word := range []string{"refund", "capture", "cancel", "dispute", "chargeback", "reversal"} {
		if strings.HasPrefix(member, word) {
			return true
		}
	}
	return false
}

// aboutPayment reports whether a notifyType goes with this outcome of a
// payment. Types that nobody documents may be about anything.
func aboutPayment(notifyType string, outcome PaymentStatus) bool {
	switch notifyType {
	case "PAYMENT", "PAYMENT_RESULT":
		return true
	case "PAYMENT_PENDING":
		return outcome == StatusProcessing
	}
	return false
}

// readOutcome reads how a payment or void ended: v1 says it in a status, v2 in
// a result of its own, Antom in a flat one. Where several speak they must agree.
func (c *Client) readOutcome(r *reader, n *Notification, void bool) PaymentStatus {
	words, results := []string{"paymentStatus"}, []string{"paymentResult", "result"}
	if void {
		words, results = []string{"voidStatus"}, []string{"voidResult", "result", "paymentResult"}
	}
	var outcome PaymentStatus
	for _, name := range words {
		if r.from[name] == nil {
			continue
		}
		word := r.text(name)
		status, ok := paymentStatus(&c.wallet.Words, word)
		if !ok {
			r.keep(fmt.Errorf("%s %s has no known meaning", name, redact.Word(word)))
		}
		outcome = status
	}
	for _, name := range results {
		member := r.object(name)
		if member == nil {
			continue
		}
		result, err := c.result(member)
		r.keep(err)
		told := map[ResultStatus]PaymentStatus{ResultSuccess: StatusSuccess, ResultFailed: StatusFailed}[result.Status]
		if told == "" {
			told = StatusProcessing
		}
		if outcome != "" && !outcome.agrees(told) {
			r.keep(fmt.Errorf("%s contradicts %s", name, outcome))
		}
		if outcome == "" {
			outcome = told
		}
		if n.Result == (Result{}) {
			n.Result = result
		}
	}
	return outcome
}

// errFailReason says that a success comes with the reason for a failure.
var errFailReason = fmt.Errorf("%w: a success with a reason for its failure", ErrMalformed)

// agrees reports whether a verdict tells the same as the status.
func (s PaymentStatus) agrees(told PaymentStatus) bool {
	return s == told || s == StatusAuthorized && told == StatusSuccess || s == StatusCancelled && told == StatusFailed
}

// transaction is the status of a void in the words of one.
func (s PaymentStatus) transaction() TransactionStatus {
	switch s {
	case StatusSuccess:
		return TransactionSuccess
	case StatusFailed, StatusCancelled:
		return TransactionFailed
	}
	return TransactionProcessing
}
