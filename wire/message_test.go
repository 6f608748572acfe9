package wire_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectortest.Signatures(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			key, m := vectortest.Key(t, v.Signer), v.Message()
			require.Equal(t, v.Content, string(m.Content()))
			sum := sha256.Sum256(m.Content())
			require.Equal(t, v.ContentSHA256, hex.EncodeToString(sum[:]))

			sig, err := m.Sign(key)
			require.NoError(t, err)
			require.Equal(t, v.SignatureHex, hex.EncodeToString(sig))
			require.NoError(t, m.Verify(&key.PublicKey, sig))

			want := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: v.KeyVersion, Signature: sig}
			for name, header := range v.AllHeaders() {
				got, err := wire.ParseSignatureHeader(header)
				require.NoError(t, err, name)
				require.Equal(t, want, got, name)
			}
			require.Equal(t, v.Headers.Percent, want.Format(wire.EncodingPercent))
			require.Equal(t, v.Headers.Base64, want.Format(wire.EncodingBase64))
			require.Equal(t, v.Headers.Base64URL, want.Format(wire.EncodingBase64URL))

			for _, spoiled := range [][]byte{
				nil, {}, sig[1:], sig[:len(sig)-1], append([]byte{0}, sig...), append(slices.Clone(sig), 0),
				make([]byte, len(sig)),
			} {
				require.ErrorIs(t, m.Verify(&key.PublicKey, spoiled), wire.ErrSignature)
			}
			for _, other := range []string{"merchant", "wallet", "wallet-v2"} {
				if other != v.Signer {
					require.ErrorIs(t, m.Verify(&vectortest.Key(t, other).PublicKey, sig), wire.ErrSignature)
				}
			}
			m.Body = append(m.Body, '\n')
			require.ErrorIs(t, m.Verify(&key.PublicKey, sig), wire.ErrSignature)
		})
	}
}

func TestSignedContent(t *testing.T) {
	t.Parallel()
	m := wire.Message{
		Method: "POST", URI: "/v1/acquiring/qr/create", ClientID: "client", Time: "1678886400000",
		Body: []byte(`{"a":1}`), RequestID: "a1b2",
	}
	require.Equal(t, "POST /v1/acquiring/qr/create\nclient.1678886400000.{\"a\":1}", string(m.Content()),
		"the platform's, by default")
	m.Answer = true
	require.Equal(t, "POST /v1/acquiring/qr/create\nclient.1678886400000.{\"a\":1}", string(m.Content()))
	m.Layout = wire.ContentDotted
	require.Equal(t, `client.1678886400000.{"a":1}`, string(m.Content()))
	m.Answer = false
	require.Equal(t, `POST./v1/acquiring/qr/create.client.a1b2.1678886400000.{"a":1}`, string(m.Content()))
}

// TestAmbiguous: a part that could end another one has more than one reading.
func TestAmbiguous(t *testing.T) {
	t.Parallel()
	good := wire.Message{
		Method: "POST", URI: "/notify", ClientID: "client", Time: "1678886400000", Body: []byte(`{}`),
		Layout: wire.ContentDotted, RequestID: "a1b2",
	}
	for name, tt := range map[string]struct {
		change func(*wire.Message)
		want   string
	}{
		"good":                          {func(*wire.Message) {}, ""},
		"a path with dots":              {func(m *wire.Message) { m.URI = "/a.b" }, ""},
		"the platform's":                {func(m *wire.Message) { m.Layout, m.Time = "", "a.b" }, ""},
		"a time with a dot":             {func(m *wire.Message) { m.Time = "1.2" }, "Request-Time"},
		"no time":                       {func(m *wire.Message) { m.Time = "" }, ""}, // the headers show it
		"a client id with a brace":      {func(m *wire.Message) { m.ClientID = "a{" }, "Client-Id"},
		"no request id":                 {func(m *wire.Message) { m.RequestID = "" }, "Request-Id"},
		"a request id with a dot":       {func(m *wire.Message) { m.RequestID = "a.b" }, "Request-Id"},
		"an answer has no request id":   {func(m *wire.Message) { m.Answer, m.RequestID = true, "" }, ""},
		"another method":                {func(m *wire.Message) { m.Method = "PUT" }, "URI"},
		"a URI with a brace":            {func(m *wire.Message) { m.URI = "/a{" }, "URI"},
		"an answer's time with letters": {func(m *wire.Message) { m.Answer, m.Time = true, "x" }, "Request-Time"},
	} {
		m := good
		tt.change(&m)
		require.Equal(t, tt.want, m.Ambiguous("Request-Id", "Request-Time"), name)
	}
}

// signer is a key that lives elsewhere.
type signer struct {
	public crypto.PublicKey
	sign   func(digest []byte) ([]byte, error)
}

func (s signer) Public() crypto.PublicKey { return s.public }

func (s signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.sign(digest)
}

// TestKeysThatCannotBeUsed: an unusable key is no forged signature.
func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	key := vectortest.Key(t, "merchant")
	errService := errors.New("the service is down, with a secret")
	m := wire.Message{Method: "POST", URI: "/notify"}
	for name, tt := range map[string]struct {
		key   crypto.Signer
		cause error
	}{
		"none":    {nil, nil},
		"nil":     {(*rsa.PrivateKey)(nil), nil},
		"down":    {signer{&key.PublicKey, func([]byte) ([]byte, error) { return nil, errService }}, errService},
		"garbage": {signer{&key.PublicKey, func([]byte) ([]byte, error) { return make([]byte, 256), nil }}, nil},
		"not RSA": {signer{ed25519.PublicKey{}, func([]byte) ([]byte, error) { return make([]byte, 256), nil }}, nil},
	} {
		_, err := m.Sign(tt.key)
		require.ErrorIs(t, err, wire.ErrInvalidKey, name)
		require.NotErrorIs(t, err, wire.ErrSignature, name)
		require.NotContains(t, err.Error(), "secret", name)
		var field *wire.FieldError
		require.ErrorAs(t, err, &field, name)
		require.Equal(t, "PrivateKey", field.Field, name)
		require.NotEmpty(t, field.Remedy, name)
		if tt.cause != nil {
			require.ErrorIs(t, err, tt.cause, name)
		}
	}
	elsewhere := signer{&key.PublicKey, func(digest []byte) ([]byte, error) {
		return rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
	}}
	signature, err := m.Sign(elsewhere)
	require.NoError(t, err)
	require.NoError(t, m.Verify(&key.PublicKey, signature))
	for name, public := range map[string]*rsa.PublicKey{
		"nil": nil, "empty": {}, "small": {N: big.NewInt(1 << 20), E: 65537},
		"exponent 3": {N: key.N, E: 3}, "even exponent": {N: key.N, E: 65536},
		"even modulus": {N: new(big.Int).Lsh(key.N, 1), E: 65537}, "huge": {N: new(big.Int).Lsh(key.N, 8192), E: 65537},
	} {
		err := m.Verify(public, signature)
		require.ErrorIs(t, err, wire.ErrInvalidKey, name)
		require.NotErrorIs(t, err, wire.ErrSignature, name)
	}
}

// TestMessagePrintsWithoutItsBody: nor with its query, which may hold a secret.
func TestMessagePrintsWithoutItsBody(t *testing.T) {
	t.Parallel()
	m := wire.Message{Method: "POST", URI: "/notify?token=secret", ClientID: "CLIENT", Time: "t",
		Body: []byte("secret")}
	require.Equal(t, "wire.Message{URI:\"/notify\" ClientID:CLIENT Time:t}", fmt.Sprintf("%+v", m))
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "m", m)
	require.Contains(t, out.String(), `"m":{"uri":"/notify","client_id":"CLIENT","time":"t"}`)
	require.NotContains(t, out.String(), "secret")
}

// TestContentMerchant: the merchant's id stands between client and time, in requests
// and answers alike.
func TestContentMerchant(t *testing.T) {
	t.Parallel()
	m := wire.Message{
		Method: "POST", URI: "/miniprogram/api/v2/payments/pay", ClientID: "client", MerchantID: "M1",
		Time: "1678886400", Body: []byte(`{"a":1}`), Layout: wire.ContentMerchant,
	}
	const want = "POST /miniprogram/api/v2/payments/pay\nclient.M1.1678886400.{\"a\":1}"
	require.Equal(t, want, string(m.Content()))
	m.Answer = true
	require.Equal(t, want, string(m.Content()))
	m.Layout = ""
	require.NotContains(t, string(m.Content()), "M1")
}
