package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuyersRepeat(t *testing.T) {
	t.Parallel()
	met := map[intent]int{}
	for i := range 2000 {
		a, b, other := newBuyer(1, i), newBuyer(1, i), newBuyer(2, i)
		require.Equal(t, a, b)
		require.NotEqual(t, a.id, other.id)
		require.Equal(t, a.refund > 0, a.intent == intentRefund || a.intent == intentPart)
		require.LessOrEqual(t, a.refund, a.amount)
		met[a.intent]++
	}
	share := 0
	for _, deal := range intents {
		share += deal.share
		require.Positive(t, met[deal.intent], deal.intent)
	}
	require.Equal(t, 100, share)
	require.Len(t, met, len(intents))
}
