package replay

import (
	"sync"
	"time"
)

// Pace knows how far the other side's clock has come. It compares that clock
// with the time that passed here, never with the time of day here, so a fixed
// difference of the two clocks does not matter. The zero value is ready.
type Pace struct {
	mu    sync.Mutex
	told  time.Time // by the other side's clock
	heard time.Time // by this side's, when that had arrived
}

// keep is how long a reading is used: a clock that was set back is believed
// again after it.
const keep = 5 * time.Minute

// Saw takes in the time of a verified message that arrived at now. The reading
// by which the other clock is furthest ahead is kept: an old message
// handed out again can only be behind it.
func (p *Pace) Saw(told, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed := now.Sub(p.heard)
	if p.told.IsZero() || passed > keep || passed < 0 || !told.Before(p.told.Add(passed)) {
		p.told, p.heard = told, now
	}
}

// Stale reports whether a message was signed more than slack before the
// request that was sent at sent, which it claims to answer.
func (p *Pace) Stale(told, sent time.Time, slack time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed := sent.Sub(p.heard)
	if p.told.IsZero() || passed > keep {
		return false
	}
	return told.Before(p.told.Add(passed - slack))
}
