package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	const bank = "BancoEstado"
	hold(bank, "paths", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/v1/payments/retailPay", retailPay(t, profile).path)
		require.Equal(t, "/v1/payments/retailPay", profile.Path("retailPay"))
		require.Equal(t, "/v1/users/inquiryUserInfoForBE", profile.Path("inquiryUserInfoForBE"))
	})
	hold(bank, "signed content", func(t *testing.T, profile wire.Profile) {
		got := retailPay(t, profile)
		got.requirePlatformContent(t)
	})
	hold(bank, "time", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "2026-01-15T12:00:00+00:00", retailPay(t, profile).header.Get("Request-Time"))
	})
	hold(bank, "encoding", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9+/]{342}==$`, retailPay(t, profile).header.Get("Signature"))
	})
	hold(bank, "label", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, "^algorithm=SHA256withRSA,keyVersion=1,signature=",
			retailPay(t, profile).header.Get("Signature"))
	})
	hold(bank, "shapes", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "v2", profile.Dialect)
		require.Equal(t, inStore(), retailPay(t, profile).body, "Call sends what it is given")
	})
	hold(bank, "amounts", func(t *testing.T, _ wire.Profile) {
		pesos, err := tradepay.ParseAmount("4520", "CLP")
		require.NoError(t, err)
		require.EqualValues(t, 4520, pesos.Value)
	})
	hold(bank, "hosts", requireHosts(map[string]string{
		"sandbox UAT":  "https://desa-uat-cirrus.bancoestado.cl",
		"sandbox test": "https://desa-test1-cirrus.bancoestado.cl",
	}))
}

// inStore is a payment in a store, as merchants send it.
func inStore() map[string]any {
	price := map[string]any{"currency": "CLP", "value": "4520"}
	return map[string]any{
		"productCode": wallets.BancoEstadoInStore, "paymentRequestId": "o1",
		"paymentAuthCode": "281013025426910341541173", "paymentAmount": price,
		"order": map[string]any{
			"orderDescription": "Tea",
			"merchant": map[string]any{
				"shopInfo": map[string]any{"externalShopId": "999999"}, "merchantMCC": "5912",
			},
			"goods": []any{map[string]any{
				"referenceGoodsId": "sku-1", "goodsName": "Tea", "goodsQuantity": "1", "goodsUnitAmount": price,
			}},
		},
	}
}

func retailPay(t *testing.T, profile wire.Profile) sent {
	t.Helper()
	p := newProbe(t, profile)
	got := p.first(func() error {
		_, err := p.Call(t.Context(), "payments/retailPay", inStore(), nil)
		return err
	})
	require.Len(t, p.requests, 1, "a payment whose answer is lost is never sent twice")
	return got
}
