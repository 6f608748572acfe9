package tradepayenv_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

func TestMisspelt(t *testing.T) {
	t.Parallel()
	all := []string{
		"PATH=/bin", "TRADEPAY=", "TRADEPAY_RACE=0", "TRADEPAY_CHROMIUM=x", "TRADEPAY_AXE=x", "TRADEPAY_MERMAID=x",
		"TRADEPAY_ARTIFACTS=x",
		"TRADEPAY_MIN_GO=1", "TRADEPAY_TEST_SERVICES=yes", "WALLET=x",
	}
	for _, v := range tradepayenv.Variables() {
		all = append(all, v.Name+"=x")
	}
	require.NoError(t, tradepayenv.Misspelt(all))
	for name, want := range map[string]string{
		"TRADEPAY_NOTFY_URL": tradepayenv.NotifyURL, "TRADEPAY_NOTIFYURL": tradepayenv.NotifyURL,
		"tradepay_notify_url": tradepayenv.NotifyURL, "TRADEPAY_KEYVERSION": tradepayenv.KeyVersion,
		"TRADPAY_WALLET": tradepayenv.Wallet, "TRADEPAY_WALLET_KEY_FILES": tradepayenv.WalletKeyFile,
	} {
		err := tradepayenv.Misspelt(append(all, name+"=secret"))
		require.ErrorIs(t, err, tradepay.ErrInvalidConfig, name)
		require.EqualError(t, err, name+": is not known; did you mean "+want+"?")
	}
}

// TestVariables: the table has every variable.
func TestVariables(t *testing.T) {
	t.Parallel()
	source := read(t, "variable.go")
	seen := make(map[string]bool)
	for _, v := range tradepayenv.Variables() {
		require.Contains(t, source, `"`+v.Name+`"`)
		require.NotEmpty(t, v.Usage)
		require.False(t, seen[v.Name])
		seen[v.Name] = true
	}
	require.Len(t, seen, strings.Count(source, `= "TRADEPAY_`))
}
