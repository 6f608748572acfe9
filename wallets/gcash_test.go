package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	const gcash = "GCash v1"
	hold(gcash, "paths", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/v1/payments/pay.htm", gcashPay(t, profile).path)
		require.Equal(t, "/v1/authorizations/applyToken.htm", newProbe(t, profile).token().path)
		require.Equal(t, "/v1/customers/user/inquiryUserInfoByAccessToken.htm", newProbe(t, profile).user().path)
		for _, op := range profile.Operations() {
			require.Regexp(t, `^/v1/[A-Za-z/]+\.htm$`, profile.Path(op))
		}
	})
	hold(gcash, "signed content", func(t *testing.T, profile wire.Profile) {
		got := gcashPay(t, profile)
		got.requireSigned(t, "POST /v1/payments/pay.htm\n"+vectorClient+".2026-01-15T12:00:00.000+00:00."+
			string(got.raw))
	})
	hold(gcash, "time", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "2026-01-15T12:00:00.000+00:00", gcashPay(t, profile).header.Get("Request-Time"))
	})
	hold(gcash, "encoding", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9%]+%3D%3D$`, gcashPay(t, profile).header.Get("Signature"))
	})
	hold(gcash, "label", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, "^algorithm=RSA256, keyVersion=", gcashPay(t, profile).header.Get("Signature"))
	})
	hold(gcash, "shapes", func(t *testing.T, profile wire.Profile) {
		got := gcashPay(t, profile).body
		require.Equal(t, "P1", got["partnerId"])
		require.Equal(t, "3500020208396321", got["appId"])
		require.Equal(t, "Coffee", got["paymentOrderTitle"])
		require.Equal(t, map[string]any{"isCashierPayment": true}, got["paymentFactor"])
		require.Equal(t, map[string]any{"currency": "PHP", "value": "1050"}, got["paymentAmount"])
		require.NotContains(t, got, "extendInfo")
	})
	hold(gcash, "codes", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "51090000001432700001", gcashPay(t, profile).body["productCode"])
	})
	hold(gcash, "hosts", requireHosts(map[string]string{
		"production": "https://api.saas.mynt.xyz", "sandbox": "https://api-sit.saas.mynt.xyz",
	}))
}

func gcashPay(t *testing.T, profile wire.Profile) sent {
	t.Helper()
	p := newProbe(t, profile)
	return p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "PHP", Value: 1050}, Title: "Coffee",
	}))
}

func TestGCashRequest(t *testing.T) {
	t.Parallel()
	got := gcashPay(t, wallets.GCash())
	require.Equal(t, "/api/v2/payments/pay", got.path)
	require.Contains(t, got.header.Get("Signature"), "%3D")
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])
}

// TestGCashSite: the site name is optional, and a string.
func TestGCashSite(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.GCashV1())
	p.Client = p.ForSite("GCASH")
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "PHP", Value: 1050}, Title: "Coffee",
	}))
	require.JSONEq(t, `{"customerBelongsTo":"GCASH"}`, got.body["extendInfo"].(string))
}
