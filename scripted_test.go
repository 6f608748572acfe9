package tradepay_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wire"
)

// noon is when these tests happen.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

const (
	clientID = "CLIENT_0001"
	accepted = `{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"accept"},"paymentId":"P1",` +
		`"redirectActionForm":{"method":"GET","redirectUrl":"https://wallet.example/cashier?p=P1&s=x"},` +
		`"actionForm":{"actionFormType":"REDIRECTION","redirectionUrl":"https://wallet.example/cashier?p=P1&s=x"}}`
	success = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`
)

// result is a body that holds nothing but a verdict.
func result(status, code string) string {
	return `{"result":{"resultStatus":"` + status + `","resultCode":"` + code + `","resultMessage":"m"}}`
}

func vectorKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	return vectortest.Key(t, name)
}

// scripted is a wallet with scripted answers, for what the test wallet cannot do, since
// it behaves.
type scripted struct {
	t      testing.TB
	mock   *httpmock.MockTransport
	key    *rsa.PrivateKey
	config tradepay.Config

	mu       sync.Mutex
	now      time.Time
	requests []seen
}

// seen is a request as it arrived.
type seen struct {
	path, body string
	header     http.Header
}

func newScripted(t testing.TB, wallet wire.Profile) *scripted {
	t.Helper()
	w := &scripted{t: t, mock: httpmock.NewMockTransport(), key: vectorKey(t, "wallet"), now: noon}
	w.config = tradepay.Config{
		Wallet: wallet, BaseURL: "https://wallet.example", ClientID: clientID, AppID: "APP",
		PartnerID: "PARTNER", SiteName: "SITE",
		PrivateKey: vectorKey(t, "merchant"), WalletKeys: map[string]*rsa.PublicKey{"1": &w.key.PublicKey},
	}
	return w
}

func (w *scripted) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// advance moves the clock on by a millisecond, so that every attempt differs.
func (w *scripted) advance() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
}

func (w *scripted) client(opts ...func(*tradepay.Config)) *tradepay.Client {
	w.t.Helper()
	quick := tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
	opts = append([]func(*tradepay.Config){
		func(conf *tradepay.Config) {
			conf.HTTPClient = &http.Client{Transport: w.mock}
		}, func(conf *tradepay.Config) { conf.Now = w.clock }, func(conf *tradepay.Config) { conf.Retry = quick },
		func(conf *tradepay.Config) { conf.PollInterval = time.Millisecond },
	}, opts...)
	client, err := tradepay.NewClient(configtest.With(w.config, opts...))
	require.NoError(w.t, err)
	return client
}

// seenOn returns what arrived at paths that end like this.
func (w *scripted) seenOn(path string) []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []seen
	for _, s := range w.requests {
		if s.path == path {
			found = append(found, s)
		}
	}
	return found
}

// on answers the requests to path with each of the answers in turn, the last
// one for ever.
func (w *scripted) on(path string, answers ...answerFunc) *scripted {
	var calls int
	w.mock.RegisterResponder(http.MethodPost, "https://wallet.example"+path,
		func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			w.advance()
			w.mu.Lock()
			w.requests = append(w.requests, seen{r.URL.Path, string(body), r.Header.Clone()})
			answer := answers[min(calls, len(answers)-1)]
			calls++
			w.mu.Unlock()
			return answer(w, r)
		})
	return w
}

type answerFunc func(*scripted, *http.Request) (*http.Response, error)

// signed is a verifiable answer.
func signed(status int, body string) answerFunc {
	return func(w *scripted, r *http.Request) (*http.Response, error) {
		return w.sign(r, status, body, func(http.Header) {}), nil
	}
}

// spoiled is a verifiable answer with its headers changed after signing.
func spoiled(body string, spoil func(http.Header)) answerFunc {
	return func(w *scripted, r *http.Request) (*http.Response, error) {
		return w.sign(r, http.StatusOK, body, spoil), nil
	}
}

func unsigned(status int, body string) answerFunc {
	return func(*scripted, *http.Request) (*http.Response, error) {
		return httpmock.NewStringResponse(status, body), nil
	}
}

func broken(err error) answerFunc {
	return func(*scripted, *http.Request) (*http.Response, error) { return nil, err }
}

func (w *scripted) sign(r *http.Request, status int, body string, spoil func(http.Header)) *http.Response {
	when := w.clock().Format("2006-01-02T15:04:05.000-07:00")
	if w.config.Wallet.Signing.TimeFormat == wire.TimeUnixMillis {
		when = strconv.FormatInt(w.clock().UnixMilli(), 10)
	}
	m := wire.Message{
		Method: r.Method, URI: r.URL.RequestURI(), ClientID: clientID, Time: when, Body: []byte(body),
		Layout: w.config.Wallet.Signing.Content, Answer: true,
	}
	sig, err := m.Sign(w.key)
	require.NoError(w.t, err)
	header := http.Header{
		"Client-Id": {clientID}, "Response-Time": {when},
		"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
			Signature: sig}.Format(wire.EncodingPercent)},
	}
	spoil(header)
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(body))),
		ContentLength: int64(len(body)), Request: r,
	}
}

func order() *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
		NotifyURL: "https://shop.example/notify",
	}
}

func inquired(status string) string {
	return `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},` +
		`"paymentRequestId":"order-1","paymentId":"P1",` +
		`"paymentAmount":{"currency":"USD","value":"1050"},"paymentTime":"2026-01-15T12:00:00+00:00",` +
		`"paymentStatus":"` + status + `"}`
}

// object reads the body of a request.
func object(t testing.TB, body string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &m))
	return m
}

// failingSigner is a key service that is down.
type failingSigner struct{ key *rsa.PrivateKey }

var errKeyService = errors.New("key service down")

func (s failingSigner) Public() crypto.PublicKey { return &s.key.PublicKey }

func (failingSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errKeyService
}
