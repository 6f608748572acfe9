package orderflow_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// losingDatabase gives the shop a client that loses the database as soon as the wallet has answered
// this operation while it is armed.
func losingDatabase(t *testing.T, s *shop, op wire.Operation) (armed *atomic.Bool) {
	t.Helper()
	armed = new(atomic.Bool)
	client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
		conf.Now = s.clock.now
		conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1, AttemptTimeout: 5 * time.Second}
		conf.Observe = func(_ context.Context, info tradepay.CallInfo) {
			if info.Op == op && armed.Load() {
				_ = s.db.Close()
			}
		}
	}))
	require.NoError(t, err)
	s.config.Client = client
	s.open()
	return armed
}

// TestRejectedRepeatIsNotRecorded: the first pay may still be carried out. If the database fails before the
// rejection of the second is recorded, the order is open, and Create calls nothing final.
func TestRejectedRepeatIsNotRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		armed := losingDatabase(t, s, wire.OpPay)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpPay})
		_, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpPay})
		armed.Store(true)
		o, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, orderflow.ErrDatabase)
		require.True(t, o.State.Open(), "%s", o.State)
		require.NotErrorIs(t, err, tradepay.ErrRejected, "the order is open, and may be charged")
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	})
}

// breaks lets no refund and no capture leave its state "open", until it is healed.
func (s *shop) breaks(table string) (heal func()) {
	s.t.Helper()
	run := func(statements ...string) {
		for _, statement := range statements {
			_, err := s.db.SQL().ExecContext(s.t.Context(), statement)
			require.NoError(s.t, err)
		}
	}
	if !s.isPostgres() {
		run(`CREATE TRIGGER broken BEFORE UPDATE ON ` + table + ` WHEN NEW.state <> 'open'
			BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
		return func() { run(`DROP TRIGGER broken`) }
	}
	run(`CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE 'the disk is full'; END $$ LANGUAGE plpgsql`,
		`CREATE TRIGGER broken BEFORE UPDATE ON `+table+` FOR EACH ROW WHEN (NEW.state <> 'open')
			EXECUTE FUNCTION broken()`)
	return func() { run(`DROP TRIGGER broken ON ` + table) }
}

// TestRejectedRefundIsNotRecorded: the wallet rejects a refund, and the transaction that records it
// fails at its end. The refund stays open, and the flow goes on to send it: it must not be called rejected.
func TestRejectedRefundIsNotRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.NoError(t, s.flow.Receive(t.Context(), paid(o.ID, s.paymentID(o.ID), 1050)))
		require.NoError(t, s.flow.Work(t.Context()))
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpRefund})
		heal := s.breaks("orderflow_refunds")
		r, err := s.flow.Refund(t.Context(), o.ID, orderflow.RefundRequest{ID: "refund-1"})
		require.ErrorIs(t, err, orderflow.ErrDatabase)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, orderflow.RefundOpen, r.State)
		heal()
		s.clock.advance(2 * time.Minute)
		require.NoError(t, s.flow.Sweep(t.Context()))
		require.NoError(t, s.flow.Work(t.Context()))
		p, _ := s.wallet.Payment(o.ID)
		require.Equal(t, usd(1050), p.Refunded, "it was sent again")
	})
}

// TestRejectedCaptureIsNotRecorded: the same of captures and voids.
func TestRejectedCaptureIsNotRecorded(t *testing.T) {
	for op, what := range map[wire.Operation]string{wire.OpCapture: "last", wire.OpVoid: "void"} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.reserved("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: op})
				heal := s.breaks("orderflow_captures")
				err := s.settle(what)
				require.Error(t, err)
				require.NotErrorIs(t, err, tradepay.ErrRejected, "it is open, and sent again")
				heal()
				o, err := s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StateSettling, o.State)
			})
		})
	}
}
