package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestBeSuperAppRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.BeSuperApp())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "CLP", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/api/v1/payments/pay", got.path)
	require.Equal(t, "Coffee", got.body["paymentOrderTitle"])
	require.Equal(t, "P1", got.body["partnerId"])
	require.Equal(t, map[string]any{"currency": "CLP", "value": "1050"}, got.body["paymentAmount"],
		"pesos have no decimals")
	require.NotContains(t, got.body, "productCode", "the wallet assigns it")
	require.NotContains(t, got.body, "extendInfo")
}

func init() {
	hold("Be SuperApp", "agreement", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, map[string]any{"scopes": "AGREEMENT_PAY", "extendInfo": `{"contractDesc":"Coffee club"}`},
			prepared(t, profile, &tradepay.PrepareRequest{ExtendInfo: `{"contractDesc":"Coffee club"}`}))
		requireNeeded(t, profile, "ExtendInfo")
	})
	hold("Be SuperApp", "gateway", func(t *testing.T, profile wire.Profile) {
		runs := wallets.BancoEstado()
		require.Equal(t, "/api", profile.Routes.Prefix)
		require.Empty(t, runs.Routes.Prefix)
		require.Equal(t, "v1", profile.Dialect)
		require.Equal(t, "v2", runs.Dialect)
		require.NotEqual(t, profile.Signing, runs.Signing)
	})
}
