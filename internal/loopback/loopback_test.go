package loopback_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/internal/loopback"
)

func TestHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.8.7.6": true, "::1": true,
		"::ffff:127.0.0.1": true,
		"":                 false, "localhost.example": false, "127.0.0.1.example": false, "0.0.0.0": false,
		"::": false, "10.0.0.1": false,
		"127.1": false, "2130706433": false, "0x7f.0.0.1": false, "::1%eth0": false,
		"[::1]": false, "127.0.0.1:80": false,
		"::ffff:10.0.0.1": false, "localhost.": false, " 127.0.0.1": false,
	} {
		require.Equal(t, want, loopback.Host(host), host)
	}
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.0.0.1": true, "localhost:0": true, "localhost": true,
		"[::1]:80": true, "[::1]": true,
		"::1": true, "0.0.0.0:80": false, ":8080": false, "": false, "10.0.0.1:1": false, "[::]:80": false,
		"localhost.example:80": false, "http://127.0.0.1:80": false, "[127.0.0.1]:80:80": false,
	} {
		require.Equal(t, want, loopback.HostPort(address), address)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"http://127.0.0.1:1/x": true, "http://[::1]/": true, "https://localhost": true,
		"http://user@localhost:8080/": true,
		"https://gateway.example":     false, "http://localhost@gateway.example": false,
		"http://127.0.0.1.shop.example": false,
		"http:///localhost":             false, "localhost:80": false, "127.0.0.1": false, "": false,
		"http://[::1%25lo]/": false,
	} {
		require.Equal(t, want, loopback.URL(address), address)
	}
}

func TestPeer(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:4711": true, "[::1]:4711": true, "[::ffff:127.0.0.1]:4711": true,
		"localhost:4711": false, "127.0.0.1": false, "10.0.0.1:4711": false, "@": false, "": false,
	} {
		require.Equal(t, want, loopback.Peer(address), address)
	}
}
