// Package loopback says whether an address stays on this machine.
package loopback

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Host reports whether a host without a port is this machine: the name
// localhost, or a loopback IP address. A name that only begins like one is not.
func Host(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && isLoopback(ip)
}

// HostPort reports whether a host with or without a port is this machine, such as a
// Host header or an address to listen on. An address without a host is not: a
// listener then accepts connections from everywhere.
func HostPort(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	}
	return Host(host)
}

// URL reports whether the host of an absolute URL is this machine.
func URL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && Host(u.Hostname())
}

// Peer reports whether the address of a connection, an IP address with a port,
// is this machine. It knows no names.
func Peer(address string) bool {
	peer, err := netip.ParseAddrPort(address)
	return err == nil && isLoopback(peer.Addr())
}

// isLoopback also knows an IPv4 address that is written as IPv6. An address with a
// zone names an interface, which need not be the loopback one.
func isLoopback(ip netip.Addr) bool { return ip.Zone() == "" && ip.Unmap().IsLoopback() }
