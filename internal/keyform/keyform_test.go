package keyform

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/phrasebook"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/vectortest"
)

// input is what somebody gives as a key. In the documents, row tells what becomes of it. It
// is the merchant's private key, its public half, or says what it is instead.
type input struct {
	row, name, data string
	is              half
	says            string
}

type half int

const (
	neither half = iota
	private
	public
)

// inputs returns all inputs of the table.
func inputs(t testing.TB) []input {
	t.Helper()
	return slices.Concat(readForms(t), readSurroundings(t), readNumbers(t), refusedHalves(t), refusedKinds(t),
		refusedDamage(t), refusedTexts(t))
}

// TestKeysAsTheyArrive: each input is read as the one key that it can be, or the error says
// what it is. The other half is refused, always.
func TestKeysAsTheyArrive(t *testing.T) {
	t.Parallel()
	want := vectortest.Key(t, "merchant")
	all := inputs(t)
	require.GreaterOrEqual(t, len(all), 120)
	names := make(map[string]bool)
	for _, in := range all {
		require.False(t, names[in.row+in.name], "%s stands twice", in.name)
		names[in.row+in.name] = true
		t.Run(in.row+"/"+in.name, func(t *testing.T) {
			t.Parallel()
			data := []byte(in.data)
			key, err := Private(data)
			publicKey, publicErr := Public(data)
			require.Equal(t, in.data, string(data), "what is read is not changed")
			switch in.is {
			case private:
				require.NoError(t, err)
				require.True(t, want.PublicKey.Equal(&key.PublicKey), "another key")
				require.NoError(t, key.Validate())
				require.Nil(t, publicKey)
				requireRefused(t, publicErr, "private key", data)
			case public:
				require.NoError(t, publicErr)
				require.True(t, want.PublicKey.Equal(publicKey), "another key")
				require.Nil(t, key)
				requireRefused(t, err, "this is a public key or certificate", data)
			case neither:
				require.NotEmpty(t, in.says)
				require.Nil(t, key)
				require.Nil(t, publicKey)
				if private, public, both := strings.Cut(in.says, " | "); both {
					requireRefused(t, err, private, data)
					requireRefused(t, publicErr, public, data)
					return
				}
				requireRefused(t, err, in.says, data)
				requireRefused(t, publicErr, in.says, data)
			}
		})
	}
}

// newPair finds an advice to make a new key.
var newPair = regexp.MustCompile(`genpkey|make a`)

// mayBeNew are rules about keys that no wallet takes: only of them a new key is the remedy.
var mayBeNew = regexp.MustCompile(`not RSA|not one of RSA|PSS only|OAEP|\d+ bits|other than 65537|` +
	`PGP|shared secret|age key`)

// requireRefused checks an error: its type, what it says, that it shows nothing of the input,
// and that it never costs somebody a key whose public half is at the wallet.
func requireRefused(t testing.TB, err error, says string, data []byte) {
	t.Helper()
	var fault *rsakey.UnusableError
	require.ErrorAs(t, err, &fault)
	require.Contains(t, fault.Rule, says)
	require.NotEmpty(t, fault.Remedy)
	for _, said := range []string{fault.Rule, fault.Remedy} {
		_, known := phrasebook.Translate(said)
		require.True(t, known, "no Spanish in internal/phrasebook/phrases.txt: %q", said)
	}
	if newPair.MatchString(fault.Remedy) {
		require.Regexp(t, mayBeNew, fault.Rule, fault.Remedy)
	}
	const piece = 16
	text, input := strings.ReplaceAll(err.Error(), "-----BEGIN", ""), string(data)
	for word := range strings.FieldsSeq(text) {
		for at := 0; at+piece <= len(word); at++ {
			require.NotContains(t, input, word[at:at+piece])
		}
	}
}

// TestTableOfTheDocument: the document says of each kind of input what becomes of it.
func TestTableOfTheDocument(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/signature.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(data), "\n## Keys, as they arrive\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	documented, tested := make(map[string]bool), make(map[string]bool)
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+?) \|`).FindAllStringSubmatch(section, -1) {
		documented[row[1]] = true
	}
	delete(documented, "what is read")
	delete(documented, "what is not")
	for _, in := range inputs(t) {
		tested[in.row] = true
	}
	require.Equal(t, documented, tested)
}

// keyFile returns a key of the vectors as it is published.
func keyFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata/vectors/keys", name))
	require.NoError(t, err)
	return string(data)
}

func testFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

func unbase64(t testing.TB, text string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	require.NoError(t, err)
	return string(data)
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func block(label, der string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: []byte(der)}))
}

// wrapped breaks a text into lines.
func wrapped(text string, width int, end string) string {
	return strings.Join(slices.Collect(func(yield func(string) bool) {
		for piece := range slices.Chunk([]byte(text), width) {
			if !yield(string(piece)) {
				return
			}
		}
	}), end)
}

func inUTF16(text string, big bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit)
		if big {
			b.Write([]byte{high, low})
		} else {
			b.Write([]byte{low, high})
		}
	}
	return b.String()
}

// forms are the merchant's key in the forms that programs write.
type forms struct {
	pkcs8, pkcs1, pkix, public1, certificate      string // PEM
	pkcs8DER, pkcs1DER, pkixDER, public1DER, cert string
	bare, bareWallet                              string // base64 of PKCS#8 and of PKIX
}

func merchant(t testing.TB) forms {
	t.Helper()
	f := forms{
		pkcs8: keyFile(t, "merchant.private.pkcs8.pem"), pkcs1: keyFile(t, "merchant.private.pkcs1.pem"),
		pkix: keyFile(t, "merchant.public.pkix.pem"), public1: keyFile(t, "merchant.public.pkcs1.pem"),
		certificate: keyFile(t, "merchant.cert.pem"),
		bare:        strings.TrimSpace(keyFile(t, "merchant.pkcs8.b64")),
		bareWallet:  strings.TrimSpace(keyFile(t, "merchant.pkix.b64")),
	}
	for text, der := range map[*string]*string{
		&f.pkcs8: &f.pkcs8DER, &f.pkcs1: &f.pkcs1DER, &f.pkix: &f.pkixDER, &f.public1: &f.public1DER,
		&f.certificate: &f.cert,
	} {
		decoded, _ := pem.Decode([]byte(*text))
		*der = string(decoded.Bytes)
	}
	return f
}

// label changes what the BEGIN and END lines name.
func label(text, from, to string) string { return strings.ReplaceAll(text, from+"-----", to+"-----") }

func readForms(t testing.TB) []input {
	t.Helper()
	f := merchant(t)
	attributes := "Bag Attributes\n    friendlyName: merchant\n    localKeyID: 54 8B 11 0C\n" +
		"Key Attributes: <No Attributes>\n"
	p12 := func(name string) string { return testFile(t, name+".p12.b64") }
	key := vectortest.Key(t, "merchant")
	jwkPrivate, jwkPublic := jwk(key)
	xmlPrivate, xmlPublic := dotNet(key)
	hexes := hex.EncodeToString([]byte(f.pkcs8DER))
	return []input{
		{"PEM", "PKCS#8", f.pkcs8, private, ""},
		{"PEM", "PKCS#1", f.pkcs1, private, ""},
		{"PEM", "PKIX", f.pkix, public, ""},
		{"PEM", "public PKCS#1", f.public1, public, ""},
		{"PEM", "a certificate", f.certificate, public, ""},
		{"PEM", "a certificate, otherwise named", label(f.certificate, "CERTIFICATE", "X509 CERTIFICATE"), public, ""},
		{"PEM", "PKCS#8 below the label of PKCS#1", label(f.pkcs8, "PRIVATE KEY", "RSA PRIVATE KEY"), private, ""},
		{"PEM", "PKCS#1 below the label of PKCS#8", label(f.pkcs1, "RSA PRIVATE KEY", "PRIVATE KEY"), private, ""},
		{"PEM", "PKIX below the label of PKCS#1", label(f.pkix, "PUBLIC KEY", "RSA PUBLIC KEY"), public, ""},
		{"PEM", "PKCS#1 below the label of PKIX", label(f.public1, "RSA PUBLIC KEY", "PUBLIC KEY"), public, ""},
		{"PEM", "a private key below the label of a public one", label(f.pkcs8, "PRIVATE KEY", "PUBLIC KEY"),
			private, ""},
		{"PEM", "attributes before it", attributes + f.pkcs8, private, ""},
		{"PEM", "a comment before it", "# the key of the shop, 2026\n" + f.pkcs1, private, ""},
		{"PEM", "a comment before a certificate", "subject=CN = merchant\nissuer=CN = merchant\n" + f.certificate,
			public, ""},
		{"PEM", "a fingerprint before it", "sha256 " + strings.Repeat("1f", 32) + "\n" + f.certificate, public, ""},
		{"PEM", "decoration around it", "--------------\n" + f.pkix + "==============\n", public, ""},
		{"PEM", "a comment after it", f.pkcs8 + "\nthat was it\n", private, ""},
		{"PEM", "a header in it", strings.Replace(f.pkcs8, "KEY-----\n", "KEY-----\nComment: mine\n\n", 1),
			private, ""},
		{"PEM", "a PKCS#12 file", block("PKCS12", unbase64(t, p12("plain"))), private, ""},
		{"PEM", "in a member of JSON", `{"type":"x","private_key":"` + strings.ReplaceAll(f.pkcs8, "\n", `\n`) + `"}`,
			private, ""},

		{"DER", "PKCS#8", f.pkcs8DER, private, ""},
		{"DER", "PKCS#1", f.pkcs1DER, private, ""},
		{"DER", "PKIX", f.pkixDER, public, ""},
		{"DER", "public PKCS#1", f.public1DER, public, ""},
		{"DER", "a certificate", f.cert, public, ""},
		{"DER", "a line feed after it", f.pkcs8DER + "\r\n", private, ""},

		{"base64", "of PKCS#8", f.bare, private, ""},
		{"base64", "of PKCS#1", encoded(f.pkcs1DER), private, ""},
		{"base64", "of PKIX", f.bareWallet, public, ""},
		{"base64", "of public PKCS#1", encoded(f.public1DER), public, ""},
		{"base64", "of a certificate", encoded(f.cert), public, ""},
		{"base64", "of PEM", encoded(f.pkcs8), private, ""},
		{"base64", "of PEM with CR LF", encoded(strings.ReplaceAll(f.pkix, "\n", "\r\n")), public, ""},
		{"base64", "of a public PEM", encoded(f.pkix), public, ""},
		{"base64", "of PEM, wrapped", wrapped(encoded(f.pkcs1), 76, "\n"), private, ""},
		{"base64", "of base64", encoded(f.bare), private, ""},
		{"base64", "of base64 of PEM", encoded(encoded(f.pkcs8)), private, ""},
		{"base64", "of UTF-16", encoded(inUTF16(f.pkcs8, false)), private, ""},
		{"base64", "wrapped", wrapped(f.bare, 64, "\n"), private, ""},
		{"base64", "wrapped with CR LF", wrapped(f.bareWallet, 76, "\r\n"), public, ""},
		{"base64", "in words", wrapped(f.bare, 64, " "), private, ""},
		{"base64", "a character a line", wrapped(f.bare, 1, "\n"), private, ""},
		{"base64", "URL-safe", base64.URLEncoding.EncodeToString([]byte(f.pkcs8DER)), private, ""},
		{"base64", "URL-safe without padding", base64.RawURLEncoding.EncodeToString([]byte(f.pkixDER)), public, ""},
		{"base64", "without padding", strings.TrimRight(f.bare, "="), private, ""},
		{"base64", "hexadecimal digits", hexes, private, ""},
		{"base64", "hexadecimal digits with colons",
			wrapped(strings.ToUpper(hex.EncodeToString([]byte(f.pkixDER))), 2, ":"),
			public, ""},
		{"base64", "hexadecimal digits in lines", wrapped(hexes, 60, "\n"), private, ""},

		{"PKCS#12 without a password", "not encrypted", p12("plain"), private, ""},
		{"PKCS#12 without a password", "not encrypted, sealed", p12("plain-sealed"), private, ""},
		{"PKCS#12 without a password", "AES of the empty password", p12("empty-aes256"), private, ""},
		{"PKCS#12 without a password", "AES, SHA-1 of the empty password", p12("empty-aes128-sha1"), private, ""},
		{"PKCS#12 without a password", "triple DES of the empty password", p12("empty-3des"), private, ""},
		{"PKCS#12 without a password", "a file", unbase64(t, p12("empty-aes256")), private, ""},
		{"PKCS#12 without a password", "an old file", unbase64(t, p12("empty-3des")), private, ""},
		{"PKCS#12 without a password", "in one line", strings.Join(strings.Fields(p12("empty-aes256")), ""),
			private, ""},

		{"JSON Web Key", "private", jwkPrivate, private, ""},
		{"JSON Web Key", "public", jwkPublic, public, ""},
		{"JSON Web Key", "in a set of one", `{"keys": [` + jwkPublic + `]}`, public, ""},
		{"JSON Web Key", "in a variable", `KEY='` + jwkPrivate + `'`, private, ""},
		{"JSON Web Key", "in a variable, escaped", `"` + strings.ReplaceAll(jwkPrivate, `"`, `\"`) + `"`, private, ""},
		{"JSON Web Key", "without its primes", `{"kty":"RSA",` + jwkMember("n", key.N) + `,"e":"AQAB",` +
			jwkMember("d", key.D) + `}`, private, ""},
		{"XML of .NET", "private", xmlPrivate, private, ""},
		{"XML of .NET", "public", xmlPublic, public, ""},
		{"XML of .NET", "below a declaration", `<?xml version="1.0"?>` + "\n" + xmlPublic, public, ""},
		{"XML of .NET", "in base64", encoded(xmlPrivate), private, ""},
	}
}

func jwkMember(name string, number *big.Int) string {
	return `"` + name + `":"` + base64.RawURLEncoding.EncodeToString(number.Bytes()) + `"`
}

func jwk(key *rsa.PrivateKey) (private, public string) {
	public = `{"kty":"RSA","kid":"1",` + jwkMember("n", key.N) + `,"e":"AQAB"`
	return public + "," + jwkMember("d", key.D) + "," + jwkMember("p", key.Primes[0]) + "," +
		jwkMember("q", key.Primes[1]) + "}", public + "}"
}

func dotNet(key *rsa.PrivateKey) (private, public string) {
	element := func(name string, number *big.Int) string {
		return "<" + name + ">" + base64.StdEncoding.EncodeToString(number.Bytes()) + "</" + name + ">"
	}
	public = "<RSAKeyValue>" + element("Modulus", key.N) + "\n<Exponent>AQAB</Exponent>"
	return public + element("P", key.Primes[0]) + element("Q", key.Primes[1]) + element("D", key.D) + "</RSAKeyValue>",
		public + "</RSAKeyValue>"
}

// readSurroundings are keys with what programs and people put around and into them.
func readSurroundings(t testing.TB) []input {
	t.Helper()
	f := merchant(t)
	each := func(row, name string, change func(string) string) []input {
		return []input{
			{row, name + ", PEM", change(f.pkcs8), private, ""},
			{row, name + ", base64", change(f.bare), private, ""},
			{row, name + ", public PEM", change(f.pkix), public, ""},
			{row, name + ", public base64", change(f.bareWallet), public, ""},
		}
	}
	framed := func(row, name string, change func(string) string) []input {
		return []input{
			{row, name, change(f.pkcs8), private, ""},
			{row, name + ", public", change(f.certificate), public, ""},
		}
	}
	replaced := func(old, by string) func(string) string {
		return func(text string) string { return strings.ReplaceAll(text, old, by) }
	}
	between := func(before, after string) func(string) string {
		return func(text string) string { return before + text + after }
	}
	escaped := func(before, after string) func(string) string {
		return func(text string) string { return before + strings.ReplaceAll(text, "\n", `\n`) + after }
	}
	all := slices.Concat(
		each("what is around it", "double quotes", between(`"`, `"`)),
		each("what is around it", "single quotes", between(`'`, `'`)),
		each("what is around it", "two kinds of quotes", between(`'"`, `"'`)),
		each("what is around it", "typographic quotes", between("\u201c", "\u201d")),
		each("what is around it", "one quote", between(`"`, "")),
		each("what is around it", "a name", between("TRADEPAY_PRIVATE_KEY=", "\r\n")),
		each("what is around it", "a name and quotes", escaped(`PRIVATE_KEY="`, "\"\r\n")),
		each("what is around it", "export", escaped(`export TRADEPAY_KEY='`, `'`)),
		each("what is around it", "PowerShell", escaped(`$env:TRADEPAY_KEY = "`, `"`)),
		each("what is around it", "set", between("set TRADEPAY_KEY=", "")),
		each("what is around it", "Dockerfile", escaped(`ENV TRADEPAY_KEY="`, `"`)),
		each("what is around it", "YAML", escaped(`  private_key: "`, "\"\n")),
		each("what is around it", "YAML in lines", func(text string) string {
			return "key: |-\n  " + strings.ReplaceAll(text, "\n", "\n  ")
		}),
		each("what is around it", "a line of Compose", escaped(`- TRADEPAY_KEY=`, "")),
		each("what is around it", "a member of JSON", escaped(`"privateKey": "`, `",`)),
		each("what is around it", "PHP", escaped(`'key' => '`, `',`)),
		each("what is around it", "Java", escaped(`private static final String KEY = "`, `";`)),
		each("what is around it", "Go", between("key := `", "`")),
		each("what is around it", "escaped quotes", escaped(`\"`, `\"`)),
		each("what is around it", "white space", between(" \t\n\n", "\n\r\n \u00a0")),
		each("what is around it", "a zero byte after it", between("", "\x00")),

		framed("line breaks", "CR LF", replaced("\n", "\r\n")),
		framed("line breaks", "CR", replaced("\n", "\r")),
		framed("line breaks", "spaces", replaced("\n", " ")),
		framed("line breaks", "none", replaced("\n", "")),
		framed("line breaks", `\n`, replaced("\n", `\n`)),
		framed("line breaks", `\\n`, replaced("\n", `\\n`)),
		framed("line breaks", `\\\\n`, replaced("\n", `\\\\n`)),
		framed("line breaks", `\r\n`, replaced("\n", `\r\n`)),
		framed("line breaks", `\n and a line break`, replaced("\n", "\\n\n")),
		framed("line breaks", "a backslash at the end", replaced("\n", "\\\n")),
		framed("line breaks", "doubled", replaced("\n", "\n\n")),
		framed("line breaks", "no spaces at all", func(text string) string {
			return strings.Join(strings.Fields(text), "")
		}),
		framed("line breaks", "indented", replaced("\n", "\n\t  ")),
		framed("line breaks", "spaces at the ends", replaced("\n", "  \n")),
		framed("line breaks", "joined strings", replaced("\n", "\\n\" +\n  \"")),

		each("characters", "a byte order mark", between("\ufeff", "")),
		each("characters", "UTF-16 LE", func(text string) string { return "\xff\xfe" + inUTF16(text, false) }),
		each("characters", "UTF-16 BE", func(text string) string { return "\xfe\xff" + inUTF16(text, true) }),
		each("characters", "UTF-16 LE without a mark", func(text string) string { return inUTF16(text, false) }),
		each("characters", "UTF-16 BE without a mark", func(text string) string { return inUTF16(text, true) }),
		each("characters", "UTF-16 and a line feed", func(text string) string { return inUTF16(text, false) + "\n" }),
		each("characters", "zero width", between("\u200b", "\u200b\u2060")),
		each("characters", "slashes as PHP escapes them", replaced("/", `\/`)),
		each("characters", "signs as Gson escapes them", replaced("=", `\u003d`)),
		each("characters", "as a form sends it", url.QueryEscape),
		each("characters", "as a path", url.PathEscape),
		each("characters", "as HTML", func(text string) string {
			return "&quot;" + strings.NewReplacer("+", "&#43;", "\n", "&#10;", "=", "&#x3D;").Replace(text) + "&quot;"
		}),
		framed("characters", "spaces that do not break", replaced(" ", "\u00a0")),
		framed("characters", "typographic dashes", replaced("-----", "\u2014\u2013-")),
		framed("characters", "a dash lost", func(text string) string {
			return strings.TrimSpace(text[1:])[:len(text)-3]
		}),
		framed("characters", "dashes with spaces", replaced("-----", " ----- ")),
		framed("characters", "small letters", func(text string) string {
			return strings.NewReplacer("BEGIN", "Begin", "END", "End").Replace(text)
		}),
	)
	wallet := keyFile(t, "wallet.cert.pem")
	return append(all, []input{
		{"several blocks of one pair", "private key and certificate", f.pkcs8 + f.certificate, private, ""},
		{"several blocks of one pair", "certificate and private key", f.certificate + f.pkcs8, private, ""},
		{"several blocks of one pair", "with the certificate of an issuer", f.pkcs8 + f.certificate + wallet,
			private, ""},
		{"several blocks of one pair", "private and public key", f.pkcs8 + f.pkix, private, ""},
		{"several blocks of one pair", "with a certificate request", f.pkcs8 + block("CERTIFICATE REQUEST", "0\x00"),
			private, ""},
		{"several blocks of one pair", "as a web server has it",
			f.certificate + f.pkcs8 + block("DH PARAMETERS", "0\x00"), private, ""},
		{"several blocks of one pair", "the same twice", f.pkcs8 + f.pkcs1, private, ""},
		{"several blocks of one pair", "the same public key twice", f.pkix + f.certificate + f.public1, public, ""},
	}...)
}
