package wallets_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// A merchant names a wallet, for instance in a setting.
func ExampleByName() {
	for _, name := range []string{"touch n go", "vodapya"} {
		wallet, ok := wallets.ByName(name)
		if !ok {
			fmt.Printf("no wallet %q; did you mean %q?\n", name, wallets.Nearest(name))
			continue
		}
		fmt.Println(wallet.Name, wallet.Country, wallet.Routes.Prefix+wallet.Path(wire.OpPay))
	}
	// Output:
	// Touch 'n Go MY /acl/api/v1/payments/pay
	// no wallet "vodapya"; did you mean ["VodaPay"]?
}

// The test wallet speaks every profile, with the shapes of its messages.
func Example() {
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.SuperQi()))
	defer wallet.Close()

	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	price, err := tradepay.ParseAmount("1000", "IQD")
	if err != nil {
		log.Fatal(err)
	}
	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: price, Title: "Two teas",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status, order.Amount, order.PaymentURL != "")
	// Output: PROCESSING 1000.000 IQD true
}

// Where a wallet sends the payment URL later, by notification, your function stores
// it, and the mini program asks your server for it.
func ExampleRebellV1() {
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.RebellV1()))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	urls := make(chan string, 1) // in place of your database
	shop := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		if n.Kind == tradepay.NotificationCashierURL {
			urls <- n.PaymentURL
		}
		return nil
	}))
	defer shop.Close()

	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "EUR", Value: 499},
		Title: "Coffee", NotifyURL: shop.URL,
		Extra: map[string]any{"cashierNotifyUrl": shop.URL}, // have the URL sent here
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status, order.PaymentURL == "", strings.HasPrefix(<-urls, wallet.URL()))
	// Output: PROCESSING true true
}
