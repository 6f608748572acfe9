package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(Claro) }

// Claro returns the profile of Claro mini programs, Latin America. The
// currency is that of the country, such as COP or PEN with two decimals.
//
// Known: the platform's v2 API below /miniprogram/api; Request-Time in Unix
// milliseconds; the header Merchant-Id is required, so Config.MerchantID is
// required, too. The SDK does not send the optional header traceId.
//
// Not documented in public: base URLs; Claro gives them to each merchant.
//
// Source: https://miniprogram.alipay.com/docs-Claro. Evidence: from documents. Not tested live.
func Claro() wire.Profile {
	w := PlatformV2()
	w.Name = "Claro"
	w.Sources = []string{"https://miniprogram.alipay.com/docs-Claro"}
	w.Evidence = evidence(w.Sources[0])
	w.Routes.Prefix = "/miniprogram/api"
	w.Signing.TimeFormat = wire.TimeUnixMillis
	w.Signing.MerchantIDHeader = "Merchant-Id"
	w.Requirements.MerchantID = true
	return w
}
