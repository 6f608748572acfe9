package orderflow_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestNewShardsEndsBeforeOpen has the context end while the shards open, which goes on: run
// it with -race.
func TestNewShardsEndsBeforeOpen(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		opened := make(chan struct{}, 2)
		var shards []orderflow.Shard
		for _, name := range []string{"a", "b"} {
			config := c.config(name)
			shards = append(shards, orderflow.Shard{Name: name, Open: func(context.Context) (*orderflow.Flow, error) {
				cancel()
				time.Sleep(100 * time.Millisecond) // NewShards returns meanwhile
				defer func() { opened <- struct{}{} }()
				return orderflow.New(context.WithoutCancel(ctx), config)
			}})
		}
		_, err := orderflow.NewShards(ctx, shards)
		if err == nil {
			return // a slow machine: Open was quicker
		}
		require.ErrorIs(t, err, orderflow.ErrShard)
		<-opened
		time.Sleep(100 * time.Millisecond) // what follows Open happens beside the test, which the detector needs
	})
}

// TestOpenDoesNotReturn: an Open that panics, ends its goroutine or returns nothing is one
// that has failed, and no later call meets a flow that is not there.
func TestOpenDoesNotReturn(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		for name, tt := range map[string]struct {
			open func(context.Context) (*orderflow.Flow, error)
			want string
		}{
			"it panics": {func(context.Context) (*orderflow.Flow, error) { panic("Ana Pérez") }, "panicked"},
			"it exits": {func(context.Context) (*orderflow.Flow, error) {
				runtime.Goexit()
				return nil, nil
			}, "did not return"},
			"no flow": {func(context.Context) (*orderflow.Flow, error) { return nil, nil }, "no flow"},
		} {
			var log bytes.Buffer
			config := c.config("a")
			config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			flow, err := orderflow.New(t.Context(), config)
			require.NoError(t, err)
			set, err := orderflow.NewShards(t.Context(), []orderflow.Shard{{Name: "a", Flow: flow},
				{Name: "b", Open: tt.open}})
			require.NoError(t, err, name)
			_, err = set.Get(t.Context(), idOf("b"))
			requireShard(t, err, "b")
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error()+log.String(), "Ana", "the value of a panic may be a payer's data")
			if name == "it panics" {
				require.Contains(t, log.String(), "shard_test.go", "the stack says where")
				require.Contains(t, log.String(), "shard=b")
			}
		}
	})
}

// TestOpenIgnoresItsContext: nobody waits for an Open for longer than its time.
func TestOpenIgnoresItsContext(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		var hangs atomic.Bool
		entered, release := make(chan struct{}), make(chan struct{})
		config := c.config("b")
		set, err := orderflow.NewShards(t.Context(), []orderflow.Shard{c.shard("a"),
			{Name: "b", Open: func(ctx context.Context) (*orderflow.Flow, error) {
				if !hangs.Load() {
					return nil, errRefused
				}
				close(entered) // once: it is not called again before it returns
				<-release
				return orderflow.New(context.WithoutCancel(ctx), config)
			}}})
		require.NoError(t, err)
		orderflow.SetOpenTime(set, 10*time.Millisecond)
		hangs.Store(true)
		list := func() error {
			_, err := set.List(t.Context(), orderflow.ListOptions{})
			return err
		}
		require.Eventually(t, func() bool {
			select {
			case <-entered:
				return true
			default:
				requireShard(t, list(), "b")
				return false
			}
		}, time.Minute, 20*time.Millisecond)
		requireShard(t, list(), "b")
		require.ErrorContains(t, list(), "has not returned")
		close(release)
		orderflow.SetOpenTime(set, time.Minute)
		require.Eventually(t, func() bool { return list() == nil }, time.Minute, 20*time.Millisecond)
	})
}

// TestAnsweringShardIsNotDown: a row that cannot be read says nothing of the database.
func TestAnsweringShardIsNotDown(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		id := idOf("a")
		c.pending(id)
		_, err := c.dbs["a"].SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET request = '{' WHERE id = $1`, id)
		require.NoError(t, err)
		_, err = c.shards.Get(t.Context(), id)
		require.ErrorIs(t, err, orderflow.ErrUnreadable)
		require.NotErrorIs(t, err, orderflow.ErrShard)
	})
}
