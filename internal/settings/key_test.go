package settings_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/settings"
)

func pkix(t *testing.T, key *rsa.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return der
}

func TestKeyFilesThatAreNone(t *testing.T) {
	t.Parallel()
	key, err := tradepay.ParsePrivateKey([]byte(read(t, keyDir+"merchant.pem")))
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(t, err)
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, &key.PublicKey, key)
	require.NoError(t, err)
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	const asPrivate, asPublic = "TRADEPAY_PRIVATE_KEY_FILE", "TRADEPAY_WALLET_KEY_FILE"
	for _, test := range []struct{ name, content, private, public string }{
		{"empty", " \n", "is empty", "is empty"},
		{"public", block("PUBLIC KEY", pkix(t, &key.PublicKey)), "public", ""},
		{"private", block("PRIVATE KEY", pkcs8), "", "private"},
		{"certificate request", block("CERTIFICATE REQUEST", request), "is a certificate request, not a private key", "is a certificate request, not a public key; take the key out of it: openssl req"},
		{"OpenSSH private", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "is an OpenSSH private key; convert a copy: ssh-keygen", "is an OpenSSH private key"},
		{"OpenSSH public", "ssh-rsa AAAAB3NzaC1yc2E= me@host\n", "is an OpenSSH public key", "is an OpenSSH public key; take the wallet's public key from its console"},
		{"encrypted", block("ENCRYPTED PRIVATE KEY", []byte{0x30}), "passphrase", "passphrase"},
		{"PGP", block("PGP PUBLIC KEY BLOCK", []byte{1}), "is a PGP key", "is a PGP key"},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\n", "is a PuTTY key", "is a PuTTY key"},
		{"JSON", `{"type":"service_account","private_key":"…"}`, "is JSON, not a key", "is JSON, not a key"},
		{"HTML", "\n<!DOCTYPE html><title>Sign in</title>", "is an HTML or XML page", "is an HTML or XML page"},
		{"DER, private", string(pkcs8), "is a private key in binary DER; PEM or base64 is wanted; convert it: openssl pkey -inform DER", "is a private key (binary DER) where a public key belongs"},
		{"DER, PKCS#1", string(x509.MarshalPKCS1PrivateKey(key)), "is a private key in binary DER", "is a private key (binary DER) where a public key belongs"},
		{"DER, public", string(pkix(t, &key.PublicKey)), "is a public key (binary DER) where the private key belongs; name the merchant's own", "is a public key in binary DER; PEM or base64 is wanted"},
		{"DER, certificate", string(certificate), "is a certificate (binary DER) where the private key belongs", "is a certificate in binary DER"},
		{"DER, other", "\x30\x82\x01\x00nothing", "is binary (DER)", "is binary (DER)"},
		{"text", "hello, world", "base64", "base64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "some.pem")
			require.NoError(t, os.WriteFile(file, []byte(test.content), 0o600))
			_, err := settings.PrivateKeyFrom(asPrivate, file)
			check(t, err, asPrivate, file, test.private)
			_, err = settings.PublicKeyFrom(asPublic, file)
			check(t, err, asPublic, file, test.public)
		})
	}
}

func check(t *testing.T, err error, variable, file, says string) {
	t.Helper()
	if says == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	require.ErrorContains(t, err, variable+" ("+file+"): ")
	require.ErrorContains(t, err, says)
}
