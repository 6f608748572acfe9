package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
	"pgregory.net/rapid"
)

// TestModel plays what merchants, payers, wallets and crashes may do with an
// order, in any sequence and at once, on two flows over one database. After each
// step nothing may be true that must never be; at the end, when the wallet is
// well and time goes by, the order must come to an end that agrees with the
// wallet. -rapid.checks=5000 plays that many sequences.
func TestModel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.FulfilTimeout = 25 * time.Millisecond
		orders := 0
		rapid.Check(t, func(rt *rapid.T) {
			orders++
			m := &model{shop: s, rt: rt, id: fmt.Sprintf("order-%d", orders), release: make(chan struct{}),
				reserves: rapid.Bool().Draw(rt, "the order reserves")}
			defer m.letGo()
			m.flows = []*orderflow.Flow{m.another(t.Context(), 0), m.another(t.Context(), 1)}
			s.mu.Lock()
			s.fulfil = m.fulfilOrder
			s.mu.Unlock()
			m.play()
		})
	})
}

// model is one order.
type model struct {
	*shop
	rt    *rapid.T
	id    string
	flows []*orderflow.Flow
	// reserves: the order is a reservation, which is to be captured or voided.
	reserves bool
	made     []*orderflow.Flow // with those that were replaced, whose Fulfil may still hang

	jumps   atomic.Int64 // how far the clock that the flows read has jumped
	outside bool         // the wallet's service has given money back
	unseen  bool         // the wallet's cancel may have given money back, and its inquiry says paid
	mu      sync.Mutex
	ill     string // what becomes of Fulfil
	parked  bool   // and not tried again
	sent    []tradepay.Notification
	never   []string      // what must never be, from another goroutine
	release chan struct{} // lets go of every Fulfil that hangs
	hanging int
	hung    sync.WaitGroup
}

func (m *model) another(ctx context.Context, kind int) *orderflow.Flow {
	config := m.config
	config.FulfilAttempts = 1 + kind%3
	config.Late = []orderflow.LatePolicy{orderflow.LateReport, orderflow.LateRefund}[kind%2]
	flow, err := orderflow.New(ctx, config)
	require.NoError(m.rt, err)
	flow.HangGrace(50 * time.Millisecond)
	m.made = append(m.made, flow)
	start := m.clock.now()
	require.NoError(m.rt, flow.FollowClock(ctx, func(context.Context) (time.Time, error) {
		return m.clock.now().Add(time.Duration(m.jumps.Load())), nil
	}, func() time.Duration { return m.clock.now().Sub(start) }))
	return flow
}

func (m *model) fulfilOrder(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.parked {
		m.never = append(m.never, "Fulfil is called of what is parked")
	}
	p, _ := m.wallet.Payment(f.Order.ID)
	if p.Status != tradepay.StatusSuccess || p.Refunded == p.Captured || p.Captured.Value == 0 {
		m.never = append(m.never, "Fulfil is called of what is not paid: "+string(p.Status)+
			", captured "+p.Captured.String()+", refunded "+p.Refunded.String())
	}
	if f.Amount != p.Captured {
		m.never = append(m.never, "Fulfil sees "+f.Amount.String()+", charged is "+p.Captured.String())
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
	switch m.ill {
	case "error":
		return errors.New("out of boxes")
	case "panic":
		panic("out of boxes")
	case "late":
		<-ctx.Done()
	case "hang":
		return m.hang(tx, f) //nolint:contextcheck // that it heeds no context is the point
	}
	return err
}

// fulfilIs says what becomes of the next calls of Fulfil.
func (m *model) fulfilIs(ill string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ill = ill
}

// hang heeds no context. When it is let go of, it goes on as if nothing had been.
func (m *model) hang(tx *sql.Tx, f orderflow.Fulfilment) error {
	release := m.release
	m.hanging++
	m.hung.Add(1)
	defer m.hung.Done()
	m.mu.Unlock()
	<-release
	_, err := m.shipHeedless(tx, f)
	err = errors.Join(err, tx.Commit())
	m.mu.Lock()
	m.hanging--
	if err == nil {
		m.never = append(m.never, "a Fulfil that hung has committed")
	}
	return err
}

// letGo lets every Fulfil that hangs return, and waits for it.
func (m *model) letGo() {
	m.mu.Lock()
	close(m.release)
	m.release = make(chan struct{})
	m.mu.Unlock()
	m.hung.Wait()
}

// countHanging holds the flows' health against the calls of Fulfil that hang.
func (m *model) countHanging() {
	m.mu.Lock()
	want := m.hanging
	m.mu.Unlock()
	require.Eventually(m.rt, func() bool { // one that is let go of has yet to return
		have := 0
		for _, f := range m.made {
			have += f.Health(m.t.Context()).Hanging
		}
		return have == want
	}, 2*time.Minute, time.Millisecond, "%d calls of Fulfil hang, and health does not say so", want)
}

// step is drawn at first, and done later: rapid draws from one goroutine only.
type step func(ctx context.Context) error

// alone are what happens to the order's surroundings, while nothing else does.
func (m *model) alone() map[string]func() step {
	return map[string]func() step{
		"fulfil otherwise": func() step {
			ill := rapid.SampledFrom([]string{"", "", "error", "panic", "late", "hang"}).Draw(m.rt,
				"what becomes of Fulfil")
			return func(context.Context) error { m.fulfilIs(ill); return nil }
		},
		"what hangs returns": func() step { return func(context.Context) error { m.letGo(); return nil } },
		"time goes by": func() step {
			seconds := rapid.SampledFrom([]int{2, 6, 40, 600, 1920, 7200, 90000}).Draw(m.rt, "seconds")
			return func(context.Context) error { m.clock.advance(time.Duration(seconds) * time.Second); return nil }
		},
		"the wallet falls ill": func() step {
			fault := tradepaytest.Fault{
				Kind: rapid.SampledFrom([]tradepaytest.FaultKind{tradepaytest.DropBefore, tradepaytest.DropAfter,
					tradepaytest.Status500,
					tradepaytest.Status500After, tradepaytest.HalfBody, tradepaytest.Unsigned, tradepaytest.WrongKey,
					tradepaytest.ReplayedResponse,
					tradepaytest.UnknownThenSuccess, tradepaytest.UnknownAfter}).Draw(m.rt, "fault"),
				Op: rapid.SampledFrom([]wire.Operation{"", wire.OpPay,
					wire.OpInquiryPayment, wire.OpCancel,
					wire.OpRefund, wire.OpInquiryRefund, wire.OpCapture, wire.OpVoid}).Draw(m.rt, "operation"),
				Times: rapid.SampledFrom([]int{1, 2, 6, -1}).Draw(m.rt, "times"),
			}
			return func(context.Context) error { m.wallet.Inject(fault); return nil }
		},
		"the wallet takes its time": func() step {
			kind := rapid.SampledFrom([]tradepaytest.FaultKind{tradepaytest.PaymentProcessing,
				tradepaytest.RefundProcessing}).Draw(m.rt, "with")
			return func(context.Context) error { m.wallet.Inject(tradepaytest.Fault{Kind: kind}); return nil }
		},
		"the wallet's cancel gives back": func() step {
			fault := tradepaytest.Fault{
				Kind: rapid.SampledFrom([]tradepaytest.FaultKind{tradepaytest.CancelRefunds,
					tradepaytest.CancelRefundsUnseen}).Draw(m.rt, "how"),
				Code: rapid.SampledFrom([]string{"", string(tradepay.StatusSuccess)}).Draw(m.rt,
					"the payment is then"),
				Delay: rapid.SampledFrom([]time.Duration{0, 3 * time.Second, 20 * time.Second,
					10 * time.Minute}).Draw(m.rt, "within"),
				Times: -1,
			}
			return func(context.Context) error {
				m.unseen = m.unseen || fault.Kind == tradepaytest.CancelRefundsUnseen && fault.Code != ""
				m.wallet.Inject(fault)
				return nil
			}
		},
		"the wallet refuses for seconds": func() step {
			op := rapid.SampledFrom([]wire.Operation{wire.OpCancel, wire.OpRefund, wire.OpCapture, wire.OpVoid}).
				Draw(m.rt, "operation")
			return func(context.Context) error {
				m.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: op, Delay: 5 * time.Second})
				return nil
			}
		},
		"the wallet's service gives back": func() step {
			part := rapid.SampledFrom([]tradepay.Amount{{}, {}, usd(350)}).Draw(m.rt, "amount")
			return func(context.Context) error {
				if m.wallet.Refund(m.id, part) == nil {
					m.outside = true
				}
				m.clock.advance(2 * time.Minute) // nobody is that quick
				return nil
			}
		},
		"a clock jumps and comes back": func() step {
			f := m.flows[m.drawFlow()]
			jump := rapid.SampledFrom([]time.Duration{-time.Hour, time.Hour, 365 * 24 * time.Hour}).Draw(m.rt, "jump")
			return func(ctx context.Context) error {
				m.jumps.Store(int64(jump))
				err := errors.Join(f.Sweep(ctx), f.Work(ctx))
				m.jumps.Store(0)
				return errors.Join(err, f.SyncClock(ctx))
			}
		},
		"the reservation's time is over": func() step {
			return func(context.Context) error {
				p, _ := m.wallet.Payment(m.id)
				if p.Status == tradepay.StatusAuthorized {
					m.clock.advance(p.AuthExpiresAt.Sub(m.clock.now()))
				}
				return nil
			}
		},
		"the wallet is well": func() step { return func(context.Context) error { m.wallet.Heal(); return nil } },
		"restart": func() step {
			i, kind := m.drawFlow(), rapid.IntRange(0, 5).Draw(m.rt, "configuration")
			return func(ctx context.Context) error { m.flows[i] = m.another(ctx, kind); return nil }
		},
		"a crash": func() step {
			f := m.flows[m.drawFlow()]
			return func(ctx context.Context) error { return errors.Join(f.Sweep(ctx), f.LoseWork(ctx)) }
		},
	}
}

// atOnce may happen at the same time.
func (m *model) atOnce() map[string]func() step {
	on := func(do func(context.Context, *orderflow.Flow) error) func() step {
		return func() step {
			f := m.flows[m.drawFlow()]
			return func(ctx context.Context) error { return do(ctx, f) }
		}
	}
	return map[string]func() step{
		"create": on(func(ctx context.Context, f *orderflow.Flow) error {
			_, err := f.Create(ctx, m.order())
			return err
		}),
		"create with other content": on(func(ctx context.Context, f *orderflow.Flow) error {
			req := m.order()
			req.Amount.Value--
			if _, err := f.Create(ctx, req); !errors.Is(err, orderflow.ErrConflict) {
				return fmt.Errorf("%w: other content: %w", errNever, err)
			}
			return nil
		}),
		"cancel": on(func(ctx context.Context, f *orderflow.Flow) error { _, err := f.Cancel(ctx, m.id); return err }),
		"refresh": on(func(ctx context.Context, f *orderflow.Flow) error {
			_, err := f.Refresh(ctx, m.id)
			return err
		}),
		"retry": on(func(ctx context.Context, f *orderflow.Flow) error {
			m.mu.Lock()
			m.parked = false
			m.mu.Unlock()
			_, err := f.Retry(ctx, m.id)
			return err
		}),
		"accept late": on(func(ctx context.Context, f *orderflow.Flow) error {
			_, err := f.AcceptLate(ctx, m.id)
			return err
		}),
		"work": on(func(ctx context.Context, f *orderflow.Flow) error {
			return errors.Join(f.Sweep(ctx), f.Work(ctx))
		}),
		"capture": func() step {
			f := m.flows[m.drawFlow()]
			req := orderflow.CaptureRequest{ID: fmt.Sprintf("%s-capture-%d", m.id,
				rapid.IntRange(1, 4).Draw(m.rt, "capture"))}
			if part := rapid.Int64Range(0, 2).Draw(m.rt, "part"); part > 0 {
				req.Amount, req.Partial = usd(part*350), rapid.Bool().Draw(m.rt, "more follow")
			}
			return func(ctx context.Context) error {
				c, err := f.Capture(ctx, m.id, req)
				if err == nil && c.State == orderflow.CaptureSucceeded || !errors.Is(err, tradepay.ErrRejected) ||
					errors.Is(err, tradepay.ErrOutcomeUnknown) {
					return err
				}
				if c.State != orderflow.CaptureFailed {
					return fmt.Errorf("%w: rejected, and %s: %w", errNever, c.State, err)
				}
				return err
			}
		},
		"void": on(func(ctx context.Context, f *orderflow.Flow) error { _, err := f.Void(ctx, m.id); return err }),
		"refund": func() step {
			f := m.flows[m.drawFlow()]
			req := orderflow.RefundRequest{ID: fmt.Sprintf("%s-refund-%d", m.id,
				rapid.IntRange(1, 4).Draw(m.rt, "refund"))}
			if part := rapid.Int64Range(0, 2).Draw(m.rt, "part"); part > 0 {
				req.Amount = usd(part * 350)
			}
			return func(ctx context.Context) error { _, err := f.Refund(ctx, m.id, req); return err }
		},
		"notification": func() step {
			f, by := m.flows[m.drawFlow()], rapid.SampledFrom([]string{"our id", "the wallet's id"}).Draw(m.rt, "by")
			return func(ctx context.Context) error {
				n, ok := m.notification()
				if !ok {
					return nil
				}
				if by == "our id" {
					m.mu.Lock()
					m.sent = append(m.sent, n)
					m.mu.Unlock()
				} else {
					n.PaymentRequestID, n.PaidAt = "", time.Time{}
				}
				err := f.Receive(ctx, &n)
				o, failed := f.Get(ctx, m.id)
				if err = errors.Join(err, failed); err != nil ||
					by == "our id" && n.Status == tradepay.StatusSuccess && o.State.Open() && !m.reserves &&
						o.CancelRequestedAt.IsZero() {
					return fmt.Errorf("%w: a true notification without effect: %w", errNever, err)
				}
				return nil
			}
		},
		"notification again": func() step {
			f, i := m.flows[m.drawFlow()], rapid.IntRange(0, 9).Draw(m.rt, "which")
			return func(ctx context.Context) error {
				m.mu.Lock()
				sent := slices.Clone(m.sent)
				m.mu.Unlock()
				if i >= len(sent) {
					return nil
				}
				return f.Receive(ctx, &sent[i])
			}
		},
		"notification that lies": func() step {
			f, lie := m.flows[m.drawFlow()],
				rapid.SampledFrom([]string{"amount", "currency", "paymentId", "order", "end"}).Draw(m.rt, "about")
			return func(ctx context.Context) error {
				n, ok := m.notification()
				if !ok {
					return nil
				}
				switch n.Status = tradepay.StatusSuccess; lie {
				case "end": // which nobody can tell, and which makes for late payments
					n.Status = tradepay.StatusCancelled
					return f.Receive(ctx, &n)
				case "amount":
					n.Amount.Value = 1
				case "currency":
					n.Amount.Currency = "ZAR"
				case "paymentId": // without one of its own, an order believes any
					if o, err := f.Get(ctx, m.id); err != nil || o.PaymentID == "" {
						return err
					}
					n.PaymentID = "another"
				case "order":
					n.PaymentRequestID = "unknown"
				}
				if err := f.Receive(ctx, &n); err == nil {
					return fmt.Errorf("%w: believed a lie about the %s", errNever, lie)
				}
				return nil
			}
		},
		"the payer": func() step {
			act := rapid.SampledFrom([]string{"pays", "pays", "cannot pay", "leaves", "comes too late"}).Draw(m.rt,
				"act")
			return func(context.Context) error { m.payer(act); return nil }
		},
	}
}

var errNever = errors.New("must never be")

func (m *model) payer(act string) {
	do := map[string]func(string) error{"pays": m.wallet.Pay, "cannot pay": m.wallet.Decline, "leaves": m.wallet.Cancel,
		"comes too late": m.wallet.Expire}[act]
	_ = do(m.id) // what is over stays so
}

func (m *model) drawFlow() int { return rapid.IntRange(0, 1).Draw(m.rt, "flow") }

// order is without a notify URL: the wallet notifies when the model says so.
func (m *model) order() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{PaymentRequestID: m.id, Title: "Two coffees", Amount: usd(1050),
		Authorize: m.reserves}
}

func (m *model) notification() (n tradepay.Notification, ok bool) {
	p, ok := m.wallet.Payment(m.id)
	return tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: m.id,
		PaymentID: p.PaymentID, Amount: p.Amount,
		Status: p.Status, PaidAt: p.PaidAt, FailReason: p.FailReason, Raw: []byte(`{}`)}, ok
}

func (m *model) play() {
	_, err := m.flows[0].Create(m.t.Context(), m.order())
	require.NoError(m.rt, err)
	actions := map[string]func(*rapid.T){"": func(*rapid.T) { m.check() }}
	atOnce, alone := m.atOnce(), m.alone()
	for name, draw := range alone {
		actions[name] = func(*rapid.T) { m.do(draw()) }
	}
	for name, draw := range atOnce {
		actions[name] = func(*rapid.T) { m.do(draw()) }
	}
	if rapid.Bool().Draw(m.rt, "paid") {
		m.payer("pays")
		n, _ := m.notification()
		require.NoError(m.rt, m.flows[0].Receive(m.t.Context(), &n))
		if m.reserves {
			m.clock.advance(2 * time.Second)
			m.do(atOnce["work"]())
			m.settleIll(atOnce)
		}
		m.do(alone["fulfil otherwise"]())
		m.do(atOnce["work"]())
	}
	names := slices.Sorted(maps.Keys(atOnce))
	actions["at once"] = func(*rapid.T) {
		var steps []step
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 2, 4).Draw(m.rt, "steps") {
			steps = append(steps, atOnce[name]())
		}
		m.do(steps...)
	}
	m.rt.Repeat(actions)
	m.end()
}

// settleIll may have a capture or a void meet a wallet that fails with it.
func (m *model) settleIll(atOnce map[string]func() step) {
	kind := rapid.SampledFrom([]tradepaytest.FaultKind{"", tradepaytest.DropBefore, tradepaytest.DropAfter,
		tradepaytest.Refused, tradepaytest.UnknownAfter}).Draw(m.rt, "settling meets")
	times := rapid.SampledFrom([]int{1, 3, 6}).Draw(m.rt, "times")
	if kind == "" {
		return
	}
	for _, op := range []wire.Operation{wire.OpCapture, wire.OpVoid} {
		m.wallet.Inject(tradepaytest.Fault{Kind: kind, Op: op, Times: times})
	}
	m.do(atOnce[rapid.SampledFrom([]string{"capture", "void"}).Draw(m.rt, "settling")]())
}

// do takes steps at once. Their errors are as they may be, but for a database
// that rejects what it was told to hold.
func (m *model) do(steps ...step) {
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, take := range steps {
		wg.Go(func() { errs[i] = take(ctx) })
	}
	wg.Wait()
	err := errors.Join(errs...)
	require.NotErrorIs(m.rt, err, errNever)
	require.NotErrorIs(m.rt, err, orderflow.ErrDatabase)
	require.NoError(m.rt, ctx.Err())
}

// stand is what the database and the wallet have.
type stand struct {
	order   *orderflow.Order
	payment tradepaytest.Payment
	shipped int
	open    int // refunds
	settles int // captures and voids that are open
}

func (s *stand) String() string {
	return fmt.Sprintf("%s, captured %d, refunded %d, late %t, parked %t; at the wallet %s, captured %d, refunded %d; "+
		"shipped %d; %s; next %s", s.order.State, s.order.Captured.Value, s.order.Refunded.Value,
		!s.order.LateAt.IsZero(), !s.order.ParkedAt.IsZero(), s.payment.Status, s.payment.Captured.Value,
		s.payment.Refunded.Value, s.shipped, s.order.LastError, s.order.NextAt)
}

// unsettled reports whether the order has to be taken up again.
func (s *stand) unsettled() bool {
	o := s.order
	reserved := o.State == orderflow.StateAuthorized || o.State == orderflow.StateSettling
	return o.State.Open() || reserved || o.State == orderflow.StateRefunding ||
		o.State == orderflow.StatePaid && o.ParkedAt.IsZero()
}

// check holds what must be true at any time.
func (m *model) check() *stand {
	o, err := m.flows[0].Get(m.t.Context(), m.id)
	require.NoError(m.rt, err)
	refunds, err := m.flows[0].Refunds(m.t.Context(), m.id)
	require.NoError(m.rt, err)
	p, _ := m.wallet.Payment(m.id)
	s := &stand{order: o, payment: p, shipped: m.shipments(m.id)}
	for _, r := range refunds {
		if r.State == orderflow.RefundOpen {
			s.open++
		}
	}
	require.NoError(m.rt, m.db.SQL().QueryRowContext(m.t.Context(),
		`SELECT COUNT(*) FROM orderflow_captures WHERE order_id = $1 AND state = 'open'`, m.id).Scan(&s.settles))
	m.mu.Lock()
	m.parked = m.parked || !o.ParkedAt.IsZero()
	m.mu.Unlock()
	require.Empty(m.rt, m.never)
	require.LessOrEqual(m.rt, p.Charges, 1, "charged twice: %s", s)
	require.LessOrEqual(m.rt, s.shipped, 1, "shipped twice: %s", s)
	if s.shipped == 1 {
		require.Equal(m.rt, tradepay.StatusSuccess, p.Status, "shipped for nothing: %s", s)
	}
	require.Equal(m.rt, s.shipped == 1, !o.FulfilledAt.IsZero(), "shipped and fulfilled are one: %s", s)
	require.LessOrEqual(m.rt, o.Refunded.Value, p.Refunded.Value, "refunded here only: %s", s)
	require.Equal(m.rt, o.State == orderflow.StateRefunding, s.open == 1, "%d open refunds: %s", s.open, s)
	require.Equal(m.rt, o.State == orderflow.StateSettling, s.settles == 1, "%d open captures: %s", s.settles, s)
	m.checkCaptures(s)
	if s.unsettled() {
		require.NotZero(m.rt, o.NextAt, "forgotten: %s", s)
	}
	return s
}

// checkCaptures holds what was captured of a reservation against what was asked for.
func (m *model) checkCaptures(s *stand) {
	if !m.reserves {
		require.Zero(m.rt, s.order.Captured, "captured of a payment: %s", s)
		return
	}
	captures, err := m.flows[0].Captures(m.t.Context(), m.id)
	require.NoError(m.rt, err)
	var asked, succeeded int64
	for _, c := range captures {
		if c.State != orderflow.CaptureFailed {
			asked += c.Amount.Value
		}
		if c.State == orderflow.CaptureSucceeded {
			succeeded += c.Amount.Value
		}
	}
	require.LessOrEqual(m.rt, s.payment.Captured.Value, asked, "captured and not asked for, or twice: %s", s)
	require.LessOrEqual(m.rt, s.payment.Captured.Value, s.payment.Amount.Value, "captured more than reserved: %s", s)
	require.Equal(m.rt, succeeded, s.order.Captured.Value, "the captures differ: %s", s)
	require.LessOrEqual(m.rt, s.order.Captured.Value, s.payment.Captured.Value, "captured here only: %s", s)
}

// end lets time go by.
func (m *model) end() {
	m.wallet.Heal()
	m.fulfilIs("")
	m.countHanging()
	m.letGo()
	m.countHanging()
	pauses := []time.Duration{70 * time.Second, 40 * time.Minute, 70 * time.Minute, 13 * time.Hour}
	s := m.check()
	for i := 0; i < 40 && !s.order.NextAt.IsZero(); i++ {
		m.clock.advance(pauses[min(i/2, 3)])
		require.NoError(m.rt, errors.Join(m.flows[0].Sweep(m.t.Context()), m.flows[0].Work(m.t.Context())))
		s = m.check()
	}
	o, p := s.order, s.payment
	require.NotEqual(m.rt, tradepay.StatusAuthorized, p.Status, "a reservation without an end: %s", s)
	if m.reserves {
		require.Equal(m.rt, p.Captured.Value, o.Captured.Value, "the captures differ: %s", s)
	}
	require.False(m.rt, s.unsettled(), "without an end: %s", s)
	require.Zero(m.rt, o.NextAt, "without an end: %s", s)
	late := o.State.Closed() && !o.LateAt.IsZero()
	waits := late || o.State == orderflow.StatePaid && !o.ParkedAt.IsZero() // for a person
	cancelled := o.State.Closed() && !late
	switch {
	case p.Status != tradepay.StatusSuccess && p.Refunded.Value > 0: // by a cancel
		require.True(m.rt, cancelled || waits || o.State == orderflow.StateRefunded, "given back: %s", s)
	case p.Status != tradepay.StatusSuccess:
		require.True(m.rt, cancelled, "not paid: %s", s)
	case m.outside: // what is given back after the goods went out is nobody's fault here
		decided := o.State == orderflow.StateRefunded || o.State == orderflow.StatePartlyRefunded
		require.True(m.rt, waits || decided || s.shipped == 1, "paid for nothing: %s", s)
	case p.Refunded == p.Captured && m.unseen && (late || cancelled):
		// Cancelled and given back. If the wallet was asked again and said paid, a
		// person finds out there whether to ship or to refund.
		require.Zero(m.rt, s.shipped, "shipped what a cancel gave back: %s", s)
	case p.Refunded == p.Captured:
		require.Equal(m.rt, orderflow.StateRefunded, o.State, "paid and given back: %s", s)
		require.Equal(m.rt, p.Refunded.Value, o.Refunded.Value, "the refunds differ: %s", s)
	default:
		require.Equal(m.rt, p.Refunded.Value, o.Refunded.Value, "the refunds differ: %s", s)
		partly := o.State == orderflow.StatePartlyRefunded && (s.shipped == 1 || !o.LateAt.IsZero())
		require.True(m.rt, o.State == orderflow.StateFulfilled || partly || waits, "paid for nothing: %s", s)
	}
}
