package wire

import (
	"maps"
	"slices"
)

// Profile is one wallet on the wire: data, and a [Shaper] if the shapes of its
// messages differ from both dialects of the platform. Start from
// wallets.PlatformV1 or wallets.PlatformV2 and change what differs. A client
// copies the profile: your later changes do not reach it.
type Profile struct {
	Name    string   // required; for errors and logs
	Country string   // ISO 3166 code, or empty for any
	Sources []string // the public documents that the profile follows
	// Evidence says from what each part of the profile is known.
	Evidence []Fact

	// Dialect is the shape of the messages: "v1" (partnerId, paymentOrderTitle,
	// extraParams.ORDER, actionForm) or "v2" (appId, order, redirectActionForm).
	// A program that uses package tradepay is the same for both.
	Dialect      string
	Routes       Routes
	Signing      Signing
	Words        Words
	Requirements Requirements
	Products     Products
	Quirks       Quirks
	// Shaper changes messages between the platform's shape and the wallet's.
	// Default: the shapes of the Dialect.
	Shaper Shaper
}

// Fact is one thing that is known about a wallet. Documents disagree with each
// other, and with what wallets do; so a profile says what it follows.
type Fact struct {
	About string // such as "signed content"; once in a profile
	// Known says how sure the fact is. From sure to unsure: "running" (a log, a
	// pasted message or the wallet's own code shows it), "agreed" (several
	// integrators do the same), "documents" (the wallet's pages alone), "one client"
	// (an integrator, not known to have run), "inferred". Of "contradicted" facts,
	// the sources disagree, and Says names what the profile follows.
	Known  string
	Says   string // one sentence
	Source string // where to read it
}

// Routes says where the operations are.
type Routes struct {
	BaseURLs map[string]string // published gateways by environment, such as "sandbox"
	Prefix   string            // gateway prefix such as "/api/open"; a path in Config.BaseURL replaces it
	Version  string            // "v1" or "v2", the path element after the prefix
	// Paths holds the operations whose paths are not the platform's, and those that
	// only some wallets have. A path that begins with a slash contains its own
	// version.
	Paths map[Operation]string
	// Unsupported holds the operations that the wallet does not have, each
	// with the document that says so. The client sends none of them: a call ends
	// in tradepay.ErrNotSupported.
	Unsupported map[Operation]string
	// CashierJSAPI is the mini program's call that opens the cashier with what
	// Order.TradePay returns: "pay" where it is my.pay; default "tradePay", as
	// https://miniprogram.alipay.com/docs/miniprogram_claro/mpdev/api_openapi_pay-with-paymenturl
	// has it. The SDK does not make this call; it is for your mini program.
	CashierJSAPI string
	// SignJSAPI is the mini program's call that opens the page on which a payer
	// agrees, with what Authorization.SignContract returns; default "signContract".
	// It, too, is for your mini program.
	SignJSAPI string
}

// Signing says what the wallet signs, and how it writes the headers of a message.
type Signing struct {
	// Content is the platform's by default. ContentDotted needs a RequestIDHeader
	// and TimeUnixMillis, ContentMerchant needs Requirements.MerchantID.
	Content         SignedContent
	AlgorithmLabel  string // "RSA256" (default) or "SHA256withRSA"; one algorithm
	Encoding        SignatureEncoding
	HeaderSeparator string // between the pairs of the Signature header; default ", "
	TimeFormat      TimeFormat
	// Further headers of a request, each empty for none: Config.MerchantID,
	// Config.AgentToken, and a fresh random id of each attempt.
	MerchantIDHeader, AgentTokenHeader, RequestIDHeader string
	// WithoutPrefix says that the signed URI begins at the version, not at the
	// gateway prefix.
	WithoutPrefix bool
	// NotifiesWithoutClientID says that notifications may come without the
	// header Client-Id. The client then verifies the signature with its own id.
	NotifiesWithoutClientID bool
}

// Words translates the wallet's own words into the platform's, such as "FAILED"
// into "FAIL". A word that is not in the map stays as it is.
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

// Requirements says what the wallet requires of the caller. tradepay.NewClient
// requires the first three in its Config; SiteName may also come with each order.
type Requirements struct {
	AppID, PartnerID, MerchantID, SiteName bool
}

// Products are the codes of a payment whose request names none.
type Products struct {
	Cashier   string // of a payment in the cashier
	Authorize string // of a request with Authorize; empty: the message's paymentFactor says it
	Agreement string // of a request with PaymentAuthCode
	// Escrow is of a payment that the wallet holds until the merchant confirms it. The
	// caller names it in ProductCode. Empty where the wallet has none.
	Escrow string
	Sales  string // salesCode, where the wallet has one
}

// Quirks are what a wallet does that neither dialect has.
type Quirks struct {
	OneGoods             bool // goods is one object, not a list
	NumericAmounts       bool // amount values are JSON numbers, not strings
	AppIDWithTokens      bool // the client sends appId with ApplyToken and UserInfo, too
	PartnerIDWithPrepare bool // the client sends partnerId with Prepare, too
	// ClientIDWithTokens says that the client sends its Config.ClientID as
	// authClientId with ApplyToken and UserInfo. ApplyTokenRequest.Extra can name
	// another authClientId.
	ClientIDWithTokens bool
	// ClientIDWithMessages says that the client sends its Config.ClientID as
	// authClientId with SendMessage. MessageRequest.Extra can name another one.
	ClientIDWithMessages bool
	// TextMessages says that a message to a payer is a title and a body, and not
	// the parameters of a template in the wallet's console.
	TextMessages bool
	// TokenSeconds says that an answer to ApplyToken has for how many seconds the
	// tokens are valid, where others have until when.
	TokenSeconds bool
	// ObjectOrder says that extraParams.ORDER of v1 is an object, and not an object as
	// JSON in a string.
	ObjectOrder bool
	// NotifyURLOptional says that the client does not warn of an order without
	// NotifyURL: the wallet's console may have the URL, or no document says that
	// the wallet notifies at all.
	NotifyURLOptional bool
	// VoidURLWithOrder says that only the order names the URL to which the wallet
	// reports voids: the client does not send VoidRequest.NotifyURL.
	VoidURLWithOrder bool
	// RefundNotifyURL says that a refund may name the URL to which the wallet
	// reports how it ended, as refundNotifyUrl. To other wallets the client does not
	// send RefundRequest.NotifyURL.
	RefundNotifyURL bool
	// RefundsByRefundID says that the answer to the inquiry of a refund may omit
	// refundRequestId. The answer must then contain the wallet's refundId that was
	// asked for.
	RefundsByRefundID bool
	// LateURL says that the wallet may accept a pay without a payment URL, and
	// send the URL later by notification.
	LateURL bool
	// RefusesRepeats says that the wallet rejects a second pay with an id that it
	// knows, instead of giving the same answer again. The client then inquires
	// before it reports a rejection. After ErrOutcomeUnknown, inquire; do not call
	// again.
	RefusesRepeats bool
}

// Shaper changes messages of one wallet. The client calls it after it checks a
// request, and after it verifies an answer. A Shaper may move ids and amounts. The
// client rejects a message in which a Shaper makes up or drops one.
// Goroutines call its methods at the same time, and on copies of the profile: a
// Shaper must hold no state.
//
// A test wallet is the other side and needs the way back. Package tradepaytest can
// play a wallet whose Shaper also has UnshapeRequest and UnshapeResponse, with the
// same parameters.
type Shaper interface {
	// ShapeRequest changes a request from the platform's shape into the
	// wallet's, before the client signs it. It runs once for each call: all
	// attempts send the same bytes. A [FieldError] names the caller's field. An
	// error that matches errors.ErrUnsupported says that the wallet has no such
	// operation. After an error the client sends nothing.
	ShapeRequest(op Operation, body map[string]any) error
	// ShapeResponse changes a response or a notification from the wallet's shape
	// into the platform's. Notifications of all kinds come as OpNotifyPayment.
	// Raw of a result keeps what the wallet sent. After an error the client
	// believes nothing of the message.
	ShapeResponse(op Operation, body map[string]any) error
}

// Clone returns a copy. A change in a map or list of one does not change the
// other. Both have the same Shaper.
func (p Profile) Clone() Profile {
	p.Sources = slices.Clone(p.Sources)
	p.Evidence = slices.Clone(p.Evidence)
	p.Routes.BaseURLs = maps.Clone(p.Routes.BaseURLs)
	p.Routes.Paths = maps.Clone(p.Routes.Paths)
	p.Routes.Unsupported = maps.Clone(p.Routes.Unsupported)
	p.Words.Results = maps.Clone(p.Words.Results)
	p.Words.Codes = maps.Clone(p.Words.Codes)
	p.Words.Statuses = maps.Clone(p.Words.Statuses)
	return p
}
