package wallets

import (
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(Mandiri) }

// Mandiri returns the profile of Mandiri mini programs, Indonesia, which pay in
// IDR. IDR has two decimals in ISO 4217: 100 on the wire are one rupiah.
//
// Known: the platform's v2 API below /api, with appId required; the order is in
// paymentOrder. The message, not its extendInfo, must have a member
// customerBelongsTo, which names the user's super app: the SDK puts
// CreateOrderRequest.SiteName or Config.SiteName there. If an ISV calls for a
// merchant, the header Agent-Token holds the merchant's consent
// (Config.AgentToken).
//
// Not documented on the public pages: base URLs; the shapes of the other
// operations, of which the profile changes only customerBelongsTo.
//
// Source: https://miniprogram.alipay.com/docs/miniprogram/mandiri_apis/pay.
// Evidence: from documents. Not tested live.
func Mandiri() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "Mandiri", "ID"
	w.Sources = []string{"https://miniprogram.alipay.com/docs/miniprogram/mandiri_apis/pay"}
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "other operations", Known: "inferred", Source: w.Sources[0],
		Says: "The page shows pay alone; the profile puts customerBelongsTo into all other messages, too.",
	})
	w.Signing.AgentTokenHeader = "Agent-Token"
	w.Requirements.SiteName = true
	request := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "order", "paymentOrder")
		}
		return raiseSite(body)
	}
	undo := func(op wire.Operation, body map[string]any) error {
		if op == wire.OpPay {
			rename(body, "paymentOrder", "order")
		}
		return lowerSite(body)
	}
	w.Shaper = shaper.Hooks{Request: request, UndoRequest: undo}
	return w
}
