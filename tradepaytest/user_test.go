package tradepaytest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var rejected *tradepay.APIError
	require.ErrorAs(t, err, &rejected)
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.Equal(t, code, rejected.Result.Code)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		now := newClock()
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithClock(now.Now))
		c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
		apply := func(code, refresh string) (*tradepay.Token, error) {
			now.Add(time.Millisecond) // equal answers at the same time look replayed
			return c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code, RefreshToken: refresh})
		}
		code := w.AuthCode("user-1")
		require.LessOrEqual(t, len(code), 32)
		token, err := apply(code, "")
		require.NoError(t, err)
		require.Equal(t, "user-1", token.UserID)
		require.True(t, token.AccessTokenExpiresAt.After(now.Now()))
		_, err = apply(code, "")
		requireCode(t, err, "USED_CODE")
		_, err = apply("guess", "")
		requireCode(t, err, "INVALID_CODE")
		late := w.AuthCode("user-1")
		now.Add(10*time.Minute - time.Millisecond)
		_, err = apply(late, "")
		requireCode(t, err, "EXPIRED_CODE")

		info, err := c.UserInfo(t.Context(), token.AccessToken)
		require.NoError(t, err)
		require.Equal(t, "user-1", info.UserID)
		require.Equal(t, "Ana Prueba", info.Name.Full)
		require.Equal(t, "ACTIVE", info.Status)
		require.Len(t, info.Contacts, 2)
		require.Equal(t, "EMAIL", info.Contacts[1].Type)
		require.Equal(t, "1990-02-03", info.Birthday)
		require.Len(t, info.LoginIDs, 1)

		fresh, err := apply("", token.RefreshToken)
		require.NoError(t, err)
		require.NotEqual(t, token.AccessToken, fresh.AccessToken)
		_, err = apply("", token.RefreshToken)
		requireCode(t, err, "USED_REFRESH_TOKEN")
		_, err = apply("", "guess")
		requireCode(t, err, "INVALID_REFRESH_TOKEN")
		_, err = c.UserInfo(t.Context(), token.AccessToken)
		requireCode(t, err, "INVALID_ACCESS_TOKEN")

		require.NoError(t, c.CancelToken(t.Context(), fresh.AccessToken))
		requireCode(t, c.CancelToken(t.Context(), fresh.AccessToken), "INVALID_ACCESS_TOKEN")
		_, err = apply("", fresh.RefreshToken)
		requireCode(t, err, "USED_REFRESH_TOKEN")

		old, err := apply(w.AuthCode("user-2"), "")
		require.NoError(t, err)
		now.Add(31 * 24 * time.Hour)
		_, err = c.UserInfo(t.Context(), old.AccessToken)
		requireCode(t, err, "EXPIRED_ACCESS_TOKEN")
		now.Add(365 * 24 * time.Hour)
		_, err = apply("", old.RefreshToken)
		requireCode(t, err, "EXPIRED_REFRESH_TOKEN")
	})
}

// visit does what a browser does.
func visit(t *testing.T, method, url, form, accept string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form))
	require.NoError(t, err)
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body), res.Header
}
