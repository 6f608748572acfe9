package orderflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// errHangs says that Fulfil heeds no context.
var errHangs = errors.New("orderflow: Fulfil has not returned by the end of its time; its transaction is undone, " +
	"what else it does is not known; see by hand, then call Retry or Refund")

// errExited says that Fulfil ended its goroutine, as FailNow of package testing does.
var errExited = errors.New("orderflow: Fulfil ended its goroutine instead of returning")

// hangGrace is how long after the end of its time Fulfil is waited for.
const hangGrace = 2 * time.Second

// callLabel is the label of a goroutine that runs Fulfil, and of those that it starts.
const callLabel = "orderflow_fulfil"

// besideTx are the calls of a pool, of whatever program, that is not the
// transaction. A transaction goes through none of them.
var besideTx = regexp.MustCompile(`(database/sql\.\(\*DB\)\.(ExecContext|QueryContext|BeginTx|PrepareContext|` +
	`PingContext|Conn|conn)|database/sql\.\(\*Conn\)\.(ExecContext|QueryContext|BeginTx|PrepareContext)|` +
	`pgxpool\.\(\*Pool\)\.\w+)\+`)

// beside returns in which call of a pool a call of Fulfil is just now, or "".
func beside(call string) string {
	var stacks bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
		return ""
	}
	label := strconv.Quote(callLabel) + ":" + strconv.Quote(call)
	for stack := range strings.SplitSeq(stacks.String(), "\n\n") {
		if !strings.Contains(stack, label) {
			continue
		}
		if found := besideTx.FindStringSubmatch(stack); found != nil {
			return found[1]
		}
	}
	return ""
}

// besideError says that Fulfil, as its time ended, was in a call of a pool.
func besideError(where string) error {
	return fmt.Errorf("%w: as its time ended, Fulfil was in %s, beside its transaction; on the same database it waits "+
		"there for itself: use the transaction for all that it reads and writes", ErrInsideFulfil, where)
}

// lookBefore is how long before the end of its time it is looked where Fulfil is.
func (f *Flow) lookBefore() time.Duration { return min(f.fulfilTimeout/2, 2*time.Second) }

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
	count   atomic.Int64
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
