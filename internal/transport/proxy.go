package transport

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/tradepay/tradepay-go/internal/loopback"
)

// proxyRefusalError is a proxy's answer to CONNECT other than 200.
type proxyRefusalError struct{ status int }

func (e *proxyRefusalError) Error() string { return "the proxy answered " + http.StatusText(e.status) }

// ignoresProxy reports whether a request went without the proxy that the environment
// names, because net/http cannot read its address and does not say so.
func (p *Poster) ignoresProxy(w way) bool {
	host, _, err := net.SplitHostPort(w.target)
	mayProxy := p.net == nil || p.net.Proxy != nil
	if err != nil || w.isProxied || !mayProxy || loopback.Host(host) {
		return false
	}
	address := cmp.Or(os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy"))
	if address == "" {
		return false
	}
	_, err = url.Parse(address)
	_, errBare := url.Parse("http://" + address)
	return err != nil && errBare != nil
}

// onProxyAnswer keeps the status of an answer to CONNECT, of which net/http keeps only
// the words.
func onProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusalError{res.StatusCode}
}

// refusedBy returns the status with which a proxy refused CONNECT, or 0. An HTTP client
// of the caller's own has only the words that belong to it.
func refusedBy(err error) int {
	var refusal *proxyRefusalError
	if errors.As(err, &refusal) {
		return refusal.status
	}
	text := innermost(err).Error()
	for status := http.StatusBadRequest; status < 600; status++ {
		if known := http.StatusText(status); known != "" && strings.EqualFold(known, text) {
			return status
		}
	}
	return 0
}

// isFinal reports whether a proxy that answers with this status would refuse a second
// CONNECT, too.
func isFinal(status int) bool {
	isClientError := status >= 400 && status < 500
	return isClientError && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
}

func proxyCause(status int) Cause {
	if status == http.StatusProxyAuthRequired {
		return CauseProxyAuth
	}
	return CauseProxyRefused
}

// socksCause names why a SOCKS proxy did not connect, by the words of net/http.
func socksCause(err error) Cause {
	text := innermost(err).Error()
	switch {
	case isTimeout(err):
		return CauseProxyUnreachable
	case strings.Contains(text, "authentication"):
		return CauseProxyAuth
	}
	return CauseProxyRefused
}
