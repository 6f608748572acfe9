package doctor_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// Keep the body before a handler reads it, and ask why the client rejected it.
func ExampleClient_DiagnoseNotification() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	handler := client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		body := append(bytes.Clone(sent), '\n') // the fault: a line feed too many
		_, err = client.ParseNotification(r.Method, r.RequestURI, r.Header, body)
		if errors.Is(err, tradepay.ErrSignature) {
			for _, f := range client.DiagnoseNotification(r.Method, r.RequestURI, r.Header, body).Findings {
				fmt.Println(f.Cause, f.Certain)
				fmt.Println(f.Summary)
				fmt.Println(f.Remedy)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(sent)) // so that the example ends
		handler.ServeHTTP(w, r)
	}))
	defer shop.Close()

	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
		NotifyURL: shop.URL + "/notify",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	if err := wallet.WaitNotified(context.Background(), order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	// Output:
	// body_line_ends true
	// The signature is over the body without the line feed at its end.
	// Verify the raw bytes; find what trims the body or adds a line.
}

// A wallet answers INVALID_SIGNATURE: see what was sent.
func ExampleDiagnose() {
	config := tradepaytest.NewWallet().Config() // in production: your own
	own := config.PrivateKey.Public().(*rsa.PublicKey)
	body := []byte(`{"paymentRequestId":"order-1001"}`)
	message := wire.Message{
		Method: "POST", URI: "/v2/payments/inquiryPayment", // the fault: the gateway prefix is missing
		ClientID: config.ClientID, Time: "2026-01-15T12:00:00.000+00:00", Body: body,
	}
	sig, err := message.Sign(config.PrivateKey)
	if err != nil {
		log.Fatal(err)
	}
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}
	diagnosis := doctor.Diagnose(doctor.Evidence{
		Kind: doctor.EvidenceRequest, Method: "POST", URI: "/api/v2/payments/inquiryPayment", Body: body,
		Header: http.Header{
			"Client-Id": {message.ClientID}, "Request-Time": {message.Time},
			"Signature": {header.Format(wire.EncodingPercent)},
		},
		Keys: map[string]*rsa.PublicKey{"1": own}, Wallet: config.Wallet, ClientID: config.ClientID,
		Now: time.Date(2026, 1, 15, 12, 0, 1, 0, time.UTC),
	})
	fmt.Println(diagnosis.Valid)
	for _, f := range diagnosis.Findings {
		fmt.Println(f.Cause, f.Certain)
		fmt.Println(f.Detail)
	}
	// Output:
	// false
	// path_prefix true
	// given "/api/v2/payments/inquiryPayment", signed "/v2/payments/inquiryPayment"
}
