package replay

import (
	"sync"
	"time"
)

// Pace estimates the time on the other side's clock. It takes a time that the other
// side sent and adds the time that has passed here since. It never compares the two
// clocks, so a fixed difference between them does not matter. The zero value is
// ready.
type Pace struct {
	mu    sync.Mutex
	told  time.Time // by the other side's clock
	heard time.Time // by this side's, when that had arrived
}

// keep is how long Pace uses a reading. After that it believes a clock that somebody
// has set back.
const keep = 5 * time.Minute

// Saw tells Pace the time of a verified message that arrived at now. Pace keeps the
// reading by which the other clock is furthest ahead: an old message that somebody
// sends again can only be behind it.
func (p *Pace) Saw(told, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed := now.Sub(p.heard)
	isExpired := p.told.IsZero() || passed > keep || passed < 0
	if isExpired || !told.Before(p.told.Add(passed)) {
		p.told, p.heard = told, now
	}
}

// Stale reports whether the other side signed a message more than slack before this
// side sent, at sent, the request that the message claims to answer.
func (p *Pace) Stale(told, sent time.Time, slack time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed := sent.Sub(p.heard)
	if p.told.IsZero() || passed > keep {
		return false
	}
	return told.Before(p.told.Add(passed - slack))
}
