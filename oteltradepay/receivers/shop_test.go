package receivers_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/oteltradepay"
	"github.com/tradepay/tradepay-go/oteltradepay/otelorderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// sell has an order paid and fulfilled, with an attempt that was lost, and tells these
// providers of it. The flow is watched until the test ends.
func sell(t *testing.T, tracers trace.TracerProvider, meters metric.MeterProvider) {
	t.Helper()
	wallet := tradepaytest.NewWallet()
	t.Cleanup(wallet.Close)
	cfg := configtest.With(wallet.Config(), func(cfg *tradepay.Config) {
		cfg.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
	})
	require.NoError(t, oteltradepay.Instrument(&cfg, oteltradepay.Options{
		TracerProvider: tracers, MeterProvider: meters,
	}))
	client, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	db, err := orderflow.Open(t.Context(), filepath.Join(t.TempDir(), "orders.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	shipped := make(chan struct{})
	opts := otelorderflow.Options{TracerProvider: tracers, MeterProvider: meters, Name: "coffee"}
	config := orderflow.Config{Client: client, DB: db,
		Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
			close(shipped)
			return nil
		}}
	require.NoError(t, otelorderflow.Instrument(&config, opts))
	flow, err := orderflow.New(t.Context(), config)
	require.NoError(t, err)
	stopWatching, err := otelorderflow.Watch(flow, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stopWatching()) })
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- flow.Run(ctx) }()
	server := httptest.NewServer(flow.NotifyHandler())
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
	order, err := flow.Create(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-planted", Title: "Two coffees", NotifyURL: server.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay(order.PaymentURL))
	<-shipped
	server.Close() // once the notification is answered
	stop()
	require.NoError(t, <-ended)
}
