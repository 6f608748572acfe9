package orderflow

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// shardsRun is a Run of all shards.
type shardsRun struct {
	ctx   context.Context //nolint:containedctx // of Run: shards that are added run until it ends, too
	ended sync.WaitGroup

	mu     sync.Mutex
	failed map[string]error // at its end, by their texts
}

// Run is [Flow.Run] for all shards, those that are added meanwhile among them, until ctx
// ends. A shard that is down, or whose Run fails, does not stop the others: Run begins with
// it again. It returns nil, or a [ShardError] of each shard whose jobs did not stop in time.
func (set *Shards) Run(ctx context.Context) error {
	run := &shardsRun{ctx: ctx, failed: map[string]error{}}
	set.mu.Lock()
	if set.running != nil {
		set.mu.Unlock()
		return fmt.Errorf("%w: Run is called twice for the same shards", ErrInvalidConfig)
	}
	set.running = run
	for _, s := range set.shards() {
		run.start(set, s)
	}
	set.mu.Unlock()
	<-ctx.Done()
	set.mu.Lock() // from here on nothing is added to it
	set.running = nil
	set.mu.Unlock()
	run.ended.Wait()
	return joined(run.failed)
}

// runAgain is how long Run waits before it begins with a shard again.
const runAgain = time.Second

// start runs a shard until the end of the run.
func (r *shardsRun) start(set *Shards, s *shard) {
	r.ended.Go(func() {
		for told := ""; r.ctx.Err() == nil; {
			f, err := set.use(r.ctx, s)
			isOpen := err == nil
			if isOpen {
				err = f.Run(r.ctx)
			}
			hasEnded := r.ctx.Err() != nil
			switch {
			case hasEnded && isOpen:
				r.fail(s.fault(err))
				return
			case hasEnded:
				return
			case err != nil && err.Error() != told:
				told = err.Error()
				set.first.log.ErrorContext(r.ctx, "orderflow: a shard does not run, it is tried again", "shard", s.Name,
					"error", err)
			}
			_ = wait(r.ctx, runAgain)
		}
	})
}

// fail keeps what the Run of a shard returned at its end, for whoever called Run of all.
func (r *shardsRun) fail(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed[err.Error()] = err
}
