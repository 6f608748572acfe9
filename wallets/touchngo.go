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

func init() { register(TouchNGo) }

// TouchNGo returns the profile of Touch 'n Go eWallet mini programs, Malaysia,
// which pay in MYR, two decimals.
//
// Known: the v1 dialect below /acl/api; times with seconds and an offset;
// percent-encoded base64; paymentFactor.isCashierPayment; the URL is
// actionForm.redirectionUrl. It differs from the v1 portal in two ways: a
// client's sample sends no extendInfo, so the profile requires no site name, and
// the notification that the client logged has the outcome in paymentResult, as
// those of v2 wallets have. That client signs its acknowledgement over
// /acl/api/v1/payments/notifyPayment and not over its own path: if
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
// Not documented: the production base URL, which the wallet gives you when you go
// live; capture and void; whether extraParams.ORDER may be an object, as in that
// client's sample, instead of JSON in a string. The SDK sends the string.
//
// Sources: https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/edgctc
// and the pages beside it, such as
// https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/v1_auth_prepare.
// Evidence: from documents; contradicted: agreement. Not tested live.
func TouchNGo() wire.Profile {
	w := PlatformV1()
	w.Name, w.Country = "Touch 'n Go", "MY"
	w.Sources = []string{"https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/edgctc"}
	pages := strings.TrimSuffix(w.Sources[0], "edgctc")
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "agreement", Known: "contradicted",
		Says: "An integrator's client prepares an agreement with referenceClientId and partnerId alone, the page requires " +
			"six members more and names the id authClientId; the profile sends both names and what the caller gives.",
		Source: pages + "v1_auth_prepare",
	}, wire.Fact{
		About: "messages", Known: "documents",
		Says: "A message has the members of the platform's under another path, and its answer has no messageId; an " +
			"integrator's client calls the same path with a text instead.",
		Source: pages + "v2_miniprogram_send",
	})
	w.Routes.Prefix = "/acl/api"
	w.Routes.BaseURLs = map[string]string{"sandbox": "https://api-sd.tngdigital.com.my"}
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.SiteName = false
	w.Products.Cashier, w.Products.Agreement = TouchNGoCashier, TouchNGoAgreement
	w.Quirks.PartnerIDWithPrepare = true
	w.Routes.Paths[wire.OpSendMessage] = "/v2/customers/message/sendByAccessToken"
	w.Shaper = shaper.Hooks{
		Request: touchNGoRequest, Response: touchNGoResponse,
		UndoRequest: touchNGoUndoRequest, UndoResponse: touchNGoUndoResponse,
	}
	return w
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
