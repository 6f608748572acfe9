package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

// Codes of VodaPay.
const (
	VodaPaySales = "51051000101000000011" // sales code, sent with every payment
)

func init() { register(VodaPay) }

// VodaPay returns the profile of VodaPay, South Africa, which pays in ZAR, two
// decimals.
//
// Known: the v2 dialect without a gateway prefix; productCode and salesCode as
// above; order.goods is one object, so an order has one line of goods;
// order.env.terminalType is MINI_APP; the URL is redirectActionForm.redirectUrl
// with the result A. VodaPay rejects a second call with the same
// paymentRequestId, so the SDK inquires after a rejection: a pay whose answer was
// lost ends as unknown, with the reference, because only that answer had the URL.
// Cancel such an order, and place it again with a new id. Clients send raw base64
// signatures and times with milliseconds and an offset. The user's data is at
// customers/user/inquiryUserInfo.
//
// A message to a payer is the platform's, with authClientId and, in
// MessageRequest.URL, the link that opens. Only a demo of a mini program shows it, with a
// host of tests.
//
// Optional: RedirectURL; authClientId with the user's data, which some clients send
// and others do not. The sandbox accepts any signature on applyToken and pay; its
// authorizations/applyTokenSigned checks it, and authorizations/applyAuthCode makes
// codes for tests. Recurring payments are another API, /V2/Pay/Recurring of the Digital
// payment gateway, which this SDK does not speak.
//
// Not documented: the code with which VodaPay rejects a second call; capture and void;
// refunds and inquiries, of which clients that nobody has seen running use the
// platform's v2 shapes (one of them /v3/payments/inquiryPayment); agreement payment by
// this API; whether appId is needed, which the samples do not show.
//
// Sources: the pages on the payment flow of
// https://developer.vodapay.vodacom.co.za. Evidence: runs in merchants' code. Not tested live.
func VodaPay() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "VodaPay", "ZA"
	w.Sources = []string{"https://developer.vodapay.vodacom.co.za"}
	w.Evidence = evidence(w.Sources[0], vodaPayFacts...)
	w.Routes.Prefix = ""
	w.Routes.BaseURLs = map[string]string{
		"production":    "https://gateway.vodapay.vodacom.co.za",
		"sandbox":       "https://vodapay-gateway.sandbox.vfs.africa",
		"sandbox test4": "https://vodapay-gateway.test4.vfs.africa",
	}
	w.Signing.Encoding = wire.EncodingBase64
	w.Requirements.AppID = false
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = false, false
	w.Products.Sales = VodaPaySales
	w.Quirks.OneGoods = true
	w.Quirks.RefusesRepeats = true
	w.Quirks.ClientIDWithMessages = true
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpUserInfo:    "customers/user/inquiryUserInfo",
		wire.OpSendMessage: "miniprogram/message/send",
	}
	return w
}

const (
	vodaPayClient = "https://github.com/kgotlelelo-cmd/vodapay-support-api-client"
	vodaPayStore  = "https://github.com/BonganeM01/vodapaystore"
	vodaPayPages  = "https://developer.vodapay.vodacom.co.za"
	vodaPayDemo   = "https://github.com/search?type=code&q=%22SEND_INBOX_PUSH%22+vodapay"
)

var vodaPayFacts = []wire.Fact{
	{
		About: "hosts", Known: "agreed",
		Says: "Integrators have both published gateways, and a third one for tests.", Source: vodaPayClient,
	},
	{
		About: "paths", Known: "running",
		Says: "Integrators call the v2 paths without a prefix, and " +
			"customers/user/inquiryUserInfo.", Source: vodaPayClient,
	},
	{
		About: "encoding", Known: "running",
		Says: "Integrators write raw base64.", Source: vodaPayClient,
	},
	{
		About: "shapes", Known: "running",
		Says: "Integrators send one object of goods, the product and sales codes and no appId, and get A with " +
			"redirectActionForm.redirectUrl.",
		Source: vodaPayClient,
	},
	{
		About: "authClientId", Known: "agreed",
		Says: "Some clients send their client id as authClientId with the user's data, others do " +
			"not.", Source: vodaPayStore,
	},
	{
		About: "redirect URL", Known: "agreed",
		Says: "A pay may leave paymentRedirectUrl out.", Source: vodaPayStore,
	},
	{
		About: "user", Known: "agreed",
		Says: "The user's data has birthDate and kycLevel.", Source: vodaPayStore,
	},
	{
		About: "sandbox", Known: "agreed",
		Says:   "The sandbox accepts a wrong signature on applyToken and pay, and checks it on applyTokenSigned.",
		Source: vodaPayStore,
	},
	{
		About: "refund and inquiry", Known: "one client",
		Says: "Clients that nobody has seen running use the shapes of v2; one inquires at " +
			"/v3/payments/inquiryPayment.",
		Source: vodaPayStore,
	},
	{
		About: "messages", Known: "one client",
		Says: "A demo sends a message by /v2/miniprogram/message/send to a host of tests, in the platform's shape " +
			"with authClientId and redirectUrl.",
		Source: vodaPayDemo,
	},
	{
		About: "recurring", Known: "documents",
		Says: "Recurring payments are another API, /V2/Pay/Recurring of the Digital payment " +
			"gateway.", Source: vodaPayPages,
	},
}
