package oteltradepay_test

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/oteltradepay"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A call is a span, and each of its attempts an event.
func ExampleInstrument() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	spans := tracetest.NewInMemoryExporter() // in production: an exporter of OTLP
	tracers := trace.NewTracerProvider(trace.WithSyncer(spans))

	cfg := wallet.Config() // in production: a tradepay.Config of your own
	check(oteltradepay.Instrument(&cfg, oteltradepay.Options{TracerProvider: tracers}))
	client, err := tradepay.NewClient(cfg)
	check(err)

	ctx, checkout := tracers.Tracer("shop").Start(context.Background(), "checkout")
	_, err = client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", NotifyURL: "http://127.0.0.1:8080/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	checkout.End()
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name, span.SpanKind, len(span.Events))
	}
	// Output:
	// tradepay pay client 1
	// checkout internal 0
}
