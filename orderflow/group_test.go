package orderflow_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// group are notifications that the flow receives at the same time, and what became of them.
type group struct {
	s       *shop
	begin   func(context.Context)
	waiting func() int
	all     sync.WaitGroup
	mu      sync.Mutex
	errs    map[string]error // by a name
}

// gather begins a group, which waits.
func (s *shop) gather() *group {
	g := &group{s: s, errs: map[string]error{}}
	g.waiting, g.begin = s.flow.Gather()
	return g
}

// add has a notification join those that wait.
func (g *group) add(ctx context.Context, name string, n *tradepay.Notification) {
	before := g.waiting()
	g.all.Go(func() {
		err := g.s.flow.Receive(ctx, n)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.errs[name] = err
	})
	require.Eventually(g.s.t, func() bool { return g.waiting() > before }, time.Minute, time.Millisecond)
}

// receive takes the group in, and returns what each was told.
func (g *group) receive() map[string]error {
	g.begin(context.WithoutCancel(g.s.t.Context()))
	g.all.Wait()
	return g.errs
}

// quiet has the wallet send no notification of its own.
func (s *shop) quiet() { s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1}) }

// transactions are those that stored the payments of orders, where the database tells.
func (s *shop) transactions(ids ...string) int {
	s.t.Helper()
	if !s.isPostgres() {
		return 1
	}
	var n int
	require.NoError(s.t, s.db.SQL().QueryRowContext(s.t.Context(),
		`SELECT COUNT(DISTINCT xmin::text) FROM orderflow_inbox WHERE request_id = ANY($1)`, ids).Scan(&n))
	return n
}

// kept is how many notifications of an order are stored.
func (s *shop) kept(id string) (n int) {
	s.t.Helper()
	require.NoError(s.t, s.db.SQL().QueryRowContext(s.t.Context(),
		`SELECT COUNT(*) FROM orderflow_inbox WHERE request_id = $1`, id).Scan(&n))
	return n
}

func (s *shop) states(ids ...string) (list []orderflow.State) {
	s.t.Helper()
	for _, id := range ids {
		o, err := s.flow.Get(s.t.Context(), id)
		require.NoError(s.t, err)
		list = append(list, o.State)
	}
	return list
}

// TestTogether: those that wait are committed together, each is fulfilled once, and
// each has its line in the history.
func TestTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.together(t)
	})
}

// TestTogetherInExecModes is TestTogether through poolers.
func TestTogetherInExecModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_describe", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			newShop(t, postgresSource(t)+"&default_query_exec_mode="+mode).together(t)
		})
	}
}

func (s *shop) together(t *testing.T) {
	s.quiet()
	const orders = 11
	var ids []string
	payments := map[string]string{}
	for i := range orders {
		ids = append(ids, fmt.Sprintf("order-%d", i))
		payments[ids[i]] = s.pending(ids[i]).PaymentID
		require.NoError(t, s.wallet.Pay(ids[i]))
	}
	g := s.gather()
	for i := range orders {
		id := ids[orders-1-i]
		g.add(t.Context(), id, paid(id, payments[id], 1050))
	}
	for id, err := range g.receive() {
		require.NoError(t, err, id)
	}
	require.Equal(t, 1, s.transactions(ids...))
	s.run()
	for _, id := range ids {
		s.reach(id, orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments(id))
		require.Equal(t, 1, s.kept(id))
		events, err := s.flow.History(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, events[len(events)-2].To)
		require.JSONEq(t, `{"evidence":true}`, events[len(events)-2].Raw)
	}
	require.Empty(t, s.alarmKinds())
}

// TestBadNeighbour: what is wrong with one is told to its caller, and the others are
// committed together all the same.
func TestBadNeighbour(t *testing.T) {
	for name, test := range map[string]struct {
		spoil  func(*shop)
		change func(*tradepay.Notification)
		want   error
		state  orderflow.State // of the one
	}{
		"another amount": {
			change: func(n *tradepay.Notification) { n.Amount.Value = 1 },
			want:   orderflow.ErrEvidence, state: orderflow.StatePending,
		},
		"an unknown order": {
			change: func(n *tradepay.Notification) { n.PaymentRequestID = "order-0" },
			want:   orderflow.ErrEvidence, state: orderflow.StatePending,
		},
		"an id that no database holds": {
			change: func(n *tradepay.Notification) { n.PaymentID = "p\x00" },
			want:   orderflow.ErrEvidence, state: orderflow.StatePending,
		},
		"an order that cannot be read": {
			spoil: func(s *shop) {
				_, err := s.db.SQL().ExecContext(s.t.Context(),
					`UPDATE orderflow_orders SET request = '{' WHERE id = 'order-2'`)
				require.NoError(s.t, err)
			},
			want: orderflow.ErrUnreadable,
		},
		"heard before, in another state": {
			spoil: func(s *shop) {
				require.NoError(s.t, s.flow.Receive(s.t.Context(), paid("order-2", "", 1050)))
			},
			change: func(n *tradepay.Notification) { n.Status = tradepay.StatusFailed },
			want:   orderflow.ErrEvidence, state: orderflow.StatePaid,
		},
		"heard before": {
			spoil: func(s *shop) {
				require.NoError(s.t, s.flow.Receive(s.t.Context(), paid("order-2", "", 1050)))
			},
			state: orderflow.StatePaid,
		},
		"heard before, with other members": {
			spoil: func(s *shop) {
				require.NoError(s.t, s.flow.Receive(s.t.Context(), paid("order-2", "", 1050)))
			},
			change: func(n *tradepay.Notification) { n.Raw = []byte(`{"evidence":false}`) },
			state:  orderflow.StatePaid,
		},
		"heard before, and still open": {
			spoil: func(s *shop) {
				n := paid("order-2", "", 1050)
				n.Status = tradepay.StatusProcessing
				require.NoError(s.t, s.flow.Receive(s.t.Context(), n))
			},
			change: func(n *tradepay.Notification) { n.Status = tradepay.StatusProcessing },
			state:  orderflow.StatePending,
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.quiet()
				ids := []string{"order-1", "order-2", "order-3"}
				for _, id := range ids {
					s.pending(id)
				}
				if test.spoil != nil {
					test.spoil(s)
				}
				g := s.gather()
				for _, id := range ids {
					n := paid(id, "", 1050)
					if id == "order-2" && test.change != nil {
						test.change(n)
					}
					g.add(t.Context(), id, n)
				}
				errs := g.receive()
				require.NoError(t, errs["order-1"])
				require.ErrorIs(t, errs["order-2"], test.want)
				require.NoError(t, errs["order-3"])
				for _, state := range s.states("order-1", "order-3") {
					require.Equal(t, orderflow.StatePaid, state)
				}
				require.Equal(t, 1, s.transactions("order-1", "order-3"))
				if test.state != "" {
					require.Equal(t, []orderflow.State{test.state}, s.states("order-2"))
				}
			})
		})
	}
}

// TestPanicInAGroup: a panic is that of one, and nobody else meets it.
func TestPanicInAGroup(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.quiet()
		var panics atomic.Int64
		s.config.Now = func() time.Time {
			if panics.Add(-1) == 0 { // the clock is the program's own
				panic("a payer's data")
			}
			return s.clock.now()
		}
		s.open()
		ids := []string{"order-1", "order-2", "order-3"}
		for _, id := range ids {
			s.pending(id)
		}
		g := s.gather()
		for _, id := range ids {
			g.add(t.Context(), id, paid(id, "", 1050))
		}
		panics.Store(1)
		for id, err := range g.receive() {
			require.NoError(t, err, id)
		}
		for _, id := range ids {
			require.Equal(t, []orderflow.State{orderflow.StatePaid}, s.states(id))
			require.Equal(t, 1, s.kept(id))
		}
		require.Equal(t, 1, s.transactions("order-2", "order-3"))
	})
}

// TestLockedNeighbour: whoever has an order holds up nobody but its own notification.
func TestLockedNeighbour(t *testing.T) {
	t.Parallel()
	s := newShop(t, postgresSource(t))
	s.quiet()
	ids := []string{"order-1", "order-2", "order-3"}
	for _, id := range ids {
		s.pending(id)
	}
	lock, err := s.db.SQL().BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = lock.ExecContext(t.Context(), `SELECT 1 FROM orderflow_orders WHERE id = 'order-1' FOR UPDATE`)
	require.NoError(t, err)
	g := s.gather()
	for _, id := range ids {
		g.add(t.Context(), id, paid(id, "", 1050))
	}
	g.begin(context.WithoutCancel(t.Context()))
	s.reach("order-2", orderflow.StatePaid)
	s.reach("order-3", orderflow.StatePaid)
	require.Equal(t, []orderflow.State{orderflow.StatePending}, s.states("order-1"))
	require.NoError(t, lock.Rollback())
	g.all.Wait()
	require.Equal(t, map[string]error{"order-1": nil, "order-2": nil, "order-3": nil}, g.errs)
	require.Equal(t, []orderflow.State{orderflow.StatePaid}, s.states("order-1"))
}

// TestCallerGone: a caller whose context ends waits no longer. If the group has begun,
// it goes on, with what he has brought.
func TestCallerGone(t *testing.T) {
	for name, begun := range map[string]bool{"before the group begins": false, "while it is under way": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.quiet()
				for _, id := range []string{"order-1", "order-2"} {
					s.pending(id)
				}
				var moved atomic.Int64
				s.config.Metrics.Transition = func(context.Context, orderflow.State, orderflow.State) { moved.Add(1) }
				s.open()
				g := s.gather()
				goes, leave := context.WithCancel(t.Context())
				n := paid("order-1", "", 1050)
				g.add(goes, "order-1", n)
				g.add(t.Context(), "order-2", paid("order-2", "", 1050))
				goOn := func() {}
				if begun {
					goOn = s.holdUp()
					g.begin(context.WithoutCancel(t.Context()))
					require.Eventually(t, func() bool { return g.waiting() == 0 }, time.Minute, time.Millisecond)
				}
				leave()
				require.Eventually(t, func() bool {
					g.mu.Lock()
					defer g.mu.Unlock()
					return g.errs["order-1"] != nil
				}, time.Minute, time.Millisecond)
				require.ErrorIs(t, g.errs["order-1"], context.Canceled)
				require.ErrorIs(t, g.errs["order-1"], orderflow.ErrDatabase)
				clear(n.Raw) // he may use it again
				goOn()
				if !begun {
					g.begin(context.WithoutCancel(t.Context()))
				}
				g.all.Wait()
				require.NoError(t, g.errs["order-2"])
				if !begun {
					require.Equal(t, []orderflow.State{orderflow.StatePending, orderflow.StatePaid},
						s.states("order-1", "order-2"))
				} else {
					require.Equal(t, []orderflow.State{orderflow.StatePaid, orderflow.StatePaid},
						s.states("order-1", "order-2"))
					require.Eventually(t, func() bool { return moved.Load() == 2 }, time.Minute, time.Millisecond)
				}
				require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", "", 1050)), "the wallet sends it again")
				require.Equal(t, 1, s.kept("order-1"))
				events, err := s.flow.History(t.Context(), "order-1")
				require.NoError(t, err)
				require.JSONEq(t, `{"evidence":true}`, events[len(events)-1].Raw)
			})
		})
	}
}

// holdUp keeps everybody from storing a notification, until the returned function is called.
func (s *shop) holdUp() (goOn func()) {
	s.t.Helper()
	tx, err := s.db.SQL().BeginTx(s.t.Context(), nil) // SQLite: of the only writer
	require.NoError(s.t, err)
	if strings.HasPrefix(s.source, "postgres") {
		_, err := tx.ExecContext(s.t.Context(), `LOCK TABLE orderflow_inbox IN ACCESS EXCLUSIVE MODE`)
		require.NoError(s.t, err)
	}
	return func() { require.NoError(s.t, tx.Rollback()) }
}

// TestGroupWhoseCommitFails: each is taken in alone, and fails alone.
func TestGroupWhoseCommitFails(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.quiet()
		forbid := []string{`CREATE TABLE parents (id TEXT PRIMARY KEY)`,
			`CREATE TABLE children (parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`,
			`CREATE TRIGGER forbid AFTER INSERT ON orderflow_inbox WHEN NEW.request_id = 'order-2'
				BEGIN INSERT INTO children VALUES ('none'); END`}
		allow := `DROP TRIGGER forbid`
		if s.isPostgres() {
			forbid = append(forbid[:2], `CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN INSERT INTO children VALUES ('none'); RETURN NULL; END $$`,
				`CREATE TRIGGER forbid AFTER INSERT ON orderflow_inbox FOR EACH ROW WHEN (NEW.request_id = 'order-2')
				EXECUTE FUNCTION forbid()`)
			allow += ` ON orderflow_inbox`
		}
		for _, statement := range forbid {
			_, err := s.db.SQL().ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		ids := []string{"order-1", "order-2", "order-3"}
		for _, id := range ids {
			s.pending(id)
		}
		g := s.gather()
		for _, id := range ids {
			g.add(t.Context(), id, paid(id, "", 1050))
		}
		errs := g.receive()
		require.NoError(t, errs["order-1"])
		require.ErrorIs(t, errs["order-2"], orderflow.ErrDatabase)
		require.NoError(t, errs["order-3"])
		require.Equal(t, []orderflow.State{orderflow.StatePaid, orderflow.StatePending, orderflow.StatePaid},
			s.states(ids...))
		require.Zero(t, s.kept("order-2"))
		_, err := s.db.SQL().ExecContext(t.Context(), allow)
		require.NoError(t, err)
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-2", "", 1050)))
		require.Equal(t, []orderflow.State{orderflow.StatePaid}, s.states("order-2"))
	})
}

// TestSameOrderTwice: in one group, it is as if they had come one after the other.
func TestSameOrderTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.quiet()
		for _, id := range []string{"order-1", "order-2", "order-3"} {
			s.pending(id)
			require.NoError(t, s.wallet.Pay(id))
		}
		outcomes := make(chan string, 10)
		s.config.Metrics.Notification = func(_ context.Context, outcome string) { outcomes <- outcome }
		s.open()
		g := s.gather()
		g.add(t.Context(), "the same", paid("order-1", "", 1050))
		g.add(t.Context(), "another", paid("order-2", "", 1050))
		g.add(t.Context(), "the same again", paid("order-1", "", 1050))
		processing := paid("order-3", "", 1050)
		processing.Status = tradepay.StatusProcessing
		g.add(t.Context(), "in process", processing)
		g.add(t.Context(), "in process, then paid", paid("order-3", "", 1050))
		failed := paid("order-3", "", 1050)
		failed.Status = tradepay.StatusFailed
		g.add(t.Context(), "and failed", failed)
		errs := g.receive()
		require.ErrorIs(t, errs["and failed"], orderflow.ErrEvidence)
		delete(errs, "and failed")
		require.Equal(t, map[string]error{"the same": nil, "the same again": nil, "another": nil, "in process": nil,
			"in process, then paid": nil}, errs)
		counts := map[string]int{}
		for range 6 {
			counts[<-outcomes]++
		}
		require.Equal(t, map[string]int{"stored": 4, "duplicate": 1, "evidence": 1}, counts)
		require.Equal(t, 1, s.kept("order-1"))
		require.Equal(t, 2, s.kept("order-3"))
		s.run()
		for _, id := range []string{"order-1", "order-2", "order-3"} {
			s.reach(id, orderflow.StateFulfilled)
			require.Equal(t, 1, s.shipments(id))
		}
	})
}

// TestManyAtOnce: each of many orders is notified three times at once, to two
// processes, and shipped once.
func TestManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.quiet()
		const orders = 40
		for i := range orders {
			id := fmt.Sprintf("order-%02d", i)
			s.pending(id)
			require.NoError(t, s.wallet.Pay(id))
		}
		flows := []*orderflow.Flow{s.flow}
		s.open()
		flows = append(flows, s.flow)
		var all sync.WaitGroup
		errs := make(chan error, 3*orders)
		for i := range 3 * orders {
			n := paid(fmt.Sprintf("order-%02d", i*7%orders), "", 1050)
			all.Go(func() { errs <- flows[i%2].Receive(t.Context(), n) })
		}
		all.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		s.run()
		for i := range orders {
			id := fmt.Sprintf("order-%02d", i)
			s.reach(id, orderflow.StateFulfilled)
			require.Equal(t, 1, s.shipments(id))
			require.Equal(t, 1, s.kept(id))
		}
		require.Empty(t, s.alarmKinds())
	})
}
