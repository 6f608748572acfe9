package orderflow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestCreateIsIdempotent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		first := s.pending("order-1")

		again := s.request("order-1")
		again.ExpiresAt = s.clock.now().Add(time.Hour)
		again.Order.Environment.ClientIP = "203.0.113.9"
		second, err := s.flow.Create(t.Context(), again)
		require.NoError(t, err)
		require.Equal(t, first.PaymentURL, second.PaymentURL)
		require.Equal(t, first.ExpiresAt, second.ExpiresAt, "the first call's expiry stands")

		other := s.request("order-1")
		other.Amount.Value++
		_, err = s.flow.Create(t.Context(), other)
		require.ErrorIs(t, err, orderflow.ErrConflict)
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)

		title := s.request("order-1")
		title.Title, title.Order.Buyer.ID, title.Extra = "Three coffees", "2088", map[string]any{"points": 1}
		_, err = s.flow.Create(t.Context(), title)
		require.ErrorIs(t, err, orderflow.ErrConflict)
		require.EqualError(t, err, `orderflow: conflict: tradepay: id already used with other content: order `+
			`"order-1" differs in Extra, Order, Title; use a new id for another order`)

		notify := s.request("order-1")
		notify.NotifyURL = "http://127.0.0.1:1/notify"
		_, err = s.flow.Create(t.Context(), notify)
		require.ErrorContains(t, err, "differs in NotifyURL;")
		require.NotContains(t, err.Error(), "127.0.0.1")
		require.Len(t, s.wallet.Payments(), 1)
	})
}

// TestCreateConflictInOrderOfFields: an Extra that was stored and read has the
// order of JSON's names, and is the same.
func TestCreateConflictInOrderOfFields(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		req := s.request("order-1")
		req.Extra = map[string]any{"shop": struct {
			Zone int64
			Name string
		}{1 << 60, "A<B"}}
		_, err := s.flow.Create(t.Context(), req)
		require.NoError(t, err)
		_, err = s.flow.Create(t.Context(), req)
		require.NoError(t, err)
		req.Title = "Three coffees"
		_, err = s.flow.Create(t.Context(), req)
		require.ErrorIs(t, err, orderflow.ErrConflict)
		require.ErrorContains(t, err, "differs in Title;")
	})
}

// TestContentOutlivesTheVersion: digests are stored. They are over what is set
// and nothing else, so that a field which the SDK gets later does not turn the
// retried call of an old order into a conflict.
func TestContentOutlivesTheVersion(t *testing.T) {
	t.Parallel()
	digest := func(content, extra string) string {
		sum := sha256.Sum256([]byte(content + "\x00" + extra))
		return "1:" + hex.EncodeToString(sum[:])
	}
	req := &tradepay.CreateOrderRequest{PaymentRequestID: "order-1",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}}
	got, err := orderflow.ContentDigest(req)
	require.NoError(t, err)
	require.Equal(t, digest(`{"amount":{"currency":"USD","value":"1050"},"paymentRequestId":"order-1"}`, ""), got)

	req.ExpiresAt, req.Order.Environment.ClientIP = time.Now(), "203.0.113.9" // of one call
	req.Order.Goods = []tradepay.Goods{{}, {ID: "a", Quantity: 10}}
	req.Order.CreatedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	req.Extra = map[string]any{"x": 0, "a": ""}
	got, err = orderflow.ContentDigest(req)
	require.NoError(t, err)
	require.Equal(t, digest(`{"amount":{"currency":"USD","value":"1050"},"order":{"createdAt":"2026-01-02T03:04:05Z",`+
		`"goods":[null,{"id":"a","quantity":10}]},`+
		`"paymentRequestId":"order-1"}`, `{"a":"","x":0}`), got)

	req.Extra = map[string]any{"f": func() {}}
	_, err = orderflow.ContentDigest(req)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
}

// TestOrderWithoutRefundInJSON: what was not given back is no null.
func TestOrderWithoutRefundInJSON(t *testing.T) {
	t.Parallel()
	price := tradepay.Amount{Currency: "USD", Value: 1050}
	for name, tt := range map[string]struct {
		refunded tradepay.Amount
		want     any
	}{
		"nothing given back": {tradepay.Amount{}, nil},
		"a part given back": {tradepay.Amount{Currency: "USD", Value: 50},
			map[string]any{"currency": "USD", "value": "50"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(orderflow.Order{ID: "order-1", Amount: price, Refunded: tt.refunded})
			require.NoError(t, err)
			var members map[string]any
			require.NoError(t, json.Unmarshal(data, &members))
			got, there := members["Refunded"]
			require.Equal(t, tt.want != nil, there)
			require.Equal(t, tt.want, got)
			require.Equal(t, map[string]any{"currency": "USD", "value": "1050"}, members["Amount"])
		})
	}
}

func TestCreateAtOnceIsOneOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var all sync.WaitGroup
		urls := make([]string, 8)
		for i := range urls {
			all.Go(func() {
				if o, err := s.flow.Create(t.Context(), s.request("order-1")); err == nil {
					urls[i] = o.PaymentURL
				}
			})
		}
		all.Wait()
		require.Len(t, s.wallet.Payments(), 1)
		for _, url := range urls {
			require.Equal(t, s.wallet.Payments()[0].PaymentURL, url)
		}
	})
}

func TestCreateStoresFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		o, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, orderflow.StateCreated, o.State)
		require.NotZero(t, o.NextAt)

		// Calling again after the wallet is back finishes the order.
		s.wallet.Heal()
		require.Equal(t, "order-1", s.pending("order-1").ID)
		require.Len(t, s.wallet.Payments(), 1)
	})
}

func TestCreateRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for _, test := range []struct {
			name   string
			change func(*tradepay.CreateOrderRequest)
			want   error
		}{
			{"no id", func(r *tradepay.CreateOrderRequest) { r.PaymentRequestID = "" }, tradepay.ErrInvalidRequest},
			{"id with a zero byte", func(r *tradepay.CreateOrderRequest) {
				r.PaymentRequestID = "a\x00b"
			}, tradepay.ErrInvalidRequest},
			{"no amount", func(r *tradepay.CreateOrderRequest) {
				r.Amount = tradepay.Amount{}
			}, tradepay.ErrInvalidAmount},
			{"expired", func(r *tradepay.CreateOrderRequest) {
				r.ExpiresAt = s.clock.now().Add(-time.Hour)
			}, tradepay.ErrInvalidRequest},
			{"extra that is no JSON", func(r *tradepay.CreateOrderRequest) {
				r.Extra = map[string]any{"x": func() {}}
			}, tradepay.ErrInvalidRequest},
		} {
			req := s.request("order-" + fmt.Sprint(len(test.name)))
			test.change(req)
			_, err := s.flow.Create(t.Context(), req)
			require.ErrorIs(t, err, test.want, test.name)
		}
		_, err := s.flow.Create(t.Context(), nil)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		orders, err := s.flow.List(t.Context(), orderflow.ListOptions{})
		require.NoError(t, err)
		require.Empty(t, orders, "what was refused is not stored")
		require.Empty(t, s.wallet.Payments())
	})
}

// TestCreateRejected: the wallet rejects a pay. The first rejection is final;
// one after a lost call is not, since that call may still arrive.
func TestCreateRejected(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		foreign := s.request("order-1")
		foreign.Amount.Value = 1
		_, err := s.client.CreateOrder(t.Context(), foreign) // the wallet knows the id with other content
		require.NoError(t, err)
		o, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		require.Equal(t, orderflow.StateFailed, o.State)
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmIDReused}, s.alarmKinds())

		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		_, err = s.flow.Create(t.Context(), s.request("order-2"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		foreign.PaymentRequestID = "order-2"
		_, err = s.client.CreateOrder(t.Context(), foreign)
		require.NoError(t, err)
		o, err = s.flow.Create(t.Context(), s.request("order-2"))
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		require.Equal(t, orderflow.StateCreated, o.State, "the lost call may still be under way")
	})
}

// TestCreateEndedMeanwhile: of two calls that read the order while it was open,
// the second sends nothing for one that is closed, or that got its URL.
func TestCreateEndedMeanwhile(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		foreign := s.request("order-1")
		foreign.Amount.Value = 1
		_, err := s.client.CreateOrder(t.Context(), foreign)
		require.NoError(t, err)
		failed, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		require.Equal(t, orderflow.StateFailed, failed.State)
		read := *failed
		read.State = orderflow.StateCreated
		o, err := s.flow.Send(t.Context(), &read)
		require.NoError(t, err, "the wallet would refuse it again")
		require.Equal(t, orderflow.StateFailed, o.State)

		pending := s.pending("order-2")
		read = *pending
		read.State, read.PaymentURL = orderflow.StateCreated, ""
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		o, err = s.flow.Send(t.Context(), &read)
		require.NoError(t, err)
		require.Equal(t, pending.PaymentURL, o.PaymentURL)
	})
}

func TestCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.pending("order-1")
		o, err := s.flow.Cancel(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateCancelled, o.State)
		stored, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		stored.Request, o.Request = tradepay.CreateOrderRequest{}, tradepay.CreateOrderRequest{}
		require.Equal(t, stored, o, "a copy of what the database has, to the millisecond, in UTC")
		o, err = s.flow.Cancel(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateCancelled, o.State, "again is the same")
		require.ErrorIs(t, s.wallet.Pay("order-1"), tradepaytest.ErrNotOpen)

		// The payment was faster.
		paid := s.pending("order-2")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		require.NoError(t, s.wallet.Pay(paid.PaymentURL))
		o, err = s.flow.Cancel(t.Context(), "order-2")
		require.ErrorIs(t, err, orderflow.ErrAlreadyPaid)
		require.Contains(t, []orderflow.State{orderflow.StatePaid, orderflow.StateFulfilled}, o.State)
		s.reach("order-2", orderflow.StateFulfilled)

		_, err = s.flow.Cancel(t.Context(), "order-3")
		require.ErrorIs(t, err, orderflow.ErrNotFound)
	})
}

// TestCancelNotStored: what the wallet cancelled is not called cancelled before
// the order is.
func TestCancelNotStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		s.pending("order-1")
		require.NoError(t, s.wallet.Pay(s.pending("order-2").PaymentURL))
		// The trigger rejects.
		_, err := s.db.SQL().ExecContext(t.Context(),
			`DELETE FROM orderflow_transitions WHERE to_state IN ('cancelled', 'paid')`)
		require.NoError(t, err)
		for _, id := range []string{"order-1", "order-2"} {
			_, err := s.flow.Cancel(t.Context(), id)
			require.ErrorIs(t, err, orderflow.ErrDatabase)
			require.NotErrorIs(t, err, orderflow.ErrAlreadyPaid)
			o, err := s.flow.Get(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, orderflow.StatePending, o.State)
		}
	})
}

// TestCancelIsNotForgotten: the wish outlives the wallet's silence.
func TestCancelIsNotForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.pending("order-1")
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1})
		o, err := s.flow.Cancel(t.Context(), "order-1")
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, orderflow.StatePending, o.State)
		s.wallet.Heal()
		o, err = s.flow.Create(t.Context(), s.request("order-1"))
		require.NoError(t, err)
		require.NotZero(t, o.CancelRequestedAt, "is not sent again")
		s.run()
		s.clock.advance(time.Minute)
		s.reach("order-1", orderflow.StateCancelled)
		payment, ok := s.wallet.Payment("order-1")
		require.True(t, ok)
		require.Equal(t, tradepay.StatusCancelled, payment.Status)
	})
}

// TestPaidWhileCancelled: some wallets give back with a cancel what was paid.
// Who pays while a cancel is under way must not get the goods and the money.
func TestPaidWhileCancelled(t *testing.T) {
	for name, tt := range map[string]struct {
		pays   bool // and it stays so
		silent bool // no cancel is ever answered
		hear   func(*shop, *orderflow.Order) error
		want   orderflow.State
	}{
		"notified, and given back":  {hear: (*shop).hearPaid, want: orderflow.StateCancelled},
		"notified":                  {pays: true, hear: (*shop).hearPaid, want: orderflow.StateFulfilled},
		"notified, and never known": {pays: true, silent: true, hear: (*shop).hearPaid, want: orderflow.StateFulfilled},
		"inquired":                  {pays: true, hear: (*shop).refresh, want: orderflow.StateFulfilled},
		"inquired, and never known": {pays: true, silent: true, hear: (*shop).refresh, want: orderflow.StateFulfilled},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				o := s.pending("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: wire.OpCancel, Times: -1})
				_, err := s.flow.Cancel(t.Context(), "order-1")
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				if tt.pays {
					require.NoError(t, s.wallet.Pay("order-1"))
				}
				require.NoError(t, tt.hear(s, o))
				require.NoError(t, tt.hear(s, o), "again is the same")
				o, err = s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StatePending, o.State, "not before the cancel is answered")
				if !tt.silent {
					s.wallet.Heal()
				}
				s.run()
				s.clock.advance(2 * time.Hour)
				o = s.reach("order-1", tt.want)
				if tt.want == orderflow.StateCancelled {
					require.WithinDuration(t, s.clock.now().Add(time.Minute), o.NextAt, 30*time.Second,
						"whether the money went back")
				}
				require.Equal(t, tt.want == orderflow.StateFulfilled, s.shipments("order-1") == 1)
			})
		})
	}
}

// TestPaidAtTheExpiry: the cancel of an order whose time is over may give back
// what was paid at that moment, too; and who does not answer it may have been
// paid without a notification.
func TestPaidAtTheExpiry(t *testing.T) {
	for _, notified := range []bool{true, false} {
		t.Run(fmt.Sprintf("notified %t", notified), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				o := s.pending("order-1")
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.PaymentProcessing})
				s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: wire.OpCancel, Times: -1})
				require.NoError(t, s.wallet.Pay(o.PaymentURL))
				work := func(d time.Duration) {
					s.clock.advance(d)
					require.NoError(t, errors.Join(s.flow.Sweep(t.Context()), s.flow.Work(t.Context())))
				}
				work(31 * time.Minute) // finds it open, and cancels it
				if notified {
					require.NoError(t, s.hearPaid(o))
				}
				work(30 * time.Minute)
				o, err := s.flow.Get(t.Context(), "order-1")
				require.NoError(t, err)
				require.Equal(t, orderflow.StatePending, o.State, "not before the cancel is answered")
				for range 4 {
					work(time.Hour)
				}
				s.reach("order-1", orderflow.StateFulfilled)
				require.Equal(t, 1, s.shipments("order-1"))
			})
		})
	}
}

func (s *shop) hearPaid(o *orderflow.Order) error {
	return s.flow.Receive(s.t.Context(), paid(o.ID, o.PaymentID, 1050))
}

func (s *shop) refresh(o *orderflow.Order) error {
	s.clock.advance(2 * time.Second)
	_, err := s.flow.Refresh(s.t.Context(), o.ID)
	return err
}

func TestList(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for i := range 5 {
			s.pending(fmt.Sprintf("order-%d", i))
			s.clock.advance(time.Second)
		}
		_, err := s.flow.Cancel(t.Context(), "order-3")
		require.NoError(t, err)
		ids := func(opts orderflow.ListOptions) (ids []string) {
			orders, err := s.flow.List(t.Context(), opts)
			require.NoError(t, err)
			for _, o := range orders {
				ids = append(ids, o.ID)
			}
			return ids
		}
		require.Equal(t, []string{"order-4", "order-3", "order-2", "order-1", "order-0"}, ids(orderflow.ListOptions{}))
		require.Equal(t, []string{"order-3"}, ids(orderflow.ListOptions{State: orderflow.StateCancelled}))
		require.Empty(t, ids(orderflow.ListOptions{Parked: true}))
		require.Empty(t, ids(orderflow.ListOptions{Late: true}))
		page, err := s.flow.List(t.Context(), orderflow.ListOptions{Limit: 2})
		require.NoError(t, err)
		require.Equal(t, []string{"order-2", "order-1"},
			ids(orderflow.ListOptions{CreatedBefore: page[1].CreatedAt, BeforeID: page[1].ID, Limit: 2}))
	})
}

func TestOrderPrintsNoPayersData(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		req := s.request("order-1")
		req.Order.Buyer = tradepay.Buyer{ID: "buyer-secret", PhoneNo: "+27821234567"}
		o, err := s.flow.Create(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "buyer-secret", o.Request.Order.Buyer.ID, "Fulfil has the whole request")
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			require.NotContains(t, fmt.Sprintf(verb, o), "secret")
			require.NotContains(t, fmt.Sprintf(verb, *o), "2782")
		}
	})
}

// TestAnswerOfAnotherOrder: a process cannot know which answers another one
// has seen; the database does.
func TestAnswerOfAnotherOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		first := s.pending("order-1")
		client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
			conf.Now = s.clock.now
		}))
		require.NoError(t, err)
		s.config.Client = client
		s.open()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpPay})
		o, err := s.flow.Create(t.Context(), s.request("order-2"))
		require.ErrorIs(t, err, orderflow.ErrEvidence)
		require.Equal(t, orderflow.StateCreated, o.State)
		require.Empty(t, o.PaymentURL)
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmReference}, s.alarmKinds())
		o = s.pending("order-2")
		require.NotEqual(t, first.PaymentURL, o.PaymentURL)
		require.NotEqual(t, first.PaymentID, o.PaymentID)
	})
}

// TestAnswerOfALostOrder: the answer to order-1's pay never came here, and is
// handed out as that to order-2's. Nothing can tell at once; the inquiry does.
func TestAnswerOfALostOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		lost := s.request("order-1")
		lost.ExpiresAt = s.clock.now().Add(time.Hour).UTC().Truncate(time.Second)
		foreign, err := s.client.CreateOrder(t.Context(), lost) // by a process that died before it stored the answer
		require.NoError(t, err)
		client, err := tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
			conf.Now = s.clock.now
		}))
		require.NoError(t, err)
		s.config.Client = client
		s.open()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: wire.OpPay})
		require.Equal(t, foreign.PaymentURL, s.pending("order-2").PaymentURL)
		s.run()
		s.clock.advance(6 * time.Second)
		require.Eventually(t, func() bool {
			o, err := s.flow.Get(t.Context(), "order-2")
			return err == nil && o.PaymentURL == "" && o.PaymentID != foreign.PaymentID
		}, 2*time.Minute, 10*time.Millisecond)
		// Told after the commit.
		require.Eventually(t, func() bool {
			return slices.Contains(s.alarmKinds(), orderflow.AlarmReference)
		}, 2*time.Minute, time.Millisecond)
		for _, req := range []*tradepay.CreateOrderRequest{lost, s.request("order-2")} {
			o, err := s.flow.Create(t.Context(), req)
			require.NoError(t, err)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			s.reach(o.ID, orderflow.StateFulfilled)
			require.Equal(t, 1, s.shipments(o.ID))
		}
		require.Len(t, s.wallet.Payments(), 2)
	})
}

// TestWithdrawnWhateverElse: the payment URL of another payment is withdrawn,
// too, if the wallet has this order over another amount.
func TestWithdrawnWhateverElse(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		_, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.wallet.Heal()
		_, err = s.db.SQL().ExecContext(t.Context(),
			`UPDATE orderflow_orders SET state = 'pending', payment_id = 'p1',
				payment_url = 'https://wallet.example/p1'`)
		require.NoError(t, err)
		foreign := s.request("order-1")
		foreign.Amount.Value = 1
		_, err = s.client.CreateOrder(t.Context(), foreign)
		require.NoError(t, err)
		_, err = s.flow.Refresh(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrEvidence)
		require.ElementsMatch(t, []orderflow.AlarmKind{orderflow.AlarmReference, orderflow.AlarmAmount}, s.alarmKinds())
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Empty(t, o.PaymentURL)
		require.Equal(t, orderflow.StatePending, o.State)
	})
}

func TestRefresh(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		o := s.pending("order-1")
		require.NoError(t, s.wallet.Pay(o.PaymentURL))
		o, err := s.flow.Refresh(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)

		s.pending("order-2")
		s.clock.stop() // however long the calls take
		_, err = s.flow.Refresh(t.Context(), "order-2")
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay("order-2"))
		o, err = s.flow.Refresh(t.Context(), "order-2")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, o.State, "asked less than a second ago")
		s.clock.advance(2 * time.Second)
		o, err = s.flow.Refresh(t.Context(), "order-2")
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePaid, o.State)
		_, err = s.flow.Refresh(t.Context(), "order-3")
		require.ErrorIs(t, err, orderflow.ErrNotFound)
	})
}

// TestEscrowIsRefused: the flow fulfils what is paid, and of an escrow the goods go out first.
func TestEscrowIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t, sqliteSource(t))
	cfg := s.wallet.Config()
	cfg.Wallet.Products.Escrow = "HELD"
	var err error
	s.config.Client, err = tradepay.NewClient(cfg)
	require.NoError(t, err)
	s.open()
	for _, authorize := range []bool{false, true} {
		request := s.request("order-1")
		request.ProductCode, request.Authorize = "HELD", authorize
		_, err = s.flow.Create(t.Context(), request)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		require.ErrorContains(t, err, "ProductCode")
		_, err = s.flow.Get(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrNotFound)
	}
	require.Empty(t, s.wallet.Payments())
}

// TestRejectedRepeatIsUnknown: the wallet rejects a repeated pay or refund whose first
// call may still be carried out. Nobody may conclude that nothing happened.
func TestRejectedRepeatIsUnknown(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		lost := tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1}
		refused := tradepaytest.Fault{Kind: tradepaytest.Refused, Times: 1}
		requireUndecided := func(err error) {
			t.Helper()
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, tradepay.ErrRejected)
			var api *tradepay.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, "ORDER_STATUS_INVALID", api.Result.Code)
			require.ErrorContains(t, err, "may still be carried out")
		}
		s.wallet.Inject(lost)
		o, err := s.flow.Create(t.Context(), s.request("order-1"))
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, orderflow.StateCreated, o.State)
		s.wallet.Heal()
		refused.Op = wire.OpPay
		s.wallet.Inject(refused)
		o, err = s.flow.Create(t.Context(), s.request("order-1"))
		requireUndecided(err)
		require.Equal(t, orderflow.StateCreated, o.State)
		require.Equal(t, "order-1", s.pending("order-1").ID, "a further call gets the payment")

		s.wallet.Inject(refused)
		o, err = s.flow.Create(t.Context(), s.request("order-2"))
		require.ErrorIs(t, err, tradepay.ErrRejected, "the only pay")
		require.Equal(t, orderflow.StateFailed, o.State)

		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		_, err = s.flow.Refresh(t.Context(), "order-1")
		require.NoError(t, err)
		part := orderflow.RefundRequest{ID: "r1", Amount: usd(100)}
		s.wallet.Inject(lost)
		r, err := s.flow.Refund(t.Context(), "order-1", part)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, orderflow.RefundOpen, r.State)
		s.wallet.Heal()
		refused.Op = wire.OpRefund
		s.wallet.Inject(refused)
		r, err = s.flow.Refund(t.Context(), "order-1", part)
		requireUndecided(err)
		require.Equal(t, orderflow.RefundOpen, r.State)
		r, err = s.flow.Refund(t.Context(), "order-1", part)
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundSucceeded, r.State)
	})
}

// TestConcluded: what the error of a pay means depends on what the order is by then.
func TestConcluded(t *testing.T) {
	t.Parallel()
	refused := &tradepay.APIError{Kind: tradepay.ErrRejected}
	unauthorized := &tradepay.APIError{Kind: tradepay.ErrUnauthorized}
	reused := &tradepay.APIError{Kind: tradepay.ErrIdempotencyMismatch}
	for name, c := range map[string]struct {
		state orderflow.State
		err   error
		want  error // nil: the order is the answer
	}{
		"paid":                       {orderflow.StatePaid, refused, nil},
		"fulfilled":                  {orderflow.StateFulfilled, refused, nil},
		"refunded":                   {orderflow.StateRefunded, refused, nil},
		"authorized":                 {orderflow.StateAuthorized, refused, nil},
		"failed":                     {orderflow.StateFailed, refused, tradepay.ErrRejected},
		"cancelled":                  {orderflow.StateCancelled, refused, tradepay.ErrRejected},
		"created":                    {orderflow.StateCreated, refused, tradepay.ErrOutcomeUnknown},
		"pending":                    {orderflow.StatePending, refused, tradepay.ErrOutcomeUnknown},
		"created, not authorized":    {orderflow.StateCreated, unauthorized, tradepay.ErrUnauthorized},
		"paid, not authorized":       {orderflow.StatePaid, unauthorized, nil},
		"paid, with another content": {orderflow.StatePaid, reused, tradepay.ErrIdempotencyMismatch},
	} {
		err := orderflow.Concluded(&orderflow.Order{ID: "order-1", State: c.state}, c.err)
		require.ErrorIs(t, err, c.want, name)
		if c.want == tradepay.ErrOutcomeUnknown { //nolint:errorlint // the table's own value
			require.NotErrorIs(t, err, tradepay.ErrRejected, name)
		}
	}
}
