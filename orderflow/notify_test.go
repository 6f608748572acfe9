package orderflow_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func paid(id, paymentID string, value int64) *tradepay.Notification {
	return &tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: id,
		PaymentID: paymentID, PaidAt: time.Now(),
		Amount: tradepay.Amount{Currency: "USD", Value: value}, Status: tradepay.StatusSuccess,
		Raw: []byte(`{"evidence":true}`)}
}

func TestReceive(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		for _, test := range []struct {
			name   string
			change func(*tradepay.Notification)
			want   error
			alarm  orderflow.AlarmKind
			state  orderflow.State
		}{
			{"one cent", func(n *tradepay.Notification) {
				n.Amount.Value = 1
			}, orderflow.ErrEvidence, orderflow.AlarmAmount, orderflow.StatePending},
			{"other currency", func(n *tradepay.Notification) {
				n.Amount.Currency = "ZAR"
			}, orderflow.ErrEvidence, orderflow.AlarmAmount, orderflow.StatePending},
			{"other payment", func(n *tradepay.Notification) {
				n.PaymentID = "other"
			}, orderflow.ErrEvidence, orderflow.AlarmReference, orderflow.StatePending},
			{"an id with a zero byte", func(n *tradepay.Notification) {
				n.PaymentID = "p\x00"
			}, orderflow.ErrEvidence, orderflow.AlarmReference, orderflow.StatePending},
			{"unknown order", func(n *tradepay.Notification) {
				n.PaymentRequestID = "order-9"
			}, orderflow.ErrEvidence, orderflow.AlarmUnknownOrder, orderflow.StatePending},
			{"reserved", func(n *tradepay.Notification) {
				n.Status = tradepay.StatusAuthorized
			}, orderflow.ErrEvidence, orderflow.AlarmContradiction, orderflow.StatePending},
			{"processing", func(n *tradepay.Notification) {
				n.Status = tradepay.StatusProcessing
			}, nil, "", orderflow.StatePending},
			{"paid", func(*tradepay.Notification) {}, nil, "", orderflow.StatePaid},
			{"paid again", func(*tradepay.Notification) {}, nil, "", orderflow.StatePaid},
			{"paid by the wallet's id alone", func(n *tradepay.Notification) {
				n.PaymentRequestID = ""
			}, nil, "", orderflow.StatePaid},
			{"processing after all", func(n *tradepay.Notification) {
				n.Status = tradepay.StatusProcessing
			}, nil, "", orderflow.StatePaid},
			{"paid at another time", func(n *tradepay.Notification) {
				n.PaidAt = time.Unix(1, 0)
			}, nil, "", orderflow.StatePaid},
			{"paid, and failed", func(n *tradepay.Notification) {
				n.FailReason = "no"
			}, nil, "", orderflow.StatePaid}, // the id, status and amount are the same
			{"failed after it was paid", func(n *tradepay.Notification) {
				n.Status = tradepay.StatusFailed
			}, orderflow.ErrEvidence, orderflow.AlarmContradiction, orderflow.StatePaid},
		} {
			s.mu.Lock()
			s.alarms = nil
			s.mu.Unlock()
			n := paid("order-1", o.PaymentID, 1050)
			test.change(n)
			require.ErrorIs(t, s.flow.Receive(t.Context(), n), test.want, test.name)
			now, err := s.flow.Get(t.Context(), "order-1")
			require.NoError(t, err)
			require.Equal(t, test.state, now.State, test.name)
			if test.alarm == "" {
				require.Empty(t, s.alarmKinds(), test.name)
			} else {
				require.Equal(t, []orderflow.AlarmKind{test.alarm}, s.alarmKinds(), test.name)
			}
		}
		alarms := s.storedAlarms()
		require.Len(t, alarms, 7)
		for _, a := range alarms {
			require.JSONEq(t, `{"evidence":true}`, a.Raw)
		}
	})
}

// TestEvidenceIsKept: each message that says something else is kept, however
// much its alarm is like the one before; the same one again only counts.
func TestEvidenceIsKept(t *testing.T) {
	for name, change := range map[string]func(n *tradepay.Notification, i int){
		"unknown order": func(n *tradepay.Notification, i int) {
			n.PaymentRequestID, n.Status = "order-9",
				[]tradepay.PaymentStatus{tradepay.StatusProcessing, tradepay.StatusSuccess}[i]
		},
		"another void": func(n *tradepay.Notification, i int) {
			n.Kind, n.Status, n.VoidRequestID, n.VoidStatus = tradepay.NotificationVoid, "", "void-1", "SUCCESS"
			n.Amount.Value = []int64{1, 2}[i]
		},
		"another amount": func(n *tradepay.Notification, i int) {
			n.Amount.Value = 1
			n.FailReason = []string{"", "after all"}[i]
		},
		"another payment": func(n *tradepay.Notification, i int) { n.PaymentID = "other"; n.Amount.Value += int64(i) },
		"after a payment": func(n *tradepay.Notification, i int) {
			n.Status = tradepay.StatusFailed
			n.FailReason = []string{"", "lack of money"}[i]
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				o := s.pending("order-1")
				require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
				void := paid("order-1", o.PaymentID, 1050)
				void.Kind, void.Status = tradepay.NotificationVoid, ""
				void.VoidRequestID, void.VoidStatus = "void-1", tradepay.TransactionSuccess
				require.NoError(t, s.flow.Receive(t.Context(), void))
				for _, i := range []int{0, 1, 0, 1, 1} {
					n := paid("order-1", o.PaymentID, 1050)
					change(n, i)
					n.Raw = fmt.Appendf(nil, `{"message":%d}`, i)
					require.ErrorIs(t, s.flow.Receive(t.Context(), n), orderflow.ErrEvidence)
				}
				alarms := s.storedAlarms()
				require.Len(t, alarms, 2)
				slices.SortFunc(alarms, func(a, b orderflow.Alarm) int { return strings.Compare(a.Raw, b.Raw) })
				for i, times := range []int{2, 3} {
					require.JSONEq(t, fmt.Sprintf(`{"message":%d}`, i), alarms[i].Raw)
					require.Equal(t, times, alarms[i].Times)
				}
			})
		})
	}
}

// TestWrongAmountIsAnsweredU: over HTTP, signed rightly, and answered U; the
// right one that follows still finds its place.
func TestWrongAmountIsAnsweredU(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		o := s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyWrongAmount})
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.wallet.WaitNotified(t.Context(), "order-1"))
		s.reach("order-1", orderflow.StateFulfilled)
		deliveries := s.wallet.Deliveries()
		require.False(t, deliveries[0].Acknowledged)
		require.True(t, deliveries[len(deliveries)-1].Acknowledged)
		require.Contains(t, s.alarmKinds(), orderflow.AlarmAmount)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestWalletsIDAlone: the wallet's id of an order came with an answer that may
// have been another one's. Whose payment it is, an inquiry says.
func TestWalletsIDAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		owner, other := s.pending("order-1"), s.pending("order-2")
		// Its answer was lost …
		_, err := s.db.SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET payment_id = '' WHERE id = 'order-1'`)
		require.NoError(t, err)
		// … and taken for another's.
		_, err = s.db.SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET payment_id = $1 WHERE id = 'order-2'`, owner.PaymentID)
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(owner.PaymentURL))
		require.NoError(t, s.flow.Receive(t.Context(), paid("", owner.PaymentID, 1050)))
		s.run()
		require.Eventually(t, func() bool {
			o, err := s.flow.Get(t.Context(), "order-2")
			return err == nil && o.PaymentID == other.PaymentID
		}, 2*time.Minute, 10*time.Millisecond)
		s.clock.advance(time.Minute)
		s.reach("order-1", orderflow.StateFulfilled)
		o, err := s.flow.Get(t.Context(), "order-2")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State)
		require.Zero(t, s.shipments("order-2"))
	})
}

// TestWalletsIDAloneSettles: such a notification is taken up at once.
func TestWalletsIDAloneSettles(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		open, closed := s.pending("order-1"), s.pending("order-2")
		// By mistake, by hand.
		_, err := s.db.SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET state = 'cancelled' WHERE id = 'order-2'`)
		require.NoError(t, err)
		for _, o := range []*orderflow.Order{open, closed} {
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			for range 2 {
				require.NoError(t, s.flow.Receive(t.Context(), paid("", o.PaymentID, 1050)))
			}
		}
		s.run()
		s.reach("order-1", orderflow.StateFulfilled)
		require.Eventually(t, func() bool {
			late, err := s.flow.List(t.Context(), orderflow.ListOptions{Late: true})
			return err == nil && len(late) == 1
		}, 2*time.Minute, 10*time.Millisecond)
	})
}

// TestWalletsIDAloneIsNoDuplicate: the notification that names the order is not
// taken for the one before it, which named the payment only and moved nothing.
func TestWalletsIDAloneIsNoDuplicate(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		for range 2 {
			require.NoError(t, s.flow.Receive(t.Context(), paid("", o.PaymentID, 1050)))
		}
		n := paid("order-1", o.PaymentID, 1050)
		n.PaidAt = s.clock.now() // which the other one left out
		require.NoError(t, s.flow.Receive(t.Context(), n))
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		require.Empty(t, s.alarmKinds())
	})
}

func TestNotificationsDuplicatedAndReordered(t *testing.T) {
	for _, kind := range []tradepaytest.FaultKind{tradepaytest.NotifyDuplicate, tradepaytest.NotifyReordered} {
		t.Run(string(kind), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.run()
				s.wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1})
				for _, id := range []string{"order-1", "order-2", "order-3"} {
					require.NoError(t, s.wallet.Pay(s.pending(id).PaymentURL))
					s.reach(id, orderflow.StateFulfilled)
					require.Equal(t, 1, s.shipments(id))
				}
				require.Empty(t, s.alarmKinds())
			})
		})
	}
}

// TestNoSWithoutDatabase: a notification that could not be stored is not
// acknowledged, and comes again.
func TestNoSWithoutDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		_, err := s.db.SQL().ExecContext(t.Context(), `ALTER TABLE orderflow_inbox RENAME TO away`)
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.Eventually(t, func() bool { return len(s.wallet.Deliveries()) > 0 }, 2*time.Minute, time.Millisecond)
		require.False(t, s.wallet.Deliveries()[0].Acknowledged)
		now, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, now.State)
		_, err = s.db.SQL().ExecContext(t.Context(), `ALTER TABLE away RENAME TO orderflow_inbox`)
		require.NoError(t, err)
		require.NoError(t, s.wallet.Notify("order-1"))
		now, err = s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, now.State)
	})
}

func TestLateURL(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		_, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		n := &tradepay.Notification{Kind: tradepay.NotificationCashierURL, PaymentRequestID: "order-1", PaymentID: "p1",
			PaymentURL: "https://wallet.example/pay", Raw: []byte(`{}`)}
		require.NoError(t, s.flow.Receive(t.Context(), n))
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State)
		require.Equal(t, "https://wallet.example/pay", o.TradePay().PaymentURL)

		n = &tradepay.Notification{Kind: tradepay.NotificationCashierURL, PaymentID: "p1",
			PaymentURL: "https://wallet.example/again", Raw: []byte(`{"again":true}`)}
		require.NoError(t, s.flow.Receive(t.Context(), n))
		o, err = s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, "https://wallet.example/pay", o.TradePay().PaymentURL, "by the wallet's id alone")
		n.PaymentRequestID, n.Raw = "order-1", []byte(`{"once more":true}`)
		require.NoError(t, s.flow.Receive(t.Context(), n))
		o, err = s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, "https://wallet.example/again", o.TradePay().PaymentURL)
	})
}

// TestIllegalTransitionsAreRefusedBySQL holds every pair of states against the
// database itself.
func TestIllegalTransitionsAreRefusedBySQL(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		set := func(state orderflow.State) (sql.Result, error) {
			return s.db.SQL().ExecContext(t.Context(),
				`UPDATE orderflow_orders SET state = $1 WHERE id = 'order-1'`, state)
		}
		for _, illegal := range []orderflow.State{orderflow.StateCreated, orderflow.StateFulfilled,
			orderflow.StateRefunding, orderflow.StatePartlyRefunded, "nonsense"} {
			_, err := set(illegal)
			require.ErrorContains(t, err, "illegal transition", illegal)
		}
		for _, legal := range []orderflow.State{orderflow.StatePaid, orderflow.StateFulfilled, orderflow.StateRefunding,
			orderflow.StateRefunded} {
			_, err := set(legal)
			require.NoError(t, err, legal)
		}
		_, err := set(orderflow.StatePaid)
		require.ErrorContains(t, err, "illegal transition")
		for _, change := range []string{`value = 1`, `currency = 'ZAR'`, `id = 'other'`} {
			_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET `+change+` WHERE id = 'order-1'`)
			require.ErrorContains(t, err, "never change", change)
		}
	})
}

// TestRoundTrips: a notification waits four times for PostgreSQL, as
// docs/orderflow.md says, and a fifth time where River wakes the others.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	s := newShop(t, postgresSource(t))
	first, o := s.pending("order-0"), s.pending("order-1")
	var told []string
	db, err := s.db.Recorded(t.Context(), func(query string, _ []any) {
		if !strings.Contains(query, "pg_notify") {
			told = append(told, strings.Join(strings.Fields(query)[:1], ""))
		}
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s.config.DB = db
	s.open()
	// River asks for the version, once.
	require.NoError(t, s.flow.Receive(t.Context(), paid("order-0", first.PaymentID, 1050)))
	told = nil
	require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
	require.Equal(t, []string{"begin", "SELECT", "batch", "INSERT", "UPDATE", "INSERT", "INSERT", "commit"}, told)
}
