package jetstream

import (
	"maps"
	"sync"
	"time"
)

// rejections counts how often each message was rejected in this process. The stream's own
// count is of no use: it also counts what a database did not take, and what expired before
// anybody looked at it.
type rejections struct {
	most int           // messages that are counted at a time
	keep time.Duration // for how long one is counted that does not come again

	mu      sync.Mutex
	counted map[uint64]rejected // by the sequence in the stream
	swept   time.Time
}

type rejected struct {
	times int
	last  time.Time
}

// add counts a rejection, and returns how many there were. While as many messages are counted
// as can be, it counts no further ones, and returns 0: they come again until there is room.
func (r *rejections) add(sequence uint64, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, isCounted := r.counted[sequence]
	if !isCounted && len(r.counted) >= r.most {
		r.sweep(now)
	}
	if !isCounted && len(r.counted) >= r.most {
		return 0
	}
	if r.counted == nil {
		r.counted = map[uint64]rejected{}
	}
	known.times, known.last = known.times+1, now
	r.counted[sequence] = known
	return known.times
}

// sweep forgets what has not come again for long: another process has applied it, or parked it.
func (r *rejections) sweep(now time.Time) {
	if now.Sub(r.swept) < time.Second {
		return
	}
	r.swept = now
	maps.DeleteFunc(r.counted, func(_ uint64, c rejected) bool { return now.Sub(c.last) > r.keep })
}

// forget forgets a message that has left the stream.
func (r *rejections) forget(sequence uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.counted, sequence)
}
