package wallets_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	hold("SuperQi", "agreement", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "qicardSignContract", profile.Routes.SignJSAPI)
		require.Equal(t, map[string]any{"scopes": "AGREEMENT_PAY", "extendInfo": `{"contractDesc":"Coffee club"}`},
			prepared(t, profile, &tradepay.PrepareRequest{ExtendInfo: `{"contractDesc":"Coffee club"}`}))
		requireNeeded(t, profile, "ExtendInfo")
	})
	for _, version := range []string{"Rebell v1", "Rebell v2"} {
		hold(version, "agreement", func(t *testing.T, profile wire.Profile) {
			id := "305XST2CSG0N4P0xxxx" // the page's own sample is longer than its limit
			require.Equal(t, map[string]any{"scopes": "AGREEMENT_PAY", "referenceClientId": id},
				prepared(t, profile, &tradepay.PrepareRequest{ReferenceClientID: id}))
			requireNeeded(t, profile, "ReferenceClientID")
		})
	}
	hold("Touch 'n Go", "agreement", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, map[string]any{
			"partnerId": "P1", "referenceClientId": "C1", "authClientId": "C1", "scope": []any{"AGREEMENT_PAY"},
		}, prepared(t, profile, &tradepay.PrepareRequest{ReferenceClientID: "C1"}), "as integrators send it, and more")
		require.Equal(t, map[string]any{
			"partnerId": "P1", "referenceClientId": "C1", "authClientId": "C2",
			"scope": []any{"AGREEMENT_PAY", "USER_ID"}, "authRedirectUrl": "https://shop.example/back",
			"authState": "s1", "partnerReqId": "r1", "authClientDisplayName": "Shop",
			"authLogoUrl": "https://shop.example/logo",
		}, prepared(t, profile, &tradepay.PrepareRequest{
			ReferenceClientID: "C1", Scopes: "AGREEMENT_PAY, " +
				"USER_ID", RedirectURL: "https://shop.example/back", State: "s1",
			Extra: map[string]any{"authClientId": "C2", "partnerReqId": "r1", "authClientDisplayName": "Shop",
				"authLogoUrl": "https://shop.example/logo"},
		}), "as the page has it")
		requireNeeded(t, profile, "ReferenceClientID")
	})
}

// prepared is the body of Prepare as it leaves the merchant's server.
func prepared(t *testing.T, profile wire.Profile, req *tradepay.PrepareRequest) map[string]any {
	t.Helper()
	p := newProbe(t, profile)
	return p.first(func() error {
		_, err := p.Prepare(t.Context(), req)
		return err
	}).body
}

// requireNeeded requires that Prepare names the field that an empty request lacks.
func requireNeeded(t *testing.T, profile wire.Profile, field string) {
	t.Helper()
	p := newProbe(t, profile)
	err := p.refused(func() error {
		_, err := p.Prepare(t.Context(), &tradepay.PrepareRequest{})
		return err
	}, tradepay.ErrInvalidRequest)
	require.ErrorContains(t, err, field)
}

// club asks for an agreement by the state s1, with what the wallets need of it.
func club() *tradepay.PrepareRequest {
	return &tradepay.PrepareRequest{
		RedirectURL: "https://shop.example/agreed", State: "s1", ReferenceClientID: "305XST2CSG0N4P01",
		ExtendInfo: `{"contractTitle":"Coffee club","contractDesc":"One coffee a month"}`,
	}
}

// monthly is an order by agreement.
func (s *shop) monthly(profile wire.Profile, id, token string) *tradepay.CreateOrderRequest {
	req := s.order(id)
	req.PaymentAuthCode = token
	if profile.Name == "Antom" {
		req.Extra = map[string]any{"paymentMethod": map[string]any{"paymentMethodType": "GCASH"}}
	}
	return req
}

// TestAgreement is one merchant's code against every wallet: the page, the mini
// program's call, the token, two payments without the payer, and the end.
func TestAgreement(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		if document := profile.Routes.Unsupported[wire.OpPrepare]; document != "" {
			_, err := s.client.Prepare(t.Context(), club())
			requireUnsupported(t, err, profile, document)
			return
		}
		page, err := s.client.Prepare(t.Context(), club())
		require.NoError(t, err)
		code, state := s.sign(t, page)
		require.Equal(t, "s1", state)
		token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code})
		require.NoError(t, err)

		for _, id := range []string{"january", "february"} {
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
			order, err := s.client.CreateOrder(t.Context(), s.monthly(profile, id, token.AccessToken))
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusSuccess, order.Status)
			require.NoError(t, s.notified(t, tradepay.NotificationPayment, id).CheckPaid(id, s.price))
			paid, ok := s.wallet.Payment(id)
			require.True(t, ok)
			require.Equal(t, 1, paid.Charges)
		}

		if profile.Path(wire.OpCancelToken) != "" {
			require.NoError(t, s.client.CancelToken(t.Context(), token.AccessToken))
		} else {
			require.NoError(t, s.wallet.EndAgreement(token.AccessToken))
		}
		s.requireEnded(t, profile, token, "march")
		require.Empty(t, s.wallet.Rejections())
	})
}

// TestAgreementEndedByThePayer: the merchant's next payment is refused, and nothing is
// charged.
func TestAgreementEndedByThePayer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Routes.Unsupported[wire.OpPrepare] != "" {
			return
		}
		s := newShop(t, profile)
		page, err := s.client.Prepare(t.Context(), club())
		require.NoError(t, err)
		code, _, err := s.wallet.Agree(page.AuthURL)
		require.NoError(t, err)
		token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code})
		require.NoError(t, err)
		require.NoError(t, s.wallet.EndAgreement(token.AccessToken))
		require.ErrorIs(t, s.wallet.EndAgreement(token.AccessToken), tradepaytest.ErrNoAgreement)
		s.requireEnded(t, profile, token, "january")
	})
}

// requireEnded requires that the tokens of an agreement are good for nothing.
func (s *shop) requireEnded(t *testing.T, profile wire.Profile, token *tradepay.Token, id string) {
	t.Helper()
	_, err := s.client.CreateOrder(t.Context(), s.monthly(profile, id, token.AccessToken))
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.NotContains(t, err.Error(), token.AccessToken)
	_, exists := s.wallet.Payment(id)
	require.False(t, exists)
	_, err = s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{RefreshToken: token.RefreshToken})
	require.ErrorIs(t, err, tradepay.ErrRejected)
}

// sign does what a phone does: it gives my.signContract what the merchant's server sent,
// and the payer agrees on the page.
func (s *shop) sign(t *testing.T, page *tradepay.Authorization) (authCode, authState string) {
	t.Helper()
	arguments, err := json.Marshal(page.SignContract())
	require.NoError(t, err)
	var call struct{ Call, AgreementURL, AuthCode, AuthState, ErrorCode string }
	ask := func(method, url, contentType, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", contentType)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		require.Equal(t, http.StatusOK, res.StatusCode)
		data, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
			require.NoError(t, json.Unmarshal(data, &call))
		}
	}
	ask(http.MethodPost, s.wallet.URL()+"/app/signContract", "application/json", string(arguments))
	require.Empty(t, call.ErrorCode)
	ask(http.MethodPost, call.AgreementURL, "application/x-www-form-urlencoded", "action=agree")
	ask(http.MethodGet, s.wallet.URL()+"/app/signContract/"+call.Call, "", "")
	require.NotEmpty(t, call.AuthCode)
	return call.AuthCode, call.AuthState
}
