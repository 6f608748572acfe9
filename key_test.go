package tradepay_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

const vectorKeyDir = "testdata/vectors/keys"

func vectorKeyFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectorKeyDir, name))
	require.NoError(t, err)
	return data
}

func vectorPublicKey(t testing.TB, name string) *rsa.PublicKey {
	t.Helper()
	key, err := tradepay.ParsePublicKey(vectorKeyFile(t, name+".public.pkix.pem"))
	require.NoError(t, err)
	return key
}

var (
	privateForms = []string{".private.pkcs8.pem", ".private.pkcs1.pem", ".pkcs8.b64"}
	publicForms  = []string{".public.pkix.pem", ".public.pkcs1.pem", ".cert.pem", ".pkix.b64"}
)

func TestEveryFormOfAKeyIsTheSameKey(t *testing.T) {
	t.Parallel()
	read := map[string]bool{}
	for name, bits := range map[string]int{"merchant": 2048, "wallet": 2048, "wallet-v2": 3072} {
		want := vectorKey(t, name)
		require.Equal(t, bits, want.N.BitLen(), name)
		for _, form := range privateForms {
			key, err := tradepay.ParsePrivateKey(vectorKeyFile(t, name+form))
			require.NoError(t, err, name+form)
			require.True(t, want.Equal(key), name+form)
			read[name+form] = true
		}
		for _, form := range publicForms {
			key, err := tradepay.ParsePublicKey(vectorKeyFile(t, name+form))
			require.NoError(t, err, name+form)
			require.True(t, want.PublicKey.Equal(key), name+form)
			read[name+form] = true
		}
	}
	for _, file := range keyFiles(t, vectorKeyDir) {
		require.True(t, read[file], "%s was not read", file)
	}
}

func keyFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

// requireBadKey checks the error of a rejected key: its class, that it says what is
// wrong, and that it repeats nothing of the key.
func requireBadKey(t *testing.T, err error, says string, input []byte) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	var field *tradepay.FieldError
	require.ErrorAs(t, err, &field)
	require.NotEmpty(t, field.Field)
	require.Contains(t, err.Error(), says)
	requireNoKeyMaterial(t, err.Error(), input)
}

// requireNoKeyMaterial looks for pieces of the key's base64 in the text.
func requireNoKeyMaterial(t *testing.T, text string, key []byte) {
	t.Helper()
	const piece = 20
	var body strings.Builder
	for line := range strings.Lines(string(key)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") && !strings.Contains(line, ": ") {
			body.WriteString(line)
		}
	}
	material := body.String()
	for i := 0; i+piece <= len(material); i++ {
		require.NotContains(t, text, material[i:i+piece])
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	says := map[string]string{
		"rsa1024.private.pkcs8.pem":     "1024 bits",
		"rsa1024.public.pkix.pem":       "1024 bits",
		"rsa-e3.private.pkcs8.pem":      "exponent other than 65537",
		"rsa-e3.public.pkix.pem":        "exponent other than 65537",
		"rsa-e1.public.pkix.pem":        "exponent other than 65537",
		"rsa-e65536.public.pkix.pem":    "even exponent",
		"rsa-pss.private.pkcs8.pem":     "PSS",
		"rsa-pss.public.pkix.pem":       "PSS",
		"ec-p256.private.pkcs8.pem":     "is an EC key, not RSA",
		"ec-p256.public.pkix.pem":       "is an EC key, not RSA",
		"ed25519.public.pkix.pem":       "is an Ed25519 key, not RSA",
		"encrypted.private.pkcs8.pem":   "passphrase",
		"encrypted.private.pkcs1.pem":   "passphrase",
		"truncated.private.pkcs8.pem":   "damaged PEM",
		"truncated.public.pkix.pem":     "damaged PEM",
		"truncated-der.public.pkix.pem": "is cut off",
	}
	for _, file := range keyFiles(t, filepath.Join(vectorKeyDir, "bad")) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, says, file, "the table lacks this file")
			data := vectorKeyFile(t, filepath.Join("bad", file))
			private, err := tradepay.ParsePrivateKey(data)
			require.Nil(t, private)
			if strings.Contains(file, ".private.") {
				requireBadKey(t, err, says[file], data)
			} else {
				requireBadKey(t, err, "", data)
			}
			public, err := tradepay.ParsePublicKey(data)
			require.Nil(t, public)
			if strings.Contains(file, ".public.") {
				requireBadKey(t, err, says[file], data)
			} else {
				requireBadKey(t, err, "", data)
			}
		})
	}
}

func TestKeysInTheWrongPlace(t *testing.T) {
	t.Parallel()
	for _, form := range publicForms {
		data := vectorKeyFile(t, "merchant"+form)
		key, err := tradepay.ParsePrivateKey(data)
		require.Nil(t, key)
		requireBadKey(t, err, "this is a public key or certificate", data)
	}
	for _, form := range privateForms {
		data := vectorKeyFile(t, "merchant"+form)
		key, err := tradepay.ParsePublicKey(data)
		require.Nil(t, key)
		requireBadKey(t, err, "this is a private key", data)
	}
}

// TestErrorsAboutKeys: package keyform says what an input is, in more than a hundred cases. Here
// it becomes an error of this package, which names the half that was asked for.
func TestErrorsAboutKeys(t *testing.T) {
	t.Parallel()
	_, err := tradepay.ParsePrivateKey([]byte("/etc/keys/merchant.pem"))
	require.EqualError(t, err, "tradepay: invalid key: private key: is the name of a file; give what is in it: what "+
		"os.ReadFile returns; or name it in the variable whose name ends in _FILE")
	_, err = tradepay.ParsePublicKey(vectorKeyFile(t, "bad/truncated.public.pkix.pem"))
	require.EqualError(t, err, "tradepay: invalid key: public key: is damaged PEM: the BEGIN line has no END line "+
		"after it, in line 1; take the whole of it, from where it came")
	_, err = tradepay.ParsePublicKey(vectorKeyFile(t, "bad/rsa1024.public.pkix.pem"))
	require.EqualError(t, err, "tradepay: invalid key: public key: has 1024 bits, at least 2048 are needed; the "+
		"wallets demand as many: of a wallet's key, ask for the present one; of your own, make a new pair: openssl "+
		"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048")
}

func TestImpossibleNumbersOfPublicKeys(t *testing.T) {
	t.Parallel()
	good := vectorPublicKey(t, "wallet")
	for says, key := range map[string]*rsa.PublicKey{
		"even modulus":              {N: new(big.Int).Add(good.N, big.NewInt(1)), E: 65537},
		"has 8193 bits":             {N: new(big.Int).SetBit(big.NewInt(1), 8192, 1), E: 65537},
		"has 2047 bits":             {N: new(big.Int).SetBit(big.NewInt(1), 2046, 1), E: 65537},
		"is nil or empty":           {N: new(big.Int), E: 65537},
		"even exponent":             {N: good.N, E: 2},
		"exponent other than 65537": {N: good.N, E: 65539},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			der := x509.MarshalPKCS1PublicKey(key)
			parsed, err := tradepay.ParsePublicKey([]byte(base64.StdEncoding.EncodeToString(der)))
			require.Nil(t, parsed)
			requireBadKey(t, err, "", der)
			// Set by hand, it does not pass either.
			err = wire.Message{}.Verify(key, make([]byte, 256))
			requireBadKey(t, err, says, der)
		})
	}
	requireBadKey(t, wire.Message{}.Verify(nil, nil), "is nil or empty", nil)
	requireBadKey(t, wire.Message{}.Verify(&rsa.PublicKey{}, nil), "is nil or empty", nil)
}

// remoteSigner acts as a key service: nobody can reach its private half.
type remoteSigner struct {
	key  *rsa.PrivateKey
	sign func(key *rsa.PrivateKey, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (s remoteSigner) Public() crypto.PublicKey { return s.key.Public() }

func (s remoteSigner) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.sign(s.key, digest, opts)
}

func TestAKeyOutsideTheProcess(t *testing.T) {
	t.Parallel()
	key, other := vectorKey(t, "merchant"), vectorKey(t, "wallet")
	message := wire.Message{Method: "POST", URI: "/api/v2/payments/pay", ClientID: "1",
		Time: "1768478400253", Body: []byte(`{}`)}
	want, err := message.Sign(key)
	require.NoError(t, err)
	errDown := errors.New("sesame: key service down")

	for name, tt := range map[string]struct {
		sign func(*rsa.PrivateKey, []byte, crypto.SignerOpts) ([]byte, error)
		says string
	}{
		"the scheme of the wallets": {sign: func(key *rsa.PrivateKey, digest []byte,
			opts crypto.SignerOpts) ([]byte, error) {
			return key.Sign(rand.Reader, digest, opts)
		}},
		"PSS": {says: "PSS", sign: func(key *rsa.PrivateKey, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
			return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest, nil)
		}},
		"hashed twice": {says: "raw text", sign: func(key *rsa.PrivateKey, digest []byte,
			_ crypto.SignerOpts) ([]byte, error) {
			twice := sha256.Sum256(digest)
			return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, twice[:])
		}},
		"without DigestInfo": {says: "PKCS1-v1_5",
			sign: func(key *rsa.PrivateKey, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
				return rsa.SignPKCS1v15(rand.Reader, key, 0, digest)
			}},
		"another key": {says: "does not verify",
			sign: func(_ *rsa.PrivateKey, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				return other.Sign(rand.Reader, digest, opts)
			}},
		"no signature": {says: "does not verify",
			sign: func(*rsa.PrivateKey, []byte, crypto.SignerOpts) ([]byte, error) {
				return nil, nil
			}},
		"an error": {says: "could not sign", sign: func(*rsa.PrivateKey, []byte, crypto.SignerOpts) ([]byte, error) {
			return nil, errDown
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer := remoteSigner{key, tt.sign}
			client, err := tradepay.NewClient(tradepay.Config{
				Wallet: wallets.PlatformV2(), BaseURL: "http://127.0.0.1:1", ClientID: "1",
				AppID: "1", PrivateKey: signer,
				WalletKeys: map[string]*rsa.PublicKey{"1": &other.PublicKey},
			})
			require.NoError(t, err)
			sig, err := message.Sign(signer)
			if tt.says == "" {
				require.NoError(t, err)
				require.Equal(t, want, sig)
				_, err = client.Acknowledge("/notify", nil)
				require.NoError(t, err)
				return
			}
			require.Nil(t, sig)
			requireBadKey(t, err, tt.says, nil)
			require.NotContains(t, err.Error(), "sesame")
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, "PrivateKey", field.Field)
			require.Equal(t, name == "an error", errors.Is(err, errDown))
			ack, err := client.Acknowledge("/notify", nil)
			require.Nil(t, ack)
			requireBadKey(t, err, tt.says, nil)
		})
	}
}

// ecSigner is a key service that holds no RSA key.
type ecSigner struct{ *ecdsa.PrivateKey }

func TestKeysThatAClientRefuses(t *testing.T) {
	t.Parallel()
	merchant, wallet := vectorKey(t, "merchant"), vectorPublicKey(t, "wallet")
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	damaged := *merchant
	damaged.D = new(big.Int).Add(merchant.D, big.NewInt(2))
	damaged.Precomputed = rsa.PrecomputedValues{}
	mixed := *merchant
	mixed.PublicKey = *wallet
	mixed.Precomputed = rsa.PrecomputedValues{}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	walletKeys := map[string]*rsa.PublicKey{"1": wallet}

	for name, tt := range map[string]struct {
		private    crypto.Signer
		keyVersion string
		wallet     map[string]*rsa.PublicKey
		field      string
		key        bool // also an ErrInvalidKey
	}{
		"no private key":       {nil, "1", walletKeys, "PrivateKey", true},
		"a nil private key":    {(*rsa.PrivateKey)(nil), "1", walletKeys, "PrivateKey", true},
		"an empty private key": {&rsa.PrivateKey{}, "1", walletKeys, "PrivateKey", true},
		"a private key without D": {&rsa.PrivateKey{PublicKey: merchant.PublicKey},
			"1", walletKeys, "PrivateKey", true},
		"a damaged private key":          {&damaged, "1", walletKeys, "PrivateKey", true},
		"halves of two keys":             {&mixed, "1", walletKeys, "PrivateKey", true},
		"a private key of 1024 bits":     {small, "1", walletKeys, "PrivateKey", true},
		"an EC key":                      {ecKey, "1", walletKeys, "PrivateKey", true},
		"a key service with an EC key":   {ecSigner{ecKey}, "1", walletKeys, "PrivateKey", true},
		"a key service with a small key": {remoteSigner{key: small}, "1", walletKeys, "PrivateKey", true},
		"a key version with a comma":     {merchant, "1,2", walletKeys, "KeyVersion", false},
		"a key version with a space":     {merchant, " 1", walletKeys, "KeyVersion", false},
		"no wallet keys":                 {merchant, "1", nil, "WalletKeys", false},
		"an empty map of wallet keys":    {merchant, "1", map[string]*rsa.PublicKey{}, "WalletKeys", false},
		"a nil wallet key":               {merchant, "1", map[string]*rsa.PublicKey{"1": nil}, `WalletKeys["1"]`, true},
		"an empty wallet key":            {merchant, "1", map[string]*rsa.PublicKey{"1": {}}, `WalletKeys["1"]`, true},
		"a wallet key of 1024 bits": {merchant, "1", map[string]*rsa.PublicKey{"1": &small.PublicKey},
			`WalletKeys["1"]`, true},
		"a wallet key with e=3": {merchant, "1", map[string]*rsa.PublicKey{"1": {N: wallet.N, E: 3}},
			`WalletKeys["1"]`, true},
		"a bad one beside a good one": {merchant,
			"1", map[string]*rsa.PublicKey{"1": wallet, "2": {N: wallet.N, E: 1}}, `WalletKeys["2"]`, true},
		"the merchant's own public key": {merchant, "1", map[string]*rsa.PublicKey{"1": &merchant.PublicKey},
			`WalletKeys["1"]`, false},
		"an empty wallet key version":  {merchant, "1", map[string]*rsa.PublicKey{"": wallet}, "WalletKeys", false},
		"a wallet key version, spaced": {merchant, "1", map[string]*rsa.PublicKey{"1 ": wallet}, "WalletKeys", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := tradepay.NewClient(tradepay.Config{
				Wallet: wallets.PlatformV2(), BaseURL: "http://127.0.0.1:1", ClientID: "1", AppID: "1",
				PrivateKey: tt.private, KeyVersion: tt.keyVersion, WalletKeys: tt.wallet,
			})
			require.Nil(t, client)
			require.ErrorIs(t, err, tradepay.ErrInvalidConfig)
			require.Equal(t, tt.key, errors.Is(err, tradepay.ErrInvalidKey), "%v", err)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
			require.NotEmpty(t, field.Remedy)
		})
	}
}

func FuzzParseKey(f *testing.F) {
	for _, dir := range []string{"", "bad"} {
		for _, name := range keyFiles(f, filepath.Join(vectorKeyDir, dir)) {
			f.Add(vectorKeyFile(f, filepath.Join(dir, name)))
		}
	}
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("MAA="))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		private, err := tradepay.ParsePrivateKey(data)
		if err == nil {
			requireStrongKey(t, &private.PublicKey)
			require.NoError(t, private.Validate())
		} else {
			require.ErrorIs(t, err, tradepay.ErrInvalidKey)
			require.Nil(t, private)
		}
		public, publicErr := tradepay.ParsePublicKey(data)
		if publicErr == nil {
			requireStrongKey(t, public)
			require.Error(t, err, "a text cannot be both halves")
		} else {
			require.ErrorIs(t, publicErr, tradepay.ErrInvalidKey)
			require.Nil(t, public)
		}
		require.Equal(t, before, data)
	})
}

func requireStrongKey(t *testing.T, key *rsa.PublicKey) {
	t.Helper()
	require.GreaterOrEqual(t, key.N.BitLen(), 2048)
	require.Equal(t, 65537, key.E)
	require.EqualValues(t, 1, key.N.Bit(0))
}
