package tradepay

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"path"
	"strings"

	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// ParsePrivateKey reads an RSA private key of at least 2048 bits: PEM with
// PKCS#1 or PKCS#8, or the bare base64 DER that wallets' consoles show. Errors
// match [ErrInvalidKey] and say what the input looks like instead. They never
// hold a part of it.
func ParsePrivateKey(data []byte) (*rsa.PrivateKey, error) {
	block, err := readKey(data)
	if err != nil {
		return nil, err
	}
	key, err := parsePrivate(block.der)
	if err != nil {
		if looksPublic(block) {
			return nil, invalidKey("private key", "this is a public key or certificate",
				"load the merchant's private key here; the public half goes to the wallet's console")
		}
		return nil, err
	}
	if err := rsakey.CheckPrivate(key); err != nil {
		return nil, usable("private key", err)
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key of at least 2048 bits: PEM with
// PKIX, PKCS#1 or a certificate, or bare base64 DER. It reads only the key of a
// certificate, and checks neither its dates nor its issuer. Errors match
// [ErrInvalidKey].
func ParsePublicKey(data []byte) (*rsa.PublicKey, error) {
	block, err := readKey(data)
	if err != nil {
		return nil, err
	}
	key, err := parsePublic(block.der)
	if err != nil {
		if _, perr := parsePrivate(block.der); perr == nil {
			return nil, invalidKey("public key", "this is a private key",
				"load the wallet's public key here, and never hand out a private key")
		}
		return nil, err
	}
	if err := rsakey.Check(key); err != nil {
		return nil, usable("public key", err)
	}
	return key, nil
}

// keyBlock is the DER of a key and the PEM label it came with, if any.
type keyBlock struct {
	label string
	der   []byte
}

func readKey(data []byte) (keyBlock, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return keyBlock{}, invalidKey("key", "is empty", "check the file or variable that it is read from")
	}
	if bytes.Contains(data, []byte("-----BEGIN")) {
		return readPEM(data)
	}
	if looksLikeFileName(data) {
		return keyBlock{}, invalidKey("key", "looks like a file name", "pass what os.ReadFile returns")
	}
	for _, other := range otherTexts {
		if other.begins(data) {
			return keyBlock{}, invalidKey("key", other.rule, other.remedy)
		}
	}
	compact := make([]byte, 0, len(data))
	for _, c := range data { // consoles wrap lines
		if c != '\n' && c != '\r' && c != ' ' && c != '\t' {
			compact = append(compact, c)
		}
	}
	der, err := base64.StdEncoding.Strict().DecodeString(string(compact))
	if err != nil {
		return keyBlock{}, invalidKey("key", "is neither PEM nor base64 DER",
			"paste the whole text, from the first character to the last")
	}
	if bytes.Contains(der, []byte("-----BEGIN")) {
		return keyBlock{}, invalidKey("key", "is base64 of a PEM", "decode it once before")
	}
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		return keyBlock{}, invalidKey("key", isRequest, requestRemedy)
	}
	return keyBlock{der: der}, nil
}

const (
	isRequest     = "is a certificate request, not a key"
	requestRemedy = "take the key that it was made with, or its public half: openssl req -in request.pem -noout -pubkey"
	openSSHRemedy = "the wallets know PEM: ssh-keygen -e -m PKCS8 -f key.pub writes a public key as PEM, " +
		"ssh-keygen -p -m PKCS8 -f key a private key"
	derRemedy = "write it as PEM: openssl pkey -inform DER -in key.der -out key.pem, " +
		"for a public key with -pubin -pubout"
	downloadRemedy = "look at what you have downloaded or copied: the key is a text that begins with -----BEGIN, or " +
		"base64"
	newKeyRemedy = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
	quotesRemedy = "take them away; in a .env file, look at how line breaks are written"
)

// otherText is a text that people load in place of a key. Its first bytes tell
// which one it is.
type otherText struct{ prefix, rule, remedy string }

func (o otherText) begins(data []byte) bool {
	return len(data) >= len(o.prefix) && bytes.EqualFold(data[:len(o.prefix)], []byte(o.prefix))
}

var otherTexts = []otherText{
	{"ssh-", "looks like an OpenSSH public key", openSSHRemedy},
	{"ecdsa-sha2-", "looks like an OpenSSH public key, and not one of RSA", "the wallets sign with RSA"},
	{"---- BEGIN SSH2", "looks like an SSH2 public key",
		"ssh-keygen -i -m RFC4716 -f key.pub reads it, then ssh-keygen -e -m PKCS8 -f writes it as PEM"},
	{"PuTTY-User-Key-File", "looks like a PuTTY key",
		"puttygen key.ppk -O private-openssh -o key, then ssh-keygen -p -m PKCS8 -f key"},
	{"{", "looks like JSON",
		"write a JSON Web Key as PEM; of another file, take the member that holds the key"},
	{"[", "looks like JSON", "take the member that holds the key"},
	{"<RSAKeyValue", "looks like an RSA key in XML", "write it as PEM"},
	{"<?xml", "looks like XML", downloadRemedy},
	{"<", "looks like a web page (HTML)", downloadRemedy},
	{"http://", "looks like a URL", "pass what is there, not its address"},
	{"https://", "looks like a URL", "pass what is there, not its address"},
	{`"`, "is in quotation marks", quotesRemedy},
	{"'", "is in quotation marks", quotesRemedy},
	{"\xff\xfe", "looks like UTF-16 text", "save it as UTF-8 or ASCII"},
	{"\xfe\xff", "looks like UTF-16 text", "save it as UTF-8 or ASCII"},
	{"-\x00", "looks like UTF-16 text", "save it as UTF-8 or ASCII"},
	{"0\x82", "looks like binary DER", derRemedy},
	{"0\x81", "looks like binary DER", derRemedy},
	{"PK\x03\x04", "looks like a ZIP archive", "unpack it first"},
}

// looksLikeFileName reports whether the caller passed the path of a key.
func looksLikeFileName(data []byte) bool {
	if len(data) > 255 || bytes.ContainsAny(data, "\n\r") {
		return false
	}
	switch path.Ext(string(data)) {
	case ".pem", ".key", ".der", ".crt", ".cer", ".pub", ".txt", ".b64":
		return true
	}
	return false
}

func readPEM(data []byte) (keyBlock, error) {
	block, rest := pem.Decode(data)
	switch {
	case block == nil && bytes.Contains(data, []byte(`\n`)):
		return keyBlock{}, invalidKey("key", `is PEM with the two characters \n in place of line breaks`,
			"replace them, for example with strings.ReplaceAll")
	case block == nil:
		return keyBlock{}, invalidKey("key", "is damaged PEM",
			"paste it whole, with its BEGIN and END lines and its line breaks")
	case bytes.Count(data, []byte("-----BEGIN")) > 1: // pem.Decode skips damaged ones
		return keyBlock{}, invalidKey("key", "holds more than one PEM block", "keep only the one that you mean")
	case len(bytes.TrimSpace(rest)) > 0:
		return keyBlock{}, invalidKey("key", "has text after the END line", "remove it")
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" || block.Headers["Proc-Type"] != "":
		return keyBlock{}, invalidKey("key", "is protected by a passphrase",
			"decrypt it first: openssl pkey -in key.pem -out plain.pem")
	}
	switch block.Type {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return keyBlock{label: block.Type, der: block.Bytes}, nil
	case "OPENSSH PRIVATE KEY":
		return keyBlock{}, invalidKey("key", "is an OpenSSH key, not an RSA key in PKCS#1 or PKCS#8", openSSHRemedy)
	case "EC PRIVATE KEY", "DSA PRIVATE KEY", "EC PARAMETERS":
		kind, _, _ := strings.Cut(block.Type, " ")
		return keyBlock{}, invalidKey("key", "is for "+kind+", not an RSA key in PKCS#1 or PKCS#8",
			"the wallets sign with RSA: "+newKeyRemedy)
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return keyBlock{}, invalidKey("key", isRequest, requestRemedy)
	case "PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK", "PGP MESSAGE":
		return keyBlock{}, invalidKey("key", "is a PGP key or message",
			"the wallets accept RSA keys in PEM: "+newKeyRemedy)
	default:
		return keyBlock{}, invalidKey("key", "is PEM, but not of a key or certificate", "")
	}
}

func parsePrivate(der []byte) (*rsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	switch {
	case err != nil && bytes.Contains(der, oidPSS):
		return nil, pssOnly("private key")
	case err != nil:
		return nil, invalidKey("private key", "is not a usable RSA key in PKCS#1 or PKCS#8", "make one: "+newKeyRemedy)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, usable("private key", rsakey.NotRSA(parsed))
	}
	return key, nil
}

func parsePublic(der []byte) (*rsa.PublicKey, error) {
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key, nil
	}
	var parsed any
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		cert, certErr := x509.ParseCertificate(der)
		switch {
		case certErr != nil && bytes.Contains(der, oidPSS):
			return nil, pssOnly("public key")
		case certErr != nil:
			return nil, invalidKey("public key", "is not a usable RSA key in PKIX, PKCS#1 or a certificate",
				"export it again: openssl pkey -in key.pem -pubout")
		}
		parsed = cert.PublicKey
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, usable("public key", rsakey.NotRSA(parsed))
	}
	return key, nil
}

// oidPSS is id-RSASSA-PSS, 1.2.840.113549.1.1.10, in DER.
var oidPSS = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}

func pssOnly(field string) error {
	return invalidKey(field, "is for RSA-PSS only, and the wallets sign with PKCS#1 v1.5",
		"make a plain RSA key: "+newKeyRemedy)
}

func looksPublic(b keyBlock) bool {
	if b.label == "PUBLIC KEY" || b.label == "RSA PUBLIC KEY" || b.label == "CERTIFICATE" {
		return true
	}
	_, err := parsePublic(b.der)
	return err == nil
}

func invalidKey(field, rule, remedy string) error {
	return &FieldError{Field: field, Rule: rule, Remedy: remedy, Err: ErrInvalidKey}
}

// unusableKey is the error about a wrong key in the configuration.
func unusableKey(field string, err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) {
		return err
	}
	return within(ErrInvalidConfig, invalidKey(field, fault.Rule, fault.Remedy))
}

// usable turns the fault of a key that the caller parses into an error about it.
func usable(field string, err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) {
		return err
	}
	return invalidKey(field, fault.Rule, fault.Remedy)
}

// copyPublicKey copies a key: the caller may change its own later.
func copyPublicKey(key *rsa.PublicKey) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
}
