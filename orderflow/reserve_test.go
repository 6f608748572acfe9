package orderflow_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// state is the state of order-1.
func (s *shop) state() orderflow.State {
	s.t.Helper()
	o, err := s.flow.Get(s.t.Context(), "order-1")
	require.NoError(s.t, err)
	return o.State
}

// TestReservedIsLearnedByAsking: no wallet notifies of a reservation. The flow asks.
func TestReservedIsLearnedByAsking(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o, err := s.flow.Create(t.Context(), s.reservation("order-1"))
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		s.goOn(10 * time.Second)
		require.Equal(t, orderflow.StateAuthorized, s.state())
		require.Equal(t, 1, s.flow.Health(t.Context()).Reserved)
		same, err := s.flow.Create(t.Context(), s.reservation("order-1"))
		require.NoError(t, err)
		require.Equal(t, orderflow.StateAuthorized, same.State)
	})
}

// TestReservedByAgreement: the answer to pay says that the amount is reserved, and names no
// order: the wallet is asked at once.
func TestReservedByAgreement(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		token, err := s.client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("user-1")})
		require.NoError(t, err)
		req := s.reservation("order-1")
		req.PaymentAuthCode = token.AccessToken
		o, err := s.flow.Create(ctx, req)
		require.NoError(t, err)
		require.Equal(t, orderflow.StateAuthorized, o.State)
		require.NoError(t, s.settle("last"))
		require.NoError(t, s.flow.Work(ctx))
		s.ended("order-1", orderflow.StateFulfilled, 300)
	})
}

// TestReservationEnds: before its time is over a person is told, and when it is, the order
// ends as the wallet says.
func TestReservationEnds(t *testing.T) {
	for name, test := range map[string]struct {
		part  int64
		state orderflow.State
	}{"nothing captured": {0, orderflow.StateExpired}, "a part captured": {300, orderflow.StateFulfilled}} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				until := s.reserved("order-1").AuthorizedUntil
				if test.part > 0 {
					_, err := s.capturePart("order-1", "c1", test.part)
					require.NoError(t, err)
				}
				for range 5 {
					s.goOn(24 * time.Hour)
				}
				require.Empty(t, s.alarmKinds())
				s.goOn(until.Sub(s.clock.now()) - 23*time.Hour)
				require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmReserved}, s.alarmKinds())
				require.Equal(t, orderflow.StateAuthorized, s.state())
				s.goOn(24 * time.Hour)
				require.NoError(t, s.flow.Work(t.Context()))
				s.ended("order-1", test.state, test.part)
			})
		})
	}
}

// TestReservationWithoutAnEnd: a wallet that does not say until when, or does not end it in
// time, is asked on, and a person is told.
func TestReservationWithoutAnEnd(t *testing.T) {
	for name, until := range map[string]string{"untold": "", "in the past": "2026-01-01T00:00:00Z"} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
					if op != wire.OpInquiryPayment {
						return nil
					}
					if delete(body, "authExpiryTime"); until != "" {
						body["authExpiryTime"] = until
					}
					return nil
				}})
				o, err := s.flow.Create(t.Context(), s.reservation("order-1"))
				require.NoError(t, err)
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				s.goOn(10 * time.Second)
				for range 3 {
					s.goOn(25 * time.Hour)
					require.NoError(t, s.flow.Work(t.Context()))
				}
				require.Contains(t, s.alarmKinds(), orderflow.AlarmReserved)
				require.Less(t, len(s.alarmKinds()), 4, "at most once a day")
				require.Equal(t, orderflow.StateAuthorized, s.state())
				require.NoError(t, s.settle("void"))
				s.ended("order-1", orderflow.StateCancelled, 0)
			})
		})
	}
}

// as gives the flow a client whose profile has these hooks.
func (s *shop) as(t *testing.T, hooks shaper.Hooks) {
	t.Helper()
	s.withProfile(t, func(profile *wire.Profile) { profile.Shaper = hooks })
}

func (s *shop) withProfile(t *testing.T, change func(*wire.Profile)) {
	t.Helper()
	client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(c *tradepay.Config) {
		c.Now, c.Retry = s.clock.now, tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
		change(&c.Wallet)
	}))
	require.NoError(t, err)
	s.client, s.config.Client = client, client
	s.open()
}

// namesNothing is a wallet that calls a payment SUCCESS as soon as told says so, and never
// names what was captured.
func namesNothing(told *bool) shaper.Hooks {
	return shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
		if op == wire.OpInquiryPayment && *told {
			delete(body, "transactions")
			body["paymentStatus"] = "SUCCESS"
		}
		return nil
	}}
}

// TestUntoldCaptures: a wallet calls a reservation paid, and does not say what was captured
// of it. The goods of a charge that nobody knows stay here until a person has looked.
func TestUntoldCaptures(t *testing.T) {
	for name, test := range map[string]struct {
		before   int64 // captured in a part before
		value    int64 // of the last capture, which the wallet rejects; 0 for all that is left
		captured int64 // what the order notes
		shipped  int
	}{
		"a part before, and all that was left": {600, 0, 600, 0},
		"a part before, and less than is left": {600, 100, 600, 0},
		"all at once":                          {0, 0, 1050, 1},
		"a part alone":                         {0, 300, 300, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx, told := t.Context(), false
				s.as(t, namesNothing(&told))
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				s.reserved("order-1")
				if test.before > 0 {
					_, err := s.capturePart("order-1", "c0", test.before)
					require.NoError(t, err)
				}
				told = true
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCapture, Times: -1})
				_, _ = s.capture("order-1", "c1", test.value)
				for range 4 {
					s.goOn(25 * time.Hour)
				}
				o, err := s.flow.Get(ctx, "order-1")
				require.NoError(t, err)
				require.Equal(t, test.captured, o.Captured.Value)
				require.Equal(t, test.shipped, s.shipments("order-1"))
				if test.shipped == 0 {
					require.Equal(t, orderflow.StatePaid, o.State)
					require.False(t, o.ParkedAt.IsZero())
					require.Contains(t, s.alarmKinds(), orderflow.AlarmContradiction)
				}
			})
		})
	}
}

// TestUntoldAfterRestore: a restore has lost the captures, and the wallet names none.
func TestUntoldAfterRestore(t *testing.T) {
	for name, noted := range map[string]int64{"nothing noted": 0, "a part noted": 300} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx, told := t.Context(), false
				s.as(t, namesNothing(&told))
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.reserved("order-1")
				if noted > 0 {
					_, err := s.capturePart("order-1", "c0", noted)
					require.NoError(t, err)
				}
				_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "forgotten",
					PaymentRequestID: o.ID, PaymentID: o.PaymentID, Amount: usd(100)})
				require.NoError(t, err)
				told = true
				s.clock.advance(10 * time.Second)
				s.config.Restored = s.clock.now()
				s.config.Fulfilled = func(context.Context, orderflow.Fulfilment) (bool, error) { return false, nil }
				s.open()
				s.goOn(25 * time.Hour)
				s.goOn(25 * time.Hour)
				o, err = s.flow.Get(ctx, "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StatePaid, o.State)
				require.False(t, o.ParkedAt.IsZero(), "a person looks")
				require.Zero(t, s.shipments("order-1"))
			})
		})
	}
}

// TestCapturedElsewhereToTheEnd: what was captured by hand, up to the whole, ends the
// reservation. A person looks, though the wallet still calls it reserved.
func TestCapturedElsewhereToTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpInquiryPayment && body["paymentStatus"] == "SUCCESS" {
				body["paymentStatus"] = "AUTH_SUCCESS"
			}
			return nil
		}})
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.reserved("order-1")
		_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "by-hand", PaymentID: o.PaymentID})
		require.NoError(t, err)
		s.goOn(25 * time.Hour)
		o, err = s.flow.Get(ctx, "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		require.Equal(t, usd(1050), o.Captured)
		require.False(t, o.ParkedAt.IsZero())
		require.Zero(t, s.shipments("order-1"))
	})
}

// TestLateReservationSaysTheSum: an order was closed, and then charged by hand. The alarm
// tells the person who decides how much.
func TestLateReservationSaysTheSum(t *testing.T) {
	for name, test := range map[string]struct {
		untold bool
		want   string
	}{
		"named":  {false, "3.00 USD of 10.50 USD was captured"},
		"untold": {true, "the wallet does not say what was captured"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.as(t, namesNothing(&test.untold))
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o, err := s.flow.Create(ctx, s.reservation("order-1"))
				require.NoError(t, err)
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				_, err = s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "by-hand",
					PaymentRequestID: o.ID, Amount: usd(300)})
				require.NoError(t, err)
				_, err = s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET state = 'expired', next_at = 0`)
				require.NoError(t, err)
				s.goOn(time.Second)
				var reasons []string
				for _, alarm := range s.storedAlarms() {
					if alarm.Kind == orderflow.AlarmLate {
						reasons = append(reasons, alarm.Reason)
					}
				}
				require.Len(t, reasons, 1)
				require.Contains(t, reasons[0], test.want)
				require.Zero(t, s.shipments("order-1"))
			})
		})
	}
}

// TestHeldMoneyIsNoPayment: an order whose product code only holds the money is rejected
// before it is stored.
func TestHeldMoneyIsNoPayment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.withProfile(t, func(profile *wire.Profile) {
			profile.Products = wire.Products{Cashier: "PAY", Authorize: "HOLD", Agreement: "AGREE", Escrow: "ESCROW"}
		})
		for code, want := range map[string]error{
			"": nil, "PAY": nil, "AGREE": nil, "OTHER": nil,
			"HOLD": tradepay.ErrInvalidRequest, "ESCROW": tradepay.ErrInvalidRequest,
		} {
			req := s.request("order-" + code)
			req.ProductCode = code
			_, err := s.flow.Create(ctx, req)
			if want == nil {
				require.NotErrorIs(t, err, tradepay.ErrInvalidRequest)
				continue
			}
			require.ErrorIs(t, err, want)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, "ProductCode", field.Field)
			require.NotEmpty(t, field.Remedy)
			_, err = s.flow.Get(ctx, req.PaymentRequestID)
			require.ErrorIs(t, err, orderflow.ErrNotFound)
		}
		for value, want := range map[any]bool{true: false, "true": false, false: true} {
			req := s.request(fmt.Sprint("factor-", value))
			req.Extra = map[string]any{"paymentFactor": map[string]any{"isAuthorizationPayment": value}}
			_, err := s.flow.Create(ctx, req)
			require.Equal(t, want, err == nil, value)
			if !want {
				require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			}
		}
		req := s.reservation("reserved")
		req.ProductCode = "HOLD"
		_, err := s.flow.Create(ctx, req)
		require.NoError(t, err)
	})
}

// TestPaidEarly: some wallets call a payment SUCCESS as soon as a part is captured. The order
// is not paid before its reservation has ended.
func TestPaidEarly(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			list, _ := body["transactions"].([]any)
			if op == wire.OpInquiryPayment && len(list) > 1 {
				body["paymentStatus"] = "SUCCESS"
			}
			return nil
		}})
		s.reserved("order-1")
		require.NoError(t, s.settle("part"))
		s.goOn(25 * time.Hour)
		require.Equal(t, orderflow.StateAuthorized, s.state())
		require.Zero(t, s.shipments("order-1"), "more follows")
		_, err := s.capture("order-1", "c2", 450)
		require.NoError(t, err)
		require.NoError(t, s.flow.Work(t.Context()))
		s.ended("order-1", orderflow.StateFulfilled, 750)
		require.Empty(t, s.storedAlarms())
	})
}

// TestNotifiedOverTheWhole: a notification says SUCCESS over what was reserved, whatever was
// captured of it. It moves nothing; the wallet is asked.
func TestNotifiedOverTheWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.reserved("order-1")
		require.NoError(t, s.settle("part"))
		n := paid(o.ID, o.PaymentID, 1050)
		require.NoError(t, s.flow.Receive(ctx, n), "before its time")
		s.goOn(time.Second)
		require.Equal(t, orderflow.StateAuthorized, s.state())
		cancelled := *n
		cancelled.Status = tradepay.StatusCancelled
		require.NoError(t, s.flow.Receive(ctx, &cancelled), "which nobody can know")
		s.goOn(time.Second)
		require.Equal(t, orderflow.StateAuthorized, s.state())
		require.NoError(t, s.wallet.Expire(o.ID))
		o, err := s.flow.Get(ctx, o.ID)
		require.NoError(t, err)
		n.Transactions = []tradepay.Transaction{} // another notification
		n.FailReason = ""
		require.NoError(t, s.flow.Receive(ctx, n))
		s.goOn(25 * time.Hour)
		require.NoError(t, s.flow.Work(ctx))
		s.ended(o.ID, orderflow.StateFulfilled, 300)
	})
}

// TestReservedLate: what is reserved after its order was closed is voided, by the policy
// or because the order was to be cancelled; otherwise a person decides.
func TestReservedLate(t *testing.T) {
	for name, test := range map[string]struct {
		policy    orderflow.LatePolicy
		cancelled bool
		want      orderflow.State
	}{
		"report":                {orderflow.LateReport, false, orderflow.StateAuthorized},
		"refund":                {orderflow.LateRefund, false, orderflow.StateCancelled},
		"cancelled, and report": {orderflow.LateReport, true, orderflow.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.config.Late = test.policy
				s.open()
				o, err := s.flow.Create(ctx, s.reservation("order-1"))
				require.NoError(t, err)
				wanted := "NULL"
				if test.cancelled {
					wanted = "created_at"
				}
				_, err = s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders
					SET state = 'expired', next_at = 0, cancel_requested_at = `+wanted)
				require.NoError(t, err)
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				s.goOn(time.Second)
				require.Contains(t, s.alarmKinds(), orderflow.AlarmLate)
				s.goOn(10 * time.Second)
				require.Equal(t, test.want, s.state())
				if test.want == orderflow.StateAuthorized {
					require.NoError(t, s.settle("void"))
				}
				s.ended("order-1", orderflow.StateCancelled, 0)
			})
		})
	}
}

// TestCancelOfAReservation is a void, also if the amount was reserved while the cancel
// was under way.
func TestCancelOfAReservation(t *testing.T) {
	for name, prepare := range map[string]func(*shop){
		"known":      func(s *shop) { s.reserved("order-1") },
		"in between": func(s *shop) { s.reserve() },
		"in between, and the wallet cancels no reservation": func(s *shop) {
			s.reserve()
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCancel, Times: -1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				prepare(s)
				o, err := s.flow.Cancel(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StateCancelled, o.State)
				s.ended("order-1", orderflow.StateCancelled, 0)
				o, err = s.flow.Cancel(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StateCancelled, o.State)
				o, err = s.flow.Void(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StateCancelled, o.State)
			})
		})
	}
}

// reserve has the payer reserve order-1, of which the flow has not heard.
func (s *shop) reserve() {
	s.t.Helper()
	o, err := s.flow.Create(s.t.Context(), s.reservation("order-1"))
	require.NoError(s.t, err)
	require.NoError(s.t, s.wallet.Pay(o.PaymentURL))
}

// TestNoVoid: where the wallet has no void, its cancel releases a reservation of which
// nothing was captured.
func TestNoVoid(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.withProfile(t, func(profile *wire.Profile) {
			profile.Routes.Unsupported = map[wire.Operation]string{wire.OpVoid: "https://wallet.example/docs"}
		})
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Times: -1})
		require.ErrorIs(t, s.settle("void"), tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		s.goOn(time.Minute)
		s.ended("order-1", orderflow.StateCancelled, 0)
		var cancels int
		require.NoError(t, s.db.SQL().QueryRowContext(t.Context(),
			`SELECT cancels FROM orderflow_orders WHERE id = 'order-1'`).Scan(&cancels))
		require.Positive(t, cancels, "what is paid later may be given back by them")

		s.reserved("order-2")
		_, err := s.capturePart("order-2", "c1", 300)
		require.NoError(t, err)
		_, err = s.flow.Void(t.Context(), "order-2")
		require.ErrorIs(t, err, tradepay.ErrNotSupported)
		_, err = s.capture("order-2", "c2", 1)
		require.NoError(t, err)
		require.NoError(t, s.flow.Work(t.Context()))
		s.ended("order-2", orderflow.StateFulfilled, 301)
	})
}

// TestCapturedElsewhere: what was captured by hand is noted as it is, and told; nothing is
// shipped for it before a person has looked.
func TestCapturedElsewhere(t *testing.T) {
	for name, test := range map[string]struct {
		value   int64 // 0 for all
		partial bool
	}{"all": {0, false}, "a part, as the last": {300, false}, "a part": {300, true}} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.reserved("order-1")
				req := &tradepay.CaptureRequest{CaptureRequestID: "by-hand", PaymentID: o.PaymentID,
					Partial: test.partial}
				captured := int64(1050)
				if test.value > 0 {
					req.Amount, captured = usd(test.value), test.value
				}
				_, err := s.client.Capture(ctx, req)
				require.NoError(t, err)
				s.goOn(25 * time.Hour)
				require.Contains(t, s.alarmKinds(), orderflow.AlarmContradiction)
				require.Zero(t, s.shipments("order-1"))
				o, err = s.flow.Get(ctx, "order-1")
				require.NoError(t, err)
				require.Equal(t, usd(captured), o.Captured)
				if test.partial {
					require.Equal(t, orderflow.StateAuthorized, o.State)
					_, err := s.capture("order-1", "c2", 100)
					require.NoError(t, err)
					captured += 100
				} else {
					require.False(t, o.ParkedAt.IsZero())
					_, err := s.flow.Retry(ctx, "order-1")
					require.NoError(t, err)
				}
				require.NoError(t, s.flow.Work(ctx))
				s.ended("order-1", orderflow.StateFulfilled, captured)
			})
		})
	}
}

// TestReservedForAPayment: an order that asked for a payment is not reserved.
func TestReservedForAPayment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpInquiryPayment && body["paymentStatus"] == "SUCCESS" {
				body["paymentStatus"] = "AUTH_SUCCESS"
			}
			return nil
		}})
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		s.goOn(time.Minute)
		require.Equal(t, orderflow.StatePending, s.state())
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmContradiction}, s.alarmKinds())
	})
}

// TestGivenBackAfterCapture: what the wallet gives back of a capture before the goods go out
// keeps them here.
func TestGivenBackAfterCapture(t *testing.T) {
	for name, test := range map[string]struct {
		back  int64
		state orderflow.State
	}{"all of it": {300, orderflow.StateRefunded}, "a part": {100, orderflow.StatePaid}} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				s.reserved("order-1")
				require.NoError(t, s.settle("last"))
				s.clock.advance(2 * time.Minute)
				require.NoError(t, s.wallet.Refund("order-1", usd(test.back)))
				require.NoError(t, s.flow.Work(t.Context()))
				o := s.ended("order-1", test.state, 300)
				require.Equal(t, usd(test.back), o.Refunded)
				require.Contains(t, s.alarmKinds(), orderflow.AlarmGivenBack)
			})
		})
	}
}

// TestCaptureAfterRestore: what a restore has lost is neither captured nor counted twice, and
// not shipped twice.
func TestCaptureAfterRestore(t *testing.T) {
	for name, test := range map[string]struct {
		forgotten []string // captures of 3.00 each
		again     string   // what the merchant then asks for; after a question with "asked, "
		state     orderflow.State
		captured  int64
	}{
		"the same again, as part":    {[]string{"part"}, "part", orderflow.StateAuthorized, 300},
		"asked, then the same again": {[]string{"part"}, "asked, part", orderflow.StateAuthorized, 300},
		"the same again, as last":    {[]string{"last"}, "last", orderflow.StateFulfilled, 300},
		"one of two again":           {[]string{"part", "last"}, "part", orderflow.StateFulfilled, 600},
		"a void after a capture":     {[]string{"part"}, "void", orderflow.StateFulfilled, 300},
		"nothing, and it is paid":    {[]string{"last"}, "", orderflow.StateFulfilled, 300},
		"nothing, and more may come": {[]string{"part"}, "", orderflow.StateAuthorized, 300},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.reserved("order-1")
				for _, kind := range test.forgotten {
					_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "c-" + kind,
						PaymentRequestID: o.ID, PaymentID: o.PaymentID, Amount: usd(300), Partial: kind == "part"})
					require.NoError(t, err)
				}
				s.clock.advance(10 * time.Second)
				s.config.Restored = s.clock.now()
				s.config.Fulfilled = func(context.Context, orderflow.Fulfilment) (bool, error) { return false, nil }
				s.open()
				again, asked := strings.CutPrefix(test.again, "asked, ")
				if asked {
					s.goOn(25 * time.Hour)
				}
				if again != "" {
					require.NoError(t, s.settle(again))
				}
				s.goOn(25 * time.Hour)
				require.NoError(t, s.flow.Work(ctx))
				p, _ := s.wallet.Payment("order-1")
				require.Equal(t, test.captured, p.Captured.Value)
				if test.state != orderflow.StateAuthorized {
					s.ended("order-1", test.state, test.captured)
					return
				}
				o, err := s.flow.Get(ctx, "order-1")
				require.NoError(t, err)
				require.Equal(t, test.state, o.State)
				require.Equal(t, test.captured, o.Captured.Value)
			})
		})
	}
}

// TestAuditOfReservations names what differs.
func TestAuditOfReservations(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		byHand := func(o *orderflow.Order) {
			_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "by hand of " + o.ID,
				PaymentID: o.PaymentID, Amount: usd(300), Partial: true})
			require.NoError(t, err)
		}
		set := func(id, query string) {
			_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET `+query+` WHERE id = $1`, id)
			require.NoError(t, err)
		}
		s.reserved("agrees")
		byHand(s.reserved("captured by hand"))
		s.reserved("closed here")
		set("closed here", "state = 'cancelled'")
		s.reserved("ended there")
		require.NoError(t, s.wallet.Expire("ended there"))
		o, err := s.flow.Create(ctx, s.reservation("open here"))
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		s.reserved("captured less")
		_, err = s.capture("captured less", "c1", 300)
		require.NoError(t, err)
		set("captured less", "captured = 100")
		_, err = s.client.CreateOrder(ctx, s.reservation("gone"))
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay("gone"))

		found, err := s.flow.Audit(ctx, orderflow.AuditOptions{Pause: time.Millisecond, IDs: []string{"gone"}})
		require.NoError(t, err)
		kinds := map[string]orderflow.AuditKind{}
		for _, f := range found {
			kinds[f.ID] = f.Kind
			require.NotEmpty(t, f.Todo, f.ID)
			require.NotEmpty(t, f.Detail, f.ID)
		}
		require.Equal(t, map[string]orderflow.AuditKind{
			"captured by hand": orderflow.AuditReserved, "closed here": orderflow.AuditReserved,
			"ended there": orderflow.AuditReserved, "open here": orderflow.AuditReserved,
			"captured less": orderflow.AuditAmount, "gone": orderflow.AuditMissing,
		}, kinds)
	})
}

// TestReportOfReservations: what is overdue is listed.
func TestReportOfReservations(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.reserved("order-1")
		report, err := s.flow.Report(ctx, s.clock.now().Add(-time.Hour), s.clock.now().Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, report.Overdue)
		require.Equal(t, 1, report.Counts[orderflow.StateAuthorized])
		s.clock.advance(8 * 24 * time.Hour)
		report, err = s.flow.Report(ctx, s.clock.now().Add(-time.Hour), s.clock.now())
		require.NoError(t, err)
		require.Len(t, report.Overdue, 1)
	})
}

// TestReservedNotFound: a wallet that does not know what it had reserved is told of.
func TestReservedNotFound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.reserved("order-1")
		other := tradepaytest.NewWallet(tradepaytest.WithClock(s.clock.now))
		t.Cleanup(other.Close)
		client, err := tradepay.NewClient(configtest.With(other.Config(), func(c *tradepay.Config) {
			c.Now = s.clock.now
		}))
		require.NoError(t, err)
		s.config.Client = client
		s.open()
		s.goOn(25 * time.Hour)
		require.Equal(t, orderflow.StateAuthorized, s.state())
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmContradiction}, s.alarmKinds())
		found, err := s.flow.Audit(t.Context(), orderflow.AuditOptions{Pause: time.Millisecond})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, orderflow.AuditReserved, found[0].Kind)
	})
}
