package wallets

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

// TokaProduct is the product code of a payment in a mini program of Toka.
const TokaProduct = "MINI_PROGRAM_DIRECT_PAY"

const (
	tokaName     = "Toka"
	tokaDocument = "https://github.com/correadanielcoltrade/Backoffice_miniapp_supli_toka"
	tokaStarter  = "https://github.com/rodoslay-toka/tokapay-integration-starter"
)

func init() { register(Toka) }

// Toka returns the profile of Toka (Tokapay), Mexico, which pays in MXN, two
// decimals.
//
// Known: paths of its own with the version in each; Request-Time in Unix
// milliseconds; a fresh Request-Id on each request; the order holds
// merchantTransId, orderTitle, orderAmount (a JSON number of centavos) and
// expiryTime, and the message holds userId; the answer to create is A 20000006
// with paymentUrl at the top, which the mini program gives to my.pay as its
// paymentUrl; my.pay reports 9000, 4000, 6001, 6004, 8001 (bad parameter), 4001 or
// 4002 (declined for risk). ApplyToken answers with userId, and with times in Unix
// milliseconds. Refunds have their amount as a string. Result codes
// are numbers, and Toka writes FAILED for FAIL. A payment that was closed or
// expired is FAILED with paymentResultCode 20030105 or 20030106, which the SDK
// reports as CANCELLED. Toka rejects a second create with the same id, with
// 20030001.
//
// Toka's signatures cover another content than those of all other wallets
// (wire.ContentDotted): of a request
// <Method>.<URI>.<Client-Id>.<Request-Id>.<Request-Time>.<Body>, of a response
// <Client-Id>.<Response-Time>.<Body>. The signature of a response does not say
// which request, or which operation, the response answers. Therefore the SDK
// accepts an answer for one request only (a client remembers its latest 8,192).
// The answer must have the members of its operation and none of another. If the
// answer to a pay or a cancel does not contain the order's id, the SDK inquires,
// and the answer to the inquiry must contain it. What remains needs somebody
// inside the TLS connection who held back an answer to this merchant: a
// rejection, the answer to a refund (it has only the wallet's refundId), or a
// user's data. Of the two sources, one called UAT: it writes the header as
// algorithm=SHA256withRSA,keyVersion=1,signature= without spaces, and the signature in
// percent-encoded base64, as the profile does. The other writes RSA256 and base64url;
// the SDK reads both.
//
// What the caller must give: Title, ExpiresAt and Order.Buyer.ID (the UserID of
// ApplyToken) for each order; PaymentID for a refund. Toka's order has no members
// for shop, shipping, device and RedirectURL: the SDK does not send them. Its goods
// have members of their own, whose types no source shows, so the SDK does not make
// them of Order.Goods: give goodsDetail, allowPantryCard ("Y" or "N") and
// allowFuelCard with CreateOrderRequest.Extra, and the profile puts them into the order.
// It writes ExpiresAt in the time of Mexico City, UTC-6, because expiryTime has no
// offset and no source names its zone; one source's client writes UTC. If Toka
// reads the time as UTC, it rejects the order as expired, and does not leave it
// open for longer: ask Toka if it rejects your first order with 20030002.
//
// The user's data has address, kycState and birthState, too, which the SDK leaves in
// UserInfo.Raw. The files for reconciliation: package walletapi.
//
// Not documented: notifications of mini-program payments. The SDK sends NotifyURL
// under the platform's name. It reads a notification with the words of the
// inquiry, and verifies it as a request of the wallet, Request-Id included. Rely
// on WaitOrder or QueryOrder. The documents list the answer to the inquiry of a
// refund without refundRequestId: if the RefundRef has the RefundID, the SDK
// accepts an answer that contains that refundId. An answer with neither id leaves
// the outcome unknown, because nothing ties it to the question. Whether an inquiry or
// a close finds a payment by merchantTransId alone: both sources' clients send
// paymentId; the SDK sends what it has.
//
// Not supported: capture, void and payments by agreement, which are another
// API; CancelToken and Prepare.
//
// Sources: the wallet publishes no document of its own. Two repositories of
// integrators restate its manual ("Mini-Program Collaboration SOP" v1.7):
// https://github.com/correadanielcoltrade/Backoffice_miniapp_supli_toka,
// https://github.com/rodoslay-toka/tokapay-integration-starter. One of them also shows an
// unsigned API for hackathons, which is another one.
// Evidence: runs in merchants' code. Not tested live.
func Toka() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = tokaName, "MX"
	w.Sources = []string{tokaDocument, tokaStarter}
	w.Evidence = evidence(w.Sources[0], tokaFacts...)
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Routes.BaseURLs = map[string]string{
		"production": "https://openapi.paypay.mx",
		"sandbox":    "https://openapi.uat.toka.whalecloud.ltd",
	}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpPay:            "/v2/acquiring/miniprogram/create",
		wire.OpInquiryPayment: "/v1/acquiring/payment/inquiry",
		wire.OpCancel:         "/v1/acquiring/payment/close",
		wire.OpRefund:         "/v1/acquiring/refund/apply",
		wire.OpInquiryRefund:  "/v1/acquiring/refund/inquiry",
		wire.OpApplyToken:     "/v2/authorizations/applyToken",
		wire.OpUserInfo:       "/v2/users/inquiryUserInfo",
		"reconciliation":      "/v1/acquiring/recon/get",
	}
	w.Routes.Unsupported = map[wire.Operation]string{
		wire.OpCapture:     tokaDocument,
		wire.OpVoid:        tokaDocument,
		wire.OpCancelToken: tokaDocument,
		wire.OpPrepare:     tokaDocument,
	}
	w.Signing.AlgorithmLabel, w.Signing.HeaderSeparator = "SHA256withRSA", ","
	w.Signing.TimeFormat = wire.TimeUnixMillis
	w.Signing.RequestIDHeader = "Request-Id"
	w.Products.Cashier, w.Products.Agreement = TokaProduct, ""
	w.Signing.Content = wire.ContentDotted
	w.Quirks.NumericAmounts = true
	w.Quirks.RefundsByRefundID = true
	w.Quirks.ClientIDWithTokens = false
	w.Routes.CashierJSAPI = "pay"
	w.Quirks.RefusesRepeats = true
	w.Quirks.NotifyURLOptional = true
	w.Words.Codes = maps.Clone(tokaCodes)
	w.Words.Statuses = map[string]string{"FAILED": "FAIL"}
	w.Shaper = shaper.Hooks{
		Request: tokaRequest, Response: tokaResponse, UndoRequest: tokaUndoRequest, UndoResponse: tokaUndoResponse,
	}
	return w
}

var tokaFacts = []wire.Fact{
	{
		About: "hosts", Known: "running",
		Says: "A merchant's server called the UAT gateway; the production one is that of the " +
			"manual.", Source: tokaDocument,
	},
	{
		About: "label", Known: "running",
		Says: "The client that called UAT writes algorithm=SHA256withRSA,keyVersion=1,signature= without spaces; the " +
			"manual's example has them, and RSA256.",
		Source: tokaDocument,
	},
	{
		About: "encoding", Known: "running",
		Says: "The client that called UAT writes percent-encoded base64; another writes " +
			"base64url.", Source: tokaDocument,
	},
	{
		About: "signed content", Known: "running",
		Says:   "The client that called UAT signs six parts with dots between them, and verifies three of an answer.",
		Source: tokaDocument,
	},
	{
		About: "time", Known: "running",
		Says: "The client that called UAT writes Unix milliseconds.", Source: tokaDocument,
	},
	{
		About: "Content-Type", Known: "documents",
		Says: "The manual's table of headers has it as optional.", Source: tokaDocument,
	},
	{
		About: "tokens", Known: "agreed",
		Says:   "ApplyToken answers with userId, and with its times in Unix milliseconds as texts.",
		Source: tokaDocument,
	},
	{
		About: "user", Known: "agreed",
		Says:   "The user's data has address, kycState and birthState besides the members that the SDK names.",
		Source: tokaDocument,
	},
	{
		About: "goods", Known: "agreed",
		Says: "The order has goodsDetail, allowPantryCard and allowFuelCard; the types of a good's members are " +
			"not shown.",
		Source: tokaDocument,
	},
	{
		About: "codes", Known: "agreed",
		Says:   "Refunds have 20030213 and 20030214 (declined for risk) and 20030215 (the check of risk failed).",
		Source: tokaDocument,
	},
	{
		About: "close", Known: "one client",
		Says: "The integrators' clients close and inquire by paymentId alone.", Source: tokaStarter,
	},
	{
		About: "expiryTime", Known: "one client",
		Says: "A client writes UTC; the profile writes the time of Mexico City, which leaves no order open for " +
			"longer.",
		Source: tokaDocument,
	},
	{
		About: "termination", Known: "documents",
		Says: "The manual's other API, for agreements, calls the terminalAgreementNotifyUrl of an agreement that " +
			"its payer ends; no source shows the members, so it is a NotificationOther.",
		Source: tokaDocument,
	},
	{
		About: "reconciliation", Known: "running",
		Says: "The client that called UAT asked for the files by reconDate and settlePeriod; the answer has " +
			"fileUrls.",
		Source: tokaDocument,
	},
}

// tokaCodes are Toka's result codes in the platform's words.
var tokaCodes = map[string]string{
	"20000000": "SUCCESS",
	"20000001": "UNKNOWN_EXCEPTION",
	"20000002": "PARAM_ILLEGAL",
	"20000003": "INVALID_CLIENT",
	"20000004": "INVALID_SIGNATURE",
	"20000005": "ACCESS_DENIED",
	"20000006": "ACCEPT",
	"20030001": "REPEAT_REQ_INCONSISTENT",
	"20030004": "CURRENCY_NOT_SUPPORT",
	"20030013": "PAYMENT_AMOUNT_EXCEED_LIMIT",
	"20030007": "PARTNER_NOT_EXIST",
	"20030011": "PARTNER_STATUS_ABNORMAL",
	"20030017": "USER_NOT_EXIST",
	"20030018": "USER_STATUS_ABNORMAL",
	"20030101": "ORDER_NOT_EXIST",
	"20030201": "ORDER_NOT_EXIST",
	"20030205": "ORDER_STATUS_INVALID",
	"20030206": "REFUND_AMOUNT_EXCEED",
	"20030213": "RISK_REJECT",
	"20030214": "RISK_REJECT",
	"20030215": "PROCESS_FAIL",
	"20030301": "ORDER_NOT_EXIST",
	"20030302": "ORDER_IS_CLOSED",
	"20030303": "ORDER_STATUS_INVALID",
	"20040001": "INVALID_CODE",
	"20040002": "INVALID_REFRESH_TOKEN",
	"20040005": "EXPIRED_ACCESS_TOKEN",
	"20040006": "INVALID_ACCESS_TOKEN",
}

// The codes of a payment that ended unpaid: closed, or expired.
const (
	tokaClosed  = "20030105"
	tokaExpired = "20030106"
)

// tokaZone is the time of Mexico City, which has no summer time since 2022.
var tokaZone = time.FixedZone("UTC-6", -6*60*60)

const tokaTime = "2006-01-02 15:04:05"

func tokaRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		return tokaPay(body)
	case wire.OpInquiryPayment, wire.OpCancel:
		rename(body, "paymentRequestId", "merchantTransId")
	case wire.OpRefund:
		switch {
		case body["captureId"] != nil:
			return notSupported(tokaName, "refund of a capture", tokaDocument)
		case body["paymentId"] == nil:
			return required(tokaName, "PaymentID", "take it from the order")
		}
		delete(body, "paymentRequestId")
		if amount := object(body, "refundAmount"); amount != nil {
			amount["value"] = fmt.Sprint(amount["value"])
		}
	}
	return nil
}

// tokaOrderExtra are members of Toka's order that a caller gives with Extra.
var tokaOrderExtra = []string{"goodsDetail", "allowPantryCard", "allowFuelCard"}

func tokaPay(body map[string]any) error {
	details := object(body, "order")
	user := text(object(details, "buyer"), "referenceBuyerId")
	title := text(details, "orderDescription")
	switch {
	case body["paymentAuthCode"] != nil:
		return notSupported(tokaName, "agreement payment in this API", tokaDocument)
	case object(body, "paymentFactor")["isAuthorizationPayment"] == true:
		return notSupported(tokaName, "authorization of mini-program payments", tokaDocument)
	case title == "":
		return required(tokaName, "Title", "say what the payer pays for")
	case user == "":
		return required(tokaName, "Order.Buyer.ID", "it is the UserID of ApplyToken")
	case body["paymentExpiryTime"] == nil:
		return required(tokaName, "ExpiresAt", "say until when the payer can pay")
	}
	expires, err := time.Parse(time.RFC3339, text(body, "paymentExpiryTime"))
	if err != nil {
		return errors.New("ExpiresAt cannot be written")
	}
	order := map[string]any{
		"merchantTransId": body["paymentRequestId"],
		"orderAmount":     body["paymentAmount"],
		"orderTitle":      title,
		"expiryTime":      expires.In(tokaZone).Format(tokaTime),
	}
	for _, name := range tokaOrderExtra {
		if body[name] != nil {
			order[name] = body[name]
			delete(body, name)
		}
	}
	body["userId"], body["order"] = user, order
	for _, name := range []string{
		"paymentRequestId", "paymentAmount", "paymentExpiryTime", "paymentRedirectUrl", "paymentFactor",
		"voidNotifyUrl",
	} {
		delete(body, name)
	}
	return nil
}

func tokaResponse(op wire.Operation, body map[string]any) error {
	switch own, platform := body["merchantTransId"], body["paymentRequestId"]; {
	case platform == nil:
		rename(body, "merchantTransId", "paymentRequestId")
	case own != nil && platform != text(body, "merchantTransId"): // an id that is no text differs, too
		return errors.New("merchantTransId and paymentRequestId differ")
	}
	if op == wire.OpUserInfo && body["userInfo"] == nil {
		tokaUser(body)
	}
	if text(body, "paymentStatus") == "FAILED" {
		switch code := fmt.Sprint(body["paymentResultCode"]); code {
		case tokaClosed, tokaExpired:
			body["paymentStatus"] = "CANCELLED"
		default:
			if body["paymentResultCode"] != nil {
				body["paymentFailReason"] = code
			}
		}
	}
	return nil
}

// tokaUser gathers the flat members of Toka's answer into userInfo. Mexican names
// have two surnames: Toka's lastName is the given name, its firstName and
// secondName are the surnames.
func tokaUser(body map[string]any) {
	info, name := map[string]any{}, map[string]any{}
	for _, member := range []string{"userId", "nickName", "avatar", "gender", "birthday", "nationality"} {
		if body[member] != nil {
			info[member] = body[member]
		}
	}
	for from, to := range map[string]string{"fullName": "fullName", "lastName": "firstName", "firstName": "lastName"} {
		if body[from] != nil {
			name[to] = body[from]
		}
	}
	if len(name) > 0 {
		info["userName"] = name
	}
	var contacts []any
	for _, c := range []struct{ member, kind string }{{"mobilePhone", "MOBILE_PHONE"}, {"email", "EMAIL"}} {
		if body[c.member] != nil {
			contacts = append(contacts, map[string]any{"contactType": c.kind, "contactNo": body[c.member]})
		}
	}
	if len(contacts) > 0 {
		info["contactInfos"] = contacts
	}
	body["userInfo"] = info
}

func tokaUndoRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		order := object(body, "order")
		expires, err := time.ParseInLocation(tokaTime, text(order, "expiryTime"), tokaZone)
		if err != nil {
			return errors.New("order.expiryTime must be a time like 2025-05-14 00:00:00")
		}
		for _, name := range []string{"merchantTransId", "orderTitle"} {
			if text(order, name) == "" {
				return errors.New("order." + name + " is missing")
			}
		}
		if text(body, "userId") == "" {
			return errors.New("userId is missing")
		}
		if why := tokaWrongExtra(order); why != "" {
			return errors.New("order." + why)
		}
		rename(order, "orderTitle", "orderDescription")
		order["buyer"] = map[string]any{"referenceBuyerId": body["userId"]}
		body["paymentRequestId"] = order["merchantTransId"]
		body["paymentAmount"] = order["orderAmount"]
		body["paymentExpiryTime"] = expires.Format(time.RFC3339)
		delete(order, "merchantTransId")
		delete(order, "expiryTime")
		delete(body, "userId")
	case wire.OpInquiryPayment, wire.OpCancel:
		rename(body, "merchantTransId", "paymentRequestId")
	case wire.OpRefund:
		if amount := object(body, "refundAmount"); amount != nil {
			value, ok := amount["value"].(string)
			if !ok {
				return errors.New("refundAmount.value must be a string")
			}
			amount["value"] = json.Number(value)
		}
	}
	return nil
}

// tokaWrongExtra says what is wrong with the members of tokaOrderExtra, or "".
func tokaWrongExtra(order map[string]any) string {
	for _, name := range []string{"allowPantryCard", "allowFuelCard"} {
		if value, ok := order[name]; ok && value != "Y" && value != "N" {
			return name + " must be Y or N"
		}
	}
	goods, isList := order["goodsDetail"].([]any)
	if order["goodsDetail"] != nil && (!isList || len(goods) < 1 || len(goods) > 1000) {
		return "goodsDetail must be a list of 1 to 1,000 goods"
	}
	return ""
}

func tokaUndoResponse(op wire.Operation, body map[string]any) error {
	result := object(body, "result")
	if text(result, "resultCode") == "REFUND_IN_PROCESS" {
		result["resultStatus"], result["resultCode"] = "A", "ACCEPT"
	}
	if result != nil {
		result["resultCode"] = tokaCode(op, text(result, "resultCode"), text(result, "resultStatus"))
	}
	switch op {
	case wire.OpApplyToken:
		rename(body, "customerId", "userId")
		for _, name := range []string{"accessTokenExpiryTime", "refreshTokenExpiryTime"} {
			if at, ok := wire.TimeISO8601.Parse(text(body, name)); ok {
				body[name] = wire.TimeUnixMillis.Format(at)
			}
		}
	case wire.OpPay:
		rename(body, "paymentRequestId", "merchantTransId")
		if form := object(body, "redirectActionForm"); form != nil {
			body["paymentUrl"] = form["redirectUrl"]
			delete(body, "redirectActionForm")
		}
	case wire.OpInquiryRefund:
		delete(body, "refundRequestId")
	}
	if verdict := object(body, "paymentResult"); verdict != nil && op == wire.OpNotifyPayment {
		status := map[string]string{"S": "SUCCESS", "F": "FAIL"}[text(verdict, "resultStatus")]
		if status == "" {
			status = "PROCESSING"
		}
		body["paymentStatus"] = status
		body["paymentFailReason"] = verdict["resultCode"]
		if status != "FAIL" {
			delete(body, "paymentFailReason")
		}
		delete(body, "paymentResult")
	}
	switch text(body, "paymentStatus") {
	case "SUCCESS":
		body["paymentResultCode"] = "20000000"
	case "PROCESSING":
		body["paymentResultCode"] = "20000003"
	case "FAIL":
		body["paymentStatus"], body["paymentResultCode"] = "FAILED", body["paymentFailReason"]
		delete(body, "paymentFailReason")
	case "CANCELLED":
		body["paymentStatus"], body["paymentResultCode"] = "FAILED", tokaClosed
	}
	if text(body, "refundStatus") == "FAIL" {
		body["refundStatus"] = "FAILED"
	}
	if info := object(body, "userInfo"); op == wire.OpUserInfo && info != nil {
		delete(body, "userInfo")
		for _, name := range []string{"userId", "nickName", "nationality"} {
			if info[name] != nil {
				body[name] = info[name]
			}
		}
		if name := object(info, "userName"); name != nil {
			body["fullName"] = name["fullName"]
			body["firstName"], body["lastName"] = name["lastName"], name["firstName"]
		}
		tokaUndoContacts(info, body)
	}
	return nil
}

// tokaUndoContacts writes the contacts of a user as members.
func tokaUndoContacts(info, body map[string]any) {
	contacts, _ := info["contactInfos"].([]any)
	for _, value := range contacts {
		contact, _ := value.(map[string]any)
		switch text(contact, "contactType") {
		case "MOBILE_PHONE":
			body["mobilePhone"] = contact["contactNo"]
		case "EMAIL":
			body["email"] = contact["contactNo"]
		}
	}
}

// tokaNumbers are Toka's numbers for codes of the platform: of one operation, and of all.
var tokaNumbers = map[wire.Operation]map[string]string{
	wire.OpRefund:        {"ORDER_NOT_EXIST": "20030201", "ORDER_STATUS_INVALID": "20030205"},
	wire.OpCancel:        {"ORDER_NOT_EXIST": "20030301", "ORDER_STATUS_INVALID": "20030303"},
	wire.OpInquiryRefund: {"REFUND_NOT_EXIST": "20030201"},
	"": {
		"INVALID_API": "20000005", "KEY_NOT_FOUND": "20000004",
		"USED_CODE": "20040001", "EXPIRED_CODE": "20040001",
		"USED_REFRESH_TOKEN": "20040002", "EXPIRED_REFRESH_TOKEN": "20040002",
	},
}

// tokaCode returns Toka's number for a code of the platform. A code that Toka does not
// have becomes the number of its verdict.
func tokaCode(op wire.Operation, code, verdict string) string {
	for _, of := range []wire.Operation{op, ""} {
		if number, ok := tokaNumbers[of][code]; ok {
			return number
		}
	}
	for _, number := range slices.Sorted(maps.Keys(tokaCodes)) {
		if tokaCodes[number] == code {
			return number
		}
	}
	switch verdict {
	case "S":
		return "20000000"
	case "A":
		return "20000006"
	case "F":
		return "20000002"
	}
	return "20000001"
}
