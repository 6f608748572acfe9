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
			`INSERT INTO orderflow_transitions (from_state, to_state) VALUES ('pending', $1) ON CONFLICT DO NOTHING`,
			value)
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
	"a request without anything":  {column: "request", value: `{}`},
	"no request, as JSON says it": {column: "request", value: `null`},
	"a request in a new wrapping": {column: "request", value: `{"v":2,"request":{"paymentRequestId":"bad"}}`},
	"the request of another": {column: "request",
		value: `{"paymentRequestId":"good","amount":{"currency":"USD","value":"1050"}}`},
	"another amount": {column: "request",
		value: `{"paymentRequestId":"bad","amount":{"currency":"USD","value":"1"}}`},
	"more than a request": {column: "request",
		value: `{"paymentRequestId":"bad","amount":{"currency":"USD","value":"1050"}}{}`},
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
					_, err := s.db.SQL().ExecContext(t.Context(),
						`UPDATE orderflow_orders SET `+with.column+` = $1`, with.value)
					require.Error(t, err, "PostgreSQL refuses it")
					return
				}
				ctx := t.Context()
				// They would lock the rows.
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
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
				require.NoError(t, s.flow.Work(ctx))
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

				s.fix("bad", with.column, before)
				s.clock.advance(time.Hour)
				require.NoError(t, s.flow.Sweep(ctx))
				require.NoError(t, s.flow.Work(ctx))
				s.reach("bad", orderflow.StateFulfilled)
			})
		})
	}
}

// fix is what the later version does with its order.
func (s *shop) fix(id, column, value string) {
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
				(client, id, state, currency, value, title, request, digest, created_at, updated_at, expires_at,
				next_at)
				SELECT client, $1, state, currency, value, title, request, digest, created_at, updated_at, expires_at,
				next_at
				FROM orderflow_orders WHERE id = 'order-000'`, fmt.Sprintf("order-%03d", i))
			require.NoError(t, err)
		}
		s.clock.advance(time.Second) // the good ones are the newest, and the oldest
		s.pending("good-1")
		for i, id := range []string{"old-1", "old-2"} {
			s.pending(id)
			_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET created_at = $1 WHERE id = $2`, i, id)
			require.NoError(t, err)
		}
		require.NoError(t, s.wallet.Pay("good-1"))
		s.clock.advance(time.Minute)
		require.NoError(t, s.flow.Sweep(ctx))
		require.NoError(t, s.flow.Work(ctx))
		s.reach("good-1", orderflow.StateFulfilled)
		require.Len(t, s.alarmKinds(), 451)

		orders, err := s.flow.List(ctx, orderflow.ListOptions{Limit: 2})
		require.NoError(t, err)
		require.Len(t, orders, 2)
		require.Equal(t, []string{"good-1", "old-2"}, []string{orders[0].ID, orders[1].ID})
		rest, err := s.flow.List(ctx, orderflow.ListOptions{Limit: 2, CreatedBefore: orders[1].CreatedAt,
			BeforeID: orders[1].ID})
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Equal(t, "old-1", rest[0].ID)
		found, err := s.flow.Audit(ctx, orderflow.AuditOptions{From: s.clock.now().Add(time.Hour),
			Pause: time.Nanosecond})
		require.NoError(t, err)
		require.Empty(t, found, "nothing of before")
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

// TestRefundThatIsGone: an order that is refunding, and whose refund another
// version has moved on, is told to a person.
func TestRefundThatIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing, Times: -1})
		s.pending("order-1")
		require.NoError(t, s.wallet.Pay("order-1"))
		_, err := s.flow.Refresh(ctx, "order-1")
		require.NoError(t, err)
		_, err = s.flow.Refund(ctx, "order-1", orderflow.RefundRequest{ID: "refund-1"})
		require.NoError(t, err)
		_, err = s.db.SQL().ExecContext(ctx, `UPDATE orderflow_refunds SET state = 'queued'`)
		require.NoError(t, err)
		for range 3 {
			s.clock.advance(10 * time.Minute)
			require.NoError(t, s.flow.Sweep(ctx))
			require.NoError(t, s.flow.Work(ctx))
		}
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmUnreadable}, s.alarmKinds(), "once an hour")
		o, err := s.flow.Get(ctx, "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateRefunding, o.State)
		require.NotZero(t, o.NextAt)
	})
}

// TestManyUnreadable: as after a downgrade of the program. A list that cannot go on says so, and
// an audit goes on: what lies behind may be wrong.
func TestManyUnreadable(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.pending("oldest")
		require.NoError(t, s.flow.Receive(ctx, paid("oldest", "", 1050))) // and the wallet says pending
		s.clock.advance(time.Hour)
		from := `(WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1100)
			SELECT i FROM numbers) AS n`
		_, err := s.db.SQL().ExecContext(ctx, `INSERT INTO orderflow_orders (client, id, state, currency, value, title,
			request, digest, created_at, updated_at, expires_at)
			SELECT $1, 'broken-' || i, 'pending', 'USD', 1050, 'Two coffees', '{', '', $2, $2, $2 FROM `+from,
			s.client.ClientID(), s.clock.now().UnixMilli())
		require.NoError(t, err)
		s.clock.advance(time.Hour)
		s.pending("newest")
		list, err := s.flow.List(ctx, orderflow.ListOptions{})
		require.ErrorIs(t, err, orderflow.ErrUnreadable)
		require.Len(t, list, 1)
		require.Equal(t, "newest", list[0].ID)
		opts := orderflow.AuditOptions{Pause: time.Nanosecond, To: s.clock.now().Add(time.Hour)}
		found, err := s.flow.Audit(ctx, opts)
		require.NoError(t, err)
		require.Equal(t, "oldest", found[len(found)-1].ID)
		require.Equal(t, orderflow.AuditUnpaid, found[len(found)-1].Kind)
		require.Len(t, found, 1102)
	})
}
