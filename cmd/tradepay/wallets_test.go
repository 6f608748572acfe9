package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/walletfacts"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wallets"
)

// TestWallets: each is listed by a word that the settings take, and shown with what it needs.
func TestWallets(t *testing.T) {
	t.Parallel()
	u := newUser(t, nil)
	list := u.run("wallets")
	require.Equal(t, exitOK, list.code)
	for _, w := range allWallets() {
		word := walletWord(w.Name)
		require.Contains(t, list.out, word+" ")
		cfg, err := tradepayenv.ReadPart(onlyWallet(word))
		require.NoError(t, err)
		require.Equal(t, w.Name, cfg.Wallet.Name)
		got := u.run("wallets", word)
		require.Equal(t, exitOK, got.code, got.stderr)
		require.Contains(t, got.out, w.Name+"\n")
		for _, variable := range needs(w) {
			require.Contains(t, got.out, variable)
		}
		for _, f := range w.Evidence {
			require.Contains(t, got.out, f.Source)
			require.GreaterOrEqual(t, unsure(f), 0, "%s has no place among the words", f.Known)
		}
	}
	vodapay := u.run("wallets", "VodaPay", "-json")
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(vodapay.out), &one))
	require.Equal(t, true, one["refusesRepeats"])
	require.Equal(t, false, one["testedLive"])
	require.Equal(t, "/v2/payments/pay", one["operations"].(map[string]any)["pay"])
	evidence := one["evidence"].([]any)
	require.Equal(t, "one client", evidence[0].(map[string]any)["known"], "the least sure first")
	var all []any
	require.NoError(t, json.Unmarshal([]byte(u.run("wallets", "-json").out), &all))
	require.Len(t, all, len(wallets.All())+2)
	got := u.run("wallets", "vdapay")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, `tradepay wallets: WALLET: no wallet is called "vdapay"; did you mean VodaPay?`)
	got = u.run("wallets", "-name", "vdapay")
	require.Contains(t, got.stderr, `-name: no wallet is called "vdapay"; did you mean VodaPay?`)
}

// TestWalletsInSpanish: each fact with the words of its page.
func TestWalletsInSpanish(t *testing.T) {
	t.Parallel()
	u := newUser(t, nil)
	require.Contains(t, u.run("wallets", "toka", "-lang", "es").out, "necesita")
	for _, w := range allWallets() {
		got := u.run("wallets", walletWord(w.Name), "-lang", "es")
		for _, f := range w.Evidence {
			if spanish := walletfacts.Facts()[f.Says]; spanish != "" && spanish != f.Says {
				require.Contains(t, got.out, printable(spanish), w.Name)
				require.NotContains(t, got.out, "\n      "+printable(f.Says)+"\n", w.Name)
			}
		}
	}
}
