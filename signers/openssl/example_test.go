package openssl_test

import (
	"context"
	"crypto/rsa"
	"fmt"
	"log"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/signers/openssl"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// The key is parsed as ever, and OpenSSL signs with it.
func ExampleNew() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	config := wallet.Config()
	key := config.PrivateKey.(*rsa.PrivateKey) // of tradepay.ParsePrivateKey in your program

	signer, err := openssl.New(key)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = signer.Close() }()
	if _, err := openssl.Version(); err != nil {
		log.Println(err) // Go signs instead, and this says why
	}
	config.PrivateKey = signer
	client, err := tradepay.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status)
	// Output: PROCESSING
}
