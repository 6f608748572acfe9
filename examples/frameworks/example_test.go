package frameworks

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// A shop on orderflow, served by chi, sells something.
func ExampleOrderflow() {
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	check(err)
	dir, err := os.MkdirTemp("", "")
	check(err)
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	db, err := orderflow.Open(ctx, filepath.Join(dir, "orders.db"))
	check(err)

	shipped, ended := make(chan string, 1), make(chan error, 1)
	ship := func(_ context.Context, _ *sql.Tx, f orderflow.Fulfilment) error {
		shipped <- f.Order.ID
		return nil
	}
	var address string
	pricing := func(_ context.Context, cart string) (*tradepay.CreateOrderRequest, error) {
		return &tradepay.CreateOrderRequest{PaymentRequestID: "order-" + cart,
			Amount: tradepay.Amount{Currency: "USD", Value: 1050},
			Title:  "Rooibos, 250 g", NotifyURL: address + "/shop/notify"}, nil
	}

	flow, err := orderflow.New(ctx, orderflow.Config{Client: client, DB: db, Fulfil: ship})
	check(err)
	go func() { ended <- flow.Run(ctx) }()
	shop := Orderflow(client, flow, pricing)

	server := httptest.NewServer(Chi(shop))
	defer server.Close()
	address = server.URL
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/shop/orders",
		strings.NewReader(`{"cart":"basket-1"}`))
	check(err)
	response, err := http.DefaultClient.Do(request)
	check(err)
	check(response.Body.Close())
	fmt.Println(response.Status)
	check(wallet.Pay("order-basket-1"))
	fmt.Println("shipped:", <-shipped)
	stop()
	check(<-ended)
	check(db.Close())
	// Output:
	// 201 Created
	// shipped: order-basket-1
}
