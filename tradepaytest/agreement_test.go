package tradepaytest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	auth, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY",
		RedirectURL: "http://127.0.0.1:1/back?x=1", State: "s-1"})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(auth.AuthURL, w.URL()))

	status, page, _ := visit(t, http.MethodGet, auth.AuthURL, "", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "AGREEMENT_PAY")
	_, page, _ = visit(t, http.MethodPost, auth.AuthURL, "", "")
	require.Contains(t, page, "http://127.0.0.1:1/back?authCode=")
	_, page, _ = visit(t, http.MethodPost, auth.AuthURL, "", "application/json")
	var agreed struct{ AuthCode, AuthState string }
	require.NoError(t, json.Unmarshal([]byte(page), &agreed))
	require.Equal(t, "s-1", agreed.AuthState)
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: agreed.AuthCode})
	require.NoError(t, err)
	require.Equal(t, tradepaytest.DefaultUser, token.UserID)

	status, _, _ = visit(t, http.MethodGet, w.URL()+"/agreement/guess", "", "")
	require.Equal(t, http.StatusNotFound, status)
	status, _, _ = visit(t, http.MethodPut, auth.AuthURL, "", "")
	require.Equal(t, http.StatusMethodNotAllowed, status)

	auth, err = c.Prepare(t.Context(), &tradepay.PrepareRequest{Scopes: "USER_ID",
		RedirectURL: "https://shop.example.com/back"})
	require.NoError(t, err)
	_, page, _ = visit(t, http.MethodPost, auth.AuthURL, "", "")
	require.NotContains(t, page, "shop.example.com", "no code leaves this host")
	require.Contains(t, page, "authCode")
}

// signing is what the wallet app answers to my.signContract.
type signing struct{ Call, AgreementURL, AuthCode, AuthState, ErrorCode, Error string }

// sign calls my.signContract, or asks how a call of it ended.
func sign(t *testing.T, method, url, body string) (status int, s signing) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Origin", phone)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&s))
	return res.StatusCode, s
}

// contract starts a call of my.signContract for a new agreement.
func contract(t *testing.T, w *tradepaytest.Wallet, c *tradepay.Client) signing {
	t.Helper()
	auth, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{State: "s-1", RedirectURL: "http://127.0.0.1:1/back"})
	require.NoError(t, err)
	body, err := json.Marshal(auth.SignContract())
	require.NoError(t, err)
	status, s := sign(t, http.MethodPost, w.URL()+"/app/signContract", string(body))
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, s.ErrorCode)
	require.Empty(t, s.AuthCode)
	return s
}

func (s signing) now(t *testing.T, w *tradepaytest.Wallet) signing {
	t.Helper()
	status, now := sign(t, http.MethodGet, w.URL()+"/app/signContract/"+s.Call, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, s.Call, now.Call)
	return now
}

// TestAppSignContract: the page tells the phone that the payer has decided; the code
// goes to the mini program alone.
func TestAppSignContract(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	c := newClient(t, w)
	s := contract(t, w, c)
	require.Equal(t, signing{Call: s.Call}, s.now(t, w), "the payer has not decided")
	_, page, _ := visit(t, http.MethodGet, s.AgreementURL, "", "")
	require.Contains(t, page, "AGREEMENT_PAY")
	require.Contains(t, page, `data-call="`+s.Call+`" data-origin="`+phone+`"`, "whom to tell")
	require.Contains(t, page, `data-result-code=""`)

	_, page, _ = visit(t, http.MethodPost, s.AgreementURL, "action=agree", "")
	require.Contains(t, page, `data-result-code="9000"`)
	require.NotContains(t, page, "/back", "the mini program goes on")
	agreed := s.now(t, w)
	require.Equal(t, "s-1", agreed.AuthState)
	require.NotEmpty(t, agreed.AuthCode)
	require.NotContains(t, page, agreed.AuthCode)
	visit(t, http.MethodPost, s.AgreementURL, "action=cancel", "")
	require.Equal(t, agreed, s.now(t, w), "decided once")
	_, page, _ = visit(t, http.MethodGet, s.AgreementURL, "", "")
	require.NotContains(t, page, "<form")
	_, left := sign(t, http.MethodDelete, w.URL()+"/app/signContract/"+s.Call, "")
	require.Equal(t, agreed, left, "too late")
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: agreed.AuthCode})
	require.NoError(t, err)
	require.Equal(t, tradepaytest.DefaultUser, token.UserID)
	seen.step(t, 0, "Agreement signed")
	seen.step(t, 0, "Agreement declined")
}

func TestAppSignContractDeclined(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	declined := contract(t, w, c)
	_, page, _ := visit(t, http.MethodPost, declined.AgreementURL+"&lang=es", "action=cancel", "")
	require.Contains(t, page, `data-result-code="6001"`)
	require.Contains(t, page, "No autorizado")
	require.Equal(t, signing{Call: declined.Call, ErrorCode: "6001"}, declined.now(t, w))

	left := contract(t, w, c)
	_, answer := sign(t, http.MethodDelete, w.URL()+"/app/signContract/"+left.Call, "")
	require.Equal(t, "6001", answer.ErrorCode)
	visit(t, http.MethodPost, left.AgreementURL, "action=agree", "")
	require.Equal(t, "6001", left.now(t, w).ErrorCode, "the payer had left")

	auth, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{})
	require.NoError(t, err)
	_, body, _ := visit(t, http.MethodPost, auth.AuthURL, "action=cancel", "application/json")
	require.JSONEq(t, `{"error":"6001"}`, body)
	_, page, _ = visit(t, http.MethodGet, auth.AuthURL+"?call="+left.Call, "", "")
	require.NotContains(t, page, "data-call", "a call is of one agreement")
}

func TestAppSignContractArguments(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.As(wallets.SuperQi()))
	c := newClient(t, w)
	auth, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{ExtendInfo: `{"contractDesc":"x"}`})
	require.NoError(t, err)
	_, s := sign(t, http.MethodPost, w.URL()+"/app/signContract", `{"authUrl":"`+auth.AuthURL+`","lang":"es"}`)
	require.NotEmpty(t, s.Call, "the argument of qicardSignContract")
	require.Contains(t, s.AgreementURL, "&lang=es")
	for _, body := range []string{
		`{}`, `{"signStr":"https://elsewhere.example/agreement/1"}`, `{"signStr":"` + w.URL() + `/agreement/guess"}`,
	} {
		status, s := sign(t, http.MethodPost, w.URL()+"/app/signContract", body)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "7002", s.ErrorCode, body)
		require.Empty(t, s.Call)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		status, _ := sign(t, method, w.URL()+"/app/signContract/guess", "")
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	auth, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{State: "s-1"})
	require.NoError(t, err)
	code, state, err := w.Agree(auth.AuthURL)
	require.NoError(t, err)
	require.Equal(t, "s-1", state)
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code})
	require.NoError(t, err)
	require.NoError(t, w.EndAgreement(token.AccessToken))
	require.ErrorIs(t, w.EndAgreement(token.AccessToken), tradepaytest.ErrNoAgreement)
	_, err = c.UserInfo(t.Context(), token.AccessToken)
	requireCode(t, err, "INVALID_ACCESS_TOKEN")
	_, err = c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{RefreshToken: token.RefreshToken})
	requireCode(t, err, "USED_REFRESH_TOKEN")
	for _, url := range []string{"", "guess", w.URL() + "/agreement/guess", w.URL() + "/agreement/"} {
		_, _, err = w.Agree(url)
		require.ErrorIs(t, err, tradepaytest.ErrNoAgreement)
	}
}
