package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestMiniProgram: the pages of examples/miniprogram run in Node, on a phone whose my is
// that of the test wallet, against this shop as a process of its own. Each file of tests
// has a wallet and a shop to itself.
func TestMiniProgram(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; run this with script/miniprogram")
	}
	const all, agreed = ".", "^allowed, charged at once, and ended$"
	for _, c := range []struct{ file, wallet, only string }{
		{"result-codes", "VodaPay", all}, {"network", "VodaPay", all}, {"leaving", "platform-v1", all},
		{"my-pay", "Toka", all}, {"language", "SuperQi", all}, {"agreement", "platform-v2", all},
		// Each of these prepares an agreement in its own way.
		{"agreement", "SuperQi", agreed}, {"agreement", "Rebell v1", agreed}, {"agreement", "Touch 'n Go", agreed},
		{"agreement", "Be SuperApp", agreed},
	} {
		t.Run(c.file+" "+c.wallet, func(t *testing.T) {
			t.Parallel()
			shopURL, walletURL := startShop(t, c.wallet)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
			defer cancel()
			tests := exec.CommandContext(ctx, node, "--test", "--test-reporter=tap",
				"--test-name-pattern="+c.only, filepath.Join("test", c.file+".test.mjs"))
			tests.Dir = "../miniprogram"
			tests.Env = append(os.Environ(), "SHOP_URL="+shopURL, "WALLET_URL="+walletURL)
			out, err := tests.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Regexp(t, `(?m)^# pass [1-9]`, string(out), "no test has run")
		})
	}
}

// startShop starts a wallet and the shop that it pays, until the test ends.
func startShop(t *testing.T, name string) (shopURL, walletURL string) {
	t.Helper()
	wallet, err := startWallet(name, func(tradepaytest.Event) {})
	require.NoError(t, err)
	t.Cleanup(wallet.Close)
	o := options{db: filepath.Join(t.TempDir(), "shop.db"), lang: "en", log: slog.LevelError}
	shop, stop := newMerchantProcess(t.Context(), o,
		append(variables(wallet.Config()), asProgram+"=1", "SHOP_PASSWORD="+shopPassword,
			"SHOP_REFERENCE_CLIENT_ID=2188120000000001"), os.Stderr)
	t.Cleanup(stop)
	require.NoError(t, shop.Start())
	return shop.URL(), wallet.URL()
}
