package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

// GCashCashier is the product code of GCash v1 for a payment in the cashier.
const GCashCashier = "51090000001432700001"

const (
	gcashPage      = "https://miniprogram.gcash.com/docs/miniprogram_gcash/mpdev/qfd7r1"
	gcashOverview  = "https://miniprogram.gcash.com/docs/miniprogram_gcash/mpdev/xxpbkg"
	gcashMerchants = "https://github.com/search?type=code&q=%22v1%2Fpayments%2Fpay.htm%22"
	gcashSDK       = "https://github.com/vincenzolabs/GCash-Java-Spring-SDK"
)

func init() {
	register(GCash)
	register(GCashV1)
}

// GCash returns the profile of version 2 of GCash's API, Philippines, which pays in
// PHP, two decimals. Merchants' code calls version 1: use [GCashV1], unless GCash
// gave you version 2.
//
// Known: it is the platform's v2 API below /api, with percent-encoded base64
// signatures and times with milliseconds and an offset.
//
// Not documented in public: base URLs; GCash gives them to each merchant. No
// merchant's public code calls this version.
//
// Source: https://miniprogram.gcash.com/docs. Evidence: from documents. Not tested live.
func GCash() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "GCash", "PH"
	w.Sources = append([]string{"https://miniprogram.gcash.com/docs"}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "paths", Known: "documents", Source: gcashOverview,
		Says: "The overview has both versions below /api; integrators call version 1 alone, without /api.",
	}, gcashRefunded)
	return w
}

// GCashV1 returns the profile of version 1 of GCash's API, Philippines, which pays
// in PHP, two decimals. It is the version that merchants' public code calls.
//
// Known: the v1 dialect without a gateway prefix. Paths end in .htm, and the
// signature covers the whole of them. Percent-encoded base64, and merchants sign
// with keyVersion 2 (Config.KeyVersion). A payment has partnerId, appId,
// paymentOrderTitle, [GCashCashier] and paymentFactor.isCashierPayment;
// extendInfo.customerBelongsTo, which is GCASH, is optional (Config.SiteName).
// ApplyTokenRequest.ReferenceClientID is the id of the mini program. One merchant
// writes times with milliseconds, another one without; the profile writes them, as
// the pages do.
//
// Not documented in public: paths besides those of pay, applyToken and user
// information, of which a client shows some without .htm (the profile writes it
// everywhere); capture and void; whether extendInfo may be an object, which one
// merchant sends in tests where others send a string. The SDK sends the string.
// Addresses are at customers/inquireAddressByAccessToken.htm, for
// tradepay.Client.Call.
//
// Source: https://miniprogram.gcash.com/docs/miniprogram_gcash/mpdev/qfd7r1 and the
// pages beside it. Evidence: agreed by integrators; contradicted: paths. Not tested
// live.
func GCashV1() wire.Profile {
	w := PlatformV1()
	w.Name, w.Country = "GCash v1", "PH"
	w.Sources = []string{gcashPage, gcashOverview}
	w.Evidence = evidence(gcashPage, gcashFacts()...)
	w.Routes.Prefix = ""
	w.Routes.BaseURLs = map[string]string{
		"production": "https://api.saas.mynt.xyz", "sandbox": "https://api-sit.saas.mynt.xyz",
	}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpPay:            "payments/pay.htm",
		wire.OpInquiryPayment: "payments/inquiryPayment.htm",
		wire.OpCancel:         "payments/cancel.htm",
		wire.OpRefund:         "payments/refund.htm",
		wire.OpInquiryRefund:  "payments/inquiryRefund.htm",
		wire.OpCapture:        "payments/capture.htm",
		wire.OpVoid:           "payments/void.htm",
		wire.OpApplyToken:     "authorizations/applyToken.htm",
		wire.OpCancelToken:    "authorizations/cancelToken.htm",
		wire.OpPrepare:        "authorizations/prepare.htm",
		wire.OpUserInfo:       "customers/user/inquiryUserInfoByAccessToken.htm",
	}
	w.Requirements.SiteName = false
	w.Products.Cashier = GCashCashier
	return w
}

// gcashRefunded is what is known of how a refund is reported, in both versions.
var gcashRefunded = wire.Fact{
	About: "refund notification", Known: "inferred", Source: gcashOverview,
	Says: "Nothing public shows that a refund may name a URL or that its end is notified; the profile sends no " +
		"refundNotifyUrl, and such a notification would be read as the platform's.",
}

func gcashFacts() []wire.Fact {
	return []wire.Fact{
		gcashRefunded,
		{
			About: "paths", Known: "contradicted", Source: gcashMerchants,
			Says: "Merchants call v1 without a prefix and with .htm, the overview has /api and no .htm; the profile " +
				"follows the merchants.",
		},
		{
			About: "further paths", Known: "inferred", Source: gcashSDK,
			Says: "A client shows inquiries, refunds and cancelToken without .htm; the profile writes .htm, as " +
				"with the " +
				"paths that merchants call.",
		},
		{
			About: "signed content", Known: "agreed", Source: gcashMerchants,
			Says: "It is the platform's, with .htm in the path.",
		},
		{
			About: "time", Known: "agreed", Source: gcashMerchants,
			Says: "It has an offset; one merchant writes milliseconds, as the profile does, another one does not.",
		},
		{
			About: "encoding", Known: "agreed", Source: gcashMerchants,
			Says: "The signature is percent-encoded base64.",
		},
		{
			About: "label", Known: "agreed", Source: gcashMerchants,
			Says: "The label is RSA256, with a space after each comma, and keyVersion is 2.",
		},
		{
			About: "shapes", Known: "agreed", Source: gcashMerchants,
			Says: "They are those of v1: partnerId, paymentOrderTitle and paymentFactor.isCashierPayment; no site " +
				"name " +
				"is required.",
		},
		{
			About: "codes", Known: "agreed", Source: gcashMerchants,
			Says: "Two merchants have the same product code for the cashier.",
		},
		{
			About: "hosts", Known: "agreed", Source: gcashMerchants,
			Says: "The host of tests is that of mini programs; that of production is the same one without sit, and " +
				"merchants of GCash's older API call it.",
		},
		{
			About: "user addresses", Known: "one client", Source: gcashMerchants,
			Says: "They are at customers/inquireAddressByAccessToken.htm, asked by accessToken.",
		},
		{
			About: "notification", Known: "one client", Source: gcashMerchants,
			Says: "It has the shape of v1, and a merchant acknowledges it without a signature; the SDK signs.",
		},
	}
}
