package orderflow_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestStopFinishes: a Fulfil that is under way when Run is ended is finished.
func TestStopFinishes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.StopTimeout = 20 * time.Second
		s.open()
		begun, goOn := make(chan struct{}), make(chan struct{})
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			close(begun)
			<-goOn
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			return err
		}
		stop := s.run()
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		<-begun
		ended := make(chan struct{})
		go func() { defer close(ended); stop() }()
		select {
		case <-ended:
			t.Fatal("Run ended beside a Fulfil that was under way")
		case <-time.After(200 * time.Millisecond):
		}
		close(goOn)
		<-ended
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateFulfilled, o.State)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// TestStopHandsBack: a Fulfil that does not end in time is cancelled, undone,
// not counted as a try, and due again at once, for whoever runs next.
func TestStopHandsBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.config.StopTimeout = 100 * time.Millisecond
		s.open()
		begun := make(chan struct{})
		var once sync.Once
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			first := false
			once.Do(func() { first = true })
			if !first {
				return err
			}
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		}
		stop := s.run()
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		<-begun
		stop()
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		require.Zero(t, o.Tries)
		require.False(t, o.NextAt.After(s.clock.now()))
		require.Zero(t, s.shipments("order-1"))
		s.open()
		s.run()
		s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, 1, s.shipments("order-1"))
	})
}

// safeBuffer is written by many.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestLogsHoldIDsOnly: whatever happens to an order, the log names it and no
// payer, message or payment URL.
func TestLogsHoldIDsOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var log safeBuffer
		s.config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s.open()
		var failed sync.Once
		s.fulfil = func(context.Context, *sql.Tx, orderflow.Fulfilment) (err error) {
			failed.Do(func() { err = errors.New("out of boxes") })
			return err
		}
		s.run()
		req := s.request("order-1")
		req.Order.Buyer = tradepay.Buyer{ID: "buyer-hush", Name: tradepay.PersonName{Full: "Thandi Hush"},
			PhoneNo: "+27821234567"}
		req.Order.Shipping.Address.Address1 = "1 Hush Street"
		o, err := s.flow.Create(t.Context(), req)
		require.NoError(t, err)
		evil := paid("order-1", o.PaymentID, 1)
		evil.Raw = []byte(`{"payer":"hush"}`)
		require.ErrorIs(t, s.flow.Receive(t.Context(), evil), orderflow.ErrEvidence)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		require.Eventually(t, func() bool {
			s.clock.advance(time.Second)
			o, err := s.flow.Get(t.Context(), "order-1")
			return err == nil && o.State == orderflow.StateFulfilled
		}, 2*time.Minute, 20*time.Millisecond)
		_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "refund-1", Reason: "hush"})
		require.NoError(t, err)
		require.Contains(t, log.String(), `"order_id":"order-1"`)
		require.Contains(t, log.String(), "orderflow: alarm")
		require.Contains(t, log.String(), "orderflow: Fulfil failed")
		for _, secret := range []string{"hush", "Hush", "27821234567", o.PaymentURL} {
			require.NotContains(t, log.String(), secret)
		}
	})
}

// inChild is what the second process of TestTwoProcesses does.
const inChild = "ORDERFLOW_TEST_CHILD"

// TestTwoProcesses: two processes of this machine write one SQLite file at the
// same time; both are whole afterwards.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	s := newShop(t, sqliteSource(t))
	var path string
	var ignored any
	require.NoError(t, s.db.SQL().QueryRowContext(t.Context(), `PRAGMA database_list`).Scan(&ignored, &ignored, &path))
	exe, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), exe, "-test.run=^TestChildProcess$")
	child.Env = append(os.Environ(), inChild+"="+path, inChild+"_WALLET="+s.wallet.Config().BaseURL)
	var said safeBuffer
	child.Stdout, child.Stderr = &said, &said
	require.NoError(t, child.Start())
	for i := range 20 {
		s.pending(fmt.Sprintf("parent-%d", i))
	}
	require.NoError(t, child.Wait(), said.String())
	orders, err := s.flow.List(t.Context(), orderflow.ListOptions{State: orderflow.StatePending})
	require.NoError(t, err)
	require.Len(t, orders, 40)
	var healthy string
	require.NoError(t, s.db.SQL().QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&healthy))
	require.Equal(t, "ok", healthy)
}

// TestChildProcess is the other process; on its own it has nothing to do.
func TestChildProcess(t *testing.T) {
	path := os.Getenv(inChild)
	if path == "" {
		return
	}
	db, err := orderflow.Open(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	local := tradepaytest.NewWallet() // for its published keys; the shop's wallet has the same
	defer local.Close()
	config := local.Config()
	config.BaseURL = os.Getenv(inChild + "_WALLET")
	client, err := tradepay.NewClient(config)
	require.NoError(t, err)
	flow, err := orderflow.New(t.Context(), orderflow.Config{Client: client, DB: db,
		Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return nil }})
	require.NoError(t, err)
	for i := range 20 {
		_, err := flow.Create(t.Context(), &tradepay.CreateOrderRequest{PaymentRequestID: fmt.Sprintf("child-%d", i),
			Title:  "Tea",
			Amount: tradepay.Amount{Currency: "USD", Value: 1050}})
		require.NoError(t, err)
	}
}

// TestRunBeginsLater: a database that cannot serve River yet does not end Run.
func TestRunBeginsLater(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var log safeBuffer
		s.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s.open()
		o := s.pending("order-1")
		require.NoError(t, s.flow.Receive(t.Context(), paid("order-1", o.PaymentID, 1050)))
		_, err := s.db.SQL().ExecContext(t.Context(), `ALTER TABLE river_queue RENAME TO away`)
		require.NoError(t, err)
		s.run()
		require.Eventually(t, func() bool {
			return strings.Contains(log.String(), "it is tried again")
		}, 2*time.Minute, 10*time.Millisecond)
		_, err = s.db.SQL().ExecContext(t.Context(), `ALTER TABLE away RENAME TO river_queue`)
		require.NoError(t, err)
		s.reach("order-1", orderflow.StateFulfilled)
	})
}

// TestSweepEnds: a statement that no answer comes to does not end the sweeps.
func TestSweepEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		s.clock.advance(time.Minute)
		postgres := s.isPostgres()
		blocking, err := s.db.SQL().BeginTx(t.Context(), nil) // takes SQLite's only writer
		require.NoError(t, err)
		defer func() { _ = blocking.Rollback() }()
		if postgres {
			_, err = blocking.ExecContext(t.Context(), `LOCK TABLE orderflow_orders`)
			require.NoError(t, err)
		}
		outer, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = s.flow.Tick(outer, 100*time.Millisecond)
		require.NoError(t, outer.Err())
		require.ErrorIs(t, err, orderflow.ErrDatabase)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, blocking.Rollback())
		// PostgreSQL may hold the row for the statement that was given up, a moment longer.
		require.Eventually(t, func() bool {
			err := s.flow.Tick(outer, time.Minute)
			o, err2 := s.flow.Get(outer, "order-1")
			return err == nil && err2 == nil && o.Tries == 1
		}, time.Minute, 10*time.Millisecond)
	})
}
