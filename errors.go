package tradepay

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/wire"
)

// Sentinels to match with [errors.Is]. The structs [APIError],
// [SignatureError] and [FieldError] carry the details.
var (
	// ErrOutcomeUnknown: no verified, definite answer came. The operation may
	// have happened. Never treat it as failed: inquire with the references in
	// the [APIError], or repeat the call with the same id. Where the wallet
	// refuses repetitions (wire.Quirks.RefusesRepeats), inquire instead.
	ErrOutcomeUnknown = errors.New("tradepay: outcome unknown")
	// ErrRejected: the wallet answered F in a verified response. It is final
	// for this id; a new attempt needs a new id and a decision.
	ErrRejected = errors.New("tradepay: rejected by the wallet")
	// ErrUnauthorized: the wallet refused the caller in a verified response: its
	// key, its client id or its access. That says nothing about the payment.
	// Mend the configuration and repeat the call with the same id. The Hint of
	// the [APIError] says what to compare; [doctor.Diagnose] examines a request that
	// other code has signed.
	ErrUnauthorized = errors.New("tradepay: caller refused by the wallet")
	// ErrSignature: a message could not be verified, so nothing in it was
	// believed. The [SignatureError] says why.
	ErrSignature = wire.ErrSignature
	// ErrOrderNotFound: the wallet does not know the order or refund (yet:
	// after a lost call the original may still be on its way).
	ErrOrderNotFound = errors.New("tradepay: order not found")
	// ErrIdempotencyMismatch: the id was used before with other content. The
	// earlier order stands; it is not known to have failed.
	ErrIdempotencyMismatch = errors.New("tradepay: id already used with other content")
	// ErrAmountMismatch: the amount or currency is not the expected one.
	ErrAmountMismatch = errors.New("tradepay: amount mismatch")
	// ErrNotPaid: the payment is not, or not yet, paid.
	ErrNotPaid = errors.New("tradepay: not paid")
	// ErrRefunded: the payment is SUCCESS, but refunds, voids or the capture of
	// a part leave less than its amount. Do not ship; [Order.NetAmount] says
	// what stays.
	ErrRefunded = errors.New("tradepay: paid, but given back or captured in part")
	// ErrReferenceMismatch: the message speaks of another order or refund.
	ErrReferenceMismatch = errors.New("tradepay: message is about another reference")
	// ErrMalformed: a verified message does not hold what the protocol
	// demands, so its meaning is unknown.
	ErrMalformed = errors.New("tradepay: malformed message")
	// ErrNotSupported: the wallet has no such operation.
	ErrNotSupported error = notSupported{}
	// ErrInvalidConfig: a field of [Config] or of its profile is wrong.
	ErrInvalidConfig = errors.New("tradepay: invalid configuration")
	// ErrInvalidRequest: a field of a request is wrong; this call sent nothing.
	// That says nothing about earlier calls with the same id.
	ErrInvalidRequest = errors.New("tradepay: invalid request")
	// ErrInvalidAmount: an amount is not positive, does not fit its currency,
	// has no known currency or cannot be read; or two amounts have different
	// currencies.
	ErrInvalidAmount = errors.New("tradepay: invalid amount")
	// ErrInvalidKey: a key cannot be used.
	ErrInvalidKey = wire.ErrInvalidKey
)

// FieldError says which input is wrong, by which rule, and what to do. It
// matches one of [ErrInvalidConfig], [ErrInvalidRequest], [ErrInvalidAmount]
// and [ErrInvalidKey]. It never holds a secret or the value of a field.
type FieldError = wire.FieldError

// notSupported is the type of ErrNotSupported, which matches errors.ErrUnsupported,
// too.
type notSupported struct{}

func (notSupported) Error() string { return "tradepay: not supported by this wallet" }

func (notSupported) Is(target error) bool { return target == errors.ErrUnsupported }

// kinds is an error of two kinds: one for the call, one for the part of it.
type kinds struct{ call, part error }

func (k kinds) Error() string   { return k.call.Error() }
func (k kinds) Unwrap() []error { return []error{k.call, k.part} }

// within makes the error about a key or an amount one about the call, too.
func within(call, err error) error {
	var field *FieldError
	if !errors.As(err, &field) {
		return err
	}
	outer := *field
	outer.Err = kinds{call, field.Err}
	return &outer
}

func invalidConfig(field, rule, remedy string) error {
	return &FieldError{Field: field, Rule: rule, Remedy: remedy, Err: ErrInvalidConfig}
}

func invalidRequest(field, rule, remedy string) error {
	return &FieldError{Field: field, Rule: rule, Remedy: remedy, Err: ErrInvalidRequest}
}

// ResultStatus is the verdict of a response.
type ResultStatus string

// The four verdicts. A wallet's status that is none of them counts as U.
const (
	ResultSuccess  ResultStatus = "S" // done
	ResultAccepted ResultStatus = "A" // accepted; the payer must act
	ResultUnknown  ResultStatus = "U" // it may have happened
	ResultFailed   ResultStatus = "F" // failed, finally for this id
)

// Result is the verdict of a response with the wallet's own code and message.
// Codes that are not in the protocol are passed on as they came.
type Result struct {
	Status  ResultStatus `json:"resultStatus"`
	Code    string       `json:"resultCode"`
	Message string       `json:"resultMessage"`
}

// APIError reports a call to the wallet that did not end well. Match
// [ErrOutcomeUnknown], [ErrRejected], [ErrUnauthorized], [ErrOrderNotFound],
// [ErrIdempotencyMismatch] or [ErrSignature] to decide, and read the fields to
// act or to log. Its text holds no body, no secret and no payer's data. With
// the codes PARAM_ILLEGAL and INVALID_API it holds the wallet's message, at most
// 200 characters of it, which says what is wrong with the request.
type APIError struct {
	Op wire.Operation // what was asked; of Call, the path
	// Kind is the sentinel: [ErrOutcomeUnknown], [ErrRejected] …; errors.Is finds
	// it, too. Set it in an APIError that a test of yours makes.
	Kind       error
	HTTPStatus int    // of the last attempt; 0 when no response came
	Result     Result // only from a verified response; zero otherwise
	// UnverifiedCode is the result code that an unverifiable response
	// claimed, if it looks like one. It is a hint for people, never for a
	// decision: a wallet that cannot identify its caller answers unsigned.
	UnverifiedCode string
	// Hint says what to change when the answer could not be verified, and what
	// to compare when the wallet refuses this client's signature with
	// INVALID_SIGNATURE or KEY_NOT_FOUND: the fingerprint of its key, and the
	// clocks. It says what to check when an inquiry is refused with
	// PARAM_ILLEGAL. It is for people, and often empty: [doctor.Diagnose] is asked by
	// itself at most every 10 seconds.
	Hint      string
	OrderRef  OrderRef  // what to ask about with QueryOrder
	RefundRef RefundRef // what to ask about with QueryRefund
	Attempts  int       // requests of this operation that were tried
	// NotSent says that no attempt of this call can have reached the wallet:
	// the name did not resolve, no connection or no trusted TLS session was
	// made, or the context had ended before.
	NotSent bool
	Err     error // the cause; may be nil
	// complaint is what of Result.Message the text shows, see complaintOf.
	complaint string
	also      error // a second sentinel: what was rejected was not found
}

func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("tradepay: ")
	b.WriteString(string(e.Op))
	if e.Kind != nil {
		b.WriteString(": ")
		b.WriteString(strings.TrimPrefix(e.Kind.Error(), "tradepay: "))
	}
	if e.Result.Status != "" {
		fmt.Fprintf(&b, ": result %s %s", e.Result.Status, redact.Word(e.Result.Code))
		b.WriteString(e.complaint)
	}
	if e.UnverifiedCode != "" {
		fmt.Fprintf(&b, ": the unverified answer said %s", e.UnverifiedCode)
	}
	if e.HTTPStatus != 0 {
		b.WriteString(" (HTTP " + strconv.Itoa(e.HTTPStatus) + ")")
	}
	if e.Attempts > 1 {
		b.WriteString(" after " + strconv.Itoa(e.Attempts) + " attempts")
	}
	if e.NotSent {
		b.WriteString(", nothing was sent")
	}
	for _, ref := range []struct{ name, id string }{
		{"paymentRequestId", e.OrderRef.PaymentRequestID}, {"paymentId", e.OrderRef.PaymentID},
		{"refundRequestId", e.RefundRef.RefundRequestID}, {"refundId", e.RefundRef.RefundID},
	} {
		if ref.id != "" {
			b.WriteString(", " + ref.name + " " + redact.Word(ref.id))
		}
	}
	if e.Err != nil {
		b.WriteString(": " + strings.TrimPrefix(e.Err.Error(), "tradepay: "))
	}
	if e.Hint != "" {
		b.WriteString("; hint: " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the sentinel and the cause.
func (e *APIError) Unwrap() []error {
	var errs []error
	for _, kind := range []error{e.Kind, e.also} {
		if kind != nil {
			errs = append(errs, kind)
		}
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// inDoubt makes e one of unknown outcome. why is text only: what an inquiry
// ended with must not be matched as the outcome of the operation itself.
func (e *APIError) inDoubt(why string) *APIError {
	e.Kind = ErrOutcomeUnknown
	switch {
	case why == "":
	case e.Err == nil:
		e.Err = errors.New(why)
	default:
		e.Err = fmt.Errorf("%w; %s", e.Err, why)
	}
	return e
}

// SignatureReason says why a message was not believed.
type SignatureReason string

// The reasons, in the order in which they are checked.
const (
	ReasonTooLarge         SignatureReason = "too_large"          // the body is over 1 MiB, of a notification over Config.NotificationLimit
	ReasonURI              SignatureReason = "uri"                // of a notification: does not begin with a slash, or there is no method
	ReasonContentEncoding  SignatureReason = "content_encoding"   // compressed although not asked for
	ReasonMissingHeader    SignatureReason = "missing_header"     // Signature, Client-Id or the time is absent
	ReasonRepeatedHeader   SignatureReason = "repeated_header"    // one of them stands twice
	ReasonMalformedHeader  SignatureReason = "malformed_header"   // Signature does not parse
	ReasonEncoding         SignatureReason = "encoding"           // the signature value is not strict base64, percent-encoded base64 or base64url
	ReasonAlgorithm        SignatureReason = "algorithm"          // not RSA256 or SHA256withRSA
	ReasonKeyVersion       SignatureReason = "key_version"        // no key is configured for this keyVersion
	ReasonTime             SignatureReason = "time"               // outside the time window, or unreadable
	ReasonMismatch         SignatureReason = "mismatch"           // the signature is not this key's over this method, URI, client id, time and body
	ReasonClientID         SignatureReason = "client_id"          // signed for another client
	ReasonOtherReference   SignatureReason = "reference_mismatch" // the answer is about another order
	ReasonReferenceMissing SignatureReason = "reference_missing"  // the answer does not say which order it is about
	ReasonReplay           SignatureReason = "replay"             // the signed answer to another request
	ReasonOtherOperation   SignatureReason = "other_operation"    // the signed answer to another operation
)

// SignatureError says why a message was not believed. It never holds the
// body, the signature or a key. It matches [ErrSignature].
//
// What to change is found by [Client.DiagnoseNotification] for a notification,
// of whose refusals the log shows some (see [Config.Logger]), stands in the Hint
// of the [APIError] for an answer, and is found by [doctor.Diagnose] for any message.
type SignatureError struct {
	Reason     SignatureReason
	Header     string // the header concerned, if one is
	KeyVersion string // as claimed by the message, if it was readable
}

func (e *SignatureError) Error() string {
	msg := ErrSignature.Error() + ": " + string(e.Reason)
	if e.Header != "" {
		msg += " (" + e.Header + ")"
	}
	if e.KeyVersion != "" {
		msg += ", keyVersion " + redact.Word(e.KeyVersion)
	}
	return msg
}

// Unwrap returns [ErrSignature].
func (e *SignatureError) Unwrap() error { return ErrSignature }
