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
	// Title tells the payer what the payment is for. At most 256 characters.
	// Required for v1 wallets.
	Title string       `json:"title,omitzero"`
	Order OrderDetails `json:"order,omitzero"` // the wallet shows and reports it, and charges Amount
	// SiteName is my.getSiteInfo().siteName, which v1 wallets demand as
	// extendInfo.customerBelongsTo. Default: Config.SiteName.
	SiteName string `json:"siteName,omitzero"`
	// NotifyURL is where the wallet reports SUCCESS or FAIL: an absolute URL of
	// at most 1,024 characters, https unless its host is loopback. Wallets of v1,
	// Antom and Rebell report a payment that expires as FAIL. Other wallets do not
	// notify it, and none notifies payments that are cancelled or authorized;
	// inquire. Without NotifyURL, a wallet notifies only if its console has a URL. The client logs
	// a warning at its first order without one.
	NotifyURL string `json:"notifyUrl,omitzero"`
	// RedirectURL is the absolute URL to which the payer returns, of at most 1,024
	// characters.
	RedirectURL string `json:"redirectUrl,omitzero"`
	// ExpiresAt is until when the payer can pay. Default: the wallet's. It is part
	// of the content: store it, and retry a call with the same time.
	ExpiresAt   time.Time `json:"expiresAt,omitzero"`
	ProductCode string    `json:"productCode,omitzero"` // default: the profile's
	// PaymentAuthCode is the payer's access token for an agreement payment. With the
	// ProductCode of a purchase, a reservation or an escrow, a v2 wallet still asks the
	// payer in the cashier.
	PaymentAuthCode string `json:"paymentAuthCode,omitzero"`
	// ExtendInfo goes to the wallet as it is. If there is a site name, it must be a
	// JSON object, to which the client adds the name. At most 4,096 characters.
	ExtendInfo string `json:"extendInfo,omitzero"`
	// Authorize reserves the amount instead of charging it: the order becomes
	// StatusAuthorized, which wallets do not notify. Then call Capture or Void.
	Authorize bool `json:"authorize,omitzero"`
	// VoidNotifyURL is where the wallet reports voids of an authorized payment. Its
	// rules are those of NotifyURL. v2 wallets accept it with the order; for the
	// others, use VoidRequest.NotifyURL. Set both to serve all wallets.
	VoidNotifyURL string `json:"voidNotifyUrl,omitzero"`
	// Extra holds more top-level fields for this wallet: assign a map[string]any. The
	// only field of the SDK that it can replace is paymentFactor. A whole request has at
	// most 1 MiB. Numbers that are read from JSON are of type json.Number, in the Extra
	// of every request.
	Extra extraFields `json:"extra,omitzero"`
}

// OrderRef names a payment by either id or both. If it has both, the wallet looks
// for the PaymentID.
type OrderRef struct {
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"`
}

// PaymentStatus is the state of a payment.
type PaymentStatus string

// The states of a payment.
const (
	StatusProcessing PaymentStatus = "PROCESSING"   // not paid, or not finished
	StatusAuthorized PaymentStatus = "AUTH_SUCCESS" // reserved, to be captured
	StatusSuccess    PaymentStatus = "SUCCESS"      // paid, also after refunds; see Order.NetAmount
	StatusFailed     PaymentStatus = "FAIL"
	StatusCancelled  PaymentStatus = "CANCELLED"
)

// Final reports whether the status is one that does not change by itself: SUCCESS,
// FAIL or CANCELLED.
func (s PaymentStatus) Final() bool {
	return s == StatusSuccess || s == StatusFailed || s == StatusCancelled
}

// Order is a payment as a verified message of the wallet describes it.
type Order struct {
	PaymentRequestID string `json:"paymentRequestId,omitzero"`
	PaymentID        string `json:"paymentId,omitzero"` // the wallet's id
	// PaymentURL goes to my.tradePay; up to 4,096 characters. CreateOrder returns
	// it; some wallets send it later, in a notification.
	PaymentURL string        `json:"paymentUrl,omitzero"`
	TradeNo    string        `json:"tradeNo,omitzero"`   // of wallets that start a payment by trade number
	OrderCode  string        `json:"orderCode,omitzero"` // of wallets that show a code to scan
	Status     PaymentStatus `json:"status,omitzero"`
	FailReason string        `json:"failReason,omitzero"` // the wallet's word if Status is FAIL
	Amount     Amount        `json:"amount,omitzero"`     // of the payment, not of its captures; zero if not told
	PaidAt     time.Time     `json:"paidAt,omitzero"`     // when it was paid or authorized, in UTC; else zero
	// AuthorizedUntil is when the wallet releases a reserved amount.
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

// Check returns nil only if this is your order, over the amount that you want. It
// does not look at Status: [Order.CheckPaid] does. Errors match
// [ErrReferenceMismatch], [ErrAmountMismatch] or [ErrInvalidAmount].
func (o *Order) Check(paymentRequestID string, want Amount) error {
	return matches(o.PaymentRequestID, o.Amount, paymentRequestID, want)
}

// CheckPaid returns nil only if this is your order, it is paid over the amount that
// you want, and the merchant keeps all of it. Call it before you ship. Errors are
// those of Check, [ErrNotPaid], or [ErrRefunded] if refunds, voids or the capture of
// a part leave less. The status alone does not tell: it stays SUCCESS.
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
		return fmt.Errorf("%w: want paymentRequestId %s, got %s", ErrReferenceMismatch,
			redact.Word(wantID), redact.Word(id))
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
// If an answer is lost, the client sends the same request again, with the same id,
// and then inquires. If nothing definite comes of that, the error matches
// [ErrOutcomeUnknown] and carries the reference. [ErrRejected] is final for this
// id: CreateOrder returns it only if the wallet has no payment under the id that is
// or may become paid. [ErrIdempotencyMismatch] means that an earlier
// request has this id and other content: the earlier order is still valid. Wrong
// input matches [ErrInvalidRequest]; CreateOrder finds it before it sends anything.
//
// If you call again with the same request, the wallet does not charge twice. Most
// wallets then give their first answer again, even if the order has been paid or
// has expired since. So do not overwrite your state of the order with it, but ask
// with [Client.QueryOrder]. Wallets with wire.Quirks.RefusesRepeats reject such a
// call, and give out a payment URL once: inquire instead. If the URL is lost, cancel
// the order and make another with a new id.
//
// Some wallets may accept an order without a URL and send the URL later, in a
// notification of kind [NotificationCashierURL]. CreateOrder then returns the order
// without PaymentURL, and no error. Your notification function stores the URL of
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
		c = c.ForSite(site) // the inquiry after a lost answer needs the name, too
	}
	return c.pay(ctx, req, body)
}

// pay is CreateOrder once the request is checked and written.
func (c *Client) pay(ctx context.Context, req *CreateOrderRequest, body map[string]any) (*Order, error) {
	ref := OrderRef{PaymentRequestID: req.PaymentRequestID}
	bind := func(_ Result, body strictjson.Object) error { return contradicts(body, ref.bound()...) }
	ans, err := c.exchange(ctx, &outgoing{
		op: wire.OpPay, body: body, extra: req.Extra, repeatable: true, orderRef: ref, bind: bind,
	})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settlePay(ctx, req, ans, err)
	}
	order, err := c.readPay(ans, req)
	switch {
	case errors.Is(err, errNoURL):
		return c.settlePay(ctx, req, nil, ans.malformed(err)) // an inquiry may tell more
	case err != nil:
		return nil, ans.malformed(err)
	}
	namesNoRequest := c.wallet.Signing.Content == wire.ContentDotted
	mustConfirm := c.confirm || namesNoRequest
	if mustConfirm && names(ans.body, ref.bound()...) != nil {
		return c.confirmPay(ctx, ans, order)
	}
	return order, nil
}

// CheckOrder returns the error that [Client.CreateOrder] returns before it sends
// anything, or nil. Call it before you store a request that you send later.
func (c *Client) CheckOrder(req *CreateOrderRequest) error {
	body, err := c.payBody(req)
	if err != nil {
		return err
	}
	_, err = c.written(&outgoing{op: wire.OpPay, body: body, extra: req.Extra})
	return err
}

// confirmPay inquires, and checks that the answer is about the payment that the
// wallet has under this request's id.
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

// refutes returns the error that an inquiry means for an order of this amount: the
// wallet has another amount under the id, or the payment failed or was cancelled.
func refutes(known *Order, want Amount) (kind, cause error) {
	switch {
	case !known.Amount.IsZero() && known.Amount != want:
		return ErrIdempotencyMismatch,
			fmt.Errorf("%w: asked for %s, the wallet has %s", ErrAmountMismatch, want, known.Amount)
	case known.Status == StatusFailed || known.Status == StatusCancelled:
		return ErrRejected, errors.New("the inquiry answered " + string(known.Status))
	}
	return nil, nil
}

// errNoURL says that the answer gives the payer no way to pay, and does not say that
// the payment is paid.
var errNoURL = fmt.Errorf("%w: the answer has neither a payment URL nor a paid payment", ErrMalformed)

// readPay reads the answer S or A to a pay. If the payment needs the payer, such an
// answer never means "paid", whatever its verdict.
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

	needsPayer := needsPayer(&c.wallet, req)
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

// readCharge reads the answer to a payment by agreement. It needs no payer, so it may
// be paid at once.
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
	contradiction := failed || paidWithoutS
	switch {
	case contradiction:
		return nil, fmt.Errorf("%w: the verdict %s contradicts the status %s", ErrMalformed,
			ans.result.Status, order.Status)
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

// payable reports whether the order gives the payer a way to pay.
func (o *Order) payable() bool { return o.PaymentURL != "" || o.TradeNo != "" || o.OrderCode != "" }

// inProcess makes the order one that is not paid yet, whatever the answer says
// beside.
func (o *Order) inProcess() *Order {
	o.Status, o.PaidAt = StatusProcessing, time.Time{}
	return o
}

// settlePay inquires about a pay without success, before it returns an error.
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
			advice = "this wallet rejects the same request: cancel the order, " +
				"and make another with a new id once it is cancelled"
		}
		return nil, u.failed.inDoubt("the wallet has the payment, but sent no payment URL; " + advice)
	}
	return order, nil
}

// QueryOrder asks the wallet for the payment. [ErrOrderNotFound] means that the
// wallet does not have it. After a lost CreateOrder, the request may still arrive:
// treat "not found" as final only once the order has expired. Every other failure
// of the inquiry, even a verified F, leaves the state of the payment unknown and
// matches [ErrOutcomeUnknown].
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
	ans, err := c.exchange(ctx, &outgoing{
		op: wire.OpInquiryPayment, body: body, repeatable: true, orderRef: ref, bind: bind,
	})
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
// final, or authorized, when only the merchant can go on. After "not found" and
// unknown answers it asks again. Give ctx a deadline: WaitOrder asks a last time
// shortly before it, and returns when ctx ends. The error then matches
// [ErrOutcomeUnknown] and the context's error, and the order is the last that it
// saw, or nil.
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
		<-ctx.Done() // the caller gave the payer this time, though the client asks no more
		ended := &APIError{Op: wire.OpInquiryPayment, OrderRef: ref, Err: ctx.Err()}
		if err == nil {
			return last, ended.inDoubt("")
		}
		var failed *APIError
		if errors.As(err, &failed) {
			ended.HTTPStatus, ended.Result, ended.Attempts = failed.HTTPStatus, failed.Result, failed.Attempts
			ended.TraceID = failed.TraceID
		}
		return last, ended.inDoubt("the last inquiry ended with: " + err.Error())
	}
}

// lastAnswer is how long before the deadline WaitOrder asks for the last time: so
// long it waits for the answer.
const lastAnswer = 2 * time.Second

// pause returns how long WaitOrder waits before it asks again, and whether it then
// asks for the last time, since the deadline leaves no time for two inquiries.
func (c *Client) pause(ctx context.Context) (pause time.Duration, last bool) {
	deadline, ok := ctx.Deadline()
	left := time.Until(deadline)
	if !ok || left > c.pollInterval+lastAnswer {
		return c.pollInterval, false
	}
	return left - min(left/2, lastAnswer), true
}

// CancelOrder closes a payment that you do not want anymore, so that nobody can pay
// it. The order comes back as StatusCancelled, or as StatusProcessing or
// StatusAuthorized while the wallet is still cancelling it. If the payment is
// already paid, the error matches [ErrRejected]: refund it.
func (c *Client) CancelOrder(ctx context.Context, ref OrderRef) (*Order, error) {
	body, err := c.orderBody(ref, nil)
	if err != nil {
		return nil, err
	}
	bind := func(_ Result, body strictjson.Object) error { return contradicts(body, ref.bound()...) }
	ans, err := c.exchange(ctx, &outgoing{
		op: wire.OpCancel, body: body, repeatable: true, orderRef: ref, bind: bind,
	})
	if err != nil || ans.result.Status == ResultFailed {
		return c.settleCancel(ctx, ref, ans, err)
	}
	namesNoRequest := c.wallet.Signing.Content == wire.ContentDotted
	if namesNoRequest && names(ans.body, ref.bound()...) != nil {
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
	if order.PaymentRequestID == "" && ref.PaymentID == "" { // with a PaymentID, the wallet did not look at ours
		order.PaymentRequestID = ref.PaymentRequestID
	}
	if order.PaymentID == "" {
		order.PaymentID = ref.PaymentID
	}
	return order, nil
}

// settleCancel inquires about a cancel without success, before it returns an error.
// Only "cancelled" is a success. An order that is still open does not prove that the
// cancel failed: the wallet may cancel it any moment.
func (c *Client) settleCancel(ctx context.Context, ref OrderRef, ans *answer, cause error) (*Order, error) {
	u, err := c.unsettle(ctx, ans, cause)
	if err != nil {
		return nil, err
	}
	order, err := c.QueryOrder(ctx, ref)
	if err != nil {
		return nil, u.afterInquiry(err)
	}
	isSettled := u.rejected || order.Status == StatusFailed // not by SUCCESS: a lost cancel may still reverse that
	switch {
	case order.Status == StatusCancelled:
		return order, nil
	case isSettled:
		return nil, u.settled(ErrRejected, errors.New("the inquiry answered "+string(order.Status)))
	}
	return nil, u.failed.inDoubt("the inquiry answered " + string(order.Status))
}

// readOrder reads the members that all answers about a payment may have.
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
