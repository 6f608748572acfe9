// Command guide is the server of docs/payment-guide.md, whole, and one payment
// by it: a mini program logs in and sends a cart, the payer pays at the test
// wallet, and the order is paid because the wallet's signed notification or an
// inquiry said so.
//
//	go run ./examples/guide
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run takes one payment in the v1 dialect.
func run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.PlatformV1())) // with production, a real one
	defer wallet.Close()
	s, orders, err := newShop(wallet.Config())
	if err != nil {
		return err
	}
	server := httptest.NewServer(s.routes())
	defer server.Close()
	s.publicURL = server.URL

	user := &phone{server: server.URL}
	if err := user.login(ctx, wallet.AuthCode("user-7")); err != nil {
		return err
	}
	got, err := user.pay(ctx, "cart-17")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "created:", got.State)
	if err := wallet.Pay(got.TradePay.PaymentURL); err != nil { // the payer presses Pay
		return err
	}
	if err := wallet.WaitNotified(ctx, got.TradePay.PaymentURL); err != nil {
		return err
	}
	got, err = user.show(ctx, got.Order)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "shown: %s, shipped: %d\n", got.State, len(orders.queue()))
	return nil
}

// newShop is a shop with one thing to sell, and its store.
func newShop(config tradepay.Config) (*shop, *memory, error) {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	client, err := tradepay.NewClient(config)
	if err != nil {
		return nil, nil, err
	}
	orders := newMemory()
	return &shop{
		client: client, orders: orders, sessions: &sessions{}, now: time.Now,
		price: func(_, cart string) ([]string, string, tradepay.Amount, bool) {
			lines := []string{"coffee", "coffee"}
			return lines, "Two coffees", tradepay.Amount{Currency: "USD", Value: 1050}, cart != ""
		},
	}, orders, nil
}

// phone is the mini program, as far as the server sees it.
type phone struct{ server, session string }

// shown is what the server answers to it.
type shown struct {
	Order    string
	State    state
	TradePay tradepay.TradePayParams
	Session  string
}

func (p *phone) login(ctx context.Context, authCode string) error {
	got, err := p.send(ctx, http.MethodPost,
		"/login", map[string]string{"authCode": authCode, "siteName": "TEST_WALLET"})
	p.session = got.Session
	return err
}

func (p *phone) pay(ctx context.Context, cart string) (shown, error) {
	return p.send(ctx, http.MethodPost, "/orders", map[string]string{"cart": cart, "siteName": "TEST_WALLET"})
}

func (p *phone) show(ctx context.Context, id string) (shown, error) {
	return p.send(ctx, http.MethodGet, "/orders/"+id, nil)
}

func (p *phone) send(ctx context.Context, method, path string, data any) (shown, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return shown{}, err
	}
	request, err := http.NewRequestWithContext(ctx, method, p.server+path, bytes.NewReader(body))
	if err != nil {
		return shown{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+p.session)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return shown{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return shown{}, fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	var got shown
	return got, json.NewDecoder(response.Body).Decode(&got)
}
