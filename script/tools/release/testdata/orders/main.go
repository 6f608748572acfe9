// Command orders is what somebody writes who has found module orderflow: an
// order on SQLite that is fulfilled.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func main() {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	db, err := orderflow.Open(ctx, "orders.db")
	check(err)
	flow, err := orderflow.New(ctx, orderflow.Config{
		Client: client, DB: db,
		Fulfil:  func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return nil },
		OnAlarm: func(_ context.Context, a orderflow.Alarm) { log.Println(a.Kind, a.OrderID, a.Reason) },
	})
	check(err)
	go func() { check(flow.Run(ctx)) }()
	shop := httptest.NewServer(flow.NotifyHandler())
	defer shop.Close()
	order, err := flow.Create(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Title: "Two coffees", NotifyURL: shop.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	check(wallet.Pay(order.PaymentURL))
	for order.State != orderflow.StateFulfilled {
		time.Sleep(10 * time.Millisecond)
		order, err = flow.Get(ctx, order.ID)
		check(err)
	}
	fmt.Println("fulfilled")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
