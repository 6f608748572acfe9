//go:build cgo

package hsm_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThalesGroup/crypto11"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

const sessions = 4

// open logs in to the token that the environment names.
func open(t *testing.T) *crypto11.Context {
	t.Helper()
	module := os.Getenv("TRADEPAY_TEST_PKCS11_MODULE")
	if module == "" {
		t.Skip("TRADEPAY_TEST_PKCS11_MODULE names no token; script/softhsm makes one")
	}
	token, err := crypto11.Configure(&crypto11.Config{
		Path: module, TokenLabel: os.Getenv("TRADEPAY_TEST_PKCS11_TOKEN"), Pin: os.Getenv("TRADEPAY_TEST_PKCS11_PIN"),
		MaxSessions: sessions, PoolWaitTimeout: time.Minute,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, token.Close()) })
	return token
}

// key is a key pair that the token made, and keeps for this test.
type key struct {
	crypto11.SignerDecrypter
	public *rsa.PublicKey
}

func generate(t *testing.T, token *crypto11.Context) key {
	t.Helper()
	id := make([]byte, 8)
	_, _ = rand.Read(id)
	pair, err := token.GenerateRSAKeyPairWithLabel(id, []byte("tradepay test "+t.Name()), 2048)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, pair.Delete()) })
	public, ok := pair.Public().(*rsa.PublicKey)
	require.True(t, ok)
	return key{pair, public}
}

// shop is a merchant whose key is in the token.
type shop struct {
	*tradepay.Client
	notified atomic.Int64
	notify   string // the notify URL
}

func newShop(t *testing.T, wallet *tradepaytest.Wallet, signer crypto.Signer) *shop {
	t.Helper()
	config := wallet.Config()
	config.PrivateKey = signer
	client, err := tradepay.NewClient(config)
	require.NoError(t, err)
	s := &shop{Client: client}
	server := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		s.notified.Add(1)
		return n.CheckPaid(n.PaymentRequestID, price)
	}))
	t.Cleanup(server.Close)
	s.notify = server.URL + "/notify"
	return s
}

var price = tradepay.Amount{Currency: "USD", Value: 1050}

// sell takes an order to its end: created, paid, notified and acknowledged, and given back.
func (s *shop) sell(t *testing.T, wallet *tradepaytest.Wallet, id string) {
	t.Helper()
	ctx := t.Context()
	before := s.notified.Load()
	order, err := s.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: price, Title: "Two coffees", NotifyURL: s.notify,
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay(order.PaymentURL))
	require.NoError(t, wallet.WaitNotified(ctx, order.PaymentID), "the wallet verified the acknowledgement")
	require.Equal(t, before+1, s.notified.Load())
	paid, err := s.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: id})
	require.NoError(t, err)
	require.NoError(t, paid.CheckPaid(id, price))
	refund, err := s.Refund(ctx, &tradepay.RefundRequest{
		RefundRequestID: "refund-" + id, PaymentID: paid.PaymentID, Amount: price, Reason: "cold",
	})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, refund.Status)
}

// TestPayment is whole payments in both dialects, across the rotation of the wallet's key.
func TestPayment(t *testing.T) { // the library is one for the process
	token := open(t)
	pair := generate(t, token)
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		t.Run(profile.Name, func(t *testing.T) {
			wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithMerchantKey(pair.public))
			defer wallet.Close()
			shop := newShop(t, wallet, pair)
			shop.sell(t, wallet, "order-1")
			wallet.RotateKeys()
			shop.sell(t, wallet, "order-2")
		})
	}
}

// TestRotationOfTheMerchantsKey: the console gets the public half of a second key in the token, and the
// running client takes it.
func TestRotationOfTheMerchantsKey(t *testing.T) { // the library is one for the process
	token := open(t)
	first, second := generate(t, token), generate(t, token)
	wallet := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(first.public))
	shop := newShop(t, wallet, first)
	shop.sell(t, wallet, "order-1")
	address := strings.TrimPrefix(wallet.URL(), "http://")
	keys := wallet.Config().WalletKeys

	require.NoError(t, shop.SetKeys(second, "2", keys))
	shop.requireUnknownKey(t)
	wallet.Close()

	wallet = tradepaytest.NewWallet(tradepaytest.WithAddress(address), tradepaytest.WithMerchantKey(second.public),
		tradepaytest.WithMerchant(tradepaytest.Merchant{KeyVersion: "2"}))
	defer wallet.Close()
	shop.sell(t, wallet, "order-2")
	require.NoError(t, shop.SetKeys(first, "1", keys))
	shop.requireUnknownKey(t)
}

// requireUnknownKey checks that the wallet does not know the key that signs now.
func (s *shop) requireUnknownKey(t *testing.T) {
	t.Helper()
	_, err := s.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-0", Amount: price, Title: "Two coffees",
	})
	require.ErrorIs(t, err, tradepay.ErrUnauthorized)
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "KEY_NOT_FOUND", failed.Result.Code)
}

// TestMoreCallsThanSessions: they wait for one another.
func TestMoreCallsThanSessions(t *testing.T) { // the library is one for the process
	token := open(t)
	pair := generate(t, token)
	wallet := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(pair.public))
	defer wallet.Close()
	shop := newShop(t, wallet, pair)
	var running sync.WaitGroup
	for n := range 8 * sessions {
		running.Go(func() {
			id := "order-" + string(rune('A'+n))
			order, err := shop.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
				PaymentRequestID: id, Amount: price, Title: "Two coffees",
			})
			if assert.NoError(t, err) {
				assert.Equal(t, tradepay.StatusProcessing, order.Status)
			}
		})
	}
	running.Wait()
	require.Len(t, wallet.Payments(), 8*sessions)
}

// TestSignatureIsThatOfTheScheme: the token pads as Go does, and keeps the key.
func TestSignatureIsThatOfTheScheme(t *testing.T) { // the library is one for the process
	token := open(t)
	pair := generate(t, token)
	digest := sha256.Sum256([]byte("message"))
	first, err := pair.Sign(rand.Reader, digest[:], crypto.SHA256)
	require.NoError(t, err)
	again, err := pair.Sign(rand.Reader, digest[:], crypto.SHA256)
	require.NoError(t, err)
	require.Equal(t, first, again, "PKCS #1 v1.5 is deterministic")
	require.NoError(t, rsa.VerifyPKCS1v15(pair.public, crypto.SHA256, digest[:], first))

	sensitive, err := token.GetAttribute(pair.SignerDecrypter, crypto11.CkaSensitive)
	require.NoError(t, err)
	require.Equal(t, []byte{1}, sensitive.Value)
	secret, err := token.GetAttribute(pair.SignerDecrypter, crypto11.CkaPrivateExponent)
	require.True(t, err != nil || secret == nil || len(secret.Value) == 0, "the token hands out the key")
}

// TestATokenThatIsGone: nothing is sent, and the error says so.
func TestATokenThatIsGone(t *testing.T) { // the library is one for the process
	token := open(t)
	pair, err := token.GenerateRSAKeyPairWithLabel([]byte("gone"), []byte("tradepay test gone"), 2048)
	require.NoError(t, err)
	public, ok := pair.Public().(*rsa.PublicKey)
	require.True(t, ok)
	wallet := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(public))
	defer wallet.Close()
	shop := newShop(t, wallet, pair)
	require.NoError(t, pair.Delete())
	_, err = shop.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: price, Title: "Two coffees", NotifyURL: shop.notify,
	})
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
	require.Equal(t, "signing", failed.Cause)
	require.Empty(t, wallet.Payments())
}
