// Package clock tells a time that all processes of a fleet share, whatever the
// clocks of their machines do.
package clock

import (
	"context"
	"sync"
	"time"
)

// Process is the clock of this process's machine. Programs that try what a
// wrong one does replace it before they start.
var Process = time.Now

const (
	// step is the difference from which on the fleet's clock has jumped: below it, it drifts.
	step = time.Second
	// patience is how long the fleet's clock must tell the same other time until it is followed.
	patience = time.Minute
	// looks is how often it must have told it, one look after the other.
	looks = 5
)

// Clock follows the fleet's clock. Between two looks it counts the time that
// passes, so that it does not jump with the clock of the machine.
type Clock struct {
	read    func(context.Context) (time.Time, error)
	elapsed func() time.Duration

	mu     sync.Mutex
	base   time.Time     // what the fleet's clock told …
	at     time.Duration // … when this much time had passed
	synced bool
	other  time.Duration // how far the fleet's clock is from ours, if it has jumped …
	since  time.Duration // … since when
	seen   int           // … and how often it was seen
	back   time.Duration // by which it was last set back …
	backAt time.Duration // … when this much time had passed
}

// New returns a clock that follows read. Until the first Sync it tells the
// time of the machine. elapsed is the time that has passed since any moment;
// nil for that since now.
func New(read func(context.Context) (time.Time, error), elapsed func() time.Duration) *Clock {
	if elapsed == nil {
		start := time.Now() // with a monotonic reading, which no setting of the clock moves
		elapsed = func() time.Duration { return time.Since(start) }
	}
	return &Clock{read: read, elapsed: elapsed, base: Process().Round(0), at: elapsed()}
}

// Now is the fleet's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return c.base.Add(c.elapsed() - c.at) }

// Skew is how far the clock of the machine is ahead of the fleet's.
func (c *Clock) Skew() time.Duration { return Process().Round(0).Sub(c.Now()) }

// Sync looks at the fleet's clock. It follows a drift at once. It follows a
// jump only when the fleet's clock has told the new time for a minute. It
// returns true if that sets the time back.
func (c *Clock) Sync(ctx context.Context) (back bool, err error) {
	told, err := c.read(ctx)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	passed := c.elapsed()
	ahead := told.Sub(c.now())
	switch {
	case !c.synced, ahead.Abs() <= step:
		c.follow(told, passed)
		return false, nil
	case c.seen == 0 || (ahead-c.other).Abs() > step:
		c.seen, c.other, c.since = 1, ahead, passed
		return false, nil
	}
	c.seen++
	if c.seen < looks || passed-c.since < patience {
		return false, nil
	}
	c.follow(told, passed)
	if ahead > 0 {
		return false, nil
	}
	c.back, c.backAt = -ahead, passed
	return true, nil
}

// SetBack is by how much the fleet's clock was last set back, and how long ago
// that was followed; 0 for never.
func (c *Clock) SetBack() (by, ago time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.back, c.elapsed() - c.backAt
}

func (c *Clock) follow(told time.Time, passed time.Duration) {
	c.base, c.at, c.synced, c.seen = told.Round(0), passed, true, 0
}
