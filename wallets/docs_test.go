package wallets_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

var update = flag.Bool(
	"update", false, "write the vectors and the wallets' pages instead of checking that they are current")

// source is what the files of the package say about one wallet.
type source struct {
	file    string
	comment string
	codes   [][3]string // name, value and comment of a constant
}

// sources returns what is written about each wallet, by its name.
func sources(t *testing.T) map[string]source {
	t.Helper()
	found, err := readSources()
	require.NoError(t, err)
	require.Len(t, found, len(profiles()), "a wallet's function is called as the wallet")
	return found
}

// readSources reads the files of the package once.
var readSources = sync.OnceValues(func() (map[string]source, error) {
	found := make(map[string]source)
	names := make(map[string]string) // of the wallets, by function
	for _, profile := range profiles() {
		names[strings.ToLower(fold(profile.Name))] = profile.Name
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		var codes [][3]string
		for _, declaration := range file.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
				codes = append(codes, constants(group)...)
			}
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Recv != nil {
				continue
			}
			if wallet, ok := names[strings.ToLower(function.Name.Name)]; ok {
				found[wallet] = source{file: name, comment: function.Doc.Text(), codes: codes}
			}
		}
	}
	return found, nil
})

func constants(group *ast.GenDecl) [][3]string {
	var codes [][3]string
	for _, spec := range group.Specs {
		value := spec.(*ast.ValueSpec)
		literal, ok := value.Values[0].(*ast.BasicLit)
		if !ok || !value.Names[0].IsExported() {
			continue
		}
		comment := value.Comment.Text()
		if comment == "" && len(group.Specs) == 1 {
			comment = strings.TrimSuffix(strings.TrimPrefix(group.Doc.Text(), value.Names[0].Name+" is the "), ".\n")
		}
		codes = append(codes, [3]string{value.Names[0].Name, strings.Trim(literal.Value, `"`),
			strings.Join(strings.Fields(comment), " ")})
	}
	return codes
}

func comments(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for name, s := range sources(t) {
		found[name] = s.comment
	}
	return found
}

// requireCurrent compares a file with what it should be, or writes it.
func requireCurrent(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, want, 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err, "go test ./wallets -update writes it")
	require.Equal(t, string(want), string(got), "go test ./wallets -update brings %s up to date", path)
}

// beside are the operations that only some wallets have.
var beside = []wire.Operation{
	"merchantAccept", "confirm", "inquiryUserCardList", "inquiryUserAccountList", "createQRCode", "reconciliation",
}

// plain makes a comment Markdown.
func plain(paragraph string) string {
	paragraph = strings.NewReplacer("<", "&lt;", ">", "&gt;", "_", `\_`, "\n", " ").Replace(paragraph)
	paragraph = regexp.MustCompile(`\[(\w+)\]`).ReplaceAllString(paragraph, "`$1`")
	return regexp.MustCompile(`https://[^\s,]+[^\s,.]`).ReplaceAllStringFunc(paragraph, func(url string) string {
		return "<" + strings.ReplaceAll(url, `\_`, "_") + ">"
	})
}

// TestAppIDInTheGuides: they say who demands an app id, as the profiles do.
func TestAppIDInTheGuides(t *testing.T) {
	t.Parallel()
	require.True(t, wallets.PlatformV2().Requirements.AppID)
	for file, demands := range map[string]string{
		"../docs/payment-guide.md":   "`Wallet.Requirements.AppID` is set, as for %s and not for %s:",
		"../docs/guia-de-pago.es.md": "`Wallet.Requirements.AppID`, como en %s y no en %s:",
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		row := regexp.MustCompile("(?m)^\\| `Config.AppID` \\|.*$").FindString(string(text))
		require.Contains(t, row, "`PlatformV2()`", file)
		require.Contains(t, row, fmt.Sprintf(demands, "GCash", "VodaPay"), file)
	}
	require.True(t, wallets.GCash().Requirements.AppID)
	require.False(t, wallets.VodaPay().Requirements.AppID)
}
