// Package rsakey says which RSA keys are usable, and signs and verifies with
// them: RSASSA-PKCS1-v1_5 with SHA-256, the one scheme of the protocol.
package rsakey

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The rules for RSA keys. The wallets' documents ask for at least 2048 bits;
// every published key uses the exponent 65537.
const (
	MinBits  = 2048
	MaxBits  = 8192
	exponent = 65537
)

// original is what to do about a damaged key. Its public half may be with the wallet, so
// that a new key would not do.
const original = "load the original again"

// UnusableError says why a key cannot be used, and what to do. It holds nothing of the key.
type UnusableError struct {
	Rule, Remedy string
	Cause        error // of a failed signature, from the key service; may be nil
}

func (f *UnusableError) Error() string { return f.Rule + "; " + f.Remedy }

// Unwrap returns the key service's error.
func (f *UnusableError) Unwrap() error { return f.Cause }

// Check returns an [UnusableError] if the public key cannot be used.
func Check(key *rsa.PublicKey) error {
	switch {
	case key == nil || key.N == nil || key.N.Sign() <= 0:
		return &UnusableError{
			Rule: "is nil or empty", Remedy: "load it with ParsePublicKey, a merchant's own with ParsePrivateKey",
		}
	case key.E&1 == 0:
		return &UnusableError{Rule: "has an even exponent, so it is not an RSA key", Remedy: original}
	case key.E != exponent:
		return &UnusableError{
			Rule: "has an exponent other than 65537",
			Remedy: "compare it with the original; if that has it, too, the wallets do not take it: " +
				"openssl genpkey makes pairs with 65537",
		}
	case key.N.BitLen() < MinBits:
		return &UnusableError{
			Rule: "has " + strconv.Itoa(key.N.BitLen()) + " bits, at least 2048 are needed",
			Remedy: "the wallets demand as many: of a wallet's key, ask for the present one; of your own, make a new " +
				"pair: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
		}
	case key.N.BitLen() > MaxBits:
		return &UnusableError{
			Rule:   "has " + strconv.Itoa(key.N.BitLen()) + " bits, at most 8192 are allowed",
			Remedy: "use 2048, 3072 or 4096 bits",
		}
	case key.N.Bit(0) == 0:
		return &UnusableError{Rule: "has an even modulus, so it is damaged", Remedy: original}
	}
	return nil
}

// CheckPrivate returns an [UnusableError] if the private key cannot be used.
func CheckPrivate(key *rsa.PrivateKey) error {
	if key == nil {
		return &UnusableError{Rule: "is nil", Remedy: "load it with ParsePrivateKey"}
	}
	if err := Check(&key.PublicKey); err != nil {
		return err
	}
	if key.D == nil || key.Validate() != nil {
		return &UnusableError{Rule: "is damaged: its numbers do not fit together", Remedy: original}
	}
	return nil
}

// CheckSigner returns an [UnusableError] if the key cannot be used. The key may live outside
// this process: then CheckSigner sees its public half only, and [Sign] verifies its
// signatures.
func CheckSigner(signer crypto.Signer) error {
	switch key := signer.(type) {
	case nil:
		return &UnusableError{Rule: "is nil", Remedy: "load it with ParsePrivateKey, or pass a crypto.Signer"}
	case *rsa.PrivateKey:
		return CheckPrivate(key)
	}
	switch public := signer.Public().(type) {
	case *rsa.PublicKey:
		return Check(public)
	default:
		return NotRSA(public)
	}
}

// NotRSA is the [UnusableError] of a key of another kind.
func NotRSA(key any) error {
	return &UnusableError{Rule: fmt.Sprintf("is %T, not RSA", key), Remedy: "the wallets sign with RSA"}
}

// contextSigner is a key at a service that can be given up on, such as a remote KMS.
type contextSigner interface {
	crypto.Signer
	SignContext(ctx context.Context, rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// GivenUpError says that the context ended before the key service had signed.
type GivenUpError struct {
	Context error // of the context
	Cause   error // of the key service; nil if it was not asked
}

func (e *GivenUpError) Error() string { return "tradepay: no signature in time: " + e.Context.Error() }

// Unwrap returns the context's error and the key service's.
func (e *GivenUpError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Context}
	}
	return []error{e.Context, e.Cause}
}

// Sign is [SignContext] without an end.
func Sign(key crypto.Signer, content []byte) ([]byte, error) {
	return SignContext(context.Background(), 0, key, content)
}

// SignContext signs the content. If the key lives outside this process, SignContext
// verifies the signature: so it finds a key service with another padding. A key with a method SignContext
// gets the context, which ends after limit, if that is not zero. Any other key signs as long as it likes.
// Errors are of type [UnusableError], or [GivenUpError] if the context has ended.
func SignContext(ctx context.Context, limit time.Duration, key crypto.Signer, content []byte) ([]byte, error) {
	local, ok := key.(*rsa.PrivateKey)
	if key == nil || ok && local == nil {
		return nil, &UnusableError{Rule: "is nil", Remedy: "load it with ParsePrivateKey, or pass a crypto.Signer"}
	}
	digest := sha256.Sum256(content)
	if ok {
		signature, err := local.Sign(rand.Reader, digest[:], crypto.SHA256)
		return signature, failed(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, &GivenUpError{Context: err}
	}
	signature, err := outside(ctx, limit, key, digest[:])
	if err != nil {
		return nil, err
	}
	public, isRSA := key.Public().(*rsa.PublicKey)
	if !isRSA || rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) != nil {
		return nil, &UnusableError{
			Rule:   "made a signature that its own public key does not verify",
			Remedy: "have the key service sign with RSASSA-PKCS1-v1_5 and SHA-256 (not PSS, not over the raw text)",
		}
	}
	return signature, nil
}

// outside has a key outside this process sign.
func outside(ctx context.Context, limit time.Duration, key crypto.Signer, digest []byte) ([]byte, error) {
	remote, ok := key.(contextSigner)
	if !ok {
		signature, err := key.Sign(rand.Reader, digest, crypto.SHA256)
		return signature, failed(err)
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	signature, err := remote.SignContext(ctx, rand.Reader, digest, crypto.SHA256)
	if ended := ctx.Err(); err != nil && ended != nil {
		return nil, &GivenUpError{Context: ended, Cause: err}
	}
	return signature, failed(err)
}

// failed is the error about a key that did not sign, or nil.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &UnusableError{Rule: "could not sign", Remedy: "look at the key service or the key", Cause: err}
}

// Verifies reports whether the key made the signature over the content. No other
// code of this module decides that.
func Verifies(key *rsa.PublicKey, content, signature []byte) bool {
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
}
