package orderflow_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestAddTellsAll: a shard that does not answer for a moment, while another is added, learns
// of it before it is used again. Otherwise a later configuration could leave that one out,
// and its orders would be created, and charged, once more.
func TestAddTellsAll(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		exec := func(query string) {
			_, err := c.dbs["a"].SQL().ExecContext(ctx, query)
			require.NoError(t, err)
		}
		exec(`ALTER TABLE orderflow_shards RENAME TO gone`)
		require.NoError(t, c.shards.Add(ctx, c.shard("c")), "the others go on")
		id := idOf("a", "c")
		_, err := c.shards.Create(ctx, c.request(id))
		requireShard(t, err, "a")
		c.pending(idOf("b", "c"))
		exec(`ALTER TABLE gone RENAME TO orderflow_shards`)
		require.Empty(t, c.in(id))

		require.EventuallyWithT(t, func(collect *assert.CollectT) {
			_, err := c.shards.Create(ctx, c.request(id))
			assert.NoError(collect, err)
		}, time.Minute, 50*time.Millisecond)
		require.Equal(t, []string{"c"}, c.in(id))
		require.Len(t, c.where(`SELECT COUNT(*) FROM orderflow_shards WHERE name = 'c'`), 3, "all know of c")
		_, err = orderflow.NewShards(ctx, []orderflow.Shard{c.shard("a"), c.shard("b"), c.fresh("d", 1)})
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig)
		require.ErrorContains(t, err, `lacks shard "c"`)
	})
}

// TestShardOpensDuringAdd: what a shard learns as it opens is not enough if another one is
// added meanwhile.
func TestShardOpensDuringAdd(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		var isUp atomic.Bool
		entered, release := make(chan struct{}), make(chan struct{})
		config := c.config("b")
		set, err := orderflow.NewShards(ctx, []orderflow.Shard{c.shard("a"),
			{Name: "b", Open: func(ctx context.Context) (*orderflow.Flow, error) {
				if !isUp.Load() {
					return nil, errRefused
				}
				close(entered)
				<-release
				return orderflow.New(ctx, config)
			}}})
		require.NoError(t, err)
		isUp.Store(true)
		got := make(chan error, 1)
		go func() {
			for {
				_, err := set.Create(ctx, c.request(idOf("b")))
				if !errors.Is(err, errRefused) {
					got <- err
					return
				}
			}
		}()
		<-entered
		require.NoError(t, set.Add(ctx, c.shard("c")))
		close(release)
		require.NoError(t, <-got)
		_, err = set.Get(ctx, idOf("b"))
		require.NoError(t, err)
		require.Len(t, c.where(`SELECT COUNT(*) FROM orderflow_shards WHERE name = 'c'`), 3, "all know of c")
	})
}

// TestRejectedShardsLeaveNothing: after an Add or a NewShards that failed, the databases
// that were up remember nothing of it, and the right configuration is accepted.
func TestRejectedShardsLeaveNothing(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		down := orderflow.Shard{Name: "d", Generation: 1,
			Open: func(context.Context) (*orderflow.Flow, error) { return nil, errRefused }}
		require.ErrorIs(t, c.shards.Add(ctx, c.shard("c"), down), orderflow.ErrShard)

		other := c.fresh("other", 1)
		stale := c.set("a", "b")
		require.NoError(t, c.shards.Add(ctx, c.shard("c")), "without the one that was down")
		require.ErrorIs(t, stale.Add(ctx, other), orderflow.ErrInvalidConfig, "the others know of c")

		_, err := orderflow.NewShards(ctx, []orderflow.Shard{{Name: "0", Flow: other.Flow}, c.shard("a"), c.shard("b"),
			c.shard("c")})
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig, "generation 0 is complete")

		other.Generation = 2
		_, err = orderflow.NewShards(ctx, []orderflow.Shard{other, c.shard("a"), c.shard("b"), c.shard("c")})
		require.NoError(t, err)
	})
}
