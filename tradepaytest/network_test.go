package tradepaytest_test

import (
	"crypto/rsa"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

const controlToken = "0123456789abcdef"

// TestNetwork: reachable from elsewhere, the wallet has keys that nobody else has, and
// only who has the token controls it.
func TestNetwork(t *testing.T) {
	t.Parallel()
	published := newWallet(t).Config()
	w := newWallet(t, tradepaytest.WithAddress("0.0.0.0:0"), tradepaytest.WithNetwork(controlToken),
		tradepaytest.WithPublicURL("https://localhost:8700"), tradepaytest.WithTLS())
	cfg := w.Config()
	require.Equal(t, "https://localhost:8700", cfg.BaseURL)
	require.False(t, published.PrivateKey.(*rsa.PrivateKey).Equal(cfg.PrivateKey))
	for version, key := range cfg.WalletKeys {
		require.False(t, published.WalletKeys[version].Equal(key))
	}
	everywhere := newWallet(t, tradepaytest.WithAddress("0.0.0.0:0"), tradepaytest.WithNetwork(controlToken))
	require.Contains(t, everywhere.URL(), "http://localhost:", "its address is none that a client could use")
}

func TestNetworkToken(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNetwork(controlToken)) // on loopback all the same
	api := control(t, w)
	require.Equal(t, "ok", api.ok("GET", "/health", "")["status"], "whether it works is no secret")
	for _, token := range []string{"", "x", controlToken + "x", controlToken[:15]} {
		api.token = token
		status, answer := api.do("GET", "/merchant", "", nil)
		require.Equal(t, http.StatusUnauthorized, status, answer)
	}
	api.token = controlToken
	api.ok("GET", "/merchant", "")
	status, _ := api.do("GET", "/merchant", "", func(r *http.Request) { r.Host = "wallet:8700" })
	require.Equal(t, http.StatusOK, status, "by whatever name")
	status, _ = api.do("GET", "/merchant", "", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
	require.Equal(t, http.StatusForbidden, status, "but no page")

	c := newClient(t, w)
	s := newShop(t, c, nil)
	create(t, c, "order-1", s.url)
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
	w.RotateKeys()
	require.NoError(t, w.Notify("order-1"), "with the other key that was made")
}

func TestNetworkRejects(t *testing.T) {
	t.Parallel()
	published := newWallet(t).Config().WalletKeys["1"]
	for name, test := range map[string]struct {
		opts []tradepaytest.Option
		says string
	}{
		"an address": {[]tradepaytest.Option{tradepaytest.WithAddress("0.0.0.0:0")}, "not on loopback"},
		"a public URL": {[]tradepaytest.Option{tradepaytest.WithPublicURL("https://wallet.example")},
			"not on loopback"},
		"no token":        {[]tradepaytest.Option{tradepaytest.WithNetwork("")}, "at least 16"},
		"a short token":   {[]tradepaytest.Option{tradepaytest.WithNetwork("short")}, "at least 16"},
		"no URL":          {[]tradepaytest.Option{tradepaytest.WithPublicURL("wallet.example")}, "http or https"},
		"a URL with path": {[]tradepaytest.Option{tradepaytest.WithPublicURL("http://localhost/api")}, "alone"},
		"a published key": {[]tradepaytest.Option{tradepaytest.WithNetwork(controlToken),
			tradepaytest.WithMerchantKey(published)}, "published"},
	} {
		_, err := tradepaytest.StartWallet(test.opts...)
		require.ErrorContains(t, err, test.says, name)
	}
}

// TestPublicURL: payment URLs and the merchant's configuration have it.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	public := "http://localhost" + address[strings.LastIndex(address, ":"):]
	w := newWallet(t, tradepaytest.WithAddress(address), tradepaytest.WithPublicURL(public))
	require.Equal(t, public, w.URL())
	o := create(t, newClient(t, w), "order-1", "")
	require.Contains(t, o.PaymentURL, public+"/cashier/")
	require.NoError(t, w.Pay(o.PaymentURL))
}
