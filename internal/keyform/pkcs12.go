package keyform

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // reads files that others have written
	"crypto/fips140"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"math/big"
)

// Identifiers within PKCS#12 files.
const (
	oidData        = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	oidKeyBag      = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01"
	oidShroudedBag = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02"
	oidSHA1And3DES = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03"
	oidPBES2       = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
	oidPBKDF2      = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
)

var (
	errPKCS12Protected = foreign("a private key protected by the password of its PKCS#12 file (.p12, .pfx)",
		pkcs12Remedy)
	errPKCS12Empty = foreign("a PKCS#12 file (.p12, .pfx) in which no private key is found",
		"openssl pkcs12 -in key.p12 -nodes shows what is in it; -nokeys writes only its certificates")
	errPKCS12Damaged = unusable("is damaged: it is a PKCS#12 file (.p12, .pfx) by its frame", wholeRemedy)
)

// readPKCS12 reads the private keys of a PKCS#12 file without a password: not
// encrypted, or encrypted with the empty one. It skips the certificates, which
// belong to the keys. It does not check the file's seal, which without a password is
// none: that the numbers of a key fit together is checked later.
func readPKCS12(authSafe elements) ([]key, error) {
	safes, ok := content(authSafe)
	if !ok {
		return nil, errPKCS12Damaged
	}
	var keys []key
	for _, safe := range safes {
		bags, ok := content(inside(safe))
		if !ok {
			continue // encrypted certificates
		}
		for _, bag := range bags {
			found, err := readBag(inside(bag))
			if err != nil {
				return nil, err
			}
			keys = append(keys, found...)
		}
	}
	if len(keys) == 0 {
		return nil, errPKCS12Empty
	}
	return keys, nil
}

// content returns the values in a ContentInfo that is plain data.
func content(info elements) (elements, bool) {
	if !info.tagged(tagOID, tagContext0) || string(info[0].body) != oidData {
		return nil, false
	}
	octets := inside(info[1])
	if !octets.tagged(tagOctets) {
		return nil, false
	}
	outer, size, err := next(octets[0].body)
	if err != nil || size != len(octets[0].body) || outer.tag != tagSequence {
		return nil, false
	}
	return within(outer.body)
}

// readBag reads a private key. A bag of something else holds none.
func readBag(bag elements) ([]key, error) {
	if !bag.tagged(tagOID, tagContext0) {
		return nil, errPKCS12Damaged
	}
	value := inside(bag[1])
	switch string(bag[0].body) {
	case oidKeyBag:
		if !value.tagged(tagSequence) {
			return nil, errPKCS12Damaged
		}
		return readPlainBag(value[0].body)
	case oidShroudedBag:
		if !value.tagged(tagSequence) {
			return nil, errPKCS12Damaged
		}
		parts := inside(value[0])
		if !parts.tagged(tagSequence, tagOctets) {
			return nil, errPKCS12Damaged
		}
		for _, plain := range unshrouded(inside(parts[0]), parts[1].body) {
			outer, size, err := next(plain)
			if err == nil && size == len(plain) && outer.tag == tagSequence {
				return readPlainBag(outer.body)
			}
		}
		return nil, errPKCS12Protected
	}
	return nil, nil
}

func readPlainBag(body []byte) ([]key, error) {
	parts, ok := within(body)
	if !ok || !parts.tagged(tagInteger, tagSequence, tagOctets) {
		return nil, errPKCS12Damaged
	}
	return readPKCS8(parts)
}

// maxIterations bounds the work that a file may ask for; the usual programs use 2,048 to 600,000.
const maxIterations = 1 << 20

// unshrouded decrypts with the empty password, in each way that programs write it, and
// returns what has a right padding.
func unshrouded(algorithm elements, data []byte) [][]byte {
	if !algorithm.tagged(tagOID, tagSequence) {
		return nil
	}
	parameters := inside(algorithm[1])
	switch string(algorithm[0].body) {
	case oidPBES2:
		return openPBES2(parameters, data)
	case oidSHA1And3DES:
		return open3DES(parameters, data)
	}
	return nil
}

// The hashes of PBKDF2, by the identifier of their HMAC.
var hashes = map[string]func() hash.Hash{
	"\x2a\x86\x48\x86\xf7\x0d\x02\x07": sha1.New,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x09": sha256.New,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x0a": sha512.New384,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x0b": sha512.New,
}

// keySizes are the sizes of AES in CBC mode.
var keySizes = map[string]int{
	"\x60\x86\x48\x01\x65\x03\x04\x01\x02": 16,
	"\x60\x86\x48\x01\x65\x03\x04\x01\x16": 24,
	"\x60\x86\x48\x01\x65\x03\x04\x01\x2a": 32,
}

// openPBES2 is what programs write today: a key of PBKDF2, and AES.
func openPBES2(parameters elements, data []byte) [][]byte {
	if !parameters.tagged(tagSequence, tagSequence) {
		return nil
	}
	derivation, scheme := inside(parameters[0]), inside(parameters[1])
	if !derivation.tagged(tagOID, tagSequence) || string(derivation[0].body) != oidPBKDF2 ||
		!scheme.tagged(tagOID, tagOctets) {
		return nil
	}
	size := keySizes[string(scheme[0].body)]
	settings := inside(derivation[1])
	if size == 0 || !settings.tagged(tagOctets, tagInteger) {
		return nil
	}
	iterations, ok := count(settings[1])
	if !ok {
		return nil
	}
	sum := sha1.New // the default of the standard
	if last := settings[len(settings)-1]; last.tag == tagSequence {
		named := inside(last)
		if !named.tagged(tagOID) || hashes[string(named[0].body)] == nil {
			return nil
		}
		sum = hashes[string(named[0].body)]
	}
	secret, err := pbkdf2.Key(sum, "", settings[0].body, iterations, size)
	if err != nil {
		return nil
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil
	}
	return opened(block, scheme[1].body, data)
}

// open3DES is what programs wrote for 20 years: a key of PKCS#12's own derivation, and
// triple DES. The empty password has two forms: none, and the zero at its end.
func open3DES(parameters elements, data []byte) (plain [][]byte) {
	if fips140.Enabled() || !parameters.tagged(tagOctets, tagInteger) {
		return nil
	}
	iterations, ok := count(parameters[1])
	if !ok {
		return nil
	}
	for _, password := range [][]byte{{0, 0}, nil} {
		secret := derived(1, password, parameters[0].body, iterations, 24)
		block, err := des.NewTripleDESCipher(secret) //nolint:gosec // as the file was written
		if err != nil {
			return nil
		}
		plain = append(plain, opened(block, derived(2, password, parameters[0].body, iterations, 8), data)...)
	}
	return plain
}

func count(e element) (iterations int, ok bool) {
	n := number(e)
	return int(n.Int64()), n.Sign() > 0 && n.BitLen() < 32 && n.Int64() <= maxIterations
}

// derived makes a key (purpose 1) or an initialization vector (purpose 2) of a password:
// RFC 7292, appendix B.2, with SHA-1.
func derived(purpose byte, password, salt []byte, iterations, size int) []byte {
	const block = sha1.BlockSize
	fill := func(data []byte) []byte { // repeated up to a whole number of blocks
		if len(data) == 0 {
			return nil
		}
		whole := (len(data) + block - 1) / block * block
		return bytes.Repeat(data, whole/len(data)+1)[:whole]
	}
	input := append(fill(salt), fill(password)...)
	diversifier := bytes.Repeat([]byte{purpose}, block)
	var out []byte
	for len(out) < size {
		sum := sha1.Sum(append(bytes.Clone(diversifier), input...)) //nolint:gosec // as the file was written
		for range iterations - 1 {
			sum = sha1.Sum(sum[:]) //nolint:gosec // the same
		}
		out = append(out, sum[:]...)
		add := new(big.Int).SetBytes(bytes.Repeat(sum[:], block/len(sum)+1)[:block])
		add.Add(add, big.NewInt(1))
		for i := 0; i < len(input); i += block {
			part := new(big.Int).SetBytes(input[i : i+block])
			part.Add(part, add)
			full := part.FillBytes(make([]byte, block+1))
			copy(input[i:], full[1:])
		}
	}
	return out[:size]
}

// opened decrypts in CBC mode and takes the padding off.
func opened(block cipher.Block, vector, data []byte) [][]byte {
	size := block.BlockSize()
	if len(vector) != size || len(data) == 0 || len(data)%size != 0 {
		return nil
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, vector).CryptBlocks(plain, data)
	last := plain[len(plain)-1]
	padding := int(last)
	if padding == 0 || padding > size ||
		!bytes.Equal(plain[len(plain)-padding:], bytes.Repeat([]byte{last}, padding)) {
		return nil
	}
	return [][]byte{plain[:len(plain)-padding]}
}
