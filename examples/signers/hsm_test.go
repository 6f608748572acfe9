//go:build cgo

package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProgramWithAnHSM runs the whole program with a key in a token.
func TestProgramWithAnHSM(t *testing.T) {
	t.Parallel()
	if os.Getenv("TRADEPAY_TEST_PKCS11_MODULE") == "" {
		t.Skip("TRADEPAY_TEST_PKCS11_MODULE names no token; script/softhsm makes one")
	}
	requirePays(t, "hsm", "The key is in the token, as merchant-")
	hsm, err := openHSM(os.Getenv("TRADEPAY_TEST_PKCS11_MODULE"), os.Getenv("TRADEPAY_TEST_PKCS11_TOKEN"),
		os.Getenv("TRADEPAY_TEST_PKCS11_PIN"))
	require.NoError(t, err)
	defer func() { require.NoError(t, hsm.Close()) }()
	_, err = hsmSigner(hsm, "merchant-of-nobody")
	require.ErrorContains(t, err, `key pair "merchant-of-nobody": `)
}
