package wallets_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// platformClient is a merchant of a test wallet.
func platformClient(t *testing.T, profile wire.Profile) (*tradepaytest.Wallet, *tradepay.Client) {
	t.Helper()
	w := tradepaytest.NewWallet(tradepaytest.As(profile))
	t.Cleanup(w.Close)
	c, err := tradepay.NewClient(configtest.With(w.Config(), quick))
	require.NoError(t, err)
	return w, c
}

// askedForUser applies for a token and asks for its user, both of which get no answer,
// and returns the requests.
func askedForUser(t *testing.T, profile wire.Profile) (token, user sent) {
	t.Helper()
	p := newProbe(t, profile)
	token = p.first(func() error {
		_, err := p.ForSite("GCASH").ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
		return err
	})
	p = newProbe(t, profile)
	user = p.first(func() error {
		_, err := p.ForSite("GCASH").UserInfo(t.Context(), "token")
		return err
	})
	return token, user
}

func init() {
	hold("Platform v1", "paths", func(t *testing.T, profile wire.Profile) {
		_, user := askedForUser(t, profile)
		require.Equal(t, "/api/open/v1/customers/user/inquiryUserInfoByAccessToken", user.path)
		w, c := platformClient(t, profile)
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
		require.NoError(t, err)
		info, err := c.UserInfo(t.Context(), token.AccessToken)
		require.NoError(t, err)
		require.Equal(t, "user-1", info.UserID)
	})
	hold("Platform v2", "tokens", func(t *testing.T, profile wire.Profile) {
		token, user := askedForUser(t, profile)
		for _, request := range []sent{token, user} {
			require.Equal(t, "3500020208396321", request.body["appId"])
			require.Equal(t, vectorClient, request.body["authClientId"])
		}
	})
	hold("Platform v2", "user information", func(t *testing.T, profile wire.Profile) {
		w, c := platformClient(t, profile)
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
		require.NoError(t, err)
		info, err := c.UserInfo(t.Context(), token.AccessToken)
		require.NoError(t, err)
		require.Contains(t, string(info.Raw), `"birthDate":"1990-02-03"`)
		require.Equal(t, "1990-02-03", info.Birthday)
	})
	hold("Platform v2", "transactions", func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		order := s.place(t, s.order("order-1"))
		s.pay(t, order)
		_, err := s.client.Refund(t.Context(), &tradepay.RefundRequest{
			RefundRequestID: "refund-1", PaymentID: order.PaymentID, Amount: s.price,
		})
		require.NoError(t, err)
		known, err := s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err)
		back := known.Transactions[len(known.Transactions)-1]
		require.Equal(t, "refund-1", back.RequestID)
		require.Equal(t, tradepay.Result{Status: "S", Code: "SUCCESS", Message: "success"}, back.Result)
	})
	hold("Platform v2", "codes", func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.op, m.answer = wire.OpPay, map[string]any{"result": map[string]any{
			"resultStatus": "F", "resultCode": "REQUEST_TRAFFIC_EXCEED_LIMIT", "resultMessage": "busy",
		}}
		_, err := m.client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: m.amount})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, tradepay.ErrRejected)
	})
}

// TestUserPathOfV1: the wallets of the v1 dialect ask for users where the portal has it.
func TestUserPathOfV1(t *testing.T) {
	t.Parallel()
	for _, profile := range append(wallets.All(), wallets.PlatformV1()) {
		if profile.Dialect == "v1" {
			path := strings.TrimSuffix(profile.Path(wire.OpUserInfo), ".htm")
			require.True(t, strings.HasSuffix(path, "/inquiryUserInfoByAccessToken") || profile.Routes.Version != "v1",
				"%s: %s", profile.Name, path)
		}
	}
}

// TestExpiry: what becomes of a payment that nobody pays in time, wallet by wallet. A
// merchant who waits for the notification and one who inquires learn the same.
func TestExpiry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Path(wire.OpPay) == "" {
			return
		}
		s := newShop(t, profile)
		order := s.place(t, s.order("order-late"))
		require.NoError(t, s.wallet.Expire(order.PaymentURL))
		notifies := profile.Dialect == "v1" || profile.Name == "Antom" || strings.HasPrefix(profile.Name, "Rebell")
		want := tradepay.StatusCancelled
		if notifies {
			want = tradepay.StatusFailed
			n := s.notified(t, tradepay.NotificationPayment, "order-late")
			require.Equal(t, want, n.Status)
			require.ErrorIs(t, n.CheckPaid("order-late", s.price), tradepay.ErrNotPaid)
			require.Contains(t, string(n.Raw), "paymentCreateTime")
			require.NoError(t, s.wallet.WaitNotified(t.Context(), "order-late"))
		} else {
			require.ErrorIs(t, s.wallet.Notify("order-late"), tradepaytest.ErrNotNotified)
		}
		known, err := s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err)
		require.Equal(t, want, known.Status)
		require.True(t, known.Status.Final())
		if profile.Dialect == "v1" {
			require.Equal(t, "Order payment expired.", known.FailReason)
		}
		require.ErrorIs(t, s.wallet.Pay(order.PaymentURL), tradepaytest.ErrNotOpen, "nobody can pay it anymore")
	})
}
