// Package keyform reads RSA keys in the forms in which they arrive: files of every
// kind, consoles' base64, and what environment files, shells, editors and secret
// stores make of these. It reads what can mean one key only, and of
// everything else it says what it is.
//
// Its errors are of type [rsakey.UnusableError]. They hold nothing of what was read.
package keyform

import (
	"crypto/rsa"

	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// maxSize is more than any key needs, with its certificates, in any form.
const maxSize = 1 << 20

// key is one key that was found. A certificate holds the public half of one.
type key struct {
	numbers              rsakey.Numbers
	private, certificate bool
	odd                  bool // its size is that of no key
}

// Private reads a private key.
func Private(data []byte) (*rsa.PrivateKey, error) {
	keys, err := found(data)
	if err != nil {
		return nil, err
	}
	own := split(keys, func(k key) bool { return k.private })
	if len(own) == 0 {
		return nil, unusable("this is a public key or certificate",
			"load the merchant's private key here; the public half goes to the wallet's console")
	}
	if !same(own) {
		return nil, unusable("these are several private keys", keepOne)
	}
	public := split(keys, func(k key) bool { return !k.private && !k.certificate })
	if !same(append(public, own[0])) { // certificates may be those of issuers
		return nil, unusable("these are a private key and the public key of another", keepOne)
	}
	return own[0].numbers.Private()
}

// Public reads a public key.
func Public(data []byte) (*rsa.PublicKey, error) {
	keys, err := found(data)
	if err != nil {
		return nil, err
	}
	const remedy = "load the wallet's public key here, and never hand out a private key"
	switch own := split(keys, func(k key) bool { return k.private }); {
	case len(own) == len(keys):
		return nil, unusable("this is a private key", remedy)
	case len(own) > 0:
		return nil, unusable("this is a private key together with a public key or certificate", remedy)
	case !same(keys):
		return nil, unusable("these are several public keys or certificates", keepOne)
	case keys[0].odd:
		return nil, unusable("is damaged: its modulus has lost or gained characters", wholeRemedy)
	}
	return keys[0].numbers.Public()
}

const keepOne = "keep only the one that you mean"

// found returns the keys that the data holds, at least one.
func found(data []byte) ([]key, error) {
	if len(data) > maxSize {
		return nil, unusable("is far too large for a key", "look at which file this is")
	}
	return read(data, 0)
}

func split(keys []key, is func(key) bool) []key {
	var some []key
	for _, k := range keys {
		if is(k) {
			some = append(some, k)
		}
	}
	return some
}

// same reports whether all are one key.
func same(keys []key) bool {
	for _, k := range keys {
		if !k.numbers.Equal(keys[0].numbers) {
			return false
		}
	}
	return true
}

func unusable(rule, remedy string) error { return &rsakey.UnusableError{Rule: rule, Remedy: remedy} }
