package transport_test

import (
	"context"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/transport"
)

func taken(b *transport.Budget) (n int) {
	for b.Take() {
		n++
	}
	return n
}

func TestBudget(t *testing.T) {
	t.Parallel()
	b := transport.NewBudget()
	require.Equal(t, 100, taken(b), "a wallet that never answers")
	require.False(t, b.Take(), "an empty budget stays empty")

	b.Answered()
	require.False(t, b.Take(), "half a token is none")
	b.Answered()
	require.True(t, b.Take(), "two answers give one token")
	require.False(t, b.Take())

	for range 20 {
		b.Answered()
	}
	require.Equal(t, 10, taken(b))
	for range 1000 {
		b.Answered()
	}
	require.Equal(t, 100, taken(b), "no more than full")

	full := transport.NewBudget()
	full.Answered()
	require.Equal(t, 100, taken(full), "a full budget does not grow")
}

func TestADeadWalletGets100ExtraCalls(t *testing.T) {
	t.Parallel()
	b := transport.NewBudget()
	extra := 0
	for range 1000 { // calls of up to three attempts
		for range 2 {
			if b.Take() {
				extra++
			}
		}
	}
	require.Equal(t, 100, extra)
}

func TestBudgetIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	b := transport.NewBudget()
	var got atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 10 {
				if b.Take() {
					got.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 100, got.Load())
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	const base, most = 200 * time.Millisecond, 5 * time.Second
	for n, ceiling := range map[int]time.Duration{
		1: 400 * time.Millisecond, 2: 800 * time.Millisecond, 3: 1600 * time.Millisecond, 4: 3200 * time.Millisecond,
		5: most, 6: most, 20: most, 63: most, 64: most, 1000: most, math.MaxInt: most,
	} {
		seen := map[time.Duration]bool{}
		for range 500 {
			d := transport.Backoff(n, base, most)
			require.GreaterOrEqual(t, d, base, "after attempt %d", n)
			require.Less(t, d, ceiling, "after attempt %d", n)
			seen[d] = true
		}
		require.Greater(t, len(seen), 100, "jitter after attempt %d", n)
	}
}

func TestBackoffOfOddPolicies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ base, most, low, high time.Duration }{
		"most below base": {base: time.Second, most: time.Millisecond, low: time.Millisecond,
			high: time.Millisecond},
		"most equal to base": {base: time.Second, most: time.Second, low: time.Second, high: time.Second},
		"no base":            {most: time.Second, high: time.Second},
		"nothing at all":     {},
		"a base that overflows": {
			base: math.MaxInt64 / 2, most: math.MaxInt64, low: math.MaxInt64 / 2, high: math.MaxInt64,
		},
	} {
		for n := 1; n <= 70; n++ {
			d := transport.Backoff(n, tt.base, tt.most)
			require.GreaterOrEqual(t, d, tt.low, name)
			require.LessOrEqual(t, d, tt.high, name)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, "120": 2 * time.Minute, "1073741823": (1<<30 - 1) * time.Second,
		"Thu, 15 Jan 2026 12:00:30 GMT":    30 * time.Second,
		"Thursday, 15-Jan-26 12:00:30 GMT": 30 * time.Second,
		"Thu Jan 15 12:00:30 2026":         30 * time.Second,
		"Thu, 15 Jan 2026 12:00:00 GMT":    0,
		"Thu, 15 Jan 2026 11:59:59 GMT":    0,
		"Thu, 01 Jan 1970 00:00:00 GMT":    0,
		"Fri, 31 Dec 9999 23:59:59 GMT":    math.MaxInt64,
		// What is no sensible wish is none; among them a Unix time.
		"": 0, "-1": 0, "-9223372036854775808": 0, "1.5": 0, "1s": 0, "soon": 0, "1e3": 0, "0x10": 0, "1,2": 0,
		"1768478400": 0, "9223372036854775807": 0, "99999999999999999999999": 0,
		"2026-01-15T12:00:30Z": 0, "Thu, 15 Jan 2026 12:00:30": 0,
	} {
		require.Equal(t, want, transport.RetryAfter(http.Header{"Retry-After": {text}}, now), "%q", text)
	}
	require.Zero(t, transport.RetryAfter(http.Header{}, now))
	require.Zero(t, transport.RetryAfter(nil, now))
}

func TestSleep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		wait    time.Duration
		want    bool
		elapsed time.Duration
	}{
		"nothing in the way": {context: context.WithCancel, wait: time.Hour, want: true, elapsed: time.Hour},
		"no wait":            {context: context.WithCancel, want: true},
		"a deadline far away": {context: deadline(2 * time.Hour), wait: time.Hour,
			want: true, elapsed: time.Hour},
		"a deadline nearer than that":  {context: deadline(time.Minute), wait: time.Hour},
		"a deadline at the same time":  {context: deadline(time.Hour), wait: time.Hour},
		"a deadline in the past":       {context: deadline(-time.Second), wait: time.Hour},
		"a deadline now, without wait": {context: deadline(0)},
		"cancelled before": {context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, wait: time.Hour},
		"cancelled in between": {context: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Minute, cancel)
			return ctx, cancel
		}, wait: time.Hour, elapsed: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := tt.context(t.Context())
				defer cancel()
				start := time.Now()
				require.Equal(t, tt.want, transport.Sleep(ctx, tt.wait))
				require.Equal(t, tt.elapsed, time.Since(start))
			})
		})
	}
}

func deadline(in time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, in) }
}
