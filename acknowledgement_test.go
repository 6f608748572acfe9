package tradepay_test

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// countingSigner counts what it signs, and does what ill says first.
type countingSigner struct {
	crypto.Signer
	signed atomic.Int64
	ill    atomic.Pointer[func() error]
}

func (s *countingSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.signed.Add(1)
	if ill := s.ill.Load(); ill != nil {
		if err := (*ill)(); err != nil {
			return nil, err
		}
	}
	return s.Signer.Sign(random, digest, opts)
}

// acknowledging is a client that signs acknowledgements, with its clock.
type acknowledging struct {
	*tradepay.Client
	signer *countingSigner
	wallet wire.Profile
	mu     sync.Mutex
	at     time.Time
}

func newAcknowledging(t *testing.T, profile wire.Profile) *acknowledging {
	t.Helper()
	a := &acknowledging{
		signer: &countingSigner{Signer: vectortest.Key(t, "merchant")}, wallet: profile,
		at: time.Date(2026, 1, 15, 12, 0, 0, 123e6, time.UTC),
	}
	a.Client = vectorClient(t, profile.Dialect, "1001", bothWalletKeys(t), func(conf *tradepay.Config) {
		conf.Wallet, conf.PrivateKey, conf.Now = profile, a.signer, a.now
		conf.MerchantID, conf.PartnerID, conf.SiteName = "M1", "P1", "SITE"
	})
	a.signer.signed.Store(0) // NewClient tries the key
	return a
}

func (a *acknowledging) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}

func (a *acknowledging) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = a.at.Add(d)
}

// acknowledge returns the text of the signed headers, and checks the signature.
func (a *acknowledging) acknowledge(t *testing.T, uri string, stored error) string {
	t.Helper()
	ack, err := a.Acknowledge(uri, stored)
	require.NoError(t, err)
	header, err := wire.ParseSignatureHeader(ack.Header.Get("Signature"))
	require.NoError(t, err)
	m := wire.Message{
		Method: "POST", URI: uri, ClientID: "1001", Time: ack.Header.Get("Response-Time"), Body: ack.Body,
		Layout: a.wallet.Signing.Content, MerchantID: "M1", Answer: true,
	}
	require.NoError(t, m.Verify(&vectortest.Key(t, "merchant").PublicKey, header.Signature))
	at, ok := a.wallet.Signing.TimeFormat.Parse(m.Time)
	require.True(t, ok)
	require.True(t, at.Equal(a.now().Truncate(time.Second)), "%s is not in whole seconds", m.Time)
	return fmt.Sprint(ack.Header, string(ack.Body))
}

// TestAcknowledgementsAreSignedOnceASecond: but never across seconds, URIs, verdicts,
// keys and clients.
func TestAcknowledgementsAreSignedOnceASecond(t *testing.T) {
	t.Parallel()
	errStore := errors.New("the disk is full")
	a := newAcknowledging(t, wallets.PlatformV2())
	first := a.acknowledge(t, "/notify", nil)
	a.signer.signed.Store(0)
	for range 100 {
		require.Equal(t, first, a.acknowledge(t, "/notify", nil))
	}
	a.pass(876 * time.Millisecond) // the same second
	require.Equal(t, first, a.acknowledge(t, "/notify", nil))
	a.Client = a.ForSite("OTHER") // of the same client
	require.Equal(t, first, a.acknowledge(t, "/notify", nil))
	require.Zero(t, a.signer.signed.Load())

	signs := int64(0)
	once := func(what string, ack string) {
		signs++
		require.NotEqual(t, first, ack, what)
		require.Equal(t, signs, a.signer.signed.Load(), what)
	}
	once("another URI", a.acknowledge(t, "/notify?a=1", nil))
	once("another verdict", a.acknowledge(t, "/notify", errStore))
	a.pass(time.Millisecond)
	once("another second", a.acknowledge(t, "/notify", nil))
	a.pass(-time.Second)
	require.Equal(t, first, a.acknowledge(t, "/notify", nil), "the clock was set back: signed anew, and equal")
	signs++
	require.NoError(t, a.SetKeys(a.signer, "1", bothWalletKeys(t)))
	require.Equal(t, first, a.acknowledge(t, "/notify", nil))
	signs++
	require.Equal(t, signs, a.signer.signed.Load(), "SetKeys drops what was signed")

	other := newAcknowledging(t, wallets.PlatformV2())
	other.acknowledge(t, "/notify", nil)
	require.EqualValues(t, 1, other.signer.signed.Load(), "another client signs for itself")
}

// TestAcknowledgementsOfAllWallets: each verifies over the wallet's own content.
func TestAcknowledgementsOfAllWallets(t *testing.T) {
	t.Parallel()
	for _, profile := range wallets.All() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			a := newAcknowledging(t, profile)
			first := a.acknowledge(t, "/notify", nil)
			require.Equal(t, first, a.acknowledge(t, "/notify", nil))
			want, kept := int64(1), 1
			if profile.Signing.Content == wire.ContentDotted {
				want, kept = 2, 0
			}
			require.Equal(t, want, a.signer.signed.Load())
			require.Equal(t, kept, tradepay.KeptAcknowledgements(a.Client), "what cannot be used again is not kept")
		})
	}
}

// TestAcknowledgementsAreBounded: beyond the bound each is signed and none is kept.
func TestAcknowledgementsAreBounded(t *testing.T) {
	t.Parallel()
	a := newAcknowledging(t, wallets.PlatformV2())
	for range 2 {
		for i := range 70 {
			a.acknowledge(t, fmt.Sprintf("/notify/%d", i), nil)
		}
	}
	require.EqualValues(t, 64+2*6, a.signer.signed.Load())
}

// TestAcknowledgementWhoseSignerFails: the next one tries again, and nobody gets an
// answer that is not signed.
func TestAcknowledgementWhoseSignerFails(t *testing.T) {
	t.Parallel()
	a := newAcknowledging(t, wallets.PlatformV2())
	fails := func() error { return errors.New("the key service is down") }
	a.signer.ill.Store(&fails)
	_, err := a.Acknowledge("/notify", nil)
	require.ErrorIs(t, err, tradepay.ErrInvalidKey)
	panics := func() error { panic("the key service") }
	a.signer.ill.Store(&panics)
	for range 2 {
		require.Panics(t, func() { _, _ = a.Acknowledge("/notify", nil) })
	}
	a.signer.ill.Store(nil)
	a.acknowledge(t, "/notify", nil)
}

// TestAcknowledgementsAtOnce: those who come while one is signed wait for it.
func TestAcknowledgementsAtOnce(t *testing.T) {
	t.Parallel()
	a := newAcknowledging(t, wallets.PlatformV2())
	var running sync.WaitGroup
	signatures := make([]string, 100)
	for i := range signatures {
		running.Go(func() {
			if ack, err := a.Acknowledge("/notify", nil); err == nil {
				signatures[i] = ack.Header.Get("Signature")
			}
		})
	}
	running.Wait()
	for _, signature := range signatures {
		require.NotEmpty(t, signature)
		require.Equal(t, signatures[0], signature)
	}
	require.EqualValues(t, 1, a.signer.signed.Load())
}
