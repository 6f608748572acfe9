package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// trail is how far one request came, as net/http tells it.
type trail struct {
	mu sync.Mutex
	// asked is the host and port of the server or the proxy to which net/http wanted
	// a connection; empty if the request did not get to a transport that tells.
	asked       string
	resolving   bool // a name is being looked up
	dialed      bool // there was a TCP connection
	handshake   bool // a TLS handshake runs, or has failed
	wantsClient bool // the server asked for a client certificate
	connected   bool // the request had a connection
	reused      bool // which an earlier request had opened
	written     bool // and was written whole
}

type trailKey struct{}

// trailOf returns the trail of the request that a connection is made for, or nil.
func trailOf(ctx context.Context) *trail {
	t, _ := ctx.Value(trailKey{}).(*trail)
	return t
}

// follow returns a context in which net/http writes down the trail of a request.
func (t *trail) follow(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, trailKey{}, t)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:           func(hostPort string) { t.note(func() { t.asked = hostPort }) },
		DNSStart:          func(httptrace.DNSStartInfo) { t.note(func() { t.resolving = true }) },
		DNSDone:           func(httptrace.DNSDoneInfo) { t.note(func() { t.resolving = false }) },
		ConnectDone:       func(_, _ string, err error) { t.note(func() { t.dialed = t.dialed || err == nil }) },
		TLSHandshakeStart: func() { t.note(func() { t.handshake = true }) },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { t.note(func() { t.handshake = err != nil }) },
		GotConn: func(info httptrace.GotConnInfo) {
			t.note(func() { t.connected, t.reused = true, info.Reused })
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			t.note(func() { t.written = t.written || info.Err == nil })
		},
	})
}

func (t *trail) note(what func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	what()
}

// sendsOnce keeps a transport from sending a request a second time by itself after it
// was written whole, as that of net/http does if an HTTP/2 server breaks a stream: the
// caller knows whether that is safe. A request of which nothing was written may go to
// another connection.
type sendsOnce struct{ http.RoundTripper }

// errWritten ends a repeat of net/http.
var errWritten = errors.New("the server gave back a request that was sent")

// RoundTrip implements [http.RoundTripper].
func (s sendsOnce) RoundTrip(req *http.Request) (*http.Response, error) {
	t := trailOf(req.Context())
	if t == nil || req.GetBody == nil {
		return s.RoundTripper.RoundTrip(req)
	}
	own := *req
	own.GetBody = func() (io.ReadCloser, error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.written {
			return nil, errWritten
		}
		return req.GetBody()
	}
	return s.RoundTripper.RoundTrip(&own)
}

// CloseIdleConnections implements what [http.Client] asks for.
func (s sendsOnce) CloseIdleConnections() {
	if c, ok := s.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// way is a trail at its end.
type way struct {
	target      string // host and port of the server
	isTold      bool   // the transport tells of connections
	isProxied   bool
	resolving   bool
	dialed      bool
	handshake   bool
	wantsClient bool
	connected   bool
	reused      bool
}

// end is the trail of a request to target, the host and port of the server.
func (t *trail) end(target string) way {
	t.mu.Lock()
	defer t.mu.Unlock()
	isTold := t.asked != ""
	return way{
		target: target, isTold: isTold, isProxied: isTold && target != "" && t.asked != target,
		resolving: t.resolving, dialed: t.dialed, handshake: t.handshake, wantsClient: t.wantsClient,
		connected: t.connected, reused: t.reused,
	}
}
