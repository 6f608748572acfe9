package tradepay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
)

// CreateOrderRequest asks the wallet for a payment. The same code fits every
// wallet: the [Wallet] puts each field where its messages have it.
type CreateOrderRequest struct {
	// PaymentRequestID is the merchant's id of this payment and its
	// idempotency key: at most 64 characters, no @ # ? and no control
	// characters. Required. Store it before the call.
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	Amount           Amount `json:"amount,omitzero"` // to be paid; required
	// Title is what the payer sees the payment is for; required by v1
	// wallets, at most 256 characters.
	Title string       `json:"title,omitzero"`
	Order OrderDetails `json:"order,omitzero"` // shown and reported, never charged by
	// SiteName is my.getSiteInfo().siteName, which v1 wallets demand as
	// extendInfo.customerBelongsTo. Default: Config.SiteName.
	SiteName string `json:"siteName,omitzero"`
	// NotifyURL is where the wallet reports SUCCESS or FAIL: an absolute URL of
	// at most 1,024 characters, https unless its host is loopback. Cancelled,
	// expired and authorized payments are not notified; ask for them. Without
	// one, no payment is, unless the wallet's console has a URL: the first such
	// order of a client is warned of in its log.
	NotifyURL   string `json:"notifyUrl,omitzero"`
	RedirectURL string `json:"redirectUrl,omitzero"` // absolute URL the payer returns to, at most 1,024 characters
	// ExpiresAt is until when the payer can pay; zero for the wallet's default.
	// It is part of the content: store it, and repeat a call with the same.
	ExpiresAt   time.Time `json:"expiresAt,omitzero"`
	ProductCode string    `json:"productCode,omitzero"` // default: the profile's
	// PaymentAuthCode is the payer's access token for an agreement payment.
	PaymentAuthCode string `json:"paymentAuthCode,omitzero"`
	// ExtendInfo is passed on as it is; with a site name it must be a JSON
	// object. At most 4,096 characters.
	ExtendInfo string `json:"extendInfo,omitzero"`
	// Authorize reserves the amount instead of charging it: the order becomes
	// StatusAuthorized, which is not notified, and Capture or Void settles it.
	Authorize bool `json:"authorize,omitzero"`
	// VoidNotifyURL is where voids of an authorized payment are reported; its
	// rules are those of NotifyURL. Only
	// v2 wallets take it with the order; VoidRequest.NotifyURL serves the
	// others. Set both to serve all.
	VoidNotifyURL string `json:"voidNotifyUrl,omitzero"`
	// URLWait is how long CreateOrder waits for a payment URL that the wallet
	// sends later, by notification. Zero does not wait; wallets that answer
	// with the URL are never waited for. See CreateOrder.
	URLWait time.Duration `json:"urlWait,omitzero"`
	// Extra holds further top-level fields of this wallet. It cannot replace
	// a field that the SDK sets, but for paymentFactor. A whole request has at
	// most 1 MiB.
	Extra map[string]any `json:"extra,omitzero"`
}

// OrderRef names a payment by either id or both; the wallet's PaymentID wins.
type OrderRef struct {
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"`
}

// PaymentStatus is where a payment stands.
type PaymentStatus string

// The states of a payment.
const (
	StatusProcessing PaymentStatus = "PROCESSING"   // not paid, or not finished
	StatusAuthorized PaymentStatus = "AUTH_SUCCESS" // reserved, to be captured
	StatusSuccess    PaymentStatus = "SUCCESS"      // paid; it stays so after refunds, see NetAmount
	StatusFailed     PaymentStatus = "FAIL"
	StatusCancelled  PaymentStatus = "CANCELLED"
)

// Final reports whether the status will not change by itself anymore: SUCCESS,
// FAIL or CANCELLED.
func (s PaymentStatus) Final() bool {
	return s == StatusSuccess || s == StatusFailed || s == StatusCancelled
}

// Order is what the wallet said about a payment, in a verified message.
type Order struct {
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"` // the wallet's id
	// PaymentURL goes to my.tradePay; up to 4,096 characters. Only CreateOrder
	// gets it, of some wallets only with URLWait.
	PaymentURL string        `json:"paymentUrl,omitzero"`
	TradeNo    string        `json:"tradeNo,omitzero"`   // of wallets that start a payment by trade number
	OrderCode  string        `json:"orderCode,omitzero"` // of wallets that show a code to scan
	Status     PaymentStatus `json:"status,omitzero"`
	FailReason string        `json:"failReason,omitzero"` // the wallet's word when Status is FAIL
	Amount     Amount        `json:"amount,omitzero"`     // of the payment, not of its captures; zero when the wallet did not say
	PaidAt     time.Time     `json:"paidAt,omitzero"`     // when it was paid or authorized, in UTC; otherwise zero
	// AuthorizedUntil is when a reserved amount is released.
	AuthorizedUntil time.Time     `json:"authorizedUntil,omitzero"`
	Result          Result        `json:"result,omitzero"`
	Transactions    []Transaction `json:"transactions,omitzero"`
	Raw             []byte        `json:"raw,omitempty"` // the verified body
}

// TradePayParams marshals to the parameter of my.tradePay.
type TradePayParams struct {
	PaymentURL string `json:"paymentUrl,omitempty"`
	TradeNo    string `json:"tradeNO,omitempty"`
}

// TradePay returns what the mini program passes to my.tradePay (or to another
// call, which Wallet.CashierJSAPI names): the payment URL, or else the trade
// number.
func (o *Order) TradePay() TradePayParams {
	if o.PaymentURL != "" {
		return TradePayParams{PaymentURL: o.PaymentURL}
	}
	return TradePayParams{TradeNo: o.TradeNo}
}

// Check checks that the order is the one you mean and over the amount you
// want. It does not look at Status: [Order.CheckPaid] does. Errors match
// [ErrReferenceMismatch], [ErrAmountMismatch] or [ErrInvalidAmount].
func (o *Order) Check(paymentRequestID string, want Amount) error {
	return matches(o.PaymentRequestID, o.Amount, paymentRequestID, want)
}

// CheckPaid returns nil only if the order is the one you mean, was paid over the
// amount you want, and all of that stays: what to ask before you ship. Errors
// are those of Check, [ErrNotPaid], or [ErrRefunded] where refunds, voids or a
// capture of a part leave less, which the status SUCCESS does not say.
func (o *Order) CheckPaid(paymentRequestID string, want Amount) error {
	return checkPaid(o.Check(paymentRequestID, want), o.Status, o.Amount, o.Transactions)
}

func checkPaid(mismatch error, status PaymentStatus, paid Amount, transactions []Transaction) error {
	switch {
	case mismatch != nil:
		return mismatch
	case status != StatusSuccess:
		return fmt.Errorf("%w: it is %s", ErrNotPaid, printable(string(status)))
	}
	return kept(paid, transactions)
}

func matches(id string, amount Amount, wantID string, want Amount) error {
	if err := want.validate("want"); err != nil {
		return err
	}
	if wantID == "" || id != wantID {
		return fmt.Errorf("%w: want paymentRequestId %s, got %s", ErrReferenceMismatch, printable(wantID), printable(id))
	}
	if amount != want {
		return fmt.Errorf("%w: want %s, got %s", ErrAmountMismatch, want, amount)
	}
	return nil
}

// CreateOrder creates a payment at the wallet and returns it with the
// PaymentURL for the mini program. Nothing is paid yet: Status is
// StatusProcessing until the notification or [Client.QueryOrder] says
// otherwise. A payment that needs no payer (PaymentAuthCode) may come back as
// StatusSuccess or StatusAuthorized.
//
// A lost answer is followed by the same request with the same id, then by an
// inquiry. If nothing definite comes of that, the error matches
// [ErrOutcomeUnknown] and carries the reference. [ErrRejected] is final for
// this id and is reported only when the wallet has nothing else under it.
// [ErrIdempotencyMismatch] means that the id was used with other content: the
// earlier order stands. Wrong input matches [ErrInvalidRequest] and is found
// before anything is sent.
//
// Calling again with the same request charges nothing twice. Most wallets then repeat
// their first answer, even if the order was paid or has expired since: do not
// overwrite what you know of an order with it, ask with [Client.QueryOrder].
// Wallets with [Wallet].RefusesRepeats refuse it, and hand out a payment URL once:
// inquire instead, and where the URL was lost, cancel the order and make another
// with a new id.
//
// Some wallets may accept an order without a URL and send that later, in a
// notification of kind [NotificationCashierURL]. With URLWait the call waits for
// it, no longer than ctx lasts. The notification must name the PaymentRequestID
// and be taken in by this client, or one made from it with [Client.ForSite],
// through NotifyHandler, VerifyNotification or ParseNotification; your function
// gets it as well. If none comes, or if it comes to another process, the order
// is returned without an error and without PaymentURL: have the receiver of the
// notification pass its PaymentURL on. Do not wait where notifications are only
// received once the call has returned.
//
// Give ctx a deadline: with the default [RetryPolicy] and a wallet that never
// answers, the call takes about a minute.
func (c *Client) CreateOrder(ctx context.Context, req *CreateOrderRequest) (*Order, error) {
	body, err := c.payBody(req)
	if err != nil {
		return nil, err
	}
	c.warnUnnotified(ctx, req)
	if site := cmp.Or(req.SiteName, siteIn(req.ExtendInfo)); site != "" {
		c = c.ForSite(site) // the inquiry after a lost answer needs it, too
	}
	if req.URLWait == 0 || !c.wallet.LateURL || req.PaymentAuthCode != "" {
		return c.pay(ctx, req, body)
	}
	late := c.late.expect(req.PaymentRequestID)
	defer c.late.forget(late)
	order, err := c.pay(ctx, req, body)
	if err == nil && order.Status == StatusProcessing && order.PaymentURL == "" && order.TradeNo == "" && order.OrderCode == "" {
		late.complete(ctx, req.URLWait, order)
	}
	return order, err
}

// pay is CreateOrder once the request is checked and written.
func (c *Client) pay(ctx context.Context, req *CreateOrderRequest, body Fields) (*Order, error) {
	ref := OrderRef{PaymentRequestID: req.PaymentRequestID}
	bind := func(_ Result, body strictjson.Object) error { return bindOrder(body, ref, false) }
	ans, err := c.exchange(ctx, &outgoing{op: OpPay, body: body, extra: req.Extra, repeatable: true, orderRef: ref, bind: bind})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settlePay(ctx, req, ans, err)
	}
	order, err := c.readPay(ans, req)
	switch {
	case errors.Is(err, errNoURL):
		return c.settlePay(ctx, req, nil, ans.malformed(err))
	case err != nil:
		return nil, ans.malformed(err)
	}
	if (c.confirm || c.wallet.SignedContent == ContentDotted) && bindOrder(ans.body, ref, true) != nil {
		return c.confirmPay(ctx, ans, order)
	}
	return order, nil
}

// CheckOrder returns the error that [Client.CreateOrder] would return for the
// request before it sends anything, or nil: for programs that store a request
// before they make it.
func (c *Client) CheckOrder(req *CreateOrderRequest) error {
	body, err := c.payBody(req)
	if err != nil {
		return err
	}
	_, err = c.written(&outgoing{op: OpPay, body: body, extra: req.Extra})
	return err
}

// confirmPay checks that the payment of the answer is the one that the wallet
// has for this request.
func (c *Client) confirmPay(ctx context.Context, ans *answer, order *Order) (*Order, error) {
	known, err := c.QueryOrder(ctx, ans.orderRef)
	switch {
	case err != nil:
		return nil, ans.malformed(nil).inDoubt("the confirmation ended with: " + err.Error())
	case order.PaymentID == "" || known.PaymentID != order.PaymentID:
		return nil, ans.malformed(fmt.Errorf("%w: %w", ErrReferenceMismatch, &SignatureError{Reason: ReasonReplay}))
	}
	if kind, cause := refutes(known, order.Amount); kind != nil {
		return nil, ans.fail(kind, cause)
	}
	order.Status, order.PaidAt, order.Transactions = known.Status, known.PaidAt, known.Transactions
	return order, nil
}

// refutes returns what an inquiry says against an order of this amount.
func refutes(known *Order, want Amount) (kind, cause error) {
	switch {
	case known.Amount != Amount{} && known.Amount != want:
		return ErrIdempotencyMismatch, fmt.Errorf("%w: asked for %s, the wallet has %s", ErrAmountMismatch, want, known.Amount)
	case known.Status == StatusFailed || known.Status == StatusCancelled:
		return ErrRejected, errors.New("the inquiry answered " + string(known.Status))
	}
	return nil, nil
}

// errNoURL says that the payer has nothing to pay with, and that nothing else
// says what became of the payment.
var errNoURL = fmt.Errorf("%w: the answer has neither a payment URL nor a paid payment", ErrMalformed)

// readPay reads the answer S or A to a pay. A payment that needs the payer is
// never paid by that answer alone, whatever its verdict.
func (c *Client) readPay(ans *answer, req *CreateOrderRequest) (*Order, error) {
	order, err := c.readOrder(ans)
	if err != nil {
		return nil, err
	}
	order.PaymentRequestID = req.PaymentRequestID
	told := ans.body["paymentStatus"] != nil
	if told {
		err = c.readStatus(ans, order)
	}
	switch needsPayer := req.PaymentAuthCode == ""; {
	case err != nil:
		return nil, err
	case order.Amount != Amount{} && order.Amount != req.Amount:
		return nil, fmt.Errorf("%w: asked for %s, the wallet answered %s", ErrAmountMismatch, req.Amount, order.Amount)
	case order.PaymentURL != "" || order.TradeNo != "" || order.OrderCode != "": // S with a URL still needs the payer
		order.Status = StatusProcessing
	case needsPayer && c.wallet.LateURL, !needsPayer && !told && ans.result.Status == ResultAccepted:
		order.Status = StatusProcessing
	case needsPayer, order.PaymentID == "":
		return nil, errNoURL
	case told && (order.Status == StatusFailed || order.Status == StatusCancelled), order.Status == StatusSuccess && ans.result.Status != ResultSuccess:
		return nil, fmt.Errorf("%w: the verdict %s contradicts the status %s", ErrMalformed, ans.result.Status, order.Status)
	case told:
	case order.FailReason != "":
		return nil, errFailReason
	case req.Authorize || !order.AuthorizedUntil.IsZero():
		order.Status = StatusAuthorized
	default:
		order.Status = StatusSuccess
	}
	if order.Status == StatusProcessing {
		order.PaidAt = time.Time{}
	}
	order.Amount = req.Amount
	return order, nil
}

// settlePay inquires about a pay without success before it is reported.
func (c *Client) settlePay(ctx context.Context, req *CreateOrderRequest, ans *answer, cause error) (*Order, error) {
	u, err := c.unsettle(ctx, ans, cause)
	if err != nil {
		return nil, err
	}
	order, err := c.QueryOrder(ctx, OrderRef{PaymentRequestID: req.PaymentRequestID})
	if err != nil {
		return nil, u.uninformed(err)
	}
	if kind, cause := refutes(order, req.Amount); kind != nil {
		return nil, u.settled(kind, cause)
	}
	if order.Status == StatusProcessing && order.PaymentURL == "" && order.TradeNo == "" && !c.wallet.LateURL {
		advice := "call again with the same request, or cancel the order"
		if c.wallet.RefusesRepeats {
			advice = "this wallet refuses the same request again: cancel the order, and make another with a new id once it is cancelled"
		}
		return nil, u.failed.inDoubt("the wallet has the payment, but no payment URL of it came; " + advice)
	}
	return order, nil
}

// QueryOrder asks the wallet for the payment. [ErrOrderNotFound] says that the
// wallet does not have it; after a lost CreateOrder it may still arrive, so
// treat that as final only once the order has expired. Every other failure,
// even a verified F, leaves the payment unknown and matches
// [ErrOutcomeUnknown].
func (c *Client) QueryOrder(ctx context.Context, ref OrderRef) (*Order, error) {
	body, err := c.orderBody(ref, nil)
	if err != nil {
		return nil, err
	}
	bind := func(result Result, body strictjson.Object) error {
		return bindOrder(body, ref, result.Status == ResultSuccess)
	}
	ans, err := c.exchange(ctx, &outgoing{op: OpInquiryPayment, body: body, repeatable: true, orderRef: ref, bind: bind})
	if err != nil {
		return nil, err
	}
	if ans.result.Status != ResultSuccess {
		return nil, ans.uninformed()
	}
	order, err := c.readOrder(ans)
	if err == nil {
		err = c.readStatus(ans, order)
	}
	if err != nil {
		return nil, ans.malformed(err)
	}
	return order, nil
}

// uninformed turns the refusal of an inquiry into an error. What was asked
// about did not fail by that.
func (a *answer) uninformed() error {
	if err := a.reject(); a.result.Status == ResultFailed && errors.Is(err, ErrOrderNotFound) {
		return err
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

// WaitOrder asks every 5 seconds (see [Config.PollInterval]) until the payment is
// final, or authorized, when nothing further happens without the merchant. It
// asks a last time shortly before the deadline of ctx and ends with ctx, so give
// that a deadline: the error then matches
// [ErrOutcomeUnknown] and the context's error, and the order is the last that
// was seen, or nil. "Not found" and unknown answers are asked again.
func (c *Client) WaitOrder(ctx context.Context, ref OrderRef) (*Order, error) {
	var last *Order
	lastTime := false
	for {
		order, err := c.QueryOrder(ctx, ref)
		switch {
		case err == nil && (order.Status.Final() || order.Status == StatusAuthorized):
			return order, nil
		case err == nil:
			last = order
		case !errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrOrderNotFound):
			return last, err
		}
		if !lastTime && ctx.Err() == nil {
			var pause time.Duration
			if pause, lastTime = c.pause(ctx); transport.Sleep(ctx, pause) {
				continue
			}
		}
		<-ctx.Done() // nothing is asked anymore, but the caller gave the payer this time
		ended := &APIError{Op: string(OpInquiryPayment), OrderRef: ref, Err: ctx.Err()}
		if err == nil {
			return last, ended.inDoubt("")
		}
		var failed *APIError
		if errors.As(err, &failed) {
			ended.HTTPStatus, ended.Result, ended.Attempts = failed.HTTPStatus, failed.Result, failed.Attempts
		}
		return last, ended.inDoubt("the last inquiry ended with: " + err.Error())
	}
}

// lastAnswer is how long the last question of WaitOrder has for its answer.
const lastAnswer = 2 * time.Second

// pause returns how long WaitOrder waits before it asks again, and whether that
// is the last time: the deadline is nearer than two questions.
func (c *Client) pause(ctx context.Context) (pause time.Duration, last bool) {
	deadline, ok := ctx.Deadline()
	left := time.Until(deadline)
	if !ok || left > c.pollInterval+lastAnswer {
		return c.pollInterval, false
	}
	return left - min(left/2, lastAnswer), true
}

// CancelOrder closes a payment that is not wanted anymore, so that it cannot
// be paid. The order comes back as StatusCancelled, or as it stands when the
// wallet is still at it. A payment that was paid already ends in
// [ErrRejected]: refund it.
func (c *Client) CancelOrder(ctx context.Context, ref OrderRef) (*Order, error) {
	body, err := c.orderBody(ref, nil)
	if err != nil {
		return nil, err
	}
	bind := func(_ Result, body strictjson.Object) error { return bindOrder(body, ref, false) }
	ans, err := c.exchange(ctx, &outgoing{op: OpCancel, body: body, repeatable: true, orderRef: ref, bind: bind})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settleCancel(ctx, ref, ans, err)
	}
	if c.wallet.SignedContent == ContentDotted && bindOrder(ans.body, ref, true) != nil {
		return c.settleCancel(ctx, ref, nil, ans.malformed(&SignatureError{Reason: ReasonReferenceMissing}))
	}
	order, err := c.readOrder(ans)
	if err == nil && ans.body["paymentStatus"] != nil {
		err = c.readStatus(ans, order)
	}
	switch {
	case err != nil:
	case order.Status == "" && ans.result.Status == ResultSuccess:
		order.Status = StatusCancelled
	case order.Status == "":
		order.Status = StatusProcessing
	case order.Status == StatusSuccess || order.Status == StatusFailed:
		err = fmt.Errorf("%w: the wallet cancelled the payment and calls it %s", ErrMalformed, order.Status)
	}
	if err != nil {
		return nil, ans.malformed(err)
	}
	if order.PaymentRequestID == "" && ref.PaymentID == "" { // the wallet's id wins: with it, ours proves nothing
		order.PaymentRequestID = ref.PaymentRequestID
	}
	if order.PaymentID == "" {
		order.PaymentID = ref.PaymentID
	}
	return order, nil
}

// settleCancel inquires about a cancel without success before it is reported.
// Only "cancelled" settles it: an order that is still open may be cancelled any
// moment.
func (c *Client) settleCancel(ctx context.Context, ref OrderRef, ans *answer, cause error) (*Order, error) {
	u, err := c.unsettle(ctx, ans, cause)
	if err != nil {
		return nil, err
	}
	order, err := c.QueryOrder(ctx, ref)
	switch {
	case err != nil:
		return nil, u.uninformed(err)
	case order.Status == StatusCancelled:
		return order, nil
	case u.refused || order.Status == StatusFailed: // a lost cancel may still reverse what was paid
		return nil, u.settled(ErrRejected, errors.New("the inquiry answered "+string(order.Status)))
	}
	return nil, u.failed.inDoubt("the inquiry answered " + string(order.Status))
}

// orderBody is the request of the operations that name a payment.
func (c *Client) orderBody(ref OrderRef, extra map[string]any) (Fields, error) {
	if ref.PaymentID == "" && ref.PaymentRequestID == "" {
		return nil, invalidRequest("OrderRef", "is empty", "give PaymentRequestID or PaymentID")
	}
	body, err := c.paymentBody(extra)
	if err != nil {
		return nil, err
	}
	return body, putRef(body, ref)
}

// paymentBody is what every payments/ request begins with. v1 wallets refuse
// each of them without a site name, not only the first.
func (c *Client) paymentBody(extra map[string]any) (Fields, error) {
	body := Fields{}
	if c.wallet.Dialect == DialectV1 {
		put(body, "partnerId", c.partnerID)
		if c.wallet.NeedsSiteName && c.siteName == "" && extra["extendInfo"] == nil {
			return nil, invalidRequest("SiteName", "is required by "+c.wallet.Name, "set Config.SiteName, or call through ForSite with siteName from my.getSiteInfo")
		}
	}
	c.putSite(body)
	return body, nil
}

// putSite adds the site name where no other extendInfo is sent.
func (c *Client) putSite(body Fields) {
	if c.siteName != "" {
		body["extendInfo"] = jsonText(Fields{"customerBelongsTo": c.siteName})
	}
}

func putRef(body Fields, ref OrderRef) error {
	if ref.PaymentRequestID != "" {
		if err := validateID("PaymentRequestID", ref.PaymentRequestID); err != nil {
			return err
		}
	}
	if ref.PaymentID != "" {
		if err := validateID("PaymentID", ref.PaymentID); err != nil {
			return err
		}
	}
	put(body, "paymentRequestId", ref.PaymentRequestID)
	put(body, "paymentId", ref.PaymentID)
	return nil
}

// bindOrder checks that a verified answer is about the payment asked about.
func bindOrder(body strictjson.Object, ref OrderRef, demanded bool) error {
	return bindIDs(body, demanded, boundID{"paymentRequestId", ref.PaymentRequestID}, boundID{"paymentId", ref.PaymentID})
}

// boundID is an id of the request that its answer may repeat.
type boundID struct{ member, sent string }

// bindIDs checks that no id of the answer differs from one that was sent. If
// it is demanded, the merchant's own id, the first, must be repeated where it
// was sent: the wallet's id wins there, and may come from anywhere.
func bindIDs(body strictjson.Object, demanded bool, ids ...boundID) error {
	r := reader{from: body}
	for i, id := range ids {
		got := r.text(id.member)
		switch {
		case r.err != nil:
			return r.err
		case got != "" && id.sent != "" && got != id.sent:
			return fmt.Errorf("%w: %w", ErrReferenceMismatch, &SignatureError{Reason: ReasonOtherReference})
		case demanded && got == "" && id.sent != "" && (i == 0 || ids[0].sent == ""):
			return &SignatureError{Reason: ReasonReferenceMissing}
		}
	}
	return nil
}

// readOrder reads what the answers about a payment have in common.
func (c *Client) readOrder(ans *answer) (*Order, error) {
	r := reader{from: ans.body}
	action := reader{from: r.object("actionForm")}
	redirect := reader{from: r.object("redirectActionForm")}
	order := &Order{
		PaymentRequestID: r.text("paymentRequestId"),
		PaymentID:        r.text("paymentId"),
		TradeNo:          r.text("tradeNO", "tradeNo"),
		OrderCode:        action.text("orderCode"),
		FailReason:       r.text("paymentFailReason"),
		Amount:           r.amount("paymentAmount"),
		PaidAt:           r.time("paymentTime"),
		AuthorizedUntil:  r.time("authExpiryTime"),
		Result:           ans.result,
		Raw:              ans.raw,
	}
	for _, url := range []string{
		redirect.text("redirectUrl", "redirectionUrl"), action.text("redirectionUrl", "redirectUrl"),
		r.text("paymentUrl", "redirectUrl", "redirectionUrl", "normalUrl"),
	} {
		if order.PaymentURL == "" {
			order.PaymentURL = url
		}
	}
	r.keep(action.err)
	r.keep(redirect.err)
	order.Transactions = c.transactions(&r)
	return order, r.err
}

// readStatus reads the status of an inquiry.
func (c *Client) readStatus(ans *answer, order *Order) error {
	r := reader{from: ans.body}
	word := r.text("paymentStatus")
	if r.err != nil {
		return r.err
	}
	status, ok := c.wallet.paymentStatus(word)
	if !ok {
		return fmt.Errorf("%w: paymentStatus %s has no known meaning", ErrMalformed, printable(word))
	}
	order.Status = status
	if status == StatusSuccess && order.FailReason != "" {
		return errFailReason
	}
	if status != StatusSuccess && status != StatusAuthorized {
		order.PaidAt = time.Time{}
	}
	return nil
}
