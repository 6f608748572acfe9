package tradepaytest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func ExampleNewWallet() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}

	price := tradepay.Amount{Currency: "USD", Value: 1050}
	notify := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		fmt.Println("notified:", n.PaymentRequestID, n.Status, n.Amount)
		return n.Matches("order-1", price)
	}))
	defer notify.Close()

	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: price, Title: "Tea", NotifyURL: notify.URL,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("created:", order.Status)

	if err := wallet.Pay(order.PaymentURL); err != nil { // the payer presses Pay
		log.Fatal(err)
	}
	if err := wallet.WaitNotified(ctx, order.PaymentID); err != nil {
		log.Fatal(err)
	}
	order, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("now:", order.Status)
	// Output:
	// created: PROCESSING
	// notified: order-1 SUCCESS 10.50 USD
	// now: SUCCESS
}

func ExampleWallet_Inject() {
	wallet := tradepaytest.NewWallet(tradepaytest.As(tradepay.PlatformV1()))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config(), tradepay.WithRetry(tradepay.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		log.Fatal(err)
	}
	req := &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Tea",
	}

	// The wallet takes the order, but its answer is lost.
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: tradepay.OpPay})
	_, err = client.CreateOrder(context.Background(), req)
	fmt.Println("unknown:", errors.Is(err, tradepay.ErrOutcomeUnknown))

	// The same request again finds the same payment.
	order, err := client.CreateOrder(context.Background(), req)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status, len(wallet.Payments()))
	// Output:
	// unknown: true
	// PROCESSING 1
}
