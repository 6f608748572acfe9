package wallets

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

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
// their name. The pages write booleans as texts, and Antom's own SDK sends JSON
// booleans: the profile sends those, and reads both.
//
// What the profile changes: order.env is the member env; a reservation is
// paymentFactor.isAuthorization with captureMode MANUAL, without which Antom
// captures it at once; the token of an agreement payment is
// paymentMethod.paymentMethodId, for which CreateOrderRequest.Extra must hold
// paymentMethod with its paymentMethodType; a capture names its amount. Antom
// usually answers a pay with U PAYMENT_IN_PROCESS: with a URL, the profile reads
// that as accepted. If there is a normalUrl, it goes to my.tradePay. A payment
// with authExpiryTime and no capture among its transactions is authorized, not
// paid, though paymentStatus is SUCCESS. PENDING means that the payer has done
// all, and that the result is still to come: it is not paid. FailReason is
// paymentResultCode. In a notification, result says the outcome only if
// notifyType is PAYMENT_RESULT: with PAYMENT_PENDING, S means that the payment is
// under way. You can also set the notify URL in Antom's dashboard; the one of the
// request wins. Antom does not require a signed acknowledgement; the SDK signs it
// anyway.
//
// Agreements: Prepare is authorizations/consult. It needs RedirectURL, State and
// the user's wallet as SiteName, such as GCASH (Config.SiteName or
// tradepay.Client.ForSite); so does ApplyToken need SiteName. Separate several
// Scopes by commas, at most four. The page's env is a MINI_APP; for another one,
// put env into PrepareRequest.Extra, with an osType where the terminal is not WEB.
// Authorization.AuthURL is normalUrl, else schemeUrl, else applinkUrl; Raw has all
// of them. CancelToken is authorizations/revoke.
//
// Not documented on these pages: payment in a mini program without
// paymentMethod, which Antom requires elsewhere (Extra); a payment by agreement
// through the same page.
//
// Not supported: void, which the API does not list; cancel releases a
// reservation.
//
// Sources: https://docs.antom.com/ac/ams/digital_signature,
// https://docs.antom.com/ac/ams/payment_cashier,
// https://docs.antom.com/ac/ams/paymentrn_online,
// https://docs.antom.com/ac/merchant_service/notification,
// https://docs.antom.com/ac/ams/authconsult,
// https://docs.antom.com/ac/cashierpay/capture,
// https://docs.alipayplus.com/alipayplus/alipayplus/integration_cashier_acq/cashier_with_mini_program,
// https://github.com/alipay/global-open-sdk-go.
// Evidence: runs in merchants' code; contradicted: whether booleans are texts. Not tested live.
func Antom() wire.Profile {
	w := PlatformV2()
	w.Name = antomName
	w.Sources = []string{
		"https://docs.antom.com/ac/ams/digital_signature",
		"https://docs.antom.com/ac/ams/payment_cashier",
		"https://docs.antom.com/ac/ams/paymentrn_online",
		"https://docs.antom.com/ac/merchant_service/notification",
		"https://docs.antom.com/ac/ams/authconsult",
		"https://docs.antom.com/ac/cashierpay/capture",
		"https://docs.alipayplus.com/alipayplus/alipayplus/integration_cashier_acq/cashier_with_mini_program",
		antomSDK,
	}
	w.Evidence = evidence(w.Sources[0], antomFacts...)
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
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Words.Statuses = map[string]string{"PENDING": "PROCESSING"}
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

// antomSDK is Antom's own client in Go, which talks to Antom in production.
const antomSDK = "https://github.com/alipay/global-open-sdk-go"

var antomFacts = []wire.Fact{
	{
		About: "paths", Known: "running", Source: antomSDK,
		Says: "The paths are those of Antom's own SDK, with authorizations/consult and revoke, and none for void; " +
			"it puts /ams/sandbox/api before them for client ids that begin with SANDBOX_.",
	},
	{
		About: "signed content", Known: "running", Source: antomSDK,
		Says: "Antom's own SDK signs the platform's content, with the whole path.",
	},
	{
		About: "time", Known: "running", Source: antomSDK,
		Says: "The SDKs in Go and Java send Unix milliseconds, those in Python and PHP ISO 8601; Antom reads both.",
	},
	{
		About: "encoding", Known: "running", Source: antomSDK,
		Says: "Antom's own SDK percent-encodes base64, and puts no space after the commas.",
	},
	{About: "label", Known: "running", Source: antomSDK, Says: "Antom's own SDK writes RSA256."},
	{
		About: "shapes", Known: "running", Source: antomSDK,
		Says: "The env is next to the order, and isAuthorization and captureMode in paymentFactor.",
	},
	{
		About: "booleans", Known: "contradicted", Source: "https://docs.antom.com/ac/cashierpay/dispute",
		Says: "The pages write booleans as texts, the SDK and a sample of the pages as JSON booleans; the profile " +
			"sends JSON booleans, and reads both.",
	},
	{
		About: "payment status", Known: "running", Source: "https://docs.antom.com/ac/ams/paymentri_online",
		Says: "PENDING is a status of an inquiry: the payer is done, and the result is awaited.",
	},
	{
		About: "reasons of failure", Known: "running", Source: "https://docs.antom.com/ac/ams/paymentri_online",
		Says: "An inquiry tells the reason as paymentResultCode and paymentResultMessage.",
	},
	{
		About: "reservations", Known: "running", Source: "https://docs.antom.com/ac/cashierpay/capture",
		Says: "The default of captureMode captures a reservation at once; with MANUAL, the merchant captures it.",
	},
	{
		About: "agreements", Known: "running", Source: "https://docs.antom.com/ac/ams/authconsult",
		Says: "The page on consult demands customerBelongsTo, authRedirectUrl, authState, env and a list of scopes " +
			"at the top of the message, that on applyToken customerBelongsTo; the URL to open is normalUrl.",
	},
	{
		About: "notifications", Known: "running", Source: antomSDK,
		Says: "Antom's own SDK reads results of payments, refunds and captures by notifyType, and news of " +
			"authorizations and disputes by types of their own; only PAYMENT_RESULT tells the outcome of a payment.",
	},
	{
		About: "acknowledgements", Known: "documents",
		Source: "https://docs.antom.com/ac/merchant_service/notification",
		Says:   "An acknowledgement need not be signed.",
	},
	{
		About: "expiry", Known: "documents", Source: "https://docs.antom.com/ac/auto_debit/integration_guide",
		Says: "A payment that expires is notified as failed.",
	},
}

func antomRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPay:
		return antomPay(body)
	case wire.OpCapture:
		if body["captureAmount"] == nil {
			return required(antomName, "Amount", "name the amount to capture")
		}
	case wire.OpPrepare:
		return antomConsult(body)
	case wire.OpApplyToken:
		return antomSite(body)
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
			factor["isAuthorization"] = on
			if on && factor["captureMode"] == nil {
				factor["captureMode"] = antomManual
			}
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

// antomManual is the captureMode of a reservation that the merchant captures.
const antomManual = "MANUAL"

// antomConsult writes the request for the page on which a user agrees.
func antomConsult(body map[string]any) error {
	if err := antomSite(body); err != nil {
		return err
	}
	scopes := strings.FieldsFunc(text(body, "scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case text(body, "authRedirectUrl") == "":
		return required(antomName, "RedirectURL", "give the URL to which the user returns")
	case text(body, "authState") == "":
		return required(antomName, "State", "give a random text, and compare it when the user returns")
	case len(scopes) == 0 || len(scopes) > antomMaxScopes:
		return &wire.FieldError{Field: "Scopes", Rule: "must be one to four scopes", Remedy: "separate them by commas"}
	}
	list := make([]any, len(scopes))
	for i, scope := range scopes {
		list[i] = scope
	}
	body["scopes"] = list
	if body["env"] == nil {
		body["env"] = map[string]any{"terminalType": "MINI_APP"}
	}
	return nil
}

const antomMaxScopes = 4

// antomSite moves the name of the user's wallet to the top of the message.
func antomSite(body map[string]any) error {
	if err := raiseSite(body); err != nil {
		return err
	}
	if text(body, "customerBelongsTo") == "" {
		return required(antomName, "SiteName", "set Config.SiteName, or call through ForSite with the user's wallet")
	}
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
		if text(body, "paymentStatus") == "FAIL" && body["paymentFailReason"] == nil {
			body["paymentFailReason"] = cmp.Or(text(body, "paymentResultCode"), text(body, "paymentResultMessage"))
		}
	case wire.OpPrepare:
		body["authUrl"] = cmp.Or(text(body, "normalUrl"), text(body, "schemeUrl"), text(body, "applinkUrl"),
			text(body, "authUrl"))
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
		if factor := object(body, "paymentFactor"); factor["isAuthorization"] != nil {
			rename(factor, "isAuthorization", "isAuthorizationPayment")
			boolean(factor, "isAuthorizationPayment")
			if text(factor, "captureMode") != antomManual {
				delete(factor, "isAuthorizationPayment") // Antom captures it at once
			}
		}
		method := object(body, "paymentMethod")
		byAgreement := text(body, "productCode") == AntomAgreement && text(method, "paymentMethodId") != ""
		if byAgreement {
			rename(method, "paymentMethodId", "paymentAuthCode")
			body["paymentAuthCode"] = method["paymentAuthCode"]
			delete(method, "paymentAuthCode")
		}
	case wire.OpCapture:
		boolean(body, "isLastCapture")
	case wire.OpPrepare:
		return antomUndoConsult(body)
	case wire.OpApplyToken:
		if text(body, "customerBelongsTo") == "" {
			return errors.New("customerBelongsTo is missing")
		}
		return lowerSite(body)
	}
	return nil
}

// boolean makes a boolean of a member that is one as a text.
func boolean(body map[string]any, name string) {
	switch body[name] {
	case "true":
		body[name] = true
	case "false":
		body[name] = false
	}
}

func antomUndoConsult(body map[string]any) error {
	for _, name := range []string{"customerBelongsTo", "authRedirectUrl", "authState"} {
		if text(body, name) == "" {
			return fmt.Errorf("%s is missing", name)
		}
	}
	// Requests of an older form have the terminal at the top of the message.
	if cmp.Or(text(object(body, "env"), "terminalType"), text(body, "terminalType")) == "" {
		return errors.New("env.terminalType is missing")
	}
	list, _ := body["scopes"].([]any)
	if len(list) == 0 || len(list) > antomMaxScopes {
		return errors.New("scopes must be a list of one to four texts")
	}
	scopes := make([]string, len(list))
	for i, scope := range list {
		var ok bool
		if scopes[i], ok = scope.(string); !ok {
			return errors.New("scopes must be a list of one to four texts")
		}
	}
	body["scopes"] = strings.Join(scopes, ",")
	return lowerSite(body)
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
		switch text(body, "paymentStatus") {
		case "FAIL":
			rename(body, "paymentFailReason", "paymentResultCode")
		case "SUCCESS":
			body["paymentResultCode"] = "SUCCESS"
		}
	case wire.OpPrepare:
		rename(body, "authUrl", "normalUrl")
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
