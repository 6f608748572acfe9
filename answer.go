package tradepay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

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
		Op: a.op, Kind: kind, HTTPStatus: a.httpStatus, Result: a.result, OrderRef: a.orderRef, RefundRef: a.refundRef,
		Attempts: a.attempts, Err: cause, complaint: complaintOf(a.outgoing, a.code, a.result.Message), Hint: a.hint,
	}
}

// reject turns a verified F into an error.
func (a *answer) reject() *APIError {
	switch a.code {
	case "REPEAT_REQ_INCONSISTENT":
		return a.fail(ErrIdempotencyMismatch, nil)
	case "ORDER_NOT_EXIST", "REFUND_NOT_EXIST":
		if a.op == wire.OpInquiryPayment || a.op == wire.OpInquiryRefund {
			return a.fail(ErrOrderNotFound, nil)
		}
		notFound := a.fail(ErrRejected, nil)
		notFound.also = ErrOrderNotFound
		return notFound
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND", "INVALID_CLIENT", "INVALID_API", "ACCESS_DENIED",
		"INVALID_AGENT_TOKEN", "EXPIRED_AGENT_TOKEN":
		return a.fail(ErrUnauthorized, nil)
	}
	return a.fail(ErrRejected, nil)
}

// malformed turns a verified answer without a clear meaning into an error.
func (a *answer) malformed(cause error) *APIError { return a.fail(ErrOutcomeUnknown, cause) }

// unsettled is an operation that did not succeed. An inquiry may settle it before
// the client reports it.
type unsettled struct {
	failed *APIError
	// rejected says that the wallet answered F, and no other request of this
	// call is on its way. An earlier call may still have come through: a rejected
	// retry does not prove that the first call failed.
	rejected bool
}

// unsettle decides what becomes of an exchange without success: an inquiry, or
// the error as it is.
func (c *Client) unsettle(ctx context.Context, ans *answer, err error) (*unsettled, error) {
	u := &unsettled{}
	if err != nil {
		if !errors.As(err, &u.failed) || u.failed.NotSent {
			return nil, err
		}
		if ctx.Err() != nil || !c.budget.Take() {
			return nil, u.failed.inDoubt("")
		}
		return u, nil
	}
	u.failed, u.rejected = ans.reject(), !ans.doubtful
	if u.rejected && c.endsHere(u.failed) {
		return nil, u.failed
	}
	otherContent := errors.Is(u.failed, ErrIdempotencyMismatch)
	if otherContent && !c.wallet.Quirks.RefusesRepeats {
		return nil, u.failed
	}
	if ctx.Err() != nil {
		return nil, u.failed.inDoubt("")
	}
	if !u.rejected && !c.budget.Take() {
		return nil, u.failed.inDoubt("")
	}
	return u, nil
}

// endsHere reports whether a rejection needs no inquiry: it is about the caller,
// or the wallet has no such order. Where answers do not say which operation they
// answer, "not found" may be the answer to an inquiry, and proves nothing.
func (c *Client) endsHere(rejection error) bool {
	if errors.Is(rejection, ErrUnauthorized) {
		return true
	}
	return errors.Is(rejection, ErrOrderNotFound) && c.wallet.Signing.Content == wire.ContentPlatform
}

// afterInquiry is the error once the inquiry failed, too. The rejection stands
// only if the wallet has nothing under this id.
func (u *unsettled) afterInquiry(inquiry error) error {
	if u.rejected && errors.Is(inquiry, ErrOrderNotFound) {
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
	u.failed.Kind, u.failed.Err, u.failed.Hint = kind, cause, ""
	return u.failed
}

// rejectedInquiry is the error about an inquiry that the wallet rejects. The
// payment or refund itself did not fail by that.
func (a *answer) rejectedInquiry() error {
	if notFound := a.reject(); a.result.Status == ResultFailed && errors.Is(notFound, ErrOrderNotFound) {
		return notFound
	}
	err := a.fail(ErrOutcomeUnknown, nil)
	if a.code == "PARAM_ILLEGAL" {
		err.Hint = cmp.Or(err.Hint, inquiryHint)
	}
	return err
}

// inquiryHint is for who takes an inquiry's PARAM_ILLEGAL for the payment's end,
// and asks again for ever.
const inquiryHint = "the wallet refuses the inquiry, not the payment, and may refuse it each time: check the site name " +
	"(customerBelongsTo, from Config.SiteName or ForSite), the partner and app ids, the ids asked about, and this machine's clock"

// definite is an exchange in which only S will do.
func (c *Client) definite(ctx context.Context, out *outgoing) (*answer, error) {
	ans, err := c.exchange(ctx, out)
	switch {
	case err != nil:
		return nil, err
	case ans.result.Status == ResultFailed:
		return nil, ans.reject()
	case ans.result.Status != ResultSuccess:
		return nil, ans.fail(ErrOutcomeUnknown, nil)
	}
	return ans, nil
}

// open verifies a response, then reads it, then checks what it is about.
func (c *Client) open(
	out *outgoing, m wire.Message, res *transport.Response, sent time.Time,
) (strictjson.Object, Result, error) {
	e, err := c.verifyAnswer(m, res)
	if err != nil {
		return nil, Result{}, err
	}
	body, result, err := c.read(out.op, res.Body)
	if err != nil {
		return nil, Result{}, err
	}
	if err := c.belongs(out, m, e, result, body); err != nil {
		return nil, Result{}, err
	}
	told, _ := c.wallet.Signing.TimeFormat.Parse(e.message.Time) // inspect has read it
	if out.inquires() && c.pace.Stale(told, sent, staleAfter) {
		return nil, Result{}, &SignatureError{Reason: ReasonReplay, Header: "Response-Time"}
	}
	c.pace.Saw(told, c.now())
	return body, result, nil
}

// verifyAnswer checks that the wallet signed this response to m.
func (c *Client) verifyAnswer(m wire.Message, res *transport.Response) (*envelope, error) {
	if enc := res.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, &SignatureError{Reason: ReasonContentEncoding, Header: "Content-Encoding"}
	}
	m.Answer = true
	e, err := c.inspect(m, res.Header, c.tolerance)
	if err != nil {
		return nil, err
	}
	return e, c.verify(e, res.Body)
}

// belongs checks that a verified answer is the one to this request: of its
// operation, about its ids, and not that to another request.
func (c *Client) belongs(
	out *outgoing, m wire.Message, e *envelope, result Result, body strictjson.Object,
) error {
	namesNoRequest := c.wallet.Signing.Content == wire.ContentDotted
	if namesNoRequest && !out.answeredBy(result, body) {
		return &SignatureError{Reason: ReasonOtherOperation}
	}
	if out.bind != nil {
		if err := out.bind(result, body); err != nil {
			return err
		}
	}
	takenOnce := namesNoRequest || out.isUnique(result)
	if takenOnce && !c.replay.Accept(e.signature.Signature, m.URI, m.Body) {
		return &SignatureError{Reason: ReasonReplay}
	}
	return nil
}

// staleAfter is how much older than its request an answer may be by the
// wallet's clock: room for times in whole seconds, and for a gateway of several
// machines whose clocks differ a little.
const staleAfter = 30 * time.Second

// inquires reports whether the same question may have another answer later.
// The answer to anything else, handed out again, says what it said before.
func (out *outgoing) inquires() bool {
	return out.op == wire.OpInquiryPayment || out.op == wire.OpInquiryRefund
}

// isUnique reports whether no other request has the same answer. Such an answer
// may omit the request's id, but carries a fresh id or token, so a duplicate is a
// replay. A cancel may carry none; the inquiry that follows settles it then.
// Rejections are the same for all requests of one moment, since PKCS#1 v1.5
// signatures are deterministic. Inquiries are bound by their ids.
func (out *outgoing) isUnique(result Result) bool {
	switch out.op {
	case wire.OpPay, wire.OpRefund, wire.OpCapture, wire.OpVoid, wire.OpCancel,
		wire.OpApplyToken, wire.OpPrepare, wire.OpUserInfo:
		return result.succeeded()
	}
	return false
}

// succeeded reports whether the verdict is S or A.
func (r Result) succeeded() bool { return r.Status == ResultSuccess || r.Status == ResultAccepted }

// marks are members that the answers of one operation have, and those of no
// other: what tells them apart where the signature does not.
var marks = map[string]wire.Operation{
	"redirectActionForm": wire.OpPay, "actionForm": wire.OpPay, "paymentUrl": wire.OpPay,
	"paymentStatus": wire.OpInquiryPayment,
	"cancelTime":    wire.OpCancel,
	"refundId":      wire.OpRefund, "refundStatus": wire.OpInquiryRefund,
	"captureId":   wire.OpCapture,
	"voidId":      wire.OpVoid,
	"accessToken": wire.OpApplyToken,
	"authUrl":     wire.OpPrepare,
	"userInfo":    wire.OpUserInfo,
}

// answeredBy reports whether a success has what answers to this operation
// have, and nothing that only those of another one have. A rejection has neither.
func (out *outgoing) answeredBy(result Result, body strictjson.Object) bool {
	if out.path != "" || !result.succeeded() {
		return true
	}
	own := out.op == wire.OpPay || out.op == wire.OpCancel || out.op == wire.OpCancelToken // may carry nothing
	for member, of := range marks {
		switch {
		case body[member] == nil:
		case of == out.op:
			own = true
		case member == "refundId" && out.op == wire.OpInquiryRefund:
		default:
			return false
		}
	}
	return own
}

// read parses verified bytes, brings them into the platform's shape and
// returns the verdict in result.
func (c *Client) read(op wire.Operation, raw []byte) (strictjson.Object, Result, error) {
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

func (c *Client) parse(op wire.Operation, raw []byte) (strictjson.Object, error) {
	body, err := strictjson.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := shapeResponse(&c.wallet, op, body, raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return body, nil
}

func (c *Client) result(member strictjson.Object) (Result, error) {
	r := reader{from: member}
	status := r.text("resultStatus")
	result := Result{Status: resultStatus(&c.wallet.Words, status), Code: r.text("resultCode"), Message: r.text("resultMessage")}
	if result.Status == ResultSuccess && inProcess(c.wallet.Words.Code(result.Code)) {
		result.Status = ResultUnknown // done and in process contradict each other
	}
	return result, r.err
}

// inProcess reports whether a result code says that the wallet still works at it.
func inProcess(code string) bool { return code == "PAYMENT_IN_PROCESS" || code == "REFUND_IN_PROCESS" }

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

// boundID is an id of the request that its answer may repeat.
type boundID struct{ member, sent string }

func (ref OrderRef) bound() []boundID {
	return []boundID{{"paymentRequestId", ref.PaymentRequestID}, {"paymentId", ref.PaymentID}}
}

func (ref RefundRef) bound() []boundID {
	return []boundID{{"refundRequestId", ref.RefundRequestID}, {"refundId", ref.RefundID}}
}

// contradicts returns an error if an id of the answer differs from the one that
// was sent.
func contradicts(body strictjson.Object, ids ...boundID) error {
	r := reader{from: body}
	for _, id := range ids {
		got := r.text(id.member)
		if got != "" && id.sent != "" && got != id.sent {
			return fmt.Errorf("%w: %w", ErrReferenceMismatch, &SignatureError{Reason: ReasonOtherReference})
		}
	}
	return r.err
}

// names returns an error unless the answer repeats the first id that was sent,
// and contradicts none. The first is the merchant's own. Where both were sent, the
// wallet matches on its own, which may come from anywhere: an answer without the
// merchant's id leaves that unconfirmed.
func names(body strictjson.Object, ids ...boundID) error {
	if err := contradicts(body, ids...); err != nil {
		return err
	}
	for _, id := range ids {
		if id.sent == "" {
			continue
		}
		if body[id.member] == nil || body[id.member] == "" {
			return &SignatureError{Reason: ReasonReferenceMissing}
		}
		return nil
	}
	return nil
}

func malformedMember(name string, cause error) error {
	if cause != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, cause)
	}
	return fmt.Errorf("%w: member %q is missing", ErrMalformed, name)
}

// reader reads members one after another and keeps the first error.
type reader struct {
	from strictjson.Object
	err  error
}

func (r *reader) keep(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
}

func (r *reader) text(names ...string) string {
	for _, name := range names {
		text, err := r.from.Text(name)
		r.keep(err)
		if text != "" {
			return text
		}
	}
	return ""
}

func (r *reader) object(name string) strictjson.Object {
	obj, err := r.from.Object(name)
	r.keep(err)
	return obj
}

// amount returns the zero Amount when the member is missing.
func (r *reader) amount(name string) Amount {
	obj := r.object(name)
	if obj == nil {
		return Amount{}
	}
	inner := reader{from: obj}
	a, err := parseWireAmount(inner.text("currency"), inner.text("value"))
	if inner.err != nil {
		err = inner.err
	}
	if err != nil {
		r.keep(fmt.Errorf("member %q: %w", name, err))
		return Amount{}
	}
	return a
}

// time returns the zero time when the member is missing or unreadable: no
// outcome hangs on it, and Raw keeps the text. All others are in UTC.
func (r *reader) time(names ...string) time.Time {
	t, ok := wire.TimeISO8601Millis.Parse(r.text(names...))
	if !ok {
		return time.Time{}
	}
	return t.UTC()
}
