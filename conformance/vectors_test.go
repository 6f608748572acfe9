package conformance_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// vectors is where the vectors of this repository are.
const vectors = "../testdata/vectors"

// noon is the time at which a receiver accepts all of them.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func readFile(t testing.TB, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return data
}

func privateKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	key, err := tradepay.ParsePrivateKey(readFile(t, vectors, "keys", name+".private.pkcs8.pem"))
	require.NoError(t, err)
	return key
}

func publicKey(t testing.TB, name string) *rsa.PublicKey {
	t.Helper()
	key, err := tradepay.ParsePublicKey(readFile(t, vectors, "keys", name+".public.pkix.pem"))
	require.NoError(t, err)
	return key
}

// readVectors reads a file of vectors, in which every field must be known.
func readVectors[V any](t testing.TB, name string) []V {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(readFile(t, vectors, name))))
	decoder.DisallowUnknownFields()
	var file struct {
		Version     int
		Description string
		Vectors     []V
	}
	require.NoError(t, decoder.Decode(&file))
	require.Equal(t, 1, file.Version, "the fields may mean something else now")
	require.NotEmpty(t, file.Vectors)
	return file.Vectors
}

// merchant is a client of that merchant at noon.
func merchant(
	t testing.TB, wallet wire.Profile, clientID string, walletKeys map[string]*rsa.PublicKey,
) *tradepay.Client {
	t.Helper()
	client, err := tradepay.NewClient(configtest.With(tradepay.Config{
		Wallet: wallet, BaseURL: "http://127.0.0.1:1", ClientID: clientID,
		AppID: "2026011500000002", PartnerID: "P2026011500000001", MerchantID: "M2026011500000001",
		PrivateKey: privateKey(t, "merchant"), WalletKeys: walletKeys,
	}, func(conf *tradepay.Config) {
		conf.Now = func() time.Time { return noon }
	}, func(conf *tradepay.Config) { conf.NotificationLimit = 1 << 20 })) // the most that there can be
	require.NoError(t, err)
	return client
}

func dialect(t testing.TB, name string) wire.Profile {
	t.Helper()
	switch name {
	case "v1":
		return wallets.PlatformV1()
	case "v2":
		return wallets.PlatformV2()
	}
	require.Fail(t, "unknown dialect", name)
	return wire.Profile{}
}

// requireReason checks that a message was not believed, and why.
func requireReason(t testing.TB, err error, reason tradepay.SignatureReason) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrSignature)
	require.NotErrorIs(t, err, tradepay.ErrMalformed)
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, reason, refused.Reason)
}

// measured logs a count once everything below the test has passed.
func measured(t *testing.T, format string, args ...func() any) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		values := make([]any, len(args))
		for i, arg := range args {
			values[i] = arg()
		}
		t.Logf("measured: "+format, values...)
	})
}

// TestKeys: every file in keys/ loads, every form of a key is the same key, and
// every file in keys/bad/ is refused.
func TestKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(vectors, "keys")
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	require.NoError(t, err)
	loaded := 0
	for _, file := range names {
		loaded++
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			name, form, _ := strings.Cut(filepath.Base(file), ".")
			want := privateKey(t, name)
			if strings.HasPrefix(form, "private.") || form == "pkcs8.b64" {
				key, err := tradepay.ParsePrivateKey(readFile(t, file))
				require.NoError(t, err)
				require.True(t, key.Equal(want))
				_, err = tradepay.ParsePublicKey(readFile(t, file))
				require.ErrorIs(t, err, tradepay.ErrInvalidKey, "a private key is no public one")
				return
			}
			key, err := tradepay.ParsePublicKey(readFile(t, file))
			require.NoError(t, err)
			require.True(t, key.Equal(&want.PublicKey))
			_, err = tradepay.ParsePrivateKey(readFile(t, file))
			require.ErrorIs(t, err, tradepay.ErrInvalidKey, "a public key is no private one")
		})
	}
	bad, err := filepath.Glob(filepath.Join(dir, "bad", "*"))
	require.NoError(t, err)
	for _, file := range bad {
		t.Run("bad "+filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			private, err := tradepay.ParsePrivateKey(readFile(t, file))
			require.ErrorIs(t, err, tradepay.ErrInvalidKey)
			require.Nil(t, private)
			public, err := tradepay.ParsePublicKey(readFile(t, file))
			require.ErrorIs(t, err, tradepay.ErrInvalidKey)
			require.Nil(t, public)
		})
	}
	require.GreaterOrEqual(t, loaded, 20)
	require.GreaterOrEqual(t, len(bad), 15)
	measured(t, "published keys: %d files loaded, %d refused", func() any {
		return loaded
	}, func() any { return len(bad) })
}

// signatureVector is one message of signatures.json.
type signatureVector struct {
	Name, Note, Kind, Dialect, Method, URI, ClientID, Time, Body, KeyVersion, Signer, Content,
	ContentSHA256, SignatureHex string

	Encodings struct{ Base64, Percent, Base64URL, Base64URLPadded string }
	Headers   map[string]string
}

// TestSignatures does what the README of the vectors asks of a reader in any
// language, steps 1 and 2.
func TestSignatures(t *testing.T) {
	t.Parallel()
	all := readVectors[signatureVector](t, "signatures.json")
	require.GreaterOrEqual(t, len(all), 30)
	spoiled := 0
	for _, v := range all {
		spoiled += len(v.Content)
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			m := wire.Message{Method: v.Method, URI: v.URI, ClientID: v.ClientID,
				Time: v.Time, Body: []byte(v.Body)}
			require.Equal(t, v.Content, string(m.Content()))
			sum := sha256.Sum256(m.Content())
			require.Equal(t, v.ContentSHA256, hex.EncodeToString(sum[:]))
			sig, err := m.Sign(privateKey(t, v.Signer))
			require.NoError(t, err)
			require.Equal(t, v.SignatureHex, hex.EncodeToString(sig))

			key := publicKey(t, v.Signer)
			require.Len(t, v.Headers, 3)
			for name, header := range v.Headers {
				h, err := wire.ParseSignatureHeader(header)
				require.NoError(t, err, name)
				require.Equal(t, v.KeyVersion, h.KeyVersion, name)
				require.NoError(t, m.Verify(key, h.Signature), name)
				require.NoError(t, verifyContent(key, []byte(v.Content), h.Signature), name)
			}
			for i := range v.Content {
				changed := []byte(v.Content)
				changed[i] ^= 1
				require.ErrorIs(t, verifyContent(key, changed, sig), wire.ErrSignature)
			}
		})
	}
	measured(t, "signature vectors: %d signed and verified, %d with one byte changed refused", func() any {
		return len(all)
	}, func() any { return spoiled })
}

// TestNotifications gives the notifications of signatures.json to a client, as
// the merchant of the vectors receives them.
func TestNotifications(t *testing.T) {
	t.Parallel()
	keys := map[string]*rsa.PublicKey{"1": publicKey(t, "wallet"), "2": publicKey(t, "wallet-v2")}
	count := 0
	for _, v := range readVectors[signatureVector](t, "signatures.json") {
		if v.Kind != "notification" {
			continue
		}
		count++
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			client := merchant(t, dialect(t, v.Dialect), v.ClientID, keys)
			for name, signature := range v.Headers {
				header := http.Header{"Client-Id": {v.ClientID}, "Request-Time": {v.Time}, "Signature": {signature}}
				n, err := client.ParseNotification(v.Method, v.URI, header, []byte(v.Body))
				if !strings.Contains(v.Body, `"paymentAmount"`) {
					// Believed, and refused: it does not say how much was paid.
					require.ErrorIs(t, err, tradepay.ErrMalformed, name)
					require.NotErrorIs(t, err, tradepay.ErrSignature, name)
					require.Nil(t, n, name)
					continue
				}
				require.NoError(t, err, name)
				require.NoError(t, n.CheckPaid(n.PaymentRequestID, n.Amount), name)
				require.Equal(t, v.Body, string(n.Raw), name)
			}
		})
	}
	require.GreaterOrEqual(t, count, 7)
	measured(t, "notification vectors: %d read", func() any { return count })
}

// invalidVector is one header of invalid.json.
type invalidVector struct{ Name, Note, Header, Content, PublicKey, Reason string }

// TestInvalid does step 3: every header of invalid.json is refused, by the
// functions that read and verify it and by a client.
func TestInvalid(t *testing.T) {
	t.Parallel()
	reasons := map[string]tradepay.SignatureReason{
		"malformed_header": tradepay.ReasonMalformedHeader,
		"encoding":         tradepay.ReasonEncoding,
		"algorithm":        tradepay.ReasonAlgorithm,
		"key_version":      tradepay.ReasonKeyVersion,
		"signature":        tradepay.ReasonMismatch,
	}
	all := readVectors[invalidVector](t, "invalid.json")
	require.GreaterOrEqual(t, len(all), 73)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			want, known := reasons[v.Reason]
			require.True(t, known, v.Reason)
			key := publicKey(t, v.PublicKey)
			h, err := wire.ParseSignatureHeader(v.Header)
			switch want {
			case tradepay.ReasonMalformedHeader, tradepay.ReasonEncoding:
				require.ErrorIs(t, err, wire.ErrSignature)
				require.Zero(t, h)
			case tradepay.ReasonMismatch:
				require.NoError(t, err)
				require.ErrorIs(t, verifyContent(key, []byte(v.Content), h.Signature), wire.ErrSignature)
			default: // read, and refused by whoever holds the keys
				require.NoError(t, err)
			}

			m := splitContent(t, v.Content)
			if v.Header == "" { // on the wire an empty header is none
				want = tradepay.ReasonMissingHeader
			}
			header := http.Header{"Client-Id": {m.ClientID}, "Request-Time": {m.Time}, "Signature": {v.Header}}
			for _, wallet := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
				client := merchant(t, wallet, m.ClientID, map[string]*rsa.PublicKey{"1": key})
				n, err := client.ParseNotification(m.Method, m.URI, header, m.Body)
				requireReason(t, err, want)
				require.Nil(t, n)
			}
		})
	}
	measured(t, "invalid Signature headers: %d refused", func() any { return len(all) })
}

// splitContent takes signed text apart. No client id of the vectors has a
// point, and every body begins with a brace.
func splitContent(t testing.TB, content string) wire.Message {
	t.Helper()
	line, rest, found := strings.Cut(content, "\n")
	method, uri, space := strings.Cut(line, " ")
	clientID, rest, point := strings.Cut(rest, ".")
	when, body, brace := strings.Cut(rest, ".{")
	require.NotContains(t, []bool{found, space, point, brace}, false, "%q", content)
	m := wire.Message{Method: method, URI: uri, ClientID: clientID, Time: when, Body: []byte("{" + body)}
	require.Equal(t, content, string(m.Content()))
	return m
}

// TestVectorNames: a vector with the name of another hides it from whoever
// looks for it.
func TestVectorNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, v := range readVectors[signatureVector](t, "signatures.json") {
		names = append(names, v.Name)
	}
	for _, v := range readVectors[invalidVector](t, "invalid.json") {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	require.Equal(t, slices.Compact(slices.Clone(names)), names)
}
