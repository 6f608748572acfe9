package tradepayenv_test

import (
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// keyDir holds published TEST keys, not those of the test wallet, which no real gateway is given.
const keyDir = "../testdata/vectors/keys/"

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
		tradepayenv.Wallet: "vodapay", tradepayenv.BaseURL: "sandbox", tradepayenv.ClientID: "client-1\n",
		tradepayenv.PrivateKeyFile: keyDir + "merchant.private.pkcs8.pem", tradepayenv.WalletKey: public(t, "wallet"),
	}
}

func getenv(m map[string]string) func(string) string {
	return func(name string) string { return m[name] }
}

func TestReadFrom(t *testing.T) {
	t.Parallel()
	cfg, err := tradepayenv.ReadFrom(getenv(complete(t)))
	require.NoError(t, err)
	require.Equal(t, "VodaPay", cfg.Wallet.Name)
	require.Equal(t, "https://vodapay-gateway.sandbox.vfs.africa", cfg.BaseURL, "by the name of the environment")
	require.Equal(t, "client-1", cfg.ClientID)
	require.Len(t, cfg.WalletKeys, 1)
	require.NotNil(t, cfg.WalletKeys["1"])

	env := complete(t)
	block, _ := pem.Decode([]byte(public(t, "wallet-v2")))
	env[tradepayenv.Wallet], env[tradepayenv.BaseURL], env[tradepayenv.AppID] = "platform-v2", "http://127.0.0.1:8700",
		"3333"
	env[tradepayenv.PrivateKey], env[tradepayenv.PrivateKeyFile] = strings.ReplaceAll(read(t,
		keyDir+"merchant.private.pkcs8.pem"), "\n", `\n`), ""
	env[tradepayenv.WalletKey] = ""
	env[tradepayenv.WalletKeys] = "1=" + public(t, "wallet") + ", 2=" + base64.StdEncoding.EncodeToString(block.Bytes)
	cfg, err = tradepayenv.ReadFrom(getenv(env))
	require.NoError(t, err)
	require.Len(t, cfg.WalletKeys, 2)

	dir := t.TempDir()
	for _, name := range []string{"wallet", "wallet-v2"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(public(t, name)), 0o600))
	}
	env[tradepayenv.WalletKeys] = ""
	env[tradepayenv.WalletKeysFile] = "1=" + filepath.Join(dir, "wallet")
	env[tradepayenv.WalletKeyFile], env[tradepayenv.WalletKeyVersion] = filepath.Join(dir, "wallet-v2"), "2"
	cfg, err = tradepayenv.ReadFrom(getenv(env))
	require.NoError(t, err)
	require.Len(t, cfg.WalletKeys, 2)
}

func TestReadFromSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change map[string]string
		kind   error
		says   []string
	}{
		{"nothing but the wallet", map[string]string{tradepayenv.BaseURL: "", tradepayenv.ClientID: "",
			tradepayenv.PrivateKeyFile: "", tradepayenv.WalletKey: ""}, tradepay.ErrInvalidConfig, []string{
			"TRADEPAY_BASE_URL: is not set; name one that VodaPay publishes: production " +
				"(https://gateway.vodapay.vodacom.co.za) or sandbox (https://",
			"TRADEPAY_CLIENT_ID: is not set",
			"TRADEPAY_PRIVATE_KEY: is not set; name the file of your private key in TRADEPAY_PRIVATE_KEY_FILE",
			"TRADEPAY_WALLET_KEY: is not set",
		}},
		{"an environment with a slip", map[string]string{tradepayenv.BaseURL: "sandbx"}, tradepay.ErrInvalidConfig,
			[]string{
				`TRADEPAY_BASE_URL: must be an absolute URL; give it like "https://gateway.example.com", ` +
					`or name one that VodaPay publishes: production (`,
			}},
		{"no wallet", map[string]string{tradepayenv.Wallet: ""}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_WALLET: is not set; name one of: platform-v1, platform-v2, ", "VodaPay"}},
		{"a wallet by half its name", map[string]string{tradepayenv.Wallet: "gcsh"}, tradepay.ErrInvalidConfig,
			[]string{`TRADEPAY_WALLET: no wallet is called "gcsh"; did you mean GCash?`}},
		{"an unknown wallet", map[string]string{tradepayenv.Wallet: "zzzzzzzz\n"}, tradepay.ErrInvalidConfig,
			[]string{`"zzzzzzzz"; known are `}},
		{"what the wallet demands", map[string]string{tradepayenv.Wallet: "platform v1"}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_PARTNER_ID: is not set", "TRADEPAY_SITE_NAME: is not set; Platform v1 demands it"}},
		{"an app id", map[string]string{tradepayenv.Wallet: "GCash"}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_APP_ID: is not set"}},
		{"a merchant id", map[string]string{tradepayenv.Wallet: "Claro", tradepayenv.AppID: "1"},
			tradepay.ErrInvalidConfig, []string{"TRADEPAY_MERCHANT_ID: is not set"}},
		{"an agent token", map[string]string{tradepayenv.Wallet: "Mandiri", tradepayenv.AppID: "1",
			tradepayenv.SiteName: "S", tradepayenv.PartnerID: "P"}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_AGENT_TOKEN: is not set"}},
		{"plain http", map[string]string{tradepayenv.BaseURL: "http://shop.example"}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_BASE_URL: must be https"}},
		{"own key as the wallet's", map[string]string{tradepayenv.WalletKey: public(t, "merchant")},
			tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_WALLET_KEY: the key of keyVersion 1 is the public half of your own private key; load " +
				"the wallet's own"}},
		{"two private keys", map[string]string{tradepayenv.PrivateKey: read(t, keyDir+"merchant.private.pkcs8.pem")},
			tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_PRIVATE_KEY: is set together with TRADEPAY_PRIVATE_KEY_FILE"}},
		{"a file where a key belongs", map[string]string{tradepayenv.PrivateKeyFile: "",
			tradepayenv.PrivateKey: keyDir + "merchant.private.pkcs8.pem"}, tradepay.ErrInvalidKey,
			[]string{"TRADEPAY_PRIVATE_KEY: holds the name of a file; name it in TRADEPAY_PRIVATE_KEY_FILE instead"}},
		{"another", map[string]string{tradepayenv.WalletKey: keyDir + "wallet.private.pkcs8.pem"},
			tradepay.ErrInvalidKey,
			[]string{"TRADEPAY_WALLET_KEY: holds the name of a file; name it in TRADEPAY_WALLET_KEY_FILE instead"}},
		{"no file", map[string]string{tradepayenv.PrivateKeyFile: "nowhere.pem"}, os.ErrNotExist,
			[]string{"TRADEPAY_PRIVATE_KEY_FILE (nowhere.pem): there is no such file"}},
		{"a directory", map[string]string{tradepayenv.PrivateKeyFile: "."}, tradepay.ErrInvalidKey,
			[]string{"is a directory"}},
		{"the keys the wrong way round",
			map[string]string{tradepayenv.WalletKey: read(t, keyDir+"merchant.private.pkcs8.pem")},
			tradepay.ErrInvalidKey, []string{"TRADEPAY_WALLET_KEY: "}},
		{"no version", map[string]string{tradepayenv.WalletKeys: "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA=="},
			tradepay.ErrInvalidConfig, []string{"TRADEPAY_WALLET_KEYS: has an entry without its keyVersion"}},
		{"a version twice", map[string]string{tradepayenv.WalletKeys: "1=" + public(t, "wallet-v2")},
			tradepay.ErrInvalidConfig, []string{`TRADEPAY_WALLET_KEYS: has keyVersion "1" twice`}},
		{"a bad version", map[string]string{tradepayenv.KeyVersion: "a,b"}, tradepay.ErrInvalidConfig,
			[]string{"TRADEPAY_KEY_VERSION: must be letters"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := complete(t)
			for name, value := range test.change {
				env[name] = value
			}
			_, err := tradepayenv.ReadFrom(getenv(env))
			require.ErrorIs(t, err, test.kind)
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "MII", "nothing of a key")
			var variable *tradepayenv.Error
			require.ErrorAs(t, err, &variable)
		})
	}
}

func TestNotifyURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "https://shop.example/notify?a=b", "http://127.0.0.1:8080/notify"} {
		got, err := tradepayenv.ReadNotifyURL(getenv(map[string]string{tradepayenv.NotifyURL: good}))
		require.NoError(t, err)
		require.Equal(t, good, got)
	}
	for _, bad := range []string{"shop.example/notify", "ftp://shop.example", "https://u:p@shop.example",
		"https://shop.example/#x", "https:///notify"} {
		_, err := tradepayenv.ReadNotifyURL(getenv(map[string]string{tradepayenv.NotifyURL: bad}))
		require.ErrorIs(t, err, tradepay.ErrInvalidConfig, bad)
		require.ErrorContains(t, err, "TRADEPAY_NOTIFY_URL")
	}
}

// TestRead reads the environment of the process, so it is not parallel.
func TestRead(t *testing.T) {
	_, err := tradepayenv.Read()
	require.ErrorIs(t, err, tradepay.ErrInvalidConfig, "the tests run without TRADEPAY_* variables")
	for name, value := range complete(t) {
		t.Setenv(name, value)
	}
	cfg, err := tradepayenv.Read()
	require.NoError(t, err)
	require.Equal(t, "client-1", cfg.ClientID)
}

// TestReadPart: a tool gets what is set, and each thing that is wrong with it.
func TestReadPart(t *testing.T) {
	t.Parallel()
	cfg, err := tradepayenv.ReadPart(getenv(map[string]string{tradepayenv.Wallet: "GCash",
		tradepayenv.ClientID: " \n"}))
	require.NoError(t, err)
	require.Equal(t, "GCash", cfg.Wallet.Name)
	require.Empty(t, cfg.ClientID, "white space is no value")
	err = tradepayenv.Require(cfg, tradepayenv.Wallet, tradepayenv.ClientID, tradepayenv.WalletKey)
	require.EqualError(t, err, "TRADEPAY_CLIENT_ID: is not set; take it from the wallet's console\n"+
		"TRADEPAY_WALLET_KEY: is not set; name the file of the wallet's public key, from its console, in "+
		"TRADEPAY_WALLET_KEY_FILE")

	_, err = tradepayenv.ReadPart(getenv(map[string]string{
		tradepayenv.Wallet: "gcsh", tradepayenv.PrivateKeyFile: "nowhere", tradepayenv.WalletKey: "hello, world",
	}))
	for _, says := range []string{"TRADEPAY_WALLET: ", "TRADEPAY_PRIVATE_KEY_FILE (nowhere): ",
		"TRADEPAY_WALLET_KEY: "} {
		require.ErrorContains(t, err, says, "all at once")
	}
}
