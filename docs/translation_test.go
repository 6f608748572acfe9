package docs_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// twins are the documents that exist in two languages, English first. A
// docs/x.es.md that is not named here is the twin of docs/x.md.
var twins = map[string]string{
	"README.md":             "README.es.md",
	"docs/payment-guide.md": "docs/guia-de-pago.es.md",
}

// allTwins returns twins with those that are found by their names.
func allTwins(t *testing.T) map[string]string {
	t.Helper()
	all := maps.Clone(twins)
	for _, name := range markdownFiles(t) {
		if strings.HasSuffix(name, ".es.md") && !slices.Contains(slices.Collect(maps.Values(twins)), name) {
			all[strings.TrimSuffix(name, ".es.md")+".md"] = name
		}
	}
	return all
}

// TestTranslationsKeepStep: a document says the same in both languages. The
// rules, section by section:
//
//   - the same headings in number and level;
//   - as many paragraphs and list items, tables of the same size;
//   - the same code spans, and links to the same places or their twins;
//   - the same code blocks but for what people read: comments, which stand in
//     the same places, strings that hold a space, and the labels of diagrams.
func TestTranslationsKeepStep(t *testing.T) {
	t.Parallel()
	all := allTwins(t)
	for english, spanish := range all {
		t.Run(english, func(t *testing.T) {
			t.Parallel()
			en, es := readPage(t, english), readPage(t, spanish)
			for _, difference := range outOfStep(en, es, all) {
				t.Error(difference)
			}
		})
	}
}

// TestSpanishCodeRuns puts the Go blocks of the Spanish documents in the place
// of the English ones, in the programs that these come from, and runs the
// programs' tests.
func TestSpanishCodeRuns(t *testing.T) {
	t.Parallel()
	sources := map[string]string{}
	for _, name := range programs(t) {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		sources[name] = string(data)
	}
	changed := map[string]bool{} // files
	for english, spanish := range allTwins(t) {
		en, es := goBlocks(readPage(t, english)), goBlocks(readPage(t, spanish))
		require.Len(t, es, len(en), "%s has not the Go blocks of %s", spanish, english)
		for i := range en {
			used := false
			for _, name := range slices.Sorted(maps.Keys(sources)) {
				if spliced, ok := splice(sources[name], en[i].text, es[i].text); ok {
					sources[name], used, changed[name] = spliced, true, true
				}
			}
			require.True(t, used, "%s:%d: this block is in no program", english, en[i].line)
		}
	}
	require.NotEmpty(t, changed)

	overlay := struct{ Replace map[string]string }{map[string]string{}}
	examplesOnly := map[string]bool{} // by package
	for name := range changed {
		absolute, err := filepath.Abs(name)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), filepath.Base(name))
		require.NoError(t, os.WriteFile(file, []byte(sources[name]), 0o600))
		overlay.Replace[absolute] = file
		folder := "./" + path.Dir(name)
		isExample := strings.HasSuffix(name, "example_test.go")
		only, known := examplesOnly[folder]
		examplesOnly[folder] = isExample && (only || !known)
	}
	// Examples need nothing of the other tests beside them: what is laid over
	// these leaves them out, so that they are not built.
	for folder, only := range examplesOnly {
		if only {
			leaveOutTests(t, folder, overlay.Replace)
		}
	}
	data, err := json.Marshal(overlay)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	// With the root module alone, as the oldest Go is tested, an example that is
	// a module of its own cannot be built: its blocks were compared above.
	work, err := exec.CommandContext(t.Context(), "go", "env", "GOWORK").Output()
	require.NoError(t, err)
	if work := strings.TrimSpace(string(work)); work == "" || work == "off" {
		for folder := range examplesOnly {
			if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
				t.Logf("without go.work, %s is not run", folder)
				delete(examplesOnly, folder)
			}
		}
	}
	folders := slices.Sorted(maps.Keys(examplesOnly))
	args := append([]string{"test", "-overlay", file}, folders...)
	output, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, "the Spanish blocks of %s:\n%s", folders, output)
}

// leaveOutTests adds the test files of a folder that hold no examples to what
// an overlay replaces, by nothing.
func leaveOutTests(t *testing.T, folder string, replace map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		absolute, err := filepath.Abs(file)
		require.NoError(t, err)
		if _, changed := replace[absolute]; !changed && !strings.HasSuffix(file, "example_test.go") {
			replace[absolute] = ""
		}
	}
}

// splice puts the lines of with in the place of those of block in source,
// where these stand in any indentation.
func splice(source, block, with string) (string, bool) {
	lines, wanted := strings.Split(source, "\n"), strings.Split(flat(block), "\n")
	for i := 0; i+len(wanted) <= len(lines); i++ {
		if flat(strings.Join(lines[i:i+len(wanted)], "\n")) == strings.Join(wanted, "\n") {
			return strings.Join(slices.Concat(lines[:i], strings.Split(with, "\n"), lines[i+len(wanted):]), "\n"), true
		}
	}
	return "", false
}

func goBlocks(p page) []codeBlock {
	var blocks []codeBlock
	for _, s := range p.sections {
		for _, b := range s.code {
			if b.language == "go" {
				blocks = append(blocks, b)
			}
		}
	}
	return blocks
}

// TestJavaScriptInDocumentsParses: its strings, comments and brackets end where
// they should, and node finds its grammar right.
func TestJavaScriptInDocumentsParses(t *testing.T) {
	t.Parallel()
	var files []string
	blocks := 0
	for _, name := range markdownFiles(t) {
		for _, s := range readPage(t, name).sections {
			for _, b := range s.code {
				if b.language != "js" {
					continue
				}
				blocks++
				_, err := javaScriptTokens(b.text)
				require.NoError(t, err, "%s:%d", name, b.line)
				file := filepath.Join(t.TempDir(), fmt.Sprintf("%s.%d.js", path.Base(name), b.line))
				require.NoError(t, os.WriteFile(file, []byte(b.text), 0o600))
				files = append(files, file)
			}
		}
	}
	require.NotZero(t, blocks)
	t.Run("the grammar", func(t *testing.T) {
		t.Parallel()
		node := nodeProgram(t)
		for _, file := range files {
			output, err := exec.CommandContext(t.Context(), node, "--check", file).CombinedOutput()
			require.NoError(t, err, "%s", output)
		}
	})
}

// nodeProgram is what runs JavaScript. Without it a test is skipped, which
// script/test reports.
func nodeProgram(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; run this with script/browser")
	}
	return node
}

// TestMiniProgramTrustsNoCallback runs the JavaScript of the guides as a mini
// program: what it shows is what the server says, whatever my.tradePay calls
// back.
func TestMiniProgramTrustsNoCallback(t *testing.T) {
	t.Parallel()
	node := nodeProgram(t)
	for _, name := range []string{"docs/payment-guide.md", "docs/guia-de-pago.es.md"} {
		dir := t.TempDir()
		for _, s := range readPage(t, name).sections {
			for _, b := range s.code {
				if file := regexp.MustCompile(`^// (\w+\.js):`).FindStringSubmatch(b.text); b.language == "js" && file != nil {
					require.NoError(t, os.WriteFile(filepath.Join(dir, file[1]), []byte(b.text), 0o600))
				}
			}
		}
		script, err := filepath.Abs("testdata/guide/phone.js")
		require.NoError(t, err)
		output, err := exec.CommandContext(t.Context(), node, script, dir).CombinedOutput()
		require.NoError(t, err, "%s:\n%s", name, output)
	}
}

// TestGlossaryKnowsAnOrderFromAnOrder: what is paid is a pedido; el orden is a sequence.
func TestGlossaryKnowsAnOrderFromAnOrder(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/glossary.json")
	require.NoError(t, err)
	var glossary map[string]string
	require.NoError(t, json.Unmarshal(text, &glossary))
	refused := func(said string) bool {
		for word, instead := range glossary {
			if instead == "pedido" && regexp.MustCompile("(?i)"+word).MatchString(said) {
				return true
			}
		}
		return false
	}
	for _, said := range []string{
		"la orden", "Una orden", "esta orden", "las órdenes", "dos ordenes", "orden de pago",
	} {
		require.True(t, refused(said), said)
	}
	for _, said := range []string{
		"el orden", "en otro orden", "este orden", "en qué orden", "en cualquier orden", "del mismo orden",
		"desórdenes",
	} {
		require.False(t, refused(said), said)
	}
}

// TestSpanishSaysWhatIsInEnglish: the pages from which a Spanish reader begins say which of the documents
// that they link to have no Spanish twin.
func TestSpanishSaysWhatIsInEnglish(t *testing.T) {
	t.Parallel()
	spanish := slices.Collect(maps.Values(allTwins(t)))
	checked := 0
	for _, name := range []string{"README.es.md", "docs/README.es.md"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for i, line := range strings.Split(string(data), "\n") {
			for _, link := range regexp.MustCompile(`\]\(([^):#]+\.md)`).FindAllStringSubmatch(line, -1) {
				target := path.Join(path.Dir(name), link[1])
				if slices.Contains(spanish, target) || strings.HasPrefix(line, "[English]") {
					continue
				}
				checked++
				require.Contains(t, line, "en inglés", "%s:%d: %s", name, i+1, target)
			}
		}
	}
	require.Positive(t, checked)
}

// TestSpanishKeepsToTheGlossary: one word for one thing.
func TestSpanishKeepsToTheGlossary(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/glossary.json") // of the command's and the pages' texts, too
	require.NoError(t, err)
	var glossary map[string]string // what to say instead
	require.NoError(t, json.Unmarshal(text, &glossary))
	words := map[*regexp.Regexp]string{}
	for word, instead := range glossary {
		words[regexp.MustCompile("(?i)"+word)] = instead
	}
	for _, spanish := range allTwins(t) {
		data, err := os.ReadFile(spanish)
		require.NoError(t, err)
		// The glossary names the English words, and code and paths are in English.
		text, _, _ := strings.Cut(string(data), "\n## Glosario\n")
		text = quotedEnglish.ReplaceAllString(text, "")
		for i, line := range strings.Split(linkTarget.ReplaceAllString(withoutCode(text), "]"), "\n") {
			for word, instead := range words {
				if found := word.FindString(pathLike.ReplaceAllString(line, "")); found != "" {
					t.Errorf("%s:%d: %q: say %s", spanish, i+1, found, instead)
				}
			}
		}
	}
}

// pathLike is a path or an address.
var pathLike = regexp.MustCompile(`\S*/\S*`)

// quotedEnglish is what a Spanish document quotes as it stands in English.
var quotedEnglish = regexp.MustCompile(`<span lang="en">.*?</span>`)

// TestOutOfStep: the comparison notices each kind of difference and says where.
func TestOutOfStep(t *testing.T) {
	t.Parallel()
	fence := func(language, code string) string { return "# A\n\n```" + language + "\n" + code + "\n```\n" }
	tests := []struct {
		name   string
		en, es string
		want   string // a part of the only message; empty for none
	}{
		{"same", "# Title\n\nSome text.\n", "# Título\n\nUn texto.\n", ""},
		{"a heading more", "# A\n\n## B\n", "# A\n", `heading 2 is missing in es.md: en.md:3 "## B"`},
		{"a heading more in Spanish", "# A\n", "# A\n\n## B\n", `heading 2 is missing in en.md: es.md:3 "## B"`},
		{"another level", "# A\n\n## B\n", "# A\n\n### B\n", `heading 2: en.md:3 "## B" has level 2, es.md:3 "### B" has level 3`},
		{"a paragraph more", "# A\n\nOne.\n\nTwo.\n", "# A\n\nUno.\n", `heading 1, "A": paragraphs: en.md has 2, es.md has 1`},
		{"a list item more", "# A\n\n- b\n- c\n", "# A\n\n- b\n", `heading 1, "A": list items: en.md has 2, es.md has 1`},
		{"a row more", "# A\n\n| b |\n|---|\n| c |\n", "# A\n\n| b |\n|---|\n", `table 1: en.md:3 has 3 rows`},
		{"a column more", "# A\n\n| b | c |\n|---|---|\n", "# A\n\n| b |\n|---|\n", `table 1: en.md:3 has 2 rows and 4 cells`},
		{"other code", "# A\n\nSee `One`.\n", "# A\n\nMira `Uno`.\n", "code spans"},
		{"code told from bars", "# A\n\nSee `One`, `Two`.\n", "# A\n\nMira `Two`, `One`.\n", ""},
		{"another link", "# A\n\n[b](c.md)\n", "# A\n\n[b](d.md)\n", "links"},
		{"a link to the twin", "# A\n\n[b](c.md)\n", "# A\n\n[b](c.es.md)\n", ""},
		{"the other language's page", "# A\n\n[Español](es.md)\n", "# A\n\n[English](en.md)\n", ""},
		{"a link into the page", "# A\n\n[b](#b)\n\n## B\n", "# A\n\n[c](#c)\n\n## C\n", ""},
		{"a link to another heading", "# A\n\n[b](#b)\n\n## B\n", "# A\n\n[c](#a)\n\n## C\n", "links"},
		{"not translated", "# A\n\nThis text is English.\n", "# A\n\nThis text is English.\n", "not translated"},
		{"a block more", fence("go", "a()"), "# A\n", `code block 1 is missing in es.md: en.md:3`},
		{"another language of a block", fence("go", "a()"), fence("js", "a()"), `code block 1: en.md:3 is "go", es.md:3 is "js"`},
		{"a comment translated", fence("go", "a() // this is said"), fence("go", "a() // eso se dice"), ""},
		{"a comment of more lines", fence("go", "// this is said\na()"), fence("go", "// eso\n// se dice\na()"), ""},
		{"a comment not translated", fence("go", "a() // this is not said"), fence("go", "a() // this is not said"), "not translated"},
		{"a comment of YAML", fence("yaml", "a: b # this is said"), fence("yaml", "a: b # eso se dice"), ""},
		{"another value of YAML", fence("yaml", "a: b#c # said"), fence("yaml", "a: b#d # dicho"), "es.md:4"},
		{"a comment less", fence("go", "a() // said"), fence("go", "a()"), "es.md:4"},
		{"prose translated", fence("go", `a("b %s c")`), fence("go", `a("d %s e")`), ""},
		{"prose with other verbs", fence("go", `a("b %s c")`), fence("go", `a("b %d c")`), "es.md:4"},
		{"a string that is no prose", fence("go", `a("b")`), fence("go", `a("c")`), "es.md:4"},
		{"prose within JSON", fence("go", "a(`{\"b\":\"c d\"}`)"), fence("go", "a(`{\"b\":\"e f\"}`)"), ""},
		{"another member of JSON", fence("go", "a(`{\"b\":\"c d\"}`)"), fence("go", "a(`{\"e\":\"c d\"}`)"), "es.md:4"},
		{"another name", fence("go", "a(b)"), fence("go", "a(c)"), `code block 1: en.md:4 has "b", es.md:4 has "c"`},
		{"JavaScript", fence("js", "a('b c'); // d"), fence("js", "a('e f'); // g"), ""},
		{"other JavaScript", fence("js", "a('b c');"), fence("js", "a('b c', 1);"), "code block 1"},
		{"another string of JavaScript", fence("js", "a('b');"), fence("js", "a('c');"), "code block 1"},
		{"a diagram", fence("mermaid", "participant A as Shop\nA->>B: 1 Pay"), fence("mermaid", "participant A as Tienda\nA->>B: 1 Pagar"), ""},
		{"a label", fence("mermaid", `a["Shop"] -- "pays" --> b`), fence("mermaid", `a["Tienda"] -- "paga" --> b`), ""},
		{"another box", fence("mermaid", `a["Shop"] --> b`), fence("mermaid", `a["Tienda"] --> c`), "code block 1"},
		{"another arrow", fence("mermaid", "A->>B: 1 Pay"), fence("mermaid", "A-->>B: 1 Pagar"), "code block 1"},
		{"another step", fence("mermaid", "A->>B: 1 Pay"), fence("mermaid", "A->>B: 2 Pagar"), "code block 1"},
		{"a command", "# A\n\n    go run .\n", "# A\n\n    go build .\n", "code block 1"},
		{"a session", fence("console", "$ go run .\ndone"), fence("console", "$ go run .\nhecho"), ""},
		{"another session", fence("console", "$ go run ."), fence("console", "$ go build ."), "code block 1"},
		{"output", fence("text", "a b"), fence("text", "a c"), "code block 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := outOfStep(parsePage("en.md", tt.en), parsePage("es.md", tt.es), map[string]string{"en.md": "es.md", "c.md": "c.es.md"})
			if tt.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Contains(t, got[0], tt.want)
		})
	}
}

// outOfStep lists where two pages differ otherwise than in language.
func outOfStep(en, es page, pairs map[string]string) []string {
	var found []string
	report := func(format string, arguments ...any) { found = append(found, fmt.Sprintf(format, arguments...)) }
	for i := range max(len(en.sections), len(es.sections)) {
		switch {
		case i >= len(es.sections):
			report("heading %d is missing in %s: %s", i, es.name, en.heading(i))
			return found
		case i >= len(en.sections):
			report("heading %d is missing in %s: %s", i, en.name, es.heading(i))
			return found
		}
		a, b := en.sections[i], es.sections[i]
		if a.level != b.level { // what follows would be compared with something else
			report("heading %d: %s has level %d, %s has level %d", i, en.heading(i), a.level, es.heading(i), b.level)
			return found
		}
		where := fmt.Sprintf("%s, %s: heading %d, %q", en.name, es.name, i, a.title)
		texts := func(s section, p page, twin string) []string {
			return slices.DeleteFunc(slices.Clone(s.paragraphs), func(text string) bool { return onlyLinksTo(text, p.name, twin) })
		}
		aTexts, bTexts := texts(a, en, es.name), texts(b, es, en.name)
		if len(aTexts) != len(bTexts) {
			report("%s: paragraphs: %s has %d, %s has %d", where, en.name, len(aTexts), es.name, len(bTexts))
		}
		for j := range min(len(aTexts), len(bTexts)) {
			if aTexts[j] == bTexts[j] && len(strings.Fields(withoutCode(aTexts[j]))) > 3 {
				report("%s: not translated: %q", where, aTexts[j])
			}
		}
		if a.items != b.items {
			report("%s: list items: %s has %d, %s has %d", where, en.name, a.items, es.name, b.items)
		}
		if len(a.tables) != len(b.tables) {
			report("%s: tables: %s has %d, %s has %d", where, en.name, len(a.tables), es.name, len(b.tables))
		}
		for j := range min(len(a.tables), len(b.tables)) {
			if x, y := a.tables[j], b.tables[j]; x.rows != y.rows || x.cells != y.cells {
				report("%s: table %d: %s:%d has %d rows and %d cells, %s:%d has %d and %d",
					where, j+1, en.name, x.line, x.rows, x.cells, es.name, y.line, y.rows, y.cells)
			}
		}
		if x, y := only(a.spans, b.spans), only(b.spans, a.spans); len(x)+len(y) > 0 {
			report("%s: code spans: only in %s: %q; only in %s: %q", where, en.name, x, es.name, y)
		}
		if x, y := en.places(a, pairs), es.places(b, pairs); !slices.Equal(x, y) {
			report("%s: links: %s has %q, %s has %q", where, en.name, x, es.name, y)
		}
		for j := range max(len(a.code), len(b.code)) {
			switch {
			case j >= len(b.code):
				report("%s: code block %d is missing in %s: %s:%d", where, j+1, es.name, en.name, a.code[j].line)
			case j >= len(a.code):
				report("%s: code block %d is missing in %s: %s:%d", where, j+1, en.name, es.name, b.code[j].line)
			default:
				if difference := compareCode(en.name, a.code[j], es.name, b.code[j]); difference != "" {
					report("%s: code block %d: %s", where, j+1, difference)
				}
			}
		}
	}
	return found
}

// only returns what is in a and not in b.
func only(a, b []string) []string {
	var found []string
	for _, s := range a {
		if !slices.Contains(b, s) && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}

// onlyLinksTo says that a paragraph is nothing but the way to the other
// language.
func onlyLinksTo(text, from, twin string) bool {
	link := regexp.MustCompile(`^\[[^]]*\]\(([^)]*)\)$`).FindStringSubmatch(text)
	return link != nil && path.Join(path.Dir(from), link[1]) == twin
}

// A codeToken is a word of a program, as far as both languages must have it.
type codeToken struct {
	text string
	line int    // within the block, from 0
	said string // what people read in it
}

// compareCode returns how two blocks differ, or nothing.
func compareCode(enName string, en codeBlock, esName string, es codeBlock) string {
	if en.language != es.language {
		return fmt.Sprintf("%s:%d is %q, %s:%d is %q", enName, en.line, en.language, esName, es.line, es.language)
	}
	tokens := lineTokens
	switch en.language {
	case "yaml", "sh":
		tokens = hashTokens
	case "go":
		tokens = goTokens
	case "js":
		tokens = javaScriptTokens
	case "mermaid":
		tokens = diagramTokens
	case "console":
		tokens = commandTokens
	}
	a, err := tokens(en.text)
	if err != nil {
		return fmt.Sprintf("%s:%d: %v", enName, en.line, err)
	}
	b, err := tokens(es.text)
	if err != nil {
		return fmt.Sprintf("%s:%d: %v", esName, es.line, err)
	}
	first := func(b codeBlock) int { return b.line + b.fence }
	end := func(b codeBlock) codeToken { return codeToken{text: "the end", line: strings.Count(b.text, "\n")} }
	a, b = append(a, end(en)), append(b, end(es))
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x.text != y.text {
			return fmt.Sprintf("%s:%d has %q, %s:%d has %q", enName, first(en)+x.line, cmp.Or(x.said, x.text), esName, first(es)+y.line, cmp.Or(y.said, y.text))
		}
		if x.said == y.said && x.text == comment && len(strings.Fields(x.said)) > 3 {
			return fmt.Sprintf("%s:%d: not translated: %q", esName, first(es)+y.line, y.said)
		}
	}
	return ""
}

// comment stands for any comment, and prose for any string with a space in it.
const (
	comment = "a comment"
	prose   = "a text"
)

// verbs are what fmt or a template puts into a text.
var verbs = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z%]|\$\{[^}]*\}`)

// proseInJSON is a text with a space in it, as the value of a member.
var proseInJSON = regexp.MustCompile(`:"[^" ]+ [^"]*"`)

// stringToken is a string literal: prose differs, but for its verbs; paths,
// names and keys do not.
func stringToken(literal string, line int) codeToken {
	if strings.HasPrefix(literal, "`{") {
		return codeToken{text: proseInJSON.ReplaceAllString(literal, `:"`+prose+`"`), line: line}
	}
	if !strings.ContainsAny(literal, " ") || literal[0] == '`' {
		return codeToken{text: literal, line: line}
	}
	return codeToken{text: prose + strings.Join(verbs.FindAllString(literal, -1), ""), line: line, said: literal}
}

// addComment adds a comment, or the next line of one, to tokens.
func addComment(tokens []codeToken, text string, line int) []codeToken {
	text = strings.TrimSpace(strings.Trim(text, "/*"))
	if last := len(tokens) - 1; last >= 0 && tokens[last].text == comment {
		tokens[last].said += " " + text
		return tokens
	}
	return append(tokens, codeToken{text: comment, line: line, said: cmp.Or(text, "//")})
}

// goTokens reads Go, a whole file or a part of one.
func goTokens(code string) ([]codeToken, error) {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(code))
	var s scanner.Scanner
	var errs scanner.ErrorList
	s.Init(file, []byte(code), errs.Add, scanner.ScanComments)
	var tokens []codeToken
	for {
		position, kind, literal := s.Scan()
		line := file.Line(position) - 1
		switch {
		case kind == token.EOF:
			return tokens, errs.Err()
		case kind == token.SEMICOLON && literal == "\n": // depends on where comments stand
		case kind == token.COMMENT:
			tokens = addComment(tokens, literal, line)
		case kind == token.STRING:
			tokens = append(tokens, stringToken(literal, line))
		default:
			tokens = append(tokens, codeToken{text: cmp.Or(literal, kind.String()), line: line})
		}
	}
}

// javaScript matches one token. Regular expressions are not understood: the
// documents have none.
var javaScript = regexp.MustCompile(`^(?:(\s+)|(//[^\n]*|(?s:/\*.*?\*/))|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|` + "`" + `(?:[^` + "`" + `\\]|\\.)*` + "`" + `)|([\pL_$][\pL\pN_$]*|\pN[\pL\pN_.]*|=>|\.\.\.|[=!<>]==?|&&|\|\||\?\?|\?\.|\+\+|--|[-+*/%]=|[-+*%<>=!?:.,;(){}\[\]]))`)

// javaScriptTokens reads JavaScript, and reports a string, a comment or a
// bracket that does not end.
func javaScriptTokens(code string) ([]codeToken, error) {
	var tokens []codeToken
	var brackets []string
	closing := map[string]string{")": "(", "]": "[", "}": "{"}
	for at := 0; at < len(code); {
		line := strings.Count(code[:at], "\n")
		match := javaScript.FindStringSubmatch(code[at:])
		if match == nil {
			return nil, fmt.Errorf("line %d of the block does not parse: %q", line+1, strings.SplitN(code[at:], "\n", 2)[0])
		}
		at += len(match[0])
		switch {
		case match[2] != "":
			tokens = addComment(tokens, match[2], line)
		case match[3] != "":
			tokens = append(tokens, stringToken(match[3], line))
		case match[4] != "":
			tokens = append(tokens, codeToken{text: match[4], line: line})
		}
		switch word := match[4]; word {
		case "(", "[", "{":
			brackets = append(brackets, word)
		case ")", "]", "}":
			if len(brackets) == 0 || brackets[len(brackets)-1] != closing[word] {
				return nil, fmt.Errorf("line %d of the block closes with %q what is not open", line+1, word)
			}
			brackets = brackets[:len(brackets)-1]
		}
	}
	if len(brackets) > 0 {
		return nil, fmt.Errorf("the block ends within %q", brackets)
	}
	return tokens, nil
}

// hashTokens reads YAML or a shell's commands line by line: a comment begins with # at the line's begin
// or after a space.
func hashTokens(code string) ([]codeToken, error) {
	var tokens []codeToken
	for i, line := range strings.Split(strings.TrimRight(code, "\n"), "\n") {
		line = chosenLanguage.ReplaceAllString(line, "$1")
		at := hashComment.FindStringIndex(line)
		if at == nil {
			tokens = append(tokens, codeToken{text: line, line: i})
			continue
		}
		tokens = append(tokens, codeToken{text: strings.TrimRight(line[:at[0]], " "), line: i})
		tokens = addComment(tokens, line[at[1]:], i)
	}
	return tokens, nil
}

var hashComment = regexp.MustCompile(`(?:^|\s)# `)

// diagramTokens reads a Mermaid diagram: who sends to whom in which step, and which
// boxes are joined, is code; what they are called is not.
func diagramTokens(code string) ([]codeToken, error) {
	label := regexp.MustCompile(`^(\s*(?:actor|participant) \w+ as |[^:]*:\s*\d*)(.*)$`)
	var tokens []codeToken
	for i, line := range strings.Split(strings.TrimRight(code, "\n"), "\n") {
		said := line
		line = quotation.ReplaceAllString(line, `"…"`)
		if match := label.FindStringSubmatch(line); match != nil {
			line = match[1]
		}
		tokens = append(tokens, codeToken{text: strings.TrimSpace(line), line: i, said: strings.TrimSpace(said)})
	}
	return tokens, nil
}

// commandTokens reads a session: its commands are the same in any language, and what
// they print is not. A test of the command runs both.
func commandTokens(code string) ([]codeToken, error) {
	var tokens []codeToken
	for i, line := range strings.Split(code, "\n") {
		if strings.HasPrefix(line, "$ ") {
			tokens = append(tokens, codeToken{text: chosenLanguage.ReplaceAllString(line, "$1"), line: i})
		}
	}
	return tokens, nil
}

// chosenLanguage is where a command asks for a language: each page asks for the other one.
var chosenLanguage = regexp.MustCompile(`((?:-lang |\bLANG=))(?:es_MX\.UTF-8|en_US\.UTF-8|es\b|en\b)`)

// TestSessionsShowTheOtherLanguage: a page shows how to get the other language, and not its
// own a second time.
func TestSessionsShowTheOtherLanguage(t *testing.T) {
	t.Parallel()
	shown := 0
	for english, spanish := range allTwins(t) {
		for name, own := range map[string]string{english: "en", spanish: "es"} {
			for _, s := range readPage(t, name).sections {
				for _, b := range s.code {
					for _, command := range chosenLanguage.FindAllString(b.text, -1) {
						shown++
						_, language, _ := strings.Cut(strings.Replace(command, "=", " ", 1), " ")
						require.False(t, strings.HasPrefix(language, own), "%s: %q", name, command)
					}
				}
			}
		}
	}
	require.NotZero(t, shown)
}

// quotation is a label between quotation marks.
var quotation = regexp.MustCompile(`"[^"]*"`)

// lineTokens is for commands and output, which are the same in any language.
func lineTokens(code string) ([]codeToken, error) {
	var tokens []codeToken
	for i, line := range strings.Split(strings.TrimRight(code, "\n"), "\n") {
		tokens = append(tokens, codeToken{text: strings.TrimRight(line, " "), line: i})
	}
	return tokens, nil
}

// A page is a Markdown document, as far as these tests understand one:
// headings with #, fenced and indented code, tables with | at both ends.
type page struct {
	name     string
	sections []section // the first is what stands before the first heading
}

// A section is a heading and what follows until the next one of any level.
type section struct {
	title      string
	level      int
	line       int
	paragraphs []string
	items      int
	tables     []table
	code       []codeBlock
	spans      []string
	links      []string
}

type table struct{ line, rows, cells int }

type codeBlock struct {
	language string // empty for an indented block
	text     string
	line     int // of the fence, or of the first line of an indented block
	fence    int // lines from there to the first line of code
}

// heading says where a heading is and what it is.
func (p page) heading(i int) string {
	s := p.sections[i]
	return fmt.Sprintf("%s:%d %q", p.name, s.line, strings.Repeat("#", s.level)+" "+s.title)
}

// anchors are the names by which links reach the headings.
func (p page) anchors() []string {
	var anchors []string
	for _, s := range p.sections {
		anchor := strings.ReplaceAll(regexp.MustCompile(`[^\pL\pN_ -]`).ReplaceAllString(strings.ToLower(s.title), ""), " ", "-")
		name := anchor
		for n := 1; slices.Contains(anchors, name); n++ {
			name = fmt.Sprintf("%s-%d", anchor, n)
		}
		anchors = append(anchors, name)
	}
	return anchors
}

// places are where the links of a section lead, in terms that are the same in
// both languages: a document is named in English, a heading of the page by its
// number. Links to the page's own twin are left out.
func (p page) places(s section, pairs map[string]string) []string {
	english := func(name string) string {
		for en, es := range pairs {
			if name == es {
				return en
			}
		}
		return name
	}
	var places []string
	for _, link := range s.links {
		if strings.Contains(link, ":") {
			places = append(places, link)
			continue
		}
		name, anchor, _ := strings.Cut(link, "#")
		if name == "" {
			places = append(places, fmt.Sprintf("#%d", slices.Index(p.anchors(), anchor)))
			continue
		}
		name = path.Join(path.Dir(p.name), name)
		if place := english(name); name == p.name || place != english(p.name) {
			places = append(places, strings.TrimSuffix(place, "/README.md")) // or the folder alone
		}
	}
	slices.Sort(places)
	return places
}

// TestSpanishLinksStaySpanish: a Spanish page leads to the Spanish page, where there is one.
func TestSpanishLinksStaySpanish(t *testing.T) {
	t.Parallel()
	all := allTwins(t)
	for _, spanish := range all {
		for _, found := range strayLinks(readPage(t, spanish), all) {
			t.Error(found)
		}
	}
	page := parsePage("docs/a.es.md", "[English](a.md) [b](b.md#c) [d](../d) [e](../e) [f](b.es.md) [g](https://x/b.md)\n")
	require.Equal(t, []string{
		`docs/a.es.md: "b.md#c": say docs/b.es.md`, `docs/a.es.md: "../d": say d/README.es.md`,
	}, strayLinks(page, map[string]string{
		"docs/a.md": "docs/a.es.md", "docs/b.md": "docs/b.es.md", "d/README.md": "d/README.es.md",
	}))
}

// strayLinks are the links of a Spanish page that lead to English where Spanish is to be
// had. The link to the page's own twin is none.
func strayLinks(es page, pairs map[string]string) []string {
	var found []string
	for _, s := range es.sections {
		for _, link := range s.links {
			name, _, _ := strings.Cut(link, "#")
			if strings.Contains(link, ":") || name == "" {
				continue
			}
			target := path.Join(path.Dir(es.name), name)
			twin := cmp.Or(pairs[target], pairs[path.Join(target, "README.md")])
			if twin != "" && twin != es.name {
				found = append(found, fmt.Sprintf("%s: %q: say %s", es.name, link, twin))
			}
		}
	}
	return found
}

var (
	headingLine = regexp.MustCompile(`^(#{1,6}) (.*)$`)
	itemLine    = regexp.MustCompile(`^\s*(?:[-*]|\d+\.) `)
	codeSpan    = regexp.MustCompile("`+[^`]+`+")
	linkTarget  = regexp.MustCompile(`\]\(<?([^)>\s]+)>?(?: "[^"]*")?\)`)
)

// withoutCode takes fenced blocks and code spans out of Markdown, and keeps
// its lines.
func withoutCode(markdown string) string {
	fenced := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllStringFunc(markdown, func(block string) string {
		return strings.Repeat("\n", strings.Count(block, "\n"))
	})
	return codeSpan.ReplaceAllStringFunc(fenced, func(span string) string { return strings.Repeat("\n", strings.Count(span, "\n")) })
}

func readPage(t *testing.T, name string) page {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.False(t, bytes.ContainsRune(data, '\r'), "%s: lines end with LF", name)
	return parsePage(name, string(data))
}

func parsePage(name, markdown string) page {
	p := page{name: name, sections: []section{{}}}
	lines := strings.Split(markdown, "\n")
	inText, inList := false, false // whether a line continues a paragraph or a list item
	for i := 0; i < len(lines); i++ {
		line, s := lines[i], &p.sections[len(p.sections)-1]
		heading := headingLine.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "```"):
			block := codeBlock{language: strings.TrimPrefix(line, "```"), line: i + 1, fence: 1}
			start := i + 1
			for i++; i < len(lines) && !strings.HasPrefix(lines[i], "```"); {
				i++
			}
			block.text = strings.Join(lines[start:min(i, len(lines))], "\n")
			s.code = append(s.code, block)
			inText = false
		case strings.TrimSpace(line) == "":
			inText = false
		case strings.HasPrefix(line, "    ") && !inText && !inList:
			start := i
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    ") {
				i++
			}
			s.code = append(s.code, codeBlock{text: strings.Join(lines[start:i+1], "\n"), line: start + 1})
		case heading != nil:
			p.sections = append(p.sections, section{title: heading[2], level: len(heading[1]), line: i + 1})
			s = &p.sections[len(p.sections)-1]
			s.read(line)
			inText, inList = false, false
		case strings.HasPrefix(line, "|"):
			rows := table{line: i + 1}
			for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				rows.rows++
				rows.cells += strings.Count(codeSpan.ReplaceAllString(lines[i], ""), "|") - 1
				s.read(lines[i])
			}
			i--
			s.tables = append(s.tables, rows)
			inText, inList = false, false
		case strings.HasPrefix(line, "<!--"): // a mark for another test
		case itemLine.MatchString(line) && (!inText || inList):
			s.items++
			s.read(line)
			inText, inList = true, true
		case inText: // the paragraph or item goes on
			if !inList {
				s.paragraphs[len(s.paragraphs)-1] += "\n" + line
			}
			s.read(line)
		default:
			inText, inList = true, inList && strings.HasPrefix(line, " ")
			s.paragraphs = append(s.paragraphs, strings.TrimSpace(line))
			s.read(line)
		}
	}
	return p
}

// read takes code spans and links out of a line.
func (s *section) read(line string) {
	s.spans = append(s.spans, codeSpan.FindAllString(line, -1)...)
	for _, link := range linkTarget.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
		s.links = append(s.links, link[1])
	}
}
