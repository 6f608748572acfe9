package tradepay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

// Message is what one signature covers, request or response:
//
//	<Method> <URI>\n<ClientID>.<Time>.<Body>
//
// Wallets with another content say so in [Wallet.SignedContent], which goes
// into Signed. The algorithm is RSASSA-PKCS1-v1_5 with SHA-256, which the wallets call
// RSA256 or SHA256withRSA.
type Message struct {
	Method   string // "POST"
	URI      string // path and query as the wallet knows them; of a response, those of its request
	ClientID string // text of the Client-Id header
	Time     string // text of Request-Time or Response-Time
	Body     []byte // raw bytes, as they travel

	Signed    SignedContent // of the wallet; the zero value is the platform's
	RequestID string        // with ContentDotted: text of the Request-Id header of a request
	Answer    bool          // with ContentDotted: a response or an acknowledgement
}

// Content returns the bytes that are signed.
func (m Message) Content() []byte {
	if m.Signed == ContentDotted {
		return m.dotted()
	}
	content := make([]byte, 0, len(m.Method)+len(m.URI)+len(m.ClientID)+len(m.Time)+len(m.Body)+4)
	content = append(content, m.Method...)
	content = append(content, ' ')
	content = append(content, m.URI...)
	content = append(content, '\n')
	content = append(content, m.ClientID...)
	content = append(content, '.')
	content = append(content, m.Time...)
	content = append(content, '.')
	return append(content, m.Body...)
}

func (m *Message) dotted() []byte {
	parts := []string{m.ClientID, m.Time, ""}
	if !m.Answer {
		parts = []string{m.Method, m.URI, m.ClientID, m.RequestID, m.Time, ""}
	}
	return append([]byte(strings.Join(parts, ".")), m.Body...)
}

// ambiguous returns the header, or "URI", because of which the content could
// be taken apart in another way too, and "" if none does. Only a dot separates
// the parts of ContentDotted: the body must begin at the first brace, and
// nothing that is found from there backwards may hold a dot.
func (m *Message) ambiguous(requestID, timeHeader string) string {
	switch {
	case m.Signed != ContentDotted:
		return ""
	case !allDigits(m.Time):
		return timeHeader
	case strings.Contains(m.ClientID, "{"):
		return "Client-Id"
	case m.Answer:
		return ""
	case m.RequestID == "" || strings.ContainsAny(m.RequestID, ".{"):
		return requestID
	case m.Method != http.MethodPost || strings.Contains(m.URI, "{"):
		return "URI"
	}
	return ""
}

// Sign returns the raw signature by key; see [SignContent].
func (m Message) Sign(key crypto.Signer) ([]byte, error) { return SignContent(key, m.Content()) }

// Verify checks the raw signature; see [VerifyContent].
func (m Message) Verify(key *rsa.PublicKey, signature []byte) error {
	return VerifyContent(key, m.Content(), signature)
}

// SignContent signs bytes with RSASSA-PKCS1-v1_5 and SHA-256 by a key that may
// live outside this process. The signature of such a key is verified with its
// public half, so that a key service that pads otherwise is found here. Errors
// match [ErrInvalidKey].
func SignContent(key crypto.Signer, content []byte) ([]byte, error) {
	local, ok := key.(*rsa.PrivateKey)
	if key == nil || ok && local == nil {
		return nil, invalidKey("PrivateKey", "is nil", "load it with ParsePrivateKey, or pass a crypto.Signer")
	}
	digest := sha256.Sum256(content)
	sig, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, &keyUseError{invalidKey("PrivateKey", "could not sign", "look at the key service or the key"), err}
	}
	if !ok {
		public, isRSA := key.Public().(*rsa.PublicKey)
		if !isRSA || rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], sig) != nil {
			return nil, invalidKey("PrivateKey", "made a signature that its own public key does not verify", "have the key service sign with RSASSA-PKCS1-v1_5 and SHA-256 (not PSS, not over the raw text)")
		}
	}
	return sig, nil
}

// VerifyContent checks a raw signature over bytes. Errors are [SignatureError]
// values, or match [ErrInvalidKey] if the key cannot be used.
func VerifyContent(key *rsa.PublicKey, content, signature []byte) error {
	if err := checkPublicKey("key", key); err != nil {
		return err
	}
	if !verifies(key, content, signature) {
		return &SignatureError{Reason: ReasonMismatch}
	}
	return nil
}

// verifies is the one place where a signature is found to be right.
func verifies(key *rsa.PublicKey, content, signature []byte) bool {
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
}

// keyUseError keeps the cause of a failed signature for errors.Is without
// putting the text of a foreign key service into ours.
type keyUseError struct {
	error
	cause error
}

func (e *keyUseError) Unwrap() []error { return []error{e.error, e.cause} }

// SignatureHeader is the content of a Signature header.
type SignatureHeader struct {
	Algorithm  string // "RSA256" or "SHA256withRSA" in any case
	KeyVersion string
	Signature  []byte // decoded
}

// ParseSignatureHeader reads a Signature header strictly: the three pairs
// algorithm, keyVersion and signature once each in any order, at most 2 KiB,
// the value strictly in base64, percent-encoded base64 or base64url, without
// line breaks or stray bits. Errors are [SignatureError] values.
func ParseSignatureHeader(value string) (SignatureHeader, error) {
	h, err := sigheader.Parse(value)
	if err != nil {
		reason := ReasonMalformedHeader
		if errors.Is(err, sigheader.ErrEncoding) {
			reason = ReasonEncoding
		}
		return SignatureHeader{}, &SignatureError{Reason: reason, Header: "Signature"}
	}
	return SignatureHeader(h), nil
}

// Format writes the header value with ", " between its pairs.
func (h SignatureHeader) Format(enc SignatureEncoding) string {
	return sigheader.Format(sigheader.Header(h), sigheader.Encoding(enc), ", ")
}

// supported reports whether the header names the one algorithm that is
// accepted. The label is not signed, so nothing else may be.
func (h SignatureHeader) supported() bool {
	return strings.EqualFold(h.Algorithm, "RSA256") || strings.EqualFold(h.Algorithm, "SHA256withRSA")
}

// keyring is one consistent set of keys. It is replaced whole, never changed.
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
	if err := checkSigner("PrivateKey", private); err != nil {
		return nil, configError(err)
	}
	if !sigheader.Token(keyVersion) {
		return nil, invalidConfig("KeyVersion", "must be letters, digits, - _ or .", "take it from the wallet's console")
	}
	if len(wallet) == 0 {
		return nil, invalidConfig("WalletKeys", "is empty", `add the wallet's public key from its console under its keyVersion, such as "1"`)
	}
	ring := &keyring{private: private, keyVersion: keyVersion, wallet: maps.Clone(wallet)}
	for version, key := range ring.wallet {
		field := `WalletKeys["` + version + `"]`
		if !sigheader.Token(version) {
			return nil, invalidConfig("WalletKeys", "has a key version with other than letters, digits, - _ or .", "take it from the wallet's console")
		}
		if err := checkPublicKey(field, key); err != nil {
			return nil, configError(err)
		}
		if key.Equal(private.Public()) {
			return nil, invalidConfig(field, "is the public half of your own private key", "load the wallet's own public key from its console; yours would take your own messages for the wallet's")
		}
		ring.wallet[version] = copyPublicKey(key)
	}
	return ring, nil
}

// published are the fingerprints of the test wallet's keys, whose private
// halves come with its source.
var published = map[string]bool{"349b7eb58acdaf53": true, "6c247437653e5a65": true, "61193c712f09cf33": true, "8af6090460d93886": true}

// refusePublished finds a key of the test wallet that was left over beside a
// real gateway: anybody could sign a payment with it.
func (k *keyring) refusePublished() error {
	const rule = "is a key of the test wallet, which everybody has"
	if own, ok := k.private.Public().(*rsa.PublicKey); ok && published[Fingerprint(own)] {
		return invalidConfig("PrivateKey", rule, "make one of your own")
	}
	for version, key := range k.wallet {
		if published[Fingerprint(key)] {
			return invalidConfig(`WalletKeys["`+version+`"]`, rule, "take it out; only a test wallet on loopback signs with it")
		}
	}
	return nil
}

// sealed is a signed message ready to travel.
type sealed struct{ time, signature string }

func (c *Client) seal(m Message) (sealed, error) {
	ring := c.keys.Load()
	m.Time, m.Signed = c.wallet.TimeFormat.Format(c.now()), c.wallet.SignedContent
	sig, err := m.Sign(ring.private)
	if err != nil {
		return sealed{}, err
	}
	return sealed{m.Time, c.wallet.SignatureHeader(ring.keyVersion, sig)}, nil
}

// envelope is what the headers of a message say, checked as far as that goes
// without its body.
type envelope struct {
	message   Message // without a body
	signature SignatureHeader
	key       *rsa.PublicKey
}

// inspect checks the headers of a message; m carries what they do not say.
func (c *Client) inspect(m Message, header http.Header, timeHeader string, maxAge time.Duration) (*envelope, error) {
	m.Signed = c.wallet.SignedContent
	var signature string
	for _, h := range [...]struct {
		name string
		into *string
	}{{"Signature", &signature}, {"Client-Id", &m.ClientID}, {timeHeader, &m.Time}, {c.wallet.Headers.RequestID, &m.RequestID}} {
		if h.into == &m.RequestID && (m.Answer || m.Signed != ContentDotted) {
			continue // not signed
		}
		var err error
		if *h.into, err = single(header, h.name); err != nil {
			var missing *SignatureError
			implied := h.into == &m.ClientID && timeHeader == "Request-Time" && c.wallet.NotifiesWithoutClientID
			if !implied || !errors.As(err, &missing) || missing.Reason != ReasonMissingHeader {
				return nil, err
			}
			m.ClientID = c.clientID
		}
	}
	parsed, err := ParseSignatureHeader(signature)
	if err != nil {
		return nil, err
	}
	switch header := m.ambiguous(c.wallet.Headers.RequestID, timeHeader); header {
	case "":
	case "URI":
		return nil, &SignatureError{Reason: ReasonURI}
	default:
		return nil, &SignatureError{Reason: ReasonMalformedHeader, Header: header}
	}
	e := &envelope{message: m, signature: parsed, key: c.keys.Load().wallet[parsed.KeyVersion]}
	switch {
	case !parsed.supported():
		return nil, e.refuse(ReasonAlgorithm, "Signature")
	case e.key == nil:
		return nil, e.refuse(ReasonKeyVersion, "Signature")
	}
	at, ok := parseTime(m.Time)
	if age := c.now().Sub(at); !ok || age > maxAge || age < -c.tolerance {
		return nil, e.refuse(ReasonTime, timeHeader)
	}
	return e, nil
}

// verify checks that the wallet signed this body, for this client.
func (c *Client) verify(e *envelope, body []byte) error {
	if len(body) > maxBody {
		return &SignatureError{Reason: ReasonTooLarge}
	}
	m := e.message
	m.Body = body
	if !verifies(e.key, m.Content(), e.signature.Signature) {
		return e.refuse(ReasonMismatch, "Signature")
	}
	if m.ClientID != c.clientID {
		return e.refuse(ReasonClientID, "Client-Id")
	}
	return nil
}

func (e *envelope) refuse(reason SignatureReason, header string) error {
	return &SignatureError{Reason: reason, Header: header, KeyVersion: e.signature.KeyVersion}
}

// single returns the one value of a header in whatever case its name came.
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
