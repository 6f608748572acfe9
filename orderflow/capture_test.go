package orderflow_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// reservation is a request that reserves 10.50.
func (s *shop) reservation(id string) *tradepay.CreateOrderRequest {
	req := s.request(id)
	req.Authorize = true
	return req
}

// reserved creates an order whose amount the payer has reserved.
func (s *shop) reserved(id string) *orderflow.Order {
	s.t.Helper()
	o, err := s.flow.Create(s.t.Context(), s.reservation(id))
	require.NoError(s.t, err)
	require.NoError(s.t, s.wallet.Pay(o.PaymentURL))
	s.clock.advance(2 * time.Second)
	o, err = s.flow.Refresh(s.t.Context(), id)
	require.NoError(s.t, err)
	require.Equal(s.t, orderflow.StateAuthorized, o.State)
	require.False(s.t, o.AuthorizedUntil.IsZero())
	require.False(s.t, o.NextAt.IsZero())
	return o
}

// capture is the last capture of an order; 0 for all that is reserved.
func (s *shop) capture(orderID, id string, value int64) (*orderflow.Capture, error) {
	req := orderflow.CaptureRequest{ID: id}
	if value != 0 {
		req.Amount = usd(value)
	}
	return s.flow.Capture(s.t.Context(), orderID, req)
}

// capturePart is a capture after which more follow.
func (s *shop) capturePart(orderID, id string, value int64) (*orderflow.Capture, error) {
	return s.flow.Capture(s.t.Context(), orderID, orderflow.CaptureRequest{ID: id, Amount: usd(value), Partial: true})
}

// goOn lets so much time pass, and the flow work.
func (s *shop) goOn(d time.Duration) {
	s.t.Helper()
	s.clock.advance(d)
	require.NoError(s.t, s.flow.Sweep(s.t.Context()))
	require.NoError(s.t, s.flow.Work(s.t.Context()))
}

// ended holds what became of a reservation against the wallet's books.
func (s *shop) ended(id string, state orderflow.State, captured int64) *orderflow.Order {
	s.t.Helper()
	o, err := s.flow.Get(s.t.Context(), id)
	require.NoError(s.t, err)
	p, _ := s.wallet.Payment(id)
	require.Equal(s.t, state, o.State, "the wallet has it %s", p.Status)
	require.Equal(s.t, captured, o.Captured.Value)
	require.Equal(s.t, captured, p.Captured.Value, "at the wallet")
	require.NotEqual(s.t, tradepay.StatusAuthorized, p.Status, "a reservation without an end")
	shipped := 0
	if state == orderflow.StateFulfilled {
		shipped = 1
	}
	require.Equal(s.t, shipped, s.shipments(id))
	if shipped == 1 {
		s.mu.Lock()
		defer s.mu.Unlock()
		last := s.shipped[len(s.shipped)-1]
		require.Equal(s.t, usd(captured), last.Amount, "Fulfil sees what was captured")
		require.Equal(s.t, usd(captured), last.Order.Captured)
	}
	return o
}

// TestCapture plays every way in which a reservation can be used up.
func TestCapture(t *testing.T) {
	part, last, void := "part", "last", "void"
	for name, test := range map[string]struct {
		steps    []string
		values   []int64
		state    orderflow.State
		captured int64
	}{
		"all":                       {[]string{last}, []int64{0}, orderflow.StateFulfilled, 1050},
		"all, in so many words":     {[]string{last}, []int64{1050}, orderflow.StateFulfilled, 1050},
		"a part and no more":        {[]string{last}, []int64{300}, orderflow.StateFulfilled, 300},
		"three parts":               {[]string{part, part, last}, []int64{300, 9, 741}, orderflow.StateFulfilled, 1050},
		"in parts, not all":         {[]string{part, last}, []int64{300, 300}, orderflow.StateFulfilled, 600},
		"in parts that use it up":   {[]string{part, part}, []int64{300, 750}, orderflow.StateFulfilled, 1050},
		"a part, then what is left": {[]string{part, last}, []int64{300, 0}, orderflow.StateFulfilled, 1050},
		"nothing":                   {[]string{void}, []int64{0}, orderflow.StateCancelled, 0},
		"a part, then nothing":      {[]string{part, void}, []int64{300, 0}, orderflow.StateFulfilled, 300},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.reserved("order-1")
				for i, step := range test.steps {
					if step == void {
						_, err := s.flow.Void(t.Context(), "order-1")
						require.NoError(t, err)
						continue
					}
					require.Zero(t, s.shipments("order-1"), "more follows")
					capture := s.capture
					if step == part {
						capture = s.capturePart
					}
					c, err := capture("order-1", fmt.Sprint("c", i), test.values[i])
					require.NoError(t, err)
					require.Equal(t, orderflow.CaptureSucceeded, c.State)
					require.NotEmpty(t, c.CaptureID)
					require.NoError(t, s.flow.Work(t.Context()))
				}
				require.NoError(t, s.flow.Work(t.Context()))
				s.ended("order-1", test.state, test.captured)
				s.goOn(25 * time.Hour)
				s.ended("order-1", test.state, test.captured)
				require.Empty(t, s.storedAlarms())
			})
		})
	}
}

// TestCaptureRejectedInput: nothing is stored or sent that must not be.
func TestCaptureRejectedInput(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.reserved("order-1")
		foreign := tradepay.Amount{Currency: "ZAR", Value: 1}
		for _, test := range []struct {
			name string
			req  orderflow.CaptureRequest
			want error
		}{
			{"too much", orderflow.CaptureRequest{ID: "c0", Amount: usd(1051)}, tradepay.ErrInvalidAmount},
			{"negative", orderflow.CaptureRequest{ID: "c0", Amount: usd(-1)}, tradepay.ErrInvalidAmount},
			{"another currency", orderflow.CaptureRequest{ID: "c0", Amount: foreign}, tradepay.ErrInvalidAmount},
			{"no id", orderflow.CaptureRequest{}, tradepay.ErrInvalidRequest},
			{"an id with a zero byte", orderflow.CaptureRequest{ID: "c\x00"}, tradepay.ErrInvalidRequest},
			{"a part", orderflow.CaptureRequest{ID: "c1", Amount: usd(300), Partial: true}, nil},
			{"the same", orderflow.CaptureRequest{ID: "c1", Amount: usd(300), Partial: true}, nil},
			{"the same id, another amount", orderflow.CaptureRequest{ID: "c1", Amount: usd(301), Partial: true},
				orderflow.ErrConflict},
			{"the same id, as the last", orderflow.CaptureRequest{ID: "c1", Amount: usd(300)}, orderflow.ErrConflict},
			{"more than is left", orderflow.CaptureRequest{ID: "c2", Amount: usd(751)}, tradepay.ErrInvalidAmount},
		} {
			_, err := s.flow.Capture(ctx, "order-1", test.req)
			require.ErrorIs(t, err, test.want, test.name)
			p, _ := s.wallet.Payment("order-1")
			require.LessOrEqual(t, p.Captured.Value, int64(300), test.name)
		}
		captures, err := s.flow.Captures(ctx, "order-1")
		require.NoError(t, err)
		require.Len(t, captures, 1)

		_, err = s.capture("order-9", "c9", 0)
		require.ErrorIs(t, err, orderflow.ErrNotFound)
		_, err = s.flow.Void(ctx, "order-9")
		require.ErrorIs(t, err, orderflow.ErrNotFound)
		s.pending("order-2")
		_, err = s.capture("order-2", "c9", 0)
		require.ErrorIs(t, err, orderflow.ErrTransition, "what is not reserved is not captured")
		_, err = s.flow.Void(ctx, "order-2")
		require.ErrorIs(t, err, orderflow.ErrTransition)
		_, err = s.capturePart("order-2", "c1", 300)
		require.ErrorIs(t, err, orderflow.ErrConflict, "of another order")
		_, err = s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "r1"})
		require.ErrorIs(t, err, orderflow.ErrTransition, "it is void what is reserved, not refunded")

		_, err = s.capture("order-1", "c3", 0)
		require.NoError(t, err)
		_, err = s.capture("order-1", "c4", 0)
		require.ErrorIs(t, err, orderflow.ErrTransition, "nothing is left")
		_, err = s.flow.Void(ctx, "order-1")
		require.ErrorIs(t, err, orderflow.ErrAlreadyPaid)
		_, err = s.flow.Cancel(ctx, "order-1")
		require.ErrorIs(t, err, orderflow.ErrAlreadyPaid)
	})
}

// TestCaptureAnswersLost: whatever becomes of its answers, what was asked for happens once,
// by itself, and nothing else begins before it has.
func TestCaptureAnswersLost(t *testing.T) {
	for _, kind := range []tradepaytest.FaultKind{
		tradepaytest.DropBefore, tradepaytest.DropAfter, tradepaytest.Status500After, tradepaytest.Unsigned,
		tradepaytest.UnknownAfter, tradepaytest.UnknownThenSuccess,
	} {
		for _, what := range []string{"part", "last", "void"} {
			t.Run(string(kind)+" "+what, func(t *testing.T) {
				onBoth(t, func(t *testing.T, s *shop) {
					s.reserved("order-1")
					s.wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1})
					err := s.settle(what)
					require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
					o, err := s.flow.Get(t.Context(), "order-1")
					require.NoError(t, err)
					require.Equal(t, orderflow.StateSettling, o.State)
					_, err = s.capture("order-1", "another", 1)
					require.ErrorIs(t, err, orderflow.ErrTransition)
					if what != "void" {
						_, err = s.flow.Void(t.Context(), "order-1")
						require.ErrorIs(t, err, orderflow.ErrTransition)
					}
					s.goOn(2 * time.Hour)
					require.Contains(t, s.alarmKinds(), orderflow.AlarmCapture, "it has no answer for long")
					s.wallet.Heal()
					s.goOn(2 * time.Hour)
					switch what {
					case "part":
						require.NoError(t, s.settle("void"))
						require.NoError(t, s.flow.Work(t.Context()))
						s.ended("order-1", orderflow.StateFulfilled, 300)
					case "last":
						s.ended("order-1", orderflow.StateFulfilled, 300)
					case "void":
						s.ended("order-1", orderflow.StateCancelled, 0)
					}
				})
			})
		}
	}
}

// settle captures 3.00 of order-1, as a part or the last, or voids it.
func (s *shop) settle(what string) error {
	if what == "void" {
		_, err := s.flow.Void(s.t.Context(), "order-1")
		return err
	}
	capture := s.capture
	if what == "part" {
		capture = s.capturePart
	}
	_, err := capture("order-1", "c-"+what, 300)
	return err
}

// TestCaptureRejected: a rejection is believed once an inquiry agrees. The order is as it
// was, and a person is told.
func TestCaptureRejected(t *testing.T) {
	for op, what := range map[wire.Operation]string{wire.OpCapture: "last", wire.OpVoid: "void"} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.reserved("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: op})
				require.ErrorIs(t, s.settle(what), tradepay.ErrRejected)
				o, err := s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StateAuthorized, o.State)
				require.Zero(t, o.Captured)
				require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmCapture}, s.alarmKinds())
				if what == "last" {
					c, err := s.capture("order-1", "c-last", 300)
					require.NoError(t, err, "what has failed is not sent again")
					require.Equal(t, orderflow.CaptureFailed, c.State)
					require.NotEmpty(t, c.FailReason)
				}
				_, err = s.capture("order-1", "c2", 0)
				require.NoError(t, err)
				require.NoError(t, s.flow.Work(t.Context()))
				s.ended("order-1", orderflow.StateFulfilled, 1050)
			})
		})
	}
}

// TestCaptureRejectedAfterALostCall: the rejection of a further call does not say that
// the first has failed.
func TestCaptureRejectedAfterALostCall(t *testing.T) {
	for name, before := range map[string]int64{"the first": 0, "after a part": 100} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.reserved("order-1")
				if before > 0 {
					_, err := s.capturePart("order-1", "c0", before)
					require.NoError(t, err)
				}
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCapture, Times: 3})
				require.ErrorIs(t, s.settle("last"), tradepay.ErrOutcomeUnknown)
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCapture})
				err := s.settle("last")
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				require.NotErrorIs(t, err, tradepay.ErrRejected)
				captures, err := s.flow.Captures(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.CaptureOpen, captures[len(captures)-1].State)
				s.goOn(time.Minute)
				s.ended("order-1", orderflow.StateFulfilled, before+300)
			})
		})
	}
}

// TestCaptureCameThrough: a capture that came through although the wallet's answer was
// a rejection is found by the inquiry that follows.
func TestCaptureCameThrough(t *testing.T) {
	for name, hooks := range map[string]shaper.Hooks{
		"the wallet names it": {},
		"the sum tells": {Response: func(_ wire.Operation, body map[string]any) error {
			list, _ := body["transactions"].([]any)
			for _, item := range list {
				delete(item.(map[string]any), "transactionRequestId")
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.as(t, hooks)
				o := s.reserved("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCapture, Times: 3})
				require.ErrorIs(t, s.settle("last"), tradepay.ErrOutcomeUnknown)
				_, err := s.client.Capture(t.Context(), &tradepay.CaptureRequest{ // the call that was lost on its way
					CaptureRequestID: "c-last", PaymentRequestID: o.ID, PaymentID: o.PaymentID, Amount: usd(300),
				})
				require.NoError(t, err)
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCapture, Times: -1})
				c, err := s.capture("order-1", "c-last", 300)
				require.NoError(t, err)
				require.Equal(t, orderflow.CaptureSucceeded, c.State)
				require.NoError(t, s.flow.Work(t.Context()))
				s.ended("order-1", orderflow.StateFulfilled, 300)
			})
		})
	}
}

// TestCaptureAfterTheReservation: the wallet rejects it, and the inquiry says what the
// order has become.
func TestCaptureAfterTheReservation(t *testing.T) {
	for name, test := range map[string]struct {
		before   int64
		op       string
		want     error
		state    orderflow.State
		captured int64
	}{
		"of nothing":         {0, "last", tradepay.ErrRejected, orderflow.StateExpired, 0},
		"of a part":          {200, "last", tradepay.ErrRejected, orderflow.StateFulfilled, 200},
		"a void":             {0, "void", nil, orderflow.StateCancelled, 0},
		"a void of the rest": {200, "void", nil, orderflow.StateFulfilled, 200},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				s.reserved("order-1")
				if test.before > 0 {
					_, err := s.capturePart("order-1", "c0", test.before)
					require.NoError(t, err)
				}
				require.NoError(t, s.wallet.Expire("order-1"))
				require.ErrorIs(t, s.settle(test.op), test.want)
				require.NoError(t, s.flow.Work(t.Context()))
				s.ended("order-1", test.state, test.captured)
			})
		})
	}
}

// TestRefundAfterCapture: what was captured can be given back, and no more.
func TestRefundAfterCapture(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.reserved("order-1")
		require.NoError(t, s.settle("last"))
		require.NoError(t, s.flow.Work(ctx))
		_, err := s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(301)})
		require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
		_, err = s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(100)})
		require.NoError(t, err)
		o, err := s.flow.Get(ctx, "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePartlyRefunded, o.State)
		r, err := s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "r2"})
		require.NoError(t, err)
		require.Equal(t, usd(200), r.Amount, "all that is left of what was captured")
		o, err = s.flow.Get(ctx, "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateRefunded, o.State)
		require.Equal(t, usd(300), o.Refunded)
		require.Empty(t, s.storedAlarms())
	})
}

// TestVoidNotified: the notification of a void that has no answer settles it, also where the
// program gets the notifications of others.
func TestVoidNotified(t *testing.T) {
	for name, others := range map[string]int{"to the flow": 0, "to the program": 2} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx, handed := t.Context(), 0
				if others > 0 {
					s.config.OnNotification = func(context.Context, *sql.Tx, *tradepay.Notification) error {
						handed++
						return nil
					}
					s.open()
				}
				o := s.reserved("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpVoid, Times: -1})
				_, err := s.flow.Void(ctx, "order-1")
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				void := func(id string, status tradepay.TransactionStatus) *tradepay.Notification {
					return &tradepay.Notification{Kind: tradepay.NotificationVoid, PaymentRequestID: o.ID,
						PaymentID: o.PaymentID, VoidRequestID: id, VoidID: "v1", VoidStatus: status, Amount: usd(1050),
						Raw: []byte(`{}`)}
				}
				for _, n := range []*tradepay.Notification{
					void("void-9-order-1", tradepay.TransactionSuccess),
					void("void-1-order-1", tradepay.TransactionProcessing),
				} {
					require.NoError(t, s.flow.Receive(ctx, n))
					o, err = s.flow.Get(ctx, "order-1")
					require.NoError(t, err)
					require.Equal(t, orderflow.StateSettling, o.State)
				}
				for range 2 {
					require.NoError(t, s.flow.Receive(ctx, void("void-1-order-1", tradepay.TransactionSuccess)))
				}
				o = s.ended("order-1", orderflow.StateCancelled, 0)
				require.Greater(t, o.NextAt.Sub(s.clock.now()), time.Hour, "the last look is still to come")
				require.Equal(t, others, handed)
			})
		})
	}
}

// TestCaptureRejectedAndNoAnswer: the wallet rejects a capture or a void, and does not answer
// what became of the payment. That is unknown, and nothing else.
func TestCaptureRejectedAndNoAnswer(t *testing.T) {
	for op, what := range map[wire.Operation]string{wire.OpCapture: "last", wire.OpVoid: "void"} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.reserved("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: op, Times: -1})
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpInquiryPayment, Times: -1})
				err := s.settle(what)
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				require.NotErrorIs(t, err, tradepay.ErrRejected)
				require.Equal(t, orderflow.StateSettling, s.state())
			})
		})
	}
}

// TestCaptureIDByInquiry: the wallet's id of a capture is kept, also if an inquiry tells it.
func TestCaptureIDByInquiry(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpCapture, Times: -1})
		require.ErrorIs(t, s.settle("last"), tradepay.ErrOutcomeUnknown)
		s.goOn(time.Minute)
		captures, err := s.flow.Captures(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.CaptureSucceeded, captures[0].State)
		require.NotEmpty(t, captures[0].CaptureID)
	})
}

// TestVoidOfNothing: what is returned with the error is what is stored.
func TestVoidOfNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		o, err := s.flow.Void(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrTransition)
		require.NotNil(t, o)
		require.Zero(t, o.CancelRequestedAt)
	})
}

// TestVoidOfAnotherAmountNotified: it settles nothing, and the wallet is asked.
func TestVoidOfAnotherAmountNotified(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpVoid, Times: -1})
		require.ErrorIs(t, s.settle("void"), tradepay.ErrOutcomeUnknown)
		require.NoError(t, s.flow.Receive(t.Context(), &tradepay.Notification{
			Kind: tradepay.NotificationVoid, PaymentRequestID: o.ID, PaymentID: o.PaymentID,
			VoidRequestID: "void-1-order-1", VoidID: "v1", VoidStatus: tradepay.TransactionSuccess, Amount: usd(1),
			Raw: []byte(`{}`),
		}))
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateSettling, o.State)
		require.False(t, o.NextAt.After(s.clock.now()))
		s.wallet.Heal()
		s.goOn(time.Minute)
		s.ended("order-1", orderflow.StateCancelled, 0)
	})
}

// TestGivenBackBeforeTheAnswer: the answer to a capture came late, and the wallet has given
// the money back since. Nothing goes out before the wallet was asked.
func TestGivenBackBeforeTheAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpCapture, Times: -1})
		require.ErrorIs(t, s.settle("last"), tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		s.clock.advance(10 * time.Minute)
		require.NoError(t, s.wallet.Refund("order-1", usd(300)))
		require.NoError(t, s.settle("last"), "the same answer as before")
		require.NoError(t, s.flow.Work(ctx))
		s.goOn(time.Minute)
		s.ended("order-1", orderflow.StateRefunded, 300)
	})
}

// TestUnreadableCapture: what a capture has become is not guessed, and told.
func TestUnreadableCapture(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCapture, Times: -1})
		require.ErrorIs(t, s.settle("part"), tradepay.ErrOutcomeUnknown)
		for _, spoil := range []string{"state = 'queued'", "state = 'open', kind = 'more'"} {
			_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_captures SET `+spoil)
			require.NoError(t, err)
			_, err = s.capturePart("order-1", "c-part", 300)
			require.ErrorIs(t, err, orderflow.ErrUnreadable)
			_, err = s.flow.Captures(ctx, "order-1")
			require.ErrorIs(t, err, orderflow.ErrUnreadable)
			s.goOn(10 * time.Minute)
			_, err = s.flow.Refresh(ctx, "order-1")
			require.NoError(t, err)
		}
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmUnreadable}, s.alarmKinds(), "once an hour")
		_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_captures SET kind = 'last'`)
		require.NoError(t, err)
		s.wallet.Heal()
		s.goOn(time.Hour)
		s.ended("order-1", orderflow.StateFulfilled, 300)
	})
}

// TestCaptureFromInsideFulfil would wait for itself.
func TestCaptureFromInsideFulfil(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.reserved("order-1")
		var inside []error
		s.fulfil = func(ctx context.Context, _ *sql.Tx, _ orderflow.Fulfilment) error {
			_, captureErr := s.flow.Capture(ctx, "order-1", orderflow.CaptureRequest{ID: "c9"})
			_, voidErr := s.flow.Void(ctx, "order-1")
			inside = append(inside, captureErr, voidErr)
			return nil
		}
		require.NoError(t, s.settle("last"))
		require.NoError(t, s.flow.Work(t.Context()))
		require.Len(t, inside, 2)
		for _, err := range inside {
			require.ErrorIs(t, err, orderflow.ErrInsideFulfil)
		}
	})
}
