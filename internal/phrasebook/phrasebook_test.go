package phrasebook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/internal/phrasebook"
)

// TestPhrasesOfTheLibrary: what the library, the settings and the doctor say in one piece has
// its Spanish.
func TestPhrasesOfTheLibrary(t *testing.T) {
	t.Parallel()
	said := map[string][]string{ // the functions that are given such texts, by folder
		"../..":             {"invalidRequest", "invalidConfig"},
		"../../tradepayenv": {"fail"},
		"../../doctor":      {"certain", "likely", "put", "putRare", "fault", "documents"},
		"../saved":          {"New"},
		"../rsakey":         {"unusable"},
		"../../wallets":     {"required", "notSupported", "New"},
	}
	fields := []string{"Rule", "Remedy", "Summary", "theirs", "ours"}
	count := 0
	for folder, functions := range said {
		check := func(at token.Position, e ast.Expr) {
			text, isText := consttest.Text(e)
			if !isText || !strings.Contains(strings.TrimSpace(text), " ") || strings.HasSuffix(text, " ") ||
				strings.HasPrefix(text, "M U\n") { // how the doctor writes contents

				return
			}
			count++
			_, known := phrasebook.Translate(text)
			require.True(t, known, "%s: %q has no Spanish in phrases.txt", at, text)
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		set := token.NewFileSet()
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(set, file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					name := ""
					switch function := n.Fun.(type) {
					case *ast.Ident:
						name = function.Name
					case *ast.SelectorExpr:
						name = function.Sel.Name
					}
					for _, known := range functions {
						if name == known {
							for _, arg := range n.Args {
								check(set.Position(n.Pos()), arg)
							}
						}
					}
				case *ast.KeyValueExpr:
					key, _ := n.Key.(*ast.Ident)
					for _, field := range fields {
						if key != nil && key.Name == field {
							check(set.Position(n.Pos()), n.Value)
						}
					}
					if values, ok := n.Value.(*ast.CompositeLit); ok && strings.HasSuffix(file, "doctor/cause.go") &&
						set.Position(n.Pos()).Line < inGoLine(t) {
						for _, value := range values.Elts {
							check(set.Position(n.Pos()), value)
						}
					}
				}
				return true
			})
		}
	}
	require.Greater(t, count, 250)
}

// inGoLine is where doctor/cause.go begins to name Go functions, which the command leaves out.
func inGoLine(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("../../doctor/cause.go")
	require.NoError(t, err)
	before, _, ok := strings.Cut(string(data), "\nvar inGo ")
	require.True(t, ok)
	return strings.Count(before, "\n")
}

// TestWholeSentenceInSpanish: a part of a phrase takes in nothing that another phrase says, so the
// sentence is in Spanish to its end.
func TestWholeSentenceInSpanish(t *testing.T) {
	t.Parallel()
	for en, es := range map[string]string{
		`given "/a" with a query of 19 bytes, signed "/b" with a query of 7 bytes`: `llegó "/a" con una query de 19 ` +
			`bytes, se firmó "/b" con una query de 7 bytes`,
		"given 111 bytes, signed 110; the first difference is at byte 3: a space, signed another byte": "llegaron " +
			"111 bytes y se firmaron 110; la primera diferencia está en el byte 3: llegó un espacio y se firmó " +
			"otro byte",
		"pay: rejected by the wallet: result F 20030017 (USER_NOT_EXIST) (HTTP 200), paymentRequestId order-1": "" +
			"pay: rechazado por la billetera: resultado F 20030017 (USER_NOT_EXIST) (HTTP 200), " +
			"paymentRequestId order-1",
	} {
		said, known := phrasebook.Translate(en)
		require.True(t, known, said)
		require.Equal(t, es, said)
	}
}
