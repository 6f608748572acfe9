package settings_test

import (
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/settings"
)

// keyDir holds published TEST keys, not those of the test wallet, which no real gateway is given.
const keyDir = "../../testdata/vectors/keys/"

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

// public is the public half of a test key as PEM.
func public(t *testing.T, name string) string {
	t.Helper()
	key, err := tradepay.ParsePrivateKey([]byte(read(t, keyDir+name+".private.pkcs8.pem")))
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix(t, &key.PublicKey)}))
}

// complete is a configuration that works.
func complete(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		settings.Wallet: "vodapay", settings.BaseURL: "sandbox", settings.ClientID: "client-1\n",
		settings.PrivateKeyFile: keyDir + "merchant.private.pkcs8.pem", settings.WalletKey: public(t, "wallet"),
	}
}

func getenv(m map[string]string) func(string) string {
	return func(name string) string { return m[name] }
}

func TestMisspelt(t *testing.T) {
	t.Parallel()
	all := []string{
		"PATH=/bin", "TRADEPAY=", "TRADEPAY_RACE=0", "TRADEPAY_CHROMIUM=x", "TRADEPAY_AXE=x", "TRADEPAY_ARTIFACTS=x", "TRADEPAY_MIN_GO=1",
		"TRADEPAY_TEST_SERVICES=yes", "TRADEPAY_TEST_FULL=1", "TRADEPAY_TEST_REPORT=x", "WALLET=x",
	}
	for _, v := range settings.Variables {
		all = append(all, v.Name+"=x")
	}
	require.NoError(t, settings.Misspelt(all))
	for name, want := range map[string]string{
		"TRADEPAY_NOTFY_URL": settings.NotifyURL, "TRADEPAY_NOTIFYURL": settings.NotifyURL, "tradepay_notify_url": settings.NotifyURL,
		"TRADEPAY_KEYVERSION": settings.KeyVersion, "TRADPAY_WALLET": settings.Wallet, "TRADEPAY_WALLET_KEY_FILES": settings.WalletKeyFile,
	} {
		err := settings.Misspelt(append(all, name+"=secret"))
		require.ErrorIs(t, err, tradepay.ErrInvalidConfig, name)
		require.EqualError(t, err, name+": is not known; did you mean "+want+"?")
	}
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	cfg, err := settings.FromEnv(getenv(complete(t)))
	require.NoError(t, err)
	require.Equal(t, "VodaPay", cfg.Wallet.Name)
	require.Equal(t, "https://vodapay-gateway.sandbox.vfs.africa", cfg.BaseURL, "by the name of the environment")
	require.Equal(t, "client-1", cfg.ClientID)
	require.Len(t, cfg.WalletKeys, 1)
	require.NotNil(t, cfg.WalletKeys["1"])

	env := complete(t)
	block, _ := pem.Decode([]byte(public(t, "wallet-v2")))
	env[settings.Wallet], env[settings.BaseURL], env[settings.AppID] = "platform-v2", "http://127.0.0.1:8700", "3333"
	env[settings.PrivateKey], env[settings.PrivateKeyFile] = strings.ReplaceAll(read(t, keyDir+"merchant.private.pkcs8.pem"), "\n", `\n`), ""
	env[settings.WalletKey] = ""
	env[settings.WalletKeys] = "1=" + public(t, "wallet") + ", 2=" + base64.StdEncoding.EncodeToString(block.Bytes)
	cfg, err = settings.FromEnv(getenv(env))
	require.NoError(t, err)
	require.Len(t, cfg.WalletKeys, 2)

	dir := t.TempDir()
	for _, name := range []string{"wallet", "wallet-v2"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(public(t, name)), 0o600))
	}
	env[settings.WalletKeys] = ""
	env[settings.WalletKeysFile] = "1=" + filepath.Join(dir, "wallet")
	env[settings.WalletKeyFile], env[settings.WalletKeyVersion] = filepath.Join(dir, "wallet-v2"), "2"
	cfg, err = settings.FromEnv(getenv(env))
	require.NoError(t, err)
	require.Len(t, cfg.WalletKeys, 2)
}

func TestFromEnvSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change map[string]string
		kind   error
		says   []string
	}{
		{"nothing but the wallet", map[string]string{settings.BaseURL: "", settings.ClientID: "", settings.PrivateKeyFile: "", settings.WalletKey: ""}, tradepay.ErrInvalidConfig, []string{
			"TRADEPAY_BASE_URL: is not set; name one that VodaPay publishes: production (https://gateway.vodapay.vodacom.co.za) or sandbox (https://",
			"TRADEPAY_CLIENT_ID: is not set", "TRADEPAY_PRIVATE_KEY: is not set; name the file of your private key in TRADEPAY_PRIVATE_KEY_FILE",
			"TRADEPAY_WALLET_KEY: is not set",
		}},
		{"an environment with a slip", map[string]string{settings.BaseURL: "sandbx"}, tradepay.ErrInvalidConfig, []string{
			`TRADEPAY_BASE_URL: must be an absolute URL; give it like "https://gateway.example.com", or name one that VodaPay publishes: production (`,
		}},
		{"no wallet", map[string]string{settings.Wallet: ""}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_WALLET: is not set; name one of: platform-v1, platform-v2, ", "VodaPay"}},
		{"a wallet by half its name", map[string]string{settings.Wallet: "gcsh"}, tradepay.ErrInvalidConfig, []string{`TRADEPAY_WALLET: no wallet is called "gcsh"; did you mean GCash?`}},
		{"an unknown wallet", map[string]string{settings.Wallet: "zzzzzzzz\n"}, tradepay.ErrInvalidConfig, []string{`"zzzzzzzz\n"; known are `}},
		{"what the wallet demands", map[string]string{settings.Wallet: "platform v1"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_PARTNER_ID: is not set", "TRADEPAY_SITE_NAME: is not set; Platform v1 demands it"}},
		{"an app id", map[string]string{settings.Wallet: "GCash"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_APP_ID: is not set"}},
		{"a merchant id", map[string]string{settings.Wallet: "Claro", settings.AppID: "1"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_MERCHANT_ID: is not set"}},
		{"an agent token", map[string]string{settings.Wallet: "Mandiri", settings.AppID: "1", settings.SiteName: "S", settings.PartnerID: "P"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_AGENT_TOKEN: is not set"}},
		{"plain http", map[string]string{settings.BaseURL: "http://shop.example"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_BASE_URL: must be https"}},
		{"own key as the wallet's", map[string]string{settings.WalletKey: public(t, "merchant")}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_WALLET_KEY: the key of keyVersion 1 is the public half of your own private key; load the wallet's own"}},
		{"two private keys", map[string]string{settings.PrivateKey: read(t, keyDir+"merchant.private.pkcs8.pem")}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_PRIVATE_KEY: is set beside TRADEPAY_PRIVATE_KEY_FILE"}},
		{"a file where a key belongs", map[string]string{settings.PrivateKeyFile: "", settings.PrivateKey: keyDir + "merchant.private.pkcs8.pem"}, tradepay.ErrInvalidKey, []string{"TRADEPAY_PRIVATE_KEY: holds the name of a file; name it in TRADEPAY_PRIVATE_KEY_FILE instead"}},
		{"another", map[string]string{settings.WalletKey: keyDir + "wallet.private.pkcs8.pem"}, tradepay.ErrInvalidKey, []string{"TRADEPAY_WALLET_KEY: holds the name of a file; name it in TRADEPAY_WALLET_KEY_FILE instead"}},
		{"no file", map[string]string{settings.PrivateKeyFile: "nowhere.pem"}, os.ErrNotExist, []string{"TRADEPAY_PRIVATE_KEY_FILE (nowhere.pem): there is no such file"}},
		{"a directory", map[string]string{settings.PrivateKeyFile: "."}, tradepay.ErrInvalidKey, []string{"is a directory"}},
		{"the keys the wrong way round", map[string]string{settings.WalletKey: read(t, keyDir+"merchant.private.pkcs8.pem")}, tradepay.ErrInvalidKey, []string{"TRADEPAY_WALLET_KEY: "}},
		{"no version", map[string]string{settings.WalletKeys: "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA=="}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_WALLET_KEYS: has an entry without its keyVersion"}},
		{"a version twice", map[string]string{settings.WalletKeys: "1=" + public(t, "wallet-v2")}, tradepay.ErrInvalidConfig, []string{`TRADEPAY_WALLET_KEYS: has keyVersion "1" twice`}},
		{"a bad version", map[string]string{settings.KeyVersion: "a,b"}, tradepay.ErrInvalidConfig, []string{"TRADEPAY_KEY_VERSION: must be letters"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := complete(t)
			for name, value := range test.change {
				env[name] = value
			}
			_, err := settings.FromEnv(getenv(env))
			require.ErrorIs(t, err, test.kind)
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "MII", "nothing of a key")
			var variable *settings.Error
			require.ErrorAs(t, err, &variable)
		})
	}
}

func TestNotifyURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "https://shop.example/notify?a=b", "http://127.0.0.1:8080/notify"} {
		got, err := settings.ReadNotifyURL(getenv(map[string]string{settings.NotifyURL: good}))
		require.NoError(t, err)
		require.Equal(t, good, got)
	}
	for _, bad := range []string{"shop.example/notify", "ftp://shop.example", "https://u:p@shop.example", "https://shop.example/#x", "https:///notify"} {
		_, err := settings.ReadNotifyURL(getenv(map[string]string{settings.NotifyURL: bad}))
		require.ErrorIs(t, err, tradepay.ErrInvalidConfig, bad)
		require.ErrorContains(t, err, "TRADEPAY_NOTIFY_URL")
	}
}

// TestVariables: the table knows every variable, in both languages.
func TestVariables(t *testing.T) {
	t.Parallel()
	source := read(t, "settings.go")
	seen := make(map[string]bool)
	for _, v := range settings.Variables {
		require.Contains(t, source, `"`+v.Name+`"`)
		require.NotEmpty(t, v.English)
		require.NotEmpty(t, v.Spanish)
		require.False(t, seen[v.Name])
		seen[v.Name] = true
	}
	require.Len(t, seen, strings.Count(source, `= "TRADEPAY_`))
}
