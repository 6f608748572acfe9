package orderflow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestPages: paging loses and repeats nothing, however the database sorts: most sort by a
// language, where a comes before B, and bytes do not.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": sqliteSource, "postgres": postgresSource, "postgres by language": languageSource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, source)
			c.clock.stop() // all are created in one millisecond
			ids := []string{"a1", "B1", "c1", "D1", "e1", "F1", "g1", "H1"}
			for _, id := range ids {
				c.pending(id)
			}
			slices.Sort(ids)
			slices.Reverse(ids)
			for _, limit := range []int{1, 2, 3, 100} {
				require.Equal(t, ids, c.listed(limit), "in pages of %d", limit)
			}
		})
	}
}

// listed are the ids of all orders, read in pages.
func (c *chain) listed(limit int) (ids []string) {
	c.t.Helper()
	page := orderflow.ListOptions{Limit: limit}
	for range 100 { // no endless loop, should a page repeat itself
		list, err := c.shards.List(c.t.Context(), page)
		require.NoError(c.t, err)
		for _, o := range list {
			ids = append(ids, o.ID)
			page.CreatedBefore, page.BeforeID = o.CreatedAt, o.ID
		}
		if len(list) < limit {
			return ids
		}
	}
	return ids
}

// TestPagesPassOverUnreadable: a page that goes on behind rows that cannot be read goes on
// behind the right one.
func TestPagesPassOverUnreadable(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": sqliteSource, "postgres": postgresSource, "postgres by language": languageSource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, source(t))
			s.clock.stop()
			for _, id := range []string{"a1", "B1", "c1", "D1", "e1", "F1"} {
				s.pending(id)
			}
			_, err := s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_orders SET request = '{'
				WHERE id IN ('B1', 'e1')`)
			require.NoError(t, err)
			var ids []string
			list, err := s.flow.List(t.Context(), orderflow.ListOptions{Limit: 4})
			require.NoError(t, err)
			for _, o := range list {
				ids = append(ids, o.ID)
			}
			require.Equal(t, []string{"c1", "a1", "F1", "D1"}, ids)
		})
	}
}

// merged are the calls that ask all shards: how many rows each shard of kept has for them,
// and how many came beside which error.
var merged = map[string]struct {
	rows int
	call func(ctx context.Context, set *orderflow.Shards, now time.Time) (int, error)
}{
	"List": {2, func(ctx context.Context, set *orderflow.Shards, _ time.Time) (int, error) {
		list, err := set.List(ctx, orderflow.ListOptions{})
		return len(list), err
	}},
	"Report": {2, func(ctx context.Context, set *orderflow.Shards, now time.Time) (int, error) {
		report, err := set.Report(ctx, now.AddDate(-1, 0, 0), now)
		return report.Counts[orderflow.StatePaid] + report.Counts[orderflow.StateCancelled], err
	}},
	"Alarms": {1, func(ctx context.Context, set *orderflow.Shards, now time.Time) (n int, errs error) {
		for _, err := range set.Alarms(ctx, now.AddDate(-1, 0, 0), now) {
			if err == nil {
				n++
			}
			errs = errors.Join(errs, err)
		}
		return n, errs
	}},
	"Audit": {1, func(ctx context.Context, set *orderflow.Shards, _ time.Time) (int, error) {
		found, err := set.Audit(ctx, orderflow.AuditOptions{Pause: time.Nanosecond})
		return len(found), err
	}},
	"Prune": {2, func(ctx context.Context, set *orderflow.Shards, now time.Time) (int, error) {
		return set.Prune(ctx, orderflow.PruneOptions{To: now.AddDate(0, 0, -35)})
	}},
}

// kept has each shard keep an order that is paid, although the wallet says otherwise, with an
// alarm, and one that is cancelled; all of it 40 days ago.
func (c *chain) kept() {
	c.t.Helper()
	for _, home := range []string{"a", "b"} {
		ids := idsOf(2, home)
		for _, id := range ids {
			c.pending(id)
		}
		ctx := c.t.Context()
		require.ErrorIs(c.t, c.shards.Receive(ctx, paid(ids[0], "", 1)), orderflow.ErrEvidence)
		require.NoError(c.t, c.shards.Receive(ctx, paid(ids[0], "", 1050)))
		_, err := c.shards.Cancel(ctx, ids[1])
		require.NoError(c.t, err)
		_, err = c.dbs[home].SQL().ExecContext(ctx, `UPDATE orderflow_orders SET next_at = NULL WHERE id = $1`, ids[1])
		require.NoError(c.t, err) // as after the last look at it
	}
	c.clock.advance(40 * 24 * time.Hour)
}

// withOpen is a set of a and of b, which could not be opened at first, and is opened anew at
// the next question.
func (c *chain) withOpen(open func(context.Context) (*orderflow.Flow, error)) *orderflow.Shards {
	c.t.Helper()
	var isFirst atomic.Bool
	isFirst.Store(true)
	set, err := orderflow.NewShards(c.t.Context(), []orderflow.Shard{
		{Name: "b", Open: func(ctx context.Context) (*orderflow.Flow, error) {
			if isFirst.Swap(false) {
				return nil, errRefused
			}
			return open(ctx)
		}}, c.shard("a")})
	require.NoError(c.t, err)
	time.Sleep(1100 * time.Millisecond) // it is tried once a second
	return set
}

// TestMergedAnswers: whatever one shard does, what the others have is there, and what is not
// is told.
func TestMergedAnswers(t *testing.T) {
	t.Parallel()
	up := func(c *chain) *orderflow.Shards { return c.shards }
	for _, tt := range []struct {
		name string
		set  func(*chain) *orderflow.Shards
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		lack int // how many shards' rows are not there
		want error
	}{
		{"all are up", up, context.WithCancel, 0, nil},
		{"one is down", func(c *chain) *orderflow.Shards { c.down("b"); return c.shards }, context.WithCancel, 1,
			orderflow.ErrShard},
		{"one cannot be opened", func(c *chain) *orderflow.Shards {
			return c.withOpen(func(context.Context) (*orderflow.Flow, error) { return nil, errRefused })
		}, context.WithCancel, 1, errRefused},
		{"one does not answer in the caller's time", func(c *chain) *orderflow.Shards {
			return c.withOpen(func(ctx context.Context) (*orderflow.Flow, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 8*time.Second) // Open has ten
		}, 1, context.DeadlineExceeded},
		{"the caller has gone", up, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Unix(0, 0))
		}, 2, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, sqliteSource)
			c.kept()
			set := tt.set(c)
			var asking sync.WaitGroup // all at once: none of them changes what another one reads
			for name, method := range merged {
				asking.Go(func() {
					ctx, cancel := tt.ctx(t.Context())
					defer cancel()
					rows, err := method.call(ctx, set, c.clock.now())
					assert.ErrorIs(t, err, tt.want, name) //nolint:testifylint // not in the test's own goroutine
					assert.Equal(t, (2-tt.lack)*method.rows, rows, "%s: %v", name, err)
					var down *orderflow.ShardError
					namesB := errors.As(err, &down) && down.Shard == "b"
					assert.Equal(t, tt.lack == 1, namesB, "%s: %v", name, err)
				})
			}
			asking.Wait()
		})
	}
}

// justEnded is a context that ends beside whoever uses it, and interrupts nobody.
type justEnded struct{ context.Context }

func (justEnded) Err() error { return context.Canceled }

// TestAuditTellsItsEnd: an audit that ended between two shards is not a whole one.
func TestAuditTellsItsEnd(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		_, err := c.shards.Audit(justEnded{t.Context()}, orderflow.AuditOptions{})
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestAuditGoesOn: an id of a shard that this process lacks does not end the audit of the
// others.
func TestAuditGoesOn(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		stale, newer := c.shards, c.set("a", "b", "c")
		elsewhere, wrong := idsOf(2, "a", "c"), idOf("a")
		for _, id := range elsewhere {
			_, err := newer.Create(ctx, c.request(id))
			require.NoError(t, err)
		}
		c.pending(wrong)
		require.NoError(t, stale.Receive(ctx, paid(wrong, "", 1050))) // and the wallet says pending
		opts := orderflow.AuditOptions{To: c.clock.now().Add(time.Hour), Pause: time.Nanosecond, IDs: elsewhere}
		found, err := stale.Audit(ctx, opts)
		requireShard(t, err, "c")
		require.Len(t, found, 1, "beside the error it lacks what c has, and nothing of a")
		require.Equal(t, wrong, found[0].ID)
	})
}

// TestHealthOfShards: its numbers are those of all shards together, and its times the worst.
func TestHealthOfShards(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		a, b := c.shard("a"), c.shard("b")
		set, err := orderflow.NewShards(ctx, []orderflow.Shard{a, b})
		require.NoError(t, err)
		require.NoError(t, a.Flow.FillQueue(ctx, orderflow.JobFulfil))
		require.NoError(t, b.Flow.FillQueue(ctx, orderflow.JobReconcile))
		require.Equal(t, a.Flow.Health(ctx).Waiting+b.Flow.Health(ctx).Waiting, set.Health(ctx).Waiting)
		require.Positive(t, set.Health(ctx).Shards["a"].Waiting)

		running, cancel := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- b.Flow.Run(running) }()
		require.Eventually(t, func() bool { return !b.Flow.Health(ctx).SweptAt.IsZero() }, time.Minute,
			10*time.Millisecond)
		cancel()
		require.NoError(t, <-ended)
		require.False(t, set.Health(ctx).Shards["b"].SweptAt.IsZero())
		require.Zero(t, set.Health(ctx).SweptAt, "a was never swept")
	})
}

// TestHealthIsQuick: who asks for it, such as a balancer, gives up after a few seconds, and
// ends a process that is well.
func TestHealthIsQuick(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		var gaveUp atomic.Bool
		set := c.withOpen(func(ctx context.Context) (*orderflow.Flow, error) {
			<-ctx.Done() // after ten seconds: packets are dropped
			gaveUp.Store(true)
			return nil, ctx.Err()
		})
		h := set.Health(t.Context())
		require.False(t, gaveUp.Load(), "Health waits for two seconds")
		require.False(t, h.Database)
		require.Contains(t, h.Reason, "shard b: the database does not answer")
		require.True(t, h.Shards["a"].Database)
		require.True(t, h.OK)
	})
}

// TestHealthTellsWhy: a database that is down, one whose configuration is wrong and one that
// cannot be read are different things to do. What an Open returns may hold a password: it is
// in the log alone.
func TestHealthTellsWhy(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		var log safeBuffer
		config := c.config("a")
		config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		flow, err := orderflow.New(t.Context(), config)
		require.NoError(t, err)
		var why atomic.Pointer[error]
		why.Store(&errRefused)
		set, err := orderflow.NewShards(t.Context(), []orderflow.Shard{{Name: "a", Flow: flow},
			{Name: "b", Open: func(context.Context) (*orderflow.Flow, error) { return nil, *why.Load() }}})
		require.NoError(t, err)
		h := set.Health(t.Context())
		require.Equal(t, "shard b: the database cannot be opened: is it up? The log says why", h.Reason)
		require.Contains(t, log.String(), errRefused.Error())

		wrong := fmt.Errorf("%w: Workers is negative", orderflow.ErrInvalidConfig)
		why.Store(&wrong)
		require.Eventually(t, func() bool {
			h = set.Health(t.Context())
			return strings.Contains(h.Reason, wrong.Error())
		}, time.Minute, 50*time.Millisecond)
		require.True(t, h.OK, "the others go on")

		_, err = c.dbs["a"].SQL().ExecContext(t.Context(), `ALTER TABLE orderflow_orders RENAME TO away`)
		require.NoError(t, err)
		h = set.Health(t.Context())
		require.Contains(t, h.Reason, "shard a: the database cannot be read")
		require.Contains(t, log.String(), "no such table")
		require.False(t, h.OK)
	})
}
