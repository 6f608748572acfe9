package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

func TestFlagsWinOverVariables(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		tradepayenv.Wallet: "GCash", tradepayenv.ClientID: "from-env", tradepayenv.WalletKeysFile: "1=a,2=b",
		tradepayenv.PrivateKey: "secret",
	}
	c := &cli{getenv: func(name string) string { return env[name] }}
	fs := c.newFlags("verify")
	require.NoError(t, fs.parse([]string{"-wallet", "VodaPay", "-wallet-key-file", "c.pem", "-private-key-file",
		"d.pem", "-app-id", ""}))
	require.Equal(t, "VodaPay", fs.getenv(tradepayenv.Wallet))
	require.Equal(t, "from-env", fs.getenv(tradepayenv.ClientID))
	require.Empty(t, fs.getenv(tradepayenv.WalletKeysFile), "another way to give the same")
	require.Equal(t, "c.pem", fs.getenv(tradepayenv.WalletKeyFile))
	require.Empty(t, fs.getenv(tradepayenv.PrivateKey))
	require.Equal(t, " -app-id '' -private-key-file d.pem -wallet VodaPay -wallet-key-file c.pem", fs.again())
}

func TestErrorsNameTheFlag(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		says []string
	}{
		{"by flag", nil, []string{"-wallet", "vdapay", "-private-key-file", "nowhere.pem"}, []string{
			`-wallet: no wallet is called "vdapay"; did you mean VodaPay?`, "-private-key-file (nowhere.pem): there " +
				"is no such file",
		}},
		{"by variable", map[string]string{tradepayenv.Wallet: "vdapay"}, nil,
			[]string{`TRADEPAY_WALLET: no wallet is called "vdapay"`}},
		{"by neither", map[string]string{tradepayenv.Wallet: "VodaPay"}, nil,
			[]string{"TRADEPAY_CLIENT_ID or -client-id: is not set", "TRADEPAY_PRIVATE_KEY: is not set"}},
	} {
		got := newUser(t, test.env).run(append([]string{"order", "query", "-id", "1"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, test.name)
		for _, says := range test.says {
			require.Contains(t, got.stderr, says, test.name)
		}
	}
}
