package wallets

import (
	"errors"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

// Product codes that Rebell's documents show. Rebell assigns them: name yours
// in CreateOrderRequest.ProductCode.
const (
	RebellCashier   = "51051000000011"      // of the page on pay, v1
	RebellAgreement = "5105010010000100040" // of the page on pay, v2
)

func init() {
	register(RebellV1)
	register(RebellV2)
}

// RebellV1 returns the profile of version 1 of Rebell's API, Europe, which pays
// in EUR, two decimals.
//
// Known: the shapes of v2 under v1 paths, without a gateway prefix; times in
// UTC with Z, at most 5 minutes off; the label SHA256withRSA; base64url; keys
// rotate by keyVersion; the URL is redirectActionForm.redirectionUrl. With the
// field cashierNotifyUrl (CreateOrderRequest.Extra), Rebell may accept a pay
// without a URL, and sends the cashier's URL there later: as cashierUrl of a
// notifyCashierUrl that names both ids. The order then has no PaymentURL, and a
// notification of kind NotificationCashierURL brings it.
//
// The documents disagree with each other. The guide to authentication requires
// base64url, UTC and SHA256withRSA; the page on calling the API shows plain
// base64, an offset, and elsewhere RSA256. The data dictionary of v1 has
// amounts as strings, the pages on other products as numbers. The profile
// follows the guide and the dictionary.
//
// The page on webhooks lists the headers Request-Time and Signature, and not
// Client-Id, which the signature covers: if it is missing, the SDK verifies with
// the merchant's own.
//
// A message goes to MessageRequest.UserID, with a title and a body, in the inbox or as
// a push; give further members of the page, such as the URL to open, by their names in
// Extra. An agreement needs PrepareRequest.ReferenceClientID; its ExtendInfo may have
// contractTitle, contractDesc, agreedAmount, startTime and contractStatusNotifyUrl.
//
// Not documented: capture, void and cancel of mini-program payments. The page on
// the notification with the cashier's URL is one of v2.
//
// Sources: https://docs.rebellapp.com/openapis/v1/payments/pay,
// https://docs.rebellapp.com/openapis/v1/data-dictionary,
// https://docs.rebellapp.com/openapis/payments/notifyCashierUrl,
// https://docs.rebellapp.com/payment-integration/authentication-deep-dive.
// Evidence: from documents. Not tested live.
func RebellV1() wire.Profile {
	w := rebell()
	w.Name = "Rebell v1"
	w.Sources = append([]string{
		"https://docs.rebellapp.com/openapis/v1/payments/pay",
		"https://docs.rebellapp.com/openapis/v1/data-dictionary",
		"https://docs.rebellapp.com/openapis/payments/notifyCashierUrl",
	}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], rebellFacts()...)
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	w.Quirks.LateURL = true
	return w
}

// RebellV2 returns the profile of version 2 of Rebell's API, Europe, which pays
// in EUR, two decimals.
//
// Known: signatures, times, keys, messages and agreements as in [RebellV1]. The page on pay describes
// payments by agreement, with the user's token in accessToken: the profile puts
// CreateOrderRequest.PaymentAuthCode there.
//
// Not documented: whether v2 pays in the cashier, too; the gateway prefix of v2.
// The profile keeps the platform's shapes and its prefix /api/open. A path in
// Config.BaseURL replaces the prefix.
//
// Sources: https://docs.rebellapp.com/openapis/payments/pay,
// https://docs.rebellapp.com/payment-integration/authentication-deep-dive.
// Evidence: from documents. Not tested live.
func RebellV2() wire.Profile {
	w := rebell()
	w.Name = "Rebell v2"
	w.Sources = append([]string{"https://docs.rebellapp.com/openapis/payments/pay"}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], rebellFacts()...)
	w.Routes.Prefix, w.Routes.Version = "/api/open", "v2"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	request := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "paymentAuthCode", "accessToken")
		}
		return rebellRequest(op, body)
	}
	undo := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "accessToken", "paymentAuthCode")
		}
		return rebellUndoRequest(op, body)
	}
	w.Shaper = shaper.Hooks{
		Request: request, Response: rebellResponse, UndoRequest: undo, UndoResponse: rebellUndoResponse,
	}
	return w
}

// rebellFacts is what is known beside the subjects of every wallet.
func rebellFacts() []wire.Fact {
	return []wire.Fact{{
		About: "messages", Known: "documents",
		Says: "A message has targetUserId, title and body, in the inbox or as a push; U SENDING says that it is queued " +
			"and will be delivered.",
		Source: "https://docs.rebellapp.com/openapis/messages/sendInbox",
	}, {
		About: "agreement", Known: "documents",
		Says: "Prepare requires referenceClientId of at most 16 characters, and its own sample has 19; the SDK does not " +
			"count them.",
		Source: "https://docs.rebellapp.com/openapis/authorizations/prepare",
	}}
}

// rebell is what both versions have in common.
func rebell() wire.Profile {
	w := PlatformV2()
	w.Sources = []string{
		"https://docs.rebellapp.com/payment-integration/authentication-deep-dive",
		"https://docs.rebellapp.com/payment-integration/authentication-environments",
		"https://docs.rebellapp.com/payment-integration/webhooks",
	}
	w.Signing.NotifiesWithoutClientID = true
	w.Routes.BaseURLs = map[string]string{
		"production": "https://api.rebellapp.com",
		"sandbox":    "https://sandbox-api.rebellapp.com",
	}
	w.Signing.AlgorithmLabel = "SHA256withRSA"
	w.Signing.Encoding = wire.EncodingBase64URL
	w.Signing.TimeFormat = wire.TimeUTC
	w.Requirements.AppID = false
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpSendMessage: "/v2/messages/sendInbox", sendPush: "/v2/messages/sendPush",
	}
	w.Quirks.TextMessages = true
	w.Shaper = shaper.Hooks{
		Request: rebellRequest, Response: rebellResponse, UndoRequest: rebellUndoRequest, UndoResponse: rebellUndoResponse,
	}
	return w
}

const rebellName = "Rebell"

func rebellRequest(op wire.Operation, body map[string]any) error {
	switch {
	case op == wire.OpPrepare && text(body, "referenceClientId") == "":
		return required(rebellName, "ReferenceClientID", "give the id of your business")
	case !isMessage(op):
		return nil
	case text(body, "targetUserId") == "":
		return required(rebellName, "UserID", "give the UserID of ApplyToken")
	case op == sendPush && utf8.RuneCountInString(text(body, "title")) > 64:
		return &wire.FieldError{Field: "Title", Rule: "of a push must have at most 64 characters", Remedy: "shorten it"}
	case op == sendPush && utf8.RuneCountInString(text(body, "body")) > 256:
		return &wire.FieldError{Field: "Body", Rule: "of a push must have at most 256 characters",
			Remedy: "shorten it, or use the inbox"}
	}
	delete(body, "accessToken") // targetUserId says who
	delete(body, "redirectUrl")
	return nil
}

func rebellUndoRequest(op wire.Operation, body map[string]any) error {
	switch {
	case op == wire.OpPrepare && text(body, "referenceClientId") == "":
		return errors.New("referenceClientId is missing")
	case isMessage(op) && text(body, "targetUserId") == "":
		return errors.New("targetUserId is missing")
	}
	return nil
}

// rebellResponse reads U SENDING as accepted: the pages say of it that the message is
// queued and will be delivered.
func rebellResponse(op wire.Operation, body map[string]any) error {
	result := object(body, "result")
	queued := text(result, "resultStatus") == "U" && text(result, "resultCode") == "SENDING"
	if isMessage(op) && queued {
		result["resultStatus"] = "A"
	}
	return nil
}

func rebellUndoResponse(op wire.Operation, body map[string]any) error {
	result := object(body, "result")
	if isMessage(op) && text(result, "resultStatus") == "A" {
		result["resultStatus"], result["resultCode"] = "U", "SENDING"
	}
	return nil
}
