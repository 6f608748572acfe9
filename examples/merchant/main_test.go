package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/examples/merchant/stage"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// asProgram makes this test binary the program itself, and its children, too.
const asProgram = "MERCHANT_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is a run of it, with these variables beside the usual ones.
func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), append([]string{asProgram + "=1", "DATABASE_URL=", "SHOP_PASSWORD="}, env...)...)
	return cmd
}

// TestAuto runs a whole payment for wallets whose currencies have two, three
// and no decimals.
func TestAuto(t *testing.T) {
	t.Parallel()
	for wallet, want := range map[string]string{
		"VodaPay": "refunded 63.00 ZAR", "SuperQi": "refunded 4585.000 IQD", "Be SuperApp": "refunded 3290 CLP",
		"platform-v1": "refunded 3.50 USD",
	} {
		t.Run(wallet, func(t *testing.T) {
			t.Parallel()
			out, err := program(t, nil, "-auto", "-wallet", wallet).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), want)
			require.Contains(t, string(out), "All of it is right.")
		})
	}
}

// TestAutoAgain: a database that is there already has the orders of earlier
// runs, and each run pays an order of its own.
func TestAutoAgain(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "shop.db")
	for range 2 {
		out, err := program(t, []string{"DATABASE_URL=" + db}, "-auto").CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// TestMistakes: what cannot work ends at once, with a text that says why.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env, args []string
		want      string
	}{
		"unknown wallet": {nil, []string{"-auto", "-wallet", "VodaPai"},
			`-wallet: no wallet is called "VodaPai"; did you mean VodaPay?`},
		"open to all": {nil, []string{"-addr", "0.0.0.0:0"}, "for this machine only"},
		"port alone":  {nil, []string{"-addr", "8081"}, "-addr 8081: is not host:port, such as 127.0.0.1:8080"},
		"host alone": {variables(testConfig(t)), []string{"-addr", "localhost"},
			"-addr localhost: is not host:port"},
		"language":      {nil, []string{"-lang", "fr"}, "the pages speak en and es"},
		"argument":      {nil, []string{"auto"}, "flags only"},
		"currency":      {nil, []string{"-auto", "-currency", "dollars"}, "ISO 4217"},
		"database":      {nil, []string{"-auto", "-db", "/nowhere/at/all.db"}, "does not exist"},
		"half a wallet": {[]string{"TRADEPAY_WALLET=VodaPay"}, nil, "TRADEPAY_CLIENT_ID: is not set"},
		"misspelt": {[]string{"TRADEPAY_NOTFY_URL=https://shop.example/notify"}, []string{"-auto"},
			"did you mean TRADEPAY_NOTIFY_URL?"},
		"auto for real":    {[]string{"TRADEPAY_WALLET=VodaPay"}, []string{"-auto"}, "needs the test wallet"},
		"without password": {variables(testConfig(t)), []string{"-addr", "0.0.0.0:0"}, "SHOP_PASSWORD is not set"},
		"short password": {append(variables(testConfig(t)), "SHOP_PASSWORD=contraseña1"),
			[]string{"-addr", "0.0.0.0:0"}, "SHOP_PASSWORD is shorter than 12 characters"},
		"real and short": {append(variables(testConfig(t)), "TRADEPAY_BASE_URL=https://gateway.example",
			"SHOP_PASSWORD=elevenchars"), []string{"-addr", "127.0.0.1:0"},
			"SHOP_PASSWORD is shorter than 12 characters"},
		"known and short": {append(variables(testConfig(t)), "TRADEPAY_NOTIFY_URL=https://shop.example/notify",
			"SHOP_PASSWORD=elevenchars"), []string{"-addr", "127.0.0.1:0"},
			"SHOP_PASSWORD is shorter than 12 characters"},
		"test wallet for all": {append(variables(testConfig(t)), "SHOP_PASSWORD=a long password"),
			[]string{"-addr", "0.0.0.0:0"}, "let anybody forge payments; listen on 127.0.0.1"},
		"test key for all": {append(variables(testConfig(t)), "TRADEPAY_BASE_URL=https://gateway.example",
			"SHOP_PASSWORD=a long password"), []string{"-addr", "0.0.0.0:0"},
			"the wallet's key is that of the test wallet"},
		"test key behind a proxy": {append(variables(testConfig(t)), "SHOP_PROXIES=127.0.0.1",
			"SHOP_PASSWORD=a long password"), []string{"-addr", "127.0.0.1:0"},
			"the wallet's key is that of the test wallet"},
		"test key and a public notify URL": {append(variables(testConfig(t)),
			"TRADEPAY_NOTIFY_URL=https://shop.example/notify", "SHOP_PASSWORD=a long password"),
			[]string{"-addr", "127.0.0.1:0"}, "the wallet's key is that of the test wallet"},
		"test key and a wallet elsewhere": {append(variables(testConfig(t)),
			"TRADEPAY_BASE_URL=https://gateway.example", "TRADEPAY_NOTIFY_URL=http://127.0.0.1:1/notify",
			"SHOP_PASSWORD=a long password"),
			[]string{"-addr", "127.0.0.1:0"}, "the wallet's key is that of the test wallet"},
		"proxies": {append(variables(testConfig(t)), "SHOP_PROXIES=10.0.0.0/8, nginx"),
			[]string{"-addr", "127.0.0.1:0"}, `SHOP_PROXIES: "nginx" is no address`},
		"notify URL": {append(variables(testConfig(t)), "TRADEPAY_NOTIFY_URL=shop/notify"),
			[]string{"-addr", "127.0.0.1:0"}, "must be an absolute http or https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := program(t, c.env, c.args...).CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "%s", out)
			require.Equal(t, 1, exit.ExitCode())
			require.Contains(t, string(out), c.want)
		})
	}
}

// TestHelpKeepsThePassword: -help, and a flag that is misspelt, print all flags
// with their defaults; the database's password is not among them. What -auto
// prints is no page, and -lang says that it is of pages.
func TestHelpKeepsThePassword(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-help", "-dbase"} {
		out, _ := program(t, []string{"DATABASE_URL=postgres://shop:not-to-be-seen@db.internal/shop"},
			flag).CombinedOutput()
		require.Contains(t, string(out), "default $DATABASE_URL", flag)
		require.NotContains(t, string(out), "not-to-be-seen", flag)
		require.Contains(t, string(out), "language of the pages", flag)
	}
}

// TestTestKeys: the test wallet's keys are recognised, each of them.
func TestTestKeys(t *testing.T) {
	t.Parallel()
	keys := testConfig(t).WalletKeys
	require.Len(t, keys, len(testKeys))
	for version, key := range keys {
		require.True(t, hasTestKey(map[string]*rsa.PublicKey{version: key}), version)
	}
	require.False(t, hasTestKey(nil))
}

func testConfig(t *testing.T) tradepay.Config {
	t.Helper()
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	return wallet.Config()
}

// TestVariables: the child reads back what the test wallet said.
func TestVariables(t *testing.T) {
	t.Parallel()
	want := testConfig(t)
	env := make(map[string]string)
	for _, v := range variables(want) {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	got, err := tradepayenv.ReadFrom(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, want.Wallet.Name, got.Wallet.Name)
	require.Equal(t, want.PrivateKey, got.PrivateKey)
	require.Equal(t, want.WalletKeys, got.WalletKeys)
	require.Equal(t, []string{want.BaseURL, want.ClientID, want.AppID, want.PartnerID, want.MerchantID, want.SiteName,
		want.AgentToken, want.KeyVersion},
		[]string{got.BaseURL, got.ClientID, got.AppID, got.PartnerID, got.MerchantID, got.SiteName,
			got.AgentToken, got.KeyVersion})
}

// TestDemonstration: it prints one URL and no password that it was given, speaks
// the language it was told, and SIGTERM ends all of it with 0.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	lines, end := started(t, program(t, []string{"SHOP_PASSWORD=not to be seen"}, "-addr",
		"127.0.0.1:0", "-lang", "es"))
	var out strings.Builder
	for lines.Scan() {
		out.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "The shopkeeper's password is ") {
			break
		}
	}
	found := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindAllString(out.String(), -1)
	require.Len(t, found, 1, out.String())
	require.NotContains(t, out.String(), "not to be seen")
	status, page := get(t, found[0])
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, `<html lang="es"`)
	end()
}

// started starts a run, and returns its output and what ends it, which is to
// go well and returns the logs.
func started(t *testing.T, cmd *exec.Cmd) (lines *bufio.Scanner, end func() (logs string)) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var logs bytes.Buffer
	cmd.Stderr = &logs
	require.NoError(t, cmd.Start())
	return bufio.NewScanner(stdout), func() string {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		_, err := io.Copy(io.Discard, stdout)
		require.NoError(t, err)
		require.NoError(t, cmd.Wait(), logs.String()) // it waits for the shop as well, which has the same stderr
		return logs.String()
	}
}

// TestAlone: who has variables left from something else, and sees no phone, is
// told why.
func TestAlone(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	lines, end := started(t, program(t, append(variables(config), "SHOP_PASSWORD=x"), "-addr", "127.0.0.1:0",
		"-db", filepath.Join(t.TempDir(), "shop.db")))
	require.True(t, lines.Scan())
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, lines.Text())
	require.Contains(t, end(), "TRADEPAY_* is set: the shop alone, for "+config.Wallet.Name+" at "+config.BaseURL+
		". Unset it for the page with the phone.\n")
}

// TestNotifyPath: the wallet signs the path of the notify URL as it is written
// there, percent-encoded, whatever a proxy makes of it.
func TestNotifyPath(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet(tradepaytest.WithNotifyBackoff(20*time.Millisecond, 8))
	defer wallet.Close()
	const public = "/caf%C3%A9/a%2Fb/notify"
	proxy := httptest.NewUnstartedServer(nil) // started when the shop has its address
	defer proxy.Close()
	var logs lockedBuffer
	o := options{lang: "en", db: filepath.Join(t.TempDir(), "shop.db")}
	env := append(variables(wallet.Config()), asProgram+"=1",
		"SHOP_PASSWORD=x", tradepayenv.NotifyURL+"=http://"+proxy.Listener.Addr().String()+public)
	p, stop := newMerchantProcess(t.Context(), o, env, &logs)
	defer stop()
	require.NoError(t, p.Start(), logs.String())
	base, err := url.Parse(p.URL())
	require.NoError(t, err)
	proxy.Config.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if r.In.URL.EscapedPath() == public {
			r.Out.URL.Path, r.Out.URL.RawPath = "/notify", ""
		}
		r.SetURL(base)
	}}
	proxy.Start()

	d, err := newDriver(io.Discard, wallet, p.URL(), "x")
	require.NoError(t, err)
	bought, err := d.buy(t.Context())
	require.NoError(t, err, logs.String())
	require.NoError(t, wallet.Pay(bought.TradePay.PaymentURL))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, wallet.WaitNotified(ctx, bought.ID), logs.String())
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

// TestKilledMerchant kills the shop, with SIGKILL, while the wallet works on
// its pay. The phone's next try, at the same address, finds the same order, and
// it is paid once and fulfilled.
func TestKilledMerchant(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	var logs lockedBuffer
	o := options{lang: "en", db: filepath.Join(t.TempDir(), "shop.db")}
	p, stop := newMerchantProcess(t.Context(), o,
		append(variables(wallet.Config()), asProgram+"=1", "SHOP_PASSWORD=x"), &logs)
	defer stop()
	require.False(t, p.Running())
	require.NoError(t, p.Kill(), "what does not run is not killed")
	require.NoError(t, p.Start(), logs.String())
	require.NoError(t, p.Start(), "it runs already")
	require.True(t, p.Running())
	base := p.URL()

	d, err := newDriver(io.Discard, wallet, base, "x")
	require.NoError(t, err)
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Op: wire.OpPay, Delay: 20 * time.Second})
	lost := make(chan error, 1)
	go func() {
		_, err := d.buy(context.WithoutCancel(t.Context()))
		lost <- err
	}()
	require.Eventually(t, func() bool { return len(wallet.Payments()) == 1 }, 2*time.Minute, 10*time.Millisecond)
	require.NoError(t, p.Kill())
	require.False(t, p.Running())
	require.Error(t, <-lost)
	wallet.Heal()
	require.NoError(t, p.Restart(), logs.String())
	require.Equal(t, base, p.URL())

	again, err := d.buy(t.Context())
	require.NoError(t, err, logs.String())
	payments := wallet.Payments()
	require.Len(t, payments, 1, "one tap, one payment")
	require.Equal(t, payments[0].PaymentRequestID, again.ID)
	require.NoError(t, p.Kill())
	require.NoError(t, wallet.Pay(again.TradePay.PaymentURL), "while nobody can be notified")
	require.NoError(t, p.Start(), logs.String())
	done, err := d.until(t.Context(), again.ID, "fulfilled")
	require.NoError(t, err, logs.String())
	require.NoError(t, d.refund(t.Context(), again.ID, tradepay.Amount{Currency: done.Amount.Currency, Value: 1}))

	stop()
	require.False(t, p.Running())
	require.Error(t, p.Start(), "after the end")
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:0": true, "[::1]:80": true, "http://127.0.0.1:1/x": true,
		"http://[::1]/": true, "http://localhost": true,
		"0.0.0.0:80": false, ":8080": false, "https://gateway.example": false, "10.0.0.1:1": false,
		"[::]:80": false, "": false,
	} {
		require.Equal(t, want, stage.IsLoopback(text), text)
	}
}
