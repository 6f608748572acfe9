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
// 4002 (declined for risk). Refunds have their amount as a string. Result codes
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
// user's data. Of the two sources, one writes the signature in percent-encoded
// base64, as the profile does, the other in base64url; the SDK reads both.
//
// What the caller must give: Title, ExpiresAt and Order.Buyer.ID (the UserID of
// ApplyToken) for each order; PaymentID for a refund. Toka's order has no members
// for goods, shop, shipping, device and RedirectURL: the SDK does not send them.
// It writes ExpiresAt in the time of Mexico City, UTC-6, because expiryTime has no
// offset and no source names its zone; one source's client writes UTC. If Toka
// reads the time as UTC, it rejects the order as expired, and does not leave it
// open for longer: ask Toka if it rejects your first order with 20030002.
//
// Not documented: notifications of mini-program payments. The SDK sends NotifyURL
// under the platform's name. It reads a notification with the words of the
// inquiry, and verifies it as a request of the wallet, Request-Id included. Rely
// on WaitOrder or QueryOrder. The documents list the answer to the inquiry of a
// refund without refundRequestId: if the RefundRef has the RefundID, the SDK
// accepts an answer that contains that refundId. An answer with neither id leaves
// the outcome unknown, because nothing ties it to the question. Whether an inquiry
// finds a payment by merchantTransId alone: one source requires paymentId, another
// says merchantTransId; the SDK sends what it has.
//
// Not supported: capture, void and payments by agreement, which are another
// API; CancelToken and Prepare.
//
// Sources: the wallet publishes no document of its own. Two repositories of
// integrators restate its manual ("Mini-Program Collaboration SOP" v1.7):
// https://github.com/correadanielcoltrade/Backoffice_miniapp_supli_toka,
// https://github.com/rodoslay-toka/tokapay-integration-starter. Evidence: from documents. Not tested live.
func Toka() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = tokaName, "MX"
	w.Sources = []string{tokaDocument, tokaStarter}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Routes.BaseURLs = map[string]string{"production": "https://openapi.paypay.mx"}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpPay:            "/v2/acquiring/miniprogram/create",
		wire.OpInquiryPayment: "/v1/acquiring/payment/inquiry",
		wire.OpCancel:         "/v1/acquiring/payment/close",
		wire.OpRefund:         "/v1/acquiring/refund/apply",
		wire.OpInquiryRefund:  "/v1/acquiring/refund/inquiry",
		wire.OpApplyToken:     "/v2/authorizations/applyToken",
		wire.OpUserInfo:       "/v2/users/inquiryUserInfo",
	}
	w.Routes.Unsupported = map[wire.Operation]string{
		wire.OpCapture:     tokaDocument,
		wire.OpVoid:        tokaDocument,
		wire.OpCancelToken: tokaDocument,
		wire.OpPrepare:     tokaDocument,
	}
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
	"20030017": "USER_NOT_EXIST",
	"20030018": "USER_STATUS_ABNORMAL",
	"20030101": "ORDER_NOT_EXIST",
	"20030201": "ORDER_NOT_EXIST",
	"20030206": "REFUND_AMOUNT_EXCEED",
	"20030301": "ORDER_NOT_EXIST",
	"20030302": "ORDER_IS_CLOSED",
	"20030303": "ORDER_STATUS_INVALID",
	"20040001": "INVALID_CODE",
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
	body["userId"] = user
	body["order"] = map[string]any{
		"merchantTransId": body["paymentRequestId"],
		"orderAmount":     body["paymentAmount"],
		"orderTitle":      title,
		"expiryTime":      expires.In(tokaZone).Format(tokaTime),
	}
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

func tokaUndoResponse(op wire.Operation, body map[string]any) error {
	result := object(body, "result")
	if text(result, "resultCode") == "REFUND_IN_PROCESS" {
		result["resultStatus"], result["resultCode"] = "A", "ACCEPT"
	}
	if code := tokaCode(text(result, "resultCode")); code != "" {
		result["resultCode"] = code
	}
	switch op {
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
	}
	return nil
}

// tokaCode returns Toka's number for a code of the platform, or "".
func tokaCode(code string) string {
	for _, number := range slices.Sorted(maps.Keys(tokaCodes)) {
		if tokaCodes[number] == code {
			return number
		}
	}
	return ""
}
