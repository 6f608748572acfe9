package wallets

import (
	"errors"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

// Product codes of SuperQi.
const (
	SuperQiPurchase    = "51051000101000000011" // online purchase
	SuperQiAuthCapture = "51051000101000000012" // online purchase, reserved first
	SuperQiAgreement   = "51051000101000100031" // payment by an access token
)

const superQiDemo = "https://github.com/Qi-Mobile/superqi-demo-miniapp"

func init() { register(SuperQi) }

// SuperQi returns the profile of SuperQi, Iraq, which pays in IQD. IQD has
// three decimals: 1,000 IQD are 1,000,000 fils on the wire.
//
// Known: the shapes of v2 under v1 paths, without a gateway prefix; productCode
// decides between purchase, reservation and agreement; order has a description
// and the buyer; times with seconds and an offset; raw base64. The statuses of
// a payment are PROCESSING, AUTH_SUCCESS, SUCCESS and FAIL. The samples have no
// appId, so the profile does not require one.
//
// voidNotifyUrl, the URL for reports of voids, belongs to pay: the SDK sends
// CreateOrderRequest.VoidNotifyURL there, and does not send VoidRequest.NotifyURL.
// The sample of pay puts the user's access token into buyer.referenceBuyerId,
// where other wallets want the user's id: set Order.Buyer.ID to what SuperQi tells
// you.
//
// A message to the payer of an access token has a title, a body and a URL, in the
// inbox or as a push; the token needs the scope NOTIFICATION_INBOX or
// NOTIFICATION_PUSH. An agreement needs PrepareRequest.ExtendInfo, such as
// {"contractDesc": "…"}, and the mini program opens it with
// my.call("qicardSignContract").
//
// Not documented in public: base URLs; the shapes of capture, void and
// notifyVoid; escrow, for which no page that we found names a product code or an
// operation. So there is no constant for it: give what SuperQi tells you to
// CreateOrderRequest.ProductCode and tradepay.Client.Call.
//
// Sources: https://superqi.qi-mobile.tech/development/backend,
// https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment,
// https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_sendinbox.
// Evidence: runs in merchants' code. Not tested live.
func SuperQi() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "SuperQi", "IQ"
	w.Sources = []string{
		"https://superqi.qi-mobile.tech/development/backend",
		"https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment",
		"https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_sendinbox",
	}
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "messages", Known: "running",
		Says: "The wallet's own demo sends the common templates with Title, Content and Url to messages/sendInbox and " +
			"messages/sendPush.",
		Source: superQiDemo,
	}, wire.Fact{
		About: "agreement", Known: "running",
		Says: "The wallet's own demo prepares an agreement with scopes and extendInfo, and opens the page with " +
			"qicardSignContract and authUrl.",
		Source: superQiDemo,
	})
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Signing.Encoding = wire.EncodingBase64
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.AppID = false
	w.Quirks.VoidURLWithOrder = true
	w.Products = wire.Products{Cashier: SuperQiPurchase, Authorize: SuperQiAuthCapture, Agreement: SuperQiAgreement}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpSendMessage: "messages/sendInbox", sendPush: "messages/sendPush",
	}
	w.Routes.SignJSAPI = "qicardSignContract"
	w.Quirks.TextMessages = true
	w.Shaper = shaper.Hooks{Request: superQiRequest, UndoRequest: superQiUndoRequest}
	return w
}

// superQiTemplates are the templates that every mini program has.
var superQiTemplates = map[wire.Operation]string{
	wire.OpSendMessage: "MINI_APP_COMMON_INBOX", sendPush: "MINI_APP_COMMON_PUSH",
}

// superQiTexts are the variables of these templates, by the member of the text.
var superQiTexts = map[string]string{"title": "Title", "body": "Content", "redirectUrl": "Url"}

func superQiRequest(op wire.Operation, body map[string]any) error {
	switch {
	case op == wire.OpPrepare && text(body, "extendInfo") == "":
		return required("SuperQi", "ExtendInfo", `describe the agreement like {"contractDesc": "…"}`)
	case !isMessage(op):
		return nil
	case text(body, "accessToken") == "":
		return required("SuperQi", "AccessToken", "get it with ApplyToken; the payer must have agreed to messages")
	}
	delete(body, "targetUserId") // the token says who
	parameters := make(map[string]any)
	for member, variable := range superQiTexts {
		if value, ok := body[member]; ok {
			parameters[variable] = value
			delete(body, member)
		}
	}
	body["templateCode"] = superQiTemplates[op]
	body["templates"] = []any{map[string]any{"templateParameters": parameters}}
	return nil
}

func superQiUndoRequest(op wire.Operation, body map[string]any) error {
	if op == wire.OpPrepare && text(body, "extendInfo") == "" {
		return errors.New("extendInfo is missing")
	}
	if !isMessage(op) || text(body, "templateCode") != superQiTemplates[op] {
		return nil // the wallet has no such template
	}
	list, _ := body["templates"].([]any)
	if len(list) != 1 {
		return errors.New("templates must hold one template")
	}
	template, _ := list[0].(map[string]any)
	parameters := object(template, "templateParameters")
	for member, variable := range superQiTexts {
		if value, ok := parameters[variable]; ok {
			body[member] = value
		}
	}
	delete(body, "templates")
	delete(body, "templateCode")
	return nil
}
