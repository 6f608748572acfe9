package tradepay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/operation"
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
	traceID    string
	httpStatus int
	attempts   int
	doubtful   bool // an earlier attempt may have been processed
}

func (a *answer) fail(kind, cause error) *APIError {
	return &APIError{
		Op: a.op, Kind: kind, HTTPStatus: a.httpStatus, Result: a.result, OrderRef: a.orderRef, RefundRef: a.refundRef,
		Attempts: a.attempts, Err: cause, complaint: complaintOf(a.outgoing, a.code, a.result.Message), Hint: a.hint,
		TraceID: a.traceID, word: wordOf(a.result.Code, a.code),
	}
}

// wordOf returns what an error's text adds to a result code: the platform's word, if that
// is another.
func wordOf(code, platform string) string {
	if code == platform {
		return ""
	}
	return platform
}

// reject turns a verified F into the error that it means.
func (a *answer) reject() *APIError {
	switch a.code {
	case "REPEAT_REQ_INCONSISTENT":
		return a.fail(ErrIdempotencyMismatch, nil)
	case "ORDER_NOT_EXIST", "REFUND_NOT_EXIST", "AUTH_NOT_FOUND":
		if a.op == wire.OpInquiryPayment || a.op == wire.OpInquiryRefund {
			return a.fail(ErrOrderNotFound, nil)
		}
		notFound := a.fail(ErrRejected, nil)
		notFound.also = ErrOrderNotFound
		return notFound
	}
	if refusesCaller(a.code) {
		return a.fail(ErrUnauthorized, nil)
	}
	return a.fail(ErrRejected, nil)
}

// refusesCaller reports whether a result code is about the caller's key, ids, access
// or clock: it says nothing about the payment. Codes about what the caller may sell,
// such as PARTNER_STATUS_ABNORMAL, are not among them.
func refusesCaller(code string) bool {
	switch code {
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND", "INVALID_CLIENT", "INVALID_API", "ACCESS_DENIED",
		"INVALID_AGENT_TOKEN", "EXPIRED_AGENT_TOKEN", "PARTNER_NOT_EXIST", "TIMESTAMP_INVALID",
		"INVALID_AUTH_CLIENT", "INVALID_AUTH_CLIENT_STATUS":
		return true
	}
	return false
}

// malformed turns a verified answer without a clear meaning into an error.
func (a *answer) malformed(cause error) *APIError { return a.fail(ErrOutcomeUnknown, cause) }

// unsettled is an operation without success so far. Before the client reports an
// error, it asks the wallet by an inquiry what really happened.
type unsettled struct {
	failed *APIError
	// rejected says that the wallet answered F and that no other request of this
	// call can have reached it. An earlier call with this id may still have
	// succeeded: a rejected retry does not prove that the first call failed.
	rejected bool
}

// unsettle decides how to go on after an exchange without success: it returns an
// unsettled operation, about which to inquire, or the error to report at once.
func (c *Client) unsettle(ctx context.Context, ans *answer, err error) (*unsettled, error) {
	u := &unsettled{}
	if err != nil {
		if !errors.As(err, &u.failed) || u.failed.NotSent {
			return nil, err
		}
		if ctx.Err() != nil || !c.mayInquire(ctx, u.failed) {
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
	if !u.rejected && !c.mayInquire(ctx, u.failed) {
		return nil, u.failed.inDoubt("")
	}
	return u, nil
}

// mayInquire takes an inquiry from the retry budget, and tells if that is empty.
func (c *Client) mayInquire(ctx context.Context, failed *APIError) bool {
	if c.budget.Take() {
		return true
	}
	c.inquiryRefused(ctx, failed)
	return false
}

// endsHere reports whether a rejection needs no inquiry: the wallet rejects the
// caller, or has no such order. If the signature does not cover the operation,
// "not found" may be the answer to an earlier inquiry and proves nothing.
func (c *Client) endsHere(rejection error) bool {
	if errors.Is(rejection, ErrUnauthorized) {
		return true
	}
	return errors.Is(rejection, ErrOrderNotFound) && c.wallet.Signing.Content != wire.ContentDotted
}

// afterInquiry returns the error to report if the inquiry fails, too. It reports
// the rejection only if the wallet has nothing under this id.
func (u *unsettled) afterInquiry(inquiry error) error {
	if u.rejected && errors.Is(inquiry, ErrOrderNotFound) {
		return u.failed
	}
	var failed *APIError
	if errors.As(inquiry, &failed) { // the hint and the complaint appear once
		plain := *failed
		plain.Hint, inquiry = "", &plain
		isOfWallet := failed.Hint != "" && failed.Cause == ""
		if u.failed.Hint == "" || u.failed.Cause != "" && isOfWallet {
			u.failed.Hint = failed.Hint
		}
		if plain.complaint == u.failed.complaint {
			plain.complaint = ""
		}
	}
	return u.failed.inDoubt("the inquiry ended with: " + inquiry.Error())
}

// settled returns the failure with the kind and the cause that the inquiry found.
func (u *unsettled) settled(kind, cause error) error {
	u.failed.Kind, u.failed.Err, u.failed.Cause, u.failed.Hint = kind, cause, "", ""
	return u.failed
}

// rejectedInquiry is the error about an inquiry that the wallet rejects. Such an
// answer does not mean that the payment or refund failed.
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

// inquiryHint is for people who take PARAM_ILLEGAL as the answer to an inquiry for
// the end of the payment, or who inquire for ever.
const inquiryHint = "the wallet rejects the inquiry, not the payment, and may reject it each time: check the " +
	"site name (customerBelongsTo, from Config.SiteName or ForSite), the partner and app ids, the ids asked about, " +
	"and this machine's clock"

// definite makes an exchange that succeeds only with S.
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
	if out.inquires() && c.pace.Stale(told, sent, c.staleAfter()) {
		return nil, Result{}, errStale
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

// belongs checks that a verified answer is the answer to this request: it is of
// this operation, it is about these ids, and it did not answer another request.
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
	takenOnce := namesNoRequest || out.isUnique(result, body)
	if takenOnce && !c.replay.Accept(e.signature.Signature, m.URI, m.Body) {
		return &SignatureError{Reason: ReasonReplay}
	}
	return nil
}

// staleAfter is how much older than its request an answer may be by the wallet's
// clock. Wallets send times in whole seconds, and the clocks of a gateway's machines
// differ: by more where Config.TimeTolerance is more. A thief on a broken TLS connection
// can show what was true so long ago: SUCCESS of what has been given back since, or "not
// found" of an order that came in since. So it is a fifth of the tolerance, not all of
// it: with all of it, an old answer would pass for as long as its time does.
func (c *Client) staleAfter() time.Duration { return max(30*time.Second, c.tolerance/5) }

// errStale is the error about an answer that is older than staleAfter.
var errStale = &SignatureError{Reason: ReasonReplay, Header: "Response-Time"}

// inquires reports whether the operation asks for a state that changes. An old
// answer to such a question is a wrong answer. An old answer to any other
// operation still says what happened.
func (out *outgoing) inquires() bool {
	return out.op == wire.OpInquiryPayment || out.op == wire.OpInquiryRefund
}

// isUnique reports whether no two requests get the same answer. Such an answer
// may omit the request's id, but carries a new id or token, or what only one user
// has, so a duplicate is a replay. The answer to a cancel may carry neither: a
// duplicate of it counts as a replay, too, and the inquiry that follows tells what
// happened. So does a duplicate of the answer to the acceptance of an order: the
// retry tells. Rejections are not unique: several requests of one moment get the same
// bytes and signature, since PKCS#1 v1.5 is deterministic. So do users without a
// card. Answers to inquiries carry the ids.
func (out *outgoing) isUnique(result Result, body strictjson.Object) bool {
	switch out.op {
	case wire.OpPay, wire.OpRefund, wire.OpCapture, wire.OpVoid, wire.OpCancel, operation.MerchantAccept,
		operation.Confirm, wire.OpApplyToken, wire.OpPrepare, wire.OpUserInfo:
		return result.succeeded()
	}
	member, known := ownMember[out.op]
	return known && result.succeeded() && holds(body[member])
}

// ownMember is the member of an answer that no other request's answer has, for
// operations whose answers may lack it.
var ownMember = map[wire.Operation]string{
	wire.OpSendMessage: "messageId", operation.SendPush: "messageId", // some wallets give no id
	operation.UserCards: "cardList", operation.UserAccounts: "accountList",
	operation.CreateQRCode: "appQrCode", operation.Reconciliation: "fileUrls",
}

// holds reports whether a member is there, and no empty list.
func holds(member any) bool {
	list, isList := member.([]any)
	return member != nil && (!isList || len(list) > 0)
}

// succeeded reports whether the verdict is S or A.
func (r Result) succeeded() bool { return r.Status == ResultSuccess || r.Status == ResultAccepted }

// marks maps members to the one operation whose answers have them. They show what
// an answer belongs to if the signature does not cover that.
var marks = map[string]wire.Operation{
	"redirectActionForm": wire.OpPay, "actionForm": wire.OpPay, "paymentUrl": wire.OpPay,
	"paymentStatus": wire.OpInquiryPayment,
	"cancelTime":    wire.OpCancel,
	"refundId":      wire.OpRefund, "refundStatus": wire.OpInquiryRefund,
	"captureId":   wire.OpCapture,
	"voidId":      wire.OpVoid,
	"confirmId":   operation.Confirm,
	"accessToken": wire.OpApplyToken,
	"authUrl":     wire.OpPrepare,
	"userInfo":    wire.OpUserInfo,
	"messageId":   wire.OpSendMessage,
}

// answeredBy reports whether a success has a member that marks this operation,
// and none that marks another. Rejections have no such members, and always pass.
func (out *outgoing) answeredBy(result Result, body strictjson.Object) bool {
	if out.path != "" || !result.succeeded() {
		return true
	}
	mayBeEmpty := out.op == wire.OpPay || out.op == wire.OpCancel || out.op == wire.OpCancelToken
	own := mayBeEmpty
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
	result := Result{
		Status: resultStatus(&c.wallet.Words, status), Code: r.text("resultCode"), Message: r.text("resultMessage"),
	}
	if result.Status == ResultSuccess && inProcess(c.platformCode(result.Code)) {
		result.Status = ResultUnknown // "done" and "in process" contradict each other
	}
	if result.Status == ResultFailed && tellsNoEnd(c.platformCode(result.Code)) {
		result.Status = ResultUnknown
	}
	return result, r.err
}

// platformCode returns the platform's word for a result code: from the profile, and
// from the spellings that the platform's own pages mix.
func (c *Client) platformCode(code string) string {
	switch code = c.wallet.Words.Code(code); code {
	case "CLIENT_INVALID":
		return "INVALID_CLIENT"
	case "SIGNATURE_INVALID":
		return "INVALID_SIGNATURE"
	}
	return code
}

// inProcess reports whether a result code says that the wallet is still working on
// the operation.
func inProcess(code string) bool {
	switch code {
	case "PAYMENT_IN_PROCESS", "REFUND_IN_PROCESS", "CAPTURE_IN_PROCESS":
		return true
	}
	return false
}

// tellsNoEnd reports whether a result code leaves the outcome open, so that an F with
// it is a U. The wallets pair REQUEST_TRAFFIC_EXCEED_LIMIT with U in v1 and with F in
// v2, and mean the same: ask again later, with the same id.
func tellsNoEnd(code string) bool {
	return inProcess(code) || code == "REQUEST_TRAFFIC_EXCEED_LIMIT" || code == "UNKNOWN_EXCEPTION"
}

// claimedCode returns the result code of an answer that was not verified, for
// people to read. It decides nothing.
func claimedCode(body []byte) string {
	var claim struct {
		Result struct {
			ResultCode string `json:"resultCode"`
		} `json:"result"`
	}
	if json.Unmarshal(body, &claim) != nil {
		return ""
	}
	code := claim.Result.ResultCode
	if len(code) > 64 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return ""
	}
	return code
}

// boundID is an id of a request. The answer may repeat it.
type boundID struct{ member, sent string }

func (ref OrderRef) bound() []boundID {
	return []boundID{{"paymentRequestId", ref.PaymentRequestID}, {"paymentId", ref.PaymentID}}
}

func (ref RefundRef) bound() []boundID {
	return []boundID{{"refundRequestId", ref.RefundRequestID}, {"refundId", ref.RefundID}}
}

// contradicts returns an error if the answer has another id than the request.
// An id that only one of them has contradicts nothing.
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

// names returns an error unless the answer repeats the first id that the request
// has, and contradicts none. The first id is the merchant's own. If a request has
// both ids, the wallet looks only at its own: an answer that omits the merchant's
// id does not confirm that both belong together.
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

// each reads the objects of a list one after another.
func (r *reader) each(list string, read func(in *reader)) {
	items, err := r.from.List(list)
	r.keep(err)
	for _, item := range items {
		fields, ok := item.(map[string]any)
		if !ok {
			r.keep(&strictjson.TypeError{Member: list, Want: "a list of objects"})
			continue
		}
		in := reader{from: fields}
		read(&in)
		r.keep(in.err)
	}
}

// flag reads a boolean, which some wallets write as a text. All else is false: no
// outcome depends on it, and Raw keeps what came.
func (r *reader) flag(name string) bool { return r.from[name] == true || r.from[name] == "true" }

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

// amount returns the zero Amount if the member is missing or wrong.
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

// time returns the time in UTC, or the zero time if the member is missing or
// unreadable: no outcome depends on it, and Raw keeps the text.
func (r *reader) time(names ...string) time.Time {
	t, ok := wire.TimeISO8601Millis.Parse(r.text(names...))
	if !ok {
		return time.Time{}
	}
	return t.UTC()
}
