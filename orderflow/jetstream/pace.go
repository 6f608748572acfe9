package jetstream

import (
	"sync"
	"time"
)

// comeAgain is how many messages a second may come again to a process. While a database is
// down, the whole backlog waits to come again: without a bound, it would keep the servers
// busy, and meet the database all at once when that is back.
const comeAgain = 1000

// pace spreads what comes again.
type pace struct {
	mu   sync.Mutex
	due  float64 // messages that come again and are not due yet
	last time.Time
}

// after is how long a message has to wait that could come again after wait.
func (p *pace) after(wait time.Duration, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := max(0, now.Sub(p.last).Seconds())
	p.due, p.last = max(0, p.due-since*comeAgain)+1, now
	return max(wait, time.Duration(p.due/comeAgain*float64(time.Second)))
}
