//go:build cgo

package main

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ThalesGroup/crypto11"
)

// openHSM logs in to a PKCS #11 token. library is the file that came with the HSM.
func openHSM(library, token, pin string) (*crypto11.Context, error) {
	return crypto11.Configure(&crypto11.Config{
		Path: library, TokenLabel: token, Pin: pin,
		MaxSessions:     16,              // as many signatures at once; the HSM's manual says what it bears
		PoolWaitTimeout: 5 * time.Second, // for one of them; without it, a call waits for ever
	})
}

// hsmSigner finds the merchant's key pair in the token by its label.
func hsmSigner(hsm *crypto11.Context, label string) (crypto.Signer, error) {
	pair, err := hsm.FindKeyPair(nil, []byte(label))
	if err != nil {
		return nil, fmt.Errorf("key pair %q: %w", label, err)
	}
	return pair, nil
}

// withHSM makes a key pair in the token of the environment. A merchant makes it once, with
// the HSM's own tool.
func withHSM(out io.Writer) (signer crypto.Signer, done func() error, err error) {
	library := os.Getenv("TRADEPAY_TEST_PKCS11_MODULE")
	if library == "" {
		return nil, nil, errors.New("TRADEPAY_TEST_PKCS11_MODULE names no PKCS #11 library; script/softhsm sets it")
	}
	hsm, err := openHSM(library, os.Getenv("TRADEPAY_TEST_PKCS11_TOKEN"), os.Getenv("TRADEPAY_TEST_PKCS11_PIN"))
	if err != nil {
		return nil, nil, err
	}
	label := "merchant-" + rand.Text()
	made, err := hsm.GenerateRSAKeyPairWithLabel([]byte(label), []byte(label), 2048)
	if err != nil {
		return nil, nil, errors.Join(err, hsm.Close())
	}
	done = func() error { return errors.Join(made.Delete(), hsm.Close()) }
	if signer, err = hsmSigner(hsm, label); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	_, _ = fmt.Fprintln(out, "The key is in the token, as", label)
	return signer, done, nil
}
