package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/wire"
)

// calls visits each call in the code of the command with its function's name.
func calls(t *testing.T, visit func(name string, call *ast.CallExpr, at token.Position)) {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	set := token.NewFileSet()
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch function := call.Fun.(type) {
			case *ast.Ident:
				visit(function.Name, call, set.Position(call.Pos()))
			case *ast.SelectorExpr:
				visit(function.Sel.Name, call, set.Position(call.Pos()))
			}
			return true
		})
	}
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-zA-Z]`)

// TestMessagesInBothLanguages: whatever the code says is in the table, with the same verbs,
// and the table has nothing else. No text goes past it.
func TestMessagesInBothLanguages(t *testing.T) {
	t.Parallel()
	formats := map[string]int{
		"usage": 0, "failed": 0, "newNotice": 0, "curlError": 0, "say": 0, "word": 0, "print": 1,
	}
	handsOn := []string{"language.go", "main.go", "curl.go"} // which pass on the format that they are given
	said := make(map[string]bool)
	calls(t, func(name string, call *ast.CallExpr, at token.Position) {
		if place, ok := formats[name]; ok && len(call.Args) > place {
			format, isText := consttest.Text(call.Args[place])
			if !isText {
				require.Contains(t, handsOn, at.Filename, "%s: the message is no literal", at)
				return
			}
			said[format] = true
			require.Contains(t, messages(), format, "%s: no Spanish", at)
		}
		if !strings.HasPrefix(name, "Fprint") || len(call.Args) < 2 {
			return
		}
		for _, arg := range call.Args[1:] {
			text, isText := consttest.Text(arg)
			if isText && at.Filename != "manual.go" {
				require.NotRegexp(t, `[a-z]{2,} [a-z]{2,}`, text, "%s: it is in one language", at)
			}
		}
	})
	for en, es := range messages() {
		require.True(t, said[en], "nothing says %q", en)
		require.NotEmpty(t, es, en)
		verbs := func(format string) []string {
			found := verb.FindAllString(strings.ReplaceAll(format, "%%", ""), -1)
			for i := range found {
				found[i] = "%" + found[i][len(found[i])-1:]
			}
			slices.Sort(found)
			return found
		}
		require.Equal(t, verbs(en), verbs(es), en)
		require.Equal(t, strings.Count(en, "\n"), strings.Count(es, "\n"), en)
	}
}

// TestSpanishAPIError: each field that the English of an error shows is in its Spanish, too.
func TestSpanishAPIError(t *testing.T) {
	t.Parallel()
	plain := tradepay.APIError{Op: wire.OpPay, Kind: tradepay.ErrOutcomeUnknown}
	shown := []reflect.Value{
		reflect.ValueOf(wire.OpInquiryPayment), reflect.ValueOf(tradepay.ErrRejected), reflect.ValueOf(true),
		reflect.ValueOf(tradepay.Result{Status: "F", Code: "SOME_CODE"}), reflect.ValueOf(errors.New("some-error")),
		reflect.ValueOf(tradepay.OrderRef{PaymentRequestID: "order-7", PaymentID: "payment-7"}),
		reflect.ValueOf(tradepay.RefundRef{RefundRequestID: "refund-7", RefundID: "wallet-7"}),
		reflect.ValueOf(432), reflect.ValueOf("some-word"),
	}
	wantText := map[string]string{
		"NotSent": "no se envió nada", "Kind": "rechazado", "TraceID": ", id de traza some-word",
	}
	word := regexp.MustCompile(`some-\w+|SOME_CODE|432|\w+-7`)
	for _, field := range reflect.VisibleFields(reflect.TypeOf(plain)) {
		if !field.IsExported() {
			continue
		}
		changed := plain
		at := slices.IndexFunc(shown, func(v reflect.Value) bool { return v.Type().AssignableTo(field.Type) })
		require.GreaterOrEqual(t, at, 0, "add a value of type %s", field.Type)
		reflect.ValueOf(&changed).Elem().FieldByIndex(field.Index).Set(shown[at])
		inEnglish, inSpanish := english.errorText(&changed), spanish.errorText(&changed)
		if changed.Error() == plain.Error() {
			continue // not for people: the JSON has it
		}
		require.NotEqual(t, spanish.errorText(&plain), inSpanish, field.Name)
		require.Equal(t, word.FindAllString(inEnglish, -1), word.FindAllString(inSpanish, -1), field.Name)
		require.Contains(t, inSpanish, wantText[field.Name], field.Name)
	}
}

// TestTraceIDIsTold: in each language and in the JSON, of an answer that is not verified, too.
func TestTraceIDIsTold(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trace-Id", "trace-7")
		_, _ = w.Write([]byte(`{"result":{"resultStatus":"S"}}`))
	}))
	defer wallet.Close()
	body := write(t, "b", refundBody)
	for lang, says := range map[string]string{"en": ", trace id trace-7", "es": ", id de traza trace-7"} {
		got := u.run("call", "refund", "-body", body, "-base-url", wallet.URL, "-lang", lang, "-json")
		require.Equal(t, exitUnknown, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
		require.Contains(t, got.out, `"traceId": "trace-7"`)
	}
}

// TestComplaintInBothLanguages: the wallet's own words are there once, whatever else the error says.
func TestComplaintInBothLanguages(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-fault", "Refused@refund=PARAM_ILLEGAL")
	body := write(t, "b", refundBody)
	complaint := regexp.MustCompile(`PARAM_ILLEGAL ("[^"]+")`)
	inEnglish := complaint.FindStringSubmatch(u.run("call", "refund", "-body", body).stderr)
	require.Len(t, inEnglish, 2)
	got := u.run("call", "refund", "-body", body, "-lang", "es")
	require.Equal(t, 1, strings.Count(got.stderr, inEnglish[1]), got.stderr)
	require.Contains(t, got.stderr, "resultado F PARAM_ILLEGAL "+inEnglish[1]+" (HTTP 200)")
}

// TestLangFlag: before the command or after it, it wins over the environment.
func TestLangFlag(t *testing.T) {
	t.Parallel()
	spanish := map[string]string{"LC_ALL": "es_MX.UTF-8"}
	for _, test := range []struct {
		env  map[string]string
		args []string
		says string
	}{
		{nil, []string{"order", "query"}, "name the payment"},
		{spanish, []string{"order", "query"}, "nombra el pago: -id con tu identificador"},
		{nil, []string{"-lang", "es", "order", "query"}, "nombra el pago"},
		{nil, []string{"-lang=es", "order", "query"}, "nombra el pago"},
		{nil, []string{"order", "query", "--lang", "es"}, "nombra el pago"},
		{nil, []string{"order", "query", "-lang=es"}, "nombra el pago"},
		{spanish, []string{"order", "query", "-lang", "en"}, "name the payment"},
		{spanish, []string{"order", "qeury"}, "no existe el comando order qeury; ¿quisiste decir order query?\n" +
			"Mira tradepay help order"},
		{spanish, []string{"cancel"}, "¿quisiste decir order cancel o token cancel?"},
		{spanish, []string{"keygen", "-bits", "many"},
			`valor no válido "many" para la opción -bits: indica un número entero`},
		{spanish, []string{"sandbox", "-fault", "Slwo"}, "no existe la falla Slwo; ¿quisiste decir Slow?"},
		{spanish, []string{"doctor", "-curl", "nowhere"}, "-curl: open nowhere: no existe el archivo o la carpeta"},
	} {
		got := newUser(t, test.env).run(test.args...)
		require.Equal(t, exitUsage, got.code, "%q", test.args)
		require.Contains(t, got.stderr, test.says)
	}
	require.Contains(t, newUser(t, nil).run("help", "-lang", "es", "keygen").out, "genera el par")
}

// TestUnknownLanguage is refused wherever it stands.
func TestUnknownLanguage(t *testing.T) {
	t.Parallel()
	u := newUser(t, nil)
	for _, args := range [][]string{
		{"-lang", "fr"}, {"-lang=fr", "help"}, {"help", "-lang", "fr"}, {"help", "order", "create", "-lang=fr"},
		{"-lang", "fr", "wallets"}, {"wallets", "-lang", "fr"}, {"version", "-lang", "fr"},
	} {
		got := u.run(args...)
		require.Equal(t, exitUsage, got.code, "%q", args)
		require.Contains(t, got.stderr, "-lang fr: give en or es", "%q", args)
	}
}

// TestRefundNotFound: about a refund, the command speaks of the refund.
func TestRefundNotFound(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	got := u.run("order", "query", "-refund-id", "r9", "-lang", "es")
	require.Equal(t, exitNotFound, got.code)
	require.Contains(t, got.stderr, "la billetera no conoce el reembolso")
	require.NotContains(t, got.stderr, "no conoce el pedido")
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  map[string]string
		want language
	}{
		{nil, english},
		{map[string]string{"LANG": "es_MX.UTF-8"}, spanish},
		{map[string]string{"LANG": "es"}, spanish},
		{map[string]string{"LANG": "es-AR"}, spanish},
		{map[string]string{"LANG": "ES_ES@euro"}, spanish},
		{map[string]string{"LANG": "C.UTF-8"}, english},
		{map[string]string{"LANG": "est_EE"}, english},
		{map[string]string{"LANG": "_"}, english},
		{map[string]string{"LANG": "es_MX", "LC_ALL": "en_US"}, english},
		{map[string]string{"LANG": "en_US", "LC_MESSAGES": "es_CL"}, spanish},
		{map[string]string{"LC_MESSAGES": "en_US", "LC_ALL": "es_CL"}, spanish},
	} {
		require.Equal(t, test.want, languageOf(func(name string) string { return test.env[name] }), "%v", test.env)
	}
}
