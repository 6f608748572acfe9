// Package docs_test reads the documents of the repository: the code in them
// runs, their links lead somewhere, and both languages say the same.
package docs_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain works from the root of the repository, by which the documents name
// everything.
func TestMain(m *testing.M) {
	if err := os.Chdir(".."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// programs are the files whose code the documents show.
func programs(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{
		"*example_test.go", "doctor/example_test.go", "wire/example_test.go", "tradepaytest/example_test.go",
		"orderflow/example_test.go", "oteltradepay/otelorderflow/example_test.go", "examples/*/*.go",
		"wallets/config_example_test.go",
	} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		names = append(names, files...)
	}
	return names
}

// TestCodeInDocumentsRuns: every Go block of the README and of docs/ stands,
// but for indentation, in an example that go test compiles and runs. Of the
// Spanish documents, TestSpanishCodeRuns sees to that.
func TestCodeInDocumentsRuns(t *testing.T) {
	t.Parallel()
	var compiled strings.Builder
	for _, file := range programs(t) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		compiled.WriteString(flat(string(data)))
	}
	documents := slices.DeleteFunc(markdownFiles(t), func(name string) bool {
		return !strings.HasPrefix(name, "docs/") || strings.HasSuffix(name, ".es.md")
	})
	blocks := 0
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md") {
		data, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(data), -1) {
			blocks++
			require.Contains(t, compiled.String(), flat(block[1]),
				"%s: this block is in no example:\n%s", document, block[1])
		}
	}
	require.GreaterOrEqual(t, blocks, 2)
}

// TestReadmeSaysWhatItsProgramPrints: as the program's own test does.
func TestReadmeSaysWhatItsProgramPrints(t *testing.T) {
	t.Parallel()
	test, err := os.ReadFile("examples/payment/main_test.go")
	require.NoError(t, err)
	_, output, found := strings.Cut(string(test), "// Output:\n")
	require.True(t, found)
	lines := regexp.MustCompile(`(?m)^\t// (.*)$`).FindAllStringSubmatch(output, -1)
	require.Len(t, lines, 2)
	for name, says := range map[string]string{
		"README.md": "It prints `%s`, then `%s`.", "README.es.md": "Imprime `%s` y luego `%s`.",
	} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(data), fmt.Sprintf(says, lines[0][1], lines[1][1]), name)
	}
}

// TestLinksLeadSomewhere: what a Markdown file of this repository links to in
// it exists, headings included.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	links := 0
	for _, name := range markdownFiles(t) {
		for _, s := range readPage(t, name).sections {
			for _, link := range s.links {
				if strings.Contains(link, ":") { // a URL: what others publish is not tested here
					continue
				}
				links++
				if broken := follow(t, name, link); broken != "" {
					t.Errorf("%s: %q: %s", name, link, broken)
				}
			}
		}
	}
	require.NotZero(t, links)
}

// follow says why a link leads nowhere, or nothing.
func follow(t *testing.T, from, link string) string {
	t.Helper()
	file, anchor, hasAnchor := strings.Cut(link, "#")
	file, err := url.PathUnescape(file)
	if err != nil {
		return err.Error()
	}
	target := path.Join(path.Dir(from), file)
	if file == "" {
		target = from
	}
	if !filepath.IsLocal(filepath.FromSlash(target)) || path.IsAbs(file) {
		return "leads out of the repository"
	}
	if _, err := os.Stat(target); err != nil {
		return "no such file"
	}
	if hasAnchor && strings.HasSuffix(target, ".md") && !slices.Contains(readPage(t, target).anchors(), anchor) {
		return "no such heading"
	}
	return ""
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"ARCHITECTURE.md":              "",
		"../examples":                  "",
		"../README.md#install":         "",
		"ARCHITECTURE.md#no-such-part": "no such heading",
		"NOWHERE.md":                   "no such file",
		"/README.md":                   "leads out of the repository",
		"../../elsewhere.md":           "leads out of the repository",
	} {
		require.Equal(t, want, follow(t, "docs/wallets.md", link), link)
	}
}

// markdownFiles are all of the repository.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md"):
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	}))
	return names
}

// TestSignersInDocuments: the how-to runs the example as its own comment says.
func TestSignersInDocuments(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("examples/signers/main.go")
	require.NoError(t, err)
	commands := regexp.MustCompile(`(?m)^//\t(.*)$`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, commands, 3)
	for _, document := range []string{"docs/how-to.md", "docs/how-to.es.md"} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, command := range commands {
			require.Contains(t, string(text), "    "+command[1]+"\n", document)
		}
	}
}

// flat joins the lines without their indentation.
func flat(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// TestClientsInDocuments: what docs/ci.md shows in other languages stands, but for
// indentation, in a file of examples/clients, which tests run.
func TestClientsInDocuments(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("examples/clients/*")
	require.NoError(t, err)
	var shown strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		shown.WriteString(flat(string(data)))
	}
	document, err := os.ReadFile("docs/ci.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```(?:js|python|java|yaml)\n(.*?)```").FindAllStringSubmatch(string(document), -1)
	require.GreaterOrEqual(t, len(blocks), 11)
	for _, block := range blocks {
		require.Contains(t, shown.String(), flat(block[1]), "docs/ci.md: this block is in no file:\n%s", block[1])
	}
}

// TestMiniProgramInDocuments: the JavaScript that the page of examples/miniprogram shows
// stands, but for indentation, in the mini program, whose pages tests run.
func TestMiniProgramInDocuments(t *testing.T) {
	t.Parallel()
	var program strings.Builder
	for _, pattern := range []string{"examples/miniprogram/shop/*.js", "examples/miniprogram/pages/*/*.js"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			program.WriteString(flat(string(data)))
		}
	}
	page, err := os.ReadFile("examples/miniprogram/README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```js\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		require.Contains(t, program.String(), flat(block[1]))
	}
}

// TestControlAPIInDocuments: docs/ci.md lists the operations of the control API.
func TestControlAPIInDocuments(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("tradepaytest/openapi.json")
	require.NoError(t, err)
	var described struct {
		Paths map[string]map[string]struct{ Summary string }
	}
	require.NoError(t, json.Unmarshal(data, &described))
	var rows []string
	for path, operations := range described.Paths {
		for method, operation := range operations {
			rows = append(rows, "| `"+strings.ToUpper(method)+" "+path+"` | "+operation.Summary+" |")
		}
	}
	document, err := os.ReadFile("docs/ci.md")
	require.NoError(t, err)
	listed := regexp.MustCompile("(?m)^\\| `[A-Z]+ /.*$").FindAllString(string(document), -1)
	require.ElementsMatch(t, rows, listed)
}
