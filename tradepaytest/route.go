package tradepaytest

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/tradepay/tradepay-go/internal/loopback"
)

// Why the wallet does not call a URL.
const (
	elsewhere = "must be on loopback: the test wallet calls no other host"
	tooFar    = "notifications are led to this machine or a private network only"
)

// notifyRoute leads the notifications for a host elsewhere.
type notifyRoute struct {
	host   string
	target string
	to     *url.URL
}

// WithNotifyTo makes the wallet send the notifications for a host, such as
// "shop.example" or "shop.example:8443", to another, such as "http://127.0.0.1:8080".
// The merchant's notify URL may then be the one of production. What is signed, and the
// Host header, are those of the notify URL; a path of target goes before its path, as a
// proxy would have it. The target must be on this machine or in a private network.
func WithNotifyTo(host, target string) Option {
	return func(w *Wallet) { w.routes = append(w.routes, notifyRoute{host: strings.ToLower(host), target: target}) }
}

// readRoutes reads the targets.
func (w *Wallet) readRoutes() error {
	for i := range w.routes {
		r := &w.routes[i]
		u, err := url.Parse(r.target)
		switch {
		case r.host == "" || strings.ContainsAny(r.host, "/@?# "):
			return fmt.Errorf("notifications for %q cannot be led elsewhere: give a host, such as shop.example", r.host)
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "":
			return errors.New("the target of notifications for " + r.host +
				" must be an http or https URL without user, query and fragment, such as http://127.0.0.1:8080")
		}
		r.to = u
	}
	return nil
}

// routeOf returns the route of a notify URL, or nil.
func (w *Wallet) routeOf(u *url.URL) *notifyRoute {
	for i := range w.routes {
		if r := &w.routes[i]; strings.EqualFold(r.host, u.Host) || strings.EqualFold(r.host, u.Hostname()) {
			return r
		}
	}
	return nil
}

// reaches reports whether the wallet calls a URL.
func (w *Wallet) reaches(u *url.URL) bool { return w.routeOf(u) != nil || loopback.Host(u.Hostname()) }

// destination returns where a notification for u really goes, and who takes it there.
func (w *Wallet) destination(u *url.URL) (*url.URL, *http.Client) {
	r := w.routeOf(u)
	if r == nil {
		return u, w.client
	}
	to := *u
	to.Scheme, to.Host = r.to.Scheme, r.to.Host
	if prefix := strings.TrimSuffix(r.to.EscapedPath(), "/"); prefix != "" {
		to.RawPath = prefix + u.EscapedPath()
		to.Path, _ = url.PathUnescape(to.RawPath) // both were parsed
	}
	return &to, w.mapped
}

// privatePeer reports whether an address is of this machine or of a private network.
func privatePeer(address string) bool {
	peer, err := netip.ParseAddrPort(address)
	return loopback.Peer(address) || err == nil && peer.Addr().Unmap().IsPrivate()
}
