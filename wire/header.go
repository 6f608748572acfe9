package wire

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

// SignatureEncoding is how a wallet wants the signature value written.
// [ParseSignatureHeader] reads all of them.
type SignatureEncoding string

// The encodings that wallets document.
const (
	EncodingPercent   SignatureEncoding = ""          // base64, then + / = percent-encoded; the default
	EncodingBase64    SignatureEncoding = "base64"    // base64 with padding
	EncodingBase64URL SignatureEncoding = "base64url" // base64url without padding
)

func (e SignatureEncoding) internal() sigheader.Encoding {
	switch e {
	case EncodingBase64:
		return sigheader.Base64
	case EncodingBase64URL:
		return sigheader.URL
	default:
		return sigheader.Percent
	}
}

// SignatureHeader is the content of a Signature header.
type SignatureHeader struct {
	Algorithm  string // "RSA256" or "SHA256withRSA" in any case
	KeyVersion string
	Signature  []byte // decoded
}

// ParseSignatureHeader reads a Signature header strictly. It accepts at most
// 2 KiB, and the pairs algorithm, keyVersion and signature, each once, in any
// order. The signature must be base64, percent-encoded base64 or base64url,
// without line breaks or stray bits. Errors match [ErrSignature].
func ParseSignatureHeader(value string) (SignatureHeader, error) {
	h, err := sigheader.Parse(value)
	if err != nil {
		return SignatureHeader{}, fmt.Errorf("%w: Signature header: %w", ErrSignature, err)
	}
	return SignatureHeader(h), nil
}

// Format writes the header value with ", " between its pairs.
func (h SignatureHeader) Format(encoding SignatureEncoding) string {
	return sigheader.Format(sigheader.Header(h), encoding.internal(), ", ")
}

// Supported reports whether the header names the only algorithm that the SDK
// accepts, as RSA256 or SHA256withRSA. No signature covers the label.
func (h SignatureHeader) Supported() bool {
	return strings.EqualFold(h.Algorithm, "RSA256") || strings.EqualFold(h.Algorithm, "SHA256withRSA")
}

// SignatureHeader returns the value of the Signature header with the wallet's own
// label, encoding and separator.
func (p *Profile) SignatureHeader(keyVersion string, signature []byte) string {
	s := &p.Signing
	h := sigheader.Header{Algorithm: s.Label(), KeyVersion: keyVersion, Signature: signature}
	return sigheader.Format(h, s.Encoding.internal(), cmp.Or(s.HeaderSeparator, ", "))
}

// Label returns the algorithm's name in the Signature header: AlgorithmLabel, or
// the default.
func (s *Signing) Label() string { return cmp.Or(s.AlgorithmLabel, "RSA256") }
