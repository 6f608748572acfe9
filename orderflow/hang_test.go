package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"pgregory.net/rapid"
)

// TestFulfilThatHangs: one that heeds no context is not waited for. The others
// are fulfilled, health says so, and nobody calls it again before it returns.
func TestFulfilThatHangs(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		release := make(chan struct{})
		late := make(chan error, 1)
		var calls atomic.Int32
		s.config.FulfilTimeout = 200 * time.Millisecond
		s.open()
		s.fulfil = func(_ context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			if f.Order.ID == "order-1" && calls.Add(1) == 1 {
				<-release
				_, err := s.shipHeedless(tx, f) //nolint:contextcheck // it heeds none
				late <- errors.Join(err, tx.Commit())
				return nil
			}
			_, err := s.shipHeedless(tx, f) //nolint:contextcheck // it heeds none
			return err
		}
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		var o *orderflow.Order
		require.Eventually(t, func() bool {
			var err error
			o, err = s.flow.Get(t.Context(), "order-1")
			alarmed := slices.Contains(s.alarmKinds(), orderflow.AlarmParked) // which is told after the commit
			return err == nil && !o.ParkedAt.IsZero() && alarmed
		}, 2*time.Minute, 10*time.Millisecond)
		require.Contains(t, o.LastError, "has not returned")
		health := s.flow.Health(t.Context())
		require.Equal(t, 1, health.Hanging)
		require.False(t, health.OK)
		_, err := s.flow.Retry(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrTransition)
		require.ErrorContains(t, err, "has not returned")

		require.NoError(t, s.wallet.Pay(s.pending("order-2").PaymentURL))
		s.reach("order-2", orderflow.StateFulfilled)

		close(release)
		require.Error(t, <-late, "its transaction is over")
		require.Eventually(
			t,
			func() bool { return s.flow.Health(t.Context()).Hanging == 0 },
			2*time.Minute,
			10*time.Millisecond,
		)
		require.Zero(t, s.shipments("order-1"))
		_, err = s.flow.Retry(t.Context(), "order-1")
		require.NoError(t, err)
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// shipHeedless ships as a Fulfil does that passes its context on to nothing.
func (s *shop) shipHeedless(tx *sql.Tx, f orderflow.Fulfilment) (sql.Result, error) {
	return tx.ExecContext(s.t.Context(), `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
}

// TestFulfilBesideItsTransaction: a statement by the pool, which waits for the
// transaction, ends with the time of Fulfil, and the error says what it was. Other
// orders go on. Internet findings, row 7.
func TestFulfilBesideItsTransaction(t *testing.T) {
	for name, test := range map[string]struct {
		timeout time.Duration
		context func(context.Context) context.Context
	}{
		"with its context": {4 * time.Second, func(ctx context.Context) context.Context { return ctx }},
		"without":          {200 * time.Millisecond, context.WithoutCancel},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				var failed atomic.Pointer[error]
				s.config.FulfilTimeout = test.timeout
				s.config.Metrics.Fulfilment = func(_ context.Context, _ time.Duration, err error) {
					if err != nil {
						failed.Store(&err)
					}
				}
				s.open()
				s.flow.HangGrace(100 * time.Millisecond)
				s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
					if f.Order.ID != "order-1" {
						_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
						return err
					}
					_, err := s.db.SQL().ExecContext(test.context(ctx),
						`UPDATE orderflow_orders SET title = title WHERE id = $1`, f.Order.ID)
					return err
				}
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				for _, id := range []string{"order-1", "order-2"} {
					o := s.pending(id)
					require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
					require.NoError(t, s.flow.FulfilJob(t.Context(), o.ID, 0))
				}
				require.Equal(t, 1, s.shipments("order-2"))
				o, err := s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Contains(t, o.LastError, "Fulfil was in database/sql.(*DB).")
				require.Contains(t, o.LastError, "use the transaction")
				require.ErrorIs(t, *failed.Load(), orderflow.ErrInsideFulfil)
				require.Equal(t, name == "without", !o.ParkedAt.IsZero(), "only what did not return is not tried again")
				require.Eventually(t, func() bool { return s.flow.Health(t.Context()).OK }, 2*time.Minute,
					10*time.Millisecond)
			})
		})
	}
}

// TestOneCustomerBlocksNobody: many calls about an order whose Fulfil runs hold
// no connection while they wait for it.
func TestOneCustomerBlocksNobody(t *testing.T) {
	t.Parallel()
	s := newShop(t, postgresSource(t)) // eight connections
	running, release := make(chan struct{}), make(chan struct{})
	s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
		close(running)
		<-release
		_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
		return err
	}
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
	o := s.pending("order-1")
	require.NoError(t, s.wallet.Pay(o.PaymentURL))
	require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
	s.run()
	<-running

	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 40 {
		callers.Go(func() {
			_, err := s.flow.Refund(ctx, o.ID, orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)})
			require.ErrorIs(t, err, orderflow.ErrDatabase, "busy, or given up")
		})
		callers.Go(func() { _, _ = s.flow.Cancel(ctx, o.ID) })
		callers.Go(func() { _ = s.flow.Receive(ctx, paid(o.ID, o.PaymentID, 1050)) })
	}
	// A slow machine may need more than one try. That one succeeds at all, while the
	// order is held, is what is shown.
	patiently := func(call func() error) {
		t.Helper()
		err := call()
		for tries := 1; tries < 20 && errors.Is(err, orderflow.ErrDatabase); tries++ {
			err = call()
		}
		require.NoError(t, err)
	}
	for range 20 {
		patiently(func() error {
			other, err := s.flow.Get(t.Context(), o.ID)
			if err == nil {
				require.Equal(t, orderflow.StatePaid, other.State)
			}
			return err
		})
	}
	s.pending("order-2")
	patiently(func() error {
		_, err := s.flow.Cancel(t.Context(), "order-2")
		return err
	})
	stop()
	callers.Wait()
	_, err := s.flow.Refund(t.Context(), o.ID, orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)})
	require.ErrorIs(t, err, orderflow.ErrBusy, "whoever waits to the end is told")
	close(release)
	s.reach(o.ID, orderflow.StateFulfilled)
	require.Equal(t, 1, s.shipments(o.ID))
}

// TestKeysDiffer: no two orders, of whatever flows, have one key.
func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	require.Equal(t, "orderflow:shop:eu:1001", orderflow.Key("shop", "eu:1001"), "as ever")
	require.NotEqual(t, orderflow.Key("shop", "eu:1001"), orderflow.Key("shop:eu", "1001"))
	rapid.Check(t, func(rt *rapid.T) {
		part := rapid.StringMatching(`[a:%3A25]{1,6}`)
		name, id := part.Draw(rt, "name"), part.Draw(rt, "id")
		otherName, otherID := part.Draw(rt, "other name"), part.Draw(rt, "other id")
		same := name == otherName && id == otherID
		require.Equal(rt, same, orderflow.Key(name, id) == orderflow.Key(otherName, otherID))
		require.True(rt, strings.HasSuffix(orderflow.Key(name, id), ":"+id))
	})
}

// TestFulfilThatMeetsALock: a row of the merchant's own that is locked is a
// failed try like any other, and Fulfil is not called again unnoticed.
func TestFulfilThatMeetsALock(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var calls atomic.Int32
		s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
			calls.Add(1)
			return &pgconn.PgError{Code: "55P03", Message: "could not obtain lock"}
		}
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
		require.NoError(t, s.flow.FulfilJob(t.Context(), o.ID, 0))
		o, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, int32(1), calls.Load())
		require.Equal(t, 1, o.Tries)
	})
}
