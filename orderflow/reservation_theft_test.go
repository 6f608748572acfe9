package orderflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestTheftByCaptureAndRefundInOneInquiry: the inquiry that settles a capture also says that
// the money went back.
func TestTheftByCaptureAndRefundInOneInquiry(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpCapture, Times: -1})
		_, err := s.capture("order-1", "c1", 0)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Refund("order-1", tradepay.Amount{}))
		s.goOn(6 * time.Second)
		s.goOn(6 * time.Second)
		require.Zero(t, s.shipments("order-1"))
	})
}

// TestTheftByUntoldButRefunded: the wallet rejects a capture, and calls the payment SUCCESS
// without naming a capture, but with a refund of all.
func TestTheftByUntoldButRefunded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		told := false
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpInquiryPayment && told {
				body["paymentStatus"] = "SUCCESS"
				body["transactions"] = []any{map[string]any{"transactionId": "r1", "transactionType": "REFUND",
					"transactionStatus": "SUCCESS",
					"transactionAmount": map[string]any{"currency": "USD", "value": "1050"}}}
			}
			return nil
		}})
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.reserved("order-1")
		told = true
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCapture, Times: -1})
		_, _ = s.capture("order-1", "c1", 0)
		require.NoError(t, s.flow.Work(t.Context()))
		require.Zero(t, s.shipments("order-1"))
		require.Equal(t, orderflow.StateRefunded, s.state())
	})
}

// TestTheftByUntoldWholeAfterRestore: a restore has lost a captured part. The shop asks for the
// whole, and the wallet rejects it.
func TestTheftByUntoldWholeAfterRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx, told := t.Context(), false
		s.as(t, namesNothing(&told))
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.reserved("order-1")
		_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "forgotten",
			PaymentRequestID: o.ID, PaymentID: o.PaymentID, Amount: usd(100)})
		require.NoError(t, err)
		told = true
		s.clock.advance(10 * time.Second)
		s.config.Restored = s.clock.now()
		s.config.Fulfilled = func(context.Context, orderflow.Fulfilment) (bool, error) { return false, nil }
		s.open()
		_, _ = s.capture("order-1", "c1", 0)
		require.NoError(t, s.flow.Work(t.Context()))
		s.goOn(25 * time.Hour)
		require.Zero(t, s.shipments("order-1"))
	})
}

// TestTheftByNothingCaptured: the wallet calls a payment SUCCESS of which it names no capture
// that has succeeded.
func TestTheftByNothingCaptured(t *testing.T) {
	for _, status := range []string{"PROCESSING", "FAIL"} {
		t.Run(status, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
					if op == wire.OpInquiryPayment && body["paymentStatus"] == "AUTH_SUCCESS" {
						body["paymentStatus"] = "SUCCESS"
						body["transactions"] = []any{map[string]any{"transactionId": "t1", "transactionType": "CAPTURE",
							"transactionStatus": status,
							"transactionAmount": map[string]any{"currency": "USD", "value": "1050"}}}
					}
					return nil
				}})
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o, err := s.flow.Create(t.Context(), s.reservation("order-1"))
				require.NoError(t, err)
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				s.goOn(10 * time.Second)
				s.goOn(time.Minute)
				require.Zero(t, s.shipments("order-1"))
			})
		})
	}
}

// TestTheftByCancelAfterRestore: a wallet has no void. The flow does not know that an order was
// captured and shipped. Its buyer asks for a cancel, which would give the money back.
func TestTheftByCancelAfterRestore(t *testing.T) {
	for name, restored := range map[string]bool{"after a restore": true, "captured by hand": false} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.withProfile(t, noVoid)
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.reserved("order-1")
				_, err := s.client.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "forgotten",
					PaymentRequestID: o.ID, PaymentID: o.PaymentID})
				require.NoError(t, err)
				s.clock.advance(10 * time.Second)
				if restored {
					s.config.Restored = s.clock.now()
					s.config.Fulfilled = func(context.Context, orderflow.Fulfilment) (bool, error) { return true, nil }
					s.open()
				}
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Times: -1})
				_, _ = s.flow.Cancel(ctx, "order-1")
				s.goOn(10 * time.Second)
				p, _ := s.wallet.Payment("order-1")
				require.Zero(t, p.Refunded.Value)
			})
		})
	}
}

func noVoid(p *wire.Profile) {
	p.Routes.Unsupported = map[wire.Operation]string{wire.OpVoid: "https://wallet.example/docs"}
}

// TestTheftByDispute: without OnNotification, a person hears of a dispute, a chargeback and a
// refund that the flow did not make.
func TestTheftByDispute(t *testing.T) {
	for name, n := range map[string]*tradepay.Notification{
		"dispute": {Kind: tradepay.NotificationDispute, PaymentRequestID: "order-1", DisputeID: "d1",
			DisputeEvent: "DISPUTE_CREATED", Amount: usd(1050), Raw: []byte(`{"disputeId":"d1"}`)},
		"chargeback": {Kind: tradepay.NotificationOther, PaymentRequestID: "order-1",
			Raw: []byte(`{"chargebackAmount":"1050"}`)},
		"refund of another": {Kind: tradepay.NotificationRefund, PaymentRequestID: "order-1",
			RefundRequestID: "by-service", RefundID: "x", RefundStatus: tradepay.TransactionSuccess,
			Amount: usd(1050), Raw: []byte(`{"refundId":"x"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.silent()
				o := s.bought()
				s.turn(1)
				s.reach(o.ID, orderflow.StateFulfilled)
				for range 2 { // the wallet repeats it
					require.NoError(t, s.flow.Receive(t.Context(), n))
				}
				require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmUnhandled}, s.alarmKinds())
				s.goOn(time.Minute)
				o, err := s.flow.Get(t.Context(), o.ID)
				require.NoError(t, err)
				require.True(t, o.NextAt.IsZero(), "the wallet was asked once")
			})
		})
	}
}

// TestTheftByCapturedAndCancelled: the inquiry that settles a capture calls the payment
// cancelled.
func TestTheftByCapturedAndCancelled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		told := false
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpInquiryPayment && told {
				body["paymentStatus"] = "CANCELLED"
			}
			return nil
		}})
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.reserved("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpCapture, Times: -1})
		_, err := s.capture("order-1", "c1", 0)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		told = true
		s.goOn(6 * time.Second)
		require.Zero(t, s.shipments("order-1"))
	})
}

// TestTheftByRefundLostByRestore: a restore has lost a refund, and the wallet names no
// movements.
func TestTheftByRefundLostByRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.as(t, shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpInquiryPayment {
				delete(body, "transactions")
			}
			return nil
		}})
		s.silent()
		o := s.bought() // backup here; sold out, so:
		_, err := s.client.Refund(ctx, &tradepay.RefundRequest{RefundRequestID: "lost", PaymentRequestID: o.ID,
			Amount: usd(1050)})
		require.NoError(t, err)
		s.clock.advance(2 * time.Hour)
		s.config.Restored = s.clock.now()
		s.config.Fulfilled = func(context.Context, orderflow.Fulfilment) (bool, error) { return false, nil }
		s.open()
		s.turn(3)
		require.Zero(t, s.shipments(o.ID))
	})
}

// TestTheftByTapsUntilTheEnd: the payer asks for a cancel again and again, which the wallet
// rejects. The shop can capture in between.
func TestTheftByTapsUntilTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.withProfile(t, noVoid)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		until := s.reserved("order-1").AuthorizedUntil
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCancel, Times: -1})
		taps, captures := 0, 0
		for s.clock.now().Before(until) {
			_, _ = s.flow.Cancel(ctx, "order-1")
			taps++
			for range 5 {
				s.clock.advance(11 * time.Minute)
				if _, err := s.capture("order-1", "c1", 0); err == nil {
					captures++
				}
			}
		}
		s.goOn(time.Hour)
		s.goOn(time.Hour)
		require.Positive(t, captures, "of %d taps", taps)
	})
}

// TestTheftByServiceRefundAfterFulfil: the money went back after the goods went out, and the
// wallet says so in a notification of its own.
func TestTheftByServiceRefundAfterFulfil(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		o := s.bought()
		s.turn(1)
		s.reach(o.ID, orderflow.StateFulfilled)
		require.NoError(t, s.wallet.Refund(o.ID, tradepay.Amount{}))
		require.NoError(t, s.flow.Receive(t.Context(), &tradepay.Notification{
			Kind: tradepay.NotificationRefund, PaymentRequestID: o.ID, RefundRequestID: "by-service", RefundID: "x",
			RefundStatus: tradepay.TransactionSuccess, Amount: usd(1050), Raw: []byte(`{"refundId":"x"}`)}))
		s.goOn(time.Minute)
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmUnhandled, orderflow.AlarmGivenBack}, s.alarmKinds())
	})
}
