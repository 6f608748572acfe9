// Package transport sends one signed request and reads one bounded response. It
// follows no redirect, does not decompress, and reads no more than its limit.
package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
)

// Errors of Post that are not errors of the network.
var (
	ErrTooLarge = errors.New("response body over the limit")
	ErrNotHTTP  = errors.New("response is not of this protocol")
)

// shared is the connection pool of all clients without an own HTTP client. It is not
// a clone of http.DefaultTransport, which a program may replace.
var shared = sync.OnceValue(func() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
})

// Poster sends signed requests.
type Poster struct {
	resty    *resty.Client
	http     *http.Client
	maxBytes int64
}

// New returns a Poster over a copy of hc, or over the shared connection pool
// when hc is nil. The caller's client is not changed.
func New(hc *http.Client, maxBytes int64) *Poster {
	own := &http.Client{}
	if hc != nil {
		*own = *hc
	}
	if own.Transport == nil {
		own.Transport = shared()
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := resty.NewWithClient(own).SetLogger(silent{})
	return &Poster{resty: client, http: own, maxBytes: maxBytes}
}

// CloseIdle closes the connections that wait for the next request.
func (p *Poster) CloseIdle() { p.http.CloseIdleConnections() }

// Response is the response to a request. It has Status and Header even if the body
// could not be read.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Post sends one request and reads the response. Its errors are SendErrors. If the
// header arrives before an error, the Response is not nil.
func (p *Poster) Post(ctx context.Context, url string, header http.Header, body []byte) (*Response, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	res, err := p.post(ctx, url, header, body)
	if err != nil {
		if connected.Load() {
			return res, Connected(err)
		}
		return res, Unconnected(err)
	}
	return res, nil
}

func (p *Poster) post(ctx context.Context, url string, header http.Header, body []byte) (*Response, error) {
	req := p.resty.R().SetContext(ctx).SetBody(body).SetDoNotParseResponse(true)
	req.Header = header
	res, err := req.Post(url)
	if err != nil {
		return nil, err
	}
	raw := res.RawBody()
	defer func() { _ = raw.Close() }()
	out := &Response{Status: res.StatusCode(), Header: res.Header()}
	if out.Status < http.StatusOK { // 101: no body follows, and reading would not end
		return out, ErrNotHTTP
	}
	out.Body, err = read(raw, res.RawResponse.ContentLength, p.maxBytes)
	return out, err
}

func read(r io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, ErrTooLarge
	}
	var buf bytes.Buffer
	if length > 0 {
		buf.Grow(int(length) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	if int64(buf.Len()) > limit {
		return nil, ErrTooLarge
	}
	return buf.Bytes(), nil
}

// SendError is an error of the network. Its text quotes nothing that a server sent,
// as net/http does.
type SendError struct {
	// NotSent says that no byte of the request can have reached the server, since
	// there was no connection.
	NotSent bool
	// Certain says that a retry fails in the same way: the name does not exist, or
	// the server's certificate is not trusted, or it does not speak TLS.
	Certain bool
	cause   error
}

// Connected returns the error of a request that had a connection. It may have been
// sent, and the cause does not tell: a later error can look like a failed handshake.
func Connected(cause error) *SendError { return &SendError{cause: cause} }

// Unconnected returns the error of a request that had no connection. By the cause it
// tells whether the request can have been sent, and whether a retry is useless.
func Unconnected(cause error) *SendError {
	f := &SendError{cause: cause}
	var (
		dns *net.DNSError
		op  *net.OpError
	)
	if errors.As(cause, &dns) {
		f.Certain = dns.IsNotFound
	} else {
		f.Certain = errors.Is(cause, http.ErrSchemeMismatch) || untrusted(cause)
	}
	failedToDial := errors.As(cause, &op) && op.Op == "dial"
	f.NotSent = f.Certain || failedToDial
	return f
}

func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) ||
		errors.As(err, &host) || errors.As(err, &invalid)
}

// Unwrap returns the cause.
func (f *SendError) Unwrap() error { return f.cause }

func (f *SendError) Error() string {
	var (
		dns *net.DNSError
		op  *net.OpError
		net net.Error
	)
	switch err := f.cause; {
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrNotHTTP):
		return err.Error()
	case errors.Is(err, context.Canceled):
		return "context canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &net) && net.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "the host name does not resolve"
	case untrusted(err):
		return "the TLS certificate is not trusted"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS"
	case errors.As(err, &op) && op.Op == "dial":
		return "no connection"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op):
		return "the connection broke"
	}
	return "no readable HTTP response"
}

// silent keeps resty from writing to the standard logger.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
