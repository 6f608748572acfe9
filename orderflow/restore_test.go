package orderflow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func shipped(context.Context, orderflow.Fulfilment) (bool, error) { return true, nil }

func notShipped(context.Context, orderflow.Fulfilment) (bool, error) { return false, nil }

// TestRestored: orders from before a restore are fulfilled only if they were not before.
func TestRestored(t *testing.T) {
	down := errors.New("the warehouse is closed")
	unknown := func(context.Context, orderflow.Fulfilment) (bool, error) { return false, down }
	for name, test := range map[string]struct {
		fulfilled func(context.Context, orderflow.Fulfilment) (bool, error)
		state     orderflow.State
		parked    bool
		shipments int
	}{
		"nobody to ask":    {nil, orderflow.StatePaid, true, 0},
		"fulfilled":        {shipped, orderflow.StateFulfilled, false, 0},
		"not fulfilled":    {notShipped, orderflow.StateFulfilled, false, 1},
		"nobody knows yet": {unknown, orderflow.StatePaid, false, 0},
		"the question dies": {func(context.Context, orderflow.Fulfilment) (bool, error) {
			panic("?")
		}, orderflow.StatePaid, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.pending("order-1")
				s.config.Restored, s.config.Fulfilled = s.clock.now(), test.fulfilled
				s.open()
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
				require.NoError(t, s.flow.Work(t.Context()))
				o, err := s.flow.Get(t.Context(), o.ID)
				require.NoError(t, err)
				require.Equal(t, test.state, o.State)
				require.Equal(t, test.parked, !o.ParkedAt.IsZero())
				require.Equal(t, test.state == orderflow.StateFulfilled, o.NextAt.IsZero() && !test.parked)
				require.Equal(t, test.shipments, s.shipments(o.ID))
				if test.parked {
					_, err := s.flow.Retry(t.Context(), o.ID)
					require.NoError(t, err)
					require.NoError(t, s.flow.Work(t.Context()))
					require.Equal(t, 1, s.shipments(o.ID), "a person has looked")
				}
			})
		})
	}
}

// TestRestoredLeavesNewOrdersAlone: those are fulfilled as ever.
func TestRestoredLeavesNewOrdersAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.Restored = s.clock.now()
		s.open()
		s.clock.advance(time.Second)
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.WaitNotified(t.Context(), o.ID))
		require.NoError(t, s.flow.Work(t.Context()))
		require.Equal(t, 1, s.shipments(o.ID))
	})
}

// TestAudit compares orders with the wallet in every way that they can differ.
func TestAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		ctx := t.Context()
		pay := func(id string) *orderflow.Order {
			o := s.pending(id)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			return o
		}
		shipped := func(id string) {
			o := pay(id)
			require.NoError(t, s.flow.Receive(ctx, paid(id, o.PaymentID, 1050)))
			require.NoError(t, s.flow.Work(ctx))
		}
		s.pending("waits")
		shipped("agrees")
		shipped("given back")
		require.NoError(t, s.wallet.Refund("given back", usd(350)))
		shipped("refunded")
		_, err := s.flow.Refund(ctx, "refunded", orderflow.RefundRequest{ID: "refund-1", Amount: usd(350)})
		require.NoError(t, err)
		pay("open")
		pay("late")
		set := func(query string, id string) {
			_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET `+query+` WHERE id = $1`, id)
			require.NoError(t, err)
		}
		set(`state = 'cancelled'`, "late")
		s.pending("unpaid")
		set(`state = 'paid'`, "unpaid")
		shipped("refunded here only")
		set(`refunded = 100`, "refunded here only")
		for _, id := range []string{"gone", "gone and open", "gone and given back"} {
			_, err := s.client.CreateOrder(ctx, s.request(id))
			require.NoError(t, err)
		}
		require.NoError(t, s.wallet.Pay("gone"))
		require.NoError(t, s.wallet.Pay("gone and given back"))
		require.NoError(t, s.wallet.Refund("gone and given back", tradepay.Amount{}))

		found, err := s.flow.Audit(ctx, orderflow.AuditOptions{Pause: time.Millisecond,
			IDs: []string{"gone", "gone and open", "gone and given back", "never was", "agrees"}})
		require.NoError(t, err)
		kinds := map[string]orderflow.AuditKind{}
		for _, f := range found {
			kinds[f.ID] = f.Kind
			require.NotEmpty(t, f.Todo, f.ID)
			require.NotEmpty(t, f.Detail, f.ID)
		}
		require.Equal(t, map[string]orderflow.AuditKind{
			"given back": orderflow.AuditGivenBack, "open": orderflow.AuditUnfulfilled,
			"late":   orderflow.AuditUnfulfilled,
			"unpaid": orderflow.AuditUnpaid, "refunded here only": orderflow.AuditRefund,
			"gone": orderflow.AuditMissing, "gone and open": orderflow.AuditMissing,
		}, kinds)

		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1})
		found, err = s.flow.Audit(
			ctx,
			orderflow.AuditOptions{Pause: time.Millisecond, From: s.clock.now(), IDs: []string{"agrees"}},
		)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, orderflow.AuditUnknown, found[0].Kind)
	})
}

// restoredShop has one pending order from the backup; what the tests do with
// the client alone is what the database has forgotten.
func restoredShop(
	t *testing.T, s *shop, fulfilled func(context.Context, orderflow.Fulfilment) (bool, error),
) *orderflow.Order {
	o := s.pending("order-1")
	s.config.Restored = s.clock.now().Add(time.Second)
	s.config.Fulfilled = fulfilled
	s.open()
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	s.clock.advance(10 * time.Second)
	return o
}

// TestFreshAfterRestore: the wallet's notification, sent again, is not enough.
func TestFreshAfterRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := restoredShop(t, s, notShipped)
		p, _ := s.wallet.Payment(o.ID)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds})
		_, err := s.client.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: o.ID})
		require.NoError(t, err)
		n := paid(o.ID, p.PaymentID, 1050)
		n.PaidAt = p.PaidAt
		require.NoError(t, s.flow.Receive(t.Context(), n))
		require.NoError(t, s.flow.Work(t.Context()))
		p, _ = s.wallet.Payment(o.ID)
		require.Equal(t, int64(1050), p.Refunded.Value)
		require.Zero(t, s.shipments(o.ID), "shipped, and the money went back before the restore")
	})
}

// TestRefundAgainAfterRestore: a refund that is forgotten is asked for again, with its id.
func TestRefundAgainAfterRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := restoredShop(t, s, shipped)
		p, _ := s.wallet.Payment(o.ID)
		_, err := s.client.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "refund-1", PaymentRequestID: o.ID,
				PaymentID: p.PaymentID, Amount: usd(350)})
		require.NoError(t, err)
		_, err = s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		_, err = s.flow.Refund(t.Context(), o.ID, orderflow.RefundRequest{ID: "refund-1", Amount: usd(350)})
		require.NoError(t, err)
		o, err = s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		p, _ = s.wallet.Payment(o.ID)
		require.Equal(t, p.Refunded, o.Refunded, "one refund counts twice")
	})
}

// TestCancelAfterRestore: what was paid and shipped in the time that is forgotten is not cancelled.
func TestCancelAfterRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := restoredShop(t, s, shipped)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Times: -1})
		_, err := s.flow.Cancel(t.Context(), o.ID)
		p, _ := s.wallet.Payment(o.ID)
		require.Zero(t, p.Refunded.Value, "given back though shipped; Cancel says %v", err)
	})
}

// TestLateAfterRestore: a cancel, which is forgotten, gave the money back and
// closed the payment; then the notification of the payment comes, late.
func TestLateAfterRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.Late = orderflow.LateRefund
		o := restoredShop(t, s, notShipped)
		p, _ := s.wallet.Payment(o.ID)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds})
		_, err := s.client.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: o.ID})
		require.NoError(t, err)
		_, err = s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		n := paid(o.ID, p.PaymentID, 1050)
		n.PaidAt = p.PaidAt
		require.NoError(t, s.flow.Receive(t.Context(), n))
		o, err = s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StateCancelled, o.State, "a refund was opened of what the cancel gave back")
	})
}

// TestLostOrderCreatedAgain: an order that a restore has lost, which was paid and shipped, is created
// again with its id, by a phone that repeats its request. Config.Fulfilled knows that it went out.
func TestLostOrderCreatedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		late    orderflow.LatePolicy
		expires bool // the request says until when it can be paid, and so is the same at the wallet
	}{
		"the same request":                         {orderflow.LateReport, true},
		"another expiry, late money is given back": {orderflow.LateRefund, false},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				req := s.request("order-1")
				if c.expires {
					req.ExpiresAt = s.clock.now().Add(time.Hour).Truncate(time.Second)
				}
				o, err := s.flow.Create(t.Context(), req)
				require.NoError(t, err)
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
				require.NoError(t, s.flow.Work(t.Context()))
				require.Equal(t, 1, s.shipments(o.ID))
				for _, table := range []string{"orderflow_orders", "orderflow_history", "orderflow_inbox"} { // a backup
					_, err := s.db.SQL().ExecContext(t.Context(), `DELETE FROM `+table)
					require.NoError(t, err)
				}
				s.clock.advance(time.Minute)
				s.config.Restored, s.config.Fulfilled, s.config.Late = s.clock.now(), shipped, c.late
				s.open()
				s.clock.advance(time.Minute)
				_, _ = s.flow.Create(t.Context(), req) // whatever it says
				for range 3 {
					s.clock.advance(25 * time.Hour)
					require.NoError(t, s.flow.Sweep(t.Context()))
					require.NoError(t, s.flow.Work(t.Context()))
				}
				o, err = s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, 1, s.shipments(o.ID), "paid once, shipped")
				p, _ := s.wallet.Payment(o.ID)
				require.Zero(t, p.Refunded.Value, "shipped before the restore, and given back")
			})
		})
	}
}

// TestLatePaymentAfterARestore: where the time of a late payment does not show that it came after the
// restore, the order may be one that was lost and shipped. Its money stays where it is.
func TestLatePaymentAfterARestore(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // after the restore; 0 is unknown
		says  string
		state orderflow.State
	}{
		"paid before":  {-time.Second, "it was paid before the database was restored", orderflow.StateCancelled},
		"paid after":   {time.Second, "", orderflow.StateRefunding},
		"time unknown": {0, "the wallet does not tell when", orderflow.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.clock.stop()
				restored := s.clock.now()
				s.config.Restored, s.config.Late = restored, orderflow.LateRefund
				s.open()
				s.clock.advance(time.Minute)
				o := s.pending("order-1")
				_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET state = 'cancelled'`)
				require.NoError(t, err)
				n := paid(o.ID, o.PaymentID, 1050)
				n.PaidAt = time.Time{}
				if c.after != 0 {
					n.PaidAt = restored.Add(c.after)
				}
				require.NoError(t, s.flow.Receive(t.Context(), n))
				alarms := s.storedAlarms()
				require.Len(t, alarms, 1)
				require.Equal(t, orderflow.AlarmLate, alarms[0].Kind)
				require.Contains(t, alarms[0].Reason, c.says)
				o, err = s.flow.Get(t.Context(), o.ID)
				require.NoError(t, err)
				require.Equal(t, c.state, o.State)
			})
		})
	}
}
