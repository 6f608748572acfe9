package tradepay_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestNetAmount(t *testing.T) {
	t.Parallel()
	usd := func(v int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: v} }
	move := func(word, status string, value int64) tradepay.Transaction {
		return tradepay.Transaction{Type: word, Status: tradepay.TransactionStatus(status), Amount: usd(value)}
	}
	foreign := move("REFUND", "SUCCESS", 1)
	foreign.Amount.Currency = "ZAR"
	foreignCapture := move("CAPTURE", "SUCCESS", 1000)
	foreignCapture.Amount.Currency = "ZAR"
	unsaid := move("REFUND", "SUCCESS", 0)
	unsaid.Amount = tradepay.Amount{}
	named := move("CAPTURE", "SUCCESS", 500)
	named.ID = "C1"
	asked := move("CAPTURE", "SUCCESS", 500)
	asked.RequestID = "c-1"
	for name, tt := range map[string]struct {
		moves []tradepay.Transaction
		stays int64
	}{
		"no transactions":                  {nil, 1000},
		"the payment alone":                {[]tradepay.Transaction{move("PAYMENT", "SUCCESS", 1000)}, 1000},
		"all given back":                   {[]tradepay.Transaction{move("REFUND", "SUCCESS", 1000)}, 0},
		"a part given back":                {[]tradepay.Transaction{move("REFUND", "SUCCESS", 1)}, 999},
		"a refund in process":              {[]tradepay.Transaction{move("REFUND", "PROCESSING", 400)}, 600},
		"a refund that failed":             {[]tradepay.Transaction{move("REFUND", "FAIL", 400)}, 1000},
		"a refund of a state unknown here": {[]tradepay.Transaction{move("REFUND", "PENDING", 400)}, 600},
		"in small letters":                 {[]tradepay.Transaction{move("partial_refund", "success", 400)}, 600},
		"small letters that failed":        {[]tradepay.Transaction{move("refund", "fail", 400)}, 1000},
		"voided":                           {[]tradepay.Transaction{move("VOID", "SUCCESS", 1000)}, 0},
		"cancelled":                        {[]tradepay.Transaction{move("CANCEL", "SUCCESS", 1000)}, 0},
		"reversed":                         {[]tradepay.Transaction{move("Reversal", "SUCCESS", 1000)}, 0},
		"charged back, in two words":       {[]tradepay.Transaction{move("CHARGE_BACK", "SUCCESS", 1000)}, 0},
		"disputed":                         {[]tradepay.Transaction{move("dispute", "SUCCESS", 1000)}, 0},
		"returned":                         {[]tradepay.Transaction{move("Return", "SUCCESS", 400)}, 600},
		"reverted":                         {[]tradepay.Transaction{move("REVERT", "SUCCESS", 1000)}, 0},
		"charged back":                     {[]tradepay.Transaction{move("CHARGEBACK", "SUCCESS", 1000)}, 0},
		"more given back than paid": {[]tradepay.Transaction{move("REFUND", "SUCCESS", 800),
			move("REFUND", "SUCCESS", 800)}, 0},
		"beyond what the sum can hold": {[]tradepay.Transaction{move("REFUND", "SUCCESS", math.MaxInt64),
			move("REFUND", "SUCCESS", math.MaxInt64)}, 0},
		"a refund below zero":          {[]tradepay.Transaction{move("REFUND", "SUCCESS", -5)}, 0},
		"a refund in another currency": {[]tradepay.Transaction{foreign}, 0},
		"a refund of an amount unsaid": {[]tradepay.Transaction{unsaid}, 0},
		"captured whole":               {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 1000)}, 1000},
		"captured in part":             {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 400)}, 400},
		"one request named twice":      {[]tradepay.Transaction{asked, asked}, 500},
		"captured in two parts": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 400),
			move("CAPTURE", "SUCCESS", 600)}, 1000},
		"one capture told twice":        {[]tradepay.Transaction{named, named}, 500},
		"a capture in process":          {[]tradepay.Transaction{move("CAPTURE", "PROCESSING", 1000)}, 0},
		"a capture that failed":         {[]tradepay.Transaction{move("CAPTURE", "FAIL", 1000)}, 0},
		"a capture in another currency": {[]tradepay.Transaction{foreignCapture}, 0},
		"more captured than was paid": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", math.MaxInt64),
			move("CAPTURE", "SUCCESS", math.MaxInt64)}, 1000},
		"the rest of a capture voided": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 400),
			move("VOID", "SUCCESS", 600)}, 400},
		"a void told before its capture": {[]tradepay.Transaction{move("VOID", "SUCCESS", 600),
			move("CAPTURE", "SUCCESS", 400)}, 400},
		"captured whole, then voided": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 1000),
			move("VOID", "SUCCESS", 1000)}, 0},
		"captured in part and given back": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 400),
			move("VOID", "SUCCESS", 600), move("REFUND", "SUCCESS", 400)}, 0},
		"a capture that was reversed": {[]tradepay.Transaction{move("CAPTURE", "SUCCESS", 1000),
			move("CAPTURE_REVERSAL", "SUCCESS", 300)}, 700},
		"a word that moves nothing back": {[]tradepay.Transaction{move("SETTLEMENT", "SUCCESS", 1000)}, 1000},
		"a refund next to the whole payment": {[]tradepay.Transaction{move("PAYMENT", "SUCCESS", 1000),
			move("REFUND", "SUCCESS", 250)}, 750},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tradepay.Order{
				PaymentRequestID: "order-1",
				Amount:           usd(1000),
				Status:           tradepay.StatusSuccess,
				Transactions:     tt.moves,
			}
			n := tradepay.Notification{
				Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1", Amount: usd(1000),
				Status: tradepay.StatusSuccess, Transactions: tt.moves,
			}
			require.Equal(t, usd(tt.stays), o.NetAmount())
			require.NoError(t, o.Check("order-1", usd(1000)), "Check says nothing of what stays")
			for _, err := range []error{o.CheckPaid("order-1", usd(1000)), n.CheckPaid("order-1", usd(1000))} {
				if tt.stays == 1000 {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, tradepay.ErrRefunded)
				require.NotErrorIs(t, err, tradepay.ErrNotPaid)
				require.ErrorContains(t, err, "paid 10.00 USD, of which "+usd(tt.stays).String()+" is left")
			}
			o.Status = tradepay.StatusAuthorized
			require.ErrorIs(t, o.CheckPaid("order-1", usd(1000)), tradepay.ErrNotPaid)
			require.Zero(t, (&tradepay.Order{Transactions: tt.moves}).NetAmount(), "no amount, no rest")
		})
	}
}

// TestNetAmountOfRandomTransactions: for every list of transactions, the merchant keeps
// between nothing and the payment, and one more refund never leaves more.
func TestNetAmountOfRandomTransactions(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	for range testsize.Of(500, 2000, 20_000) {
		paid := tradepay.Amount{Currency: "USD", Value: random.Int64N(9_999_999_999_999_999) + 1}
		order := tradepay.Order{PaymentRequestID: "o", Amount: paid, Status: tradepay.StatusSuccess}
		gives := false
		for range random.IntN(6) {
			value := random.Int64N(paid.Value + 1)
			if random.IntN(10) == 0 {
				value = int64(random.Uint64())
			}
			moved := tradepay.Transaction{
				ID:     pick("", "a", "b"),
				Type:   pick("PAYMENT", "CAPTURE", "VOID", "REFUND", "Cancel", "reversal", ""),
				Status: tradepay.TransactionStatus(pick("SUCCESS", "PROCESSING", "FAIL", "", "other")),
				Amount: tradepay.Amount{Currency: pick("USD", "USD", "USD", "ZAR", ""), Value: value},
			}
			order.Transactions = append(order.Transactions, moved)
			gives = gives || moved.Type != "PAYMENT" && moved.Type != ""
		}
		net := order.NetAmount()
		require.Equal(t, "USD", net.Currency)
		require.GreaterOrEqual(t, net.Value, int64(0))
		require.LessOrEqual(t, net.Value, paid.Value)
		if !gives {
			require.Equal(t, paid, net)
		}
		if net == paid {
			require.NoError(t, order.CheckPaid("o", paid))
		} else {
			require.ErrorIs(t, order.CheckPaid("o", paid), tradepay.ErrRefunded)
		}
		back := tradepay.Amount{Currency: "USD", Value: random.Int64N(paid.Value + 1)}
		more := order
		more.Transactions = append(append([]tradepay.Transaction(nil), order.Transactions...),
			tradepay.Transaction{Type: "REFUND", Status: tradepay.TransactionProcessing, Amount: back})
		require.Equal(t, max(net.Value-back.Value, 0), more.NetAmount().Value)
		more.Transactions[len(more.Transactions)-1].Status = tradepay.TransactionFailed
		require.Equal(t, net, more.NetAmount())
	}
}

// TestTransactionResult: Antom's transactions have a transactionResult. Without a
// transactionStatus, it tells the outcome.
func TestTransactionResult(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		told string
		want int64
	}{
		"refunded":            {`"transactionResult":{"resultStatus":"S","resultCode":"SUCCESS"}`, 550},
		"refund failed":       {`"transactionResult":{"resultStatus":"F","resultCode":"REFUND_NOT_SUPPORTED"}`, 1050},
		"refund under way":    {`"transactionResult":{"resultStatus":"U","resultCode":"REFUND_IN_PROCESS"}`, 550},
		"a contradiction":     {`"transactionStatus":"FAIL","transactionResult":{"resultStatus":"S"}`, 550},
		"neither is readable": {`"transactionResult":"S"`, 550},
		"neither":             {`"transactionTime":"2026-01-15T12:00:00+00:00"`, 550},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refund := `{"transactionType":"REFUND","transactionAmount":{"currency":"USD","value":"500"},` + test.told +
				`}`
			body := strings.TrimSuffix(inquired("SUCCESS"), "}") + `,"transactions":[` + refund + `]}`
			w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/inquiryPayment", signed(200, body))
			order, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			require.NoError(t, err)
			require.Equal(t, test.want, order.NetAmount().Value)
		})
	}
}

// TestTransactionMembers: what v2 wallets say of a transaction.
func TestTransactionMembers(t *testing.T) {
	t.Parallel()
	body := strings.TrimSuffix(inquired("SUCCESS"), "}") + `,"transactions":[
		{"transactionResult":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},
		"transactionType":"CAPTURE","transactionRequestId":"capture-1","transactionId":"C1",
		"transactionAmount":{"currency":"USD","value":"1050"},"isLastCapture":"true"},
		{"transactionResult":{"resultStatus":"F","resultCode":"REFUND_NOT_SUPPORTED"},
		"transactionType":"REFUND","transactionRequestId":"refund-1","transactionId":"R1","isLastCapture":"no"},
		{"transactionType":"VOID","transactionId":"V1","voidSource":"MERCHANT","isLastCapture":true}]}`
	w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, body))
	got, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	require.Equal(t, []tradepay.Transaction{
		{
			ID: "C1", RequestID: "capture-1", Type: "CAPTURE", Status: tradepay.TransactionSuccess, LastCapture: true,
			Result: tradepay.Result{Status: "S", Code: "SUCCESS", Message: "success"},
			Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		},
		{
			ID: "R1", RequestID: "refund-1", Type: "REFUND", Status: tradepay.TransactionFailed,
			Result: tradepay.Result{Status: "F", Code: "REFUND_NOT_SUPPORTED"},
		},
		{ID: "V1", Type: "VOID", VoidSource: "MERCHANT", LastCapture: true},
	}, got.Transactions)
}
