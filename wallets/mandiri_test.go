package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestMandiriRequest(t *testing.T) {
	t.Parallel()
	idr := tradepay.Amount{Currency: "IDR", Value: 10000}
	request := func() *tradepay.CreateOrderRequest {
		return &tradepay.CreateOrderRequest{
			PaymentRequestID: "o1", Amount: idr, Title: "Coffee", SiteName: "TNG",
			ExtendInfo: `{"customerBelongsTo":"TNG","table":7}`,
			Order: tradepay.OrderDetails{Goods: []tradepay.Goods{{ID: "g1", Name: "Coffee",
				UnitAmount: idr, Quantity: 2}}},
		}
	}
	p := newProbe(t, wallets.Mandiri())
	got := p.first(p.create(request()))
	require.Equal(t, "/api/v2/payments/pay", got.path)
	require.Equal(t, "agent-token", got.header.Get("Agent-Token"))
	likeSample(t, `{
		"appId": "", "customerBelongsTo": "", "paymentRequestId": "", "paymentAmount": {"currency": "", "value": ""},`+
		` "productCode": "",
		"extendInfo": "", "paymentOrder": {
			"referenceOrderId": "", "orderDescription": "", "orderAmount": {"currency": "", "value": ""}, "env": `+
		`{"terminalType": ""},
			"goods": [{"referenceGoodsId": "", "goodsName": "", "goodsQuantity": "", "goodsUnitAmount": {"currency": `+
		`"", "value": ""}}]
		}
	}`, got.body)
	require.Equal(t, "TNG", got.body["customerBelongsTo"])
	require.JSONEq(t, `{"table":7}`, got.body["extendInfo"].(string))

	p = newProbe(t, wallets.Mandiri())
	got = p.first(func() error {
		_, err := p.ForSite("DANA").QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: "p1"})
		return err
	})
	require.Equal(t, map[string]any{"paymentId": "p1", "customerBelongsTo": "DANA"}, got.body)

	p = newProbe(t, wallets.Mandiri())
	missing := request()
	missing.SiteName, missing.ExtendInfo = "", ""
	require.ErrorContains(t, p.refused(p.create(missing), tradepay.ErrInvalidRequest), "SiteName")
	other := request()
	other.Extra = map[string]any{"customerBelongsTo": "GCASH"}
	require.ErrorContains(t, p.refused(p.create(other), tradepay.ErrInvalidRequest),
		"has another customerBelongsTo than SiteName")
}
