package tradepaytest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func TestCashierPage(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile tradepay.Wallet) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w)
		req := order("order-1", "")
		req.Title = `<script>alert("x")</script>`
		o, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err)

		status, page, header := visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Equal(t, http.StatusOK, status)
		for _, text := range []string{"10.50 USD", "Tea House", "&lt;script&gt;", o.PaymentID, `value="pay"`, `value="cancel"`, `value="decline"`} {
			require.Contains(t, page, text)
		}
		require.NotContains(t, page, "<script")
		require.Equal(t, "no-store", header.Get("Cache-Control"))
		policy := header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'")
		style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
		sum := sha256.Sum256([]byte(style))
		require.Contains(t, policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "the style is allowed")

		status, page, _ = visit(t, http.MethodPost, o.PaymentURL, "action=pay", "")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, `data-result-code="9000"`)
		require.Contains(t, page, "https://shop.example.com/thanks")
		require.NotContains(t, page, "<form")
		_, page, _ = visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Contains(t, page, "Paid")
		require.NotContains(t, page, "<form")
	})
}

func TestCashierJSON(t *testing.T) {
	t.Parallel()
	now := newClock()
	w := newWallet(t, tradepaytest.WithClock(now.Now))
	c := newClient(t, w, tradepay.WithClock(now.Now))
	press := func(id, action string) string {
		o := payment(t, w, id)
		status, body, header := visit(t, http.MethodPost, o.PaymentURL, "action="+action, "application/json")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, header.Get("Content-Type"), "application/json")
		return strings.TrimSpace(body)
	}
	for _, id := range []string{"paid", "declined", "expired", "slow"} {
		create(t, c, id, "")
	}
	require.JSONEq(t, `{"resultCode":"6001"}`, press("paid", "cancel"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "pay"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "pay"))
	require.JSONEq(t, `{"resultCode":"9000"}`, press("paid", "cancel"), "too late")
	require.Equal(t, 1, payment(t, w, "paid").Charges)
	require.JSONEq(t, `{"resultCode":"4000"}`, press("declined", "decline"))
	require.JSONEq(t, `{"resultCode":"4000"}`, press("declined", "pay"))
	require.Equal(t, tradepay.StatusFail, payment(t, w, "declined").Status)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
	require.JSONEq(t, `{"resultCode":"8000"}`, press("slow", "pay"))
	require.JSONEq(t, `{"resultCode":"8000"}`, press("slow", "pay"))
	_, page, _ := visit(t, http.MethodGet, payment(t, w, "slow").PaymentURL, "", "")
	require.Contains(t, page, "in process")
	now.Add(30 * time.Minute)
	require.JSONEq(t, `{"resultCode":"4000"}`, press("expired", "pay"))
	_, page, _ = visit(t, http.MethodGet, payment(t, w, "expired").PaymentURL, "", "")
	require.Contains(t, page, "Payment closed")
	require.NotContains(t, page, "<form")
	require.Equal(t, tradepay.StatusProcessing, payment(t, w, "slow").Status, "what is in process does not expire")
}

func TestCashierIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	o := create(t, c, "order-1", "")
	bare, _, _ := strings.Cut(o.PaymentURL, "?")
	for name, url := range map[string]string{
		"no token":     bare,
		"empty token":  bare + "?token=",
		"other token":  o.PaymentURL + "x",
		"other id":     strings.Replace(o.PaymentURL, o.PaymentID, "1", 1),
		"nothing":      w.URL() + "/cashier/",
		"payment's id": w.URL() + "/cashier/order-1",
	} {
		status, page, _ := visit(t, http.MethodPost, url, "action=pay", "")
		require.Equal(t, http.StatusNotFound, status, name)
		require.NotContains(t, page, "10.50", name)
	}
	status, _, _ := visit(t, http.MethodPut, o.PaymentURL, "action=pay", "")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, _, _ = visit(t, http.MethodPost, o.PaymentURL, "action=steal", "")
	require.Equal(t, http.StatusBadRequest, status)
	status, _, _ = visit(t, http.MethodPost, o.PaymentURL, "action=pay&x="+strings.Repeat("x", 8<<10), "")
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, tradepay.StatusProcessing, payment(t, w, "order-1").Status)

	// A payment without a page, by agreement, has no empty token either.
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
	require.NoError(t, err)
	req := order("order-2", "")
	req.PaymentAuthCode = token.AccessToken
	paid, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	status, _, _ = visit(t, http.MethodGet, w.URL()+"/cashier/"+paid.PaymentID+"?token=", "", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestCashierLinks(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	for url, want := range map[string]bool{
		"https://shop.example.com/thanks":             true,
		"mini://platformapi/startapp?_ariver_appid=1": true,
		"javascript://x/%0aalert(1)":                  false,
		"data://text/html,x":                          false,
	} {
		req := order("order-"+url[:4], "")
		req.RedirectURL = url
		o, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err, url)
		_, page, _ := visit(t, http.MethodGet, o.PaymentURL, "", "")
		require.Equal(t, want, strings.Contains(page, "Back to the merchant"), url)
	}
}
