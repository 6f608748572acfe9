package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestGCashRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.GCash())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "PHP", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/api/v2/payments/pay", got.path)
	require.Contains(t, got.header.Get("Signature"), "%3D")
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])
}
