package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCurl(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, command, method, url, body string
		header                           http.Header
	}{
		{"a request with line breaks",
			"curl -X POST 'https://gateway.example/api/v2/payments/pay?a=1' \\\n  -H 'Client-Id: 1' \\\n  -H " +
				"\"Signature: algorithm=RSA256, keyVersion=1, signature=a+b/c==\" \\\n  -d '{\"a\":\"it'\\''s\"}'\n",
			"POST", "https://gateway.example/api/v2/payments/pay?a=1", `{"a":"it's"}`,
			http.Header{"Client-Id": {"1"}, "Signature": {"algorithm=RSA256, keyVersion=1, signature=a+b/c=="}}},
		{"with its prompt, options put together", `$ curl -sSkL -XPUT -HClient-Id:1 --data-raw '@x' http://h/p`, "PUT",
			"http://h/p", "@x", http.Header{"Client-Id": {"1"}}},
		{"a browser's copy", `curl 'https://h/p' -H 'traceId: 7' ` +
			`--data-raw $'{"a":"caf\u00e9\n\x41\\\'"}' --compressed --insecure`, "POST", "https://h/p",
			"{\"a\":\"café\nA\\'\"}", http.Header{"Traceid": {"7"}}},
		{"double quotes", `curl "https://h/p" -d "{\"a\":\"b\\c\"}"`, "POST", "https://h/p", `{"a":"b\c"}`,
			http.Header{}},
		{"several data", `curl h/p -d a=1 --data b=2`, "POST", "http://h/p", "a=1&b=2", http.Header{}},
		{"json", `curl --json '{}' https://h/`, "POST", "https://h/", "{}",
			http.Header{"Content-Type": {"application/json"}}},
		{"a get", `/usr/bin/curl --url https://h/p -o /dev/null`, "GET", "https://h/p", "", http.Header{}},
		{"a header twice, an empty one", `curl https://h -H 'A: 1' -H 'a: 2' -H 'B;'`, "GET", "https://h", "",
			http.Header{"A": {"1", "2"}, "B": {""}}},
		{"followed by more", "curl https://h/p | jq .\necho done", "GET", "https://h/p", "", http.Header{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseCurl(test.command)
			require.NoError(t, err)
			require.Equal(t, test.method, got.method)
			require.Equal(t, test.url, got.url.String())
			require.Equal(t, test.header, got.header)
			body, err := got.body(func(string) ([]byte, error) { t.Error("nothing to be read"); return nil, nil })
			require.NoError(t, err)
			require.Equal(t, test.body, string(body))
		})
	}
}

func TestCurlFiles(t *testing.T) {
	t.Parallel()
	read := func(file string) ([]byte, error) {
		if file == "body.json" {
			return []byte("{\r\n}\n\xff"), nil
		}
		return nil, os.ErrNotExist
	}
	for command, want := range map[string]string{
		"curl h -d @body.json": "{}\xff", "curl h --data-binary @body.json": "{\r\n}\n\xff",
		"curl h --json @body.json": "{\r\n}\n\xff",
	} {
		got, err := parseCurl(command)
		require.NoError(t, err)
		body, err := got.body(read)
		require.NoError(t, err)
		require.Equal(t, want, string(body), command)
	}
	got, err := parseCurl("curl h -d @nowhere")
	require.NoError(t, err)
	_, err = got.body(read)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestParseCurlRejects(t *testing.T) {
	t.Parallel()
	for command, says := range map[string]string{
		"":                                "does not begin with curl",
		"wget https://h":                  "does not begin with curl",
		"curl":                            "has no URL",
		"curl https://a https://b":        "two URLs",
		"curl https://h -d 'a":            "a quote ' is not closed",
		`curl https://h -d "a`:            "a quote \" is not closed",
		`curl https://h -d $'a`:           "a quote $' is not closed",
		`curl https://h -d $'\q'`:         `\q is not understood`,
		`curl https://h \`:                "ends with a backslash",
		"curl https://h -H":               "-H has no value: the end of the command is missing",
		"curl https://h -H 'no colon'":    "a header without a colon",
		"curl https://h -H ': x'":         "no name before its colon",
		"curl https://h -H @file":         "-H reads a file",
		"curl https://h -H \"A: $B\"":     "shell variable",
		"curl https://h -d $(cat x)":      "shell variable or command",
		"curl https://h -d `cat x`":       "shell variable or command",
		"curl https://h -d ${X}":          "shell variable",
		"curl https://h/?a=1&b=2 -d x":    "put the URL into quotes",
		`curl https://h -d "$1"`:          "shell variable",
		`curl https://h -d $'\x00'`:       `\x00 is not understood`,
		`curl https://h -d $'\ud83d'`:     `\ud83d is not understood`,
		`curl https://h -d {"a":1,"b":2}`: "there is a { outside quotes",
		"curl https://h > out -d x":       "there is a > outside quotes",
		"curl https://h -d <(cat x)":      "there is a < outside quotes",
		"curl ^\"https://h^\"":            "Windows command prompt",
		"curl https://h --form a=b":       "does not know the option --form",
		"curl https://h -F a=b":           "does not know the option -F",
		"curl https://h -T file":          "does not know the option -T",
		"curl http://:8080":               "",
		"curl ://":                        "is not valid",
	} {
		_, err := parseCurl(command)
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, errCurl, command)
		require.ErrorContains(t, err, says, command)
	}
	_, err := parseCurl("curl " + strings.Repeat("a", maxCurl))
	require.ErrorContains(t, err, "over 4 MiB")
}

// FuzzParseCurl: no input makes it panic. It reads the words that it understood again when
// they are in quotes.
func FuzzParseCurl(f *testing.F) {
	for _, seed := range []string{
		"curl https://h/p", `curl -X POST 'https://h/p?a=1' -H "A: b" --data-binary @f -d $'\u00e9\n'`, "curl \\\n h",
		"$ curl -sSHa:b h", `curl "a\"b" ^"`, "curl h -d 'a' | jq",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := shellWords(text)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, word := range words {
			quoted[i] = shellQuote(word)
		}
		again, err := shellWords(strings.Join(quoted, " "))
		require.NoError(t, err)
		require.Equal(t, words, again)

		command, err := parseCurl(text)
		if err != nil {
			require.ErrorIs(t, err, errCurl)
			return
		}
		require.NotNil(t, command.url)
		require.NotEmpty(t, command.method)
		_, err = command.body(func(string) ([]byte, error) { return nil, nil })
		require.NoError(t, err)
	})
}
