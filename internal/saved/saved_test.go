package saved_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/saved"
)

const (
	signature = "algorithm=RSA256, keyVersion=1, signature=a%2Bb%3D"
	body      = `{"paymentId":"1","note":"Zoé \"x\""}`
	target    = "/notify?b=2&a=1"
)

// quoted is a text as a string of JSON.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// notification is what the forms of a notification hold.
func notification() *saved.Message {
	return &saved.Message{
		Method: "POST", URI: target, Body: []byte(body), HasBody: true, Header: http.Header{
			"Client-Id": {"C1"}, "Request-Time": {"2026-01-15T12:00:31+00:00"}, "Signature": {signature},
		},
	}
}

// answer is what the forms of an answer hold.
func answer() *saved.Message {
	return &saved.Message{
		Status: 200, Body: []byte(body), HasBody: true, Header: http.Header{
			"Client-Id": {"C1"}, "Response-Time": {"2026-01-15T12:00:31+00:00"}, "Signature": {signature},
		},
	}
}

const (
	rawHeaders = "Client-Id: C1\r\nRequest-Time: 2026-01-15T12:00:31+00:00\r\nSignature: " + signature + "\r\n"
	rawAnswer  = "Client-Id: C1\r\nResponse-Time: 2026-01-15T12:00:31+00:00\r\nSignature: " + signature + "\r\n"
)

// jsonHeaders are the headers of the notification as an object.
const jsonHeaders = `{"client-id":"C1","request-time":"2026-01-15T12:00:31+00:00","signature":"` + signature + `"}`

func requests() map[string]string {
	lambdaV2 := func(text, isBase64 string) string {
		return `{"version":"2.0","routeKey":"$default","rawPath":"/notify","rawQueryString":"b=2&a=1","headers":` +
			jsonHeaders + `,"requestContext":{"http":{"method":"POST","path":"/notify"}},"body":` + quoted(text) +
			`,"isBase64Encoded":` + isBase64 + `}`
	}
	pairs := func(name string) string {
		return `[{"` + name + `":"Client-Id","value":"C1"},{"` + name + `":"Request-Time","value":` +
			`"2026-01-15T12:00:31+00:00"},{"` + name + `":"Signature","value":"` + signature + `"}]`
	}
	access := `{"time":"x","request":"POST ` + target + ` HTTP/1.1","status":401,"request_time":0.004,` +
		`"http_client_id":"C1","http_request_time":"2026-01-15T12:00:31+00:00","http_signature":"` + signature +
		`","http_host":"-","request_body":` + quoted(body) + `}`
	return map[string]string{
		"raw":                  "POST " + target + " HTTP/1.1\r\n" + rawHeaders + "\r\n" + body,
		"raw, with line feeds": strings.ReplaceAll("\n\nPOST "+target+" HTTP/2\r\n"+rawHeaders+"\r\n", "\r", "") + body,
		"raw, from PowerShell": utf16Text("POST " + target + " HTTP/1.1\r\n" + rawHeaders + "\r\n" + body),
		"raw, with a BOM":      "\ufeffPOST " + target + " HTTP/1.1\r\n" + rawHeaders + "\r\n" + body,
		"raw, folded": "POST " + target + " HTTP/1.1\r\n" + strings.Replace(rawHeaders, " keyV", "\r\n keyV", 1) +
			"\r\n" + body,
		"a Lambda event, v2":     lambdaV2(body, "false"),
		"a Lambda event, base64": lambdaV2(base64.StdEncoding.EncodeToString([]byte(body)), "true"),
		"of Express": `{"method":"POST","originalUrl":"` + target + `","url":"/x","headers":` + jsonHeaders +
			`,"body":` + quoted(body) + `}`,
		"of Node": `{"method":"POST","url":"` + target + `","rawHeaders":["Client-Id","C1","Request-Time",` +
			`"2026-01-15T12:00:31+00:00","Signature","` + signature + `"],"rawBody":` + quoted(body) + `}`,
		"of Go": `{"Method":"POST","RequestURI":"` + target + `","Header":{"Client-Id":["C1"],"Request-Time":` +
			`["2026-01-15T12:00:31+00:00"],"Signature":["` + signature + `"]},"Body":` + quoted(body) + `}`,
		"an access log of nginx in JSON": access,
		"several lines of it":            `{"request":"GET / HTTP/1.1"}` + "\n" + access + "\n",
		"an access log of nginx": `127.0.0.1 - - [15/Jan/2026:12:00:31 +0000] "POST ` + target + ` HTTP/1.1" 401 9 ` +
			`http_client_id="C1" http_request_time="2026-01-15T12:00:31+00:00" http_signature="` + signature +
			`" request_body="` + strings.NewReplacer(`\`, `\x5C`, `"`, `\x22`, "é", `\xC3\xA9`).Replace(body) + `"`,
		"a trace of Envoy": `{"http_buffered_trace":{"request":{"headers":[{"key":":method","value":"POST"},` +
			`{"key":":path","value":"` + target + `"},` + pairs("key")[1:] + `,"body":{"as_bytes":"` +
			base64.StdEncoding.EncodeToString([]byte(body)) + `"}}}}`,
		"another trace of Envoy": `{"http_buffered_trace":{"request":{"headers":[{"key":":method","value":"POST"},` +
			`{"key":":path","value":"` + target + `"},` + pairs("key")[1:] + `,"body":{"as_string":` +
			quoted(body) + `}}}}`,
		"a HAR file": `{"log":{"entries":[{"request":{"method":"GET","url":"/"}},{"request":{"method":"POST","url":"` +
			target + `","headers":` + pairs("name") + `,"postData":{"mimeType":"application/json","text":` +
			quoted(body) + `}},"response":{"status":0,"headers":[]}}]}}`,
	}
}

func utf16Text(text string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(unit & 0xff))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func TestReadRequests(t *testing.T) {
	t.Parallel()
	for name, text := range requests() {
		x, err := saved.Read([]byte(text))
		require.NoError(t, err, name)
		require.NotNil(t, x.Request, name)
		got := x.Request
		got.Status = 0 // an access log has that of the answer
		require.Equal(t, notification(), got, name)
	}
}

func responses() map[string]string {
	har := `{"status":200,"headers":[{"name":"client-id","value":"C1"},{"name":"response-time","value":` +
		`"2026-01-15T12:00:31+00:00"},{"name":"signature","value":"` + signature + `"}],"content":`
	verbose := "* Trying 127.0.0.1:443...\n* ALPN: offers h2\n> POST /api/v2/payments/pay HTTP/2\n> Host: w\n" +
		"> Request-Time: 1\n> \n} [31 bytes data]\n< HTTP/1.1 100 Continue\n< \n< HTTP/2 200 \n< " +
		strings.ReplaceAll(strings.TrimSuffix(rawAnswer, "\r\n"), "\r\n", "\n< ") + "\n< \n"
	request := `{"method":"POST","url":"https://w/api/v2/payments/pay","headers":[]}`
	return map[string]string{
		"raw": "HTTP/1.1 200 OK\r\n" + rawAnswer + "\r\n" + body,
		"after that of a proxy": "HTTP/1.1 200 Connection established\r\n\r\n" +
			"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\nHTTP/2 200 \r\n" + rawAnswer + "\r\n" + body,
		"curl -v":                 verbose + body + "\n* Connection #0 to host w left intact\n",
		"curl -v without a break": verbose + "{ [37 bytes data]\n" + body + "* Connection #0 to host w left intact",
		"curl -v, of Windows":     strings.ReplaceAll(verbose, "\n", "\r\n") + body + "* Closing connection 0\r\n",
		"curl -v with its meter":  verbose + "  % Total    % Received\n                Dload\n100  37 100 37\n" + body,
		"a HAR file": `{"log":{"entries":[{"request":` + request + `,"response":` + har + `{"text":` + quoted(body) +
			`}}}]}}`,
		"a HAR file with base64": `{"log":{"entries":[{"request":` + request + `,"response":` + har +
			`{"encoding":"base64","text":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `"}}}]}}`,
		"a record of both": `{"request":` + request + `,"response":` + strings.TrimSuffix(har, `,"content":`) +
			`,"body":` + quoted(body) + `}}`,
		"a record of nothing else": strings.TrimSuffix(har, `,"content":`) + `,"body":` + quoted(body) + `}`,
	}
}

func TestReadResponses(t *testing.T) {
	t.Parallel()
	for name, text := range responses() {
		x, err := saved.Read([]byte(text))
		require.NoError(t, err, name)
		require.NotNil(t, x.Response, name)
		require.Equal(t, answer(), x.Response, name)
		if x.Request != nil {
			require.Equal(t, "POST /api/v2/payments/pay", x.Request.Method+" "+x.Request.URI, name)
		}
	}
}

// TestReadHeadersAlone: some forms have no body.
func TestReadHeadersAlone(t *testing.T) {
	t.Parallel()
	envoy := "[2026-01-15 12:00:31.000][1][debug][http] request headers complete (end_stream=false):\n" +
		"':authority', 'shop'\n':path', '" + target + "'\n':method', 'POST'\n'client-id', 'C1'\n" +
		"'request-time', '2026-01-15T12:00:31+00:00'\n'signature', '" + signature + "'\n\n"
	nginx := "2026/01/15 12:00:31 [debug] 8#8: *1 http request line: \"POST " + target + " HTTP/1.1\"\n" +
		"8#8: *1 http header: \"Client-Id: C1\"\n8#8: *1 http header: \"Request-Time: 2026-01-15T12:00:31+00:00\"\n" +
		"8#8: *1 http header: \"Signature: " + signature + "\"\n"
	want := notification()
	want.Body, want.HasBody = nil, false
	for name, text := range map[string]string{"Envoy": envoy, "nginx": nginx, "an object": jsonHeaders,
		"a list of pairs": `[["Client-Id","C1"],["Request-Time","2026-01-15T12:00:31+00:00"],["Signature","` +
			signature + `"]]`} {
		x, err := saved.Read([]byte(text))
		require.NoError(t, err, name)
		require.NotNil(t, x.Request, name)
		x.Request.Header.Del("Host")
		if x.Request.Method == "" {
			x.Request.Method, x.Request.URI = want.Method, want.URI
		}
		require.Equal(t, want, x.Request, name)
	}
	answered, err := saved.Read([]byte(envoy + "encoding headers via codec (end_stream=false):\n':status', '200'\n" +
		"'signature', '" + signature + "'\n"))
	require.NoError(t, err)
	require.Equal(t, 200, answered.Response.Status)
	require.Equal(t, "POST", answered.Request.Method)
	x, err := saved.Read([]byte(`{"Response-Time":"1"}`))
	require.NoError(t, err)
	require.Nil(t, x.Request)
	require.NotNil(t, x.Response)
}

// TestReadLambdaQuery: the first version of the event has a query decoded and without
// its order, a load balancer's one raw, and the path with its stage elsewhere.
func TestReadLambdaQuery(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"multiValueQueryStringParameters":{"b":["2"],"a":["x y","1"]},` +
			`"requestContext":{"path":"/prod/notify"}`: "/notify?a=x+y&a=1&b=2",
		`"queryStringParameters":{"b":"2"},"requestContext":{"path":"/notify"}`: "/notify?b=2",
		`"queryStringParameters":{"b":"x%20y"},"requestContext":{"elb":{}}`:     "/notify?b=x%20y",
		`"queryStringParameters":null,"requestContext":{}`:                      "/notify",
	} {
		x, err := saved.Read([]byte(`{"httpMethod":"POST","path":"/notify","headers":` + jsonHeaders +
			`,"multiValueHeaders":null,"body":"{}",` + text + `}`))
		require.NoError(t, err, text)
		require.Equal(t, want, x.Request.URI)
		require.Equal(t, "an event of AWS Lambda", x.Form)
		if strings.Contains(text, "prod") {
			require.Equal(t, []string{"/prod/notify"}, x.Request.Paths)
		}
	}
}

// TestReadBodies: what programs do to the end of a body.
func TestReadBodies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Content-Length: 2\n\n{}\n": "{}",
		"Content-Length: 2\n\n{}x":  "{}x",
		"A: b\n\n{\r\n}\n":          "{\r\n}\n",
		"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n": "{}",
		"Transfer-Encoding: chunked\r\n\r\n{}":                            "{}",
		"Transfer-Encoding: chunked\r\n\r\n9\r\n{}":                       "9\r\n{}",
	} {
		x, err := saved.Read([]byte("POST https://shop.example/notify?a=1 HTTP/1.1\n" + text))
		require.NoError(t, err, text)
		require.Equal(t, want, string(x.Request.Body), text)
		require.Equal(t, "/notify?a=1", x.Request.URI)
		require.Equal(t, "shop.example", x.Request.Header.Get("Host"))
	}
	x, err := saved.Read([]byte(`{"method":"POST","url":"/n","headers":` + jsonHeaders + `,"body":{ "a":1 }}`))
	require.NoError(t, err)
	require.Equal(t, `{ "a":1 }`, string(x.Request.Body), "a body that a logger put in as JSON")
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": saved.ErrOneLine, "POST / HTTP/1.1": saved.ErrOneLine,
		"{\n}": saved.ErrNoHeader, "{": saved.ErrJSON, `{"a":1}`: saved.ErrNoHeader, "[]": saved.ErrNoHeader,
		"POST /\n\n": saved.ErrFirst, "HTTP/1.1 x\n\n": saved.ErrFirst, "HTTP/1.1 9999 x\n\n": saved.ErrFirst,
		"POST / HTTP/1.1\nno colon\n\n": saved.ErrNoColon, "POST / HTTP/1.1\n: x\n\n": saved.ErrNoColon,
		`{"log":{"entries":[]}}`: saved.ErrNoHeader, `{"log":{"entries":1}}`: saved.ErrJSON,
		`{"http_buffered_trace":{"request":{}}}`:                        saved.ErrNoHeader,
		`127.0.0.1 - - [x] "POST /notify HTTP/1.1" 401 0 "-" "Java/17"`: saved.ErrAccess,
		strings.Repeat("a", saved.MaxSize+1):                            saved.ErrTooLarge,
	} {
		_, err := saved.Read([]byte(text))
		require.ErrorIs(t, err, want, "%.80s", text)
	}
}

// FuzzRead: no input makes it panic, hang or grow, and what it finds has headers.
func FuzzRead(f *testing.F) {
	for _, forms := range []map[string]string{requests(), responses()} {
		for _, text := range forms {
			f.Add([]byte(text))
		}
	}
	f.Add([]byte("':status', '200'\n'signature', 'x'\n"))
	f.Add([]byte("http request line: \"POST / HTTP/1.1\"\nhttp header: \"Client-Id: 1\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := saved.Read(data)
		if err != nil {
			require.Empty(t, x)
			return
		}
		require.NotEmpty(t, x.Form)
		require.True(t, x.Request != nil || x.Response != nil)
		for _, m := range []*saved.Message{x.Request, x.Response} {
			if m == nil {
				continue
			}
			require.NotNil(t, m.Header)
			require.LessOrEqual(t, len(m.Header), 1001)
			require.LessOrEqual(t, len(m.Body), 2*len(data)+1)
		}
	})
}
