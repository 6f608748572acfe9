package shop

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limit bounds the failures of each caller, an address or a customer, and the tries
// of all the world. A caller is asked first: who is refused there takes nothing from
// the others. What is remembered is bounded by the tries of all the world in the
// time in which a caller is forgiven.
type limit[K comparable] struct {
	burst int           // failures of one caller at once
	every time.Duration // after which one more is forgiven
	all   *rate.Limiter

	mu    sync.Mutex
	until map[K]time.Time // when all is forgiven; who is not here has no failures
}

func newLimit[K comparable](burst int, every time.Duration, all *rate.Limiter) *limit[K] {
	return &limit[K]{burst: burst, every: every, all: all, until: make(map[K]time.Time)}
}

// take counts a try as a failure, or reports that it has to wait. Tries at once
// are counted before any of them is known to be right.
func (l *limit[K]) take(now time.Time, from K) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := l.until[from]
	if until.Before(now) {
		until = now
	}
	until = until.Add(l.every)
	if until.Sub(now) > time.Duration(l.burst)*l.every || !l.all.AllowN(now, 1) {
		return false
	}
	for caller, forgiven := range l.until {
		if !forgiven.After(now) {
			delete(l.until, caller)
		}
	}
	l.until[from] = until
	return true
}

// giveBack uncounts a try that was no failure.
func (l *limit[K]) giveBack(from K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until, known := l.until[from]; known {
		l.until[from] = until.Add(-l.every)
	}
}

// caller is the address that a request comes from: of IPv6 the network of 64
// bits, which one customer has. X-Forwarded-For counts as far as trusted proxies
// have written it, from its end on; all before that, anybody may have invented.
func (s *Shop) caller(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.isProxy(from) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = before.Unmap()
	}
	if from.Is6() {
		network, err := from.WithZone("").Prefix(64)
		if err == nil {
			from = network.Addr()
		}
	}
	return from
}

func (s *Shop) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
