package orderflow_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	fleet "github.com/tradepay/tradepay-go/orderflow/internal/clock"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestClockAhead: what a machine whose clock was ahead has put off is looked at
// by the others within minutes, whatever state it is in.
func TestClockAhead(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"an hour": time.Hour, "a year": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				o := s.pending("order-1")
				s.pending("order-2")
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				_, err := s.db.SQL().ExecContext(t.Context(),
					`UPDATE orderflow_orders SET next_at = next_at + $1, asked_at = $2`,
					ahead.Milliseconds(), s.clock.now().Add(ahead).UnixMilli())
				require.NoError(t, err)
				s.clock.advance(6 * time.Minute)
				require.NoError(t, s.flow.Sweep(t.Context()))
				require.NoError(t, s.flow.Work(t.Context()))
				o, err = s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.True(t, o.State == orderflow.StatePaid || o.State == orderflow.StateFulfilled, o.State)
				_, err = s.db.SQL().ExecContext(t.Context(),
					`UPDATE orderflow_orders SET next_at = $1 WHERE state = 'paid'`,
					s.clock.now().Add(ahead).UnixMilli())
				require.NoError(t, err)
				s.clock.advance(6 * time.Minute)
				for range 2 {
					require.NoError(t, s.flow.Sweep(t.Context()))
					require.NoError(t, s.flow.Work(t.Context()))
				}
				require.Equal(t, 1, s.shipments("order-1"))
			})
		})
	}
}

// TestRefreshAfterAJump: a clock that was ahead when the wallet was asked last
// does not keep it from being asked.
func TestRefreshAfterAJump(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		_, err := s.db.SQL().
			ExecContext(t.Context(), `UPDATE orderflow_orders SET asked_at = $1`,
				s.clock.now().Add(24*time.Hour).UnixMilli())
		require.NoError(t, err)
		o, err = s.flow.Refresh(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
	})
}

// TestOrdersThatWaitAreNotRecalled: every state's own longest wait is no sign of a wrong clock.
func TestOrdersThatWaitAreNotRecalled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.clock.stop()
		waits := map[string]time.Duration{
			"pending":    10 * time.Minute,
			"authorized": 24 * time.Hour,
			"settling":   time.Hour,
			"refunding":  time.Hour,
			"cancelled":  7 * 24 * time.Hour,
			"paid":       time.Hour,
		}
		for state, wait := range waits {
			s.pending(state)
			require.NoError(t, s.setState(state, s.clock.now().Add(wait)))
		}
		require.NoError(t, s.flow.RecallStrays(t.Context()))
		for state, wait := range waits {
			o, err := s.flow.Get(t.Context(), state)
			require.NoError(t, err)
			require.Equal(t, s.clock.now().Add(wait).UnixMilli(), o.NextAt.UnixMilli(), state)
		}
		for state, wait := range waits {
			require.NoError(t, s.setState(state, s.clock.now().Add(wait+2*time.Minute)))
		}
		require.NoError(t, s.flow.RecallStrays(t.Context()))
		for state := range waits {
			o, err := s.flow.Get(t.Context(), state)
			require.NoError(t, err)
			require.Equal(t, s.clock.now().UnixMilli(), o.NextAt.UnixMilli(), state)
		}
	})
}

// TestWaitsForTheWalletAreNotRecalled: an order that waits at growing intervals for a wallet
// that does not answer is no sign of a wrong clock.
func TestWaitsForTheWalletAreNotRecalled(t *testing.T) {
	for name, prepare := range map[string]func(*shop){
		"paid, and not confirmed": func(s *shop) {
			s.silent()
			s.bought()
		},
		"authorized, and overdue": func(s *shop) {
			s.config.Inquiries.Reserved = 10 * time.Minute
			s.open()
			until := s.reserved("order-1").AuthorizedUntil
			s.clock.advance(until.Sub(s.clock.now()) + time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				var log bytes.Buffer
				s.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
				s.open()
				prepare(s)
				s.clock.advance(2 * time.Minute)
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpInquiryPayment, Times: -1})
				for range 20 {
					s.clock.advance(6 * time.Minute)
					require.NoError(t, s.flow.Sweep(t.Context()))
					_ = s.flow.Work(t.Context())
				}
				require.NotContains(t, log.String(), "a clock that was ahead")
			})
		})
	}
}

// setState brings the order that is named like a state into it, or leaves it there.
func (s *shop) setState(state string, next time.Time) error {
	if o, err := s.flow.Get(s.t.Context(), state); err != nil || string(o.State) != state {
		for _, to := range map[string][]string{"refunding": {"paid", "refunding"}, "authorized": {"authorized"},
			"settling": {"authorized", "settling"}, "paid": {"paid"},
			"cancelled": {"cancelled"}}[state] {
			if _, err := s.db.SQL().ExecContext(s.t.Context(), `UPDATE orderflow_orders SET state = $1 WHERE id = $2`,
				to, state); err != nil {
				return err
			}
		}
	}
	_, err := s.db.SQL().
		ExecContext(s.t.Context(), `UPDATE orderflow_orders SET tries = 20, next_at = $1 WHERE id = $2`,
			next.UnixMilli(), state)
	return err
}

// TestDatabaseClock: without Config.Now all machines go by the database's
// clock, and Health says how far a machine's own is from it.
func TestDatabaseClock(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.Now = nil
		s.open()
		require.Zero(t, s.flow.Health(t.Context()).ClockSkewSeconds)
		require.WithinDuration(t, time.Now(), s.pending("order-1").CreatedAt, time.Minute)

		behind := func(context.Context) (time.Time, error) { return fleet.Process().Add(-10 * time.Minute), nil }
		require.NoError(t, s.flow.FollowClock(t.Context(), behind, nil))
		require.InDelta(t, 600, s.flow.Health(t.Context()).ClockSkewSeconds, 5)
		o := s.pending("order-2")
		require.WithinDuration(t, time.Now().Add(-10*time.Minute), o.CreatedAt, time.Minute)
	})
}

// TestClockSetBack: a clock that is set back by hours delays nothing in a process
// that lives, and health tells. Internet findings, row 18.
func TestClockSetBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		start := time.Now().Round(time.Millisecond)
		var passed, moved time.Duration
		require.NoError(t, s.flow.FollowClock(ctx,
			func(context.Context) (time.Time, error) { return start.Add(passed + moved), nil },
			func() time.Duration { return passed }))
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		waits := map[string]time.Duration{"pending": 10 * time.Minute, "authorized": 12 * time.Hour,
			"refunding": 10 * time.Minute}
		for state, wait := range waits {
			s.pending(state)
			require.NoError(t, s.setState(state, start.Add(wait)))
		}
		_, err := s.db.SQL().ExecContext(ctx, `UPDATE orderflow_orders SET asked_at = $1 WHERE id <> 'order-1'`,
			start.UnixMilli())
		require.NoError(t, err)

		moved = -45 * time.Minute // less than what some wait for
		for range 90 {
			passed += time.Second
			require.NoError(t, s.flow.SyncClock(ctx))
		}
		now := start.Add(passed + moved)
		for state := range waits {
			o, err := s.flow.Get(ctx, state)
			require.NoError(t, err)
			require.False(t, o.NextAt.After(now), "%s waits until %s, and it is %s", state, o.NextAt, now)
		}
		h := s.flow.Health(ctx)
		require.True(t, h.OK)
		require.Contains(t, h.Reason, "was set back by 45m0s")

		moved = -12 * time.Hour
		for range 90 {
			passed += time.Second
			require.NoError(t, s.flow.Sweep(ctx))
			require.NoError(t, s.flow.Work(ctx))
		}
		o, err = s.flow.Get(ctx, "order-1")
		require.NoError(t, err)
		require.Equal(t, 1, s.shipments("order-1"), "it is %s", o.State)
		passed += 2 * time.Hour
		require.Empty(t, s.flow.SetBack())
	})
}

// TestJobsHeedNoClock: a job is for now, whatever the clock of the machine that makes it tells.
func TestJobsHeedNoClock(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, o.PaymentID, 1050)))
		var n int
		require.NoError(t, s.db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_job
			WHERE state = 'available' AND scheduled_at < '2000-01-01 00:00:00'`).Scan(&n))
		require.Equal(t, 1, n)
		s.run()
		s.reach("order-1", orderflow.StateFulfilled)
	})
}
