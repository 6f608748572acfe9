package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestAlipayConnectRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.AlipayConnect())
	got := p.first(func() error {
		_, err := p.ForSite("KAKAOPAY").Prepare(t.Context(), &tradepay.PrepareRequest{
			Scopes: "AGREEMENT_PAY", Extra: map[string]any{"authClientId": "c1"},
		})
		return err
	})
	require.Equal(t, "/api/open/v2/authorizations/prepare", got.path)
	require.Equal(t, map[string]any{"scopes": "AGREEMENT_PAY", "authClientId": "c1", "customerBelongsTo": "KAKAOPAY"},
		got.body)

	p = newProbe(t, wallets.AlipayConnect())
	got = p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "KRW", Value: 5000},
		SiteName: "KAKAOPAY",
	}))
	require.Equal(t, "KAKAOPAY", got.body["customerBelongsTo"])
	require.NotContains(t, got.body, "extendInfo")
	require.Contains(t, got.body, "order")
}
