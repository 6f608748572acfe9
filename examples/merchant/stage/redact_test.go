package stage

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedactBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, want string }{
		{"empty", "", ""},
		{"nothing to hide", ` {"id" : "o1", "n":[1, true,null]} `, ` {"id" : "o1", "n":[1, true,null]} `},
		{"token", `{"token":"s3cret","a":1}`, `{"token":"•••","a":1}`},
		{"in any case", `{"AuthCode": "s3cret" , "b":{"c":"d"}}`, `{"AuthCode": "•••" , "b":{"c":"d"}}`},
		{"a number", `{"userId":2188,"x":2}`, `{"userId":"•••","x":2}`},
		{"a whole object", `{"buyer":{"a":"s3cret","b":[{"c":1}]},"d":"e"}`,
			`{"buyer":{"a":"•••","b":[{"c":"•••"}]},"d":"e"}`},
		{"a list", `{"tokens":["s3cret","s3cret"],"d":[{"e":"f"}]}`, `{"tokens":["•••","•••"],"d":[{"e":"f"}]}`},
		{"a URL's query", `{"paymentUrl":"http://127.0.0.1:1/cashier/7?token=s3cret"}`,
			`{"paymentUrl":"http://127.0.0.1:1/cashier/7?•••"}`},
		{"a path's query", `{"page":"/orders/7?key=s3cret"}`, `{"page":"/orders/7?•••"}`},
		{"a URL's query in disguise", `{"page":"/orders\u003ckey\u003fkey=s3cret\u0026"}`,
			`{"page":"/orders<key?•••"}`},
		{"a plain URL", `["http://127.0.0.1:1/a"]`, `["http://127.0.0.1:1/a"]`},
		{"a name like a value", `{"a":"token","b":"c"}`, `{"a":"token","b":"c"}`},
		{"not JSON", `token=s3cret`, `(12 bytes that are not JSON)`},
		{"half of it", `{"token":"s3cret"`, `(17 bytes that are not JSON)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, redactBody([]byte(tt.body)))
		})
	}
}

func TestRedactHeader(t *testing.T) {
	t.Parallel()
	shown := redactHeader(http.Header{"Authorization": {"Bearer s3cret"},
		"Content-Type": {"application/json"}, "Cookie": {"s3cret"}})
	require.Equal(t, http.Header{"Authorization": {omitted}, "Content-Type": {"application/json"}, "Cookie": {omitted}},
		shown)
}

func FuzzRedactBody(f *testing.F) {
	for _, seed := range []string{`{"token":"a"}`, `[{"a":{"buyer":[1,{"b":"c"}]}},"x"]`,
		`{"u":"http://a/?b=c"}`, ``, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, body []byte) { _ = redactBody(body) })
}
