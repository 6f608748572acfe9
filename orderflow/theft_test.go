package orderflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// Each test is a way by which an attack had goods and the money back, or money
// that nobody heard of.

// silent makes the wallet notify nobody by itself.
func (s *shop) silent() {
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
}

// turn is what a machine does in n seconds.
func (s *shop) turn(n int) {
	s.t.Helper()
	for range n {
		require.NoError(s.t, s.flow.Sweep(s.t.Context()))
		require.NoError(s.t, s.flow.Work(s.t.Context()))
	}
}

// hold takes what an order waits for, as another transaction of it does (on
// SQLite, as any other transaction does), and returns how to let go.
func (s *shop) hold(id string) func() {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	conn, err := s.db.SQL().Conn(ctx)
	require.NoError(s.t, err)
	if !strings.HasPrefix(s.source, "postgres") {
		return func() { require.NoError(s.t, conn.Close()) }
	}
	tx, err := conn.BeginTx(ctx, nil)
	require.NoError(s.t, err)
	var one int
	require.NoError(
		s.t,
		tx.QueryRowContext(ctx, `SELECT 1 FROM orderflow_orders WHERE id = $1 FOR UPDATE`, id).Scan(&one),
	)
	return func() {
		require.NoError(s.t, tx.Rollback())
		require.NoError(s.t, conn.Close())
	}
}

// bought is an order that was paid, and of which the shop was told at once.
func (s *shop) bought() *orderflow.Order {
	s.t.Helper()
	const id = "order-1"
	o := s.pending(id)
	require.NoError(s.t, s.wallet.Pay(o.PaymentURL))
	p, _ := s.wallet.Payment(id)
	n := paid(id, p.PaymentID, 1050)
	n.PaidAt = p.PaidAt
	require.NoError(s.t, s.flow.Receive(s.t.Context(), n))
	return o
}

// TestPermitOfAnEarlierState: a fulfilment that has seen its order in one state
// does not ship it in another, about which nobody was asked.
func TestPermitOfAnEarlierState(t *testing.T) {
	refundFails := func(s *shop) {
		_, err := s.flow.Refund(s.t.Context(), "order-1", orderflow.RefundRequest{ID: "refund-1"})
		require.Error(s.t, err)
	}
	for name, tt := range map[string]struct {
		meanwhile func(*shop)
		held      bool
		shipments int
	}{
		"the refund of it fails": {refundFails, false, 0},
		"it is unchanged":        {func(*shop) {}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				ctx := t.Context()
				s.silent()
				s.bought()
				s.clock.advance(2 * time.Hour) // the shop was down
				permitted, err := s.flow.PermitFor(ctx, "order-1")
				require.NoError(t, err)
				require.NotNil(t, permitted)
				require.NoError(t, s.wallet.Refund("order-1", tradepay.Amount{}))
				tt.meanwhile(s)
				held, err := s.flow.FulfilPermitted(ctx, permitted)
				require.NoError(t, err)
				require.Equal(t, tt.held, held)
				require.Equal(t, tt.shipments, s.shipments("order-1"))
				if !tt.held {
					s.turn(2)
					s.reach("order-1", orderflow.StateRefunded)
				}
			})
		})
	}
}

// TestPermitWaitsForItsTurn: the same, where the order changes while the
// fulfilment waits for whoever has it.
func TestPermitWaitsForItsTurn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.silent()
		s.bought()
		s.clock.advance(2 * time.Hour)
		require.NoError(t, s.wallet.Refund("order-1", tradepay.Amount{}))
		letGo := s.hold("order-1")
		worked := make(chan error, 2)
		go func() { worked <- s.flow.FulfilJob(ctx, "order-1", 0) }()
		go func() {
			_, err := s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "refund-1"})
			worked <- err
		}()
		time.Sleep(50 * time.Millisecond) // either may be first
		letGo()
		for range 2 { // either may be rejected
			t.Log(<-worked)
		}
		require.Zero(t, s.shipments("order-1"))
	})
}

// TestNotificationWithoutTime: nobody knows how old the news is.
func TestNotificationWithoutTime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.Refund(o.ID, tradepay.Amount{}))
		s.clock.advance(2 * time.Hour)
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		n.PaidAt = time.Time{}
		require.NoError(t, s.flow.Receive(t.Context(), n))
		require.NoError(t, s.flow.Work(t.Context()))
		require.Zero(t, s.shipments(o.ID))
		s.reach(o.ID, orderflow.StateRefunded)
	})
}

// TestRetryDuringCancel: a cent that was given back does not lift the doubt about a cancel.
func TestRetryDuringCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.clock.stop()
		s.silent()
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefundsUnseen, Delay: 20 * time.Minute, Times: -1})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.Refund(o.ID, usd(1)))
		_, err := s.flow.Cancel(ctx, o.ID)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.clock.advance(10 * time.Second)
		s.turn(3)
		_, err = s.flow.Retry(ctx, o.ID)
		require.ErrorIs(t, err, orderflow.ErrTransition)
		require.ErrorContains(t, err, "may still give the money back")
		s.clock.advance(21 * time.Minute)
		s.turn(3)
		require.Zero(t, s.shipments(o.ID))
	})
}

// TestNewsOfAPaidOrder: whatever a verified message says of the money after the
// order was paid, the wallet is asked before the order is shipped.
func TestNewsOfAPaidOrder(t *testing.T) {
	for name, news := range map[string]func(n *tradepay.Notification){
		"a payment with its movements": func(n *tradepay.Notification) {
			n.Transactions = []tradepay.Transaction{{ID: "r", Type: "REFUND",
				Status: tradepay.TransactionSuccess, Amount: usd(1050)}}
		},
		"a kind of its own": func(n *tradepay.Notification) {
			n.Kind, n.Status, n.Raw = tradepay.NotificationOther, "", []byte(`{"refundStatus":"SUCCESS"}`)
		},
		"a void": func(n *tradepay.Notification) {
			n.Kind, n.Status, n.VoidStatus = tradepay.NotificationVoid, "", tradepay.TransactionSuccess
		},
		"a contradiction": func(n *tradepay.Notification) { n.Status = tradepay.StatusCancelled },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.silent()
				o := s.bought()
				require.NoError(t, s.wallet.Refund(o.ID, tradepay.Amount{}))
				n := paid(o.ID, s.paymentID(o.ID), 1050)
				news(n)
				if err := s.flow.Receive(t.Context(), n); err != nil {
					require.ErrorIs(t, err, orderflow.ErrEvidence)
				}
				s.turn(2)
				require.Zero(t, s.shipments(o.ID))
				s.reach(o.ID, orderflow.StateRefunded)
			})
		})
	}
}

// TestChargebackAfterFulfil is told to a person, once for each sum.
func TestChargebackAfterFulfil(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		o := s.bought()
		s.turn(1)
		s.reach(o.ID, orderflow.StateFulfilled)
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		n.Transactions = []tradepay.Transaction{
			{ID: "c", Type: "CHARGEBACK", Status: tradepay.TransactionSuccess, Amount: usd(1050)},
		}
		require.NoError(t, s.flow.Receive(t.Context(), n))
		require.NoError(t, s.flow.Receive(t.Context(), n), "the same again")
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmGivenBack}, s.alarmKinds())
	})
}

// TestClosedAndPaid: a closed order that the wallet once called paid ends with
// its money back, or with a person who knows.
func TestClosedAndPaid(t *testing.T) {
	for name, delay := range map[string]time.Duration{"given back soon": 3 * time.Second,
		"being given back": 30 * time.Minute} {
		for _, kind := range []tradepaytest.FaultKind{tradepaytest.CancelRefunds, tradepaytest.CancelRefundsUnseen} {
			t.Run(name+", "+string(kind), func(t *testing.T) {
				onBoth(t, func(t *testing.T, s *shop) {
					s.config.Late = orderflow.LateRefund
					s.open()
					o := s.payDuringCancel(tradepaytest.Fault{Kind: kind, Code: "SUCCESS", Delay: delay, Times: -1})
					n := paid(o.ID, s.paymentID(o.ID), 1050)
					n.Status = tradepay.StatusCancelled
					require.NoError(t, s.flow.Receive(t.Context(), n))
					require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
					for range 6 {
						s.turn(2)
						s.clock.advance(25 * time.Minute)
					}
					got, err := s.flow.Get(t.Context(), o.ID)
					require.NoError(t, err)
					require.Zero(t, s.shipments(o.ID))
					told := len(s.alarmKinds()) > 0
					require.True(t, got.State == orderflow.StateRefunded || !got.NextAt.IsZero() || told, "forgotten")
				})
			})
		}
	}
	t.Run("not found", func(t *testing.T) {
		onBoth(t, func(t *testing.T, s *shop) {
			ctx := t.Context()
			s.config.Late = orderflow.LateRefund
			s.open()
			s.clock.stop()
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpPay, Times: 3})
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCancel, Times: -1})
			_, err := s.flow.Create(ctx, s.request("order-1"))
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			_, err = s.flow.Cancel(ctx, "order-1")
			require.Error(t, err)
			s.clock.advance(32 * time.Minute)
			s.turn(2)
			require.NoError(t, s.flow.Receive(ctx, paid("order-1", "p-1", 1050)))
			s.turn(2)
			s.clock.advance(48 * time.Hour)
			s.turn(2)
			require.NotEmpty(t, s.alarmKinds(), "the wallet called it paid, and nobody hears of it")
		})
	})
}

// TestLateProcessing undoes nothing: what is known to be paid is not cancelled again.
func TestLateProcessing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.clock.stop()
		s.silent()
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCancel, Times: -1})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		_, err := s.flow.Cancel(ctx, o.ID)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NoError(t, s.flow.Receive(ctx, paid(o.ID, s.paymentID(o.ID), 1050)))
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		n.Status = tradepay.StatusProcessing
		require.NoError(t, s.flow.Receive(ctx, n))
		s.wallet.Heal()
		s.silent()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Times: -1})
		s.turn(2)
		p, _ := s.wallet.Payment(o.ID)
		require.Zero(t, p.Refunded.Value)
	})
}

// TestVoidsWithoutID do not take each other's place.
func TestVoidsWithoutID(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		for _, id := range []string{"order-a", "order-b"} {
			o := s.pending(id)
			require.NoError(t, s.flow.Receive(t.Context(), &tradepay.Notification{
				Kind: tradepay.NotificationVoid, PaymentRequestID: id, PaymentID: o.PaymentID,
				VoidStatus: tradepay.TransactionSuccess, Amount: usd(1050), Raw: []byte(`{}`),
			}))
		}
		require.Empty(t, s.alarmKinds())
	})
}

// TestURLByTheWalletsIDAlone replaces none: another order's answer may have brought the id.
func TestURLByTheWalletsIDAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), &tradepay.Notification{
			Kind:       tradepay.NotificationCashierURL,
			PaymentID:  o.PaymentID,
			PaymentURL: "https://wallet.example/another",
			Raw:        []byte(`{}`),
		}))
		now, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, o.PaymentURL, now.PaymentURL)
	})
}

// TestGivenBackInAnotherCurrency: how much of the payment stays, a person finds out.
func TestGivenBackInAnotherCurrency(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.silent()
		o := s.bought()
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		euro := tradepay.Amount{Currency: "EUR", Value: 1}
		n.Transactions = []tradepay.Transaction{
			{ID: "r", Type: "REFUND", Status: tradepay.TransactionSuccess, Amount: euro},
		}
		require.NoError(t, s.flow.Receive(t.Context(), n))
		s.turn(1)
		now, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, now.State)
		require.NotZero(t, now.ParkedAt)
		require.Zero(t, now.Refunded)
		require.Zero(t, s.shipments(o.ID))
	})
}

// TestRefusalOfAnotherCancel: with a client that distrusts answers which name no
// order, a rejected cancel is in doubt for an hour.
func TestRefusalOfAnotherCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.clock.stop()
		config := s.wallet.Config()
		config.Now, config.ConfirmOrders = s.clock.now, true
		config.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
		client, err := tradepay.NewClient(config)
		require.NoError(t, err)
		s.config.Client = client
		s.open()
		s.silent()
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		_, err = s.flow.Cancel(ctx, o.ID) // which the wallet rejects
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.clock.advance(50 * time.Minute)
		s.turn(2)
		require.Zero(t, s.shipments(o.ID))
		s.clock.advance(11 * time.Minute)
		s.turn(3)
		s.reach(o.ID, orderflow.StateFulfilled)
	})
}
