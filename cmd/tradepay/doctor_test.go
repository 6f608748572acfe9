package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// newPair makes a key pair and returns how its files begin.
func newPair(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "other")
	require.Equal(t, exitOK, newUser(t, nil).run("keygen", "-name", name).code)
	return name
}

// signedCurl is a request of u as a curl command.
func signedCurl(t *testing.T, u *user, body string) string {
	t.Helper()
	file := write(t, "body.json", body)
	got := u.run("sign", "-uri", "/api/v2/payments/inquiryPayment", "-body", file, "-curl")
	require.Equal(t, exitOK, got.code, got.stderr)
	return got.out
}

func TestDoctorOnSettings(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	got := u.run("doctor")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "The settings fit together. The command sent nothing")
	got = u.run("doctor", "-json")
	require.Equal(t, exitOK, got.code)
	require.Contains(t, got.out, `"valid": true`)

	pair := newPair(t)
	got = u.run("doctor", "-private-key-file", pair+"-private.pem", "-wallet-key-file", pair+"-public.pem")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr,
		"-wallet-key-file: the key of keyVersion 1 is the public half of your own private key; load the wallet's own "+
			"public key")
	got = u.run("doctor", "-private-key-file", pair+"-public.pem")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "-private-key-file ("+pair+"-public.pem): ")
	require.Contains(t, got.stderr, "public key")
	got = u.run("doctor", "-body", "body.json") // what was forgotten is no reason to call all good
	require.Equal(t, exitUsage, got.code)
	require.Empty(t, got.out)
	require.Contains(t, got.stderr,
		"-body is about a message: give that by -message FILE, -curl FILE, or -headers FILE with -body FILE")
	got = newUser(t, nil).run("doctor")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "TRADEPAY_WALLET or -wallet: is not set; name one of: platform-v1")
}

func TestDoctorOnMessages(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	pair := newPair(t)
	curl := signedCurl(t, u, `{"paymentRequestId":"order-1","secret":"4111111111111111"}`)
	for _, test := range []struct {
		name  string
		curl  string
		args  []string
		code  int
		cause doctor.Cause
	}{
		{"good", curl, nil, exitOK, ""},
		{"the path without its prefix", strings.Replace(curl, "/api/v2/", "/v2/", 1), nil, exitNotVerified,
			doctor.CausePathPrefix},
		{"another key is registered", curl, []string{"-public-key", pair + "-public.pem"}, exitNotVerified,
			doctor.CauseKeyPair},
		{"another client", strings.Replace(curl, "TEST_5X00000000000001", "TEST_5X00000000000002", 1), nil,
			exitNotVerified, doctor.CauseClientID},
		{"an old message", curl, []string{"-at", "2099-01-01T00:00:00Z"}, exitNotVerified, doctor.CauseClock},
		{"spaces encoded", strings.ReplaceAll(curl, "%3D", "%253D"), nil, exitNotVerified,
			doctor.CauseDoubleEncoding},
		{"another key version", strings.Replace(curl, "keyVersion=1", "keyVersion=7", 1), nil, exitNotVerified,
			doctor.CauseKeyVersion},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := u.with(nil)
			u.stdin = test.curl
			got := u.run(append([]string{"doctor", "-curl", "-", "-json"}, test.args...)...)
			require.Equal(t, test.code, got.code, got.out+got.stderr)
			var out struct {
				Valid    bool
				Kind     doctor.EvidenceKind
				Findings []struct {
					Cause   doctor.Cause
					Certain bool
					Remedy  string
				}
			}
			require.NoError(t, json.Unmarshal([]byte(got.out), &out))
			require.Equal(t, doctor.EvidenceRequest, out.Kind)
			require.Equal(t, test.code == exitOK, out.Valid)
			if test.cause != "" {
				require.Equal(t, test.cause, out.Findings[0].Cause, got.out)
				require.True(t, out.Findings[0].Certain)
				require.NotEmpty(t, out.Findings[0].Remedy)
			}
			text := u.run(append([]string{"doctor", "-curl", "-"}, test.args...)...)
			require.Equal(t, test.code, text.code)
			require.Contains(t, text.out, string(test.cause))
			require.Contains(t, text.out, "The message looks like a request.")
			for _, out := range []string{got.out, text.out} {
				require.NotContains(t, out, "4111", "nothing of a body")
				require.NotContains(t, out, "secret")
				require.NotContains(t, out, "PRIVATE")
			}
		})
	}
}

func TestDoctorLive(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	pair := newPair(t)
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	for _, test := range []struct {
		name string
		args []string
		env  map[string]string
		code int
		says []string
	}{
		{"good", nil, nil, exitOK, []string{"HTTP 200",
			"The wallet verified your signature, and you verified its answer."}},
		{"the wallet has another key", []string{"-private-key-file", pair + "-private.pem"}, nil, exitCaller, []string{
			"result F INVALID_SIGNATURE", "The signature is right: your key ", "Compare that fingerprint",
			"Upload the public half",
		}},
		{"another key as the wallet's", []string{"-wallet-key-file", pair + "-public.pem"}, nil, exitNotVerified,
			[]string{"The doctor on the wallet's answer:", "(unknown_key, certain)"}},
		{"an unknown version", []string{"-key-version", "3"}, nil, exitCaller,
			[]string{"KEY_NOT_FOUND", "set TRADEPAY_KEY_VERSION"}},
		{"an unknown client", []string{"-client-id", "TEST_5X2"}, nil, exitCaller,
			[]string{"INVALID_CLIENT", "The wallet does not know this Client-Id"}},
		{"another prefix", nil, map[string]string{tradepayenv.BaseURL: u.env[tradepayenv.BaseURL] + "/elsewhere"},
			exitCaller, []string{
				`INVALID_API "no such operation: look at the base URL`, "look at the path of TRADEPAY_BASE_URL",
			}},
		{"nobody there", []string{"-base-url", "http://127.0.0.1:1"}, nil, exitFailed,
			[]string{"connection refused", "hint: refused: nothing listens",
				"Nothing reached http://127.0.0.1:1, the address of TRADEPAY_BASE_URL"}},
		{"a page in its place", []string{"-base-url", page.URL}, nil, exitNotVerified,
			[]string{"got text, not a signed answer", "hint: not_found: nothing is at this path"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := u.with(test.env).run(append([]string{"doctor", "-live", "-timeout", "10s"}, test.args...)...)
			require.Equal(t, test.code, got.code, got.out+got.stderr)
			for _, says := range test.says {
				require.Contains(t, got.out, says)
			}
			machine := u.with(test.env).run(append([]string{"doctor", "-live", "-json"}, test.args...)...)
			require.Equal(t, test.code, machine.code)
			var out struct {
				Valid       bool
				Cause, Hint string
				Response    any
			}
			require.NoError(t, json.Unmarshal([]byte(machine.out), &out), machine.out)
			require.Equal(t, test.code == exitOK, out.Valid)
			require.Equal(t, out.Cause != "", strings.HasPrefix(out.Hint, out.Cause+": "))
			require.False(t, out.Cause != "" && out.Response != nil, "the doctor judges what is the wallet's")
		})
	}
	for _, args := range [][]string{{"-message", "x"}, {"-body", "x"}} {
		got := u.run(append([]string{"doctor", "-live"}, args...)...)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.stderr, "leave out "+args[0])
	}
}

// TestDoctorOnNotification: behind a proxy that changes the path.
func TestDoctorOnNotification(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	kept := keptNotification(t, u, "/shop/notify")
	file := write(t, "n.http", strings.Replace(kept, "POST /shop/notify ", "POST /notify ", 1))
	got := u.run("doctor", "-message", file)
	require.Equal(t, exitNotVerified, got.code)
	require.Contains(t, got.out, "The message looks like a notification.")
	got = u.run("doctor", "-message", file, "-other-uri", "/shop/notify", "-json")
	require.Equal(t, exitNotVerified, got.code)
	require.Contains(t, got.out, string(doctor.CausePathRewritten))

	// The same in parts.
	head, body, _ := strings.Cut(kept, "\n\n")
	_, headers, _ := strings.Cut(head, "\n")
	got = u.run("doctor", "-headers", write(t, "h", headers), "-body", write(t, "b", body), "-uri", "/shop/notify")
	require.Equal(t, exitOK, got.code, got.out+got.stderr)
	got = u.run("doctor", "-headers", write(t, "h", head), "-body", write(t, "b", body+"\n"), "-kind", "notification",
		"-sent-body", write(t, "b", body))
	require.Equal(t, exitNotVerified, got.code)
	require.Contains(t, got.out, string(doctor.CauseBodyLineEnds))
}

// keptNotification is a signed notification of the test wallet as text.
func keptNotification(t *testing.T, u *user, uri string) string {
	t.Helper()
	body := `{"paymentId":"1","paymentRequestId":"order-1"}`
	signed := u.run("sign", "-kind", "notification", "-uri", uri, "-body", write(t, "b", body),
		"-private-key-file", filepath.Join("..", "..", "tradepaytest", "keys", "wallet-1.pem"))
	require.Equal(t, exitOK, signed.code, signed.stderr)
	return "POST " + uri + " HTTP/1.1\n" + signed.out + "\n" + body
}

func TestDoctorOnDisk(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	dir := filepath.Dir(u.env[tradepayenv.PrivateKeyFile])
	require.NoError(t, os.WriteFile(u.env[tradepayenv.PrivateKeyFile], nil, 0o600))
	got := u.run("doctor")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "TRADEPAY_PRIVATE_KEY_FILE ("+filepath.Join(dir,
		"sandbox-merchant-private.pem")+"): is empty")
}

// goNames are those that only a Go program has.
var goNames = regexp.MustCompile(`With[A-Z]\w+|Parse[A-Z]\w+|In Go|Wallet\.[A-Z]|Config\.|Message\.[A-Z]|RequestURI`)

// TestDoctorKnowsTheNotifyURL: TRADEPAY_NOTIFY_URL is the public URL, whatever a
// proxy makes of its path; and no answer speaks Go to who writes Node.
func TestDoctorKnowsTheNotifyURL(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	kept := strings.Replace(keptNotification(t, u, "/shop/notify"), "POST /shop/notify ", "POST /notify ", 1)
	file := write(t, "notification.http", kept)
	for _, test := range []struct {
		name, notifyURL string
		want            doctor.Cause
		verdict         string
	}{
		{"told", "https://shop.example/shop/notify", doctor.CausePathRewritten,
			"The signature is over a known public path"},
		{"told with a query", "https://shop.example/shop/notify?token=sesame", doctor.CausePathRewritten,
			"The signature is over a known public path"},
		{"another one", "https://shop.example/elsewhere", doctor.CauseContent,
			"The key is right, but it signed another content"},
		{"not told", "", doctor.CauseContent, "The key is right, but it signed another content"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := u.with(map[string]string{tradepayenv.NotifyURL: test.notifyURL})
			got := u.run("doctor", "-message", file, "-json")
			require.Equal(t, exitNotVerified, got.code, got.stderr)
			var out struct {
				Findings []struct {
					Cause   doctor.Cause
					Certain bool
					Remedy  string
				}
			}
			require.NoError(t, json.Unmarshal([]byte(got.out), &out))
			require.Equal(t, test.want, out.Findings[0].Cause, got.out)
			require.True(t, out.Findings[0].Certain)
			require.Contains(t, out.Findings[0].Remedy, "public path of the notify URL")
			text := u.run("doctor", "-message", file)
			verdict := u.run("verify", "-message", file)
			require.Equal(t, exitNotVerified, verdict.code)
			require.Contains(t, verdict.out, "not verified: "+test.verdict)
			for _, out := range []string{got.out, text.out, verdict.out} {
				require.NotRegexp(t, goNames, out)
				require.NotContains(t, out, "sesame")
			}
		})
	}
	got := u.with(map[string]string{tradepayenv.NotifyURL: "shop.example"}).run("doctor", "-message", file)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, tradepayenv.NotifyURL)
}

// TestCommandSpeaksNoGo: what the command and the sandbox print, is for every
// language; only flags, variables and the protocol's words are named.
func TestCommandSpeaksNoGo(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{".", filepath.Join("..", "..", "tradepaytest")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(tree, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					require.NotRegexp(t,
						`With[A-Z]\w+\(?|Parse[A-Z]\w+Key|ParseNotification|DiagnoseNotification|NotifyHandler`,
						text.Value, file)
				}
				return true
			})
		}
	}
}

// TestRow17Forms: the doctor reads a message in each form in which people keep one, and
// says which one it is.
func TestRow17Forms(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	const uri = "/shop/notify?b=2&a=1"
	files := asProgramsSaveIt(t, keptNotification(t, u, uri))
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"lambda-v2.json": {says: "an event of AWS Lambda", args: []string{"-uri", uri}},
		"lambda-v1.json": {says: "an event of AWS Lambda", args: []string{"-uri", uri}},
		"shop.har":       {says: "a HAR file"},
		"headers.json": {says: "headers as JSON", args: []string{"-uri", uri, "-kind", "notification",
			"-body", write(t, "body", files["notified.json"])}},
		"access.log": {says: "a record in JSON"},
		"tap.json":   {says: "a trace of Envoy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flagName := "-message"
			if strings.Contains(name, "headers") {
				flagName = "-headers"
			}
			file := write(t, "kept.json", files[name])
			got := u.run(append([]string{"doctor", flagName, file}, test.args...)...)
			require.Equal(t, exitOK, got.code, got.out+got.stderr)
			require.Contains(t, got.out, "The file is "+test.says)
			require.Contains(t, got.out, "Nothing to change")
			if !strings.Contains(name, "lambda") {
				return
			}
			// The path with the stage, or the query sorted.
			got = u.run("doctor", "-message", file, "-kind", "notification")
			require.Equal(t, exitNotVerified, got.code, got.out+got.stderr)
			require.NotContains(t, got.out, "(content,")
		})
	}
}

// asProgramsSaveIt is a kept notification in the forms in which other programs save one, by the names of files.
// Lambda's stage is prod.
func asProgramsSaveIt(t *testing.T, kept string) map[string]string {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(kept)))
	require.NoError(t, err)
	_, body, found := strings.Cut(kept, "\n\n")
	require.True(t, found)
	type object = map[string]any
	headers, access := object{}, object{"request": "POST " + r.RequestURI + " HTTP/1.1", "request_body": body}
	var list [][2]string
	for name := range r.Header {
		value, lower := r.Header.Get(name), strings.ToLower(name)
		headers[lower] = value
		access["http_"+strings.ReplaceAll(lower, "-", "_")] = value
		list = append(list, [2]string{lower, value})
	}
	parameters := object{}
	for name, values := range r.URL.Query() {
		parameters[name] = values[0]
	}
	url := "https://shop.example" + r.RequestURI
	files := map[string]string{"notified.json": body}
	for name, form := range map[string]object{
		"lambda-v2.json": {
			"version": "2.0", "rawPath": "/prod" + r.URL.Path, "rawQueryString": r.URL.RawQuery, "headers": headers,
			"requestContext": object{"http": object{"method": "POST"}}, "isBase64Encoded": true,
			"body": base64.StdEncoding.EncodeToString([]byte(body)),
		},
		"lambda-v1.json": {
			"httpMethod": "POST", "path": r.URL.Path, "headers": headers, "isBase64Encoded": false, "body": body,
			"queryStringParameters": parameters, "requestContext": object{"path": "/prod" + r.URL.Path},
		},
		"shop.har": {"log": object{"entries": []any{object{
			"request": object{"method": "POST", "url": url, "headers": []any{}, "postData": object{"text": body},
				"headersSize": 1},
		}, object{
			"request": object{"method": "POST", "url": url, "headers": pairsOf(list), "postData": object{"text": body}},
		}}}},
		"headers.json": headers,
		"access.log":   access,
		"tap.json": {"http_buffered_trace": object{
			"request": object{"body": object{"as_string": body}, "headers": append(pairsOf(list),
				object{"key": ":path", "value": r.RequestURI}, object{"key": ":method", "value": "POST"})},
		}},
	} {
		data, err := json.Marshal(form)
		require.NoError(t, err)
		files[name] = string(data)
	}
	return files
}

// pairsOf are headers as HAR files and traces have them.
func pairsOf(list [][2]string) (all []any) {
	for _, pair := range list {
		all = append(all, map[string]any{"name": pair[0], "value": pair[1]})
	}
	return all
}

// TestRow17CurlVerbose: what curl -v prints is the answer with its request; of a request
// alone, the doctor says where its body belongs.
func TestRow17CurlVerbose(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	const sent = "> POST /api/v2/payments/pay HTTP/1.1\n> Host: w\n> Signature: x\n> Client-Id: 1\n> \n"
	page := sent + "< HTTP/1.1 403 Forbidden\n< Content-Type: text/html\n< \n" +
		"<html>Just a moment...</html>\n* Connection #0 to host w left intact\n"
	got := u.run("doctor", "-message", write(t, "v.txt", page))
	require.Equal(t, exitNotVerified, got.code, got.stderr)
	require.Contains(t, got.out, "The file is what curl -v prints.\nThe message looks like a response.")
	require.Contains(t, got.out, "What answered is HTTP 403, an HTML page, Content-Type text/html")
	require.Contains(t, got.out, "1. Ask the wallet to let your server's addresses through to its API")

	got = u.run("doctor", "-message", write(t, "v.txt", page), "-kind", "request")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "what curl -v prints has no body of the request: give the headers by -headers")
	got = u.run("doctor", "-message", write(t, "log", `127.0.0.1 - - [x] "POST /notify HTTP/1.1" 401 0 "-" "Java/17"`))
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "let the server write them with the body: in nginx http_client_id")
}
