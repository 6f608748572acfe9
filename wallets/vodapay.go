package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

// Codes of VodaPay.
const (
	VodaPaySales = "51051000101000000011" // sales code, sent with every payment
)

func init() { register(VodaPay) }

// VodaPay returns the profile of VodaPay, South Africa, which pays in ZAR, two
// decimals.
//
// Known: the v2 dialect without a gateway prefix; productCode and salesCode as
// above; order.goods is one object, so an order has one line of goods;
// order.env.terminalType is MINI_APP; the URL is redirectActionForm.redirectUrl
// with the result A. VodaPay rejects a second call with the same
// paymentRequestId, so the SDK inquires after a rejection: a pay whose answer was
// lost ends as unknown, with the reference, because only that answer had the URL.
// Cancel such an order, and place it again with a new id. Clients send raw base64
// signatures and times with milliseconds and an offset. The user's data is at
// customers/user/inquiryUserInfo.
//
// Not documented: the code with which VodaPay rejects a second call; capture and void;
// agreement payment by this API; whether appId is needed, which the samples
// do not show.
//
// Sources: the pages on the payment flow of
// https://developer.vodapay.vodacom.co.za. Evidence: from documents. Not tested live.
func VodaPay() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "VodaPay", "ZA"
	w.Sources = []string{"https://developer.vodapay.vodacom.co.za"}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix = ""
	w.Routes.BaseURLs = map[string]string{
		"production": "https://gateway.vodapay.vodacom.co.za",
		"sandbox":    "https://vodapay-gateway.sandbox.vfs.africa",
	}
	w.Signing.Encoding = wire.EncodingBase64
	w.Requirements.AppID = false
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Products.Sales = VodaPaySales
	w.Quirks.OneGoods = true
	w.Quirks.RefusesRepeats = true
	w.Routes.Paths = map[wire.Operation]string{wire.OpUserInfo: "customers/user/inquiryUserInfo"}
	return w
}
