package tradepay_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// fullOrder uses every field that both dialects have.
func fullOrder() *tradepay.CreateOrderRequest {
	usd := func(v int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: v} }
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: usd(10000), Title: "SHOES", SiteName: "siteNameExample",
		NotifyURL: "https://www.merchant.com/notify?a=1&b=2", RedirectURL: "https://www.merchant.com/done",
		ExpiresAt: noon.Add(time.Hour),
		Order: tradepay.OrderDetails{
			ReferenceOrderID: "ID_000001", CreatedAt: noon,
			Merchant: tradepay.Merchant{ID: "M1", MCC: "1405", Name: "Zapatería Ñandú",
				Address: tradepay.Address{Region: "MX", City: "CDMX"}, Store: tradepay.Store{ID: "S1"}},
			Buyer: tradepay.Buyer{ID: "B1", Name: tradepay.PersonName{First: "Ana", Last: "Ruiz"},
				PhoneNo: "+525512345678"},
			Goods: []tradepay.Goods{{ID: "G1", Name: "Shoe", UnitAmount: usd(5000), Quantity: 2}},
			Shipping: tradepay.Shipping{Name: tradepay.PersonName{Full: "Ana Ruiz"},
				Address: tradepay.Address{Region: "MX", ZipCode: "06000"}, Fee: usd(100)},
			Environment: tradepay.Environment{
				OSType: "IOS", ClientIP: "203.0.113.7",
			},
		},
		Extra: map[string]any{"mcc": "4399"},
	}
}

// TestBodiesOfBothDialects: the same caller's code makes the messages of both
// dialects, as the wallets' documents have them.
func TestBodiesOfBothDialects(t *testing.T) {
	t.Parallel()
	t.Run("v1", func(t *testing.T) {
		t.Parallel()
		const path = "/api/open/v1/payments/pay"
		w := newScripted(t, wallets.PlatformV1()).on(path, signed(200, accepted))
		_, err := w.client().CreateOrder(t.Context(), fullOrder())
		require.NoError(t, err)
		body := w.seenOn(path)[0].body
		require.Contains(t, body, `"https://www.merchant.com/notify?a=1&b=2"`, "URLs stay readable")
		require.JSONEq(t, `{
			"partnerId": "PARTNER", "appId": "APP", "paymentRequestId": "order-1", "paymentOrderTitle": "SHOES",
			"mcc": "4399",
			"paymentAmount": {"currency": "USD", "value": "10000"}, "paymentFactor": {"isCashierPayment": true},
			"paymentExpiryTime": "2026-01-15T13:00:00+00:00",
			"paymentReturnUrl": "https://www.merchant.com/done",
			"paymentNotifyUrl": "https://www.merchant.com/notify?a=1&b=2",
			"extendInfo": "{\"customerBelongsTo\":\"siteNameExample\"}",
			"envInfo": {"terminalType": "MINI_APP", "osType": "IOS", "clientIp": "203.0.113.7"},
			"extraParams": {"ORDER": `+quote(object(t, body)["extraParams"].(map[string]any)["ORDER"].(string))+`}
		}`, body)
		inner := object(t, object(t, body)["extraParams"].(map[string]any)["ORDER"].(string))
		require.JSONEq(t, `{"currency":"USD","value":"10000"}`, inner["orderAmount"].(string),
			"an amount as JSON in a string, inside JSON in a string")
		delete(inner, "orderAmount")
		text, err := json.Marshal(inner)
		require.NoError(t, err)
		require.JSONEq(t, `{
			"referenceOrderId": "ID_000001", "orderDescription": "SHOES",
			"orderCreateTime": "2026-01-15T12:00:00+00:00",
			"referenceMerchant": {"referenceMerchantId": "M1", "merchantMCC": "1405", "merchantName": "Zapatería Ñandú",
				"merchantAddress": {"region": "MX", "city": "CDMX"}, "store": {"referenceStoreId": "S1"}},
			"buyer": {"referenceBuyerId": "B1", "buyerName": {"firstName": "Ana", "lastName": "Ruiz"},
				"buyerPhoneNo": "+525512345678"},
			"goods": {"referenceGoodsId": "G1", "goodsName": "Shoe",
				"goodsUnitAmount": {"currency": "USD", "value": "5000"}, "goodsQuantity": "2"},
			"shipping": {"shippingName": {"fullName": "Ana Ruiz"},
				"shippingAddress": {"region": "MX", "zipCode": "06000"},
				"shippingFee": {"currency": "USD", "value": "100"}}
		}`, string(text))
	})
	t.Run("v2", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
		_, err := w.client().CreateOrder(t.Context(), fullOrder())
		require.NoError(t, err)
		require.JSONEq(t, `{
			"appId": "APP", "productCode": "CASHIER_PAYMENT", "paymentRequestId": "order-1", "mcc": "4399",
			"paymentAmount": {"currency": "USD", "value": "10000"}, "paymentExpiryTime": "2026-01-15T13:00:00+00:00",
			"paymentRedirectUrl": "https://www.merchant.com/done",
			"paymentNotifyUrl": "https://www.merchant.com/notify?a=1&b=2",
			"extendInfo": "{\"customerBelongsTo\":\"siteNameExample\"}",
			"order": {
				"referenceOrderId": "ID_000001", "orderDescription": "SHOES",
				"orderCreateTime": "2026-01-15T12:00:00+00:00",
				"orderAmount": {"currency": "USD", "value": "10000"},
				"merchant": {"referenceMerchantId": "M1", "merchantMCC": "1405", "merchantName": "Zapatería Ñandú",
					"merchantAddress": {"region": "MX", "city": "CDMX"}, "store": {"referenceStoreId": "S1"}},
				"buyer": {"referenceBuyerId": "B1", "buyerName": {"firstName": "Ana", "lastName": "Ruiz"},
					"buyerPhoneNo": "+525512345678"},
				"goods": [{"referenceGoodsId": "G1", "goodsName": "Shoe",
					"goodsUnitAmount": {"currency": "USD", "value": "5000"}, "goodsQuantity": "2"}],
				"shipping": {"shippingName": {"fullName": "Ana Ruiz"},
					"shippingAddress": {"region": "MX", "zipCode": "06000"},
					"shippingFee": {"currency": "USD", "value": "100"}},
				"env": {"terminalType": "MINI_APP", "osType": "IOS", "clientIp": "203.0.113.7"}
			}
		}`, w.seenOn(payPath)[0].body)
	})
	t.Run("nothing is sent empty", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
		_, err := w.client().CreateOrder(t.Context(),
			&tradepay.CreateOrderRequest{PaymentRequestID: "order-1",
				Amount: tradepay.Amount{Currency: "JPY", Value: 1}})
		require.NoError(t, err)
		require.NotContains(t, w.seenOn(payPath)[0].body, `""`)
		require.NotContains(t, w.seenOn(payPath)[0].body, `{}`)
	})
}

func quote(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		wallet wire.Profile
		change func(*tradepay.CreateOrderRequest)
		want   map[string]any
	}{
		{"v1 cashier", wallets.PlatformV1(), func(*tradepay.CreateOrderRequest) {},
			map[string]any{"paymentFactor": map[string]any{"isCashierPayment": true}, "productCode": nil}},
		{"v1 agreement", wallets.PlatformV1(), func(r *tradepay.CreateOrderRequest) {
			r.PaymentAuthCode = "t"
		}, map[string]any{"paymentFactor": map[string]any{"isAgreementPay": true}, "paymentAuthCode": "t"}},
		{"v1 authorize", wallets.PlatformV1(), func(r *tradepay.CreateOrderRequest) {
			r.Authorize = true
		}, map[string]any{"paymentFactor": map[string]any{"isCashierPayment": true, "isAuthorizationPayment": true}}},
		{"v2 cashier", wallets.PlatformV2(), func(*tradepay.CreateOrderRequest) {},
			map[string]any{"paymentFactor": nil, "productCode": "CASHIER_PAYMENT"}},
		{"v2 agreement", wallets.PlatformV2(), func(r *tradepay.CreateOrderRequest) {
			r.PaymentAuthCode = "t"
		}, map[string]any{"productCode": "AGREEMENT_PAYMENT", "paymentAuthCode": "t"}},
		{"v2 authorize", wallets.PlatformV2(), func(r *tradepay.CreateOrderRequest) {
			r.Authorize = true
		}, map[string]any{"paymentFactor": map[string]any{"isAuthorizationPayment": true},
			"productCode": "CASHIER_PAYMENT"}},
		{"authorize by product code", func() wire.Profile {
			w := wallets.PlatformV2()
			w.Products.Authorize = "51051000101000000012"
			return w
		}(), func(r *tradepay.CreateOrderRequest) {
			r.Authorize = true
		}, map[string]any{"paymentFactor": nil, "productCode": "51051000101000000012"}},
		{"own product code", wallets.PlatformV2(), func(r *tradepay.CreateOrderRequest) {
			r.ProductCode = "OWN"
		}, map[string]any{"productCode": "OWN"}},
		{"own payment factor", wallets.PlatformV1(), func(r *tradepay.CreateOrderRequest) {
			r.Extra = map[string]any{"paymentFactor": map[string]any{"isOrderCode": true}}
		}, map[string]any{"paymentFactor": map[string]any{"isOrderCode": true}}},
		{"site added to extendInfo", wallets.PlatformV1(), func(r *tradepay.CreateOrderRequest) {
			r.ExtendInfo = `{"a":1.50}`
		}, map[string]any{"extendInfo": `{"a":1.50,"customerBelongsTo":"SITE"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := tt.wallet.Routes.Prefix + "/" + tt.wallet.Routes.Version + "/payments/pay"
			w := newScripted(t, tt.wallet).on(path, signed(200, accepted))
			req := order()
			tt.change(req)
			_, err := w.client().CreateOrder(t.Context(), req)
			require.NoError(t, err)
			body := object(t, w.seenOn(path)[0].body)
			for member, want := range tt.want {
				require.Equal(t, want, body[member], member)
			}
		})
	}
}

// TestWrongInputIsFoundBeforeAnythingIsSent: each error names the field.
func TestWrongInputIsFoundBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	type request = tradepay.CreateOrderRequest
	type rejected = func(*testing.T, *tradepay.Client) (err error, field string, also error)
	pay := func(field string, also error, change func(*request)) rejected {
		return func(t *testing.T, c *tradepay.Client) (error, string, error) {
			req := order()
			change(req)
			_, err := c.CreateOrder(t.Context(), req)
			return err, field, also
		}
	}
	call := func(field string, also error, f func(context.Context, *tradepay.Client) error) rejected {
		return func(t *testing.T, c *tradepay.Client) (error, string, error) { return f(t.Context(), c), field, also }
	}
	usd := tradepay.Amount{Currency: "USD", Value: 1}
	tests := map[string]func(*testing.T, *tradepay.Client) (error, string, error){
		"no id":                     pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "" }),
		"id over 64 characters":     pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = long }),
		"id with @":                 pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "a@b" }),
		"id with #":                 pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "a#b" }),
		"id with ?":                 pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "a?b" }),
		"id with a line break":      pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "a\nb" }),
		"id that ends with a space": pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "a " }),
		"id that is not UTF-8":      pay("PaymentRequestID", nil, func(r *request) { r.PaymentRequestID = "\xff" }),
		"zero amount": pay("Amount.Value", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Value = 0
		}),
		"negative amount": pay("Amount.Value", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Value = -1
		}),
		"amount of 17 digits": pay("Amount.Value", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Value = 1e16
		}),
		"no currency": pay("Amount.Currency", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Currency = ""
		}),
		"unknown currency": pay("Amount.Currency", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Currency = "XYZ"
		}),
		"currency in small letters": pay("Amount.Currency", tradepay.ErrInvalidAmount, func(r *request) {
			r.Amount.Currency = "usd"
		}),
		"relative notify URL":        pay("NotifyURL", nil, func(r *request) { r.NotifyURL = "/notify" }),
		"notify URL without host":    pay("NotifyURL", nil, func(r *request) { r.NotifyURL = "https:///notify" }),
		"notify URL of another kind": pay("NotifyURL", nil, func(r *request) { r.NotifyURL = "ftp://shop.example/" }),
		"notify URL with fragment": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "https://shop.example/#a"
		}),
		"notify URL with password": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "https://a:b@shop.example/"
		}),
		"notify URL too long": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "https://shop.example/" + strings.Repeat("x", 1024)
		}),
		"notify URL with space": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "https://shop.example/a b"
		}),
		"notify URL without TLS": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "http://shop.example/notify"
		}),
		"notify URL at a private IP": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "http://192.168.1.1/notify"
		}),
		"notify URL like loopback": pay("NotifyURL", nil, func(r *request) {
			r.NotifyURL = "HTTP://127.0.0.1.shop.example/notify"
		}),
		"void notify URL, no TLS": pay("VoidNotifyURL", nil, func(r *request) {
			r.VoidNotifyURL = "http://shop.example/void"
		}),
		"relative redirect URL":   pay("RedirectURL", nil, func(r *request) { r.RedirectURL = "done" }),
		"expiry in the past":      pay("ExpiresAt", nil, func(r *request) { r.ExpiresAt = noon.Add(-time.Second) }),
		"expiry now":              pay("ExpiresAt", nil, func(r *request) { r.ExpiresAt = noon }),
		"no title on v1":          pay("Title", nil, func(r *request) { r.Title = "" }),
		"title too long":          pay("Title", nil, func(r *request) { r.Title = strings.Repeat("é", 257) }),
		"title that is not UTF-8": pay("Title", nil, func(r *request) { r.Title = "\xff" }),
		"two goods on v1": pay("Order.Goods", nil, func(r *request) {
			r.Order.Goods = make([]tradepay.Goods, 2)
		}),
		"negative quantity": pay("Order.Goods[0].Quantity", nil, func(r *request) {
			r.Order.Goods = []tradepay.Goods{{Quantity: -1}}
		}),
		"unit amount without currency": pay("Order.Goods[0].UnitAmount.Currency",
			tradepay.ErrInvalidAmount, func(r *request) {
				r.Order.Goods = []tradepay.Goods{{UnitAmount: tradepay.Amount{Value: 1}}}
			}),
		"negative fee": pay("Order.Shipping.Fee.Value", tradepay.ErrInvalidAmount, func(r *request) {
			r.Order.Shipping.Fee = tradepay.Amount{Currency: "USD", Value: -1}
		}),
		"extend info, half JSON": pay("ExtendInfo", nil, func(r *request) { r.ExtendInfo = `{"a":1,"a":2}}` }),
		"extend info, not JSON":  pay("ExtendInfo", nil, func(r *request) { r.ExtendInfo = "memo" }),
		"another site": pay("ExtendInfo", nil, func(r *request) {
			r.ExtendInfo = `{"customerBelongsTo":"OTHER"}`
		}),
		"extra replaces a field": pay("Extra", nil, func(r *request) {
			r.Extra = map[string]any{"paymentAmount": "1"}
		}),
		"extra sets what was checked": pay("Extra", nil, func(r *request) {
			r.Extra = map[string]any{"paymentExpiryTime": "never"}
		}),
		"extra beside, in another case": pay("Extra", nil, func(r *request) {
			r.Extra = map[string]any{"APPID": "1"}
		}),
		"extra with a letter that folds": pay("Extra", nil, func(r *request) {
			r.Extra = map[string]any{"paymentReque\u017ftId": "1"}
		}),
		"extra that holds itself": pay("Extra", nil, func(r *request) {
			own := map[string]any{}
			own["own"] = own
			r.Extra = own
		}),
		"extra in another case": pay("Extra", nil, func(r *request) { r.Extra = map[string]any{"PaymentAmount": "1"} }),
		"extra cannot be sent":  pay("Extra", nil, func(r *request) { r.Extra = map[string]any{"x": func() {}} }),
		"nil order": call("CreateOrderRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.CreateOrder(ctx, nil)
			return err
		}),
		"empty order reference": call("OrderRef", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryOrder(ctx, tradepay.OrderRef{})
			return err
		}),
		"empty reference to wait for": call("OrderRef", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.WaitOrder(ctx, tradepay.OrderRef{})
			return err
		}),
		"bad payment id": call("PaymentID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.CancelOrder(ctx, tradepay.OrderRef{PaymentID: "a?"})
			return err
		}),
		"bad payment request id": call("PaymentRequestID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.CancelOrder(ctx, tradepay.OrderRef{PaymentRequestID: long})
			return err
		}),
		"nil refund": call("RefundRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, nil)
			return err
		}),
		"refund without id": call("RefundRequestID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, &tradepay.RefundRequest{PaymentID: "P1", Amount: usd})
			return err
		}),
		"refund of nothing": call("PaymentID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "r", Amount: usd})
			return err
		}),
		"refund of a bad id": call("PaymentID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "r", PaymentID: "#", Amount: usd})
			return err
		}),
		"refund of a bad capture": call("CaptureID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "r", CaptureID: "#", Amount: usd})
			return err
		}),
		"refund of no amount": call("Amount", tradepay.ErrInvalidAmount,
			func(ctx context.Context, c *tradepay.Client) error {
				_, err := c.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "r", PaymentID: "P1"})
				return err
			}),
		"refund for a long reason": call("Reason", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "r", PaymentID: "P1", Amount: usd,
				Reason: strings.Repeat("x", 257)})
			return err
		}),
		"empty refund reference": call("RefundRef", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryRefund(ctx, tradepay.RefundRef{})
			return err
		}),
		"bad refund request id": call("RefundRequestID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: "a@"})
			return err
		}),
		"bad refund id": call("RefundID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryRefund(ctx, tradepay.RefundRef{RefundID: "a@"})
			return err
		}),
		"nil capture": call("CaptureRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Capture(ctx, nil)
			return err
		}),
		"capture without id": call("CaptureRequestID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Capture(ctx, &tradepay.CaptureRequest{PaymentID: "P1"})
			return err
		}),
		"capture of nothing": call("OrderRef", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "c"})
			return err
		}),
		"capture of a part unknown": call("Amount", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1", Partial: true})
			return err
		}),
		"capture of a negative amount": call("Amount.Value", tradepay.ErrInvalidAmount,
			func(ctx context.Context, c *tradepay.Client) error {
				_, err := c.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1",
					Amount: tradepay.Amount{Currency: "USD", Value: -1}})
				return err
			}),
		"nil void": call("VoidRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Void(ctx, nil)
			return err
		}),
		"void without id": call("VoidRequestID", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Void(ctx, &tradepay.VoidRequest{PaymentID: "P1"})
			return err
		}),
		"void with a relative URL": call("NotifyURL", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Void(ctx, &tradepay.VoidRequest{VoidRequestID: "v", PaymentID: "P1", NotifyURL: "/v"})
			return err
		}),
		"void with a URL without TLS": call("NotifyURL", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Void(ctx, &tradepay.VoidRequest{VoidRequestID: "v", PaymentID: "P1",
				NotifyURL: "http://shop.example/v"})
			return err
		}),
		"nil token request": call("ApplyTokenRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, nil)
			return err
		}),
		"no code": call("AuthCode", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, &tradepay.ApplyTokenRequest{})
			return err
		}),
		"code and token": call("AuthCode", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: "a", RefreshToken: "b"})
			return err
		}),
		"code with a line break": call("AuthCode", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: "a\n"})
			return err
		}),
		"no access token": call("accessToken", nil, func(ctx context.Context, c *tradepay.Client) error {
			return c.CancelToken(ctx, "")
		}),
		"access token with a line break": call("accessToken", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.UserInfo(ctx, "a\n")
			return err
		}),
		"nil preparation": call("PrepareRequest", nil, func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Prepare(ctx, nil)
			return err
		}),
		"preparation with a relative URL": call("RedirectURL", nil,
			func(ctx context.Context, c *tradepay.Client) error {
				_, err := c.Prepare(ctx, &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY", RedirectURL: "x"})
				return err
			}),
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV1()) // no responder: anything sent would be unknown
			err, field, also := f(t, w.client())
			require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			if also != nil {
				require.ErrorIs(t, err, also)
			}
			var fieldErr *tradepay.FieldError
			require.ErrorAs(t, err, &fieldErr)
			require.Equal(t, field, fieldErr.Field)
			require.NotEmpty(t, fieldErr.Rule)
			require.Zero(t, w.mock.GetTotalCallCount())
		})
	}
	t.Run("no site name", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV1())
		w.config.SiteName = ""
		req := order()
		req.ExtendInfo = `{"note":"customerBelongsTo?"}`
		_, err := w.client().CreateOrder(t.Context(), req)
		var field *tradepay.FieldError
		require.ErrorAs(t, err, &field)
		require.Equal(t, "SiteName", field.Field)
	})
}

// TestNotifyURLSchemes: http is for a test wallet on the same machine.
func TestNotifyURLSchemes(t *testing.T) {
	t.Parallel()
	client := newScripted(t, wallets.PlatformV2()).client()
	for url, want := range map[string]error{
		"":                                nil,
		"https://shop.example/notify":     nil,
		"http://localhost/notify":         nil,
		"http://localhost:8080/notify":    nil,
		"http://127.0.0.1:8080/notify":    nil,
		"http://127.1.2.3/notify":         nil,
		"http://[::1]:8080/notify":        nil,
		"http://shop.example/notify":      tradepay.ErrInvalidRequest,
		"http://localhost.shop.example/":  tradepay.ErrInvalidRequest,
		"http://10.0.0.1/notify":          tradepay.ErrInvalidRequest,
		"http://[2001:db8::1]:80/notify":  tradepay.ErrInvalidRequest,
		"http://2130706433/notify":        tradepay.ErrInvalidRequest,
		"http://127.0.0.1@shop.example/n": tradepay.ErrInvalidRequest,
	} {
		req := order()
		req.NotifyURL = url
		err := client.CheckOrder(req)
		require.ErrorIs(t, err, want, url)
		if want != nil {
			require.EqualError(t, err, "tradepay: invalid request: NotifyURL: must be https; http is for loopback "+
				"only; use https", url)
		}
	}
}

func TestQueryOrderOutcomes(t *testing.T) {
	t.Parallel()
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	tests := []struct {
		name   string
		ref    tradepay.OrderRef
		answer []answerFunc
		want   error
		also   error
		not    error
		status tradepay.PaymentStatus
		calls  int
	}{
		{name: "processing", answer: []answerFunc{signed(200, inquired("PROCESSING"))},
			status: tradepay.StatusProcessing, calls: 1},
		{name: "authorized", answer: []answerFunc{signed(200, inquired("AUTH_SUCCESS"))},
			status: tradepay.StatusAuthorized, calls: 1},
		{name: "paid", answer: []answerFunc{signed(200, inquired("SUCCESS"))},
			status: tradepay.StatusSuccess, calls: 1},
		{name: "failed", answer: []answerFunc{signed(200, inquired("FAIL"))}, status: tradepay.StatusFailed, calls: 1},
		{name: "cancelled", answer: []answerFunc{signed(200, inquired("CANCELLED"))},
			status: tradepay.StatusCancelled, calls: 1},
		{name: "by the wallet's id", ref: tradepay.OrderRef{PaymentID: "P1"},
			answer: []answerFunc{signed(200, inquired("SUCCESS"))}, status: tradepay.StatusSuccess, calls: 1},
		{name: "by both ids", ref: tradepay.OrderRef{PaymentRequestID: "order-1", PaymentID: "P1"},
			answer: []answerFunc{signed(200, inquired("SUCCESS"))}, status: tradepay.StatusSuccess, calls: 1},
		{name: "503, then paid", answer: []answerFunc{unsigned(503, ""), signed(200, inquired("SUCCESS"))},
			status: tradepay.StatusSuccess, calls: 2},
		{name: "unknown word", answer: []answerFunc{signed(200, inquired("DONE"))}, want: tradepay.ErrOutcomeUnknown,
			also: tradepay.ErrMalformed, calls: 1},
		{name: "word in small letters", answer: []answerFunc{signed(200, inquired("success"))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, calls: 1},
		{name: "no word", answer: []answerFunc{signed(200,
			strings.Replace(inquired("X"), "paymentStatus", "PaymentStatus", 1))}, want: tradepay.ErrOutcomeUnknown,
			also: tradepay.ErrMalformed, calls: 1},
		{name: "a number for a word", answer: []answerFunc{signed(200, strings.Replace(inquired("X"), `"X"`, `{}`, 1))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, calls: 1},
		{name: "bad amount", answer: []answerFunc{signed(200,
			strings.Replace(inquired("SUCCESS"), `"1050"`, `"10.50"`, 1))}, want: tradepay.ErrOutcomeUnknown,
			also: tradepay.ErrInvalidAmount, calls: 1},
		{name: "paid, with a reason why not",
			answer: []answerFunc{signed(200,
				strings.Replace(inquired("SUCCESS"), `{"result"`, `{"paymentFailReason":"no balance","result"`, 1))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, calls: 1},
		{name: "not known", answer: []answerFunc{signed(200, result("F", "ORDER_NOT_EXIST"))},
			want: tradepay.ErrOrderNotFound, not: tradepay.ErrRejected, calls: 1},
		{name: "not known, and accepted", answer: []answerFunc{signed(200, result("A", "ORDER_NOT_EXIST"))},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrOrderNotFound, calls: 1},
		{name: "refused: the payment did not fail by that",
			answer: []answerFunc{signed(200, result("F", "ACCESS_DENIED"))}, want: tradepay.ErrOutcomeUnknown,
			not: tradepay.ErrRejected, calls: 1},
		{name: "accepted means nothing here", answer: []answerFunc{signed(200, result("A", "ACCEPT"))},
			want: tradepay.ErrOutcomeUnknown, calls: 1},
		{name: "about another order", answer: []answerFunc{signed(200,
			strings.Replace(inquired("SUCCESS"), "order-1", "order-2", 1))}, want: tradepay.ErrOutcomeUnknown,
			also: tradepay.ErrReferenceMismatch, calls: 3},
		{name: "by both ids, only the wallet's repeated",
			ref:    tradepay.OrderRef{PaymentRequestID: "order-1", PaymentID: "P1"},
			answer: []answerFunc{signed(200, strings.Replace(inquired("SUCCESS"), "paymentRequestId", "x", 1))},
			want:   tradepay.ErrOutcomeUnknown, also: tradepay.ErrSignature, calls: 3},
		{name: "another wallet id", ref: tradepay.OrderRef{PaymentID: "P2"},
			answer: []answerFunc{signed(200, inquired("SUCCESS"))}, want: tradepay.ErrOutcomeUnknown,
			also: tradepay.ErrSignature, calls: 3},
		{name: "about no order", answer: []answerFunc{signed(200,
			strings.NewReplacer("paymentRequestId", "x", "paymentId", "y").Replace(inquired("SUCCESS")))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrSignature, calls: 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.ref == (tradepay.OrderRef{}) {
				tt.ref = ref
			}
			w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, tt.answer...)
			got, err := w.client().QueryOrder(t.Context(), tt.ref)
			require.Len(t, w.seenOn(inquiryPath), tt.calls)
			if tt.want == nil {
				require.NoError(t, err)
				require.Equal(t, tt.status, got.Status)
				require.Equal(t, "order-1", got.PaymentRequestID)
				require.Equal(t, "P1", got.PaymentID)
				require.NoError(t, got.Check("order-1", tradepay.Amount{Currency: "USD", Value: 1050}))
				paid := tt.status == tradepay.StatusSuccess || tt.status == tradepay.StatusAuthorized
				require.Equal(t, paid, !got.PaidAt.IsZero(), "PaidAt is set only if it was paid")
				return
			}
			require.ErrorIs(t, err, tt.want)
			if tt.also != nil {
				require.ErrorIs(t, err, tt.also)
			}
			if tt.not != nil {
				require.NotErrorIs(t, err, tt.not)
			}
		})
	}
}

func TestWaitOrder(t *testing.T) {
	t.Parallel()
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	t.Run("through unknown, not found and processing", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, broken(errReset),
			signed(200, result("F", "ORDER_NOT_EXIST")),
			signed(200, inquired("PROCESSING")), signed(200, inquired("SUCCESS")))
		got, err := w.client().WaitOrder(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusSuccess, got.Status)
	})
	t.Run("until the amount is reserved", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, inquired("AUTH_SUCCESS")))
		got, err := w.client().WaitOrder(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusAuthorized, got.Status)
	})
	t.Run("until the context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { // its time stands still while a goroutine works
			w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, inquired("PROCESSING")))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			got, err := w.client().WaitOrder(ctx, ref)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, tradepay.StatusProcessing, got.Status)
		})
	})
	t.Run("until the context ends, and what came last is no verdict", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, result("F", "ORDER_NOT_EXIST")))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			got, err := w.client().WaitOrder(ctx, ref)
			require.Nil(t, got)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, tradepay.ErrOrderNotFound)
		})
	})
	t.Run("a cancelled context is told so", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, inquired("PROCESSING")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got, err := w.client().WaitOrder(ctx, ref)
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, got)
	})
}

func TestCancelOrderOutcomes(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/payments/cancel"
	tests := []struct {
		name    string
		cancel  []answerFunc
		inquiry []answerFunc
		want    error
		status  tradepay.PaymentStatus
	}{
		{name: "done", cancel: []answerFunc{signed(200, success)}, status: tradepay.StatusCancelled},
		{name: "accepted", cancel: []answerFunc{signed(200, result("A", "ACCEPT"))}, status: tradepay.StatusProcessing},
		{name: "paid already", cancel: []answerFunc{signed(200, result("F", "ORDER_STATUS_INVALID"))},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))}, want: tradepay.ErrRejected},
		{name: "refused while it is open", cancel: []answerFunc{signed(200, result("F", "PROCESS_FAIL"))},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))}, want: tradepay.ErrRejected},
		{name: "refused because an earlier call had done it",
			cancel:  []answerFunc{signed(200, result("F", "ORDER_IS_CLOSED"))},
			inquiry: []answerFunc{signed(200, inquired("CANCELLED"))}, status: tradepay.StatusCancelled},
		{name: "caller refused", cancel: []answerFunc{signed(200, result("F", "ACCESS_DENIED"))},
			want: tradepay.ErrUnauthorized},
		{name: "done, and cancelled in so many words",
			cancel: []answerFunc{signed(200,
				strings.Replace(success, `{"result"`, `{"paymentStatus":"CANCELLED","result"`, 1))},
			status: tradepay.StatusCancelled},
		{name: "done, and paid in so many words",
			cancel: []answerFunc{signed(200,
				strings.Replace(success, `{"result"`, `{"paymentStatus":"SUCCESS","result"`, 1))},
			want: tradepay.ErrMalformed},
		{name: "not known", cancel: []answerFunc{signed(200, result("F", "ORDER_NOT_EXIST"))},
			want: tradepay.ErrOrderNotFound},
		{name: "lost, then done", cancel: []answerFunc{broken(errReset), signed(200, success)},
			status: tradepay.StatusCancelled},
		{name: "lost, found cancelled", cancel: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("CANCELLED"))}, status: tradepay.StatusCancelled},
		{name: "lost, then refused because it was done",
			cancel:  []answerFunc{broken(errReset), signed(200, result("F", "ORDER_IS_CLOSED"))},
			inquiry: []answerFunc{signed(200, inquired("CANCELLED"))}, status: tradepay.StatusCancelled},
		{name: "lost, found paid: it may still be reversed", cancel: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))}, want: tradepay.ErrOutcomeUnknown},
		{name: "lost, found failed", cancel: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("FAIL"))}, want: tradepay.ErrRejected},
		{name: "lost, found open", cancel: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))}, want: tradepay.ErrOutcomeUnknown},
		{name: "all lost", cancel: []answerFunc{broken(errReset)}, inquiry: []answerFunc{broken(errReset)},
			want: tradepay.ErrOutcomeUnknown},
		{name: "unreadable", cancel: []answerFunc{signed(200,
			strings.Replace(success, `{"result"`, `{"transactions":1,"result"`, 1))}, want: tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(path, tt.cancel...)
			if tt.inquiry != nil {
				w.on(inquiryPath, tt.inquiry...)
			}
			got, err := w.client().CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, "order-1", got.PaymentRequestID)
		})
	}
}

func TestTradePay(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]tradepay.Order{
		`{"paymentUrl":"https://w.example/?a=1\u0026b=2"}`: {PaymentURL: "https://w.example/?a=1&b=2", TradeNo: "T1"},
		`{"tradeNO":"T1"}`: {TradeNo: "T1"},
	} {
		got, err := json.Marshal(o.TradePay())
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	usd := func(v int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: v} }
	for name, tt := range map[string]struct {
		got    tradepay.Amount
		id     string
		wantID string
		want   tradepay.Amount
		err    error
	}{
		"the same": {usd(1050), "order-1", "order-1", usd(1050), nil},
		"one cent": {usd(1), "order-1", "order-1", usd(1050), tradepay.ErrAmountMismatch},
		"too much": {usd(105000), "order-1", "order-1", usd(1050), tradepay.ErrAmountMismatch},
		"another currency": {tradepay.Amount{Currency: "ZAR", Value: 1050}, "order-1", "order-1", usd(1050),
			tradepay.ErrAmountMismatch},
		"no amount":            {tradepay.Amount{}, "order-1", "order-1", usd(1050), tradepay.ErrAmountMismatch},
		"another order":        {usd(1050), "order-2", "order-1", usd(1050), tradepay.ErrReferenceMismatch},
		"no id on either side": {usd(1050), "", "", usd(1050), tradepay.ErrReferenceMismatch},
		"nothing wanted": {tradepay.Amount{}, "order-1", "order-1", tradepay.Amount{},
			tradepay.ErrInvalidAmount},
		"zero wanted, and got that": {usd(0), "order-1", "order-1", usd(0), tradepay.ErrInvalidAmount},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tradepay.Order{PaymentRequestID: tt.id, Amount: tt.got}
			require.ErrorIs(t, o.Check(tt.wantID, tt.want), tt.err)
			n := tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: tt.id, Amount: tt.got}
			require.ErrorIs(t, n.Check(tt.wantID, tt.want), tt.err)
		})
	}
	paid := tradepay.Order{PaymentRequestID: "order-1", Amount: usd(1050), Status: tradepay.StatusSuccess}
	notified := tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1",
		Amount: usd(1050), Status: tradepay.StatusSuccess}
	require.NoError(t, paid.CheckPaid("order-1", usd(1050)))
	require.NoError(t, notified.CheckPaid("order-1", usd(1050)))
	require.ErrorIs(t, paid.CheckPaid("order-1", usd(1051)), tradepay.ErrAmountMismatch)
	require.ErrorIs(t, notified.CheckPaid("order-2", usd(1050)), tradepay.ErrReferenceMismatch)
	for _, status := range []tradepay.PaymentStatus{tradepay.StatusProcessing, tradepay.StatusAuthorized,
		tradepay.StatusFailed, tradepay.StatusCancelled, ""} {
		paid.Status, notified.Status = status, status
		require.ErrorIs(t, paid.CheckPaid("order-1", usd(1050)), tradepay.ErrNotPaid)
		require.ErrorIs(t, notified.CheckPaid("order-1", usd(1050)), tradepay.ErrNotPaid)
	}
	void := tradepay.Notification{Kind: tradepay.NotificationVoid, PaymentRequestID: "order-1", Amount: usd(1050)}
	require.ErrorIs(t, void.Check("order-1", usd(1050)), tradepay.ErrNotPaid)
}

func TestFinalStatuses(t *testing.T) {
	t.Parallel()
	for status, final := range map[tradepay.PaymentStatus]bool{
		tradepay.StatusProcessing: false, tradepay.StatusAuthorized: false, tradepay.StatusSuccess: true,
		tradepay.StatusFailed: true, tradepay.StatusCancelled: true, "": false, "OTHER": false,
	} {
		require.Equal(t, final, status.Final(), status)
	}
}

// TestNothingIsSentOfWhatSaysNothing: the client leaves out a list without elements
// and a time that is zero in any location.
func TestNothingIsSentOfWhatSaysNothing(t *testing.T) {
	t.Parallel()
	for name, profile := range map[string]wire.Profile{
		"v1": wallets.PlatformV1(), "v2": wallets.PlatformV2(), "one line of goods": wallets.VodaPay(),
	} {
		bodies := make(map[string]bool)
		for _, details := range []tradepay.OrderDetails{
			{}, {Goods: []tradepay.Goods{}}, {CreatedAt: time.Time{}.Local()},
			{CreatedAt: time.Time{}.In(time.FixedZone("", 3600))},
		} {
			path := profile.Routes.Prefix + profile.Path(wire.OpPay)
			w := newScripted(t, profile).on(path, signed(200, accepted))
			req := order()
			req.Order, req.SiteName = details, "SITE"
			require.NoError(t, w.client().CheckOrder(req), name)
			_, err := w.client().CreateOrder(t.Context(), req)
			require.NoError(t, err, name)
			bodies[w.seenOn(path)[0].body] = true
		}
		require.Len(t, bodies, 1, name)
	}
}

// TestProductCodeDecides: an access token beside the code of the cashier does not make a
// payment that is paid without the payer.
func TestProductCodeDecides(t *testing.T) {
	t.Parallel()
	const done = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":""},"paymentId":"P1"}`
	for name, test := range map[string]struct {
		profile wire.Profile
		product string
		want    tradepay.PaymentStatus // "" for an unknown outcome
		sent    string
	}{
		"agreement": {profile: wallets.SuperQi(), want: tradepay.StatusSuccess, sent: wallets.SuperQiAgreement},
		"by its code": {wallets.SuperQi(), wallets.SuperQiAgreement, tradepay.StatusSuccess,
			wallets.SuperQiAgreement},
		"purchase":      {wallets.SuperQi(), wallets.SuperQiPurchase, "", wallets.SuperQiPurchase},
		"reservation":   {wallets.SuperQi(), wallets.SuperQiAuthCapture, "", wallets.SuperQiAuthCapture},
		"escrow":        {wallets.SuperQi(), wallets.SuperQiEscrow, "", wallets.SuperQiEscrow},
		"merchant's":    {wallets.PlatformV2(), "51090000001432700031", tradepay.StatusSuccess, "51090000001432700031"},
		"v1's purchase": {wallets.TouchNGo(), wallets.TouchNGo().Products.Cashier, tradepay.StatusSuccess, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := func(op wire.Operation) string { return test.profile.Routes.Prefix + test.profile.Path(op) }
			w := newScripted(t, test.profile).on(path(wire.OpPay), signed(200, done)).
				on(path(wire.OpInquiryPayment), signed(200, inquired("PROCESSING")))
			req := order()
			req.PaymentAuthCode, req.ProductCode = "token", test.product
			got, err := w.client().CreateOrder(t.Context(), req)
			if test.want == "" {
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			} else {
				require.NoError(t, err)
				require.Equal(t, test.want, got.Status)
			}
			body := object(t, w.seenOn(path(wire.OpPay))[0].body)
			require.Equal(t, "token", body["paymentAuthCode"])
			if test.sent != "" {
				require.Equal(t, test.sent, body["productCode"])
			}
		})
	}
}
