package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLatest: the version before is the highest at or below the commit, however near its tag is.
func TestLatest(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	ctx := t.Context()
	requireLatest := func(want string) {
		t.Helper()
		got, err := r.latest(ctx)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	git := func(args ...string) {
		t.Helper()
		_, err := r.git(ctx, args...)
		require.NoError(t, err)
	}
	write(t, r.dir, map[string]string{"a": "1"})
	commit(t, r)
	requireLatest("")
	git("tag", "flow/v0.3.0")
	git("tag", "v1")
	git("tag", "v1.0.0-rc.1")
	git("tag", "v1.0.0+build")
	requireLatest("")
	git("tag", "v0.10.0")
	git("tag", "v0.2.0")
	requireLatest("v0.10.0")
	write(t, r.dir, map[string]string{"a": "2"})
	commit(t, r)
	git("tag", "v0.9.1")
	requireLatest("v0.10.0")
	git("checkout", "--quiet", "-b", "other")
	write(t, r.dir, map[string]string{"a": "3"})
	commit(t, r)
	git("tag", "v0.11.0")
	git("checkout", "--quiet", "main")
	requireLatest("v0.10.0")
}

// TestTagsThatCannotBeRead: what git cannot tell is no first version, whose API nobody compares.
func TestTagsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := repository{filepath.Join(t.TempDir(), "none")}
	_, err := r.latest(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, errRefused)
	_, err = r.hasTag(t.Context(), "v0.1.0")
	require.Error(t, err)
	require.Error(t, r.checkFree(t.Context(), []string{"v0.1.0"}))
	next := &release{clone: r, since: "v0.1.0"}
	_, err = next.addBase(t.Context(), workspaceModule{path: "example.com/m"})
	require.Error(t, err)
	_, err = newRepository(t).latest(t.Context())
	require.Error(t, err, "there is no commit")
}
