package main

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestParseMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       message
	}{
		{"a request", "POST /notify?a=1 HTTP/1.1\r\nClient-Id: 1\r\nsignature:  x=\t\r\n\r\n{\r\n}\n", message{
			method: "POST", uri: "/notify?a=1", header: http.Header{"Client-Id": {"1"},
				"Signature": {"x="}}, body: []byte("{\r\n}\n"),
		}},
		{"an answer", "HTTP/2 200\nA: 1\nA: 2\n\nbody", message{answer: true, header: http.Header{"A": {"1", "2"}},
			body: []byte("body")}},
		{"a line that an editor added", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\n",
			message{answer: true, header: http.Header{"Content-Length": {"2"}}, body: []byte("{}")}},
		{"a body longer than it says", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}x",
			message{answer: true, header: http.Header{"Content-Length": {"2"}}, body: []byte("{}x")}},
		{"no body", "HTTP/1.1 200 OK\nA: 1\n", message{answer: true, header: http.Header{"A": {"1"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseMessage([]byte(test.text))
			require.NoError(t, err)
			require.Equal(t, test.want.header, got.header)
			require.Equal(t, string(test.want.body), string(got.body))
			require.Equal(t, []any{test.want.method, test.want.uri, test.want.answer},
				[]any{got.method, got.uri, got.answer})
		})
	}
	for text, says := range map[string]string{
		"": "only one line", "{}": "only one line", "{\n}": "its first line is neither",
		"POST /\n\n":                  "its first line is neither",
		"POST / HTTP/1.1\n{\"a\":1\n": "", "POST / HTTP/1.1\nno colon\n\n": "has no colon",
		"POST / HTTP/1.1\n: x\n\n": "has no colon",
	} {
		_, err := parseMessage([]byte(text))
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says, text)
	}
}

// FuzzParseMessage: no input makes it panic, and a body is a part of it.
func FuzzParseMessage(f *testing.F) {
	f.Add([]byte("POST /notify HTTP/1.1\r\nA: b\r\nContent-Length: 2\r\n\r\n{}\n"))
	f.Add([]byte("HTTP/1.1 200 OK\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			return
		}
		require.Contains(t, string(data), string(m.body))
		require.NotEqual(t, m.answer, m.method != "")
	})
}

func TestKindAsItLooks(t *testing.T) {
	t.Parallel()
	wallet := wallets.PlatformV2()
	for _, test := range []struct {
		first, header string
		uri           string
		want          doctor.EvidenceKind
	}{
		{"POST /api/v2/payments/pay HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceRequest},
		{"POST /v2/payments/pay/ HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceRequest},
		{"POST /shop/notify HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceNotification},
		{"HTTP/1.1 200 OK", "Response-Time: 1", "/api/v2/payments/pay", doctor.EvidenceResponse},
		{"HTTP/1.1 200 OK", "Response-Time: 1", "/shop/notify", doctor.EvidenceAcknowledgement},
	} {
		m, err := parseMessage([]byte(test.first + "\n" + test.header + "\n\n{}"))
		require.NoError(t, err)
		kind := ""
		f := &messageFlags{kind: &kind}
		got, err := f.kindOf(m, cmp.Or(test.uri, m.uri), &wallet)
		require.NoError(t, err)
		require.Equal(t, test.want, got, test.first)
		require.True(t, f.assumed)
	}
}

func TestMessageFlagsReject(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	file := write(t, "m.http", "POST /notify HTTP/1.1\nA: b\n\n{}")
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{}, "give the message one way"},
		{[]string{"-message", file, "-curl", file}, "give the message one way"},
		{[]string{"-message", file, "-body", file}, "-body goes with -headers"},
		{[]string{"-message", "nowhere.http"}, "-message: open nowhere.http"},
		{[]string{"-curl", file}, "does not begin with curl"},
		{[]string{"-message", write(t, "x", "{}")}, "only one line"},
		{[]string{"-headers", write(t, "h", "no colon at all\n")}, "a line has no colon"},
		{[]string{"-headers", write(t, "h", "Response-Time: 1\n")}, "-uri is missing"},
		{[]string{"-message", file, "-kind", "letter"}, "-kind letter: give request, response"},
		{[]string{"-message", file, "-at", "yesterday"}, "-at yesterday: write it like"},
		{[]string{"-message", file, "-public-key", file}, "-public-key (" + file + "): "},
		{[]string{"-curl", write(t, "c", "curl h/p -d @-")}, "name a file instead"},
		{[]string{"-message", file, "-wallet-keys", ""},
			"the wallet signs a notification: name its public key in TRADEPAY_WALLET_KEY_FILE"},
		{[]string{"-message", file, "-kind", "request", "-private-key-file", ""},
			"the merchant signs a request: name the private key in TRADEPAY_PRIVATE_KEY_FILE"},
	} {
		got := u.run(append([]string{"verify"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, "%q %s", test.args, got.stderr)
		require.Contains(t, got.stderr, test.says)
	}
	big := write(t, "big", strings.Repeat("a", 4<<20+1))
	require.Contains(t, u.run("verify", "-message", big).stderr, "over 4 MiB")
}
