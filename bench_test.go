package tradepay_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// Each benchmark runs the SDK and a hand-written floor in turns within one
// loop, so that a noisy machine disturbs both alike, and reports x-floor: the
// SDK's time as a multiple of the floor's.

var benchTime = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

const (
	benchClient = "BENCH_CLIENT"
	benchURI    = "/api/v2/payments/pay"
	benchAnswer = `{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"accept"},` +
		`"paymentId":"202601151200001234567890","redirectActionForm":{"method":"GET",` +
		`"redirectUrl":"https://wallet.example/cashier?order=202601151200001234567890` +
		`&sign=abcdefghijklmnopqrstuvwxyz"}}`
	benchNotice = `{"paymentId":"202601151200001234567890","paymentRequestId":"order-0001",` +
		`"paymentAmount":{"currency":"USD","value":"1050"},"paymentTime":"2026-01-15T12:00:00+00:00",` +
		`"paymentCreateTime":"2026-01-15T11:59:00+00:00","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS",` +
		`"resultMessage":"success"},"extendInfo":"{}"}`
)

type benchKeys struct {
	merchant, wallet *rsa.PrivateKey
}

func loadBenchKeys(b *testing.B) benchKeys {
	b.Helper()
	load := func(name string) *rsa.PrivateKey {
		pem, err := os.ReadFile("testdata/vectors/keys/" + name + ".private.pkcs8.pem")
		require.NoError(b, err)
		key, err := tradepay.ParsePrivateKey(pem)
		require.NoError(b, err)
		return key
	}
	return benchKeys{merchant: load("merchant"), wallet: load("wallet")}
}

func (k benchKeys) client(b *testing.B, base string) *tradepay.Client {
	b.Helper()
	client, err := tradepay.NewClient(configtest.With(tradepay.Config{
		Wallet: wallets.PlatformV2(), BaseURL: base, ClientID: benchClient, AppID: "app", PrivateKey: k.merchant,
		WalletKeys: map[string]*rsa.PublicKey{"1": &k.wallet.PublicKey},
	}, func(conf *tradepay.Config) { conf.Now = func() time.Time { return benchTime } }))
	require.NoError(b, err)
	return client
}

// sign is what a careful programmer writes by hand.
func sign(key *rsa.PrivateKey, uri, when string, body []byte) (string, error) {
	h := sha256.New()
	h.Write([]byte("POST " + uri + "\n" + benchClient + "." + when + "."))
	h.Write(body)
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, h.Sum(nil))
	if err != nil {
		return "", err
	}
	return "algorithm=RSA256, keyVersion=1, signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(sig)), nil
}

func verify(key *rsa.PublicKey, uri, when, header string, body []byte) error {
	_, value, _ := strings.Cut(header, "signature=")
	text, err := url.PathUnescape(value)
	if err != nil {
		return err
	}
	sig, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	h := sha256.New()
	h.Write([]byte("POST " + uri + "\n" + benchClient + "." + when + "."))
	h.Write(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, h.Sum(nil), sig)
}

// duel times two functions in turns and reports the first as a multiple of
// the second.
func duel(b *testing.B, sdk, floor func() error) {
	b.Helper()
	require.NoError(b, sdk())
	require.NoError(b, floor())
	var sdkTime, floorTime time.Duration
	b.ResetTimer()
	for b.Loop() {
		start := time.Now()
		if err := floor(); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if err := sdk(); err != nil {
			b.Fatal(err)
		}
		floorTime += middle.Sub(start)
		sdkTime += time.Since(middle)
	}
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(float64(sdkTime)/float64(floorTime), "x-floor")
	b.ReportMetric(float64(sdkTime.Nanoseconds())/n, "sdk-ns/op")
	b.ReportMetric(float64(floorTime.Nanoseconds())/n, "floor-ns/op")
	b.ReportMetric(testing.AllocsPerRun(50, func() { _ = sdk() }), "sdk-allocs/op")
	b.ReportMetric(testing.AllocsPerRun(50, func() { _ = floor() }), "floor-allocs/op")
	b.ReportMetric(0, "ns/op") // of both together: it says nothing
}

// cannedServer answers every request with the same signed bytes and allocates
// nothing, so that what is counted is the client.
func cannedServer(b *testing.B, k benchKeys) string {
	b.Helper()
	when := benchTime.Format("2006-01-02T15:04:05.000-07:00")
	signature, err := sign(k.wallet, benchURI, when, []byte(benchAnswer))
	require.NoError(b, err)
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nClient-Id: "+
		"%s\r\nResponse-Time: %s\r\nSignature: %s\r\nContent-Length: %d\r\n\r\n%s",
		benchClient, when, signature, len(benchAnswer), benchAnswer))
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

func serveCanned(conn net.Conn, answer []byte) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		length := 0
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) <= 2 {
				break
			}
			const name = "Content-Length: "
			if bytes.HasPrefix(line, []byte(name)) {
				for _, c := range line[len(name) : len(line)-2] {
					length = length*10 + int(c-'0')
				}
			}
		}
		if _, err := in.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// BenchmarkCreateOrder is one whole call over loopback TCP: marshal, sign,
// send, read, verify, parse.
func BenchmarkCreateOrder(b *testing.B) {
	k := loadBenchKeys(b)
	base := cannedServer(b, k)
	client := k.client(b, base)
	request := &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-0001", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		Title: "Two coffees", NotifyURL: "https://shop.example/notify", RedirectURL: "https://shop.example/done",
	}
	sdk := func() error {
		_, err := client.CreateOrder(b.Context(), request)
		return err
	}
	type amount struct {
		Currency string `json:"currency"`
		Value    string `json:"value"`
	}
	type order struct {
		ReferenceOrderID string            `json:"referenceOrderId"`
		OrderDescription string            `json:"orderDescription"`
		OrderAmount      amount            `json:"orderAmount"`
		Env              map[string]string `json:"env"`
	}
	type pay struct {
		AppID              string `json:"appId"`
		ProductCode        string `json:"productCode"`
		PaymentRequestID   string `json:"paymentRequestId"`
		PaymentAmount      amount `json:"paymentAmount"`
		PaymentNotifyURL   string `json:"paymentNotifyUrl"`
		PaymentRedirectURL string `json:"paymentRedirectUrl"`
		Order              order  `json:"order"`
	}
	floor := func() error {
		body, err := json.Marshal(pay{
			"app", "CASHIER_PAYMENT", "order-0001", amount{"USD", "1050"}, "https://shop.example/notify",
			"https://shop.example/done",
			order{"order-0001", "Two coffees", amount{"USD", "1050"}, map[string]string{"terminalType": "MINI_APP"}},
		})
		if err != nil {
			return err
		}
		when := benchTime.Format("2006-01-02T15:04:05.000-07:00")
		signature, err := sign(k.merchant, benchURI, when, body)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, base+benchURI, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json; charset=UTF-8")
		req.Header.Set("Client-Id", benchClient)
		req.Header.Set("Request-Time", when)
		req.Header.Set("Signature", signature)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		data, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		if err := verify(&k.wallet.PublicKey, benchURI, res.Header.Get("Response-Time"),
			res.Header.Get("Signature"), data); err != nil {
			return err
		}
		var answer struct {
			Result struct {
				ResultStatus string `json:"resultStatus"`
			} `json:"result"`
			PaymentID          string `json:"paymentId"`
			RedirectActionForm struct {
				RedirectURL string `json:"redirectUrl"`
			} `json:"redirectActionForm"`
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			return err
		}
		if answer.Result.ResultStatus != "A" || answer.RedirectActionForm.RedirectURL == "" {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	duel(b, sdk, floor)
}

func noticeHeader(b *testing.B, k benchKeys) http.Header {
	b.Helper()
	when := benchTime.Format("2006-01-02T15:04:05.000-07:00")
	signature, err := sign(k.wallet, "/notify", when, []byte(benchNotice))
	require.NoError(b, err)
	return http.Header{"Client-Id": {benchClient}, "Request-Time": {when}, "Signature": {signature},
		"Content-Type": {"application/json"}}
}

// BenchmarkNotifyHandler is one notification through the handler: read,
// verify, parse, call back, sign the acknowledgement.
func BenchmarkNotifyHandler(b *testing.B) {
	k := loadBenchKeys(b)
	header := noticeHeader(b, k)
	handler := k.client(b, "http://127.0.0.1:1").NotifyHandler(func(context.Context, *tradepay.Notification) error {
		return nil
	})
	floor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || verify(&k.wallet.PublicKey, r.RequestURI, r.Header.Get("Request-Time"),
			r.Header.Get("Signature"), body) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var notice struct {
			PaymentRequestID string `json:"paymentRequestId"`
			PaymentResult    struct {
				ResultStatus string `json:"resultStatus"`
			} `json:"paymentResult"`
		}
		if json.Unmarshal(body, &notice) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answer := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
		when := benchTime.Format("2006-01-02T15:04:05.000-07:00")
		signature, err := sign(k.merchant, r.RequestURI, when, answer)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Client-Id", benchClient)
		w.Header().Set("Response-Time", when)
		w.Header().Set("Signature", signature)
		_, _ = w.Write(answer)
	})
	serve := func(h http.Handler) func() error {
		return func() error {
			r := httptest.NewRequest(http.MethodPost, "/notify", strings.NewReader(benchNotice))
			r.Header = header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				return fmt.Errorf("HTTP %d", w.Code)
			}
			return nil
		}
	}
	duel(b, serve(handler), serve(floor))
}

// BenchmarkVerifyNotification holds everything the SDK does to believe and
// read a notification against the one RSA operation in it.
func BenchmarkVerifyNotification(b *testing.B) {
	k := loadBenchKeys(b)
	header := noticeHeader(b, k)
	client := k.client(b, "http://127.0.0.1:1")
	body := []byte(benchNotice)
	message := wire.Message{Method: http.MethodPost, URI: "/notify", ClientID: benchClient,
		Time: header.Get("Request-Time"), Body: body}
	digest := sha256.Sum256(message.Content())
	parsed, err := wire.ParseSignatureHeader(header.Get("Signature"))
	require.NoError(b, err)
	duel(b,
		func() error {
			_, err := client.ParseNotification(http.MethodPost, "/notify", header, body)
			return err
		},
		func() error {
			return rsa.VerifyPKCS1v15(&k.wallet.PublicKey, crypto.SHA256, digest[:], parsed.Signature)
		})
}

// BenchmarkSign holds Message.Sign and its header against the RSA operation.
func BenchmarkSign(b *testing.B) {
	k := loadBenchKeys(b)
	message := wire.Message{Method: http.MethodPost, URI: benchURI, ClientID: benchClient,
		Time: "2026-01-15T12:00:00.000+00:00", Body: []byte(benchNotice)}
	digest := sha256.Sum256(message.Content())
	duel(b,
		func() error {
			sig, err := message.Sign(k.merchant)
			_ = wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingPercent)
			return err
		},
		func() error {
			_, err := rsa.SignPKCS1v15(rand.Reader, k.merchant, crypto.SHA256, digest[:])
			return err
		})
}

// BenchmarkVerify holds Message.Verify with its header against the RSA
// operation.
func BenchmarkVerify(b *testing.B) {
	k := loadBenchKeys(b)
	message := wire.Message{Method: http.MethodPost, URI: benchURI, ClientID: benchClient,
		Time: "2026-01-15T12:00:00.000+00:00", Body: []byte(benchNotice)}
	sig, err := message.Sign(k.wallet)
	require.NoError(b, err)
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingPercent)
	digest := sha256.Sum256(message.Content())
	duel(b,
		func() error {
			h, err := wire.ParseSignatureHeader(header)
			if err != nil {
				return err
			}
			return message.Verify(&k.wallet.PublicKey, h.Signature)
		},
		func() error {
			return rsa.VerifyPKCS1v15(&k.wallet.PublicKey, crypto.SHA256, digest[:], sig)
		})
}
