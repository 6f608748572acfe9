package main

import (
	"errors"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/signers/openssl"
)

// openSSLSigner has the system's OpenSSL hold the key of a file, and says what signs: it, or
// Go's crypto/rsa where it is not available.
func openSSLSigner(file []byte) (signer *openssl.Signer, by string, err error) {
	key, err := tradepay.ParsePrivateKey(file)
	if err != nil {
		return nil, "", err
	}
	by, err = openssl.Version()
	if errors.Is(err, openssl.ErrUnavailable) {
		by = err.Error() // log it: everything works, and takes longer
	}
	signer, err = openssl.New(key)
	return signer, by, err
}
