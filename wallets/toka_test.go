package wallets_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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

func tokaOrder() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "devOpenApiCsbPre20250513113605", Amount: tradepay.Amount{Currency: "MXN", Value: 1000},
		Title: "Buy something",
		Order: tradepay.OrderDetails{
			Buyer: tradepay.Buyer{ID: "1010000010700053"}, Goods: []tradepay.Goods{{ID: "1", Name: "not sent"}},
			Shipping: tradepay.Shipping{PhoneNo: "+52 55 5010 0000"},
		},
		RedirectURL: "https://shop.example/thanks", ExpiresAt: time.Date(2026, 1, 16, 6, 0, 0, 0, time.UTC),
	}
}

func TestTokaRequest(t *testing.T) {
	t.Parallel()
	p := newProbe(t, wallets.Toka())
	got := p.first(p.create(tokaOrder()))
	require.Equal(t, "/v2/acquiring/miniprogram/create", got.path)
	require.Equal(t, "1768478400000", got.header.Get("Request-Time"))
	require.Regexp(t, `^[0-9a-f]{32}$`, got.header.Get("Request-Id"))
	likeSample(t, `{
		"productCode": "", "userId": "", "appId": "",
		"order": {"merchantTransId": "", "orderAmount": {"value": 0, "currency": ""}, "expiryTime": "", `+
		`"orderTitle": ""}
	}`, got.body)
	require.Equal(t, wallets.TokaProduct, got.body["productCode"])
	order := got.body["order"].(map[string]any)
	require.Equal(t, "2026-01-16 00:00:00", order["expiryTime"], "the time of Mexico City")
	require.InDelta(t, 1000, order["orderAmount"].(map[string]any)["value"], 0)

	p = newProbe(t, wallets.Toka())
	got = p.first(func() error {
		_, err := p.Refund(t.Context(), &tradepay.RefundRequest{
			RefundRequestID: "r1", PaymentID: "p1", PaymentRequestID: "o1",
			Amount: tradepay.Amount{Currency: "MXN", Value: 100},
		})
		return err
	})
	require.Equal(t, "/v1/acquiring/refund/apply", got.path)
	likeSample(t, `{"paymentId": "", "refundRequestId": "", "refundAmount": {"value": "", "currency": ""}}`, got.body)
}

func TestTokaRejectsBeforeSending(t *testing.T) {
	t.Parallel()
	type order = tradepay.CreateOrderRequest
	for _, test := range []struct {
		name   string
		change func(*order)
		says   string
		kind   error
	}{
		{"no title", func(r *order) { r.Title = "" }, "Title: is required by Toka", tradepay.ErrInvalidRequest},
		{"no user", func(r *order) { r.Order.Buyer.ID = "" }, "Order.Buyer.ID: is required by Toka",
			tradepay.ErrInvalidRequest},
		{"no expiry", func(r *order) { r.ExpiresAt = time.Time{} }, "ExpiresAt: is required by Toka",
			tradepay.ErrInvalidRequest},
		{"agreement", func(r *order) { r.PaymentAuthCode = "token" }, "Toka has no agreement payment",
			tradepay.ErrNotSupported},
		{"authorization", func(r *order) { r.Authorize = true }, "Toka has no authorization",
			tradepay.ErrNotSupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, request := newProbe(t, wallets.Toka()), tokaOrder()
			test.change(request)
			require.ErrorContains(t, p.refused(p.create(request), tradepay.ErrInvalidRequest, test.kind), test.says)
		})
	}
	mxn := tradepay.Amount{Currency: "MXN", Value: 100}
	p := newProbe(t, wallets.Toka())
	require.ErrorContains(t, p.refused(func() error {
		_, err := p.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r1", PaymentRequestID: "o1", Amount: mxn})
		return err
	}, tradepay.ErrInvalidRequest), "PaymentID: is required by Toka")
	_ = p.refused(func() error {
		_, err := p.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r1", PaymentID: "p1", CaptureID: "c1", Amount: mxn})
		return err
	}, tradepay.ErrNotSupported)
}

// TestTokaSignsItsOwnContent: who signs as for the other wallets is refused and
// told why, and believes none of Toka's answers.
func TestTokaSignsItsOwnContent(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	config := s.wallet.Config()
	config.Wallet.Signing.Content = ""
	client, err := tradepay.NewClient(configtest.With(config, quick))
	require.NoError(t, err)
	_, err = client.CreateOrder(t.Context(), s.order("order-1"))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorIs(t, err, tradepay.ErrSignature)
	require.Empty(t, s.wallet.Payments())
	refused := s.wallet.Rejections()[0]
	require.Contains(t, refused.Why, "METHOD.URI.Client-Id.Request-Id.Request-Time.Body")

	s = newShop(t, wallets.Toka())
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Times: -1})
	order := s.place(t, s.order("order-first"))
	require.Len(t, s.wallet.Payments(), 1)
	_, err = s.client.CreateOrder(t.Context(), s.order("order-second"))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "it got the answer to the first")
	require.NotErrorIs(t, err, tradepay.ErrRejected)
	require.NotEmpty(t, order.PaymentURL)
}

// TestTokaIDs: two names for one id must say the same.
func TestTokaIDs(t *testing.T) {
	t.Parallel()
	shape := wallets.Toka().Shaper.ShapeResponse
	for name, test := range map[string]struct {
		body map[string]any
		want any
	}{
		"its own":       {map[string]any{"merchantTransId": "o1"}, "o1"},
		"the inquiry's": {map[string]any{"paymentRequestId": "o1"}, "o1"},
		"both":          {map[string]any{"merchantTransId": "o1", "paymentRequestId": "o1"}, "o1"},
		"none":          {map[string]any{}, nil},
	} {
		require.NoError(t, shape(wire.OpInquiryPayment, test.body), name)
		require.Equal(t, test.want, test.body["paymentRequestId"], name)
	}
	require.ErrorContains(t, shape(wire.OpPay, map[string]any{"merchantTransId": "o1", "paymentRequestId": "o2"}),
		"differ")
	for _, value := range []any{map[string]any{}, map[string]any{}, []any{"o1"}, json.Number("1")} {
		require.ErrorContains(t, shape(wire.OpPay, map[string]any{"merchantTransId": value, "paymentRequestId": value}),
			"differ")
	}
}

// TestTokaRefunds: an answer about a refund names it by the wallet's id only.
func TestTokaRefunds(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	order := s.place(t, s.order("order-1"))
	s.pay(t, order)
	refund := func(id string) *tradepay.Refund {
		r, err := s.client.Refund(t.Context(), &tradepay.RefundRequest{
			RefundRequestID: id, PaymentID: order.PaymentID, Amount: tradepay.Amount{Currency: "MXN", Value: 100},
		})
		require.NoError(t, err)
		return r
	}
	first, second := refund("r1"), refund("r2")
	known, err := s.client.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r1", RefundID: first.RefundID})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, known.Status)
	require.NotContains(t, string(known.Raw), "refundRequestId")
	require.Equal(t, "r1", known.RefundRequestID)
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpInquiryRefund, Times: -1})
	_, err = s.client.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "r2", RefundID: second.RefundID})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "it got the answer about the first")
	require.ErrorIs(t, err, tradepay.ErrReferenceMismatch)
}

// TestTokaWords: numeric codes and FAILED become the platform's words.
func TestTokaWords(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	_, err := s.client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: "unknown"})
	require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
	var failure *tradepay.APIError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "20030101", failure.Result.Code, "the wallet's own code is kept")

	order := s.place(t, s.order("order-expired"))
	require.Equal(t, "20000006", order.Result.Code)
	require.NoError(t, s.wallet.Expire("order-expired"))
	known, err := s.client.QueryOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusCancelled, known.Status)
	var raw map[string]any
	require.NoError(t, json.Unmarshal(known.Raw, &raw))
	require.Equal(t, "FAILED", raw["paymentStatus"])
	require.Equal(t, "20030105", raw["paymentResultCode"])

	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
	order = s.place(t, s.order("order-refund"))
	s.pay(t, order)
	refund, err := s.client.Refund(t.Context(),
		&tradepay.RefundRequest{RefundRequestID: "r1", PaymentID: order.PaymentID, Amount: s.price})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionProcessing, refund.Status)

	token, err := s.client.ApplyToken(t.Context(),
		&tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("1010000010775026")})
	require.NoError(t, err)
	user, err := s.client.UserInfo(t.Context(), token.AccessToken)
	require.NoError(t, err)
	require.Equal(t, "1010000010775026", user.UserID)
	require.Equal(t, tradepay.PersonName{Full: "Ana Prueba", First: "Ana", Last: "Prueba"}, user.Name)
	requireUnsupported(t, s.client.CancelToken(t.Context(), token.AccessToken), wallets.Toka(), "https://")
}

func init() {
	const wallet = "Toka"
	hold("Toka", "termination", func(t *testing.T, profile wire.Profile) {
		for _, body := range []string{
			`{"agreementNumber":"A1"}`,
			`{"agreementNumber":"A1","status":"TERMINATED","terminateTime":"1768478400000"}`,
			`{"agreementNumber":"A1","result":{"resultStatus":"S","resultCode":"20000000","resultMessage":"success"}}`,
		} {
			n, err := takeIn(t, profile, body)
			require.NoError(t, err)
			require.Equal(t, tradepay.NotificationOther, n.Kind)
			require.JSONEq(t, body, string(n.Raw))
			require.ErrorIs(t, n.CheckPaid("A1", tradepay.Amount{Currency: "MXN", Value: 1}), tradepay.ErrNotPaid)
		}
	})
	hold(wallet, "hosts", func(t *testing.T, p wire.Profile) {
		require.Equal(t, map[string]string{
			"production": "https://openapi.paypay.mx", "sandbox": "https://openapi.uat.toka.whalecloud.ltd",
		}, p.Routes.BaseURLs)
	})
	hold(wallet, "label", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "algorithm=SHA256withRSA,keyVersion=1,signature=AA%3D%3D", p.SignatureHeader("1", []byte{0}))
	})
	hold(wallet, "encoding", func(t *testing.T, p wire.Profile) {
		require.Regexp(t, `signature=%2F%2F79%2FA%3D%3D$`, p.SignatureHeader("1", []byte{255, 254, 253, 252}))
	})
	hold(wallet, "signed content", func(t *testing.T, p wire.Profile) {
		m := wire.Message{
			Method: http.MethodPost, URI: "/v1/x", ClientID: "c", RequestID: "r", Time: "1", Body: []byte("{}"),
			Layout: p.Signing.Content,
		}
		require.Equal(t, "POST./v1/x.c.r.1.{}", string(m.Content()))
		m.Answer = true
		require.Equal(t, "c.1.{}", string(m.Content()))
	})
	hold(wallet, "time", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "1768478400000", p.Signing.TimeFormat.Format(vectorNow))
	})
	hold(wallet, "tokens", func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("1010")})
		require.NoError(t, err)
		require.Equal(t, "1010", token.UserID)
		require.Regexp(t, `"userId":"1010"`, string(token.Raw))
		require.Regexp(t, `"accessTokenExpiryTime":"[0-9]{13}"`, string(token.Raw))
		require.WithinDuration(t, time.Now().Add(30*24*time.Hour), token.AccessTokenExpiresAt, time.Hour)
		require.False(t, token.RefreshTokenExpiresAt.IsZero())
	})
	hold(wallet, "user", func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.undo = func(wire.Operation, map[string]any) error { return nil }
		m.exchange(wire.OpUserInfo, "", map[string]any{
			"result": map[string]any{"resultCode": "20000000", "resultStatus": "S", "resultMessage": "successful"},
			"userId": "1010", "fullName": "Ana Prueba", "birthday": "632448000000", "mobilePhone": "+525550100000",
			"address": map[string]any{"city": "CDMX"}, "kycState": "PASSED", "birthState": "CDMX",
		}, func() error {
			user, err := m.client.UserInfo(t.Context(), "token")
			require.NoError(t, err)
			require.Equal(t, "1010", user.UserID)
			require.Equal(t, []tradepay.Contact{{Type: "MOBILE_PHONE", No: "+525550100000"}}, user.Contacts)
			for _, member := range []string{"address", "kycState", "birthState"} {
				require.Contains(t, string(user.Raw), `"`+member+`"`)
			}
			return nil
		})
	})
	hold(wallet, "goods", holdTokaGoods)
	hold(wallet, "codes", func(t *testing.T, p wire.Profile) {
		for number, word := range map[string]string{
			"20030213": "RISK_REJECT", "20030214": "RISK_REJECT", "20030215": "PROCESS_FAIL",
			"20040002": "INVALID_REFRESH_TOKEN",
		} {
			require.Equal(t, word, p.Words.Code(number))
		}
	})
	hold(wallet, "reconciliation", func(t *testing.T, p wire.Profile) {
		require.Equal(t, "/v1/acquiring/recon/get", p.Path("reconciliation"))
	})
}

// holdTokaGoods: members of the order come with Extra, and are checked.
func holdTokaGoods(t *testing.T, profile wire.Profile) {
	t.Helper()
	goods := []any{map[string]any{"goodId": "1", "goodName": "Tea", "goodQuantity": 1, "goodPrice": 1000}}
	p, request := newProbe(t, profile), tokaOrder()
	request.Extra = map[string]any{"goodsDetail": goods, "allowPantryCard": "Y", "allowFuelCard": "N"}
	got := p.first(p.create(request))
	order := got.body["order"].(map[string]any)
	require.Equal(t, "Y", order["allowPantryCard"])
	require.Equal(t, "N", order["allowFuelCard"])
	require.Equal(t, "Tea", order["goodsDetail"].([]any)[0].(map[string]any)["goodName"])
	for _, name := range []string{"goodsDetail", "allowPantryCard", "allowFuelCard"} {
		require.NotContains(t, got.body, name)
	}
	s := newShop(t, profile)
	for name, extra := range map[string]map[string]any{
		"":                {"goodsDetail": goods, "allowPantryCard": "Y"},
		"allowPantryCard": {"allowPantryCard": "yes"},
		"goodsDetail":     {"goodsDetail": []any{}},
		"a list":          {"goodsDetail": "Tea"},
	} {
		request := s.order("order-" + strings.ReplaceAll(name, " ", "-"))
		request.Extra = extra
		_, err := s.client.CreateOrder(t.Context(), request)
		if name == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, tradepay.ErrRejected)
		rejected := s.wallet.Rejections()
		require.Contains(t, rejected[len(rejected)-1].Why, name)
	}
}

// TestTokaAnswersInNumbers: whatever word the test wallet has for a refusal, Toka's
// answer has one of Toka's numbers.
func TestTokaAnswersInNumbers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../tradepaytest/*.go")
	require.NoError(t, err)
	words := make(map[string]string) // code and verdict
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`\b(reject|unknown)\("([A-Z_]+)"`).FindAllStringSubmatch(string(data),
			-1) {
			words[found[2]] = map[string]string{"reject": "F", "unknown": "U"}[found[1]]
		}
	}
	require.Greater(t, len(words), 20)
	shaper, ok := wallets.Toka().Shaper.(tradepaytest.Unshaper)
	require.True(t, ok)
	for word, verdict := range words {
		for _, op := range []wire.Operation{"", wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund,
			wire.OpInquiryRefund, wire.OpApplyToken, wire.OpUserInfo, "reconciliation"} {
			result := map[string]any{"resultStatus": verdict, "resultCode": word, "resultMessage": "no"}
			require.NoError(t, shaper.UnshapeResponse(op, map[string]any{"result": result}))
			require.Regexp(t, `^[0-9]{8}$`, result["resultCode"], "%s of %s", word, op)
		}
	}
}

// TestTokaTokenRefusals: a used code and a strange token are final, an API that is not
// there is a matter of the configuration.
func TestTokaTokenRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t, wallets.Toka())
	apply := func(req *tradepay.ApplyTokenRequest) (string, error) {
		_, err := s.client.ApplyToken(t.Context(), req)
		var failed *tradepay.APIError
		if errors.As(err, &failed) {
			return failed.Result.Code, err
		}
		return "", err
	}
	code := s.wallet.AuthCode("1010")
	_, err := apply(&tradepay.ApplyTokenRequest{AuthCode: code})
	require.NoError(t, err)
	for want, request := range map[string]*tradepay.ApplyTokenRequest{
		"20040001": {AuthCode: code}, "20040002": {RefreshToken: "strange"},
	} {
		got, err := apply(request)
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, want, got)
	}
	_, err = s.client.Call(t.Context(), "/v1/nothing/here", map[string]any{}, nil)
	require.ErrorIs(t, err, tradepay.ErrUnauthorized)
}
