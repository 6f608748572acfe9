//go:build linux

package openssl_test

import (
	"bufio"
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/signers/openssl"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// duel takes the processor's time of Go and of OpenSSL in turns, so that a busy machine
// disturbs neither, and reports how many times as much OpenSSL does on a core.
func duel(b *testing.B, withGo, withOpenSSL func() error) {
	b.Helper()
	if _, err := openssl.Version(); err != nil {
		b.Skip(err)
	}
	require.NoError(b, withGo())
	require.NoError(b, withOpenSSL())
	var goTime, opensslTime time.Duration
	for b.Loop() {
		start := processorTime(b)
		if err := withGo(); err != nil {
			b.Fatal(err)
		}
		middle := processorTime(b)
		if err := withOpenSSL(); err != nil {
			b.Fatal(err)
		}
		goTime += middle - start
		opensslTime += processorTime(b) - middle
	}
	n := float64(b.N)
	b.ReportMetric(float64(goTime)/float64(opensslTime), "x-go")
	b.ReportMetric(float64(goTime.Nanoseconds())/n, "go-cpu-ns/op")
	b.ReportMetric(float64(opensslTime.Nanoseconds())/n, "openssl-cpu-ns/op")
	b.ReportMetric(0, "ns/op") // of both together: it says nothing
}

// processorTime is how long processors have worked for this process.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkSign is one signature by PKCS #1 v1.5.
func BenchmarkSign(b *testing.B) {
	for _, bits := range []int{2048, 3072, 4096} {
		b.Run(strconv.Itoa(bits), func(b *testing.B) {
			key := generated(b, bits)
			signer, digest := newSigner(b, key), digestOf(1)
			with := func(signer crypto.Signer) func() error {
				return func() error {
					_, err := signer.Sign(nil, digest, crypto.SHA256)
					return err
				}
			}
			duel(b, with(key), with(signer))
		})
	}
}

// BenchmarkCreateOrder is one whole call over loopback TCP: check, write, sign, send, read,
// verify; with OpenSSL, the check of its signature, too.
func BenchmarkCreateOrder(b *testing.B) {
	key, wallet := vectortest.Key(b, "merchant"), vectortest.Key(b, "wallet")
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	base := cannedWallet(b, wallet, noon)
	with := func(signer crypto.Signer) func() error {
		client, err := tradepay.NewClient(tradepay.Config{
			Wallet: wallets.PlatformV2(), BaseURL: base, ClientID: "1", AppID: "app", PrivateKey: signer,
			WalletKeys: map[string]*rsa.PublicKey{"1": &wallet.PublicKey}, Now: func() time.Time { return noon },
		})
		require.NoError(b, err)
		return func() error {
			_, err := client.CreateOrder(b.Context(), &tradepay.CreateOrderRequest{
				PaymentRequestID: "order-0001", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
				Title: "Two coffees", NotifyURL: "https://shop.example/notify",
			})
			return err
		}
	}
	duel(b, with(key), with(newSigner(b, key)))
}

// cannedWallet answers every request with the same signed bytes, so that what is measured is
// the merchant's side.
func cannedWallet(b *testing.B, key *rsa.PrivateKey, at time.Time) (base string) {
	b.Helper()
	const body = `{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"accept"},` +
		`"paymentId":"P1","redirectActionForm":{"method":"GET","redirectUrl":"https://wallet.example/cashier?p=P1"}}`
	profile := wallets.PlatformV2()
	m := wire.Message{
		Method: http.MethodPost, URI: profile.Routes.Prefix + profile.Path(wire.OpPay), ClientID: "1",
		Time: profile.Signing.TimeFormat.Format(at), Body: []byte(body), Answer: true,
	}
	signature, err := m.Sign(key)
	require.NoError(b, err)
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nClient-Id: 1\r\nResponse-Time: %s\r\nSignature: %s\r\n"+
		"Content-Length: %d\r\n\r\n%s", m.Time, profile.SignatureHeader("1", signature), len(body), body)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveCanned(conn, answer)
		}
	}()
	return "http://" + listener.Addr().String()
}

func serveCanned(conn net.Conn, answer string) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}
