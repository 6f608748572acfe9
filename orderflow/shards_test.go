package orderflow_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestShardsHaveTheMethodsOfFlow keeps both in one style: a program that uses a Flow uses
// Shards with no other change.
func TestShardsHaveTheMethodsOfFlow(t *testing.T) {
	t.Parallel()
	methods := func(of reflect.Type) map[string]string {
		all := map[string]string{}
		for i := range of.NumMethod() {
			m := of.Method(i)
			var types []string
			for i := 1; i < m.Type.NumIn(); i++ {
				types = append(types, m.Type.In(i).String())
			}
			for i := range m.Type.NumOut() {
				types = append(types, "→ "+m.Type.Out(i).String())
			}
			all[m.Name] = fmt.Sprint(types)
		}
		return all
	}
	shards, flow := methods(reflect.TypeFor[*orderflow.Shards]()), methods(reflect.TypeFor[*orderflow.Flow]())
	require.Contains(t, shards, "Add")
	delete(shards, "Add")
	for _, name := range testingMethods {
		delete(flow, name)
	}
	require.Equal(t, flow, shards)
}

// testingMethods are those of export_test.go.
var testingMethods = []string{"PollEvery", "HangGrace", "Tick", "ClaimReport", "Sweep", "FollowClock", "FillQueue",
	"CountTry", "FulfilJob", "Send", "SendRefund", "RecordRefund", "SweepOnce", "Work", "LoseWork", "RecallStrays",
	"SyncClock", "Reconcile", "PermitFor", "FulfilPermitted", "SetBack", "Gather", "Cede"}

func TestShardsKeepOrders(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		c.run()
		var ids []string
		for i := range 12 {
			o := c.pending(fmt.Sprintf("order-%d", i))
			require.Equal(t, orderflow.Homes([]orderflow.Shard{{Name: "a"}, {Name: "b"}}, o.ID), c.in(o.ID))
			require.NoError(t, c.wallet.Pay(o.PaymentURL))
			ids = append(ids, o.ID)
		}
		for _, id := range ids {
			c.reach(id, orderflow.StateFulfilled)
			require.Equal(t, 1, c.shipped(id))
		}
		slices.Reverse(ids)

		var listed []string
		page := orderflow.ListOptions{Limit: 5}
		for {
			list, err := c.shards.List(ctx, page)
			require.NoError(t, err)
			for _, o := range list {
				listed = append(listed, o.ID)
				page.CreatedBefore, page.BeforeID = o.CreatedAt, o.ID
			}
			if len(list) < page.Limit {
				break
			}
		}
		require.Equal(t, ids, listed, "newest first, each once")

		refund, err := c.shards.Refund(ctx, ids[0], orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)})
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundSucceeded, refund.State)
		refunds, err := c.shards.Refunds(ctx, ids[0])
		require.NoError(t, err)
		require.Len(t, refunds, 1)
		events, err := c.shards.History(ctx, ids[0])
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePartlyRefunded, events[len(events)-1].To)

		now := c.clock.now()
		report, err := c.shards.Report(ctx, now.Add(-time.Hour), now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, map[orderflow.State]int{orderflow.StateFulfilled: 11, orderflow.StatePartlyRefunded: 1},
			report.Counts)
		require.True(t, report.Agrees())
		found, err := c.shards.Audit(ctx,
			orderflow.AuditOptions{IDs: []string{ids[3], "nobody's"}, Pause: time.Nanosecond})
		require.NoError(t, err)
		require.Empty(t, found)
		require.Eventually(t, func() bool { return c.shards.Health(ctx).OK }, time.Minute, 10*time.Millisecond)
		require.Len(t, c.shards.Health(ctx).Shards, 2)
	})
}

// TestShardIsAdded is a thief's: the same id before and after.
func TestShardIsAdded(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		old := append(idsOf(4, "a", "c"), idsOf(4, "b", "c")...)
		for _, id := range old {
			c.pending(id)
		}
		c.run()
		require.NoError(t, c.shards.Add(ctx, c.shard("c")))
		var again sync.WaitGroup
		for _, id := range slices.Concat(old, old) {
			again.Go(func() {
				o, err := c.shards.Create(ctx, c.request(id))
				if assert.NoError(t, err) {
					assert.Equal(t, orderflow.StatePending, o.State)
				}
			})
		}
		again.Wait()
		for _, id := range old {
			require.Len(t, c.in(id), 1)
			require.NotContains(t, c.in(id), "c")
		}
		other := c.request(old[0])
		other.Amount = usd(1)
		_, err := c.shards.Create(ctx, other)
		require.ErrorIs(t, err, orderflow.ErrConflict, "the older order is found, and this is another")

		fresh := append(idsOf(8, "a", "c")[4:], idsOf(8, "b", "c")[4:]...)
		for _, id := range fresh {
			c.pending(id)
			require.Equal(t, []string{"c"}, c.in(id))
		}
		stay := idsOf(2, "a")[1]
		c.pending(stay)
		require.Equal(t, []string{"a"}, c.in(stay))
		require.Len(t, c.wallet.Payments(), len(old)+len(fresh)+1)
		for _, p := range c.wallet.Payments() {
			require.NoError(t, c.wallet.Pay(p.PaymentRequestID))
		}
		for _, p := range c.wallet.Payments() {
			c.reach(p.PaymentRequestID, orderflow.StateFulfilled)
			require.Equal(t, 1, c.shipped(p.PaymentRequestID))
		}
		list, err := c.shards.List(ctx, orderflow.ListOptions{})
		require.NoError(t, err)
		require.Len(t, list, len(old)+len(fresh)+1)
		require.Empty(t, c.alarms)
	})
}

// TestProcessLacksShard has a process that does not know of the shard that another one has
// added: both create the same orders at the same time.
func TestProcessLacksShard(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		stale, newer := c.shards, c.set("a", "b", "c")
		ids := append(idsOf(20, "a", "c"), idsOf(20, "b", "c")...)
		var named atomic.Int32
		var race sync.WaitGroup
		for _, id := range ids {
			for _, set := range []*orderflow.Shards{stale, newer} {
				race.Go(func() {
					_, err := set.Create(ctx, c.request(id))
					if err != nil && set == stale {
						named.Add(1)
						assert.ErrorIs(t, err, orderflow.ErrShard)
						return
					}
					assert.NoError(t, err)
				})
			}
		}
		race.Wait()
		atC := 0
		for _, id := range ids {
			where := c.in(id)
			require.Len(t, where, 1, "one order of %s", id)
			if where[0] == "c" {
				atC++
				_, err := stale.Get(ctx, id)
				requireShard(t, err, "c")
				_, err = stale.Cancel(ctx, id)
				requireShard(t, err, "c")
				_, err = stale.History(ctx, id)
				requireShard(t, err, "c")
				requireShard(t, stale.Receive(ctx, paid(id, "", 1050)), "c")
			}
			o, err := newer.Get(ctx, id)
			require.NoError(t, err)
			require.Equal(t, orderflow.StatePending, o.State)
		}
		require.EqualValues(t, atC, named.Load(), "whoever lacks the shard is told, and nothing else")
		require.Len(t, c.wallet.Payments(), len(ids))
		require.Empty(t, c.alarms, "what another process has is unknown to nobody")

		fresh := idsOf(21, "a", "c")[20]
		_, err := newer.Create(ctx, c.request(fresh))
		require.NoError(t, err)
		requireShard(t, stale.Receive(ctx, paid(fresh, "", 1050)), "c")
		require.NoError(t, stale.Add(ctx, c.shard("c")))
		require.NoError(t, stale.Receive(ctx, paid(fresh, "", 1050)))
	})
}

// TestFlowOfShard has somebody call a shard's flow, beside Shards.
func TestFlowOfShard(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		require.NoError(t, c.shards.Add(t.Context(), c.shard("c")))
		id := idOf("a", "c")
		c.pending(id)
		flow, err := orderflow.New(t.Context(), c.config("a"))
		require.NoError(t, err)
		_, err = flow.Create(t.Context(), c.request(id))
		requireShard(t, err, "c")
		require.Equal(t, []string{"c"}, c.in(id))
	})
}

// TestRejectedRequestCedesNothing: an invalid request leaves no trace.
func TestRejectedRequestCedesNothing(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		require.NoError(t, c.shards.Add(t.Context(), c.shard("c")))
		req := c.request(idOf("a", "c"))
		req.Amount.Value = 0
		_, err := c.shards.Create(t.Context(), req)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		_, err = c.shards.Create(t.Context(), nil)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		require.Empty(t, c.where(`SELECT COUNT(*) FROM orderflow_ceded`))
	})
}

func TestShardIsDown(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		here, gone, moved := idOf("a"), idOf("b"), idOf("b", "c")
		for _, id := range []string{here, gone, moved} {
			c.pending(id)
		}
		require.NoError(t, c.shards.Add(ctx, c.shard("c")))
		onlyWalletsID := c.payment(here)
		c.down("b")

		for name, call := range map[string]func(id string) error{
			"Create":     func(id string) error { _, err := c.shards.Create(ctx, c.request(id)); return err },
			"Get":        func(id string) error { _, err := c.shards.Get(ctx, id); return err },
			"Cancel":     func(id string) error { _, err := c.shards.Cancel(ctx, id); return err },
			"Refresh":    func(id string) error { _, err := c.shards.Refresh(ctx, id); return err },
			"Retry":      func(id string) error { _, err := c.shards.Retry(ctx, id); return err },
			"AcceptLate": func(id string) error { _, err := c.shards.AcceptLate(ctx, id); return err },
			"Void":       func(id string) error { _, err := c.shards.Void(ctx, id); return err },
			"History":    func(id string) error { _, err := c.shards.History(ctx, id); return err },
			"Refunds":    func(id string) error { _, err := c.shards.Refunds(ctx, id); return err },
			"Captures":   func(id string) error { _, err := c.shards.Captures(ctx, id); return err },
			"Refund": func(id string) error {
				_, err := c.shards.Refund(ctx, id, orderflow.RefundRequest{ID: "r"})
				return err
			},
			"Capture": func(id string) error {
				_, err := c.shards.Capture(ctx, id, orderflow.CaptureRequest{ID: "c"})
				return err
			},
			"Receive": func(id string) error { return c.shards.Receive(ctx, paid(id, "", 1050)) },
			"a refund's notification": func(string) error {
				return c.shards.Receive(ctx, &tradepay.Notification{Kind: tradepay.NotificationRefund,
					RefundRequestID: "nobody's", RefundStatus: tradepay.TransactionSuccess, Raw: []byte(`{}`)})
			},
			"a notification that may be of any": func(string) error {
				return c.shards.Receive(ctx, paid("", "nobody's", 1050))
			},
		} {
			for _, id := range []string{gone, moved} {
				err := call(id)
				require.Error(t, err, name)
				requireShard(t, err, "b")
			}
		}
		require.Empty(t, c.alarms, "what may be in a shard that is down is unknown to nobody")
		requireShard(t, c.shards.Receive(ctx, paid("", onlyWalletsID, 1050)), "b")

		res := httptest.NewRecorder()
		c.shards.HealthHandler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/health", nil))
		require.Equal(t, http.StatusOK, res.Code, "the process goes on with the others")
		health := c.shards.Health(ctx)
		require.False(t, health.Database)
		require.Contains(t, health.Reason, "shard b")
		require.True(t, health.Shards["a"].Database)

		require.NoError(t, c.shards.Receive(ctx, paid(here, "", 1050)))
		o, err := c.shards.Get(ctx, here)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		c.pending(idsOf(2, "a")[1])
		c.pending(idsOf(2, "a", "c")[1])

		list, err := c.shards.List(ctx, orderflow.ListOptions{})
		requireShard(t, err, "b")
		require.Len(t, list, 3)
		report, err := c.shards.Report(ctx, time.Time{}, c.clock.now())
		requireShard(t, err, "b")
		require.Equal(t, 1, report.Counts[orderflow.StatePaid])
		_, err = c.shards.Audit(ctx, orderflow.AuditOptions{Pause: time.Nanosecond})
		requireShard(t, err, "b")
		told := 0
		for _, err := range c.shards.Alarms(ctx, time.Time{}, c.clock.now()) {
			requireShard(t, err, "b")
			told++
		}
		require.Equal(t, 1, told, "there are no alarms, and b cannot say so")
	})
}

// TestShardIsDownAtNotify has the wallet notify of an order in a shard that is down: it is
// not told S, and notifies again.
func TestShardIsDownAtNotify(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		id := idOf("b")
		c.pending(id)
		flows := map[string]*orderflow.Flow{"a": c.shard("a").Flow}
		var isUp atomic.Bool
		shards, err := orderflow.NewShards(t.Context(), []orderflow.Shard{{Name: "a", Flow: flows["a"]},
			{Name: "b", Open: func(ctx context.Context) (*orderflow.Flow, error) {
				if !isUp.Load() {
					return nil, errRefused
				}
				return orderflow.New(context.WithoutCancel(ctx), c.config("b"))
			}}})
		require.NoError(t, err, "it starts without a shard that is down")
		_, err = shards.Get(t.Context(), id)
		requireShard(t, err, "b")
		require.ErrorIs(t, err, errRefused)
		require.False(t, shards.Health(t.Context()).Database)
		server := httptest.NewServer(shards.NotifyHandler())
		t.Cleanup(server.Close)
		other := idsOf(2, "b")[1]
		req := c.request(other)
		req.NotifyURL = server.URL + "/notify"
		_, err = c.shards.Create(t.Context(), req)
		require.NoError(t, err)
		require.NoError(t, c.wallet.Pay(other))
		require.Eventually(t, func() bool { return attempts(c.wallet, other) > 1 }, time.Minute, time.Millisecond)
		isUp.Store(true)
		require.Eventually(t, func() bool {
			_ = c.wallet.Notify(other)
			o, err := shards.Get(t.Context(), other)
			return err == nil && o.State == orderflow.StatePaid
		}, time.Minute, 20*time.Millisecond)
	})
}

// attempts is how often the wallet has sent notifications about a payment.
func attempts(w *tradepaytest.Wallet, id string) (n int) {
	for _, d := range w.Deliveries() {
		if d.PaymentRequestID == id {
			n++
		}
	}
	return n
}

// TestNobodysNotification: what belongs to no order raises its alarm in one shard, once,
// also after a shard was added.
func TestNobodysNotification(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		notices := []*tradepay.Notification{
			paid(idsOf(9, "a", "c")[8], "", 1050), paid("", "nobody's", 1050),
			{Kind: tradepay.NotificationDispute, DisputeID: "d-1", DisputeEvent: "DISPUTE_CREATED", Raw: []byte(`{}`)},
			{Kind: tradepay.NotificationOther, Raw: []byte(`{"a":"b"}`)},
			{Kind: tradepay.NotificationRefund, RefundRequestID: "console", RefundStatus: tradepay.TransactionSuccess,
				Raw: []byte(`{}`)},
		}
		for range 2 {
			for _, n := range notices {
				require.ErrorIs(t, c.shards.Receive(ctx, n), orderflow.ErrEvidence)
			}
			_ = c.shards.Add(ctx, c.shard("c")) // the second time it is there
		}
		var alarms []orderflow.Alarm
		for a, err := range c.shards.Alarms(ctx, time.Time{}, c.clock.now().Add(time.Hour)) {
			require.NoError(t, err)
			require.Equal(t, 2, a.Times, "%+v", a)
			alarms = append(alarms, a)
		}
		require.Len(t, alarms, len(notices))
		require.True(t, slices.IsSortedFunc(alarms, func(a, b orderflow.Alarm) int {
			return a.LastAt.Compare(b.LastAt)
		}))
	})
}

// TestPaymentIDAlone has notifications that name the payment by the wallet's id only.
func TestPaymentIDAlone(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		for _, id := range []string{idOf("a"), idOf("b")} {
			c.pending(id)
			require.NoError(t, c.shards.Receive(t.Context(), paid("", c.payment(id), 1050)))
			events, err := c.shards.History(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, orderflow.ActorNotification, events[len(events)-1].Actor)
		}
	})
}

// payment is the wallet's id of an order's payment.
func (c *chain) payment(id string) string {
	o, err := c.shards.Get(c.t.Context(), id)
	require.NoError(c.t, err)
	require.NotEmpty(c.t, o.PaymentID)
	return o.PaymentID
}

// TestEvidenceOfOneShard: a notification that two shards may have contradicts the order of
// the first. That of the second gets it nevertheless: a wallet, or a stream, that learns of
// ErrEvidence may not send it again.
func TestEvidenceOfOneShard(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		c.pending(idOf("a"))
		req := c.request(idOf("b"))
		req.Amount = usd(2000)
		_, err := c.shards.Create(ctx, req)
		require.NoError(t, err)
		paymentID := c.payment(req.PaymentRequestID)
		_, err = c.dbs["a"].SQL().ExecContext(ctx, `UPDATE orderflow_orders SET payment_id = $1`, paymentID)
		require.NoError(t, err)
		before, err := c.shards.History(ctx, req.PaymentRequestID)
		require.NoError(t, err)
		require.ErrorIs(t, c.shards.Receive(ctx, paid("", paymentID, 2000)), orderflow.ErrEvidence)
		after, err := c.shards.History(ctx, req.PaymentRequestID)
		require.NoError(t, err)
		require.Greater(t, len(after), len(before), "the order of b knows of it")
	})
}

// TestIDOfAnothersRefund: the wallet would take the second refund for the first.
func TestIDOfAnothersRefund(t *testing.T) {
	onChain(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		for i, id := range []string{idOf("a"), idOf("b")} {
			o := c.pending(id)
			require.NoError(t, c.wallet.Pay(o.PaymentURL))
			require.NoError(t, c.shards.Receive(ctx, paid(id, "", 1050)))
			_, err := c.shards.Refund(ctx, id, orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)})
			if i == 0 {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, orderflow.ErrConflict)
			require.Equal(t, []string{"a"}, c.where(`SELECT COUNT(*) FROM orderflow_refunds`))
		}
	})
}

// TestAnswerOfAnotherShard replays the answer to a pay whose order is in another shard, to
// a process that has not seen it.
func TestAnswerOfAnotherShard(t *testing.T) {
	onBothChains(t, func(t *testing.T, c *chain) {
		ctx := t.Context()
		first := c.pending(idOf("a"))
		other := c.set("a", "b")
		c.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpPay})
		second, err := other.Create(ctx, c.request(idOf("b")))
		require.ErrorIs(t, err, orderflow.ErrEvidence)
		require.Empty(t, second.PaymentURL, "nobody is sent to the other order's payment")
		second, err = other.Create(ctx, c.request(second.ID))
		require.NoError(t, err)
		require.NotEmpty(t, second.PaymentURL)
		require.NotEqual(t, first.PaymentURL, second.PaymentURL)

		// And while the shard is down that would know: the wallet is asked.
		c.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpPay})
		third := c.set("a", "b")
		c.down("a")
		o, err := third.Create(ctx, c.request(idsOf(2, "b")[1]))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Empty(t, o.PaymentURL)
		o, err = third.Create(ctx, c.request(o.ID))
		require.NoError(t, err)
		require.NotEmpty(t, o.PaymentURL)
	})
}

// TestShardsContradict has configurations under which orders would not be found.
func TestShardsContradict(t *testing.T) {
	t.Parallel()
	c := newChain(t, sqliteSource)
	require.NoError(t, c.shards.Add(t.Context(), c.shard("c")))
	a, b, last := c.shard("a"), c.shard("b"), c.shard("c")
	of := func(s orderflow.Shard, name string, generation int) orderflow.Shard {
		return orderflow.Shard{Name: name, Generation: generation, Flow: s.Flow}
	}
	fresh := sqliteSource(t)
	c.sources["d"] = fresh
	c.dbs["d"] = c.open("d")
	config := c.config("d")
	config.Name = "another"
	stranger, err := orderflow.New(t.Context(), config)
	require.NoError(t, err)
	config.Name = ""
	d, err := orderflow.New(t.Context(), config)
	require.NoError(t, err)
	fourth := func(generation int, flow *orderflow.Flow) []orderflow.Shard {
		return []orderflow.Shard{a, b, last, {Name: "d", Generation: generation, Flow: flow}}
	}
	for name, tt := range map[string]struct {
		want   string // each is found by a check of its own
		shards []orderflow.Shard
	}{
		"none":                   {`Shards are none`, nil},
		"a bad name":             {`Name is "A"`, []orderflow.Shard{of(a, "A", 0)}},
		"a name twice":           {`"a" is that of two`, []orderflow.Shard{a, b, of(last, "a", 1)}},
		"no flow":                {`"b" has neither`, []orderflow.Shard{a, {Name: "b"}}},
		"a negative generation":  {`Generation is negative`, []orderflow.Shard{of(a, "a", -1)}},
		"a gap":                  {`leaves a number out`, []orderflow.Shard{a, b, of(last, "c", 2)}},
		"changed places":         {`"a" that is that of`, []orderflow.Shard{of(b, "a", 0), of(a, "b", 0), last}},
		"renamed":                {`lacks shard "b"`, []orderflow.Shard{a, of(b, "bee", 0), last}},
		"one taken away":         {`lacks shard "b"`, []orderflow.Shard{a, last}},
		"the last in the first":  {`"c" in generation 0`, []orderflow.Shard{a, b, of(last, "c", 0)}},
		"added to the first":     {`adds shard "d" to`, []orderflow.Shard{a, b, {Name: "d", Flow: d}, last}},
		"added to what is there": {`adds shard "d" to`, fourth(1, d)},
		"another client":         {`"d" is of another client`, fourth(2, stranger)},
		"one database twice":     {`"d" is on the database of shard "a"`, fourth(2, a.Flow)},
	} {
		_, err := orderflow.NewShards(t.Context(), tt.shards)
		require.ErrorIs(t, err, orderflow.ErrInvalidConfig, name)
		require.ErrorContains(t, err, tt.want, name)
	}
	_, err = orderflow.NewShards(t.Context(), []orderflow.Shard{b, last, a})
	require.NoError(t, err, "in any order")
	_, err = orderflow.NewShards(t.Context(), []orderflow.Shard{a, b})
	require.NoError(t, err, "a process that lacks the newest starts")
	require.ErrorIs(t, c.shards.Add(t.Context(), orderflow.Shard{Name: "d", Flow: d}), orderflow.ErrInvalidConfig)
	require.NoError(t, c.shards.Add(t.Context(), orderflow.Shard{Name: "d", Generation: 2, Flow: d}))
}

// TestDatabaseBecomesShard has a merchant with one database add others.
func TestDatabaseBecomesShard(t *testing.T) {
	t.Parallel()
	c := newChain(t, sqliteSource)
	s := newShop(t, sqliteSource(t))
	c.sources["a"], c.dbs["a"], c.wallet = s.source, s.db, s.wallet
	var ids []string
	for i := range 8 {
		ids = append(ids, s.pending(fmt.Sprintf("order-%d", i)).ID)
	}
	c.sources["b"] = sqliteSource(t)
	c.dbs["b"] = c.open("b")
	_, err := orderflow.NewShards(t.Context(), []orderflow.Shard{c.shard("a"), c.shard("b")})
	require.ErrorIs(t, err, orderflow.ErrInvalidConfig, "some of its orders would be looked for in b")
	second := c.shard("b")
	second.Generation = 1
	shards, err := orderflow.NewShards(t.Context(), []orderflow.Shard{c.shard("a"), second})
	require.NoError(t, err)
	for _, id := range ids {
		o, err := shards.Get(t.Context(), id)
		require.NoError(t, err)
		_, err = shards.Create(t.Context(), s.request(id))
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State)
	}
	require.Len(t, s.wallet.Payments(), len(ids))
}
