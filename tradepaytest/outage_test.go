package tradepaytest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func TestSuspend(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.WithObserver(seen.observe))
	c := newClient(t, w, again)
	s := newShop(t, c, nil)
	o := create(t, c, "order-1", s.url)
	require.False(t, w.Suspended())
	w.Suspend(0)
	require.True(t, w.Suspended())

	_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.PaymentURL, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = res.Body.Close()
	}
	require.Error(t, err, "the cashier is down as well")

	require.NoError(t, w.Pay("order-1"), "the payer is not the network")
	require.ErrorContains(t, w.Notify("order-1"), "suspended")
	require.Empty(t, w.Deliveries())

	w.Suspend(0) // once more: the waiting notification goes on waiting
	require.Empty(t, w.Deliveries())
	w.Resume()
	w.Resume()
	require.False(t, w.Suspended())
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"), "sent once the wallet is back")
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
	var names []string
	var cut []wire.Operation
	for _, e := range seen.all() {
		if e.Name == "Connection cut" {
			cut = append(cut, e.Op)
		} else if e.Step == 0 && e.Op == "" {
			names = append(names, e.Name)
		}
	}
	require.Equal(t, []string{"Wallet suspended", "Wallet suspended", "Wallet resumed"}, names)
	require.Contains(t, cut, wire.OpInquiryPayment, "an observer sees what failed")
}

func TestSuspendForATime(t *testing.T) {
	t.Parallel()
	back := make(chan struct{})
	w := newWallet(t, tradepaytest.WithObserver(func(e tradepaytest.Event) {
		if e.Name == "Wallet resumed" {
			close(back)
		}
	}))
	w.Suspend(time.Hour)
	w.Suspend(time.Millisecond) // replaces the first
	select {
	case <-back:
	case <-t.Context().Done():
	}
	create(t, newClient(t, w), "order-1", "")
	w.Suspend(time.Hour)
	w.Close() // does not wait for an hour
}

func TestSuspendDelaysEveryCopy(t *testing.T) {
	t.Parallel()
	for _, kind := range []tradepaytest.FaultKind{tradepaytest.NotifyDuplicate, tradepaytest.NotifyReordered} {
		w := newWallet(t)
		c := newClient(t, w)
		s := newShop(t, c, nil)
		create(t, c, "order-1", s.url)
		w.Inject(tradepaytest.Fault{Kind: kind})
		w.Suspend(0)
		require.NoError(t, w.Pay("order-1"))
		w.Resume()
		require.Eventually(t, func() bool { return len(w.Deliveries()) == 2 }, 2*time.Minute, time.Millisecond, kind)
	}
}
