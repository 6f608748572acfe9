package wallets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// refusedNotice is a notification as the handler behind the proxy got it, and
// what the client logged of its refusal.
type refusedNotice struct {
	header http.Header
	body   []byte
	log    struct{ Cause, Remedy, Summary string }
}

// noticeBehind lets the test wallet notify notifyPath through a proxy that
// makes innerURI of it. The order is made by client, the notification is
// refused by receiver.
func noticeBehind(
	t *testing.T,
	profile wire.Profile,
	notifyPath, innerURI string,
	separate bool,
) (*tradepay.Client, refusedNotice) {
	t.Helper()
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 1))
	t.Cleanup(wallet.Close)
	var mu sync.Mutex // the order's late URL may be notified at the same time
	var log bytes.Buffer
	receiver, err := tradepay.NewClient(configtest.With(
		wallet.Config(),
		quick,
		func(conf *tradepay.Config) { conf.Logger = slog.New(slog.NewJSONHandler(&log, nil)) }))
	require.NoError(t, err)
	sender := receiver
	if separate {
		sender, err = tradepay.NewClient(configtest.With(wallet.Config(), quick))
		require.NoError(t, err)
	}
	handler := receiver.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	notices := make(chan refusedNotice, 8)
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		inner := r.Clone(r.Context())
		inner.RequestURI, inner.Body = innerURI, io.NopCloser(bytes.NewReader(body))
		log.Reset()
		handler.ServeHTTP(rw, inner)
		n := refusedNotice{header: r.Header.Clone(), body: body}
		_ = json.Unmarshal(log.Bytes(), &n.log)
		notices <- n
	}))
	t.Cleanup(proxy.Close)
	price := tradepay.Amount{Currency: currencyOf(t, profile), Value: 12345}
	_, err = sender.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: price, Title: "Two coffees", NotifyURL: proxy.URL + notifyPath,
		Order: tradepay.OrderDetails{
			Buyer: tradepay.Buyer{ID: "2188000000000001"},
			Goods: []tradepay.Goods{{ID: "sku-1", Name: "Coffee", UnitAmount: price, Quantity: 1}},
		},
		RedirectURL: "https://shop.example/thanks", ExpiresAt: time.Now().Add(10 * time.Minute).Truncate(time.Second),
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay("order-1"))
	return receiver, <-notices
}

// TestDoctorBehindProxies: for every wallet, a proxy that changes the path is
// found for certain where this client sent the notify URL, and is never taken
// for a change of the body where it did not.
func TestDoctorBehindProxies(t *testing.T) {
	t.Parallel()
	eachPaying(t, func(t *testing.T, profile wire.Profile) {
		for _, tt := range []struct {
			name, notifyPath, inner string
			want                    doctor.Cause
			separate                bool // another process has sent the notify URL
			also                    doctor.Cause
		}{
			{"prefix taken away", "/shop/notify", "/notify", doctor.CausePathRewritten, false, ""},
			{"prefix taken away, query kept", "/shop/notify?token=sesame",
				"/notify?token=sesame", doctor.CausePathRewritten, false, ""},
			{"prefix put before", "/notify", "/internal/notify", doctor.CausePathRewritten, false, ""},
			{"prefix put before, by another process's order", "/notify",
				"/internal/notify", doctor.CausePathRewritten, true, ""},
			{"another path altogether", "/pay/hook", "/inbox", doctor.CausePathRewritten, false, ""},
			{"slash added at the end", "/shop/notify", "/shop/notify/", doctor.CauseTrailingSlash, false, ""},
			{"slash taken from the end", "/shop/notify/", "/shop/notify", doctor.CauseTrailingSlash, true, ""},
			{"prefix and slash taken away", "/shop/notify/", "/notify", doctor.CausePathRewritten, false, ""},
			{"prefix taken away, by another process's order", "/shop/notify", "/notify", doctor.CauseContent, true,
				doctor.CausePathRewritten},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				client, got := noticeBehind(t, profile, tt.notifyPath, tt.inner, tt.separate)
				require.Equal(t, string(tt.want), got.log.Cause, "the log")
				require.Contains(t, got.log.Remedy, "Config.NotifyPath", "the log")
				d := client.DiagnoseNotification(http.MethodPost, tt.inner, got.header, got.body)
				require.Equal(t, tt.want, d.Findings[0].Cause, d)
				require.True(t, d.Findings[0].Certain, d)
				require.Contains(t, d.Findings[0].Advice(), "Config.NotifyPath")
				require.NotContains(t, d.String(), "sesame")
				for i, f := range d.Findings {
					require.NotEqual(t, doctor.CauseBodyOrder, f.Cause, d)
					require.False(t, i > 0 && f.Certain && !d.Findings[i-1].Certain, "certain before likely: %s", d)
				}
				if tt.also != "" {
					require.Equal(t, tt.also, d.Findings[1].Cause, d)
					require.False(t, d.Findings[1].Certain)
				}
			})
		}
	})
}
