package orderflow_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestSamePaymentAgain: with the same id, status and amount it is a duplicate,
// whatever else differs, and the history says once what differed.
func TestSamePaymentAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var log bytes.Buffer
		s.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s.open()
		o := s.pending("order-1")
		first := paid("order-1", o.PaymentID, 1050)
		first.Raw = []byte(`{"paymentTime":"1","extendInfo":"a","list":[1,2],"paymentStatus":"SUCCESS"}`)
		require.NoError(t, s.flow.Receive(t.Context(), first))
		for _, again := range []struct {
			raw    string
			change func(*tradepay.Notification)
		}{
			{`{"list":[1,2],"extendInfo":"a","paymentStatus":"SUCCESS", "paymentTime":"1"}`, nil}, // in another order
			{`{"paymentTime":"2","extendInfo":"a","list":[1,2],"paymentStatus":"SUCCESS"}`,
				func(n *tradepay.Notification) { n.PaidAt = time.Unix(1, 0) }},
			{`{"paymentTime":"1","more":true,"list":[2,1],"paymentStatus":"SUCCESS"}`, func(n *tradepay.Notification) {
				n.FailReason, n.PaymentID = "no", ""
			}},
			{`no JSON`, func(n *tradepay.Notification) { n.FailReason = "planted" }},
		} {
			n := paid("order-1", o.PaymentID, 1050)
			n.Raw = []byte(again.raw)
			if again.change != nil {
				again.change(n)
			}
			for range 3 {
				require.NoError(t, s.flow.Receive(t.Context(), n))
			}
		}
		events, err := s.flow.History(t.Context(), "order-1")
		require.NoError(t, err)
		var notes []string
		for _, e := range events {
			if _, differs, ok := strings.Cut(e.Reason, " again, with other "); ok {
				notes = append(notes, differs)
				require.Equal(t, e.From, e.To)
			}
		}
		require.Equal(t, []string{"paymentTime", "extendInfo, list, more", "content"}, notes)
		require.Equal(t, 3, strings.Count(log.String(), "notified again"))
		require.NotContains(t, log.String(), "planted")
		require.Empty(t, s.alarmKinds())

		for _, other := range []func(*tradepay.Notification){
			func(n *tradepay.Notification) { n.Amount.Value = 1051 },
			func(n *tradepay.Notification) { n.Status = tradepay.StatusFailed },
		} {
			n := paid("order-1", o.PaymentID, 1050)
			other(n)
			require.ErrorIs(t, s.flow.Receive(t.Context(), n), orderflow.ErrEvidence)
		}
	})
}

// refunding returns a fulfilled order whose refund of 50 is under way at the wallet.
func (s *shop) refunding() *orderflow.Order {
	s.t.Helper()
	s.silent()
	o := s.bought()
	s.turn(1)
	o = s.reach(o.ID, orderflow.StateFulfilled)
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
	r, err := s.flow.Refund(s.t.Context(), o.ID, orderflow.RefundRequest{ID: "refund-1", Amount: usd(50)})
	require.NoError(s.t, err)
	require.Equal(s.t, orderflow.RefundOpen, r.State)
	return o
}

func refundTold(status tradepay.TransactionStatus) *tradepay.Notification {
	return &tradepay.Notification{
		Kind: tradepay.NotificationRefund, RefundRequestID: "refund-1", RefundID: "R1", RefundStatus: status,
		Amount: usd(50), Raw: fmt.Appendf(nil, `{"refundStatus":"%s"}`, status),
	}
}

// TestRefundNotification settles the refund that it names, as an inquiry would, and
// nothing else.
func TestRefundNotification(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*tradepay.Notification)
		err    error
		refund orderflow.RefundState
		order  orderflow.State
		alarms []orderflow.AlarmKind
	}{
		"succeeded": {
			refund: orderflow.RefundSucceeded, order: orderflow.StatePartlyRefunded,
		},
		"succeeded, with all ids": {
			change: func(n *tradepay.Notification) { n.PaymentRequestID = "order-1" },
			refund: orderflow.RefundSucceeded, order: orderflow.StatePartlyRefunded,
		},
		"failed": {
			change: func(n *tradepay.Notification) { n.RefundStatus, n.FailReason = "FAIL", "closed account" },
			refund: orderflow.RefundFailed, order: orderflow.StateFulfilled,
			alarms: []orderflow.AlarmKind{orderflow.AlarmRefund},
		},
		"in process": {
			change: func(n *tradepay.Notification) { n.RefundStatus = "PROCESSING" },
			refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
		},
		"over another amount": {
			change: func(n *tradepay.Notification) { n.Amount = usd(1050) },
			err:    orderflow.ErrEvidence, refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmRefund},
		},
		"of another payment": {
			change: func(n *tradepay.Notification) { n.PaymentID = "other" },
			err:    orderflow.ErrEvidence, refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmReference},
		},
		"of another order": {
			change: func(n *tradepay.Notification) { n.PaymentRequestID = "order-2" },
			err:    orderflow.ErrEvidence, refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmReference},
		},
		"an id that no database holds": {
			change: func(n *tradepay.Notification) {
				n.PaymentRequestID, n.RefundRequestID, n.RefundID = "order-1", "r\x00", "R\x00"
			},
			refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmUnhandled},
		},
		"another program's": {
			change: func(n *tradepay.Notification) { n.PaymentRequestID, n.RefundRequestID = "order-1", "refund-9" },
			refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmUnhandled},
		},
		"of nothing here": {
			change: func(n *tradepay.Notification) { n.RefundRequestID = "refund-9" },
			err:    orderflow.ErrEvidence, refund: orderflow.RefundOpen, order: orderflow.StateRefunding,
			alarms: []orderflow.AlarmKind{orderflow.AlarmUnknownOrder},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				o := s.refunding()
				n := refundTold(tradepay.TransactionSuccess)
				if test.change != nil {
					test.change(n)
				}
				for range 2 {
					require.ErrorIs(t, s.flow.Receive(t.Context(), n), test.err)
				}
				refunds, err := s.flow.Refunds(t.Context(), o.ID)
				require.NoError(t, err)
				require.Equal(t, test.refund, refunds[0].State)
				now, err := s.flow.Get(t.Context(), o.ID)
				require.NoError(t, err)
				require.Equal(t, test.order, now.State)
				if test.refund == orderflow.RefundSucceeded {
					require.Equal(t, "R1", refunds[0].RefundID)
					require.Equal(t, usd(50), now.Refunded)
				}
				var kinds []orderflow.AlarmKind
				for _, a := range s.storedAlarms() {
					kinds = append(kinds, a.Kind)
				}
				require.Equal(t, test.alarms, kinds)
			})
		})
	}
}

// TestRefundNotifiedByTheWallet: over HTTP, where the wallet reports the flow's refunds
// by itself. The flow does not have to ask.
func TestRefundNotifiedByTheWallet(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		profile := wallets.PlatformV2()
		profile.Shaper = shaper.Hooks{Request: func(op wire.Operation, body map[string]any) error {
			if op == wire.OpRefund { // as a URL of the wallet's console does
				body["refundNotifyUrl"] = s.server.URL + "/notify"
			}
			return nil
		}}
		var err error
		s.config.Client, err = tradepay.NewClient(configtest.With(s.wallet.Config(), func(conf *tradepay.Config) {
			conf.Wallet, conf.Now = profile, s.clock.now
		}))
		require.NoError(t, err)
		s.open()
		o := s.refunding()
		s.wallet.Heal() // the refund is through
		s.reach(o.ID, orderflow.StatePartlyRefunded)
		history, err := s.flow.History(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.ActorNotification, history[len(history)-1].Actor)
		require.Empty(t, s.alarmKinds())
	})
}

// forMerchant are notifications that the flow does not settle.
func forMerchant(o *orderflow.Order) map[string]*tradepay.Notification {
	about := func(n tradepay.Notification) *tradepay.Notification {
		n.PaymentRequestID, n.PaymentID = o.ID, o.PaymentID
		return &n
	}
	return map[string]*tradepay.Notification{
		"capture": about(tradepay.Notification{
			Kind: tradepay.NotificationCapture, CaptureID: "C1", CaptureStatus: "SUCCESS", Amount: usd(10),
			Raw: []byte(`{"captureId":"C1"}`),
		}),
		"void": about(tradepay.Notification{
			Kind: tradepay.NotificationVoid, VoidID: "V1", VoidStatus: "SUCCESS", Raw: []byte(`{"voidId":"V1"}`),
		}),
		"dispute": about(tradepay.Notification{
			Kind: tradepay.NotificationDispute, DisputeID: "D1", DisputeEvent: "DISPUTE_CREATED", Amount: usd(1050),
			Raw: []byte(`{"disputeId":"D1"}`),
		}),
		"consent": {
			Kind: tradepay.NotificationAuthorization, AuthorizationEvent: "TOKEN_CREATED", AccessToken: "planted",
			Raw: []byte(`{"accessToken":"planted"}`),
		},
		"a refund made elsewhere": about(tradepay.Notification{
			Kind: tradepay.NotificationRefund, RefundRequestID: "refund-9", RefundStatus: "SUCCESS", Amount: usd(10),
			Raw: []byte(`{"refundRequestId":"refund-9"}`),
		}),
		"a dispute of no order": {
			Kind: tradepay.NotificationDispute, PaymentRequestID: "order-9", DisputeID: "D2\x00",
			Raw: []byte(`{"disputeId":"D2"}`),
		},
		"another message": {Kind: tradepay.NotificationOther, Raw: []byte(`{"subscriptionId":"S1"}`)},
	}
}

// TestOnNotification gets each notification until it has taken it in, and then never
// again, however often and at once it comes.
func TestOnNotification(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		_, err := s.db.SQL().ExecContext(t.Context(), `CREATE TABLE taken (kind TEXT NOT NULL, raw TEXT NOT NULL)`)
		require.NoError(t, err)
		var calls atomic.Int32
		fail := errors.New("not now")
		s.config.OnNotification = func(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO taken (kind, raw) VALUES ($1, $2)`, n.Kind, string(n.Raw))
			if calls.Add(1) == 1 {
				return errors.Join(err, fail)
			}
			_, inside := s.flow.Cancel(ctx, "order-1")
			if !errors.Is(inside, orderflow.ErrInsideFulfil) {
				return fmt.Errorf("a call of the flow would wait for itself: %w", inside)
			}
			return err
		}
		s.open()
		o := s.pending("order-1")
		messages := forMerchant(o)
		require.ErrorIs(t, s.flow.Receive(t.Context(), messages["capture"]), fail)
		var all sync.WaitGroup
		for _, n := range messages {
			for range 4 {
				all.Go(func() {
					if err := s.flow.Receive(t.Context(), n); err != nil {
						t.Error(n, err)
					}
				})
			}
		}
		all.Wait()
		for _, n := range messages {
			require.NoError(t, s.flow.Receive(t.Context(), n))
		}
		var taken int
		require.NoError(t, s.db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM taken`).Scan(&taken))
		require.Equal(t, len(messages), taken)
		require.Empty(t, s.alarmKinds())
		now, err := s.flow.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, orderflow.StatePending, now.State)
		require.False(t, now.NextAt.After(s.clock.now()), "the wallet is asked about the order")

		messages["dispute"].DisputeEvent = "DISPUTE_JUDGED"
		require.NoError(t, s.flow.Receive(t.Context(), messages["dispute"]), "what happens next is news")
		require.NoError(t, s.db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM taken`).Scan(&taken))
		require.Equal(t, len(messages)+1, taken)
		s.holdsNo("planted")
	})
}

// holdsNo requires that the flow's own tables do not have a text.
func (s *shop) holdsNo(text string) {
	s.t.Helper()
	for _, query := range []string{
		`SELECT COUNT(*) FROM orderflow_inbox WHERE raw LIKE $1 OR status LIKE $1 OR request_id LIKE $1`,
		`SELECT COUNT(*) FROM orderflow_alarms WHERE raw LIKE $1 OR reason LIKE $1`,
		`SELECT COUNT(*) FROM orderflow_history WHERE raw LIKE $1 OR reason LIKE $1`,
	} {
		var n int
		require.NoError(s.t, s.db.SQL().QueryRowContext(s.t.Context(), query, "%"+text+"%").Scan(&n))
		require.Zero(s.t, n, query)
	}
}

// TestNobodyTakesIn: without OnNotification, a person is told of what is about no order, of a
// dispute and of a refund that the flow did not make. What else is about an order makes the
// flow ask.
func TestNobodyTakesIn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		for name, n := range forMerchant(s.pending("order-1")) {
			err := s.flow.Receive(t.Context(), n)
			if n.PaymentRequestID == "order-1" {
				require.NoError(t, err, name)
				continue
			}
			require.ErrorIs(t, err, orderflow.ErrEvidence, name)
		}
		unknown, unhandled := orderflow.AlarmUnknownOrder, orderflow.AlarmUnhandled
		require.ElementsMatch(t, []orderflow.AlarmKind{unknown, unknown, unknown, unhandled, unhandled}, s.alarmKinds())
		s.holdsNo("planted")
	})
}

// TestOnNotificationMisbehaves: it panics, ends its transaction, or does not return.
func TestOnNotificationMisbehaves(t *testing.T) {
	for name, test := range map[string]struct {
		fn  orderflow.NotificationFunc
		err string
	}{
		"panics": {func(context.Context, *sql.Tx, *tradepay.Notification) error { panic("planted") }, "panicked"},
		"commits": {func(_ context.Context, tx *sql.Tx, _ *tradepay.Notification) error {
			return tx.Commit()
		}, "ended the transaction"},
		"takes its time": {func(ctx context.Context, _ *sql.Tx, _ *tradepay.Notification) error {
			<-ctx.Done()
			return nil
		}, "deadline"},
		"does not return": {nil, "has not returned"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				var log bytes.Buffer
				var calls atomic.Int32
				end := make(chan struct{})
				defer close(end)
				fn := test.fn
				if fn == nil {
					fn = func(context.Context, *sql.Tx, *tradepay.Notification) error {
						calls.Add(1)
						<-end
						return nil
					}
				}
				s.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
				s.config.FulfilTimeout, s.config.OnNotification = 50*time.Millisecond, fn
				s.open()
				n := forMerchant(s.pending("order-1"))["consent"]
				require.ErrorContains(t, s.flow.Receive(t.Context(), n), test.err)
				require.NotContains(t, log.String(), "planted")
				if name == "does not return" {
					began := s.flow.Health(t.Context())
					require.Equal(t, 1, began.Hanging)
					require.False(t, began.OK)
					require.ErrorContains(t, s.flow.Receive(t.Context(), n), test.err, "it is not called once more")
					require.Equal(t, int32(1), calls.Load())
				}

				// The next one is taken in.
				s.config.FulfilTimeout = time.Minute
				s.config.OnNotification = func(context.Context, *sql.Tx, *tradepay.Notification) error { return nil }
				s.open()
				n.AccessToken = "another"
				require.NoError(t, s.flow.Receive(t.Context(), n))
			})
		})
	}
}
