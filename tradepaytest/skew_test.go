package tradepaytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestMerchantWithAnotherClock: a merchant whose clock is off is told how far,
// which way and what to do, by the error of its call.
func TestMerchantWithAnotherClock(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for off, want := range map[time.Duration]string{
		10 * time.Minute: "this clock is 10m0s ahead of the wallet's, by the Response-Time that it signed: " +
			"set it by NTP",
		-10 * time.Minute: "this clock is 10m0s behind the wallet's, by the Response-Time that it signed: " +
			"set it by NTP",
	} {
		wallet := tradepaytest.NewWallet(
			tradepaytest.WithClock(func() time.Time { return noon }),
			tradepaytest.WithNotifyBackoff(time.Millisecond, 1),
		)
		t.Cleanup(wallet.Close)
		once := func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} }
		skewed := func(conf *tradepay.Config) { conf.Now = func() time.Time { return noon.Add(off) } }
		client, err := tradepay.NewClient(configtest.With(wallet.Config(), once, skewed))
		require.NoError(t, err)
		order := tradepay.CreateOrderRequest{
			PaymentRequestID: "order-1",
			Amount:           tradepay.Amount{Currency: "USD", Value: 1050},
			Title:            "Two coffees",
		}
		_, err = client.CreateOrder(t.Context(), &order)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		var api *tradepay.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, want, api.Hint, err.Error())
	}
}
