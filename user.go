package tradepay

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/wire"
)

// ApplyTokenRequest asks for an access token: with the AuthCode that the mini
// program got from my.getAuthCode, or with the RefreshToken of an earlier answer.
// Give exactly one. It holds secrets: fmt and slog do not print it.
type ApplyTokenRequest struct {
	AuthCode          string      `json:"authCode,omitzero"` // good for one use
	RefreshToken      string      `json:"refreshToken,omitzero"`
	ReferenceClientID string      `json:"referenceClientId,omitzero"` // the mini program, if a client has several
	Extra             extraFields `json:"extra,omitzero"`
}

// Token is the payer's consent. Keep it on the server. It holds secrets: fmt and
// slog do not print it.
type Token struct {
	AccessToken           string    `json:"accessToken,omitzero"`
	AccessTokenExpiresAt  time.Time `json:"accessTokenExpiresAt,omitzero"`
	RefreshToken          string    `json:"refreshToken,omitzero"`
	RefreshTokenExpiresAt time.Time `json:"refreshTokenExpiresAt,omitzero"`
	UserID                string    `json:"userId,omitzero"` // for Buyer.ID; customerId or userId on the wire
	Result                Result    `json:"result,omitzero"`
	Raw                   []byte    `json:"raw,omitempty"`
}

// PrepareRequest asks for the page on which a payer agrees to later payments.
type PrepareRequest struct {
	Scopes      string `json:"scopes,omitzero"`      // several with commas; default "AGREEMENT_PAY"
	RedirectURL string `json:"redirectUrl,omitzero"` // absolute URL
	// State comes back with the payer. Make a new one for each payer that nobody
	// can guess, and compare it.
	State string `json:"state,omitzero"`
	// ExtendInfo is JSON that describes the agreement to the payer, such as
	// {"contractDesc": "…"}. SuperQi and Be SuperApp require it. Rebell takes contractTitle,
	// contractDesc, agreedAmount, startTime and contractStatusNotifyUrl.
	ExtendInfo string `json:"extendInfo,omitzero"`
	// ReferenceClientID tells the merchant's businesses apart. Rebell and
	// Touch 'n Go require it.
	ReferenceClientID string      `json:"referenceClientId,omitzero"`
	Extra             extraFields `json:"extra,omitzero"`
}

// Authorization is the page on which a payer agrees.
type Authorization struct {
	AuthURL string `json:"authUrl,omitzero"`
	Result  Result `json:"result,omitzero"`
	Raw     []byte `json:"raw,omitempty"`
}

// SignContract returns what the mini program gives to my.signContract, or to the
// call that Wallet.Routes.SignJSAPI of the profile names: send it to the mini
// program as JSON. The call's success brings authCode, for [Client.ApplyToken], and
// authState, the State of the request. Its failure brings error: 6001 is that the
// payer left, 6002 the network, 7001 unknown (the payer may have agreed), 7002 that
// it failed.
func (a *Authorization) SignContract() map[string]string {
	return map[string]string{
		"signStr": a.AuthURL, // of the platform
		"authUrl": a.AuthURL, // of SuperQi
	}
}

// UserInfo is what the payer agreed to share. It holds personal data: fmt and slog
// do not print it.
type UserInfo struct {
	UserID      string     `json:"userId,omitzero"` // for Buyer.ID
	Name        PersonName `json:"name,omitzero"`
	Nickname    string     `json:"nickname,omitzero"`
	Avatar      string     `json:"avatar,omitzero"`      // URL
	Gender      string     `json:"gender,omitzero"`      // the wallet's word, such as "F", "M" or "MALE"
	Birthday    string     `json:"birthday,omitzero"`    // birthday or birthDate on the wire; a date in ISO 8601
	Nationality string     `json:"nationality,omitzero"` // ISO 3166 alpha-2
	Status      string     `json:"status,omitzero"`      // "ACTIVE", "FROZEN" or "INACTIVE"
	LoginIDs    []Contact  `json:"loginIds,omitzero"`
	Contacts    []Contact  `json:"contacts,omitzero"`
	Addresses   []Address  `json:"addresses,omitzero"`
	Result      Result     `json:"result,omitzero"`
	Raw         []byte     `json:"raw,omitempty"`
}

// Contact is one way to reach a payer, or one id with which the payer logs in.
type Contact struct {
	Type string `json:"type,omitzero"` // such as "MOBILE_PHONE" or "EMAIL"
	No   string `json:"no,omitzero"`
	Mask string `json:"mask,omitzero"` // of a login id: with some characters hidden
	Hash string `json:"hash,omitzero"` // of a login id: by the wallet's hash function, to compare
}

// ApplyToken exchanges an AuthCode or a RefreshToken for an access token. The client
// sends it once, since the wallet accepts each code and token once. If the answer is
// lost, the error matches [ErrOutcomeUnknown], and the mini program must ask for a
// new code.
func (c *Client) ApplyToken(ctx context.Context, req *ApplyTokenRequest) (*Token, error) {
	switch {
	case req == nil:
		return nil, invalidRequest("ApplyTokenRequest", "is nil", "")
	case (req.AuthCode == "") == (req.RefreshToken == ""):
		return nil, invalidRequest("AuthCode", "or RefreshToken is required, and not both",
			"give AuthCode from my.getAuthCode the first time")
	}
	body := map[string]any{"grantType": "AUTHORIZATION_CODE"}
	if req.RefreshToken != "" {
		body["grantType"] = "REFRESH_TOKEN"
	}
	for _, f := range []struct{ field, member, value string }{
		{"AuthCode", "authCode", req.AuthCode},
		{"RefreshToken", "refreshToken", req.RefreshToken},
		{"ReferenceClientID", "referenceClientId", req.ReferenceClientID},
	} {
		if err := validateToken(f.field, f.value); err != nil {
			return nil, err
		}
		put(body, f.member, f.value)
	}
	c.putSite(body)
	if err := putExtra(body, req.Extra); err != nil {
		return nil, err
	}
	c.putTokenIDs(body)
	ans, err := c.definite(ctx, &outgoing{op: wire.OpApplyToken, body: body, extra: req.Extra})
	if err != nil {
		return nil, err
	}
	r := reader{from: ans.body}
	token := &Token{
		AccessToken: r.text("accessToken"), AccessTokenExpiresAt: c.expiry(&r, "accessTokenExpiryTime"),
		RefreshToken: r.text("refreshToken"), RefreshTokenExpiresAt: c.expiry(&r, "refreshTokenExpiryTime"),
		UserID: r.text("customerId", "userId"), Result: ans.result, Raw: ans.raw,
	}
	if token.AccessToken == "" {
		r.keep(fmt.Errorf("member %q is missing", "accessToken"))
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return token, nil
}

// expiry reads until when a token is valid, or the zero time, as reader.time does.
func (c *Client) expiry(r *reader, name string) time.Time {
	if !c.wallet.Quirks.TokenSeconds {
		return r.time(name)
	}
	seconds, err := strconv.ParseUint(r.text(name), 10, 31) // up to 68 years: more is a moment
	if err != nil {
		return r.time(name)
	}
	return c.now().UTC().Add(time.Duration(seconds) * time.Second)
}

// CancelToken ends the payer's consent: the access token and its refresh token.
func (c *Client) CancelToken(ctx context.Context, accessToken string) error {
	body, err := c.tokenBody(accessToken)
	if err != nil {
		return err
	}
	_, err = c.definite(ctx, &outgoing{op: wire.OpCancelToken, body: body})
	return err
}

// Prepare asks for the page on which a payer agrees to later payments. The mini
// program opens it with [Authorization.SignContract], and gets an AuthCode there.
// The access token that [Client.ApplyToken] makes of it goes into
// CreateOrderRequest.PaymentAuthCode of each later order, until
// [Client.CancelToken], or the payer, ends the agreement.
func (c *Client) Prepare(ctx context.Context, req *PrepareRequest) (*Authorization, error) {
	if req == nil {
		return nil, invalidRequest("PrepareRequest", "is nil", "")
	}
	if err := validateURL("RedirectURL", req.RedirectURL); err != nil {
		return nil, err
	}
	body := map[string]any{"scopes": cmp.Or(req.Scopes, "AGREEMENT_PAY")}
	put(body, "authRedirectUrl", req.RedirectURL)
	put(body, "authState", req.State)
	put(body, "referenceClientId", req.ReferenceClientID)
	if c.wallet.Quirks.PartnerIDWithPrepare {
		put(body, "partnerId", c.partnerID)
	}
	info, err := extendInfo(c.siteName, req.ExtendInfo)
	if err != nil {
		return nil, err
	}
	put(body, "extendInfo", info)
	if err := putExtra(body, req.Extra); err != nil {
		return nil, err
	}
	ans, err := c.definite(ctx, &outgoing{op: wire.OpPrepare, body: body, extra: req.Extra})
	if err != nil {
		return nil, err
	}
	r := reader{from: ans.body}
	auth := &Authorization{AuthURL: r.text("authUrl", "authURL"), Result: ans.result, Raw: ans.raw}
	if auth.AuthURL == "" {
		r.keep(fmt.Errorf("member %q is missing", "authUrl"))
	}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return auth, nil
}

// UserInfo asks for what the payer agreed to share.
func (c *Client) UserInfo(ctx context.Context, accessToken string) (*UserInfo, error) {
	body, err := c.tokenBody(accessToken)
	if err != nil {
		return nil, err
	}
	c.putTokenIDs(body)
	ans, err := c.definite(ctx, &outgoing{op: wire.OpUserInfo, body: body, repeatable: true})
	if err != nil {
		return nil, err
	}
	info, err := readUserInfo(ans)
	if err != nil {
		return nil, ans.malformed(err)
	}
	return info, nil
}

func readUserInfo(ans *answer) (*UserInfo, error) {
	top := reader{from: ans.body}
	member := top.object("userInfo")
	if member == nil {
		top.keep(fmt.Errorf("member %q is missing", "userInfo"))
		return nil, top.err
	}
	r := reader{from: member}
	name := reader{from: r.object("userName")}
	info := &UserInfo{
		UserID: r.text("userId", "customerId"),
		Name: PersonName{name.text("fullName"), name.text("firstName"), name.text("middleName"),
			name.text("lastName")},
		Nickname: r.text("nickName"), Avatar: r.text("avatar"), Gender: r.text("gender"),
		Birthday:    r.text("birthday", "birthDate"),
		Nationality: r.text("nationality"), Status: r.text("status"),
		LoginIDs:  r.contacts("loginIdInfos", "loginIdType", "loginId"),
		Contacts:  r.contacts("contactInfos", "contactType", "contactNo"),
		Addresses: r.addresses("userAddresses"),
		Result:    ans.result, Raw: ans.raw,
	}
	r.keep(name.err)
	return info, r.err
}

func (r *reader) contacts(list, kind, no string) []Contact {
	var contacts []Contact
	r.each(list, func(in *reader) {
		contacts = append(contacts, Contact{
			Type: in.text(kind), No: in.text(no), Mask: in.text("maskLoginId"), Hash: in.text("hashLoginId"),
		})
	})
	return contacts
}

func (r *reader) addresses(list string) []Address {
	var addresses []Address
	r.each(list, func(in *reader) {
		addresses = append(addresses, Address{
			Region: in.text("region"), State: in.text("state"), City: in.text("city"),
			Address1: in.text("address1"), Address2: in.text("address2"), ZipCode: in.text("zipCode"),
		})
	})
	return addresses
}

func (c *Client) tokenBody(accessToken string) (map[string]any, error) {
	if accessToken == "" {
		return nil, invalidRequest("accessToken", "is required", "get it with ApplyToken")
	}
	if err := validateToken("accessToken", accessToken); err != nil {
		return nil, err
	}
	body := map[string]any{"accessToken": accessToken}
	c.putSite(body)
	return body, nil
}

// putTokenIDs adds appId and authClientId for wallets that ask which mini program
// and which merchant a token is for. It does not replace those of Extra.
func (c *Client) putTokenIDs(body map[string]any) {
	for _, id := range []struct {
		wanted        bool
		member, value string
	}{
		{c.wallet.Quirks.AppIDWithTokens, "appId", c.appID},
		{c.wallet.Quirks.ClientIDWithTokens, "authClientId", c.clientID},
	} {
		if id.wanted && !hasMember(body, id.member) {
			put(body, id.member, id.value)
		}
	}
}

// hasMember reports whether a body has a member of this name, in any case.
func hasMember(body map[string]any, name string) bool {
	for member := range body {
		if strings.EqualFold(member, name) {
			return true
		}
	}
	return false
}

func validateToken(field, token string) error {
	if len(token) > 2048 || !ascii.Printable(token) {
		return invalidRequest(field, "must be printable ASCII of at most 2,048 characters", "pass it on as it came")
	}
	return nil
}
