package wallets_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	const vodafone = "Vodafone Egypt"
	hold(vodafone, "paths", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/services/dxl/v2/authorizations/applyToken", newProbe(t, profile).token().path)
		require.Equal(t, "/services/dxl/v2/users/inquiryUserInfo", newProbe(t, profile).user().path)
	})
	hold(vodafone, "shapes", func(t *testing.T, profile wire.Profile) {
		for name, seconds := range map[string]any{"text": "3584", "number": json.Number("3584")} {
			token := tokenOf(t, profile, seconds)
			require.Equal(t, vectorNow.Add(3584*time.Second), token.AccessTokenExpiresAt, name)
			require.Equal(t, vectorNow.Add(3584*time.Second), token.RefreshTokenExpiresAt, name)
		}
		user := userOf(t, profile, `{"msisdn":"201000000000"}`)
		require.Equal(t, []tradepay.Contact{{Type: "MOBILE_PHONE", No: "201000000000"}}, user.Contacts)
	})
	hold(vodafone, "tokens", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, map[string]any{
			"grantType": "authorization_code", "authCode": "code", "authClientId": vectorClient,
			"appId": "3500020208396321",
		}, newProbe(t, profile).token().body)
		require.Equal(t, map[string]any{
			"accessToken": "access-token", "authClientId": vectorClient, "appId": "3500020208396321",
		}, newProbe(t, profile).user().body)
	})
	hold(vodafone, "codes", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "access-0001", tokenOf(t, profile, "3584").AccessToken)
	})
	hold(vodafone, "hosts", requireHosts(map[string]string{"sandbox": "https://test1.vodafone.com.eg"}))
}

// TestVodafoneEgyptExpiry: what is no number of seconds is a moment, or unknown. Nothing
// is guessed.
func TestVodafoneEgyptExpiry(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 1, 15, 13, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"0": vectorNow, "3584": vectorNow.Add(3584 * time.Second),
		"1768482000000": moment, "2026-01-15T13:00:00Z": moment, "2026-01-15T15:00:00+02:00": moment,
		"-1": {}, "1.5": {}, "soon": {}, "99999999999999999999": {},
	} {
		require.Equal(t, want, tokenOf(t, wallets.VodafoneEgypt(), text).AccessTokenExpiresAt, text)
	}
}
