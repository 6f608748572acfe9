package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wire"
)

// references are the members of a message by which somebody can ask about it later.
var references = []string{
	"paymentRequestId", "paymentId", "refundRequestId", "refundId", "captureRequestId", "voidRequestId", "requestId",
}

// questions are the operations that move nothing.
var questions = []wire.Operation{
	wire.OpInquiryPayment, wire.OpInquiryRefund, wire.OpUserInfo, operation.UserCards, operation.UserAccounts,
	operation.Reconciliation,
}

// call is one raw operation.
type call struct {
	*orderFlags
	op   wire.Operation // "" for a path of no operation
	path string
	body strictjson.Object
}

// runCall sends any signed operation.
func runCall(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("call").moving()
	name, file := f.text("operation"), f.text("body")
	if err := f.parse(args); err != nil {
		return err
	}
	switch {
	case *name == "":
		return usage("name the operation, such as inquiryPayment, or its path, such as /v2/payments/confirm")
	case *file == "":
		return usage("-body is missing: give the file that holds the JSON object; - is standard input")
	}
	data, err := c.readInput("body", *file)
	if err != nil {
		return err
	}
	r := &call{orderFlags: f}
	if r.body, err = strictjson.Parse(data); err != nil {
		return usage("-body %s: must hold a JSON object: %w", *file, err)
	}
	if err := r.find(*name); err != nil {
		return err
	}
	f.onlyAsks = slices.Contains(questions, r.op)
	if err := f.start(); err != nil {
		return err
	}
	for _, member := range references {
		if id := r.reference(member); id != "" {
			if err := f.announce(member, id); err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	var answer json.RawMessage
	result, err := f.client.Call(ctx, r.path, r.body, &answer)
	if err == nil {
		err = r.binds(answer)
	}
	if err != nil {
		return r.refuse(err)
	}
	return r.report(result, answer)
}

// find finds the operation and the path that the user means.
func (r *call) find(name string) error {
	given, err := tradepayenv.ReadPart(r.getenv)
	if err == nil {
		err = tradepayenv.Require(given, tradepayenv.Wallet)
	}
	if err != nil {
		return r.named(err)
	}
	w := &given.Wallet
	var names []string
	for _, op := range w.Operations() {
		names = append(names, string(op))
		plain, _, _ := strings.Cut(name, "?")
		if string(op) == name || strings.Contains(name, "/") && w.Versioned(plain) == w.Path(op) {
			r.op, r.path = op, w.Path(op)
		}
	}
	if strings.Contains(name, "/") {
		r.path = name
	}
	if r.path != "" {
		return nil
	}
	if source, ok := w.Routes.Unsupported[wire.Operation(name)]; ok {
		return usage("%s has no operation %s, see %s", w.Name, name, source)
	}
	if near := spelling.Nearest(name, names); near != "" {
		return usage("%s has no operation %s; did you mean %s?", w.Name, printable(name), near)
	}
	slices.Sort(names)
	return usage("%s has no operation %s; it has %s, and more by their paths", w.Name, printable(name),
		strings.Join(names, ", "))
}

// reference returns an id in the message, or "".
func (r *call) reference(member string) string {
	id, _ := r.body[member].(string)
	return id
}

// again is the command that asks what came of the message, or "" if none can.
func (r *call) again() string {
	ref := tradepay.OrderRef{PaymentRequestID: r.reference("paymentRequestId"), PaymentID: r.reference("paymentId")}
	switch {
	case r.reference("refundRequestId") != "" && r.op != wire.OpPay:
		return r.askRefund(r.reference("refundRequestId"))
	case ref != tradepay.OrderRef{}:
		return r.askOrder(ref)
	}
	return ""
}

// binds makes sure that the answer is about what the message is about: it may be the signed
// answer to another one.
func (r *call) binds(answer json.RawMessage) error {
	var body map[string]any
	if err := json.Unmarshal(answer, &body); err != nil {
		return &failure{exitUnknown, newNotice("the answer is no JSON object")}
	}
	for _, member := range references {
		asked := r.reference(member)
		if got, named := body[member].(string); asked != "" && named && got != asked {
			return &failure{exitUnknown, newNotice("the answer is about another %s: %s", member, printable(got))}
		}
	}
	return nil
}

// refuse is fail for an operation of which the command knows little.
func (r *call) refuse(err error) error {
	code, again := exitCode(err), r.again()
	if code == exitRejected && r.onlyAsks { // it says nothing about the payment
		return r.fail(&failure{exitUnknown, err}, again)
	}
	err = r.fail(err, again, r.cli.lang.say("Or send the very same body again; never one with a new id."))
	if code == exitRejected && again != "" {
		r.cli.print(r.cli.stderr, "This says nothing about an earlier call with the same id. Ask:\n  %s", again)
	}
	return err
}

// report shows a verdict that is no failure, and the answer.
func (r *call) report(result tradepay.Result, answer json.RawMessage) error {
	c := r.cli
	waits := r.op == wire.OpPay || r.op == wire.OpPrepare // for the payer
	open := result.Status == tradepay.ResultAccepted && !waits
	code := exitOK
	if open {
		code = exitUnknown
	}
	again := r.again()
	status := r.statusIn(answer)
	if *r.asJSON {
		out := map[string]any{
			"path": r.path, "result": result, "answer": answer, "exitCode": code,
		}
		if status[1] != "" {
			out[status[0]] = status[1]
		}
		if r.op != "" {
			out["operation"] = r.op
		}
		if x := r.rec.exchange(); x != nil {
			out["httpStatus"] = x.status
		}
		if open && again != "" {
			out["askAgain"] = again
		}
		if err := printJSON(c.stdout, out); err != nil {
			return err
		}
	} else {
		verdict := c.lang.say("S: done")
		switch {
		case result.Status == tradepay.ResultSuccess && r.op == wire.OpInquiryPayment:
			verdict = c.lang.say("S: the wallet answered; this is the verdict of the question, not of the payment")
		case result.Status == tradepay.ResultSuccess && r.op == wire.OpInquiryRefund:
			verdict = c.lang.say("S: the wallet answered; this is the verdict of the question, not of the refund")
		case result.Status == tradepay.ResultAccepted && waits:
			verdict = c.lang.say("A: accepted; the payer must act")
		case open:
			verdict = c.lang.say("A: accepted, and not done yet")
		}
		fields(c.stdout, c.out, [2]string{c.lang.say("verdict"), verdict}, status,
			[2]string{c.lang.say("code"), result.Code}, [2]string{c.lang.say("message"), result.Message})
		fmt.Fprintln(c.stdout)
		if err := printJSON(c.stdout, answer); err != nil {
			return err
		}
	}
	switch {
	case open && again != "":
		c.print(c.stderr, "The wallet accepted it, and it is not done yet. Ask:\n  %s", again)
	case open:
		c.print(c.stderr, "The wallet accepted it, and it is not done yet.")
	case r.op == wire.OpInquiryPayment:
		c.print(c.stderr, "This does not say that your order is paid with its amount. Before you ship, ask:\n  %s",
			r.askPaid())
	case r.op == wire.OpPay && again != "":
		c.print(c.stderr, "The answer to a pay does not say that it is paid. Before you ship, ask:\n  %s", again)
	}
	if code != exitOK {
		return told(code)
	}
	return nil
}

// statusIn returns the status of what an inquiry is about, with its name in the answer.
func (r *call) statusIn(answer json.RawMessage) [2]string {
	member := map[wire.Operation]string{
		wire.OpInquiryPayment: "paymentStatus", wire.OpInquiryRefund: "refundStatus",
	}[r.op]
	var body map[string]any
	if member == "" || json.Unmarshal(answer, &body) != nil {
		return [2]string{}
	}
	status, _ := body[member].(string)
	return [2]string{member, status}
}

// askPaid returns the command that checks whether an order is paid. The merchant knows the
// id and the amount: those of the answer would prove nothing.
func (r *call) askPaid() string {
	id := "ID"
	if given := r.reference("paymentRequestId"); given != "" {
		id = shellQuote(given)
	}
	return "tradepay order query -id " + id + " -amount AMOUNT -currency CODE" + r.orderFlags.again()
}
