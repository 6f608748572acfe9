package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

// Product codes of SuperQi.
const (
	SuperQiPurchase    = "51051000101000000011" // online purchase
	SuperQiAuthCapture = "51051000101000000012" // online purchase, reserved first
	SuperQiAgreement   = "51051000101000100031" // payment by an access token
)

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
// Not documented in public: base URLs; the shapes of capture, void and
// notifyVoid; escrow, for which no page that we found names a product code or an
// operation. So there is no constant for it: give what SuperQi tells you to
// CreateOrderRequest.ProductCode and tradepay.Client.Call.
//
// Sources: https://superqi.qi-mobile.tech/development/backend,
// https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment.
// Evidence: from documents. Not tested live.
func SuperQi() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "SuperQi", "IQ"
	w.Sources = []string{
		"https://superqi.qi-mobile.tech/development/backend",
		"https://super-qi-miniapps-docs-legacy.pages.dev/development/full-flow/payment",
	}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Signing.Encoding = wire.EncodingBase64
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.AppID = false
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Quirks.VoidURLWithOrder = true
	w.Products = wire.Products{Cashier: SuperQiPurchase, Authorize: SuperQiAuthCapture, Agreement: SuperQiAgreement}
	return w
}
