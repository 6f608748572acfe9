package orderflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestShardsRunTellsItsEnd: jobs that do not stop are what Flow.Run returns, and a program
// that ends after Shards.Run must hear of them, too.
func TestShardsRunTellsItsEnd(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		t.Cleanup(func() { close(goOn) })
		config := c.config("b")
		config.OnReport = func(context.Context, *orderflow.Report) error {
			close(begun)
			<-goOn
			return nil
		}
		flow, err := orderflow.New(t.Context(), config)
		require.NoError(t, err)
		orderflow.StopWithin(flow, 100*time.Millisecond)
		set, err := orderflow.NewShards(t.Context(), []orderflow.Shard{c.shard("a"), {Name: "b", Flow: flow}})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- set.Run(ctx) }()
		<-begun
		cancel()
		err = <-ended
		requireShard(t, err, "b")
		require.ErrorContains(t, err, "did not stop in time")
	})
}
