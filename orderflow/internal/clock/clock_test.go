package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow/internal/clock"
)

// TestSync: a clock that follows another is moved by its drift at once, by a
// jump that lasts after a minute, and by one that does not last never.
func TestSync(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	type look struct {
		after time.Duration // the look before
		jump  time.Duration // of the fleet's clock, before this look
		want  time.Duration // how far the clock is then from one that nothing ever moved
		back  bool
	}
	for name, looks := range map[string][]look{
		"steady": {{time.Second, 0, 0, false}, {time.Hour, 0, 0, false}},
		"drift":  {{time.Second, 300 * time.Millisecond, 300 * time.Millisecond, false}},
		"an hour ahead for 2 s": {{time.Second, time.Hour, 0, false}, {2 * time.Second, -time.Hour, 0, false},
			{time.Hour, 0, 0, false}},
		"a year back for 2 s": {{time.Second, -8760 * time.Hour, 0, false},
			{2 * time.Second, 8760 * time.Hour, 0, false}},
		"an hour ahead for good": {{time.Second, time.Hour, 0, false}, {50 * time.Second, 0, 0, false},
			{8 * time.Second, 0, 0, false},
			{time.Second, 0, 0, false}, {time.Second, 0, time.Hour, false}},
		"an hour back for good": {{time.Second, -time.Hour, 0, false}, {time.Minute, 0, 0, false},
			{time.Second, 0, 0, false}, {time.Second, 0, 0, false},
			{time.Second, 0, -time.Hour, true}, {time.Second, 0, -time.Hour, false}},
		"never the same twice": {{time.Second, time.Hour, 0, false}, {40 * time.Second, time.Hour, 0, false},
			{40 * time.Second, time.Hour, 0, false},
			{40 * time.Second, -3 * time.Hour, 0, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var passed, moved time.Duration
			c := clock.New(func(context.Context) (time.Time, error) { return start.Add(passed + moved), nil },
				func() time.Duration { return passed })
			_, err := c.Sync(t.Context())
			require.NoError(t, err)
			for _, l := range looks {
				passed += l.after
				moved += l.jump
				back, err := c.Sync(t.Context())
				require.NoError(t, err)
				require.Equal(t, l.back, back)
				require.Equal(t, start.Add(passed+l.want), c.Now())
			}
		})
	}
}

// TestSyncFails: while the fleet's clock cannot be read, the time goes on.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	c := clock.New(func(context.Context) (time.Time, error) { return time.Time{}, down }, nil)
	_, err := c.Sync(t.Context())
	require.ErrorIs(t, err, down)
	require.WithinDuration(t, time.Now(), c.Now(), time.Minute)
	require.Less(t, c.Skew().Abs(), time.Minute)
}
