package wallets

import (
	"errors"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(BeSuperApp) }

// BeSuperApp returns the profile of Be SuperApp, Chile, which pays in CLP. CLP
// has no decimals: 100 on the wire are 100 pesos.
//
// Known: the v1 dialect below /api; partnerId and paymentOrderTitle are
// required; the URL is in actionForm or in redirectActionForm, and the SDK reads
// both. Its page on inquiryRefund lists no partnerId; the SDK sends it with
// every payments/ request, because the platform requires it.
//
// An agreement needs PrepareRequest.ExtendInfo, such as {"contractDesc": "…"}.
//
// Not documented in public: base URLs and product codes, which the wallet
// assigns (CreateOrderRequest.ProductCode); capture and void; whether the wallet
// requires a site name, as the v1 portal does. The profile does not require one,
// and sends it if you set it. No merchant's public code calls it as its pages say.
// What runs at the Chilean bank whose app it probably is, is [BancoEstado].
//
// Source: https://miniprogram.alipay.com/docs-besuperapp. Evidence: from documents;
// contradicted: the gateway. Not tested live.
func BeSuperApp() wire.Profile {
	w := PlatformV1()
	w.Name, w.Country = "Be SuperApp", "CL"
	w.Sources = []string{"https://miniprogram.alipay.com/docs-besuperapp"}
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "gateway", Known: "contradicted", Source: bancoEstadoMerchants,
		Says: "BancoEstado's gateway, which is probably this wallet's, has no /api, another label and encoding, " +
			"and the " +
			"shapes of v2; this profile follows the pages, and BancoEstado what runs.",
	}, wire.Fact{
		About: "agreement", Known: "documents", Source: w.Sources[0] + "/miniprogram_besuperapp/mpdev/0xiol7gj",
		Says: "The page on prepare requires scopes, which is AGREEMENT_PAY, and extendInfo with a contractDesc; it " +
			"has no further members.",
	})
	w.Routes.Prefix = "/api"
	w.Requirements.SiteName = false
	w.Shaper = shaper.Hooks{Request: beSuperAppRequest, UndoRequest: beSuperAppUndoRequest}
	return w
}

func beSuperAppRequest(op wire.Operation, body map[string]any) error {
	if op == wire.OpPrepare && text(body, "extendInfo") == "" {
		return required("Be SuperApp", "ExtendInfo", `describe the agreement like {"contractDesc": "…"}`)
	}
	return nil
}

func beSuperAppUndoRequest(op wire.Operation, body map[string]any) error {
	if op == wire.OpPrepare && text(body, "extendInfo") == "" {
		return errors.New("extendInfo is missing")
	}
	return nil
}
