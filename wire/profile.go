package wire

import (
	"maps"
	"slices"
)

// Dialect is one of the two message shapes of the platform.
type Dialect string

// The two dialects. What the caller of package tradepay writes is the same for both.
const (
	DialectV1 Dialect = "v1" // partnerId, paymentOrderTitle, extraParams.ORDER, actionForm
	DialectV2 Dialect = "v2" // appId, order, redirectActionForm
)

// Profile is one wallet on the wire: data, and a [Shaper] where the shapes of its
// messages differ from both dialects of the platform. Start from
// wallets.PlatformV1 or wallets.PlatformV2 and change what differs. The client
// copies it: later changes of yours do not reach a client.
type Profile struct {
	Name    string   // required; for errors and logs
	Country string   // ISO 3166 code, or empty for any
	Sources []string // public documents that the profile was read from

	Dialect Dialect
	Routes  Routes
	Signing Signing
	Words   Words
	Needs   Requirements
	Product Products
	Quirks  Quirks
	// Shaper changes messages between the platform's shape and the wallet's.
	// Default: the shapes of the Dialect.
	Shaper Shaper
}

// Routes says where the operations are.
type Routes struct {
	BaseURLs map[string]string // published gateways by environment, such as "sandbox"
	Prefix   string            // gateway prefix such as "/api/open"; a path in Config.BaseURL replaces it
	Version  string            // "v1" or "v2", the path element after the prefix
	// Paths holds the operations that are not at the platform's paths. A path
	// that begins with a slash carries its own version.
	Paths map[Operation]string
	// Unsupported holds the operations that the wallet does not have, each
	// with the document that says so. The client sends none of them: they end in
	// tradepay.ErrNotSupported.
	Unsupported map[Operation]string
	// CashierJSAPI is the mini program's call that opens the cashier with what
	// Order.TradePay returns: "pay" where it is my.pay; default "tradePay", as
	// https://miniprogram.alipay.com/docs/miniprogram_claro/mpdev/api_openapi_pay-with-paymenturl
	// has it. The SDK does not make this call; it is for your mini program.
	CashierJSAPI string
}

// Signing says what is signed, and how the headers of a message are written.
type Signing struct {
	// Content is ContentPlatform by default. ContentDotted needs a
	// RequestIDHeader and TimeUnixMillis.
	Content         SignedContent
	AlgorithmLabel  string // "RSA256" (default) or "SHA256withRSA"; one algorithm
	Encoding        SignatureEncoding
	HeaderSeparator string // between the pairs of the Signature header; default ", "
	TimeFormat      TimeFormat
	RequestIDHeader string // carries a fresh random id for each attempt; empty for none
	// WithoutPrefix says that the signed URI begins at the version, not at the
	// gateway prefix.
	WithoutPrefix bool
	// NotifiesWithoutClientID says that notifications may come without the
	// header Client-Id. The client then takes its own id, and the signature
	// must cover that.
	NotifiesWithoutClientID bool
}

// Words translates the wallet's own words into the platform's, such as "FAILED"
// into "FAIL". What stands in none of the maps is taken as it is.
type Words struct {
	Results  map[string]string // resultStatus; into S, A, U or F
	Codes    map[string]string // resultCode
	Statuses map[string]string // of payments, refunds, captures and voids; into a PaymentStatus
}

// Result returns the platform's word for a resultStatus of the wallet.
func (w *Words) Result(word string) string { return translated(w.Results, word) }

// Code returns the platform's word for a resultCode of the wallet.
func (w *Words) Code(word string) string { return translated(w.Codes, word) }

// Status returns the platform's word for a status of the wallet.
func (w *Words) Status(word string) string { return translated(w.Statuses, word) }

func translated(words map[string]string, word string) string {
	if platform, ok := words[word]; ok {
		return platform
	}
	return word
}

// Requirements says what the wallet demands of the caller. tradepay.NewClient
// demands the first three of its Config; SiteName may also come with each order.
type Requirements struct {
	AppID, PartnerID, MerchantID, SiteName bool

	AppIDWithTokens  bool   // appId goes with ApplyToken and UserInfo, too
	MerchantIDHeader string // header that carries Config.MerchantID; empty for none
	AgentTokenHeader string // header that carries Config.AgentToken; empty for none
	// NotifyURLOptional keeps the client from warning of an order without
	// NotifyURL: the wallet's console may have the URL, or no document says that
	// the wallet notifies at all.
	NotifyURLOptional bool
}

// Products are the codes that a payment carries when its request names none.
type Products struct {
	Cashier   string // of a payment in the cashier
	Authorize string // with Authorize; empty: paymentFactor says it
	Agreement string // with PaymentAuthCode
	Sales     string // salesCode, where the wallet has one
}

// Quirks are the ways of a wallet that are in neither dialect.
type Quirks struct {
	OneGoods       bool // goods is one object, not a list
	NumericAmounts bool // amount values are JSON numbers, not strings
	// VoidURLWithOrder says that only the order names where its voids are
	// reported: VoidRequest.NotifyURL is not sent.
	VoidURLWithOrder bool
	// RefundsByRefundID says that the answer to the inquiry of a refund may omit
	// refundRequestId. It must then repeat the wallet's refundId.
	RefundsByRefundID bool
	// LateURL says that the wallet may accept a pay without a payment URL, and
	// sends that later by notification.
	LateURL bool
	// RefusesRepeats says that the wallet rejects a second pay with an id it
	// has seen, instead of repeating its answer. The client then inquires before
	// it reports a rejection. After ErrOutcomeUnknown, inquire; do not call again.
	RefusesRepeats bool
}

// Shaper changes messages of one wallet. The client calls it after it has checked
// a request, and after it has verified an answer. It may move ids and amounts; the
// client rejects what a Shaper makes up or drops.
//
// A test wallet stands on the other side and needs the way back: one whose
// Shaper also has UnshapeRequest and UnshapeResponse, with the same parameters,
// can be played by package tradepaytest.
type Shaper interface {
	// ShapeRequest changes a request from the platform's shape into the
	// wallet's, before it is signed. It runs once for each call: all attempts
	// send the same bytes. An error that is a [FieldError] names the caller's
	// field; one that matches errors.ErrUnsupported says that the wallet has no
	// such operation. Nothing is sent then.
	ShapeRequest(op Operation, body map[string]any) error
	// ShapeResponse changes what the wallet sent, response or notification,
	// into the platform's shape. Notifications of all kinds come as
	// OpNotifyPayment. The Raw of a result keeps what was sent. After an error
	// the client believes nothing of the message.
	ShapeResponse(op Operation, body map[string]any) error
}

// Clone returns a copy that shares nothing with p that either can change.
func (p Profile) Clone() Profile {
	p.Sources = slices.Clone(p.Sources)
	p.Routes.BaseURLs = maps.Clone(p.Routes.BaseURLs)
	p.Routes.Paths = maps.Clone(p.Routes.Paths)
	p.Routes.Unsupported = maps.Clone(p.Routes.Unsupported)
	p.Words.Results = maps.Clone(p.Words.Results)
	p.Words.Codes = maps.Clone(p.Words.Codes)
	p.Words.Statuses = maps.Clone(p.Words.Statuses)
	return p
}
