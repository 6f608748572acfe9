package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/consttest"
)

// runbooks are the two languages of the runbook.
var runbooks = []string{"docs/operations.md", "docs/operations.es.md"}

// TestRunbookIsWhole: each alert, each kind of alarm and each sentinel has a row that says
// what it means for the money, what to do first, and what never to do.
func TestRunbookIsWhole(t *testing.T) {
	t.Parallel()
	alerts, err := os.ReadFile("docs/alerts.yaml")
	require.NoError(t, err)
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(string(alerts), -1) {
		want = append(want, m[1])
	}
	require.Greater(t, len(want), 15)
	want = append(want, consttest.Texts(t, "orderflow", "AlarmKind")...)
	want = append(want, sentinels(t, "errors.go", "")...)
	want = append(want, sentinels(t, "orderflow/errors.go", "orderflow.")...)
	require.Greater(t, len(want), 50)
	for _, document := range runbooks {
		data, err := os.ReadFile(document)
		require.NoError(t, err)
		var rows []string
		for _, m := range regexp.MustCompile("(?m)^\\| `([\\w.]+)` \\| (.+) \\| (.+) \\| (.+) \\|$").
			FindAllStringSubmatch(string(data), -1) {
			rows = append(rows, m[1])
			for _, cell := range m[2:] {
				require.Regexp(t, `[.?!]$`, cell, "%s: %s", document, m[1])
				require.NotContains(t, cell, " | ", "%s: %s", document, m[1])
			}
		}
		require.ElementsMatch(t, want, rows, document)
	}
}

// sentinels are the exported errors of a file.
func sentinels(t *testing.T, file, qualifier string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, decl := range parsed.Decls {
		d, isGeneral := decl.(*ast.GenDecl)
		if !isGeneral || d.Tok != token.VAR {
			continue
		}
		for _, spec := range d.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(name.Name, "Err") {
					names = append(names, qualifier+name.Name)
				}
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}

// TestNamesInRunbook: what the document calls a metric, an attribute or a span is one, and
// every metric is in it.
func TestNamesInRunbook(t *testing.T) {
	t.Parallel()
	known, metrics := map[string]bool{}, []string{}
	for _, file := range []string{"oteltradepay/testdata/names.txt", "oteltradepay/otelorderflow/testdata/names.txt"} {
		data, err := os.ReadFile(file)
		if os.IsNotExist(err) { // the module without its neighbours
			t.Logf("without %s there is nothing to compare with", file)
			return
		}
		require.NoError(t, err)
		for line := range strings.Lines(string(data)) {
			words := strings.Fields(line)
			known[strings.ReplaceAll(words[1], "_", " ")] = true // a span
			for _, word := range words[1:] {
				known[word] = true
			}
			if words[0] == "metric" {
				metrics = append(metrics, words[1])
			}
		}
	}
	name := regexp.MustCompile("`((?:tradepay|orderflow)[. ][a-z_. ]+|error\\.type)`")
	for _, document := range runbooks {
		data, err := os.ReadFile(document)
		require.NoError(t, err)
		var found []string
		for _, m := range name.FindAllStringSubmatch(string(data), -1) {
			require.True(t, known[m[1]], "%s: %s", document, m[1])
			found = append(found, m[1])
		}
		for _, metric := range metrics {
			require.True(t, slices.Contains(found, metric), "%s: %s is not explained", document, metric)
		}
	}
}
