package tradepay_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// payments is what the shop needs of the SDK. The interface is the shop's own.
type payments interface {
	CreateOrder(ctx context.Context, req *tradepay.CreateOrderRequest) (*tradepay.Order, error)
}

// checkout returns the page that the payer sees next.
func checkout(ctx context.Context, p payments, id string) string {
	order, err := p.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	switch {
	case errors.Is(err, tradepay.ErrRejected), errors.Is(err, tradepay.ErrInvalidRequest):
		return "/cannot-be-paid" // final for this id, or nothing was sent
	case err != nil: // unknown, or yours to fix, such as ErrUnauthorized: the wallet may have the order
		return "/checking"
	case order.TradePay() == tradepay.TradePayParams{}: // the wallet sends the URL later
		return "/preparing"
	}
	return "/pay?with=" + order.TradePay().PaymentURL
}

// fakePayments is a wallet whose answer the test chooses.
type fakePayments struct {
	order *tradepay.Order
	err   error
}

func (f fakePayments) CreateOrder(context.Context, *tradepay.CreateOrderRequest) (*tradepay.Order, error) {
	return f.order, f.err
}

// A unit test without HTTP: the shop's own interface, and a fake behind it.
func Example_ownInterface() {
	for _, wallet := range []fakePayments{
		{err: fmt.Errorf("%w: no answer", tradepay.ErrOutcomeUnknown)},
		{err: tradepay.ErrIdempotencyMismatch}, {err: tradepay.ErrUnauthorized}, {err: tradepay.ErrRejected},
		{order: new(tradepay.Order)}, {order: &tradepay.Order{PaymentURL: "https://wallet.example/pay"}},
	} {
		fmt.Println(checkout(context.Background(), wallet, "order-1001"))
	}
	// Output:
	// /checking
	// /checking
	// /checking
	// /cannot-be-paid
	// /preparing
	// /pay?with=https://wallet.example/pay
}

// shopNotifications receives the notifications of many merchants, each at a path of its own.
func shopNotifications(
	clients map[string]*tradepay.Client, store func(merchant string, n *tradepay.Notification) error,
) http.Handler {
	mux := http.NewServeMux()
	for merchant, client := range clients {
		mux.Handle("POST /notify/"+merchant, client.NotifyHandler(
			func(_ context.Context, n *tradepay.Notification) error { return store(merchant, n) },
		))
	}
	return mux
}

// Two merchants in one server, each with ids and keys of its own.
func Example_manyMerchants() {
	bakery, florist := tradepaytest.NewWallet(), tradepaytest.NewWallet()
	defer bakery.Close()
	defer florist.Close()
	clients := map[string]*tradepay.Client{}
	for merchant, config := range map[string]tradepay.Config{"bakery": bakery.Config(), "florist": florist.Config()} {
		client, err := tradepay.NewClient(config)
		if err != nil {
			log.Fatal(err)
		}
		clients[merchant] = client
	}
	stored := make(chan string, 1)
	shop := httptest.NewServer(shopNotifications(clients, func(merchant string, n *tradepay.Notification) error {
		stored <- merchant + " " + n.PaymentRequestID
		return nil
	}))
	defer shop.Close()

	order, err := clients["florist"].CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Roses",
		NotifyURL: shop.URL + "/notify/florist",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := florist.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	fmt.Println(<-stored)
	// Output: florist order-1001
}

// ready asks the wallet about an order that does not exist.
func ready(ctx context.Context, client *tradepay.Client) error {
	_, err := client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "ready-" + rand.Text()})
	if errors.Is(err, tradepay.ErrOrderNotFound) {
		return nil // signed, verified, and not known
	}
	return err
}

// Before a server takes orders: one call shows that keys, ids, path and clock are right.
func Example_ready() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	config := wallet.Config()
	client, err := tradepay.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ready(context.Background(), client))

	config.ClientID = "ANOTHER_CLIENT"
	stranger, err := tradepay.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ready(context.Background(), stranger) != nil)
	// Output:
	// <nil>
	// true
}

// compare says where a client of the shop's own and the SDK differ about an order. mine is
// the status that the shop's client reports.
func compare(ctx context.Context, client *tradepay.Client, id, mine string) string {
	order, err := client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: id})
	switch {
	case err != nil:
		return fmt.Sprintf("%s: mine says %s, tradepay says: %v", id, mine, err)
	case string(order.Status) != mine:
		return fmt.Sprintf("%s: mine says %s, tradepay says %s", id, mine, order.Status)
	}
	return ""
}

// The first step away from a client of your own: ask with both, and log the differences.
func Example_nextToYourClient() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	fmt.Println(compare(ctx, client, "order-1001", "SUCCESS") == "")
	fmt.Println(compare(ctx, client, "order-1001", "FAIL"))
	// Output:
	// true
	// order-1001: mine says FAIL, tradepay says SUCCESS
}
