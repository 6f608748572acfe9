package keyform

import (
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/vectortest"
)

// pkcs1 is RSAPrivateKey, field by field.
type pkcs1 struct {
	Version                     int
	N, E, D, P, Q, Dp, Dq, Qinv *big.Int
	More                        []furtherPrime `asn1:"optional,omitempty"`
}

type furtherPrime struct{ Prime, Exponent, Coefficient *big.Int }

func marshal(t testing.TB, value any) string {
	t.Helper()
	der, err := asn1.Marshal(value)
	require.NoError(t, err)
	return string(der)
}

// numbered returns a key in PKCS#1 after a change.
func numbered(t testing.TB, key *rsa.PrivateKey, change func(*pkcs1)) string {
	t.Helper()
	k := pkcs1{
		N: key.N, E: big.NewInt(int64(key.E)), D: key.D, P: key.Primes[0], Q: key.Primes[1],
		Dp: key.Precomputed.Dp, Dq: key.Precomputed.Dq, Qinv: key.Precomputed.Qinv,
	}
	change(&k)
	return marshal(t, k)
}

func plus(n *big.Int, more int64) *big.Int { return new(big.Int).Add(n, big.NewInt(more)) }

// asPKCS8 frames a PKCS#1 key.
func asPKCS8(t testing.TB, algorithm any, inner string) string {
	t.Helper()
	return marshal(t, struct {
		Version   int
		Algorithm any
		Key       []byte
	}{0, algorithm, []byte(inner)})
}

var (
	rsaID    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oldRSAID = asn1.ObjectIdentifier{2, 5, 8, 1, 1}
)

type bareAlgorithm struct{ ID asn1.ObjectIdentifier }

// readNumbers are keys of programs that leave something out, or get it wrong.
func readNumbers(t testing.TB) []input {
	t.Helper()
	key, zero := vectortest.Key(t, "merchant"), new(big.Int)
	f := merchant(t)
	changed := func(name string, change func(*pkcs1)) input {
		der := numbered(t, key, change)
		if len(name)%2 == 0 { // in either frame
			der = asPKCS8(t, bareAlgorithm{rsaID}, der)
		}
		return input{"numbers", name, encoded(der), private, ""}
	}
	return []input{
		changed("a wrong dP", func(k *pkcs1) { k.Dp = plus(k.Dp, 2) }),
		changed("a wrong dQ", func(k *pkcs1) { k.Dq = plus(k.Dq, 2) }),
		changed("a wrong coefficient", func(k *pkcs1) { k.Qinv = plus(k.Qinv, 1) }),
		changed("no values of the remainder theorem", func(k *pkcs1) { k.Dp, k.Dq, k.Qinv = zero, zero, zero }),
		changed("no primes", func(k *pkcs1) { k.P, k.Q, k.Dp, k.Dq, k.Qinv = zero, zero, zero, zero, zero }),
		changed("one prime", func(k *pkcs1) { k.P = zero }),
		changed("the other prime", func(k *pkcs1) { k.Q = zero }),
		changed("a wrong prime", func(k *pkcs1) { k.P = plus(k.P, 2) }),
		changed("two wrong primes", func(k *pkcs1) { k.P, k.Q = plus(k.P, 2), plus(k.Q, 4) }),
		changed("primes of one and N", func(k *pkcs1) { k.P, k.Q = big.NewInt(1), k.N }),
		changed("the primes the other way round", func(k *pkcs1) { k.P, k.Q = k.Q, k.P }),
		changed("no private exponent", func(k *pkcs1) { k.D = zero }),
		changed("a wrong private exponent", func(k *pkcs1) { k.D = plus(k.D, 2) }),
		changed("a large private exponent", func(k *pkcs1) { k.D = new(big.Int).Add(k.D, totient(key)) }),
		changed("a very large private exponent", func(k *pkcs1) {
			k.D = new(big.Int).Add(k.D, new(big.Int).Lsh(totient(key), 64))
		}),
		{"numbers", "only N, E and D", marshal(t, struct {
			V       int
			N, E, D *big.Int
		}{0, key.N, big.NewInt(65537), key.D}), private, ""},
		{"numbers", "no values after the primes", marshal(t, struct {
			V             int
			N, E, D, P, Q *big.Int
		}{0, key.N, big.NewInt(65537), key.D, key.Primes[0], key.Primes[1]}), private, ""},
		{"numbers", "numbers without the zero before them", marshal(t, unsigned(key)), private, ""},
		{"numbers", "PKCS#8 without parameters", asPKCS8(t, bareAlgorithm{rsaID}, f.pkcs1DER), private, ""},
		{"numbers", "PKCS#8 with the old name of RSA", asPKCS8(t, bareAlgorithm{oldRSAID}, f.pkcs1DER), private, ""},
		{"numbers", "PKCS#8 with attributes", marshal(t, struct {
			Version    int
			Algorithm  bareAlgorithm
			Key        []byte
			Attributes []asn1.RawValue `asn1:"set,tag:0"`
		}{0, bareAlgorithm{rsaID}, []byte(f.pkcs1DER), nil}), private, ""},
		{"numbers", "PKIX without parameters", marshal(t, struct {
			Algorithm bareAlgorithm
			Key       asn1.BitString
		}{bareAlgorithm{rsaID}, asn1.BitString{Bytes: []byte(f.public1DER), BitLength: 8 * len(f.public1DER)}}),
			public, ""},
	}
}

func totient(key *rsa.PrivateKey) *big.Int {
	return new(big.Int).Mul(plus(key.Primes[0], -1), plus(key.Primes[1], -1))
}

// unsigned is a key whose numbers lack the zero that says that they are not negative.
func unsigned(key *rsa.PrivateKey) []asn1.RawValue {
	numbers := []asn1.RawValue{{Tag: 2, Bytes: []byte{0}}}
	for _, n := range []*big.Int{
		key.N, big.NewInt(65537), key.D, key.Primes[0], key.Primes[1], key.Precomputed.Dp, key.Precomputed.Dq,
		key.Precomputed.Qinv,
	} {
		numbers = append(numbers, asn1.RawValue{Tag: 2, Bytes: n.Bytes()})
	}
	return numbers
}

// TestStatedExponentStays: a private exponent that is right is not replaced.
func TestStatedExponentStays(t *testing.T) {
	t.Parallel()
	key := vectortest.Key(t, "merchant")
	other := new(big.Int).Mod(new(big.Int).Add(key.D, new(big.Int).Rsh(totient(key), 1)), totient(key))
	for name, d := range map[string]*big.Int{"as published": key.D, "another that is right": other} {
		read, err := Private([]byte(numbered(t, key, func(k *pkcs1) { k.D = d })))
		require.NoError(t, err, name)
		require.Zero(t, d.Cmp(read.D), name)
	}
}

// TestKeyOfThreePrimes: no program makes them for wallets, and they are keys like others.
func TestKeyOfThreePrimes(t *testing.T) {
	t.Parallel()
	made := multiPrime(t)
	der := marshal(t, made)
	key, err := Private([]byte(der))
	require.NoError(t, err)
	require.Len(t, key.Primes, 3)
	require.Zero(t, made.N.Cmp(key.N))

	made.More[0].Prime = plus(made.More[0].Prime, 2)
	_, err = Private([]byte(marshal(t, made)))
	requireRefused(t, err, "do not fit together", nil)
}

// multiPrime joins a prime of the wallet's key to the merchant's two.
func multiPrime(t testing.TB) pkcs1 {
	t.Helper()
	key, other := vectortest.Key(t, "merchant"), vectortest.Key(t, "wallet")
	third := other.Primes[0]
	n := new(big.Int).Mul(key.N, third)
	order := new(big.Int).Mul(totient(key), plus(third, -1))
	d := new(big.Int).ModInverse(big.NewInt(65537), order)
	zero := new(big.Int)
	return pkcs1{
		Version: 1, N: n, E: big.NewInt(65537), D: d, P: key.Primes[0], Q: key.Primes[1],
		Dp: zero, Dq: zero, Qinv: zero,
		More: []furtherPrime{{third, zero, zero}},
	}
}

// TestOpenSSLSignsTheSame: what OpenSSL makes of keys with odd numbers, where it reads them.
func TestOpenSSLSignsTheSame(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir, signed := t.TempDir(), 0
	content := filepath.Join(dir, "content")
	require.NoError(t, os.WriteFile(content, []byte("what is signed"), 0o600))
	for _, in := range readNumbers(t) {
		if in.is != private {
			continue
		}
		key, err := Private([]byte(in.data))
		require.NoError(t, err, in.name)
		der := in.data
		if !looksLikeDER([]byte(der)) {
			der = unbase64(t, der)
		}
		file := filepath.Join(dir, "key.pem")
		label := "PRIVATE KEY"
		if parts, _ := within([]byte(der)); inside(parts[0]).tagged(tagInteger, tagInteger) {
			label = "RSA PRIVATE KEY"
		}
		require.NoError(t, os.WriteFile(file, []byte(block(label, der)), 0o600))
		theirs, err := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-sign", file, content).Output()
		if err != nil {
			continue // its versions differ in which of these they read
		}
		ours, err := rsakey.Sign(key, []byte("what is signed"))
		require.NoError(t, err, in.name)
		require.Equal(t, theirs, ours, in.name)
		signed++
	}
	require.GreaterOrEqual(t, signed, 8)
}

// TestNext: lengths of every kind, and no read beyond the end.
func TestNext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		size int
		err  error
	}{
		"nothing":              {"", 2, errShort},
		"a tag":                {"\x30", 2, errShort},
		"an empty value":       {"\x30\x00", 2, nil},
		"a short value":        {"\x30\x02\x05\x00", 4, nil},
		"too short":            {"\x30\x03\x05\x00", 5, errShort},
		"a long length":        {"\x30\x81\x02\x05\x00", 5, nil},
		"a longer length":      {"\x30\x83\x00\x00\x02\x05\x00", 7, nil},
		"half a length":        {"\x30\x82\x01", 4, errShort},
		"too long":             {"\x30\x84\x7f\xff\xff\xff\x00", maxSize, errShort},
		"most long":            {"\x30\xff\xff\xff\xff\xff\xff\xff", maxSize, errShort},
		"without a length":     {"\x30\x80\x02\x01\x00\x00\x00", 0, errIndefinite},
		"more after the value": {"\x30\x00more", 2, nil},
	} {
		_, size, err := next([]byte(test.data))
		require.ErrorIs(t, err, test.err, name)
		require.Equal(t, test.size, size, name)
	}
}
