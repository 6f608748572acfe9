package openssl_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // a hash that is refused
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/signers/openssl"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// generated returns a new key.
func generated(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return key
}

func newSigner(t testing.TB, key *rsa.PrivateKey) *openssl.Signer {
	t.Helper()
	signer, err := openssl.New(key)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, signer.Close()) })
	return signer
}

// digestOf is the digest of the nth message.
func digestOf(n int) []byte {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("message"), uint64(n)))
	return digest[:]
}

// requireOpenSSL skips a test of OpenSSL itself where Go's RSA signs. CI takes no skips.
func requireOpenSSL(t testing.TB) {
	t.Helper()
	if _, err := openssl.Version(); err != nil {
		t.Skipf("without OpenSSL: %v", err)
	}
}

// TestVersion says what signs, so that a log of these tests does.
func TestVersion(t *testing.T) {
	t.Parallel()
	version, err := openssl.Version()
	if err != nil {
		require.ErrorIs(t, err, openssl.ErrUnavailable)
		require.Contains(t, err.Error(), "signing with Go's crypto/rsa: ")
		require.Empty(t, version)
		t.Logf("measured: %v", err)
		return
	}
	require.Contains(t, version, "OpenSSL 3")
	t.Logf("measured: %s signs", version)
}

// TestSignaturesAreThoseOfGo compares thousands of signatures, byte for byte.
func TestSignaturesAreThoseOfGo(t *testing.T) {
	t.Parallel()
	for bits, messages := range map[int]int{
		2048: testsize.Of(100, 1000, 20_000), 3072: testsize.Of(10, 50, 1000), 4096: testsize.Of(10, 20, 500),
	} {
		t.Run(strconv.Itoa(bits), func(t *testing.T) {
			t.Parallel()
			key := generated(t, bits)
			signer := newSigner(t, key)
			require.True(t, key.PublicKey.Equal(signer.Public()))
			for n := range messages {
				digest := digestOf(n)
				got, err := signer.Sign(nil, digest, crypto.SHA256)
				require.NoError(t, err)
				want, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
				require.NoError(t, err)
				require.Equal(t, want, got, "message %d", n)
				require.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest, got))
			}
		})
	}
}

// TestOtherSchemes: SHA-2 with both paddings, and PSS with each kind of salt.
func TestOtherSchemes(t *testing.T) {
	t.Parallel()
	key := generated(t, 2048)
	signer := newSigner(t, key)
	for _, hash := range []crypto.Hash{crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		h := hash.New()
		h.Write([]byte("message"))
		digest := h.Sum(nil)
		signature, err := signer.Sign(nil, digest, hash)
		require.NoError(t, err, hash)
		require.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, signature), hash)
		for _, length := range []int{rsa.PSSSaltLengthAuto, rsa.PSSSaltLengthEqualsHash, 1, 20} {
			opts := &rsa.PSSOptions{SaltLength: length, Hash: hash}
			signature, err := signer.Sign(nil, digest, opts)
			require.NoError(t, err, "%s, salt %d", hash, length)
			err = rsa.VerifyPSS(&key.PublicKey, hash, digest, signature, opts)
			require.NoError(t, err, "%s, salt %d", hash, length)
		}
	}
}

// TestWhatIsNotSigned: nothing is signed that the caller cannot have meant.
func TestWhatIsNotSigned(t *testing.T) {
	t.Parallel()
	signer := newSigner(t, generated(t, 2048))
	sha1 := make([]byte, crypto.SHA1.Size())
	for says, tt := range map[string]struct {
		digest []byte
		opts   crypto.SignerOpts
	}{
		"no hash is named":          {digestOf(1), nil},
		"use SHA-224":               {sha1, crypto.SHA1},
		"hash unknown hash value 0": {digestOf(1), crypto.Hash(0)},
		"the digest has 31 bytes":   {digestOf(1)[1:], crypto.SHA256},
		"the digest has 0 bytes":    {nil, crypto.SHA256},
		"salt length -2":            {digestOf(1), &rsa.PSSOptions{SaltLength: -2, Hash: crypto.SHA256}},
		"use SHA-224, SHA-256":      {digestOf(1), &rsa.PSSOptions{}},
		"":                          {digestOf(1), &rsa.PSSOptions{SaltLength: 10_000, Hash: crypto.SHA256}},
	} {
		signature, err := signer.Sign(rand.Reader, tt.digest, tt.opts)
		require.Error(t, err, says)
		require.Nil(t, signature, says)
		require.Contains(t, err.Error(), says)
	}
	again, err := signer.Sign(rand.Reader, digestOf(1), crypto.SHA256)
	require.NoError(t, err, "an error is over when it is reported")
	require.NotEmpty(t, again)
}

// TestOddKeys: a key may lack what Go precomputes. Any other is an error.
func TestOddKeys(t *testing.T) {
	t.Parallel()
	key := generated(t, 2048)
	wrong := new(big.Int).Add(key.D, big.NewInt(2))
	short := generated(t, 1024)
	multi, err := rsa.GenerateMultiPrimeKey(rand.Reader, 3, 2048) //nolint:staticcheck // somebody may have one
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		key *rsa.PrivateKey
		is  error
	}{
		"without CRT values": {key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D, Primes: key.Primes}},
		"of three primes":    {key: multi},
		"without primes":     {key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D}, is: wire.ErrInvalidKey},
		"without D": {
			key: &rsa.PrivateKey{PublicKey: key.PublicKey, Primes: key.Primes}, is: wire.ErrInvalidKey,
		},
		"a prime is nil": {
			key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D, Primes: []*big.Int{key.Primes[0], nil}},
			is:  wire.ErrInvalidKey,
		},
		"a huge prime": {
			key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D, Primes: []*big.Int{
				key.Primes[0], new(big.Int).Lsh(key.Primes[1], 1<<20),
			}},
			is: wire.ErrInvalidKey,
		},
		"a negative D": {
			key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: new(big.Int).Neg(key.D), Primes: key.Primes},
			is:  wire.ErrInvalidKey,
		},
		"a wrong D beside its primes": {
			key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: wrong, Primes: key.Primes}, is: wire.ErrInvalidKey,
		},
		"1024 bits":     {key: short, is: wire.ErrInvalidKey},
		"nil":           {is: wire.ErrInvalidKey},
		"empty":         {key: new(rsa.PrivateKey), is: wire.ErrInvalidKey},
		"a public half": {key: &rsa.PrivateKey{PublicKey: key.PublicKey}, is: wire.ErrInvalidKey},
		"a wrong D":     {key: &rsa.PrivateKey{PublicKey: key.PublicKey, D: wrong}, is: wire.ErrInvalidKey},
		"halves of two keys": {
			key: &rsa.PrivateKey{PublicKey: multi.PublicKey, D: key.D, Primes: key.Primes}, is: wire.ErrInvalidKey,
		},
		"another exponent": {
			key: &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: key.N, E: 3}, D: key.D, Primes: key.Primes},
			is:  wire.ErrInvalidKey,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer, err := openssl.New(tt.key)
			if tt.is != nil {
				require.ErrorIs(t, err, tt.is)
				require.Nil(t, signer)
				return
			}
			require.NoError(t, err)
			defer func() { require.NoError(t, signer.Close()) }()
			signature, err := signer.Sign(nil, digestOf(1), crypto.SHA256)
			require.NoError(t, err)
			require.NoError(t, rsa.VerifyPKCS1v15(&tt.key.PublicKey, crypto.SHA256, digestOf(1), signature))
		})
	}
}

// TestCallersKeyIsCopied: what the caller does to the key later changes nothing.
func TestCallersKeyIsCopied(t *testing.T) {
	t.Parallel()
	key := generated(t, 2048)
	public := rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
	signer := newSigner(t, key)
	key.N.SetInt64(1)
	key.D.SetInt64(1)
	require.True(t, public.Equal(signer.Public()))
	signature, err := signer.Sign(nil, digestOf(1), crypto.SHA256)
	require.NoError(t, err)
	require.NoError(t, rsa.VerifyPKCS1v15(&public, crypto.SHA256, digestOf(1), signature))
}

// TestSigningAtOnce: one signer, many goroutines, and few threads.
func TestSigningAtOnce(t *testing.T) {
	t.Parallel()
	key := generated(t, 2048)
	signer := newSigner(t, key)
	processors := runtime.GOMAXPROCS(0)
	signing, before := 256+4*processors, threads(t)
	var running sync.WaitGroup
	for range signing {
		running.Go(func() {
			for n := range 5 {
				signature, err := signer.Sign(nil, digestOf(n), crypto.SHA256)
				assert.NoError(t, err)
				assert.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digestOf(n), signature))
			}
		})
	}
	running.Wait()
	more := threads(t) - before
	t.Logf("measured: %d goroutines that sign start %d threads on %d processors", signing, more, processors)
	const slack = 32 // of the runtime's own, and of the other tests
	require.LessOrEqual(t, more, 2*processors+slack, "those inside OpenSSL, and those that run Go beside them")
}

// threads is how many threads this process has; 0 where the system does not say.
func threads(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	tasks, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	return len(tasks)
}

// TestClose: signatures that are being made end well, later ones fail, and nothing crashes.
func TestClose(t *testing.T) {
	t.Parallel()
	key := generated(t, 2048)
	for range 10 {
		signer, err := openssl.New(key)
		require.NoError(t, err)
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				for {
					signature, err := signer.Sign(nil, digestOf(1), crypto.SHA256)
					if errors.Is(err, openssl.ErrClosed) {
						assert.Nil(t, signature)
						return
					}
					if !assert.NoError(t, err) {
						return
					}
					assert.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digestOf(1), signature))
				}
			})
		}
		running.Go(func() { assert.NoError(t, signer.Close()) })
		running.Go(func() { assert.NoError(t, signer.Close()) })
		running.Wait()
		require.True(t, key.PublicKey.Equal(signer.Public()))
	}
}

// TestNothingLeaks: neither keys nor signatures, nor what fails, keep memory.
func TestNothingLeaks(t *testing.T) { // it looks at the memory of the process
	requireOpenSSL(t)
	key := generated(t, 2048)
	der, signer := x509.MarshalPKCS1PrivateKey(key), newSigner(t, key)
	tooLong := &rsa.PSSOptions{SaltLength: 10_000, Hash: crypto.SHA256}
	for name, use := range map[string]struct {
		once  func()
		times int
	}{
		"keys": {
			func() { require.NoError(t, openssl.LoadAndFree(der, key.Size())) }, testsize.Of(1000, 1000, 20_000),
		},
		"wrong keys": {func() { require.Error(t, openssl.LoadAndFree(der[:100], key.Size())) }, 3000},
		"signatures": {func() { require.NoError(t, tried(signer, crypto.SHA256)) }, testsize.Of(100, 300, 5000)},
		"failures":   {func() { require.Error(t, tried(signer, tooLong)) }, 3000},
	} {
		for range 100 {
			use.once()
		}
		// A leak grows in each round; what allocators keep for later does not.
		least := math.MaxInt
		for round := 0; round < 3 && least >= 2<<20; round++ {
			before := memory(t)
			for range use.times {
				use.once()
			}
			least = min(least, memory(t)-before)
			t.Logf("measured: %d %s take %d KiB more", use.times, name, least>>10)
		}
		require.Less(t, least, 2<<20, "a key takes some thousand bytes, what a signature takes is about one thousand")
	}
}

func tried(signer *openssl.Signer, opts crypto.SignerOpts) error {
	_, err := signer.Sign(nil, digestOf(1), opts)
	return err
}

// TestAForgottenSigner gives its key back.
func TestAForgottenSigner(t *testing.T) {
	t.Parallel()
	signer, err := openssl.New(generated(t, 2048))
	require.NoError(t, err)
	isDropped := openssl.DroppedOf(signer)
	runtime.GC()
	require.False(t, isDropped())
	runtime.KeepAlive(signer)
	requireOpenSSL(t)
	require.Eventually(t, func() bool {
		runtime.GC()
		return isDropped()
	}, time.Minute, time.Millisecond)
}

// TestClosedSignerHoldsNoPrivateKey: what is left of it is the public half alone.
func TestClosedSignerHoldsNoPrivateKey(t *testing.T) {
	t.Parallel()
	signer, private := func() (*openssl.Signer, weak.Pointer[rsa.PrivateKey]) {
		key := generated(t, 2048)
		signer, err := openssl.SignerOf(key)
		require.NoError(t, err)
		return signer, weak.Make(key)
	}()
	require.NoError(t, signer.Close())
	require.Eventually(t, func() bool {
		runtime.GC()
		return private.Value() == nil
	}, time.Minute, time.Millisecond)
	require.Equal(t, 2048, signer.Public().(*rsa.PublicKey).N.BitLen())
}

// memory is how many bytes of this process are in memory.
func memory(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}

// TestPayment: a whole payment, whose requests and acknowledgements OpenSSL signs.
func TestPayment(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	config := wallet.Config()
	key, ok := config.PrivateKey.(*rsa.PrivateKey)
	require.True(t, ok)
	config.PrivateKey = newSigner(t, key)
	client, err := tradepay.NewClient(config)
	require.NoError(t, err)
	_, err = client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay("order-1"))
	order, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	require.NoError(t, order.CheckPaid("order-1", tradepay.Amount{Currency: "USD", Value: 1050}))
	_, err = client.Acknowledge("/notify", nil)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, context.Canceled)
}
