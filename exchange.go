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
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// exchange sends the request, retries it if that is safe and useful, and returns
// the first verified answer with the verdict S, A or F. If there is none, the error
// is an APIError that matches ErrOutcomeUnknown. Other errors are about the input.
func (c *Client) exchange(ctx context.Context, out *outgoing) (*answer, error) {
	if err := validateContext(ctx); err != nil {
		return nil, err
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
	if c.wallet.Signing.WithoutPrefix {
		signed = path
	}
	message := wire.Message{Method: http.MethodPost, URI: signed, ClientID: c.clientID, Body: body}

	unknown := &APIError{
		Op: out.op, Kind: ErrOutcomeUnknown, OrderRef: out.orderRef, RefundRef: out.refundRef, NotSent: true,
	}
	last := CallInfo{Op: out.op, PaymentRequestID: out.orderRef.PaymentRequestID, Outcome: OutcomeNotSent}
	ctx, end := c.begin(ctx, CallInfo{Op: last.Op, PaymentRequestID: last.PaymentRequestID})
	defer func() { // also if the caller's transport panics
		if last.Outcome == OutcomeNotSent && !unknown.NotSent {
			last.Outcome = OutcomeUnknown
		}
		end(last)
	}()
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			unknown.Err = joinCause(unknown.Err, err)
			return nil, unknown
		}
		began := time.Now()
		last.Outcome = OutcomeUnknown // if the attempt panics, nobody knows what was sent
		try := c.attempt(ctx, out, message, c.base+uri)
		isAnswered := try.err == nil && try.result.Status != ResultUnknown
		if isAnswered {
			c.budget.Answered()
		}
		mayRetry := !isAnswered && ctx.Err() == nil && out.repeatable && !try.final && attempt < c.retry.MaxAttempts
		retries := mayRetry && c.budget.Take()
		last = CallInfo{
			Op: out.op, Attempt: attempt, Duration: time.Since(began),
			Outcome: try.outcome(), HTTPStatus: try.httpStatus, Cause: try.cause,
			Code: c.platformCode(try.result.Code), PaymentRequestID: last.PaymentRequestID, TraceID: try.traceID,
			RetryRefused: mayRetry && !retries, RetryBudget: c.budget.Left(),
		}
		c.observed(ctx, last)
		unknown.Attempts = attempt
		if isAnswered {
			return &answer{
				outgoing: out, body: try.body, raw: try.raw,
				result: try.result, code: c.platformCode(try.result.Code), traceID: try.traceID,
				httpStatus: try.httpStatus, attempts: attempt, doubtful: !unknown.NotSent, hint: try.hint,
			}, nil
		}
		unknown.NotSent = unknown.NotSent && try.notSent
		unknown.HTTPStatus, unknown.Result, unknown.TraceID = try.httpStatus, try.result, try.traceID
		unknown.UnverifiedCode, unknown.Err = try.claimed, try.err
		if try.hint != "" || unknown.Cause != "" { // the hint of an earlier cause says nothing of this attempt
			unknown.Hint = try.hint
		}
		unknown.Cause = try.cause
		said := cmp.Or(try.result.Code, try.claimed)
		unknown.word = wordOf(said, c.platformCode(said))
		unknown.complaint = complaintOf(out, c.platformCode(try.result.Code), try.result.Message)
		if ctxErr := ctx.Err(); ctxErr != nil {
			unknown.Err = joinCause(unknown.Err, ctxErr)
			return nil, unknown
		}
		if last.RetryRefused {
			c.log.LogAttrs(ctx, slog.LevelWarn, "tradepay: not sent again, the retry budget is empty",
				slog.String("op", string(out.op)), slog.Int("attempt", attempt),
				slog.String("payment_request_id", out.orderRef.PaymentRequestID))
		}
		if !retries {
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

// attempted is how one request ended.
type attempted struct {
	body       strictjson.Object
	raw        json.RawMessage
	result     Result // only if verified
	claimed    string // result code of an answer that is not verified
	cause      string // where it ended, if that is before the wallet
	hint       string // for people: what to change
	traceID    string // of the wallet, see APIError
	httpStatus int
	retryAfter time.Duration
	notSent    bool
	final      bool // a retry would not help, or is not safe
	err        error
}

func (c *Client) attempt(ctx context.Context, out *outgoing, m wire.Message, url string) (try attempted) {
	m.RequestID = c.requestID()
	sealed, err := c.seal(ctx, m)
	if ended := ctx.Err(); err == nil && ended != nil { // while a slow key signed
		err = &rsakey.GivenUpError{Context: ended}
	}
	if err != nil {
		cause := signingCause(err)
		return attempted{err: err, cause: cause, hint: networkHint(cause), notSent: true, final: true}
	}
	// The wallet signs the body as it travels. With this Accept-Encoding, net/http
	// does not decompress a body before its signature is checked.
	header := http.Header{
		"Client-Id":       {c.clientID},
		"Request-Time":    {sealed.time},
		"Signature":       {sealed.signature},
		"Content-Type":    {"application/json; charset=UTF-8"},
		"Accept-Encoding": {"identity"},
		"User-Agent":      {userAgent()},
	}
	for _, h := range [...]struct{ name, value string }{
		{c.wallet.Signing.MerchantIDHeader, c.merchantID},
		{c.wallet.Signing.AgentTokenHeader, c.agentToken},
		{c.wallet.Signing.RequestIDHeader, m.RequestID},
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
		try.httpStatus, try.traceID = res.Status, traceID(res.Header)
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "tradepay: request",
		slog.String("op", string(out.op)), slog.Int("http_status", try.httpStatus),
		slog.Duration("duration", time.Since(start)), slog.String("payment_request_id", out.orderRef.PaymentRequestID))
	if err != nil {
		var failure *transport.SendError
		if errors.As(err, &failure) {
			try.notSent, try.final, try.cause = failure.NotSent, failure.Certain, string(failure.Cause)
		}
		try.hint = networkHint(try.cause)
		try.err = err
		if errors.Is(err, transport.ErrTooLarge) {
			try.err = &SignatureError{Reason: ReasonTooLarge}
		}
		return try
	}
	try.final = isClientError(res.Status) && res.Status != http.StatusTooManyRequests
	try.retryAfter = transport.RetryAfter(res.Header, c.now())
	body, result, err := c.open(out, m, res, sent)
	if err != nil {
		try.claimed = claimedCode(res.Body)
		try.cause, try.err = c.foreign(res, try.claimed, err)
		m.Time = sealed.time
		try.hint = c.hint(m, res, try, err)
		return try
	}
	if contradictsAny(res.Status) {
		result.Status = ResultUnknown
	}
	result.TraceID = try.traceID
	try.body, try.raw, try.result = body, res.Body, result
	try.hint = strings.Join(c.callerHint(res.Header, result.Code), "; ")
	if inProcess(c.platformCode(result.Code)) {
		try.final = true // an inquiry tells the outcome, a retry does not
	}
	return try
}

// traceIDs are the headers of answers in which wallets, and gateways before them, name
// the request to their own people, the wallet's own before those of others.
var traceIDs = []string{"Trace-Id", "Traceid", "X-Trace-Id", "X-Request-Id"}

// traceID returns the id that an answer has in its header, if it looks like one:
// anybody may have written it.
func traceID(header http.Header) string {
	for _, name := range traceIDs {
		id := header.Get(name)
		isID := id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
			isAlphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			return !isAlphanumeric && !strings.ContainsRune("-_.:", r)
		})
		if isID {
			return id
		}
	}
	return ""
}

func isClientError(status int) bool { return status >= 400 && status < 500 }

// contradictsAny reports whether an HTTP status contradicts any verdict: a redirect,
// 429 or a server error, even if the wallet signed the body.
func contradictsAny(status int) bool {
	isRedirect := status >= 300 && status < 400
	return isRedirect || status == http.StatusTooManyRequests || status >= 500
}

func (c *Client) requestID() string {
	if c.wallet.Signing.RequestIDHeader == "" {
		return ""
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
