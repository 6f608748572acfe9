package tradepaytest

import (
	"crypto/rsa"
	"embed"
	"sync"

	"github.com/tradepay/tradepay-go"
)

// keyFiles are published TEST keys, never for production.
//
//go:embed keys/*.pem
var keyFiles embed.FS

// testKeys are the parsed keys, of all wallets.
type testKeys struct {
	merchant, stranger *rsa.PrivateKey
	wallet             map[string]*rsa.PrivateKey // by keyVersion
}

var loadKeys = sync.OnceValue(func() *testKeys {
	return &testKeys{
		merchant: mustKey("merchant"),
		stranger: mustKey("stranger"),
		wallet:   map[string]*rsa.PrivateKey{"1": mustKey("wallet-1"), "2": mustKey("wallet-2")},
	}
})

func mustKey(name string) *rsa.PrivateKey {
	data, err := keyFiles.ReadFile("keys/" + name + ".pem")
	if err != nil {
		panic("tradepaytest: " + err.Error())
	}
	key, err := tradepay.ParsePrivateKey(data)
	if err != nil {
		panic("tradepaytest: " + err.Error())
	}
	return key
}

// public returns the wallet's public keys, for the merchant's configuration.
func (k *testKeys) public() map[string]*rsa.PublicKey {
	keys := make(map[string]*rsa.PublicKey, len(k.wallet))
	for version, key := range k.wallet {
		keys[version] = &key.PublicKey
	}
	return keys
}
