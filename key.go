package tradepay

import (
	"crypto/rsa"
	"errors"
	"math/big"

	"github.com/tradepay/tradepay-go/internal/keyform"
	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// ParsePrivateKey reads an RSA private key of at least 2048 bits, in each form that can
// mean one key only: PEM, DER, base64 of either, PKCS#1 or PKCS#8, a PKCS#12 file
// without a password, a JSON Web Key, the XML of .NET; with the quotation marks, names and
// escapes of an environment file around it, lost line breaks, or UTF-16. The table is in
// docs/signature.md.
//
// It takes the modulus, the exponents and the primes, works out what is missing or wrong of
// the rest, as OpenSSL does, and returns a key whose signature has been verified. Errors match
// [ErrInvalidKey] and say what the input is instead. They never hold a part of it.
func ParsePrivateKey(data []byte) (*rsa.PrivateKey, error) {
	key, err := keyform.Private(data)
	if err != nil {
		return nil, usable("private key", err)
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key of at least 2048 bits, in the forms that
// [ParsePrivateKey] reads: PKIX, PKCS#1 or a certificate. It reads only the key of a
// certificate, and checks neither its dates nor its issuer. It refuses whatever holds
// a private key. Errors match [ErrInvalidKey].
func ParsePublicKey(data []byte) (*rsa.PublicKey, error) {
	key, err := keyform.Public(data)
	if err != nil {
		return nil, usable("public key", err)
	}
	return key, nil
}

func invalidKey(field, rule, remedy string) error {
	return &FieldError{Field: field, Rule: rule, Remedy: remedy, Err: ErrInvalidKey}
}

// unusableKey is the error about a wrong key in the configuration.
func unusableKey(field string, err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) {
		return err
	}
	return within(ErrInvalidConfig, invalidKey(field, fault.Rule, fault.Remedy))
}

// usable turns the fault of a key that the caller parses into an error about it.
func usable(field string, err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) {
		return err
	}
	return invalidKey(field, fault.Rule, fault.Remedy)
}

// copyPublicKey copies a key: the caller may change its own later.
func copyPublicKey(key *rsa.PublicKey) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
}
