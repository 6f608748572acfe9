// Package networktest has, for tests, each place where a request to a wallet can end
// before the wallet: real listeners on loopback, one for each.
package networktest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Case is one way in which a request ends before the wallet.
type Case struct {
	Name    string // what happens, in a few words, unique
	Cause   string // as in APIError.Cause
	BaseURL string // where the wallet should be
	Client  *http.Client
	NotSent bool
	Final   bool // a retry would end in the same way
	// Warm says that it happens to the second request only, on the connection of the first.
	Warm bool
	// Arrived counts the requests that came whole, where that is of interest; or nil.
	Arrived func() int
}

// patience is how long a client waits for what never comes.
const patience = 200 * time.Millisecond

// Cases starts a listener for each case, until the end of the test.
func Cases(t testing.TB) []Case {
	t.Helper()
	ca := newAuthority(t)
	return append(append(append(connecting(t), proxies(t, ca)...), handshakes(t, ca)...),
		append(answers(t, ca), strangers(t)...)...)
}

// client returns a client with connections of its own, which trusts roots.
func client(t testing.TB, roots *x509.CertPool, change ...func(*http.Transport)) *http.Client {
	t.Helper()
	tr := &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 5 * time.Second,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
	}
	for _, f := range change {
		f(tr)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func dialer(d net.Dialer) func(*http.Transport) {
	return func(tr *http.Transport) { tr.DialContext = d.DialContext }
}

// connecting are the cases without a connection.
func connecting(t testing.TB) []Case {
	t.Helper()
	failing := func(number syscall.Errno) *http.Client {
		return client(t, nil, dialer(net.Dialer{
			Control: func(string, string, syscall.RawConn) error { return number },
		}))
	}
	dialing := func(err error) *http.Client { // a dialer of the program
		return client(t, nil, func(tr *http.Transport) {
			tr.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, err }
		})
	}
	silent := func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
		<-ctx.Done() // as behind a firewall that answers nothing
		return os.ErrDeadlineExceeded
	}
	somewhere := "https://" + listen(t, func(net.Conn) {})
	return []Case{
		{
			Name: "a name that does not exist", Cause: "dns", BaseURL: "https://wallet.invalid", NotSent: true,
			Final:  true,
			Client: client(t, nil, dialer(net.Dialer{Resolver: resolver(t, 3)})),
		},
		{
			Name: "a name server in trouble", Cause: "dns_server", BaseURL: "https://wallet.invalid", NotSent: true,
			Client: client(t, nil, dialer(net.Dialer{Resolver: resolver(t, 2)})),
		},
		{
			Name: "nothing listens", Cause: "refused", BaseURL: "https://" + closedPort(t), NotSent: true,
			Client: client(t, nil),
		},
		{Name: "no route", Cause: "unreachable", BaseURL: somewhere, NotSent: true,
			Client: failing(syscall.ENETUNREACH)},
		{
			Name: "a firewall drops the connection", Cause: "connect_timeout", BaseURL: somewhere, NotSent: true,
			Client: client(t, nil, dialer(net.Dialer{Timeout: patience, ControlContext: silent})),
		},
		{Name: "too many open files", Cause: "local_limit", BaseURL: somewhere, NotSent: true,
			Client: failing(syscall.EMFILE)},
		{
			Name: "a context of the program ends", Cause: "canceled", BaseURL: somewhere, NotSent: true,
			Client: dialing(context.Canceled),
		},
		{
			Name: "a dialer of the program refuses", Cause: "unreachable", BaseURL: somewhere, NotSent: true,
			Client: dialing(errors.New("not allowed")),
		},
	}
}

// proxies are the cases with a proxy before the wallet.
func proxies(t testing.TB, ca *authority) []Case {
	t.Helper()
	by := func(proxy string) *http.Client {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		return client(t, ca.roots, func(tr *http.Transport) { tr.Proxy = http.ProxyURL(u) })
	}
	answering := func(answer string) *http.Client {
		return by("http://user:planted-secret@" + listen(t, func(conn net.Conn) {
			readHead(conn)
			_, _ = io.WriteString(conn, answer)
		}))
	}
	socks := func(answers ...string) *http.Client {
		return by("socks5://user:planted-secret@" + listen(t, func(conn net.Conn) {
			for _, answer := range answers {
				_, _ = conn.Read(make([]byte, 512))
				_, _ = io.WriteString(conn, answer)
			}
			_, _ = conn.Read(make([]byte, 512))
		}))
	}
	const wallet = "https://wallet.example"
	return []Case{
		{Name: "a proxy that is down", Cause: "proxy_unreachable", BaseURL: wallet, NotSent: true,
			Client: by("http://user:planted-secret@" + closedPort(t))},
		{Name: "a proxy whose name does not exist", Cause: "proxy_unreachable", BaseURL: wallet, NotSent: true,
			Final: true,
			Client: client(t, nil, dialer(net.Dialer{Resolver: resolver(t, 3)}), func(tr *http.Transport) {
				tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.invalid:3128"})
			})},
		{Name: "a proxy that wants a password", Cause: "proxy_auth", BaseURL: wallet, NotSent: true, Final: true,
			Client: answering("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")},
		{Name: "a proxy that refuses the host", Cause: "proxy_refused", BaseURL: wallet, NotSent: true, Final: true,
			Client: answering("HTTP/1.1 403 Forbidden\r\n\r\n")},
		{Name: "a proxy that does not reach the host", Cause: "proxy_refused", BaseURL: wallet, NotSent: true,
			Client: answering("HTTP/1.1 502 Bad Gateway\r\n\r\n")},
		{Name: "a proxy with words of its own", Cause: "proxy_refused", BaseURL: wallet, NotSent: true,
			Client: answering("HTTP/1.1 403 Blocked by planted-secret\r\n\r\n")},
		{Name: "a proxy that hangs up", Cause: "proxy_refused", BaseURL: wallet, NotSent: true, Client: answering("")},
		{Name: "a SOCKS proxy that refuses the host", Cause: "proxy_refused", BaseURL: wallet, NotSent: true,
			Client: socks("\x05\x00", "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")},
		{Name: "a SOCKS proxy that wants another password", Cause: "proxy_auth", BaseURL: wallet, NotSent: true,
			Final: true, Client: socks("\x05\x02", "\x01\x01")},
		{Name: "an unreadable proxy address", Cause: "proxy_address", BaseURL: wallet, NotSent: false,
			Client: client(t, nil, func(tr *http.Transport) {
				tr.Proxy = func(*http.Request) (*url.URL, error) {
					return nil, errors.New("planted-secret cannot be read")
				}
			})},
		{Name: "a certificate that the proxy makes", Cause: "tls_unknown_root", BaseURL: wallet, NotSent: true,
			Final: true, Client: client(t, newAuthority(t).roots, func(tr *http.Transport) {
				made := ca.server(t, serverOf("wallet.example"))
				tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: tunnel(t, made.addr)})
			})},
	}
}

// handshakes are the cases in the TLS handshake.
func handshakes(t testing.TB, ca *authority) []Case {
	t.Helper()
	served := func(change ...func(*tls.Config)) string {
		return "https://" + ca.server(t, serverOf("127.0.0.1"), change...).addr
	}
	dated := func(from, until time.Duration) string {
		c := serverOf("127.0.0.1")
		c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(until)
		return "https://" + ca.server(t, c).addr
	}
	purpose := serverOf("127.0.0.1")
	purpose.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	const day = 24 * time.Hour
	good := client(t, ca.roots)
	other := x509.NewCertPool()
	other.AddCert(newAuthority(t).cert)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(plain.Close)
	raw := func(answer string) string {
		return "https://" + listen(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
		})
	}
	return []Case{
		{Name: "TLS 1.1 only", Cause: "tls_version", NotSent: true, Final: true, Client: good,
			BaseURL: served(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })},
		{Name: "a server that chooses TLS 1.1", Cause: "tls_version", NotSent: true, Final: true, Client: good,
			BaseURL: raw("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02" +
				strings.Repeat("x", 32) + "\x00\xc0\x13\x00")},
		{Name: "a client certificate is wanted", Cause: "tls_client_certificate", NotSent: false, Final: true,
			Client: good, BaseURL: served(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })},
		{Name: "a client certificate is wanted, and the alert does not say so", Cause: "tls_alert", NotSent: true,
			Client: good, BaseURL: served(WantCertificate)},
		{Name: "the alert bad certificate", Cause: "tls_client_certificate", NotSent: true, Final: true, Client: good,
			BaseURL: raw("\x15\x03\x03\x00\x02\x02\x2a")},
		{Name: "an unknown authority", Cause: "tls_unknown_root", NotSent: true, Final: true,
			Client: client(t, other), BaseURL: served()},
		{Name: "no root certificates", Cause: "tls_no_roots", NotSent: true, Final: true,
			Client: client(t, x509.NewCertPool()), BaseURL: served()},
		{Name: "the certificate of another host", Cause: "tls_wrong_name", NotSent: true, Final: true, Client: good,
			BaseURL: "https://" + ca.server(t, serverOf("other.example")).addr},
		{Name: "an expired certificate", Cause: "tls_expired", NotSent: true, Final: true, Client: good,
			BaseURL: dated(-2*day, -day)},
		{Name: "a certificate of tomorrow", Cause: "tls_not_yet_valid", NotSent: true, Final: true, Client: good,
			BaseURL: dated(day, 2*day)},
		{Name: "a certificate for clients", Cause: "tls_certificate", NotSent: true, Final: true, Client: good,
			BaseURL: "https://" + ca.server(t, purpose).addr},
		{Name: "the alert handshake failure", Cause: "tls_alert", NotSent: true, Client: good,
			BaseURL: raw("\x15\x03\x03\x00\x02\x02\x28")},
		{Name: "no handshake", Cause: "tls_timeout", NotSent: true,
			Client:  client(t, nil, func(tr *http.Transport) { tr.TLSHandshakeTimeout = patience }),
			BaseURL: "https://" + listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })},
		{Name: "the handshake breaks", Cause: "tls_broken", NotSent: true, Client: good, BaseURL: raw("")},
		{Name: "plain HTTP where TLS belongs", Cause: "not_tls", NotSent: true, Final: true, Client: good,
			BaseURL: strings.Replace(plain.URL, "http:", "https:", 1)},
		{Name: "mail where TLS belongs", Cause: "not_tls", NotSent: true, Final: true, Client: good,
			BaseURL: raw("220 mail.example ESMTP planted-secret\r\n")},
	}
}

// WantCertificate makes a server want a client certificate, in TLS 1.2.
func WantCertificate(c *tls.Config) {
	c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
}

// Server starts a TLS server with a good certificate, and returns its base URL and the
// roots to trust.
func Server(t testing.TB, change ...func(*tls.Config)) (baseURL string, roots *x509.CertPool) {
	t.Helper()
	ca := newAuthority(t)
	return "https://" + ca.server(t, serverOf("127.0.0.1"), change...).addr, ca.roots
}

// Proxy starts a proxy that answers CONNECT with this status line, and returns its URL.
func Proxy(t testing.TB, statusLine string) *url.URL {
	t.Helper()
	return &url.URL{Scheme: "http", Host: listen(t, func(conn net.Conn) {
		readHead(conn)
		_, _ = io.WriteString(conn, statusLine+"\r\n\r\n")
	})}
}

// answers are the cases with a connection and without a whole answer.
func answers(t testing.TB, ca *authority) []Case {
	t.Helper()
	raw := func(answer string) string {
		return "http://" + listen(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, answer)
		})
	}
	two := func(name, frames string) Case {
		h := ca.server(t, serverOf("127.0.0.1"), func(c *tls.Config) { c.NextProtos = []string{"h2"} })
		h.frames.Store(&frames)
		return Case{
			Name: name, Cause: "http2", BaseURL: "https://" + h.addr, Client: client(t, ca.roots),
			Arrived: func() int { return int(h.requests.Load()) },
		}
	}
	large := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 1<<20+1))
	}))
	t.Cleanup(large.Close)
	return []Case{
		{Name: "no answer", Cause: "answer_timeout",
			Client:  client(t, nil, func(tr *http.Transport) { tr.ResponseHeaderTimeout = patience }),
			BaseURL: "http://" + listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })},
		{Name: "the connection is reset", Cause: "reset", Client: client(t, nil),
			BaseURL: "http://" + listen(t, func(conn net.Conn) {
				readRequest(conn)
				_ = conn.(*net.TCPConn).SetLinger(0)
			})},
		{Name: "the connection is closed", Cause: "reset", Client: client(t, nil), BaseURL: raw("")},
		{Name: "an idle connection is reset", Cause: "reset_idle", Client: client(t, nil), Warm: true,
			BaseURL: "http://" + listen(t, func(conn net.Conn) {
				readRequest(conn)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				readRequest(conn)
				_ = conn.(*net.TCPConn).SetLinger(0)
			})},
		{Name: "an idle connection is closed", Cause: "reset_idle", Client: client(t, nil), Warm: true,
			BaseURL: "http://" + listen(t, func(conn net.Conn) {
				readRequest(conn)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				readRequest(conn)
			})},
		two("the server goes away with the request", goAway(1, 2)),
		two("the server goes away before the request", goAway(0, 0)),
		two("the server breaks the stream", resetStream(2)),
		two("the server calls the stream wrong", resetStream(1)),
		two("the server refuses the stream", resetStream(7)),
		{Name: "half an answer", Cause: "truncated", Client: client(t, nil),
			BaseURL: raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"planted-secret\":")},
		{Name: "an answer over 1 MiB", Cause: "too_large", Client: client(t, nil), BaseURL: large.URL},
		{Name: "mail where HTTP belongs", Cause: "not_http", Client: client(t, nil),
			BaseURL: raw("220 mail.example ESMTP planted-secret\r\n")},
		{Name: "a TLS alert to plain HTTP", Cause: "https_expected", Client: client(t, nil),
			BaseURL: raw("\x15\x03\x01\x00\x02\x02\x16")},
	}
}

// strangers are the cases in which something other than the wallet answers.
func strangers(t testing.TB) []Case {
	t.Helper()
	var cases []Case
	for _, page := range Pages() {
		server := httptest.NewServer(page)
		t.Cleanup(server.Close)
		cases = append(cases, Case{
			Name: page.Name, Cause: page.Cause, Client: client(t, nil), BaseURL: server.URL,
			Final: page.Status >= 400 && page.Status < 500 && page.Status != http.StatusTooManyRequests,
		})
	}
	return cases
}

// Page is an answer without a signature.
type Page struct {
	Name, Cause string
	Status      int
	Header      map[string]string
	Body        string
}

// ServeHTTP implements [http.Handler].
func (p Page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for name, value := range p.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(p.Status)
	_, _ = io.WriteString(w, p.Body)
}

// Pages are answers of what stands before a wallet or in its place.
func Pages() []Page {
	html := map[string]string{"Content-Type": "text/html; charset=UTF-8"}
	data := map[string]string{"Content-Type": "application/json"}
	with := func(name, value string) map[string]string {
		return map[string]string{"Content-Type": "text/html", name: value}
	}
	page := func(text string) string {
		return "<!DOCTYPE html><html><head><title>" + text + "</title></head><body>planted-secret</body></html>"
	}
	const gzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00"
	return []Page{
		{"a challenge page", "challenge", 403, html, page("Just a moment...")},
		{"a challenge by header", "challenge", 403, with("Cf-Mitigated", "challenge"), page("Wait")},
		{"a captcha with status 200", "challenge", 200, html, page("x") + `<div class="g-recaptcha"></div>`},
		{"a login page", "login", 200, html, page("Sign in") + `<input type="password">`},
		{"a gateway that wants a login", "login", 401, with("WWW-Authenticate", `Basic realm="x"`), ""},
		{"a captive portal", "captive_portal", 511, html, page("Network login")},
		{"a redirect to another host", "redirect", 302,
			with("Location", "https://login.example/in?planted-secret"), ""},
		{"a redirect without an address", "redirect", 301, nil, ""},
		{"a proxy that answers itself", "proxy_auth", 407, with("Proxy-Authenticate", "Basic"), page("Proxy")},
		{"a page not found", "not_found", 404, html, page("404 Not Found")},
		{"JSON not found", "not_found", 404, data, `{"message":"no Route matched with those values"}`},
		{"a method not allowed", "not_found", 405, html, page("405")},
		{"a path that a gateway does not know", "not_found", 403, data, `{"message":"Missing Authentication Token"}`},
		{"an address that is not allowed", "forbidden", 403, html, page("403 Forbidden")},
		{"JSON forbidden", "forbidden", 403, data, `{"message":"Forbidden"}`},
		{"too many requests", "rate_limited", 429, html, page("429")},
		{"a bad gateway", "gateway", 502, html, page("502 Bad Gateway")},
		{"JSON unavailable", "gateway", 503, data, `{"fault":"unavailable"}`},
		{"a client certificate wanted by a page", "tls_client_certificate", 400, html,
			page("400 No required SSL certificate was sent")},
		{"a page about a plain request", "https_expected", 400, html,
			page("400 The plain HTTP request was sent to HTTPS port")},
		{"words of Go about a plain request", "https_expected", 400, nil,
			"Client sent an HTTP request to an HTTPS server.\n"},
		{"a web site", "not_the_wallet", 200, html, page("Welcome")},
		{"an empty answer", "not_the_wallet", 200, nil, ""},
		{"text", "not_the_wallet", 200, map[string]string{"Content-Type": "text/plain"}, "OK"},
		{"XML", "not_the_wallet", 200, map[string]string{"Content-Type": "text/xml"}, "<?xml version='1.0'?><a/>"},
		{"a bad request", "not_the_wallet", 400, html, page("400 Bad Request")},
		{"JSON without a signature", "unsigned", 200, data, `{"status":"ok"}`},
		{"the wallet's shape without a signature", "unsigned", 200, data,
			`{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`},
		{"a compressed answer", "compressed", 200,
			map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, gzip},
	}
}
