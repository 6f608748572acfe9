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
	NotificationPayment    NotificationKind = "payment"     // how a payment ended, or that it is in process
	NotificationVoid       NotificationKind = "void"        // the release of an authorized amount
	NotificationCashierURL NotificationKind = "cashier_url" // the payment URL of an order, sent late
	// NotificationOther is verified, but about a refund, capture, cancel or
	// dispute: read Raw, or inquire.
	NotificationOther NotificationKind = "other"
)

// Notification is a verified message that the wallet sent to the merchant.
type Notification struct {
	Kind             NotificationKind  `json:"kind,omitzero"`
	PaymentRequestID string            `json:"paymentRequestId,omitzero"`
	PaymentID        string            `json:"paymentId,omitzero"`
	Amount           Amount            `json:"amount,omitzero"`        // of the payment, or of the void
	Status           PaymentStatus     `json:"status,omitzero"`        // of the payment; empty for other kinds
	Result           Result            `json:"result,omitzero"`        // of v2 wallets: the outcome in their words
	FailReason       string            `json:"failReason,omitzero"`    // the wallet's word if Status is FAIL
	PaidAt           time.Time         `json:"paidAt,omitzero"`        // of the payment or authorization, in UTC
	PaymentURL       string            `json:"paymentUrl,omitzero"`    // of a cashier URL notification
	VoidRequestID    string            `json:"voidRequestId,omitzero"` // of a void notification
	VoidID           string            `json:"voidId,omitzero"`        // of a void notification
	VoidStatus       TransactionStatus `json:"voidStatus,omitzero"`    // of a void notification
	Transactions     []Transaction     `json:"transactions,omitzero"`  // of a payment, if the wallet sends them
	Raw              []byte            `json:"raw,omitempty"`
}

// CheckPaid returns nil only if the notification says that your order is paid, and
// over the amount that you want. Call it before you ship. Errors are those of
// Check, [ErrNotPaid] or, if the Transactions say that the merchant keeps less than
// that amount, [ErrRefunded]. Most wallets send no Transactions, and none can tell
// what is given back after the notification: for that, inquire.
func (n *Notification) CheckPaid(paymentRequestID string, want Amount) error {
	return checkPaid(n.Check(paymentRequestID, want), n.Status, n.Amount, n.Transactions)
}

// Check returns nil only if a payment notification is about your order, and over
// the amount that you want: so nobody gets your goods for one cent. It does not
// look at Status: [Notification.CheckPaid] does. Errors match
// [ErrReferenceMismatch], [ErrAmountMismatch], [ErrInvalidAmount] or, for another
// kind of notification, [ErrMalformed].
func (n *Notification) Check(paymentRequestID string, want Amount) error {
	if n.Kind != NotificationPayment {
		return fmt.Errorf("%w: a %s notification says nothing about a payment's amount", ErrMalformed, n.Kind)
	}
	return matches(n.PaymentRequestID, n.Amount, paymentRequestID, want)
}

// NotifyHandler receives the wallet's notifications. It verifies each one, calls fn
// and answers with a signed acknowledgement: S if fn returns nil, else U. After a U
// the wallet sends the notification again. Store the notification before you return
// nil.
//
// Wallets send duplicates, and in any order, and calls of fn run concurrently. So
// fn must recognise a duplicate by its PaymentRequestID and Status, must not let a
// late PROCESSING replace a final status, and must call [Notification.CheckPaid]
// before you ship anything. It also gets the other kinds; look at Kind. Wallets do
// not notify payments that are cancelled, expired or authorized. The client logs
// the notifications that it rejects and those that fn does not store, see
// [Config.Logger]. [Client.DiagnoseNotification] finds out why it rejects one.
//
// If fn panics, the client logs the notification's kind and PaymentRequestID and
// the stack, but not the panic's value, which may hold anything. The panic then
// goes on to the server, which ends the connection, and the wallet sends the
// notification again.
//
// The handler answers 401 to what it cannot verify, 405 to methods other than POST,
// and 413 to bodies over 64 KiB, see [Config.NotificationLimit]; none of these
// reaches fn. It checks the headers before it reads the body, which must arrive
// within 10 seconds. While the client holds 32 to 64 MiB of bodies that are not
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
		ctx, began := r.Context(), time.Now()
		info := CallInfo{Op: wire.OpNotifyPayment, Outcome: OutcomeUnknown}
		defer func() { // also if fn panics
			info.Duration = time.Since(began)
			c.observed(ctx, info)
		}()
		info.Outcome, info.HTTPStatus = c.notified(w, r, fn)
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
	_ = control.SetReadDeadline(time.Now().Add(notifyReadTime)) // the server may have none
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
	ack, err := c.Acknowledge(c.notifyURI(r), stored)
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
// the client signs them once.
// [Client.NotifyHandler] acknowledges by itself.
func (c *Client) Acknowledge(uri string, err error) (*Acknowledgement, error) {
	body := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
	if err != nil {
		body = []byte(`{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U",` +
			`"resultMessage":"not stored, send again"}}`)
	}
	m := wire.Message{Method: http.MethodPost, URI: uri, ClientID: c.clientID, Body: body, Answer: true}
	sealed, err := c.sealAcknowledgement(m)
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
// clear; acknowledge it as not stored, and inquire.
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

// readNotification tells the kinds apart by their members, since all of them may
// come to one URL. It does not treat an ambiguous message as a payment.
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
		if value == nil {
			continue
		}
		ofVoid := strings.HasPrefix(strings.ToLower(name), "void") && name != "voidNotifyUrl"
		void = void || ofVoid
		other = other || ofAnotherKind(name)
	}
	words, results := []string{"paymentStatus"}, []string{"paymentResult", "result"}
	if void {
		words, results = []string{"voidStatus"}, []string{"voidResult", "result", "paymentResult"}
	}
	outcome := c.readOutcome(&r, n, words, results)
	url := r.text("redirectUrl", "redirectionUrl", "paymentUrl", "cashierUrl", "normalUrl")
	hasForm := body["actionForm"] != nil || body["redirectActionForm"] != nil
	isAnswerToPay := hasForm || r.text("tradeNO", "tradeNo", "orderCode") != ""
	saysMoreThanURL := outcome != "" || void || other
	switch {
	case isAnswerToPay:
		r.keep(errors.New("a form, trade number or code to pay with is no notification"))
	case url != "" && saysMoreThanURL:
		r.keep(errors.New("a payment URL beside an outcome is no notification"))
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
		word := r.text("notifyType")
		otherType := body["notifyType"] != nil && !aboutPayment(word, outcome)
		isReserved := func() bool { return body["paymentStatus"] == nil && r.text("authExpiryTime") != "" }
		switch {
		case otherType:
			r.keep(fmt.Errorf("notifyType %s does not fit this payment", redact.Word(word)))
		case outcome == "":
			r.keep(errors.New("the payment has no outcome"))
		case n.Amount.IsZero():
			r.keep(errors.New(`member "paymentAmount" is missing`))
		case outcome == StatusSuccess && n.FailReason != "":
			r.keep(errFailReason)
		case outcome == StatusSuccess && isReserved():
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

// ofAnotherKind reports whether a member belongs to a message about what happens to
// a payment later, such as a refund. Such a message also has the payment's members.
func ofAnotherKind(member string) bool {
	member = strings.ToLower(member)
	for _, word := range []string{"refund", "capture", "cancel", "dispute", "chargeback", "reversal"} {
		if strings.HasPrefix(member, word) {
			return true
		}
	}
	return false
}

// aboutPayment reports whether a notifyType fits this outcome of a payment. A type
// that no document has may be about anything, and fits none.
func aboutPayment(notifyType string, outcome PaymentStatus) bool {
	switch notifyType {
	case "PAYMENT", "PAYMENT_RESULT":
		return true
	case "PAYMENT_PENDING":
		return outcome == StatusProcessing
	}
	return false
}

// readOutcome reads how a payment or void ended, from the members with a status
// (words) and those with a result: v1 wallets send a status, v2 wallets a result of
// their own, and Antom a flat one. If a message has several, they must agree.
func (c *Client) readOutcome(r *reader, n *Notification, words, results []string) PaymentStatus {
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
		told := result.Status.payment()
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

// payment is what a verdict in a notification means for the payment. All but S and
// F leave it open.
func (s ResultStatus) payment() PaymentStatus {
	switch s {
	case ResultSuccess:
		return StatusSuccess
	case ResultFailed:
		return StatusFailed
	}
	return StatusProcessing
}

// agrees reports whether a verdict says the same as the status: S fits a payment
// that is reserved, too, and F one that is cancelled.
func (s PaymentStatus) agrees(told PaymentStatus) bool {
	switch s {
	case StatusAuthorized:
		return told == StatusSuccess
	case StatusCancelled:
		return told == StatusFailed
	}
	return told == s
}

// transaction is the status of a void that ended like this.
func (s PaymentStatus) transaction() TransactionStatus {
	switch s {
	case StatusSuccess:
		return TransactionSuccess
	case StatusFailed, StatusCancelled:
		return TransactionFailed
	}
	return TransactionProcessing
}
