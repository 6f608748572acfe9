package wallets

import (
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	claroUserPage  = "https://miniprogram.alipay.com/docs-Claro/miniprogram_Claro/mpdev/v2_users_inquiryuserinfo"
	claroDictPage  = "https://miniprogram.alipay.com/docs/miniprogram_claro/mpdev/v2_data_dict"
	claroMerchants = "https://github.com/search?type=code&q=%22v2%2Fusers%2FinquiryUserBasicInfo%22"
)

func init() { register(Claro) }

// Claro returns the profile of Claro mini programs, Latin America. The
// currency is that of the country, such as COP or PEN with two decimals.
//
// Known: v2 below /miniprogram/api. The signature covers the merchant's id, which
// stands between the client's id and the time, and which the header Merchant-Id
// repeats: Config.MerchantID is required. Request-Time is in Unix seconds, the
// signature in raw base64; merchants sign with keyVersion 0 (Config.KeyVersion).
// ApplyToken and UserInfo carry appId and authClientId. Their paths differ from the
// platform's, and so do the members of a user, which the profile reads as
// UserInfo.Name and UserInfo.Contacts; the document, the delivery addresses and the
// rest are in UserInfo.Raw. Hosts are those of Colombia.
//
// Not documented in public: what Claro signs in answers and notifications, of which
// the SDK accepts both this content and the platform's; any call of payments/pay by
// a merchant, so that payments follow the platform's pages; the optional header
// traceId, which the SDK does not send. Merchants' code sends the headers
// X-MC-DEVICE-ID and X-MC-USER-AGENT with user information, where it runs inside
// the app; the SDK does not.
//
// Source: https://miniprogram.alipay.com/docs-Claro and the pages beside it.
// Evidence: agreed by integrators; contradicted: paths. Not tested live.
func Claro() wire.Profile {
	w := PlatformV2()
	w.Name = "Claro"
	w.Sources = []string{"https://miniprogram.alipay.com/docs-Claro", claroUserPage, claroDictPage}
	w.Evidence = evidence(w.Sources[0], claroFacts()...)
	w.Routes.Prefix = "/miniprogram/api"
	w.Routes.BaseURLs = map[string]string{
		"production": "https://superapp-api.miniprogramas.claro.com.co",
		"sandbox":    "https://superapp-api-test.miniprogramas.claro.com.co",
	}
	w.Routes.Paths = map[wire.Operation]string{
		wire.OpApplyToken: "authorization/applyToken",
		wire.OpUserInfo:   "users/inquiryUserBasicInfo",
	}
	w.Signing.Content = wire.ContentMerchant
	w.Signing.TimeFormat = wire.TimeUnixSeconds
	w.Signing.Encoding = wire.EncodingBase64
	w.Signing.MerchantIDHeader = "Merchant-Id"
	w.Requirements.MerchantID = true
	w.Quirks.AppIDWithTokens, w.Quirks.ClientIDWithTokens = true, true
	w.Shaper = shaper.Hooks{Response: claroUser, UndoResponse: undoClaroUser}
	return w
}

func claroFacts() []wire.Fact {
	return []wire.Fact{
		{
			About: "paths", Known: "contradicted", Source: claroMerchants,
			Says: "Merchants call authorization/applyToken and users/inquiryUserBasicInfo, the pages name " +
				"authorizations/applyToken and users/inquiryUserInfo; the profile follows the merchants.",
		},
		{
			About: "signed content", Known: "agreed", Source: claroMerchants,
			Says: "Merchants sign POST, the path, a line feed, and the client's id, the merchant's id, the time " +
				"and the " +
				"body with dots between them.",
		},
		{
			About: "time", Known: "agreed", Source: claroMerchants,
			Says: "Request-Time has the ten digits of Unix seconds.",
		},
		{
			About: "encoding", Known: "agreed", Source: claroMerchants,
			Says: "The signature is raw base64, and keyVersion is 0.",
		},
		{
			About: "label", Known: "agreed", Source: claroMerchants,
			Says: "The label is RSA256, with a space after each comma.",
		},
		{
			About: "hosts", Known: "agreed", Source: claroMerchants,
			Says: "Merchants in Colombia call one host for tests and one for production.",
		},
		{
			About: "tokens", Known: "agreed", Source: claroUserPage,
			Says: "ApplyToken and UserInfo carry appId and authClientId, in merchants' code and as the page requires.",
		},
		{
			About: "user information", Known: "documents", Source: claroDictPage,
			Says: "A user has phoneNumber, email, name, surname, documentType and documentNo, each by its scope.",
		},
		{
			About: "further headers", Known: "one client", Source: claroMerchants,
			Says: "X-MC-DEVICE-ID and X-MC-USER-AGENT go with user information inside the app; the profile sends " +
				"neither.",
		},
	}
}

// claroContacts are the members of a user that say how to reach the user.
var claroContacts = []struct{ member, kind string }{{"phoneNumber", "MOBILE_PHONE"}, {"email", "EMAIL"}}

// claroUser moves what Claro says of a user to where the platform has it.
func claroUser(op wire.Operation, body map[string]any) error {
	user := object(body, "userInfo")
	if op != wire.OpUserInfo || user == nil {
		return nil
	}
	name := map[string]any{}
	share(user, "name", name, "firstName")
	share(user, "surname", name, "lastName")
	if len(name) > 0 && user["userName"] == nil {
		user["userName"] = name
	}
	var contacts []any
	for _, c := range claroContacts {
		if no := text(user, c.member); no != "" {
			contacts = append(contacts, map[string]any{"contactType": c.kind, "contactNo": no})
		}
	}
	if len(contacts) > 0 && user["contactInfos"] == nil {
		user["contactInfos"] = contacts
	}
	return nil
}

// undoClaroUser undoes claroUser. Claro tells of a user nothing else that the
// platform does, but the user's id.
func undoClaroUser(op wire.Operation, body map[string]any) error {
	user := object(body, "userInfo")
	if op != wire.OpUserInfo || user == nil {
		return nil
	}
	own := map[string]any{}
	share(user, "userId", own, "userId")
	name := object(user, "userName")
	share(name, "firstName", own, "name")
	share(name, "lastName", own, "surname")
	list, _ := user["contactInfos"].([]any)
	for _, item := range list {
		contact, _ := item.(map[string]any)
		for _, c := range claroContacts {
			if text(contact, "contactType") == c.kind {
				own[c.member] = text(contact, "contactNo")
			}
		}
	}
	body["userInfo"] = own
	return nil
}

// share copies a member of one object into another. It does nothing if the member
// is missing.
func share(from map[string]any, name string, to map[string]any, as string) {
	if value, ok := from[name]; ok {
		to[as] = value
	}
}
