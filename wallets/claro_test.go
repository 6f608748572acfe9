package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestClaroRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.Claro())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "COP", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/miniprogram/api/v2/payments/pay", got.path)
	require.Equal(t, "1768478400000", got.header.Get("Request-Time"))
	require.Equal(t, "M1", got.header.Get("Merchant-Id"))
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])

	_, err := tradepay.NewClient(tradepay.Config{Wallet: wallets.Claro(), BaseURL: "https://gateway.example",
		ClientID: "c", AppID: "a"})
	require.ErrorIs(t, err, tradepay.ErrInvalidConfig)
	require.ErrorContains(t, err, "MerchantID")
}
