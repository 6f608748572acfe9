package orderflow_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

func TestHealth(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		get := func() (int, orderflow.Health) {
			w := httptest.NewRecorder()
			s.flow.HealthHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
			var h orderflow.Health
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &h))
			return w.Code, h
		}
		code, h := get()
		require.Equal(t, http.StatusOK, code, "a process that only serves is healthy")
		require.True(t, h.Database)
		require.False(t, h.Running)

		s.clock.stop()
		s.pending("order-1")
		s.clock.advance(time.Minute)
		_, h = get()
		require.Equal(t, 55, h.DueSeconds)

		s.run()
		require.Eventually(t, func() bool {
			_, h = get()
			return h.Running && h.OK && !h.SweptAt.IsZero() && h.DueSeconds == 0
		}, 2*time.Minute, 10*time.Millisecond)

		_, err := s.db.SQL().ExecContext(t.Context(), `ALTER TABLE orderflow_orders RENAME TO away`)
		require.NoError(t, err)
		code, h = get()
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.False(t, h.Database)
		_, err = s.db.SQL().ExecContext(t.Context(), `ALTER TABLE away RENAME TO orderflow_orders`)
		require.NoError(t, err)
	})
}

// TestWaiting counts what no process has begun, up to a full queue each.
func TestWaiting(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		require.Zero(t, s.flow.Health(ctx).Waiting)
		s.pending("order-1")
		require.NoError(t, s.flow.Receive(ctx, paid("order-1", "", 1050)))
		require.Equal(t, 1, s.flow.Health(ctx).Waiting)
		for i, kind := range []string{orderflow.JobFulfil, orderflow.JobReconcile} {
			require.NoError(t, s.flow.FillQueue(ctx, kind))
			require.Equal(t, 500*(i+1), s.flow.Health(ctx).Waiting)
		}
	})
}

// TestForgottenRun is told where somebody looks when nothing is fulfilled.
func TestForgottenRun(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		require.Empty(t, s.flow.Health(t.Context()).Reason)
		s.clock.advance(10 * time.Minute)
		h := s.flow.Health(t.Context())
		require.True(t, h.OK, "a process that only takes in notifications is well")
		require.Contains(t, h.Reason, "Flow.Run")
		s.run()
		require.Eventually(t, func() bool {
			return s.flow.Health(t.Context()).Reason == ""
		}, 2*time.Minute, 10*time.Millisecond)
	})
}
