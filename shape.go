package tradepay

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// The hooks of a profile move what a message says. They must not change it: a
// slip in a profile would otherwise name another order, or charge an amount in
// another unit. What a hook leaves behind is held against what it was given.

// keys are the members of a request that say what is done once, and to how
// much money: a hook must leave them in the message, wherever it puts them.
var keys = map[Operation][]string{
	OpPay:     {"paymentRequestId", "paymentAmount"},
	OpRefund:  {"refundRequestId", "refundAmount"},
	OpCapture: {"captureRequestId", "captureAmount"},
	OpVoid:    {"voidRequestId", "voidAmount"},
}

// references are the members of an answer that say what it is about.
var references = []string{
	"paymentRequestId", "paymentId", "refundRequestId", "refundId", "captureRequestId", "captureId", "voidRequestId", "voidId",
}

// sums are the members of an answer that say how much money it is about.
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
	if depth > strictjson.MaxDepth { // too deep to be sent or to have come
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

// amountText returns what an amount says, whether its value is a string or a
// number, and "" for what is none.
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

// shapeRequest runs the hook on a copy of the body: what Extra holds is the
// caller's.
func (w *Wallet) shapeRequest(op Operation, body Fields) (Fields, error) {
	if w.ShapeRequest == nil {
		return body, nil
	}
	shaped := cloneFields(body, 0)
	var field *FieldError
	if err := w.ShapeRequest(op, shaped); errors.As(err, &field) && errors.Is(err, ErrInvalidRequest) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidRequest, err)
	}
	before, after := figuresOf(body), figuresOf(shaped)
	for amount := range after.amounts {
		if !before.amounts[amount] {
			return nil, invalidConfig("Wallet.ShapeRequest", "made an amount that the request does not have", "a hook may only move amounts")
		}
	}
	for _, name := range keys[op] {
		text, isText := body[name].(string)
		amount := amountText(body[name])
		if isText && !after.texts[text] || amount != "" && !after.amounts[amount] {
			return nil, invalidConfig("Wallet.ShapeRequest", "dropped "+name, "a hook may only move it")
		}
		if now := shaped[name]; now != nil && (isText && now != text || amount != "" && amountText(now) != amount) {
			return nil, invalidConfig("Wallet.ShapeRequest", "put another value into "+name, "a hook may only move it")
		}
	}
	return shaped, nil
}

// shapeResponse runs the hook on what was read from raw.
func (w *Wallet) shapeResponse(op Operation, body strictjson.Object, raw []byte) error {
	if w.ShapeResponse == nil {
		return nil
	}
	original, err := strictjson.Parse(raw) // the hook changes the other one
	if err != nil {
		return err
	}
	if err := w.ShapeResponse(op, body); err != nil {
		return err
	}
	before := figuresOf(original)
	for amount := range figuresOf(body).amounts {
		if !before.amounts[amount] {
			return fmt.Errorf("the profile of %s made an amount that the message does not have", w.Name)
		}
	}
	for _, name := range references {
		was, wasText := original[name].(string)
		id, isText := body[name].(string)
		if original[name] == nil && isText && !before.texts[id] || original[name] != nil && (wasText != isText || was != id) {
			return fmt.Errorf("the profile of %s made a %s that the message does not have", w.Name, name)
		}
	}
	for _, name := range sums {
		if was := amountText(original[name]); was != "" && was != amountText(body[name]) {
			return fmt.Errorf("the profile of %s put another amount into %s", w.Name, name)
		}
	}
	return nil
}
