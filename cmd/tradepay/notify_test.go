package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// shop is a merchant with the settings of u.
type shop struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*tradepay.Notification
	fail error
}

func startShop(t *testing.T, u *user, wrap func(http.Handler) http.Handler) *shop {
	t.Helper()
	cfg, err := tradepayenv.ReadFrom(func(name string) string { return u.env[name] })
	require.NoError(t, err)
	client, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	s := new(shop)
	handler := client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, n)
		return s.fail
	})
	if wrap != nil {
		handler = wrap(handler)
	}
	s.Server = httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func (s *shop) notifications() []*tradepay.Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func TestNotifyAsEveryWallet(t *testing.T) {
	t.Parallel()
	for _, w := range append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2()) {
		if w.Path(wire.OpPay) == "" {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			u, _ := startSandbox(t, "-wallet", w.Name)
			s := startShop(t, u, nil)
			for status, want := range map[string]tradepay.PaymentStatus{"SUCCESS": tradepay.StatusSuccess,
				"FAIL": tradepay.StatusFailed} {
				got := u.run("notify", "-notify-url", s.URL+"/notify?shop=1", "-id", "order-1", "-amount", "12",
					"-currency", "USD", "-status", status)
				require.Equal(t, exitOK, got.code, got.out+got.stderr)
				require.Contains(t, got.out, "The merchant acknowledged it with a signed S that verifies.")
				require.Contains(t, got.stderr, "paymentRequestId order-1\n")
				all := s.notifications()
				n := all[len(all)-1]
				require.Equal(t, want, n.Status)
				require.NoError(t, n.Check("order-1", tradepay.Amount{Currency: "USD", Value: 1200}))
			}
			got := u.run("notify", "-notify-url", s.URL+"/notify", "-tamper")
			require.Equal(t, exitOK, got.code, got.out)
			require.Contains(t, got.out, "The merchant rejected it with 401, as it must")
			require.Len(t, s.notifications(), 2)
		})
	}
}

// TestNotifyTampersWithAnyID: what calls a merchant gullible did change the
// message.
func TestNotifyTampersWithAnyID(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	s := startShop(t, u, nil)
	for _, id := range []string{"order~", `order"1`, `a\b`, "é", "~"} {
		got := u.run("notify", "-notify-url", s.URL+"/notify", "-id", id, "-tamper")
		require.Equal(t, exitOK, got.code, id+": "+got.out)
		require.Empty(t, s.notifications(), id)
	}
}

func TestNotifyFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	pair := newPair(t)
	answer := func(status int, body string) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			})
		}
	}
	for _, test := range []struct {
		name string
		wrap func(http.Handler) http.Handler
		fail error
		args []string
		code int
		says []string
	}{
		{"not stored", nil, errors.New("disk full"), nil, exitFailed,
			[]string{"the merchant did not store it: result U"}},
		{"a page", answer(200, "<h1>Hello</h1>"), nil, nil, exitNotVerified,
			[]string{"the acknowledgement does not verify", "missing_header"}},
		{"not found", answer(404, ""), nil, nil, exitFailed, []string{"HTTP status 404"}},
		{"a redirect", func(http.Handler) http.Handler { return http.RedirectHandler("/elsewhere", http.StatusFound) },
			nil, nil, exitFailed, []string{"HTTP status 302"}},
		{"another wallet key", nil, nil, []string{"-sign-with", pair + "-private.pem"}, exitFailed,
			[]string{"HTTP status 401", "Does the merchant have this key as the wallet's"}},
		{"another merchant key", nil, nil, []string{"-merchant-key", pair + "-public.pem"}, exitNotVerified,
			[]string{"key_pair"}},
		{"another client", nil, nil, []string{"-client-id", "X"}, exitFailed, []string{"HTTP status 401"}},
		{"a proxy that changes the path",
			func(next http.Handler) http.Handler { return http.StripPrefix("/shop", rewritten(next)) }, nil, nil,
			exitFailed, []string{"HTTP status 401"}},
		{"who believes anybody", answer(200, `{}`), nil, []string{"-tamper"}, exitFailed,
			[]string{"should reject it with 401"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startShop(t, u, test.wrap)
			s.fail = test.fail
			args := append([]string{"notify", "-notify-url", s.URL + "/shop/notify"}, test.args...)
			got := u.run(args...)
			require.Equal(t, test.code, got.code, got.out+got.stderr)
			for _, says := range test.says {
				require.Contains(t, got.out, says)
			}
			machine := u.run(append(args, "-json")...)
			require.Equal(t, test.code, machine.code)
			require.Contains(t, machine.out, `"good": false`)
		})
	}
}

// rewritten takes the request line from the rewritten path, as some proxies do.
func rewritten(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.URL.RequestURI()
		next.ServeHTTP(w, r)
	})
}

// TestNotifyWithAnOwnKey: a merchant on the internet is given a key that nobody
// else has.
func TestNotifyWithAnOwnKey(t *testing.T) {
	t.Parallel()
	sandbox, _ := startSandbox(t)
	pair := newPair(t)
	u := sandbox.with(map[string]string{tradepayenv.WalletKeysFile: "7=" + pair + "-public.pem"})
	s := startShop(t, u, nil)
	got := u.run("notify", "-notify-url", s.URL, "-sign-with", pair+"-private.pem", "-sign-version", "7")
	require.Equal(t, exitOK, got.code, got.out)
	got = sandbox.run("notify", "-notify-url", s.URL)
	require.Equal(t, exitFailed, got.code, "the published key is not believed there")
}

func TestNotifyRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "name the merchant's URL in -notify-url or TRADEPAY_NOTIFY_URL"},
		{[]string{"-notify-url", "https://gateway.vodapay.vodacom.co.za/notify"}, exitUsage,
			"is the gateway of VodaPay: notifications go to a merchant"},
		{[]string{"-notify-url", "https://GATEWAY.vodapay.vodacom.co.za:8443/"}, exitUsage,
			"is the gateway of VodaPay"},
		{[]string{"-notify-url", "http://shop.example/notify"}, exitUsage, "http is for loopback only"},
		{[]string{"-notify-url", "shop.example"}, exitUsage, "-notify-url: must be an absolute http or https URL"},
		{[]string{"-notify-url", "http://127.0.0.1:1/"}, exitFailed, "no answer from the merchant"},
		{[]string{"-notify-url", "http://127.0.0.1:1/", "-status", "PAID"}, exitUsage,
			"-status PAID: wallets notify SUCCESS or FAIL"},
		{[]string{"-notify-url", "http://127.0.0.1:1/", "-amount", "0"}, exitUsage, "must be positive"},
		{[]string{"-notify-url", "http://127.0.0.1:1/", "-sign-with", "nowhere"}, exitUsage,
			"-sign-with (nowhere): there is no such file"},
	} {
		got := newUser(t, nil).run(append([]string{"notify"}, test.args...)...)
		require.Equal(t, test.code, got.code, "%q %s", test.args, got.stderr)
		require.Contains(t, got.stderr, test.says)
	}
}
