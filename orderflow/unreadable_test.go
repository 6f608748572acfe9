package orderflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// spoil writes what a later version, or a person, may have left in the row of an order.
func (s *shop) spoil(id, column, value string) {
	s.t.Helper()
	ctx := s.t.Context()
	if column == "state" { // a later version has more transitions
		_, err := s.db.SQL().ExecContext(ctx,
			`INSERT INTO orderflow_transitions (from_state, to_state) VALUES ('pending', $1) ON CONFLICT DO NOTHING`, value)
		require.NoError(s.t, err)
	}
	result, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET `+column+` = $1 WHERE id = $2`, value, id)
	require.NoError(s.t, err)
	rows, err := result.RowsAffected()
	require.NoError(s.t, err)
	require.EqualValues(s.t, 1, rows)
}

var spoiled = map[string]struct {
	column, value string
	sqliteOnly    bool // PostgreSQL holds no text in a number
}{
	"a state of a later version":  {column: "state", value: "shelved"},
	"a return to an unknown one":  {column: "resume_state", value: "shelved"},
	"a request cut short":         {column: "request", value: `{"Title":"Two`},
	"an amount of another type":   {column: "request", value: `{"Amount":"10.50 USD"}`},
	"no request":                  {column: "request", value: ``},
	"a count that is no number":   {column: "tries", value: "many", sqliteOnly: true},
	"a time that is written out":  {column: "updated_at", value: "yesterday", sqliteOnly: true},
	"an expiry that is no number": {column: "expires_at", value: "never", sqliteOnly: true},
}

// TestUnreadableOrder: an order that cannot be read keeps no other from going
// on, is told, is not believed to be anything, and goes on when it can be read again.
func TestUnreadableOrder(t *testing.T) {
	for name, with := range spoiled {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				if with.sqliteOnly && s.isPostgres() {
					return
				}
				ctx := t.Context()
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1}) // they would lock the rows
				s.pending("bad")
				s.pending("good")
				var before string
				row := s.db.SQL().QueryRowContext(ctx, `SELECT `+with.column+` FROM orderflow_orders WHERE id = 'bad'`)
				require.NoError(t, row.Scan(&before))
				s.spoil("bad", with.column, with.value)
				require.NoError(t, s.wallet.Pay("good"))
				require.NoError(t, s.wallet.Pay("bad"))
				s.clock.advance(time.Minute)

				require.NoError(t, s.flow.Sweep(ctx))
				require.NoError(t, s.flow.Work(ctx, false))
				s.reach("good", orderflow.StateFulfilled)
				require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmUnreadable}, s.alarmKinds())
				require.NoError(t, s.flow.Sweep(ctx), "again at once")
				require.Len(t, s.alarmKinds(), 1, "it was put off")

				_, err := s.flow.Get(ctx, "bad")
				var unreadable *orderflow.UnreadableError
				require.ErrorAs(t, err, &unreadable)
				require.Equal(t, "bad", unreadable.ID)
				require.ErrorIs(t, err, orderflow.ErrUnreadable)
				require.ErrorIs(t, err, orderflow.ErrDatabase)
				for what, call := range map[string]func() error{
					"Create":     func() error { _, err := s.flow.Create(ctx, s.request("bad")); return err },
					"Cancel":     func() error { _, err := s.flow.Cancel(ctx, "bad"); return err },
					"Refresh":    func() error { _, err := s.flow.Refresh(ctx, "bad"); return err },
					"Retry":      func() error { _, err := s.flow.Retry(ctx, "bad"); return err },
					"AcceptLate": func() error { _, err := s.flow.AcceptLate(ctx, "bad"); return err },
					"Refund": func() error {
						_, err := s.flow.Refund(ctx, "bad", orderflow.RefundRequest{ID: "refund-1"})
						return err
					},
					"Receive": func() error { return s.flow.Receive(ctx, paid("bad", s.paymentID("bad"), 1050)) },
				} {
					require.ErrorIs(t, call(), orderflow.ErrUnreadable, what)
				}

				orders, err := s.flow.List(ctx, orderflow.ListOptions{Limit: 1})
				require.NoError(t, err)
				require.Len(t, orders, 1)
				require.Equal(t, "good", orders[0].ID)
				found, err := s.flow.Audit(ctx, orderflow.AuditOptions{Pause: time.Nanosecond})
				require.NoError(t, err)
				require.Len(t, found, 1)
				require.Equal(t, orderflow.AuditUnreadable, found[0].Kind)

				s.mend("bad", with.column, before)
				s.clock.advance(time.Hour)
				require.NoError(t, s.flow.Sweep(ctx))
				require.NoError(t, s.flow.Work(ctx, false))
				s.reach("bad", orderflow.StateFulfilled)
			})
		})
	}
}

// mend is what the later version does with its order.
func (s *shop) mend(id, column, value string) {
	s.t.Helper()
	ctx := s.t.Context()
	if column == "state" {
		_, err := s.db.SQL().ExecContext(ctx, `INSERT INTO orderflow_transitions (from_state, to_state)
			SELECT state, 'pending' FROM orderflow_orders WHERE id = $1`, id)
		require.NoError(s.t, err)
	}
	_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET `+column+` = $1 WHERE id = $2`, value, id)
	require.NoError(s.t, err)
}

// TestManyUnreadableOrders: more of them than one transaction takes up hold up
// nobody, and lists have whole pages all the same.
func TestManyUnreadableOrders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.pending("order-000")
		_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET request = '{' WHERE id = 'order-000'`)
		require.NoError(t, err)
		for i := 1; i <= 450; i++ {
			_, err := s.db.SQL().ExecContext(ctx, `INSERT INTO orderflow_orders
				(client, id, state, currency, value, title, request, digest, created_at, updated_at, expires_at, next_at)
				SELECT client, $1, state, currency, value, title, request, digest, created_at, updated_at, expires_at, next_at
				FROM orderflow_orders WHERE id = 'order-000'`, fmt.Sprintf("order-%03d", i))
			require.NoError(t, err)
		}
		s.pending("good-1")
		s.pending("good-2")
		require.NoError(t, s.wallet.Pay("good-1"))
		s.clock.advance(time.Minute)
		require.NoError(t, s.flow.Sweep(ctx))
		require.NoError(t, s.flow.Work(ctx, false))
		s.reach("good-1", orderflow.StateFulfilled)
		require.Len(t, s.alarmKinds(), 451)

		orders, err := s.flow.List(ctx, orderflow.ListOptions{Limit: 2})
		require.NoError(t, err)
		require.Len(t, orders, 2)
		s.clock.advance(3 * time.Hour)
		report, err := s.flow.Report(ctx, s.clock.now().Add(-24*time.Hour), s.clock.now())
		require.NoError(t, err)
		require.Len(t, report.Unreadable, 451)
		require.False(t, report.Agrees())
	})
}

// TestUnreadableRefund: what a refund has become is not guessed.
func TestUnreadableRefund(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.pending("order-1")
		require.NoError(t, s.wallet.Pay("order-1"))
		_, err := s.flow.Refresh(ctx, "order-1")
		require.NoError(t, err)
		req := orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)}
		_, err = s.flow.Refund(ctx, "order-1", req)
		require.NoError(t, err)
		_, err = s.db.SQL().ExecContext(ctx, `UPDATE orderflow_refunds SET state = 'queued'`)
		require.NoError(t, err)
		_, err = s.flow.Refund(ctx, "order-1", req)
		require.ErrorIs(t, err, orderflow.ErrUnreadable)
		_, err = s.flow.Refunds(ctx, "order-1")
		require.ErrorIs(t, err, orderflow.ErrUnreadable)
	})
}
