// Command signers makes one payment with a merchant's key that is elsewhere: in OpenSSL's
// memory, in an HSM, or at a KMS. Copy the file of the one that you have: openssl.go,
// hsm.go or kms.go. The wallet is the test wallet, on loopback.
//
//	go run ./examples/signers -key openssl
//	go run ./examples/signers -key kms
//	script/softhsm go run ./examples/signers -key hsm
//
// With -key kms, the AWS client talks to a key service in this process. With -key hsm, the
// program makes a key in the token that the environment names, and deletes it at the end.
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func main() {
	flag.CommandLine = flag.NewFlagSet("signers", flag.ExitOnError) // not by the path of what was built
	place := flag.String("key", "openssl", "where the key is: openssl, hsm or kms")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *place); err != nil {
		fmt.Fprintln(os.Stderr, "signers:", err)
		os.Exit(1)
	}
}

// run makes a payment with the key that is at place.
func run(ctx context.Context, out io.Writer, place string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var (
		signer crypto.Signer
		done   func() error
	)
	switch place {
	case "openssl":
		signer, done, err = withOpenSSL(out)
	case "hsm":
		signer, done, err = withHSM(out)
	case "kms":
		signer, done, err = withKMS(ctx, out)
	default:
		return fmt.Errorf("unknown place %q: use openssl, hsm or kms", place)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return pay(ctx, out, signer)
}

// withOpenSSL has OpenSSL hold a key. A merchant reads the key from a file or a secret.
func withOpenSSL(out io.Writer) (crypto.Signer, func() error, error) {
	file, err := newKeyFile()
	if err != nil {
		return nil, nil, err
	}
	signer, by, err := openSSLSigner(file)
	if err != nil {
		return nil, nil, err
	}
	_, _ = fmt.Fprintln(out, "The key signs with", by)
	return signer, signer.Close, nil
}

// newKeyFile is what openssl genpkey writes.
func newKeyFile() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// withKMS has a key at a key service in this process.
func withKMS(ctx context.Context, out io.Writer) (crypto.Signer, func() error, error) {
	service, err := startKeyService(ctx)
	if err != nil {
		return nil, nil, err
	}
	signer, err := newKMSSigner(ctx, service.client(), keyID, 8)
	if err != nil {
		return nil, nil, errors.Join(err, service.Close())
	}
	_, _ = fmt.Fprintln(out, "The key is at the key service, as", keyID)
	return signer, service.Close, nil
}

// pay takes one payment from its order to its end.
func pay(ctx context.Context, out io.Writer, signer crypto.Signer) error {
	public, ok := signer.Public().(*rsa.PublicKey)
	if !ok {
		return errors.New("the wallets sign with RSA")
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "The public half, for the wallet's console:\n%s",
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	wallet := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(public))
	defer wallet.Close()

	config := wallet.Config()
	config.PrivateKey = signer // a *rsa.PrivateKey, or anything else that signs
	client, err := tradepay.NewClient(config)
	if err != nil {
		return err
	}
	price := tradepay.Amount{Currency: "USD", Value: 1050}
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: price, Title: "Two coffees",
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "Created:", order.Status)
	if err := wallet.Pay(order.PaymentURL); err != nil { // the payer presses Pay
		return err
	}
	order, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1"})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "Now:", order.Status)
	return order.CheckPaid("order-1", price)
}
