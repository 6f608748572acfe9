package tradepaytest_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// events collects what an observer sees.
type events struct {
	mu  sync.Mutex
	got []tradepaytest.Event
}

func (e *events) observe(event tradepaytest.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = append(e.got, event)
}

func (e *events) all() []tradepaytest.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]tradepaytest.Event(nil), e.got...)
}

func (e *events) steps() []int {
	var steps []int
	for _, event := range e.all() {
		if event.Step > 0 {
			steps = append(steps, event.Step)
		}
	}
	return steps
}

func TestSteps(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		var seen events
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithObserver(seen.observe))
		c := newClient(t, w)
		s := newShop(t, c, nil)
		o := create(t, c, "order-1", s.url)
		require.Equal(t, []int{4, 5, 6, 7}, seen.steps())
		visit(t, http.MethodGet, o.PaymentURL, "", "")
		visit(t, http.MethodPost, o.PaymentURL, "action=pay", "application/json")
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.Equal(t, []int{4, 5, 6, 7, 10, 11, 12, 13, 15, 16, 17, 19}, seen.steps())
		for _, e := range seen.all() {
			require.NotEmpty(t, e.Name)
			require.Equal(t, "order-1", e.PaymentRequestID)
			require.False(t, e.At.IsZero())
			require.NoError(t, e.Err)
			if e.Step != 4 {
				require.Equal(t, o.PaymentID, e.PaymentID)
			}
		}
		create(t, c, "order-1", s.url)
		require.Equal(t, []int{4, 7}, seen.steps()[12:], "nothing is created twice")
	})
}

func TestEventsBesides(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	c := newClient(t, w, once)
	create(t, c, "order-1", "")
	require.NoError(t, w.Pay("order-1"))
	require.Equal(t, []int{4, 5, 6, 7, 15, 16, 17}, seen.steps())
	raw{body: `{}`}.do(t, w)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Unsigned})
	_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrSignature)
	rest := seen.all()[7:]
	require.Len(t, rest, 3)
	require.ErrorContains(t, rest[0].Err, "PARAM_ILLEGAL")
	require.Equal(t, "Unsigned", rest[1].Detail)
	require.Equal(t, wire.OpInquiryPayment, rest[2].Op)
}

// What an inquiry's event says is how the payment stands: that the call itself
// went well says nothing about money.
func TestInquirySaysTheStatus(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		var seen events
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithObserver(seen.observe))
		c := newClient(t, w, once)
		said := func() string {
			_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			require.NoError(t, err)
			all := seen.all()
			require.Equal(t, wire.OpInquiryPayment, all[len(all)-1].Op)
			return all[len(all)-1].Detail
		}
		create(t, c, "order-1", "")
		require.Equal(t, "PROCESSING", said())
		require.NoError(t, w.Pay("order-1"))
		require.Equal(t, "SUCCESS", said())
		_, err := c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "refund-1",
			PaymentRequestID: "order-1", Amount: price})
		require.NoError(t, err)
		_, err = c.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "refund-1"})
		require.NoError(t, err)
		all := seen.all()
		require.Equal(t, wire.OpInquiryRefund, all[len(all)-1].Op)
		require.Equal(t, "SUCCESS", all[len(all)-1].Detail)
		create(t, c, "order-2", "")
		_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-2"})
		require.NoError(t, err)
		_, err = c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-2"})
		require.NoError(t, err)
		all = seen.all()
		require.Equal(t, "CANCELLED", all[len(all)-1].Detail)
	})
}
