package tradepaytest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/tradepay/tradepay-go/internal/loopback"
)

// leastControlToken is the least length of a token for the control API.
const leastControlToken = 16

// WithNetwork lets the wallet be reached from other machines: [WithAddress] and
// [WithPublicURL] need not be on loopback. Whoever reaches it can create and pay orders.
// Its keys are then not the published ones, but made at the start, and the control API
// wants controlToken, of at least 16 characters, as "Authorization: Bearer …".
func WithNetwork(controlToken string) Option {
	return func(w *Wallet) {
		w.network, w.shortToken = true, len(controlToken) < leastControlToken
		w.control = sha256.Sum256([]byte(controlToken))
	}
}

// WithPublicURL sets how the merchant reaches the wallet, where that is not its address,
// or localhost if it listens on all addresses: scheme, host and port. Payment URLs begin
// with it.
func WithPublicURL(text string) Option { return func(w *Wallet) { w.publicURL = text } }

// reachable returns an address at which this machine reaches a listener.
func reachable(listener net.Addr) string {
	if tcp, ok := listener.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return listener.String()
}

// checkNetwork says what is wrong with how the wallet is to be reached.
func (w *Wallet) checkNetwork() error {
	if w.shortToken {
		return fmt.Errorf("the token of the control API must have at least %d characters", leastControlToken)
	}
	if w.publicURL == "" {
		return nil
	}
	u, err := url.Parse(w.publicURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("the public URL must be http or https with a host, such as https://wallet.example")
	case u.Path != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the public URL must have scheme, host and port alone, such as https://wallet.example")
	case !loopback.Host(u.Hostname()) && !w.network:
		return errors.New("the public URL is not on loopback, and the keys of the test wallet are published")
	}
	return nil
}

// chooseKeys makes keys where others could use the published ones.
func (w *Wallet) chooseKeys() error {
	if w.network {
		made := &testKeys{stranger: w.keys.stranger, wallet: make(map[string]*rsa.PrivateKey)}
		for version := range w.keys.wallet {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				return err
			}
			made.wallet[version] = key
		}
		if w.merchantKey == nil {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				return err
			}
			made.merchant = key
		} else if isPublished(w.merchantKey) {
			return errors.New("the merchant's key is a published one: make one of your own")
		}
		w.keys = made
	}
	if w.merchantKey != nil {
		keys := *w.keys
		keys.merchant = &rsa.PrivateKey{PublicKey: *w.merchantKey} // the wallet only verifies with it
		w.keys, w.foreign = &keys, true
	}
	return nil
}

// isPublished reports whether everybody has the private half of a key.
func isPublished(key *rsa.PublicKey) bool {
	published := loadKeys()
	for _, private := range published.wallet {
		if private.PublicKey.Equal(key) {
			return true
		}
	}
	return published.merchant.PublicKey.Equal(key) || published.stranger.PublicKey.Equal(key)
}
