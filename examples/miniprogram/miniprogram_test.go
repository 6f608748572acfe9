package miniprogram

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTypes: the program keeps to the platform's types, and to types/miniprogram.d.ts.
func TestTypes(t *testing.T) {
	t.Parallel()
	out, err := compile(t)
	require.NoError(t, err, out)
}

// TestTypesFindMistakes: the check that TestTypes makes is a check.
func TestTypesFindMistakes(t *testing.T) {
	t.Parallel()
	const mistakes = `my.tradePay({ paymentURL: "x" });
my.signContract({});
getApp().globalData.shop.charge();
`
	file := filepath.Join(t.TempDir(), "mistakes.js")
	require.NoError(t, os.WriteFile(file, []byte(mistakes), 0o600))
	out, err := compile(t, file)
	require.Error(t, err)
	for _, line := range []string{"mistakes.js(1,", "mistakes.js(2,", "mistakes.js(3,"} {
		require.Contains(t, out, line)
	}
}

// compile checks the program, and some files beside it.
func compile(t *testing.T, more ...string) (out string, err error) {
	t.Helper()
	packages := os.Getenv("TRADEPAY_MINI_PROGRAM")
	if packages == "" {
		t.Skip("TRADEPAY_MINI_PROGRAM is not set; run this with script/miniprogram")
	}
	own, err := filepath.Abs(".")
	require.NoError(t, err)
	extended, err := json.Marshal(map[string]any{
		"extends":         filepath.Join(own, "tsconfig.json"),
		"compilerOptions": map[string]any{"typeRoots": []string{packages}},
		"include": append([]string{own + "/app.js", own + "/config.js", own + "/shop/*.js", own + "/pages/**/*.js",
			own + "/types/*.d.ts"}, more...),
	})
	require.NoError(t, err)
	config := filepath.Join(t.TempDir(), "tsconfig.json")
	require.NoError(t, os.WriteFile(config, extended, 0o600))
	return node(t, filepath.Join(packages, "typescript", "bin", "tsc"), "-p", config)
}

// TestFormat: what needs neither a shop nor a wallet.
func TestFormat(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed; run this with script/miniprogram")
	}
	out, err := node(t, "--test", filepath.Join("test", "format.test.mjs"))
	require.NoError(t, err, out)
}

func node(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	text, err := exec.CommandContext(ctx, "node", args...).CombinedOutput()
	return string(text), err
}

// TestLock: npm installs what was tested, and nothing that has been changed since.
func TestLock(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	require.NoError(t, json.Unmarshal(data, &lock))
	require.Greater(t, len(lock.Packages), 1)
	for name, p := range lock.Packages {
		if name == "" {
			continue
		}
		require.Regexp(t, `^sha512-`, p.Integrity, name)
		require.True(t, p.Resolved == "" || strings.HasPrefix(p.Resolved, "https://registry.npmjs.org/"), name)
	}
}

// TestTexts: both languages say the same, in the words of the glossary of
// docs/guia-de-pago.es.md.
func TestTexts(t *testing.T) {
	t.Parallel()
	source, err := Shop.ReadFile("shop/texts.js")
	require.NoError(t, err)
	_, object, ok := strings.Cut(string(source), "export const texts = ")
	require.True(t, ok)
	var texts map[string][]string
	require.NoError(t, json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimSpace(object), ";")), &texts))
	brace := regexp.MustCompile(`\{\w+\}`)
	for key, text := range texts {
		require.Len(t, text, 2, key)
		require.NotEmpty(t, text[0], key)
		require.NotEmpty(t, text[1], key)
		require.ElementsMatch(t, brace.FindAllString(text[0], -1), brace.FindAllString(text[1], -1), key)
		require.NotRegexp(t, `(?i)\b(importe|mini program|cajero|caja|la orden|tú|tu pedido)\b`, text[1], key)
	}
}
