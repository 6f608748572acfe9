package tradepay

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// The hooks of a profile move the ids and amounts of a message, and must not change
// them: a mistake in a profile could name another order, or charge another amount.
// So the client compares the message before and after a hook.

// keys are the members of a request with its idempotency key and its amount. A hook
// may move them, but must leave their values in the message.
var keys = map[wire.Operation][]string{
	wire.OpPay:        {"paymentRequestId", "paymentAmount"},
	wire.OpRefund:     {"refundRequestId", "refundAmount"},
	wire.OpCapture:    {"captureRequestId", "captureAmount"},
	wire.OpVoid:       {"voidRequestId", "voidAmount"},
	operation.Confirm: {"confirmRequestId"},

	wire.OpSendMessage: {"requestId"},
	operation.SendPush: {"requestId"},
}

// references are the members of an answer with the ids that it is about.
var references = []string{
	"paymentRequestId", "paymentId", "refundRequestId", "refundId",
	"captureRequestId", "captureId", "voidRequestId", "voidId", "confirmRequestId", "confirmId",
}

// sums are the members of an answer with the amounts that it is about.
var sums = []string{"paymentAmount", "refundAmount", "captureAmount", "voidAmount", "voidRemainingAmount"}

// figures are the texts and the amounts within a message.
type figures struct {
	texts   map[string]bool
	amounts map[string]bool
}

func figuresOf(value any) *figures {
	f := &figures{texts: make(map[string]bool), amounts: make(map[string]bool)}
	f.collect(value, 0)
	return f
}

func (f *figures) collect(value any, depth int) {
	if depth > strictjson.MaxDepth { // no message is so deep
		return
	}
	switch v := value.(type) {
	case string:
		f.texts[v] = true
	case strictjson.Object:
		f.collect(map[string]any(v), depth)
	case map[string]any:
		if amount := amountText(v); amount != "" {
			f.amounts[amount] = true
		}
		for _, inner := range v {
			f.collect(inner, depth+1)
		}
	case []any:
		for _, inner := range v {
			f.collect(inner, depth+1)
		}
	}
}

// amountText returns the currency and value of an amount, whether its value is a
// string or a number, and "" for a value that is no amount.
func amountText(value any) string {
	amount, _ := value.(map[string]any)
	switch v := amount["value"].(type) {
	case string:
		return fmt.Sprint(amount["currency"], " ", v)
	case json.Number:
		return fmt.Sprint(amount["currency"], " ", v)
	}
	return ""
}

// shapeRequest runs the profile's Shaper on a copy of the body: the values of Extra
// belong to the caller.
func shapeRequest(p *wire.Profile, op wire.Operation, body map[string]any) (map[string]any, error) {
	if p.Shaper == nil {
		return body, nil
	}
	shaped := cloneFields(body, 0)
	if err := p.Shaper.ShapeRequest(op, shaped); err != nil {
		return nil, unshapable(err)
	}
	before, after := figuresOf(body), figuresOf(shaped)
	for amount := range after.amounts {
		if !before.amounts[amount] {
			return nil, wrongShaper("made an amount that the request does not have")
		}
	}
	for _, name := range keys[op] {
		text, isText := body[name].(string)
		amount := amountText(body[name])
		lostText := isText && !after.texts[text]
		lostAmount := amount != "" && !after.amounts[amount]
		if lostText || lostAmount {
			return nil, wrongShaper("dropped " + name)
		}
		now := shaped[name]
		otherText := isText && now != text
		otherAmount := amount != "" && amountText(now) != amount
		if now != nil && (otherText || otherAmount) {
			return nil, wrongShaper("put another value into " + name)
		}
	}
	return shaped, nil
}

func wrongShaper(what string) error {
	return invalidConfig("Wallet.Shaper", what, "it may only move ids and amounts")
}

// unshapable is the error about a request that the wallet does not support.
func unshapable(err error) error {
	var field *wire.FieldError
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return fmt.Errorf("%w: %w: %w", ErrInvalidRequest, ErrNotSupported, err)
	case errors.As(err, &field) && field.Err == nil:
		return invalidRequest(field.Field, field.Rule, field.Remedy)
	case errors.As(err, &field) && errors.Is(err, ErrInvalidRequest):
		return err
	}
	return fmt.Errorf("%w: %w", ErrInvalidRequest, err)
}

// shapeResponse runs the profile's Shaper on the body that was parsed from raw.
func shapeResponse(p *wire.Profile, op wire.Operation, body strictjson.Object, raw []byte) error {
	if p.Shaper == nil {
		return nil
	}
	original, err := strictjson.Parse(raw) // the Shaper changes the other one
	if err != nil {
		return err
	}
	if err := p.Shaper.ShapeResponse(op, body); err != nil {
		return err
	}
	before := figuresOf(original)
	for amount := range figuresOf(body).amounts {
		if !before.amounts[amount] {
			return fmt.Errorf("the profile of %s made an amount that the message does not have", p.Name)
		}
	}
	for _, name := range references {
		was, wasText := original[name].(string)
		id, isText := body[name].(string)
		made := original[name] == nil && isText && !before.texts[id]
		changed := original[name] != nil && (wasText != isText || was != id)
		if made || changed {
			return fmt.Errorf("the profile of %s made a %s that the message does not have", p.Name, name)
		}
	}
	for _, name := range sums {
		if was := amountText(original[name]); was != "" && was != amountText(body[name]) {
			return fmt.Errorf("the profile of %s put another amount into %s", p.Name, name)
		}
	}
	return nil
}
