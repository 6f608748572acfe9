package wallets_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAddingAWallet does what CONTRIBUTING says, in a copy of the repository:
// the file that it shows, once in each dialect, and -update. No other file is
// touched.
func TestAddingAWallet(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "CONTRIBUTING.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```go wallets/newwallet.go\n(.*?)```").FindSubmatch(data)
	require.NotNil(t, shown, "the file of a new wallet")
	text := strings.ReplaceAll("\n"+string(shown[1]), "\n   ", "\n")
	older := strings.NewReplacer("NewWallet", "OlderWallet", "New Wallet", "Older Wallet", "PlatformV2", "PlatformV1", ", which pay in IDR, two decimals", "").Replace(text)
	older = strings.Replace(older, `"ID"`, `""`, 1)

	root := t.TempDir()
	require.NoError(t, filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		to := filepath.Join(root, strings.TrimPrefix(name, ".."))
		switch {
		case err != nil:
			return err
		case entry.Name() == ".git" || entry.Name() == "node_modules":
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(to, 0o750)
		case !entry.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	}))
	for name, text := range map[string]string{"newwallet": text, "olderwallet": older} {
		require.NoError(t, os.WriteFile(filepath.Join(root, "wallets", name+".go"), []byte(text), 0o600))
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"test", "-trimpath", "-skip", "^" + t.Name() + "$", "./wallets"}, args...)...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off")
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "go test ./wallets %s\n%s", args, output)
	}
	run("-update")
	if !testing.Short() {
		run()
	}
	for name, title := range map[string]string{"newwallet": "New Wallet", "olderwallet": "Older Wallet"} {
		require.FileExists(t, filepath.Join(root, "testdata", "vectors", "wallets", name, "vectors.json"))
		page, err := os.ReadFile(filepath.Join(root, "docs", "wallets.md"))
		require.NoError(t, err)
		require.Contains(t, string(page), "\n## "+title+"\n")
	}
}
