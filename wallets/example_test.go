package wallets_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

// A merchant names a wallet, for instance in a setting.
func ExampleByName() {
	for _, name := range []string{"touch n go", "vodapya"} {
		wallet, ok := wallets.ByName(name)
		if !ok {
			fmt.Printf("no wallet %q; did you mean %q?\n", name, wallets.Nearest(name))
			continue
		}
		fmt.Println(wallet.Name, wallet.Country, wallet.Prefix+wallet.Path(tradepay.OpPay))
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

// Where a wallet sends the payment URL later, by notification, CreateOrder can
// wait for it.
func ExampleRebellV1() {
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.RebellV1()))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	shop := httptest.NewServer(client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
		return nil // store it first
	}))
	defer shop.Close()

	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "EUR", Value: 499}, Title: "Coffee", NotifyURL: shop.URL,
		URLWait: 10 * time.Second,
		Extra:   map[string]any{"cashierNotifyUrl": shop.URL}, // have the URL sent here
	})
	if err != nil {
		log.Fatal(err)
	}
	if order.PaymentURL == "" {
		log.Fatal("no URL came in time: it will come to the function above, of any process that serves the URL")
	}
	fmt.Println(order.Status, strings.HasPrefix(order.TradePay().PaymentURL, wallet.URL()))
	// Output: PROCESSING true
}
