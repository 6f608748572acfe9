package tradepay

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

// Operation names one call of the wallet's server API, or one notification.
type Operation string

// The operations of the protocol.
const (
	OpPay              Operation = "pay"
	OpInquiryPayment   Operation = "inquiryPayment"
	OpCancel           Operation = "cancel"
	OpRefund           Operation = "refund"
	OpInquiryRefund    Operation = "inquiryRefund"
	OpCapture          Operation = "capture"
	OpVoid             Operation = "void"
	OpApplyToken       Operation = "applyToken"
	OpCancelToken      Operation = "cancelToken"
	OpPrepare          Operation = "prepare"
	OpUserInfo         Operation = "inquiryUserInfo"
	OpCall             Operation = "call" // made with Client.Call
	OpNotifyPayment    Operation = "notifyPayment"
	OpNotifyVoid       Operation = "notifyVoid"
	OpNotifyCashierURL Operation = "notifyCashierUrl"
)

// platformPaths are the paths of the operations below prefix and version.
var platformPaths = map[Operation]string{
	OpPay:            "payments/pay",
	OpInquiryPayment: "payments/inquiryPayment",
	OpCancel:         "payments/cancel",
	OpRefund:         "payments/refund",
	OpInquiryRefund:  "payments/inquiryRefund",
	OpCapture:        "payments/capture",
	OpVoid:           "payments/void",
	OpApplyToken:     "authorizations/applyToken",
	OpCancelToken:    "authorizations/cancelToken",
	OpPrepare:        "authorizations/prepare",
	OpUserInfo:       "users/inquiryUserInfo",
}

// Dialect is one of the two message shapes of the platform.
type Dialect int

// The two dialects. What the caller writes is the same for both.
const (
	DialectV1 Dialect = 1 // partnerId, paymentOrderTitle, extraParams.ORDER, actionForm
	DialectV2 Dialect = 2 // appId, order, redirectActionForm
)

// TimeFormat is how a wallet wants Request-Time written.
type TimeFormat int

// The formats that wallets document. All are understood when received.
const (
	TimeISO8601Millis TimeFormat = iota // 2019-04-04T12:08:56.253+05:30
	TimeISO8601                         // 2019-04-04T12:08:56+05:30
	TimeUTC                             // 2019-04-04T06:38:56Z
	TimeUnixMillis                      // 1554359936253
)

// Format writes a time as Request-Time and Response-Time have it.
func (f TimeFormat) Format(t time.Time) string {
	switch f {
	case TimeISO8601:
		return t.Format("2006-01-02T15:04:05-07:00")
	case TimeUTC:
		return t.UTC().Format("2006-01-02T15:04:05Z")
	case TimeUnixMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	default:
		return t.Format("2006-01-02T15:04:05.000-07:00")
	}
}

// parseTime reads a time in any of the formats.
func parseTime(text string) (time.Time, bool) {
	if len(text) == 13 && allDigits(text) { // milliseconds from 2001 to 2286
		ms, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(ms), err == nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z0700", text)
	}
	return t, err == nil
}

// SignedContent is what the signatures of a wallet cover.
type SignedContent int

// The contents that wallets document.
const (
	// ContentPlatform is, of requests and answers alike,
	//
	//	<Method> <URI>\n<Client-Id>.<Time>.<Body>
	//
	// An answer is signed with method and URI of its request.
	ContentPlatform SignedContent = iota
	// ContentDotted is, of requests and of answers,
	//
	//	<Method>.<URI>.<Client-Id>.<Request-Id>.<Time>.<Body>
	//	<Client-Id>.<Time>.<Body>
	//
	// Nothing signed says which request such an answer is for, or which
	// operation. The SDK therefore takes each answer for one request only,
	// demands that it has the members of its operation and none of another,
	// and inquires where a pay or a cancel is answered without the order's ids.
	ContentDotted
)

// SignatureEncoding is how a wallet wants the signature value written. All
// are understood when received.
type SignatureEncoding int

// The encodings that wallets document.
const (
	EncodingPercent   = SignatureEncoding(sigheader.Percent) // base64, then + / = percent-encoded
	EncodingBase64    = SignatureEncoding(sigheader.Base64)  // base64 with padding
	EncodingBase64URL = SignatureEncoding(sigheader.URL)     // base64url without padding
)

// WalletHeaders names the further request headers of a wallet. An empty name
// means that the header is not sent.
type WalletHeaders struct {
	MerchantID string // carries Config.MerchantID
	AgentToken string // carries Config.AgentToken
	RequestID  string // carries a fresh random id for each attempt
}

// Fields is a JSON message as a [Wallet]'s hooks see it: strings, bool,
// json.Number, nil, []any and nested Fields by member name.
type Fields = map[string]any

// Wallet is the wire profile of one wallet: data, plus hooks where the shapes
// of its messages differ from both dialects of the platform. Start from
// [PlatformV1] or [PlatformV2] and change what differs. A Wallet must not be
// changed once a [Client] uses it.
type Wallet struct {
	Name    string   // required; for errors and logs
	Country string   // ISO 3166 code, or empty for any
	Sources []string // public documents that the profile was read from

	Dialect Dialect
	Prefix  string // gateway prefix such as "/api/open"; a path in Config.BaseURL replaces it
	Version string // "v1" or "v2", the path element after the prefix
	// Paths holds the operations that are not at the platform's paths. A path
	// that begins with a slash carries its own version.
	Paths map[Operation]string
	// Unsupported holds the operations that the wallet does not have, each
	// with the document that says so. They end in ErrNotSupported, unsent.
	Unsupported map[Operation]string
	BaseURLs    map[string]string // published gateways by environment, such as "sandbox"

	// SignsWithoutPrefix says that the signed URI begins at the version, not
	// at the gateway prefix.
	SignsWithoutPrefix bool
	// SignedContent is ContentPlatform by default. ContentDotted needs a
	// Headers.RequestID and TimeUnixMillis.
	SignedContent     SignedContent
	AlgorithmLabel    string // "RSA256" (default) or "SHA256withRSA"; one algorithm
	SignatureEncoding SignatureEncoding
	HeaderSeparator   string // between the pairs of the Signature header; default ", "
	TimeFormat        TimeFormat
	Headers           WalletHeaders
	// NotifiesWithoutClientID says that notifications may come without the
	// header Client-Id. The client's own id is then taken, and the signature
	// must cover it.
	NotifiesWithoutClientID bool

	NeedsAppID, NeedsPartnerID, NeedsMerchantID bool // demanded of Config at NewClient
	NeedsSiteName                               bool // demanded at CreateOrder, by v1 wallets with each call about a payment; here or in Config
	AppIDWithTokens                             bool // appId goes with ApplyToken and UserInfo, too

	ProductCode          string // of CreateOrder when the request names none
	AuthorizeProductCode string // of CreateOrder with Authorize; none: paymentFactor says it
	AgreementProductCode string // of CreateOrder with PaymentAuthCode
	SalesCode            string
	OneGoods             bool // goods is one object, not a list
	NumericAmounts       bool // amount values are JSON numbers, not strings

	// VoidURLWithOrder says that only the order names where its voids are
	// reported: VoidRequest.NotifyURL is not sent.
	VoidURLWithOrder bool
	// RefundsByRefundID says that the answer to the inquiry of a refund need
	// not repeat refundRequestId. It must then repeat the wallet's refundId.
	RefundsByRefundID bool
	// NotifyURLOptional keeps the client from warning of an order without
	// NotifyURL: the wallet's console may have the URL, or no document says that
	// the wallet notifies at all.
	NotifyURLOptional bool
	// LateURL says that pay may be accepted without a payment URL, which then
	// comes by notification.
	LateURL bool
	// CashierJSAPI is the mini program's call that opens the cashier with what
	// Order.TradePay returns: "pay" where it is my.pay; default "tradePay", as
	// https://miniprogram.alipay.com/docs/miniprogram_claro/mpdev/api_openapi_pay-with-paymenturl
	// has it. The SDK does not make this call; it is for your mini program.
	CashierJSAPI string
	// RefusesRepeats says that the wallet refuses a second pay with an id it
	// has seen, instead of repeating its answer. The SDK then inquires before
	// it reports a refusal. After ErrOutcomeUnknown, inquire instead of
	// repeating the call.
	RefusesRepeats bool

	// ResultStatuses, ResultCodes and PaymentStatuses translate the wallet's
	// own words into the platform's, such as "FAILED" into "FAIL".
	ResultStatuses  map[string]ResultStatus
	ResultCodes     map[string]string
	PaymentStatuses map[string]PaymentStatus

	// ShapeRequest changes a request from the platform's shape into the
	// wallet's, before it is signed. It runs once for each call: all attempts
	// send the same bytes. It may move ids and amounts, not make or drop them:
	// that is an error, and nothing is sent.
	ShapeRequest func(op Operation, body Fields) error
	// ShapeResponse changes what the wallet sent, response or notification,
	// into the platform's shape, after it was verified. Notifications of all
	// kinds come as OpNotifyPayment. The Raw of a result keeps what was sent.
	// It may move ids and amounts, not make them: such a message is not believed.
	ShapeResponse func(op Operation, body Fields) error

	// UnshapeRequest and UnshapeResponse undo the two, for test wallets, which
	// stand on the other side: from the wallet's shape into the platform's,
	// and from the platform's into the wallet's. A [Client] never calls them.
	UnshapeRequest, UnshapeResponse func(op Operation, body Fields) error
}

// PlatformV1 returns the v1 dialect of the platform: the order travels as a
// JSON string inside extraParams, the URL comes back in actionForm.
//
// Source: the merchant API v1 of a wallet's developer portal
// (github.com/soyjuanjohernandez/portal-interactivo, docs/APIReferences/OpenAPIs).
// From documents, not tested live. Its data dictionary gives the accepted
// verdict as R where its pages show A; both are understood.
func PlatformV1() Wallet {
	return Wallet{
		Name:           "Platform v1",
		Sources:        []string{"https://github.com/soyjuanjohernandez/portal-interactivo/tree/main/docs/APIReferences/OpenAPIs"},
		Dialect:        DialectV1,
		Prefix:         "/api/open",
		Version:        "v1",
		NeedsPartnerID: true,
		NeedsSiteName:  true,
		OneGoods:       true,
		ResultStatuses: map[string]ResultStatus{"R": ResultAccepted},
	}
}

// PlatformV2 returns the v2 dialect of the platform: the order travels as an
// object, the URL comes back in redirectActionForm.
//
// Source: https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay and the
// pages beside it. From documents, not tested live. A portal of the platform
// (github.com/soyjuanjohernandez/portal-interactivo) lists voidNotifyUrl with
// pay, and its page on void is empty: where voids are reported goes with the
// order (CreateOrderRequest.VoidNotifyURL) and, if VoidRequest.NotifyURL is set,
// with the void as well.
func PlatformV2() Wallet {
	return Wallet{
		Name:        "Platform v2",
		Sources:     []string{"https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay"},
		Dialect:     DialectV2,
		Prefix:      "/api",
		Version:     "v2",
		NeedsAppID:  true,
		ProductCode: "CASHIER_PAYMENT",

		AgreementProductCode: "AGREEMENT_PAYMENT",
	}
}

func (w *Wallet) validate() error {
	switch {
	case w.Name == "":
		return invalidConfig("Wallet", "is required", "use PlatformV1(), PlatformV2() or a profile of package wallets")
	case w.Dialect != DialectV1 && w.Dialect != DialectV2:
		return invalidConfig("Wallet.Dialect", "must be DialectV1 or DialectV2", "start from PlatformV1() or PlatformV2()")
	case !plainPath("/"+w.Version) || strings.Contains(w.Version, "/"):
		return invalidConfig("Wallet.Version", `must be one path element such as "v1"`, "")
	case w.Prefix != "" && !plainPath(w.Prefix):
		return invalidConfig("Wallet.Prefix", "must be a plain path that begins with a slash and does not end with one", "")
	case w.algorithmLabel() != "RSA256" && w.algorithmLabel() != "SHA256withRSA":
		return invalidConfig("Wallet.AlgorithmLabel", "must be RSA256 or SHA256withRSA", "")
	case w.HeaderSeparator != "" && strings.Trim(w.HeaderSeparator, " ") != ",":
		return invalidConfig("Wallet.HeaderSeparator", "must be a comma with optional spaces", "")
	case w.TimeFormat < TimeISO8601Millis || w.TimeFormat > TimeUnixMillis:
		return invalidConfig("Wallet.TimeFormat", "must be one of the TimeFormat constants", "")
	case w.SignedContent < ContentPlatform || w.SignedContent > ContentDotted:
		return invalidConfig("Wallet.SignedContent", "must be one of the SignedContent constants", "")
	case w.SignedContent == ContentDotted && (w.Headers.RequestID == "" || w.TimeFormat != TimeUnixMillis):
		return invalidConfig("Wallet.SignedContent", "needs Headers.RequestID and TimeUnixMillis with ContentDotted", "")
	case strings.ContainsFunc(w.CashierJSAPI, notLetter):
		return invalidConfig("Wallet.CashierJSAPI", `must be the name alone, such as "pay" for my.pay`, "")
	case w.SignatureEncoding < EncodingPercent || w.SignatureEncoding > EncodingBase64URL:
		return invalidConfig("Wallet.SignatureEncoding", "must be one of the SignatureEncoding constants", "")
	}
	return w.validateMaps()
}

// validateMaps refuses words that nothing would recognise later: an outcome
// must not be decided by a slip of the pen in a profile.
func (w *Wallet) validateMaps() error {
	for _, name := range []string{w.Headers.MerchantID, w.Headers.AgentToken, w.Headers.RequestID} {
		switch http.CanonicalHeaderKey(name) {
		case "Signature", "Client-Id", "Request-Time", "Content-Type", "Accept-Encoding":
			return invalidConfig("Wallet.Headers", "must not name a header of the protocol", "")
		}
		if name != "" && !sigheader.Token(name) {
			return invalidConfig("Wallet.Headers", "must be HTTP header names", "")
		}
	}
	for _, path := range w.Paths {
		if !plainPath("/" + strings.TrimPrefix(path, "/")) {
			return invalidConfig("Wallet.Paths", "must be plain paths", "")
		}
	}
	for _, status := range w.ResultStatuses {
		switch status {
		case ResultSuccess, ResultAccepted, ResultUnknown, ResultFailed:
		default:
			return invalidConfig("Wallet.ResultStatuses", "must translate into S, A, U or F", "use the ResultStatus constants")
		}
	}
	for _, status := range w.PaymentStatuses {
		if !status.known() {
			return invalidConfig("Wallet.PaymentStatuses", "must translate into a status of the platform", "use the PaymentStatus constants")
		}
	}
	return nil
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// plainPath reports whether a path can be signed and sent in one spelling only.
func plainPath(path string) bool {
	for i := range len(path) {
		if c := path[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("/-._~", c) >= 0) {
			return false
		}
	}
	return len(path) > 1 && path[0] == '/' && path[len(path)-1] != '/' && !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}

// clone protects a client from later changes of the caller's maps.
func (w Wallet) clone() Wallet {
	w.Paths = maps.Clone(w.Paths)
	w.Unsupported = maps.Clone(w.Unsupported)
	w.ResultStatuses = maps.Clone(w.ResultStatuses)
	w.ResultCodes = maps.Clone(w.ResultCodes)
	w.PaymentStatuses = maps.Clone(w.PaymentStatuses)
	return w
}

func (w *Wallet) algorithmLabel() string {
	if w.AlgorithmLabel == "" {
		return "RSA256"
	}
	return w.AlgorithmLabel
}

// SignatureHeader returns the value of the Signature header in the wallet's own
// label, encoding and spacing.
func (w *Wallet) SignatureHeader(keyVersion string, signature []byte) string {
	h := sigheader.Header{Algorithm: w.algorithmLabel(), KeyVersion: keyVersion, Signature: signature}
	separator := w.HeaderSeparator
	if separator == "" {
		separator = ", "
	}
	return sigheader.Format(h, sigheader.Encoding(w.SignatureEncoding), separator)
}

// Path returns where the operation is below the gateway prefix, such as
// "/v1/payments/pay". It is empty for what is no request of the protocol, or
// not supported.
func (w *Wallet) Path(op Operation) string {
	path, ok := w.Paths[op]
	if !ok {
		path, ok = platformPaths[op]
	}
	if _, missing := w.Unsupported[op]; missing || !ok {
		return ""
	}
	return w.versioned(path)
}

// versioned puts the profile's version before a path that has none.
func (w *Wallet) versioned(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + w.Version + "/" + path
}

// code returns the platform's word for a result code of this wallet.
func (w *Wallet) code(code string) string {
	if c, ok := w.ResultCodes[code]; ok {
		return c
	}
	return code
}

// resultStatus returns the verdict; what is none of the four counts as U.
func (w *Wallet) resultStatus(status string) ResultStatus {
	if s, ok := w.ResultStatuses[status]; ok {
		return s
	}
	switch s := ResultStatus(status); s {
	case ResultSuccess, ResultAccepted, ResultFailed:
		return s
	default:
		return ResultUnknown
	}
}

// paymentStatus returns the status, or false for a word of no known meaning.
func (w *Wallet) paymentStatus(status string) (PaymentStatus, bool) {
	if s, ok := w.PaymentStatuses[status]; ok {
		return s, true
	}
	if s := PaymentStatus(status); s.known() {
		return s, true
	}
	return "", false
}

func (s PaymentStatus) known() bool {
	switch s {
	case StatusProcessing, StatusAuthorized, StatusSuccess, StatusFailed, StatusCancelled:
		return true
	}
	return false
}

// transactionStatus is paymentStatus for refunds, captures and voids.
func (w *Wallet) transactionStatus(status string) (TransactionStatus, bool) {
	if s, ok := w.PaymentStatuses[status]; ok {
		status = string(s)
	}
	switch s := TransactionStatus(status); s {
	case TransactionSuccess, TransactionProcessing, TransactionFailed:
		return s, true
	}
	return "", false
}
