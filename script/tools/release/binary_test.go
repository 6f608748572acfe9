package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFileNames(t *testing.T) {
	t.Parallel()
	const command = "github.com/tradepay/tradepay-go/cmd/tradepay"
	require.Equal(t, "tradepay_v1.2.3_linux_arm64", platform{"linux", "arm64"}.fileName(command, "v1.2.3"))
	require.Equal(t, "tradepay_v1.2.3_windows_amd64.exe", platform{"windows", "amd64"}.fileName(command, "v1.2.3"))
	require.Equal(t, filepath.Join("plan9_386", "tradepay"), platform{"plan9", "386"}.installed(command))
	require.Equal(t, "tradepay"+exe(runtime.GOOS), platform{runtime.GOOS, runtime.GOARCH}.installed(command))
}

func TestWriteSums(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, folder, map[string]string{"b": "", "a": "abc", "SHA256SUMS": "of another time"})
	require.NoError(t, writeSums(folder))
	got, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	require.NoError(t, err)
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"+
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n", string(got))
}

// TestBinariesThatAreRefused: this test was not built from a version.
func TestBinariesThatAreRefused(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	require.ErrorIs(t, checkBinary(self, "github.com/tradepay/tradepay-go", "v1.2.3", sum{}), errDiffers)
	bom := filepath.Join(t.TempDir(), "bom.json")
	require.NoError(t, os.WriteFile(bom, []byte(`{"components": [{"name": "other", "version": "v1.0.0"}]}`), 0o600))
	require.ErrorIs(t, checkSBOM(self, bom), errSBOM)
	require.NoError(t, os.WriteFile(bom, []byte(`<bom/>`), 0o600))
	require.ErrorIs(t, checkSBOM(self, bom), errSBOM)
}
