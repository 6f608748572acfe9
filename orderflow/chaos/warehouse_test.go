package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWarehouseHangs: so many fulfilments are told to hang, each of another order.
func TestWarehouseHangs(t *testing.T) {
	t.Parallel()
	w := newWarehouse(1, 0)
	w.hang(2, 12)
	told := 0
	for i := range 12 {
		for range 2 { // each order is fulfilled twice: a try that hung is undone
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
			req.Header.Set("Order", strconv.Itoa(i))
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, req)
			if rec.Header().Get(hangHeader) != "" {
				told++
			}
		}
	}
	require.Equal(t, 2, told)
	require.Len(t, w.hungOrders(), 2)
}

// TestWarehouseAnswers: it knows the keys that were used, and may not say so.
func TestWarehouseAnswers(t *testing.T) {
	t.Parallel()
	w := newWarehouse(1, 0)
	ask := func(method, key string) int {
		req := httptest.NewRequestWithContext(t.Context(), method, "/", http.NoBody)
		req.Header.Set("Idempotency-Key", key)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		return rec.Code
	}
	require.Equal(t, http.StatusOK, ask(http.MethodPost, "key-1"))
	require.Equal(t, http.StatusOK, ask(http.MethodGet, "key-1"))
	require.Equal(t, http.StatusNotFound, ask(http.MethodGet, "key-2"))
	w.share = 1
	require.Equal(t, http.StatusServiceUnavailable, ask(http.MethodGet, "key-1"))
}
