package jetstream

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPace: a few messages come again when they should, and many come one after the other.
func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	p := new(pace)
	for range comeAgain {
		require.Equal(t, time.Second, p.after(time.Second, now))
	}
	var last time.Duration
	for range 9 * comeAgain {
		last = p.after(time.Second, now)
	}
	require.Equal(t, 10*time.Second, last.Round(time.Millisecond), "the 10,000th")
	now = now.Add(9 * time.Second)
	require.Equal(t, time.Second, p.after(time.Second, now).Truncate(10*time.Millisecond), "most are due")
	now = now.Add(-time.Hour)
	require.Less(t, p.after(time.Second, now), 2*time.Second, "a clock that is set back delays nothing")
	now = now.Add(24 * time.Hour)
	require.Equal(t, time.Minute, p.after(time.Minute, now))
}
