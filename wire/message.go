package wire

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// SignedContent is what the signatures of a wallet cover. The zero value is the
// platform's content. Of requests and answers alike it is
//
//	<Method> <URI>\n<Client-Id>.<Time>.<Body>
//
// The signature of an answer covers method and URI of its request.
type SignedContent string

// The contents of wallets that differ from the platform.
const (
	// ContentDotted is, of requests and of answers,
	//
	//	<Method>.<URI>.<Client-Id>.<Request-Id>.<Time>.<Body>
	//	<Client-Id>.<Time>.<Body>
	//
	// The signature of such an answer does not say which request, or which
	// operation, it answers. The SDK therefore accepts each answer for one request
	// only. It requires the members of the operation, and rejects those of another
	// one. If the answer to a pay or a cancel omits the order's ids, it inquires.
	ContentDotted SignedContent = "dotted"
	// ContentMerchant is the platform's content with the merchant's id:
	//
	//	<Method> <URI>\n<Client-Id>.<Merchant-Id>.<Time>.<Body>
	//
	// Merchants' code shows it for requests. Nothing public shows an answer or a
	// notification, so the SDK accepts those over the platform's content, too.
	ContentMerchant SignedContent = "merchant"
)

// Message is what one signature covers, request or response:
//
//	<Method> <URI>\n<ClientID>.<Time>.<Body>
//
// The profile of a wallet with another content says so in [Signing].Content: put
// that into Layout. The algorithm is RSASSA-PKCS1-v1_5 with SHA-256, which the
// wallets call RSA256 or SHA256withRSA. A Message prints without its body.
type Message struct {
	Method   string // "POST"
	URI      string // path and query as the wallet knows them; of a response, those of its request
	ClientID string // text of the Client-Id header
	Time     string // text of Request-Time or Response-Time
	Body     []byte // raw bytes, as they travel

	Layout     SignedContent // the wallet's; zero: the platform's
	RequestID  string        // of a request with ContentDotted: text of the Request-Id header
	Answer     bool          // with ContentDotted: the message is a response or an acknowledgement
	MerchantID string        // with ContentMerchant: text of the header with the merchant's id
}

// Content returns the bytes that the signature covers.
func (m Message) Content() []byte {
	if m.Layout == ContentDotted {
		return m.dotted()
	}
	size := len(m.Method) + len(m.URI) + len(m.ClientID) + len(m.MerchantID) + len(m.Time) + len(m.Body) + 5
	content := make([]byte, 0, size)
	content = append(content, m.Method...)
	content = append(content, ' ')
	content = append(content, m.URI...)
	content = append(content, '\n')
	content = append(content, m.ClientID...)
	content = append(content, '.')
	if m.Layout == ContentMerchant {
		content = append(content, m.MerchantID...)
		content = append(content, '.')
	}
	content = append(content, m.Time...)
	content = append(content, '.')
	return append(content, m.Body...)
}

func (m Message) dotted() []byte {
	parts := []string{m.ClientID, m.Time, ""}
	if !m.Answer {
		parts = []string{m.Method, m.URI, m.ClientID, m.RequestID, m.Time, ""}
	}
	return append([]byte(strings.Join(parts, ".")), m.Body...)
}

// Ambiguous returns the part that gives the content a second reading: "URI",
// "Client-Id" or one of the given header names. It returns "" if there is only one
// reading. Reject an ambiguous message.
//
// Only dots separate the parts of ContentDotted. So the body must begin at the
// first brace. Backwards from there, a time must be digits, and a request must
// have a Request-Id without a dot.
func (m Message) Ambiguous(requestIDHeader, timeHeader string) string {
	switch {
	case m.Layout != ContentDotted:
		return ""
	case m.Time != "" && !ascii.Digits(m.Time):
		return timeHeader
	case strings.Contains(m.ClientID, "{"):
		return "Client-Id"
	case m.Answer:
		return ""
	case m.RequestID == "" || strings.ContainsAny(m.RequestID, ".{"):
		return requestIDHeader
	case m.Method != http.MethodPost || strings.Contains(m.URI, "{"):
		return "URI"
	}
	return ""
}

// Sign returns the raw signature. The key may be outside this process, such as in
// a KMS or an HSM. Sign verifies the signature of such a key with the public half,
// and so detects a key service that pads in another way. Errors match
// [ErrInvalidKey].
func (m Message) Sign(key crypto.Signer) ([]byte, error) {
	signature, err := rsakey.Sign(key, m.Content())
	if err != nil {
		return nil, invalidKey("PrivateKey", err)
	}
	return signature, nil
}

// Verify checks the raw signature. An error matches [ErrSignature] if the key
// did not make it over this content, and [ErrInvalidKey] if the key cannot be used.
func (m Message) Verify(key *rsa.PublicKey, signature []byte) error {
	if err := rsakey.Check(key); err != nil {
		return invalidKey("key", err)
	}
	if !rsakey.Verifies(key, m.Content(), signature) {
		return fmt.Errorf("%w: the key did not sign this method, URI, client id, time and body", ErrSignature)
	}
	return nil
}

func (m Message) redacted() redact.Value {
	path, _, _ := strings.Cut(m.URI, "?") // a query may hold a secret
	return redact.As("wire.Message", "URI", path, "ClientID", m.ClientID, "Time", m.Time)
}

// Format implements [fmt.Formatter] without the body.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted().String()) }

// LogValue implements [slog.LogValuer] without the body.
func (m Message) LogValue() slog.Value { return m.redacted().LogValue() }
