package tradepay_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// stage is a client of a test wallet with a payment in the state that the
// operation needs.
type stage struct {
	wallet *tradepaytest.Wallet
	client *tradepay.Client
	id     string // of this run: two runs make requests that differ
	order  *tradepay.Order
	code   string // from my.getAuthCode
	token  string
}

// operation is one call of the client: prepare makes what the call needs, and call
// makes the call itself.
type operation struct {
	op      wire.Operation
	prepare func(context.Context, *stage) error
	call    func(context.Context, *stage) error
	// once says that the wallet takes the request once: after a lost answer
	// the same call is refused.
	once bool
	// blind says that the answer holds nothing of its own, so that another
	// request's answer cannot be told from it.
	blind bool
}

func operations() []operation {
	amount := tradepay.Amount{Currency: "USD", Value: 1050}
	pay := func(ctx context.Context, s *stage) (err error) {
		s.order, err = s.client.CreateOrder(ctx,
			&tradepay.CreateOrderRequest{PaymentRequestID: "order-" + s.id, Amount: amount, Title: "Two coffees"})
		return err
	}
	paid := func(ctx context.Context, s *stage) error {
		return errors.Join(pay(ctx, s), s.wallet.Pay("order-"+s.id))
	}
	reserved := func(ctx context.Context, s *stage) (err error) {
		s.order, err = s.client.CreateOrder(ctx,
			&tradepay.CreateOrderRequest{PaymentRequestID: "order-" + s.id, Amount: amount,
				Title: "Deposit", Authorize: true})
		return errors.Join(err, s.wallet.Pay("order-"+s.id))
	}
	refund := func(ctx context.Context, s *stage) error {
		_, err := s.client.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "refund-" + s.id,
			PaymentRequestID: "order-" + s.id, Amount: amount})
		return err
	}
	apply := func(ctx context.Context, s *stage) error {
		if s.code == "" { // a retry has the same
			s.code = s.wallet.AuthCode("user-" + s.id)
		}
		token, err := s.client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: s.code})
		if err == nil {
			s.token = token.AccessToken
		}
		return err
	}
	return []operation{
		{op: wire.OpPay, call: pay},
		{op: wire.OpInquiryPayment, prepare: paid, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-" + s.id})
			return err
		}},
		{op: wire.OpCancel, prepare: pay, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.CancelOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-" + s.id})
			return err
		}},
		{op: wire.OpRefund, prepare: paid, call: refund},
		{op: wire.OpInquiryRefund, prepare: func(ctx context.Context, s *stage) error {
			return errors.Join(paid(ctx, s), refund(ctx, s))
		}, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: "refund-" + s.id})
			return err
		}},
		{op: wire.OpCapture, prepare: reserved, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "capture-" + s.id,
				PaymentID: s.order.PaymentID})
			return err
		}},
		{op: wire.OpVoid, prepare: reserved, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.Void(ctx, &tradepay.VoidRequest{VoidRequestID: "void-" + s.id,
				PaymentID: s.order.PaymentID})
			return err
		}},
		{op: wire.OpApplyToken, call: apply, once: true},
		{op: wire.OpCancelToken, prepare: apply, call: func(ctx context.Context, s *stage) error {
			return s.client.CancelToken(ctx, s.token)
		}, once: true, blind: true},
		{op: wire.OpPrepare, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.Prepare(ctx, &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY", State: s.id})
			return err
		}},
		{op: wire.OpUserInfo, prepare: apply, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.UserInfo(ctx, s.token)
			return err
		}},
		{op: wire.OpSendMessage, prepare: apply, call: func(ctx context.Context, s *stage) error {
			_, err := s.client.SendMessage(ctx, &tradepay.MessageRequest{
				RequestID: "message-" + s.id, AccessToken: s.token, TemplateCode: tradepaytest.DefaultTemplate,
				Parameters: map[string]map[string]string{"en-US": {"name": "Ana"}},
			})
			return err
		}},
	}
}

// in reports whether the dialect has the operation.
func (o operation) in(profile wire.Profile) bool { return profile.Path(o.op) != "" }

// TestEveryOperationMeetsEveryFault: in both dialects, an answer that is lost, broken,
// forged or late means unknown, never rejected and never success. Once the wallet
// works again, the same call ends right.
func TestEveryOperationMeetsEveryFault(t *testing.T) {
	t.Parallel()
	type expected struct {
		kind   tradepaytest.FaultKind
		status int                      // HTTP, as the client saw it
		reason tradepay.SignatureReason // if the answer was not believed
		done   bool                     // the wallet had done the work
	}
	faults := []expected{
		{tradepaytest.DropBefore, 0, "", false}, {tradepaytest.DropAfter, 0, "", true},
		{tradepaytest.Status500, 500, tradepay.ReasonMissingHeader, false},
		{tradepaytest.Status500After, 500, tradepay.ReasonMissingHeader, true},
		{tradepaytest.Status429, 429, tradepay.ReasonMissingHeader, false}, {tradepaytest.Slow, 0, "", true},
		{tradepaytest.HalfBody, 200, "", true}, {tradepaytest.NotJSON, 200, tradepay.ReasonMissingHeader, true},
		{tradepaytest.Unsigned, 200, tradepay.ReasonMissingHeader, true},
		{tradepaytest.WrongKey, 200, tradepay.ReasonMismatch, true},
		{tradepaytest.WrongKeyVersion, 200, tradepay.ReasonKeyVersion, true},
		{tradepaytest.ForeignClientID, 200, tradepay.ReasonClientID, true},
		{tradepaytest.SkewedClock, 200, tradepay.ReasonTime, true}, {tradepaytest.ReplayedResponse, 200, "", true},
		{tradepaytest.Redirect, 302, tradepay.ReasonMissingHeader, false},
		{tradepaytest.GzipBomb, 200, tradepay.ReasonContentEncoding, true},
		{tradepaytest.UnknownThenSuccess, 200, "", false}, {tradepaytest.UnknownAfter, 200, "", true},
	}
	met := 0
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		for _, o := range operations() {
			for _, fault := range faults {
				if !o.in(profile) || o.blind && fault.kind == tradepaytest.ReplayedResponse {
					continue
				}
				met++
				t.Run(fmt.Sprintf("%s/%s/%s", profile.Name, o.op, fault.kind), func(t *testing.T) {
					t.Parallel()
					impatient, cancel := context.WithCancel(t.Context())
					defer cancel()
					wallet := tradepaytest.NewWallet(tradepaytest.As(profile),
						tradepaytest.WithObserver(func(e tradepaytest.Event) {
							if e.Name == "Fault injected" && fault.kind == tradepaytest.Slow {
								// The request is there and gets processed; its answer will not come.
								time.AfterFunc(time.Second, cancel)
							}
						}))
					t.Cleanup(wallet.Close)
					client, err := tradepay.NewClient(configtest.With(wallet.Config(),
						func(conf *tradepay.Config) {
							conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1, AttemptTimeout: 5 * time.Minute}
						},
						func(conf *tradepay.Config) {
							conf.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
						}))
					require.NoError(t, err)
					earlier := &stage{wallet: wallet, client: client, id: "1"} // whose answers can be replayed
					s := &stage{wallet: wallet, client: client, id: "2"}
					for _, s := range []*stage{earlier, s} {
						if o.prepare != nil {
							require.NoError(t, o.prepare(t.Context(), s))
						}
					}
					require.NoError(t, o.call(t.Context(), earlier))
					for range 2 { // an inquiry may have to be replayed, too
						_, _ = client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
						_, _ = client.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "refund-1"})
					}

					f, ctx := tradepaytest.Fault{Kind: fault.kind, Times: -1}, t.Context()
					if fault.kind == tradepaytest.Slow {
						f.Delay, ctx = time.Hour, impatient
					}
					wallet.Inject(f)
					err = o.call(ctx, s)
					require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
					for _, verdict := range []error{tradepay.ErrRejected, tradepay.ErrUnauthorized,
						tradepay.ErrOrderNotFound, tradepay.ErrIdempotencyMismatch} {
						require.NotErrorIs(t, err, verdict)
					}
					var api *tradepay.APIError
					require.ErrorAs(t, err, &api)
					require.Equal(t, o.op, api.Op)
					require.Equal(t, fault.status, api.HTTPStatus)
					require.False(t, api.NotSent)
					var refused *tradepay.SignatureError
					switch {
					case fault.reason != "":
						require.ErrorAs(t, err, &refused)
						require.Equal(t, fault.reason, refused.Reason)
					case fault.kind == tradepaytest.ReplayedResponse:
						require.ErrorAs(t, err, &refused)
						require.Contains(t, []tradepay.SignatureReason{tradepay.ReasonReplay,
							tradepay.ReasonOtherReference}, refused.Reason)
					default:
						require.NotErrorIs(t, err, tradepay.ErrSignature)
					}

					wallet.Heal()
					err = o.call(t.Context(), s)
					if o.once && fault.done {
						require.ErrorIs(t, err, tradepay.ErrRejected)
						return
					}
					require.NoError(t, err)
				})
			}
		}
	}
	t.Logf("measured: %d operations met a fault each, in two dialects", met)
}

// TestEveryOperationSucceeds is the same without faults, and with the wallet's
// keys rotated half-way.
func TestEveryOperationSucceeds(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		for _, o := range operations() {
			if !o.in(profile) {
				continue
			}
			t.Run(profile.Name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
				t.Cleanup(wallet.Close)
				client, err := tradepay.NewClient(wallet.Config())
				require.NoError(t, err)
				for _, id := range []string{"1", "2"} {
					s := &stage{wallet: wallet, client: client, id: id}
					if o.prepare != nil {
						require.NoError(t, o.prepare(t.Context(), s))
					}
					require.NoError(t, o.call(t.Context(), s))
					wallet.RotateKeys()
				}
				require.Empty(t, wallet.Rejections())
			})
		}
	}
}

// TestLostPayIsInquiredWithItsSite: v1 wallets want the site's name with every call,
// and only the request may have it.
func TestLostPayIsInquiredWithItsSite(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.PlatformV1()))
	t.Cleanup(wallet.Close)
	config := wallet.Config()
	site := config.SiteName
	config.SiteName = ""
	client, err := tradepay.NewClient(configtest.With(config, func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1}
	}))
	require.NoError(t, err)
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
	_, err = client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: "order-1", Title: "Coffee",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}, SiteName: site})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "the wallet has the payment", "the inquiry was understood")
	require.Empty(t, wallet.Rejections())
}
