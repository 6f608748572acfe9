package tradepay

import (
	"errors"
	"fmt"
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
	NotificationRefund     NotificationKind = "refund"      // how a refund ended, or that it is in process
	NotificationCapture    NotificationKind = "capture"     // how a capture ended, or that it is in process
	NotificationCashierURL NotificationKind = "cashier_url" // the payment URL of an order, sent late
	// NotificationAuthorization is about a payer's consent: a code, a token, or the
	// end of a contract. It names no payment.
	NotificationAuthorization NotificationKind = "authorization"
	NotificationDispute       NotificationKind = "dispute" // a payer disputes a payment
	// NotificationOther is verified, and of none of these kinds, or it says too
	// little or contradicts itself: read Raw, or inquire. It never says that
	// anything is paid.
	NotificationOther NotificationKind = "other"
)

// operation is what observers are told of a kind.
func (k NotificationKind) operation() wire.Operation {
	switch k {
	case NotificationVoid:
		return wire.OpNotifyVoid
	case NotificationCashierURL:
		return wire.OpNotifyCashierURL
	}
	return wire.OpNotifyPayment
}

// Notification is a verified message that the wallet sent to the merchant. Which
// fields it has depends on its Kind; all others are zero. Only a payment must name
// a payment: other kinds have the payment's ids if the wallet sends them.
//
// A notification can hold a payer's code or token. Neither fmt nor slog print them.
// Its JSON has them, in their own fields and in Raw: store it as you store a Token.
type Notification struct {
	Kind             NotificationKind `json:"kind,omitzero"`
	PaymentRequestID string           `json:"paymentRequestId,omitzero"`
	PaymentID        string           `json:"paymentId,omitzero"`
	// Amount is that of the payment, void, refund or capture, or the one that is
	// disputed. It is zero if the wallet does not say; a payment always has one.
	Amount Amount        `json:"amount,omitzero"`
	Status PaymentStatus `json:"status,omitzero"` // of the payment; empty for other kinds
	Result Result        `json:"result,omitzero"` // of v2 wallets: the outcome in their words
	// FailReason is the wallet's word if the status is FAIL.
	FailReason   string        `json:"failReason,omitzero"`
	PaidAt       time.Time     `json:"paidAt,omitzero"`       // of the payment or authorization, in UTC
	PaymentURL   string        `json:"paymentUrl,omitzero"`   // of a cashier URL notification
	Transactions []Transaction `json:"transactions,omitzero"` // of a payment, if the wallet sends them

	// Of a void.
	VoidRequestID string            `json:"voidRequestId,omitzero"`
	VoidID        string            `json:"voidId,omitzero"`
	VoidStatus    TransactionStatus `json:"voidStatus,omitzero"`

	// Of a refund.
	RefundRequestID string            `json:"refundRequestId,omitzero"`
	RefundID        string            `json:"refundId,omitzero"`
	RefundStatus    TransactionStatus `json:"refundStatus,omitzero"`
	RefundedAt      time.Time         `json:"refundedAt,omitzero"` // in UTC, if it succeeded and the wallet says when

	// Of a capture. A refund or a dispute may name the CaptureID, too.
	CaptureRequestID string            `json:"captureRequestId,omitzero"`
	CaptureID        string            `json:"captureId,omitzero"`
	CaptureStatus    TransactionStatus `json:"captureStatus,omitzero"`
	CapturedAt       time.Time         `json:"capturedAt,omitzero"` // in UTC, if it succeeded and the wallet says when

	// AuthorizationEvent says what became of a payer's consent: "AUTHCODE_CREATED"
	// (give AuthCode to Client.ApplyToken), "TOKEN_CREATED" or "CONTRACT_VALID"
	// (AccessToken may be used), "TOKEN_CANCELED" or "CONTRACT_ENDED" (it may not;
	// see AuthorizationEnded). The fields up to UserID belong to it.
	AuthorizationEvent string    `json:"authorizationEvent,omitzero"`
	AuthorizationAt    time.Time `json:"authorizationAt,omitzero"` // of the event, in UTC, if the wallet says when
	AuthCode           string    `json:"authCode,omitzero"`        // a secret
	AuthState          string    `json:"authState,omitzero"`       // PrepareRequest.State: compare it with yours
	AccessToken        string    `json:"accessToken,omitzero"`     // a secret
	// AccessTokenExpiresAt is in UTC. Most wallets do not say.
	AccessTokenExpiresAt time.Time `json:"accessTokenExpiresAt,omitzero"`
	UserID               string    `json:"userId,omitzero"`

	// DisputeID is the wallet's id of a dispute, to which the fields up to
	// DisputeJudgedAt belong.
	DisputeID string `json:"disputeId,omitzero"`
	// DisputeEvent is the wallet's word for what happened, such as
	// "DISPUTE_CREATED", "DISPUTE_JUDGED", "DISPUTE_CANCELLED" or
	// "DEFENSE_DUE_ALERT". A wallet may add words.
	DisputeEvent      string    `json:"disputeEvent,omitzero"`
	DisputeType       string    `json:"disputeType,omitzero"` // the wallet's word, such as "CHARGEBACK"
	DisputeReasonCode string    `json:"disputeReasonCode,omitzero"`
	DisputeReason     string    `json:"disputeReason,omitzero"`
	DisputedAt        time.Time `json:"disputedAt,omitzero"`   // in UTC
	DefenseDueAt      time.Time `json:"defenseDueAt,omitzero"` // until when you can defend, in UTC
	// DisputeResult is the wallet's word for the judgement, such as
	// "ACCEPT_BY_MERCHANT" (you pay) or "ACCEPT_BY_CUSTOMER".
	DisputeResult       string    `json:"disputeResult,omitzero"`
	DisputeJudgedAmount Amount    `json:"disputeJudgedAmount,omitzero"` // what is taken from you
	DisputeJudgedAt     time.Time `json:"disputeJudgedAt,omitzero"`     // in UTC

	Raw []byte `json:"raw,omitempty"` // the verified body
}

// CheckPaid returns nil only if the notification says that your order is paid, and
// over the amount that you want. Call it before you ship. Errors are those of
// Check, [ErrNotPaid] or, if the Transactions say that the merchant keeps less than
// that amount, [ErrRefunded]. Most wallets send no Transactions, and none can tell
// what is given back after the notification: for that, inquire. Inquire, too, if you
// asked for an escrow or with Authorize: some wallets notify of money that they only
// hold as of a payment, and only [Client.QueryOrder] tells.
func (n *Notification) CheckPaid(paymentRequestID string, want Amount) error {
	return checkPaid(n.Check(paymentRequestID, want), n.Status, n.Amount, n.Transactions)
}

// Check returns nil only if a payment notification is about your order, and over
// the amount that you want: so nobody gets your goods for one cent. It does not
// look at Status: [Notification.CheckPaid] does. Errors match
// [ErrReferenceMismatch], [ErrAmountMismatch], [ErrInvalidAmount] or, for another
// kind of notification, [ErrNotPaid].
func (n *Notification) Check(paymentRequestID string, want Amount) error {
	if n.Kind != NotificationPayment {
		return fmt.Errorf("%w: a notification of kind %s says nothing about that", ErrNotPaid, n.Kind)
	}
	return matches(n.PaymentRequestID, n.Amount, paymentRequestID, want)
}

// AuthorizationEnded reports whether the payer's consent has ended: AccessToken pays
// nothing anymore.
func (n *Notification) AuthorizationEnded() bool {
	return n.AuthorizationEvent == eventTokenCanceled || n.AuthorizationEvent == eventContractEnded
}

// Same reports whether two notifications say the same, so that the later one is a
// duplicate, to be acknowledged and left alone. A payment, refund, capture or void
// is the same with the same id, status and amount, whatever else differs: wallets
// send it again with another time or other members. An id that only one of them has
// differs in nothing, but one must be in both. A payment of whose Amount the
// Transactions leave less than before is news. Other kinds are the same if all their
// fields but Raw and Result are, and NotificationOther if Raw is.
func (n *Notification) Same(other *Notification) bool {
	if n == nil || other == nil || n.Kind != other.Kind || n.Amount != other.Amount {
		return false
	}
	switch n.Kind {
	case NotificationPayment:
		return n.Status == other.Status && sameIDs(n.PaymentRequestID, other.PaymentRequestID, n.PaymentID,
			other.PaymentID) && netAmount(n.Amount, n.Transactions) == netAmount(other.Amount, other.Transactions)
	case NotificationRefund:
		return n.RefundStatus == other.RefundStatus && n.samePayment(other) &&
			sameIDs(n.RefundRequestID, other.RefundRequestID, n.RefundID, other.RefundID)
	case NotificationCapture:
		return n.CaptureStatus == other.CaptureStatus && n.samePayment(other) &&
			sameIDs(n.CaptureRequestID, other.CaptureRequestID, n.CaptureID, other.CaptureID)
	case NotificationVoid:
		return n.VoidStatus == other.VoidStatus && n.samePayment(other) &&
			sameIDs(n.VoidRequestID, other.VoidRequestID, n.VoidID, other.VoidID)
	case NotificationCashierURL, NotificationAuthorization, NotificationDispute:
		return n.fields() == other.fields()
	}
	return string(n.Raw) == string(other.Raw)
}

// samePayment reports whether no id says that they are about two payments.
func (n *Notification) samePayment(other *Notification) bool {
	noID := n.PaymentRequestID == "" && n.PaymentID == "" || other.PaymentRequestID == "" && other.PaymentID == ""
	return noID || sameIDs(n.PaymentRequestID, other.PaymentRequestID, n.PaymentID, other.PaymentID)
}

// sameIDs reports whether two messages name the same thing by two ids: an id that
// both have is the same, and there is one.
func sameIDs(a, otherA, b, otherB string) bool {
	bothA, bothB := a != "" && otherA != "", b != "" && otherB != ""
	differ := bothA && a != otherA || bothB && b != otherB
	return !differ && (bothA || bothB)
}

// fields is what a cashier URL, an authorization or a dispute says.
func (n *Notification) fields() [21]string {
	return [...]string{
		n.PaymentRequestID, n.PaymentID, n.PaymentURL, n.CaptureID,
		n.AuthorizationEvent, n.AuthorizationAt.String(), n.AuthCode, n.AuthState, n.AccessToken,
		n.AccessTokenExpiresAt.String(), n.UserID,
		n.DisputeID, n.DisputeEvent, n.DisputeType, n.DisputeReasonCode, n.DisputeReason,
		n.DefenseDueAt.String(), n.DisputeResult, n.DisputeJudgedAmount.String(), n.DisputedAt.String(),
		n.DisputeJudgedAt.String(),
	}
}

// What becomes of a payer's consent.
const (
	eventAuthCodeCreated = "AUTHCODE_CREATED"
	eventTokenCreated    = "TOKEN_CREATED"
	eventTokenCanceled   = "TOKEN_CANCELED"
	eventContractValid   = "CONTRACT_VALID"
	eventContractEnded   = "CONTRACT_ENDED"
)

// readNotification tells the kinds apart by their members, since all of them may
// come to one URL. A message about anything but a payment that is not clear becomes
// NotificationOther, so that it reaches the merchant. A message about a payment that
// is not clear is an error: it must not be taken for a payment, nor for something
// that can be left alone.
func (c *Client) readNotification(body strictjson.Object) (*Notification, error) {
	n := unclear(body)
	r := reader{from: body}
	kind := kindOf(body)
	switch {
	case kind == NotificationPayment:
		return c.readPayment(body)
	case !typeFits(&r, kind):
		return n, nil
	}
	told := unclear(body)
	told.Kind = kind
	understood := false
	switch kind {
	case NotificationVoid:
		told.VoidStatus, understood = c.readSettled(&r, told, "void", "paymentResult")
		told.VoidRequestID, told.VoidID = r.text("voidRequestId"), r.text("voidId")
	case NotificationRefund:
		told.RefundStatus, understood = c.readSettled(&r, told, "refund")
		told.RefundRequestID, told.RefundID = r.text("refundRequestId"), r.text("refundId")
		told.CaptureID = r.text("captureId")
		if told.RefundStatus == TransactionSuccess {
			told.RefundedAt = r.time("refundTime")
		}
	case NotificationCapture:
		told.CaptureStatus, understood = c.readSettled(&r, told, "capture")
		told.CaptureRequestID, told.CaptureID = r.text("captureRequestId"), r.text("captureId")
		if told.CaptureStatus == TransactionSuccess {
			told.CapturedAt = r.time("captureTime")
		}
	case NotificationAuthorization:
		understood = c.readConsent(&r, told)
	case NotificationDispute:
		understood = readDispute(&r, told)
	}
	if !understood || r.err != nil {
		return n, nil
	}
	return told, nil
}

// unclear is a notification of which no more than the payment's ids is believed.
func unclear(body strictjson.Object) *Notification {
	r := reader{from: body}
	return &Notification{
		Kind: NotificationOther, PaymentRequestID: r.text("paymentRequestId"), PaymentID: r.text("paymentId"),
	}
}

// signs are how the members of each kind but a payment's begin, in small letters.
// Those of NotificationOther are about what happens to a payment later. A message
// with any of them also has the payment's members, and is no payment.
var signs = []struct {
	word string
	kind NotificationKind
}{
	{"void", NotificationVoid}, {"refund", NotificationRefund}, {"capture", NotificationCapture},
	{"authorizationnotify", NotificationAuthorization}, {"contractstatus", NotificationAuthorization},
	{"dispute", NotificationDispute},
	{"cancel", NotificationOther}, {"chargeback", NotificationOther}, {"reversal", NotificationOther},
	{"revert", NotificationOther}, {"release", NotificationOther},
	{"returnid", NotificationOther}, {"returnrequest", NotificationOther}, {"returnresult", NotificationOther},
	{"returnstatus", NotificationOther}, {"returnamount", NotificationOther}, {"returntime", NotificationOther},
}

// kindOf returns the kind that the members of a message belong to, and
// NotificationOther if they are of several kinds. A refund or dispute of a capture
// names the capture: captureId alone makes no capture of them.
func kindOf(body strictjson.Object) NotificationKind {
	kind := NotificationPayment
	for name, value := range body {
		if value == nil || name == "voidNotifyUrl" || name == "captureId" {
			continue
		}
		small := strings.ToLower(name)
		for _, sign := range signs {
			if !strings.HasPrefix(small, sign.word) {
				continue
			}
			if kind != NotificationPayment && kind != sign.kind {
				return NotificationOther
			}
			kind = sign.kind
		}
	}
	if kind == NotificationPayment && body["captureId"] != nil {
		return NotificationCapture
	}
	return kind
}

// types are the words of notifyType and eventType that documents have.
var types = map[string]NotificationKind{
	"PAYMENT": NotificationPayment, "PAYMENT_RESULT": NotificationPayment,
	"PAYMENT_PENDING": NotificationPayment, "OFFLINE_PAYMENT_CODE": NotificationPayment,
	"REFUND_RESULT": NotificationRefund, "CAPTURE_RESULT": NotificationCapture,
}

// typeFits reports whether the message calls itself one of this kind, or nothing. A
// payment must call itself one by a word that is known: any other word may be about
// anything.
func typeFits(r *reader, kind NotificationKind) bool {
	for _, member := range []string{"notifyType", "eventType"} {
		if r.from[member] == nil {
			continue
		}
		told, known := types[r.text(member)]
		if known && told != kind || !known && kind == NotificationPayment {
			return false
		}
	}
	return true
}

// ofPayment are members of a message about a payment, beside its outcome.
var ofPayment = []string{"paymentAmount", "paymentTime", "paymentFailReason", "transactions"}

// aboutPayment reports whether a message without signs says something of a payment. Its
// outcome has a name of its own. An amount, a time or a bare result says so, too, unless
// the message calls itself something by a member that is not known: what succeeded may be
// anything.
func aboutPayment(body strictjson.Object, named bool) bool {
	switch {
	case body["paymentStatus"] != nil || body["paymentResult"] != nil:
		return true
	case callsItselfAnything(body):
		return false
	}
	for _, name := range ofPayment {
		if body[name] != nil {
			return true
		}
	}
	return named && body["result"] != nil
}

// callsItselfAnything reports whether a message names its kind in another member than
// notifyType and eventType.
func callsItselfAnything(body strictjson.Object) bool {
	for name, value := range body {
		known := value == nil || name == "notifyType" || name == "eventType"
		if known {
			continue
		}
		name = strings.ToLower(name)
		for _, ending := range []string{"notifytype", "notificationtype", "eventtype"} {
			if strings.HasSuffix(name, ending) {
				return true
			}
		}
	}
	return false
}

// readPayment reads a payment, or the URL to pay it.
func (c *Client) readPayment(body strictjson.Object) (*Notification, error) {
	r := reader{from: body}
	if fits := typeFits(&r, NotificationPayment); !fits && r.err == nil {
		return unclear(body), nil
	}
	n := &Notification{
		PaymentRequestID: r.text("paymentRequestId"),
		PaymentID:        r.text("paymentId"),
	}
	named := n.PaymentRequestID != "" || n.PaymentID != ""
	outcome := c.readOutcome(&r, n, []string{"paymentStatus"}, []string{"paymentResult", "result"})
	url := r.text("redirectUrl", "redirectionUrl", "paymentUrl", "cashierUrl", "normalUrl")
	hasForm := body["actionForm"] != nil || body["redirectActionForm"] != nil
	isAnswerToPay := hasForm || r.text("tradeNO", "tradeNo", "orderCode") != ""
	switch {
	case isAnswerToPay:
		r.keep(errors.New("a form, trade number or code to pay with is no notification"))
	case url != "" && outcome != "":
		r.keep(errors.New("a payment URL beside an outcome is no notification"))
	case url != "" && named:
		n.Kind, n.PaymentURL = NotificationCashierURL, url
	case r.err == nil && !aboutPayment(body, named):
		return unclear(body), nil
	default:
		n.Kind, n.Amount, n.Status = NotificationPayment, r.amount("paymentAmount"), outcome
		c.completePayment(&r, n)
	}
	if !named {
		r.keep(errors.New("there is no payment id"))
	}
	if r.err != nil {
		return nil, r.err
	}
	return n, nil
}

// completePayment reads what else a message about a payment says, and whether that
// agrees with its outcome.
func (c *Client) completePayment(r *reader, n *Notification) {
	n.Transactions = c.transactions(r)
	n.FailReason = r.text("paymentFailReason", "failureReason")
	word := r.text("notifyType", "eventType")
	isPending := word == "PAYMENT_PENDING" || word == "OFFLINE_PAYMENT_CODE"
	isReserved := r.from["paymentStatus"] == nil && r.text("authExpiryTime") != ""
	switch {
	case n.Status == "":
		r.keep(errors.New("the payment has no outcome"))
	case isPending && n.Status != StatusProcessing:
		r.keep(fmt.Errorf("the type %s does not fit this payment", redact.Word(word)))
	case n.Amount.IsZero():
		r.keep(errors.New(`member "paymentAmount" is missing`))
	case n.Status == StatusSuccess && n.FailReason != "":
		r.keep(errFailReason)
	case n.Status == StatusSuccess && isReserved:
		n.Status = StatusAuthorized // as in the answer to a pay: reserved, not paid
	}
	if n.Status == StatusSuccess || n.Status == StatusAuthorized {
		n.PaidAt = r.time("paymentTime")
	}
}

// readSettled reads the members that notifications of a refund, a capture and a void
// have in common; word is "refund", "capture" or "void". It returns false if nothing
// has an id, or nothing says clearly how it ended.
func (c *Client) readSettled(r *reader, n *Notification, word string, results ...string) (TransactionStatus, bool) {
	outcome := c.readOutcome(r, n, []string{word + "Status"}, append([]string{word + "Result", "result"}, results...))
	n.Amount = r.amount(word + "Amount")
	n.FailReason = r.text(word+"FailReason", "failureReason")
	named := r.text(word+"Id", word+"RequestId") != ""
	contradicts := outcome == StatusSuccess && n.FailReason != ""
	if !named || contradicts {
		return "", false
	}
	switch outcome {
	case StatusSuccess:
		return TransactionSuccess, true
	case StatusFailed:
		return TransactionFailed, true
	case StatusProcessing:
		return TransactionProcessing, true
	}
	return "", false
}

// readConsent reads what became of a payer's consent. It returns false if the
// event is not known, or if what it is about is missing.
func (c *Client) readConsent(r *reader, n *Notification) bool {
	event, contract := r.text("authorizationNotifyType"), r.text("contractStatus")
	switch {
	case event != "" && contract != "":
		return false
	case contract == "VALID":
		event = eventContractValid
	case contract == "INVALID":
		event = eventContractEnded
	}
	n.AuthorizationEvent = event
	n.AuthCode, n.AuthState = r.text("authCode"), r.text("authState")
	n.AccessToken, n.UserID = r.text("accessToken"), r.text("userId")
	n.AccessTokenExpiresAt = r.time("accessTokenExpiryTime")
	if at, ok := wire.TimeUnixSeconds.Parse(r.text("modifyTime")); ok {
		n.AuthorizationAt = at.UTC()
	}
	if outcome := c.readOutcome(r, n, nil, []string{"result"}); outcome != "" && outcome != StatusSuccess {
		return false
	}
	switch event {
	case eventAuthCodeCreated:
		return n.AuthCode != ""
	case eventTokenCreated, eventTokenCanceled, eventContractValid, eventContractEnded:
		return n.AccessToken != ""
	}
	return false
}

// readDispute reads a dispute. It returns false if nothing names it.
func readDispute(r *reader, n *Notification) bool {
	n.DisputeID, n.CaptureID = r.text("disputeId"), r.text("captureId")
	n.DisputeEvent, n.DisputeType = r.text("disputeNotificationType"), r.text("disputeType")
	n.DisputeReasonCode, n.DisputeReason = r.text("disputeReasonCode"), r.text("disputeReasonMsg")
	n.Amount, n.DisputedAt = r.amount("disputeAmount"), r.time("disputeTime")
	n.DefenseDueAt = r.time("defenseDueTime")
	n.DisputeResult, n.DisputeJudgedAmount = r.text("disputeJudgedResult"), r.amount("disputeJudgedAmount")
	n.DisputeJudgedAt = r.time("disputeJudgedTime")
	return n.DisputeID != ""
}

// readOutcome reads how something ended, from the members with a status
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
