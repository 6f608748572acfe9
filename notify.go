package tradepay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// NotificationKind says what a notification is about.
type NotificationKind string

// The kinds of notifications.
const (
	NotificationPayment    NotificationKind = "payment"     // a payment came to its end
	NotificationVoid       NotificationKind = "void"        // an authorized amount was released
	NotificationCashierURL NotificationKind = "cashier_url" // the payment URL of an order, sent late
)

// Notification is what the wallet told the merchant, verified.
type Notification struct {
	Kind             NotificationKind
	PaymentRequestID string
	PaymentID        string
	Amount           Amount        // of the payment, or of the void
	Status           PaymentStatus // of the payment; empty for other kinds
	Result           Result        // with v2 wallets, the outcome in their words
	FailReason       string        // the wallet's word when Status is FAIL
	PaidAt           time.Time
	PaymentURL       string // of a cashier URL notification
	VoidRequestID    string // of a void notification
	VoidID           string // of a void notification
	Raw              json.RawMessage
}

// Matches checks that a payment notification is about the order you mean and
// the amount you want: the guard against paying one cent. It does not look at
// Status. Errors match [ErrReferenceMismatch], [ErrAmountMismatch],
// [ErrInvalidAmount] or, for another kind of notification, [ErrMalformed].
func (n *Notification) Matches(paymentRequestID string, want Amount) error {
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
// recognise what it has seen by PaymentRequestID and Status, and compare with
// [Notification.Matches] before it believes the amount.
//
// What cannot be verified is answered 401 and never reaches fn; other methods
// than POST 405; bodies over 1 MiB 413.
func (c *Client) NotifyHandler(fn func(context.Context, *Notification) error) http.Handler {
	if fn == nil {
		panic("tradepay: NotifyHandler: nil function")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		n, err := c.VerifyNotification(r)
		var refused *SignatureError
		switch {
		case errors.As(err, &refused):
			c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification refused", slog.String("reason", refused.Error()))
			status := http.StatusUnauthorized
			if refused.Reason == ReasonTooLarge {
				status = http.StatusRequestEntityTooLarge
			}
			http.Error(w, "not verified", status)
			return
		case errors.Is(err, ErrMalformed):
			c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: verified notification cannot be read", slog.String("error", err.Error()))
		case err != nil: // the body did not arrive whole
			http.Error(w, "not readable", http.StatusBadRequest)
			return
		default:
			if err = fn(r.Context(), n); err != nil {
				c.log.LogAttrs(r.Context(), slog.LevelWarn, "tradepay: notification not stored, the wallet will send it again",
					slog.String("payment_request_id", n.PaymentRequestID))
			}
		}
		c.acknowledge(w, r, err == nil)
	})
}

// acknowledge answers a verified notification.
func (c *Client) acknowledge(w http.ResponseWriter, r *http.Request, stored bool) {
	ack, err := c.Acknowledge(c.notifyURI(r), stored)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelError, "tradepay: acknowledgement not signed", slog.String("error", err.Error()))
		http.Error(w, "not signed", http.StatusInternalServerError)
		return
	}
	for name, values := range ack.Header {
		w.Header()[name] = values
	}
	_, _ = w.Write(ack.Body)
}

// Acknowledgement is the signed answer to a notification, to be sent with HTTP
// status 200.
type Acknowledgement struct {
	Header http.Header
	Body   []byte
}

// Acknowledge makes the answer to a notification that was taken in with
// [Client.ParseNotification]: S if it was stored, otherwise U, after which the
// wallet sends it again. uri is the one given to ParseNotification.
// [Client.NotifyHandler] does this by itself.
func (c *Client) Acknowledge(uri string, stored bool) (*Acknowledgement, error) {
	body := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
	if !stored {
		body = []byte(`{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U","resultMessage":"not stored, send again"}}`)
	}
	sealed, err := c.seal(Message{Method: http.MethodPost, URI: uri, ClientID: c.clientID, Body: body})
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
	if r.ContentLength > maxBody {
		return nil, &SignatureError{Reason: ReasonTooLarge}
	}
	if r.Body == nil { // a request made by hand, not by a server
		return c.ParseNotification(r.Method, c.notifyURI(r), r.Header, nil)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("tradepay: reading the notification: %w", err)
	}
	return c.ParseNotification(r.Method, c.notifyURI(r), r.Header, body)
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
// A [SignatureError] means that nothing of it may be believed; answer 401.
// [ErrMalformed] means that the wallet did sign it but it has no clear
// meaning; acknowledge it as not stored and inquire.
func (c *Client) ParseNotification(method, uri string, header http.Header, body []byte) (*Notification, error) {
	m := Message{Method: method, URI: uri, Body: body}
	if _, err := c.verify(m, header, "Request-Time", c.maxAge); err != nil {
		return nil, err
	}
	parsed, err := c.parse(OpNotifyPayment, body)
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

func (c *Client) readNotification(body strictjson.Object) (*Notification, error) {
	r := reader{from: body}
	n := &Notification{
		PaymentRequestID: r.text("paymentRequestId"),
		PaymentID:        r.text("paymentId"),
		PaidAt:           r.time("paymentTime"),
		FailReason:       r.text("paymentFailReason"),
	}
	word, outcome := r.text("paymentStatus"), r.object("paymentResult")
	if outcome == nil {
		outcome = r.object("result") // Antom's flat notification
	}
	url := r.text("redirectUrl", "redirectionUrl", "paymentUrl", "cashierUrl")
	switch n.VoidRequestID, n.VoidID = r.text("voidRequestId"), r.text("voidId"); {
	case n.VoidRequestID != "" || n.VoidID != "":
		n.Kind, n.Amount = NotificationVoid, r.amount("voidAmount")
	case url != "" && word == "" && outcome == nil:
		n.Kind, n.PaymentURL = NotificationCashierURL, url
	default:
		n.Kind, n.Amount = NotificationPayment, r.amount("paymentAmount")
		r.keep(c.readOutcome(n, word, outcome))
		if n.Amount == (Amount{}) {
			r.keep(errors.New(`member "paymentAmount" is missing`))
		}
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case outcome != nil && n.Kind != NotificationPayment:
		result, err := c.result(outcome)
		if err != nil {
			return nil, err
		}
		n.Result = result
	case n.PaymentRequestID == "" && n.PaymentID == "":
		return nil, malformedMember("paymentRequestId", nil)
	}
	return n, nil
}

// readOutcome reads how a payment ended: v1 says it in paymentStatus, v2 in
// paymentResult. Where both speak they must agree.
func (c *Client) readOutcome(n *Notification, word string, outcome strictjson.Object) error {
	if word == "" && outcome == nil {
		return malformedMember("paymentStatus", nil)
	}
	if word != "" {
		status, ok := c.wallet.paymentStatus(word)
		if !ok {
			return fmt.Errorf("paymentStatus %s has no known meaning", printable(word))
		}
		n.Status = status
	}
	if outcome == nil {
		return nil
	}
	var err error
	if n.Result, err = c.result(outcome); err != nil {
		return err
	}
	told := StatusProcessing
	switch n.Result.Status {
	case ResultSuccess:
		told = StatusSuccess
	case ResultFailed:
		told = StatusFail
	}
	switch {
	case n.Status == "":
		n.Status = told
	case n.Status == told, // the same
		n.Status == StatusAuthorized && told == StatusSuccess,
		n.Status == StatusCancelled && told == StatusFail:
	default:
		return fmt.Errorf("paymentStatus %s contradicts resultStatus %s", n.Status, n.Result.Status)
	}
	return nil
}
