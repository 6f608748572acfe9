package wallets_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func antomOrder() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "JPY", Value: 100}, Title: "sample order",
		NotifyURL: "https://shop.example/notify", RedirectURL: "https://shop.example/thanks",
		Extra: map[string]any{
			"paymentMethod":      map[string]any{"paymentMethodType": "TNG"},
			"settlementStrategy": map[string]any{"settlementCurrency": "JPY"},
		},
	}
}

func TestAntomRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.Antom())
	got := p.first(p.create(antomOrder()))
	require.Equal(t, "/ams/api/v1/payments/pay", got.path)
	require.Equal(t, "1768478400000", got.header.Get("Request-Time"))
	require.Regexp(t, `^algorithm=RSA256,keyVersion=1,signature=[A-Za-z0-9%]+$`, got.header.Get("Signature"))
	sample := `{
		"productCode": "", "paymentRequestId": "", "paymentAmount": {"currency": "", "value": ""}, "appId": "",
		"order": {"referenceOrderId": "", "orderDescription": "", "orderAmount": {"currency": "", "value": ""}}, ` +
		`"env": {"terminalType": ""},
		"paymentMethod": {"paymentMethodType": ""}, "settlementStrategy": {"settlementCurrency": ""},
		"paymentNotifyUrl": "", "paymentRedirectUrl": ""`
	likeSample(t, sample+`}`, got.body)

	p = newProbe(t, wallets.Antom())
	reserve := antomOrder()
	reserve.Authorize = true
	got = p.first(p.create(reserve))
	likeSample(t, sample+`, "paymentFactor": {"isAuthorization": ""}}`, got.body)
	require.Equal(t, map[string]any{"isAuthorization": "true"}, got.body["paymentFactor"])

	p = newProbe(t, wallets.Antom())
	agreed := antomOrder()
	agreed.PaymentAuthCode = "token"
	got = p.first(p.create(agreed))
	require.Equal(t, wallets.AntomAgreement, got.body["productCode"])
	require.Equal(t, map[string]any{"paymentMethodType": "TNG", "paymentMethodId": "token"}, got.body["paymentMethod"])
	require.NotContains(t, got.body, "paymentAuthCode")
	require.NotContains(t, agreed.Extra["paymentMethod"], "paymentMethodId", "what Extra holds is the caller's")

	p = newProbe(t, wallets.Antom())
	agreed.Extra = nil
	require.ErrorContains(t, p.refused(p.create(agreed), tradepay.ErrInvalidRequest), "paymentMethodType")
	require.ErrorContains(t, p.refused(func() error {
		_, err := p.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c1", PaymentID: "p1"})
		return err
	}, tradepay.ErrInvalidRequest), "Amount: is required by Antom")
	got = p.first(func() error {
		_, err := p.Capture(t.Context(), &tradepay.CaptureRequest{
			CaptureRequestID: "c1", PaymentID: "p1", Amount: tradepay.Amount{Currency: "JPY", Value: 10}, Partial: true,
		})
		return err
	})
	require.Equal(t, "false", got.body["isLastCapture"])
}

// TestAntomNotifications: only PAYMENT_RESULT tells an outcome.
func TestAntomNotifications(t *testing.T) {
	t.Parallel()
	const about = `"paymentRequestId":"o1","paymentId":"p1","paymentAmount":{"currency":"JPY","value":"12345"}`
	for _, test := range []struct {
		name, body string
		status     tradepay.PaymentStatus
		kind       tradepay.NotificationKind
		err        error
	}{
		{
			name: "paid",
			body: `{"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"S","resultCode":"SUCCESS",` +
				`"resultMessage":"success"},` + about + `}`,
			status: tradepay.StatusSuccess, kind: tradepay.NotificationPayment,
		},
		{
			name: "failed",
			body: `{"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"F","resultCode":"ORDER_IS_CLOSED",` +
				`"resultMessage":"closed"},` + about + `}`,
			status: tradepay.StatusFailed, kind: tradepay.NotificationPayment,
		},
		{
			name: "S of a pending payment is no payment",
			body: `{"notifyType":"PAYMENT_PENDING","result":{"resultStatus":"S","resultCode":"SUCCESS",` +
				`"resultMessage":"success"},` + about + `}`,
			status: tradepay.StatusProcessing, kind: tradepay.NotificationPayment,
		},
		{
			name: "reserved",
			body: `{"notifyType":"PAYMENT_RESULT","authExpiryTime":"2026-01-22T12:00:00+00:00",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` + about + `}`,
			status: tradepay.StatusAuthorized, kind: tradepay.NotificationPayment,
		},
		{
			name: "reserved, with a status",
			body: `{"notifyType":"PAYMENT_RESULT","paymentStatus":"SUCCESS",` +
				`"authExpiryTime":"2026-01-22T12:00:00+00:00",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` + about + `}`,
			status: tradepay.StatusAuthorized, kind: tradepay.NotificationPayment,
		},
		{
			name: "two results that differ",
			body: `{"notifyType":"PAYMENT_RESULT","paymentResult":{"resultStatus":"F","resultCode":"PROCESS_FAIL",` +
				`"resultMessage":"failed"},` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` + about + `}`,
			err: tradepay.ErrMalformed,
		},
		{
			name: "a capture",
			body: `{"notifyType":"CAPTURE_RESULT","captureRequestId":"c1","captureId":"c2",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},"paymentId":"p1"}`,
			kind: tradepay.NotificationCapture,
		},
		{
			name: "a refund, which names no payment",
			body: `{"notifyType":"REFUND_RESULT","refundRequestId":"r1","refundId":"r2","refundStatus":"SUCCESS",` +
				`"refundAmount":{"currency":"JPY","value":"12345"},"refundTime":"2026-01-15T12:00:00+00:00",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`,
			kind: tradepay.NotificationRefund,
		},
		{
			name: "a code of a payer",
			body: `{"authorizationNotifyType":"AUTHCODE_CREATED","authCode":"code","authState":"state",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`,
			kind: tradepay.NotificationAuthorization,
		},
		{
			name: "a dispute of a capture",
			body: `{"disputeId":"d1","disputeNotificationType":"DISPUTE_CREATED","defendable":true,"captureId":"c1",` +
				`"disputeAmount":{"currency":"JPY","value":"12345"},"paymentRequestId":"o1","paymentId":"p1"}`,
			kind: tradepay.NotificationDispute,
		},
		{
			name: "a subscription",
			body: `{"notifyType":"SUBSCRIPTION_RESULT","subscriptionId":"s1",` +
				`"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`,
			kind: tradepay.NotificationOther,
		},
		{
			name: "unknown type",
			body: `{"notifyType":"SOMETHING","result":{"resultStatus":"S","resultCode":"SUCCESS",` +
				`"resultMessage":"success"},` + about + `}`,
			kind: tradepay.NotificationOther,
		},
		{
			name: "no type",
			body: `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` + about + `}`,
			kind: tradepay.NotificationOther,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n, err := takeIn(t, wallets.Antom(), test.body)
			require.ErrorIs(t, err, test.err)
			if err == nil {
				require.Equal(t, test.kind, n.Kind)
				require.Equal(t, test.status, n.Status)
				require.Equal(t, test.status != tradepay.StatusSuccess,
					n.CheckPaid("o1", tradepay.Amount{Currency: "JPY", Value: 12345}) != nil)
			}
		})
	}
}

// takeIn signs a notification as the wallet and gives it to a client.
func takeIn(t *testing.T, profile wire.Profile, body string) (*tradepay.Notification, error) {
	t.Helper()
	m := newMaker(t, profile)
	msg := wire.Message{Method: http.MethodPost, URI: vectorNotifyURI, ClientID: vectorClient,
		Time: m.now(), Body: []byte(body)}
	signature, err := msg.Sign(m.key)
	require.NoError(t, err)
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: signature}
	return m.client.ParseNotification(msg.Method, msg.URI, http.Header{
		"Client-Id": {vectorClient}, "Request-Time": {msg.Time}, "Signature": {header.Format(profile.Signing.Encoding)},
	}, msg.Body)
}

// TestAntomReserved: SUCCESS with an expiry of the reservation is no payment.
func TestAntomReserved(t *testing.T) {
	t.Parallel()
	undo := wallets.Antom().Shaper.(tradepaytest.Unshaper).UnshapeResponse
	for name, test := range map[string]struct {
		body string
		want tradepay.PaymentStatus
	}{
		"reserved": {`{"paymentStatus":"SUCCESS","authExpiryTime":"2026-01-22T12:00:00+00:00"}`,
			tradepay.StatusAuthorized},
		"paid": {`{"paymentStatus":"SUCCESS"}`, tradepay.StatusSuccess},
		"captured": {`{"paymentStatus":"SUCCESS","authExpiryTime":"x",` +
			`"transactions":[{"transactionType":"CAPTURE","transactionStatus":"SUCCESS"}]}`, tradepay.StatusSuccess},
		"capture underway": {`{"paymentStatus":"SUCCESS","authExpiryTime":"x",` +
			`"transactions":[{"transactionType":"CAPTURE","transactionStatus":"PROCESSING"}]}`,
			tradepay.StatusAuthorized},
	} {
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(test.body), &body))
		for _, op := range []wire.Operation{wire.OpPay, wire.OpInquiryPayment} {
			body["paymentStatus"] = "SUCCESS"
			require.NoError(t, wallets.Antom().Shaper.ShapeResponse(op, body))
			require.Equal(t, string(test.want), body["paymentStatus"], name)
		}
		require.NoError(t, undo(wire.OpInquiryPayment, body))
		require.Equal(t, "SUCCESS", body["paymentStatus"], name)
	}
}

// TestAntomAcceptedOnlyWithURL: U PAYMENT_IN_PROCESS without a URL stays U.
func TestAntomAcceptedOnlyWithURL(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"result":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS"},` +
			`"normalUrl":"https://x"}`: "A",
		`{"result":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS"},` +
			`"redirectActionForm":{"redirectUrl":"https"}}`: "A",
		`{"result":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS"}}`:                         "U",
		`{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"},"normalUrl":"https://x"}`:  "U",
		`{"result":{"resultStatus":"F","resultCode":"PAYMENT_IN_PROCESS"},"normalUrl":"https://x"}`: "F",
	} {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &fields))
		require.NoError(t, wallets.Antom().Shaper.ShapeResponse(wire.OpPay, fields))
		require.Equal(t, want, fields["result"].(map[string]any)["resultStatus"], body)
	}
}
