package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPoints(t *testing.T) {
	t.Parallel()
	list := points(dice(1, "killer"), 20)
	require.Len(t, list, 20)
	require.True(t, slices.IsSorted(list))
	require.GreaterOrEqual(t, list[0], 0.0)
	require.Less(t, list[19], 1.0)
	require.Equal(t, list, points(dice(1, "killer"), 20))
	require.NotEqual(t, list, points(dice(2, "killer"), 20))
}
