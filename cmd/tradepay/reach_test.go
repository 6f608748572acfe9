package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// ready returns the first line of a sandbox.
func (l *lines) ready() map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[0]
}

// TestSandboxReachableFromNetwork: keys of its own, TLS, and a token for the control API.
func TestSandboxReachableFromNetwork(t *testing.T) {
	t.Parallel()
	u, seen := startSandbox(t, "-address", "0.0.0.0:0", "-reachable-from-network", "-tls", "-wallet", "VodaPay")
	ready := seen.ready()
	require.Contains(t, u.env[tradepayenv.PrivateKeyFile], "sandbox-made-merchant-private.pem")
	ca, err := os.ReadFile(ready["caFile"].(string))
	require.NoError(t, err)
	token, err := os.ReadFile(ready["controlTokenFile"].(string))
	require.NoError(t, err)
	info, err := os.Stat(ready["controlTokenFile"].(string))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	rules, err := os.ReadFile(filepath.Join(filepath.Dir(ready["caFile"].(string)), ".gitignore"))
	require.NoError(t, err)
	require.Contains(t, string(rules), "/"+controlTokenFile+"\n")

	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	base := ready["controlUrl"].(string)
	require.Contains(t, base, "https://localhost:")
	for authorization, want := range map[string]int{
		"": http.StatusUnauthorized, "Bearer " + strings.TrimSpace(string(token)): http.StatusOK,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/merchant", nil)
		require.NoError(t, err)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, res.StatusCode)
	}

	// A client of the SDK, which wants https there and no published key, works with it.
	cfg, err := tradepayenv.ReadFrom(func(name string) string { return u.env[name] })
	require.NoError(t, err)
	cfg.HTTPClient = client
	sdk, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	order, err := sdk.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Title: "Tea", Amount: tradepay.Amount{Currency: "ZAR", Value: 100},
	})
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusProcessing, order.Status)
}

// TestSandboxKnowsTheMerchant: the flags of the merchant, the prefix, the retries and the
// way of notifications hold together, by the variables alone.
func TestSandboxKnowsTheMerchant(t *testing.T) {
	t.Parallel()
	attempts := make(chan string, 10)
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		attempts <- r.Host + r.RequestURI + " " + r.Header.Get("Client-Id")
		rw.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(shop.Close)
	u, seen := startSandbox(t, "-wallet", "platform-v1", "-client-id", "MINE", "-app-id", "APP", "-partner-id",
		"PARTNER", "-key-version", "3", "-prefix", "/gateway", "-notify-attempts", "2", "-notify-pause", "1ms",
		"-pay-after", "0s", "-notify-to", "shop.example="+shop.URL+"/behind")
	require.Equal(t, "MINE", u.env[tradepayenv.ClientID])
	require.Equal(t, "APP", u.env[tradepayenv.AppID])
	require.Equal(t, "PARTNER", u.env[tradepayenv.PartnerID])
	require.Equal(t, "3", u.env[tradepayenv.KeyVersion])
	require.True(t, strings.HasSuffix(u.env[tradepayenv.BaseURL], "/gateway"))
	got := u.run("order", "create", "-id", "order-1", "-amount", "10.50", "-currency", "USD", "-title", "Tea",
		"-notify-url", "https://shop.example/notify")
	require.Equal(t, exitOK, got.code, got.stderr)
	for range 2 {
		require.Equal(t, "shop.example/behind/notify MINE", <-attempts)
	}
	require.Eventually(t, func() bool { return seen.has("Notification not acknowledged") }, 2*time.Minute,
		time.Millisecond)
}

// TestSandboxEventsAreWhole: with -json, an event has all that an observer sees.
func TestSandboxEventsAreWhole(t *testing.T) {
	t.Parallel()
	u, seen := startSandbox(t)
	require.Equal(t, exitOK, u.run("order", "create", "-id", "order-1", "-amount", "10.50", "-currency", "USD").code)
	require.Eventually(t, func() bool { return seen.has("Payment URL returned, signed") }, 2*time.Minute,
		time.Millisecond)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for _, line := range seen.all {
		if line["name"] != "Payment URL returned, signed" {
			continue
		}
		require.Equal(t, "step", line["event"])
		require.Contains(t, line, "tookMs")
		data, err := json.Marshal(line["message"])
		require.NoError(t, err)
		var message tradepaytest.Message
		require.NoError(t, json.Unmarshal(data, &message))
		require.Equal(t, http.StatusOK, message.Status)
		require.True(t, message.Verified)
		require.NotEmpty(t, message.SignedContent)
	}
}
