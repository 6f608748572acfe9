package orderflow_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestFlowFromBefore: one database becomes several, one process after the other. A process that has
// not been restarted works with its Flow, made before the database was a shard.
func TestFlowFromBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		c := newChain(t, sqliteSource)
		if s.isPostgres() {
			c = newChain(t, postgresSource)
		}
		c.sources["a"], c.dbs["a"], c.wallet = s.source, s.db, s.wallet // the only database there was
		_, err := c.dbs["c"].SQL().ExecContext(ctx, `DELETE FROM orderflow_shards`)
		require.NoError(t, err)
		old := s.flow
		shards, err := orderflow.NewShards(ctx, []orderflow.Shard{c.shard("a"), c.shard("c")})
		require.NoError(t, err)
		var id string
		for _, id = range idsOf(50, "a", "c") {
			homes := orderflow.Homes([]orderflow.Shard{{Name: "a"}, {Name: "c", Generation: 1}}, id)
			if len(homes) == 2 {
				break
			}
		}
		o, err := shards.Create(ctx, c.request(id))
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		// The phone repeats its request, and the balancer gives it to the old process.
		_, err = old.Create(ctx, c.request(id))
		require.ErrorIs(t, err, orderflow.ErrShard)
		stop := s.run()
		defer stop()
		running, cancel := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- shards.Run(running) }()
		require.NoError(t, shards.Receive(ctx, paid(id, s.paymentID(id), 1050)))
		require.Eventually(t, func() bool { return c.shipped(id) > 0 }, time.Minute, 10*time.Millisecond)
		cancel()
		require.NoError(t, <-ended)
		require.Equal(t, 1, c.shipped(id), "paid once; orders of this id are in %v", c.in(id))
	})
}

// TestSnapshot: a database whose transactions see what was there when they began. An order is stored
// while another process waits to cede its id: it must be found.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			source := directSource(t)
			require.NoError(t, onServer(`ALTER DATABASE `+databaseName(source)+` SET default_transaction_isolation = '`+
				isolation+`'`))
			s := newShop(t, source)
			flow := orderflow.Shard{Name: "a", Flow: s.flow}
			_, err := orderflow.NewShards(ctx, []orderflow.Shard{flow})
			require.NoError(t, err)
			s.pending("order-1")
			client := s.client.ClientID()
			sum := sha256.Sum256([]byte(client + "\x00order-2"))
			tx, err := s.db.SQL().BeginTx(ctx, nil) // stores order-2, as Flow.store does
			require.NoError(t, err)
			_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(binary.BigEndian.Uint64(sum[:8])))
			require.NoError(t, err)
			_, err = tx.ExecContext(ctx, `SELECT shard FROM orderflow_ceded WHERE id = 'order-2'`)
			require.NoError(t, err)
			var isHere bool
			ended := make(chan error, 1)
			go func() {
				var err error
				isHere, err = s.flow.Cede(ctx, "order-2", "c")
				ended <- err
			}()
			time.Sleep(time.Second) // it waits
			_, err = tx.ExecContext(ctx, `INSERT INTO orderflow_orders SELECT (jsonb_populate_record(o,
				jsonb_build_object('id', 'order-2'))).* FROM orderflow_orders o WHERE id = 'order-1'`)
			require.NoError(t, err)
			require.NoError(t, tx.Commit())
			if err := <-ended; err != nil {
				require.ErrorIs(t, err, orderflow.ErrDatabase)
				return
			}
			require.True(t, isHere, "order-2 is here, and its id was ceded to c, where it is created once more")
		})
	}
}

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
