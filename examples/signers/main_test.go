package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProgram runs the whole program, with each kind of key that needs nothing else.
func TestProgram(t *testing.T) {
	t.Parallel()
	for place, says := range map[string]string{"openssl": "The key signs with ", "kms": "as " + keyID} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			requirePays(t, place, says)
		})
	}
	require.ErrorContains(t, run(t.Context(), &strings.Builder{}, "pocket"), `unknown place "pocket"`)
}

func requirePays(t *testing.T, place, says string) {
	t.Helper()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out, place))
	require.Contains(t, out.String(), says)
	require.Contains(t, out.String(), "-----BEGIN PUBLIC KEY-----")
	require.Contains(t, out.String(), "Created: PROCESSING\nNow: SUCCESS\n")
}
