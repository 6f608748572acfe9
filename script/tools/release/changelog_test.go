package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const changelog = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- A thing, see [0.1.0].

## [0.1.0] - 2026-11-01

- The first.

[Unreleased]: https://example.com/commits/main
[0.2.0]: https://example.com/0.2.0
`

func TestNotes(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"v0.2.0": "### Added\n\n- A thing, see [0.1.0].\n",
		"v0.1.0": "- The first.\n",
	} {
		got, err := notes(changelog, version)
		require.NoError(t, err, version)
		require.Equal(t, want, got)
	}
	for _, version := range []string{"Unreleased", "v0.3.0", "v0.2", ""} {
		_, err := notes(changelog, version)
		require.ErrorIs(t, err, errNoNotes, version)
	}
}
