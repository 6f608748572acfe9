package tradepay_test

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/internal/networktest"
	"github.com/tradepay/tradepay-go/wallets"
)

var updateTroubleshooting = flag.Bool("update-troubleshooting", false,
	"write what errors say into docs/troubleshooting.md and its twin anew")

// asked is the error of an inquiry that meets a case.
func asked(t *testing.T, tt networktest.Case) *tradepay.APIError {
	t.Helper()
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) {
		conf.HTTPClient, conf.BaseURL, conf.Retry.MaxAttempts = tt.Client, tt.BaseURL, 2
		conf.Now = time.Now // the listeners' Date is real
		if sign := keyServices[tt.Name]; sign != nil {
			conf.PrivateKey, conf.Retry.AttemptTimeout = contextSigner{vectorKey(t, "merchant"), sign}, time.Millisecond
		}
		if tt.Warm {
			conf.Retry.MaxAttempts = 1
		}
	})
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	if tt.Warm {
		_, err := client.QueryOrder(t.Context(), ref)
		require.ErrorIs(t, err, tradepay.ErrSignature)
	}
	_, err := client.QueryOrder(t.Context(), ref)
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "whatever happened")
	for _, other := range []error{tradepay.ErrRejected, tradepay.ErrUnauthorized, tradepay.ErrOrderNotFound} {
		require.NotErrorIs(t, err, other)
	}
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	return failed
}

// causes are the cases of the network, after those that end before a request is signed.
func causes(t *testing.T) []networktest.Case {
	t.Helper()
	unused := func(name, cause string) networktest.Case {
		return networktest.Case{
			Name: name, Cause: cause, BaseURL: "https://wallet.invalid", Client: &http.Client{},
			NotSent: true, Final: true,
		}
	}
	return append([]networktest.Case{
		unused("a key service that fails", "signing"), unused("a key service that is slow", "signing_timeout"),
	}, networktest.Cases(t)...)
}

// keyServices are what signs in some of the cases.
var keyServices = map[string]signFunc{
	"a key service that fails": func(context.Context, *rsa.PrivateKey, []byte) ([]byte, error) {
		return nil, errors.New("planted")
	},
	"a key service that is slow": untilGivenUp,
}

// TestCauses: where a request ends before the wallet, the error says where, whether it
// was sent and what to change, and the client retries only what may come through.
func TestCauses(t *testing.T) {
	t.Parallel()
	for _, tt := range causes(t) {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			failed := asked(t, tt)
			require.Equal(t, tt.Cause, failed.Cause, "%v", failed)
			require.Equal(t, tt.NotSent, failed.NotSent)
			attempts := 2
			if tt.Final || tt.Warm {
				attempts = 1
			}
			require.Equal(t, attempts, failed.Attempts)
			require.True(t, strings.HasPrefix(failed.Hint, tt.Cause+": "), failed.Hint)
			require.Equal(t, 1, strings.Count(failed.Error(), "; hint: "))
			for _, text := range []string{failed.Error(), failed.Hint, fmt.Sprintf("%+v", failed)} {
				require.NotContains(t, text, "planted")
				require.NotContains(t, text, "\n")
			}
			require.Less(t, len(failed.Error()), 700)
			if errors.Is(failed, tradepay.ErrSignature) {
				return
			}
			said := allTexts(failed.Err)
			isSaid := func(word string) bool { return word != "" && strings.Contains(said, word) }
			known := isSaid(inGo[tt.Cause]) || slices.ContainsFunc(elsewhere[tt.Cause], isSaid)
			require.Equal(t, !untold[tt.Name], known, "%s", said)
		})
	}
}

// untold are the cases about which net/http says nothing that one would search for.
var untold = map[string]bool{
	"a key service that fails":                  true,
	"a dialer of the program refuses":           true,
	"a proxy with words of its own":             true,
	"a proxy that hangs up":                     true,
	"an unreadable proxy address":               true,
	"a proxy that does not reach the host":      true,
	"a SOCKS proxy that wants another password": true,
	"a TLS alert to plain HTTP":                 true,
	"the server goes away before the request":   true,
	"the server calls the stream wrong":         true,
	"the server refuses the stream":             true,
}

// allTexts is what an error and those within it say.
func allTexts(err error) string {
	var texts []string
	for ; err != nil; err = errors.Unwrap(err) {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "\n")
}

// TestTroubleshooting holds docs/troubleshooting.md and its Spanish twin to what errors
// say.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	const marker = "<!-- From here on, TestTroubleshooting writes. -->\n"
	met := met(t)
	for _, page := range []language{english, spanish} {
		path := filepath.FromSlash(page.path)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		head, _, found := strings.Cut(string(data), marker)
		require.True(t, found)
		text := head + marker + page.sections(t, met)
		if *updateTroubleshooting {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			continue
		}
		require.Equal(t, string(data), text, "go test . -run TestTroubleshooting -update-troubleshooting rewrites it")

		documented := regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(text, -1)
		var names []string
		for _, match := range documented {
			names = append(names, match[1])
		}
		require.Equal(t, tradepay.NetworkCauses(), slices.Sorted(slices.Values(names)))
	}
	require.Equal(t, tradepay.NetworkCauses(), slices.Sorted(maps.Keys(spanish.remedies)))
	declared := append([]string{"signing", "signing_timeout"}, append(consttest.Texts(t, "internal/transport", "Cause"),
		consttest.Texts(t, "internal/stranger", "Cause")...)...)
	slices.Sort(declared)
	require.Equal(t, tradepay.NetworkCauses(), slices.Compact(declared))
	source, err := os.ReadFile("errors.go")
	require.NoError(t, err)
	for _, name := range tradepay.NetworkCauses() {
		require.Regexp(t, `[ \t]`+name+`[,.]`, string(source), "the documentation of APIError.Cause names all")
	}
}

// inGo is a part of what net/http says, by cause. TestCauses compares it.
var inGo = map[string]string{
	"dns": "no such host", "dns_server": "server misbehaving", "refused": "connection refused",
	"unreachable": "network is unreachable", "connect_timeout": "i/o timeout", "local_limit": "too many open files",
	"proxy_unreachable": "proxyconnect tcp: dial tcp", "proxy_auth": "Proxy Authentication Required",
	"tls_version":            "tls: protocol version not supported",
	"tls_unknown_root":       "x509: certificate signed by unknown authority",
	"tls_no_roots":           "x509: certificate signed by unknown authority",
	"tls_wrong_name":         "x509: cannot validate certificate for",
	"tls_expired":            "x509: certificate has expired or is not yet valid",
	"tls_not_yet_valid":      "x509: certificate has expired or is not yet valid",
	"tls_certificate":        "x509: certificate specifies an incompatible key usage",
	"tls_client_certificate": "remote error: tls: certificate required",
	"tls_alert":              "remote error: tls: handshake failure",
	"tls_timeout":            "net/http: TLS handshake timeout", "tls_broken": "EOF",
	"not_tls":        "http: server gave HTTP response to HTTPS client",
	"answer_timeout": "net/http: timeout awaiting response headers",
	"reset":          "connection reset by peer", "reset_idle": "connection reset by peer",
	"truncated": "unexpected EOF", "not_http": "malformed HTTP", "canceled": "context canceled",
	"signing_timeout": "context deadline exceeded",
}

// elsewhere are the words of curl, browsers, gateways and other languages for the same.
var elsewhere = map[string][]string{
	"signing": {"AccessDeniedException", "KMSInvalidStateException", "PERMISSION_DENIED",
		"CKR_USER_NOT_LOGGED_IN", "CKR_KEY_HANDLE_INVALID"},
	"dns":         {"curl: (6) Could not resolve host", "getaddrinfo ENOTFOUND"},
	"dns_server":  {"Temporary failure in name resolution", "getaddrinfo EAI_AGAIN"},
	"refused":     {"curl: (7) Failed to connect", "connect ECONNREFUSED"},
	"unreachable": {"No route to host", "ENETUNREACH", "EHOSTUNREACH"},
	"connect_timeout": {"curl: (28) Connection timed out", "connect ETIMEDOUT",
		"dial tcp: i/o timeout"},
	"local_limit":       {"EMFILE", "cannot assign requested address", "EADDRNOTAVAIL"},
	"proxy_unreachable": {"curl: (5) Could not resolve proxy", "curl: (7) Failed to connect"},
	"proxy_auth": {"curl: (56) CONNECT tunnel failed, response 407",
		"407 Proxy Authentication Required"},
	"proxy_refused": {"curl: (56) CONNECT tunnel failed, response 403", "socks connect tcp", "Forbidden"},
	"tls_version": {"curl: (35) tlsv1 alert protocol version", "unsupported protocol",
		"tls: server selected unsupported protocol version 302"},
	"tls_unknown_root": {"curl: (60) SSL certificate problem: unable to get local issuer certificate",
		"self-signed certificate in certificate chain", "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
		"PKIX path building failed"},
	"tls_no_roots": {"x509: failed to load system roots and no roots provided",
		"curl: (77) error setting certificate file"},
	"tls_wrong_name": {"x509: certificate is valid for",
		"curl: (60) SSL: no alternative certificate subject name matches target host name",
		"ERR_TLS_CERT_ALTNAME_INVALID"},
	"tls_expired":       {"curl: (60) SSL certificate problem: certificate has expired", "CERT_HAS_EXPIRED"},
	"tls_not_yet_valid": {"curl: (60) SSL certificate problem: certificate is not yet valid", "CERT_NOT_YET_VALID"},
	"tls_client_certificate": {"remote error: tls: bad certificate", "curl: (56) tlsv13 alert certificate required",
		"400 No required SSL certificate was sent"},
	"tls_alert":   {"curl: (35) sslv3 alert handshake failure", "remote error: tls: unrecognized name"},
	"tls_timeout": {"curl: (28) SSL connection timeout"},
	"tls_broken": {"curl: (35) Recv failure: Connection reset by peer", "SSL_ERROR_SYSCALL",
		"Client network socket disconnected before secure TLS connection was established"},
	"not_tls": {"curl: (35) wrong version number", "tls: first record does not look like a TLS handshake"},
	"answer_timeout": {"curl: (28) Operation timed out", "context deadline exceeded",
		"Client.Timeout exceeded while awaiting headers"},
	"reset": {"EOF", "curl: (52) Empty reply from server", "curl: (56) Recv failure: Connection reset by peer",
		"socket hang up", "ECONNRESET"},
	"reset_idle": {"http: server closed idle connection", "EOF", "ECONNRESET"},
	"http2": {"http2: server sent GOAWAY and closed the connection", "stream error: stream ID 1; INTERNAL_ERROR",
		"curl: (92) HTTP/2 stream 1 was not closed cleanly"},
	"truncated": {"curl: (18) transfer closed with outstanding read data remaining"},
	"not_http":  {"curl: (1) Received HTTP/0.9 when not allowed"},
	"https_expected": {"400 The plain HTTP request was sent to HTTPS port",
		"Client sent an HTTP request to an HTTPS server."},
	"challenge": {"Just a moment...", "Attention Required! | Cloudflare", "cf-mitigated: challenge",
		"Request unsuccessful. Incapsula incident ID"},
	"login":          {"401 Unauthorized", "WWW-Authenticate"},
	"captive_portal": {"511 Network Authentication Required"},
	"redirect":       {"301 Moved Permanently", "302 Found", "307 Temporary Redirect"},
	"not_found": {"404 Not Found", "404 page not found", "Cannot POST", "no Route matched with those values",
		"Missing Authentication Token"},
	"forbidden":    {"403 Forbidden", "Access Denied", "error code: 1020"},
	"rate_limited": {"429 Too Many Requests", "error code: 1015"},
	"gateway": {"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Time-out",
		"upstream connect error or disconnect/reset before headers"},
	"compressed": {"Content-Encoding: gzip", "content_encoding (Content-Encoding)"},
	"unsigned":   {"missing_header (Signature)"},
	"not_the_wallet": {"missing_header (Signature)", "invalid character '<' looking for beginning of value",
		"Unexpected token < in JSON at position 0"},
}

// groups are the causes under each heading of docs/troubleshooting.md.
var groups = [][]string{
	{"signing", "signing_timeout"},
	{"dns", "dns_server", "refused", "unreachable", "connect_timeout", "local_limit"},
	{"proxy_address", "proxy_unreachable", "proxy_auth", "proxy_refused"},
	{
		"tls_version", "tls_unknown_root", "tls_no_roots", "tls_wrong_name", "tls_expired", "tls_not_yet_valid",
		"tls_certificate", "tls_client_certificate", "tls_alert", "tls_timeout", "tls_broken", "not_tls",
	},
	{
		"answer_timeout", "reset", "reset_idle", "http2", "truncated", "too_large", "not_http", "https_expected",
		"canceled",
	},
	{
		"challenge", "login", "captive_portal", "redirect", "not_found", "forbidden", "rate_limited", "gateway",
		"compressed", "unsigned", "not_the_wallet",
	},
}

// language is what a page says beside the errors, which are in English.
type language struct {
	path                                 string
	titles                               []string // of groups
	change, others                       string
	saysWhetherSent, maybeSent, notSent  string
	neverRetried, seldomRetried, retried string
	remedies                             map[string]string // by cause; nil: as the error says
}

var english = language{
	path: "docs/troubleshooting.md",
	titles: []string{
		"Without a signature", "Without a connection", "At a proxy", "In the TLS handshake", "Without a whole answer",
		"Something else answers",
	},
	change: "What to change", others: "Others say",
	saysWhetherSent: "`NotSent` says whether it was sent.", maybeSent: "It may have been sent.",
	notSent: "Nothing was sent.", neverRetried: "It is not retried.",
	seldomRetried: "It is retried unless that is useless for certain.", retried: "It is retried if that is safe.",
}

// meeting is the error of an inquiry that met the first case of a cause, and all of
// these cases.
type meeting struct {
	failed *tradepay.APIError
	cases  []networktest.Case
}

func met(t *testing.T) map[string]meeting {
	t.Helper()
	all := make(map[string]meeting)
	for _, tt := range causes(t) {
		one, known := all[tt.Cause]
		if !known {
			one.failed = asked(t, tt)
		}
		one.cases = append(one.cases, tt)
		all[tt.Cause] = one
	}
	return all
}

// sections has a part for each cause, with what the error of an inquiry says.
func (l language) sections(t *testing.T, met map[string]meeting) string {
	t.Helper()
	var b strings.Builder
	for i, causes := range groups {
		fmt.Fprintf(&b, "\n## %s\n", l.titles[i])
		for _, cause := range causes {
			require.NotEmpty(t, met[cause].cases, "no case of %s", cause)
			fmt.Fprintf(&b, "\n### %s\n\n", cause)
			l.section(&b, met[cause])
		}
	}
	return b.String()
}

func (l language) section(b *strings.Builder, met meeting) {
	failed := met.failed
	text, hint, _ := strings.Cut(failed.Error(), "; hint: ")
	remedy := cmp.Or(l.remedies[failed.Cause], strings.TrimPrefix(hint, failed.Cause+": "))
	fmt.Fprintf(b, "```\n%s\n```\n\n", strings.Replace(text, " after 2 attempts", "", 1))
	fmt.Fprintf(b, "**%s:** %s.\n\n", l.change, remedy)
	var words []string
	for _, word := range append([]string{inGo[failed.Cause]}, elsewhere[failed.Cause]...) {
		if word != "" {
			words = append(words, "`"+word+"`")
		}
	}
	if len(words) > 0 {
		fmt.Fprintf(b, "%s: %s.\n\n", l.others, strings.Join(words, " · "))
	}
	every := func(is func(networktest.Case) bool) bool {
		return !slices.ContainsFunc(met.cases, func(tt networktest.Case) bool { return !is(tt) })
	}
	isSent := func(tt networktest.Case) bool { return !tt.NotSent }
	isFinal := func(tt networktest.Case) bool { return tt.Final }
	sent, again := l.notSent, l.retried
	switch {
	case failed.Cause == "canceled":
		sent = l.saysWhetherSent
	case every(isSent):
		sent = l.maybeSent
	case slices.ContainsFunc(met.cases, isSent):
		sent = l.saysWhetherSent
	}
	switch {
	case failed.Cause == "canceled", every(isFinal):
		again = l.neverRetried
	case slices.ContainsFunc(met.cases, isFinal):
		again = l.seldomRetried
	}
	b.WriteString(sent + " " + again + "\n")
}
