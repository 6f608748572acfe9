package orderflow

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errHangs says that Fulfil heeds no context.
var errHangs = errors.New("orderflow: Fulfil has not returned by the end of its time; its transaction is undone, " +
	"what else it does is not known; see by hand, then call Retry or Refund")

// errExited says that Fulfil ended its goroutine, as FailNow of package testing does.
var errExited = errors.New("orderflow: Fulfil ended its goroutine instead of returning")

// hangGrace is how long after the end of its time Fulfil is waited for.
const hangGrace = 2 * time.Second

// overdue is closed when Fulfil should have returned long ago. Call stop when it has.
func (f *Flow) overdue(limited context.Context) (over <-chan struct{}, stop func()) {
	closed := make(chan struct{})
	ended := context.AfterFunc(limited, func() { time.AfterFunc(f.hangGrace, func() { close(closed) }) })
	return closed, func() { ended() }
}

// calls are the orders whose Fulfil runs in this process, and whether it should have returned.
type calls struct {
	mu      sync.Mutex
	running map[string]bool
}

func (c *calls) begin(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		c.running = map[string]bool{}
	}
	c.running[id] = false
}

func (c *calls) end(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, id)
}

func (c *calls) hangs(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, running := c.running[id]; running {
		c.running[id] = true
	}
}

func (c *calls) hung(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running[id]
}

func (c *calls) allHung() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, hung := range c.running {
		if hung {
			n++
		}
	}
	return n
}
