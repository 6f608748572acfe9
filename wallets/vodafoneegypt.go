package wallets

import (
	"strings"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	vodafoneMerchants = "https://github.com/search?type=code&q=%22services%2Fdxl%2Fv2%2Fauthorizations%22"
	// vodafoneGaps says what nothing public shows.
	vodafoneGaps = "https://github.com/tradepay/tradepay-go/blob/main/docs/wallets/vodafoneegypt.md"
)

func init() { register(VodafoneEgypt) }

// VodafoneEgypt returns the profile of mini programs in Ana Vodafone, Egypt, which
// would pay in EGP, two decimals.
//
// Known: v2 below /services/dxl, for tokens and user information. ApplyToken and
// UserInfo carry appId and authClientId; grantType is in small letters. An answer
// says for how many seconds a token is valid, not until when: the SDK counts them from
// the moment it reads the answer. A user is a msisdn, which is the phone number:
// UserInfo.Contacts has it.
//
// Not documented in public: how payments are made. So CreateOrder and every other
// call about payments end in tradepay.ErrNotSupported, and nothing is sent. Neither
// are the host of production and the signature: merchants' code sends a dummy to the
// host of tests. The profile signs as the platform does, and the SDK accepts no
// answer without a signature.
//
// Source: https://github.com/search?type=code&q=%22services%2Fdxl%2Fv2%2Fauthorizations%22
// shows merchants' code. Evidence: runs in merchants' code. Not tested live.
func VodafoneEgypt() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "Vodafone Egypt", "EG"
	w.Sources = []string{vodafoneMerchants}
	w.Evidence = evidence(w.Sources[0], vodafoneFacts()...)
	w.Routes.Prefix = "/services/dxl"
	w.Routes.BaseURLs = map[string]string{"sandbox": "https://test1.vodafone.com.eg"}
	w.Routes.Unsupported = make(map[wire.Operation]string)
	for _, op := range []wire.Operation{
		wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund, wire.OpInquiryRefund, wire.OpCapture,
		wire.OpVoid, wire.OpPrepare,
	} {
		w.Routes.Unsupported[op] = vodafoneGaps
	}
	w.Products = wire.Products{}
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = true, true
	w.Quirks.TokenSeconds = true
	w.Shaper = shaper.Hooks{
		Request: vodafoneGrant, UndoRequest: undoVodafoneGrant,
		Response: vodafoneUser, UndoResponse: undoVodafoneUser,
	}
	return w
}

func vodafoneFacts() []wire.Fact {
	return []wire.Fact{
		{
			About: "paths", Known: "running", Source: vodafoneMerchants,
			Says: "Tokens and user information are at the paths of v2 below /services/dxl.",
		},
		{
			About: "payments", Known: "inferred", Source: vodafoneMerchants,
			Says: "No public code and no page shows a payment by a server; the profile offers none.",
		},
		{
			About: "signed content", Known: "inferred", Source: vodafoneMerchants,
			Says: "The host of tests accepts a dummy as a signature; the profile signs as the platform does.",
		},
		{
			About: "time", Known: "inferred", Source: vodafoneMerchants,
			Says: "Request-Time goes along, in a format that nothing public shows; the profile writes the platform's.",
		},
		{
			About: "encoding", Known: "inferred", Source: vodafoneMerchants,
			Says: "Nothing public shows a real signature; the profile writes percent-encoded base64, as the " +
				"platform does.",
		},
		{
			About: "label", Known: "inferred", Source: vodafoneMerchants,
			Says: "Nothing public shows a real Signature header; the profile writes the platform's label.",
		},
		{
			About: "shapes", Known: "running", Source: vodafoneMerchants,
			Says: "A pasted answer has accessTokenExpiryTime and refreshTokenExpiryTime in seconds, and a user is " +
				"a msisdn.",
		},
		{
			About: "tokens", Known: "running", Source: vodafoneMerchants,
			Says: "The request has grantType authorization_code, appId and authClientId.",
		},
		{
			About: "codes", Known: "running", Source: vodafoneMerchants,
			Says: "The pasted answer has resultCode SUCCESS and resultStatus S.",
		},
		{
			About: "hosts", Known: "running", Source: vodafoneMerchants,
			Says: "Merchants' code calls one host of tests.",
		},
	}
}

func vodafoneGrant(op wire.Operation, body map[string]any) error {
	if op == wire.OpApplyToken {
		body["grantType"] = strings.ToLower(text(body, "grantType"))
	}
	return nil
}

func undoVodafoneGrant(op wire.Operation, body map[string]any) error {
	if op == wire.OpApplyToken {
		body["grantType"] = strings.ToUpper(text(body, "grantType"))
	}
	return nil
}

func vodafoneUser(op wire.Operation, body map[string]any) error {
	user := object(body, "userInfo")
	phone := text(user, "msisdn")
	if op == wire.OpUserInfo && phone != "" && user["contactInfos"] == nil {
		user["contactInfos"] = []any{map[string]any{"contactType": "MOBILE_PHONE", "contactNo": phone}}
	}
	return nil
}

// undoVodafoneUser leaves what the wallet is known to tell of a user.
func undoVodafoneUser(op wire.Operation, body map[string]any) error {
	user := object(body, "userInfo")
	if op != wire.OpUserInfo || user == nil {
		return nil
	}
	own := map[string]any{}
	list, _ := user["contactInfos"].([]any)
	for _, item := range list {
		contact, _ := item.(map[string]any)
		if text(contact, "contactType") == "MOBILE_PHONE" {
			own["msisdn"] = text(contact, "contactNo")
		}
	}
	body["userInfo"] = own
	return nil
}
