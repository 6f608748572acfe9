package wallets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestSuperQiRequest(t *testing.T) {
	t.Parallel()
	thousand, err := tradepay.ParseAmount("1000", "IQD")
	require.NoError(t, err)
	for product, change := range map[string]func(*tradepay.CreateOrderRequest){
		wallets.SuperQiPurchase:    func(*tradepay.CreateOrderRequest) {},
		wallets.SuperQiAuthCapture: func(r *tradepay.CreateOrderRequest) { r.Authorize = true },
		wallets.SuperQiAgreement:   func(r *tradepay.CreateOrderRequest) { r.PaymentAuthCode = "token" },
	} {
		p, request := newProbe(t, wallets.SuperQi()),
			&tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: thousand, Title: "Tea"}
		change(request)
		got := p.first(p.create(request))
		require.Equal(t, "/v1/payments/pay", got.path)
		require.Equal(t, "2026-01-15T12:00:00+00:00", got.header.Get("Request-Time"))
		require.NotContains(t, got.header.Get("Signature"), "%")
		require.Equal(t, product, got.body["productCode"])
		require.Equal(t, map[string]any{"currency": "IQD", "value": "1000000"}, got.body["paymentAmount"], "in fils")
		require.NotContains(t, got.body, "paymentFactor")
	}

	p := newProbe(t, wallets.SuperQi())
	got := p.first(p.create(&tradepay.CreateOrderRequest{
		PaymentRequestID: "o1", Amount: thousand, Title: "Tea", Authorize: true,
		VoidNotifyURL: "https://shop.example/void",
	}))
	require.Equal(t, "https://shop.example/void", got.body["voidNotifyUrl"])
	p = newProbe(t, wallets.SuperQi())
	got = p.first(func() error {
		_, err := p.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "v1", PaymentID: "p1",
			NotifyURL: "https://shop.example/void"})
		return err
	})
	require.NotContains(t, got.body, "voidNotifyUrl", "the order has it")
}

func init() {
	const wallet = "SuperQi"
	hold(wallet, "paths", func(t *testing.T, p wire.Profile) {
		for op, path := range map[wire.Operation]string{
			wire.OpPay: "/v1/payments/pay", wire.OpUserInfo: "/v1/users/inquiryUserInfo",
			"inquiryUserCardList":    "/v1/users/inquiryUserCardList",
			"inquiryUserAccountList": "/v1/users/inquiryUserAccountList",
		} {
			require.Equal(t, path, p.Routes.Prefix+p.Path(op))
		}
	})
	hold(wallet, "time", func(t *testing.T, p wire.Profile) {
		require.Regexp(t, `^[0-9T:-]{19}[+-][0-9]{2}:[0-9]{2}$`, p.Signing.TimeFormat.Format(vectorNow))
		p.Signing.TimeFormat = wire.TimeUTC // a client with Z is rejected
		s := newShop(t, wallets.SuperQi())
		client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), quick,
			func(conf *tradepay.Config) { conf.Wallet = p }))
		require.NoError(t, err)
		_, err = client.CreateOrder(t.Context(), s.order("order-utc"))
		require.Error(t, err)
		require.Empty(t, s.wallet.Payments())
		require.Contains(t, s.wallet.Rejections()[0].Why, "Request-Time")
	})
	hold(wallet, "encoding", func(t *testing.T, p wire.Profile) {
		require.Regexp(t, `signature=[A-Za-z0-9+/]+=*$`, p.SignatureHeader("1", []byte{255, 254, 253, 252}))
	})
	hold(wallet, "label", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "algorithm=RSA256, keyVersion=1, signature=AA==", p.SignatureHeader("1", []byte{0}))
	})
	hold(wallet, "hosts", func(t *testing.T, p wire.Profile) {
		require.Equal(t, map[string]string{"production": "https://gateway.banqi.qi.iq"}, p.Routes.BaseURLs)
	})
	hold(wallet, "buyer", func(t *testing.T, profile wire.Profile) {
		p := newProbe(t, profile)
		request := superQiOrder(t)
		request.Order.Buyer.ID = "2188000000000001"
		order := p.first(p.create(request)).body["order"].(map[string]any)
		require.Equal(t, map[string]any{"referenceBuyerId": "2188000000000001"}, order["buyer"])
	})
	hold(wallet, "product code", holdSuperQiProducts)
	hold(wallet, "escrow", holdSuperQiEscrow)
	hold(wallet, "confirm", holdSuperQiConfirm)
	hold(wallet, "void", func(t *testing.T, profile wire.Profile) {
		p := newProbe(t, profile)
		got := p.first(func() error {
			_, err := p.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "v1", PaymentID: "p1"})
			return err
		})
		require.Equal(t, map[string]any{"paymentId": "p1", "voidRequestId": "v1"}, got.body)
	})
	hold(wallet, "notification", func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.notify(wire.OpNotifyPayment, "", map[string]any{
			"paymentResult": map[string]any{"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
			"paymentId":     "p1", "paymentRequestId": "order-0001", "paymentTime": "2026-01-15T15:00:00+03:00",
			"paymentCreateTime": "2026-01-15T14:59:00+03:00", "paymentAmount": m.money(),
			"extendInfo": `{"sourcePlatform":"MINI_APP"}`,
		}, tradepay.NotificationPayment)
	})
	hold(wallet, "user", func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.exchange(wire.OpUserInfo, "", map[string]any{
			"result": map[string]any{"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
			"userInfo": map[string]any{
				"userId": "1", "birthDate": "1990-01-15", "userNameInArabic": map[string]any{"fullName": "x"},
				"userName": map[string]any{"fullName": "Ana B C Prueba", "secondName": "B", "thirdName": "C"},
			},
		}, func() error {
			user, err := m.client.UserInfo(t.Context(), "token")
			require.NoError(t, err)
			require.Equal(t, "1990-01-15", user.Birthday)
			require.Equal(t, "Ana B C Prueba", user.Name.Full)
			require.Contains(t, string(user.Raw), "thirdName")
			return nil
		})
	})
}

func superQiOrder(t *testing.T) *tradepay.CreateOrderRequest {
	t.Helper()
	thousand, err := tradepay.ParseAmount("1000", "IQD")
	require.NoError(t, err)
	return &tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: thousand, Title: "Tea"}
}

// holdSuperQiProducts: the product code decides, whatever token is beside it.
func holdSuperQiProducts(t *testing.T, profile wire.Profile) {
	t.Helper()
	s := newShop(t, profile)
	token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("2188")})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		product   string
		authorize bool
		paid      tradepay.PaymentStatus
	}{
		"purchase":    {product: wallets.SuperQiPurchase, paid: tradepay.StatusSuccess},
		"reservation": {product: wallets.SuperQiAuthCapture, paid: tradepay.StatusAuthorized},
		"authorize":   {authorize: true, paid: tradepay.StatusAuthorized},
		"escrow":      {product: wallets.SuperQiEscrow, paid: tradepay.StatusAuthorized},
	} {
		request := s.order("order-" + name)
		request.ProductCode, request.Authorize = test.product, test.authorize
		request.PaymentAuthCode = token.AccessToken
		order, err := s.client.CreateOrder(t.Context(), request)
		require.NoError(t, err, name)
		require.Equal(t, tradepay.StatusProcessing, order.Status, name)
		require.NotEmpty(t, order.PaymentURL, name)
		made, _ := s.wallet.Payment(request.PaymentRequestID)
		require.Zero(t, made.Charges, name)
		s.pay(t, order)
		known, err := s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err, name)
		require.Equal(t, test.paid, known.Status, name)
	}
	request := s.order("order-agreement")
	request.PaymentAuthCode = token.AccessToken
	order, err := s.client.CreateOrder(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusSuccess, order.Status)

	request = s.order("order-unknown")
	request.ProductCode = "51051000101000100040"
	_, err = s.client.CreateOrder(t.Context(), request)
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.Contains(t, s.wallet.Rejections()[0].Why, "productCode")
}

// holdSuperQiEscrow: both sides, by either id.
func holdSuperQiEscrow(t *testing.T, profile wire.Profile) {
	t.Helper()
	require.Equal(t, "/v1/payments/merchantAccept", profile.Path("merchantAccept"))
	require.Equal(t, "/v1/payments/confirm", profile.Path("confirm"))
	for name, by := range map[string]func(*tradepay.Order) tradepay.OrderRef{
		"wallet": func(o *tradepay.Order) tradepay.OrderRef { return tradepay.OrderRef{PaymentID: o.PaymentID} },
		"merchant": func(o *tradepay.Order) tradepay.OrderRef {
			return tradepay.OrderRef{PaymentRequestID: o.PaymentRequestID}
		},
	} {
		s := newShop(t, profile)
		request := s.order("order-" + name)
		request.ProductCode = profile.Products.Escrow
		order := s.place(t, request)
		s.pay(t, order)
		require.NoError(t, s.client.AcceptOrder(t.Context(), by(order)), name)
		confirmed, err := s.client.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{
			ConfirmRequestID: "confirm-1", PaymentID: by(order).PaymentID, PaymentRequestID: by(order).PaymentRequestID,
		})
		require.NoError(t, err, name)
		require.Equal(t, tradepay.TransactionSuccess, confirmed.Status, name)
		n := s.notified(t, tradepay.NotificationPayment, request.PaymentRequestID)
		require.NoError(t, n.Check(request.PaymentRequestID, s.price), name)
		require.Equal(t, tradepay.StatusSuccess, n.Status, name)
		known, err := s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err, name)
		require.NoError(t, known.CheckPaid(request.PaymentRequestID, s.price), name)
		require.Empty(t, s.wallet.Rejections(), name)
	}
}

// holdSuperQiConfirm: the SDK writes one spelling, and reads both.
func holdSuperQiConfirm(t *testing.T, profile wire.Profile) {
	t.Helper()
	request := &tradepay.ConfirmRequest{ConfirmRequestID: "c1", PaymentID: "p1"}
	p := newProbe(t, profile)
	got := p.first(func() error { _, err := p.ConfirmOrder(t.Context(), request); return err })
	require.Equal(t, map[string]any{"paymentId": "p1", "confirmRequestId": "c1"}, got.body)

	p = newProbe(t, profile)
	request.Extra = map[string]any{"confrimRequestId": "c1"}
	got = p.first(func() error { _, err := p.ConfirmOrder(t.Context(), request); return err })
	require.Equal(t, "c1", got.body["confrimRequestId"])

	for _, spelling := range []string{"confirm", "confrim"} {
		m := newMaker(t, profile)
		m.exchange("confirm", "", map[string]any{
			"result":        map[string]any{"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "Success."},
			spelling + "Id": "C1", spelling + "Time": "2026-01-15T12:00:00+00:00",
		}, func() error {
			confirmed, err := m.client.ConfirmOrder(t.Context(),
				&tradepay.ConfirmRequest{ConfirmRequestID: "c1", PaymentID: "p1"})
			require.NoError(t, err)
			require.Equal(t, "C1", confirmed.ConfirmID)
			require.Equal(t, vectorNow, confirmed.ConfirmedAt)
			return nil
		})
	}
}
