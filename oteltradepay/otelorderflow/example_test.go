package otelorderflow_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/oteltradepay"
	"github.com/tradepay/tradepay-go/oteltradepay/otelorderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A fulfilment leads back to the request that ordered.
func Example() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	spans := tracetest.NewInMemoryExporter() // in production: an exporter of OTLP
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSyncer(spans)))
	ctx, stop := context.WithCancel(context.Background())
	folder, err := os.MkdirTemp("", "otelorderflow")
	check(err)
	defer func() { check(os.RemoveAll(folder)) }()
	db, err := orderflow.Open(ctx, filepath.Join(folder, "orders.db"))
	check(err)
	defer func() { check(db.Close()) }()
	shipped := make(chan struct{})
	ship := func(context.Context, *sql.Tx, orderflow.Fulfilment) error {
		close(shipped)
		return nil
	}

	cfg := wallet.Config() // in production: a tradepay.Config of your own
	check(oteltradepay.Instrument(&cfg, oteltradepay.Options{}))
	client, err := tradepay.NewClient(cfg)
	check(err)

	config := orderflow.Config{Client: client, DB: db, Fulfil: ship}
	check(otelorderflow.Instrument(&config, otelorderflow.Options{}))
	flow, err := orderflow.New(ctx, config)
	check(err)
	stopWatching, err := otelorderflow.Watch(flow, otelorderflow.Options{})
	check(err)

	ended := make(chan error)
	go func() { ended <- flow.Run(ctx) }()
	shop := httptest.NewServer(flow.NotifyHandler())
	defer shop.Close()
	order, err := flow.Create(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", NotifyURL: shop.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	check(wallet.Pay(order.PaymentURL)) // the payer presses Pay
	<-shipped
	stop()
	check(<-ended)
	check(stopWatching()) // before the database is closed

	var created, fulfilled tracetest.SpanStub
	for _, span := range spans.GetSpans() {
		switch span.Name {
		case "orderflow create":
			created = span
		case "orderflow fulfil":
			fulfilled = span
		}
	}
	fmt.Println(fulfilled.Links[0].SpanContext.TraceID() == created.SpanContext.TraceID())
	// Output:
	// true
}
