package settings

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strconv"

	"github.com/tradepay/tradepay-go" //nolint:depguard // package tradepay does not import this one
)

// origin is where a key came from.
type origin struct{ variable, file string }

func (o origin) fail(rule, remedy string, cause error) error {
	return &Error{Variable: o.variable, File: o.file, Rule: rule, Remedy: remedy, Err: cause}
}

func parsePrivateKey(from origin, data []byte) (*rsa.PrivateKey, error) {
	if rule, remedy := lookalike(data, true); rule != "" {
		return nil, from.fail(rule, remedy, tradepay.ErrInvalidKey)
	}
	key, err := tradepay.ParsePrivateKey(data)
	if err != nil {
		return nil, explained(from, err)
	}
	return key, nil
}

func parsePublicKey(from origin, data []byte) (*rsa.PublicKey, error) {
	if rule, remedy := lookalike(data, false); rule != "" {
		return nil, from.fail(rule, remedy, tradepay.ErrInvalidKey)
	}
	key, err := tradepay.ParsePublicKey(data)
	if err != nil {
		return nil, explained(from, err)
	}
	return key, nil
}

func explained(from origin, err error) error {
	var field *tradepay.FieldError
	if !errors.As(err, &field) {
		return from.fail(err.Error(), "", err)
	}
	return from.fail(field.Rule, field.Remedy, err)
}

// lookalike tells what people put where a key belongs. It returns "" where the
// parser of keys can tell more.
func lookalike(data []byte, private bool) (rule, remedy string) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	block, _ := pem.Decode(text)
	lower := bytes.ToLower(text[:min(len(text), 64)])
	switch {
	case len(text) == 0:
		return "is empty", "look at how it was written or mounted"
	case block != nil:
		return labelled(block.Type, private)
	case bytes.HasPrefix(text, []byte("---- BEGIN SSH2")) || bytes.HasPrefix(text, []byte("ssh-")) || bytes.HasPrefix(text, []byte("ecdsa-sha2-")):
		return "is an OpenSSH public key", openSSHRemedy(private)
	case bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")):
		return "is JSON, not a key", "take the key's own text out of it"
	case bytes.HasPrefix(lower, []byte("<!doctype")) || bytes.HasPrefix(lower, []byte("<html")) || bytes.HasPrefix(lower, []byte("<?xml")):
		return "is an HTML or XML page, not a key", "a download page was saved in place of the key; fetch it again while signed in"
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File")):
		return "is a PuTTY key", "export it from PuTTYgen as OpenSSL PEM, or make a pair with tradepay keygen"
	}
	return binary(data, private)
}

// labelled tells the PEM blocks that are no RSA keys.
func labelled(label string, private bool) (rule, remedy string) {
	switch label {
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		if private {
			return "is a certificate request, not a private key", "name the private key that the request was made with"
		}
		return "is a certificate request, not a public key", "take the key out of it: openssl req -in FILE -noout -pubkey"
	case "OPENSSH PRIVATE KEY":
		return "is an OpenSSH private key", openSSHRemedy(private)
	case "PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK":
		return "is a PGP key", "wallets use plain RSA keys; tradepay keygen makes a pair"
	}
	return "", ""
}

func openSSHRemedy(private bool) string {
	if private {
		return "convert a copy: ssh-keygen -p -N '' -m PEM -f FILE; or make a pair with tradepay keygen"
	}
	return "take the wallet's public key from its console"
}

// binary tells DER and other files that are no text.
func binary(data []byte, private bool) (rule, remedy string) {
	if len(data) < 2 || data[0] != 0x30 || data[1] < 0x80 {
		return "", ""
	}
	const remedyPrivate = "convert it: openssl pkey -inform DER -in FILE -out key.pem"
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return derOf("private key", private, true), remedyFor(private, true, remedyPrivate)
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return derOf("private key", private, true), remedyFor(private, true, remedyPrivate)
	}
	if _, err := x509.ParsePKIXPublicKey(data); err == nil {
		return derOf("public key", private, false), remedyFor(private, false, "convert it: openssl pkey -pubin -inform DER -in FILE -out key.pem")
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return derOf("certificate", private, false), remedyFor(private, false, "convert it: openssl x509 -inform DER -in FILE -out key.pem")
	}
	return "is binary (DER), not PEM or base64, and holds no key that is known here", "a PKCS#12 file? openssl pkcs12 -in FILE -nodes -nocerts -out key.pem"
}

func derOf(what string, wantPrivate, isPrivate bool) string {
	rule := "is a " + what + " in binary DER; PEM or base64 is wanted"
	if wantPrivate != isPrivate {
		rule = "is a " + what + " (binary DER) where " + map[bool]string{true: "the private", false: "a public"}[wantPrivate] + " key belongs"
	}
	return rule
}

func remedyFor(wantPrivate, isPrivate bool, convert string) string {
	switch {
	case wantPrivate == isPrivate:
		return convert
	case wantPrivate:
		return "name the merchant's own private key"
	}
	return "name the wallet's public key, and never hand out a private key"
}

// quoted shows a value that is no secret, on one line and not too long.
func quoted(text string) string {
	if len(text) > 64 {
		text = text[:64]
	}
	return strconv.QuoteToASCII(text)
}
