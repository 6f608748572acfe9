package wallets

import (
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
// Not documented: the production base URL, which the wallet gives you when you go
// live; capture and void; whether extraParams.ORDER may be an object, as in that
// client's sample, instead of JSON in a string. The SDK sends the string.
//
// Sources: https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/edgctc
// and the pages beside it. Evidence: from documents. Not tested live.
func TouchNGo() wire.Profile {
	w := PlatformV1()
	w.Name, w.Country = "Touch 'n Go", "MY"
	w.Sources = []string{"https://miniprogram.tngdigital.com.my/docs/miniprogram_tngd/mpdev/edgctc"}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix = "/acl/api"
	w.Routes.BaseURLs = map[string]string{"sandbox": "https://api-sd.tngdigital.com.my"}
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.SiteName = false
	w.Products.Cashier, w.Products.Agreement = TouchNGoCashier, TouchNGoAgreement
	return w
}
