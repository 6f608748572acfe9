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
		"a wrong signature": {wallets.Antom(),
			http.Header{"Signature": {"algorithm=RSA256,keyVersion=1,signature=AAAA"}},
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

// TestEmptyIsUnset: SuperQi takes "" for a member that is left out; the platform does not.
func TestEmptyIsUnset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile wire.Profile
		path    string
		code    string
	}{
		"SuperQi":  {wallets.SuperQi(), "/v1/payments/inquiryPayment", "SUCCESS"},
		"platform": {wallets.PlatformV2(), "/api/v2/payments/inquiryPayment", "PARAM_ILLEGAL"},
	} {
		w := newWallet(t, tradepaytest.As(test.profile))
		_, err := newClient(t, w).CreateOrder(t.Context(), order("order-1", ""))
		require.NoError(t, err, name)
		_, _, result := raw{path: test.path, body: `{"paymentId":"","paymentRequestId":"order-1"}`}.do(t, w)
		require.Equal(t, test.code, result.Code, name)
		_, _, result = raw{path: test.path, body: `{"paymentId":"","paymentRequestId":""}`}.do(t, w)
		require.Equal(t, "PARAM_ILLEGAL", result.Code, name)
	}
}

// withoutType sends requests without a Content-Type.
type withoutType struct{}

func (withoutType) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Del("Content-Type")
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func TestContentTypeOptional(t *testing.T) {
	t.Parallel()
	for _, profile := range wallets.All() {
		if profile.Path(wire.OpInquiryPayment) == "" {
			continue // it takes no payments of a server
		}
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once, func(conf *tradepay.Config) {
			conf.HTTPClient = &http.Client{Transport: withoutType{}}
		})
		_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		if profile.Name == "Toka" {
			require.ErrorIs(t, err, tradepay.ErrOrderNotFound, "it was understood")
			continue
		}
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, profile.Name)
		require.Contains(t, w.Rejections()[0].Why, "Content-Type", profile.Name)
	}
}

// TestProductCodes: where the wallet knows all codes, no other is accepted; elsewhere
// merchants get codes of their own.
func TestProductCodes(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.SuperQi(), wallets.PlatformV2(), wallets.RebellV1()} {
		w := newWallet(t, tradepaytest.As(profile))
		req := order("order-1", "")
		req.ProductCode = "51051000101000100099"
		_, err := newClient(t, w, once).CreateOrder(t.Context(), req)
		if profile.Name == "SuperQi" {
			require.ErrorIs(t, err, tradepay.ErrRejected)
			require.Contains(t, w.Rejections()[0].Why, "productCode")
			require.Empty(t, w.Payments())
			continue
		}
		require.NoError(t, err, profile.Name)
	}
}
