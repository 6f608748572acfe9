package keyform

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/vectortest"
)

// refusedHalves are keys in the wrong number.
func refusedHalves(t testing.TB) []input {
	t.Helper()
	f := merchant(t)
	other := func(name string) string { return keyFile(t, "wallet."+name) }
	jwkPrivate, jwkPublic := jwk(vectortest.Key(t, "merchant"))
	xmlPrivate, xmlPublic := dotNet(vectortest.Key(t, "merchant"))
	const two = "two keys"
	env := "TRADEPAY_PRIVATE_KEY=\"" + strings.ReplaceAll(f.pkcs8, "\n", `\n`) + "\"\nTRADEPAY_WALLET_KEY=\"" +
		strings.ReplaceAll(other("public.pkix.pem"), "\n", `\n`) + "\"\n"
	return []input{
		{two, "two private keys", f.pkcs8 + other("private.pkcs8.pem"),
			neither, "several private keys | this is a private"},
		{two, "a private and another public key", f.pkcs8 + other("public.pkix.pem"), neither,
			"the public key of another | this is a private key together"},
		{two, "in one environment file", env, neither, "the public key of another | together with a public key"},
		{two, "two public keys", f.pkix + other("public.pkix.pem"), neither,
			"this is a public key | several public keys or certificates"},
		{two, "two certificates", f.certificate + other("cert.pem"),
			neither, "this is a public key | several public keys"},
		{two, "base64 after PEM", f.pkcs8 + other("pkcs8.b64"), neither, "more base64 before or after"},
		{two, "base64 before PEM", other("pkix.b64") + "\n" + f.pkix, neither, "more base64 before or after"},
		{two, "two in base64", f.bare + strings.TrimSpace(other("pkcs8.b64")), neither, "damaged"},
		{two, "two in base64 without padding", encoded(f.pkcs1DER + f.pkcs1DER),
			neither, "bytes after the end of the key"},
		{two, "two files", f.pkcs8DER + f.pkcs8DER, neither, "bytes after the end of the key"},
		{two, "two bare settings", "A_KEY=" + f.bare + "\nB_KEY=" + f.bareWallet,
			neither, "a file of several settings"},
		{two, "two JSON Web Keys", `{"keys":[` + jwkPrivate + "," + jwkPublic + "]}",
			neither, "a set of JSON Web Keys"},
		{two, "no JSON Web Key in a set", `{"keys":[]}`, neither, "a set of JSON Web Keys"},
		{two, "a JSON Web Key with a number twice", `{"n":"AQAB",` + jwkPublic[1:], neither, "JSON"},
		{two, "XML twice", xmlPublic + xmlPrivate, neither, "several keys in XML"},
		{two, "XML with a number twice", strings.Replace(xmlPublic, "</RSAK", "<Modulus>AQAB</Modulus></RSAK", 1),
			neither,
			"holds a number twice"},
	}
}

func pkcs8Of(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(der)
}

func pkixOf(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return string(der)
}

// sshString is a text in an OpenSSH key.
func sshString(text string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// refusedKinds are keys that a wallet cannot use, and files that hold none.
func refusedKinds(t testing.TB) []input {
	t.Helper()
	f := merchant(t)
	bad := func(name string) string { return keyFile(t, "bad/"+name) }
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(ec)
	require.NoError(t, err)
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	key := vectortest.Key(t, "merchant")
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(t, err)
	number := new(big.Int).Lsh(big.NewInt(5), 1020)
	dsaDER := marshal(t, []*big.Int{new(big.Int), number, number, number, number, number})
	algorithm := func(ids ...int) string { return asPKCS8(t, bareAlgorithm{asn1.ObjectIdentifier(ids)}, f.pkcs1DER) }
	sshKey := sshString("ssh-rsa") + sshString("\x01\x00\x01") + sshString("\x00"+string(key.N.Bytes()))
	p12 := func(name string) string { return testFile(t, name+".p12.b64") }
	store := "\xfe\xed\xfe\xed\x00\x00\x00\x02" + strings.Repeat("key store ", 30)
	const kind, protected, file = "a key of another kind", "protected", "another file"
	return []input{
		{kind, "EC", block("EC PRIVATE KEY", string(sec1)), neither, "an EC key, not RSA"},
		{kind, "EC with parameters", block("EC PARAMETERS", "\x06\x01\x00") + block("EC PRIVATE KEY", string(sec1)),
			neither,
			"an EC key, not RSA"},
		{kind, "EC in PKCS#8", bad("ec-p256.private.pkcs8.pem"), neither, "an EC key, not RSA"},
		{kind, "EC, public", bad("ec-p256.public.pkix.pem"), neither, "an EC key, not RSA"},
		{kind, "EC as DER", string(sec1), neither, "an EC key, not RSA"},
		{kind, "EC in base64", encoded(string(sec1)), neither, "an EC key, not RSA"},
		{kind, "EC below the label of RSA", block("RSA PRIVATE KEY", string(sec1)), neither, "an EC key, not RSA"},
		{kind, "Ed25519", block("PRIVATE KEY", pkcs8Of(t, ed)), neither, "an Ed25519 key, not RSA"},
		{kind, "Ed25519, public", pkixOf(t, edPublic), neither, "an Ed25519 key, not RSA"},
		{kind, "X25519", pkcs8Of(t, x), neither, "an X25519 key, not RSA"},
		{kind, "DSA", block("DSA PRIVATE KEY", dsaDER), neither, "a DSA key, not RSA"},
		{kind, "DSA as DER", dsaDER, neither, "a DSA key, not RSA"},
		{kind, "DSA in PKCS#8", algorithm(1, 2, 840, 10040, 4, 1), neither, "a DSA key, not RSA"},
		{kind, "Diffie-Hellman", block("DH PARAMETERS", "0\x00"), neither, "a Diffie-Hellman key, not RSA"},
		{kind, "unknown", algorithm(1, 2, 3, 4), neither, "a key of another kind, not RSA"},
		{kind, "RSA-PSS", bad("rsa-pss.private.pkcs8.pem"), neither, "RSA-PSS only"},
		{kind, "RSA-PSS, public", bad("rsa-pss.public.pkix.pem"), neither, "RSA-PSS only"},
		{kind, "RSA-OAEP", algorithm(1, 2, 840, 113549, 1, 1, 7), neither, "RSA-OAEP"},
		{kind, "1024 bits", bad("rsa1024.private.pkcs8.pem"), neither, "1024 bits | this is a private key"},
		{kind, "1024 bits, public", pkixOf(t, &small.PublicKey), neither, "this is a public key | 1024 bits"},
		{kind, "exponent 3", bad("rsa-e3.private.pkcs8.pem"),
			neither, "exponent other than 65537 | this is a private key"},
		{kind, "a JSON Web Key of EC", `{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}`,
			neither, "another kind, not RSA"},
		{kind, "a JSON Web Key of a secret", `{"kty":"oct","k":"AQAB"}`, neither, "a shared secret"},
		{kind, "a JSON Web Key of three primes", `{"kty":"RSA","oth":[]}`, neither, "more than two primes"},
		{kind, "PGP", block("PGP PRIVATE KEY BLOCK", "x"), neither, "a PGP key"},
		{kind, "PGP, public, with its sum", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nmQEN\n=AbCd\n" +
			"-----END PGP PUBLIC KEY BLOCK-----\n", neither, "a PGP key"},
		{kind, "ed25519 of OpenSSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@host", neither, "not one of RSA"},
		{kind, "ecdsa of OpenSSH", "ecdsa-sha2-nistp256 AAAA me@host", neither, "not one of RSA"},
		{kind, "age", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ", neither, "an age key"},

		{protected, "PKCS#8", bad("encrypted.private.pkcs8.pem"), neither, "protected by a passphrase"},
		{protected, "PKCS#1", bad("encrypted.private.pkcs1.pem"), neither, "protected by a passphrase"},
		{protected, "line breaks lost", strings.ReplaceAll(bad("encrypted.private.pkcs1.pem"), "\n", " "), neither,
			"protected by a passphrase"},
		{protected, "DER", marshal(t, struct {
			Algorithm bareAlgorithm
			Key       []byte
		}{bareAlgorithm{rsaID}, make([]byte, 1200)}), neither, "protected by a passphrase"},
		{protected, "PKCS#12", p12("password-aes256"), neither, "protected by the password of its PKCS#12 file"},
		{protected, "an old PKCS#12 file", unbase64(t, p12("password-3des")),
			neither, "protected by the password of its"},
		{protected, "PKCS#12 in BER", "\x30\x80\x02\x01\x03\x30\x80\x06\x09" + strings.Repeat("x", 200),
			neither, "is in BER"},

		{file, "a certificate request", block("CERTIFICATE REQUEST", string(request)),
			neither, "a certificate request"},
		{file, "a certificate request of Windows", block("NEW CERTIFICATE REQUEST", string(request)), neither,
			"a certificate request"},
		{file, "a certificate request as DER", string(request), neither, "a certificate request"},
		{file, "a certificate request in base64", encoded(string(request)), neither, "a certificate request"},
		{file, "a certificate request below another label", block("CERTIFICATE", string(request)), neither,
			"a certificate request"},
		{file, "OpenSSH", block("OPENSSH PRIVATE KEY", "openssh-key-v1\x00"), neither, "an OpenSSH key"},
		{file, "OpenSSH in base64", encoded("openssh-key-v1\x00" + strings.Repeat("x", 200)),
			neither, "an OpenSSH key"},
		{file, "OpenSSH, public", "ssh-rsa " + encoded(sshKey) + " me@host", neither, "an OpenSSH public key"},
		{file, "OpenSSH, public, without its words", encoded(sshKey), neither, "an OpenSSH public key"},
		{file, "SSH2", "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"me\"\nAAAA\n---- END SSH2 PUBLIC KEY ----", neither,
			"an SSH2 public key"},
		{file, "PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: me", neither, "a PuTTY key"},
		{file, "a Java key store", store, neither, "a Java key store (JKS)"},
		{file, "a Java key store in base64", encoded(store), neither, "a Java key store (JKS)"},
		{file, "another Java key store", "\xce\xce\xce\xce" + store, neither, "a Java key store (JCEKS)"},
		{file, "PKCS#12 with certificates only", p12("certificate-only"), neither, "no private key is found"},
		{file, "PKCS#12 with a plain certificate", p12("certificate-plain"), neither, "no private key is found"},
		{file, "PKCS#7", testFile(t, "merchant.p7b.pem"), neither, "a PKCS#7 bundle"},
		{file, "PKCS#7 as DER", marshal(t, struct {
			ID      asn1.ObjectIdentifier
			Content []byte `asn1:"explicit,tag:0"`
		}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, []byte("x")}), neither, "a PKCS#7 bundle"},
		{file, "a list of revoked certificates", block("X509 CRL", "0\x00"), neither, "certificates that are revoked"},
		{file, "a certificate of OpenSSL", block("TRUSTED CERTIFICATE", f.cert), neither, "OpenSSL's trust settings"},
		{file, "a key of Windows", "\x07\x02\x00\x00\x00\xa4\x00\x00RSA2", neither, "a private key of Windows"},
		{file, "a public key of Windows", "\x06\x02\x00\x00\x00\xa4\x00\x00RSA1", neither, "a public key of Windows"},
		{file, "a key of Windows (PVK)", "\x1e\xf1\xb5\xb0\x00\x00", neither, "(PVK)"},
		{file, "a ZIP archive", "PK\x03\x04\x14\x00", neither, "a ZIP archive"},
		{file, "a gzip archive", "\x1f\x8b\x08\x00", neither, "a gzip archive"},
		{file, "a PDF", "%PDF-1.7\n%", neither, "a PDF"},
		{file, "PEM of something else", block("SSL SESSION PARAMETERS", "0\x00"),
			neither, "not of a key or certificate"},
		{file, "DER of something signed", "\x30\x81\x0c\x30\x03\x02\x01\x05\x30\x00\x03\x03\x00\x00\x00", neither,
			"not of a key or certificate"},
		{file, "DER of something else", "\x30\x81\x06\x30\x04\x30\x02\x05\x00", neither, "not of a key or certificate"},
		{file, "JSON", `{"type":"service_account","client_id":"x"}`, neither, "JSON, but not a JSON Web Key"},
		{file, "a list in JSON", `[{"kty":"RSA"}]`, neither, "JSON, but not a JSON Web Key"},
		{file, "XML", "<?xml version='1.0'?><settings/>", neither, "XML, but not of an RSA key"},
		{file, "a web page", "\n<!DOCTYPE html><title>Sign in</title>", neither, "a web page"},
		{file, "settings", "TRADEPAY_WALLET=VodaPay\nTRADEPAY_CLIENT_ID=1\n", neither, "a file of several settings"},
	}
}

// refusedDamage are keys of which something is missing or wrong, and where.
func refusedDamage(t testing.TB) []input {
	t.Helper()
	f := merchant(t)
	key := vectortest.Key(t, "merchant")
	lines := strings.SplitAfter(f.pkcs8, "\n")
	without := func(n int) string { return strings.Join(lines[:n], "") + strings.Join(lines[n+1:], "") }
	end := len(lines) - 2
	spoiled := strings.Replace(f.pkcs8, lines[5], "*"+lines[5][1:], 1)
	_, xmlPublic := dotNet(key)
	_, jwkPublic := jwk(key)
	wrong := func(change func(*pkcs1)) string { return encoded(numbered(t, key, change)) }
	publicOf := func(n *big.Int, e int) string {
		return encoded(string(x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: n, E: e})))
	}
	var zero big.Int
	const row, fit = "damaged", "its numbers do not fit together | this is a private key"
	return []input{
		{row, "no BEGIN line", without(0), neither, "an END line without its BEGIN line, in line"},
		{row, "no END line", without(end), neither, "the BEGIN line has no END line after it, in line 1"},
		{row, "cut off in the middle", strings.Join(lines[:10], ""), neither, "has no END line"},
		{row, "only a BEGIN line", lines[0], neither, "has no END line"},
		{row, "an END line of another kind", strings.Replace(f.pkcs8, "END PRIVATE", "END PUBLIC", 1), neither,
			"the END line names something else"},
		{row, "a line is missing", without(7), neither, "is cut off: it has"},
		{row, "a line twice", strings.Join(lines[:8], "") + strings.Join(lines[7:], ""),
			neither, "after the end of the key"},
		{row, "a line moved", strings.Join(lines[:3], "") + lines[12] + strings.Join(lines[3:12], "") +
			strings.Join(lines[13:], ""), neither, "damaged | "},
		{row, "a wrong letter", spoiled, neither, "does not belong there, in line 6"},
		{row, "three dots for the rest", lines[0] + lines[1] + "…\n" + lines[end], neither, "in line 3"},
		{row, "nothing in it", lines[0] + lines[end], neither, "there is nothing between"},
		{row, "a damaged block before a good one", spoiled + f.pkcs8, neither, "in line 6"},
		{row, "a good block before a damaged one", f.pkcs8 + spoiled, neither, "in line 34"},
		{row, "an END line too many", f.pkcs8 + lines[end], neither, "an END line without its BEGIN line"},
		{row, "truncated", keyFile(t, "bad/truncated.private.pkcs8.pem"), neither, "damaged PEM"},
		{row, "truncated, public", keyFile(t, "bad/truncated.public.pkix.pem"), neither, "damaged PEM"},
		{row, "truncated DER", keyFile(t, "bad/truncated-der.public.pkix.pem"), neither, "is cut off: it has"},
		{row, "DER cut off", f.pkcs8DER[:900], neither, "is cut off: it has 900 bytes, of at least 1217"},
		{row, "DER cut off early", f.pkixDER[:8], neither, "is cut off: it has 8 bytes"},
		{row, "base64 cut off", f.bare[:400], neither, "is cut off: it has 300 bytes"},
		{row, "base64 cut off within four", f.bare[:401], neither, "at its character 401 of 401"},
		{row, "base64 without its beginning", f.bare[8:], neither, "base64, but not of a key"},
		{row, "base64 with a wrong letter", f.bare[:99] + "*" + f.bare[100:], neither, "at its character 100 of"},
		{row, "base64 with padding within", f.bare[:100] + "==" + f.bare[100:], neither, "at its character 101 of"},
		{row, "base64 with more padding", f.bare + "==", neither, "at its character"},
		{row, "base64 with more after it", strings.TrimRight(f.bare, "=") + "BBBBB",
			neither, "after the end of the key"},
		{row, "hexadecimal digits cut off", hex.EncodeToString([]byte(f.pkcs8DER[:500])), neither, "is cut off"},
		{row, "UTF-16 that lacks a byte", inUTF16(f.pkcs8, false)[:1001], neither, "lacks a byte"},
		{row, "an inner length", f.pkcs8DER[:5] + "\x7f" + f.pkcs8DER[6:], neither, "DER does not add up"},
		{row, "PKCS#8 of nothing", asPKCS8(t, bareAlgorithm{rsaID}, "\x30\x00"), neither, "no RSA key is in it"},
		{row, "PKCS#8 of half a key", asPKCS8(t, bareAlgorithm{rsaID}, f.pkcs1DER[:600]),
			neither, "no RSA key is in it"},
		{row, "PKCS#8 of more than a key", asPKCS8(t, bareAlgorithm{rsaID}, f.pkcs1DER+"x"),
			neither, "no RSA key is in it"},
		{row, "PKIX of nothing", marshal(t, struct {
			Algorithm bareAlgorithm
			Key       asn1.BitString
		}{bareAlgorithm{rsaID}, asn1.BitString{Bytes: []byte("0\x00"), BitLength: 16}}),
			neither, "no RSA key is in it"},
		{row, "no algorithm", asPKCS8(t, []int{1}, f.pkcs1DER), neither, "does not say of which kind"},
		{row, "another modulus", wrong(func(k *pkcs1) { k.N = plus(k.N, 2) }), neither, fit},
		{row, "another exponent", wrong(func(k *pkcs1) { k.E = plus(k.E, 2) }), neither, fit},
		{row, "another exponent, large", wrong(func(k *pkcs1) { k.E = plus(big.NewInt(1<<32), 1) }), neither, fit},
		{row, "neither D nor primes", wrong(func(k *pkcs1) { k.D, k.P, k.Q = &zero, &zero, &zero }),
			neither, fit},
		{row, "all but N wrong", wrong(func(k *pkcs1) { k.D, k.P, k.Q = plus(k.D, 2), plus(k.P, 2), plus(k.Q, 2) }),
			neither, fit},
		{row, "halves of two keys", wrong(func(k *pkcs1) { k.N = vectortest.Key(t, "wallet").N }), neither, fit},
		{row, "a modulus of zero", string(x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: new(big.Int), E: 65537})),
			neither,
			"this is a public key | is zero"},
		{row, "an even modulus", publicOf(new(big.Int).Lsh(big.NewInt(1), 2047), 65537), neither,
			"this is a public key | an even modulus"},
		{row, "a modulus with a small factor", publicOf(new(big.Int).Mul(big.NewInt(3), key.N), 65537), neither,
			"this is a public key | a small factor"},
		{row, "an even exponent", publicOf(key.N, 65536), neither, "this is a public key | an even exponent"},
		{row, "an exponent of zero", publicOf(key.N, 0), neither, "this is a public key | exponent is zero"},
		{row, "a huge modulus", publicOf(new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 9000), key.N), 65537),
			neither,
			"this is a public key | bits"},
		{row, "XML cut off", xmlPublic[:200], neither, "in XML that is not whole"},
		{row, "XML without its modulus", "<RSAKeyValue><Exponent>AQAB</Exponent></RSAKeyValue>",
			neither, "lacks the modulus"},
		{row, "XML with a wrong letter", strings.Replace(xmlPublic, "<Modulus>", "<Modulus>*", 1),
			neither, "not base64"},
		{row, "a JSON Web Key without its modulus", `{"kty":"RSA","e":"AQAB"}`, neither, "lacks the modulus"},
		{row, "a JSON Web Key with a number", strings.Replace(jwkPublic, `"AQAB"`, "65537", 1), neither, "not base64"},
		{row, "a JSON Web Key with letters too many", strings.Replace(jwkPublic, `"n":"`, `"n":"AbCd`, 1), neither,
			"this is a public key | its modulus has lost or gained characters"},
		{row, "a JSON Web Key cut off", jwkPublic[:100], neither, "JSON"},
		{row, "a PKCS#12 frame", "\x30\x09\x02\x01\x03\x30\x02\x05\x00\x30\x00", neither, "PKCS#12 file"},
		{row, "a PKCS#12 file cut off", unbase64(t, testFile(t, "plain.p12.b64"))[:1000], neither, "is cut off"},
	}
}

// refusedTexts are texts in the place of a key.
func refusedTexts(t testing.TB) []input {
	t.Helper()
	const row = "no key at all"
	return []input{
		{row, "nothing", "", neither, "is empty"},
		{row, "white space", " \r\n\t", neither, "is empty"},
		{row, "a byte order mark", "\ufeff", neither, "is empty"},
		{row, "a byte order mark of UTF-16", "\xff\xfe", neither, "is empty"},
		{row, "empty quotes", `""`, neither, "is empty but for"},
		{row, "a name", "TRADEPAY_PRIVATE_KEY=", neither, "is empty but for"},
		{row, "a name and empty quotes", `export KEY=""` + "\r\n", neither, "is empty but for"},
		{row, "zero bytes", strings.Repeat("\x00", 1700), neither, "zero bytes"},
		{row, "a path", "/etc/keys/merchant.pem", neither, "the name of a file"},
		{row, "a path without a kind", "/run/secrets/merchant-key", neither, "the name of a file"},
		{row, "a path of Windows", `C:\new\keys\merchant`, neither, "the name of a file"},
		{row, "a path in a variable", `KEY="C:\new\rsa.key"`, neither, "the name of a file"},
		{row, "a path at home", "~/.ssh/id_rsa", neither, "the name of a file"},
		{row, "a path of a PKCS#12 file", "merchant.p12", neither, "the name of a file"},
		{row, "a file URL", "file:///etc/keys/merchant", neither, "the name of a file"},
		{row, "a path of curl", "@/etc/keys/merchant", neither, "the name of a file"},
		{row, "a URL", "https://shop.example/keys/wallet", neither, "a URL"},
		{row, "a variable", "${PRIVATE_KEY}", neither, "a placeholder"},
		{row, "a variable without braces", `"$PRIVATE_KEY"`, neither, "a placeholder"},
		{row, "a variable of Windows", "%PRIVATE_KEY%", neither, "a placeholder"},
		{row, "a template", "{{ .Values.privateKey }}", neither, "a placeholder"},
		{row, "a command", "$(cat key.pem)", neither, "a placeholder"},
		{row, "what a template asks for", "<your private key>", neither, "a placeholder"},
		{row, "an HSM", "pkcs11:token=shop;object=merchant", neither, "lives elsewhere"},
		{row, "a key service", "arn:aws:kms:eu-west-1:111122223333:key/1234", neither, "lives elsewhere"},
		{row, "a sentence", "put the key here!", neither, "neither PEM nor base64 nor DER"},
		{row, "a word", "changeme", neither, "too short for a key, with 8 characters"},
		{row, "zeros", strings.Repeat("0", 40), neither, "too short for a key"},
		{row, "a word of five letters", "admin", neither, "neither PEM nor base64"},
		{row, "a fingerprint", "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDO6vHLLwcL0oqiRzY", neither, "too short"},
		{row, "base64 of a sentence", encoded(strings.Repeat("not a key at all, ", 20)),
			neither, "base64, but not of a key"},
		{row, "base64 of base64 of base64 of base64", encoded(encoded(encoded(encoded(strings.Repeat("A", 300))))),
			neither,
			"base64, but not of a key"},
		{row, "base64 of noise", encoded(strings.Repeat("\x81\xfe\x03\x99", 100)), neither, "base64, but not of a key"},
		{row, "far too much", strings.Repeat("A", maxSize+1), neither, "far too large"},
		{row, "a signature", encoded(strings.Repeat("\x9a\x01\xfe", 86)[:256]), neither, "base64, but not of a key"},
	}
}
