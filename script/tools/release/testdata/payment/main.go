// Command payment is what somebody writes who has found the SDK: a payment, as
// far as the test wallet goes.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func main() {
	ctx := context.Background()
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	price := tradepay.Amount{Currency: "USD", Value: 1050}
	shop := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		return n.CheckPaid("order-1", price)
	}))
	defer shop.Close()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Title: "Two coffees", Amount: price, NotifyURL: shop.URL + "/notify",
	})
	check(err)
	check(wallet.Pay(order.PaymentURL))
	check(wallet.WaitNotified(ctx, order.PaymentURL))
	order, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	check(err)
	check(order.CheckPaid("order-1", price))
	fmt.Println("paid")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
