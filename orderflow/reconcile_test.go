package orderflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestReconcile: no notification ever comes, and every order still ends right.
func TestReconcile(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		for _, test := range []struct {
			id    string
			act   func(string) error
			state orderflow.State
		}{
			{"paid", s.wallet.Pay, orderflow.StateFulfilled},
			{"declined", s.wallet.Decline, orderflow.StateFailed},
			{"left", s.wallet.Cancel, orderflow.StatePending},
		} {
			o := s.pending(test.id)
			require.NoError(t, test.act(o.PaymentURL), test.id)
		}
		s.clock.advance(10 * time.Second)
		s.reach("paid", orderflow.StateFulfilled)
		s.reach("declined", orderflow.StateFailed)
		s.reach("left", orderflow.StatePending)
		s.clock.advance(31 * time.Minute)
		s.reach("left", orderflow.StateExpired)
		require.Empty(t, s.alarmKinds())
	})
}

// TestPayAnswerLost: the wallet has the payment, and nobody here knows its URL.
func TestPayAnswerLost(t *testing.T) {
	for _, kind := range []tradepaytest.FaultKind{tradepaytest.DropAfter, tradepaytest.Unsigned, tradepaytest.WrongKey,
		tradepaytest.NotJSON, tradepaytest.Status500After} {
		t.Run(string(kind), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1})
				o, err := s.flow.Create(t.Context(), s.request("order-1"))
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				require.Equal(t, orderflow.StateCreated, o.State)
				s.wallet.Heal()
				require.NoError(t, s.wallet.Pay("order-1"))
				s.run()
				s.clock.advance(time.Minute)
				s.reach("order-1", orderflow.StateFulfilled)
			})
		})
	}
}

// TestNotFoundIsNotFailure until the time to pay has passed.
func TestNotFoundIsNotFailure(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		_, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		s.run()
		for range 3 {
			s.clock.advance(5 * time.Minute)
			require.Eventually(t, func() bool {
				o, err := s.flow.Get(t.Context(), "order-1")
				return err == nil && o.NextAt.After(s.clock.now())
			}, 2*time.Minute, 10*time.Millisecond)
			o, err := s.flow.Get(t.Context(), "order-1")
			require.NoError(t, err)
			require.Equal(t, orderflow.StateCreated, o.State)
		}
		s.clock.advance(32 * time.Minute)
		s.reach("order-1", orderflow.StateExpired)
	})
}

// TestLastLook: an order that was closed is asked about once more, a day later.
func TestLastLook(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		o, err := s.flow.Cancel(t.Context(), "order-1")
		require.NoError(t, err)
		require.WithinDuration(t, s.clock.now().Add(24*time.Hour), o.NextAt, time.Minute)
		s.run()
		s.clock.advance(25 * time.Hour)
		require.Eventually(t, func() bool {
			o, err = s.flow.Get(t.Context(), "order-1")
			return err == nil && o.NextAt.IsZero()
		}, 2*time.Minute, 10*time.Millisecond)
		require.Equal(t, orderflow.StateCancelled, o.State)
	})
}

// TestIntervals: when an order is looked at again, if nothing comes of it.
func TestIntervals(t *testing.T) {
	seconds := func(list ...time.Duration) (all []time.Duration) {
		for _, d := range list {
			all = append(all, d*time.Second)
		}
		return all
	}
	pay := func(t *testing.T, s *shop) {
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
	}
	refunding := func(t *testing.T, s *shop) {
		pay(t, s)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		_, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	}
	const hour = 3600
	for name, test := range map[string]struct {
		inquiries orderflow.Inquiries
		begin     func(t *testing.T, s *shop)
		want      []time.Duration // since then
	}{
		"open": {begin: func(_ *testing.T, s *shop) {
			s.pending("order-1")
		}, want: seconds(5, 10, 20, 40, 80, 160, 320, 640, 640+600,
			30*60, 30*60+5, 30*60+10, 30*60+20, 30*60+40, 30*60+80, 30*60+160, 30*60+320, 30*60+640, 30*60+1280,
			30*60+2560, 30*60+5120, 30*60+5120+hour, 30*60+5120+2*hour)},
		"open, asked about often": {inquiries: orderflow.Inquiries{First: 100 * time.Second,
			Longest: 300 * time.Second},
			begin: func(_ *testing.T, s *shop) {
				s.pending("order-1")
			}, want: seconds(100, 200, 400, 700, 1000, 1300, 1600, 1800, 1900, 2000, 2200)},
		"paid, its job lost": {begin: pay, want: seconds(35, 70, 105, 140)},
		"refunding": {begin: refunding, want: seconds(5, 10, 20, 40, 80, 160, 320, 640, 1240, 1840, 2440, 3040,
			3640, 3640+hour, 3640+2*hour)},
		"refunding, asked about often": {inquiries: orderflow.Inquiries{First: 100 * time.Second,
			Longest: 900 * time.Second}, begin: refunding, want: seconds(100, 200, 400, 800, 1600, 2500, 3400, 4300,
			4300+hour)},
		"closed": {begin: func(t *testing.T, s *shop) {
			s.pending("order-1")
			_, err := s.flow.Cancel(t.Context(), "order-1")
			require.NoError(t, err)
		}, want: seconds(24*hour, 25*hour, 27*hour, 31*hour, 39*hour, 55*hour, 87*hour, 151*hour,
			279*hour, 447*hour, 615*hour)},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.config.Inquiries = test.inquiries
				s.open()
				s.clock.stop()
				// An expiry is in whole seconds.
				s.clock.advance(time.Second - s.clock.now().Sub(s.clock.now().Truncate(time.Second)))
				begun := s.clock.now()
				test.begin(t, s)
				var got []time.Duration
				for range test.want {
					o, err := s.flow.Get(t.Context(), "order-1")
					require.NoError(t, err)
					got = append(got, o.NextAt.Sub(begun))
					s.clock.advance(o.NextAt.Sub(s.clock.now()))
					require.NoError(t, s.flow.Sweep(t.Context()))
					require.NoError(t, s.flow.LoseWork(t.Context()))
				}
				require.Equal(t, test.want, got)
			})
		})
	}
}

// TestRestart: what one process began another one ends.
func TestRestart(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		stop := s.run()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		stop()
		s.clock.advance(time.Minute)
		s.open()
		s.run()
		s.reach("order-1", orderflow.StateFulfilled)
	})
}

func TestRunTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		require.Eventually(t, func() bool {
			return s.flow.Health(t.Context()).Running
		}, 2*time.Minute, time.Millisecond)
		require.ErrorIs(t, s.flow.Run(t.Context()), orderflow.ErrInvalidConfig)
	})
}

func TestReport(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		reports := make(chan *orderflow.Report, 10)
		s.config.OnReport = func(_ context.Context, r *orderflow.Report) error { reports <- r; return nil }
		s.open()
		now := s.clock.now()
		s.clock.advance(now.Truncate(24 * time.Hour).Add(12 * time.Hour).Sub(now)) // noon: no midnight comes by itself
		s.run()
		first := <-reports // of yesterday, when there was nothing
		require.True(t, first.Agrees())
		s.fulfilled()
		o := s.pending("order-2")
		require.ErrorIs(t, s.flow.Receive(t.Context(), paid("order-2", o.PaymentID, 1)), orderflow.ErrEvidence)
		s.clock.advance(24 * time.Hour)
		r := <-reports
		require.Equal(t, first.To, r.From)
		require.False(t, r.Agrees())
		require.Len(t, r.Alarms, 1)
		require.Equal(t, 1, r.Counts[orderflow.StateFulfilled])

		s.open() // a second machine makes no second report
		require.NoError(t, s.flow.ClaimReport(t.Context()))
		require.Empty(t, reports)
	})
}

// TestReportWaits for what the day's last transactions bring, and its receiver
// may be away for hours.
func TestReportWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.OnReport = func(context.Context, *orderflow.Report) error { return nil }
		s.open()
		claimed := func() (days int) {
			require.NoError(t, s.flow.ClaimReport(t.Context()))
			require.NoError(t, s.db.SQL().QueryRowContext(t.Context(),
				`SELECT COUNT(*) FROM orderflow_reports`).Scan(&days))
			return days
		}
		now := s.clock.now()
		s.clock.advance(now.Truncate(24 * time.Hour).Add(12 * time.Hour).Sub(now)) // noon in UTC
		require.Equal(t, 1, claimed())
		s.clock.advance(12 * time.Hour)
		require.Equal(t, 1, claimed(), "the day has only just ended")
		s.clock.advance(2 * time.Minute)
		require.Equal(t, 2, claimed())
		require.Equal(t, 2, claimed())
		var tries, pauses int
		require.NoError(t, s.db.SQL().QueryRowContext(t.Context(),
			`SELECT MIN(max_attempts) FROM river_job WHERE kind = 'orderflow_report'`).Scan(&tries))
		for try := 1; try < tries; try++ {
			pauses += try * try * try * try
		}
		require.Greater(t, pauses, 6*60*60)
	})
}

// TestFullQueueHoldsUpItsOwn: while more is to be fulfilled than can be, the
// wallet is still asked about what has no answer, and the other way round.
func TestFullQueueHoldsUpItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		kind         string
		waits, moves string
	}{
		"fulfilments": {orderflow.JobFulfil, "paid", "open"},
		"inquiries":   {orderflow.JobReconcile, "open", "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.pending("open")
				require.NoError(t, s.flow.Receive(t.Context(), paid("paid", s.pending("paid").PaymentID, 1050)))
				require.NoError(t, s.flow.FillQueue(t.Context(), test.kind))
				s.clock.advance(time.Minute) // both are due
				require.NoError(t, s.flow.Sweep(t.Context()))
				o, err := s.flow.Get(t.Context(), test.waits)
				require.NoError(t, err)
				require.Less(t, o.NextAt, s.clock.now())
				o, err = s.flow.Get(t.Context(), test.moves)
				require.NoError(t, err)
				require.Greater(t, o.NextAt, s.clock.now())
			})
		})
	}
}
