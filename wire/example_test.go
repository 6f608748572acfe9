package wire_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log"

	"github.com/tradepay/tradepay-go/wire"
)

// Sign a message, and verify it as the other side does.
func ExampleMessage() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	message := wire.Message{
		Method: "POST", URI: "/v1/payments/pay", ClientID: "CLIENT",
		Time: "2026-01-15T12:00:00+00:00", Body: []byte(`{}`),
	}
	signature, err := message.Sign(key)
	if err != nil {
		log.Fatal(err)
	}
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: signature}

	parsed, err := wire.ParseSignatureHeader(header.Format(wire.EncodingPercent))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(parsed.KeyVersion, message.Verify(&key.PublicKey, parsed.Signature))
	message.Body = []byte(`{"changed":true}`)
	fmt.Println(message.Verify(&key.PublicKey, parsed.Signature))
	// Output:
	// 1 <nil>
	// tradepay: message not verified: the key did not sign this method, URI, client id, time and body
}
