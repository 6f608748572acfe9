package main

import (
	"context"
	"time"

	"github.com/tradepay/tradepay-go"
)

// settlementFlags are those of capture and void, which settle what an order has reserved.
type settlementFlags struct {
	*orderFlags
	settlementID     *string
	amount, currency *string
	extraFile        *string
}

func (c *cli) settlementFlags(name, idFlag string) *settlementFlags {
	f := c.orderFlags(name).moving()
	return &settlementFlags{
		orderFlags: f, settlementID: f.text(idFlag), amount: f.text("amount"), currency: f.text("currency"),
		extraFile: f.text("extra"),
	}
}

// settlement is what both ask for.
type settlement struct {
	ref    tradepay.OrderRef
	amount tradepay.Amount
	extra  map[string]any
}

// read checks the flags and makes the client. It sends nothing.
func (f *settlementFlags) read(args []string, idFlag string) (s settlement, err error) {
	if err := f.parse(args); err != nil {
		return s, err
	}
	if s.ref, err = f.ref(); err != nil {
		return s, err
	}
	if *f.settlementID == "" { // with a new one each time, two runs would do it twice
		return s, usage("give -%s, your id of it: with the same id, a retry does it once", idFlag)
	}
	if *f.amount != "" || *f.currency != "" {
		if s.amount, err = tradepay.ParseAmount(*f.amount, *f.currency); err != nil {
			return s, err
		}
	}
	if s.extra, err = f.extra(*f.extraFile); err != nil {
		return s, err
	}
	return s, f.start()
}

// unsettled is fail for an outcome that only a repetition or the order's transactions tell.
func (f *settlementFlags) unsettled(err error, ref tradepay.OrderRef) error {
	if f.cfg.Wallet.Quirks.RefusesRepeats {
		return f.fail(err, f.askOrder(ref),
			f.cli.lang.say("This wallet rejects repeats: look for your id among the transactions of the order."))
	}
	return f.fail(err, f.askOrder(ref),
		f.cli.lang.say("Or run the very same command again: with the same id, the wallet does it once."))
}

// settled is the result of a capture or a void, for people and programs.
type settled struct {
	idName, ownIDName, timeName string // in JSON
	id, ownID, paymentID        string
	status                      tradepay.TransactionStatus
	amount, remaining           tradepay.Amount
	at                          time.Time
	result                      tradepay.Result
}

func (f *settlementFlags) report(s settled, ref tradepay.OrderRef) error {
	if *f.asJSON {
		out := map[string]any{s.idName: s.id, "status": s.status, "result": s.result}
		for name, value := range map[string]string{
			s.ownIDName: s.ownID, "paymentId": s.paymentID, s.timeName: timeText(s.at),
		} {
			if value != "" {
				out[name] = value
			}
		}
		for name, amount := range map[string]tradepay.Amount{"amount": s.amount, "remaining": s.remaining} {
			if !amount.IsZero() {
				out[name] = amount
			}
		}
		if err := printJSON(f.cli.stdout, out); err != nil {
			return err
		}
	} else {
		word := f.cli.lang.say
		fields(f.cli.stdout, f.cli.out,
			[2]string{word("status"), string(s.status)},
			f.unseen(s.idName, s.id),
			[2]string{s.ownIDName, s.ownID},
			[2]string{"paymentId", s.paymentID},
			[2]string{word("amount"), amountText(s.amount)},
			[2]string{word("still reserved"), amountText(s.remaining)},
			[2]string{word("time"), timeText(s.at)},
		)
	}
	switch s.status {
	case tradepay.TransactionFailed:
		return told(exitRejected)
	case tradepay.TransactionProcessing:
		f.cli.print(f.cli.stderr, "The wallet is still working on it. Ask again:\n  %s", f.askOrder(ref))
		return told(exitUnknown)
	}
	return nil
}

func runOrderCapture(ctx context.Context, c *cli, args []string) error {
	f := c.settlementFlags("order capture", "capture-id")
	partial := f.toggle("partial")
	s, err := f.read(args, "capture-id")
	if err != nil {
		return err
	}
	req := &tradepay.CaptureRequest{
		CaptureRequestID: *f.settlementID, PaymentID: s.ref.PaymentID, PaymentRequestID: s.ref.PaymentRequestID,
		Amount: s.amount, Partial: *partial, Extra: s.extra,
	}
	if err := f.client.CheckCapture(req); err != nil {
		return f.fail(err, "")
	}
	if err := f.announce("captureRequestId", req.CaptureRequestID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	capture, err := f.client.Capture(ctx, req)
	if err != nil {
		return f.unsettled(err, s.ref)
	}
	return f.report(settled{
		idName: "captureRequestId", ownIDName: "captureId", timeName: "capturedAt", id: capture.CaptureRequestID,
		ownID: capture.CaptureID, paymentID: capture.PaymentID, status: capture.Status, amount: capture.Amount,
		at: capture.CapturedAt, result: capture.Result,
	}, s.ref)
}

func runOrderVoid(ctx context.Context, c *cli, args []string) error {
	f := c.settlementFlags("order void", "void-id")
	s, err := f.read(args, "void-id")
	if err != nil {
		return err
	}
	if err := f.announce("voidRequestId", *f.settlementID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	void, err := f.client.Void(ctx, &tradepay.VoidRequest{
		VoidRequestID: *f.settlementID, PaymentID: s.ref.PaymentID, PaymentRequestID: s.ref.PaymentRequestID,
		Amount: s.amount, Extra: s.extra,
	})
	if err != nil {
		return f.unsettled(err, s.ref)
	}
	return f.report(settled{
		idName: "voidRequestId", ownIDName: "voidId", timeName: "voidedAt", id: void.VoidRequestID, ownID: void.VoidID,
		paymentID: void.PaymentID, status: void.Status, amount: void.Amount, remaining: void.Remaining,
		at: void.VoidedAt, result: void.Result,
	}, s.ref)
}
