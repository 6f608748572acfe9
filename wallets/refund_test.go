package wallets_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	for _, wallet := range []string{"Rebell v1", "Rebell v2", "GCash", "GCash v1"} {
		hold(wallet, "refund notification", func(t *testing.T, profile wire.Profile) {
			requireRefundRead(t, profile)
			p := newProbe(t, profile)
			body := p.first(func() error {
				_, err := p.Refund(t.Context(), &tradepay.RefundRequest{
					RefundRequestID: "refund-1", PaymentID: "p1", Amount: tradepay.Amount{Currency: "EUR", Value: 1500},
					NotifyURL: "https://shop.example/refunded",
				})
				return err
			}).body
			if wallet == "Rebell v2" {
				require.Equal(t, "https://shop.example/refunded", body["refundNotifyUrl"])
			} else {
				require.NotContains(t, body, "refundNotifyUrl")
			}
		})
	}
}

// requireRefundRead requires that the notification of a refund, as Rebell's page has it,
// is one, and no payment.
func requireRefundRead(t *testing.T, profile wire.Profile) {
	t.Helper()
	const sample = `{"refundId":"r1","refundRequestId":"refund-1","paymentId":"p1","refundStatus":"SUCCESS",` +
		`"refundAmount":{"currency":"EUR","value":"1500"},"refundTime":"2026-01-15T11:59:30+01:00"}`
	n, err := takeIn(t, profile, sample)
	require.NoError(t, err)
	require.Equal(t, tradepay.NotificationRefund, n.Kind)
	require.Equal(t, tradepay.TransactionSuccess, n.RefundStatus)
	require.Equal(t, []string{"r1", "refund-1", "p1"}, []string{n.RefundID, n.RefundRequestID, n.PaymentID})
	require.Equal(t, tradepay.Amount{Currency: "EUR", Value: 1500}, n.Amount)
	require.Error(t, n.CheckPaid("refund-1", n.Amount))

	n, err = takeIn(t, profile, strings.Replace(sample, "SUCCESS", "FAIL", 1))
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionFailed, n.RefundStatus)
}
