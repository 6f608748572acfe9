package orderflow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestRendezvousVectors holds the hash: with another one, orders are not found anymore.
// Each can be checked with printf 'a\0order-1001' | sha256sum.
func TestRendezvousVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		shard, id string
		weight    uint64
	}{
		{"a", "order-1001", 0x1abc5b044c938628},
		{"b", "order-1001", 0xc6bf9482fa6d5e17},
		{"db-1", "", 0xd0aebc6b0ce7d943},
		{"db-1", "pedido-ñ", 0xf67d10d6a4529555},
	} {
		require.Equal(t, v.weight, orderflow.Rendezvous(v.shard, v.id), "%s, %s", v.shard, v.id)
	}
}

func TestHomes(t *testing.T) {
	t.Parallel()
	four := []orderflow.Shard{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}
	more := append(four[:4:4], orderflow.Shard{Name: "e", Generation: 1}, orderflow.Shard{Name: "f", Generation: 2})
	const orders = 20_000
	first, moved, last := map[string]int{}, 0, map[string]int{}
	for i := range orders {
		id := fmt.Sprintf("order-%d", i)
		before, after := orderflow.Homes(four, id), orderflow.Homes(more, id)
		require.Len(t, before, 1)
		require.Equal(t, before[0], after[0], "where an order was created, it is looked for")
		first[before[0]]++
		last[after[len(after)-1]]++
		if len(after) > 1 {
			moved++
			require.Contains(t, []string{"e", "f"}, after[1], "only to what was added")
		}
	}
	for name, n := range first {
		require.InDelta(t, orders/4, n, orders/4*0.05, "orders of shard %s among four", name)
	}
	for name, n := range last {
		require.InDelta(t, orders/6, n, orders/6*0.08, "orders of shard %s among six", name)
	}
	require.InDelta(t, orders/3, moved, orders/3*0.05, "new orders that go to the two that were added")
}
