package otelorderflow

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	at := func(version string) *debug.Module { return &debug.Module{Path: scope, Version: version} }
	replaced := at("v0.1.0")
	replaced.Replace = at("v0.1.1")
	for want, info := range map[string]*debug.BuildInfo{
		"0.1.0": {Deps: []*debug.Module{{Path: scope + "/otelorderflow", Version: "v9.0.0"}, at("v0.1.0")}},
		"0.1.1": {Deps: []*debug.Module{replaced}},
		"":      {Main: *at("(devel)"), Deps: []*debug.Module{at("v0.0.0-00010101000000-000000000000")}},
	} {
		require.Equal(t, want, versionIn(info))
	}
	require.Empty(t, versionIn(nil))
}

// TestBuckets: they tell 50 ms from 2 s, in steps.
func TestBuckets(t *testing.T) {
	t.Parallel()
	require.True(t, slices.IsSorted(buckets))
	between := 0
	for _, bound := range buckets {
		if bound >= 0.05 && bound < 2 {
			between++
		}
	}
	require.GreaterOrEqual(t, between, 8)
}
