package orderflow

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
)

// TestNextGroup: a group has an order once, the one that came first; it is bounded,
// in the order of ids, and without those who have gone. Whoever is left comes next.
func TestNextGroup(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	var g gathering
	come := func(ctx context.Context, id, raw string) *arrival {
		a := &arrival{ctx: ctx, told: make(chan told, 1),
			n: &tradepay.Notification{PaymentRequestID: id, Raw: []byte(raw)}}
		require.Equal(t, len(g.waiting) == 0, g.add(a), "who comes first leads")
		return a
	}
	named := func(group []*arrival) (names []string) {
		for _, a := range group {
			names = append(names, a.n.PaymentRequestID+string(a.n.Raw))
		}
		return names
	}
	come(t.Context(), "b", "1")
	come(t.Context(), "a", "1")
	left := come(gone, "c", "1")
	come(t.Context(), "a", "2")
	come(t.Context(), "0", "1")
	come(t.Context(), "a", "3")
	require.Equal(t, []string{"01", "a1", "b1"}, named(g.next()))
	require.ErrorIs(t, (<-left.told).err, context.Canceled)
	require.Equal(t, []string{"a2"}, named(g.next()))
	require.Equal(t, []string{"a3"}, named(g.next()))
	require.Empty(t, g.next())

	for i := range groupSize + 1 {
		come(t.Context(), fmt.Sprintf("%03d", groupSize-i), "")
	}
	group := g.next()
	require.Len(t, group, groupSize)
	require.Equal(t, "001", group[0].n.PaymentRequestID)
	require.Equal(t, []string{"000"}, named(g.next()))
	require.Empty(t, g.next())
	come(t.Context(), "d", "")
}

// TestSecondLeader: a second group begins beside the first once as many wait as fill it, and no third.
func TestSecondLeader(t *testing.T) {
	t.Parallel()
	g := gathering{most: 2}
	come := func(n int) (leads int) {
		for range n {
			id := fmt.Sprint(n, leads, len(g.waiting))
			a := &arrival{ctx: t.Context(), n: &tradepay.Notification{PaymentRequestID: id}}
			if g.add(a) {
				leads++
			}
		}
		return leads
	}
	require.Equal(t, 1, come(groupSize-1))
	require.Equal(t, 1, come(1))
	require.Zero(t, come(2*groupSize), "both are under way")
	for range 3 {
		require.Len(t, g.next(), groupSize)
	}
	require.Empty(t, g.next(), "one leads no more")
	require.Zero(t, come(1), "the other one does")
	require.Len(t, g.next(), 1)
	require.Empty(t, g.next())
	require.Equal(t, 1, come(1))
}

// TestWoven: what each draft writes stays in its order, and PostgreSQL gets the same
// statements of several as one.
func TestWoven(t *testing.T) {
	t.Parallel()
	event := func(id string) write {
		return write{query: insertEvent, args: []any{"c", id, int64(1), "", "", "", "", ""}}
	}
	drafts := []*transaction{
		{later: []write{event("a"), {query: "other"}, event("a2")}},
		{later: []write{event("b"), event("b2")}},
		{},
	}
	queries := func(f *Flow) (list []string) {
		for _, w := range f.woven(drafts) {
			list = append(list, w.query)
		}
		return list
	}
	lite := &Flow{db: &DB{}}
	require.Equal(t, []string{insertEvent, insertEvent, "other", insertEvent, insertEvent}, queries(lite))
	server := &Flow{db: &DB{pool: new(pgxpool.Pool)}}
	require.Equal(t, []string{bulks[insertEvent].query, "other", insertEvent, insertEvent}, queries(server))
}
