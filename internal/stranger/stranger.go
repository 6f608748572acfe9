// Package stranger tells what an answer without a signature is: a page of a firewall, a
// gateway's error, another API. Its words are for people and decide nothing.
package stranger

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/tradepay/tradepay-go/internal/ascii"
)

// Cause names what answered. The words are stable: programs branch on APIError.Cause.
type Cause string

// The causes.
const (
	CauseChallenge     Cause = "challenge"              // a page that tells people and programs apart
	CauseLogin         Cause = "login"                  // a page or a header that asks for a login
	CauseCaptivePortal Cause = "captive_portal"         // the network wants a login
	CauseRedirect      Cause = "redirect"               // another address
	CauseNotFound      Cause = "not_found"              // nothing is at this path
	CauseForbidden     Cause = "forbidden"              // this machine is not let through
	CauseRateLimited   Cause = "rate_limited"           // too many requests
	CauseGateway       Cause = "gateway"                // an error of a server before the wallet, or of its own gateway
	CauseCompressed    Cause = "compressed"             // compressed, which nobody asked for
	CauseUnsigned      Cause = "unsigned"               // JSON without a signature
	CauseNotTheWallet  Cause = "not_the_wallet"         // anything else
	CauseProxyAuth     Cause = "proxy_auth"             // the proxy wants a password
	CauseHTTPSExpected Cause = "https_expected"         // the server speaks TLS, and the request did not
	CauseClientCert    Cause = "tls_client_certificate" // the server wants a client certificate
)

// Answer is what came in place of the wallet's answer.
type Answer struct {
	Cause Cause
	What  string // such as "an HTML page"; of what the server sent, at most the host of a redirect
}

// maxSeen is how much of a body is looked at.
const maxSeen = 16 << 10

// Look tells what an answer without a Signature header is. status may be 0, if it is not
// known.
func Look(status int, header http.Header, body []byte) Answer {
	text := strings.ToLower(string(body[:min(len(body), maxSeen)]))
	seen := &answer{status: status, header: header, body: body, text: text}
	seen.kind = seen.kindOf()
	return Answer{Cause: seen.cause(), What: seen.what()}
}

type answer struct {
	status int
	header http.Header
	body   []byte
	text   string // the beginning of the body in small letters
	kind   string
}

// The kinds of bodies.
const (
	kindEmpty      = "an empty answer"
	kindHTML       = "an HTML page"
	kindJSON       = "JSON"
	kindXML        = "XML"
	kindText       = "text"
	kindCompressed = "a compressed answer"
	kindOther      = "something else"
)

func (a *answer) kindOf() string {
	encoding := a.header.Get("Content-Encoding")
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	begin := strings.TrimLeft(a.text, " \t\r\n\ufeff")
	switch {
	case len(a.body) == 0:
		return kindEmpty
	case encoding != "" && encoding != "identity", bytes.HasPrefix(a.body, []byte("\x1f\x8b")):
		return kindCompressed
	case strings.HasPrefix(begin, "<!doctype html"), strings.HasPrefix(begin, "<html"), media == "text/html":
		return kindHTML
	case json.Valid(a.body):
		return kindJSON
	case strings.HasPrefix(begin, "<?xml"), strings.HasPrefix(begin, "<"):
		return kindXML
	case strings.HasPrefix(media, "text/"), ascii.Printable(begin):
		return kindText
	}
	return kindOther
}

// cause goes from what the server says itself to what its status alone suggests.
func (a *answer) cause() Cause {
	switch {
	case a.challenges():
		return CauseChallenge
	case a.status == http.StatusNetworkAuthenticationRequired:
		return CauseCaptivePortal
	case a.status == http.StatusProxyAuthRequired:
		return CauseProxyAuth
	case a.status >= 300 && a.status < 400:
		return CauseRedirect
	case a.status == http.StatusBadRequest && a.says("http request to an https server",
		"plain http request was sent to https port"):
		return CauseHTTPSExpected
	case a.status == http.StatusBadRequest && a.says("ssl certificate"):
		return CauseClientCert
	case a.header.Get("WWW-Authenticate") != "", a.kind == kindHTML && a.says(`type="password"`, "type='password'"):
		return CauseLogin
	case a.status == http.StatusForbidden && a.says("missing authentication token"): // of AWS, for a wrong path
		return CauseNotFound
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return CauseForbidden
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed, a.status == http.StatusGone:
		return CauseNotFound
	case a.status == http.StatusTooManyRequests:
		return CauseRateLimited
	case a.status >= 500:
		return CauseGateway
	case a.kind == kindCompressed:
		return CauseCompressed
	case a.kind == kindJSON:
		return CauseUnsigned
	}
	return CauseNotTheWallet
}

// challenges reports whether the answer is a page of a firewall that tells people and
// programs apart, by what the well-known ones write.
func (a *answer) challenges() bool {
	if a.header.Get("Cf-Mitigated") == "challenge" || a.header.Get("X-Amzn-Waf-Action") != "" {
		return true
	}
	return a.kind == kindHTML && a.says("captcha", "challenge-platform", "just a moment...",
		"checking your browser", "enable javascript and cookies", "_incapsula_resource", "are you a robot",
		"are you a human", "verify you are human", "ddos protection")
}

func (a *answer) says(phrases ...string) bool {
	for _, words := range phrases {
		if strings.Contains(a.text, words) {
			return true
		}
	}
	return false
}

func (a *answer) what() string {
	if a.status < 300 || a.status >= 400 {
		return a.kind
	}
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || len(to.Host) > 100 || !isHost(to.Host) {
		return "a redirect"
	}
	switch to.Scheme {
	case "http", "https":
		return "a redirect to " + to.Scheme + "://" + to.Host
	case "":
		return "a redirect to //" + to.Host
	}
	return "a redirect"
}

// isHost reports whether a text looks like a host with or without a port.
func isHost(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"
	return text != "" && strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune(allowed, c) }) < 0
}
