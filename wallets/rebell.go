package wallets

import (
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
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	w.Quirks.LateURL = true
	return w
}

// RebellV2 returns the profile of version 2 of Rebell's API, Europe, which pays
// in EUR, two decimals.
//
// Known: signatures, times and keys as in [RebellV1]. The page on pay describes
// payments by agreement, with the user's token in accessToken: the profile puts
// CreateOrderRequest.PaymentAuthCode there.
//
// A refund may name the URL of a notification about its end, refundNotifyUrl. The
// end of a contract is notified to the contractStatusNotifyUrl of its set-up.
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
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix, w.Routes.Version = "/api/open", "v2"
	w.Products.Cashier, w.Products.Agreement = RebellCashier, RebellAgreement
	request := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "paymentAuthCode", "accessToken")
		}
		return nil
	}
	undo := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "accessToken", "paymentAuthCode")
		}
		return nil
	}
	w.Quirks.RefundNotifyURL = true
	w.Shaper = shaper.Hooks{Request: request, UndoRequest: undo}
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
	w.Evidence = evidence(w.Sources[0])
	w.Signing.NotifiesWithoutClientID = true
	w.Routes.BaseURLs = map[string]string{
		"production": "https://api.rebellapp.com",
		"sandbox":    "https://sandbox-api.rebellapp.com",
	}
	w.Signing.AlgorithmLabel = "SHA256withRSA"
	w.Signing.Encoding = wire.EncodingBase64URL
	w.Signing.TimeFormat = wire.TimeUTC
	w.Requirements.AppID = false
	return w
}
