package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// orderFlags are what the order commands have in common.
type orderFlags struct {
	*flagSet
	id, paymentID *string
	timeout       *time.Duration
	live, asJSON  *bool
	notifyURL     string        // of a create
	pollInterval  time.Duration // of a wait
	cfg           tradepay.Config
	client        *tradepay.Client
	rec           *recorder
}

func (c *cli) orderFlags(name string) *orderFlags {
	fs := c.newFlags(name)
	f := &orderFlags{
		flagSet: fs, id: fs.text("id"), timeout: fs.duration("timeout"), asJSON: fs.toggle("json"),
	}
	if name != "order create" {
		f.paymentID = fs.text("payment-id")
	}
	return f
}

// moving demands the flag that allows to move real money: see [orderFlags.start].
func (f *orderFlags) moving() *orderFlags {
	f.live = f.toggle("live")
	return f
}

// start reads the settings and makes the client. The command sends nothing before it
// returns.
func (f *orderFlags) start() error {
	// This comes before the other settings: a user who only tries learns it first.
	if given, err := tradepayenv.ReadPart(f.getenv); err == nil && given.BaseURL != "" && f.live != nil && !*f.live {
		if err := mayMoveMoney(given.BaseURL); err != nil {
			return err
		}
	}
	cfg, err := f.config()
	if err != nil {
		return err
	}
	cfg.PollInterval = f.pollInterval
	f.cfg = cfg
	f.client, f.rec, err = f.cli.newClient(cfg)
	if err != nil {
		return f.named(tradepayenv.Explain(err))
	}
	return nil
}

// mayMoveMoney returns an error for a gateway that is neither on this machine nor a
// published sandbox.
func mayMoveMoney(base string) error {
	u, err := url.Parse(base)
	if err != nil {
		return usage("%s: %w", tradepayenv.BaseURL, err)
	}
	switch name := gatewayOf(u, "production"); {
	case u.Hostname() == "": // there is no gateway to name; the client rejects it
		return nil
	case loopback.Host(u.Hostname()) || gatewayOf(u, "sandbox") != "":
		return nil
	case name != "":
		return usage("%s is the production gateway of %s, where this moves real money: say -live if you mean it",
			u.Host, name)
	default:
		return usage("%s is not known to be a sandbox, and this may move real money: say -live if you mean it", u.Host)
	}
}

// ref returns the payment that -id and -payment-id name.
func (f *orderFlags) ref() (tradepay.OrderRef, error) {
	ref := tradepay.OrderRef{PaymentRequestID: *f.id, PaymentID: *f.paymentID}
	if ref == (tradepay.OrderRef{}) {
		return ref, usage("name the payment: -id with your id (paymentRequestId), or -payment-id with the wallet's")
	}
	return ref, nil
}

// announce shows an id before the command sends anything under it: after a crash, the user
// can ask about it.
func (f *orderFlags) announce(name, id string) error {
	if _, err := fmt.Fprintf(f.cli.stderr, "%s %s\n", name, printable(id)); err != nil {
		return failed("the command sent nothing, because it could not show the id: %w", err)
	}
	return nil
}

// fail says what went wrong and what to do next. again is the command that asks the wallet.
func (f *orderFlags) fail(err error, again string) error {
	code := exitCode(err)
	var api *tradepay.APIError
	isAPI := errors.As(err, &api)
	if *f.asJSON {
		result := map[string]any{"error": errorText(err), "exitCode": code}
		if isAPI {
			result["notSent"] = api.NotSent
			result["httpStatus"] = api.HTTPStatus
			if api.Cause != "" {
				result["cause"] = api.Cause
			}
			if api.Hint != "" {
				result["hint"] = api.Hint
			}
			if api.Result.Status != "" {
				result["result"] = api.Result
			}
		}
		if code == exitUnknown {
			result["askAgain"] = again
		}
		_ = printJSON(f.cli.stdout, result)
	}
	var next []string
	switch {
	case code == exitUnknown && isAPI && api.NotSent && f.live == nil:
		next = []string{unreached(f.cfg), f.cli.err.bold("The command sent nothing, and learned nothing. Ask again:"),
			"  " + again}
	case code == exitUnknown && isAPI && api.NotSent:
		next = []string{unreached(f.cfg),
			f.cli.err.bold("This call sent nothing: retry it with the same id. If an earlier call used this id, ask:"),
			"  " + again}
	case errors.Is(err, tradepay.ErrIdempotencyMismatch):
		next = []string{f.cli.err.bold("The id belongs to an earlier order, which stays as it is. For another " +
			"order, use " +
			"another -id. Ask about the earlier one:"), "  " + again}
	case code == exitUnknown:
		next = []string{f.cli.err.bold("The outcome is unknown: it may have happened. Do not try again with " +
			"another id. Ask:"), "  " + again}
	case code == exitUsage:
		next = []string{f.cli.lang.pick("See", "Mira") + " tradepay help " + f.Name()}
		var field *tradepay.FieldError
		if errors.As(err, &field) && fieldFlags[field.Field] != "" {
			next[0] += ": " + fieldFlags[field.Field]
		}
	case code == exitRejected && loopback.URL(f.cfg.BaseURL) && f.notifyURL != "" && !loopback.URL(f.notifyURL):
		next = []string{"The test wallet notifies merchants on loopback only: leave " + tradepayenv.NotifyURL +
			" and -notify-url out, or give one like http://127.0.0.1:8080/notify."}
	case code == exitCaller:
		next = []string{"This says nothing about the payment. Fix the settings and retry the command with the " +
			"same id; tradepay doctor -live checks the settings."}
	}
	f.cli.explain(f.cli.stderr, f.cli.err, "tradepay "+f.Name()+":", err, f.cfg, f.rec.exchange(), next...)
	return told(code)
}

// fieldFlags are the flags that set the fields of a request.
var fieldFlags = map[string]string{
	"PaymentRequestID": "-id", "PaymentID": "-payment-id", "RefundRequestID": "-refund-id",
	"Amount": "-amount, -currency", "Title": "-title", "Reason": "-reason", "Order.Buyer.ID": "-buyer-id",
	"ExpiresAt": "-expires", "RedirectURL": "-redirect-url", "NotifyURL": "-notify-url",
	"ProductCode": "-product-code", "PaymentAuthCode": "-auth-code-file", "SiteName": "-site-name", "Extra": "-extra",
}

// askOrder returns the command that asks about a payment with the same settings.
func (f *orderFlags) askOrder(ref tradepay.OrderRef) string {
	text := "tradepay order query"
	if ref.PaymentRequestID != "" {
		text += " -id " + shellQuote(ref.PaymentRequestID)
	}
	if ref.PaymentID != "" {
		text += " -payment-id " + shellQuote(ref.PaymentID)
	}
	return text + f.again()
}

func runOrderCreate(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("order create").moving()
	amount, currency := f.text("amount"), f.text("currency")
	title := f.text("title")
	redirect := f.text("redirect-url")
	expires := f.text("expires")
	product := f.text("product-code")
	buyer := f.text("buyer-id")
	authCode := f.text("auth-code-file")
	authorize := f.toggle("authorize")
	extra := f.text("extra")
	if err := f.parse(args); err != nil {
		return err
	}
	if *amount == "" || *currency == "" {
		return usage("give -amount and -currency, such as -amount 10.50 -currency ZAR")
	}
	price, err := tradepay.ParseAmount(*amount, *currency)
	if err != nil {
		return err
	}
	req := &tradepay.CreateOrderRequest{
		PaymentRequestID: cmp.Or(*f.id, c.randomID("cli-")), Amount: price, Title: *title, RedirectURL: *redirect,
		ProductCode: *product, Authorize: *authorize, Order: tradepay.OrderDetails{Buyer: tradepay.Buyer{ID: *buyer}},
	}
	if req.ExpiresAt, err = c.deadline(*expires); err != nil {
		return err
	}
	if req.NotifyURL, err = tradepayenv.ReadNotifyURL(f.getenv); err != nil {
		return f.named(err)
	}
	f.notifyURL = req.NotifyURL
	if *authCode != "" {
		data, err := c.readInput("auth-code-file", *authCode)
		if err != nil {
			return err
		}
		req.PaymentAuthCode = strings.TrimSpace(string(data))
	}
	if *extra != "" {
		data, err := c.readInput("extra", *extra)
		if err != nil {
			return err
		}
		fields, err := strictjson.Parse(data) // keeps each digit of a number
		if err != nil {
			return usage("-extra %s: must hold a JSON object with further fields: %w", *extra, err)
		}
		req.Extra = map[string]any(fields)
	}
	if err := f.start(); err != nil {
		return err
	}
	if err := f.client.CheckOrder(req); err != nil {
		return f.fail(err, "")
	}
	if err := f.announce("paymentRequestId", req.PaymentRequestID); err != nil {
		return err
	}
	if !req.ExpiresAt.IsZero() { // it is part of the content: a retry needs the same time
		fmt.Fprintf(c.stderr, "expires %s\n", req.ExpiresAt.Format(time.RFC3339))
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	order, err := f.client.CreateOrder(ctx, req)
	if err != nil {
		return f.fail(err, f.askOrder(tradepay.OrderRef{PaymentRequestID: req.PaymentRequestID}))
	}
	return f.printOrder(order)
}

// deadline reads -expires: a duration from now, or a time.
func (c *cli) deadline(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return c.now().Add(d).Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usage("-expires %s: give a duration such as 15m, or a time such as 2026-01-15T12:00:00Z",
			printable(text))
	}
	return at, nil
}

func runOrderQuery(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("order query")
	refundID := f.text("refund-id")
	amount, currency := f.text("amount"), f.text("currency")
	if err := f.parse(args); err != nil {
		return err
	}
	if *refundID != "" {
		return f.queryRefund(ctx, *refundID)
	}
	ref, err := f.ref()
	if err != nil {
		return err
	}
	want, err := f.wanted(*amount, *currency)
	if err != nil {
		return err
	}
	if err := f.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	order, err := f.client.QueryOrder(ctx, ref)
	if err != nil {
		return f.fail(err, f.askOrder(ref))
	}
	if err := f.printOrder(order); err != nil {
		return err
	}
	return f.checkPaid(order, want)
}

// wanted returns the amount that a query checks, or nil.
func (f *orderFlags) wanted(amount, currency string) (*tradepay.Amount, error) {
	switch {
	case amount == "" && currency == "":
		return nil, nil
	case *f.id == "":
		return nil, usage("-amount checks that this very order is paid: name it by -id")
	}
	want, err := tradepay.ParseAmount(amount, currency)
	return &want, err
}

// checkPaid is the check to make before shipping.
func (f *orderFlags) checkPaid(order *tradepay.Order, want *tradepay.Amount) error {
	if want == nil {
		return nil
	}
	return order.CheckPaid(*f.id, *want)
}

func (f *orderFlags) queryRefund(ctx context.Context, id string) error {
	if err := f.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	refund, err := f.client.QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: id})
	if err != nil {
		return f.fail(err, f.askRefund(id))
	}
	return f.printRefund(refund)
}

func (f *orderFlags) askRefund(id string) string {
	return "tradepay order query -refund-id " + shellQuote(id) + f.again()
}

func runOrderWait(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("order wait")
	interval := f.duration("interval")
	amount, currency := f.text("amount"), f.text("currency")
	if err := f.parse(args); err != nil {
		return err
	}
	ref, err := f.ref()
	if err != nil {
		return err
	}
	want, err := f.wanted(*amount, *currency)
	if err != nil {
		return err
	}
	if *interval < time.Second {
		return usage("-interval %s: wallets ask for 5s; give at least 1s", *interval)
	}
	f.pollInterval = *interval
	if err := f.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	order, err := f.client.WaitOrder(ctx, ref)
	if err != nil {
		if order != nil {
			fmt.Fprintf(c.stderr, "last seen %s\n", order.Status)
		}
		return f.fail(err, f.askOrder(ref))
	}
	if err := f.printOrder(order); err != nil {
		return err
	}
	if order.Status == tradepay.StatusFailed || order.Status == tradepay.StatusCancelled {
		return told(exitRejected)
	}
	return f.checkPaid(order, want)
}

func runOrderCancel(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("order cancel").moving()
	if err := f.parse(args); err != nil {
		return err
	}
	ref, err := f.ref()
	if err != nil {
		return err
	}
	if err := f.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	order, err := f.client.CancelOrder(ctx, ref)
	if err != nil {
		return f.fail(err, f.askOrder(ref))
	}
	if err := f.printOrder(order); err != nil {
		return err
	}
	if order.Status != tradepay.StatusCancelled {
		fmt.Fprintln(c.stderr, "The order is not closed yet, and the payer may still pay. Ask:\n  "+f.askOrder(ref))
		return told(exitUnknown)
	}
	return nil
}

func runOrderRefund(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("order refund").moving()
	refundID := f.text("refund-id")
	amount, currency := f.text("amount"), f.text("currency")
	reason := f.text("reason")
	if err := f.parse(args); err != nil {
		return err
	}
	ref, err := f.ref()
	if err != nil {
		return err
	}
	if *amount == "" || *currency == "" {
		return usage("give -amount and -currency of the refund, such as -amount 10.50 -currency ZAR")
	}
	if *refundID == "" { // with a new one each time, two runs would refund twice
		return usage("give -refund-id, your id of this refund, such as refund-1: with the same id, a retry " +
			"refunds once")
	}
	price, err := tradepay.ParseAmount(*amount, *currency)
	if err != nil {
		return err
	}
	if err := f.start(); err != nil {
		return err
	}
	req := &tradepay.RefundRequest{
		RefundRequestID: *refundID, PaymentID: ref.PaymentID, PaymentRequestID: ref.PaymentRequestID,
		Amount: price, Reason: *reason,
	}
	if err := f.client.CheckRefund(req); err != nil {
		return f.fail(err, "")
	}
	if err := f.announce("refundRequestId", req.RefundRequestID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	refund, err := f.client.Refund(ctx, req)
	if err != nil {
		return f.fail(err, f.askRefund(req.RefundRequestID))
	}
	if err := f.printRefund(refund); err != nil {
		return err
	}
	if refund.Status == tradepay.TransactionProcessing {
		return told(exitUnknown)
	}
	return nil
}

// printOrder shows an order, but not the whole answer of the wallet.
func (f *orderFlags) printOrder(o *tradepay.Order) error {
	if *f.asJSON {
		out := struct {
			PaymentRequestID string                  `json:"paymentRequestId,omitempty"`
			PaymentID        string                  `json:"paymentId,omitempty"`
			Status           tradepay.PaymentStatus  `json:"status"`
			Amount           *tradepay.Amount        `json:"amount,omitempty"`
			PaidAt           *time.Time              `json:"paidAt,omitempty"`
			FailReason       string                  `json:"failReason,omitempty"`
			TradePay         tradepay.TradePayParams `json:"tradePay"`
			OrderCode        string                  `json:"orderCode,omitempty"`
			Result           tradepay.Result         `json:"result"`
		}{
			PaymentRequestID: o.PaymentRequestID, PaymentID: o.PaymentID, Status: o.Status, FailReason: o.FailReason,
			TradePay: o.TradePay(), OrderCode: o.OrderCode, Result: o.Result,
		}
		if !o.Amount.IsZero() {
			out.Amount = &o.Amount
		}
		if !o.PaidAt.IsZero() {
			out.PaidAt = &o.PaidAt
		}
		return printJSON(f.cli.stdout, out)
	}
	fields(f.cli.stdout, f.cli.out,
		[2]string{"status", string(o.Status)},
		[2]string{"paymentRequestId", o.PaymentRequestID},
		[2]string{"paymentId", o.PaymentID},
		[2]string{"amount", amountText(o.Amount)},
		[2]string{"paid at", timeText(o.PaidAt)},
		[2]string{"fail reason", o.FailReason},
		[2]string{"paymentUrl", o.PaymentURL},
		[2]string{"tradeNO", o.TradeNo},
		[2]string{"orderCode", o.OrderCode},
	)
	return nil
}

func (f *orderFlags) printRefund(r *tradepay.Refund) error {
	code := exitOK
	if r.Status == tradepay.TransactionFailed {
		code = exitRejected
	}
	if *f.asJSON {
		out := struct {
			RefundRequestID string                     `json:"refundRequestId,omitempty"`
			RefundID        string                     `json:"refundId,omitempty"`
			Status          tradepay.TransactionStatus `json:"status"`
			Amount          *tradepay.Amount           `json:"amount,omitempty"`
			RefundedAt      *time.Time                 `json:"refundedAt,omitempty"`
			FailReason      string                     `json:"failReason,omitempty"`
			Result          tradepay.Result            `json:"result"`
		}{RefundRequestID: r.RefundRequestID, RefundID: r.RefundID, Status: r.Status, FailReason: r.FailReason,
			Result: r.Result}
		if !r.Amount.IsZero() {
			out.Amount = &r.Amount
		}
		if !r.RefundedAt.IsZero() {
			out.RefundedAt = &r.RefundedAt
		}
		if err := printJSON(f.cli.stdout, out); err != nil {
			return err
		}
	} else {
		fields(f.cli.stdout, f.cli.out,
			[2]string{"status", string(r.Status)},
			[2]string{"refundRequestId", r.RefundRequestID},
			[2]string{"refundId", r.RefundID},
			[2]string{"amount", amountText(r.Amount)},
			[2]string{"refunded at", timeText(r.RefundedAt)},
			[2]string{"fail reason", r.FailReason},
		)
	}
	if r.Status == tradepay.TransactionProcessing {
		fmt.Fprintln(f.cli.stderr,
			"The wallet is still processing the refund. Ask again:\n  "+f.askRefund(r.RefundRequestID))
	}
	if code != exitOK {
		return told(code)
	}
	return nil
}

func amountText(a tradepay.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
