package keyform

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// The tags of DER that keys are made of.
const (
	tagInteger  = 0x02
	tagBits     = 0x03
	tagOctets   = 0x04
	tagOID      = 0x06
	tagSequence = 0x30
	tagContext0 = 0xa0
)

// element is one value of DER.
type element struct {
	tag  byte
	body []byte
}

var (
	errShort      = errors.New("the value does not end within the data")
	errIndefinite = errors.New("the value has no length")
)

// next splits the first value off. With errShort, size is how many bytes there should be.
func next(data []byte) (e element, size int, err error) {
	if len(data) < 2 {
		return element{}, 2, errShort
	}
	head, length := 2, int(data[1])
	if length == 0x80 {
		return element{}, 0, errIndefinite
	}
	if length > 0x80 {
		octets := length - 0x80
		if octets > 3 { // no key has 16 MiB
			return element{}, maxSize, errShort
		}
		if head += octets; len(data) < head {
			return element{}, head, errShort
		}
		length = 0
		for _, octet := range data[2:head] {
			length = length<<8 | int(octet)
		}
	}
	if size = head + length; len(data) < size {
		return element{}, size, errShort
	}
	return element{data[0], data[head:size]}, size, nil
}

// elements are the values in another.
type elements []element

// within returns the values that a body consists of.
func within(body []byte) (all elements, ok bool) {
	for len(body) > 0 {
		e, size, err := next(body)
		if err != nil {
			return nil, false
		}
		all, body = append(all, e), body[size:]
	}
	return all, true
}

// inside returns the values in an element, or nil if there are none.
func inside(e element) elements {
	all, _ := within(e.body)
	return all
}

// tagged reports whether the first values have these tags.
func (all elements) tagged(tags ...byte) bool {
	if len(all) < len(tags) {
		return false
	}
	for i, tag := range tags {
		if all[i].tag != tag {
			return false
		}
	}
	return true
}

// integers reports whether all values are integers, and between so many.
func (all elements) integers(least, most int) bool {
	for _, e := range all {
		if e.tag != tagInteger {
			return false
		}
	}
	return len(all) >= least && len(all) <= most
}

// number reads an integer without its sign, as OpenSSL does: some programs leave
// out the zero before a number whose first bit is set, and no number of a key is negative.
func number(e element) *big.Int { return new(big.Int).SetBytes(e.body) }

// is reports whether an element is this small number.
func is(e element, small int64) bool {
	return e.tag == tagInteger && len(e.body) < 8 && number(e).Int64() == small
}

// looksLikeDER reports whether data may be DER, whole or not: a sequence that begins with
// what a key or a container of keys begins with.
func looksLikeDER(data []byte) bool {
	if len(data) < 8 || data[0] != tagSequence {
		return false
	}
	first := data[2:]
	if data[1] > 0x80 && data[1] < 0x84 {
		first = data[2+data[1]-0x80:]
	}
	zeros := string(data[:3]) == "000" // in a text; no key is a sequence of 48 bytes
	return first[0] == tagInteger || first[0] == tagOID || first[0] == tagSequence && !zeros
}

// readDER reads the key in a DER of any kind.
func readDER(data []byte) ([]key, error) {
	outer, size, err := next(data)
	switch {
	case errors.Is(err, errIndefinite):
		return nil, unusable("is in BER, with values that do not tell their length, as Firefox and others write "+
			"PKCS#12 files (.p12, .pfx)", pkcs12Remedy)
	case err != nil:
		return nil, unusable(fmt.Sprintf("is cut off: it has %d bytes, of at least %d", len(data), size), wholeRemedy)
	case len(bytes.Trim(data[size:], "\r\n\t \x00")) > 0:
		return nil, unusable(fmt.Sprintf("has %d bytes after the end of the key", len(data)-size), wholeRemedy)
	}
	parts, ok := within(outer.body)
	if !ok {
		return nil, unusable("is damaged: its DER does not add up", wholeRemedy)
	}
	return readParts(parts)
}

// readParts tells the kinds of DER apart by what they consist of.
func readParts(parts elements) ([]key, error) {
	switch {
	case parts.integers(2, 2):
		return []key{publicKey(parts)}, nil
	case isPrivate(parts):
		return []key{privateKey(parts)}, nil
	case parts.tagged(tagInteger, tagSequence, tagOctets):
		return readPKCS8(parts)
	case parts.tagged(tagSequence, tagBits) && len(parts) == 2:
		return readPKIX(parts)
	case parts.tagged(tagSequence, tagSequence, tagBits) && len(parts) == 3:
		return readCertificate(inside(parts[0]))
	case parts.tagged(tagSequence, tagOctets) && len(parts) == 2:
		return nil, errEncrypted
	case parts.tagged(tagInteger, tagSequence) && is(parts[0], 3):
		return readPKCS12(inside(parts[1]))
	case parts.tagged(tagOID, tagContext0):
		return nil, errPKCS7
	case parts.tagged(tagInteger, tagOctets):
		return nil, otherKind("EC")
	case parts.integers(5, 6):
		return nil, otherKind("DSA")
	}
	return nil, unusable("is DER, but not of a key or certificate that is known", lookRemedy)
}

// isPrivate reports whether these are the numbers of an RSA private key in PKCS#1: version,
// N, E, D, the primes, and three more, which some programs leave out or set to zero.
// The numbers of a DSA key are six, too, but its third one is large.
func isPrivate(parts elements) bool {
	numbers := parts
	if len(parts) == 10 && parts[9].tag == tagSequence {
		numbers = parts[:9]
	}
	return numbers.integers(4, 9) && len(number(parts[0]).Bytes()) <= 1 && number(parts[2]).BitLen() <= 64
}

func publicKey(parts elements) key {
	return key{numbers: rsakey.Numbers{N: number(parts[0]), E: number(parts[1])}}
}

func privateKey(parts elements) key {
	k := key{private: true, numbers: rsakey.Numbers{N: number(parts[1]), E: number(parts[2]), D: number(parts[3])}}
	for _, prime := range parts[4:min(len(parts), 6)] {
		k.numbers.Primes = append(k.numbers.Primes, number(prime))
	}
	if len(parts) < 10 {
		return k
	}
	for _, further := range inside(parts[9]) {
		if numbers := inside(further); numbers.integers(3, 3) {
			k.numbers.Primes = append(k.numbers.Primes, number(numbers[0]))
		}
	}
	return k
}

func readPKCS8(parts elements) ([]key, error) {
	if err := checkAlgorithm(parts[1]); err != nil {
		return nil, err
	}
	outer, size, err := next(parts[2].body)
	numbers := inside(outer)
	if err != nil || size != len(parts[2].body) || outer.tag != tagSequence || !isPrivate(numbers) {
		return nil, unusable("is damaged: it is a PKCS#8 file, but no RSA key is in it", wholeRemedy)
	}
	return []key{privateKey(numbers)}, nil
}

func readPKIX(parts elements) ([]key, error) {
	if err := checkAlgorithm(parts[0]); err != nil {
		return nil, err
	}
	bits := parts[1].body
	if len(bits) > 0 && bits[0] == 0 {
		outer, size, err := next(bits[1:])
		numbers := inside(outer)
		if err == nil && size == len(bits)-1 && outer.tag == tagSequence && numbers.integers(2, 2) {
			return []key{publicKey(numbers)}, nil
		}
	}
	return nil, unusable("is damaged: it is a public key by its frame, but no RSA key is in it", wholeRemedy)
}

// readCertificate reads the key of a certificate, and neither its dates nor its issuer: who
// loads it has decided to believe it.
func readCertificate(parts elements) ([]key, error) {
	if parts.tagged(tagContext0) { // the version
		parts = parts[1:]
	}
	switch {
	case parts.tagged(tagInteger, tagSequence, tagSequence, tagSequence, tagSequence, tagSequence):
		public := inside(parts[5])
		if !public.tagged(tagSequence, tagBits) {
			break
		}
		keys, err := readPKIX(public)
		if err == nil {
			keys[0].certificate = true
		}
		return keys, err
	case parts.tagged(tagInteger, tagSequence, tagSequence, tagContext0),
		parts.tagged(tagInteger, tagSequence, tagSequence) && len(parts) == 3:
		return nil, errRequest
	}
	return nil, unusable("is DER, but not of a key or certificate that is known", lookRemedy)
}

// algorithms are the keys that are not RSA keys for any use, by their identifier.
var algorithms = map[string]string{
	"\x2a\x86\x48\xce\x3d\x02\x01": "EC", "\x2a\x86\x48\xce\x38\x04\x01": "DSA",
	"\x2b\x65\x6e": "X25519", "\x2b\x65\x6f": "X448", "\x2b\x65\x70": "Ed25519", "\x2b\x65\x71": "Ed448",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01": "Diffie-Hellman",
}

// The identifiers of RSA keys: for any use, the same in an older standard, for PSS, for OAEP.
const (
	oidRSA    = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidOldRSA = "\x55\x08\x01\x01"
	oidOAEP   = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07"
	oidPSS    = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
)

// checkAlgorithm refuses keys that are not for RSASSA-PKCS1-v1_5.
func checkAlgorithm(algorithm element) error {
	parts := inside(algorithm)
	if !parts.tagged(tagOID) {
		return unusable("is damaged: it does not say of which kind the key is", wholeRemedy)
	}
	switch oid := string(parts[0].body); oid {
	case oidRSA, oidOldRSA:
		return nil
	case oidPSS:
		return unusable("is for RSA-PSS only, and the wallets sign with PKCS#1 v1.5", "make a plain RSA key: "+newKey)
	case oidOAEP:
		return unusable("is for RSA-OAEP, which encrypts, and the wallets sign", "make a plain RSA key: "+newKey)
	default:
		if kind := algorithms[oid]; kind != "" {
			return otherKind(kind)
		}
		return unusable("is a key of another kind, not RSA", otherKindRemedy)
	}
}
