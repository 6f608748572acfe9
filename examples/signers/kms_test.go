package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

const concurrent = 3

// shop is a merchant whose key is at the key service.
type shop struct {
	*tradepay.Client
	signer *kmsSigner
	wallet *tradepaytest.Wallet
}

func newShop(t *testing.T, before func(context.Context) string) *shop {
	t.Helper()
	service, err := startKeyService(t.Context())
	require.NoError(t, err)
	service.before = before
	signer, err := newKMSSigner(t.Context(), service.client(), keyID, concurrent)
	require.NoError(t, err)
	wallet := tradepaytest.NewWallet(tradepaytest.WithMerchantKey(signer.public))
	t.Cleanup(func() {
		wallet.Close()
		assert.NoError(t, service.Close())
	})
	config := wallet.Config()
	config.PrivateKey = signer
	client, err := tradepay.NewClient(config)
	require.NoError(t, err)
	return &shop{client, signer, wallet}
}

func (s *shop) create(ctx context.Context, id string) error {
	_, err := s.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	return err
}

// requireNotSent checks the error of a call that the key service did not sign.
func (s *shop) requireNotSent(t *testing.T, err error, cause string) {
	t.Helper()
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
	require.Equal(t, cause, failed.Cause)
	require.NotContains(t, err.Error(), "planted")
	require.Empty(t, s.wallet.Payments())
}

// TestAServiceThatHangs: the caller leaves, and so does the request at the service.
func TestAServiceThatHangs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	s := newShop(t, func(request context.Context) string {
		cancel() // the caller leaves once the service works
		<-request.Done()
		close(ended)
		return "KMSInternalException"
	})
	err := s.create(ctx, "order-1")
	s.requireNotSent(t, err, "canceled")
	require.ErrorIs(t, err, context.Canceled)
	<-ended
}

// TestAServiceThatRefuses: the error of the AWS client is in the call's.
func TestAServiceThatRefuses(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(context.Context) string { return "KMSInvalidStateException" })
	err := s.create(t.Context(), "order-1")
	s.requireNotSent(t, err, "signing")
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	var state *types.KMSInvalidStateException
	require.ErrorAs(t, err, &state)
}

// TestSignaturesAtOnce: never more than the caller has set, and whoever waits leaves with its context.
func TestSignaturesAtOnce(t *testing.T) {
	t.Parallel()
	var (
		mu            sync.Mutex
		running, most int
	)
	full, open := make(chan struct{}), make(chan struct{})
	s := newShop(t, func(context.Context) string {
		mu.Lock()
		running++
		if running == concurrent && most < concurrent {
			close(full)
		}
		most = max(most, running)
		mu.Unlock()
		<-open
		mu.Lock()
		defer mu.Unlock()
		running--
		return ""
	})
	var calls sync.WaitGroup
	for n := range 4 * concurrent {
		calls.Go(func() { assert.NoError(t, s.create(t.Context(), "order-"+string(rune('A'+n)))) })
	}
	<-full
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.signer.SignContext(ctx, nil, make([]byte, crypto.SHA256.Size()), crypto.SHA256)
	require.ErrorIs(t, err, context.Canceled)
	close(open)
	calls.Wait()
	require.Equal(t, concurrent, most)
	require.Len(t, s.wallet.Payments(), 4*concurrent)
}

// TestWhatTheSignerRefuses: KMS would sign another hash as if it were SHA-256.
func TestWhatTheSignerRefuses(t *testing.T) {
	t.Parallel()
	s := new(kmsSigner)
	for _, opts := range []crypto.SignerOpts{crypto.SHA512, &rsa.PSSOptions{Hash: crypto.SHA256}} {
		_, err := s.Sign(nil, make([]byte, opts.HashFunc().Size()), opts)
		require.ErrorContains(t, err, "RSASSA-PKCS1-v1_5")
	}
	service, err := startKeyService(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, service.Close()) }()
	_, err = newKMSSigner(t.Context(), service.client(), "alias/other", 1)
	var missing *types.NotFoundException
	require.ErrorAs(t, err, &missing)
}
