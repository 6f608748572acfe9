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
	SuperQiEscrow      = "51051000101000100008" // held until the merchant confirms
)

const (
	superQiPay     = "https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_pay"
	superQiAccept  = "https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_merchantAccept"
	superQiConfirm = "https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_confirm"
	superQiVoid    = "https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_void"
	superQiLibrary = "https://github.com/Qi-Mobile/libsuperqi"
	superQiDemo    = "https://github.com/Qi-Mobile/superqi-demo-miniapp"
	superQiProxy   = "https://github.com/MouamleH/superqi-proxy"
)

func init() { register(SuperQi) }

// SuperQi returns the profile of SuperQi, Iraq, which pays in IQD. IQD has
// three decimals: 1,000 IQD are 1,000,000 fils on the wire.
//
// Known: the shapes of v2 under v1 paths, without a gateway prefix; productCode
// decides between purchase, reservation, agreement and escrow, also if the request
// has the payer's access token as paymentAuthCode; order has a description and the
// buyer, whose referenceBuyerId is the user's id; times with seconds and an offset;
// raw base64. The statuses of a payment are PROCESSING, AUTH_SUCCESS, SUCCESS and
// FAIL. Merchants send no appId, so the profile does not require one. A void without
// an amount gives back all that is left, a void of a part needs one.
//
// voidNotifyUrl, the URL for reports of voids, belongs to pay: the SDK sends
// CreateOrderRequest.VoidNotifyURL there, and does not send VoidRequest.NotifyURL.
//
// A message to the payer of an access token has a title, a body and a URL, in the
// inbox or as a push; the token needs the scope NOTIFICATION_INBOX or
// NOTIFICATION_PUSH. An agreement needs PrepareRequest.ExtendInfo, such as
// {"contractDesc": "…"}, and the mini program opens it with
// my.call("qicardSignContract").
//
// Escrow: create the order with SuperQiEscrow as its ProductCode. Once it is paid, it
// is StatusAuthorized. AcceptOrder says that you can deliver; ConfirmOrder takes the
// money, once and whole, when the payer has the goods. Void and CancelOrder give it
// back before that. Give the PaymentID, which the documents require. The page on
// confirm writes confrimRequestId, confrimId and confrimTime; a client writes
// confirmRequestId, which the profile follows, and the SDK reads both answers. If
// SuperQi rejects the name, add the other one with ConfirmRequest.Extra.
//
// Not documented: the product code of an escrow on the pages that we found; whether a
// payment can be confirmed that is not accepted; how long the wallet holds the money,
// and whether it then returns it or pays it out; the shapes of capture and notifyVoid.
//
// Sources: https://superqi.qi-mobile.tech/development/backend,
// https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment,
// https://superqi-dev-docs.pages.dev/llms-full.txt, the pages beside
// https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_pay.
// Evidence: runs in merchants' code; contradicted: the spelling of confirm's members. Not tested live.
func SuperQi() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "SuperQi", "IQ"
	w.Sources = []string{
		"https://superqi.qi-mobile.tech/development/backend",
		"https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment",
		"https://superqi-dev-docs.pages.dev/llms-full.txt",
		superQiPay, superQiAccept, superQiConfirm, superQiVoid,
		"https://miniapps.qi.iq/docs/miniprogram_qineo/mpdev/v1_sendinbox",
	}
	w.Evidence = evidence(w.Sources[0], superQiFacts...)
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Routes.BaseURLs = map[string]string{"production": "https://gateway.banqi.qi.iq"}
	w.Routes.Paths = map[wire.Operation]string{
		"merchantAccept":         "payments/merchantAccept",
		"confirm":                "payments/confirm",
		"inquiryUserCardList":    "users/inquiryUserCardList",
		"inquiryUserAccountList": "users/inquiryUserAccountList",
		wire.OpSendMessage:       "messages/sendInbox",
		sendPush:                 "messages/sendPush",
	}
	w.Routes.SignJSAPI = "qicardSignContract"
	w.Signing.Encoding = wire.EncodingBase64
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.AppID = false
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Quirks.VoidURLWithOrder = true
	w.Quirks.TextMessages = true
	w.Products = wire.Products{
		Cashier: SuperQiPurchase, Authorize: SuperQiAuthCapture, Agreement: SuperQiAgreement, Escrow: SuperQiEscrow,
	}
	w.Shaper = shaper.Hooks{Request: superQiRequest, UndoRequest: superQiUndoRequest}
	return w
}

var superQiFacts = []wire.Fact{
	{
		About: "messages", Known: "running",
		Says: "The wallet's own demo sends the common templates with Title, Content and Url to messages/sendInbox " +
			"and " +
			"messages/sendPush.",
		Source: superQiDemo,
	},
	{
		About: "agreement", Known: "running",
		Says: "The wallet's own demo prepares an agreement with scopes and extendInfo, and opens the page with " +
			"qicardSignContract and authUrl.",
		Source: superQiDemo,
	},
	{
		About: "paths", Known: "running",
		Says: "The wallet's own library calls the v1 paths without a prefix, the lists of cards and accounts " +
			"among them.",
		Source: superQiLibrary,
	},
	{
		About: "time", Known: "running",
		Says: "The wallet's own library and merchants' code write seconds with an offset.", Source: superQiLibrary,
	},
	{
		About: "encoding", Known: "running",
		Says: "The wallet's own library and merchants' code write raw base64.", Source: superQiLibrary,
	},
	{
		About: "label", Known: "running",
		Says:   "The wallet's own library writes algorithm=RSA256 and keyVersion=1, with a space after each comma.",
		Source: superQiLibrary,
	},
	{
		About: "hosts", Known: "running",
		Says: "Two independent integrators have the same gateway in their configuration.", Source: superQiProxy,
	},
	{
		About: "buyer", Known: "running",
		Says: "All code puts the user's id into buyer.referenceBuyerId, where a sample of the documents has the " +
			"access " +
			"token.",
		Source: superQiDemo,
	},
	{
		About: "product code", Known: "running",
		Says: "The wallet's own library sends the access token as paymentAuthCode with a purchase, too, and gets a " +
			"payment URL.",
		Source: superQiLibrary,
	},
	{
		About: "escrow", Known: "agreed",
		Says: "The wallet's pages and integrators' clients accept and confirm; the pages by paymentId, the " +
			"clients by " +
			"paymentRequestId, too.",
		Source: superQiAccept,
	},
	{
		About: "escrow product code", Known: "one client",
		Says: "A client has the product code of an escrow; no page that we found lists it.", Source: superQiLibrary,
	},
	{
		About: "confirm", Known: "contradicted",
		Says: "The page writes confrimRequestId, confrimId and confrimTime, a client confirmRequestId, confirmId and " +
			"confirmTime, which the profile follows.",
		Source: superQiConfirm,
	},
	{
		About: "void", Known: "running",
		Says:   "A void has paymentId and voidRequestId; the amount is for a part only.",
		Source: superQiVoid,
	},
	{
		About: "notification", Known: "running",
		Says:   "A pasted notification has paymentResult, paymentCreateTime and extendInfo, and no paymentStatus.",
		Source: "https://github.com/Gini-Cars/qi-card",
	},
	{
		About: "user", Known: "running",
		Says: "The user's data has birthDate, a secondName and a thirdName, and " +
			"userNameInArabic.", Source: superQiLibrary,
	},
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
