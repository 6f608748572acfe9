package wallets_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

var update = flag.Bool(
	"update", false, "write the vectors and docs/wallets.md instead of checking that they are current")

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

// TestDocsAreCurrent: docs/wallets.md says what the profiles say.
func TestDocsAreCurrent(t *testing.T) {
	t.Parallel()
	requireCurrent(t, filepath.Join("..", "docs", "wallets.md"), []byte(document(t)))
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

func document(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Wallets

Made from the profiles in package ` + "`wallets`" + ` by ` + "`go test ./wallets -update`" +
		`; do not edit. The profiles follow public documents, merchants' public code and messages that merchants logged;
we tested **none of them live**. Under each wallet stands from what each part of its profile is known, the least sure
first: *contradicted* (the sources disagree), *inferred*, *one client* (an integrator, not known to have run),
*documents* (the wallet's pages alone), *agreed* (several integrators do the same), *running* (a log, a pasted message
or the wallet's own code shows it). The two dialects of the platform come last: most profiles start from one, and a
wallet without a profile here may be one. Messages of each wallet, signed with test keys, are in
[testdata/vectors/wallets](../testdata/vectors/wallets/README.md).

| wallet | country | dialect | profile |
|---|---|---|---|
`)
	all, written := profiles(), sources(t)
	for _, w := range all {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | `wallets.%s()` |\n",
			w.Name, anchor(w.Name), cmp.Or(w.Country, "any"), w.Dialect, function(written[w.Name], w.Name))
	}
	for i := range all {
		section(&b, &all[i], written[all[i].Name])
	}
	return b.String()
}

func section(b *strings.Builder, w *wire.Profile, s source) {
	fmt.Fprintf(b, "\n## %s\n\n", w.Name)
	paragraphs := strings.Split(strings.TrimSpace(s.comment), "\n\n")
	for _, paragraph := range paragraphs {
		fmt.Fprintf(b, "%s\n\n", plain(paragraph))
	}
	b.WriteString("| | |\n|---|---|\n")
	row := func(name, format string, args ...any) {
		fmt.Fprintf(b, "| %s | %s |\n", name, fmt.Sprintf(format, args...))
	}
	row("dialect", "%s", w.Dialect)
	row("prefix, version", "%s, `%s`", code(cmp.Or(w.Routes.Prefix, "none")), w.Routes.Version)
	row("signed content", "%s", map[wire.SignedContent]string{
		"":                   "`METHOD URI`, line feed, `Client-Id.Time.Body`",
		wire.ContentMerchant: "`METHOD URI`, line feed, `Client-Id.Merchant-Id.Time.Body`",
		wire.ContentDotted:   "`METHOD.URI.Client-Id.Request-Id.Time.Body`; of answers `Client-Id.Time.Body`",
	}[w.Signing.Content])
	row("signed URI", "%s", map[bool]string{false: "full path on the host",
		true: "path without the prefix"}[w.Signing.WithoutPrefix])
	row("signature", "`algorithm=%s`, %s, pairs separated by `%s`", cmp.Or(w.Signing.AlgorithmLabel, "RSA256"),
		map[wire.SignatureEncoding]string{
			wire.EncodingPercent: "percent-encoded base64", wire.EncodingBase64: "base64",
			wire.EncodingBase64URL: "base64url without padding",
		}[w.Signing.Encoding], cmp.Or(w.Signing.HeaderSeparator, ", "))
	row("time", "%s", map[wire.TimeFormat]string{
		wire.TimeISO8601Millis: "ISO 8601 with milliseconds and offset",
		wire.TimeISO8601:       "ISO 8601 with seconds and offset",
		wire.TimeUTC:           "ISO 8601 in UTC with `Z`", wire.TimeUnixMillis: "Unix milliseconds",
		wire.TimeUnixSeconds: "Unix seconds",
	}[w.Signing.TimeFormat])
	row("further headers", "%s", list(
		w.Signing.MerchantIDHeader, w.Signing.AgentTokenHeader, w.Signing.RequestIDHeader))
	row("demanded of the merchant", "%s", list(
		when(w.Requirements.AppID, "AppID"), when(w.Requirements.PartnerID, "PartnerID"),
		when(w.Requirements.MerchantID, "MerchantID"),
		when(w.Requirements.SiteName, "SiteName")))
	row("amounts", "smallest unit, %s", map[bool]string{false: "as a string",
		true: "as a JSON number"}[w.Quirks.NumericAmounts])
	row("product codes", "%s", list(w.Products.Cashier, w.Products.Authorize, w.Products.Agreement,
		w.Products.Escrow)+
		when(w.Products.Sales != "", "; sales code `"+w.Products.Sales+"`"))
	row("call that opens the cashier", "`%s`", cmp.Or(w.Routes.CashierJSAPI, "tradePay"))
	row("call that opens an agreement", "`%s`", cmp.Or(w.Routes.SignJSAPI, "signContract"))
	row("particulars", "%s", cmp.Or(strings.Join(slices.DeleteFunc([]string{
		when(w.Quirks.OneGoods, "one line of goods"), when(w.Quirks.LateURL, "the URL may come by notification"),
		when(w.Quirks.AppIDWithTokens, "appId goes with ApplyToken and UserInfo"),
		when(w.Quirks.ClientIDWithTokens, "so does the client id, as authClientId"),
		when(w.Quirks.ClientIDWithMessages, "the client id goes with messages, as authClientId"),
		when(w.Quirks.PartnerIDWithPrepare, "partnerId goes with Prepare"),
		when(w.Quirks.TextMessages, "a message is a title and a body"),
		when(w.Quirks.TokenSeconds, "tokens are valid for a number of seconds"),
		when(w.Quirks.ObjectOrder, "extraParams.ORDER is an object"),
		when(w.Quirks.VoidURLWithOrder, "the order names where voids are reported"),
		when(w.Quirks.RefundsByRefundID, "QueryRefund needs RefundID"),
		when(w.Quirks.NotifyURLOptional, "NotifyURL is optional"),
		when(w.Quirks.RefusesRepeats, "the wallet rejects a second pay with the same id"),
		when(w.Shaper != nil, "shapes of its own"),
	}, func(s string) bool { return s == "" }), "; "), "none"))
	for _, environment := range slices.Sorted(maps.Keys(w.Routes.BaseURLs)) {
		row("base URL, "+environment, "`%s`", w.Routes.BaseURLs[environment])
	}
	if len(w.Routes.BaseURLs) == 0 {
		row("base URL", "given to each merchant")
	}
	for _, source := range w.Sources {
		row("source", "<%s>", source)
	}
	b.WriteString("\n| operation | path |\n|---|---|\n")
	for _, op := range []wire.Operation{
		wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund, wire.OpInquiryRefund, wire.OpCapture,
		wire.OpVoid, wire.OpApplyToken, wire.OpCancelToken, wire.OpPrepare, wire.OpUserInfo,
		wire.OpSendMessage, "sendPush",
	} {
		if op == "sendPush" && w.Path(op) == "" {
			continue // of two wallets
		}
		if missing, ok := w.Routes.Unsupported[op]; ok {
			fmt.Fprintf(b, "| `%s` | not supported, see <%s> |\n", op, missing)
			continue
		}
		if w.Path(op) == "" {
			fmt.Fprintf(b, "| `%s` | not documented |\n", op)
			continue
		}
		fmt.Fprintf(b, "| `%s` | `%s%s` |\n", op, w.Routes.Prefix, w.Path(op))
	}
	for _, op := range slices.Sorted(maps.Keys(w.Routes.Paths)) {
		if slices.Contains(beside, op) {
			fmt.Fprintf(b, "| `%s` | `%s%s` |\n", op, w.Routes.Prefix, w.Path(op))
		}
	}
	b.WriteString("\n| what | known | |\n|---|---|---|\n")
	for _, fact := range worstFirst(w.Evidence) {
		fmt.Fprintf(b, "| %s | %s, [source](%s) | %s |\n", fact.About, fact.Known, fact.Source, plain(fact.Says))
	}
	if len(s.codes) > 0 {
		b.WriteString("\n| constant | value | |\n|---|---|---|\n")
		for _, c := range s.codes {
			fmt.Fprintf(b, "| `wallets.%s` | `%s` | %s |\n", c[0], c[1], c[2])
		}
	}
}

// beside are the operations that only some wallets have.
var beside = []wire.Operation{
	"merchantAccept", "confirm", "inquiryUserCardList", "inquiryUserAccountList", "createQRCode", "reconciliation",
}

// worstFirst sorts facts by how they are known, and then by what they are about.
func worstFirst(facts []wire.Fact) []wire.Fact {
	return slices.SortedFunc(slices.Values(facts), func(a, b wire.Fact) int {
		return cmp.Or(cmp.Compare(slices.Index(grades, a.Known), slices.Index(grades, b.Known)),
			strings.Compare(a.About, b.About))
	})
}

// plain makes a comment Markdown.
func plain(paragraph string) string {
	paragraph = strings.NewReplacer("<", "&lt;", ">", "&gt;", "_", `\_`, "\n", " ").Replace(paragraph)
	paragraph = regexp.MustCompile(`\[(\w+)\]`).ReplaceAllString(paragraph, "`$1`")
	return regexp.MustCompile(`https://[^\s,]+[^\s,.]`).ReplaceAllStringFunc(paragraph, func(url string) string {
		return "<" + strings.ReplaceAll(url, `\_`, "_") + ">"
	})
}

// function is the name of a wallet's constructor.
func function(s source, wallet string) string {
	first, _, _ := strings.Cut(s.comment, " ")
	return cmp.Or(first, wallet)
}

func anchor(name string) string {
	return regexp.MustCompile(`[^a-z0-9-]`).ReplaceAllString(strings.ReplaceAll(strings.ToLower(name), " ", "-"), "")
}

func when(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}

func code(text string) string {
	if text == "none" {
		return text
	}
	return "`" + text + "`"
}

// list writes the values that are not empty.
func list(values ...string) string {
	var said []string
	for _, value := range values {
		if value != "" && !slices.Contains(said, "`"+value+"`") {
			said = append(said, "`"+value+"`")
		}
	}
	return cmp.Or(strings.Join(said, ", "), "none")
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
