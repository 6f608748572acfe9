package tradepayenv_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

func pkix(t *testing.T, key *rsa.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return der
}

// TestKeyFilesThatAreNone: errors name the variable and the file, and say what
// package tradepay says about the content.
func TestKeyFilesThatAreNone(t *testing.T) {
	t.Parallel()
	key, err := tradepay.ParsePrivateKey([]byte(read(t, keyDir+"merchant.private.pkcs8.pem")))
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	const asPrivate, asPublic = "TRADEPAY_PRIVATE_KEY_FILE", "TRADEPAY_WALLET_KEY_FILE"
	for _, test := range []struct{ name, content, private, public string }{
		{"empty", " \n", "is empty", "is empty"},
		{"public", block("PUBLIC KEY", pkix(t, &key.PublicKey)), "public", ""},
		{"private", block("PRIVATE KEY", pkcs8), "", "private"},
		{"OpenSSH private", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "is an OpenSSH key",
			"ssh-keygen -e"},
		{"encrypted", block("ENCRYPTED PRIVATE KEY", []byte{0x30}), "passphrase", "passphrase"},
		{"JSON", `{"type":"service_account","private_key":"…"}`, "is JSON", "is JSON"},
		{"HTML", "\n<!DOCTYPE html><title>Sign in</title>", "is a web page", "is a web page"},
		{"DER", string(pkcs8), "", "this is a private key"},
		{"text", "hello, world", "base64", "base64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "some.pem")
			require.NoError(t, os.WriteFile(file, []byte(test.content), 0o600))
			_, err := tradepayenv.ReadPrivateKeyFile(asPrivate, file)
			check(t, err, asPrivate, file, test.private)
			_, err = tradepayenv.ReadPublicKeyFile(asPublic, file)
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

// TestKeyForFile: who puts a key where its file's name belongs does not find it
// in the log.
func TestKeyForFile(t *testing.T) {
	t.Parallel()
	text := read(t, keyDir+"merchant.private.pkcs8.pem")
	block, _ := pem.Decode([]byte(text))
	for name, value := range map[string]string{
		"PEM": text, "PEM on one line": strings.ReplaceAll(text, "\n", `\n`),
		"base64": base64.StdEncoding.EncodeToString(block.Bytes),
	} {
		for variable, says := range map[string]string{
			tradepayenv.PrivateKeyFile: "TRADEPAY_PRIVATE_KEY_FILE: holds a key where the name of a file belongs; " +
				"write it to a file and name that, or set TRADEPAY_PRIVATE_KEY to it",
			tradepayenv.WalletKeyFile: "TRADEPAY_WALLET_KEY_FILE: holds a key",
		} {
			_, err := tradepayenv.ReadPart(getenv(map[string]string{variable: value}))
			require.ErrorIs(t, err, tradepay.ErrInvalidKey, name)
			require.ErrorContains(t, err, says)
			for e := err; e != nil; e = errors.Unwrap(e) {
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), value[100:140])
			}
		}
	}
	_, err := tradepayenv.ReadPrivateKeyFile("-sign-with", text)
	require.EqualError(t, err,
		"-sign-with: holds a key where the name of a file belongs; write it to a file and name that")
}

// TestKeyFromAWindowsFile: a shell leaves the carriage return of an environment file in the
// value, and a container leaves the quotation marks.
func TestKeyFromAWindowsFile(t *testing.T) {
	t.Parallel()
	want := read(t, keyDir+"merchant.private.pkcs8.pem")
	file := keyDir + "merchant.private.pkcs8.pem"
	for name, around := range map[string]func(string) string{
		"carriage return":           func(value string) string { return value + "\r" },
		"quotation marks":           func(value string) string { return `"` + value + `"` },
		"both":                      func(value string) string { return `"` + value + "\"\r" },
		"apostrophes":               func(value string) string { return "'" + value + "'\r\n" },
		"a space in the quotations": func(value string) string { return `" ` + value + ` "` },
	} {
		key, err := tradepayenv.ReadPrivateKeyFile("-sign-with", around(file))
		require.NoError(t, err, name)
		public, err := tradepayenv.ReadPublicKeyFile("-public-key", around(keyDir+"merchant.public.pkix.pem"))
		require.NoError(t, err, name)
		require.True(t, key.PublicKey.Equal(public), name)

		env := complete(t)
		env[tradepayenv.PrivateKeyFile], env[tradepayenv.WalletKey] = "", ""
		env[tradepayenv.PrivateKey] = strings.ReplaceAll(want, "\n", `\n`)
		env[tradepayenv.WalletKeysFile] = "1=" + keyDir + "wallet.public.pkix.pem,2=" + keyDir + "wallet-v2.pkix.b64"
		env[tradepayenv.NotifyURL] = "https://shop.example/notify"
		for variable, value := range env {
			if value != "" {
				env[variable] = around(value)
			}
		}
		cfg, err := tradepayenv.ReadFrom(getenv(env))
		require.NoError(t, err, name)
		require.True(t, key.Equal(cfg.PrivateKey), name)
		require.Equal(t, "client-1", cfg.ClientID, name)
		require.Equal(t, cfg.Wallet.Routes.BaseURLs["sandbox"], cfg.BaseURL, name)
		require.Len(t, cfg.WalletKeys, 2, name)
		url, err := tradepayenv.ReadNotifyURL(getenv(env))
		require.NoError(t, err, name)
		require.Equal(t, "https://shop.example/notify", url, name)
	}
	_, err := tradepayenv.ReadPrivateKeyFile("-sign-with", "nowhere.pem\r")
	require.EqualError(t, err, "-sign-with (nowhere.pem): there is no such file; check the path and who may read it")
}

// TestKeyVersions: every version that a Signature header can name has its key.
func TestKeyVersions(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode([]byte(public(t, "wallet")))
	key := base64.StdEncoding.EncodeToString(block.Bytes)
	for version, ok := range map[string]bool{
		"1": true, "2024-01": true, "v2.1_b": true, strings.Repeat("k", 64): true,
		strings.Repeat("k", 65): false, "a/b": false, "a b": false, "": false, "ключ": false,
	} {
		env := complete(t)
		env[tradepayenv.WalletKey], env[tradepayenv.WalletKeys] = "", version+"="+key
		cfg, err := tradepayenv.ReadFrom(getenv(env))
		if !ok {
			require.ErrorIs(t, err, tradepay.ErrInvalidConfig, version)
			require.ErrorContains(t, err, "has an entry without its keyVersion", version)
			continue
		}
		require.NoError(t, err, version)
		require.NotNil(t, cfg.WalletKeys[version], version)
	}
}

// TestKeyInAnyVariable: an error never shows a key, whichever variable holds it.
func TestKeyInAnyVariable(t *testing.T) {
	t.Parallel()
	text := read(t, keyDir+"merchant.private.pkcs8.pem")
	block, _ := pem.Decode([]byte(text))
	bare := base64.StdEncoding.EncodeToString(block.Bytes)
	for _, v := range tradepayenv.Variables() {
		if v.Name == tradepayenv.PrivateKey {
			continue
		}
		for form, value := range map[string]string{
			"PEM": text, "PEM on one line": strings.ReplaceAll(text, "\n", `\n`), "base64": bare, "entry": "1=" + bare,
			"URL": "https://" + bare,
		} {
			env := complete(t)
			env[v.Name] = value
			_, err := tradepayenv.ReadFrom(getenv(env))
			_, urlErr := tradepayenv.ReadNotifyURL(getenv(env))
			for e := errors.Join(err, urlErr); e != nil; e = errors.Unwrap(e) {
				shown := fmt.Sprintf("%v %+v", e, e)
				for at := 40; at < len(bare); at += 40 {
					require.NotContains(t, shown, bare[at-40:at], "%s in %s", form, v.Name)
				}
			}
		}
	}
}

// TestKeyFileTooLarge: neither a large file nor an endless one is read whole.
func TestKeyFileTooLarge(t *testing.T) {
	t.Parallel()
	large := filepath.Join(t.TempDir(), "large.pem")
	require.NoError(t, os.WriteFile(large, make([]byte, 64<<10+1), 0o600))
	files := []string{large}
	if runtime.GOOS != "windows" {
		files = append(files, "/dev/zero")
	}
	for _, file := range files {
		_, err := tradepayenv.ReadPublicKeyFile("-public-key", file)
		require.ErrorIs(t, err, tradepay.ErrInvalidKey)
		require.EqualError(t, err, "-public-key ("+file+"): is far too large for a key; name the file of the key")
	}
}
