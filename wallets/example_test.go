package wallets_test

import (
	"context"
	"fmt"
	"log"

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
