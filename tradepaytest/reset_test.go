package tradepaytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestReset: notifications that were under way end, and the same orders can come again.
func TestReset(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithJournal(100))
	c := newClient(t, w)
	refuse := newShop(t, c, func(*tradepay.Notification) error { return tradepay.ErrRejected })
	first := create(t, c, "order-1", refuse.url)
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.Status500, Op: "refund"})
	w.RotateKeys()
	w.SetBalance(usd(5000))
	require.NoError(t, w.Pay("order-1"))
	require.Eventually(t, func() bool { return len(w.Deliveries()) > 0 }, time.Minute, time.Millisecond)
	waiting := make(chan error, 1)
	go func() { waiting <- w.WaitNotified(t.Context(), "order-1") }()
	w.Reset()
	require.ErrorIs(t, <-waiting, tradepaytest.ErrNoPayment)
	require.Empty(t, w.Payments())
	_, version := w.SigningKey()
	require.Equal(t, "1", version)
	_, set := w.Balance("USD")
	require.False(t, set)
	again := create(t, newClient(t, w), "order-1", "")
	require.Equal(t, first.PaymentID, again.PaymentID, "ids are repeatable")
	require.Empty(t, w.Deliveries(), "of the time before")
}
