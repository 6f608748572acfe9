package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
)

func TestKeygen(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "shop")
	u := newUser(t, nil)
	got := u.run("keygen", "-name", name, "-bits", "3072")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.NotContains(t, got.out+got.stderr, "PRIVATE KEY-----")

	data, err := os.ReadFile(name + "-private.pem")
	require.NoError(t, err)
	private, err := tradepay.ParsePrivateKey(data)
	require.NoError(t, err)
	require.Equal(t, 3072, private.N.BitLen())
	publicPEM, err := os.ReadFile(name + "-public.pem")
	require.NoError(t, err)
	public, err := tradepay.ParsePublicKey(publicPEM)
	require.NoError(t, err)
	require.True(t, private.PublicKey.Equal(public))
	require.Contains(t, got.out, doctor.Fingerprint(public))
	if runtime.GOOS != "windows" {
		for _, file := range []string{"-private.pem", "-public.pem"} {
			info, err := os.Stat(name + file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		}
	}

	again := u.run("keygen", "-name", name)
	require.Equal(t, exitFailed, again.code)
	require.Contains(t, again.stderr, "shop-private.pem exists, and keygen overwrites no key")
	require.NoError(t, os.Remove(name+"-private.pem"))
	again = u.run("keygen", "-name", name)
	require.Equal(t, exitFailed, again.code, "nor the other half")
	require.NoFileExists(t, name+"-private.pem")
	kept, err := os.ReadFile(name + "-public.pem")
	require.NoError(t, err)
	require.Equal(t, publicPEM, kept)
}

func TestKeygenForPrograms(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "shop")
	got := newUser(t, nil).run("keygen", "-name", name, "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var out struct {
		PublicKey, PublicKeyFile, Fingerprint string
		Bits                                  int
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &out))
	public, err := tradepay.ParsePublicKey([]byte(out.PublicKey))
	require.NoError(t, err, "bare base64, as consoles take it")
	require.Equal(t, out.Fingerprint, doctor.Fingerprint(public))
	require.Equal(t, 2048, out.Bits)
	require.FileExists(t, out.PublicKeyFile)
}

// TestKeygenToStandardOutput: only when it is asked for.
func TestKeygenToStandardOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := newUser(t, nil).run("keygen", "-stdout", "-name", filepath.Join(dir, "shop"))
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "-----BEGIN PRIVATE KEY-----")
	require.Contains(t, got.out, "-----BEGIN PUBLIC KEY-----")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestKeygenRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-bits", "1024"}, exitUsage, "-bits 1024: use 2048"},
		{[]string{"-bits", "2049"}, exitUsage, "use 2048"},
		{[]string{"-name", ""}, exitUsage, "-name is empty"},
		{[]string{"-stdout", "-json"}, exitUsage, "keep one of them"},
		{[]string{"-name", filepath.Join(t.TempDir(), "missing", "shop")}, exitFailed, "cannot write"},
	} {
		got := newUser(t, nil).run(append([]string{"keygen"}, test.args...)...)
		require.Equal(t, test.code, got.code, "%q", test.args)
		require.Contains(t, got.stderr, test.says)
		require.NotContains(t, got.out, "PRIVATE KEY")
	}
}

// TestKeygenFollowsNoLink: a link laid under the name of a key sends the key
// nowhere, not even to a file that is not there yet.
func TestKeygenFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.pem")
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "shop-private.pem")))
	got := newUser(t, nil).run("keygen", "-name", filepath.Join(dir, "shop"))
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stderr, "keygen overwrites no key")
	require.ErrorIs(t, writeNew(filepath.Join(dir, "shop-private.pem"), []byte("x")), os.ErrExist,
		"laid there meanwhile")
	require.NoFileExists(t, elsewhere)
}
