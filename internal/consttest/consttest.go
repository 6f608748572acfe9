// Package consttest finds the constants that a package declares, for tests that
// compare a list with all of them.
package consttest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Text returns the text that an expression of constants stands for, in one piece or in
// several with + between them.
func Text(e ast.Expr) (text string, isText bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, isText := Text(e.X)
		b, isTextToo := Text(e.Y)
		return a + b, isText && isTextToo
	}
	return "", false
}

// Texts returns the values of the string constants of a type that the package
// in a folder declares.
func Texts(t testing.TB, folder, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var texts []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, isValue := node.(*ast.ValueSpec)
			if !isValue {
				return true
			}
			named, hasType := spec.Type.(*ast.Ident)
			if !hasType || named.Name != typeName {
				return true
			}
			for _, value := range spec.Values {
				literal, isLiteral := value.(*ast.BasicLit)
				if !isLiteral { // a variable, or a computed value
					continue
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatalf("%s: %s: %v", file, literal.Value, err)
				}
				texts = append(texts, text)
			}
			return true
		})
	}
	if len(texts) == 0 {
		t.Fatalf("no constant of type %s in %s", typeName, folder)
	}
	return texts
}
