package openssl

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"strconv"
	"sync"

	"github.com/tradepay/tradepay-go/wire"
)

// Errors to match with [errors.Is].
var (
	// ErrUnavailable: this program cannot use the system's OpenSSL, and signs with
	// Go's crypto/rsa. The text says why.
	ErrUnavailable = errors.New("openssl: not available, signing with Go's crypto/rsa")
	// ErrClosed: the signer was closed.
	ErrClosed = errors.New("openssl: the signer is closed")
)

// Version says which OpenSSL signs, such as "OpenSSL 3.0.19 27 Jan 2026". Its error matches
// [ErrUnavailable] if Go's crypto/rsa signs instead, and says why. Programs log it when they
// start; those that must not fall back end there.
func Version() (string, error) {
	lib, err := library()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return lib.version(), nil
}

// Signer is an RSA key that OpenSSL holds. It is safe for concurrent use. However many goroutines
// sign, at most GOMAXPROCS of them are inside OpenSSL at a time, so that signing does not
// start threads without bound. Make one with [New].
type Signer struct {
	public *rsa.PublicKey
	held   *held
}

var _ crypto.Signer = (*Signer)(nil)

// held is the key, which outlives its Signer by no more than a garbage collection.
type held struct {
	mu  sync.RWMutex // for writing: to drop the key
	key privateKey   // nil once it is dropped
}

// privateKey is a key of OpenSSL, or Go's.
type privateKey interface {
	sign(digest []byte, scheme scheme) ([]byte, error)
	free()
}

// scheme is how to sign: PKCS #1 v1.5, or PSS.
type scheme struct {
	hash crypto.Hash
	pss  *rsa.PSSOptions // nil: PKCS #1 v1.5
}

// The sizes of keys that [New] takes.
const (
	leastBits = 2048
	mostBits  = 8192
	exponent  = 65537
)

// New hands a copy of the key to OpenSSL, if that is available; see [Version]. The key
// has 2048 to 8192 bits, the exponent 65537, D and its primes, as [rsa.GenerateKey] and the
// parsers of package tradepay and of crypto/x509 make it; New works out what follows from
// them. An error about the key matches [wire.ErrInvalidKey].
//
// [Signer.Close] wipes OpenSSL's copy from its memory. The garbage collector does it, too,
// for a Signer that nobody has any more. What Go itself has of a key cannot be wiped: the
// Signer lets go of its own copy, which is then collected, and the caller's key is the caller's.
func New(key *rsa.PrivateKey) (*Signer, error) {
	whole, err := completed(key)
	if err != nil {
		return nil, err
	}
	return signerOf(whole)
}

// signerOf makes a signer of a key that is complete and nobody else's. The signer's public
// key shares nothing with it, or it would hold the private one for as long as it lives.
func signerOf(whole *rsa.PrivateKey) (*Signer, error) {
	public := &rsa.PublicKey{N: new(big.Int).Set(whole.N), E: whole.E}
	s := &Signer{public: public, held: &held{key: goKey{whole}}}
	lib, err := library()
	if err != nil {
		return s, nil // Version reports it
	}
	der := x509.MarshalPKCS1PrivateKey(whole)
	defer clear(der)
	if s.held.key, err = lib.load(der, whole.Size()); err != nil {
		return nil, fmt.Errorf("openssl: loading the key: %w", err)
	}
	runtime.AddCleanup(s, (*held).drop, s.held)
	if err := s.compare(whole); err != nil {
		s.held.drop()
		return nil, err
	}
	return s, nil
}

// completed is a copy of the key with all its numbers.
func completed(key *rsa.PrivateKey) (*rsa.PrivateKey, error) {
	invalid := func(rule, remedy string) error {
		return &wire.FieldError{Field: "key", Rule: rule, Remedy: remedy, Err: wire.ErrInvalidKey}
	}
	const load, original = "load it with ParsePrivateKey", "load the original again"
	switch {
	case key == nil || key.N == nil || key.N.Sign() <= 0:
		return nil, invalid("is nil or empty", load)
	case key.E != exponent:
		return nil, invalid("has an exponent other than 65537",
			"compare it with the original; if that has it, too, make a new pair, since the wallets do not take it")
	case key.N.BitLen() < leastBits:
		return nil, invalid("has "+strconv.Itoa(key.N.BitLen())+" bits, at least 2048 are needed",
			"make a new pair: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048")
	case key.N.BitLen() > mostBits:
		return nil, invalid("has "+strconv.Itoa(key.N.BitLen())+" bits, at most 8192 are allowed",
			"use 2048, 3072 or 4096 bits")
	case key.D == nil || len(key.Primes) < 2:
		return nil, invalid("has no D or no primes", "load it with ParsePrivateKey, which works them out")
	}
	whole := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}}
	fits := func(n *big.Int) bool { return n != nil && n.Sign() > 0 && n.BitLen() <= key.N.BitLen() }
	if !fits(key.D) {
		return nil, invalid("is damaged: its numbers do not fit together", original)
	}
	whole.D = new(big.Int).Set(key.D)
	for _, prime := range key.Primes {
		if !fits(prime) {
			return nil, invalid("is damaged: its numbers do not fit together", original)
		}
		whole.Primes = append(whole.Primes, new(big.Int).Set(prime))
	}
	whole.Precompute()
	if whole.Validate() != nil { // whose error may come to name a number
		return nil, invalid("is damaged: its numbers do not fit together", original)
	}
	return whole, nil
}

// compare checks that OpenSSL signs as Go does.
func (s *Signer) compare(key *rsa.PrivateKey) error {
	digest := sha256.Sum256([]byte("a signature that Go and OpenSSL make alike"))
	want, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		return fmt.Errorf("openssl: signing with Go: %w", err)
	}
	got, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.New("openssl: this OpenSSL signs otherwise than Go; use the key itself instead of this package")
	}
	return nil
}

// Public returns the public key, a *rsa.PublicKey.
func (s *Signer) Public() crypto.PublicKey { return s.public }

// Sign signs a digest by SHA-224, SHA-256, SHA-384 or SHA-512: with PKCS #1 v1.5, or with PSS
// if opts are [rsa.PSSOptions]. It does not use the reader, since OpenSSL has its own. It waits
// while GOMAXPROCS other signatures are made. After [Signer.Close], the error
// matches [ErrClosed].
func (s *Signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	scheme, err := schemeOf(digest, opts)
	if err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(s) // until here the cleanup must not run
	slots <- struct{}{}
	defer func() { <-slots }()
	return s.held.sign(digest, scheme)
}

// slots bounds how many goroutines are inside OpenSSL: each keeps a thread there.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

func schemeOf(digest []byte, opts crypto.SignerOpts) (scheme, error) {
	if opts == nil {
		return scheme{}, errors.New("openssl: no hash is named: pass crypto.SHA256 as opts")
	}
	hash := opts.HashFunc()
	switch hash {
	case crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512:
	default:
		return scheme{}, fmt.Errorf("openssl: hash %s: use SHA-224, SHA-256, SHA-384 or SHA-512", hash)
	}
	if len(digest) != hash.Size() {
		return scheme{}, fmt.Errorf("openssl: the digest has %d bytes, %s has %d", len(digest), hash, hash.Size())
	}
	pss, _ := opts.(*rsa.PSSOptions)
	if pss != nil && pss.SaltLength < rsa.PSSSaltLengthEqualsHash {
		return scheme{}, fmt.Errorf("openssl: salt length %d", pss.SaltLength)
	}
	return scheme{hash, pss}, nil
}

// Close wipes the key, after the signatures that are being made. Later ones fail. It is safe to
// close a Signer twice. Close returns nil.
func (s *Signer) Close() error {
	s.held.drop()
	return nil
}

func (h *held) sign(digest []byte, scheme scheme) ([]byte, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.key == nil {
		return nil, ErrClosed
	}
	return h.key.sign(digest, scheme)
}

func (h *held) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.key != nil {
		h.key.free()
		h.key = nil
	}
}

// goKey signs without OpenSSL.
type goKey struct{ *rsa.PrivateKey }

func (k goKey) sign(digest []byte, scheme scheme) ([]byte, error) {
	if scheme.pss != nil {
		return rsa.SignPSS(rand.Reader, k.PrivateKey, scheme.hash, digest, scheme.pss)
	}
	return rsa.SignPKCS1v15(nil, k.PrivateKey, scheme.hash, digest)
}

func (goKey) free() {}
