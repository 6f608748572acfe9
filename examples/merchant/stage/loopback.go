package stage

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// IsLoopback reports whether a URL, or an address with or without a port, stays
// on this machine. An address without a host does not: a listener then accepts
// connections from everywhere.
func IsLoopback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isLoopbackHost(u.Host) || isLoopbackHost(text)
}

// isLoopbackHost reports whether a host with or without a port, such as a Host
// header, is this machine: the name localhost, or a loopback address. A name that
// only begins like one is not.
func isLoopbackHost(text string) bool {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	// An address with a zone names an interface, which need not be the loopback one.
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}
