package wallets

import (
	"errors"
	"fmt"

	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// rename moves a member. It does nothing if the member is missing.
func rename(body map[string]any, from, to string) {
	if value, ok := body[from]; ok {
		delete(body, from)
		body[to] = value
	}
}

// object returns the object below name, or nil.
func object(body map[string]any, name string) map[string]any {
	inner, _ := body[name].(map[string]any)
	return inner
}

// text returns the string below name, or "".
func text(body map[string]any, name string) string {
	s, _ := body[name].(string)
	return s
}

// required is the error about a missing field that a wallet requires.
func required(wallet, field, advice string) error {
	return &wire.FieldError{Field: field, Rule: "is required by " + wallet, Remedy: advice}
}

// notSupported is the error about a way to pay that a wallet does not have.
func notSupported(wallet, what, document string) error {
	return &unsupported{wallet, what, document}
}

type unsupported struct{ wallet, what, document string }

func (u *unsupported) Error() string { return u.wallet + " has no " + u.what + ", see " + u.document }

// Is makes it match errors.ErrUnsupported, as wire.Shaper documents.
func (*unsupported) Is(target error) bool { return target == errors.ErrUnsupported }

// sendPush is the call of wallets that send push messages by a path of their own.
const sendPush wire.Operation = "sendPush"

// isMessage reports whether a message to a payer is sent.
func isMessage(op wire.Operation) bool { return op == wire.OpSendMessage || op == sendPush }

// raiseSite moves extendInfo.customerBelongsTo, where the SDK writes
// CreateOrderRequest.SiteName and Config.SiteName, to the top of the message.
func raiseSite(body map[string]any) error {
	info, err := strictjson.Parse([]byte(text(body, "extendInfo")))
	if err != nil {
		return nil //nolint:nilerr // free text: there is no site in it
	}
	site, ok := info["customerBelongsTo"].(string)
	if !ok {
		return nil
	}
	if other, ok := body["customerBelongsTo"]; ok && other != site {
		return &wire.FieldError{
			Field: "Extra", Rule: "has another customerBelongsTo than SiteName", Remedy: "leave it out",
		}
	}
	body["customerBelongsTo"] = site
	delete(info, "customerBelongsTo")
	return putInfo(body, info)
}

// lowerSite undoes raiseSite.
func lowerSite(body map[string]any) error {
	site, ok := body["customerBelongsTo"].(string)
	if !ok {
		return nil
	}
	info := strictjson.Object{}
	if had := text(body, "extendInfo"); had != "" {
		var err error
		if info, err = strictjson.Parse([]byte(had)); err != nil {
			return fmt.Errorf("extendInfo must hold a JSON object: %w", err)
		}
	}
	delete(body, "customerBelongsTo")
	info["customerBelongsTo"] = site
	return putInfo(body, info)
}

func putInfo(body map[string]any, info strictjson.Object) error {
	if len(info) == 0 {
		delete(body, "extendInfo")
		return nil
	}
	data, err := strictjson.Append(nil, info)
	if err != nil {
		return fmt.Errorf("extendInfo: %w", err)
	}
	body["extendInfo"] = string(data)
	return nil
}
