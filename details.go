package tradepay

import (
	"time"
)

// OrderDetails describes the order to the payer, in reports and to the wallet's
// risk control. It does not decide how much the wallet charges. The client does not
// send zero fields. It holds personal data: fmt and slog do not print it. The wire
// tags are the names of its fields in a wallet's messages.
type OrderDetails struct {
	// ReferenceOrderID is the merchant's order number. Default: PaymentRequestID.
	ReferenceOrderID string `json:"referenceOrderId,omitzero" wire:"referenceOrderId"`
	// Description has at most 256 characters. Default: the title.
	Description string `json:"description,omitzero" wire:"orderDescription"`
	// Amount defaults to the amount to be paid.
	Amount Amount `json:"amount,omitzero" wire:"orderAmount"`
	// CreatedAt is part of the content: retry a call with the same time.
	CreatedAt   time.Time   `json:"createdAt,omitzero" wire:"orderCreateTime"`
	Merchant    Merchant    `json:"merchant,omitzero" wire:"merchant"`
	Buyer       Buyer       `json:"buyer,omitzero" wire:"buyer"`
	Goods       []Goods     `json:"goods,omitzero" wire:"goods"` // some wallets accept one only
	Shipping    Shipping    `json:"shipping,omitzero" wire:"shipping"`
	Environment Environment `json:"environment,omitzero"`
	ExtendInfo  string      `json:"extendInfo,omitzero" wire:"extendInfo"` // at most 2,048 characters
}

// Merchant is the shop on whose behalf the order is placed.
type Merchant struct {
	ID          string  `json:"id,omitzero" wire:"referenceMerchantId"` // the merchant's own id
	MCC         string  `json:"mcc,omitzero" wire:"merchantMCC"`        // merchant category code
	Name        string  `json:"name,omitzero" wire:"merchantName"`
	DisplayName string  `json:"displayName,omitzero" wire:"merchantDisplayName"`
	Address     Address `json:"address,omitzero" wire:"merchantAddress"`
	Store       Store   `json:"store,omitzero" wire:"store"`
}

// Store is one shop of a merchant.
type Store struct {
	ID          string `json:"id,omitzero" wire:"referenceStoreId"`
	Name        string `json:"name,omitzero" wire:"storeName"`
	DisplayName string `json:"displayName,omitzero" wire:"storeDisplayName"`
	MCC         string `json:"mcc,omitzero" wire:"storeMCC"`
}

// Address is a postal address. Region is the ISO 3166 alpha-2 code.
type Address struct {
	Region   string `json:"region,omitzero" wire:"region"`
	State    string `json:"state,omitzero" wire:"state"`
	City     string `json:"city,omitzero" wire:"city"`
	Address1 string `json:"address1,omitzero" wire:"address1"`
	Address2 string `json:"address2,omitzero" wire:"address2"`
	ZipCode  string `json:"zipCode,omitzero" wire:"zipCode"`
}

// Buyer is the payer. ID is the id that [Client.ApplyToken] or
// [Client.UserInfo] returned.
type Buyer struct {
	ID      string     `json:"id,omitzero" wire:"referenceBuyerId"`
	Name    PersonName `json:"name,omitzero" wire:"buyerName"`
	PhoneNo string     `json:"phoneNo,omitzero" wire:"buyerPhoneNo"`
}

// PersonName is a name, whole or in parts.
type PersonName struct {
	Full   string `json:"full,omitzero" wire:"fullName"`
	First  string `json:"first,omitzero" wire:"firstName"`
	Middle string `json:"middle,omitzero" wire:"middleName"`
	Last   string `json:"last,omitzero" wire:"lastName"`
}

// Goods is one line of the order.
type Goods struct {
	ID         string `json:"id,omitzero" wire:"referenceGoodsId"`
	Name       string `json:"name,omitzero" wire:"goodsName"`
	Category   string `json:"category,omitzero" wire:"goodsCategory"`
	Brand      string `json:"brand,omitzero" wire:"goodsBrand"`
	URL        string `json:"url,omitzero" wire:"goodsUrl"`
	UnitAmount Amount `json:"unitAmount,omitzero" wire:"goodsUnitAmount"`
	Quantity   int    `json:"quantity,omitzero" wire:"goodsQuantity"` // not sent when zero
}

// Shipping is where goods are sent.
type Shipping struct {
	Name    PersonName `json:"name,omitzero" wire:"shippingName"`
	Address Address    `json:"address,omitzero" wire:"shippingAddress"`
	Carrier string     `json:"carrier,omitzero" wire:"shippingCarrier"`
	PhoneNo string     `json:"phoneNo,omitzero" wire:"shippingPhoneNo"`
	Fee     Amount     `json:"fee,omitzero" wire:"shippingFee"`
}

// Environment is the payer's device.
type Environment struct {
	TerminalType  string `json:"terminalType,omitzero" wire:"terminalType"` // default "MINI_APP"
	OSType        string `json:"osType,omitzero" wire:"osType"`             // "IOS" or "ANDROID"
	UserAgent     string `json:"userAgent,omitzero" wire:"userAgent"`
	DeviceTokenID string `json:"deviceTokenId,omitzero" wire:"deviceTokenId"`
	ClientIP      string `json:"clientIp,omitzero" wire:"clientIp"`
	CookieID      string `json:"cookieId,omitzero" wire:"cookieId"`
}
