package tradepay

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

func (d *doctor) gatherKeys() {
	own, _ := d.e.OwnKey.(*rsa.PublicKey)
	if own != nil && own.N == nil {
		own = nil
	}
	var expected, versions, rest []signer
	take := func(list *[]signer, s signer, name string) {
		if err := checkPublicKey(name, s.key); err != nil {
			var field *FieldError
			if errors.As(err, &field) {
				d.add(CauseUnusableKey, true, "The key "+name+" cannot be used: it "+field.Rule+".", "")
			}
			return
		}
		*list = append(*list, s)
	}
	for _, version := range sortedKeys(d.e.Keys) {
		key := d.e.Keys[version]
		name := "of version " + printable(version)
		switch {
		case !d.ours && own != nil && key != nil && key.N != nil && own.Equal(key):
			d.add(CauseOwnKeyLoaded, true, "The wallet's key "+name+" is the merchant's own public key.", "fingerprint "+Fingerprint(own))
		case version == d.version || d.noVersion:
			take(&expected, signer{key, roleExpected, version}, name)
		default:
			take(&versions, signer{key, roleVersion, version}, name)
		}
	}
	if own != nil {
		role := roleOwn
		if d.ours && len(d.e.Keys) == 0 {
			role = roleExpected
		}
		take(&rest, signer{own, role, d.version}, "of the merchant")
	}
	for _, key := range d.e.OtherKeys {
		if checkPublicKey("", key) == nil {
			rest = append(rest, signer{key, roleOther, ""})
		}
	}
	d.signers = slices.Concat(expected, versions, rest)
	d.signers = d.signers[:min(len(d.signers), maxDoctorKeys)]
}

// describe lists the keys that were tried.
func (d *doctor) describe() string {
	var parts []string
	for _, s := range d.signers {
		name := map[keyRole]string{roleExpected: "version " + printable(s.version), roleVersion: "version " + printable(s.version), roleOwn: "own key", roleOther: "further key"}[s.role]
		if s.role == roleExpected && s.version == "" {
			name = "own key"
		}
		parts = append(parts, fmt.Sprintf("%s %s (%d bits)", name, Fingerprint(s.key), s.key.N.BitLen()))
	}
	if len(parts) == 0 {
		return "no usable key at hand"
	}
	return "keys tried: " + strings.Join(parts, ", ")
}

// --- what a key made

type scheme int

const (
	schemePKCS scheme = iota // EMSA-PKCS1-v1_5 with a DigestInfo
	schemeBare               // its padding around something else
	schemePSS                // EMSA-PSS
)

// recovered is what the public key brought to light from the signature: made
// by the private half, whatever its content was.
type recovered struct {
	signer
	reading
	scheme scheme
	hash   crypto.Hash
	digest []byte // or the text in a bare padding, or H of PSS
	salt   []byte
	noNull bool // the DigestInfo lacks the NULL after the algorithm
	weak   bool // looks like PSS, but so does one of 256 random numbers
}

// recoverAll tries each key on each reading of the signature. If none made any,
// it tries what may have happened to the bytes of the signature.
func (d *doctor) recoverAll() {
	var weak []recovered
	try := func(list []reading) {
		for _, s := range d.signers {
			for _, r := range list {
				rec, ok := recoverPadding(s.key, r.sig)
				if !ok {
					continue
				}
				rec.signer, rec.reading = s, r
				if rec.weak {
					weak = append(weak, rec)
				} else {
					d.made = append(d.made, rec)
				}
			}
		}
	}
	try(d.sigs)
	if len(d.made) == 0 && len(d.signers) > 0 {
		var mended []reading
		for _, r := range d.sigs {
			mended = append(mended, mendBytes(r, d.signers)...)
		}
		try(mended[:min(len(mended), maxDoctorSigs)])
	}
	if len(d.made) == 0 {
		d.made = weak
	}
}

// mendBytes undoes what is known to happen to a signature's bytes.
func mendBytes(r reading, signers []signer) []reading {
	var all []reading
	put := func(sig []byte, cause Cause, what string) {
		all = append(all, reading{sig, withNote(r.notes, true, note{cause, what})})
	}
	text := string(r.sig)
	// Hexadecimal reads as base64, too: it is back when written again.
	if raw, err := hex.DecodeString(base64.RawStdEncoding.EncodeToString(r.sig)); err == nil {
		put(raw, CauseEncoding, "The signature is in hexadecimal.")
	}
	if raw, err := hex.DecodeString(text); err == nil {
		put(raw, CauseDoubleEncoding, "The signature is base64 of hexadecimal.")
	}
	if raw, err := sigheader.Decode(strings.TrimSpace(text)); err == nil {
		put(raw, CauseDoubleEncoding, "The signature was encoded in base64 twice.")
	}
	sizes := map[int]bool{}
	for _, s := range signers {
		size := s.key.Size()
		if sizes[size] {
			continue
		}
		sizes[size] = true
		switch length := fmt.Sprintf("%d bytes, the key makes %d", len(r.sig), size); {
		case len(r.sig) < size && size-len(r.sig) <= 2:
			put(append(make([]byte, size-len(r.sig)), r.sig...), CauseSignatureLength, "The signature has lost a zero byte in front: "+length+".")
		case len(r.sig) > size && len(r.sig) <= size+8:
			put(r.sig[len(r.sig)-size:], CauseSignatureLength, "The signature has bytes too many in front: "+length+".")
			put(r.sig[:size], CauseSignatureLength, "The signature has bytes too many at its end: "+length+".")
		case len(r.sig) == size:
			reversed := slices.Clone(r.sig)
			slices.Reverse(reversed)
			put(reversed, CauseEncoding, "The signature's bytes stand in reverse order.")
		}
	}
	return all
}

// digestInfos are the DER heads of what PKCS#1 v1.5 signs.
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

// recoverPadding applies the public key and looks whether what comes out is a padding
// that only the private half can have made.
func recoverPadding(key *rsa.PublicKey, sig []byte) (recovered, bool) {
	s := new(big.Int).SetBytes(sig)
	if len(sig) != key.Size() || s.Cmp(key.N) >= 0 {
		return recovered{}, false
	}
	padded := new(big.Int).Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	if padded[0] == 0 && padded[1] == 1 {
		rest := bytes.TrimLeft(padded[2:], "\xff")
		if fill := len(padded) - 2 - len(rest); fill >= 8 && len(rest) > 1 && rest[0] == 0 {
			return openInfo(rest[1:]), true
		}
	}
	if padded[len(padded)-1] == 0xbc {
		return openPSS(padded, key.N.BitLen()-1)
	}
	return recovered{}, false
}

func openInfo(text []byte) recovered {
	for _, info := range digestInfos {
		size := info.hash.Size()
		if len(text) < size {
			continue
		}
		digest := text[len(text)-size:]
		switch head := string(text[:len(text)-size]); head {
		case info.head:
			return recovered{scheme: schemePKCS, hash: info.hash, digest: digest}
		case withoutNull(info.head):
			return recovered{scheme: schemePKCS, hash: info.hash, digest: digest, noNull: true}
		}
	}
	return recovered{scheme: schemeBare, hash: hashOf(text), digest: text}
}

// withoutNull is the head of a DigestInfo whose writer left the NULL out.
func withoutNull(head string) string {
	b := []byte(head)
	n := len(b)
	b = append(b[:n-4:n-4], b[n-2:]...)
	b[1] -= 2
	b[3] -= 2
	return string(b)
}

// hashOf guesses which hash a bare padding holds, as bytes or in hexadecimal.
func hashOf(text []byte) crypto.Hash {
	size := len(text)
	if raw, err := hex.DecodeString(string(text)); err == nil {
		size = len(raw)
	}
	for _, info := range digestInfos {
		if size == info.hash.Size() {
			return info.hash
		}
	}
	return crypto.SHA256
}

// openPSS undoes the mask of EMSA-PSS. Zeros and a one before the salt show
// that it was there.
func openPSS(padded []byte, bits int) (recovered, bool) {
	padded = padded[len(padded)-(bits+7)/8:]
	var weak recovered
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA512, crypto.SHA384} {
		for _, mask := range []crypto.Hash{hash, crypto.SHA1} {
			size := hash.Size()
			if len(padded) < size+2 || !hash.Available() || !mask.Available() {
				continue
			}
			db, h := bytes.Clone(padded[:len(padded)-size-1]), padded[len(padded)-size-1:len(padded)-1]
			unmask(db, h, mask)
			db[0] &= 0xff >> (8*len(padded) - bits)
			zeros := len(db) - len(bytes.TrimLeft(db, "\x00"))
			if zeros == len(db) || db[zeros] != 1 {
				continue
			}
			r := recovered{scheme: schemePSS, hash: hash, digest: h, salt: db[zeros+1:]}
			if zeros >= minPSSZeros {
				return r, true
			}
			if weak.digest == nil {
				weak, weak.weak = r, true
			}
		}
	}
	return weak, weak.digest != nil
}

// unmask applies MGF1 with the seed.
func unmask(db, seed []byte, hash crypto.Hash) {
	h := hash.New()
	for i, counter := 0, uint32(0); i < len(db); counter++ {
		h.Reset()
		h.Write(seed)
		h.Write([]byte{byte(counter >> 24), byte(counter >> 16), byte(counter >> 8), byte(counter)})
		for _, b := range h.Sum(nil) {
			if i < len(db) {
				db[i] ^= b
				i++
			}
		}
	}
}

func sum(hash crypto.Hash, data ...[]byte) []byte {
	if len(data) == 1 && hash == crypto.SHA256 {
		s := sha256.Sum256(data[0])
		return s[:]
	}
	if !hash.Available() { // all of them are, through crypto/x509
		return nil
	}
	h := hash.New()
	for _, b := range data {
		h.Write(b)
	}
	return h.Sum(nil)
}

// covers reports whether this is the signature of the content.
func (r *recovered) covers(content []byte) bool {
	digest := sum(r.hash, content)
	switch r.scheme {
	case schemePSS:
		return bytes.Equal(r.digest, sum(r.hash, make([]byte, 8), digest, r.salt))
	case schemeBare:
		return bytes.Equal(r.digest, digest) || strings.EqualFold(string(r.digest), hex.EncodeToString(digest)) ||
			string(r.digest) == base64.StdEncoding.EncodeToString(digest) || bytes.Equal(r.digest, content)
	}
	return bytes.Equal(r.digest, digest)
}

// coversHash reports whether this is the signature of a hash of the content,
// and how that was written.
func (r *recovered) coversHash(content []byte) (string, bool) {
	for _, inner := range []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA512, crypto.MD5} {
		digest := sum(inner, content)
		if digest == nil {
			continue
		}
		text := hex.EncodeToString(digest)
		for _, form := range []struct {
			name string
			text []byte
		}{
			{"as bytes", digest}, {"in hexadecimal", []byte(text)}, {"in capital hexadecimal", []byte(strings.ToUpper(text))},
			{"in base64", []byte(base64.StdEncoding.EncodeToString(digest))},
			{"in base64url", []byte(base64.RawURLEncoding.EncodeToString(digest))},
		} {
			if r.covers(form.text) {
				return inner.String() + " of the content " + form.name, true
			}
		}
	}
	return "", false
}

// judgeKeys says what the keys tell, and returns what the key made.
func (d *doctor) judgeKeys() *recovered {
	for i := range d.made {
		r := &d.made[i]
		if r.weak {
			if d.found = d.search(r); d.found == nil {
				continue
			}
		}
		d.judgeSigner(r)
		return r
	}
	if len(d.sigs) == 0 {
		return nil
	}
	// Nothing fits: say what was seen of the text, then of the keys.
	d.notes(d.sigs[0].notes)
	_, known := d.e.Keys[d.version]
	switch {
	case len(d.signers) == 0:
		d.add(CauseUnusableKey, true, "There is no usable key to verify with.", "")
	case !d.noVersion && !known && len(d.e.Keys) > 0:
		d.add(CauseKeyVersion, true, "No key is at hand for keyVersion "+printable(d.version)+", and none of the others made the signature.", d.describe())
	}
	if len(d.signers) == 0 {
		return nil
	}
	detail := fmt.Sprintf("signature of %d bytes; %s", len(d.sigs[0].sig), d.describe())
	usual := len(d.sigs[0].sig)%128 == 0 && len(d.sigs[0].sig) >= minKeyBits/8
	if !usual && !slices.ContainsFunc(d.signers, func(s signer) bool { return s.key.Size() == len(d.sigs[0].sig) }) {
		d.add(CauseSignatureLength, true, "The signature has a length that no key at hand makes"+looksLike(d.sigs[0].sig)+".", detail)
	}
	d.add(CauseUnknownKey, usual, "None of the keys at hand made this signature, whatever its content; or it was damaged on the way.", detail)
	return nil
}

// looksLike guesses what has a length that no RSA signature has.
func looksLike(sig []byte) string {
	switch n := len(sig); {
	case n > 60 && n < 110 && sig[0] == 0x30 && int(sig[1]) == n-2:
		return "; it looks like one of ECDSA"
	case n == 20 || n == 32 || n == 64:
		return "; it looks like a hash or HMAC"
	case n == 128:
		return "; it looks like one of a 1024-bit key, which is too short"
	}
	return ""
}

func (d *doctor) notes(notes []note) {
	for _, n := range notes {
		d.add(n.cause, true, n.what, "")
	}
}

func (d *doctor) judgeSigner(r *recovered) {
	d.diagnosis.Key = Fingerprint(r.key)
	d.notes(r.notes)
	switch detail := "made by the key with fingerprint " + d.diagnosis.Key; r.role {
	case roleVersion:
		summary := "The signature is not of the key of keyVersion " + printable(d.version) + " but of the one of version " + printable(r.version) + "."
		if _, known := d.e.Keys[d.version]; !known {
			summary = "No key is at hand for keyVersion " + printable(d.version) + "; the one of version " + printable(r.version) + " made the signature."
		}
		d.add(CauseKeyVersion, true, summary, detail)
	case roleOwn:
		if d.ours {
			d.add(CauseKeyPair, true, "The private key that signed is not the one whose public half is registered.", detail+"; registered is "+d.registered())
			break
		}
		d.add(CauseOwnSignature, true, "The merchant's own key made this signature, not the wallet's.", detail)
	case roleOther:
		d.add(CauseOtherKey, true, "A key that is not the one for keyVersion "+printable(d.version)+" made this signature; it is among the others at hand.", detail)
	}
}

func (d *doctor) registered() string {
	var parts []string
	for _, version := range sortedKeys(d.e.Keys) {
		if len(parts) < maxDoctorKeys {
			parts = append(parts, printable(version)+": "+Fingerprint(d.e.Keys[version]))
		}
	}
	return strings.Join(parts, ", ")
}

// judgeScheme says what is wrong with the signature itself.
func (d *doctor) judgeScheme(r *recovered) {
	switch {
	case r.scheme == schemePSS:
		d.add(CausePSS, true, "The signature is RSASSA-PSS; the protocol wants RSASSA-PKCS1-v1_5.", fmt.Sprintf("%s, salt of %d bytes", r.hash, len(r.salt)))
	case r.scheme == schemeBare || r.noNull:
		what := "The padding holds a bare hash or text, without the DigestInfo that names the hash."
		if r.noNull {
			what = "The DigestInfo in the padding lacks the NULL after the hash's name."
		}
		d.add(CausePadding, true, what, fmt.Sprintf("%d bytes in the padding", len(r.digest)))
	}
	if r.hash != crypto.SHA256 {
		d.add(CauseDigest, true, "The signature was made with "+r.hash.String()+", not with SHA-256.", "")
	}
}

// --- what was signed instead

// The parts of the content that may be otherwise than they came. The text of
// partLayout is a template: its capital letters stand for the others.
const (
	partMethod = iota
	partURI
	partClient
	partTime
	partBody
	partLayout
	parts
)

const (
	protocolLayout = "M U\nC.T.B"
	layoutLetters  = "MUCTB" // in the order of the parts
)
