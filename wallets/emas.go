package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(EMAS) }

// EMAS returns the profile of EMAS SuperApp, with which companies run super
// apps of their own. The currency is the company's, such as SGD with two
// decimals.
//
// Known: the v1 dialect; partnerId and paymentOrderTitle are required, appId
// and productCode are not; paymentFactor says the scenario; a payment by
// agreement has isAgreementPay and the access token in paymentAuthCode. The
// page calls wv.tradePay where others call my.tradePay, with the same URL. User
// information is where the v1 portal has it, at
// customers/user/inquiryUserInfoByAccessToken.
//
// Not documented in public: base URLs and gateway prefix, which each company
// sets (a path in Config.BaseURL is the prefix); product codes; capture and
// void. The profile requires no site name.
//
// Source: https://www.alibabacloud.com/help/en/superapp/superapp-bap-public-intl/v1-payments-pay-1.
// Evidence: from documents. Not tested live.
func EMAS() wire.Profile {
	w := PlatformV1()
	w.Name = "EMAS"
	w.Sources = []string{"https://www.alibabacloud.com/help/en/superapp/superapp-bap-public-intl/v1-payments-pay-1"}
	w.Evidence = evidence(w.Sources[0],
		wire.Fact{
			About: "requirements", Known: "documents",
			Says:   "The page requires partnerId and paymentOrderTitle; appId and productCode are optional.",
			Source: "https://www.alibabacloud.com/help/doc-detail/2804146.html",
		},
		wire.Fact{
			About: "paths", Known: "inferred", Source: portalDocument,
			Says: "User information is where the portal of v1 and its other wallets have it.",
		},
	)
	w.Routes.Prefix = ""
	w.Requirements.SiteName = false
	return w
}
