package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

// BancoEstadoInStore is the product code of BancoEstado for a payment in a store, by
// a code that the payer shows.
const BancoEstadoInStore = "51051000101000100040"

const (
	bancoEstadoMerchants = "https://github.com/search?type=code&q=%22v1%2Fpayments%2FretailPay%22+CLP"
	bancoEstadoUsers     = "https://github.com/search?type=code&q=inquiryUserInfoForBE"
	// bancoEstadoGaps says what nothing public shows.
	bancoEstadoGaps = "https://github.com/tradepay/tradepay-go/blob/main/docs/wallets/bancoestado.md"
)

func init() { register(BancoEstado) }

// BancoEstado returns the profile of the gateway of BancoEstado, Chile, for its
// wallet Rutpay, which pays in CLP. CLP has no decimals: 100 on the wire are 100
// pesos.
//
// Known: version 1 without a gateway prefix; the label SHA256withRSA, keyVersion 0
// (Config.KeyVersion), raw base64, and no spaces in the Signature header; times with
// seconds and an offset; the platform's signed content. A payment in a store has the
// shapes of v2, [BancoEstadoInStore] and the payer's code as paymentAuthCode: send
// it to payments/retailPay, and users/inquiryUserInfoForBE with {"rut": "…"}, by
// tradepay.Client.Call, which verifies the answer and never sends twice. An answer
// SYSTEM_ERROR is U; the gateway may answer HTTP 500 without a signature. Both are
// unknown: ask with QueryOrder before you let the payer pay again.
//
// Not documented in public: any payment in the cashier of a mini program, so that
// CreateOrder, Capture, Void and Prepare end in tradepay.ErrNotSupported, and
// nothing is sent. Inquiries, refunds and tokens follow the platform's shapes, and
// nobody is known to have called them. The host of production is not public. A sample
// of user information has the header Agent-Token, payments have none: if the bank
// gave you a token, set Signing.AgentTokenHeader of the profile. The wallet is
// probably the one of [BeSuperApp], whose pages say otherwise.
//
// Source: https://github.com/search?type=code&q=%22v1%2Fpayments%2FretailPay%22+CLP
// shows merchants' code and what it logged. Evidence: runs in merchants' code;
// contradicted: the pages of Be SuperApp. Not tested live.
func BancoEstado() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "BancoEstado", "CL"
	w.Sources = []string{bancoEstadoMerchants, bancoEstadoUsers}
	w.Evidence = evidence(bancoEstadoMerchants, bancoEstadoFacts()...)
	w.Routes.Prefix, w.Routes.Version = "", "v1"
	w.Routes.BaseURLs = map[string]string{
		"sandbox UAT":  "https://desa-uat-cirrus.bancoestado.cl",
		"sandbox test": "https://desa-test1-cirrus.bancoestado.cl",
	}
	w.Routes.Paths = map[wire.Operation]string{
		"retailPay":            "payments/retailPay",
		"inquiryUserInfoForBE": "users/inquiryUserInfoForBE",
	}
	w.Routes.Unsupported = map[wire.Operation]string{
		wire.OpPay: bancoEstadoGaps, wire.OpCapture: bancoEstadoGaps, wire.OpVoid: bancoEstadoGaps,
		wire.OpPrepare: bancoEstadoGaps,
	}
	w.Signing.AlgorithmLabel, w.Signing.HeaderSeparator = "SHA256withRSA", ","
	w.Signing.Encoding = wire.EncodingBase64
	w.Signing.TimeFormat = wire.TimeISO8601
	w.Requirements.AppID = false
	w.Products = wire.Products{}
	return w
}

func bancoEstadoFacts() []wire.Fact {
	return []wire.Fact{
		{
			About: "paths", Known: "running", Source: bancoEstadoMerchants,
			Says: "The gateway logged a payment at /v1/payments/retailPay, without a prefix.",
		},
		{
			About: "further paths", Known: "inferred", Source: bancoEstadoMerchants,
			Says: "Inquiries, refunds and tokens are at the platform's paths below /v1; nobody shows a call.",
		},
		{
			About: "signed content", Known: "running", Source: bancoEstadoMerchants,
			Says: "A merchant's log shows the platform's content, and that the gateway answered the request.",
		},
		{
			About: "time", Known: "running", Source: bancoEstadoMerchants,
			Says: "It has seconds and an offset.",
		},
		{
			About: "encoding", Known: "running", Source: bancoEstadoMerchants,
			Says: "The signature is raw base64.",
		},
		{
			About: "label", Known: "running", Source: bancoEstadoMerchants,
			Says: "The label is SHA256withRSA with keyVersion 0; the pairs have no space between them, or one.",
		},
		{
			About: "shapes", Known: "contradicted", Source: bancoEstadoMerchants,
			Says: "Merchants send the order of v2, the pages of Be SuperApp, which is probably the same wallet, " +
				"have v1; " +
				"the profile follows the merchants.",
		},
		{
			About: "amounts", Known: "running", Source: bancoEstadoMerchants,
			Says: "A payment of 4520 pesos is 4520 on the wire.",
		},
		{
			About: "hosts", Known: "running", Source: bancoEstadoMerchants,
			Says: "Merchants call two hosts of tests.",
		},
		{
			About: "cashier", Known: "one client", Source: bancoEstadoMerchants,
			Says: "All that merchants show is a payment in a store; the profile offers no payment in the cashier.",
		},
		{
			About: "user information", Known: "one client", Source: bancoEstadoUsers,
			Says: "The path users/inquiryUserInfoForBE asks by rut, the national id, without an access token.",
		},
		{
			About: "further headers", Known: "one client", Source: bancoEstadoUsers,
			Says: "A sample of user information has the header Agent-Token, without a value; payments have none.",
		},
		{
			About: "identity", Known: "inferred", Source: bancoEstadoUsers,
			Says: "The path ends in ForBE, and Be SuperApp is a Chilean wallet of this platform: it is probably " +
				"the same.",
		},
	}
}
