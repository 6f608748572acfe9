package tradepay_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

const (
	refundPath        = "/api/v2/payments/refund"
	inquiryRefundPath = "/api/v2/payments/inquiryRefund"
	refunded          = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` +
		`"refundId":"R1","refundTime":"2026-01-15T12:00:00+00:00"}`
)

func inquiredRefund(status string) string {
	return `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` +
		`"refundRequestId":"refund-1","refundId":"R1",` +
		`"refundAmount":{"currency":"USD","value":"500"},"refundStatus":"` + status + `"}`
}

func TestRefundOutcomes(t *testing.T) {
	t.Parallel()
	gone := signed(200, result("F", "REFUND_NOT_EXIST"))
	tests := []struct {
		name      string
		refund    []answerFunc
		inquiry   []answerFunc
		want      error
		not       error
		status    tradepay.TransactionStatus
		refunds   int
		inquiries int
	}{
		{name: "done", refund: []answerFunc{signed(200, refunded)}, status: tradepay.TransactionSuccess, refunds: 1},
		{name: "accepted", refund: []answerFunc{signed(200, result("A", "ACCEPT"))},
			status: tradepay.TransactionProcessing, refunds: 1},
		{name: "lost, then done", refund: []answerFunc{broken(errReset), signed(200, refunded)},
			status: tradepay.TransactionSuccess, refunds: 2},
		{
			name:    "in process is inquired, not repeated",
			refund:  []answerFunc{signed(200, result("U", "REFUND_IN_PROCESS"))},
			inquiry: []answerFunc{signed(200, inquiredRefund("PROCESSING"))}, status: tradepay.TransactionProcessing,
			refunds: 1, inquiries: 1,
		},
		{name: "lost, found done", refund: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquiredRefund("SUCCESS"))}, status: tradepay.TransactionSuccess,
			refunds: 3, inquiries: 1},
		{name: "lost, found failed", refund: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquiredRefund("FAIL"))}, want: tradepay.ErrRejected,
			not: tradepay.ErrOutcomeUnknown, refunds: 3, inquiries: 1},
		{name: "lost, not found yet", refund: []answerFunc{broken(errReset)}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, refunds: 3, inquiries: 1},
		{name: "lost, and the inquiry lost too", refund: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{broken(errReset)}, want: tradepay.ErrOutcomeUnknown, refunds: 3, inquiries: 3},
		{name: "lost, found over another amount", refund: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, strings.Replace(inquiredRefund("SUCCESS"), "500", "1", 1))},
			want:    tradepay.ErrIdempotencyMismatch, refunds: 3, inquiries: 1},
		{name: "refused, and there is nothing under the id",
			refund: []answerFunc{signed(200, result("F", "REFUND_AMOUNT_EXCEED"))}, inquiry: []answerFunc{gone},
			want: tradepay.ErrRejected, refunds: 1, inquiries: 1},
		{name: "refused, but an earlier call had come through",
			refund:  []answerFunc{signed(200, result("F", "ORDER_STATUS_INVALID"))},
			inquiry: []answerFunc{signed(200, inquiredRefund("SUCCESS"))}, status: tradepay.TransactionSuccess,
			refunds: 1, inquiries: 1},
		{name: "lost, found for another payment", refund: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200,
				strings.Replace(inquiredRefund("SUCCESS"), `"refundId"`, `"paymentId":"P2","refundId"`, 1))},
			want: tradepay.ErrReferenceMismatch, refunds: 3, inquiries: 1},
		{name: "caller refused", refund: []answerFunc{signed(200, result("F", "INVALID_SIGNATURE"))},
			want: tradepay.ErrUnauthorized, not: tradepay.ErrRejected, refunds: 1},
		{name: "done, and in process in so many words",
			refund: []answerFunc{signed(200,
				strings.Replace(refunded, `{"result"`, `{"refundStatus":"PROCESSING","result"`, 1))},
			status: tradepay.TransactionProcessing, refunds: 1},
		{name: "done, and failed in so many words",
			refund: []answerFunc{signed(200,
				strings.Replace(refunded, `{"result"`, `{"refundStatus":"FAIL","result"`, 1))},
			want: tradepay.ErrMalformed, refunds: 1},
		{name: "lost, then refused, found done",
			refund:  []answerFunc{broken(errReset), signed(200, result("F", "ACCESS_DENIED"))},
			inquiry: []answerFunc{signed(200, inquiredRefund("SUCCESS"))}, status: tradepay.TransactionSuccess,
			refunds: 2, inquiries: 1},
		{name: "id used with other content", refund: []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			want: tradepay.ErrIdempotencyMismatch, not: tradepay.ErrRejected, refunds: 1},
		{name: "payment not known", refund: []answerFunc{signed(200, result("F", "ORDER_NOT_EXIST"))},
			want: tradepay.ErrOrderNotFound, refunds: 1},
		{name: "another amount", refund: []answerFunc{signed(200,
			strings.Replace(refunded, `{"result"`, `{"refundAmount":{"currency":"USD","value":"1"},"result"`, 1))},
			want: tradepay.ErrAmountMismatch, refunds: 1},
		{name: "about another payment", refund: []answerFunc{signed(200,
			strings.Replace(refunded, `{"result"`, `{"paymentId":"P2","result"`, 1))}, inquiry: []answerFunc{gone},
			want: tradepay.ErrReferenceMismatch, refunds: 3, inquiries: 1},
		{name: "about another refund", refund: []answerFunc{signed(200,
			strings.Replace(refunded, `{"result"`, `{"refundRequestId":"refund-2","result"`, 1))},
			inquiry: []answerFunc{gone}, want: tradepay.ErrReferenceMismatch, refunds: 3, inquiries: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(refundPath, tt.refund...)
			if tt.inquiry != nil {
				w.on(inquiryRefundPath, tt.inquiry...)
			}
			got, err := w.client().Refund(t.Context(), &tradepay.RefundRequest{
				RefundRequestID: "refund-1", PaymentID: "P1",
				Amount: tradepay.Amount{Currency: "USD", Value: 500}, Reason: "too small",
			})
			require.Len(t, w.seenOn(refundPath), tt.refunds)
			require.Len(t, w.seenOn(inquiryRefundPath), tt.inquiries)
			require.JSONEq(t, `{"refundRequestId":"refund-1","paymentId":"P1","refundAmount":{"currency":"USD",`+
				`"value":"500"},"refundReason":"too small","extendInfo":"{\"customerBelongsTo\":\"SITE\"}"}`,
				w.seenOn(refundPath)[0].body)
			if tt.want == nil {
				require.NoError(t, err)
				require.Equal(t, tt.status, got.Status)
				require.Equal(t, "refund-1", got.RefundRequestID)
				require.Equal(t, "P1", got.PaymentID)
				require.Equal(t, tradepay.Amount{Currency: "USD", Value: 500}, got.Amount)
				return
			}
			require.Nil(t, got)
			require.ErrorIs(t, err, tt.want)
			if tt.not != nil {
				require.NotErrorIs(t, err, tt.not)
			}
			var api *tradepay.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, tradepay.RefundRef{RefundRequestID: "refund-1"}, api.RefundRef)
			require.ErrorContains(t, err, "refundRequestId refund-1")
		})
	}
}

func TestQueryRefundOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ref    tradepay.RefundRef
		answer answerFunc
		want   error
		status tradepay.TransactionStatus
	}{
		{"done", tradepay.RefundRef{RefundRequestID: "refund-1"}, signed(200, inquiredRefund("SUCCESS")), nil,
			tradepay.TransactionSuccess},
		{"by the wallet's id", tradepay.RefundRef{RefundID: "R1"}, signed(200, inquiredRefund("PROCESSING")), nil,
			tradepay.TransactionProcessing},
		{"failed", tradepay.RefundRef{RefundRequestID: "refund-1"}, signed(200, inquiredRefund("FAIL")), nil,
			tradepay.TransactionFailed},
		{"unknown word", tradepay.RefundRef{RefundRequestID: "refund-1"}, signed(200, inquiredRefund("CANCELLED")),
			tradepay.ErrMalformed, ""},
		{"not known", tradepay.RefundRef{RefundRequestID: "refund-1"}, signed(200, result("F", "REFUND_NOT_EXIST")),
			tradepay.ErrOrderNotFound, ""},
		{"refused", tradepay.RefundRef{RefundRequestID: "refund-1"}, signed(200, result("F", "ACCESS_DENIED")),
			tradepay.ErrOutcomeUnknown, ""},
		{"about no refund", tradepay.RefundRef{RefundRequestID: "refund-2"},
			signed(200, strings.Replace(inquiredRefund("SUCCESS"), "refundRequestId", "x", 1)),
			tradepay.ErrSignature, ""},
		{"lost", tradepay.RefundRef{RefundRequestID: "refund-1"}, broken(errReset), tradepay.ErrOutcomeUnknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(inquiryRefundPath, tt.answer)
			got, err := w.client().QueryRefund(t.Context(), tt.ref)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, tradepay.Amount{Currency: "USD", Value: 500}, got.Amount)
		})
	}
}

// TestRefundInOrder: if neither the answer nor the inquiry tells what became of a
// refund, the transactions of its payment may.
func TestRefundInOrder(t *testing.T) {
	t.Parallel()
	entry := func(id, kind, value, verdict string) string {
		return `{"transactionType":"` + kind + `","transactionRequestId":"` + id + `","transactionId":"R1",` +
			`"transactionAmount":{"currency":"USD","value":"` + value + `"},` +
			`"transactionResult":{"resultStatus":"` + verdict + `","resultCode":"CODE"}}`
	}
	paid := func(entries ...string) answerFunc {
		return signed(200, strings.TrimSuffix(inquired("SUCCESS"), "}")+
			`,"transactions":[`+strings.Join(entries, ",")+`]}`)
	}
	done, gone := entry("refund-1", "REFUND", "500", "S"), signed(200, result("F", "REFUND_NOT_EXIST"))
	lost, denied := broken(errReset), signed(200, result("F", "ACCESS_DENIED"))
	for name, test := range map[string]struct {
		refund, inquiry, order answerFunc
		want                   error
		status                 tradepay.TransactionStatus
		orders                 int
	}{
		"made":            {refund: lost, inquiry: gone, order: paid(done), status: tradepay.TransactionSuccess, orders: 1},
		"made, no access": {refund: lost, inquiry: denied, order: paid(done), status: tradepay.TransactionSuccess, orders: 1},
		"in process": {refund: lost, inquiry: gone, order: paid(entry("refund-1", "REFUND", "500", "U")),
			status: tradepay.TransactionProcessing, orders: 1},
		"failed": {refund: lost, inquiry: denied, order: paid(entry("refund-1", "REFUND", "500", "F")),
			want: tradepay.ErrRejected, orders: 1},
		"a failed try, then made": {refund: lost, inquiry: gone,
			order:  paid(entry("refund-1", "REFUND", "500", "F"), done, entry("refund-1", "REFUND", "500", "U")),
			status: tradepay.TransactionSuccess, orders: 1},
		"another amount": {refund: lost, inquiry: gone, order: paid(entry("refund-1", "REFUND", "400", "S")),
			want: tradepay.ErrIdempotencyMismatch, orders: 1},
		"a capture with the same id": {refund: lost, inquiry: gone, order: paid(entry("refund-1", "CAPTURE", "500", "S")),
			want: tradepay.ErrOutcomeUnknown, orders: 1},
		"another refund": {refund: lost, inquiry: gone, order: paid(entry("refund-2", "REFUND", "500", "S")),
			want: tradepay.ErrOutcomeUnknown, orders: 1},
		"the order is lost, too": {refund: lost, inquiry: gone, order: denied,
			want: tradepay.ErrOutcomeUnknown, orders: 1},
		"rejected, and nowhere": {refund: signed(200, result("F", "REFUND_AMOUNT_EXCEED")), inquiry: gone,
			order: paid(done), want: tradepay.ErrRejected},
		"rejected, but made by an earlier call": {refund: signed(200, result("F", "ORDER_STATUS_INVALID")),
			inquiry: denied, order: paid(done), status: tradepay.TransactionSuccess, orders: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(refundPath, test.refund).on(inquiryRefundPath, test.inquiry).
				on(inquiryPath, test.order)
			got, err := w.client().Refund(t.Context(), &tradepay.RefundRequest{
				RefundRequestID: "refund-1", PaymentID: "P1", Amount: tradepay.Amount{Currency: "USD", Value: 500},
			})
			require.ErrorIs(t, err, test.want)
			require.Len(t, w.seenOn(inquiryPath), test.orders)
			if test.want == nil {
				require.Equal(t, test.status, got.Status)
				require.Equal(t, "R1", got.RefundID)
				require.Equal(t, tradepay.Amount{Currency: "USD", Value: 500}, got.Amount)
			}
		})
	}
}
