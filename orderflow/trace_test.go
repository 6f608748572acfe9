package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// traced keeps what a flow tells of its work.
type traced struct {
	mu    sync.Mutex
	begun []orderflow.Work
	ended []orderflow.Work
	errs  []error
}

type traceKey struct{}

// tracing names each trace by the work that it began with.
func (r *traced) tracing() orderflow.Tracing {
	return orderflow.Tracing{
		Context: func(ctx context.Context) string {
			text, _ := ctx.Value(traceKey{}).(string)
			return text
		},
		Begin: func(ctx context.Context, w orderflow.Work) (context.Context, func(orderflow.Work, error)) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.begun = append(r.begun, w)
			return context.WithValue(ctx, traceKey{}, string(w.Kind)+" of "+w.OrderID),
				func(w orderflow.Work, err error) {
					r.mu.Lock()
					defer r.mu.Unlock()
					r.ended, r.errs = append(r.ended, w), append(r.errs, err)
				}
		},
	}
}

// last is the last work of a kind that ended, and why.
func (r *traced) last(t *testing.T, kind orderflow.WorkKind) (orderflow.Work, error) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.ended) - 1; i >= 0; i-- {
		if r.ended[i].Kind == kind {
			return r.ended[i], r.errs[i]
		}
	}
	require.Fail(t, "no such work", kind)
	return orderflow.Work{}, nil
}

// TestTracing: the trace in which an order is created is known again as its notification
// comes and as it is fulfilled, in processes that know nothing of each other.
func TestTracing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		created, notified, fulfilled := &traced{}, &traced{}, &traced{}
		as := func(r *traced) {
			s.config.Tracing = r.tracing()
			s.open()
		}
		as(created)
		s.pending("order-1")
		const trace = "create of order-1"
		w, err := created.last(t, orderflow.WorkCreate)
		require.NoError(t, err)
		require.Equal(t, orderflow.Work{Kind: orderflow.WorkCreate, OrderID: "order-1", Trace: trace}, w)

		as(notified)
		n := paid("order-1", "", 1050)
		for _, outcome := range []string{"stored", "duplicate"} {
			require.NoError(t, s.flow.Receive(ctx, n))
			w, err = notified.last(t, orderflow.WorkNotification)
			require.NoError(t, err)
			require.Equal(t, orderflow.Work{
				Kind: orderflow.WorkNotification, OrderID: "order-1", Trace: trace, Outcome: outcome,
			}, w)
		}
		require.ErrorIs(t, s.flow.Receive(ctx, paid("order-2", "", 1050)), orderflow.ErrEvidence)
		w, err = notified.last(t, orderflow.WorkNotification)
		require.ErrorIs(t, err, orderflow.ErrEvidence)
		require.Equal(t, "evidence", w.Outcome)
		require.Empty(t, w.Trace)

		as(fulfilled)
		full := errors.New("out of boxes")
		var inside []any
		s.fulfil = func(ctx context.Context, _ *sql.Tx, _ orderflow.Fulfilment) error {
			inside = append(inside, ctx.Value(traceKey{}))
			if len(inside) == 1 {
				return full
			}
			return nil
		}
		require.NoError(t, s.flow.FulfilJob(ctx, "order-1", 0))
		w, err = fulfilled.last(t, orderflow.WorkFulfil)
		require.ErrorIs(t, err, full)
		require.Equal(t, orderflow.Work{
			Kind: orderflow.WorkFulfil, OrderID: "order-1", Trace: trace, Outcome: "failed",
		}, w)
		require.NoError(t, s.flow.FulfilJob(ctx, "order-1", 1))
		w, err = fulfilled.last(t, orderflow.WorkFulfil)
		require.NoError(t, err)
		require.Equal(t, "fulfilled", w.Outcome)
		require.Equal(t, []any{"fulfil of order-1", "fulfil of order-1"}, inside)
		require.NoError(t, s.flow.FulfilJob(ctx, "order-1", 0))
		w, err = fulfilled.last(t, orderflow.WorkFulfil)
		require.NoError(t, err)
		require.Empty(t, w.Outcome, "there is nothing to do")
		for _, r := range []*traced{created, notified, fulfilled} {
			require.Len(t, r.ended, len(r.begun), "each that begins ends")
			for _, w := range r.begun {
				require.Empty(t, w.Trace+w.Outcome)
			}
		}
	})
}

// TestTracingOfReconciliation: a question to the wallet belongs to the order, too.
func TestTracingOfReconciliation(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var r traced
		s.config.Tracing = r.tracing()
		s.open()
		s.pending("order-1")
		require.NoError(t, s.flow.Reconcile(t.Context(), "order-1"))
		w, err := r.last(t, orderflow.WorkReconcile)
		require.NoError(t, err)
		require.Equal(t, orderflow.Work{
			Kind: orderflow.WorkReconcile, OrderID: "order-1", Trace: "create of order-1",
		}, w)
	})
}

// TestTracesThatAreNotStored: none, too long, not text. The order is what counts.
func TestTracesThatAreNotStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for id, text := range map[string]string{
			"order-1": "", "order-2": strings.Repeat("x", 257), "order-3": "a\x00b", "order-4": "\xff",
		} {
			var r traced
			s.config.Tracing = r.tracing()
			s.config.Tracing.Context = func(context.Context) string { return text }
			s.open()
			s.pending(id)
			w, err := r.last(t, orderflow.WorkCreate)
			require.NoError(t, err)
			require.Empty(t, w.Trace)
		}
	})
}

// TestTracingByHalves: each function may be missing, and return nothing.
func TestTracingByHalves(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for id, tracing := range map[string]orderflow.Tracing{
			"order-1": {Context: func(context.Context) string { return "trace" }},
			"order-2": {Begin: func(context.Context, orderflow.Work) (context.Context, func(orderflow.Work, error)) {
				return nil, nil
			}},
		} {
			s.config.Tracing = tracing
			s.open()
			s.pending(id)
			require.NoError(t, s.flow.Receive(t.Context(), paid(id, "", 1050)))
		}
		_, err := s.flow.Create(t.Context(), &tradepay.CreateOrderRequest{})
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	})
}

// TestTracingOfPanics: a work ends for whoever traces it although it panics, and the panic goes
// on to whoever called the flow.
func TestTracingOfPanics(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		var r traced
		s.config.Tracing = r.tracing()
		isBroken := false
		s.config.Metrics.Transition = func(context.Context, orderflow.State, orderflow.State) {
			if isBroken {
				panic("no metrics")
			}
		}
		s.open()
		panics := func(kind orderflow.WorkKind, work func()) {
			t.Helper()
			isBroken = true
			require.Panics(t, work, kind)
			isBroken = false
			w, err := r.last(t, kind)
			require.ErrorIs(t, err, orderflow.ErrPanicked, kind)
			require.NotEmpty(t, w.OrderID, kind)
		}
		panics(orderflow.WorkCreate, func() { s.pending("order-1") })
		unheard := s.request("order-2")
		unheard.NotifyURL = "http://127.0.0.1:1/notify" // so that the flow learns by asking
		_, err := s.flow.Create(ctx, unheard)
		require.NoError(t, err)
		s.pending("order-3")
		require.NoError(t, s.wallet.Pay("order-2"))
		panics(orderflow.WorkReconcile, func() { _ = s.flow.Reconcile(ctx, "order-2") })
		panics(orderflow.WorkNotification, func() { _ = s.flow.Receive(ctx, paid("order-3", "", 1050)) })
		w, _ := r.last(t, orderflow.WorkNotification)
		require.Equal(t, "error", w.Outcome)
		panics(orderflow.WorkFulfil, func() { _ = s.flow.FulfilJob(ctx, "order-3", 0) })
		require.Len(t, r.ended, len(r.begun), "each that begins ends")
	})
}

// TestTracingOfOrdersThatAreNot: a work names the order that it was asked about, and a trace counts in bytes.
func TestTracingOfOrdersThatAreNot(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var r traced
		s.config.Tracing = r.tracing()
		s.config.Tracing.Context = func(context.Context) string { return strings.Repeat("é", 129) }
		s.open()
		require.ErrorIs(t, s.flow.Receive(t.Context(), paid("order-2", "", 1050)), orderflow.ErrEvidence)
		w, _ := r.last(t, orderflow.WorkNotification)
		require.Equal(t, "order-2", w.OrderID)
		s.pending("order-1")
		w, _ = r.last(t, orderflow.WorkCreate)
		require.Empty(t, w.Trace, "129 characters, and 258 bytes")
	})
}
