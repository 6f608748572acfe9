package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
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
