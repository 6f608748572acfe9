package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// orderFlags are what the commands have in common that call the wallet.
type orderFlags struct {
	*flagSet
	id, paymentID *string
	timeout       *time.Duration
	live, asJSON  *bool
	onlyAsks      bool   // what the command sends moves nothing
	notifyURL     string // of a create
	urlGone       string // the id of a create: the wallet has the order, and gives out a URL only once
	cfg           tradepay.Config
	client        *tradepay.Client
	rec           *recorder
}

func (c *cli) orderFlags(name string) *orderFlags {
	fs := c.newFlags(name)
	f := &orderFlags{
		flagSet: fs, timeout: fs.duration("timeout"), asJSON: fs.toggle("json"),
	}
	if strings.HasPrefix(name, "order ") {
		f.id = fs.text("id")
	}
	if f.id != nil && name != "order create" {
		f.paymentID = fs.text("payment-id")
	}
	return f
}

// moving demands the flag that allows to move real money: see [orderFlags.start].
func (f *orderFlags) moving() *orderFlags {
	f.live = f.toggle("live")
	return f
}

// moves reports whether what the command sends may move money.
func (f *orderFlags) moves() bool { return f.live != nil && !f.onlyAsks }

// start reads the settings and makes the client. The command sends nothing before it
// returns.
func (f *orderFlags) start() error {
	// This comes before the other settings: a user who only tries learns it first.
	if given, err := tradepayenv.ReadPart(f.getenv); err == nil && given.BaseURL != "" && f.moves() && !*f.live {
		if err := mayMoveMoney(given.BaseURL); err != nil {
			return err
		}
	}
	cfg, err := f.config()
	if err != nil {
		return err
	}
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
	f.cli.shown[name+" "+id] = sameFile(f.cli.stdout, f.cli.stderr)
	return nil
}

// unseen returns a value, or "" if announce has shown it already where the user reads the
// result.
func (f *orderFlags) unseen(name, id string) [2]string {
	if f.cli.shown[name+" "+id] {
		id = ""
	}
	return [2]string{name, id}
}

// fail says what went wrong and what to do next. again is the command that asks the wallet,
// "" where it has no answer to give; more are further lines about an unknown outcome.
func (f *orderFlags) fail(err error, again string, more ...string) error {
	c, say := f.cli, f.cli.lang.say
	code := exitCode(err)
	var api *tradepay.APIError
	isAPI := errors.As(err, &api)
	if *f.asJSON {
		_ = printJSON(c.stdout, f.failureJSON(err, code, again))
	}
	ask := func(line string) []string {
		lines := []string{c.err.bold(line)}
		if again != "" {
			lines = append(lines, "  "+again)
		}
		return append(lines, more...)
	}
	var next []string
	switch {
	case code == exitUnknown && isAPI && api.NotSent && again == "":
		next = []string{c.unreached(f.cfg), c.err.bold(say("This call sent nothing: retry the command."))}
		next = append(next, more...)
	case code == exitUnknown && isAPI && api.NotSent && !f.moves():
		next = append([]string{c.unreached(f.cfg)}, ask(say("The command sent nothing, and learned nothing. "+
			"Ask again:"))...)
	case code == exitUnknown && isAPI && api.NotSent:
		next = append([]string{c.unreached(f.cfg)}, ask(say(
			"This call sent nothing: retry it with the same id. If an earlier call used this id, ask:"))...)
	case errors.Is(err, tradepay.ErrIdempotencyMismatch) && again != "":
		next = ask(say("The id belongs to an earlier order, which stays as it is. For another order, use another " +
			"-id. Ask about the earlier one:"))
	case f.urlGone != "":
		next = []string{c.err.bold(say("The order exists, and this wallet gives out its payment URL only once. " +
			"If you have the URL, use it. If not, cancel the order:")), "  " + f.cancelOrder(f.urlGone),
			say("Create another order, with a new -id, only after the wallet has confirmed the cancellation.")}
	case code == exitUnknown && again == "":
		next = ask(say("The outcome is unknown: it may have happened."))
	case code == exitUnknown && !f.moves():
		next = ask(say("The command only asked, and learned nothing for certain. Ask again:"))
	case code == exitUnknown:
		next = ask(say("The outcome is unknown: it may have happened. Do not try again with another id. Ask:"))
	case code == exitUsage:
		next = []string{say("See %s", "tradepay help "+f.Name())}
		var field *tradepay.FieldError
		if errors.As(err, &field) && fieldFlags[field.Field] != "" {
			next[0] += ": " + fieldFlags[field.Field]
		}
	case code == exitRejected && loopback.URL(f.cfg.BaseURL) && f.notifyURL != "" && !loopback.URL(f.notifyURL):
		next = []string{say("The test wallet notifies merchants on loopback only: leave %s and -notify-url out, or "+
			"give one like %s.", tradepayenv.NotifyURL, "http://127.0.0.1:8080/notify")}
	case code == exitCaller:
		next = []string{say("This says nothing about the payment. Fix the settings and retry the command with the " +
			"same id; tradepay doctor -live checks the settings.")}
	}
	c.explain(c.stderr, c.err, "tradepay "+f.Name()+":", err, f.cfg, f.rec.exchange(), next...)
	return told(code)
}

// failureJSON is what fail says, for programs.
func (f *orderFlags) failureJSON(err error, code int, again string) map[string]any {
	result := map[string]any{"error": f.cli.errorText(err), "exitCode": code}
	var api *tradepay.APIError
	if errors.As(err, &api) {
		result["notSent"] = api.NotSent
		result["httpStatus"] = api.HTTPStatus
		if api.Cause != "" {
			result["cause"] = api.Cause
		}
		if api.TraceID != "" { // of an answer that is not verified, too
			result["traceId"] = api.TraceID
		}
		if api.Hint != "" {
			result["hint"] = f.cli.lang.said(api.Hint)
		}
		if api.Result.Status != "" {
			result["result"] = api.Result
		}
	}
	if code == exitUnknown && again != "" {
		result["askAgain"] = again
	}
	if f.urlGone != "" {
		result["cancel"] = f.cancelOrder(f.urlGone)
	}
	if code == exitUsage {
		result["help"] = "tradepay help " + f.Name()
	}
	return result
}

// fieldFlags are the flags that set the fields of a request.
var fieldFlags = map[string]string{
	"PaymentRequestID": "-id", "PaymentID": "-payment-id", "RefundRequestID": "-refund-id",
	"Amount": "-amount, -currency", "Title": "-title", "Reason": "-reason", "Order.Buyer.ID": "-buyer-id",
	"ExpiresAt": "-expires", "RedirectURL": "-redirect-url", "NotifyURL": "-notify-url",
	"ProductCode": "-product-code", "PaymentAuthCode": "-auth-code-file", "SiteName": "-site-name", "Extra": "-extra",
	"CaptureRequestID": "-capture-id", "VoidRequestID": "-void-id", "RequestID": "-id", "AccessToken": "-token-file",
	"UserID": "-user-id", "Channel": "-channel", "TemplateCode": "-template", "Parameters": "-parameters",
	"Body": "-text",
	"URL":  "-url", "accessToken": "-token-file", "AuthCode": "-auth-code-file", "path": "-operation",
	"request": "-body",
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
	if *authCode != "" && *f.id == "" { // with a new one each time, two runs would charge twice
		return usage("give -id, your id of this payment, such as order-1: with -auth-code-file the wallet charges " +
			"the payer at once, and with the same id, a retry charges once")
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
		if req.PaymentAuthCode, err = c.readToken("auth-code-file", *authCode, "accessToken"); err != nil {
			return err
		}
	}
	if req.Extra, err = f.extra(*extra); err != nil {
		return err
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
		c.print(c.stderr, "expires %s", req.ExpiresAt.Format(time.RFC3339))
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	order, err := f.client.CreateOrder(ctx, req)
	if err != nil {
		ref := tradepay.OrderRef{PaymentRequestID: req.PaymentRequestID}
		if f.hasNoURL(ctx, err, ref) {
			f.urlGone = ref.PaymentRequestID
		}
		return f.fail(err, f.askOrder(ref))
	}
	return f.printOrder(order)
}

// hasNoURL asks, after a create without outcome at a wallet that rejects repeats, whether
// the wallet has the order, unpaid. The wallet then does not give out a payment URL again.
func (f *orderFlags) hasNoURL(ctx context.Context, err error, ref tradepay.OrderRef) bool {
	var api *tradepay.APIError
	isUnknown := errors.As(err, &api) && errors.Is(err, tradepay.ErrOutcomeUnknown)
	if !f.cfg.Wallet.Quirks.RefusesRepeats || !isUnknown || api.NotSent {
		return false
	}
	order, err := f.client.QueryOrder(ctx, ref)
	return err == nil && order.Status == tradepay.StatusProcessing
}

// cancelOrder returns the command that cancels a payment with the same settings.
func (f *orderFlags) cancelOrder(id string) string {
	text := "tradepay order cancel -id " + shellQuote(id)
	if f.live != nil && *f.live {
		text += " -live"
	}
	return text + f.again()
}

// extra reads the further fields in a file, or returns nil without one.
func (f *orderFlags) extra(file string) (map[string]any, error) {
	if file == "" {
		return nil, nil
	}
	data, err := f.cli.readInput("extra", file)
	if err != nil {
		return nil, err
	}
	fields, err := strictjson.Parse(data) // keeps each digit of a number
	if err != nil {
		return nil, usage("-extra %s: must hold a JSON object with further fields: %w", file, err)
	}
	return map[string]any(fields), nil
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
	verbose := f.toggle("v")
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
	if err := f.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	w := waiting{
		orderFlags: f, ref: ref, interval: *interval, until: c.waitClock().Add(*f.timeout),
		verbose: *verbose || isTerminal(c.stderr),
	}
	order, err := w.wait(ctx)
	switch {
	case err != nil && w.last != nil && w.over:
		return w.stillOpen()
	case err != nil:
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
		c.print(c.stderr, "The order is not closed yet, and the payer may still pay. Ask:\n  %s", f.askOrder(ref))
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
			Transactions     []tradepay.Transaction  `json:"transactions,omitempty"`
			Result           tradepay.Result         `json:"result"`
		}{
			PaymentRequestID: o.PaymentRequestID, PaymentID: o.PaymentID, Status: o.Status, FailReason: o.FailReason,
			TradePay: o.TradePay(), OrderCode: o.OrderCode, Transactions: o.Transactions, Result: o.Result,
		}
		if !o.Amount.IsZero() {
			out.Amount = &o.Amount
		}
		if !o.PaidAt.IsZero() {
			out.PaidAt = &o.PaidAt
		}
		return printJSON(f.cli.stdout, out)
	}
	word := f.cli.lang.say
	rows := [][2]string{
		{word("status"), string(o.Status)},
		f.unseen("paymentRequestId", o.PaymentRequestID),
		{"paymentId", o.PaymentID},
		{word("amount"), amountText(o.Amount)},
		{word("paid at"), timeText(o.PaidAt)},
		{word("fail reason"), o.FailReason},
		{"paymentUrl", o.PaymentURL},
		{"tradeNO", o.TradeNo},
		{"orderCode", o.OrderCode},
	}
	for _, t := range o.Transactions {
		if t.Type == "PAYMENT" { // the rows above are about it
			continue
		}
		parts := []string{cmp.Or(t.RequestID, t.ID), string(t.Status), amountText(t.Amount), timeText(t.Time)}
		rows = append(rows, [2]string{strings.ToLower(t.Type), strings.Join(slices.DeleteFunc(parts,
			func(part string) bool { return part == "" }), "  ")})
	}
	fields(f.cli.stdout, f.cli.out, rows...)
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
		word := f.cli.lang.say
		fields(f.cli.stdout, f.cli.out,
			[2]string{word("status"), string(r.Status)},
			f.unseen("refundRequestId", r.RefundRequestID),
			[2]string{"refundId", r.RefundID},
			[2]string{word("amount"), amountText(r.Amount)},
			[2]string{word("refunded at"), timeText(r.RefundedAt)},
			[2]string{word("fail reason"), r.FailReason},
		)
	}
	if r.Status == tradepay.TransactionProcessing {
		f.cli.print(f.cli.stderr, "The wallet is still processing the refund. Ask again:\n  %s",
			f.askRefund(r.RefundRequestID))
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
