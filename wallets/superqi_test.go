package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestSuperQiRequest(t *testing.T) {
	t.Parallel()
	thousand, err := tradepay.ParseAmount("1000", "IQD")
	require.NoError(t, err)
	for product, change := range map[string]func(*tradepay.CreateOrderRequest){
		wallets.SuperQiPurchase:    func(*tradepay.CreateOrderRequest) {},
		wallets.SuperQiAuthCapture: func(r *tradepay.CreateOrderRequest) { r.Authorize = true },
		wallets.SuperQiAgreement:   func(r *tradepay.CreateOrderRequest) { r.PaymentAuthCode = "token" },
	} {
		p, request := newProbe(t, wallets.SuperQi()),
			&tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: thousand, Title: "Tea"}
		change(request)
		got := p.first(p.create(request))
		require.Equal(t, "/v1/payments/pay", got.path)
		require.Equal(t, "2026-01-15T12:00:00+00:00", got.header.Get("Request-Time"))
		require.NotContains(t, got.header.Get("Signature"), "%")
		require.Equal(t, product, got.body["productCode"])
		require.Equal(t, map[string]any{"currency": "IQD", "value": "1000000"}, got.body["paymentAmount"], "in fils")
		require.NotContains(t, got.body, "paymentFactor")
	}

	p := newProbe(t, wallets.SuperQi())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: thousand, Title: "Tea", Authorize: true,
		VoidNotifyURL: "https://shop.example/void",
	}))
	require.Equal(t, "https://shop.example/void", got.body["voidNotifyUrl"])
	p = newProbe(t, wallets.SuperQi())
	got = p.first(func() error {
		_, err := p.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "v1", PaymentID: "p1",
			NotifyURL: "https://shop.example/void"})
		return err
	})
	require.NotContains(t, got.body, "voidNotifyUrl", "the order has it")
}
