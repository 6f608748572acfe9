// Package sigheader reads and writes the Signature header of the mini-program
// wallets:
//
//	algorithm=RSA256, keyVersion=1, signature=<value>
//
// The pairs come in any order, separated by commas and optional spaces. The value is
// base64, percent-encoded base64 or base64url. Reading is strict: one text has one
// meaning, and Parse rejects everything else.
package sigheader

import (
	"encoding/base64"
	"errors"
	"strings"
)

// MaxLen is the longest Signature header that Parse accepts, in bytes.
const MaxLen = 2048

// Errors of Parse. They hold no text of the header.
var (
	ErrMalformed = errors.New("malformed Signature header")
	ErrEncoding  = errors.New("signature value is not strict base64, percent-encoded base64 or base64url")
)

// Encoding is one way to write signature bytes as text.
type Encoding int

// The three encodings that wallets use.
const (
	Percent Encoding = iota // base64 with + / = percent-encoded
	Base64                  // base64 with padding
	URL                     // base64url without padding
)

// Header is a parsed Signature header.
type Header struct {
	Algorithm  string
	KeyVersion string
	Signature  []byte
}

// Parse reads a Signature header value.
func Parse(value string) (Header, error) {
	var h Header
	if value == "" || len(value) > MaxLen {
		return Header{}, ErrMalformed
	}
	var encoded string
	for rest, more := value, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, ",")
		name, text, ok := strings.Cut(strings.Trim(pair, " "), "=")
		if !ok || text == "" || strings.ContainsAny(text, " \t\r\n") {
			return Header{}, ErrMalformed
		}
		var field *string
		switch name {
		case "algorithm":
			field = &h.Algorithm
		case "keyVersion":
			field = &h.KeyVersion
		case "signature":
			field = &encoded
		default:
			return Header{}, ErrMalformed
		}
		if *field != "" {
			return Header{}, ErrMalformed
		}
		*field = text
	}
	if !Token(h.Algorithm) || !Token(h.KeyVersion) || encoded == "" {
		return Header{}, ErrMalformed
	}
	var err error
	h.Signature, err = Decode(encoded)
	if err != nil {
		return Header{}, err
	}
	return h, nil
}

// Token reports whether s can be a key version or an algorithm name: at most 64
// letters, digits, - _ and . and so nothing that ends a pair or a line.
func Token(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !alphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

var (
	strictStd    = base64.StdEncoding.Strict()
	strictURL    = base64.URLEncoding.Strict()
	strictRawURL = base64.RawURLEncoding.Strict()
)

// Decode reads a signature value in one of the three encodings, and rejects a mix of
// them. base64url may have its padding or not.
func Decode(text string) ([]byte, error) {
	var std, url, percent, padded bool
	for i := range len(text) {
		switch c := text[i]; {
		case alphanumeric(c):
		case c == '+' || c == '/':
			std = true
		case c == '-' || c == '_':
			url = true
		case c == '=':
			padded = true
		case c == '%':
			percent = true
		default: // also line breaks, which encoding/base64 skips
			return nil, ErrEncoding
		}
	}
	mixesAlphabets := std && url
	mixesPercent := percent && (std || url || padded)
	if text == "" || mixesAlphabets || mixesPercent {
		return nil, ErrEncoding
	}
	enc := strictStd
	switch {
	case percent:
		var ok bool
		if text, ok = unescape(text); !ok {
			return nil, ErrEncoding
		}
	case url && padded:
		enc = strictURL
	case !std && !padded: // without + / - _ both alphabets read the same bytes
		enc = strictRawURL
	}
	sig, err := enc.DecodeString(text)
	if err != nil {
		return nil, ErrEncoding
	}
	return sig, nil
}

// unescape decodes the percent-encoding of + / = and rejects any other. It also
// rejects a mix of capital and small letters, which no encoder writes.
func unescape(text string) (string, bool) {
	var b strings.Builder
	b.Grow(len(text))
	var capital, small bool
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i+3 > len(text) {
			return "", false
		}
		code := text[i+1 : i+3]
		capital = capital || 'A' <= code[1] && code[1] <= 'F'
		small = small || 'a' <= code[1] && code[1] <= 'f'
		switch code {
		case "2B", "2b":
			b.WriteByte('+')
		case "2F", "2f":
			b.WriteByte('/')
		case "3D", "3d":
			b.WriteByte('=')
		default:
			return "", false
		}
		i += 2
	}
	return b.String(), !(capital && small)
}

var escaper = strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D")

// Encode writes signature bytes in the given encoding.
func Encode(sig []byte, enc Encoding) string {
	switch enc {
	case Base64:
		return base64.StdEncoding.EncodeToString(sig)
	case URL:
		return base64.RawURLEncoding.EncodeToString(sig)
	default:
		return escaper.Replace(base64.StdEncoding.EncodeToString(sig))
	}
}

// Format writes a Signature header value, with separator between its pairs.
func Format(h Header, enc Encoding, separator string) string {
	return "algorithm=" + h.Algorithm + separator + "keyVersion=" + h.KeyVersion + separator +
		"signature=" + Encode(h.Signature, enc)
}
