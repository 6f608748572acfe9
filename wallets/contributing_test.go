package wallets_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/testsize"
)

// TestAddingAWallet does what CONTRIBUTING says, in a copy of the repository:
// the file that it shows, once in each dialect, and -update. No other file is
// touched. The test binary is built here, with the new files laid over the
// package, so that it takes all other packages from the build cache.
func TestAddingAWallet(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "CONTRIBUTING.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```go wallets/newwallet.go\n(.*?)```").FindSubmatch(data)
	require.NotNil(t, shown, "the file of a new wallet")
	text := strings.ReplaceAll("\n"+string(shown[1]), "\n   ", "\n")
	older := strings.NewReplacer("NewWallet", "OlderWallet", "New Wallet", "Older Wallet", "PlatformV2", "PlatformV1",
		", which pay in IDR, two decimals", "").Replace(text)
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
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range map[string]string{"newwallet": text, "olderwallet": older} {
		file := filepath.Join(root, "wallets", name+".go")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		here, err := filepath.Abs(name + ".go")
		require.NoError(t, err)
		overlay.Replace[here] = file
	}
	data, err = json.Marshal(overlay)
	require.NoError(t, err)
	overlayFile := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(overlayFile, data, 0o600))
	binary := filepath.Join(t.TempDir(), "wallets.test")

	run := func(dir, name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", cmd, output)
	}
	run(".", "go", "test", "-overlay", overlayFile, "-o", binary, "-run", "^$", ".") // it runs go vet, too
	here := filepath.Join(root, "wallets")
	notThis := "-test.skip=^" + t.Name() + "$"
	// The other wallets' tests run beside this one.
	written := "^(TestPagesAreCurrent|TestVariablesOfPages|TestVectors|Example)"
	current := []string{notThis, "-test.run=" + written + "|^Test/^(New|Older)_Wallet$"}
	update := []string{notThis, "-update", "-test.run=" + written}
	if testsize.Full() {
		current, update = current[:1], update[:2]
	}
	run(here, binary, update...)
	run(here, binary, current...)
	for name, title := range map[string]string{"newwallet": "New Wallet", "olderwallet": "Older Wallet"} {
		require.FileExists(t, filepath.Join(root, "testdata", "vectors", "wallets", name, "vectors.json"))
		page, err := os.ReadFile(filepath.Join(root, "docs", "wallets", name+".md"))
		require.NoError(t, err)
		require.Contains(t, string(page), "# "+title+"\n")
	}
}
