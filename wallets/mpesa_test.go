package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestMPesaRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.MPesa())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "LSL", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/api/v2/payments/pay", got.path)
	require.Equal(t, "2026-01-15T12:00:00.000+00:00", got.header.Get("Request-Time"))
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])
	require.Equal(t, "3500020208396321", got.body["appId"])
}
