package orderflow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// payDuringCancel has the payer pay while the merchant cancels, at a wallet
// whose cancel gives back what was paid, and takes its time.
func (s *shop) payDuringCancel(fault tradepaytest.Fault) *orderflow.Order {
	s.t.Helper()
	s.clock.stop()
	o := s.pending("order-1")
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	s.wallet.Inject(fault)
	require.NoError(s.t, s.wallet.Pay(o.PaymentURL)) // and nobody here knows of it yet
	_, err := s.flow.Cancel(s.t.Context(), o.ID)
	require.ErrorIs(s.t, err, tradepay.ErrOutcomeUnknown)
	return o
}

// TestPayAndCancelAtOnce: two taps, or one cancel and the sweep, send a second
// cancel while the first gives the money back. Its rejection, and an inquiry that
// still says SUCCESS, are no proof that the goods are paid.
func TestPayAndCancelAtOnce(t *testing.T) {
	for name, kind := range map[string]tradepaytest.FaultKind{"seen": tradepaytest.CancelRefunds,
		"unseen": tradepaytest.CancelRefundsUnseen} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				o := s.payDuringCancel(tradepaytest.Fault{Kind: kind, Delay: 3 * time.Second, Times: -1})
				_, err := s.flow.Cancel(t.Context(), o.ID)
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "the second tap")
				require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
				for range 3 {
					s.clock.advance(time.Second / 2)
					require.NoError(t, s.flow.Sweep(t.Context()))
					require.NoError(t, s.flow.Work(t.Context()))
				}
				s.clock.advance(10 * time.Minute)
				require.NoError(t, s.flow.Sweep(t.Context()))
				require.NoError(t, s.flow.Work(t.Context()))
				o, err = s.flow.Get(t.Context(), o.ID)
				require.NoError(t, err)
				require.Equal(t, orderflow.StateCancelled, o.State)
				require.Zero(t, s.shipments(o.ID))
				p, _ := s.wallet.Payment(o.ID)
				require.Equal(t, p.Amount, p.Refunded, "the payer has the money")
			})
		})
	}
}

// TestCancelRefusedAtOnce: the rejection of the only cancel shows that none is
// under way. What was paid is fulfilled without delay.
func TestCancelRefusedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		o, err := s.flow.Cancel(t.Context(), o.ID)
		require.ErrorIs(t, err, orderflow.ErrAlreadyPaid)
		require.Equal(t, orderflow.StatePaid, o.State)
	})
}

// TestLostCancelOfWhatWasPaid: of a cancel whose answer was lost nobody knows
// whether it is under way. The order waits for an hour from the last one, and
// no further one is sent once the payment is known.
func TestLostCancelOfWhatWasPaid(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.clock.stop()
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCancel, Times: -1})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		_, err := s.flow.Cancel(t.Context(), o.ID)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
		for _, step := range []struct {
			after time.Duration
			state orderflow.State
		}{{time.Minute, orderflow.StatePending}, {30 * time.Minute, orderflow.StatePending},
			{28 * time.Minute, orderflow.StatePending},
			{time.Minute, orderflow.StateFulfilled}} {
			s.clock.advance(step.after)
			for range 2 { // the second does the fulfilment that the first enqueues
				require.NoError(t, s.flow.Sweep(t.Context()))
				require.NoError(t, s.flow.Work(t.Context()))
			}
			o, err = s.flow.Get(t.Context(), o.ID)
			require.NoError(t, err)
			require.Equal(t, step.state, o.State, "after %s", step.after)
		}
		require.Equal(t, 1, s.shipments(o.ID))
	})
}

// TestLatePaymentIsNotAcceptedDuringACancel, which may give it back.
func TestLatePaymentIsNotAcceptedDuringACancel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.payDuringCancel(tradepaytest.Fault{Kind: tradepaytest.CancelRefundsUnseen,
			Delay: 3 * time.Second, Times: -1})
		n := paid(o.ID, s.paymentID(o.ID), 1050)
		n.Status = tradepay.StatusCancelled
		require.NoError(t, s.flow.Receive(t.Context(), n))
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
		_, err := s.flow.AcceptLate(t.Context(), o.ID)
		require.ErrorIs(t, err, orderflow.ErrTransition)
		s.clock.advance(61 * time.Minute)
		_, err = s.flow.AcceptLate(t.Context(), o.ID)
		require.NoError(t, err)
		require.NoError(t, s.flow.Work(t.Context()))
		require.Zero(t, s.shipments(o.ID), "the wallet is asked first, and says that it was given back")
	})
}

func (s *shop) paymentID(id string) string {
	p, ok := s.wallet.Payment(id)
	require.True(s.t, ok)
	return p.PaymentID
}

// TestCancelsOfEarlierVersions: of an order whose cancellation was wanted before
// cancels were counted, several may be under way.
func TestCancelsOfEarlierVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		s.pending("order-2")
		for _, statement := range []string{
			`UPDATE orderflow_orders SET cancel_requested_at = created_at WHERE id = 'order-1'`,
			`ALTER TABLE orderflow_orders DROP COLUMN cancels`,
			`ALTER TABLE orderflow_orders DROP COLUMN cancel_sent_at`,
			`ALTER TABLE orderflow_orders DROP COLUMN fresh_until`,
			`ALTER TABLE orderflow_orders DROP COLUMN captured`,
			`ALTER TABLE orderflow_orders DROP COLUMN authorized_until`,
			`DROP TABLE orderflow_captures`,
			`ALTER TABLE orderflow_refunds DROP COLUMN notify_url`,
			`ALTER TABLE orderflow_orders DROP COLUMN trace`,
			`DROP TABLE orderflow_shards`,
			`DROP TABLE orderflow_ceded`,
			`DELETE FROM orderflow_migrations WHERE version >= 2`,
		} {
			_, err := s.db.SQL().ExecContext(t.Context(), statement)
			require.NoError(t, err, statement)
		}
		db, err := orderflow.Open(t.Context(), s.source)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		s.config.DB = db
		s.open()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		for id, want := range map[string]orderflow.State{"order-1": orderflow.StatePending,
			"order-2": orderflow.StatePaid} {
			require.NoError(t, s.flow.Receive(t.Context(), paid(id, s.paymentID(id), 1050)))
			o, err := s.flow.Get(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want, o.State, id)
		}
	})
}
