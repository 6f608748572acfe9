package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuyersRepeat(t *testing.T) {
	t.Parallel()
	met := map[intent]int{}
	for i := range 2000 {
		a, b, other := newBuyer(1, i, 0.5), newBuyer(1, i, 0.5), newBuyer(2, i, 0.5)
		require.Equal(t, a, b)
		require.NotEqual(t, a.id, other.id)
		require.Equal(t, a.refund > 0, a.intent == intentRefund || a.intent == intentPart ||
			a.intent == intentCaptureRefund)
		require.LessOrEqual(t, a.captures, a.amount)
		require.LessOrEqual(t, a.refund, a.amount)
		met[a.intent]++
	}
	for _, deals := range [][]deal{intents, reservations} {
		share := 0
		for _, deal := range deals {
			share += deal.share
			require.Positive(t, met[deal.intent], deal.intent)
		}
		require.Equal(t, 100, share)
	}
	require.Len(t, met, len(intents)+len(reservations))
}
