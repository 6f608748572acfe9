package orderflow_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A whole payment: stored, sent, paid, notified, fulfilled.
func Example() {
	folder, err := os.MkdirTemp("", "orderflow")
	check(err)
	defer func() { check(os.RemoveAll(folder)) }()
	check(os.Chdir(folder))

	wallet := tradepaytest.NewWallet() // in production: a tradepay.Config of your own
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	mux := http.NewServeMux()

	db, err := orderflow.Open(ctx, "orders.db") // or "postgres://shop@db.internal/shop"
	check(err)
	shipments := `CREATE TABLE IF NOT EXISTS shipments (order_id TEXT NOT NULL, key TEXT NOT NULL)`
	_, err = db.SQL().ExecContext(ctx, shipments) // the program's own table
	check(err)
	flow, err := orderflow.New(ctx, orderflow.Config{
		Client: client,
		DB:     db,
		Fulfil: func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id, key) VALUES ($1, $2)`, f.Order.ID, f.Key)
			return err
		},
		OnAlarm: func(_ context.Context, a orderflow.Alarm) {
			log.Println("a person must look:", a.Kind, a.OrderID, a.Reason)
		},
	})
	check(err)
	mux.Handle("POST /notify", flow.NotifyHandler())
	mux.Handle("GET /healthz", flow.HealthHandler())
	go func() { check(flow.Run(ctx)) }() // ends with ctx, after what is under way

	shop := httptest.NewServer(mux)
	defer shop.Close()
	order, err := flow.Create(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", NotifyURL: shop.URL + "/notify",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	fmt.Println(order.State, order.TradePay().PaymentURL != "")

	check(wallet.Pay(order.PaymentURL)) // the payer presses Pay
	for order.State != orderflow.StateFulfilled {
		time.Sleep(10 * time.Millisecond)
		order, err = flow.Get(ctx, order.ID)
		check(err)
	}
	fmt.Println(order.State)

	half := tradepay.Amount{Currency: "USD", Value: 525}
	refund, err := flow.Refund(ctx, order.ID, orderflow.RefundRequest{ID: "refund-1", Amount: half})
	check(err)
	fmt.Println(refund.State, refund.Amount)
	// Output:
	// pending true
	// fulfilled
	// succeeded 5.25 USD
}

// The amount is reserved first, and charged in part; the payer gets the rest back.
func ExampleFlow_Capture() {
	folder, err := os.MkdirTemp("", "orderflow")
	check(err)
	defer func() { check(os.RemoveAll(folder)) }()
	wallet := tradepaytest.NewWallet() // in production: a tradepay.Config of your own
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	db, err := orderflow.Open(ctx, folder+"/orders.db")
	check(err)
	flow, err := orderflow.New(ctx, orderflow.Config{
		Client: client, DB: db,
		Fulfil: func(_ context.Context, _ *sql.Tx, f orderflow.Fulfilment) error {
			fmt.Println("ship for", f.Amount)
			return nil
		},
	})
	check(err)
	order, err := flow.Create(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", Authorize: true,
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	check(wallet.Pay(order.PaymentURL)) // the payer presses Pay

	order, err = flow.Refresh(ctx, order.ID) // or wait: the flow asks by itself
	check(err)
	fmt.Println(order.State, order.AuthorizedUntil.IsZero())

	part, err := flow.Capture(ctx, order.ID, orderflow.CaptureRequest{
		ID: "capture-1", Amount: tradepay.Amount{Currency: "USD", Value: 300}, Partial: true,
	})
	check(err)
	fmt.Println(part.State, part.Amount)

	order, err = flow.Void(ctx, order.ID) // the payer gets the rest back; or another Capture
	check(err)
	fmt.Println(order.State, order.Captured)

	go func() { check(flow.Run(ctx)) }() // at start, in production
	for order.State != orderflow.StateFulfilled {
		time.Sleep(10 * time.Millisecond)
		order, err = flow.Get(ctx, order.ID)
		check(err)
	}
	// Output:
	// authorized false
	// succeeded 3.00 USD
	// paid 3.00 USD
	// ship for 3.00 USD
}

// After a restore from a backup: what the wallet has and the orders have not.
func ExampleFlow_Audit() {
	folder, err := os.MkdirTemp("", "orderflow")
	check(err)
	defer func() { check(os.RemoveAll(folder)) }()
	wallet := tradepaytest.NewWallet() // in production: a tradepay.Config of your own
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	ctx := context.Background()
	// Placed, paid and gone with the database.
	_, err = client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Title: "Two coffees", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
	})
	check(err)
	check(wallet.Pay("order-1001"))

	db, err := orderflow.Open(ctx, folder+"/restored.db")
	check(err)
	defer func() { check(db.Close()) }()
	flow, err := orderflow.New(ctx, orderflow.Config{
		Client: client, DB: db, Restored: time.Now(),
		Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return nil },
	})
	check(err)
	backup, settled := time.Now().Add(-24*time.Hour), []string{"order-1001"}
	found, err := flow.Audit(ctx, orderflow.AuditOptions{From: backup, IDs: settled})
	check(err)
	for _, f := range found {
		fmt.Println(f.Kind, f.ID, f.Detail, "→", f.Todo)
	}
	// Output:
	// missing order-1001 the wallet has a payment of 10.50 USD, and no order is here → look whether it was shipped; if not, give 10.50 USD back with the client's Refund, or create the order again with the same content, its ExpiresAt included
}

// Several databases: two, and a third that is added later.
func ExampleShards() {
	folder, err := os.MkdirTemp("", "orderflow")
	check(err)
	defer func() { check(os.RemoveAll(folder)) }()
	wallet := tradepaytest.NewWallet() // in production: a tradepay.Config of your own
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	ctx, cancel := context.WithCancel(context.Background())
	on := func(name string) func(context.Context) (*orderflow.Flow, error) {
		return func(ctx context.Context) (*orderflow.Flow, error) {
			db, err := orderflow.Open(ctx, folder+"/"+name) // in production: "postgres://…"
			if err != nil {
				return nil, err
			}
			flow, err := orderflow.New(ctx, orderflow.Config{
				Client: client, DB: db,
				Fulfil: func(context.Context, *sql.Tx, orderflow.Fulfilment) error { return nil },
			})
			if err != nil {
				return nil, errors.Join(err, db.Close()) // this is called again, and opens again
			}
			return flow, nil
		}
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()

	shards, err := orderflow.NewShards(ctx, []orderflow.Shard{
		{Name: "a", Open: on("a.db")},
		{Name: "b", Open: on("b.db")},
	})
	check(err)
	mux.Handle("/notify", shards.NotifyHandler())
	ended := make(chan error, 1)
	go func() { ended <- shards.Run(ctx) }()

	// Later, for new orders only:
	check(shards.Add(ctx, orderflow.Shard{Name: "c", Generation: 1, Open: on("c.db")}))

	for _, id := range []string{"order-1001", "order-1002"} {
		order, err := shards.Create(ctx, &tradepay.CreateOrderRequest{
			PaymentRequestID: id, Title: "Two coffees", NotifyURL: server.URL + "/notify",
			Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		})
		check(err)
		check(wallet.Pay(order.PaymentURL)) // the payer presses Pay
	}
	for fulfilled := 0; fulfilled < 2; time.Sleep(10 * time.Millisecond) {
		orders, err := shards.List(ctx, orderflow.ListOptions{State: orderflow.StateFulfilled})
		check(err)
		fulfilled = len(orders)
	}
	fmt.Println("both are fulfilled")
	cancel()
	check(<-ended)
	// Output: both are fulfilled
}
