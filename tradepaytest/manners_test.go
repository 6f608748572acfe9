package tradepaytest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestUnsignedAcknowledgement: a wallet that asks for no signature still reads the
// verdict, and still checks a signature that is there.
func TestUnsignedAcknowledgement(t *testing.T) {
	t.Parallel()
	const done, later = `{"result":{"resultStatus":"S"}}`, `{"result":{"resultStatus":"U"}}`
	for name, test := range map[string]struct {
		wallet wire.Profile
		header http.Header
		body   string
		taken  bool
		err    string
	}{
		"unsigned":             {wallets.Antom(), nil, done, true, ""},
		"unsigned, not stored": {wallets.Antom(), nil, later, false, "not S"},
		"unsigned, no JSON":    {wallets.Antom(), nil, `ok`, false, "acknowledgement is"},
		"a wrong signature": {wallets.Antom(), http.Header{"Signature": {"algorithm=RSA256,keyVersion=1,signature=AAAA"}},
			done, false, "0 Client-Id"},
		"another wallet": {wallets.PlatformV2(), nil, done, false, "0 Signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen events
			w := newWallet(t, tradepaytest.As(test.wallet), tradepaytest.WithNotifyBackoff(time.Millisecond, 1),
				tradepaytest.WithObserver(seen.observe))
			c := newClient(t, w)
			shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				for name, values := range test.header {
					rw.Header()[name] = values
				}
				_, _ = rw.Write([]byte(test.body))
			}))
			defer shop.Close()
			create(t, c, "order-1", shop.URL)
			require.NoError(t, w.Pay("order-1"))
			require.Eventually(t, func() bool { return len(w.Deliveries()) == 1 }, 2*time.Minute, time.Millisecond)
			d := w.Deliveries()[0]
			require.Equal(t, test.taken, d.Acknowledged, d.Error)
			require.Contains(t, d.Error, test.err)

			all := seen.all()
			last := all[len(all)-1]
			require.Equal(t, 19, last.Step)
			require.Equal(t, doctor.EvidenceAcknowledgement, last.Answer.Kind)
			require.False(t, last.Answer.Verified)
			if test.taken {
				require.Equal(t, "Pay result notified and acknowledged", last.Name)
				require.Equal(t, "not signed, which this wallet accepts", last.Answer.Verdict)
			} else {
				require.Equal(t, "Notification not acknowledged", last.Name)
			}
		})
	}
}

// TestEmptyIsUnset: SuperQi's own client fills the id that it does not use with "".
func TestEmptyIsUnset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wallet wire.Profile
		code   string
	}{
		"SuperQi":     {wallets.SuperQi(), "SUCCESS"},
		"Platform v2": {wallets.PlatformV2(), "PARAM_ILLEGAL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(test.wallet))
			c := newClient(t, w)
			create(t, c, "order-1", "")
			path := test.wallet.Routes.Prefix + test.wallet.Path(wire.OpInquiryPayment)
			_, _, result := raw{path: path, body: `{"paymentId":"","paymentRequestId":"order-1"}`}.do(t, w)
			require.Equal(t, test.code, result.Code)
		})
	}
	w := newWallet(t, tradepaytest.As(wallets.SuperQi()))
	_, _, result := raw{path: "/v1/payments/inquiryPayment", body: `{"paymentId":"","paymentRequestId":""}`}.do(t, w)
	require.Equal(t, "PARAM_ILLEGAL", result.Code, "both are missing")
}

// TestRepeatedContentType: nobody signs it, and an official client sends it twice.
func TestRepeatedContentType(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	for name, test := range map[string]struct {
		values []string
		code   string
	}{
		"twice":   {[]string{"application/json", "application/json; charset=UTF-8"}, "ACCEPT"},
		"two":     {[]string{"application/json", "text/plain"}, "PARAM_ILLEGAL"},
		"none":    {nil, "PARAM_ILLEGAL"},
		"charset": {[]string{"application/json; charset=latin1"}, "PARAM_ILLEGAL"},
	} {
		_, _, result := raw{body: goodPay, change: func(h http.Header) { h["Content-Type"] = test.values }}.do(t, w)
		require.Equal(t, test.code, result.Code, name)
	}
}

// TestTokenIDs: v2 demands both ids for a code, and no other merchant's.
func TestTokenIDs(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	const path = "/api/v2/authorizations/applyToken"
	for body, want := range map[string]string{
		`"appId":"3333000000000001"`:                                        "PARAM_ILLEGAL",
		`"authClientId":"TEST_5X00000000000001"`:                            "PARAM_ILLEGAL",
		`"appId":"3333000000000001","authClientId":"TEST_5X00000000000001"`: "SUCCESS",
		`"appId":"3333000000000001","authClientId":"other"`:                 "INVALID_AUTH_CLIENT",
		`"appId":"other","authClientId":"TEST_5X00000000000001"`:            "ACCESS_DENIED",
	} {
		_, _, result := raw{
			path: path, body: `{"grantType":"AUTHORIZATION_CODE","authCode":"` + w.AuthCode("u") + `",` + body + `}`,
		}.do(t, w)
		require.Equal(t, want, result.Code, body)
	}
	c := newClient(t, w)
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("u")})
	require.NoError(t, err)
	_, _, result := raw{path: path, body: `{"grantType":"REFRESH_TOKEN","refreshToken":"` + token.RefreshToken + `"}`}.
		do(t, w)
	require.Equal(t, "SUCCESS", result.Code, "a document's sample of a refresh has no ids")
	token, err = c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("u")})
	require.NoError(t, err)
	_, _, result = raw{path: "/api/v2/users/inquiryUserInfo",
		body: `{"accessToken":"` + token.AccessToken + `","authClientId":"other"}`}.do(t, w)
	require.Equal(t, "INVALID_AUTH_CLIENT", result.Code)
}
