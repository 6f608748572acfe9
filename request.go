package tradepay

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/sigheader"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// outgoing is one operation on its way to the wallet.
type outgoing struct {
	op         wire.Operation
	path       string         // below the prefix; "" for the operation's own
	body       map[string]any // in the platform's shape
	extra      map[string]any // the part of it that is the caller's Extra
	repeatable bool           // the same bytes may be sent again
	orderRef   OrderRef
	refundRef  RefundRef
	// bind checks that the answer is about this request. It runs once the
	// signature is verified. The client treats an answer that it rejects like an
	// unsigned one.
	bind func(result Result, body strictjson.Object) error
}

// write encodes the bytes that the client signs and sends.
func (out *outgoing) write(body map[string]any) ([]byte, error) {
	data, err := encode(body)
	if err != nil {
		return nil, invalidRequest("Extra", "holds a value that cannot be marshaled to JSON", "use plain values")
	}
	if len(data) <= maxBody {
		return data, nil
	}
	field := "SiteName" // the only one of other requests that may be long
	switch {
	case out.path != "":
		field = "request"
	case out.op == wire.OpPay:
		field = "CreateOrderRequest"
	case out.op == wire.OpPrepare:
		field = "PrepareRequest"
	case out.op == wire.OpSendMessage || out.op == operation.SendPush:
		field = "MessageRequest"
	}
	if extra, err := encode(out.extra); err == nil && len(data)-len(extra) <= maxBody {
		field = "Extra"
	}
	return nil, invalidRequest(field, "makes a body of over 1 MiB",
		"send less: no wallet documents bodies of that size")
}

// written returns the body of a request as the wallet gets it.
func (c *Client) written(out *outgoing) ([]byte, error) {
	if out.path == "" {
		if err := c.supports(out.op); err != nil {
			return nil, err
		}
	}
	if out.path == "" && c.wallet.Path(out.op) == "" {
		return nil, fmt.Errorf("%w: %s has no %s", ErrNotSupported, c.wallet.Name, out.op)
	}
	shaped, err := shapeRequest(&c.wallet, out.op, out.body)
	if err != nil {
		return nil, err
	}
	return out.write(shaped)
}

// supports returns ErrNotSupported for an operation that the wallet does not have.
func (c *Client) supports(op wire.Operation) error {
	if document, ok := c.wallet.Routes.Unsupported[op]; ok {
		return fmt.Errorf("%w: %s has no %s, see %s", ErrNotSupported, c.wallet.Name, op, document)
	}
	if c.wallet.Path(op) == "" {
		return fmt.Errorf("%w: the profile of %s has no path for %s", ErrNotSupported, c.wallet.Name, op)
	}
	return nil
}

// payBody checks the request and writes it in the wallet's dialect.
func (c *Client) payBody(req *CreateOrderRequest) (map[string]any, error) {
	if err := c.validatePay(req); err != nil {
		return nil, err
	}
	w := &c.wallet
	body := map[string]any{
		"paymentRequestId": req.PaymentRequestID,
		"paymentAmount":    amountFields(w, req.Amount),
	}
	put(body, "appId", c.appID)
	put(body, "paymentAuthCode", req.PaymentAuthCode)
	put(body, "paymentNotifyUrl", req.NotifyURL)
	if !req.ExpiresAt.IsZero() {
		body["paymentExpiryTime"] = wire.TimeISO8601.Format(req.ExpiresAt.UTC())
	}
	putProduct(w, req, body)
	info, err := extendInfo(cmp.Or(req.SiteName, c.siteName), req.ExtendInfo)
	if err != nil {
		return nil, err
	}
	put(body, "extendInfo", info)

	order := orderFields(w, req)
	device := req.Order.Environment
	device.TerminalType = cmp.Or(device.TerminalType, "MINI_APP")
	env := fieldsOf(w, reflect.ValueOf(device))
	if w.Dialect == "v1" {
		put(body, "partnerId", c.partnerID)
		put(body, "paymentOrderTitle", req.Title)
		put(body, "paymentReturnUrl", req.RedirectURL)
		body["extraParams"] = map[string]any{"ORDER": orderV1(w, order)}
		body["envInfo"] = env
	} else {
		put(body, "paymentRedirectUrl", req.RedirectURL)
		put(body, "voidNotifyUrl", req.VoidNotifyURL)
		order["env"] = env
		body["order"] = order
	}
	return body, putExtra(body, req.Extra)
}

// orderV1 is the order as it stands in extraParams.
func orderV1(w *wire.Profile, order map[string]any) any {
	if w.Quirks.ObjectOrder {
		return order
	}
	order["orderAmount"] = jsonText(order["orderAmount"])
	return jsonText(order)
}

// putProduct says what kind of payment it is: by a product code, or in
// paymentFactor if the wallet has no product code for it.
func putProduct(w *wire.Profile, req *CreateOrderRequest, body map[string]any) {
	factor := map[string]any{}
	switch {
	case req.PaymentAuthCode != "":
		factor["isAgreementPay"] = true
	case w.Dialect == "v1":
		factor["isCashierPayment"] = true
	}
	byFactor := req.Authorize && w.Products.Authorize == ""
	if byFactor {
		factor["isAuthorizationPayment"] = true
	}
	put(body, "productCode", productOf(w, req))
	put(body, "salesCode", w.Products.Sales)
	if byFactor || w.Dialect == "v1" && len(factor) > 0 {
		body["paymentFactor"] = factor
	}
}

// productOf returns the product code of a payment: the caller's, or the profile's.
func productOf(w *wire.Profile, req *CreateOrderRequest) string {
	switch {
	case req.ProductCode != "":
		return req.ProductCode
	case req.Authorize && w.Products.Authorize != "":
		return w.Products.Authorize
	case req.PaymentAuthCode != "":
		return w.Products.Agreement
	}
	return w.Products.Cashier
}

// needsPayer reports whether a payment is paid in the cashier. In v2 the product code
// decides: a wallet may accept an access token beside the code of a purchase.
func needsPayer(w *wire.Profile, req *CreateOrderRequest) bool {
	if req.PaymentAuthCode == "" {
		return true
	}
	p := &w.Products
	product := productOf(w, req)
	ofCashier := product == p.Cashier || product == p.Authorize || product == p.Escrow
	return w.Dialect == "v2" && product != "" && product != p.Agreement && ofCashier
}

func (c *Client) validatePay(req *CreateOrderRequest) error {
	if req == nil {
		return invalidRequest("CreateOrderRequest", "is nil", "")
	}
	if err := validateID("PaymentRequestID", req.PaymentRequestID); err != nil {
		return err
	}
	if err := validateAmount("Amount", req.Amount); err != nil {
		return err
	}
	if req.Title == "" && c.wallet.Dialect == "v1" {
		return invalidRequest("Title", "is required by "+c.wallet.Name, "say what the payer pays for")
	}
	hasSite := cmp.Or(req.SiteName, c.siteName) != "" || namesSite(req.ExtendInfo)
	if c.wallet.Requirements.SiteName && !hasSite {
		return invalidRequest("SiteName", "is required by "+c.wallet.Name,
			"pass siteName from my.getSiteInfo, or set Config.SiteName")
	}
	for _, f := range []struct {
		field, value string
		most         int
	}{
		{"Title", req.Title, 256},
		{"Order.Description", req.Order.Description, 256},
		{"Order.ReferenceOrderID", req.Order.ReferenceOrderID, 64},
		{"Order.Buyer.ID", req.Order.Buyer.ID, 64},
		{"SiteName", req.SiteName, 256},
		{"ProductCode", req.ProductCode, 64},
		{"PaymentAuthCode", req.PaymentAuthCode, 128},
		{"ExtendInfo", req.ExtendInfo, 4096},
		{"Order.ExtendInfo", req.Order.ExtendInfo, 2048},
	} {
		if err := validateText(f.field, f.value, f.most); err != nil {
			return err
		}
	}
	for _, f := range []struct{ field, url string }{
		{"NotifyURL", req.NotifyURL}, {"VoidNotifyURL", req.VoidNotifyURL}, {"RedirectURL", req.RedirectURL},
	} {
		if err := validateURL(f.field, f.url); err != nil {
			return err
		}
	}
	if !req.ExpiresAt.IsZero() && !req.ExpiresAt.After(c.now()) {
		return invalidRequest("ExpiresAt", "is in the past",
			"give a future time; if you retry an earlier call, ask with QueryOrder what it did")
	}
	return c.validateGoods(&req.Order)
}

func (c *Client) validateGoods(d *OrderDetails) error {
	if len(d.Goods) > 1 && c.wallet.Quirks.OneGoods {
		return invalidRequest("Order.Goods", c.wallet.Name+" takes one line of goods", "sum them up in one line")
	}
	for i, g := range d.Goods {
		field := "Order.Goods[" + strconv.Itoa(i) + "]"
		if g.Quantity < 0 {
			return invalidRequest(field+".Quantity", "must not be negative", "")
		}
		if !g.UnitAmount.IsZero() {
			if err := validateAmount(field+".UnitAmount", g.UnitAmount); err != nil {
				return err
			}
		}
	}
	if !d.Amount.IsZero() {
		if err := validateAmount("Order.Amount", d.Amount); err != nil {
			return err
		}
	}
	if !d.Shipping.Fee.IsZero() {
		return validateAmount("Order.Shipping.Fee", d.Shipping.Fee)
	}
	return nil
}

// extendInfo adds the site name to the caller's extendInfo.
func extendInfo(site, text string) (string, error) {
	if site == "" {
		return text, nil
	}
	info := strictjson.Object{}
	if text != "" {
		var err error
		if info, err = strictjson.Parse([]byte(text)); err != nil {
			return "", invalidRequest("ExtendInfo", "must be a JSON object, so that the site name can be added",
				`give it like {"key":"value"}`)
		}
	}
	if other, ok := info["customerBelongsTo"]; ok && other != site {
		return "", invalidRequest("ExtendInfo", "names another customerBelongsTo than SiteName", "leave it out")
	}
	info["customerBelongsTo"] = site
	return jsonText(info), nil
}

// namesSite reports whether the caller's own extendInfo has the site name.
func namesSite(text string) bool {
	info, err := strictjson.Parse([]byte(text))
	return err == nil && info["customerBelongsTo"] != nil
}

// siteIn returns the site name in the caller's own extendInfo, or "".
func siteIn(text string) string {
	info, err := strictjson.Parse([]byte(text))
	if err != nil {
		return ""
	}
	site, _ := info["customerBelongsTo"].(string)
	return site
}

// orderBody begins the request of an operation that names a payment.
func (c *Client) orderBody(ref OrderRef, extra map[string]any) (map[string]any, error) {
	if ref.PaymentID == "" && ref.PaymentRequestID == "" {
		return nil, invalidRequest("OrderRef", "is empty", "give PaymentRequestID or PaymentID")
	}
	body, err := c.paymentBody(extra)
	if err != nil {
		return nil, err
	}
	return body, putRef(body, ref)
}

// paymentBody begins every payments/ request. v1 wallets reject each of them without
// a site name, not only the first.
func (c *Client) paymentBody(extra map[string]any) (map[string]any, error) {
	body := map[string]any{}
	if c.wallet.Dialect == "v1" {
		put(body, "partnerId", c.partnerID)
		if c.wallet.Requirements.SiteName && c.siteName == "" && extra["extendInfo"] == nil {
			return nil, invalidRequest("SiteName", "is required by "+c.wallet.Name,
				"set Config.SiteName, or call through ForSite with siteName from my.getSiteInfo")
		}
	}
	c.putSite(body)
	return body, nil
}

// putSite adds the site name. For requests that have no other extendInfo.
func (c *Client) putSite(body map[string]any) {
	if c.siteName != "" {
		body["extendInfo"] = jsonText(map[string]any{"customerBelongsTo": c.siteName})
	}
}

func putRef(body map[string]any, ref OrderRef) error {
	if ref.PaymentRequestID != "" {
		if err := validateID("PaymentRequestID", ref.PaymentRequestID); err != nil {
			return err
		}
	}
	if ref.PaymentID != "" {
		if err := validateID("PaymentID", ref.PaymentID); err != nil {
			return err
		}
	}
	put(body, "paymentRequestId", ref.PaymentRequestID)
	put(body, "paymentId", ref.PaymentID)
	return nil
}

// orderFields is the order in the wallet's dialect, without the payer's device.
func orderFields(w *wire.Profile, req *CreateOrderRequest) map[string]any {
	details := req.Order
	details.ReferenceOrderID = cmp.Or(details.ReferenceOrderID, req.PaymentRequestID)
	details.Description = cmp.Or(details.Description, req.Title)
	details.Amount = cmp.Or(details.Amount, req.Amount)
	order := fieldsOf(w, reflect.ValueOf(details))
	if merchant, ok := order["merchant"]; ok && w.Dialect == "v1" {
		delete(order, "merchant")
		order["referenceMerchant"] = merchant // data dictionary v1 of the portal, "Order"
	}
	if goods, ok := order["goods"].([]any); ok && w.Quirks.OneGoods {
		order["goods"] = goods[0]
	}
	return order
}

// fieldsOf writes a struct's fields under the names of their wire tags. It leaves
// out fields that are zero, since wallets reject "", and fields without a tag.
func fieldsOf(w *wire.Profile, value reflect.Value) map[string]any {
	fields := make(map[string]any)
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("wire")
		if field := value.Field(i); name != "" && !unset(field) {
			fields[name] = wireValue(w, field)
		}
	}
	return fields
}

// unset reports whether the client leaves a field out: a zero value, a zero time in
// any location, or a list without elements.
func unset(field reflect.Value) bool {
	if zero, ok := field.Interface().(interface{ IsZero() bool }); ok {
		return zero.IsZero()
	}
	return field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0
}

func wireValue(w *wire.Profile, value reflect.Value) any {
	switch v := value.Interface().(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		return wire.TimeISO8601.Format(v.UTC())
	case Amount:
		return amountFields(w, v)
	}
	if value.Kind() == reflect.Slice {
		list := make([]any, value.Len())
		for i := range list {
			list[i] = wireValue(w, value.Index(i))
		}
		return list
	}
	return fieldsOf(w, value)
}

// amountFields is an amount in this wallet's messages.
func amountFields(w *wire.Profile, a Amount) map[string]any {
	value := strconv.FormatInt(a.Value, 10)
	if w.Quirks.NumericAmounts {
		return map[string]any{"currency": a.Currency, "value": json.Number(value)}
	}
	return map[string]any{"currency": a.Currency, "value": value}
}

// encode writes the bytes that are signed and sent.
func encode(body any) ([]byte, error) { return strictjson.Append(make([]byte, 0, 1024), body) }

// cloneFields copies the maps and lists of a body, so that a hook can change them.
func cloneFields(f map[string]any, depth int) map[string]any {
	out := make(map[string]any, len(f))
	for name, value := range f {
		out[name] = cloneValue(value, depth+1)
	}
	return out
}

func cloneValue(value any, depth int) any {
	if depth > strictjson.MaxDepth { // encode will reject it
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		return cloneFields(v, depth)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i], depth+1)
		}
		return list
	}
	return value
}

// put leaves empty fields out: the wallets reject "".
func put(f map[string]any, name, value string) {
	if value != "" {
		f[name] = value
	}
}

// reserved are the members that decide what happens with whose money. A caller sets
// them by the fields of a request, which the client checks, and not by Extra.
var reserved = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range strings.Fields(`paymentRequestId paymentId paymentAmount paymentAuthCode paymentNotifyUrl
		paymentRedirectUrl paymentReturnUrl paymentExpiryTime paymentOrderTitle order extraParams
		refundRequestId refundId refundAmount refundReason captureId captureRequestId captureAmount isLastCapture
		voidRequestId voidAmount voidNotifyUrl confirmRequestId grantType authCode refreshToken accessToken
		scopes authRedirectUrl authState`) {
		m[strings.ToLower(name)] = true
	}
	return m
}()

// extraFields is a map[string]any that keeps its numbers: a stored request is read as it
// was written, and a float would change large numbers, so the same id would come with
// other content. It is a type of the field, and not a method of each request, since a
// method would also read whatever struct embeds a request.
type extraFields map[string]any

// UnmarshalJSON reads numbers as json.Number.
func (e *extraFields) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(e))
}

// putExtra adds the caller's own fields. They must not replace a checked field, nor
// have a name that differs from one in case only: a reader may take it for that one.
func putExtra(body map[string]any, extra map[string]any) error {
	set := make(map[string]any, len(extra))
	for name, value := range extra {
		if !sigheader.Token(name) {
			return invalidRequest("Extra", "must have names of letters, digits, - _ and .", "")
		}
		for taken := range body {
			if strings.EqualFold(name, taken) && name != "paymentFactor" {
				return invalidRequest("Extra", "must not set "+name+" again", "use the field of the request")
			}
		}
		if reserved[strings.ToLower(name)] {
			return invalidRequest("Extra", "must not set "+name, "use the field of the request")
		}
		set[name] = value
	}
	maps.Copy(body, set)
	return nil
}

// jsonText returns JSON for a string member, as v1 wallets want it.
func jsonText(value any) string {
	data, _ := encode(value) // strings, numbers and maps of them always encode
	return string(data)
}
