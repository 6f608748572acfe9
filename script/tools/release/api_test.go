package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		since, version string
		api            change
		want           error
	}{
		{"v0.1.0", "v0.1.1", unchanged, nil},
		{"v0.1.0", "v0.1.1", added, errAPI},
		{"v0.1.0", "v0.1.1", broken, errAPI},
		{"v0.1.0", "v0.2.0", broken, nil},
		{"v0.9.0", "v1.0.0", broken, nil},
		{"v1.0.0", "v1.1.0", added, nil},
		{"v1.0.0", "v1.1.0", broken, errAPI},
		{"v1.0.0", "v1.0.1", added, errAPI},
		{"v1.0.0", "v1.0.0", unchanged, errAPI},
		{"v1.1.0", "v1.0.1", unchanged, errAPI},
	} {
		err := checkVersion(test.since, test.version, test.api)
		require.ErrorIs(t, err, test.want, "%s after %s", test.version, test.since)
	}
}

func TestNextMinor(t *testing.T) {
	t.Parallel()
	for since, want := range map[string]string{"": "v0.1.0", "v0.1.0": "v0.2.0", "v1.9.3": "v1.10.0"} {
		require.Equal(t, want, nextMinor(since), since)
	}
}

// TestAPIChange: what script/apidiff says is understood.
func TestAPIChange(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	script, err := os.ReadFile(filepath.Join(repositoryRoot, "script", "apidiff"))
	require.NoError(t, err)
	write(t, r.dir, map[string]string{"script/apidiff": string(script), "api/m.txt": "func A()\nfunc B()\n"})
	require.NoError(t, os.Chmod(filepath.Join(r.dir, "script", "apidiff"), 0o700))
	commit(t, r)
	_, err = r.git(t.Context(), "tag", "v0.1.0")
	require.NoError(t, err)
	for text, want := range map[string]change{
		"func A()\nfunc B()\n":           unchanged,
		"func A()\nfunc B()\nfunc C()\n": added,
		"func A()\nfunc C()\n":           broken,
		"func A()\n":                     broken,
	} {
		write(t, r.dir, map[string]string{"api/m.txt": text})
		got, said, err := apiChange(t.Context(), r.dir, "v0.1.0")
		require.NoError(t, err)
		require.Equal(t, want, got, said)
	}
	_, _, err = apiChange(t.Context(), r.dir, "v9.9.9")
	require.Error(t, err, "there is no such version")
}
