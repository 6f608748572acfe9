package tradepaytest

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a": 1.50,"b":[true, null],  "c":"<&é"}` + "\n": `{"a": 1.50,"b":[true, null],  "c":"<&é"}` + "\n",
		`{"accessToken":"t","AUTHCODE":7,"x":1}`:          `{"accessToken":"•••","AUTHCODE":"•••","x":1}`,
		`{"buyer":{"deep":[{"x":"y","n":null}]},"z":"z"}`: `{"buyer":{"deep":[{"x":"•••","n":"•••"}]},"z":"z"}`,
		`[{"token":"t"},"t",{"token":["t"]}]`:             `[{"token":"•••"},"t",{"token":["•••"]}]`,
		`{"token":"a","token":"b","x":"token"}`:           `{"token":"•••","token":"•••","x":"token"}`,
		`{"\u0074oken":"t"}`:                              `{"\u0074oken":"•••"}`,
		`{"ORDER":"{\"env\":{\"x\":1}, \"y\":2}"}`:        `{"ORDER":"{\"env\":{\"x\":\"•••\"}, \"y\":2}"}`,
		`{"ORDER":"{\"y\": \u0032}"}`:                     `{"ORDER":"{\"y\": \u0032}"}`,
		`{"ORDER":"{\"y\""}`:                              `{"ORDER":"•••"}`,
		`{"u":"https://h/p?a=1&b&c=#f","v":"a?b=c"}`:      `{"u":"https://h/p?a=•••&•••&c=#•••","v":"a?b=c"}`,
		`{"u":"https://me:pw@h/","v":"http://%zz"}`:       `{"u":"•••","v":"•••"}`,
		`{}`: `{}`, `"x"`: `"x"`, `7`: `7`,
	} {
		require.Equal(t, want, shownBody([]byte(in)), in)
	}
	require.Equal(t, "(1 bytes that are not JSON)", shownBody([]byte("{")))
	require.Equal(t, "(4 bytes that are not JSON)", shownBody([]byte("{}{}")))
	require.Empty(t, shownBody(nil))
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{
		`{"accessToken":"HUSH","buyer":{"x":["HUSH"]}}`, `{"ORDER":"{\"buyerPhoneNo\":\"HUSH\"}"}`,
		`[[],{},"",{"a":{"b":"c"}}]`,
		`{"u":"http://h/?x=HUSH"}`, `{"a":"{\"b\":\"{\\\"token\\\":1}\"}"}`, "{\"a\" :\t1 ,\n\"b\":[ 1 , 2 ]}", `{"a":`,
		"\"\\ud800\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		shown, ok := redact(data, 0)
		require.Equal(t, json.Valid(data), ok)
		if !ok {
			return
		}
		require.True(t, json.Valid(shown), "%q from %q", shown, data)
		again, ok := redact(shown, 0)
		require.True(t, ok)
		require.Equal(t, string(shown), string(again), "what is shown hides nothing more")
		wrapped, ok := redact([]byte(`{"token":`+string(data)+`}`), 0)
		require.True(t, ok)
		var value any
		require.NoError(t, json.Unmarshal(wrapped, &value))
		requireHidden(t, value.(map[string]any)["token"])
	})
}

// requireHidden: no scalar is left.
func requireHidden(t *testing.T, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			requireHidden(t, inner)
		}
	case []any:
		for _, inner := range v {
			requireHidden(t, inner)
		}
	default:
		require.Equal(t, omitted, v)
	}
}

func FuzzLocale(f *testing.F) {
	for _, seed := range []string{"", "es", "es-MX,es;q=0.9,en;q=0.8", "en;q=0,es;q=", ",,;;q=1", "*", "e\u017f"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, lang, accept string) {
		r := httptest.NewRequest("GET", "/cashier/x", nil)
		query := r.URL.Query()
		query.Set("lang", lang)
		r.URL.RawQuery = query.Encode()
		r.Header.Set("Accept-Language", accept)
		l := localeFor(r)
		require.Contains(t, []string{"en", "es"}, l.Tag)
		require.NotEqual(t, l.group, l.point)
		if accept == "" && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(lang)), "es") {
			require.Equal(t, "en", l.Tag)
		}
	})
}
