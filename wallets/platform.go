package wallets

import "github.com/tradepay/tradepay-go/wire"

// PlatformV1 returns the v1 dialect of the platform: the order is a JSON string
// inside extraParams, and the URL comes back in actionForm. Start from it for a
// wallet that has no profile here.
//
// Source: the merchant API v1 of a wallet's developer portal
// (github.com/soyjuanjohernandez/portal-interactivo, docs/APIReferences/OpenAPIs).
// Evidence: from documents. Not tested live. Its data dictionary calls the accepted verdict
// R, its pages call it A; the profile reads both.
func PlatformV1() wire.Profile {
	return wire.Profile{
		Name: "Platform v1",
		Sources: []string{
			"https://github.com/soyjuanjohernandez/portal-interactivo/tree/main/docs/APIReferences/OpenAPIs",
		},
		Dialect:      "v1",
		Routes:       wire.Routes{Prefix: "/api/open", Version: "v1"},
		Words:        wire.Words{Results: map[string]string{"R": "A"}},
		Requirements: wire.Requirements{PartnerID: true, SiteName: true},
		Quirks:       wire.Quirks{OneGoods: true},
	}
}

// PlatformV2 returns the v2 dialect of the platform: the order is an object, and
// the URL comes back in redirectActionForm. Start from it for a wallet that has no
// profile here.
//
// A message to a payer fills in a template of the console, by the pages of the portal
// below and https://miniprogram.alipay.com/docs-demo/miniprogram_demo/mpdev/v2_miniprogram_send,
// which alone has redirectUrl.
//
// Source: https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay and the
// pages beside it. Evidence: from documents. Not tested live. A portal of the platform
// (github.com/soyjuanjohernandez/portal-interactivo) lists voidNotifyUrl with
// pay, and its page on void is empty. So the SDK sends the URL for reports of
// voids with the order (CreateOrderRequest.VoidNotifyURL) and, if you set
// VoidRequest.NotifyURL, with the void as well.
func PlatformV2() wire.Profile {
	return wire.Profile{
		Name:    "Platform v2",
		Sources: []string{"https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay"},
		Dialect: "v2",
		Routes: wire.Routes{Prefix: "/api", Version: "v2", Paths: map[wire.Operation]string{
			wire.OpSendMessage: "miniprogram/message/send",
		}},
		Requirements: wire.Requirements{AppID: true},
		Products:     wire.Products{Cashier: "CASHIER_PAYMENT", Agreement: "AGREEMENT_PAYMENT"},
	}
}
