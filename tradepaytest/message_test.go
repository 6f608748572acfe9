package tradepaytest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// step returns the only event of a step, or, by its name, of none.
func (e *events) step(t *testing.T, number int, name string) tradepaytest.Event {
	t.Helper()
	var found []tradepaytest.Event
	for _, event := range e.all() {
		if event.Step == number && (name == "" || event.Name == name) {
			found = append(found, event)
		}
	}
	require.Len(t, found, 1, "step %d %s", number, name)
	return found[0]
}

func TestMessages(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		var seen events
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithObserver(seen.observe))
		c := newClient(t, w)
		s := newShop(t, c, nil)
		o := create(t, c, "order-1", s.url+"&secret=hush")
		visit(t, http.MethodPost, o.PaymentURL, "action=pay", "application/json")
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))

		inquiry := seen.step(t, 0, "Request answered")
		notified := seen.step(t, 19, "")
		for _, test := range []struct {
			m      *tradepaytest.Message
			kind   doctor.EvidenceKind
			status int
			uri    string
			body   string
		}{
			{seen.step(t, 4, "").Message, doctor.EvidenceRequest, 0, profile.Routes.Prefix + profile.Path(wire.OpPay),
				`"paymentRequestId":"order-1"`},
			{seen.step(t, 7, "").Message, doctor.EvidenceResponse, 200,
				profile.Routes.Prefix + profile.Path(wire.OpPay),
				`"resultCode":"ACCEPT"`},
			{notified.Message, doctor.EvidenceNotification, 0, "/notify?shop=•••&secret=•••",
				`"paymentId":"` + o.PaymentID + `"`},
			{notified.Answer, doctor.EvidenceAcknowledgement, 200, "/notify?shop=•••&secret=•••",
				`"resultStatus":"S"`},
			{inquiry.Message, doctor.EvidenceRequest, 0, profile.Routes.Prefix + profile.Path(wire.OpInquiryPayment),
				`"paymentRequestId":"order-1"`},
			{inquiry.Answer, doctor.EvidenceResponse, 200, profile.Routes.Prefix + profile.Path(wire.OpInquiryPayment),
				`"paymentStatus":"SUCCESS"`},
		} {
			m := test.m
			require.NotNil(t, m, test.kind)
			require.Equal(t, test.kind, m.Kind)
			require.Equal(t, http.MethodPost, m.Method)
			require.Equal(t, test.uri, m.URI)
			require.Equal(t, test.status, m.Status)
			require.Contains(t, m.Body, test.body)
			require.True(t, m.Verified, m.Verdict)
			require.Equal(t, "the signature is right: key 1", m.Verdict)
			require.Nil(t, m.Diagnosis)
			require.Contains(t, m.Header.Get("Signature"), "signature=")
			require.True(t, strings.HasPrefix(m.SignedContent, "POST "+test.uri+"\n"+w.Config().ClientID+"."),
				m.SignedContent)
			require.True(t, strings.HasSuffix(m.SignedContent, "."+m.Body))
		}
		pressed := seen.step(t, 15, "").Message
		require.Equal(t, "action=pay", pressed.Body)
		require.Equal(t, "/cashier/"+o.PaymentID+"?token=•••", pressed.URI)
		require.False(t, pressed.Verified)
		require.JSONEq(t, `{"resultCode":"9000"}`, seen.step(t, 17, "").Message.Body)
		everything, err := json.Marshal(seen.all())
		require.NoError(t, err)
		require.NotContains(t, string(everything), "hush")
		_, token, _ := strings.Cut(o.PaymentURL, "token=")
		require.NotContains(t, string(everything), token)
	})
}

// TestMessagesThatFail: the doctor's word where a signature fails.
func TestMessagesThatFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind  tradepaytest.FaultKind
		op    wire.Operation
		cause doctor.Cause // "" if the message verifies
	}{
		{tradepaytest.NotifyTampered, wire.OpNotifyPayment, doctor.CauseBody},
		{tradepaytest.NotifyWrongAmount, wire.OpNotifyPayment, ""},
		{tradepaytest.WrongKey, wire.OpNotifyPayment, doctor.CauseUnknownKey},
		{tradepaytest.WrongKeyVersion, wire.OpNotifyPayment, doctor.CauseKeyVersion},
		{tradepaytest.Unsigned, wire.OpNotifyPayment, doctor.CauseMissingHeader},
		{tradepaytest.WrongKey, wire.OpInquiryPayment, doctor.CauseUnknownKey},
		{tradepaytest.Unsigned, wire.OpInquiryPayment, doctor.CauseMissingHeader},
		{tradepaytest.SkewedClock, wire.OpInquiryPayment, doctor.CauseClock},
		{tradepaytest.ForeignClientID, wire.OpInquiryPayment, doctor.CauseClientID},
	} {
		t.Run(string(test.kind)+" "+string(test.op), func(t *testing.T) {
			t.Parallel()
			var seen events
			w := newWallet(t, tradepaytest.WithObserver(seen.observe), tradepaytest.WithNotifyBackoff(0, 1))
			c := newClient(t, w, once)
			s := newShop(t, c, nil)
			create(t, c, "order-1", s.url)
			w.Inject(tradepaytest.Fault{Kind: test.kind, Op: test.op})
			var m *tradepaytest.Message
			if test.op == wire.OpNotifyPayment {
				require.NoError(t, w.Decline("order-1"))
				require.Eventually(t, func() bool { return len(w.Deliveries()) == 1 }, 2*time.Minute, time.Millisecond)
				m = seen.step(t, 19, "").Message
			} else {
				_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
				require.ErrorIs(t, err, tradepay.ErrSignature)
				m = seen.step(t, 0, "Request answered").Answer
			}
			require.Equal(t, test.cause == "", m.Verified, m.Verdict)
			if test.cause == "" {
				return
			}
			require.NotNil(t, m.Diagnosis)
			require.Equal(t, test.cause, m.Diagnosis.Cause)
			require.NotEmpty(t, m.Diagnosis.Summary)
			require.Equal(t, m.Diagnosis.Summary, m.Verdict)
		})
	}
}

func TestMessagesOfRejectedRequests(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	cfg := w.Config()
	pem, err := os.ReadFile("keys/stranger.pem")
	require.NoError(t, err)
	cfg.PrivateKey, err = tradepay.ParsePrivateKey(pem)
	require.NoError(t, err)
	c, err := tradepay.NewClient(configtest.With(cfg, once))
	require.NoError(t, err)
	_, err = c.CreateOrder(t.Context(), order("order-1", ""))
	require.Error(t, err)
	for _, e := range seen.all() {
		require.Equal(t, "Request rejected", e.Name)
		require.False(t, e.Message.Verified)
		require.Contains(t, e.Message.Verdict, "INVALID_SIGNATURE")
		require.Equal(t, doctor.CauseUnknownKey, e.Message.Diagnosis.Cause)
		require.True(t, e.Answer.Verified)
		require.Contains(t, e.Answer.Body, "INVALID_SIGNATURE")
	}
	require.NotEmpty(t, seen.all())
}

// TestMessagesTellNoSecret: neither tokens nor anything about the payer.
func TestMessagesTellNoSecret(t *testing.T) {
	t.Parallel()
	const planted = "PLANTED"
	profiles := []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()}
	for i := range profiles {
		profiles[i].Signing.AgentTokenHeader = "Agent-Token"
	}
	for _, profile := range profiles {
		var seen events
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithObserver(seen.observe))
		c := newClient(t, w, once)
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode(planted)})
		require.NoError(t, err)
		token, err = c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{RefreshToken: token.RefreshToken})
		require.NoError(t, err)
		user, err := c.UserInfo(t.Context(), token.AccessToken)
		require.NoError(t, err)
		_, err = c.Prepare(t.Context(), &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY",
			RedirectURL: "https://shop.example.com/?s=" + planted, State: planted})
		require.NoError(t, err)
		req := order("order-1", "")
		req.PaymentAuthCode = token.AccessToken
		req.RedirectURL = "https://shop.example.com/?session=" + planted
		req.Order.Buyer = tradepay.Buyer{ID: planted, Name: tradepay.PersonName{Full: planted}, PhoneNo: planted}
		req.Order.Shipping = tradepay.Shipping{Name: tradepay.PersonName{First: planted},
			Address: tradepay.Address{Address1: planted}, PhoneNo: planted}
		req.Order.Environment = tradepay.Environment{UserAgent: planted, DeviceTokenID: planted, ClientIP: planted,
			CookieID: planted}
		req.ExtendInfo = `{"inner":"{\"email\":\"` + planted + `\",\"kept\":\"kept\"}","note":"seen"}`
		_, err = c.CreateOrder(t.Context(), req)
		require.NoError(t, err)
		a := tradePay(t, w, create(t, c, "order-2", "").TradePay())
		visit(t, http.MethodPost, a.CashierURL, "action=pay&from="+planted, "")
		a.finish(t, w)

		data, err := json.Marshal(seen.all())
		require.NoError(t, err)
		text := string(data)
		for _, secret := range []string{
			planted, token.AccessToken, token.RefreshToken, w.Config().AgentToken, user.Name.Full, "ana@example.com",
			"5550100000",
		} {
			require.NotContains(t, text, secret)
		}
		_, page, _ := strings.Cut(a.CashierURL, "token=")
		require.NotContains(t, text, page)
		paid := seen.all()[4]
		require.Equal(t, wire.OpPay, paid.Op)
		require.Contains(t, paid.Message.Body, "Tea House", "what is no secret is there")
		require.Contains(t, paid.Message.Body, "kept")
		require.Contains(t, paid.Message.Body, "seen")
		require.Equal(t, []string{"•••"}, paid.Message.Header["Agent-Token"])
		require.True(t, paid.Message.Verified, "verified before anything was left out")
	}
}

func TestMessagesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	raw{body: `accessToken=hush`}.do(t, w)
	require.Equal(t, "(16 bytes that are not JSON)", seen.all()[0].Message.Body)
	require.True(t, seen.all()[0].Message.Verified, "signed well all the same")
}

func TestEventJSON(t *testing.T) {
	t.Parallel()
	var seen events
	now := newClock()
	w := newWallet(t, tradepaytest.WithObserver(seen.observe), tradepaytest.WithClock(now.Now))
	c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
	create(t, c, "order-1", "")
	require.NoError(t, w.Expire("order-1"))
	require.Error(t, w.Pay("order-1"))
	data, err := json.Marshal(seen.all())
	require.NoError(t, err)
	var list []map[string]any
	require.NoError(t, json.Unmarshal(data, &list))
	require.Equal(t, "2026-01-15T12:00:00Z", list[0]["at"])
	require.InDelta(t, 4, list[0]["step"], 0)
	require.Equal(t, "order-1", list[0]["paymentRequestId"])
	require.Equal(t, "pay", list[0]["op"])
	require.IsType(t, 0.0, list[0]["tookMs"])
	message := list[0]["message"].(map[string]any)
	for _, name := range []string{"kind", "method", "uri", "header", "body", "signedContent", "verified", "verdict"} {
		require.Contains(t, message, name)
	}
	last := list[len(list)-1]
	require.Contains(t, last["error"], "not open")
	require.NotContains(t, last, "message")
}
