package wallets_test

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
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
	likeSample(t, sample+`, "paymentFactor": {"isAuthorization": true, "captureMode": ""}}`, got.body)
	require.Equal(t, map[string]any{"isAuthorization": true, "captureMode": "MANUAL"}, got.body["paymentFactor"])

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
	require.Equal(t, false, got.body["isLastCapture"])
}

// TestAntomConsult: what the page on consult demands stands at the top of the message.
func TestAntomConsult(t *testing.T) {
	t.Parallel()
	request := func() *tradepay.PrepareRequest {
		return &tradepay.PrepareRequest{
			Scopes: "AGREEMENT_PAY,USER_INFO", RedirectURL: "https://shop.example/agreed", State: "state-1",
		}
	}
	prepare := func(p *probe, req *tradepay.PrepareRequest) func() error {
		return func() error {
			_, err := p.ForSite("GCASH").Prepare(t.Context(), req)
			return err
		}
	}
	p := newProbe(t, wallets.Antom())
	got := p.first(prepare(p, request()))
	require.Equal(t, "/ams/api/v1/authorizations/consult", got.path)
	require.Equal(t, map[string]any{
		"customerBelongsTo": "GCASH", "authRedirectUrl": "https://shop.example/agreed", "authState": "state-1",
		"scopes": []any{"AGREEMENT_PAY", "USER_INFO"}, "env": map[string]any{"terminalType": "MINI_APP"},
	}, got.body)

	p = newProbe(t, wallets.Antom())
	web := request()
	web.Extra = map[string]any{"env": map[string]any{"terminalType": "WEB"}, "merchantRegion": "SG"}
	got = p.first(prepare(p, web))
	require.Equal(t, map[string]any{"terminalType": "WEB"}, got.body["env"])
	require.Equal(t, "SG", got.body["merchantRegion"])

	for field, change := range map[string]func(*tradepay.PrepareRequest){
		"RedirectURL": func(r *tradepay.PrepareRequest) { r.RedirectURL = "" },
		"State":       func(r *tradepay.PrepareRequest) { r.State = "" },
		"Scopes":      func(r *tradepay.PrepareRequest) { r.Scopes = "A,B,C,D,E" },
	} {
		p = newProbe(t, wallets.Antom())
		req := request()
		change(req)
		require.ErrorContains(t, p.refused(prepare(p, req), tradepay.ErrInvalidRequest), field)
	}
	p = newProbe(t, wallets.Antom())
	for _, call := range []func() error{
		func() error { _, err := p.Prepare(t.Context(), request()); return err },
		func() error {
			_, err := p.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			return err
		},
	} {
		require.ErrorContains(t, p.refused(call, tradepay.ErrInvalidRequest), "SiteName")
	}
	got = p.first(func() error {
		_, err := p.ForSite("GCASH").ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
		return err
	})
	require.Equal(t, map[string]any{
		"grantType": "AUTHORIZATION_CODE", "authCode": "code", "customerBelongsTo": "GCASH",
	}, got.body)
}

// TestAntomAuthURL: of the URLs of a consult, normalUrl is the one to open.
func TestAntomAuthURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{"normalUrl": "n", "schemeUrl": "s", "applinkUrl": "a", "authUrl": "u"}, "n"},
		{map[string]any{"schemeUrl": "s", "applinkUrl": "a", "authUrl": "u"}, "s"},
		{map[string]any{"applinkUrl": "a", "authUrl": "u"}, "a"},
		{map[string]any{"authUrl": "u"}, "u"},
		{map[string]any{}, ""},
	} {
		require.NoError(t, wallets.Antom().Shaper.ShapeResponse(wire.OpPrepare, test.body))
		require.Equal(t, test.want, test.body["authUrl"])
	}
}

// TestAntomNotifications: each type of Antom's is of its kind, and only PAYMENT_RESULT tells
// an outcome of a payment.
func TestAntomNotifications(t *testing.T) {
	t.Parallel()
	antomNotifications(t, wallets.Antom())
}

func antomNotifications(t *testing.T, profile wire.Profile) {
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
			n, err := takeIn(t, profile, test.body)
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

// TestAntomOtherNotifications: a result tells the outcome of a payment only with the
// type of one. The others reach the client with all else that they say.
func TestAntomOtherNotifications(t *testing.T) {
	t.Parallel()
	const done = `"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}`
	const about = `"paymentRequestId":"o1","paymentId":"p1","paymentAmount":{"currency":"JPY","value":"12345"}`
	for name, body := range map[string]string{
		"unknown type": `{"notifyType":"SOMETHING",` + done + `,` + about + `}`,
		"no type":      `{` + done + `,` + about + `}`,
		"a result of v2": `{"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS"},"paymentStatus":"SUCCESS",` +
			about + `}`,
		"type of number": `{"notifyType":1,` + done + `,` + about + `}`,
		"a token":        `{"authorizationNotifyType":"TOKEN_CREATED","accessToken":"t","authState":"s",` + done + `}`,
		"a dispute": `{"disputeNotificationType":"DISPUTE_CREATED","disputeId":"d1","defendable":true,` +
			`"paymentRequestId":"o1","paymentId":"p1","disputeAmount":{"currency":"JPY","value":"12345"}}`,
		"a vault": `{"notifyType":"VAULTING_RESULT","vaultingRequestId":"v1",` + done + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if n, err := takeIn(t, wallets.Antom(), body); err == nil {
				err = n.CheckPaid("o1", tradepay.Amount{Currency: "JPY", Value: 12345})
				require.ErrorIs(t, err, tradepay.ErrNotPaid)
			}
		})
	}
}

// takeIn signs a notification as the wallet and gives it to a client.
func takeIn(t *testing.T, profile wire.Profile, body string) (*tradepay.Notification, error) {
	t.Helper()
	m := newMaker(t, profile)
	msg := m.message(vectorNotifyURI, "Request-Time", []byte(body))
	header, err := m.signed(msg, m.key, "1")
	require.NoError(t, err)
	return m.client.ParseNotification(msg.Method, msg.URI, header, msg.Body)
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

// TestAntomReason: why a payment failed, and only of one that did.
func TestAntomReason(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]any{
		`{"paymentStatus":"FAIL","paymentResultCode":"RISK_REJECT","paymentResultMessage":"Risk."}`: "RISK_REJECT",
		`{"paymentStatus":"FAIL","paymentResultMessage":"Risk."}`:                                   "Risk.",
		`{"paymentStatus":"FAIL","paymentResultCode":"X","paymentFailReason":"Y"}`:                  "Y",
		`{"paymentStatus":"SUCCESS","paymentResultCode":"SUCCESS"}`:                                 nil,
		`{"paymentStatus":"PENDING","paymentResultCode":"PAYMENT_IN_PROCESS"}`:                      nil,
	} {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &fields))
		require.NoError(t, wallets.Antom().Shaper.ShapeResponse(wire.OpInquiryPayment, fields))
		require.Equal(t, want, fields["paymentFailReason"], body)
	}
}

// antomClient is a merchant of a test wallet that speaks Antom.
func antomClient(t *testing.T, profile wire.Profile) (*tradepaytest.Wallet, *tradepay.Client) {
	t.Helper()
	w := tradepaytest.NewWallet(tradepaytest.As(profile))
	t.Cleanup(w.Close)
	cfg := w.Config()
	cfg.SiteName = "GCASH"
	c, err := tradepay.NewClient(configtest.With(cfg, quick))
	require.NoError(t, err)
	return w, c
}

// nowMillis is a Request-Time.
func nowMillis() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

// unnotified is an order that a test wallet takes: it calls no host but this one.
func unnotified(req *tradepay.CreateOrderRequest) *tradepay.CreateOrderRequest {
	req.NotifyURL = ""
	return req
}

// rawAntom sends a body to the test wallet as another client does, and returns the
// answer's headers as they travel, and its result code.
func rawAntom(t *testing.T, w *tradepaytest.Wallet, path, requestTime, body string) (http.Header, string) {
	t.Helper()
	cfg := w.Config()
	msg := wire.Message{
		Method: http.MethodPost, URI: path, ClientID: cfg.ClientID, Time: requestTime, Body: []byte(body),
	}
	signature, err := msg.Sign(cfg.PrivateKey)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), msg.Method, w.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = http.Header{
		"Client-Id": {cfg.ClientID}, "Request-Time": {requestTime},
		"Signature":    {cfg.Wallet.SignatureHeader("1", signature)},
		"Content-Type": {"application/json; charset=UTF-8", "application/json; charset=UTF-8"},
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.URL.Host)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	r.Close = true
	require.NoError(t, r.Write(conn))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(answer), "\r\n\r\n")
	require.True(t, ok)
	header := make(http.Header)
	for _, line := range strings.Split(head, "\r\n")[1:] {
		name, value, _ := strings.Cut(line, ": ")
		header[name] = append(header[name], value)
	}
	var parsed struct {
		Result tradepay.Result `json:"result"`
	}
	require.NoError(t, json.Unmarshal([]byte(rest), &parsed))
	return header, parsed.Result.Code
}

const antomPay = `{"productCode":"CASHIER_PAYMENT","paymentRequestId":"raw-1",` +
	`"paymentAmount":{"currency":"SGD","value":"1050"},"order":{"referenceOrderId":"1","orderDescription":"Tea",` +
	`"orderAmount":{"currency":"SGD","value":"1050"}},"env":{"terminalType":"WEB"},` +
	`"paymentMethod":{"paymentMethodType":"CARD"},"paymentFactor":{}}`

func init() {
	hold("Antom", "notifications", antomNotifications)
	const payPath = "/ams/api/v1/payments/pay"
	sgd := tradepay.Amount{Currency: "SGD", Value: 1050}
	hold("Antom", "paths", func(t *testing.T, profile wire.Profile) {
		for op, want := range map[wire.Operation]string{
			wire.OpPay: "payments/pay", wire.OpInquiryPayment: "payments/inquiryPayment",
			wire.OpCancel: "payments/cancel", wire.OpRefund: "payments/refund",
			wire.OpInquiryRefund: "payments/inquiryRefund",
			wire.OpCapture:       "payments/capture", wire.OpPrepare: "authorizations/consult",
			wire.OpApplyToken: "authorizations/applyToken", wire.OpCancelToken: "authorizations/revoke",
		} {
			require.Equal(t, "/v1/"+want, profile.Path(op))
		}
		require.Empty(t, profile.Path(wire.OpVoid))
		require.Equal(t, "/ams/api", profile.Routes.Prefix)
		for environment, base := range profile.Routes.BaseURLs {
			require.Equal(t, strings.HasPrefix(environment, "sandbox"), strings.HasSuffix(base, "/ams/sandbox/api"))
		}
	})
	hold("Antom", "signed content", func(t *testing.T, profile wire.Profile) {
		require.Empty(t, profile.Signing.Content)
		require.False(t, profile.Signing.WithoutPrefix)
	})
	hold("Antom", "time", func(t *testing.T, profile wire.Profile) {
		w, _ := antomClient(t, profile)
		now := time.Now()
		for _, text := range []string{
			strconv.FormatInt(now.UnixMilli(), 10), now.Format(time.RFC3339), now.UTC().Format("2006-01-02T15:04:05Z"),
			now.Format("2006-01-02T15:04:05-0700"),
		} {
			_, code := rawAntom(t, w, payPath, text, antomPay)
			require.Equal(t, "PAYMENT_IN_PROCESS", code, text)
		}
		_, code := rawAntom(t, w, payPath, strconv.FormatInt(now.Unix(), 10), antomPay)
		require.Equal(t, "PARAM_ILLEGAL", code)
		got := newProbe(t, profile)
		require.Equal(t, "1768478400000", got.first(got.create(antomOrder())).header.Get("Request-Time"))
	})
	hold("Antom", "encoding", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "algorithm=RSA256,keyVersion=1,signature=%2B%2F8%3D",
			profile.SignatureHeader("1", []byte{0xfb, 0xff}))
	})
	hold("Antom", "label", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "RSA256", profile.Signing.Label())
	})
	hold("Antom", "shapes", func(t *testing.T, profile wire.Profile) {
		reserve := antomOrder()
		reserve.Authorize = true
		p := newProbe(t, profile)
		body := p.first(p.create(reserve)).body
		require.Contains(t, body, "env")
		require.NotContains(t, body["order"], "env")
		require.Contains(t, body["paymentFactor"], "isAuthorization")
		require.Contains(t, body["paymentFactor"], "captureMode")
	})
	hold("Antom", "booleans", func(t *testing.T, profile wire.Profile) {
		w, c := antomClient(t, profile)
		for i, on := range []string{`true`, `"true"`} {
			id := "raw-" + strconv.Itoa(i)
			factor := `"paymentFactor":{"isAuthorization":` + on + `,"captureMode":"MANUAL"}`
			body := strings.NewReplacer("raw-1", id, `"paymentFactor":{}`, factor).Replace(antomPay)
			_, code := rawAntom(t, w, payPath, nowMillis(), body)
			require.Equal(t, "PAYMENT_IN_PROCESS", code)
			require.NoError(t, w.Pay(id))
			order, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusAuthorized, order.Status)
			capture := `{"captureRequestId":"c` + id + `","paymentId":"` + order.PaymentID +
				`","captureAmount":{"currency":"SGD","value":"50"},"isLastCapture":` + on + `}`
			_, code = rawAntom(t, w, "/ams/api/v1/payments/capture", nowMillis(), capture)
			require.Equal(t, "SUCCESS", code)
			order, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
			require.NoError(t, err)
			last := order.Transactions[len(order.Transactions)-1]
			require.Equal(t, "craw-"+strconv.Itoa(i), last.RequestID)
			require.True(t, last.LastCapture)
		}
	})
	hold("Antom", "payment status", func(t *testing.T, profile wire.Profile) {
		w, c := antomClient(t, profile)
		order, err := c.CreateOrder(t.Context(), unnotified(antomOrder()))
		require.NoError(t, err)
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
		require.NoError(t, w.Pay(order.PaymentID))
		order, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "o1"})
		require.NoError(t, err)
		require.Contains(t, string(order.Raw), `"paymentStatus":"PENDING"`)
		require.Equal(t, tradepay.StatusProcessing, order.Status)
		require.ErrorIs(t, order.CheckPaid("o1", tradepay.Amount{Currency: "JPY", Value: 100}), tradepay.ErrNotPaid)
		order, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "o1"})
		require.NoError(t, err)
		require.NoError(t, order.CheckPaid("o1", tradepay.Amount{Currency: "JPY", Value: 100}))
	})
	hold("Antom", "reasons of failure", func(t *testing.T, profile wire.Profile) {
		w, c := antomClient(t, profile)
		order, err := c.CreateOrder(t.Context(), unnotified(antomOrder()))
		require.NoError(t, err)
		require.NoError(t, w.Decline(order.PaymentID))
		order, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "o1"})
		require.NoError(t, err)
		require.Contains(t, string(order.Raw), "paymentResultCode")
		require.Equal(t, "USER_BALANCE_NOT_ENOUGH", order.FailReason)
	})
	hold("Antom", "reservations", func(t *testing.T, profile wire.Profile) {
		w, c := antomClient(t, profile)
		for id, test := range map[string]struct {
			factor string
			want   tradepay.PaymentStatus
		}{
			"default":   {`{"isAuthorization":true}`, tradepay.StatusSuccess},
			"automatic": {`{"isAuthorization":true,"captureMode":"AUTOMATIC"}`, tradepay.StatusSuccess},
			"manual":    {`{"isAuthorization":true,"captureMode":"MANUAL"}`, tradepay.StatusAuthorized},
		} {
			factor := `"paymentFactor":` + test.factor
			body := strings.NewReplacer("raw-1", id, `"paymentFactor":{}`, factor).Replace(antomPay)
			_, code := rawAntom(t, w, payPath, nowMillis(), body)
			require.Equal(t, "PAYMENT_IN_PROCESS", code)
			require.NoError(t, w.Pay(id))
			order, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
			require.NoError(t, err)
			require.Equal(t, test.want, order.Status, id)
		}
	})
	hold("Antom", "agreements", func(t *testing.T, profile wire.Profile) {
		_, c := antomClient(t, profile)
		page, err := c.Prepare(t.Context(), &tradepay.PrepareRequest{
			Scopes: "AGREEMENT_PAY,USER_INFO", RedirectURL: "https://shop.example/agreed", State: "state-1",
		})
		require.NoError(t, err)
		require.Contains(t, string(page.Raw), "normalUrl")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.AuthURL, nil)
		require.NoError(t, err)
		r.Header.Set("Accept", "application/json")
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		var agreed struct{ AuthCode, AuthState string }
		require.NoError(t, json.NewDecoder(res.Body).Decode(&agreed))
		require.Equal(t, "state-1", agreed.AuthState)
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: agreed.AuthCode})
		require.NoError(t, err)
		req := unnotified(antomOrder())
		req.PaymentAuthCode, req.Amount = token.AccessToken, sgd
		order, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusSuccess, order.Status)
		require.NoError(t, c.CancelToken(t.Context(), token.AccessToken))
	})
}

// TestAntomForeignConsult: what a foreign client sends instead.
func TestAntomForeignConsult(t *testing.T) {
	t.Parallel()
	w, _ := antomClient(t, wallets.Antom())
	const good = `{"customerBelongsTo":"GCASH","authRedirectUrl":"https://shop.example/a","authState":"s",` +
		`"scopes":["AGREEMENT_PAY"],"terminalType":"APP","osType":"IOS"}`
	for change, want := range map[[2]string]string{
		{"", ""}: "SUCCESS",
		{`"terminalType":"APP"`, `"env":{"terminalType":"WEB"}`}: "SUCCESS",
		{`["AGREEMENT_PAY"]`, `"AGREEMENT_PAY"`}:                 "PARAM_ILLEGAL",
		{`["AGREEMENT_PAY"]`, `[1]`}:                             "PARAM_ILLEGAL",
		{`["AGREEMENT_PAY"]`, `[]`}:                              "PARAM_ILLEGAL",
		{`"customerBelongsTo"`, `"other"`}:                       "PARAM_ILLEGAL",
		{`"authState"`, `"other"`}:                               "PARAM_ILLEGAL",
		{`"authRedirectUrl"`, `"other"`}:                         "PARAM_ILLEGAL",
		{`"terminalType"`, `"other"`}:                            "PARAM_ILLEGAL",
	} {
		body := strings.Replace(good, change[0], change[1], 1)
		_, code := rawAntom(t, w, "/ams/api/v1/authorizations/consult", nowMillis(), body)
		require.Equal(t, want, code, body)
	}
	_, code := rawAntom(t, w, "/ams/api/v1/authorizations/applyToken", nowMillis(),
		`{"grantType":"AUTHORIZATION_CODE","authCode":"x"}`)
	require.Equal(t, "PARAM_ILLEGAL", code)
}

// TestAntomMethodID: only the product of an agreement makes a token of a
// paymentMethodId, and the payment needs the payer otherwise.
func TestAntomMethodID(t *testing.T) {
	t.Parallel()
	w, _ := antomClient(t, wallets.Antom())
	now := nowMillis()
	withID := strings.Replace(antomPay, `"CARD"`, `"CARD","paymentMethodId":"card-1"`, 1)
	_, code := rawAntom(t, w, "/ams/api/v1/payments/pay", now, withID)
	require.Equal(t, "PAYMENT_IN_PROCESS", code)
	known, ok := w.Payment("raw-1")
	require.True(t, ok)
	require.Zero(t, known.Charges)
	agreed := strings.NewReplacer("CASHIER_PAYMENT", "AGREEMENT_PAYMENT", "raw-1", "raw-2").Replace(withID)
	_, code = rawAntom(t, w, "/ams/api/v1/payments/pay", now, agreed)
	require.Equal(t, "INVALID_ACCESS_TOKEN", code)
}

// TestAntomHeaders: the signed headers of an answer travel in lower case, and nothing
// travels twice.
func TestAntomHeaders(t *testing.T) {
	t.Parallel()
	w, _ := antomClient(t, wallets.Antom())
	header, _ := rawAntom(t, w, "/ams/api/v1/payments/pay", nowMillis(), antomPay)
	for _, name := range []string{"signature", "client-id", "response-time", "Content-Type", "Content-Length"} {
		require.Len(t, header[name], 1, name)
	}
	names := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		require.False(t, names[strings.ToLower(name)], name)
		names[strings.ToLower(name)] = true
	}
}
