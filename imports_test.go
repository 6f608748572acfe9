package tradepay_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/tradepay/tradepay-go"

// mayImport says for each part of the repository which others its code may import,
// besides internal. Imports go one way: a lower package does not know who uses it.
// "." is package tradepay.
var mayImport = map[string][]string{
	"internal":     {},
	"wire":         {},
	"wallets":      {"wire"},
	"doctor":       {"wire"},
	".":            {"doctor", "wire"},
	"tradepaytest": {".", "doctor", "wallets", "wire"},
	"tradepayenv":  {".", "wallets", "wire"},
	"walletapi":    {".", "wire"},
	"phrasebook":   {},
	"signers":      {"wire"},
	"orderflow":    {".", "tradepaytest", "wallets", "wire"},
	"oteltradepay": {".", "orderflow"},
	"cmd":          {".", "doctor", "tradepayenv", "tradepaytest", "wallets", "wire"},
	"conformance":  {".", "doctor", "wallets", "wire"},
	"examples": {
		".", "doctor", "orderflow", "phrasebook", "signers", "tradepayenv", "tradepaytest", "walletapi", "wallets",
		"wire",
	},
	"script": {},
	"docs":   {},
}

// testSupport are the internal packages for tests, which may import wire and
// tradepay, and which no code but tests may import.
var testSupport = []string{"internal/configtest", "internal/redacttest", "internal/vectortest"}

// TestImportsGoOneWay reads the imports of all code but tests.
func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	neededBy := make(map[string][]string)
	for folder, files := range goFiles(t) {
		part, _, _ := strings.Cut(folder, "/")
		allowed, known := mayImport[part]
		require.True(t, known, "%s is a new part: say in mayImport what it may import", part)
		for _, file := range files {
			for _, imported := range ownImports(t, file) {
				neededBy[imported] = append(neededBy[imported], folder)
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				if slices.Contains(testSupport, imported) {
					require.Contains(t, testSupport, folder, "%s imports %s, which is for tests", file, imported)
					continue
				}
				to, _, _ := strings.Cut(imported, "/")
				supports := slices.Contains(testSupport, folder) && (to == "wire" || to == ".") ||
					folder == "internal/shaper" && to == "wire" // which only wallets and tests need
				ok := to == part || to == "internal" || slices.Contains(allowed, to) || supports
				require.True(t, ok, "%s imports %s: %s may import internal and %v", file, imported, part, allowed)
			}
		}
	}
	for folder := range goFiles(t) {
		if strings.HasPrefix(folder, "internal/") {
			others := slices.DeleteFunc(neededBy[folder], func(by string) bool { return by == folder })
			require.NotEmpty(t, others, "nobody needs package %s", folder)
		}
	}
}

// TestModulesKeepTheirInternals: a program may upgrade one module alone, and then builds it
// with another version of the other. What is internal to a module changes without
// notice, so that no code but tests may import it from another that is released. No module is excepted.
func TestModulesKeepTheirInternals(t *testing.T) {
	t.Parallel()
	released := modules(t)
	require.Subset(t, slices.Collect(maps.Keys(released)), []string{
		".", "orderflow", "oteltradepay", "oteltradepay/otelorderflow", "signers/openssl",
	})
	for folder, files := range goFiles(t) {
		from := moduleOf(released, folder)
		if !released[from] {
			continue
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, imported := range ownImports(t, file) {
				isInternal := slices.Contains(strings.Split(imported, "/"), "internal")
				if isInternal {
					require.Equal(t, from, moduleOf(released, imported),
						"%s imports %s of another module", file, imported)
				}
			}
		}
	}
}

// modules returns the folders of all modules, and whether they are released.
func modules(t *testing.T) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for folder := range goFiles(t) {
		for ; ; folder = path.Dir(folder) {
			text, err := os.ReadFile(filepath.Join(filepath.FromSlash(folder), "go.mod"))
			if err == nil {
				found[folder] = !strings.HasPrefix(string(text), "// Untagged:")
			}
			if folder == "." {
				break
			}
		}
	}
	return found
}

// moduleOf returns the folder of the module that a folder is in.
func moduleOf(modules map[string]bool, folder string) string {
	for folder != "." {
		if _, isModule := modules[folder]; isModule {
			return folder
		}
		folder = path.Dir(folder)
	}
	return folder
}

// TestCopiesAgree: code that modules may not share stands in each of them, and
// stays the same from a line on.
func TestCopiesAgree(t *testing.T) {
	t.Parallel()
	for from, files := range map[string][]string{
		"\tif own == nil {":   {"internal/lifetime/lifetime.go", "orderflow/lifetime.go"},
		"// buckets are the ": {"oteltradepay/telemetry.go", "oteltradepay/otelorderflow/telemetry.go"},
	} {
		var copies []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			_, rest, found := strings.Cut(string(text), from)
			require.True(t, found, "%s has no %q", file, from)
			copies = append(copies, rest)
		}
		require.Equal(t, copies[0], copies[1], "%v", files)
	}
}

// goFiles returns the Go files of the repository by folder; "." is the root.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := make(map[string][]string)
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		skipped := entry != nil && entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules")
		switch {
		case err != nil:
			return err
		case skipped || entry.IsDir() && len(name) > 1 && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go"):
			folder := filepath.ToSlash(filepath.Dir(name))
			files[folder] = append(files[folder], name)
		}
		return nil
	}))
	return files
}

// ownImports returns the packages of this repository that a file imports, by folder.
func ownImports(t *testing.T, file string) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	require.NoError(t, err)
	var own []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if imported == modulePath {
			own = append(own, ".")
		} else if folder, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
			own = append(own, path.Clean(folder))
		}
	}
	return own
}
