package wallets

import "github.com/tradepay/tradepay-go/wire"

// portalDocument has pages on both dialects, those on v2 in its history.
const portalDocument = "https://github.com/soyjuanjohernandez/portal-interactivo/tree/main/docs/APIReferences/OpenAPIs"

// PlatformV1 returns the v1 dialect of the platform: the order is a JSON string
// inside extraParams, and the URL comes back in actionForm. Start from it for a
// wallet that has no profile here.
//
// Known: user information is at customers/user/inquiryUserInfoByAccessToken. A
// payment that expires is notified as FAIL with a reason, and FAIL is final. The
// portal's data dictionary calls the accepted verdict R, its pages call it A; the
// profile reads both.
//
// Source: the merchant API v1 of a wallet's developer portal
// (github.com/soyjuanjohernandez/portal-interactivo, docs/APIReferences/OpenAPIs).
// Evidence: agreed by integrators. Not tested live.
func PlatformV1() wire.Profile {
	return wire.Profile{
		Name:    "Platform v1",
		Sources: []string{portalDocument},
		Evidence: evidence(portalDocument,
			wire.Fact{
				About: "paths", Known: "agreed", Source: portalDocument,
				Says: "User information is at customers/user/inquiryUserInfoByAccessToken, as the portal and the " +
					"integrators of Touch 'n Go and GCash have it.",
			},
			wire.Fact{
				About: "expiry", Known: "documents", Source: portalDocument,
				Says: "A payment that expires is notified as FAIL, with the reason \"Order payment expired.\" and " +
					"its paymentCreateTime.",
			},
		),
		Dialect: "v1",
		Routes: wire.Routes{
			Prefix: "/api/open", Version: "v1",
			Paths: map[wire.Operation]string{wire.OpUserInfo: "customers/user/inquiryUserInfoByAccessToken"},
		},
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
// Known: ApplyToken and UserInfo carry appId and authClientId, which is the
// client's own id. Transactions say by transactionRequestId which refund or capture
// of the merchant they are. A portal of the platform
// (github.com/soyjuanjohernandez/portal-interactivo) lists voidNotifyUrl with
// pay, and its page on void is empty. So the SDK sends the URL for reports of
// voids with the order (CreateOrderRequest.VoidNotifyURL) and, if you set
// VoidRequest.NotifyURL, with the void as well. The portal pairs the code
// REQUEST_TRAFFIC_EXCEED_LIMIT with F, where v1 has U: the SDK treats it as U, and
// asks again with the same id.
//
// Source: https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay and the
// pages beside it. Evidence: runs in merchants' code; contradicted: whether a
// traffic limit is F or U. Not tested live.
func PlatformV2() wire.Profile {
	return wire.Profile{
		Name:    "Platform v2",
		Sources: []string{"https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay"},
		Evidence: evidence("https://miniprogram.alipay.com/docs/miniprogram/mpdev/v2_pay",
			wire.Fact{
				About: "tokens", Known: "agreed", Source: portalDocument,
				Says: "ApplyToken requires appId and authClientId; integrators of Claro and Vodafone Egypt send " +
					"both, there and with UserInfo.",
			},
			wire.Fact{
				About: "user information", Known: "running", Source: "https://github.com/Qi-Mobile/libsuperqi",
				Says: "The birthday is birthDate, not birthday, and login ids may be masked or hashed; the " +
					"wallet's own library reads them so.",
			},
			wire.Fact{
				About: "transactions", Known: "agreed", Source: portalDocument,
				Says: "A transaction has a transactionResult, and the merchant's own id of the refund or capture " +
					"as transactionRequestId; Antom's have both, too.",
			},
			wire.Fact{
				About: "codes", Known: "contradicted", Source: portalDocument,
				Says: "REQUEST_TRAFFIC_EXCEED_LIMIT is F on the pages of v2 and U on those of v1; the profile " +
					"follows U, which is not final.",
			},
		),
		Dialect: "v2",
		Routes: wire.Routes{Prefix: "/api", Version: "v2", Paths: map[wire.Operation]string{
			wire.OpSendMessage: "miniprogram/message/send",
			"createQRCode":     "miniprogram/qrcode/create",
		}},
		Requirements: wire.Requirements{AppID: true},
		Products:     wire.Products{Cashier: "CASHIER_PAYMENT", Agreement: "AGREEMENT_PAYMENT"},
		Quirks:       wire.Quirks{AppIDWithTokens: true, ClientIDWithTokens: true},
	}
}
