package tradepay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// TestCaptureAndVoidOutcomes: capture and void differ in one word on the wire, so
// one table serves both.
func TestCaptureAndVoidOutcomes(t *testing.T) {
	t.Parallel()
	const (
		done = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":""},"captureId":"C1",` +
			`"voidId":"V1","paymentId":"P1","captureTime":"2026-01-15T12:00:00Z","voidTime":"2026-01-15T12:00:00Z"`
		usd5  = `{"currency":"USD","value":"500"}`
		usd1  = `{"currency":"USD","value":"1"}`
		whole = done + `}`
		five  = done + `,"captureAmount":` + usd5 + `,"voidAmount":` + usd5 + `,"voidRemainingAmount":` + usd1 + `}`
	)
	tests := []struct {
		name   string
		amount tradepay.Amount
		answer []answerFunc
		want   error
		not    error
		status tradepay.TransactionStatus
		got    int64
		calls  int
	}{
		{name: "all", answer: []answerFunc{signed(200, whole)}, status: tradepay.TransactionSuccess, calls: 1},
		{name: "all, and the wallet says how much", answer: []answerFunc{signed(200, five)},
			status: tradepay.TransactionSuccess, got: 500, calls: 1},
		{name: "a part", amount: tradepay.Amount{Currency: "USD", Value: 500}, answer: []answerFunc{signed(200, five)},
			status: tradepay.TransactionSuccess, got: 500, calls: 1},
		{name: "another part", amount: tradepay.Amount{Currency: "USD", Value: 400},
			answer: []answerFunc{signed(200, five)}, want: tradepay.ErrAmountMismatch, calls: 1},
		{name: "in process, in so many words",
			answer: []answerFunc{signed(200, done+`,"captureStatus":"PROCESSING","voidStatus":"PROCESSING"}`)},
			status: tradepay.TransactionProcessing, calls: 1},
		{name: "failed, in so many words", answer: []answerFunc{signed(200,
			done+`,"captureStatus":"FAIL","voidStatus":"FAIL"}`)}, want: tradepay.ErrOutcomeUnknown, calls: 1},
		{name: "with a reason why not", answer: []answerFunc{signed(200,
			done+`,"captureFailReason":"x","voidFailReason":"x"}`)}, want: tradepay.ErrMalformed, calls: 1},
		{name: "with an id of another kind",
			answer: []answerFunc{signed(200, `{"captureId":{"x":1},"voidId":{"x":1},`+success[1:])},
			want:   tradepay.ErrMalformed, calls: 1},
		{name: "accepted", answer: []answerFunc{signed(200, result("A", "ACCEPT"))},
			status: tradepay.TransactionProcessing, calls: 1},
		{name: "lost, then done", answer: []answerFunc{broken(errReset), signed(200, whole)},
			status: tradepay.TransactionSuccess, calls: 2},
		{name: "lost", answer: []answerFunc{broken(errReset)}, want: tradepay.ErrOutcomeUnknown, calls: 3},
		{name: "refused", answer: []answerFunc{signed(200, result("F", "ORDER_STATUS_INVALID"))},
			want: tradepay.ErrRejected, calls: 1},
		{name: "lost, then refused for the payment",
			answer: []answerFunc{broken(errReset), signed(200, result("F", "ORDER_STATUS_INVALID"))},
			want:   tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, calls: 2},
		{name: "caller refused", answer: []answerFunc{signed(200, result("F", "KEY_NOT_FOUND"))},
			want: tradepay.ErrUnauthorized, not: tradepay.ErrRejected, calls: 1},
		{name: "lost, then refused for the caller",
			answer: []answerFunc{broken(errReset), signed(200, result("F", "KEY_NOT_FOUND"))},
			want:   tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, calls: 2},
		{name: "about another payment", answer: []answerFunc{signed(200,
			`{"paymentId":"P2",`+whole[1:len(whole)-1]+`}`)}, want: tradepay.ErrOutcomeUnknown, calls: 3},
		{name: "about another request", answer: []answerFunc{signed(200,
			`{"captureRequestId":"x","voidRequestId":"x",`+whole[1:])}, want: tradepay.ErrReferenceMismatch, calls: 3},
	}
	for _, tt := range tests {
		t.Run("capture "+tt.name, func(t *testing.T) {
			t.Parallel()
			const path = "/api/v2/payments/capture"
			w := newScripted(t, wallets.PlatformV2()).on(path, tt.answer...)
			got, err := w.client().Capture(t.Context(),
				&tradepay.CaptureRequest{CaptureRequestID: "capture-1", PaymentID: "P1", Amount: tt.amount})
			require.Len(t, w.seenOn(path), tt.calls)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				if tt.not != nil {
					require.NotErrorIs(t, err, tt.not)
				}
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, tt.got, got.Amount.Value)
			require.NotContains(t, w.seenOn(path)[0].body, "isLastCapture")
		})
		t.Run("void "+tt.name, func(t *testing.T) {
			t.Parallel()
			const path = "/api/v2/payments/void"
			w := newScripted(t, wallets.PlatformV2()).on(path, tt.answer...)
			got, err := w.client().Void(t.Context(),
				&tradepay.VoidRequest{VoidRequestID: "void-1", PaymentID: "P1", Amount: tt.amount,
					NotifyURL: "https://shop.example/void"})
			require.Len(t, w.seenOn(path), tt.calls)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, tt.got, got.Amount.Value)
			require.Equal(t, "https://shop.example/void", object(t, w.seenOn(path)[0].body)["voidNotifyUrl"])
		})
	}
	t.Run("more captures will follow", func(t *testing.T) {
		t.Parallel()
		const path = "/api/v2/payments/capture"
		w := newScripted(t, wallets.PlatformV2()).on(path, signed(200, five))
		_, err := w.client().Capture(t.Context(),
			&tradepay.CaptureRequest{CaptureRequestID: "capture-1", PaymentID: "P1",
				Amount: tradepay.Amount{Currency: "USD", Value: 500}, Partial: true})
		require.NoError(t, err)
		require.Equal(t, false, object(t, w.seenOn(path)[0].body)["isLastCapture"])
	})
	t.Run("what is left cannot be read", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/void",
			signed(200, done+`,"voidRemainingAmount":5}`))
		_, err := w.client().Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "void-1", PaymentID: "P1"})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.ErrorIs(t, err, tradepay.ErrMalformed)
	})
}

// TestCapturedAmount: only captures that succeeded count, each once, and never more
// than was reserved.
func TestCapturedAmount(t *testing.T) {
	t.Parallel()
	usd := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	capture := func(id string, value int64) tradepay.Transaction {
		return tradepay.Transaction{ID: id, Type: "CAPTURE", Status: tradepay.TransactionSuccess, Amount: usd(value)}
	}
	failed, processing, foreign := capture("1", 300), capture("2", 300), capture("3", 300)
	failed.Status, processing.Status, foreign.Amount.Currency = tradepay.TransactionFailed,
		tradepay.TransactionProcessing, "ZAR"
	back := tradepay.Transaction{ID: "9", Type: "CAPTURE_REVERSAL", Status: tradepay.TransactionSuccess,
		Amount: usd(300)}
	ofRequest := func(id, requestID string) tradepay.Transaction {
		t := capture(id, 300)
		t.RequestID = requestID
		return t
	}
	void := tradepay.Transaction{ID: "8", Type: "VOID", Status: tradepay.TransactionSuccess, Amount: usd(300)}
	for name, test := range map[string]struct {
		transactions []tradepay.Transaction
		want         int64
		named        bool
	}{
		"none":                    {nil, 0, false},
		"only others":             {[]tradepay.Transaction{back, void}, 0, false},
		"one":                     {[]tradepay.Transaction{capture("1", 300), void}, 300, true},
		"two":                     {[]tradepay.Transaction{capture("1", 300), capture("2", 300)}, 600, true},
		"the same twice":          {[]tradepay.Transaction{capture("1", 300), capture("1", 300)}, 300, true},
		"two without ids":         {[]tradepay.Transaction{capture("", 300), capture("", 300)}, 600, true},
		"the same request twice":  {[]tradepay.Transaction{ofRequest("", "c-1"), ofRequest("", "c-1")}, 300, true},
		"it, under another id":    {[]tradepay.Transaction{ofRequest("1", "c-1"), ofRequest("2", "c-1")}, 300, true},
		"an id as a request's id": {[]tradepay.Transaction{ofRequest("1", "2"), ofRequest("2", "1")}, 600, true},
		"given back since":        {[]tradepay.Transaction{capture("1", 300), back}, 300, true},
		"failed":                  {[]tradepay.Transaction{failed}, 0, true},
		"in process":              {[]tradepay.Transaction{processing, capture("1", 300)}, 300, true},
		"in another currency":     {[]tradepay.Transaction{foreign}, 0, true},
		"more than was reserved":  {[]tradepay.Transaction{capture("1", 800), capture("2", 800)}, 1050, true},
		"less than nothing":       {[]tradepay.Transaction{capture("1", -5)}, 0, true},
		"a failed one, and again": {[]tradepay.Transaction{failed, capture("1", 300)}, 300, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, named := (&tradepay.Order{Amount: usd(1050), Transactions: test.transactions}).CapturedAmount()
			require.Equal(t, usd(test.want), got)
			require.Equal(t, test.named, named)
		})
	}
}

// TestCheckCapture says what Capture says before it sends anything.
func TestCheckCapture(t *testing.T) {
	t.Parallel()
	client := newScripted(t, wallets.PlatformV2()).client()
	capture := func(id string, value int64, currency string) *tradepay.CaptureRequest {
		amount := tradepay.Amount{Currency: currency, Value: value}
		return &tradepay.CaptureRequest{CaptureRequestID: id, PaymentID: "P1", Amount: amount, Partial: true}
	}
	for name, test := range map[string]struct {
		req  *tradepay.CaptureRequest
		want error
	}{
		"nil":               {nil, tradepay.ErrInvalidRequest},
		"no id":             {capture("", 500, "USD"), tradepay.ErrInvalidRequest},
		"no payment":        {&tradepay.CaptureRequest{CaptureRequestID: "c"}, tradepay.ErrInvalidRequest},
		"a part of nothing": {capture("c", 0, ""), tradepay.ErrInvalidRequest},
		"no currency":       {capture("c", 1, ""), tradepay.ErrInvalidAmount},
		"good":              {capture("c", 500, "USD"), nil},
	} {
		require.ErrorIs(t, client.CheckCapture(test.req), test.want, name)
		if test.want != nil {
			_, err := client.Capture(t.Context(), test.req)
			require.ErrorIs(t, err, test.want, name)
		}
	}
	profile := wallets.Toka()
	toka := newScripted(t, profile).client()
	require.ErrorIs(t, toka.CheckCapture(&tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1"}),
		tradepay.ErrNotSupported)
}
