package orderflow_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestCededElsewhere: a shard has ceded an id to one that this process does not look in.
// Whether the order is there is unknown, so none is stored here.
func TestCededElsewhere(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		id := idOf("a", "c")
		a := c.shard("a")
		_, err := a.Flow.Cede(ctx, id, "forgotten")
		require.NoError(t, err)
		require.NoError(t, c.shards.Add(ctx, c.shard("c")))
		for range 2 {
			_, err = c.shards.Create(ctx, c.request(id))
			requireShard(t, err, "forgotten")
		}
		require.Empty(t, c.in(id))
		require.Empty(t, c.wallet.Payments())

		again := idsOf(2, "a", "c")[1]
		_, err = a.Flow.Cede(ctx, again, "c")
		require.NoError(t, err, "by a process that ended before it stored the order")
		c.pending(again)
		require.Equal(t, []string{"c"}, c.in(again))
	})
}

// TestCreateInsideFulfil: Shards says at once what Flow says at once, and cedes nothing. It
// would wait for the transaction that Fulfil holds, until the end of its time.
func TestCreateInsideFulfil(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		inner, added := idsOf(2, "a", "c")[1], c.fresh("d", 2)
		var set *orderflow.Shards
		got := make(chan error, 2)
		config := c.config("a")
		config.FulfilTimeout = time.Minute
		config.Fulfil = func(ctx context.Context, _ *sql.Tx, _ orderflow.Fulfilment) error {
			_, err := set.Create(ctx, c.request(inner))
			got <- err
			got <- set.Add(ctx, added)
			return nil
		}
		flow, err := orderflow.New(ctx, config)
		require.NoError(t, err)
		set, err = orderflow.NewShards(ctx, []orderflow.Shard{{Name: "a", Flow: flow}, c.shard("b"), c.shard("c")})
		require.NoError(t, err)
		id := idOf("a")
		_, err = set.Create(ctx, c.request(id))
		require.NoError(t, err)
		require.NoError(t, set.Receive(ctx, paid(id, "", 1050)))
		require.NoError(t, flow.FulfilJob(ctx, id, 0))
		require.ErrorIs(t, <-got, orderflow.ErrInsideFulfil)
		require.ErrorIs(t, <-got, orderflow.ErrInsideFulfil)
		require.Empty(t, c.where(`SELECT COUNT(*) FROM orderflow_ceded`))
	})
}
