package doctor_test

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
)

// noon is when the messages of these tests were made.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// planted is what no output may hold.
const planted = "open-sesame-to-all"

var readKeys sync.Map // *rsa.PrivateKey by name: thousands of messages need them

func vectorKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	if key, ok := readKeys.Load(name); ok {
		return key.(*rsa.PrivateKey)
	}
	key := vectortest.Key(t, name)
	readKeys.Store(name, key)
	return key
}

func bothWalletKeys(t testing.TB) map[string]*rsa.PublicKey {
	t.Helper()
	return map[string]*rsa.PublicKey{
		"1": &vectorKey(t, "wallet").PublicKey, "2": &vectorKey(t, "wallet-v2").PublicKey,
	}
}

// forger is a key that nobody knows.
var forger = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// vectorClient is the merchant of the vectors, at their time.
func vectorClient(
	t testing.TB, clientID string, walletKeys map[string]*rsa.PublicKey, change ...func(*tradepay.Config),
) *tradepay.Client {
	t.Helper()
	config := configtest.With(tradepay.Config{
		Wallet: wallets.PlatformV2(), BaseURL: "http://127.0.0.1:1", ClientID: clientID, AppID: "2026011500000002",
		PrivateKey: vectorKey(t, "merchant"), WalletKeys: walletKeys, Now: func() time.Time { return noon },
	}, change...)
	client, err := tradepay.NewClient(config)
	require.NoError(t, err)
	return client
}
