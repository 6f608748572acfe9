package tradepay_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestConfirmOutcomes(t *testing.T) {
	t.Parallel()
	const (
		path = "/v1/payments/confirm"
		done = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":""},"confirmId":"C1",` +
			`"confirmTime":"2026-01-15T15:00:00+03:00"`
		whole = done + `}`
	)
	for _, tt := range []struct {
		name   string
		answer []answerFunc
		want   error
		not    error
		status tradepay.TransactionStatus
		calls  int
	}{
		{name: "done", answer: []answerFunc{signed(200, whole)}, status: tradepay.TransactionSuccess, calls: 1},
		{name: "accepted", answer: []answerFunc{signed(200, result("A", "ACCEPT"))},
			status: tradepay.TransactionProcessing, calls: 1},
		{name: "in process, in so many words", answer: []answerFunc{signed(200, done+`,"confirmStatus":"PROCESSING"}`)},
			status: tradepay.TransactionProcessing, calls: 1},
		{name: "failed, in so many words", answer: []answerFunc{signed(200, done+`,"confirmStatus":"FAIL"}`)},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, calls: 1},
		{name: "with a reason why not", answer: []answerFunc{signed(200, done+`,"confirmFailReason":"x"}`)},
			want: tradepay.ErrMalformed, calls: 1},
		{name: "with an id of another kind", answer: []answerFunc{signed(200, `{"confirmId":{"x":1},`+success[1:])},
			want: tradepay.ErrMalformed, calls: 1},
		{name: "lost, then done", answer: []answerFunc{broken(errReset), signed(200, whole)},
			status: tradepay.TransactionSuccess, calls: 2},
		{name: "lost", answer: []answerFunc{broken(errReset)}, want: tradepay.ErrOutcomeUnknown, calls: 3},
		{name: "unknown", answer: []answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION"))},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, calls: 3},
		{name: "refused", answer: []answerFunc{signed(200, result("F", "ORDER_STATUS_INVALID"))},
			want: tradepay.ErrRejected, calls: 1},
		{name: "lost, then refused", answer: []answerFunc{broken(errReset),
			signed(200, result("F", "ORDER_STATUS_INVALID"))}, want: tradepay.ErrOutcomeUnknown,
			not: tradepay.ErrRejected, calls: 2},
		{name: "caller refused", answer: []answerFunc{signed(200, result("F", "KEY_NOT_FOUND"))},
			want: tradepay.ErrUnauthorized, not: tradepay.ErrRejected, calls: 1},
		{name: "same id, other content", answer: []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			want: tradepay.ErrIdempotencyMismatch, calls: 1},
		{name: "about another payment", answer: []answerFunc{signed(200, `{"paymentId":"P2",`+whole[1:])},
			want: tradepay.ErrReferenceMismatch, calls: 3},
		{name: "about another request", answer: []answerFunc{signed(200, `{"confirmRequestId":"x",`+whole[1:])},
			want: tradepay.ErrReferenceMismatch, calls: 3},
		{name: "unsigned", answer: []answerFunc{unsigned(200, whole)}, want: tradepay.ErrSignature, calls: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.SuperQi()).on(path, tt.answer...)
			got, err := w.client().ConfirmOrder(t.Context(),
				&tradepay.ConfirmRequest{ConfirmRequestID: "confirm-1", PaymentID: "P1"})
			sent := w.seenOn(path)
			require.Len(t, sent, tt.calls)
			for _, s := range sent {
				require.Equal(t, sent[0].body, s.body, "the same bytes")
			}
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				if tt.not != nil {
					require.NotErrorIs(t, err, tt.not)
				}
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			require.Equal(t, "confirm-1", got.ConfirmRequestID)
			require.Equal(t, "P1", got.PaymentID)
			if got.ConfirmID != "" {
				require.Equal(t, time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), got.ConfirmedAt)
			}
		})
	}
}

func TestAcceptOutcomes(t *testing.T) {
	t.Parallel()
	const path = "/v1/payments/merchantAccept"
	for _, tt := range []struct {
		name   string
		answer []answerFunc
		want   error
		not    error
		calls  int
	}{
		{name: "done", answer: []answerFunc{signed(200, success)}, calls: 1},
		{name: "done before", answer: []answerFunc{signed(200, result("F", "ORDER_IS_MERCHANT_ACCEPTED"))}, calls: 1},
		{name: "lost, then done before", answer: []answerFunc{broken(errReset),
			signed(200, result("F", "ORDER_IS_MERCHANT_ACCEPTED"))}, calls: 2},
		{name: "accepted, and not done", answer: []answerFunc{signed(200, result("A", "ACCEPT"))},
			want: tradepay.ErrOutcomeUnknown, calls: 1},
		{name: "lost", answer: []answerFunc{broken(errReset)}, want: tradepay.ErrOutcomeUnknown, calls: 3},
		{name: "refused", answer: []answerFunc{signed(200, result("F", "ORDER_IS_FROZEN"))},
			want: tradepay.ErrRejected, not: tradepay.ErrOutcomeUnknown, calls: 1},
		{name: "lost, then refused", answer: []answerFunc{broken(errReset), signed(200, result("F",
			"ORDER_IS_FROZEN"))},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, calls: 2},
		{name: "no such order", answer: []answerFunc{signed(200, result("F", "ORDER_NOT_EXIST"))},
			want: tradepay.ErrOrderNotFound, calls: 1},
		{name: "about another payment", answer: []answerFunc{signed(200, `{"paymentId":"P2",`+success[1:])},
			want: tradepay.ErrReferenceMismatch, calls: 3},
		{name: "unsigned", answer: []answerFunc{unsigned(200, success)}, want: tradepay.ErrSignature, calls: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.SuperQi()).on(path, tt.answer...)
			err := w.client().AcceptOrder(t.Context(), tradepay.OrderRef{PaymentID: "P1"})
			require.Len(t, w.seenOn(path), tt.calls)
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, tt.want)
			if tt.not != nil {
				require.NotErrorIs(t, err, tt.not)
			}
		})
	}
}

// TestEscrowInputs: nothing is sent for a wrong input, or to a wallet without escrow.
func TestEscrowInputs(t *testing.T) {
	t.Parallel()
	long := fmt.Sprintf("%065d", 1)
	for name, test := range map[string]struct {
		call func(c *tradepay.Client) error
		want error
	}{
		"no order": {func(c *tradepay.Client) error { return c.AcceptOrder(t.Context(), tradepay.OrderRef{}) },
			tradepay.ErrInvalidRequest},
		"order id": {func(c *tradepay.Client) error {
			return c.AcceptOrder(t.Context(), tradepay.OrderRef{PaymentID: long})
		}, tradepay.ErrInvalidRequest},
		"no request": {func(c *tradepay.Client) error { _, err := c.ConfirmOrder(t.Context(), nil); return err },
			tradepay.ErrInvalidRequest},
		"no id": {func(c *tradepay.Client) error {
			_, err := c.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{PaymentID: "P1"})
			return err
		}, tradepay.ErrInvalidRequest},
		"no payment": {func(c *tradepay.Client) error {
			_, err := c.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{ConfirmRequestID: "c"})
			return err
		}, tradepay.ErrInvalidRequest},
		"id in Extra": {func(c *tradepay.Client) error {
			_, err := c.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{
				ConfirmRequestID: "c", PaymentID: "P1", Extra: map[string]any{"ConfirmRequestId": "d"},
			})
			return err
		}, tradepay.ErrInvalidRequest},
	} {
		w := newScripted(t, wallets.SuperQi())
		require.ErrorIs(t, test.call(w.client()), test.want, name)
		require.Empty(t, w.seenOn("/v1/payments/confirm"), name)
		require.Empty(t, w.seenOn("/v1/payments/merchantAccept"), name)
	}
	for _, profile := range append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2()) {
		if profile.Products.Escrow != "" {
			continue
		}
		wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
		client, err := tradepay.NewClient(wallet.Config())
		require.NoError(t, err)
		require.ErrorIs(t, client.AcceptOrder(t.Context(), tradepay.OrderRef{PaymentID: "P1"}),
			tradepay.ErrNotSupported)
		_, err = client.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{ConfirmRequestID: "c", PaymentID: "P1"})
		require.ErrorIs(t, err, tradepay.ErrNotSupported)
		require.ErrorContains(t, err, profile.Name)
		require.Empty(t, wallet.Rejections())
		wallet.Close()
	}
}

// TestEscrowMeetsEveryFault: the money moves once, whatever happens to the answers, and a
// call that ends as unknown can be made again.
func TestEscrowMeetsEveryFault(t *testing.T) {
	t.Parallel()
	for _, fault := range []tradepaytest.FaultKind{
		tradepaytest.DropBefore, tradepaytest.DropAfter, tradepaytest.Status500, tradepaytest.Status500After,
		tradepaytest.HalfBody, tradepaytest.NotJSON, tradepaytest.Unsigned, tradepaytest.WrongKey,
		tradepaytest.WrongKeyVersion, tradepaytest.ForeignClientID, tradepaytest.SkewedClock, tradepaytest.Redirect,
		tradepaytest.GzipBomb, tradepaytest.UnknownThenSuccess, tradepaytest.UnknownAfter,
		tradepaytest.ReplayedResponse,
	} {
		for _, attempts := range []int{1, 3} {
			t.Run(fmt.Sprint(fault, attempts), func(t *testing.T) {
				t.Parallel()
				e := newEscrow(t, attempts)
				earlier, order := e.pay(t, "order-0"), e.pay(t, "order-1")
				require.NoError(t, again(func() error { return e.client.AcceptOrder(t.Context(), earlier) }))
				_, err := e.client.ConfirmOrder(t.Context(), confirmation("c-0", earlier))
				require.NoError(t, err)
				for _, call := range []func() error{
					func() error { return e.client.AcceptOrder(t.Context(), order) },
					func() error {
						_, err := e.client.ConfirmOrder(t.Context(), confirmation("c-1",
							order))
						return err
					},
				} {
					e.wallet.Inject(tradepaytest.Fault{Kind: fault, Times: attempts})
					err := call()
					require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
					require.NotErrorIs(t, err, tradepay.ErrRejected)
					e.wallet.Heal()
					require.NoError(t, again(call))
				}
				paid, ok := e.wallet.Payment("order-1")
				require.True(t, ok)
				require.Equal(t, tradepay.StatusSuccess, paid.Status)
				require.Equal(t, paid.Amount, paid.Captured)
				require.Equal(t, 1, paid.Charges)
			})
		}
	}
}

// TestAcceptedInOneSecond: the answers to two acceptances of one second are the same
// bytes. The second counts as a replay, and the retry tells that it is done.
func TestAcceptedInOneSecond(t *testing.T) {
	t.Parallel()
	e := newEscrow(t, 3)
	for i := range 5 {
		require.NoError(t, e.client.AcceptOrder(t.Context(), e.pay(t, fmt.Sprintf("order-%d", i))))
	}
}

// again calls once more after an unknown outcome, as the documentation advises.
func again(call func() error) error {
	err := call()
	if err != nil {
		err = call()
	}
	return err
}

type escrow struct {
	wallet *tradepaytest.Wallet
	client *tradepay.Client
}

func newEscrow(t *testing.T, attempts int) *escrow {
	t.Helper()
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.SuperQi()),
		tradepaytest.WithClock(func() time.Time { return now }))
	t.Cleanup(wallet.Close)
	client, err := tradepay.NewClient(configtest.With(wallet.Config(), func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{
			MaxAttempts: attempts, BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond,
			AttemptTimeout: time.Minute,
		}
		conf.Now = func() time.Time { return now }
		conf.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}))
	require.NoError(t, err)
	return &escrow{wallet, client}
}

// pay creates an order in escrow, which the payer pays.
func (e *escrow) pay(t *testing.T, id string) tradepay.OrderRef {
	t.Helper()
	order, err := e.client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: tradepay.Amount{Currency: "IQD", Value: 25_000_000}, Title: "Bicycle",
		ProductCode: wallets.SuperQiEscrow,
	})
	require.NoError(t, err)
	require.NoError(t, e.wallet.Pay(order.PaymentURL))
	return tradepay.OrderRef{PaymentID: order.PaymentID, PaymentRequestID: id}
}

func confirmation(id string, ref tradepay.OrderRef) *tradepay.ConfirmRequest {
	return &tradepay.ConfirmRequest{ConfirmRequestID: id, PaymentID: ref.PaymentID,
		PaymentRequestID: ref.PaymentRequestID}
}
