package tradepay_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func TestNetAmount(t *testing.T) {
	t.Parallel()
	amount := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	move := func(kind string, status tradepay.TransactionStatus, value int64) tradepay.Transaction {
		return tradepay.Transaction{Type: kind, Status: status, Amount: amount(value)}
	}
	const done, under, failed = tradepay.TransactionSuccess, tradepay.TransactionProcessing, tradepay.TransactionFail
	for name, test := range map[string]struct {
		moves []tradepay.Transaction
		want  int64
	}{
		"no movement told":        {nil, 1000},
		"paid":                    {[]tradepay.Transaction{move("PAYMENT", done, 1000)}, 1000},
		"unknown word":            {[]tradepay.Transaction{move("FEE", done, 10)}, 1000},
		"refunded":                {[]tradepay.Transaction{move("PAYMENT", done, 1000), move("REFUND", done, 1000)}, 0},
		"lower case":              {[]tradepay.Transaction{move("refund", done, 1000)}, 0},
		"a part refunded":         {[]tradepay.Transaction{move("REFUND", done, 300)}, 700},
		"two parts refunded":      {[]tradepay.Transaction{move("REFUND", done, 300), move("PARTIAL_REFUND", done, 300)}, 400},
		"refund in process":       {[]tradepay.Transaction{move("REFUND", under, 300)}, 700},
		"refund of unknown state": {[]tradepay.Transaction{move("REFUND", "", 300)}, 700},
		"refund failed":           {[]tradepay.Transaction{move("REFUND", failed, 300)}, 1000},
		"more than was paid":      {[]tradepay.Transaction{move("REFUND", done, 600), move("REFUND", done, 600)}, 0},
		"a sum that overflows":    {[]tradepay.Transaction{move("REFUND", done, math.MaxInt64), move("REFUND", done, math.MaxInt64)}, 0},
		"negative":                {[]tradepay.Transaction{move("REFUND", done, -1000)}, 0},
		"another currency":        {[]tradepay.Transaction{{Type: "REFUND", Status: done, Amount: tradepay.Amount{Currency: "ZAR", Value: 1}}}, 0},
		"without an amount":       {[]tradepay.Transaction{{Type: "REFUND", Status: done}}, 0},
		"reversed":                {[]tradepay.Transaction{move("REVERSAL", done, 1000)}, 0},
		"cancelled":               {[]tradepay.Transaction{move("CANCEL", done, 1000)}, 0},
		"captured in part":        {[]tradepay.Transaction{move("AUTHORIZATION", done, 1000), move("CAPTURE", done, 400)}, 400},
		"captured and released":   {[]tradepay.Transaction{move("CAPTURE", done, 400), move("VOID", done, 600)}, 400},
		"captured and refunded":   {[]tradepay.Transaction{move("CAPTURE", done, 400), move("VOID", done, 600), move("REFUND", done, 100)}, 300},
		"captured in full":        {[]tradepay.Transaction{move("CAPTURE", done, 400), move("CAPTURE", done, 600)}, 1000},
		"capture in process":      {[]tradepay.Transaction{move("CAPTURE", done, 400), move("CAPTURE", under, 600)}, 400},
		"void in part":            {[]tradepay.Transaction{move("VOID", done, 250)}, 750},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tradepay.Order{PaymentRequestID: "order-1", Status: tradepay.StatusSuccess, Amount: amount(1000), Transactions: test.moves}
			require.Equal(t, amount(test.want), o.NetAmount())
			if test.want == 1000 {
				require.NoError(t, o.CheckPaid("order-1", amount(1000)))
				return
			}
			require.ErrorIs(t, o.CheckPaid("order-1", amount(1000)), tradepay.ErrRefunded)
		})
	}
}

// TestNetAmountOfAnything: whatever a wallet lists, what stays is between
// nothing and the amount, and a further refund never makes it more.
func TestNetAmountOfAnything(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	words := []string{"PAYMENT", "REFUND", "CAPTURE", "VOID", "CANCEL", "AUTHORIZATION", "?"}
	states := []tradepay.TransactionStatus{tradepay.TransactionSuccess, tradepay.TransactionProcessing, tradepay.TransactionFail, ""}
	currencies := []string{"USD", "USD", "USD", "USD", "ZAR", ""}
	for range 20_000 {
		o := tradepay.Order{Amount: tradepay.Amount{Currency: "USD", Value: dice.Int64N(1 << 50)}}
		for range dice.IntN(6) {
			o.Transactions = append(o.Transactions, tradepay.Transaction{Type: words[dice.IntN(len(words))], Status: states[dice.IntN(len(states))],
				Amount: tradepay.Amount{Currency: currencies[dice.IntN(len(currencies))], Value: dice.Int64() >> dice.IntN(63)}})
		}
		before := o.NetAmount()
		require.GreaterOrEqual(t, before.Value, int64(0))
		require.LessOrEqual(t, before.Value, o.Amount.Value)
		refund := tradepay.Transaction{Type: "REFUND", Status: tradepay.TransactionSuccess, Amount: tradepay.Amount{Currency: "USD", Value: 1}}
		o.Transactions = append(o.Transactions, refund)
		require.LessOrEqual(t, o.NetAmount().Value, before.Value)
	}
}

// TestCheckPaidOfWhatWasGivenBack: an inquiry says SUCCESS for ever.
func TestCheckPaidOfWhatWasGivenBack(t *testing.T) {
	t.Parallel()
	for name, profile := range map[string]tradepay.Wallet{"v1": tradepay.PlatformV1(), "v2": tradepay.PlatformV2()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
			t.Cleanup(wallet.Close)
			client, err := tradepay.NewClient(wallet.Config())
			require.NoError(t, err)
			price := tradepay.Amount{Currency: "USD", Value: 1050}
			query := func(id string) *tradepay.Order {
				order, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
				require.NoError(t, err)
				return order
			}
			create := func(id string, authorize bool) {
				_, err := client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: id, Title: "Coffee", Amount: price, Authorize: authorize})
				require.NoError(t, err)
				require.NoError(t, wallet.Pay(id))
			}
			create("paid", false)
			require.NoError(t, query("paid").CheckPaid("paid", price))

			create("by the service", false)
			require.NoError(t, wallet.Refund("by the service", tradepay.Amount{}))
			require.ErrorIs(t, query("by the service").CheckPaid("by the service", price), tradepay.ErrRefunded)

			create("in part", false)
			_, err = client.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "r1", PaymentRequestID: "in part", Amount: tradepay.Amount{Currency: "USD", Value: 50}})
			require.NoError(t, err)
			require.Equal(t, int64(1000), query("in part").NetAmount().Value)
			require.ErrorIs(t, query("in part").CheckPaid("in part", price), tradepay.ErrRefunded)

			create("captured", true)
			_, err = client.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c1", PaymentRequestID: "captured", Amount: tradepay.Amount{Currency: "USD", Value: 400}})
			require.NoError(t, err)
			order := query("captured")
			require.Equal(t, tradepay.StatusSuccess, order.Status)
			require.Equal(t, int64(400), order.NetAmount().Value)
			require.ErrorIs(t, order.CheckPaid("captured", price), tradepay.ErrRefunded)
		})
	}
}
