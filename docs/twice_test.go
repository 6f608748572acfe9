package docs_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inARow is how many words two documents may have in common: with more, the one says what the other
// says already, and the next change leaves one of them behind.
const inARow = 8

// TestNothingIsSaidTwice: no two documents of one language hold the same nine words in a row. A
// link is better than a copy.
func TestNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	said := make(map[string][]string) // the documents, by words in a row
	spanish := slices.Collect(maps.Values(allTwins(t)))
	for _, name := range markdownFiles(t) {
		if isMadeFromOne(name) {
			continue
		}
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, words := range rows(string(data)) {
			if slices.Contains(spanish, name) {
				words = "es: " + words
			}
			if !slices.Contains(said[words], name) {
				said[words] = append(said[words], name)
			}
		}
	}
	for _, words := range slices.Sorted(maps.Keys(said)) {
		if documents := said[words]; len(documents) > 1 {
			t.Errorf("%s: %q: keep one, and let the others link to it", strings.Join(documents, ", "), words)
		}
	}
	require.Greater(t, len(said), 10_000, "the documents are read")
}

// isMadeFromOne reports whether a document is written by a test, for each wallet from one text, or
// says again what was changed.
func isMadeFromOne(name string) bool {
	return strings.HasPrefix(name, "docs/wallets/") || name == "CHANGELOG.md"
}

var (
	fence      = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	indented   = regexp.MustCompile(`\n\n(?: {4}.*\n?)+`)
	tableRow   = regexp.MustCompile(`(?m)^ *[|#].*$`)
	separation = regexp.MustCompile(`\n\s*\n|\n *[-*] |\n *\d+\. `)
	aWord      = regexp.MustCompile("[\\pL\\pN`_][\\pL\\pN'`/_.]*")
)

// rows are the words of each paragraph and list item, in rows of more than inARow. Tables,
// headings and code stand outside sentences.
func rows(markdown string) []string {
	text := linkTarget.ReplaceAllString(markdown, "]")
	text = tableRow.ReplaceAllString(indented.ReplaceAllString(fence.ReplaceAllString(text, "\n\n"), "\n\n"), "\n\n")
	var all []string
	for _, paragraph := range separation.Split(text, -1) {
		words := aWord.FindAllString(strings.ToLower(paragraph), -1)
		for i := 0; i+inARow < len(words); i++ {
			all = append(all, strings.Join(words[i:i+inARow+1], " "))
		}
	}
	return all
}

// TestRows: what is compared.
func TestRows(t *testing.T) {
	t.Parallel()
	const nine = "one two three four five `six` seven eight nine"
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"nine words":       {nine, 1},
		"ten over lines":   {strings.ReplaceAll(nine, " four", "\nfour") + " [ten](x.md).", 2},
		"eight":            {strings.TrimSuffix(nine, " nine"), 0},
		"two items":        {"- one two three four five\n- six seven eight nine", 0},
		"a table":          {"| " + nine + " |\n", 0},
		"code":             {"```\n" + nine + "\n```\n", 0},
		"indented code":    {"Run:\n\n    " + nine + "\n", 0},
		"two paragraphs":   {"one two three four\n\nfive six seven eight nine", 0},
		"a heading's text": {"## " + nine + "\n", 0},
	} {
		require.Len(t, rows(c.text), c.want, name)
	}
}
