package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want arguments
	}{
		{[]string{"--dry-run"}, arguments{dryRun: true}},
		{[]string{"--dry-run", "v1.2.3"}, arguments{dryRun: true, version: "v1.2.3"}},
		{[]string{"v0.1.0"}, arguments{version: "v0.1.0"}},
		{[]string{"--files", "/dist", "v0.1.0"}, arguments{version: "v0.1.0", files: "/dist"}},
	} {
		got, err := parse(test.args)
		require.NoError(t, err, "%v", test.args)
		require.Equal(t, test.want, got)
	}
	for _, args := range [][]string{
		{}, {"1.2.3"}, {"v1.2"}, {"v1"}, {"v1.2.3", "v1.2.4"}, {"--files", "dist"}, {"v1.2.3+build"},
		{"v0.1.0-rc.1"}, {"--dry-run", "v0.1.0-rc.1"}, {"--files", "/dist", "v0.1.0-rc.1"},
	} {
		_, err := parse(args)
		require.ErrorIs(t, err, errUsage, "%v", args)
	}
}
