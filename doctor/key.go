package doctor

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/sigheader"
)

const (
	maxKeys     = 16 // public keys
	minPSSZeros = 8  // zero bytes that make a PSS structure certain
)

// signer is a public key and its role.
type signer struct {
	key     *rsa.PublicKey
	role    keyRole
	version string
}

type keyRole string

const (
	roleExpected keyRole = "expected" // the key of the keyVersion in the header
	roleVersion  keyRole = "version"  // the key of another keyVersion
	roleOwn      keyRole = "own key"  // the merchant's, which is not expected here
	roleOther    keyRole = "further"  // one of OtherKeys
)

// gatherKeys lists the available keys, the likely ones first.
func (d *doctor) gatherKeys() {
	var later []signer
	take := func(s signer, name string) {
		var fault *rsakey.UnusableError
		switch err := rsakey.Check(s.key); {
		case errors.As(err, &fault) && s.role != roleOther:
			d.certain(CauseUnusableKey, "The key "+name+" cannot be used: it "+fault.Rule+".", "")
		case err != nil:
		case s.role == roleExpected:
			d.signers = append(d.signers, s)
		default:
			later = append(later, s)
		}
	}
	for _, version := range sortedKeys(d.e.Keys) {
		key := d.e.Keys[version]
		usable := key != nil && key.N != nil
		if !d.ours && usable && d.own != nil && d.own.Equal(key) {
			d.certain(CauseOwnKeyLoaded, "The wallet's key of version "+redact.Word(version)+
				" is the merchant's own public key.", "fingerprint "+Fingerprint(key))
			continue
		}
		role := roleVersion
		if version == d.version || d.version == "" {
			role = roleExpected
		}
		take(signer{key, role, version}, "of version "+redact.Word(version))
	}
	if d.own != nil {
		role := roleOwn
		if d.ours && len(d.e.Keys) == 0 {
			role = roleExpected
		}
		take(signer{d.own, role, d.version}, "of the merchant")
	}
	for _, key := range d.e.OtherKeys[:min(len(d.e.OtherKeys), maxKeys)] {
		take(signer{key, roleOther, ""}, "")
	}
	d.signers = append(d.signers, later...)
	d.signers = d.signers[:min(len(d.signers), maxKeys)]
}

// tried lists the keys that the doctor tried.
func (d *doctor) tried() string {
	var list []string
	for _, s := range d.signers {
		name := string(s.role)
		if s.role == roleExpected || s.role == roleVersion {
			name = "version " + redact.Word(s.version)
		}
		list = append(list, fmt.Sprintf("%s %s (%d bits)", name, Fingerprint(s.key), s.key.N.BitLen()))
	}
	return "keys tried: " + strings.Join(list, ", ")
}

type scheme int

const (
	schemePKCS scheme = iota // EMSA-PKCS1-v1_5 with a DigestInfo
	schemeBare               // its padding around something else
	schemePSS                // EMSA-PSS
)

// recovered is what a public key recovers from the signature: the private half
// made it, whatever the content was.
type recovered struct {
	signer
	reading
	scheme scheme
	hash   crypto.Hash
	digest []byte // or the text in a bare padding, or H of PSS
	salt   []byte
	weak   bool // looks like PSS, as one of 256 random numbers does
}

// recoverAll tries each key on each reading of the signature. made are those that
// a key certainly made. If there are none, it undoes what may have happened to
// the signature's bytes, and tries again.
func (d *doctor) recoverAll() (made, weak []recovered) {
	try := func(list []reading) {
		for _, s := range d.signers {
			for _, r := range list {
				for _, rec := range recoverPadding(s.key, r.sig) {
					rec.signer, rec.reading = s, r
					if rec.weak {
						weak = append(weak, rec)
					} else {
						made = append(made, rec)
					}
				}
			}
		}
	}
	try(d.sigs)
	if len(made) > 0 {
		return made, weak
	}
	for _, r := range d.sigs {
		if try(d.repairBytes(r)); len(made) == 0 && len(unwrap(r)) > 0 {
			try(d.repairBytes(unwrap(r)[0]))
		}
	}
	return made, weak
}

// unwrap undoes an encoding too many: bytes that are hexadecimal or base64 text are
// no signature.
func unwrap(r reading) (inner []reading) {
	put := func(raw []byte, cause Cause, what string) {
		one := r.with(cause, what)
		one.sig = raw
		inner = append(inner, one)
	}
	text := string(r.sig)
	// Hexadecimal is valid base64, too: encoding the bytes again brings it back.
	if raw, err := hex.DecodeString(base64.RawStdEncoding.EncodeToString(r.sig)); err == nil && len(raw) > 0 {
		put(raw, CauseEncoding, "The signature is in hexadecimal.")
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) > 0 {
		put(raw, CauseDoubleEncoding, "The signature is base64 of hexadecimal.")
	}
	const twice = "The signature was encoded in base64 twice."
	if raw, err := sigheader.Decode(strings.TrimSpace(text)); err == nil && len(raw) > 0 {
		put(raw, CauseDoubleEncoding, twice)
		return inner
	}
	if len(text) < minText || strings.Trim(text, base64Text) != "" {
		return inner
	}
	for _, damaged := range looseSignature(text) {
		one := r.with(CauseDoubleEncoding, twice)
		inner = append(inner, reading{damaged.sig, append(one.notes, damaged.notes...)})
	}
	return inner
}

// Bytes that are the text of a signature, and not one by chance.
const (
	minText    = 64
	base64Text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=% \t\r\n"
)

// repairBytes undoes what programs are known to do to a signature's bytes.
func (d *doctor) repairBytes(r reading) []reading {
	all := unwrap(r)
	put := func(sig []byte, cause Cause, what string) {
		repaired := r.with(cause, what)
		repaired.sig = sig
		all = append(all, repaired)
	}
	sizes := map[int]bool{}
	for _, s := range d.signers {
		size := s.key.Size()
		if sizes[size] {
			continue
		}
		sizes[size] = true
		length := fmt.Sprintf("%d bytes, the key makes %d", len(r.sig), size)
		switch missing := size - len(r.sig); missing {
		case 1, 2:
			put(append(make([]byte, missing), r.sig...), CauseSignatureLength,
				"The signature lost its leading zero bytes: "+length+".")
		case -1, -2:
			put(r.sig[-missing:], CauseSignatureLength, "The signature has too many bytes in front: "+length+".")
			put(r.sig[:size], CauseSignatureLength, "The signature has too many bytes at its end: "+length+".")
		}
	}
	return all
}

// digestInfos are the DER prefixes that PKCS#1 v1.5 signs before a hash.
var digestInfos = []struct {
	hash crypto.Hash
	head string // up to the hash
}{
	{crypto.SHA256, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"},
	{crypto.SHA1, "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"},
	{crypto.SHA512, "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"},
	{crypto.SHA384, "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"},
	{crypto.SHA224, "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"},
	{crypto.MD5, "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10"},
}

// recoverPadding applies the public key, and looks for a padding that only the
// private half can have made. Random bytes may look like PSS with more than one
// hash.
func recoverPadding(key *rsa.PublicKey, sig []byte) []recovered {
	s := new(big.Int).SetBytes(sig)
	if len(sig) != key.Size() || s.Cmp(key.N) >= 0 {
		return nil
	}
	padded := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	if padded[0] == 0 && padded[1] == 1 {
		rest := bytes.TrimLeft(padded[2:], "\xff")
		if fill := len(padded) - 2 - len(rest); fill >= 8 && len(rest) > 1 && rest[0] == 0 {
			return []recovered{openInfo(rest[1:])}
		}
	}
	if padded[len(padded)-1] == 0xbc {
		return openPSS(padded, key.N.BitLen()-1)
	}
	return nil
}

// openInfo reads what a padding of PKCS#1 v1.5 holds.
func openInfo(text []byte) recovered {
	bare := recovered{scheme: schemeBare, hash: crypto.SHA256, digest: text}
	length := len(text)
	if raw, err := hex.DecodeString(string(text)); err == nil {
		length = len(raw)
	}
	for _, info := range digestInfos {
		if digest, ok := bytes.CutPrefix(text, []byte(info.head)); ok && len(digest) == info.hash.Size() {
			return recovered{scheme: schemePKCS, hash: info.hash, digest: digest}
		}
		if length == info.hash.Size() {
			bare.hash = info.hash
		}
	}
	return bare
}

// openPSS undoes the mask of EMSA-PSS. Zeros and a one before the salt show
// that there was such a mask.
func openPSS(padded []byte, bits int) (weak []recovered) {
	padded = padded[len(padded)-(bits+7)/8:]
	for _, hash := range []struct{ content, mask crypto.Hash }{
		{crypto.SHA256, crypto.SHA256}, {crypto.SHA256, crypto.SHA1}, {crypto.SHA1, crypto.SHA1},
		{crypto.SHA512, crypto.SHA512}, {crypto.SHA384, crypto.SHA384},
	} {
		size := hash.content.Size()
		db, h := bytes.Clone(padded[:len(padded)-size-1]), padded[len(padded)-size-1:len(padded)-1]
		counter := byte(0)
		for rest := db; len(rest) > 0; counter++ { // MGF1
			block := sum(hash.mask, h, []byte{0, 0, 0, counter})
			if block == nil {
				break
			}
			rest = rest[subtle.XORBytes(rest, rest, block):]
		}
		db[0] &= 0xff >> (8*len(padded) - bits)
		salt := bytes.TrimLeft(db, "\x00")
		if len(salt) == 0 || salt[0] != 1 {
			continue
		}
		r := recovered{scheme: schemePSS, hash: hash.content, digest: h, salt: salt[1:]}
		if len(db)-len(salt) >= minPSSZeros {
			return []recovered{r}
		}
		r.weak = true
		weak = append(weak, r)
	}
	return weak
}

// sum hashes. It returns nil for a hash that the program does not have, or that
// GODEBUG forbids.
func sum(hash crypto.Hash, data ...[]byte) []byte {
	if !hash.Available() { // all of them are, through crypto/x509
		return nil
	}
	h := hash.New()
	for _, b := range data {
		if _, err := h.Write(b); err != nil { // fips140=only
			return nil
		}
	}
	return h.Sum(nil)
}

// covers reports whether this is the signature of the content.
func (r *recovered) covers(content []byte) bool {
	digest := sum(r.hash, content)
	if digest == nil {
		return false
	}
	switch r.scheme {
	case schemePSS:
		return bytes.Equal(r.digest, sum(r.hash, make([]byte, 8), digest, r.salt))
	case schemeBare:
		text := string(r.digest)
		asBytes := bytes.HasSuffix(r.digest, digest) || bytes.Equal(r.digest, content)
		asText := strings.EqualFold(text, hex.EncodeToString(digest)) ||
			text == base64.StdEncoding.EncodeToString(digest)
		return asBytes || asText
	}
	return bytes.Equal(r.digest, digest)
}

// coversHash reports whether this is the signature of a hash of the content, and
// says how that hash was written.
func (r *recovered) coversHash(content []byte) (string, bool) {
	for _, inner := range []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA512, crypto.MD5} {
		digest := sum(inner, content)
		text := hex.EncodeToString(digest)
		for _, form := range []struct{ name, text string }{
			{"as bytes", string(digest)}, {"in hexadecimal", text}, {"in capital hexadecimal", strings.ToUpper(text)},
			{"in base64", base64.StdEncoding.EncodeToString(digest)},
			{"in base64url", base64.RawURLEncoding.EncodeToString(digest)},
		} {
			if digest != nil && r.covers([]byte(form.text)) {
				return inner.String() + " of the content " + form.name, true
			}
		}
	}
	return "", false
}

// judgeSigner says who signed, and what happened to the signature's text.
func (d *doctor) judgeSigner(r *recovered) {
	d.diagnosis.Key = Fingerprint(r.key)
	d.notes(r.notes)
	detail := "made by the key with fingerprint " + d.diagnosis.Key
	switch r.role {
	case roleVersion:
		summary := "The header names keyVersion " + redact.Word(d.version) +
			", but the key of keyVersion " + redact.Word(r.version) + " made the signature."
		if _, known := d.e.Keys[d.version]; !known {
			summary = "There is no key for keyVersion " + redact.Word(d.version) +
				"; the key of keyVersion " + redact.Word(r.version) + " made the signature."
		}
		d.certain(CauseKeyVersion, summary, detail)
	case roleOwn:
		if !d.ours {
			d.certain(CauseOwnSignature, "The merchant's own key made this signature, not the wallet's.", detail)
			break
		}
		d.certain(CauseKeyPair, "The private key that signed does not belong to the registered public key.",
			detail+"; "+d.tried())
	case roleOther:
		d.certain(CauseOtherKey, "One of the further keys made this signature, not the key for keyVersion "+
			redact.Word(d.version)+".", detail)
	}
}

// judgeNoSigner says what a signature shows that no available key made. weak are
// signatures of PSS over a content that the doctor did not find, or chance.
func (d *doctor) judgeNoSigner(weak []recovered) {
	if len(d.sigs) == 0 {
		return
	}
	best, isOnly := d.bestReading()
	if isOnly {
		d.notes(best.notes)
	} else {
		d.guessNotes(best.notes)
	}
	if len(d.signers) == 0 {
		d.certain(CauseUnusableKey, "There is no usable key to verify with.", "")
		return
	}
	if _, known := d.e.Keys[d.version]; !known && d.version != "" && len(d.e.Keys) > 0 {
		d.certain(CauseKeyVersion, "There is no key for keyVersion "+redact.Word(d.version)+
			", and none of the other keys made the signature.", d.tried())
	}
	n := len(best.sig)
	detail := fmt.Sprintf("signature of %d bytes; %s", n, d.tried())
	fits := n%128 == 0 && n >= rsakey.MinBits/8
	for _, s := range d.signers {
		fits = fits || s.key.Size() == n
	}
	if !fits {
		d.certain(CauseSignatureLength,
			"The signature has a length that no available key makes"+looksLike(best.sig)+".", detail)
	}
	if len(weak) > 0 {
		d.likely(CausePSS, "The signature looks like RSASSA-PSS over another content, though that may be chance; "+
			"the protocol wants RSASSA-PKCS1-v1_5.",
			"the key would be the one with fingerprint "+Fingerprint(weak[0].key))
	}
	const nobody = "None of the available keys made this signature, whatever its content; " +
		"or the signature was damaged on the way."
	if fits && len(weak) == 0 {
		d.certain(CauseUnknownKey, nobody, detail)
		return
	}
	d.likely(CauseUnknownKey, nobody, detail)
}

// looksLike guesses what a value is whose length no RSA signature has.
func looksLike(sig []byte) string {
	switch n := len(sig); {
	case n > 60 && n < 110 && sig[0] == 0x30 && int(sig[1]) == n-2:
		return "; it looks like a signature of ECDSA"
	case n == 20 || n == 32 || n == 64:
		return "; it looks like a hash or HMAC"
	case n == 128:
		return "; it looks like a signature of a 1024-bit key, which is too short"
	}
	return ""
}

func (d *doctor) notes(notes []note) {
	for _, n := range notes {
		d.certain(n.cause, n.what, "")
	}
}

func (d *doctor) guessNotes(notes []note) {
	for _, n := range notes {
		d.likely(n.cause, n.what, "")
	}
}

// bestReading returns the reading of the signature that has the length of a key, and
// whether no other one may be right.
func (d *doctor) bestReading() (best reading, isOnly bool) {
	all := slices.Clone(d.sigs)
	for _, r := range d.sigs {
		for _, inner := range unwrap(r) {
			all = append(append(all, inner), unwrap(inner)...)
		}
	}
	fits := slices.DeleteFunc(all, func(r reading) bool {
		ofLength := func(s signer) bool { return s.key.Size() == len(r.sig) }
		return !slices.ContainsFunc(d.signers, ofLength)
	})
	if len(fits) > 0 {
		return fits[0], len(fits) == 1
	}
	return d.sigs[0], len(d.sigs) == 1
}

// judgeScheme says what is wrong with the way of signing.
func (d *doctor) judgeScheme(r *recovered) {
	switch r.scheme {
	case schemePSS:
		d.certain(CausePSS, "The signature is RSASSA-PSS; the protocol wants RSASSA-PKCS1-v1_5.",
			fmt.Sprintf("%s, salt of %d bytes", r.hash, len(r.salt)))
	case schemeBare:
		d.certain(CausePadding, "The padding holds a hash or a text without the DigestInfo of PKCS#1.",
			fmt.Sprintf("%d bytes in the padding", len(r.digest)))
	}
	if r.hash != crypto.SHA256 {
		d.certain(CauseDigest, "The signature was made with "+r.hash.String()+", not with SHA-256.", "")
	}
}
