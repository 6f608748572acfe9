package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/settings"
)

func TestFlagsWinOverVariables(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		settings.Wallet: "GCash", settings.ClientID: "from-env", settings.WalletKeysFile: "1=a,2=b", settings.PrivateKey: "secret",
	}
	c := &cli{getenv: func(name string) string { return env[name] }}
	fs := c.newFlags("x").withSettings()
	require.NoError(t, fs.parse([]string{"-wallet", "VodaPay", "-wallet-key-file", "c.pem", "-private-key-file", "d.pem", "-app-id", ""}))
	require.Equal(t, "VodaPay", fs.getenv(settings.Wallet))
	require.Equal(t, "from-env", fs.getenv(settings.ClientID))
	require.Empty(t, fs.getenv(settings.WalletKeysFile), "another way to give the same")
	require.Equal(t, "c.pem", fs.getenv(settings.WalletKeyFile))
	require.Empty(t, fs.getenv(settings.PrivateKey))
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
			`-wallet: no wallet is called "vdapay"; did you mean VodaPay?`, "-private-key-file (nowhere.pem): there is no such file",
		}},
		{"by variable", map[string]string{settings.Wallet: "vdapay"}, nil, []string{`TRADEPAY_WALLET: no wallet is called "vdapay"`}},
		{"by neither", map[string]string{settings.Wallet: "VodaPay"}, nil, []string{"TRADEPAY_CLIENT_ID or -client-id: is not set", "TRADEPAY_PRIVATE_KEY: is not set"}},
	} {
		got := newUser(t, test.env).run(append([]string{"order", "query", "-id", "1"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, test.name)
		for _, says := range test.says {
			require.Contains(t, got.stderr, says, test.name)
		}
	}
}
