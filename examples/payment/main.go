// Command payment is the README's program: it takes one payment from the test
// wallet.
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
	wallet := tradepaytest.NewWallet() // in production: the wallet itself, and a tradepay.Config of your own
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	shop := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		fmt.Println("notified:", n.PaymentRequestID, n.Status) // store it first; ship if n.CheckPaid(id, amount) == nil
		return nil
	}))
	defer shop.Close()
	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", // the id is yours: store it before this call
		Amount: tradepay.Amount{Currency: "USD", Value: 1050}, NotifyURL: shop.URL + "/notify",
	})
	check(err)
	fmt.Println(order.TradePay().PaymentURL != "") // for your mini program: my.tradePay(order.TradePay())
	check(wallet.Pay(order.PaymentURL))            // the payer confirms
	check(wallet.WaitNotified(context.Background(), order.PaymentURL))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
