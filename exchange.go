package tradepay

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
)

// outgoing is one operation on its way to the wallet.
type outgoing struct {
	op         Operation
	path       string // below the prefix; "" for the operation's own
	body       Fields // in the platform's shape
	extra      Fields // what of it is the caller's Extra
	repeatable bool   // the same bytes may be sent again
	orderRef   OrderRef
	refundRef  RefundRef
	// bind checks that the answer is about this request. It runs after the
	// signature was verified, and what it refuses is as good as unsigned.
	bind func(result Result, body strictjson.Object) error
}

// write encodes what is signed and sent.
func (out *outgoing) write(body Fields) ([]byte, error) {
	data, err := encode(body)
	if err != nil {
		return nil, invalidRequest("Extra", "holds a value that cannot be marshaled to JSON", "use plain values")
	}
	if len(data) <= maxBody {
		return data, nil
	}
	field := "SiteName" // all else is short
	switch out.op {
	case OpPay:
		field = "CreateOrderRequest"
	case OpPrepare:
		field = "PrepareRequest"
	case OpCall:
		field = "request"
	}
	if extra, err := encode(out.extra); err == nil && len(data)-len(extra) <= maxBody {
		field = "Extra"
	}
	return nil, invalidRequest(field, "makes a body of over 1 MiB", "send less: no wallet documents bodies of that size")
}

// answer is a verified, definite response: S, A or F.
type answer struct {
	*outgoing
	body       strictjson.Object // in the platform's shape
	raw        json.RawMessage   // as it came
	result     Result
	code       string // the result code in the platform's words
	hint       string
	httpStatus int
	attempts   int
	doubtful   bool // an earlier attempt may have been processed
}

func (a *answer) fail(kind, cause error) *APIError {
	return &APIError{
		Op: string(a.op), HTTPStatus: a.httpStatus, Result: a.result, OrderRef: a.orderRef, RefundRef: a.refundRef,
		Attempts: a.attempts, Err: cause, kind: kind, complaint: complaintOf(a.outgoing, a.code, a.result.Message), Hint: a.hint,
	}
}

// reject turns a verified F into an error.
func (a *answer) reject() *APIError {
	switch a.code {
	case "REPEAT_REQ_INCONSISTENT":
		return a.fail(ErrIdempotencyMismatch, nil)
	case "ORDER_NOT_EXIST", "REFUND_NOT_EXIST":
		if a.op == OpInquiryPayment || a.op == OpInquiryRefund {
			return a.fail(ErrOrderNotFound, nil)
		}
		return a.fail(kinds{ErrRejected, ErrOrderNotFound}, nil)
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND", "INVALID_CLIENT", "INVALID_API", "ACCESS_DENIED", "INVALID_AGENT_TOKEN", "EXPIRED_AGENT_TOKEN":
		return a.fail(ErrUnauthorized, nil)
	}
	return a.fail(ErrRejected, nil)
}

// malformed turns a verified answer without a clear meaning into an error.
func (a *answer) malformed(cause error) *APIError { return a.fail(ErrOutcomeUnknown, cause) }

// unsettled is an operation that did not succeed, and that an inquiry may
// settle before it is reported.
type unsettled struct {
	failed *APIError
	// refused says that the wallet answered F, with no other request of this
	// call under way. An earlier call may still have come through: its refused
	// repetition must not be taken for its failure.
	refused bool
}

// unsettle decides what becomes of an exchange without success: an inquiry, or
// the error as it stands.
func (c *Client) unsettle(ctx context.Context, ans *answer, err error) (*unsettled, error) {
	u := &unsettled{}
	if err != nil {
		if !errors.As(err, &u.failed) || u.failed.NotSent {
			return nil, err
		}
	} else {
		u.failed, u.refused = ans.reject(), !ans.doubtful
		// Where an answer may be that to another operation, "not found" may be one to an inquiry.
		notFound := errors.Is(u.failed, ErrOrderNotFound) && c.wallet.SignedContent == ContentPlatform
		aside := errors.Is(u.failed, ErrUnauthorized) || notFound
		if u.refused && aside || errors.Is(u.failed, ErrIdempotencyMismatch) && !c.wallet.RefusesRepeats {
			return nil, u.failed
		}
	}
	if ctx.Err() != nil || !u.refused && !c.budget.Take() {
		return nil, u.failed.inDoubt("")
	}
	return u, nil
}

// uninformed is what is reported when the inquiry brought nothing. Only if the
// wallet refused and has nothing under this id does the refusal stand.
func (u *unsettled) uninformed(inquiry error) error {
	if u.refused && errors.Is(inquiry, ErrOrderNotFound) {
		return u.failed
	}
	var failed *APIError
	if errors.As(inquiry, &failed) { // its hint is said once
		plain := *failed
		plain.Hint, u.failed.Hint, inquiry = "", cmp.Or(u.failed.Hint, failed.Hint), &plain
		if plain.complaint == u.failed.complaint {
			plain.complaint = ""
		}
	}
	return u.failed.inDoubt("the inquiry ended with: " + inquiry.Error())
}

// settled makes the failure one of this kind, which the inquiry found.
func (u *unsettled) settled(kind, cause error) error {
	u.failed.kind, u.failed.Err, u.failed.Hint = kind, cause, ""
	return u.failed
}

// written is the body of a request as the wallet gets it.
func (c *Client) written(out *outgoing) ([]byte, error) {
	if document, ok := c.wallet.Unsupported[out.op]; ok {
		return nil, fmt.Errorf("%w: %s has no %s, see %s", ErrNotSupported, c.wallet.Name, out.op, document)
	}
	shaped, err := c.wallet.shapeRequest(out.op, out.body)
	if err != nil {
		return nil, err
	}
	return out.write(shaped)
}

// exchange sends the request, again where that is safe and useful, and returns
// the first verified, definite answer. Every error of the wallet's side is an
// APIError that matches ErrOutcomeUnknown.
func (c *Client) exchange(ctx context.Context, out *outgoing) (*answer, error) {
	if ctx == nil {
		return nil, invalidRequest("ctx", "is nil", "pass the request's context, or context.Background()")
	}
	body, err := c.written(out)
	if err != nil {
		return nil, err
	}
	c.notify.remember(out.body)
	path := out.path
	if path == "" {
		path = c.wallet.Path(out.op)
	}
	uri := c.prefix + path
	signed := uri
	if c.wallet.SignsWithoutPrefix {
		signed = path
	}
	message := Message{Method: http.MethodPost, URI: signed, ClientID: c.clientID, Body: body}

	unknown := &APIError{Op: string(out.op), OrderRef: out.orderRef, RefundRef: out.refundRef, NotSent: true, kind: ErrOutcomeUnknown}
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			unknown.Err = joinCause(unknown.Err, err)
			return nil, unknown
		}
		began := time.Now()
		try := c.attempt(ctx, out, message, c.base+uri)
		c.observed(ctx, CallInfo{
			Op: out.op, Attempt: attempt, Duration: time.Since(began), Outcome: try.outcome(), HTTPStatus: try.httpStatus,
		})
		unknown.Attempts = attempt
		if try.err == nil && try.result.Status != ResultUnknown {
			c.budget.Answered()
			return &answer{
				outgoing: out, body: try.body, raw: try.raw, result: try.result, code: c.wallet.code(try.result.Code),
				httpStatus: try.httpStatus, attempts: attempt, doubtful: !unknown.NotSent, hint: try.hint,
			}, nil
		}
		unknown.NotSent = unknown.NotSent && try.notSent
		unknown.HTTPStatus, unknown.Result, unknown.UnverifiedCode, unknown.Err = try.httpStatus, try.result, try.claimed, try.err
		unknown.Hint = cmp.Or(try.hint, unknown.Hint)
		unknown.complaint = complaintOf(out, c.wallet.code(try.result.Code), try.result.Message)
		if ctxErr := ctx.Err(); ctxErr != nil {
			unknown.Err = joinCause(unknown.Err, ctxErr)
			return nil, unknown
		}
		if !out.repeatable || try.final || attempt >= c.retry.MaxAttempts || !c.budget.Take() {
			return nil, unknown
		}
		wait := transport.Backoff(attempt, c.retry.BaseDelay, c.retry.MaxDelay)
		if try.retryAfter > 0 {
			wait = min(try.retryAfter, c.retry.MaxRetryAfter)
		}
		c.log.LogAttrs(ctx, slog.LevelWarn, "tradepay: retrying", slog.String("op", string(out.op)),
			slog.Int("attempt", attempt), slog.Int("http_status", try.httpStatus), slog.Duration("wait", wait),
			slog.String("payment_request_id", out.orderRef.PaymentRequestID), slog.String("reason", reasonOf(try.err)))
		if !transport.Sleep(ctx, wait) {
			unknown.Err = joinCause(unknown.Err, ctx.Err())
			return nil, unknown
		}
	}
}

func joinCause(cause, ctxErr error) error {
	switch {
	case ctxErr == nil || errors.Is(cause, ctxErr):
		return cause
	case cause == nil:
		return ctxErr
	}
	return fmt.Errorf("%w: %w", ctxErr, cause)
}

func reasonOf(err error) string {
	if err == nil {
		return "result U"
	}
	return err.Error()
}

// attempted is what one request came to.
type attempted struct {
	body       strictjson.Object
	raw        json.RawMessage
	result     Result // only if verified
	claimed    string // result code of an unverifiable answer
	hint       string // for people: what to change
	httpStatus int
	retryAfter time.Duration
	notSent    bool
	final      bool // repeating would not help, or must not be
	err        error
}

func (c *Client) attempt(ctx context.Context, out *outgoing, m Message, url string) (try attempted) {
	m.RequestID = c.requestID()
	sealed, err := c.seal(m)
	if err != nil {
		return attempted{err: err, notSent: true, final: true}
	}
	// What is signed is the body as it travels. Asking for it plain also keeps
	// net/http from undoing a compression behind our back.
	values := []string{c.clientID, sealed.time, sealed.signature, "application/json; charset=UTF-8", "identity", "tradepay-go"}
	header := http.Header{
		"Client-Id":       values[0:1:1],
		"Request-Time":    values[1:2:2],
		"Signature":       values[2:3:3],
		"Content-Type":    values[3:4:4],
		"Accept-Encoding": values[4:5:5],
		"User-Agent":      values[5:6:6],
	}
	for _, h := range [...]struct{ name, value string }{
		{c.wallet.Headers.MerchantID, c.merchantID},
		{c.wallet.Headers.AgentToken, c.agentToken},
		{c.wallet.Headers.RequestID, m.RequestID},
	} {
		if h.name != "" && h.value != "" {
			header.Set(h.name, h.value)
		}
	}
	attemptCtx, cancel := context.WithTimeout(ctx, c.retry.AttemptTimeout)
	defer cancel()
	start, sent := time.Now(), c.now()
	res, err := c.poster.Post(attemptCtx, url, header, m.Body)
	if res != nil {
		try.httpStatus = res.Status
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "tradepay: request", slog.String("op", string(out.op)), slog.Int("http_status", try.httpStatus),
		slog.Duration("duration", time.Since(start)), slog.String("payment_request_id", out.orderRef.PaymentRequestID))
	if err != nil {
		var failure *transport.SendError
		if errors.As(err, &failure) {
			try.notSent, try.final = failure.NotSent, failure.Certain
		}
		try.err = err
		if errors.Is(err, transport.ErrTooLarge) {
			try.err = &SignatureError{Reason: ReasonTooLarge}
		}
		return try
	}
	try.final = res.Status >= 400 && res.Status < 500 && res.Status != http.StatusTooManyRequests
	try.retryAfter = transport.RetryAfter(res.Header, c.now())
	body, result, err := c.open(out, m, res, sent)
	if err != nil {
		try.err, try.claimed = err, claimedCode(res.Body)
		m.Time = sealed.time
		try.hint = c.hint(m, res.Header, res.Body, try.claimed, err)
		return try
	}
	if res.Status >= 300 && res.Status < 400 || res.Status >= 500 || res.Status == http.StatusTooManyRequests {
		result.Status = ResultUnknown // whatever it says, the transport contradicts it
	}
	try.body, try.raw, try.result = body, res.Body, result
	try.hint = c.hint(m, res.Header, nil, result.Code, nil)
	switch c.wallet.code(result.Code) {
	case "PAYMENT_IN_PROCESS", "REFUND_IN_PROCESS":
		try.final = true // asking again for the same thing is the inquiry's job
	}
	return try
}

// open verifies a response, then reads it, then checks what it is about.
func (c *Client) open(out *outgoing, m Message, res *transport.Response, sent time.Time) (strictjson.Object, Result, error) {
	if enc := res.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, Result{}, &SignatureError{Reason: ReasonContentEncoding, Header: "Content-Encoding"}
	}
	signed := m
	signed.Answer = true
	e, err := c.inspect(signed, res.Header, "Response-Time", c.tolerance)
	if err == nil {
		err = c.verify(e, res.Body)
	}
	if err != nil {
		return nil, Result{}, err
	}
	body, result, err := c.read(out.op, res.Body)
	if err != nil {
		return nil, Result{}, err
	}
	loose := c.wallet.SignedContent == ContentDotted
	if loose && !out.op.answeredBy(result, body) {
		return nil, Result{}, &SignatureError{Reason: ReasonOtherOperation}
	}
	if out.bind != nil {
		if err := out.bind(result, body); err != nil {
			return nil, Result{}, err
		}
	}
	if (loose || out.op.unnamed(result)) && !c.replay.Accept(e.signature.Signature, m.URI, m.Body) {
		return nil, Result{}, &SignatureError{Reason: ReasonReplay}
	}
	told, _ := parseTime(e.message.Time) // inspect has read it
	if out.op.inquires() && c.pace.Stale(told, sent, staleAfter) {
		return nil, Result{}, &SignatureError{Reason: ReasonReplay, Header: "Response-Time"}
	}
	c.pace.Saw(told, c.now())
	return body, result, nil
}

// staleAfter is how much older than its request an answer may be by the
// wallet's clock: room for times in whole seconds, and for a gateway of several
// machines whose clocks differ a little.
const staleAfter = 30 * time.Second

// inquires reports whether the same question may have another answer later.
// The answer to anything else, handed out again, says what it said before.
func (op Operation) inquires() bool { return op == OpInquiryPayment || op == OpInquiryRefund }

// unnamed reports whether an answer need not say which request it is about,
// but cannot honestly be the same for two of them: it brings an id or a token.
// A cancel may bring none, but then the inquiry that follows settles it.
// Refusals are the same for all requests of one moment, since PKCS#1 v1.5
// signatures are deterministic, and inquiries are bound by their ids.
func (op Operation) unnamed(result Result) bool {
	switch op {
	case OpPay, OpRefund, OpCapture, OpVoid, OpCancel, OpApplyToken, OpPrepare, OpUserInfo:
		return result.Status == ResultSuccess || result.Status == ResultAccepted
	}
	return false
}

// marks are members that the answers of one operation have, and those of no
// other: what tells them apart where the signature does not.
var marks = map[string]Operation{
	"redirectActionForm": OpPay, "actionForm": OpPay, "paymentUrl": OpPay,
	"paymentStatus": OpInquiryPayment,
	"cancelTime":    OpCancel,
	"refundId":      OpRefund, "refundStatus": OpInquiryRefund,
	"captureId":   OpCapture,
	"voidId":      OpVoid,
	"accessToken": OpApplyToken,
	"authUrl":     OpPrepare,
	"userInfo":    OpUserInfo,
}

// answeredBy reports whether a success has what answers to this operation
// have, and nothing that only those of another one have. A refusal has neither.
func (op Operation) answeredBy(result Result, body strictjson.Object) bool {
	if op == OpCall || result.Status != ResultSuccess && result.Status != ResultAccepted {
		return true
	}
	own := op == OpPay || op == OpCancel || op == OpCancelToken // may bring nothing
	for member, of := range marks {
		switch {
		case body[member] == nil:
		case of == op:
			own = true
		case member == "refundId" && op == OpInquiryRefund:
		default:
			return false
		}
	}
	return own
}

// read parses verified bytes, brings them into the platform's shape and
// returns the verdict in result.
func (c *Client) read(op Operation, raw []byte) (strictjson.Object, Result, error) {
	body, err := c.parse(op, raw)
	if err != nil {
		return nil, Result{}, err
	}
	member, err := body.Object("result")
	if err != nil || member == nil {
		return nil, Result{}, malformedMember("result", err)
	}
	result, err := c.result(member)
	return body, result, err
}

func (c *Client) parse(op Operation, raw []byte) (strictjson.Object, error) {
	body, err := strictjson.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := c.wallet.shapeResponse(op, body, raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return body, nil
}

func (c *Client) result(member strictjson.Object) (Result, error) {
	r := reader{from: member}
	status := r.text("resultStatus")
	result := Result{Status: c.wallet.resultStatus(status), Code: r.text("resultCode"), Message: r.text("resultMessage")}
	if code := c.wallet.code(result.Code); result.Status == ResultSuccess && (code == "PAYMENT_IN_PROCESS" || code == "REFUND_IN_PROCESS") {
		result.Status = ResultUnknown // done and in process contradict each other
	}
	return result, r.err
}

// claimedCode finds the result code of an answer that was not believed, for
// people to read.
func claimedCode(body []byte) string {
	var claim struct {
		Result struct {
			ResultCode string `json:"resultCode"`
		} `json:"result"`
	}
	if json.Unmarshal(body, &claim) != nil {
		return ""
	}
	for i := range len(claim.Result.ResultCode) {
		if c := claim.Result.ResultCode[i]; c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return ""
		}
	}
	if len(claim.Result.ResultCode) > 64 {
		return ""
	}
	return claim.Result.ResultCode
}

func (c *Client) requestID() string {
	if c.wallet.Headers.RequestID == "" {
		return ""
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
