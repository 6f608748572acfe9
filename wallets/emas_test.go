package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestEMASRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.EMAS())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "SGD", Value: 1050}, Title: "Coffee",
	}))
	require.Equal(t, "/v1/payments/pay", got.path)
	require.Equal(t, "P1", got.body["partnerId"])
	require.Equal(t, map[string]any{"isCashierPayment": true}, got.body["paymentFactor"])

	p = newProbe(t, wallets.EMAS())
	got = p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o2", Amount: tradepay.Amount{Currency: "SGD", Value: 1050}, Title: "Coffee",
		PaymentAuthCode: "token",
	}))
	require.Equal(t, map[string]any{"isAgreementPay": true}, got.body["paymentFactor"])
	require.Equal(t, "token", got.body["paymentAuthCode"])
}
