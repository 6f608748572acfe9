package tradepay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

const (
	tokenPath   = "/api/open/v1/authorizations/applyToken"
	cancelToken = "/api/open/v1/authorizations/cancelToken"
	preparePath = "/api/open/v1/authorizations/prepare"
	userPath    = "/api/open/v1/customers/user/inquiryUserInfoByAccessToken"
	ok          = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`
)

func TestApplyToken(t *testing.T) {
	t.Parallel()
	const token = ok + `,"accessToken":"A1","accessTokenExpiryTime":"2026-06-06T12:12:12+08:00","refreshToken":"R1",` +
		`"refreshTokenExpiryTime":"2026-06-08T12:12:12+08:00","customerId":"U1"}`
	tests := []struct {
		name   string
		req    tradepay.ApplyTokenRequest
		answer answerFunc
		body   string
		want   error
	}{
		{"code", tradepay.ApplyTokenRequest{AuthCode: "C1", ReferenceClientID: "APP"}, signed(200, token),
			`{"grantType":"AUTHORIZATION_CODE","authCode":"C1","referenceClientId":"APP",` +
				`"extendInfo":"{\"customerBelongsTo\":\"SITE\"}"}`, nil},
		{"refresh", tradepay.ApplyTokenRequest{RefreshToken: "R0"}, signed(200, token),
			`{"grantType":"REFRESH_TOKEN","refreshToken":"R0","extendInfo":"{\"customerBelongsTo\":\"SITE\"}"}`, nil},
		{"used code", tradepay.ApplyTokenRequest{AuthCode: "C1"}, signed(200, result("F", "USED_CODE")),
			"", tradepay.ErrRejected},
		{"lost, and not repeated: the code is used up", tradepay.ApplyTokenRequest{AuthCode: "C1"}, broken(errReset),
			"", tradepay.ErrOutcomeUnknown},
		{"accepted means nothing here", tradepay.ApplyTokenRequest{AuthCode: "C1"}, signed(200, result("A", "ACCEPT")),
			"", tradepay.ErrOutcomeUnknown},
		{"no token", tradepay.ApplyTokenRequest{AuthCode: "C1"}, signed(200, success), "", tradepay.ErrMalformed},
		{"extra replaces", tradepay.ApplyTokenRequest{AuthCode: "C1", Extra: map[string]any{"grantType": "X"}},
			signed(200, token), "", tradepay.ErrInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1()).on(tokenPath, tt.answer)
			got, err := w.client().ApplyToken(t.Context(), &tt.req)
			require.LessOrEqual(t, len(w.seenOn(tokenPath)), 1)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.JSONEq(t, tt.body, w.seenOn(tokenPath)[0].body)
			require.Equal(t, "A1", got.AccessToken)
			require.Equal(t, "R1", got.RefreshToken)
			require.Equal(t, "U1", got.UserID)
			require.True(t, got.AccessTokenExpiresAt.Equal(time.Date(2026, 6, 6, 4, 12, 12, 0, time.UTC)))
			require.True(t, got.RefreshTokenExpiresAt.After(got.AccessTokenExpiresAt))
		})
	}
}

func TestCancelToken(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1()).on(cancelToken, signed(200, success),
		signed(200, result("F", "INVALID_ACCESS_TOKEN")))
	client := w.client()
	require.NoError(t, client.CancelToken(t.Context(), "A1"))
	require.JSONEq(t, `{"accessToken":"A1","extendInfo":"{\"customerBelongsTo\":\"SITE\"}"}`,
		w.seenOn(cancelToken)[0].body)
	err := client.CancelToken(t.Context(), "A1-very-secret")
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.NotContains(t, err.Error(), "secret")

	w = newScripted(t, wallets.PlatformV1()).on(cancelToken, broken(errReset))
	require.ErrorIs(t, w.client().CancelToken(t.Context(), "A1"), tradepay.ErrOutcomeUnknown)
	require.Len(t, w.seenOn(cancelToken), 1)
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1()).on(preparePath,
		signed(200, ok+`,"authUrl":"https://wallet.example/agree"}`), signed(200, success),
		signed(200, result("F", "INVALID_AUTH_CLIENT")))
	client := w.client()
	req := &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY", RedirectURL: "https://shop.example/agreed", State: "s1",
		ExtendInfo: `{"contractDesc":"coffee club"}`}
	got, err := client.Prepare(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "https://wallet.example/agree", got.AuthURL)
	require.JSONEq(t, `{"scopes":"AGREEMENT_PAY","authRedirectUrl":"https://shop.example/agreed","authState":"s1",`+
		`"extendInfo":"{\"contractDesc\":\"coffee club\",\"customerBelongsTo\":\"SITE\"}"}`,
		w.seenOn(preparePath)[0].body)
	_, err = client.Prepare(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrMalformed)
	_, err = client.Prepare(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrUnauthorized, "the wallet does not know the caller's authClientId")
	req.Extra = map[string]any{"scopes": "ALL"}
	_, err = client.Prepare(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	req.ExtendInfo = "not JSON"
	_, err = client.Prepare(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	const info = ok + `,"userInfo":{"userId":"U1","status":"ACTIVE","nickName":"Ana","userName":{"fullName":"Ana ` +
		`Ruiz"},"nationality":"MX","gender":"F",` +
		`"loginIdInfos":[{"loginIdType":"MOBILE_PHONE","loginId":"555"}],"contactInfos":[{"contactType":"EMAIL",` +
		`"contactNo":"ana@example.com"}]}}`
	tests := []struct {
		name   string
		answer []answerFunc
		want   error
	}{
		{"known", []answerFunc{signed(200, info)}, nil},
		{"lost, then known", []answerFunc{broken(errReset), signed(200, info)}, nil},
		{"expired", []answerFunc{signed(200, result("F", "EXPIRED_ACCESS_TOKEN"))}, tradepay.ErrRejected},
		{"nothing in it", []answerFunc{signed(200, success)}, tradepay.ErrMalformed},
		{"lists of another kind", []answerFunc{signed(200, ok+`,"userInfo":{"contactInfos":["x"]}}`)},
			tradepay.ErrMalformed},
		{"a name of another kind", []answerFunc{signed(200, ok+`,"userInfo":{"userName":"x"}}`)},
			tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1()).on(userPath, tt.answer...)
			got, err := w.client().UserInfo(t.Context(), "A1")
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "U1", got.UserID)
			require.Equal(t, "Ana Ruiz", got.Name.Full)
			require.Equal(t, []tradepay.Contact{{Type: "MOBILE_PHONE", No: "555"}}, got.LoginIDs)
			require.Equal(t, []tradepay.Contact{{Type: "EMAIL", No: "ana@example.com"}}, got.Contacts)
		})
	}
}

// TestTokenIDs: who asks for a token of another merchant or mini program says so in
// Extra.
func TestTokenIDs(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/authorizations/applyToken"
	for name, test := range map[string]struct {
		extra map[string]any
		want  map[string]any
	}{
		"the client's own": {nil, map[string]any{"appId": "3333010071465913001", "authClientId": clientID}},
		"another merchant": {map[string]any{"authClientId": "other"},
			map[string]any{"appId": "3333010071465913001", "authClientId": "other"}},
		"another mini program": {map[string]any{"appId": "other"},
			map[string]any{"appId": "other", "authClientId": clientID}},
		"in another case": {map[string]any{"AuthClientID": "other"},
			map[string]any{"appId": "3333010071465913001", "AuthClientID": "other"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).
				on(path, signed(200, strings.Replace(success, `}}`, `},"accessToken":"A"}`, 1)))
			c := w.client(func(cfg *tradepay.Config) { cfg.AppID = "3333010071465913001" })
			_, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code", Extra: test.extra})
			require.NoError(t, err)
			sent := object(t, w.seenOn(path)[0].body)
			delete(sent, "grantType")
			delete(sent, "authCode")
			delete(sent, "extendInfo")
			require.Equal(t, test.want, sent)
		})
	}
}

// TestUserInfoMembers: what the portal's dictionary of v2 has.
func TestUserInfoMembers(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/users/inquiryUserInfo"
	body := strings.Replace(success, `}}`, `},"userInfo":{"userId":"U","birthDate":"1990-02-03","gender":"F",
		"loginIdInfos":[{"loginIdType":"MOBILE_PHONE","maskLoginId":"55*****00","hashLoginId":"ab12"}],
		"userAddresses":[{"region":"ZA","state":"GP","city":"Pretoria","address1":"1 Church St","address2":"2",
		"zipCode":"0002","label":"home"}]}}`, 1)
	w := newScripted(t, wallets.PlatformV2()).on(path, signed(200, body))
	info, err := w.client().UserInfo(t.Context(), "token")
	require.NoError(t, err)
	require.Equal(t, "1990-02-03", info.Birthday)
	require.Equal(t, []tradepay.Contact{{Type: "MOBILE_PHONE", Mask: "55*****00", Hash: "ab12"}}, info.LoginIDs)
	require.Equal(t, []tradepay.Address{{
		Region: "ZA", State: "GP", City: "Pretoria", Address1: "1 Church St", Address2: "2", ZipCode: "0002",
	}}, info.Addresses)
	require.Contains(t, string(info.Raw), `"label":"home"`)

	w = newScripted(t, wallets.PlatformV2()).
		on(path, signed(200, strings.Replace(success, `}}`, `},"userInfo":{"userId":"U","userAddresses":["home"]}}`, 1)))
	_, err = w.client().UserInfo(t.Context(), "token")
	require.ErrorIs(t, err, tradepay.ErrMalformed)
}
