package tradepay

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// OrderDetails describes the order to the payer, in reports and to the
// wallet's risk control. The wallet never charges by it. Zero fields are not
// sent. It holds personal data: it is not printed by fmt or slog.
type OrderDetails struct {
	ReferenceOrderID string      `json:"referenceOrderId,omitzero"` // the merchant's order number; default: PaymentRequestID
	Description      string      `json:"description,omitzero"`      // at most 256 characters; default: the title
	Amount           Amount      `json:"amount,omitzero"`           // default: the amount to be paid
	CreatedAt        time.Time   `json:"createdAt,omitzero"`        // part of the content: repeat a call with the same
	Merchant         Merchant    `json:"merchant,omitzero"`
	Buyer            Buyer       `json:"buyer,omitzero"`
	Goods            []Goods     `json:"goods,omitzero"` // some wallets take one only
	Shipping         Shipping    `json:"shipping,omitzero"`
	Environment      Environment `json:"environment,omitzero"`
	ExtendInfo       string      `json:"extendInfo,omitzero"` // at most 2,048 characters
}

// Merchant is the shop on whose behalf the order is placed.
type Merchant struct {
	ID          string  `json:"id,omitzero"`  // the merchant's own id
	MCC         string  `json:"mcc,omitzero"` // merchant category code
	Name        string  `json:"name,omitzero"`
	DisplayName string  `json:"displayName,omitzero"`
	Address     Address `json:"address,omitzero"`
	Store       Store   `json:"store,omitzero"`
}

// Store is one shop of a merchant.
type Store struct {
	ID          string `json:"id,omitzero"`
	Name        string `json:"name,omitzero"`
	DisplayName string `json:"displayName,omitzero"`
	MCC         string `json:"mcc,omitzero"`
}

// Address is a postal address. Region is the ISO 3166 alpha-2 code.
type Address struct {
	Region   string `json:"region,omitzero"`
	State    string `json:"state,omitzero"`
	City     string `json:"city,omitzero"`
	Address1 string `json:"address1,omitzero"`
	Address2 string `json:"address2,omitzero"`
	ZipCode  string `json:"zipCode,omitzero"`
}

// Buyer is the payer. ID is the id that [Client.ApplyToken] or
// [Client.UserInfo] returned.
type Buyer struct {
	ID      string     `json:"id,omitzero"`
	Name    PersonName `json:"name,omitzero"`
	PhoneNo string     `json:"phoneNo,omitzero"`
}

// PersonName is a name, whole or in parts.
type PersonName struct {
	Full   string `json:"full,omitzero"`
	First  string `json:"first,omitzero"`
	Middle string `json:"middle,omitzero"`
	Last   string `json:"last,omitzero"`
}

// Goods is one line of the order.
type Goods struct {
	ID         string `json:"id,omitzero"`
	Name       string `json:"name,omitzero"`
	Category   string `json:"category,omitzero"`
	Brand      string `json:"brand,omitzero"`
	URL        string `json:"url,omitzero"`
	UnitAmount Amount `json:"unitAmount,omitzero"`
	Quantity   int    `json:"quantity,omitzero"` // not sent when zero
}

// Shipping is where goods are sent.
type Shipping struct {
	Name    PersonName `json:"name,omitzero"`
	Address Address    `json:"address,omitzero"`
	Carrier string     `json:"carrier,omitzero"`
	PhoneNo string     `json:"phoneNo,omitzero"`
	Fee     Amount     `json:"fee,omitzero"`
}

// Environment is the payer's device.
type Environment struct {
	TerminalType  string `json:"terminalType,omitzero"` // default "MINI_APP"
	OSType        string `json:"osType,omitzero"`       // "IOS" or "ANDROID"
	UserAgent     string `json:"userAgent,omitzero"`
	DeviceTokenID string `json:"deviceTokenId,omitzero"`
	ClientIP      string `json:"clientIp,omitzero"`
	CookieID      string `json:"cookieId,omitzero"`
}

// payBody checks the request and writes it in the wallet's dialect.
func (c *Client) payBody(req *CreateOrderRequest) (Fields, error) {
	if err := c.validatePay(req); err != nil {
		return nil, err
	}
	w := &c.wallet
	body := Fields{
		"paymentRequestId": req.PaymentRequestID,
		"paymentAmount":    w.amount(req.Amount),
	}
	put(body, "appId", c.appID)
	put(body, "paymentAuthCode", req.PaymentAuthCode)
	put(body, "paymentNotifyUrl", req.NotifyURL)
	if !req.ExpiresAt.IsZero() {
		body["paymentExpiryTime"] = TimeISO8601.Format(req.ExpiresAt.UTC())
	}
	product, factor := w.ProductCode, Fields{}
	switch {
	case req.PaymentAuthCode != "":
		product = w.AgreementProductCode
		factor["isAgreementPay"] = true
	case w.Dialect == DialectV1:
		factor["isCashierPayment"] = true
	}
	if req.Authorize {
		if w.AuthorizeProductCode == "" {
			factor["isAuthorizationPayment"] = true
		} else {
			product = w.AuthorizeProductCode
		}
	}
	if req.ProductCode != "" {
		product = req.ProductCode
	}
	put(body, "productCode", product)
	put(body, "salesCode", w.SalesCode)
	if len(factor) > 0 && (w.Dialect == DialectV1 || factor["isAuthorizationPayment"] == true) {
		body["paymentFactor"] = factor
	}
	info, err := extendInfo(cmp.Or(req.SiteName, c.siteName), req.ExtendInfo)
	if err != nil {
		return nil, err
	}
	put(body, "extendInfo", info)

	order := w.orderFields(req)
	env := req.Order.Environment.fields()
	if w.Dialect == DialectV1 {
		put(body, "partnerId", c.partnerID)
		put(body, "paymentOrderTitle", req.Title)
		put(body, "paymentReturnUrl", req.RedirectURL)
		order["orderAmount"] = jsonText(order["orderAmount"])
		body["extraParams"] = Fields{"ORDER": jsonText(order)}
		body["envInfo"] = env
	} else {
		put(body, "paymentRedirectUrl", req.RedirectURL)
		put(body, "voidNotifyUrl", req.VoidNotifyURL)
		order["env"] = env
		body["order"] = order
	}
	return body, putExtra(body, req.Extra)
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
	if req.Title == "" && c.wallet.Dialect == DialectV1 {
		return invalidRequest("Title", "is required by "+c.wallet.Name, "say what the payer pays for")
	}
	if c.wallet.NeedsSiteName && req.SiteName == "" && c.siteName == "" && !namesSite(req.ExtendInfo) {
		return invalidRequest("SiteName", "is required by "+c.wallet.Name, "pass siteName from my.getSiteInfo, or set Config.SiteName")
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
	if req.URLWait < 0 {
		return invalidRequest("URLWait", "must not be negative", "leave it zero to not wait")
	}
	if !req.ExpiresAt.IsZero() && !req.ExpiresAt.After(c.now()) {
		return invalidRequest("ExpiresAt", "is in the past", "give a time to come; if this repeats an earlier call, ask with QueryOrder what became of it")
	}
	return c.validateGoods(&req.Order)
}

func (c *Client) validateGoods(d *OrderDetails) error {
	if len(d.Goods) > 1 && c.wallet.OneGoods {
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

// extendInfo adds the site name to what the caller passes on.
func extendInfo(site, text string) (string, error) {
	if site == "" {
		return text, nil
	}
	info := strictjson.Object{}
	if text != "" {
		var err error
		if info, err = strictjson.Parse([]byte(text)); err != nil {
			return "", invalidRequest("ExtendInfo", "must be a JSON object, so that the site name can be added", `give it like {"key":"value"}`)
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

func (w *Wallet) orderFields(req *CreateOrderRequest) Fields {
	d := &req.Order
	order := Fields{}
	put(order, "referenceOrderId", cmp.Or(d.ReferenceOrderID, req.PaymentRequestID))
	put(order, "orderDescription", cmp.Or(d.Description, req.Title))
	amount := d.Amount
	if amount.IsZero() {
		amount = req.Amount
	}
	order["orderAmount"] = w.amount(amount)
	if !d.CreatedAt.IsZero() {
		order["orderCreateTime"] = TimeISO8601.Format(d.CreatedAt.UTC())
	}
	merchant := "merchant"
	if w.Dialect == DialectV1 {
		merchant = "referenceMerchant" // data dictionary v1 of the portal, "Order"
	}
	putFields(order, merchant, d.Merchant.fields())
	putFields(order, "buyer", d.Buyer.fields())
	putFields(order, "shipping", d.Shipping.fields(w))
	if len(d.Goods) > 0 {
		goods := make([]any, len(d.Goods))
		for i := range d.Goods {
			goods[i] = d.Goods[i].fields(w)
		}
		order["goods"] = goods
		if w.OneGoods {
			order["goods"] = goods[0]
		}
	}
	put(order, "extendInfo", d.ExtendInfo)
	return order
}

func (m *Merchant) fields() Fields {
	f := Fields{}
	put(f, "referenceMerchantId", m.ID)
	put(f, "merchantMCC", m.MCC)
	put(f, "merchantName", m.Name)
	put(f, "merchantDisplayName", m.DisplayName)
	putFields(f, "merchantAddress", m.Address.fields())
	store := Fields{}
	put(store, "referenceStoreId", m.Store.ID)
	put(store, "storeName", m.Store.Name)
	put(store, "storeDisplayName", m.Store.DisplayName)
	put(store, "storeMCC", m.Store.MCC)
	putFields(f, "store", store)
	return f
}

func (a *Address) fields() Fields {
	f := Fields{}
	put(f, "region", a.Region)
	put(f, "state", a.State)
	put(f, "city", a.City)
	put(f, "address1", a.Address1)
	put(f, "address2", a.Address2)
	put(f, "zipCode", a.ZipCode)
	return f
}

func (b *Buyer) fields() Fields {
	f := Fields{}
	put(f, "referenceBuyerId", b.ID)
	putFields(f, "buyerName", b.Name.fields())
	put(f, "buyerPhoneNo", b.PhoneNo)
	return f
}

func (n *PersonName) fields() Fields {
	f := Fields{}
	put(f, "fullName", n.Full)
	put(f, "firstName", n.First)
	put(f, "middleName", n.Middle)
	put(f, "lastName", n.Last)
	return f
}

func (g *Goods) fields(w *Wallet) Fields {
	f := Fields{}
	put(f, "referenceGoodsId", g.ID)
	put(f, "goodsName", g.Name)
	put(f, "goodsCategory", g.Category)
	put(f, "goodsBrand", g.Brand)
	put(f, "goodsUrl", g.URL)
	if !g.UnitAmount.IsZero() {
		f["goodsUnitAmount"] = w.amount(g.UnitAmount)
	}
	if g.Quantity > 0 {
		f["goodsQuantity"] = strconv.Itoa(g.Quantity)
	}
	return f
}

func (s *Shipping) fields(w *Wallet) Fields {
	f := Fields{}
	putFields(f, "shippingName", s.Name.fields())
	putFields(f, "shippingAddress", s.Address.fields())
	put(f, "shippingCarrier", s.Carrier)
	put(f, "shippingPhoneNo", s.PhoneNo)
	if !s.Fee.IsZero() {
		f["shippingFee"] = w.amount(s.Fee)
	}
	return f
}

func (e *Environment) fields() Fields {
	f := Fields{}
	put(f, "terminalType", cmp.Or(e.TerminalType, "MINI_APP"))
	put(f, "osType", e.OSType)
	put(f, "userAgent", e.UserAgent)
	put(f, "deviceTokenId", e.DeviceTokenID)
	put(f, "clientIp", e.ClientIP)
	put(f, "cookieId", e.CookieID)
	return f
}

// amount is the wire form of an amount in this wallet's messages.
func (w *Wallet) amount(a Amount) Fields {
	value := strconv.FormatInt(a.Value, 10)
	if w.NumericAmounts {
		return Fields{"currency": a.Currency, "value": json.Number(value)}
	}
	return Fields{"currency": a.Currency, "value": value}
}
