package tradepay_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCodeInDocumentsRuns: every Go block of the README and of docs/ stands,
// but for indentation, in an example that go test compiles and runs.
func TestCodeInDocumentsRuns(t *testing.T) {
	t.Parallel()
	var compiled strings.Builder
	for _, pattern := range []string{"*example_test.go", "tradepaytest/example_test.go", "examples/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			compiled.WriteString(flat(string(data)))
		}
	}
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	blocks := 0
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md") {
		data, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(data), -1) {
			blocks++
			require.Contains(t, compiled.String(), flat(block[1]), "%s: this block is in no example:\n%s", document, block[1])
		}
	}
	require.GreaterOrEqual(t, blocks, 2)
}

// flat joins the lines without their indentation.
func flat(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
