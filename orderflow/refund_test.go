package orderflow_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// fulfilled brings order-1 to its regular end.
func (s *shop) fulfilled() {
	const id = "order-1"
	s.t.Helper()
	require.NoError(s.t, s.wallet.Pay(s.pending(id).PaymentURL))
	s.reach(id, orderflow.StateFulfilled)
}

func usd(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }

func TestRefund(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.fulfilled()
		for _, test := range []struct {
			name    string
			request orderflow.RefundRequest
			want    error
			state   orderflow.State
			back    int64
		}{
			{"too much", orderflow.RefundRequest{ID: "r0", Amount: usd(1051)}, tradepay.ErrInvalidAmount,
				orderflow.StateFulfilled, 0},
			{"negative", orderflow.RefundRequest{ID: "r0", Amount: usd(-1)}, tradepay.ErrInvalidAmount,
				orderflow.StateFulfilled, 0},
			{"other currency", orderflow.RefundRequest{ID: "r0", Amount: tradepay.Amount{Currency: "ZAR", Value: 1}},
				tradepay.ErrInvalidAmount, orderflow.StateFulfilled, 0},
			{"no id", orderflow.RefundRequest{Amount: usd(1)}, tradepay.ErrInvalidRequest, orderflow.StateFulfilled, 0},
			{"a part", orderflow.RefundRequest{ID: "r1", Amount: usd(50)}, nil, orderflow.StatePartlyRefunded, 50},
			{"the same again", orderflow.RefundRequest{ID: "r1", Amount: usd(50)}, nil,
				orderflow.StatePartlyRefunded, 50},
			{"the same id with another amount", orderflow.RefundRequest{ID: "r1", Amount: usd(51)},
				orderflow.ErrConflict, orderflow.StatePartlyRefunded, 50},
			{"more than is left", orderflow.RefundRequest{ID: "r2", Amount: usd(1001)}, tradepay.ErrInvalidAmount,
				orderflow.StatePartlyRefunded, 50},
			{"all that is left", orderflow.RefundRequest{ID: "r2"}, nil, orderflow.StateRefunded, 1050},
			{"nothing is left", orderflow.RefundRequest{ID: "r3"}, orderflow.ErrTransition,
				orderflow.StateRefunded, 1050},
			{"all that is left, again", orderflow.RefundRequest{ID: "r2"}, nil, orderflow.StateRefunded, 1050},
		} {
			_, err := s.flow.Refund(t.Context(), "order-1", test.request)
			require.ErrorIs(t, err, test.want, test.name)
			o, err := s.flow.Get(t.Context(), "order-1")
			require.NoError(t, err)
			require.Equal(t, test.state, o.State, test.name)
			require.Equal(t, test.back, o.Refunded.Value, test.name)
			payment, _ := s.wallet.Payment("order-1")
			require.Equal(t, test.back, payment.Refunded.Value, test.name)
		}
		refunds, err := s.flow.Refunds(t.Context(), "order-1")
		require.NoError(t, err)
		require.Len(t, refunds, 2)
		for request, differs := range map[orderflow.RefundRequest]string{
			{ID: "r1", Amount: usd(51)}:                   "Amount",
			{ID: "r1", Reason: "cold"}:                    "Reason",
			{ID: "r2", Amount: usd(1049), Reason: "cold"}: "Amount, Reason",
		} {
			_, err := s.flow.Refund(t.Context(), "order-1", request)
			require.EqualError(t, err, fmt.Sprintf("orderflow: conflict: tradepay: id already used with other "+
				"content: refund %q differs in %s; use a new id for another refund", request.ID, differs))
		}
		_, err = s.flow.Refund(t.Context(), "order-9", orderflow.RefundRequest{ID: "r9"})
		require.ErrorIs(t, err, orderflow.ErrNotFound)
		s.pending("order-2")
		_, err = s.flow.Refund(t.Context(), "order-2", orderflow.RefundRequest{ID: "r9"})
		require.ErrorIs(t, err, orderflow.ErrTransition, "what is not paid is not refunded")
		_, err = s.flow.Refund(t.Context(), "order-2", orderflow.RefundRequest{ID: "r1"})
		require.ErrorIs(t, err, orderflow.ErrConflict)
		require.ErrorContains(t, err, "differs in OrderID;")
	})
}

// TestRefundAnswersLost: each sort of lost or open answer ends in one refund,
// by itself.
func TestRefundAnswersLost(t *testing.T) {
	for _, kind := range []tradepaytest.FaultKind{tradepaytest.DropBefore, tradepaytest.DropAfter,
		tradepaytest.Unsigned, tradepaytest.RefundProcessing} {
		t.Run(string(kind), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *shop) {
				s.run()
				s.fulfilled()
				s.wallet.Inject(tradepaytest.Fault{Kind: kind, Times: -1})
				r, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(50)})
				if kind != tradepaytest.RefundProcessing {
					require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				}
				require.Equal(t, orderflow.RefundOpen, r.State)
				_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r2", Amount: usd(50)})
				require.ErrorIs(t, err, orderflow.ErrTransition, "one at a time")
				s.wallet.Heal()
				s.clock.advance(time.Minute)
				s.reach("order-1", orderflow.StatePartlyRefunded)
				payment, _ := s.wallet.Payment("order-1")
				require.Equal(t, int64(50), payment.Refunded.Value)
			})
		})
	}
}

// TestRefundBeforeFulfilment: nothing is shipped while it is under way, and
// nothing at all if it was whole.
func TestRefundBeforeFulfilment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		for _, id := range []string{"order-1", "order-2"} {
			o := s.pending(id)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(t.Context(), paid(id, o.PaymentID, 1050)))
		}
		_, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
		require.NoError(t, err)
		_, err = s.flow.Refund(t.Context(), "order-2", orderflow.RefundRequest{ID: "r2", Amount: usd(50)})
		require.NoError(t, err)
		s.run()
		o := s.reach("order-2", orderflow.StateFulfilled)
		require.Equal(t, int64(50), o.Refunded.Value)
		require.Equal(t, 1, s.shipments("order-2"), "the rest stays paid")
		require.Zero(t, s.shipments("order-1"))
		s.reach("order-1", orderflow.StateRefunded)
	})
}

func TestRefundRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.fulfilled()
		_, err := s.client.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "by-hand", PaymentRequestID: "order-1", Amount: usd(1000)})
		require.NoError(t, err)
		r, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(100)})
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.Equal(t, orderflow.RefundFailed, r.State)
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateFulfilled, o.State, "as it was before")
		require.Contains(t, s.alarmKinds(), orderflow.AlarmRefund)
		_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r2", Amount: usd(50)})
		require.NoError(t, err)
	})
}

// TestRefundOfAParkedOrder: a refund, whatever becomes of it, is no Retry. What
// Fulfil did before it was parked may stand.
func TestRefundOfAParkedOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		var calls atomic.Int32
		s.fulfil = func(_ context.Context, tx *sql.Tx, _ orderflow.Fulfilment) error {
			if calls.Add(1) == 1 {
				return tx.Commit() // parks it
			}
			return nil
		}
		s.run()
		require.NoError(t, s.wallet.Pay(s.pending("order-1").PaymentURL))
		parked := func() bool {
			orders, err := s.flow.List(t.Context(), orderflow.ListOptions{Parked: true})
			return err == nil && len(orders) == 1 && orders[0].State == orderflow.StatePaid && orders[0].NextAt.IsZero()
		}
		require.Eventually(t, parked, 2*time.Minute, 10*time.Millisecond)

		_, err := s.client.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "by-hand", PaymentRequestID: "order-1", Amount: usd(900)})
		require.NoError(t, err)
		_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(500)})
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.True(t, parked(), "after a refund that failed")
		_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r2", Amount: usd(50)})
		require.NoError(t, err)
		require.True(t, parked(), "after a part of it was given back")

		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing, Times: -1})
		r, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r3", Amount: usd(50)})
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundOpen, r.State)
		_, err = s.flow.Retry(t.Context(), "order-1")
		require.ErrorIs(t, err, orderflow.ErrTransition, "nothing is shipped while it is refunded")
		s.wallet.Heal()
		s.clock.advance(time.Minute)
		require.Eventually(t, parked, 2*time.Minute, 10*time.Millisecond)
		require.Equal(t, int32(1), calls.Load())

		_, err = s.flow.Retry(t.Context(), "order-1")
		require.NoError(t, err)
		require.Eventually(t, parked, 20*time.Second, 10*time.Millisecond,
			"the wallet has given back what was not asked for here")
		told := func() bool { return slices.Contains(s.alarmKinds(), orderflow.AlarmGivenBack) }
		require.Eventually(t, told, 2*time.Minute, 10*time.Millisecond)
		require.Equal(t, int32(1), calls.Load())

		_, err = s.flow.Retry(t.Context(), "order-1")
		require.NoError(t, err)
		o := s.reach("order-1", orderflow.StateFulfilled)
		require.Equal(t, int64(1000), o.Refunded.Value)
		require.Equal(t, int32(2), calls.Load())
	})
}

// TestRefundEndedMeanwhile: a job that read the refund while it was open does
// not send it after the wallet has rejected it; and a success that comes after
// all is not kept quiet.
func TestRefundEndedMeanwhile(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.fulfilled()
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		_, err = s.client.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "by-hand", PaymentRequestID: "order-1", Amount: usd(1000)})
		require.NoError(t, err)
		failed, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(100)})
		require.ErrorIs(t, err, tradepay.ErrRejected)

		read := *failed
		read.State = orderflow.RefundOpen
		r, err := s.flow.SendRefund(t.Context(), o, &read)
		require.NoError(t, err, "the wallet would refuse it again")
		require.Equal(t, orderflow.RefundFailed, r.State)

		before := len(s.alarmKinds())
		r, err = s.flow.RecordRefund(t.Context(), &read,
			&tradepay.Refund{Status: tradepay.TransactionSuccess, Amount: usd(100), Raw: []byte(`{}`)})
		require.ErrorIs(t, err, orderflow.ErrEvidence)
		require.Equal(t, orderflow.RefundFailed, r.State)
		require.Equal(t, []orderflow.AlarmKind{orderflow.AlarmRefund}, s.alarmKinds()[before:])
		_, err = s.flow.RecordRefund(t.Context(), &read,
			&tradepay.Refund{Status: tradepay.TransactionFailed, Raw: []byte(`{}`)})
		require.NoError(t, err)
	})
}

// TestRefundOfAnotherPayment: an id that was used outside the flow for another
// order's money gives none of this one's back.
func TestRefundOfAnotherPayment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.run()
		s.fulfilled()
		other, err := s.client.CreateOrder(t.Context(), s.request("order-2"))
		require.NoError(t, err)
		require.NoError(t, s.wallet.Pay(other.PaymentURL))
		_, err = s.client.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r1", PaymentRequestID: "order-2", Amount: usd(1050)})
		require.NoError(t, err)
		before := len(s.alarmKinds()) // of order-2, which the flow does not know
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Times: -1})
		r, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, orderflow.RefundOpen, r.State)
		s.wallet.Heal()
		s.clock.advance(time.Minute)
		require.Eventually(t, func() bool {
			kinds := s.alarmKinds()
			return slices.Contains(kinds[before:], orderflow.AlarmRefund)
		}, 2*time.Minute, 10*time.Millisecond)
		o, err := s.flow.Get(t.Context(), "order-1")
		require.NoError(t, err)
		require.Equal(t, orderflow.StateRefunding, o.State)
		require.Zero(t, o.Refunded)
	})
}

// TestRefundRacesFulfilment: an order is shipped or refunded whole, never both.
func TestRefundRacesFulfilment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		s.fulfil = func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
			return err
		}
		s.run()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Times: -1})
		var all sync.WaitGroup
		ids := []string{"order-1", "order-2", "order-3", "order-4", "order-5", "order-6"}
		for _, id := range ids {
			o := s.pending(id)
			require.NoError(t, s.wallet.Pay(o.PaymentURL))
			require.NoError(t, s.flow.Receive(t.Context(), paid(id, o.PaymentID, 1050)))
			all.Go(func() {
				_, err := s.flow.Refund(context.WithoutCancel(t.Context()), id, orderflow.RefundRequest{ID: "r-" + id})
				if err != nil && !errors.Is(err, orderflow.ErrTransition) {
					t.Errorf("refund of %s: %v", id, err)
				}
			})
		}
		all.Wait()
		for _, id := range ids {
			require.Eventually(t, func() bool {
				o, err := s.flow.Get(t.Context(), id)
				return err == nil && o.State == orderflow.StateRefunded
			}, 2*time.Minute, 10*time.Millisecond)
			events, err := s.flow.History(t.Context(), id)
			require.NoError(t, err)
			shipped := 0
			for _, e := range events {
				if e.To == orderflow.StateFulfilled {
					shipped++
				}
			}
			require.Equal(t, shipped, s.shipments(id), "shipped only if it became fulfilled before the refund")
		}
	})
}

// refundsSent records the URLs that refunds name.
type refundsSent struct {
	mu   sync.Mutex
	urls []string
}

func (r *refundsSent) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var refund struct{ RefundRequestID, RefundNotifyURL string }
	if strings.HasSuffix(req.URL.Path, "/payments/refund") && json.Unmarshal(body, &refund) == nil {
		r.mu.Lock()
		r.urls = append(r.urls, refund.RefundNotifyURL)
		r.mu.Unlock()
	}
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultTransport.RoundTrip(req)
}

// sent returns the URLs of the refunds since the last call.
func (r *refundsSent) sent() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	urls := r.urls
	r.urls = nil
	return urls
}

// notifiesRefunds makes the wallet one whose refunds name a URL.
func (s *shop) notifiesRefunds() *refundsSent {
	s.t.Helper()
	sent := &refundsSent{}
	cfg := s.wallet.Config()
	cfg.Wallet.Quirks.RefundNotifyURL = true
	cfg.HTTPClient = &http.Client{Transport: sent}
	cfg.Now = s.clock.now
	cfg.Retry = tradepay.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
	var err error
	s.config.Client, err = tradepay.NewClient(cfg)
	require.NoError(s.t, err)
	s.open()
	return sent
}

// TestRefundIsNotified: the wallet reports how a refund ended where the order is reported,
// and nobody has to ask.
func TestRefundIsNotified(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		sent := s.notifiesRefunds()
		stop := s.run()
		s.fulfilled()
		stop()
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RefundProcessing})
		refund, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1", Amount: usd(50)})
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundOpen, refund.State)
		require.Equal(t, s.server.URL+"/notify", refund.NotifyURL)
		require.Equal(t, []string{s.server.URL + "/notify"}, sent.sent())
		s.wallet.Heal() // the refund is through, and the wallet says so
		s.reach("order-1", orderflow.StatePartlyRefunded)
		require.Empty(t, sent.sent())
		require.Empty(t, s.storedAlarms())
	})
}

// TestRefundKeepsItsURL: a refund is asked for in the same words, however often and by
// whichever process. Those from before there was a URL have none.
func TestRefundKeepsItsURL(t *testing.T) {
	onBoth(t, func(t *testing.T, s *shop) {
		sent := s.notifiesRefunds()
		stop := s.run()
		s.fulfilled()
		stop()
		_, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r0", NotifyURL: "refunded"})
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		require.ErrorContains(t, err, "NotifyURL")

		own := s.server.URL + "/refunded?shop=1"
		request := orderflow.RefundRequest{ID: "r1", Amount: usd(50), NotifyURL: own}
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Times: -1})
		_, err = s.flow.Refund(t.Context(), "order-1", request)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		s.open() // another process
		_, err = s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, []string{own, own, own, own}, sent.sent())
		request.NotifyURL = s.server.URL + "/elsewhere"
		_, err = s.flow.Refund(t.Context(), "order-1", request)
		require.ErrorIs(t, err, orderflow.ErrConflict)
		require.ErrorContains(t, err, "NotifyURL")
		require.Empty(t, sent.sent())

		_, err = s.db.SQL().ExecContext(t.Context(), `UPDATE orderflow_refunds SET notify_url = ''`)
		require.NoError(t, err)
		s.wallet.Heal()
		refund, err := s.flow.Refund(t.Context(), "order-1", orderflow.RefundRequest{ID: "r1"})
		require.NoError(t, err)
		require.Equal(t, orderflow.RefundSucceeded, refund.State)
		require.Equal(t, []string{""}, sent.sent())
	})
}
