package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestAlarmMayWrite: OnAlarm that writes to the same database, or decides about
// the order, does not wait for the transaction that raised the alarm.
func TestAlarmMayWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.OnAlarm = func(ctx context.Context, a orderflow.Alarm) {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
			defer cancel()
			_, err := s.db.SQL().ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, "alarm "+a.OrderID)
			require.NoError(t, err)
		}
		s.open()
		o := s.pending("order-1")
		require.ErrorIs(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1)), orderflow.ErrEvidence)
		require.Equal(t, 1, s.shipments("alarm order-1"))
	})
}

// TestFulfilReturnsEvidence: evidence that Fulfil met elsewhere undoes its
// transaction like any other error.
func TestFulfilReturnsEvidence(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		other := newShop(t, sqliteSource(t))
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID); err != nil {
				return err
			}
			if f.Attempt == 1 {
				return fmt.Errorf("partner: %w", other.flow.Receive(ctx, paid("order-9", "p-9", 1050)))
			}
			return nil
		}
		s.clock.stop() // the second try follows when the test says so
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		require.Eventually(t, func() bool {
			o, err := s.flow.Get(t.Context(), "order-1")
			return err == nil && o.LastError != ""
		}, 2*time.Minute, 10*time.Millisecond)
		require.Zero(t, s.shipments("order-1"))
		s.clock.advance(10 * time.Second)
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestFulfilEndsTheTransaction: whether its effects were committed cannot be
// known; it is called no second time, and a person decides.
func TestFulfilEndsTheTransaction(t *testing.T) {
	for name, end := range map[string]func(*sql.Tx) error{"commit": (*sql.Tx).Commit, "rollback": (*sql.Tx).Rollback} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
					_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
					return errors.Join(err, end(tx))
				}
				s.run()
				require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
				require.Eventually(t, func() bool {
					o, err := s.flow.Get(t.Context(), "order-1")
					return err == nil && !o.ParkedAt.IsZero()
				}, 2*time.Minute, 10*time.Millisecond)
				s.mu.Lock()
				defer s.mu.Unlock()
				require.Len(t, s.shipped, 1)
			})
		})
	}
}

// TestFulfilGoesOnWithoutTransaction: a statement that makes SQLite roll back
// leaves the ones after it to be committed each on its own. Such an order is not
// fulfilled, and not tried again. PostgreSQL rejects the statements.
func TestFulfilGoesOnWithoutTransaction(t *testing.T) {
	endless := `INSERT INTO boxes (id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`
	for name, test := range map[string]struct {
		statement string
		result    error
	}{
		"conflict, then all is well": {`INSERT OR ROLLBACK INTO boxes (id) VALUES (1), (1)`, nil},
		"conflict, then an error": {`INSERT OR ROLLBACK INTO boxes (id) VALUES (1), (1)`,
			errors.New("out of boxes")},
		"cut short, then all is well":      {endless, nil},
		"cut short, then an error":         {endless, errors.New("out of boxes")},
		"commit as text, then all is well": {`COMMIT`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				_, err := s.db.SQL().ExecContext(t.Context(), `CREATE TABLE boxes (id BIGINT PRIMARY KEY)`)
				require.NoError(t, err)
				s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
					within := ctx
					if test.statement == endless { // it has begun by then
						short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
						defer cancel()
						within = short
					}
					_, _ = tx.ExecContext(within, test.statement)
					_, _ = tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
					return test.result
				}
				o := s.pending("order-1")
				require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
				_ = s.flow.FulfilJob(t.Context(), "order-1", 0)
				_ = s.flow.FulfilJob(t.Context(), "order-1", 1)
				o, err = s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StatePaid, o.State)
				if s.isPostgres() && test.statement != `COMMIT` {
					require.Zero(t, s.shipments("order-1"))
					return
				}
				require.NotZero(t, o.ParkedAt)
				require.Equal(t, 1, s.shipments("order-1"))
			})
		})
	}
}

// TestFulfilOutOfTimeInAWrite: that SQLite rolls back what the end of the time
// interrupts is a failed try like any other, even if Fulfil does not notice.
func TestFulfilOutOfTimeInAWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		_, err := s.db.SQL().ExecContext(t.Context(), `CREATE TABLE boxes (id BIGINT PRIMARY KEY)`)
		require.NoError(t, err)
		s.config.FulfilTimeout = 500 * time.Millisecond
		s.open()
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			if f.Attempt == 1 {
				_, _ = tx.ExecContext(ctx, `INSERT INTO boxes (id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
					SELECT i + 1 FROM n) SELECT i FROM n`)
			}
			return err
		}
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		_ = s.flow.FulfilJob(t.Context(), "order-1", 0)
		o, err = s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		require.Zero(t, o.ParkedAt)
		require.Zero(t, s.shipments("order-1"))
		s.config.FulfilTimeout = time.Minute
		s.open()
		require.NoError(t, s.flow.FulfilJob(t.Context(), "order-1", 1))
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestFulfilWhoseCommitFails: the database has the last word, and its reason is
// kept with the order like any other.
func TestFulfilWhoseCommitFails(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for _, table := range []string{`CREATE TABLE boxes (id TEXT PRIMARY KEY)`,
			`CREATE TABLE boxed (box TEXT NOT NULL REFERENCES boxes (id) DEFERRABLE INITIALLY DEFERRED)`} {
			_, err := s.db.SQL().ExecContext(t.Context(), table)
			require.NoError(t, err)
		}
		s.fulfil = func(ctx context.Context, tx *sql.Tx, _ orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO boxed (box) VALUES ('none')`)
			return err
		}
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		for tries := range 3 {
			require.ErrorIs(t, s.flow.FulfilJob(t.Context(), "order-1", tries), orderflow.ErrDatabase)
			o, err := s.flow.Get(t.Context(), "order-1")
			require.NoError(t, err)
			require.Equal(t, orderflow.StatePaid, o.State)
			require.Equal(t, tries+1, o.Tries)
			require.Contains(t, strings.ToLower(o.LastError), "foreign key")
		}
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.NotZero(t, o.ParkedAt)
	})
}

// TestLateRefundThatCannotBeAsked is reported instead: the alarm and the
// notification are not lost with the refund.
func TestLateRefundThatCannotBeAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.Late = orderflow.LateRefund
		s.open()
		s.pending("order-1")
		long := strings.Repeat("p", 70) // no id that a refund may name
		_, err := s.db.SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET state = 'cancelled', payment_id = $1`, long)
		require.NoError(t, err)
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", long, 1050)))
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmLate}, s.alarmKinds())
		late, err := s.flow.List(t.Context(), orderflow.ListOptions{Late: true})
		require.NoError(t, err)
		require.Len(t, late, 1)
	})
}

// TestAlarmThatPanics: what was stored is acknowledged all the same.
func TestAlarmThatPanics(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.OnAlarm = func(context.Context, orderflow.Alarm) { panic("nobody is on call") }
		s.open()
		o := s.pending("order-1")
		require.ErrorIs(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1)), orderflow.ErrEvidence)
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		alarms := s.storedAlarms()
		require.Len(t, alarms, 1)
	})
}
