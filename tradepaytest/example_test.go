package tradepaytest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
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
		return n.Check("order-1", price)
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
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.PlatformV1()))
	defer wallet.Close()
	client, err := tradepay.NewClient(configtest.With(wallet.Config(),
		func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} }))
	if err != nil {
		log.Fatal(err)
	}
	req := &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Tea",
	}

	// The wallet takes the order, but its answer is lost.
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
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

// An observer sees each message, what was signed and whether it verifies.
func ExampleWithObserver() {
	wallet := tradepaytest.NewWallet(tradepaytest.WithObserver(func(e tradepaytest.Event) {
		if m := e.Message; m != nil {
			fmt.Println(e.Step, e.Name+":", m.Kind, m.Method, m.URI, m.Verdict)
		}
	}))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Tea",
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 4 Pay order request received and verified: request POST /api/v2/payments/pay the signature is right: key 1
	// 7 Payment URL returned, signed: response POST /api/v2/payments/pay the signature is right: key 1
}

// A payer who has too little.
func ExampleWallet_SetBalance() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	wallet.SetBalance(tradepay.Amount{Currency: "USD", Value: 1000})

	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Tea",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil { // the payer presses Pay
		log.Fatal(err)
	}
	order, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status, order.FailReason)
	// Output: FAIL USER_BALANCE_NOT_ENOUGH
}

// The wallet is down while the merchant asks, and back a moment later.
func ExampleWallet_Suspend() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(configtest.With(wallet.Config(),
		func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} }))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	request := &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Tea",
	}
	wallet.Suspend(0)
	_, err = client.CreateOrder(ctx, request)
	fmt.Println("unknown:", errors.Is(err, tradepay.ErrOutcomeUnknown))

	wallet.Resume()
	order, err := client.CreateOrder(ctx, request) // the same id: never charged twice
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status)
	// Output:
	// unknown: true
	// PROCESSING
}

// A payer who agrees, and later ends the agreement in the wallet's app.
func ExampleWallet_EndAgreement() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	page, err := client.Prepare(ctx, &tradepay.PrepareRequest{State: "state-1"})
	if err != nil {
		log.Fatal(err)
	}
	authCode, _, err := wallet.Agree(page.AuthURL)
	if err != nil {
		log.Fatal(err)
	}
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: authCode})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.EndAgreement(token.AccessToken); err != nil {
		log.Fatal(err)
	}
	_, err = client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "club-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Coffee club",
		PaymentAuthCode: token.AccessToken,
	})
	fmt.Println(errors.Is(err, tradepay.ErrRejected), len(wallet.Payments()))
	// Output: true 0
}

// Time passes for the wallet, and not for the merchant.
func ExampleWallet_Advance() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Title: "Tea", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(order.Status)
	wallet.Advance(31 * time.Minute)
	order, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	if err != nil {
		panic(err)
	}
	fmt.Println(order.Status)
	// Output:
	// PROCESSING
	// CANCELLED
}

// The second answer to a pay is lost, and no other.
func ExampleFault() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay, After: 1})
	cfg := wallet.Config()
	cfg.Retry.MaxAttempts = 1
	client, err := tradepay.NewClient(cfg)
	if err != nil {
		panic(err)
	}
	for _, id := range []string{"order-1", "order-2", "order-3"} {
		_, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
			PaymentRequestID: id, Title: "Tea", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		})
		fmt.Println(id, errors.Is(err, tradepay.ErrOutcomeUnknown))
	}
	// Output:
	// order-1 false
	// order-2 true
	// order-3 false
}
