package orderflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Shard is one of several databases, with its flow.
type Shard struct {
	// Name chooses the orders that the shard keeps, and must stay the same for ever: 1 to
	// 64 small letters, digits, hyphens and underscores.
	Name string
	// Generation is 0 for the shards that there were first, and one more for those that are
	// added later. It stays the same for ever, too.
	Generation int
	// Flow is the shard's flow, on a database of its own.
	Flow *Flow
	// Open makes the flow if Flow is nil. It is called again, at most once a second, until
	// it returns one: so a process starts while a database is down. Each call gets 10
	// seconds; a call that takes longer is not waited for. Before Open returns an error, it
	// closes what it has opened, or each call leaves connections behind. Whoever opens a
	// database closes it: Shards closes none.
	Open func(context.Context) (*Flow, error)
}

// shard is a Shard of this process.
type shard struct {
	Shard

	// flow is nil until it is open, and its database knows the shards that there were then.
	flow    atomic.Pointer[Flow]
	known   atomic.Pointer[[]*shard] // the shards that its database knows
	mu      sync.Mutex
	opening *opening // the last; nil before the first
	made    *Flow    // by Open, though the database may not know its shards yet
	fitted  *Flow    // compared with the others; Shards.fitting guards it
}

// knows reports whether the shard is open, and its database knows all in a list. Lists
// only grow, and what is added is a new shard.
func (s *shard) knows(all []*shard) bool {
	known := s.known.Load()
	last := len(all) - 1
	return s.flow.Load() != nil && known != nil && len(*known) > last && (*known)[last] == all[last]
}

// opening is one try to open a shard, or to tell its database of the shards.
type opening struct {
	done  chan struct{}
	over  <-chan struct{} // its time has ended, or it is done
	ended time.Time       // once it is done
	err   error
}

// openEvery is the time between two tries to open a shard that failed, and openTime that
// of one.
const (
	openEvery = time.Second
	openTime  = 10 * time.Second
)

// name of a shard: no zero byte, which ends it in the hash.
var shardNames = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

func (s Shard) check() error {
	switch {
	case !shardNames.MatchString(s.Name):
		return invalidConfig("Shard.Name", fmt.Sprintf("is %q", s.Name),
			"use 1 to 64 small letters, digits, hyphens and underscores")
	case s.Generation < 0:
		return invalidConfig("Shard.Generation", "is negative", "use 0 for the first shards")
	case (s.Flow == nil) == (s.Open == nil):
		return invalidConfig("Shard", fmt.Sprintf("%q has neither Flow nor Open, or both", s.Name), "set one of them")
	}
	return nil
}

// use returns the shard's flow. If that is not done yet, use opens it, and has its database
// learn which shards there are: before that, nothing may rely on the database. Errors are
// [ShardError], or match ErrInvalidConfig.
func (set *Shards) use(ctx context.Context, s *shard) (*Flow, error) {
	err := set.open(ctx, s, set.shards())
	if err != nil {
		return nil, err
	}
	return s.flow.Load(), nil
}

// open opens a shard, and has its database know all.
func (set *Shards) open(ctx context.Context, s *shard, all []*shard) error {
	for !s.knows(all) { // another call may have opened it, when there were fewer
		err := s.await(ctx, set.try(ctx, s, func(ctx context.Context) error {
			f, err := set.reach(ctx, s, all)
			if err != nil {
				return err
			}
			if err := f.register(ctx, s, all); err != nil {
				return s.down(err)
			}
			set.lookOut(s, f)
			s.known.Store(&all)
			s.flow.Store(f)
			return nil
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

// compare reaches a shard that nobody uses yet, and compares what its database knows with
// all. It changes nothing there.
func (set *Shards) compare(ctx context.Context, s *shard, all []*shard) error {
	return s.await(ctx, set.try(ctx, s, func(ctx context.Context) error {
		f, err := set.reach(ctx, s, all)
		if err != nil {
			return err
		}
		return s.down(f.agrees(ctx, s, all))
	}))
}

// try works on a shard for all who wait for it, whoever of them goes away. If another call
// works on it, or has failed a moment ago, try returns that one.
func (set *Shards) try(ctx context.Context, s *shard, work func(context.Context) error) *opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.opening; last != nil {
		select {
		case <-last.done:
			failedJustNow := last.err != nil && time.Since(last.ended) < openEvery
			if failedJustNow {
				return last
			}
		default:
			return last
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), set.openTime)
	o := &opening{done: make(chan struct{}), over: ctx.Done()}
	s.opening = o
	go func() {
		defer cancel()
		defer close(o.done)
		o.err = s.down(errors.New("Open did not return: it ended its goroutine"))
		defer func() {
			if recover() != nil { // of Open; its value may be a payer's data
				o.err = s.down(errors.New("Open panicked"))
				set.logger().ErrorContext(ctx, "orderflow: Open panicked", "shard", s.Name,
					"stack", string(debug.Stack()))
			}
			o.ended = time.Now()
		}()
		o.err = work(ctx)
	}()
	return o
}

// await waits for a try, but not for an Open that ignores the end of its time.
func (s *shard) await(ctx context.Context, o *opening) error {
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return s.down(ctx.Err())
	case <-o.over:
	}
	select {
	case <-o.done:
		return o.err
	default:
		return s.down(errors.New("Open has not returned, though its time has ended"))
	}
}

// reach returns the flow of a shard, of which its database may not know yet.
func (set *Shards) reach(ctx context.Context, s *shard, all []*shard) (f *Flow, err error) {
	if f = cmp.Or(s.Flow, s.made); f == nil {
		if f, err = s.Open(ctx); err == nil && f == nil {
			err = errors.New("Open returned no flow")
		}
		if err != nil {
			return nil, s.down(err)
		}
		s.made = f
	}
	return f, set.fits(s, f, all)
}

// lookOut has a flow ask the other shards whether an answer is about one of their payments.
func (set *Shards) lookOut(s *shard, f *Flow) {
	other := func(ctx context.Context, paymentID string) (string, error) {
		return set.otherWith(ctx, s, func(ctx context.Context, f *Flow) (bool, error) {
			return f.hasPayment(ctx, paymentID)
		})
	}
	f.otherShard.Store(&other)
}

// fault is the error of a call to a shard, with its name if its database does not answer.
func (s *shard) fault(err error) error {
	isOpen := s.flow.Load() != nil
	answers := !errors.Is(err, ErrDatabase) || errors.Is(err, ErrBusy) || errors.Is(err, ErrUnreadable)
	if isOpen && answers {
		return err // the wallet's, the caller's, or about one order
	}
	return s.down(err)
}

// down is the error of a shard that cannot be used: a [ShardError], or one that matches
// ErrInvalidConfig.
func (s *shard) down(err error) error {
	var named *ShardError
	isInvalid := errors.Is(err, ErrInvalidConfig)
	if err == nil || isInvalid || errors.As(err, &named) {
		return err
	}
	if !errors.Is(err, ErrDatabase) {
		err = fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return &ShardError{Shard: s.Name, Err: err}
}
