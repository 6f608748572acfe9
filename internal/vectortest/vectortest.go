// Package vectortest reads testdata/vectors, for the tests of this module.
package vectortest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tradepay/tradepay-go/wire"
)

// path finds a file of the vectors from a package of this module.
func path(t testing.TB, name string) string {
	t.Helper()
	for _, root := range []string{".", "..", "../.."} {
		file := filepath.Join(root, "testdata", "vectors", name)
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	t.Fatalf("no testdata/vectors/%s above this package", name)
	return ""
}

// Key returns a private key of the vectors: "merchant", "wallet" or "wallet-v2".
func Key(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	data, err := os.ReadFile(path(t, filepath.Join("keys", name+".private.pkcs8.pem")))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// WalletKeys returns both public keys of the wallet, by keyVersion.
func WalletKeys(t testing.TB) map[string]*rsa.PublicKey {
	t.Helper()
	return map[string]*rsa.PublicKey{"1": &Key(t, "wallet").PublicKey, "2": &Key(t, "wallet-v2").PublicKey}
}

// Signature is one signed message.
type Signature struct {
	Name, Kind, Dialect, Method, URI, ClientID, Time, Body, KeyVersion, Signer, Content,
	ContentSHA256, SignatureHex string

	Encodings struct{ Base64, Percent, Base64URL, Base64URLPadded string }
	Headers   struct{ Base64, Percent, Base64URL string }
}

// Message returns what the signature covers.
func (v *Signature) Message() wire.Message {
	return wire.Message{Method: v.Method, URI: v.URI, ClientID: v.ClientID, Time: v.Time, Body: []byte(v.Body)}
}

// Header returns the message's HTTP header with this Signature.
func (v *Signature) Header(signature string) http.Header {
	return http.Header{"Client-Id": {v.ClientID}, "Request-Time": {v.Time}, "Signature": {signature}}
}

// AllHeaders returns the Signature headers that a reader must accept: those of the
// vector, and two more spellings that wallets use.
func (v *Signature) AllHeaders() map[string]string {
	head := "algorithm=RSA256, keyVersion=" + v.KeyVersion + ", signature="
	lower := strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d")
	return map[string]string{
		"base64": v.Headers.Base64, "percent-encoded": v.Headers.Percent, "base64url": v.Headers.Base64URL,
		"base64url with padding":        head + v.Encodings.Base64URLPadded,
		"percent-encoded in lower case": head + lower.Replace(v.Encodings.Percent),
	}
}

// Signatures returns the signed messages, of all kinds or only of those given.
func Signatures(t testing.TB, kinds ...string) []*Signature {
	t.Helper()
	all := Read[*Signature](t, "signatures.json")
	if len(kinds) == 0 {
		return all
	}
	some := slices.DeleteFunc(all, func(v *Signature) bool { return !slices.Contains(kinds, v.Kind) })
	if len(some) == 0 {
		t.Fatalf("no vector of %v", kinds)
	}
	return some
}

// Named returns the signed message with this name.
func Named(t testing.TB, name string) *Signature {
	t.Helper()
	all := Signatures(t)
	i := slices.IndexFunc(all, func(v *Signature) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("no vector %q", name)
	}
	return all[i]
}

// Read reads a file of the vectors.
func Read[V any](t testing.TB, file string) []V {
	t.Helper()
	data, err := os.ReadFile(path(t, file))
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Version int
		Vectors []V
	}
	if err := json.Unmarshal(data, &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.Version != 1 || len(parsed.Vectors) == 0 {
		t.Fatalf("%s: version %d with %d vectors", file, parsed.Version, len(parsed.Vectors))
	}
	return parsed.Vectors
}
