package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	documented["Touch 'n Go"] = func(op wire.Operation, message map[string]any) {
		if op == wire.OpNotifyPayment {
			delete(message, "partnerId")
			delete(message, "paymentStatus")
			message["paymentResult"] = map[string]any{"resultStatus": "S", "resultCode": "SUCCESS",
				"resultMessage": "success"}
		}
	}
}

func TestTouchNGoRequest(t *testing.T) {
	t.Parallel()
	myr := tradepay.Amount{Currency: "MYR", Value: 100}
	p := newProbe(t, wallets.TouchNGo())
	got := p.first(p.create(&tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: myr, Title: "Coffee"}))
	require.Equal(t, "/acl/api/v1/payments/pay", got.path)
	require.Equal(t, "2026-01-15T12:00:00+00:00", got.header.Get("Request-Time"))
	require.Contains(t, got.header.Get("Signature"), "%3D")
	require.Equal(t, wallets.TouchNGoCashier, got.body["productCode"])
	require.Equal(t, map[string]any{"isCashierPayment": true}, got.body["paymentFactor"])
	require.NotContains(t, got.body, "extendInfo")

	p = newProbe(t, wallets.TouchNGo())
	got = p.first(p.create(&tradepay.CreateOrderRequest{PaymentRequestID: "o2", Amount: myr, Title: "Coffee",
		PaymentAuthCode: "token"}))
	require.Equal(t, wallets.TouchNGoAgreement, got.body["productCode"])
}

// TestTouchNGoNotification: v1, but with the outcome in paymentResult.
func TestTouchNGoNotification(t *testing.T) {
	t.Parallel()
	n, err := takeIn(t, wallets.TouchNGo(), `{"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS",`+
		`"resultMessage":"success"},
		"paymentId":"p1","paymentRequestId":"o1","customerId":"1","paymentTime":"2021-01-26T16:31:12+08:00",`+
		`"paymentAmount":{"currency":"MYR","value":"100"}}`)
	require.NoError(t, err)
	require.NoError(t, n.CheckPaid("o1", tradepay.Amount{Currency: "MYR", Value: 100}))
}
