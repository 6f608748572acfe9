package wallets_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	hold("Claro", "paths", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/miniprogram/api/v2/authorization/applyToken", newProbe(t, profile).token().path)
		require.Equal(t, "/miniprogram/api/v2/users/inquiryUserBasicInfo", newProbe(t, profile).user().path)
	})
	hold("Claro", "signed content", func(t *testing.T, profile wire.Profile) {
		got := newProbe(t, profile).token()
		got.requireSigned(t, "POST /miniprogram/api/v2/authorization/applyToken\n"+vectorClient+".M1.1768478400."+
			string(got.raw))
		require.Equal(t, "M1", got.header.Get("Merchant-Id"))
	})
	hold("Claro", "time", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "1768478400", newProbe(t, profile).token().header.Get("Request-Time"))
	})
	hold("Claro", "encoding", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9+/]{342}==$`, newProbe(t, profile).token().header.Get("Signature"))
	})
	hold("Claro", "label", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, "^algorithm=RSA256, keyVersion=", newProbe(t, profile).token().header.Get("Signature"))
	})
	hold("Claro", "hosts", requireHosts(map[string]string{
		"production": "https://superapp-api.miniprogramas.claro.com.co",
		"sandbox":    "https://superapp-api-test.miniprogramas.claro.com.co",
	}))
	hold("Claro", "tokens", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, map[string]any{
			"appId": "3500020208396321", "grantType": "AUTHORIZATION_CODE", "authClientId": vectorClient,
			"authCode": "code",
		}, newProbe(t, profile).token().body)
		require.Equal(t, map[string]any{
			"appId": "3500020208396321", "accessToken": "access-token", "authClientId": vectorClient,
		}, newProbe(t, profile).user().body)
	})
}

func TestClaroRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.Claro())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "COP", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/miniprogram/api/v2/payments/pay", got.path)
	require.Equal(t, "1768478400", got.header.Get("Request-Time"))
	require.Equal(t, "M1", got.header.Get("Merchant-Id"))
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])

	_, err := tradepay.NewClient(tradepay.Config{Wallet: wallets.Claro(), BaseURL: "https://gateway.example",
		ClientID: "c", AppID: "a"})
	require.ErrorIs(t, err, tradepay.ErrInvalidConfig)
	require.ErrorContains(t, err, "MerchantID")
}

// TestClaroUser: what Claro tells of a user, and leaves out, comes to where other
// wallets have it.
func TestClaroUser(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		user string
		want tradepay.UserInfo
	}{
		"base": {`{"userId":"u1"}`, tradepay.UserInfo{UserID: "u1"}},
		"customer": {`{"userId":"u1","phoneNumber":"573000000000","email":"ana@example.com"}`, tradepay.UserInfo{
			UserID: "u1", Contacts: []tradepay.Contact{
				{Type: "MOBILE_PHONE", No: "573000000000"}, {Type: "EMAIL", No: "ana@example.com"},
			},
		}},
		"kyc": {`{"userId":"u1","name":"Ana","surname":"Prueba","documentType":"CC","documentNo":"1"}`,
			tradepay.UserInfo{UserID: "u1", Name: tradepay.PersonName{First: "Ana", Last: "Prueba"}}},
		"as the platform has it": {`{"userId":"u1","email":"a@example.com","userName":{"firstName":"Ana"},` +
			`"contactInfos":[{"contactType":"EMAIL","contactNo":"b@example.com"}]}`, tradepay.UserInfo{
			UserID: "u1", Name: tradepay.PersonName{First: "Ana"},
			Contacts: []tradepay.Contact{{Type: "EMAIL", No: "b@example.com"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := userOf(t, wallets.Claro(), tt.user)
			require.Equal(t, tt.want.UserID, got.UserID)
			require.Equal(t, tt.want.Name, got.Name)
			require.Equal(t, tt.want.Contacts, got.Contacts)
			var raw struct{ UserInfo json.RawMessage }
			require.NoError(t, json.Unmarshal(got.Raw, &raw))
			require.JSONEq(t, tt.user, string(raw.UserInfo))
		})
	}
}
