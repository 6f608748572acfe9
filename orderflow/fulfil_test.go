package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestFulfilFailsThenSucceeds: what a failed try wrote is undone; the key is
// the same on every try.
func TestFulfilFailsThenSucceeds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var calls atomic.Int32
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			switch {
			case err != nil:
				return err
			case calls.Add(1) == 1:
				return errors.New("out of boxes")
			case calls.Load() == 2:
				panic("no more boxes")
			}
			return nil
		}
		s.clock.stop() // a try follows when the test says so
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		for i, why := range []string{"out of boxes", "panicked with a value of type string"} {
			require.Eventually(t, func() bool {
				o, err := s.flow.Get(t.Context(), "order-1")
				return err == nil && strings.Contains(o.LastError, why)
			}, 2*time.Minute, time.Millisecond)
			require.Equal(t, int32(i+1), calls.Load())
			require.Zero(t, s.shipments("order-1"))
			s.clock.advance(10 * time.Second)
		}
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
		s.mu.Lock()
		defer s.mu.Unlock()
		require.Len(t, s.shipped, 3)
		for _, f := range s.shipped {
			require.Equal(t, s.shipped[0].Key, f.Key)
		}
	})
}

func TestFulfilIsParkedAndRetried(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		broken := atomic.Bool{}
		broken.Store(true)
		s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
			if broken.Load() {
				return errors.New("the warehouse burns")
			}
			return nil
		}
		s.clock.stop() // a try follows when the test says so
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		tries := func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.shipped)
		}
		for i := 1; i <= 3; i++ {
			require.Eventually(t, func() bool {
				o, err := s.flow.Get(t.Context(), "order-1")
				if err != nil {
					return false
				}
				// Not the lease of a try that is under way.
				backoff := o.NextAt.Before(s.clock.now().Add(20 * time.Second))
				return o.Tries == i && tries() == i && o.LastError != "" && (i == 3) == !o.ParkedAt.IsZero() && backoff
			}, 2*time.Minute, 10*time.Millisecond, "try %d", i)
			s.clock.advance(10 * time.Second)
		}
		parked, err := s.flow.List(t.Context(), orderflow.ListOptions{Parked: true})
		require.NoError(t, err)
		require.Len(t, parked, 1)
		require.Equal(t, orderflow.StatePaid, parked[0].State)
		require.Contains(t, parked[0].LastError, "burns")
		require.Zero(t, parked[0].NextAt)
		require.Eventually(t, func() bool {
			return slices.Contains(s.alarmKinds(), orderflow.AlarmParked)
		}, 2*time.Minute, time.Millisecond)
		require.Equal(t, 3, tries(), "FulfilAttempts")

		broken.Store(false)
		_, err = s.flow.Retry(t.Context(), "order-1")
		require.NoError(t, err)
		s.reach("order-1", orderflow.StateFulfilled)
		_, err = s.flow.Retry(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrTransition)
	})
}

// outOfTime ends when it is told to, as a job does that took too long.
type outOfTime struct {
	context.Context
	over chan struct{}
}

func (c outOfTime) Done() <-chan struct{} { return c.over }
func (c outOfTime) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestFulfilOutlivesItsJob: one that takes no notice of its context, and takes
// longer than its job may, has failed like any other: it is counted, and waits
// its turn.
func TestFulfilOutlivesItsJob(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		for tries := range 3 {
			job := outOfTime{t.Context(), make(chan struct{})}
			s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
				close(job.over)
				return errors.New("the carrier took a minute")
			}
			require.NoError(t, s.flow.FulfilJob(job, "order-1", tries))
			o, err := s.flow.Get(t.Context(), "order-1")
			require.NoError(t, err)
			require.Equal(t, tries+1, o.Tries)
			if tries < 2 {
				require.True(t, o.NextAt.After(s.clock.now()), "not at once")
			} else {
				require.NotZero(t, o.ParkedAt)
			}
		}
	})
}

// TestFulfilCallsTheFlow: reading works, and what would wait for its own
// transaction is rejected instead.
func TestFulfilCallsTheFlow(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.fulfil = func(ctx context.Context, _ *sql.Tx, f orderflow.Fulfilment) error {
			o, err := s.flow.Get(ctx, f.Order.ID)
			require.NoError(t, err)
			require.Equal(t, orderflow.StatePaid, o.State)
			_, err = s.flow.Refund(ctx, f.Order.ID, orderflow.RefundRequest{ID: "refund-1"})
			require.ErrorIs(t, err, orderflow.ErrInsideFulfil)
			_, err = s.flow.Create(ctx, s.request("order-2"))
			require.ErrorIs(t, err, orderflow.ErrInsideFulfil)
			return nil
		}
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		s.reach("order-1", orderflow.StateFulfilled)
	})
}

// TestFulfilLostJob: a job that is gone with its process is brought back by the order.
func TestFulfilLostJob(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		_, err := s.db.SQL().ExecContext(t.Context(), `DELETE FROM river_job`)
		require.NoError(t, err)
		s.run()
		s.clock.advance(time.Minute)
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestFulfilThatKillsTheProcess is parked, too: its tries are counted before
// they begin. A job that only waits is not counted.
func TestFulfilThatKillsTheProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		for range 10 { // each time the job is lost before it begins
			s.clock.advance(time.Minute)
			require.NoError(t, s.flow.Sweep(t.Context()))
			_, err := s.db.SQL().ExecContext(t.Context(), `DELETE FROM river_job`)
			require.NoError(t, err)
		}
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Zero(t, o.Tries)
		require.Zero(t, o.ParkedAt)
		for tries := range 4 { // each time the process dies in Fulfil
			ok, err := s.flow.CountTry(t.Context(), "order-1", tries)
			require.NoError(t, err)
			require.Equal(t, tries < 3, ok)
			ok, err = s.flow.CountTry(t.Context(), "order-1", tries)
			require.NoError(t, err)
			require.False(t, ok, "a second job that was made at the same time")
		}
		o, err = s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.NotZero(t, o.ParkedAt)
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmParked}, s.alarmKinds())
	})
}

// TestFulfilTwoFlows: two processes, one order, many jobs: shipped once.
func TestFulfilTwoFlows(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		s.run()
		s.open() // another one on the same database
		s.run()
		for range 20 {
			_, err := s.db.SQL().ExecContext(t.Context(),
				`UPDATE orderflow_orders SET next_at = 0 WHERE state = 'paid'`)
			require.NoError(t, err)
		}
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestLatePayment: paid at the wallet after it was closed here.
func TestLatePayment(t *testing.T) {
	for _, policy := range []orderflow.LatePolicy{orderflow.LateReport, orderflow.LateRefund} {
		t.Run("policy "+string(policy), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.clock.stop() // no inquiry comes first
				s.config.Late = policy
				s.open()
				s.run()
				o := s.pending("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				// It was closed here by mistake, by hand.
				_, err := s.db.SQL().ExecContext(t.Context(),
					`UPDATE orderflow_orders SET state = 'cancelled' WHERE id = 'order-1'`)
				require.NoError(t, err)
				require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
				require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmLate}, s.alarmKinds())
				if policy == orderflow.LateRefund {
					s.clock.advance(time.Minute)
					o = s.reach("order-1", orderflow.StateRefunded)
					require.Equal(t, o.Amount, o.Refunded)
					payment, _ := s.wallet.Payment("order-1")
					require.Equal(t, o.Amount, payment.Refunded)
					return
				}
				late, err := s.flow.List(t.Context(), orderflow.ListOptions{Late: true})
				require.NoError(t, err)
				require.Len(t, late, 1)
				require.Equal(t, orderflow.StateCancelled, late[0].State)
				_, err = s.flow.AcceptLate(t.Context(), "order-1")
				require.NoError(t, err)
				s.reach("order-1", orderflow.StateFulfilled)
				require.Equal(t, 1, s.shipments("order-1"))
				_, err = s.flow.AcceptLate(t.Context(), "order-1")
				require.ErrorIs(t, err, orderflow.ErrTransition)
			})
		})
	}
}

// TestLatePaymentTakenBack: what the wallet takes back after a late payment is
// told to whoever is to decide about it.
func TestLatePaymentTakenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for i, status := range []tradepay.PaymentStatus{tradepay.StatusFailed, tradepay.StatusCancelled} {
			o := s.pending(string(status))
			_, err := s.flow.Cancel(t.Context(), o.ID)
			require.NoError(t, err)
			n := paid(o.ID, o.PaymentID, 1050)
			require.NoError(t, s.flow.Receive(t.Context(), n))
			n.Status = status
			require.ErrorIs(t, s.flow.Receive(t.Context(), n), orderflow.ErrEvidence)
			require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmLate, orderflow.AlarmContradiction},
				s.alarmKinds()[2*i:])
		}
	})
}
