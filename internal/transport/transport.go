// Package transport sends one signed request and reads one bounded response.
// It follows no redirect, undoes no compression and reads no more than it was
// told to.
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
	"sync"

	"github.com/go-resty/resty/v2"
)

// Errors of Post beside those of the network.
var (
	ErrTooLarge = errors.New("response body over the limit")
	ErrNotHTTP  = errors.New("response is not of this protocol")
)

// shared is the connection pool of all clients that bring none of their own.
var shared = sync.OnceValue(func() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = 64
	t.MaxResponseHeaderBytes = 64 << 10
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return t
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

// Response is what came back. Status and Header are set even when the body
// could not be read.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Post sends one request and reads the response. On an error after the header
// arrived the Response is not nil.
func (p *Poster) Post(ctx context.Context, url string, header http.Header, body []byte) (*Response, error) {
	req := p.resty.R().SetContext(ctx).SetBody(body).SetDoNotParseResponse(true)
	req.Header = header
	res, err := req.Post(url)
	if err != nil {
		return nil, err
	}
	raw := res.RawBody()
	defer func() { _ = raw.Close() }()
	out := &Response{Status: res.StatusCode(), Header: res.Header()}
	if out.Status < http.StatusOK { // 101: what follows is no body, and nothing would end reading it
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

// NotSent reports whether err proves that no byte of the request reached a
// server that could act on it.
func NotSent(err error) bool {
	var op *net.OpError
	return Certain(err) || errors.As(err, &op) && op.Op == "dial"
}

// Certain reports whether trying again would fail in the same way: the name
// does not exist, or the server is not the one that its certificate names.
// All of these end a handshake. A TLS record error is none of them: it can
// come after the request was sent.
func Certain(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsNotFound
	}
	return errors.Is(err, http.ErrSchemeMismatch) || untrusted(err)
}

func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// Failure is an error of the network with a text that holds nothing of what a
// server sent: net/http quotes malformed responses. The cause is kept.
type Failure struct{ cause error }

// Fail makes a Failure of what Post returned.
func Fail(cause error) *Failure { return &Failure{cause} }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.cause }

func (f *Failure) Error() string {
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
