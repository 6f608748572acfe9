package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, "created: open\nshown: paid, shipped: 1\n", out.String())
}

func TestProduction(t *testing.T) {
	t.Setenv("TRADEPAY_BASE_URL", "https://gateway.wallet.example")
	t.Setenv("TRADEPAY_CLIENT_ID", "2020081513180008900")
	t.Setenv("TRADEPAY_APP_ID", "3333010071465913")
	t.Setenv("TRADEPAY_PARTNER_ID", "P1")
	read := func(name string) string {
		data, err := os.ReadFile("../../testdata/vectors/keys/" + name)
		require.NoError(t, err)
		return string(data)
	}
	t.Setenv("TRADEPAY_PRIVATE_KEY", read("merchant.private.pkcs8.pem"))
	t.Setenv("TRADEPAY_WALLET_KEY", "")
	_, err := production()
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	require.ErrorContains(t, err, "TRADEPAY_WALLET_KEY", "it says which is missing")

	t.Setenv("TRADEPAY_WALLET_KEY", read("wallet.pkix.b64"))
	config, err := production()
	require.NoError(t, err)
	_, err = tradepay.NewClient(config)
	require.NoError(t, err)
}

// setUp is a shop at a wallet, and a phone that is logged in.
func setUp(t *testing.T, profile wire.Profile) (*shop, *memory, *phone, *tradepaytest.Wallet) {
	t.Helper()
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
	t.Cleanup(wallet.Close)
	config := wallet.Config()
	config.SiteName = "" // only the mini program knows it
	config.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}
	s, orders, err := newShop(config)
	require.NoError(t, err)
	server := httptest.NewServer(s.routes())
	t.Cleanup(server.Close)
	s.publicURL = server.URL
	p := &phone{server: server.URL}
	require.NoError(t, p.login(t.Context(), wallet.AuthCode("user-7")))
	return s, orders, p, wallet
}

// TestTrouble: whatever happens on the way, the order ends as the money did,
// and ships at most once. It runs in both dialects, and at the wallets that give out a
// payment URL only once.
func TestTrouble(t *testing.T) {
	t.Parallel()
	pay := func(t *testing.T, wallet *tradepaytest.Wallet, id string) {
		t.Helper()
		require.NoError(t, wallet.Pay(id))
	}
	tests := []struct {
		name    string
		faults  []tradepaytest.Fault
		payer   func(t *testing.T, wallet *tradepaytest.Wallet, id string)
		state   state
		shipped int
	}{
		{"paid", nil, pay, paid, 1},
		{"the callback says 9000 and nobody paid", nil, nil, open, 0},
		{"the callback says 6001 and the payment came", nil,
			func(t *testing.T, wallet *tradepaytest.Wallet, id string) {
				t.Helper()
				require.NoError(t, wallet.Cancel(id))
				require.NoError(t, wallet.Pay(id))
			}, paid, 1},
		{"the answer to pay is lost", []tradepaytest.Fault{{Kind: tradepaytest.DropAfter, Op: wire.OpPay}}, pay,
			paid, 1},
		{"the answer to pay is never understood",
			[]tradepaytest.Fault{{Kind: tradepaytest.NotJSON, Op: wire.OpPay, Times: 3}}, pay, paid, 1},
		{"the notification is lost", []tradepaytest.Fault{{Kind: tradepaytest.NotifyLost}}, pay, paid, 1},
		{"the notification comes twice", []tradepaytest.Fault{{Kind: tradepaytest.NotifyDuplicate}}, pay, paid, 1},
		{"a stale notification comes last", []tradepaytest.Fault{{Kind: tradepaytest.NotifyReordered}}, pay, paid, 1},
		{"the notification is tampered with", []tradepaytest.Fault{{Kind: tradepaytest.NotifyTampered}}, pay, paid, 1},
		{"another amount was paid", []tradepaytest.Fault{{Kind: tradepaytest.NotifyWrongAmount}}, pay, held, 0},
		{"not enough balance", nil, func(t *testing.T, wallet *tradepaytest.Wallet, id string) {
			t.Helper()
			require.NoError(t, wallet.Decline(id))
		}, closed, 0},
		{"the time is over", nil, func(t *testing.T, wallet *tradepaytest.Wallet, id string) {
			t.Helper()
			require.NoError(t, wallet.Expire(id))
		}, closed, 0},
	}
	for _, profile := range []wire.Profile{
		wallets.PlatformV1(), wallets.PlatformV2(), wallets.VodaPay(), wallets.Toka(),
	} {
		for _, tt := range tests {
			t.Run(profile.Name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s, orders, p, wallet := setUp(t, profile)
				for _, fault := range tt.faults {
					wallet.Inject(fault)
				}
				got, err := p.pay(t.Context(), "cart-17")
				require.NoError(t, err)
				again, err := p.pay(t.Context(), "cart-17") // the user presses twice
				require.NoError(t, err)
				require.Equal(t, got.Order, again.Order)
				require.Len(t, wallet.Payments(), 1)
				isLost := slices.ContainsFunc(tt.faults, func(f tradepaytest.Fault) bool { return f.Op == wire.OpPay })
				switch {
				case got.TradePay != tradepay.TradePayParams{}:
					require.Equal(t, got.TradePay, again.TradePay, "the cashier opens again")
				case profile.Quirks.RefusesRepeats:
					require.True(t, isLost)
					require.Empty(t, again.TradePay, "the wallet gave its only URL away")
				default:
					require.True(t, isLost)
					require.NotEmpty(t, again.TradePay)
				}
				if tt.payer != nil {
					tt.payer(t, wallet, got.Order)
					settled(t, wallet, got.Order, tt.faults)
				}
				require.NoError(t, s.reconcile(t.Context()))
				shownNow, err := p.show(t.Context(), got.Order)
				require.NoError(t, err)
				require.Equal(t, tt.state, shownNow.State)
				require.Len(t, orders.queue(), tt.shipped)
				again, err = p.pay(t.Context(), "cart-17") // and once more
				require.NoError(t, err)
				require.Equal(t, tt.state, again.State)
				require.LessOrEqual(t, wallet.Payments()[0].Charges, 1)
			})
		}
	}
}

// settled waits until the shop has acknowledged the notification, where one comes.
func settled(t *testing.T, wallet *tradepaytest.Wallet, id string, faults []tradepaytest.Fault) {
	t.Helper()
	payment, ok := wallet.Payment(id)
	require.True(t, ok)
	lost := slices.ContainsFunc(faults, func(f tradepaytest.Fault) bool { return f.Kind == tradepaytest.NotifyLost })
	if payment.Status == tradepay.StatusCancelled || lost {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, wallet.WaitNotified(ctx, id))
}

// TestCartThatGrows: who adds to the cart after it has a price gets what was paid for.
func TestCartThatGrows(t *testing.T) {
	t.Parallel()
	s, orders, p, wallet := setUp(t, wallets.PlatformV2())
	var mu sync.Mutex
	cart := []string{"coffee"}
	s.price = func(_, _ string) ([]string, string, tradepay.Amount, bool) {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(cart), "Coffee", tradepay.Amount{Currency: "USD", Value: 525 * int64(len(cart))}, true
	}
	got, err := p.pay(t.Context(), "cart-17")
	require.NoError(t, err)
	mu.Lock()
	cart = append(cart, "coffee machine")
	mu.Unlock()
	again, err := p.pay(t.Context(), "cart-17")
	require.NoError(t, err)
	require.Equal(t, got.Order, again.Order)
	require.NoError(t, wallet.Pay(got.Order))
	settled(t, wallet, got.Order, nil)
	shipped := orders.queue()
	require.Len(t, shipped, 1)
	require.Equal(t, []string{"coffee"}, shipped[0].Lines)
	require.Equal(t, int64(525), shipped[0].Request.Amount.Value)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s, orders, p, wallet := setUp(t, wallets.PlatformV1())
	_, err := p.pay(t.Context(), "")
	require.ErrorContains(t, err, "404", "no such cart")
	require.ErrorContains(t, p.login(t.Context(), "used-up"), "401")
	require.NoError(t, p.login(t.Context(), wallet.AuthCode("user-7")))
	got, err := p.pay(t.Context(), "cart-17")
	require.NoError(t, err)

	stranger := &phone{server: p.server}
	_, err = stranger.pay(t.Context(), "cart-18")
	require.ErrorContains(t, err, "401", "nobody is logged in")
	require.NoError(t, stranger.login(t.Context(), wallet.AuthCode("user-8")))
	_, err = stranger.show(t.Context(), got.Order)
	require.ErrorContains(t, err, "404", "another user's order")
	_, err = stranger.pay(t.Context(), "cart-17")
	require.Error(t, err, "another user's cart")

	// An order that never got to the wallet is closed, but not before its time.
	lost := order{Cart: "cart-19", State: open, Request: tradepay.CreateOrderRequest{
		PaymentRequestID: "order-lost", SiteName: "TEST_WALLET", ExpiresAt: time.Now(),
	}}
	_, err = orders.Insert(t.Context(), lost)
	require.NoError(t, err)
	require.NoError(t, s.reconcile(t.Context()))
	o, err := orders.Find(t.Context(), "order-lost")
	require.NoError(t, err)
	require.Equal(t, open, o.State)
	s.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	require.NoError(t, s.reconcile(t.Context()))
	o, err = orders.Find(t.Context(), "order-lost")
	require.NoError(t, err)
	require.Equal(t, closed, o.State)

	// Money that comes after that is not lost and not shipped.
	require.NoError(t, orders.Pay(t.Context(), "order-lost", "P9"))
	o, err = orders.Find(t.Context(), "order-lost")
	require.NoError(t, err)
	require.Equal(t, held, o.State)
	require.Empty(t, orders.queue())
}

// TestWrongAmountAfterTheEnd: a closed order that is paid over another amount is
// held as well. After the S nobody would say it again.
func TestWrongAmountAfterTheEnd(t *testing.T) {
	t.Parallel()
	s, orders, p, _ := setUp(t, wallets.PlatformV2())
	got, err := p.pay(t.Context(), "cart-17")
	require.NoError(t, err)
	require.NoError(t, orders.Close(t.Context(), got.Order))
	require.NoError(t, s.notified(t.Context(), &tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: got.Order, PaymentID: "P9",
		Status: tradepay.StatusSuccess,
		Amount: tradepay.Amount{Currency: "USD", Value: 1},
	}))
	o, err := orders.Find(t.Context(), got.Order)
	require.NoError(t, err)
	require.Equal(t, held, o.State)
	require.Empty(t, orders.queue())
}

// TestNobody: a wallet that does not say who the user is makes no buyer of all
// its users.
func TestNobody(t *testing.T) {
	t.Parallel()
	profile := wallets.PlatformV2()
	profile.Shaper = shaper.Hooks{Response: func(op wire.Operation, body map[string]any) error {
		if op == wire.OpApplyToken {
			delete(body, "customerId")
		}
		return nil
	}}
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
	t.Cleanup(wallet.Close)
	s, _, err := newShop(wallet.Config())
	require.NoError(t, err)
	server := httptest.NewServer(s.routes())
	t.Cleanup(server.Close)
	p := &phone{server: server.URL}
	require.ErrorContains(t, p.login(t.Context(), wallet.AuthCode("user-7")), "502")
	_, err = p.pay(t.Context(), "cart-17")
	require.ErrorContains(t, err, "401")
}

// TestRequestAsJSON: an order that was stored as JSON is sent with the same
// content, so the wallet answers as it did the first time.
func TestRequestAsJSON(t *testing.T) {
	t.Parallel()
	s, orders, p, _ := setUp(t, wallets.PlatformV1())
	got, err := p.pay(t.Context(), "cart-17")
	require.NoError(t, err)
	o, err := orders.Find(t.Context(), got.Order)
	require.NoError(t, err)
	data, err := json.Marshal(o.Request)
	require.NoError(t, err)
	var again tradepay.CreateOrderRequest
	require.NoError(t, json.Unmarshal(data, &again))
	require.Equal(t, o.Request, again)
	repeated, err := s.at(again.SiteName).CreateOrder(t.Context(), &again)
	require.NoError(t, err)
	require.Equal(t, got.TradePay, repeated.TradePay())
}
