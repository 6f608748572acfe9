// Package transport sends one signed request and reads one bounded response. It
// follows no redirect, does not decompress, and reads no more than its limit.
package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/tradepay/tradepay-go/internal/ascii"
)

// Errors of Post that are not errors of the network.
var (
	ErrTooLarge = errors.New("response body over the limit")
	ErrNotHTTP  = errors.New("response is not of this protocol")
)

// shared is the connection pool of all clients without an own HTTP client. It is not
// a clone of http.DefaultTransport, which a program may replace.
var shared = sync.OnceValue(newPool)

func newPool() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: onProxyAnswer,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, GetClientCertificate: noteWish},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// noteWish gives no client certificate, and notes that the server wants one: some
// servers end the handshake without saying why.
func noteWish(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if t := trailOf(info.Context()); t != nil {
		t.note(func() { t.wantsClient = true })
	}
	return &tls.Certificate{}, nil
}

// Poster sends signed requests.
type Poster struct {
	resty    *resty.Client
	http     *http.Client
	maxBytes int64
	net      *http.Transport // nil if it is another one, which may not tell of its connections
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
	p := &Poster{http: own, maxBytes: maxBytes}
	p.net, _ = own.Transport.(*http.Transport)
	own.Transport = sendsOnce{own.Transport}
	p.resty = resty.NewWithClient(own).SetLogger(silent{})
	return p
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
func (p *Poster) Post(ctx context.Context, address string, header http.Header, body []byte) (*Response, error) {
	t := &trail{}
	res, err := p.post(t.follow(ctx), address, header, body)
	if err != nil {
		return res, p.failure(t.end(hostPort(address)), err, res != nil)
	}
	return res, nil
}

// hostPort returns the host and the port of a URL as net/http names them; empty for a
// host that is not ASCII, which it writes in another way.
func hostPort(text string) string {
	u, err := url.Parse(text)
	if err != nil || !ascii.Printable(u.Host) {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (p *Poster) post(ctx context.Context, address string, header http.Header, body []byte) (*Response, error) {
	req := p.resty.R().SetContext(ctx).SetBody(body).SetDoNotParseResponse(true)
	req.Header = header
	res, err := req.Post(address)
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

// silent keeps resty from writing to the standard logger.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
