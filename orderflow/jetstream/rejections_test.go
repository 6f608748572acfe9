package jetstream

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRejections: they are counted for each message by itself, for a bounded number of them.
func TestRejections(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	r := &rejections{most: 2, keep: time.Hour}
	require.Equal(t, 1, r.add(1, now))
	require.Equal(t, 2, r.add(1, now))
	require.Equal(t, 1, r.add(2, now))
	require.Zero(t, r.add(3, now), "there is no room")
	require.Equal(t, 3, r.add(1, now), "those that are counted are counted on, and end")
	r.forget(1)
	require.Equal(t, 1, r.add(3, now), "then there is room")
	require.Len(t, r.counted, 2)
	now = now.Add(59 * time.Minute)
	require.Equal(t, 2, r.add(3, now))
	require.Zero(t, r.add(4, now))
	now = now.Add(2 * time.Minute)
	require.Equal(t, 1, r.add(4, now), "2 has not come again for an hour")
	require.Equal(t, 3, r.add(3, now), "and 3 has")
	require.Len(t, r.counted, 2)
}
