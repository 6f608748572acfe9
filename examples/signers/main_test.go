package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProgram runs the whole program with each kind of key.
func TestProgram(t *testing.T) {
	t.Parallel()
	for place, says := range map[string]string{
		"openssl": "The key signs with ", "kms": "as " + keyID, "hsm": "The key is in the token, as merchant-",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			if place == "hsm" && os.Getenv("TRADEPAY_TEST_PKCS11_MODULE") == "" {
				t.Skip("TRADEPAY_TEST_PKCS11_MODULE names no token; script/softhsm makes one")
			}
			var out strings.Builder
			require.NoError(t, run(t.Context(), &out, place))
			require.Contains(t, out.String(), says)
			require.Contains(t, out.String(), "-----BEGIN PUBLIC KEY-----")
			require.Contains(t, out.String(), "Created: PROCESSING\nNow: SUCCESS\n")
		})
	}
	require.ErrorContains(t, run(t.Context(), &strings.Builder{}, "pocket"), `unknown place "pocket"`)
}
