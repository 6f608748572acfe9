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
	RebellAgreement = "5105010010000100040" // of the page on pay, v2; other pages have another one
)

const (
	rebellOverview    = "https://docs.rebellapp.com/openapis/overview"
	rebellGuide       = "https://docs.rebellapp.com/payment-integration/authentication-deep-dive"
	rebellRefundPage  = "https://docs.rebellapp.com/openapis/payments/refundApply"
	rebellRefunded    = "https://docs.rebellapp.com/openapis/payments/notifyRefund"
	rebellRefundedV1  = "https://docs.rebellapp.com/openapis/v1/payments/notifyRefund"
	rebellCapturePage = "https://docs.rebellapp.com/openapis/payments/capture"
	rebellVoidPage    = "https://docs.rebellapp.com/openapis/v1/payments/void"
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
// follows the guide and the dictionary. RebellAgreement has 19 digits on the pages
// on payments; the introduction has 51051000101000100040 with 20, which other
// wallets use in shops: ask Rebell for yours.
//
// Void releases all that is left, with voidRemainingAmount true, which the page on void
// has instead of an amount: the profile rejects a void of a part. The page on inquiring
// requires both ids: give both. Further members of pay (agreedAmount,
// serviceExpireTime, nextPaymentDate, extendInfo with channelSource, miniAppId and
// supportMultiConfirm) are for CreateOrderRequest.Extra and ExtendInfo.
//
// A message goes to MessageRequest.UserID, with a title and a body, in the inbox or as
// a push; give further members of the page, such as the URL to open, by their names in
// Extra. An agreement needs PrepareRequest.ReferenceClientID; its ExtendInfo may have
// contractTitle, contractDesc, agreedAmount, startTime and contractStatusNotifyUrl.
//
// The page on webhooks lists the headers Request-Time and Signature, and not
// Client-Id, which the signature covers: if it is missing, the SDK verifies with
// the merchant's own.
//
// Not documented: capture and cancel of mini-program payments in v1. The page on
// the notification with the cashier's URL is one of v2.
//
// Sources: https://docs.rebellapp.com/openapis/v1/payments/pay,
// https://docs.rebellapp.com/openapis/v1/data-dictionary,
// https://docs.rebellapp.com/openapis/payments/notifyCashierUrl,
// https://docs.rebellapp.com/openapis/v1/payments/void,
// https://docs.rebellapp.com/payment-integration/authentication-deep-dive.
// Evidence: from documents; contradicted: the label and encoding of signatures, the agreement code. Not tested live.
func RebellV1() wire.Profile {
	w := rebell()
	w.Name = "Rebell v1"
	w.Sources = append([]string{
		"https://docs.rebellapp.com/openapis/v1/payments/pay",
		"https://docs.rebellapp.com/openapis/v1/data-dictionary",
		"https://docs.rebellapp.com/openapis/payments/notifyCashierUrl",
		rebellVoidPage,
	}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], append(rebellFacts(), wire.Fact{
		About: "paths", Known: "documents",
		Says:   "The newer state of the overview has v1 without a prefix as the current version, the older one v2.",
		Source: rebellOverview,
	}, wire.Fact{
		About: "void", Known: "documents",
		Says: "A void has voidRemainingAmount true and no amount.", Source: rebellVoidPage,
	}, wire.Fact{
		About: "refund notification", Known: "documents", Source: rebellRefundedV1,
		Says: "A page has the notification of a refund, and none says how a refund names its URL; the profile " +
			"sends no refundNotifyUrl, and reads the notification.",
	})...)
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	w.Quirks.LateURL = true
	w.Shaper = shaper.Hooks{
		Request: rebellVoid, Response: rebellResponse, UndoRequest: rebellUndoVoid, UndoResponse: rebellUndoResponse,
	}
	return w
}

// rebellVoid names all that is left as the page on void does.
func rebellVoid(op wire.Operation, body map[string]any) error {
	switch {
	case op != wire.OpVoid:
		return rebellRequest(op, body)
	case body["voidAmount"] != nil:
		return notSupported("Rebell v1", "void of a part", rebellVoidPage)
	}
	body["voidRemainingAmount"] = true
	return nil
}

func rebellUndoVoid(op wire.Operation, body map[string]any) error {
	if op == wire.OpVoid && body["voidRemainingAmount"] != true {
		return errors.New("voidRemainingAmount must be true")
	}
	return rebellUndoRequest(op, body)
}

// RebellV2 returns the profile of version 2 of Rebell's API, Europe, which pays
// in EUR, two decimals.
//
// Known: signatures, times, keys, messages and agreements as in [RebellV1]. The page on pay describes
// payments by agreement, with the user's token in accessToken: the profile puts
// CreateOrderRequest.PaymentAuthCode there.
//
// A refund may name the URL of a notification about its end, refundNotifyUrl. The
// end of a contract is notified to the contractStatusNotifyUrl of its set-up.
//
// Refunds are applied for at payments/refundApply, by PaymentID. The prefix /api/open is
// that of an older state of the overview; the newer one describes v1. A path in
// Config.BaseURL replaces the prefix. Further members of agreements and payments are
// for Extra and ExtendInfo, as in [RebellV1].
//
// Not documented: whether v2 pays in the cashier, too; void and cancel in v2. The
// profile keeps the platform's shapes.
//
// Sources: https://docs.rebellapp.com/openapis/payments/pay,
// https://docs.rebellapp.com/openapis/payments/refundApply,
// https://docs.rebellapp.com/payment-integration/authentication-deep-dive.
// Evidence: from documents; contradicted: the label and encoding of signatures, the agreement code. Not tested live.
func RebellV2() wire.Profile {
	w := rebell()
	w.Name = "Rebell v2"
	w.Sources = append([]string{
		"https://docs.rebellapp.com/openapis/payments/pay", rebellRefundPage, rebellCapturePage,
	}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], append(rebellFacts(), wire.Fact{
		About: "paths", Known: "documents",
		Says:   "The older state of the overview has v2 below /api/open; the newer one describes v1.",
		Source: rebellOverview,
	}, wire.Fact{
		About: "refund", Known: "documents",
		Says: "The page applies for a refund at payments/refundApply, by paymentId.", Source: rebellRefundPage,
	}, wire.Fact{
		About: "refund notification", Known: "documents", Source: rebellRefunded,
		Says: "A refund may name a refundNotifyUrl, and how it ended comes there as refundStatus, with the ids " +
			"of refund and payment, and refundAmount.",
	})...)
	w.Routes.Prefix, w.Routes.Version = "/api/open", "v2"
	w.Routes.Paths[wire.OpRefund] = "payments/refundApply"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	request := func(op wire.Operation, body map[string]any) error {
		switch op {
		case wire.OpPay:
			rename(body, "paymentAuthCode", "accessToken")
		case wire.OpRefund:
			if body["paymentId"] == nil {
				return required("Rebell v2", "PaymentID", "take it from the order")
			}
		}
		return rebellRequest(op, body)
	}
	undo := func(op wire.Operation, body map[string]any) error {
		switch {
		case op == wire.OpPay:
			rename(body, "accessToken", "paymentAuthCode")
		case op == wire.OpRefund && body["paymentId"] == nil:
			return errors.New("paymentId is missing")
		}
		return rebellUndoRequest(op, body)
	}
	w.Shaper = shaper.Hooks{
		Request: request, Response: rebellResponse, UndoRequest: undo, UndoResponse: rebellUndoResponse,
	}
	w.Quirks.RefundNotifyURL = true
	return w
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
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpSendMessage: "/v2/messages/sendInbox", sendPush: "/v2/messages/sendPush",
	}
	w.Quirks.TextMessages = true
	w.Words.Codes = map[string]string{
		"ORDER_NOT_EXISTS":           "ORDER_NOT_EXIST",
		"CAPTURE_AMOUNT_EXCEED":      "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT",
		"REFUND_NOT_ALLOWED":         "ORDER_STATUS_INVALID",
		"TIMESTAMP_INVALID":          "ACCESS_DENIED",
		"INVALID_AUTH_CLIENT":        "INVALID_CLIENT",
		"INVALID_AUTH_CLIENT_STATUS": "INVALID_CLIENT",
	}
	return w
}

// rebellFacts are what is known of both versions.
func rebellFacts() []wire.Fact {
	return []wire.Fact{
		{
			About: "label", Known: "contradicted",
			Says:   "The guide requires SHA256withRSA, which the profile follows, an older overview RSA256.",
			Source: rebellOverview,
		},
		{
			About: "encoding", Known: "contradicted",
			Says:   "The guide requires base64url, which the profile follows, the pages on calls show base64.",
			Source: rebellGuide,
		},
		{
			About: "agreement code", Known: "contradicted",
			Says: "The pages on payments have a product code of 19 digits, which the profile follows, the " +
				"introduction and " +
				"the guide 51051000101000100040, which is one for shops.",
			Source: "https://docs.rebellapp.com/api-reference/introduction",
		},
		{
			About: "codes", Known: "documents",
			Says: "A wrong clock is TIMESTAMP_INVALID; a wrong referenceClientId is INVALID_AUTH_CLIENT or " +
				"INVALID_AUTH_CLIENT_STATUS; all three are about the caller.",
			Source: rebellGuide,
		},
		{
			About: "inquiry", Known: "one client",
			Says:   "A page requires both paymentId and paymentRequestId; the SDK sends what the caller has.",
			Source: "https://docs.rebellapp.com/api-reference/payments/inquiryPayment",
		},
		{
			About: "keyVersion", Known: "documents",
			Says: "The guide has keyVersion 1, the pages on the API have 0.", Source: rebellGuide,
		},
		{
			About: "messages", Known: "documents",
			Says: "A message has targetUserId, title and body, in the inbox or as a push; U SENDING says that it " +
				"is queued " +
				"and will be delivered.",
			Source: "https://docs.rebellapp.com/openapis/messages/sendInbox",
		},
		{
			About: "agreement", Known: "documents",
			Says: "Prepare requires referenceClientId of at most 16 characters, and its own sample has 19; the " +
				"SDK does not " +
				"count them.",
			Source: "https://docs.rebellapp.com/openapis/authorizations/prepare",
		},
	}
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
