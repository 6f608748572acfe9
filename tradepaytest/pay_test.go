package tradepaytest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestPayIsIdempotent(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		first := create(t, c, "order-1", "")
		again := create(t, c, "order-1", "")
		require.Equal(t, first.PaymentID, again.PaymentID)
		require.Equal(t, first.PaymentURL, again.PaymentURL)

		device := order("order-1", "")
		device.Order.Environment.ClientIP = "192.0.2.1"
		_, err := c.CreateOrder(t.Context(), device)
		require.NoError(t, err, "another device is not other content")

		for name, change := range map[string]func(*tradepay.CreateOrderRequest){
			"amount":   func(r *tradepay.CreateOrderRequest) { r.Amount = usd(1) },
			"currency": func(r *tradepay.CreateOrderRequest) { r.Amount.Currency = "EUR" },
			"title":    func(r *tradepay.CreateOrderRequest) { r.Title = "Coffee" },
			"order":    func(r *tradepay.CreateOrderRequest) { r.Order.ReferenceOrderID = "other" },
		} {
			req := order("order-1", "")
			change(req)
			_, err := c.CreateOrder(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch, name)
		}
		require.NoError(t, w.Pay("order-1"))
		require.Equal(t, first.PaymentURL, create(t, c, "order-1", "").PaymentURL, "the first answer stands")
		require.Len(t, w.Payments(), 1)
		require.Equal(t, 1, payment(t, w, "order-1").Charges)
		require.Empty(t, w.Rejections())
	})
}

func TestRefusesRepeats(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Quirks.RefusesRepeats = true
	w := newWallet(t, tradepaytest.As(profile))
	body := goodPay
	_, _, result := raw{body: body}.do(t, w)
	require.Equal(t, "ACCEPT", result.Code)
	_, _, result = raw{body: body}.do(t, w)
	require.Equal(t, tradepay.Result{Status: "F", Code: "REPEAT_REQ_INCONSISTENT", Message: result.Message}, result)

	// The SDK inquires and finds the payment, paid by now.
	c := newClient(t, w, again)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
	_, err := c.CreateOrder(t.Context(), order("order-2", ""))
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "the payment URL is lost")
	require.NoError(t, w.Pay("order-2"))
	o, err := c.CreateOrder(t.Context(), order("order-2", ""))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusSuccess, o.Status)
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	now := newClock()
	w := newWallet(t, tradepaytest.WithClock(now.Now), tradepaytest.WithExpiry(10*time.Minute))
	c := newClient(t, w, func(conf *tradepay.Config) { conf.Now = now.Now })
	create(t, c, "standard", "")
	short := order("short", "")
	short.ExpiresAt = now.Now().Add(time.Minute)
	_, err := c.CreateOrder(t.Context(), short)
	require.NoError(t, err)

	now.Add(time.Minute)
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "short"))
	require.Equal(t, tradepay.StatusProcessing, status(t, c, "standard"))
	require.ErrorIs(t, w.Pay("short"), tradepaytest.ErrNotOpen)
	now.Add(9*time.Minute - time.Nanosecond)
	require.Equal(t, tradepay.StatusProcessing, payment(t, w, "standard").Status)
	now.Add(time.Nanosecond)
	require.Equal(t, tradepay.StatusCancelled, payment(t, w, "standard").Status)

	create(t, c, "by hand", "")
	require.NoError(t, w.Expire("by hand"))
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "by hand"))
	require.ErrorIs(t, w.Expire("by hand"), tradepaytest.ErrNotOpen)
	require.ErrorIs(t, w.Expire("nobody's"), tradepaytest.ErrNoPayment)
	for _, p := range w.Payments() {
		require.Zero(t, p.Charges)
	}
}

func TestPayerActs(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	create(t, c, "declined", "")
	require.NoError(t, w.Decline("declined"))
	o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "declined"})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusFailed, o.Status)
	require.Equal(t, "USER_BALANCE_NOT_ENOUGH", o.FailReason)
	require.ErrorIs(t, w.Pay("declined"), tradepaytest.ErrNotOpen)
	require.ErrorIs(t, w.Cancel("declined"), tradepaytest.ErrNotOpen)

	create(t, c, "left", "")
	require.NoError(t, w.Cancel("left"))
	require.Equal(t, tradepay.StatusProcessing, status(t, c, "left"), "it can still be paid")
	require.NoError(t, w.Pay("left"))
	require.ErrorIs(t, w.Decline("left"), tradepaytest.ErrNotOpen)
	require.ErrorIs(t, w.Cancel("left"), tradepaytest.ErrNotOpen)
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "left"))

	require.ErrorIs(t, w.Pay("nobody's"), tradepaytest.ErrNoPayment)
	_, ok := w.Payment("nobody's")
	require.False(t, ok)
	require.Equal(t, "declined", w.Payments()[0].PaymentRequestID)
}

func TestInquiry(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		a, b := create(t, c, "order-a", ""), create(t, c, "order-b", "")
		o, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: a.PaymentID})
		require.NoError(t, err)
		require.Equal(t, "order-a", o.PaymentRequestID)
		_, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: a.PaymentID, PaymentRequestID: "order-b"})
		require.ErrorIs(t, err, tradepay.ErrReferenceMismatch, "paymentId wins, so the answer is about order-a")
		_, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-c"})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
		require.NotEqual(t, a.PaymentID, b.PaymentID)
		require.Empty(t, w.Rejections(), "not found is no mistake of form")
	})
}

func TestCancelByMerchant(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		s := newShop(t, c, nil)
		create(t, c, "open", s.url)
		ref := tradepay.OrderRef{PaymentRequestID: "open"}
		for range 2 {
			o, err := c.CancelOrder(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusCancelled, o.Status)
		}
		require.ErrorIs(t, w.Pay("open"), tradepaytest.ErrNotOpen)
		require.ErrorIs(t, w.Notify("open"), tradepaytest.ErrNotNotified)

		create(t, c, "paid", "")
		require.NoError(t, w.Pay("paid"))
		_, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "paid"})
		require.ErrorIs(t, err, tradepay.ErrRejected)
		var rejected *tradepay.APIError
		require.ErrorAs(t, err, &rejected)
		require.Equal(t, "ORDER_STATUS_INVALID", rejected.Result.Code)
		_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "nobody's"})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
		require.Empty(t, s.notifications(), "a cancellation is not notified")
	})
}

func TestAgreementPayment(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		s := newShop(t, c, nil)
		token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode("user-1")})
		require.NoError(t, err)
		req := order("order-1", s.url)
		req.PaymentAuthCode = token.AccessToken
		for range 2 {
			o, err := c.CreateOrder(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusSuccess, o.Status)
			require.Empty(t, o.PaymentURL)
			require.False(t, o.PaidAt.IsZero())
		}
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.Equal(t, 1, payment(t, w, "order-1").Charges)

		require.NoError(t, c.CancelToken(t.Context(), token.AccessToken))
		req = order("order-2", "")
		req.PaymentAuthCode = token.AccessToken
		_, err = c.CreateOrder(t.Context(), req)
		var rejected *tradepay.APIError
		require.ErrorAs(t, err, &rejected)
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, "INVALID_ACCESS_TOKEN", rejected.Result.Code)
		require.Len(t, w.Payments(), 1)
	})
}

func TestLateURL(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Quirks.LateURL = true
	w := newWallet(t, tradepaytest.As(profile))
	c := newClient(t, w)
	s := newShop(t, c, nil)
	req := order("order-1", s.url)
	req.Extra = map[string]any{"cashierNotifyUrl": s.url}
	o, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.Empty(t, o.PaymentURL)
	require.Eventually(t, func() bool { return len(s.notifications()) == 1 }, 2*time.Minute, time.Millisecond)
	n := s.notifications()[0]
	require.Equal(t, tradepay.NotificationCashierURL, n.Kind)
	require.Equal(t, "order-1", n.PaymentRequestID)
	require.NoError(t, w.Pay(n.PaymentURL))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))

	require.NotEmpty(t, create(t, c, "order-2", s.url).PaymentURL, "nobody asked for it later")
}

// TestAnswersOnTheWire pins the members of the answers in each dialect.
func TestAnswersOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		profile wire.Profile
		form    string
		url     string
		rest    string
	}{
		{wallets.PlatformV1(), "actionForm", "redirectionUrl", "actionFormType"},
		{wallets.PlatformV2(), "redirectActionForm", "redirectUrl", "method"},
	} {
		t.Run(test.profile.Name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(test.profile))
			o := create(t, newClient(t, w), "order-1", "")
			var body map[string]any
			require.NoError(t, json.Unmarshal(o.Raw, &body))
			form, ok := body[test.form].(map[string]any)
			require.True(t, ok)
			require.Equal(t, o.PaymentURL, form[test.url])
			require.Contains(t, form, test.rest)
			require.Len(t, body, 3)
		})
	}
}
