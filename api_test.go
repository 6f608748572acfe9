package tradepay_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateAPI = flag.Bool("update-api", false, "write api/*.txt anew: what a review of the change then sees")

// importable are the packages that programs of others may import, and the
// folder of each.
var importable = map[string]string{
	"tradepay": ".", "wire": "wire", "doctor": "doctor", "wallets": "wallets", "tradepayenv": "tradepayenv",
	"tradepaytest": "tradepaytest", "walletapi": "walletapi", "phrasebook": "phrasebook",
	"orderflow": "orderflow", "jetstream": "orderflow/jetstream", "openssl": "signers/openssl",
	"oteltradepay": "oteltradepay", "otelorderflow": "oteltradepay/otelorderflow",
}

// TestExportedNames: folder api lists each exported name and signature, so that a
// reviewer sees each change of one.
func TestExportedNames(t *testing.T) {
	t.Parallel()
	for name, folder := range importable {
		if _, err := os.Stat(folder); os.IsNotExist(err) { // the module without its neighbours
			continue
		}
		lines := exported(t, folder)
		path := filepath.Join("api", name+".txt")
		text := strings.Join(lines, "\n") + "\n"
		if *updateAPI {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		}
		golden, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(golden), text, "%s has changed; go test -run TestExportedNames . -update-api", name)
		for _, line := range lines {
			require.NotRegexp(t, `^func \((\w+ )?\*?[a-z]\w*\)`, line, "nobody else can call it")
		}
		names := 0
		for _, line := range lines {
			if topLevel.MatchString(line) {
				names++
			}
		}
		t.Logf("measured: exported names of package %s: %d", name, names)
	}
}

// topLevel is a line about a name of the package, and not of a method or field.
var topLevel = regexp.MustCompile(`^(const|var|type [A-Z]\w* |func [A-Z])`)

// exported returns what a package exports, a line each, sorted.
func exported(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	var lines []string
	set := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.FileExports(parsed)
		for _, decl := range parsed.Decls {
			lines = append(lines, described(t, set, decl)...)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// described returns the exported lines of one declaration.
func described(t *testing.T, set *token.FileSet, decl ast.Decl) (lines []string) {
	t.Helper()
	show := func(parts ...any) string {
		var b bytes.Buffer
		for _, part := range parts {
			if text, ok := part.(string); ok {
				b.WriteString(text)
				continue
			}
			require.NoError(t, printer.Fprint(&b, set, part))
		}
		line := strings.Join(strings.Fields(b.String()), " ")
		return strings.NewReplacer("( ", "(", ", )", ")").Replace(line) // a signature may take several lines
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if !isCallable(d) {
			return nil
		}
		d.Body, d.Doc = nil, nil
		return []string{show(d)}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				lines = append(lines, typeLines(show, s)...)
			case *ast.ValueSpec:
				for i, name := range s.Names {
					line := []any{d.Tok.String() + " " + name.Name}
					if s.Type != nil {
						line = append(line, " ", s.Type)
					}
					if d.Tok == token.CONST && i < len(s.Values) { // callers may store it
						line = append(line, " = ", s.Values[i])
					}
					lines = append(lines, show(line...))
				}
			}
		}
	}
	return lines
}

// isCallable reports whether others can name what they call the function on.
func isCallable(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	named, ok := receiver.(*ast.Ident)
	return !ok || named.IsExported() // a generic type is no Ident
}

// typeLines are a type and its fields, a line each.
func typeLines(show func(...any) string, s *ast.TypeSpec) []string {
	structure, ok := s.Type.(*ast.StructType)
	if !ok {
		return []string{show("type ", s.Name.Name, " ", s.Type)}
	}
	lines := []string{"type " + s.Name.Name + " struct"}
	for _, field := range structure.Fields.List {
		tag := ""
		if field.Tag != nil {
			tag = " " + field.Tag.Value
		}
		for _, name := range field.Names {
			lines = append(lines, show("type "+s.Name.Name+", field "+name.Name+" ", field.Type)+tag)
		}
		if len(field.Names) == 0 {
			lines = append(lines, show("type "+s.Name.Name+", embedded ", field.Type))
		}
	}
	return lines
}
