package orderflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
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
	// it returns one: so a process starts while a database is down.
	Open func(context.Context) (*Flow, error)
}

// shard is a Shard of this process.
type shard struct {
	Shard

	flow    atomic.Pointer[Flow] // nil until it is open, and the database knows its shards
	mu      sync.Mutex
	opening *opening // the last; nil before the first
	made    *Flow    // by Open, though the database may not know its shards yet
}

// opening is one try to open a shard.
type opening struct {
	done  chan struct{}
	ended time.Time // once it is done
	err   error
}

// openEvery is the time between two tries to open a shard, and openTime that of one.
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

// use returns the shard's flow, which it opens if that is not done yet. Errors are
// [ShardError], or match ErrInvalidConfig.
func (set *Shards) use(ctx context.Context, s *shard) (*Flow, error) {
	if f := s.flow.Load(); f != nil {
		return f, nil
	}
	o := set.tryToOpen(ctx, s)
	select {
	case <-o.done:
		return s.flow.Load(), o.err
	case <-ctx.Done():
		return nil, s.fault(ctx.Err())
	}
}

// tryToOpen opens a shard for all who wait for it, whoever of them goes away.
func (set *Shards) tryToOpen(ctx context.Context, s *shard) *opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opening != nil {
		select {
		case <-s.opening.done:
			if s.opening.err == nil || time.Since(s.opening.ended) < openEvery {
				return s.opening
			}
		default:
			return s.opening
		}
	}
	o := &opening{done: make(chan struct{})}
	s.opening = o
	go func() {
		defer close(o.done)
		defer func() {
			if recover() != nil { // of Open; its value may be anything
				o.err = s.fault(errors.New("Open panicked"))
			}
			o.ended = time.Now()
		}()
		var f *Flow
		if f, o.err = set.open(context.WithoutCancel(ctx), s); o.err == nil {
			s.flow.Store(f)
		}
	}()
	return o
}

func (set *Shards) open(ctx context.Context, s *shard) (f *Flow, err error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	if f = cmp.Or(s.Flow, s.made); f == nil {
		if f, err = s.Open(ctx); err == nil && f == nil {
			err = errors.New("Open returned no flow")
		}
		if err != nil {
			return nil, s.fault(err)
		}
		s.made = f
	}
	if err := set.fits(s, f); err != nil {
		return nil, err
	}
	if err := f.register(ctx, s, set.shards()); err != nil {
		return nil, s.fault(err)
	}
	set.lookOut(s, f)
	return f, nil
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

// fault is the error of a call to a shard, with its name if the database is the cause.
func (s *shard) fault(err error) error {
	var named *ShardError
	isInvalid := errors.Is(err, ErrInvalidConfig)
	if err == nil || isInvalid || errors.As(err, &named) {
		return err
	}
	isDatabase := errors.Is(err, ErrDatabase)
	isOpen := s.flow.Load() != nil
	if !isDatabase && isOpen {
		return err // the wallet's, or the caller's
	}
	if !isDatabase {
		err = fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return &ShardError{Shard: s.Name, Err: err}
}
