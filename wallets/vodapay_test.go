package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestVodaPayRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.VodaPay())
	price := tradepay.Amount{Currency: "ZAR", Value: 6234}
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "c0a83b17161398737179310015310", Amount: price, Title: "Goods",
		Order: tradepay.OrderDetails{
			Buyer: tradepay.Buyer{ID: "216610000000259832353"},
			Goods: []tradepay.Goods{{ID: "goods123", Name: "goods", UnitAmount: price}},
		},
		NotifyURL: "https://shop.example/notify", RedirectURL: "https://shop.example/thanks",
		ExpiresAt: vectorNow.AddDate(1, 0, 0), ExtendInfo: "{}",
	}))
	require.Equal(t, "/v2/payments/pay", got.path)
	require.Equal(t, "2026-01-15T12:00:00.000+00:00", got.header.Get("Request-Time"))
	require.NotContains(t, got.header.Get("Signature"), "%")
	require.Equal(t, "CASHIER_PAYMENT", got.body["productCode"])
	require.Equal(t, wallets.VodaPaySales, got.body["salesCode"])
	// The members of the sample, with the appId and the order's id and amount
	// that the platform's page on pay has beside them.
	likeSample(t, `{
		"productCode": "", "salesCode": "", "paymentRequestId": "", "paymentNotifyUrl": "", "paymentRedirectUrl": "",
		"paymentExpiryTime": "", "paymentAmount": {"currency": "", "value": ""}, "extendInfo": "", "appId": "",
		"order": {
			"goods": {"referenceGoodsId": "", "goodsName": "", "goodsUnitAmount": {"currency": "", "value": ""}},
			"env": {"terminalType": ""}, "orderDescription": "", "buyer": {"referenceBuyerId": ""},
			"referenceOrderId": "", "orderAmount": {"currency": "", "value": ""}
		}
	}`, got.body)

	p = newProbe(t, wallets.VodaPay())
	got = p.first(func() error { _, err := p.UserInfo(t.Context(), "token"); return err })
	require.Equal(t, "/v2/customers/user/inquiryUserInfo", got.path)
}

func init() {
	const wallet = "VodaPay"
	hold(wallet, "hosts", func(t *testing.T, p wire.Profile) {
		require.Equal(t, map[string]string{
			"production":    "https://gateway.vodapay.vodacom.co.za",
			"sandbox":       "https://vodapay-gateway.sandbox.vfs.africa",
			"sandbox test4": "https://vodapay-gateway.test4.vfs.africa",
		}, p.Routes.BaseURLs)
	})
	hold(wallet, "paths", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "/v2/payments/pay", p.Routes.Prefix+p.Path(wire.OpPay))
		require.Equal(t, "/v2/customers/user/inquiryUserInfo", p.Routes.Prefix+p.Path(wire.OpUserInfo))
	})
	hold(wallet, "encoding", func(t *testing.T, p wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9+/]+=*$`, p.SignatureHeader("1", []byte{255, 254, 253, 252}))
	})
	hold(wallet, "shapes", func(t *testing.T, profile wire.Profile) {
		require.False(t, profile.Requirements.AppID)
		s := newShop(t, profile)
		order := s.place(t, s.order("order-1"))
		require.Equal(t, tradepay.ResultAccepted, order.Result.Status)
		require.Contains(t, string(order.Raw), `"redirectUrl"`)
	})
	hold(wallet, "authClientId", func(t *testing.T, profile wire.Profile) {
		p := newProbe(t, profile)
		got := p.first(func() error { _, err := p.UserInfo(t.Context(), "token"); return err })
		require.Equal(t, map[string]any{"accessToken": "token"}, got.body, "the SDK does not send it")
	})
	hold(wallet, "redirect URL", func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		request := s.order("order-1")
		request.RedirectURL = ""
		s.place(t, request)
	})
	hold(wallet, "user", func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.exchange(wire.OpUserInfo, "", map[string]any{
			"result":   map[string]any{"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
			"userInfo": map[string]any{"userId": "1", "birthDate": "1990-01-15", "kycLevel": "2"},
		}, func() error {
			user, err := m.client.UserInfo(t.Context(), "token")
			require.NoError(t, err)
			require.Equal(t, "1990-01-15", user.Birthday)
			require.Contains(t, string(user.Raw), "kycLevel")
			return nil
		})
	})
	hold(wallet, "sandbox", func(t *testing.T, p wire.Profile) {
		s := newShop(t, p) // the test wallet checks all signatures, as production does
		config := s.wallet.Config()
		config.PrivateKey = signer(t, "wallet")
		client, err := tradepay.NewClient(configtest.With(config, quick))
		require.NoError(t, err)
		_, err = client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("1")})
		require.ErrorIs(t, err, tradepay.ErrUnauthorized)
	})
}
