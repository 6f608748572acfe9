package tradepay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestNotificationsAreRead(t *testing.T) {
	t.Parallel()
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	change := func(body, from, to string) string { return strings.Replace(body, from, to, 1) }
	tests := []struct {
		name string
		body string
		want error
		kind tradepay.NotificationKind
		is   tradepay.PaymentStatus
	}{
		{name: "v1 paid", body: paidV1, kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "v1 failed", body: change(paidV1, `"SUCCESS"`, `"FAIL","paymentFailReason":"no balance"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusFailed},
		{name: "v1 authorized", body: change(paidV1, `"SUCCESS"`, `"AUTH_SUCCESS"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusAuthorized},
		{name: "v2 paid", body: paidV2, kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "v2 failed", body: change(paidV2, `"S"`, `"F"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusFailed},
		{name: "v2 unknown is not final", body: change(paidV2, `"S"`, `"U"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusProcessing},
		{name: "v2 with a verdict of no meaning", body: change(paidV2, `"S"`, `"?"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusProcessing},
		{name: "a flat result", body: change(paidV2, "paymentResult", "result"), kind: tradepay.NotificationPayment,
			is: tradepay.StatusSuccess},
		{name: "both, agreeing", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"SUCCESS","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},
		{name: "both, cancelled", body: change(change(paidV2, `{"paymentId"`,
			`{"paymentStatus":"CANCELLED","paymentId"`), `"S"`, `"F"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusCancelled},
		{name: "both, reserved", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"AUTH_SUCCESS","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusAuthorized},
		{name: "void", body: `{"voidRequestId":"void-1","voidId":"V1","paymentId":"P1","paymentRequestId":"order-1",` +
			`"voidAmount":{"currency":"USD","value":"1050"},"result":{"resultStatus":"S",` +
			`"resultCode":"SUCCESS"}}`, kind: tradepay.NotificationVoid},
		{name: "cashier URL", body: `{"paymentId":"P1","paymentRequestId":"order-1",` +
			`"redirectUrl":"https://wallet.example/cashier"}`, kind: tradepay.NotificationCashierURL},
		{name: "v2 reserved, not paid", body: change(paidV2, `{"paymentId"`,
			`{"authExpiryTime":"2026-01-16T12:00:00Z","paymentId"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusAuthorized},
		{name: "failed void", body: `{"voidRequestId":"void-1","paymentId":"P1","paymentRequestId":"order-1",` +
			`"voidAmount":{"currency":"USD","value":"1050"},"voidResult":{"resultStatus":"F",` +
			`"resultCode":"PROCESS_FAIL"}}`, kind: tradepay.NotificationVoid},
		{name: "a void without its id", body: change(paidV1, `"paymentStatus":"SUCCESS"`,
			`"voidStatus":"SUCCESS","voidAmount":{"currency":"USD","value":"1050"},"voidRequestId":"void-1"`),
			kind: tradepay.NotificationVoid},
		{name: "a refund without its id", body: change(paidV2, `{"paymentId"`,
			`{"refundAmount":{"currency":"USD","value":"1050"},"paymentId"`), kind: tradepay.NotificationOther},
		{name: "a capture that failed", body: change(paidV2, `{"paymentId"`, `{"captureStatus":"FAIL","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "still in process", body: change(paidV2, `"resultCode":"SUCCESS"`, `"resultCode":"PAYMENT_IN_PROCESS"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusProcessing},
		{name: "refund", body: change(paidV2, `{"paymentId"`, `{"refundRequestId":"refund-1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "capture", body: change(paidV2, `{"paymentId"`, `{"captureId":"C1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "v1 a cancel", body: change(paidV1, `{"partnerId"`, `{"cancelTime":"2026-01-15T12:00:00Z","partnerId"`),
			kind: tradepay.NotificationOther},
		{name: "v2 a cancel", body: change(paidV2, `{"paymentId"`, `{"cancelTime":"2026-01-15T12:00:00Z","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a cancel by its id", body: change(paidV2, `{"paymentId"`, `{"cancelRequestId":"c1","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a dispute", body: change(paidV2, `{"paymentId"`, `{"disputeId":"D1","paymentId"`),
			kind: tradepay.NotificationDispute},
		{name: "a chargeback", body: change(paidV2, `{"paymentId"`,
			`{"chargebackAmount":{"currency":"USD","value":"1050"},"paymentId"`), kind: tradepay.NotificationOther},
		{name: "a reversal", body: change(paidV2, `{"paymentId"`, `{"reversalTime":"2026-01-15T12:00:00Z","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "a refund by its time", body: change(paidV2, `{"paymentId"`,
			`{"refundTime":"2026-01-15T12:00:00Z","paymentId"`), kind: tradepay.NotificationOther},
		{name: "a capture by its time", body: change(paidV1, `{"partnerId"`,
			`{"captureTime":"2026-01-15T12:00:00Z","partnerId"`), kind: tradepay.NotificationOther},
		{name: "of the type of a payment", body: change(paidV2, `{"paymentId"`,
			`{"notifyType":"PAYMENT_RESULT","paymentId"`), kind: tradepay.NotificationPayment,
			is: tradepay.StatusSuccess},
		{name: "with members that nobody knows",
			body: change(paidV2, `{"paymentId"`, `{"customerId":"U1","extendInfo":"{}","merchantNote":"x","paymentId"`),
			kind: tradepay.NotificationPayment, is: tradepay.StatusSuccess},

		{name: "v1 of a type unknown", body: change(paidV1, `{"partnerId"`, `{"notifyType":"SOMETHING","partnerId"`),
			kind: tradepay.NotificationOther},
		{name: "v2 of a type unknown", body: change(paidV2, `{"paymentId"`,
			`{"notifyType":"PAYMENT_DISPUTED","paymentId"`), kind: tradepay.NotificationOther},
		{name: "of a type unknown, failed", body: change(change(paidV2, `{"paymentId"`,
			`{"notifyType":"REFUND_RESULT","paymentId"`), `"S"`, `"F"`), kind: tradepay.NotificationOther},
		{name: "of an empty type", body: change(paidV2, `{"paymentId"`, `{"notifyType":"","paymentId"`),
			kind: tradepay.NotificationOther},
		{name: "of a type that is no text", body: change(paidV2, `{"paymentId"`, `{"notifyType":{"x":1},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "pending and paid", body: change(paidV2, `{"paymentId"`, `{"notifyType":"PAYMENT_PENDING","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "transactions that are no list", body: change(paidV2, `{"paymentId"`, `{"transactions":{},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "an empty status", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "a trade number beside an outcome", body: change(paidV2, `{"paymentId"`, `{"tradeNO":"T1","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "a URL of the browser beside an outcome",
			body: change(paidV2, `{"paymentId"`, `{"normalUrl":"https://wallet.example/","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "two verdicts, contradicting",
			body: change(paidV2, `{"paymentId"`, `{"result":{"resultStatus":"F","resultCode":"X"},"paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "paid, with a reason why not",
			body: change(paidV2, `{"paymentId"`, `{"paymentFailReason":"no balance","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "the answer to a pay", body: change(change(accepted, `"A"`, `"S"`), `"paymentId"`,
			`"paymentAmount":{"currency":"USD","value":"1050"},"paymentId"`), want: tradepay.ErrMalformed},
		{name: "both, contradicting", body: change(paidV2, `{"paymentId"`, `{"paymentStatus":"FAIL","paymentId"`),
			want: tradepay.ErrMalformed},
		{name: "paid and failed", body: change(change(paidV2, `{"paymentId"`, `{"paymentStatus":"SUCCESS","paymentId"`),
			`"S"`, `"F"`), want: tradepay.ErrMalformed},
		{name: "no outcome", body: change(paidV1, `"paymentStatus"`, `"x"`), want: tradepay.ErrMalformed},
		{name: "outcome in small letters", body: change(paidV1, `"SUCCESS"`, `"success"`), want: tradepay.ErrMalformed},
		{name: "outcome of another kind", body: change(paidV2,
			`{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`, `"S"`),
			want: tradepay.ErrMalformed},
		{name: "verdict of another kind", body: change(paidV2, `"S"`, `["S"]`), want: tradepay.ErrMalformed},
		{name: "no amount", body: change(paidV1, `"paymentAmount"`, `"x"`), want: tradepay.ErrMalformed},
		{name: "amount with decimals", body: change(paidV1, `"1050"`, `"10.50"`), want: tradepay.ErrInvalidAmount},
		{name: "negative amount", body: change(paidV1, `"1050"`, `"-1"`), want: tradepay.ErrInvalidAmount},
		{name: "two amounts", body: change(paidV1, `{"partnerId"`,
			`{"paymentAmount":{"currency":"USD","value":"1"},"partnerId"`), want: tradepay.ErrMalformed},
		{name: "no id", body: change(change(paidV1, `"paymentId"`, `"x"`), `"paymentRequestId"`, `"y"`),
			want: tradepay.ErrMalformed},
		{name: "not JSON", body: `paymentStatus=SUCCESS`, want: tradepay.ErrMalformed},
		{name: "data behind", body: paidV1 + `{}`, want: tradepay.ErrMalformed},
		{name: "empty", body: ``, want: tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			client := w.client()
			got, err := client.VerifyNotification(w.notice("/notify?shop=1", tt.body))
			called := false
			res := httptest.NewRecorder()
			client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
				called = true
				return nil
			}).ServeHTTP(res, w.notice("/notify?shop=1", tt.body))
			status := w.acknowledged("/notify?shop=1", res)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				require.ErrorIs(t, err, tradepay.ErrMalformed)
				require.NotErrorIs(t, err, tradepay.ErrSignature)
				require.False(t, called)
				require.Equal(t, "U", status, "what was not understood is not acknowledged")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.kind, got.Kind)
			require.Equal(t, tt.is, got.Status)
			require.Equal(t, "P1", got.PaymentID)
			require.Equal(t, "order-1", got.PaymentRequestID)
			require.JSONEq(t, tt.body, string(got.Raw))
			require.Equal(t, tt.is == tradepay.StatusSuccess ||
				tt.is == tradepay.StatusAuthorized, !got.PaidAt.IsZero())
			require.True(t, called)
			require.Equal(t, "S", status)
			switch tt.kind {
			case tradepay.NotificationPayment:
				require.NoError(t, got.Check("order-1", usd))
			case tradepay.NotificationVoid:
				require.Equal(t, "void-1", got.VoidRequestID)
				require.Equal(t, usd, got.Amount)
				want := tradepay.TransactionSuccess
				if tt.name == "failed void" {
					want = tradepay.TransactionFailed
				}
				require.Equal(t, want, got.VoidStatus)
			case tradepay.NotificationOther:
				require.ErrorIs(t, got.Check("order-1", usd), tradepay.ErrNotPaid)
			case tradepay.NotificationCashierURL:
				require.Equal(t, "https://wallet.example/cashier", got.PaymentURL)
			}
		})
	}
}

// TestNotificationKinds: each kind with its own fields. What is not clear, and not
// about a payment, is NotificationOther: it reaches the merchant whole.
func TestNotificationKinds(t *testing.T) {
	t.Parallel()
	const (
		s      = `"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`
		f      = `"result":{"resultStatus":"F","resultCode":"PROCESS_FAIL","resultMessage":"failed"}`
		amount = `{"currency":"USD","value":"1050"}`
		at     = `"2026-01-15T14:00:00+02:00"`
	)
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	success := tradepay.Result{Status: "S", Code: "SUCCESS", Message: "success"}
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	other := tradepay.Notification{Kind: tradepay.NotificationOther}
	ofOrder := tradepay.Notification{Kind: tradepay.NotificationOther, PaymentRequestID: "order-1", PaymentID: "P1"}
	const ids = `"paymentRequestId":"order-1","paymentId":"P1",`
	tests := map[string]struct {
		body string
		want tradepay.Notification
	}{
		"refund by status": {`{"refundId":"R1","refundRequestId":"r-1","paymentId":"P1","refundStatus":"SUCCESS",` +
			`"refundAmount":` + amount + `,"refundTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, PaymentID: "P1", RefundID: "R1", RefundRequestID: "r-1",
			RefundStatus: "SUCCESS", Amount: usd, RefundedAt: noon,
		}},
		"refund without the payment": {`{"notifyType":"REFUND_RESULT",` + s + `,"refundStatus":"SUCCESS",` +
			`"refundRequestId":"r-1","refundAmount":` + amount + `}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundRequestID: "r-1", RefundStatus: "SUCCESS", Amount: usd,
			Result: success,
		}},
		"refund failed": {`{"refundId":"R1","refundStatus":"FAIL","refundFailReason":"closed account",` +
			`"refundTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundID: "R1", RefundStatus: "FAIL", FailReason: "closed account",
		}},
		"refund in process": {`{"refundId":"R1","result":{"resultStatus":"U","resultCode":"REFUND_IN_PROCESS"}}`,
			tradepay.Notification{
				Kind: tradepay.NotificationRefund, RefundID: "R1", RefundStatus: "PROCESSING",
				Result: tradepay.Result{Status: "U", Code: "REFUND_IN_PROCESS"},
			}},
		"refund of a capture": {`{"refundId":"R1","captureId":"C1","refundStatus":"SUCCESS"}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundID: "R1", CaptureID: "C1", RefundStatus: "SUCCESS",
		}},
		"refund of a paid payment": {`{"refundId":"R1","refundStatus":"FAIL","paymentStatus":"SUCCESS",` + ids +
			`"paymentAmount":` + amount + `}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundID: "R1", RefundStatus: "FAIL", PaymentRequestID: "order-1",
			PaymentID: "P1",
		}},
		"capture": {`{"notifyType":"CAPTURE_RESULT",` + s + `,"captureRequestId":"c-1","captureId":"C1",` +
			`"paymentId":"P1","captureAmount":` + amount + `,"captureTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationCapture, PaymentID: "P1", CaptureRequestID: "c-1", CaptureID: "C1",
			CaptureStatus: "SUCCESS", Amount: usd, CapturedAt: noon, Result: success,
		}},
		"capture failed": {`{"captureId":"C1","captureStatus":"FAIL","captureTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationCapture, CaptureID: "C1", CaptureStatus: "FAIL",
		}},
		"void": {`{"voidId":"V1",` + ids + `"voidStatus":"SUCCESS","voidAmount":` + amount + `}`, tradepay.Notification{
			Kind: tradepay.NotificationVoid, VoidID: "V1", PaymentRequestID: "order-1", PaymentID: "P1",
			VoidStatus: "SUCCESS", Amount: usd,
		}},
		"code": {`{"authorizationNotifyType":"AUTHCODE_CREATED","authCode":"code","authState":"state","userId":"U1",` +
			s + `}`, tradepay.Notification{
			Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "AUTHCODE_CREATED", AuthCode: "code",
			AuthState: "state", UserID: "U1", Result: success,
		}},
		"token": {`{"authorizationNotifyType":"TOKEN_CREATED","accessToken":"token","authState":"state",` +
			`"accessTokenExpiryTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "TOKEN_CREATED", AccessToken: "token",
			AuthState: "state", AccessTokenExpiresAt: noon,
		}},
		"token cancelled": {`{"authorizationNotifyType":"TOKEN_CANCELED","accessToken":"token","reason":"x",` + s + `}`,
			tradepay.Notification{
				Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "TOKEN_CANCELED", AccessToken: "token",
				Result: success,
			}},
		"contract ended": {`{"accessToken":"token","contractStatus":"INVALID","modifyTime":"1768478400"}`,
			tradepay.Notification{
				Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "CONTRACT_ENDED", AccessToken: "token",
				AuthorizationAt: noon,
			}},
		"contract valid": {`{"accessToken":"token","contractStatus":"VALID"}`, tradepay.Notification{
			Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "CONTRACT_VALID", AccessToken: "token",
		}},
		"dispute": {`{` + ids + `"disputeId":"D1","disputeTime":` + at + `,"disputeAmount":` + amount + `,` +
			`"disputeNotificationType":"DISPUTE_CREATED","defenseDueTime":` + at + `,"disputeReasonCode":"4853",` +
			`"disputeReasonMsg":"not delivered","disputeType":"CHARGEBACK","defendable":true,"captureId":"C1"}`,
			tradepay.Notification{
				Kind: tradepay.NotificationDispute, PaymentRequestID: "order-1", PaymentID: "P1", DisputeID: "D1",
				DisputedAt: noon, Amount: usd, DisputeEvent: "DISPUTE_CREATED", DefenseDueAt: noon,
				DisputeReasonCode: "4853", DisputeReason: "not delivered", DisputeType: "CHARGEBACK", CaptureID: "C1",
			}},
		"dispute judged": {`{"disputeId":"D1","disputeNotificationType":"DISPUTE_JUDGED",` +
			`"disputeJudgedResult":"ACCEPT_BY_MERCHANT","disputeJudgedAmount":` + amount + `,` +
			`"disputeJudgedTime":` + at + `}`, tradepay.Notification{
			Kind: tradepay.NotificationDispute, DisputeID: "D1", DisputeEvent: "DISPUTE_JUDGED",
			DisputeResult: "ACCEPT_BY_MERCHANT", DisputeJudgedAmount: usd, DisputeJudgedAt: noon,
		}},

		"refund without an id":        {`{"refundStatus":"SUCCESS"}`, other},
		"refund without an outcome":   {`{` + ids + `"refundId":"R1"}`, ofOrder},
		"refund that contradicts":     {`{"refundId":"R1","refundStatus":"SUCCESS",` + f + `}`, other},
		"refund with a reason":        {`{"refundId":"R1","refundStatus":"SUCCESS","refundFailReason":"x"}`, other},
		"refund of an unknown status": {`{"refundId":"R1","refundStatus":"DONE"}`, other},
		"refund reserved":             {`{"refundId":"R1","refundStatus":"AUTH_SUCCESS"}`, other},
		"refund cancelled":            {`{"refundId":"R1","refundStatus":"CANCELLED"}`, other},
		"refund of a wrong amount":    {`{"refundId":"R1","refundStatus":"SUCCESS","refundAmount":"1"}`, other},
		"refund that calls itself a payment": {`{"notifyType":"PAYMENT_RESULT","refundId":"R1",` +
			`"refundStatus":"SUCCESS"}`, other},
		"refund of a type that is no text": {`{"notifyType":[],"refundId":"R1","refundStatus":"SUCCESS"}`, other},
		"refund and void":                  {`{"refundId":"R1","voidId":"V1",` + s + `}`, other},
		"capture without an outcome":       {`{"captureId":"C1",` + ids + `"paymentStatus":"SUCCESS"}`, ofOrder},
		"void without an outcome":          {`{"voidId":"V1",` + ids + `"voidAmount":` + amount + `}`, ofOrder},
		"void with a verdict of a list":    {`{"voidId":"V1","result":{"resultStatus":[]}}`, other},
		"code without a code":              {`{"authorizationNotifyType":"AUTHCODE_CREATED","accessToken":"t"}`, other},
		"token without a token":            {`{"authorizationNotifyType":"TOKEN_CREATED","authCode":"c"}`, other},
		"a consent of an unknown word":     {`{"authorizationNotifyType":"X","accessToken":"t"}`, other},
		"a consent that failed": {`{"authorizationNotifyType":"TOKEN_CREATED",` +
			`"accessToken":"t",` + f + `}`, other},
		"a contract of an unknown word": {`{"contractStatus":"X","accessToken":"t"}`, other},
		"two consents": {`{"contractStatus":"VALID","authorizationNotifyType":"TOKEN_CREATED",` +
			`"accessToken":"t"}`, other},
		"dispute without an id":    {`{"disputeNotificationType":"DISPUTE_CREATED"}`, other},
		"a subscription":           {`{"notifyType":"SUBSCRIPTION_RESULT","subscriptionId":"S1",` + s + `}`, other},
		"nothing of a payment":     {`{` + ids + `"x":1}`, ofOrder},
		"nothing at all":           {`{}`, other},
		"a verdict about nothing":  {`{` + s + `}`, other},
		"a URL for no payment":     {`{"cashierUrl":"https://wallet.example/cashier"}`, other},
		"a kind in another member": {`{"operationNotifyType":"X",` + ids + s + `,"paymentRequestId2":1}`, ofOrder},
		"a notification's type":    {`{"notificationType":"X",` + ids + s + `}`, ofOrder},
		"a kind beside an amount": {`{"loanNotifyType":"GRANTED","paymentAmount":{"currency":"USD","value":"1050"},` +
			`"paymentTime":` + at + `,` + ids + s + `}`, ofOrder},
		"a webhook's event":        {`{"webhookEventType":"X",` + ids + s + `}`, ofOrder},
		"an event of another word": {strings.Replace(paidV1, "{", `{"eventType":"CHARGE",`, 1), ofOrder},
		"a refund by its type":     {strings.Replace(paidV2, "{", `{"notifyType":"REFUND_RESULT",`, 1), ofOrder},
		"an id that is no text": {`{"paymentId":{},"refundId":"R1","refundStatus":"SUCCESS"}`, tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundID: "R1", RefundStatus: "SUCCESS",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			var got *tradepay.Notification
			res := httptest.NewRecorder()
			w.client().NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
				got = n
				return nil
			}).ServeHTTP(res, w.notice("/notify", tt.body))
			require.Equal(t, "S", w.acknowledged("/notify", res))
			tt.want.Raw = []byte(tt.body)
			require.Equal(t, &tt.want, got)
			require.ErrorIs(t, got.CheckPaid("order-1", usd), tradepay.ErrNotPaid)
			require.NotErrorIs(t, got.CheckPaid("order-1", usd), tradepay.ErrMalformed, "it is well-formed")
			require.Equal(t, strings.HasSuffix(name, "ended") || strings.HasSuffix(name, "cancelled") &&
				tt.want.AccessToken != "", got.AuthorizationEnded())
			require.True(t, got.Same(got))

			stored, err := json.Marshal(got)
			require.NoError(t, err)
			var read tradepay.Notification
			require.NoError(t, json.Unmarshal(stored, &read))
			require.Equal(t, got, &read)
		})
	}
}

// strangers are members of messages that are no payments.
var strangers = []string{
	"refundId", "refundStatus", "RefundAmount", "refund_time", "captureRequestId", "captureId", "captureStatus",
	"voidId", "voidStatus", "VOIDTIME", "cancelTime", "cancelRequestId", "disputeId", "disputeNotificationType",
	"chargebackAmount", "reversalTime", "authorizationNotifyType", "contractStatus", "CONTRACTSTATUS",
	"revertTime", "releaseId", "returnId", "ReturnStatus",
}

// TestNoMessageOfAnotherKindIsPaid: whatever a member of another kind holds, and
// whatever else says that the payment is paid, the message is no payment.
func TestNoMessageOfAnotherKindIsPaid(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	client := w.client()
	flat := strings.Replace(paidV2, "paymentResult", "result", 1)
	both := strings.Replace(paidV2, "{", `{"paymentStatus":"SUCCESS",`, 1)
	row := 0
	for _, paid := range []string{paidV1, paidV2, flat, both} {
		for _, member := range strangers {
			for _, value := range []string{
				`"SUCCESS"`, `"X1"`, `""`, `0`, `true`, `[]`, `{}`, `{"currency":"USD","value":"1050"}`,
				`{"resultStatus":"S","resultCode":"SUCCESS"}`,
			} {
				for _, kind := range []string{"", `"notifyType":"PAYMENT_RESULT",`, `"eventType":"PAYMENT",`} {
					// Every fifth meets each pair of the four tables' rows: 5 divides none of their lengths.
					if row++; row%testsize.Of(5, 5, 1) != 0 {
						continue
					}
					body := strings.Replace(paid, "{", `{"`+member+`":`+value+","+kind, 1)
					n, err := client.VerifyNotification(w.notice("/notify", body))
					require.NoError(t, err, body)
					require.NotEqual(t, tradepay.NotificationPayment, n.Kind, body)
					require.Empty(t, n.Status, body)
					require.Empty(t, n.PaidAt, body)
				}
			}
		}
	}
}

// requireNoSign: a message that was taken for a payment has no member of another kind.
func requireNoSign(t *testing.T, body []byte) {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &members))
	for name, value := range members {
		if name != "voidNotifyUrl" && string(value) != "null" {
			require.NotRegexp(t, `(?i)^(cancel|dispute|refund|capture|void|chargeback|reversal|revert|release|`+
				`return(id|request|result|status|amount|time)|contractStatus|authorizationNotify)`, name)
		}
	}
}

func TestSameNotification(t *testing.T) {
	t.Parallel()
	usd := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	payment := tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1", PaymentID: "P1", Status: "SUCCESS",
		Amount: usd(1050), PaidAt: noon, Raw: []byte(`{"a":1}`),
	}
	refund := tradepay.Notification{
		Kind: tradepay.NotificationRefund, RefundRequestID: "r-1", RefundID: "R1", RefundStatus: "SUCCESS",
		Amount: usd(50), Raw: []byte(`{"a":1}`),
	}
	capture := tradepay.Notification{Kind: tradepay.NotificationCapture, CaptureID: "C1", CaptureStatus: "SUCCESS"}
	void := tradepay.Notification{Kind: tradepay.NotificationVoid, VoidID: "V1", VoidStatus: "SUCCESS"}
	consent := tradepay.Notification{
		Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "TOKEN_CREATED", AccessToken: "token",
	}
	dispute := tradepay.Notification{Kind: tradepay.NotificationDispute, DisputeID: "D1",
		DisputeEvent: "DISPUTE_CREATED"}
	other := tradepay.Notification{Kind: tradepay.NotificationOther, Raw: []byte(`{"a":1}`)}
	movement := func(kind string, value int64) tradepay.Transaction {
		return tradepay.Transaction{ID: kind, Type: kind, Status: "SUCCESS", Amount: usd(value)}
	}
	type change func(*tradepay.Notification)
	for name, tt := range map[string]struct {
		n      tradepay.Notification
		change change
		same   bool
	}{
		"the same":             {payment, func(*tradepay.Notification) {}, true},
		"paid at another time": {payment, func(n *tradepay.Notification) { n.PaidAt = time.Time{} }, true},
		"another body":         {payment, func(n *tradepay.Notification) { n.Raw, n.Result.Message = nil, "x" }, true},
		"without one id":       {payment, func(n *tradepay.Notification) { n.PaymentID = "" }, true},
		"with its charge": {payment, func(n *tradepay.Notification) {
			n.Transactions = []tradepay.Transaction{movement("PAYMENT", 1050)}
		}, true},
		"refunded since": {payment, func(n *tradepay.Notification) {
			n.Transactions = []tradepay.Transaction{movement("REFUND", 1)}
		}, false},
		"another status":  {payment, func(n *tradepay.Notification) { n.Status = "FAIL" }, false},
		"another amount":  {payment, func(n *tradepay.Notification) { n.Amount.Value++ }, false},
		"another order":   {payment, func(n *tradepay.Notification) { n.PaymentRequestID = "order-2" }, false},
		"another payment": {payment, func(n *tradepay.Notification) { n.PaymentID = "P2" }, false},
		"no id": {payment, func(n *tradepay.Notification) {
			n.PaymentID, n.PaymentRequestID = "", ""
		}, false},
		"another kind": {payment, func(n *tradepay.Notification) { n.Kind = tradepay.NotificationVoid },
			false},
		"a refund at another time":   {refund, func(n *tradepay.Notification) { n.RefundedAt = noon }, true},
		"a refund of another status": {refund, func(n *tradepay.Notification) { n.RefundStatus = "FAIL" }, false},
		"a refund with its payment":  {refund, func(n *tradepay.Notification) { n.PaymentID = "P1" }, true},
		"another refund":             {refund, func(n *tradepay.Notification) { n.RefundRequestID = "r-2" }, false},
		"a capture at another time":  {capture, func(n *tradepay.Notification) { n.CapturedAt = noon }, true},
		"another capture":            {capture, func(n *tradepay.Notification) { n.CaptureID = "C2" }, false},
		"a void again":               {void, func(n *tradepay.Notification) { n.Raw = []byte("{}") }, true},
		"another void":               {void, func(n *tradepay.Notification) { n.VoidID = "V2" }, false},
		"a consent again":            {consent, func(n *tradepay.Notification) { n.Raw = []byte("{}") }, true},
		"another token":              {consent, func(n *tradepay.Notification) { n.AccessToken = "t" }, false},
		"a consent at another time":  {consent, func(n *tradepay.Notification) { n.AuthorizationAt = noon }, false},
		"a dispute again":            {dispute, func(n *tradepay.Notification) { n.Raw = []byte("{}") }, true},
		"a dispute judged": {dispute, func(n *tradepay.Notification) { n.DisputeEvent = "DISPUTE_JUDGED" },
			false},
		"another message": {other, func(n *tradepay.Notification) { n.Raw = []byte(`{"a":2}`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := tt.n
			tt.change(&changed)
			require.Equal(t, tt.same, tt.n.Same(&changed))
			require.Equal(t, tt.same, changed.Same(&tt.n))
			require.False(t, tt.n.Same(nil))
		})
	}
}

// TestNotificationWithTransactions: most wallets send none, but what they send
// counts.
func TestNotificationWithTransactions(t *testing.T) {
	t.Parallel()
	usd := tradepay.Amount{Currency: "USD", Value: 1050}
	for _, body := range []string{paidV1, paidV2} {
		w := newScripted(t, wallets.PlatformV2())
		n, err := w.client().VerifyNotification(w.notice("/notify",
			strings.Replace(body, "{", `{"transactions":[{"transactionId":"T1","transactionType":"REFUND",
			"transactionStatus":"SUCCESS","transactionAmount":{"currency":"USD","value":"50"}}],`, 1)))
		require.NoError(t, err)
		require.Len(t, n.Transactions, 1)
		require.NoError(t, n.Check("order-1", usd))
		require.ErrorIs(t, n.CheckPaid("order-1", usd), tradepay.ErrRefunded)
	}
}

func FuzzNotification(f *testing.F) {
	w := newScripted(f, wallets.PlatformV2())
	client := w.client()
	r := w.notice("/notify", paidV2)
	f.Add(r.Header.Get("Signature"), r.Header.Get("Request-Time"), clientID, []byte(paidV2), false)
	f.Add("", "", "", []byte{}, false)
	for _, body := range []string{paidV1, paidV2, `{"voidId":"V","paymentId":"P"}`,
		`{"redirectUrl":"u","paymentId":"P"}`, `[]`, `{"a":{"a":{}}}`,
		strings.Replace(paidV2, "{", `{"notifyType":"DISPUTE_RESULT",`, 1),
		strings.Replace(paidV1, "{", `{"cancelTime":"x",`, 1),
		strings.Replace(paidV2, "{", `{"disputeId":"D1",`, 1),
		strings.Replace(paidV2, "{", `{"refundStatus":"SUCCESS","refundId":"R1","captureId":"C1",`, 1),
		strings.Replace(paidV1, "{", `{"eventType":"REFUND","ContractStatus":"VALID",`, 1),
		`{"authorizationNotifyType":"TOKEN_CREATED","accessToken":"T"}`,
		strings.Replace(paidV2, "{", `{"transactions":[{"transactionType":"REFUND"}],`, 1)} {
		f.Add("", "", "", []byte(body), true)
	}
	f.Fuzz(func(t *testing.T, signature, when, id string, body []byte, sign bool) {
		header := http.Header{"Signature": {signature}, "Request-Time": {when}, "Client-Id": {id}}
		if sign { // past the signature, to what reads the body
			header = (&scripted{t: t, key: w.key, now: noon}).notice("/notify", string(body)).Header
		}
		n, err := client.ParseNotification(http.MethodPost, "/notify", header, body)
		if err != nil {
			require.Nil(t, n)
			require.True(t, errors.Is(err, tradepay.ErrSignature) || errors.Is(err, tradepay.ErrMalformed), "%v", err)
			return
		}
		require.True(t, sign || bytes.Equal(body, []byte(paidV2)), "accepted without a signature")
		require.Equal(t, n.Kind == tradepay.NotificationPayment, n.Status != "")
		require.True(t, n.Same(n))
		if n.Kind == tradepay.NotificationPayment {
			require.NotEmpty(t, n.PaymentID+n.PaymentRequestID)
			requireNoSign(t, body)
			require.Len(t, n.Amount.Currency, 3)
			require.GreaterOrEqual(t, n.Amount.Value, int64(0))
		}
	})
}
