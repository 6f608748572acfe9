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
	benchLayout = "2006-01-02T15:04:05.000-07:00"
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

func loadBenchKeys(b testing.TB) benchKeys {
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

func (k benchKeys) config(base string) tradepay.Config {
	return tradepay.Config{
		Wallet: wallets.PlatformV2(), BaseURL: base, ClientID: benchClient, AppID: "app", PrivateKey: k.merchant,
		WalletKeys: map[string]*rsa.PublicKey{"1": &k.wallet.PublicKey}, Now: func() time.Time { return benchTime },
	}
}

func (k benchKeys) client(b testing.TB, base string) *tradepay.Client {
	b.Helper()
	client, err := tradepay.NewClient(k.config(base))
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
func cannedServer(b testing.TB, k benchKeys) string {
	b.Helper()
	when := benchTime.Format(benchLayout)
	signature, err := sign(k.wallet, benchURI, when, []byte(benchAnswer))
	require.NoError(b, err)
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nClient-Id: "+
		"%s\r\nResponse-Time: %s\r\nSignature: %s\r\nContent-Length: %d\r\n\r\n%s",
		benchClient, when, signature, len(benchAnswer), benchAnswer))
	return serve(b, answer)
}

// serve answers every request on loopback with the same bytes.
func serve(b testing.TB, answer []byte) (base string) {
	b.Helper()
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

// byHand is what a careful programmer writes for one wallet without the SDK.
type byHand struct {
	keys   benchKeys
	base   string
	client *http.Client
}

func newByHand(k benchKeys, base string) *byHand {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256 // or every call of many at once would open a connection
	return &byHand{keys: k, base: base, client: &http.Client{Transport: transport}}
}

type (
	handAmount struct {
		Currency string `json:"currency"`
		Value    string `json:"value"`
	}
	handOrder struct {
		ReferenceOrderID string            `json:"referenceOrderId"`
		OrderDescription string            `json:"orderDescription"`
		OrderAmount      handAmount        `json:"orderAmount"`
		Env              map[string]string `json:"env"`
	}
	handPay struct {
		AppID              string     `json:"appId"`
		ProductCode        string     `json:"productCode"`
		PaymentRequestID   string     `json:"paymentRequestId"`
		PaymentAmount      handAmount `json:"paymentAmount"`
		PaymentNotifyURL   string     `json:"paymentNotifyUrl"`
		PaymentRedirectURL string     `json:"paymentRedirectUrl"`
		Order              handOrder  `json:"order"`
	}
)

func (h *byHand) createOrder(ctx context.Context) error {
	body, err := json.Marshal(handPay{
		"app", "CASHIER_PAYMENT", "order-0001", handAmount{"USD", "1050"}, "https://shop.example/notify",
		"https://shop.example/done", handOrder{"order-0001", "Two coffees", handAmount{"USD", "1050"},
			map[string]string{"terminalType": "MINI_APP"}},
	})
	if err != nil {
		return err
	}
	when := benchTime.Format(benchLayout)
	signature, err := sign(h.keys.merchant, benchURI, when, body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.base+benchURI, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("Client-Id", benchClient)
	req.Header.Set("Request-Time", when)
	req.Header.Set("Signature", signature)
	res, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if err := verify(&h.keys.wallet.PublicKey, benchURI, res.Header.Get("Response-Time"),
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

// ServeHTTP receives a notification.
func (h *byHand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || verify(&h.keys.wallet.PublicKey, r.RequestURI, r.Header.Get("Request-Time"),
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
	when := benchTime.Format(benchLayout)
	signature, err := sign(h.keys.merchant, r.RequestURI, when, answer)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Client-Id", benchClient)
	w.Header().Set("Response-Time", when)
	w.Header().Set("Signature", signature)
	_, _ = w.Write(answer)
}

func benchOrder() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-0001", Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		Title: "Two coffees", NotifyURL: "https://shop.example/notify", RedirectURL: "https://shop.example/done",
	}
}

// ordering returns one whole call over loopback TCP, by the SDK and by hand:
// marshal, sign, send, read, verify, parse.
func ordering(tb testing.TB) (sdk, floor func() error) {
	tb.Helper()
	k := loadBenchKeys(tb)
	base := cannedServer(tb, k)
	client, hand, request := k.client(tb, base), newByHand(k, base), benchOrder()
	sdk = func() error {
		_, err := client.CreateOrder(tb.Context(), request)
		return err
	}
	return sdk, func() error { return hand.createOrder(tb.Context()) }
}

// receiving returns one notification through a handler, the SDK's and one by hand:
// read, verify, parse, call back, answer with a signed acknowledgement.
func receiving(tb testing.TB) (sdk, floor func() error) {
	tb.Helper()
	k := loadBenchKeys(tb)
	header := noticeHeader(tb, k)
	var watch stopwatch
	config := k.config("http://127.0.0.1:1")
	config.Now = watch.now
	client, err := tradepay.NewClient(config)
	require.NoError(tb, err)
	handler, hand := client.NotifyHandler(storeNothing), newByHand(k, "")
	sdk = func() error {
		watch.start()
		defer watch.stop()
		return deliver(handler, "/notify", header, benchNotice)
	}
	return sdk, func() error { return deliver(hand, "/notify", header, benchNotice) }
}

func storeNothing(context.Context, *tradepay.Notification) error { return nil }

// deliver hands a notification to a handler.
func deliver(h http.Handler, uri string, header http.Header, body string) error {
	r := httptest.NewRequest(http.MethodPost, uri, strings.NewReader(body))
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("HTTP %d", w.Code)
	}
	return nil
}

// verifying returns everything the SDK does to believe and read a notification, and
// the one RSA operation in it.
func verifying(tb testing.TB) (sdk, floor func() error) {
	tb.Helper()
	k := loadBenchKeys(tb)
	header := noticeHeader(tb, k)
	client := k.client(tb, "http://127.0.0.1:1")
	body := []byte(benchNotice)
	message := wire.Message{Method: http.MethodPost, URI: "/notify", ClientID: benchClient,
		Time: header.Get("Request-Time"), Body: body}
	digest := sha256.Sum256(message.Content())
	parsed, err := wire.ParseSignatureHeader(header.Get("Signature"))
	require.NoError(tb, err)
	sdk = func() error {
		_, err := client.ParseNotification(http.MethodPost, "/notify", header, body)
		return err
	}
	return sdk, func() error {
		return rsa.VerifyPKCS1v15(&k.wallet.PublicKey, crypto.SHA256, digest[:], parsed.Signature)
	}
}

func BenchmarkCreateOrder(b *testing.B) {
	sdk, floor := ordering(b)
	duel(b, sdk, floor)
}

func BenchmarkNotifyHandler(b *testing.B) {
	sdk, floor := receiving(b)
	duel(b, sdk, floor)
}

func BenchmarkVerifyNotification(b *testing.B) {
	sdk, floor := verifying(b)
	duel(b, sdk, floor)
}

func noticeHeader(b testing.TB, k benchKeys) http.Header {
	b.Helper()
	when := benchTime.Format(benchLayout)
	signature, err := sign(k.wallet, "/notify", when, []byte(benchNotice))
	require.NoError(b, err)
	return http.Header{"Client-Id": {benchClient}, "Request-Time": {when}, "Signature": {signature},
		"Content-Type": {"application/json"}}
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
