package wallets_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
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

func init() {
	const wallet = "Touch 'n Go"
	hold(wallet, "paths", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/acl/api/v1/payments/pay", touchNGoPay(t, profile).path)
	})
	hold(wallet, "user information", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "/acl/api/v1/customers/user/inquiryUserInfoByAccessToken", newProbe(t, profile).user().path)
	})
	hold(wallet, "signed content", func(t *testing.T, profile wire.Profile) {
		got := touchNGoPay(t, profile)
		got.requirePlatformContent(t)
	})
	hold(wallet, "time", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "2026-01-15T12:00:00+00:00", touchNGoPay(t, profile).header.Get("Request-Time"))
		_, readable := profile.Signing.TimeFormat.Parse("2026-01-15T20:00:00.123+08:00")
		require.True(t, readable, "an integrator's milliseconds")
	})
	hold(wallet, "encoding", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9%]+%3D%3D$`, touchNGoPay(t, profile).header.Get("Signature"))
		foreign := profile
		foreign.Signing.Encoding, foreign.Signing.TimeFormat = wire.EncodingBase64URL, wire.TimeISO8601Millis
		requireSpoken(t, profile, foreign)
	})
	hold(wallet, "label", func(t *testing.T, profile wire.Profile) {
		require.Regexp(t, "^algorithm=RSA256, keyVersion=", touchNGoPay(t, profile).header.Get("Signature"))
	})
	hold(wallet, "codes", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "51051000101000100001", touchNGoPay(t, profile).body["productCode"])
	})
	hold(wallet, "shapes", func(t *testing.T, profile wire.Profile) {
		extra := touchNGoPay(t, profile).body["extraParams"].(map[string]any)
		order := extra["ORDER"].(map[string]any)
		require.Equal(t, map[string]any{"currency": "MYR", "value": "100"}, order["orderAmount"])
		require.Equal(t, "o1", order["referenceOrderId"])
		foreign := profile
		foreign.Quirks.ObjectOrder = false
		requireSpoken(t, profile, foreign)
	})
	hold(wallet, "notification", func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		for _, tt := range []struct {
			id    string
			press func(string) error
			want  string
		}{{"paid", s.wallet.Pay, "S"}, {"failed", s.wallet.Decline, "F"}} {
			require.NoError(t, tt.press(s.place(t, s.order(tt.id)).PaymentURL))
			var got map[string]any
			require.NoError(t, json.Unmarshal(s.notified(t, tradepay.NotificationPayment, tt.id).Raw, &got))
			require.Equal(t, tt.want, got["paymentResult"].(map[string]any)["resultStatus"])
			require.NotContains(t, got, "paymentStatus")
			require.NotContains(t, got, "partnerId")
		}
	})
	hold(wallet, "hosts", requireHosts(map[string]string{
		"production": "https://api.tngdigital.com.my", "sandbox": "https://api-sd.tngdigital.com.my",
	}))
	hold(wallet, "return", func(t *testing.T, profile wire.Profile) {
		require.Equal(t, "https://shop.example/thanks", touchNGoPay(t, profile).body["paymentReturnUrl"])
	})
}

// requireSpoken requires that a wallet takes the payment of a client that writes
// otherwise than the profile does.
func requireSpoken(t *testing.T, profile, foreign wire.Profile) {
	t.Helper()
	s := newShop(t, profile)
	client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
		conf.Wallet = foreign
	}))
	require.NoError(t, err)
	order, err := client.CreateOrder(t.Context(), s.order("order-foreign"))
	require.NoError(t, err)
	require.NotEmpty(t, order.PaymentURL)
}

func touchNGoPay(t *testing.T, profile wire.Profile) sent {
	t.Helper()
	p := newProbe(t, profile)
	return p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: tradepay.Amount{Currency: "MYR", Value: 100}, Title: "Coffee",
		RedirectURL: "https://shop.example/thanks",
	}))
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
