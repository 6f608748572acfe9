package main

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// warehouse is an effect outside the database: an HTTP server that does a
// thing once for each idempotency key, and fails now and then.
type warehouse struct {
	mu     sync.Mutex
	dice   *rand.Rand
	share  float64
	claims map[claim]int
	busy   map[int]int // calls under way, by process
	faults int
	served int             // calls that did not fail
	every  int             // of them one in so many makes its Fulfil hang
	hangs  int             // that are left
	hung   map[string]bool // orders
}

// hangHeader tells a merchant's Fulfil to hang.
const hangHeader = "Hang"

func newWarehouse(seed uint64, share float64) *warehouse {
	return &warehouse{dice: dice(seed, "warehouse"), share: share, claims: map[claim]int{}, busy: map[int]int{},
		hung: map[string]bool{}}
}

// hang makes n of the fulfilments of so many orders hang.
func (w *warehouse) hang(n, orders int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hangs, w.every = n, max(1, orders/(2*(n+1)))
}

// hungOrders are those whose Fulfil was told to hang.
func (w *warehouse) hungOrders() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.hung)
}

func (w *warehouse) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.answer(rw, r.Header.Get("Idempotency-Key"))
		return
	}
	process, _ := strconv.Atoi(r.Header.Get("Process"))
	w.mu.Lock()
	w.busy[process]++
	before, after := w.dice.Float64() < w.share/2, w.dice.Float64() < w.share/2
	if before || after {
		w.faults++
	}
	if !before {
		w.claims[claim{r.Header.Get("Idempotency-Key"), r.Header.Get("Order")}]++
	}
	if order := r.Header.Get("Order"); !before && !after {
		w.served++
		if w.hangs > 0 && w.served%w.every == 0 && !w.hung[order] {
			w.hangs--
			w.hung[order] = true
			rw.Header().Set(hangHeader, "yes")
		}
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.busy[process]--
		w.mu.Unlock()
	}()
	switch {
	case before:
		http.Error(rw, "closed for lunch", http.StatusServiceUnavailable)
		return
	case after: // net/http itself may send it again, because it has a key
		panic(http.ErrAbortHandler)
	}
	time.Sleep(3 * time.Millisecond) // so that a kill can fall into it
}

// answer says whether a key was ever used.
func (w *warehouse) answer(rw http.ResponseWriter, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dice.Float64() < w.share {
		w.faults++
		http.Error(rw, "closed for lunch", http.StatusServiceUnavailable)
		return
	}
	for c := range w.claims {
		if c.key == key {
			return
		}
	}
	http.NotFound(rw, nil)
}

// heal ends the faults.
func (w *warehouse) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.share = 0
}

// busyWith is how many fulfilments of a process are at the warehouse.
func (w *warehouse) busyWith(process int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy[process]
}

// books returns the calls so far, and how many of them failed.
func (w *warehouse) books() (claims map[claim]int, faults int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.claims), w.faults
}
