package conformance_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/wire"
)

// hexBytes are bytes as Wycheproof writes them.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// rsaFile is a file of Wycheproof with RSA signatures to verify or to make.
type rsaFile struct {
	NumberOfTests int
	TestGroups    []rsaGroup
}

// rsaGroup is one key and what was signed with it. The names of the key's
// forms differ between the kinds of files.
type rsaGroup struct {
	Type    string
	SHA     string
	KeySize int

	PublicKeyPEM string `json:"publicKeyPem"`
	PublicKeyDER hexBytes
	PublicKeyASN hexBytes

	PrivateKeyPEM   string   `json:"privateKeyPem"`
	PrivateKeyPKCS8 hexBytes `json:"privateKeyPkcs8"`

	Tests []rsaTest
}

type rsaTest struct {
	TcID    int
	Comment string
	Flags   []string
	Msg     hexBytes
	Sig     hexBytes
	Result  string // "valid", "invalid" or "acceptable"
}

func readWycheproof(t testing.TB, name string) *rsaFile {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	require.NoError(t, err)
	f := new(rsaFile)
	require.NoError(t, json.Unmarshal(data, f))
	count := 0
	for _, g := range f.TestGroups {
		count += len(g.Tests)
	}
	require.Equal(t, f.NumberOfTests, count, "%s is not whole", name)
	return f
}

// publicForms are the texts in which a merchant may have the public key.
func (g *rsaGroup) publicForms() map[string][]byte {
	return map[string][]byte{
		"PEM":          []byte(g.PublicKeyPEM),
		"PKIX base64":  []byte(base64.StdEncoding.EncodeToString(g.PublicKeyDER)),
		"PKCS1 base64": []byte(base64.StdEncoding.EncodeToString(g.PublicKeyASN)),
	}
}

// privateForms are the same for a private key.
func (g *rsaGroup) privateForms() map[string][]byte {
	return map[string][]byte{
		"PEM":          []byte(g.PrivateKeyPEM),
		"PKCS8 base64": []byte(base64.StdEncoding.EncodeToString(g.PrivateKeyPKCS8)),
	}
}

// loadPublic reads the key in all its forms. It is nil if the SDK refuses the
// key, which it must then do in every form.
func (g *rsaGroup) loadPublic(t testing.TB) *rsa.PublicKey {
	t.Helper()
	keys := make([]*rsa.PublicKey, 0, 3)
	for form, text := range g.publicForms() {
		key, err := tradepay.ParsePublicKey(text)
		if err != nil {
			require.ErrorIs(t, err, tradepay.ErrInvalidKey, form)
			require.Nil(t, key, form)
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		require.Equal(t, keys[0], key, "the forms of one key differ")
	}
	return keys[0]
}

// exponent reads the public exponent without the SDK.
func (g *rsaGroup) exponent(t testing.TB) int {
	t.Helper()
	key, err := x509.ParsePKCS1PublicKey(g.PublicKeyASN)
	require.NoError(t, err)
	require.Equal(t, g.KeySize, key.N.BitLen())
	return key.E
}

// requireMismatch checks that the signature, and nothing else, was refused.
func requireMismatch(t testing.TB, err error, c *rsaTest) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrSignature, "test %d: %s %v", c.TcID, c.Comment, c.Flags)
	require.NotErrorIs(t, err, tradepay.ErrInvalidKey)
}

// verifyContent is what wire.Message.Verify does, over any bytes.
func verifyContent(key *rsa.PublicKey, content, signature []byte) error {
	if err := rsakey.Check(key); err != nil {
		return fmt.Errorf("%w: %w", wire.ErrInvalidKey, err)
	}
	if !rsakey.Verifies(key, content, signature) {
		return wire.ErrSignature
	}
	return nil
}

// TestWycheproofVerify runs every verification vector for RSASSA-PKCS1-v1_5
// with SHA-256 of the key sizes that wallets use, and of the largest that the
// SDK loads.
//
// What Wycheproof calls acceptable must be refused here. In these files that
// is one signature for each key size: its DigestInfo lacks the NULL parameter,
// which RFC 8017 demands of whoever signs. No wallet is known to send it, and
// a verifier that compares the whole encoded message, and parses nothing, is
// the one that Bleichenbacher's forgery does not reach. An acceptable vector
// of another kind fails this test, so that somebody decides.
//
// The vectors with exponent 3 are valid signatures by keys that the SDK
// refuses: when the key is loaded, and again when it was loaded by other means.
func TestWycheproofVerify(t *testing.T) {
	t.Parallel()
	type counts struct{ Valid, Invalid, Acceptable, KeyRefused int }
	sum := func(c counts) int { return c.Valid + c.Invalid + c.Acceptable + c.KeyRefused }
	tests := []struct {
		file string
		bits int
		want counts
	}{
		{"rsa_signature_2048_sha256_test.json", 2048, counts{Valid: 7, Invalid: 249, Acceptable: 1, KeyRefused: 2}},
		{"rsa_signature_3072_sha256_test.json", 3072, counts{Valid: 7, Invalid: 250, Acceptable: 1, KeyRefused: 1}},
		{"rsa_signature_4096_sha256_test.json", 4096, counts{Valid: 7, Invalid: 250, Acceptable: 1}},
		{"rsa_signature_8192_sha256_test.json", 8192, counts{Valid: 7, Invalid: 250, Acceptable: 1}},
	}
	var total counts
	for _, tt := range tests {
		var got counts
		t.Run(tt.file, func(t *testing.T) { // not parallel: the counts are added up below
			for _, g := range readWycheproof(t, tt.file).TestGroups {
				require.Equal(t, "RsassaPkcs1Verify", g.Type)
				require.Equal(t, "SHA-256", g.SHA)
				require.Equal(t, tt.bits, g.KeySize)
				key := g.loadPublic(t)
				if g.exponent(t) == 3 {
					require.Nil(t, key, "a key with exponent 3 was loaded")
					got.KeyRefused += len(g.Tests)
					refusedKey(t, &g)
					continue
				}
				require.NotNil(t, key)
				for i := range g.Tests {
					c := &g.Tests[i]
					err := verifyContent(key, c.Msg, c.Sig)
					switch c.Result {
					case "valid":
						require.NoError(t, err, "test %d: %s %v", c.TcID, c.Comment, c.Flags)
						throughHeader(t, key, c)
						got.Valid++
					case "invalid":
						requireMismatch(t, err, c)
						got.Invalid++
					case "acceptable":
						require.Equal(t, []string{"MissingNull"}, c.Flags,
							"test %d is acceptable for another reason: decide", c.TcID)
						requireMismatch(t, err, c)
						got.Acceptable++
					default:
						require.Fail(t, "unknown result", c.Result)
					}
				}
			}
		})
		require.Equal(t, tt.want, got, tt.file)
		if tt.bits <= 4096 {
			total = counts{total.Valid + got.Valid, total.Invalid + got.Invalid, total.Acceptable + got.Acceptable,
				total.KeyRefused + got.KeyRefused}
		} else {
			t.Logf("measured: Wycheproof RSA PKCS#1 v1.5 SHA-256, %d bits beside them: %d ran, %d verified, %d refused",
				tt.bits, sum(got), got.Valid, got.Invalid+got.Acceptable)
		}
	}
	require.Equal(t, counts{Valid: 21, Invalid: 749, Acceptable: 3, KeyRefused: 3}, total)
	require.Equal(t, 776, sum(total))
	t.Logf("measured: Wycheproof RSA PKCS#1 v1.5 SHA-256, 2048 to 4096 bits: %d ran, %d verified, %d refused (%d of "+
		"them \"acceptable\"), %d with exponent 3 refused when the key is loaded",
		sum(total), total.Valid, total.Invalid+total.Acceptable, total.Acceptable, total.KeyRefused)
}

// refusedKey checks that the vectors of a refused key are valid ones, so that
// it is the key that is refused, and that loading it by other means does not
// help.
func refusedKey(t *testing.T, g *rsaGroup) {
	t.Helper()
	key, err := x509.ParsePKCS1PublicKey(g.PublicKeyASN)
	require.NoError(t, err)
	for _, c := range g.Tests {
		require.Equal(t, "valid", c.Result)
		err := verifyContent(key, c.Msg, c.Sig)
		require.ErrorIs(t, err, tradepay.ErrInvalidKey)
		require.NotErrorIs(t, err, tradepay.ErrSignature)
	}
}

// throughHeader checks that the signature survives a Signature header in each
// encoding, as far as its length is within the header's limit.
func throughHeader(t *testing.T, key *rsa.PublicKey, c *rsaTest) {
	t.Helper()
	for _, enc := range []wire.SignatureEncoding{wire.EncodingBase64, wire.EncodingPercent,
		wire.EncodingBase64URL} {
		header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: c.Sig}.Format(enc)
		require.LessOrEqual(t, len(header), 2048)
		parsed, err := wire.ParseSignatureHeader(header)
		require.NoError(t, err)
		require.NoError(t, verifyContent(key, c.Msg, parsed.Signature))
	}
}

// keyService is a key that lives elsewhere: only what [crypto.Signer] promises
// is known of it.
type keyService struct{ key *rsa.PrivateKey }

func (s keyService) Public() crypto.PublicKey { return s.key.Public() }
func (s keyService) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(rand, digest, opts)
}

// TestWycheproofSign makes every signature of the vectors for RSASSA-PKCS1-v1_5
// with SHA-256, byte for byte, with a key in memory and one behind a service.
// The vectors that these files call acceptable are those of keys with exponent
// 3, and such keys are refused.
func TestWycheproofSign(t *testing.T) {
	t.Parallel()
	type counts struct{ Equal, KeyRefused int }
	tests := []struct {
		file string
		bits int
		want counts
	}{
		{"rsa_pkcs1_2048_sig_gen_test.json", 2048, counts{Equal: 8, KeyRefused: 2}},
		{"rsa_pkcs1_3072_sig_gen_test.json", 3072, counts{Equal: 8, KeyRefused: 1}},
		{"rsa_pkcs1_4096_sig_gen_test.json", 4096, counts{Equal: 8}},
	}
	var total counts
	for _, tt := range tests {
		var got counts
		t.Run(tt.file, func(t *testing.T) { // not parallel: the counts are added up below
			for _, g := range readWycheproof(t, tt.file).TestGroups {
				require.Equal(t, "RsassaPkcs1Generate", g.Type)
				require.Equal(t, tt.bits, g.KeySize)
				if g.SHA != "SHA-256" {
					continue
				}
				foreign, err := x509.ParsePKCS8PrivateKey(g.PrivateKeyPKCS8)
				require.NoError(t, err)
				weak := foreign.(*rsa.PrivateKey).E == 3
				var key *rsa.PrivateKey
				for form, text := range g.privateForms() {
					loaded, err := tradepay.ParsePrivateKey(text)
					if weak {
						require.ErrorIs(t, err, tradepay.ErrInvalidKey, form)
						require.Nil(t, loaded)
						continue
					}
					require.NoError(t, err, form)
					require.True(t, loaded.Equal(foreign), form)
					key = loaded
				}
				for _, c := range g.Tests {
					if weak {
						require.Equal(t, "acceptable", c.Result)
						got.KeyRefused++
						continue
					}
					require.Equal(t, "valid", c.Result)
					for _, signer := range []crypto.Signer{key, keyService{key}} {
						sig, err := rsakey.Sign(signer, c.Msg)
						require.NoError(t, err)
						require.Equal(t, []byte(c.Sig), sig, "test %d", c.TcID)
					}
					require.NoError(t, verifyContent(&key.PublicKey, c.Msg, c.Sig))
					got.Equal++
				}
			}
		})
		require.Equal(t, tt.want, got, tt.file)
		total = counts{total.Equal + got.Equal, total.KeyRefused + got.KeyRefused}
	}
	require.Equal(t, counts{Equal: 24, KeyRefused: 3}, total)
	t.Logf("measured: Wycheproof RSA PKCS#1 v1.5 SHA-256 signing, 2048 to 4096 bits: %d signatures equal byte for "+
		"byte, %d with exponent 3 refused when the key is loaded", total.Equal, total.KeyRefused)
}

// TestWycheproofOtherSchemes: a label in the Signature header is not signed, so
// a signature that is right in another scheme must be wrong in this one. These
// are the valid vectors of PSS, and of PKCS #1 v1.5 with other hashes.
//
// A key that says it is for PSS alone is refused when it is loaded. As PKCS #1
// it cannot say so; then its signatures must be refused.
func TestWycheproofOtherSchemes(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(wycheproof.TestVectors, "rsa_*_test.json")
	require.NoError(t, err)
	files, refused, keys := 0, 0, 0
	for _, name := range names {
		other := strings.HasPrefix(name, "rsa_signature_") && !strings.HasSuffix(name, "_sha256_test.json") ||
			strings.HasPrefix(name, "rsa_pss_")
		if !other {
			continue
		}
		files++
		t.Run(path.Base(name), func(t *testing.T) { // not parallel: the counts are added up
			for _, g := range readWycheproof(t, name).TestGroups {
				require.True(t, g.Type != "RsassaPkcs1Verify" || g.SHA != "SHA-256")
				valid := slices.DeleteFunc(g.Tests, func(c rsaTest) bool { return c.Result != "valid" })
				key, err := tradepay.ParsePublicKey([]byte(g.PublicKeyPEM))
				if err != nil {
					require.ErrorIs(t, err, tradepay.ErrInvalidKey)
					keys += len(valid)
					key, err = tradepay.ParsePublicKey(g.publicForms()["PKCS1 base64"])
				}
				if err != nil {
					require.ErrorIs(t, err, tradepay.ErrInvalidKey)
					require.Equal(t, 3, g.exponent(t), "the key was refused for another reason")
					continue
				}
				for i := range valid {
					requireMismatch(t, verifyContent(key, valid[i].Msg, valid[i].Sig), &valid[i])
					refused++
				}
			}
		})
	}
	require.Equal(t, []int{46, 2548, 777}, []int{files, refused, keys})
	t.Logf("measured: Wycheproof, signatures that are right in other RSA schemes, from %d files: %d refused; of %d "+
		"the key is refused when it is loaded", files, refused, keys)
}
