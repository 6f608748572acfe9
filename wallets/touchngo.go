package wallets

import (
	"errors"
	"strings"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

// Product codes of Touch 'n Go.
const (
	TouchNGoCashier   = "51051000101000100001" // payment in the cashier
	TouchNGoAgreement = "51051000101000100031" // payment by an access token
)

const (
	touchNGoPages = "https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/"
	touchNGoSDK   = "https://github.com/laraditz/tng-ewallet"
	// touchNGoMerchants is where merchants' code and a notification that it logged are.
	touchNGoMerchants = "https://github.com/search?type=code&q=%22%2Facl%2Fapi%2Fv1%2Fpayments%2Fpay%22"
)

func init() { register(TouchNGo) }

// TouchNGo returns the profile of Touch 'n Go eWallet mini programs, Malaysia,
// which pay in MYR, two decimals.
//
// Known: the v1 dialect below /acl/api; times with seconds and an offset;
// percent-encoded base64, as a merchant sends it whose payment was notified (an
// integrator sends milliseconds and base64url, so both pass);
// paymentFactor.isCashierPayment; extraParams.ORDER is an object, as that merchant
// sends it; the URL is actionForm.redirectionUrl, often over 255 characters. User
// information is at customers/user/inquiryUserInfoByAccessToken. It differs from the
// v1 portal in two ways: merchants send no extendInfo, so the profile requires no
// site name, and a notification has the outcome in paymentResult, and neither
// paymentStatus nor partnerId.
//
// paymentReturnUrl (CreateOrderRequest.RedirectURL) is not for your mini program
// alone: the payer's browser sends it a POST with the form field payreturnresult,
// such as 9000 and the paymentId with a colon between them. Nobody signs that: show
// a page, and ask with QueryOrder.
//
// That merchant signs its acknowledgement over /acl/api/v1/payments/notifyPayment
// and not over its own path, an integrator verifies notifications over its own: if
// notifications do not verify, try
// Config.NotifyPath "/acl/api/v1/payments/notifyPayment".
//
// A message to a payer fills in a template of the console; its answer has no
// messageId, and MessageRequest.URL has no place but in the template.
//
// An agreement is prepared with PrepareRequest.ReferenceClientID. Integrators' code
// sends referenceClientId and partnerId alone; the page requires authClientId,
// partnerReqId, authClientDisplayName, authRedirectUrl, authLogoUrl, scope (a list)
// and authState. The SDK sends the id under both names, the scopes as a list, and
// what you give of the rest: RedirectURL, State, and in Extra partnerReqId,
// authClientDisplayName and authLogoUrl.
//
// Not documented: capture and void. For a payment in a store, which is not what this
// SDK is for, an integrator names the product code 51051000101000100040.
//
// Sources: https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/edgctc
// and the pages beside it, such as
// https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/v1_auth_prepare.
// Evidence: runs in merchants' code; contradicted: the shape of the order, the
// agreement. Not tested live.
func TouchNGo() wire.Profile {
	w := PlatformV1()
	w.Name, w.Country = "Touch 'n Go", "MY"
	w.Sources = []string{touchNGoPages + "edgctc", touchNGoPages + "lab2r2", touchNGoPages + "rekqh-qm"}
	w.Evidence = evidence(w.Sources[0], touchNGoFacts()...)
	w.Routes.Prefix = "/acl/api"
	w.Routes.BaseURLs = map[string]string{
		"production": "https://api.tngdigital.com.my", "sandbox": "https://api-sd.tngdigital.com.my",
	}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpUserInfo:    "customers/user/inquiryUserInfoByAccessToken",
		wire.OpSendMessage: "/v2/customers/message/sendByAccessToken",
	}
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.SiteName = false
	w.Products.Cashier, w.Products.Agreement = TouchNGoCashier, TouchNGoAgreement
	w.Quirks.ObjectOrder = true
	w.Quirks.PartnerIDWithPrepare = true
	w.Shaper = shaper.Hooks{
		Request: touchNGoRequest, Response: touchNGoResponse,
		UndoRequest: touchNGoUndoRequest, UndoResponse: touchNGoUndoResponse,
	}
	return w
}

func touchNGoFacts() []wire.Fact {
	return []wire.Fact{
		{
			About: "agreement", Known: "contradicted", Source: touchNGoPages + "v1_auth_prepare",
			Says: "An integrator's client prepares an agreement with referenceClientId and partnerId alone, the " +
				"page requires " +
				"six members more and names the id authClientId; the profile sends both names and what the caller " +
				"gives.",
		},
		{
			About: "messages", Known: "documents", Source: touchNGoPages + "v2_miniprogram_send",
			Says: "A message has the members of the platform's under another path, and its answer has no " +
				"messageId; an " +
				"integrator's client calls the same path with a text instead.",
		},
		{
			About: "paths", Known: "running", Source: touchNGoMerchants,
			Says: "A payment at /acl/api/v1/payments/pay was paid and notified; an integrator found the prefix " +
				"missing and " +
				"added it.",
		},
		{
			About: "user information", Known: "agreed", Source: touchNGoPages + "lab2r2",
			Says: "The page and an integrator have customers/user/inquiryUserInfoByAccessToken.",
		},
		{
			About: "signed content", Known: "running", Source: touchNGoMerchants,
			Says: "It is the platform's, with the prefix in the path.",
		},
		{
			About: "time", Known: "running", Source: touchNGoMerchants,
			Says: "It has seconds and an offset; an integrator writes milliseconds, too.",
		},
		{
			About: "encoding", Known: "running", Source: touchNGoMerchants,
			Says: "Percent-encoded base64 was accepted; an integrator writes base64url, and the SDK reads both.",
		},
		{
			About: "label", Known: "running", Source: touchNGoMerchants,
			Says: "The label is RSA256, with a space after each comma, and keyVersion is 1 or 2.",
		},
		{
			About: "codes", Known: "running", Source: touchNGoMerchants,
			Says: "A payment in the cashier has the product code 51051000101000100001; an integrator has the same.",
		},
		{
			About: "shapes", Known: "contradicted", Source: touchNGoMerchants,
			Says: "A merchant whose payment was notified sends extraParams.ORDER as an object, the portal of the " +
				"dialect " +
				"has JSON in a string; the profile sends the object.",
		},
		{
			About: "notification", Known: "running", Source: touchNGoPages + "edgctc",
			Says: "The page and a logged notification have paymentResult, and neither paymentStatus nor partnerId.",
		},
		{
			About: "hosts", Known: "agreed", Source: touchNGoSDK,
			Says: "The integrator names the host of production, and all have the one of tests.",
		},
		{
			About: "return", Known: "running", Source: touchNGoMerchants,
			Says: "The payer's browser comes back with a POST, whose field payreturnresult is a code and the " +
				"paymentId.",
		},
		{
			About: "acknowledgement", Known: "one client", Source: touchNGoSDK,
			Says: "An integrator acknowledges without a signature; the SDK signs.",
		},
	}
}

func touchNGoRequest(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpSendMessage:
		delete(body, "redirectUrl")
	case wire.OpPrepare:
		id := text(body, "referenceClientId")
		if id == "" {
			return required("Touch 'n Go", "ReferenceClientID", "give the client id of your mini program")
		}
		if body["authClientId"] == nil { // otherwise Extra has another
			body["authClientId"] = id
		}
		var scopes []any
		for _, scope := range strings.Split(text(body, "scopes"), ",") {
			scopes = append(scopes, strings.TrimSpace(scope))
		}
		delete(body, "scopes")
		body["scope"] = scopes
	}
	return nil
}

func touchNGoUndoRequest(op wire.Operation, body map[string]any) error {
	if op != wire.OpPrepare {
		return nil
	}
	if text(body, "partnerId") == "" || text(body, "referenceClientId")+text(body, "authClientId") == "" {
		return errors.New("partnerId and referenceClientId, or authClientId, must be there")
	}
	list, _ := body["scope"].([]any)
	var scopes []string
	for _, item := range list {
		scope, _ := item.(string)
		scopes = append(scopes, scope)
	}
	delete(body, "scope")
	body["scopes"] = "AGREEMENT_PAY" // what integrators mean who send none
	if len(scopes) > 0 {
		body["scopes"] = strings.Join(scopes, ",")
	}
	rename(body, "authClientId", "referenceClientId")
	return nil
}

func touchNGoResponse(op wire.Operation, body map[string]any) error {
	if op == wire.OpPrepare {
		rename(body, "authURL", "authUrl")
	}
	return nil
}

func touchNGoUndoResponse(op wire.Operation, body map[string]any) error {
	switch op {
	case wire.OpPrepare:
		url := text(body, "authUrl")
		if url == "" {
			return nil
		}
		body["authId"] = url[strings.LastIndexByte(url, '/')+1:]
		rename(body, "authUrl", "authURL")
	case wire.OpSendMessage:
		delete(body, "messageId")
	}
	return nil
}
