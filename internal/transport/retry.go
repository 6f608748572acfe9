package transport

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Budget limits the retries of all calls of a client together, so that they do not
// bury a wallet that is down. Each extra request takes a token. Each answered call
// gives back half a token.
type Budget struct {
	mu   sync.Mutex
	half int // tokens, counted in halves
}

// budgetTokens is how many extra requests a wallet gets that never answers.
const budgetTokens = 100

// NewBudget returns a full budget.
func NewBudget() *Budget { return &Budget{half: 2 * budgetTokens} }

// Take reports whether one extra request may be made, and counts it.
func (b *Budget) Take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.half < 2 {
		return false
	}
	b.half -= 2
	return true
}

// Left returns how many extra requests may be made now.
func (b *Budget) Left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.half / 2
}

// Answered counts a call that the wallet answered.
func (b *Budget) Answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.half = min(b.half+1, 2*budgetTokens)
}

// Backoff returns how long to wait before the retry after attempt n, from 1:
// full jitter between base and base·2^n, at most most.
func Backoff(n int, base, most time.Duration) time.Duration {
	ceiling := most
	if shift := base << min(n, 20); shift > 0 && shift < most {
		ceiling = shift
	}
	if ceiling <= base {
		return ceiling
	}
	return base + rand.N(ceiling-base) //nolint:gosec // jitter, not a secret
}

// RetryAfter returns what a Retry-After header asks for: seconds or a date.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 && seconds < 1<<30 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// Sleep waits for d and reports true. If the deadline of ctx comes before d has
// passed, it reports false at once: waiting only costs the caller time. It also
// reports false if ctx ends meanwhile.
func Sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
