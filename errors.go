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
	// the [APIError], or make the same call again with the same id. If the
	// wallet rejects retries (wire.Quirks.RefusesRepeats), inquire instead.
	ErrOutcomeUnknown = errors.New("tradepay: outcome unknown")
	// ErrRejected: the wallet answered F in a verified response. That is final
	// for this id; a new attempt needs a new id and a decision. If an earlier call
	// with this id ended as unknown, inquire before you decide.
	ErrRejected = errors.New("tradepay: rejected by the wallet")
	// ErrUnauthorized: a verified response says that the wallet does not accept
	// the caller: its key, its client id or its access. That says nothing about
	// the payment. Fix the configuration and make the same call again with the
	// same id. The Hint of the [APIError] says what to compare; [doctor.Diagnose]
	// examines a request that other code has signed.
	ErrUnauthorized = errors.New("tradepay: caller not authorized by the wallet")
	// ErrSignature: the client could not verify a message, and believes nothing
	// in it. The [SignatureError] says why.
	ErrSignature = wire.ErrSignature
	// ErrOrderNotFound: the wallet does not know the order or refund, or not yet:
	// after a lost call, the request may still be on its way.
	ErrOrderNotFound = errors.New("tradepay: order not found")
	// ErrIdempotencyMismatch: an earlier request has this id and other content.
	// The earlier order is still valid; nothing says that it failed.
	ErrIdempotencyMismatch = errors.New("tradepay: id already used with other content")
	// ErrAmountMismatch: the amount or currency is not the expected one.
	ErrAmountMismatch = errors.New("tradepay: amount mismatch")
	// ErrNotPaid: the payment is not, or not yet, paid.
	ErrNotPaid = errors.New("tradepay: not paid")
	// ErrRefunded: the payment is SUCCESS, but after refunds, voids or the capture
	// of a part the merchant keeps less than its amount. Do not ship;
	// [Order.NetAmount] says how much is left.
	ErrRefunded = errors.New("tradepay: paid, but given back or captured in part")
	// ErrReferenceMismatch: the message is about another order or refund.
	ErrReferenceMismatch = errors.New("tradepay: message is about another reference")
	// ErrMalformed: a verified message lacks what the protocol demands, or
	// contradicts itself, so its meaning is unknown.
	ErrMalformed = errors.New("tradepay: malformed message")
	// ErrNotSupported: the wallet has no such operation.
	ErrNotSupported error = notSupportedError{}
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

// notSupportedError is the type of ErrNotSupported, which matches errors.ErrUnsupported,
// too.
type notSupportedError struct{}

func (notSupportedError) Error() string { return "tradepay: not supported by this wallet" }

func (notSupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// kinds is an error that matches two sentinels: that of the call, and that of the
// part of it that is wrong.
type kinds struct{ call, part error }

func (k kinds) Error() string   { return k.call.Error() }
func (k kinds) Unwrap() []error { return []error{k.call, k.part} }

// within makes an error about a key or an amount match the sentinel of the call,
// too.
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
	ResultFailed   ResultStatus = "F" // failed; final for this id
)

// Result is the verdict of a response, with the wallet's own code and message as
// they came, also if the protocol does not know the code. The message may be about the
// payer: fmt and slog do not print it.
type Result struct {
	Status  ResultStatus `json:"resultStatus"`
	Code    string       `json:"resultCode"`
	Message string       `json:"resultMessage"`
	// TraceID is the id by which the wallet's people find the request, from a header of
	// the answer that no signature covers, see [APIError]. Empty if the wallet sends none.
	TraceID string `json:"traceId,omitempty"`
}

// APIError reports a call to the wallet that did not end well. To decide, match
// [ErrOutcomeUnknown], [ErrRejected], [ErrUnauthorized], [ErrOrderNotFound],
// [ErrIdempotencyMismatch] or [ErrSignature]. To act or to log, read the fields.
// Its text holds no body, no secret and no payer's data. After a code of the wallet's
// own it has the platform's word, if the profile knows it. With the codes
// PARAM_ILLEGAL and INVALID_API it holds up to 200 characters of the wallet's
// message, which says what is wrong with the request.
type APIError struct {
	// Op is the operation of the call. For Call, it is the path, or the operation that
	// package walletapi has for it.
	Op wire.Operation
	// Kind is the sentinel, such as [ErrOutcomeUnknown] or [ErrRejected].
	// errors.Is matches it. Set it if a test of yours makes an APIError.
	Kind       error
	HTTPStatus int    // of the last attempt; 0 if no response came
	Result     Result // only from a verified response; zero otherwise
	// UnverifiedCode is the result code that an unverifiable response
	// claims, if it looks like a code. It is a hint for people: never decide by
	// it. A wallet that cannot identify its caller answers without a signature.
	UnverifiedCode string
	// Cause says where the last attempt ended if that was before the wallet; empty if
	// the wallet answered. The words are stable, later versions may add some, and
	// docs/troubleshooting.md has what each means and what to change. Nothing about the
	// payment follows from it: decide by Kind and NotSent.
	//
	// Before it was signed: signing, signing_timeout. Before a connection: dns,
	// dns_server, refused, unreachable, connect_timeout, local_limit, proxy_address,
	// proxy_unreachable, proxy_auth, proxy_refused. In the TLS handshake: tls_version,
	// tls_unknown_root, tls_no_roots, tls_wrong_name, tls_expired, tls_not_yet_valid,
	// tls_certificate, tls_timeout, tls_broken, not_tls, tls_alert,
	// tls_client_certificate. After it: answer_timeout, reset, reset_idle, http2,
	// truncated, too_large, not_http, https_expected. By the program: canceled.
	//
	// If something answered without a signature: challenge, login, captive_portal,
	// redirect, not_found, forbidden, rate_limited, gateway, compressed, unsigned,
	// not_the_wallet. That may be the wallet's own gateway.
	Cause string
	// TraceID is the id by which the people of the wallet, or of a gateway before it,
	// find the last answer in their logs, as its header Trace-Id, traceId, X-Trace-Id
	// or X-Request-Id has it, also if the answer is not verified. No signature covers
	// it: name it in a support case, and decide nothing by it. Empty if no answer came,
	// or it has no such header.
	TraceID string
	// Hint says what to change. With a Cause, it begins with that, unless the wallet's
	// answer to the inquiry that followed says more. If the client could not verify the
	// wallet's answer, it has the word of [doctor.Diagnose], which the client asks at
	// most every 10 seconds. If the wallet rejects this client's signature with
	// INVALID_SIGNATURE or KEY_NOT_FOUND, it says what to compare: the fingerprint of
	// the key, and the clocks; with TIMESTAMP_INVALID, the clocks. If the wallet rejects
	// an inquiry with PARAM_ILLEGAL, it says what to check. It is for people.
	Hint      string
	OrderRef  OrderRef  // to inquire with QueryOrder
	RefundRef RefundRef // to inquire with QueryRefund
	Attempts  int       // how many requests of this operation the client tried
	// NotSent says that no attempt of this call can have reached the wallet: the
	// private key did not sign, the name did not resolve, the client got no connection
	// or no trusted TLS session, a proxy refused to connect, or the context had already
	// ended.
	NotSent bool
	Err     error // the cause; may be nil
	// complaint is the part of Result.Message that the text shows, see complaintOf.
	complaint string
	// word is the platform's word for the result code, verified or not, if the wallet
	// writes it in another way, such as a number.
	word string
	also error // a second sentinel beside Kind, or nil
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
		fmt.Fprintf(&b, ": result %s %s%s", e.Result.Status, redact.Word(e.Result.Code), e.inWords())
		b.WriteString(e.complaint)
	}
	if e.UnverifiedCode != "" {
		fmt.Fprintf(&b, ": the unverified answer said %s%s", e.UnverifiedCode, e.inWords())
	}
	if e.HTTPStatus != 0 {
		b.WriteString(" (HTTP " + strconv.Itoa(e.HTTPStatus) + ")")
	}
	if e.TraceID != "" {
		b.WriteString(", trace id " + redact.Word(e.TraceID))
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

// inWords follows a result code in the text, such as " (USER_NOT_EXIST)" after 20030017.
func (e *APIError) inWords() string {
	if e.word == "" {
		return ""
	}
	return " (" + redact.Word(e.word) + ")"
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

// inDoubt makes e match ErrOutcomeUnknown. why becomes text only: nobody must match
// the error of an inquiry as the outcome of the operation itself.
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

// SignatureReason says why the client did not believe a message.
type SignatureReason string

// The reasons, in the order in which they are checked.
const (
	// ReasonTooLarge: the body is over 1 MiB, or that of a notification over
	// Config.NotificationLimit.
	ReasonTooLarge SignatureReason = "too_large"
	// ReasonURI: the URI of a notification is ambiguous or does not begin with a
	// slash, or its method is missing.
	ReasonURI             SignatureReason = "uri"
	ReasonContentEncoding SignatureReason = "content_encoding" // compressed, which the client did not ask for
	ReasonMissingHeader   SignatureReason = "missing_header"   // Signature, Client-Id or the time is absent
	ReasonRepeatedHeader  SignatureReason = "repeated_header"  // one of them appears twice
	ReasonMalformedHeader SignatureReason = "malformed_header" // a header that is signed, or Signature, does not parse
	// ReasonEncoding: the signature value is not strict base64, percent-encoded
	// base64 or base64url.
	ReasonEncoding   SignatureReason = "encoding"
	ReasonAlgorithm  SignatureReason = "algorithm"   // neither RSA256 nor SHA256withRSA
	ReasonKeyVersion SignatureReason = "key_version" // the client has no key for this keyVersion
	ReasonTime       SignatureReason = "time"        // outside the time window, or unreadable
	// ReasonMismatch: this key did not sign this method, URI, client id, time and
	// body.
	ReasonMismatch         SignatureReason = "mismatch"
	ReasonClientID         SignatureReason = "client_id"          // the wallet signed it for another client
	ReasonOtherReference   SignatureReason = "reference_mismatch" // the answer is about another order
	ReasonReferenceMissing SignatureReason = "reference_missing"  // the answer does not say which order it is about
	ReasonReplay           SignatureReason = "replay"             // the signed answer to another request
	ReasonOtherOperation   SignatureReason = "other_operation"    // the signed answer to another operation
)

// SignatureError says why the client did not believe a message. It never holds the
// body, the signature or a key. It matches [ErrSignature].
//
// It does not say what to change. For a notification, ask
// [Client.DiagnoseNotification]; for some of them the log says it, see
// [Config.Logger]. For an answer, read the Hint of the [APIError]. For any message,
// ask [doctor.Diagnose].
type SignatureError struct {
	Reason     SignatureReason
	Header     string // the header that is wrong, if one is
	KeyVersion string // what the message claims, if that is readable
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
