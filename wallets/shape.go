package wallets

import (
	"fmt"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// rename moves a member; nothing happens when it is missing.
func rename(body tradepay.Fields, from, to string) {
	if value, ok := body[from]; ok {
		delete(body, from)
		body[to] = value
	}
}

// object returns the object below name, or nil.
func object(body tradepay.Fields, name string) tradepay.Fields {
	inner, _ := body[name].(map[string]any)
	return inner
}

// text returns the string below name, or "".
func text(body tradepay.Fields, name string) string {
	s, _ := body[name].(string)
	return s
}

// required is the error about a field of a request that a wallet demands.
func required(wallet, field, advice string) error {
	return &tradepay.FieldError{Field: field, Rule: "is required by " + wallet, Remedy: advice, Err: tradepay.ErrInvalidRequest}
}

// notSupported is the error about a way to pay that a wallet does not have.
func notSupported(wallet, what, document string) error {
	return fmt.Errorf("%w: %s has no %s, see %s", tradepay.ErrNotSupported, wallet, what, document)
}

// raiseSite moves extendInfo.customerBelongsTo, where the SDK writes
// CreateOrderRequest.SiteName and Config.SiteName, to the top of the message.
func raiseSite(body tradepay.Fields) error {
	info, err := strictjson.Parse([]byte(text(body, "extendInfo")))
	if err != nil {
		return nil //nolint:nilerr // free text: there is no site in it
	}
	site, ok := info["customerBelongsTo"].(string)
	if !ok {
		return nil
	}
	if other, ok := body["customerBelongsTo"]; ok && other != site {
		return &tradepay.FieldError{Field: "Extra", Rule: "has another customerBelongsTo than SiteName", Remedy: "leave it out", Err: tradepay.ErrInvalidRequest}
	}
	body["customerBelongsTo"] = site
	delete(info, "customerBelongsTo")
	return putInfo(body, info)
}

// lowerSite undoes raiseSite.
func lowerSite(body tradepay.Fields) error {
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

func putInfo(body tradepay.Fields, info strictjson.Object) error {
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
