package keyform

import (
	"bytes"
	"regexp"
	"strings"
)

// What to do. A new key is only for who has loaded one that no wallet takes: the public
// half of the present one may be with the wallet.
const (
	newKey          = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
	otherKindRemedy = "the wallets sign with RSA: load the RSA key whose public half the wallet has. If there is " +
		"none yet: " + newKey
	wholeRemedy  = "take the whole of it, from where it came"
	lookRemedy   = "look at which file this is; a key is a text that begins with -----BEGIN, base64 or DER"
	pkcs12Remedy = "openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem asks for the password and writes the " +
		"key; with -legacy of an old file"
	openSSHRemedy = "the wallets know PEM: ssh-keygen -p -m PKCS8 -f copy turns a copy of a private key into PEM, " +
		"ssh-keygen -e -m PKCS8 -f key.pub writes a public key as PEM"
	storeRemedy = "keytool -importkeystore -srckeystore key.jks -destkeystore key.p12 -deststoretype PKCS12, then " +
		"openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem"
	elsewhere = "give the key itself, or a crypto.Signer that signs with it where it is"
)

var (
	errEncrypted = unusable("is a private key protected by a passphrase",
		"decrypt it first: openssl pkey -in key.pem -out plain.pem, with -inform DER of a binary file")
	errRequest = foreign("a certificate request, not a key",
		"take the key that it was made with, or its public half: openssl req -in request.pem -noout -pubkey")
	errOpenSSH = foreign("an OpenSSH key", openSSHRemedy)
	errPKCS7   = foreign("a PKCS#7 bundle (.p7b), which holds certificates and no private key",
		"openssl pkcs7 -in key.p7b -print_certs writes its certificates as PEM, with -inform DER of a binary file")
)

func foreign(what, remedy string) error { return unusable("is "+what, remedy) }

func otherKind(kind string) error {
	article := "a"
	if strings.ContainsAny(kind[:1], "AEIOX") {
		article = "an"
	}
	return foreign(article+" "+kind+" key, not RSA", otherKindRemedy)
}

// sample is the beginning of something that people load in place of a key.
type sample struct{ begin, what, remedy string }

// binaries begin with bytes of their own, in a file or in base64.
var binaries = []sample{
	{"\xfe\xed\xfe\xed", "a Java key store (JKS)", storeRemedy},
	{"\xce\xce\xce\xce", "a Java key store (JCEKS)", storeRemedy},
	{"openssh-key-v1\x00", "an OpenSSH key", openSSHRemedy},
	{"\x00\x00\x00\x07ssh-", "an OpenSSH public key", openSSHRemedy},
	{"\x00\x00\x00\x13ecdsa-", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"\x00\x00\x00\x0bssh-ed25519", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"\x1e\xf1\xb5\xb0", "a private key of Windows (PVK)", "openssl rsa -inform PVK -in key.pvk -out key.pem"},
	{"\x07\x02\x00\x00\x00\xa4\x00\x00", "a private key of Windows (CryptoAPI)",
		"openssl rsa -inform MSBLOB -in key.blob -out key.pem"},
	{"\x06\x02\x00\x00\x00\xa4\x00\x00", "a public key of Windows (CryptoAPI)",
		"openssl rsa -pubin -inform MSBLOB -in key.blob -pubout -out key.pem"},
	{"PK\x03\x04", "a ZIP archive", "unpack it first"},
	{"\x1f\x8b", "a gzip archive", "unpack it first"},
	{"%PDF-", "a PDF", lookRemedy},
	{"\x00asm", "a program", lookRemedy},
	{"\x7fELF", "a program", lookRemedy},
	{"SQLite format 3\x00", "a database", lookRemedy},
}

// texts begin with words of their own, in any case. They are looked for before names are
// taken off: some look like one.
var texts = []sample{
	{"ssh-ed25519", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"ssh-dss", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"ecdsa-sha2-", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"sk-ssh-", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"sk-ecdsa-", "an OpenSSH public key, and not one of RSA", otherKindRemedy},
	{"ssh-", "an OpenSSH public key", openSSHRemedy},
	{"age-secret-key-", "an age key", otherKindRemedy},
	{"PuTTY-User-Key-File", "a PuTTY key",
		"puttygen key.ppk -O private-openssh -o key, then ssh-keygen -p -m PKCS8 -f key"},
	{"http://", "a URL", "give what is there, not its address"},
	{"https://", "a URL", "give what is there, not its address"},
	{"file:", "the name of a file", fileRemedy},
	{"data:", "a data URL", "give what comes after its comma"},
	{"pkcs11:", "the name of a key that lives elsewhere", elsewhere},
	{"arn:", "the name of a key that lives elsewhere", elsewhere},
	{"vault:", "the name of a key that lives elsewhere", elsewhere},
	{"op://", "the name of a key that lives elsewhere", elsewhere},
}

// notations are looked for after the JSON and the XML of keys.
var notations = []sample{
	{"<?xml", "XML, but not of an RSA key", lookRemedy},
	{"<", "a web page (HTML)", lookRemedy},
	{"[", "JSON, but not a JSON Web Key", "take the member that holds the key"},
	{"{", "JSON, but not a JSON Web Key", "take the member that holds the key"},
}

// beginsExactly finds what bytes begin with.
func beginsExactly(samples []sample, data []byte) error {
	for _, s := range samples {
		if bytes.HasPrefix(data, []byte(s.begin)) {
			return foreign(s.what, s.remedy)
		}
	}
	return nil
}

// begins finds what a text begins with, in any case.
func begins(samples []sample, data string) error {
	for _, s := range samples {
		if len(data) >= len(s.begin) && strings.EqualFold(data[:len(s.begin)], s.begin) {
			return foreign(s.what, s.remedy)
		}
	}
	return nil
}

const fileRemedy = "give what is in it: what os.ReadFile returns; or name it in the variable whose name ends in _FILE"

var (
	filePath = regexp.MustCompile(`^(@?(/|\./|\.\./|~/|\\\\|[A-Za-z]:[\\/])[^\r\n]*|[^\r\n]*\.` +
		`(?i:pem|key|der|crt|cer|pub|txt|b64|p12|pfx|jks|keystore|p8|pk8|ppk|json|env|xml))$`)
	placeholder = regexp.MustCompile(`^(\$\{[^}\n]*\}|\$\([^)\n]*\)|\$\w+|%\w+%|\{\{[^\n]*\}\}|` +
		`<[\w .'-]+>|\[[\w .'-]+\])$`)
	settings = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=`)
)

// notKey says what a text is that holds no key by the way it is written: a name in place of
// the key. The text has not been unescaped: \n may be part of a path.
func notKey(text string) error {
	switch {
	case placeholder.MatchString(text):
		return foreign("a placeholder that nothing has filled in", "look at the program that should put the key there")
	case len(text) <= 255 && filePath.MatchString(text):
		return foreign("the name of a file", fileRemedy)
	}
	return begins(texts, text)
}
