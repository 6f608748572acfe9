package tradepay

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/sigheader"
	"github.com/tradepay/tradepay-go/wire"
)

// keyring is one consistent set of keys. A client replaces it as a whole and never
// changes it.
type keyring struct {
	private    crypto.Signer
	keyVersion string
	wallet     map[string]*rsa.PublicKey
}

type keyrings = atomic.Pointer[keyring]

func newKeyring(private crypto.Signer, keyVersion string, wallet map[string]*rsa.PublicKey) (*keyring, error) {
	if keyVersion == "" {
		keyVersion = "1"
	}
	if err := rsakey.CheckSigner(private); err != nil {
		return nil, unusableKey("PrivateKey", err)
	}
	if !sigheader.Token(keyVersion) {
		return nil, invalidConfig("KeyVersion", "must be letters, digits, - _ or .",
			"take it from the wallet's console")
	}
	if len(wallet) == 0 {
		return nil, invalidConfig("WalletKeys", "is empty",
			`add the wallet's public key from its console under its keyVersion, such as "1"`)
	}
	ring := &keyring{private: private, keyVersion: keyVersion, wallet: maps.Clone(wallet)}
	for version, key := range ring.wallet {
		field := `WalletKeys["` + version + `"]`
		if !sigheader.Token(version) {
			return nil, invalidConfig("WalletKeys", "has a key version with other than letters, digits, - _ or .",
				"take it from the wallet's console")
		}
		if err := rsakey.Check(key); err != nil {
			return nil, unusableKey(field, err)
		}
		if key.Equal(private.Public()) {
			return nil, invalidConfig(field, "is the public half of your own private key",
				"load the wallet's own public key from its console; with yours, your own messages would pass as the "+
					"wallet's")
		}
		ring.wallet[version] = copyPublicKey(key)
	}
	return ring, nil
}

// published are the fingerprints of the test wallet's keys. Their private halves
// are in its source.
var published = map[string]bool{
	"349b7eb58acdaf53": true, "6c247437653e5a65": true, "61193c712f09cf33": true, "8af6090460d93886": true,
}

// rejectPublished returns an error if the keyring has a key of the test wallet, with
// which anybody can sign. Somebody may forget it in the configuration of a real
// gateway.
func (k *keyring) rejectPublished() error {
	const rule = "is a key of the test wallet, which everybody has"
	if own, ok := k.private.Public().(*rsa.PublicKey); ok && published[doctor.Fingerprint(own)] {
		return invalidConfig("PrivateKey", rule, "make one of your own")
	}
	for version, key := range k.wallet {
		if published[doctor.Fingerprint(key)] {
			return invalidConfig(`WalletKeys["`+version+`"]`, rule,
				"take it out; only a test wallet on loopback signs with it")
		}
	}
	return nil
}

// envelope holds what the headers of a message say. It is checked, but for the
// signature, which needs the body.
type envelope struct {
	message   wire.Message // without a body
	signature wire.SignatureHeader
	key       *rsa.PublicKey
}

// inspect checks the headers of a message. m holds what the headers do not say.
func (c *Client) inspect(m wire.Message, header http.Header, maxAge time.Duration) (*envelope, error) {
	timeHeader := "Request-Time"
	if m.Answer {
		timeHeader = "Response-Time"
	}
	m.Layout, m.MerchantID = c.wallet.Signing.Content, c.merchantID
	signature, err := single(header, "Signature")
	if err != nil {
		return nil, err
	}
	if m.ClientID, err = c.signedClientID(&m, header); err != nil {
		return nil, err
	}
	if m.Time, err = single(header, timeHeader); err != nil {
		return nil, err
	}
	signsRequestID := m.Layout == wire.ContentDotted && !m.Answer
	if signsRequestID {
		if m.RequestID, err = single(header, c.wallet.Signing.RequestIDHeader); err != nil {
			return nil, err
		}
	}
	parsed, err := wire.ParseSignatureHeader(signature)
	switch {
	case errors.Is(err, sigheader.ErrEncoding):
		return nil, &SignatureError{Reason: ReasonEncoding, Header: "Signature"}
	case err != nil:
		return nil, &SignatureError{Reason: ReasonMalformedHeader, Header: "Signature"}
	}
	switch part := m.Ambiguous(c.wallet.Signing.RequestIDHeader, timeHeader); part {
	case "":
	case "URI":
		return nil, &SignatureError{Reason: ReasonURI}
	default:
		return nil, &SignatureError{Reason: ReasonMalformedHeader, Header: part}
	}
	e := &envelope{message: m, signature: parsed, key: c.keys.Load().wallet[parsed.KeyVersion]}
	if !parsed.Supported() {
		return nil, e.reject(ReasonAlgorithm, "Signature")
	}
	if e.key == nil {
		return nil, e.reject(ReasonKeyVersion, "Signature")
	}
	at, readable := c.wallet.Signing.TimeFormat.Parse(m.Time)
	age := c.now().Sub(at)
	if !readable || age > maxAge || age < -c.tolerance {
		return nil, e.reject(ReasonTime, timeHeader)
	}
	return e, nil
}

// signedClientID returns the client id that the signature must cover: that of the
// header, or this client's own if the wallet notifies without that header.
func (c *Client) signedClientID(m *wire.Message, header http.Header) (string, error) {
	id, err := single(header, "Client-Id")
	var rejected *SignatureError
	absent := errors.As(err, &rejected) && rejected.Reason == ReasonMissingHeader
	isNotification := !m.Answer
	if absent && isNotification && c.wallet.Signing.NotifiesWithoutClientID {
		return c.clientID, nil
	}
	return id, err
}

// verify checks that the wallet signed this body, for this client.
func (c *Client) verify(e *envelope, body []byte) error {
	if len(body) > maxBody {
		return &SignatureError{Reason: ReasonTooLarge}
	}
	m := e.message
	m.Body = body
	if !e.covers(m) {
		return e.reject(ReasonMismatch, "Signature")
	}
	if m.ClientID != c.clientID {
		return e.reject(ReasonClientID, "Client-Id")
	}
	return nil
}

// covers reports whether the wallet signed this message. A wallet with
// ContentMerchant may sign what it sends like the platform; both contents have one
// reading, because the header times are digits and the body is an object.
func (e *envelope) covers(m wire.Message) bool {
	signed := rsakey.Verifies(e.key, m.Content(), e.signature.Signature)
	if signed || m.Layout != wire.ContentMerchant {
		return signed
	}
	m.Layout = ""
	return rsakey.Verifies(e.key, m.Content(), e.signature.Signature)
}

func (e *envelope) reject(reason SignatureReason, header string) error {
	return &SignatureError{Reason: reason, Header: header, KeyVersion: e.signature.KeyVersion}
}

// single returns the value of a header that appears once, its name in any case.
func single(header http.Header, name string) (string, error) {
	var value string
	count := 0
	for key, values := range header {
		if len(key) == len(name) && strings.EqualFold(key, name) && len(values) > 0 {
			value, count = values[0], count+len(values)
		}
	}
	switch {
	case count > 1:
		return "", &SignatureError{Reason: ReasonRepeatedHeader, Header: name}
	case value == "":
		return "", &SignatureError{Reason: ReasonMissingHeader, Header: name}
	}
	return value, nil
}
