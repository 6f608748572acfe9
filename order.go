package tradepay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// CreateOrderRequest asks the wallet for a payment. The same code fits every
// wallet: the wallet's [wire.Profile] puts each field where its messages have it.
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
	// gets it; some wallets send it later, by notification.
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
// call, which Wallet.Routes.CashierJSAPI names): the payment URL, or else the trade
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
		return fmt.Errorf("%w: it is %s", ErrNotPaid, redact.Word(string(status)))
	}
	return kept(paid, transactions)
}

func matches(id string, amount Amount, wantID string, want Amount) error {
	if err := want.validate("want"); err != nil {
		return err
	}
	if wantID == "" || id != wantID {
		return fmt.Errorf("%w: want paymentRequestId %s, got %s", ErrReferenceMismatch, redact.Word(wantID), redact.Word(id))
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
// Wallets with wire.Quirks.RefusesRepeats refuse it, and hand out a payment URL once:
// inquire instead, and where the URL was lost, cancel the order and make another
// with a new id.
//
// Some wallets may accept an order without a URL and send that later, in a
// notification of kind [NotificationCashierURL]. The order then comes back without
// an error and without PaymentURL: your notification function stores the URL of
// the notification, and the mini program asks your server for it.
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
	return c.pay(ctx, req, body)
}

// pay is CreateOrder once the request is checked and written.
func (c *Client) pay(ctx context.Context, req *CreateOrderRequest, body map[string]any) (*Order, error) {
	ref := OrderRef{PaymentRequestID: req.PaymentRequestID}
	bind := func(_ Result, body strictjson.Object) error { return contradicts(body, ref.bound()...) }
	ans, err := c.exchange(ctx, &outgoing{op: wire.OpPay, body: body, extra: req.Extra, repeatable: true, orderRef: ref, bind: bind})
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
	distrusted := c.confirm || c.wallet.Signing.Content == wire.ContentDotted
	if distrusted && names(ans.body, ref.bound()...) != nil {
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
	_, err = c.written(&outgoing{op: wire.OpPay, body: body, extra: req.Extra})
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
	case !known.Amount.IsZero() && known.Amount != want:
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
	if ans.body["paymentStatus"] != nil {
		if err := c.readStatus(ans, order); err != nil {
			return nil, err
		}
	}
	if !order.Amount.IsZero() && order.Amount != req.Amount {
		return nil, fmt.Errorf("%w: asked for %s, the wallet answered %s", ErrAmountMismatch, req.Amount, order.Amount)
	}
	order.PaymentRequestID, order.Amount = req.PaymentRequestID, req.Amount

	needsPayer := req.PaymentAuthCode == ""
	switch {
	case order.payable(): // an S with a URL still needs the payer
		return order.inProcess(), nil
	case needsPayer && c.wallet.Quirks.LateURL:
		return order.inProcess(), nil
	case needsPayer:
		return nil, errNoURL
	}
	return readCharge(ans, req, order)
}

// readCharge reads the answer to a payment by agreement, which needs no payer: it
// may be paid at once.
func readCharge(ans *answer, req *CreateOrderRequest, order *Order) (*Order, error) {
	statusTold := ans.body["paymentStatus"] != nil
	if !statusTold && ans.result.Status == ResultAccepted {
		return order.inProcess(), nil
	}
	if order.PaymentID == "" {
		return nil, errNoURL
	}
	failed := order.Status == StatusFailed || order.Status == StatusCancelled
	paidWithoutS := order.Status == StatusSuccess && ans.result.Status != ResultSuccess
	switch {
	case failed, paidWithoutS:
		return nil, fmt.Errorf("%w: the verdict %s contradicts the status %s", ErrMalformed, ans.result.Status, order.Status)
	case order.Status == StatusProcessing:
		return order.inProcess(), nil
	case statusTold:
		return order, nil
	case order.FailReason != "":
		return nil, errFailReason
	}
	order.Status = StatusSuccess
	if req.Authorize || !order.AuthorizedUntil.IsZero() {
		order.Status = StatusAuthorized
	}
	return order, nil
}

// payable reports whether there is something that the payer can pay with.
func (o *Order) payable() bool { return o.PaymentURL != "" || o.TradeNo != "" || o.OrderCode != "" }

// inProcess makes the order one that is not paid yet, whatever else was told.
func (o *Order) inProcess() *Order {
	o.Status, o.PaidAt = StatusProcessing, time.Time{}
	return o
}

// settlePay inquires about a pay without success before it is reported.
func (c *Client) settlePay(ctx context.Context, req *CreateOrderRequest, ans *answer, cause error) (*Order, error) {
	u, err := c.unsettle(ctx, ans, cause)
	if err != nil {
		return nil, err
	}
	order, err := c.QueryOrder(ctx, OrderRef{PaymentRequestID: req.PaymentRequestID})
	if err != nil {
		return nil, u.afterInquiry(err)
	}
	if kind, cause := refutes(order, req.Amount); kind != nil {
		return nil, u.settled(kind, cause)
	}
	hasWayToPay := order.PaymentURL != "" || order.TradeNo != ""
	if order.Status == StatusProcessing && !hasWayToPay && !c.wallet.Quirks.LateURL {
		advice := "call again with the same request, or cancel the order"
		if c.wallet.Quirks.RefusesRepeats {
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
		if result.Status == ResultSuccess {
			return names(body, ref.bound()...)
		}
		return contradicts(body, ref.bound()...)
	}
	ans, err := c.exchange(ctx, &outgoing{op: wire.OpInquiryPayment, body: body, repeatable: true, orderRef: ref, bind: bind})
	if err != nil {
		return nil, err
	}
	if ans.result.Status != ResultSuccess {
		return nil, ans.rejectedInquiry()
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
		ended := &APIError{Op: wire.OpInquiryPayment, OrderRef: ref, Err: ctx.Err()}
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
	bind := func(_ Result, body strictjson.Object) error { return contradicts(body, ref.bound()...) }
	ans, err := c.exchange(ctx, &outgoing{op: wire.OpCancel, body: body, repeatable: true, orderRef: ref, bind: bind})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settleCancel(ctx, ref, ans, err)
	}
	if c.wallet.Signing.Content == wire.ContentDotted && names(ans.body, ref.bound()...) != nil {
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
	if order.PaymentRequestID == "" && ref.PaymentID == "" { // else the wallet matched on PaymentID, so ours is unconfirmed
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
		return nil, u.afterInquiry(err)
	case order.Status == StatusCancelled:
		return order, nil
	case u.rejected || order.Status == StatusFailed: // a lost cancel may still reverse what was paid
		return nil, u.settled(ErrRejected, errors.New("the inquiry answered "+string(order.Status)))
	}
	return nil, u.failed.inDoubt("the inquiry answered " + string(order.Status))
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
	status, ok := paymentStatus(&c.wallet.Words, word)
	if !ok {
		return fmt.Errorf("%w: paymentStatus %s has no known meaning", ErrMalformed, redact.Word(word))
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
