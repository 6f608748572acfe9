package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMachine: a wrong clock is ahead, behind and right in turn; that of the
// first process is right.
func TestMachine(t *testing.T) {
	t.Parallel()
	require.Nil(t, (&merchant{merchantConfig: merchantConfig{Index: 1}}).machine())
	require.Nil(t, (&merchant{merchantConfig: merchantConfig{Skew: time.Hour}}).machine())
	synctest.Test(t, func(t *testing.T) {
		clock := (&merchant{merchantConfig: merchantConfig{Index: 1, Skew: time.Hour}}).machine()
		met := map[time.Duration]bool{}
		for range 3 {
			met[time.Until(clock())] = true
			time.Sleep(jumps)
		}
		require.Equal(t, map[time.Duration]bool{-time.Hour: true, 0: true, time.Hour: true}, met)
	})
}
