package shop

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// knocks sends a request as if from an address, without the network.
func (b *bench) knocks(from, path, contentType, body string, forwarded ...string) (status int) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 40000).String()
	r.Header.Set("Content-Type", contentType)
	for _, line := range forwarded {
		r.Header.Add("X-Forwarded-For", line)
	}
	w := httptest.NewRecorder()
	b.shop.Handler().ServeHTTP(w, r)
	return w.Code
}

func (b *bench) logsIn(from, authCode string, forwarded ...string) (status int) {
	b.t.Helper()
	return b.knocks(from, "/api/login", "application/json", `{"authCode":"`+authCode+`"}`, forwarded...)
}

func (b *bench) guesses(from, guess string) (status int) {
	b.t.Helper()
	form := url.Values{"password": {guess}}.Encode()
	return b.knocks(from, "/login", "application/x-www-form-urlencoded", form)
}

// TestStrangerShutsOutNobody: 40 wrong codes a second from one address are its
// own trouble, and so are wrong passwords.
func TestStrangerShutsOutNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.clock.stop()
		const stranger, home, office = "203.0.113.9", "198.51.100.1", "198.51.100.2"
		refused := 0
		for second := range 5 {
			for range 40 {
				if b.logsIn(stranger, "wrong") == http.StatusTooManyRequests {
					refused++
				}
				b.guesses(stranger, "guess")
			}
			for range 5 { // customers of one address, as a provider gives it to many
				require.Equal(t, http.StatusOK, b.logsIn(home, b.wallet.AuthCode(ana)), second)
			}
			require.Equal(t, http.StatusSeeOther, b.guesses(office, password), second)
			b.clock.advance(time.Second)
		}
		require.Greater(t, refused, 150)
		require.Equal(t, http.StatusTooManyRequests, b.guesses(stranger, password), "who guesses waits, right or wrong")
		b.clock.advance(time.Minute)
		require.Equal(t, http.StatusSeeOther, b.guesses(stranger, password))
		require.Equal(t, http.StatusOK, b.logsIn(stranger, b.wallet.AuthCode(ana)))
	})
}

// TestCaller: X-Forwarded-For is believed as far as trusted proxies wrote it.
func TestCaller(t *testing.T) {
	t.Parallel()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, test := range map[string]struct {
		proxies   []netip.Prefix
		remote    string
		forwarded []string
		want      string
	}{
		"direct":               {nil, "203.0.113.9:1", nil, "203.0.113.9"},
		"direct and lies":      {local, "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"no proxy is trusted":  {nil, "127.0.0.1:1", []string{"198.51.100.1"}, "127.0.0.1"},
		"by a proxy":           {local, "127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"by a proxy, and lies": {local, "127.0.0.1:1", []string{"192.0.2.7, 198.51.100.1"}, "198.51.100.1"},
		"by two proxies": {local,
			"127.0.0.1:1", []string{"192.0.2.7, 198.51.100.1, 10.1.1.1"}, "198.51.100.1"},
		"by two proxies, two headers": {local, "127.0.0.1:1", []string{"198.51.100.1", "10.1.1.1"}, "198.51.100.1"},
		"by a proxy that says no":     {local, "127.0.0.1:1", nil, "127.0.0.1"},
		"no address":                  {local, "127.0.0.1:1", []string{"198.51.100.1, unknown"}, "127.0.0.1"},
		"IPv4 in IPv6":                {local, "[::ffff:127.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"IPv6":                        {local, "[2001:db8:1:2:3:4:5:6]:1", nil, "2001:db8:1:2::"},
		"nothing":                     {local, "", []string{"198.51.100.1"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = test.remote, test.forwarded
			require.Equal(t, test.want, (&Shop{proxies: test.proxies}).caller(r).String())
		})
	}
}

// TestLimitForgets: what strangers of many addresses do is remembered as
// long as it counts, and no more of it than the world may try.
func TestLimitForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	l := newLimit[netip.Addr](5, time.Second, rate.NewLimiter(20, 40))
	address := netip.MustParseAddr("198.51.100.1")
	for range 100_000 {
		l.take(now, address)
		address = address.Next()
		now = now.Add(time.Millisecond)
		require.LessOrEqual(t, len(l.until), 40+20*5)
	}
	now = now.Add(time.Minute)
	require.True(t, l.take(now, address))
	require.Len(t, l.until, 1)
	for range 100 { // what is right costs nothing
		l.giveBack(address)
		require.True(t, l.take(now, address))
		now = now.Add(50 * time.Millisecond)
	}
}
