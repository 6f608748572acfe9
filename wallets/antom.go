package wallets

import (
	"fmt"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

// Product codes of Antom.
const (
	AntomCashier   = "CASHIER_PAYMENT"   // one-time payment
	AntomAgreement = "AGREEMENT_PAYMENT" // payment by an access token
)

const antomName = "Antom"

func init() { register(Antom) }

// Antom returns the profile of Antom (Alipay+ for merchants). The currency is
// that of the contract, such as JPY without decimals or SGD with two.
//
// Known: the envelope and signature of the platform below /ams/api, v1, with
// the shapes of v2; Request-Time in Unix milliseconds; no space after the
// commas of the Signature header; percent-encoded base64. Clients whose id
// begins with SANDBOX_ call /ams/sandbox/api: use the base URLs with sandbox in
// their name. Every scalar is a string, booleans too.
//
// What the profile changes: order.env is the member env; a reservation is
// paymentFactor.isAuthorization; the token of an agreement payment is
// paymentMethod.paymentMethodId, for which CreateOrderRequest.Extra must hold
// paymentMethod with its paymentMethodType; a capture names its amount. Antom
// usually answers a pay with U PAYMENT_IN_PROCESS: with a URL, the profile reads
// that as accepted. If there is a normalUrl, it goes to my.tradePay. A payment
// with authExpiryTime and no capture among its transactions is authorized, not
// paid, though paymentStatus is SUCCESS. In a notification, result says the
// outcome only if notifyType is PAYMENT_RESULT: with PAYMENT_PENDING, S means
// that the payment is under way. You can also set the notify URL in Antom's
// dashboard; the one of the request wins. Antom does not require a signed
// acknowledgement; the SDK signs it all the same.
//
// Not documented on these pages: payment in a mini program without
// paymentMethod, which Antom requires elsewhere (Extra); a payment by agreement
// through the same page. The names isAuthorization, consult and revoke come from
// Antom's own SDKs.
//
// Not supported: void, which the API does not list; cancel releases a
// reservation. Prepare and CancelToken are authorizations/consult and
// authorizations/revoke.
//
// Sources: https://docs.antom.com/ac/ams/digital_signature,
// https://docs.antom.com/ac/ams/payment_cashier,
// https://docs.antom.com/ac/ams/paymentrn_online,
// https://docs.antom.com/ac/merchant_service/notification,
// https://docs.alipayplus.com/alipayplus/alipayplus/integration_cashier_acq/cashier_with_mini_program.
// Evidence: from documents. Not tested live.
func Antom() wire.Profile {
	w := PlatformV2()
	w.Name = antomName
	w.Sources = []string{
		"https://docs.antom.com/ac/ams/digital_signature",
		"https://docs.antom.com/ac/ams/payment_cashier",
		"https://docs.antom.com/ac/ams/paymentrn_online",
		"https://docs.antom.com/ac/merchant_service/notification",
		"https://docs.alipayplus.com/alipayplus/alipayplus/integration_cashier_acq/cashier_with_mini_program",
	}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix, w.Routes.Version = "/ams/api", "v1"
	w.Routes.BaseURLs = map[string]string{
		"production Asia":          "https://open-sea-global.alipay.com",
		"production Europe":        "https://open-de-global.alipay.com",
		"production North America": "https://open-na-global.alipay.com",
		"production USA":           "https://open.antglobal-us.com",
		"sandbox Asia":             "https://open-sea-global.alipay.com/ams/sandbox/api",
		"sandbox Europe":           "https://open-de-global.alipay.com/ams/sandbox/api",
		"sandbox North America":    "https://open-na-global.alipay.com/ams/sandbox/api",
		"sandbox USA":              "https://open.antglobal-us.com/ams/sandbox/api",
	}
	w.Quirks.NotifyURLOptional = true
	w.Signing.HeaderSeparator = ","
	w.Signing.TimeFormat = wire.TimeUnixMillis
	w.Requirements.AppID = false
	w.Products.Cashier, w.Products.Agreement = AntomCashier, AntomAgreement
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpPrepare:     "authorizations/consult",
		wire.OpCancelToken: "authorizations/revoke",
	}
	w.Routes.Unsupported = map[wire.Operation]string{wire.OpVoid: "https://docs.antom.com/ac/ams/api"}
	w.Quirks.RefundNotifyURL = true
	w.Shaper = shaper.Hooks{
		Request: antomRequest, Response: antomResponse, UndoRequest: antomUndoRequest, UndoResponse: antomUndoResponse,
	}
	return w
}

func antomRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		return antomPay(body)
	case wire.OpCapture:
		if body["captureAmount"] == nil {
			return required(antomName, "Amount", "name the amount to capture")
		}
		if last, ok := body["isLastCapture"].(bool); ok {
			body["isLastCapture"] = fmt.Sprint(last)
		}
	}
	return nil
}

func antomPay(body map[string]any) error {
	if order := object(body, "order"); order != nil && order["env"] != nil {
		body["env"] = order["env"]
		delete(order, "env")
	}
	delete(body, "voidNotifyUrl") // there are no voids
	if factor := object(body, "paymentFactor"); factor != nil {
		delete(factor, "isAgreementPay") // productCode says it
		if on, ok := factor["isAuthorizationPayment"].(bool); ok {
			delete(factor, "isAuthorizationPayment")
			factor["isAuthorization"] = fmt.Sprint(on)
		}
	}
	token := text(body, "paymentAuthCode")
	if token == "" {
		return nil
	}
	method := object(body, "paymentMethod")
	if text(method, "paymentMethodType") == "" {
		return required(antomName, `Extra["paymentMethod"]`, "give it with the paymentMethodType of the agreement")
	}
	delete(body, "paymentAuthCode")
	method["paymentMethodId"] = token
	return nil
}

func antomResponse(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		if text(body, "normalUrl") != "" {
			delete(body, "redirectActionForm") // for browsers and apps
		}
		result := object(body, "result")
		hasURL := text(body, "normalUrl") != "" || object(body, "redirectActionForm") != nil
		inProcess := text(result, "resultStatus") == "U" && text(result, "resultCode") == "PAYMENT_IN_PROCESS"
		if hasURL && inProcess {
			result["resultStatus"] = "A"
		}
		antomReserved(body)
	case wire.OpInquiryPayment:
		antomReserved(body)
	case wire.OpNotifyPayment:
		antomReserved(body)
		antomNotification(body)
	}
	return nil
}

// antomReserved tells an amount that is only reserved from one that was paid, in
// any message that has the status.
func antomReserved(body map[string]any) {
	reserved := body["authExpiryTime"] != nil && !captured(body)
	if text(body, "paymentStatus") == "SUCCESS" && reserved {
		body["paymentStatus"] = "AUTH_SUCCESS"
	}
}

// captured reports whether a payment has a capture that succeeded.
func captured(body map[string]any) bool {
	list, _ := body["transactions"].([]any)
	for _, item := range list {
		t, _ := item.(map[string]any)
		if text(t, "transactionType") == "CAPTURE" && text(t, "transactionStatus") == "SUCCESS" {
			return true
		}
	}
	return false
}

// antomNotification moves the flat result of a payment to its place in v2.
// Notifications of refunds, captures, authorizations and disputes need no change:
// their members show their kind. Those of further types reach the merchant as they
// are, without a kind: so do those without a type, which no payment lacks.
func antomNotification(body map[string]any) {
	for _, name := range []string{
		"refundRequestId", "refundId", "captureRequestId", "captureId", "authorizationNotifyType", "disputeId",
	} {
		if body[name] != nil {
			return
		}
	}
	switch text(body, "notifyType") {
	case "PAYMENT_RESULT":
		if body["paymentResult"] == nil { // otherwise the two must agree
			rename(body, "result", "paymentResult")
		}
	case "PAYMENT_PENDING", "OFFLINE_PAYMENT_CODE":
		delete(body, "result") // the verdict of a step, not of the payment
		body["paymentStatus"] = "PROCESSING"
	case "":
		body["notifyType"] = ""
	}
}

func antomUndoRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		if env, order := object(body, "env"), object(body, "order"); env != nil && order != nil {
			order["env"] = env
			delete(body, "env")
		}
		if factor := object(body, "paymentFactor"); text(factor, "isAuthorization") != "" {
			factor["isAuthorizationPayment"] = text(factor, "isAuthorization") == "true"
			delete(factor, "isAuthorization")
		}
		if method := object(body, "paymentMethod"); text(method, "paymentMethodId") != "" {
			rename(method, "paymentMethodId", "paymentAuthCode")
			body["paymentAuthCode"] = method["paymentAuthCode"]
			delete(method, "paymentAuthCode")
		}
	case wire.OpCapture:
		if last := text(body, "isLastCapture"); last != "" {
			body["isLastCapture"] = last == "true"
		}
	}
	return nil
}

func antomUndoResponse(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		result := object(body, "result")
		if form := object(body, "redirectActionForm"); form != nil && text(result, "resultStatus") == "A" {
			body["normalUrl"] = form["redirectUrl"]
			result["resultStatus"], result["resultCode"] = "U", "PAYMENT_IN_PROCESS"
			result["resultMessage"] = "payment in process"
		}
	case wire.OpInquiryPayment:
		if text(body, "paymentStatus") == "AUTH_SUCCESS" {
			body["paymentStatus"] = "SUCCESS"
		}
	case wire.OpNotifyPayment:
		result := object(body, "paymentResult")
		body["notifyType"] = "PAYMENT_RESULT"
		if text(result, "resultStatus") == "U" {
			body["notifyType"] = "PAYMENT_PENDING"
			result["resultStatus"], result["resultCode"], result["resultMessage"] = "S", "SUCCESS", "success"
		}
		rename(body, "paymentResult", "result")
	case "notifyRefund":
		delete(body, "paymentId")
		body["notifyType"] = "REFUND_RESULT"
		body["result"] = map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}
	case "notifyCapture":
		body["notifyType"] = "CAPTURE_RESULT"
		rename(body, "captureResult", "result")
	}
	return nil
}
