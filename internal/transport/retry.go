package transport

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Budget limits retries over all calls of a client, so that a wallet that is
// down is not buried under them. Each extra request takes a token; each call
// that is answered gives half of one back.
type Budget struct {
	mu   sync.Mutex
	half int // tokens, counted in halves
}

// budgetTokens is how many extra requests a wallet that never answers gets.
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

// Answered counts a call that was answered.
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
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 && seconds < 1<<30 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// Sleep waits for d. It reports false, at once, when ctx would end before d
// has passed: waiting would only use up the caller's time.
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
