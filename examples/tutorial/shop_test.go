package tutorial

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.PlatformV2()))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	require.NoError(t, err)
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})

	order, err := client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Title: "Coffee",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay(order.PaymentURL))

	payment, _ := wallet.Payment("order-1")
	require.Equal(t, 1, payment.Charges)
}
