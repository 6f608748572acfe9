package tradepaytest_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// BenchmarkPayment creates and pays; its time must not grow with what the
// wallet holds.
func BenchmarkPayment(b *testing.B) {
	w := tradepaytest.NewWallet()
	defer w.Close()
	c, err := tradepay.NewClient(w.Config())
	require.NoError(b, err)
	n := 0
	for b.Loop() {
		n++
		id := strconv.Itoa(n)
		_, err := c.CreateOrder(b.Context(), order(id, ""))
		require.NoError(b, err)
		require.NoError(b, w.Pay(id))
	}
}
