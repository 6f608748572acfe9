package wallets

import "github.com/tradepay/tradepay-go"

// ClaroProduct is the product code of a payment in the cashier of Claro.
const ClaroProduct = "CASHIER_PAYMENT"

func init() { register(Claro) }

// Claro returns the profile of Claro mini programs, Latin America. The
// currency is that of the country, such as COP or PEN with two decimals.
//
// Known: the platform's v2 API below /miniprogram/api; Request-Time in Unix
// milliseconds; the header Merchant-Id is required, so Config.MerchantID is.
// A header traceId is optional and is not sent.
//
// Not documented in public: base URLs; Claro gives them to each merchant.
//
// Source: https://miniprogram.alipay.com/docs-Claro. From documents, not
// tested live.
func Claro() tradepay.Wallet {
	w := tradepay.PlatformV2()
	w.Name = "Claro"
	w.Sources = []string{"https://miniprogram.alipay.com/docs-Claro"}
	w.Prefix = "/miniprogram/api"
	w.TimeFormat = tradepay.TimeUnixMillis
	w.Headers.MerchantID = "Merchant-Id"
	w.NeedsMerchantID = true
	w.ProductCode = ClaroProduct
	return w
}
