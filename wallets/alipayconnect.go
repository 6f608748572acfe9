package wallets

import (
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

const alipayConnectMessages = "https://miniprogram.alipay.com/docs-alipayconnect/miniprogram_alipayconnect/" +
	"solutions/cn-message-sending"

func init() { register(AlipayConnect) }

// AlipayConnect returns the profile of Alipay Connect mini programs, which run
// in several wallets. The currency is that of the contract, such as KRW without
// decimals.
//
// Known: the platform's v2 API below /api/open. The message must have a member
// customerBelongsTo, which names the user's wallet: the SDK puts
// CreateOrderRequest.SiteName or Config.SiteName there; see also
// tradepay.Client.ForSite. The names are ALIPAY_CN, ALIPAY_HK, ALIPAY_MO, TNG,
// GCASH, DANA, KAKAOPAY, BKASH, CHOPE and TRUEMONEY. ApplyToken and UserInfo carry
// appId and authClientId, as in v2; so does SendMessage. For prepare, put authClientId
// into PrepareRequest.Extra.
//
// Not documented on the public pages: base URLs; capture and void. The place of
// customerBelongsTo follows the sister page of Mandiri, which lists these wallets.
//
// Sources: https://miniprogram.alipay.com/docs-alipayconnect/miniprogram_alipayconnect/solutions/cn-cashier-payment,
// https://miniprogram.alipay.com/docs/miniprogram/mandiri_apis/pay. Evidence: from documents. Not tested live.
func AlipayConnect() wire.Profile {
	w := PlatformV2()
	w.Name = "Alipay Connect"
	w.Sources = []string{
		"https://miniprogram.alipay.com/docs-alipayconnect/miniprogram_alipayconnect/solutions/cn-cashier-payment",
		"https://miniprogram.alipay.com/docs/miniprogram/mandiri_apis/pay",
	}
	w.Evidence = evidence(w.Sources[0],
		wire.Fact{
			About: "paths", Known: "documents",
			Says:   "The overview has v2 below /api/open, and the headers of the platform.",
			Source: "https://miniprogram.alipay.com/docs/miniprogram/mpdev/openapi_overview",
		},
		wire.Fact{
			About: "shapes", Known: "inferred", Source: w.Sources[1],
			Says: "A message has customerBelongsTo as a member of its own, because the sister page of Mandiri has " +
				"it so.",
		},
		wire.Fact{
			About: "messages", Known: "inferred", Source: alipayConnectMessages,
			Says: "A message fills in a template of the console. That it names the merchant as authClientId follows " +
				"from the platform's older messages/sendInbox and from this wallet's tokens; " +
				"no page was seen to say so.",
		},
	)
	w.Routes.Prefix = "/api/open"
	w.Quirks.ClientIDWithMessages = true
	w.Requirements.SiteName = true
	w.Shaper = shaper.Hooks{
		Request:     func(_ wire.Operation, body map[string]any) error { return raiseSite(body) },
		UndoRequest: func(_ wire.Operation, body map[string]any) error { return lowerSite(body) },
	}
	return w
}
