package keyform

import (
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/testsize"
)

// TestEveryByteOfAPKCS12File: no single wrong byte makes another key, and none takes long.
func TestEveryByteOfAPKCS12File(t *testing.T) {
	t.Parallel()
	step := testsize.Of(37, 11, 1)
	for _, name := range []string{"plain", "plain-sealed", "empty-aes256", "empty-aes128-sha1", "empty-3des"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := unbase64(t, testFile(t, name+".p12.b64"))
			read := 0
			for i := 0; i < len(file); i += step {
				for _, bit := range []byte{1, 0x80} {
					if requireSameKeyOrError(t, file[:i]+string([]byte{file[i] ^ bit})+file[i+1:], true) {
						read++ // in a certificate, a seal, a name
					}
				}
				requireSameKeyOrError(t, file[:i], true)
			}
			require.Positive(t, read)
		})
	}
}

// The parts of a PKCS#12 file, for those that no program writes.
type (
	tagged0 struct {
		ID    asn1.ObjectIdentifier
		Value any `asn1:"explicit,tag:0"`
	}
	encryption struct {
		ID         asn1.ObjectIdentifier
		Parameters any
	}
	shrouded struct {
		Algorithm encryption
		Data      []byte
	}
	saltAndCount struct {
		Salt       []byte
		Iterations int
	}
)

var (
	dataID     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	keyBagID   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	shroudedID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	tripleID   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}
	pbes2ID    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	pbkdf2ID   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	aes256ID   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	sha256ID   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

// packed frames bags as a PKCS#12 file.
func packed(t testing.TB, bags ...any) string {
	t.Helper()
	safe := tagged0{dataID, []byte(marshal(t, bags))}
	return marshal(t, struct {
		Version int
		Safe    tagged0
	}{3, tagged0{dataID, []byte(marshal(t, []tagged0{safe}))}})
}

// TestPKCS12FilesThatNoProgramWrites: each is refused at once, and says what it is.
func TestPKCS12FilesThatNoProgramWrites(t *testing.T) {
	t.Parallel()
	f, other := merchant(t), keyFile(t, "wallet.pkcs8.b64")
	bag := func(id asn1.ObjectIdentifier, value string) any {
		return struct {
			ID    asn1.ObjectIdentifier
			Value asn1.RawValue
		}{id, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: []byte(value)}}
	}
	shroud := func(algorithm encryption, size int) any {
		return tagged0{shroudedID, shrouded{algorithm, make([]byte, size)}}
	}
	pbes2 := func(derivation, scheme encryption) encryption {
		return encryption{pbes2ID, []encryption{derivation, scheme}}
	}
	usual := encryption{pbkdf2ID, saltAndCount{[]byte("salt"), 1}}
	aes := encryption{aes256ID, make([]byte, 16)}
	const password, damaged = "protected by the password", "is damaged"
	for name, test := range map[string]struct{ file, says string }{
		"a key":                        {packed(t, bag(keyBagID, f.pkcs8DER)), ""},
		"a key and one that is no bag": {packed(t, bag(keyBagID, f.pkcs8DER), []int{1}), damaged},
		"the same key twice":           {packed(t, bag(keyBagID, f.pkcs8DER), bag(keyBagID, f.pkcs8DER)), ""},
		"two keys": {packed(t, bag(keyBagID, f.pkcs8DER), bag(keyBagID, unbase64(t, other))),
			"these are several private keys"},
		"no bags":                     {packed(t), "no private key is found"},
		"a key that is none":          {packed(t, bag(keyBagID, "\x04\x00")), damaged},
		"a key of nothing":            {packed(t, bag(keyBagID, "\x30\x00")), damaged},
		"a shrouded key of nothing":   {packed(t, bag(shroudedID, "\x04\x00")), damaged},
		"a shrouded key of little":    {packed(t, bag(shroudedID, "\x30\x00")), damaged},
		"an unknown cipher":           {packed(t, shroud(encryption{rsaID, []int{1}}, 16)), password},
		"a cipher without settings":   {packed(t, tagged0{shroudedID, shrouded{encryption{rsaID, 1}, nil}}), password},
		"triple DES without settings": {packed(t, shroud(encryption{tripleID, []int{1}}, 16)), password},
		"triple DES of no data": {
			packed(t, shroud(encryption{tripleID, saltAndCount{[]byte("s"), 1}}, 0)), password,
		},
		"triple DES of half a block": {
			packed(t, shroud(encryption{tripleID, saltAndCount{[]byte("s"), 1}}, 12)), password,
		},
		"triple DES without a salt": {packed(t, shroud(encryption{tripleID, saltAndCount{nil, 1}}, 16)), password},
		"triple DES for ever": {packed(t, shroud(encryption{tripleID, saltAndCount{[]byte("s"), 1 << 30}}, 16)),
			password},
		"triple DES not once": {
			packed(t, shroud(encryption{tripleID, saltAndCount{[]byte("s"), 0}}, 16)), password,
		},
		"AES without settings": {packed(t, shroud(encryption{pbes2ID, []int{1}}, 16)), password},
		"AES with another derivation": {
			packed(t, shroud(pbes2(encryption{rsaID, saltAndCount{nil, 1}}, aes), 16)), password,
		},
		"AES without a salt": {packed(t, shroud(pbes2(encryption{pbkdf2ID, []int{1}}, aes), 16)), password},
		"another cipher": {
			packed(t, shroud(pbes2(usual, encryption{rsaID, make([]byte, 16)}), 16)), password,
		},
		"AES for ever": {
			packed(t, shroud(pbes2(encryption{pbkdf2ID, saltAndCount{nil, 1 << 30}}, aes), 16)), password,
		},
		"AES with a short vector": {
			packed(t, shroud(pbes2(usual, encryption{aes256ID, make([]byte, 8)}), 16)), password,
		},
		"AES of noise": {packed(t, shroud(pbes2(usual, aes), 64)), password},
		"AES with another hash": {packed(t, shroud(pbes2(encryption{pbkdf2ID, struct {
			Salt       []byte
			Iterations int
			PRF        bareAlgorithm
		}{[]byte("salt"), 1, bareAlgorithm{rsaID}}}, aes), 16)), password},
		"AES with a good hash and noise": {packed(t, shroud(pbes2(encryption{pbkdf2ID, struct {
			Salt       []byte
			Iterations int
			PRF        bareAlgorithm
		}{[]byte("salt"), 1, bareAlgorithm{sha256ID}}}, aes), 16)), password},
		"a frame without data": {marshal(t, struct {
			Version int
			Safe    tagged0
		}{3, tagged0{dataID, 1}}), damaged},
		"a frame of noise": {marshal(t, struct {
			Version int
			Safe    tagged0
		}{3, tagged0{dataID, []byte("noise")}}), damaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := Private([]byte(test.file))
			require.Less(t, time.Since(begun), time.Minute)
			if test.says == "" {
				require.NoError(t, err)
				_, err = Public([]byte(test.file))
				requireRefused(t, err, "this is a private key", nil)
				return
			}
			requireRefused(t, err, test.says, []byte(test.file))
			_, err = Public([]byte(test.file))
			require.Error(t, err)
		})
	}
}

// TestCount: iterations are bounded, whatever a file asks for.
func TestCount(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		"\x01": 1, "\x08\x00": 2048, "\x10\x00\x00": maxIterations,
		"\x00": 0, "": 0, "\x10\x00\x01": 0, strings.Repeat("\xff", 9): 0,
	} {
		n, ok := count(element{tagInteger, []byte(body)})
		require.Equal(t, want > 0, ok, "%x", body)
		if ok {
			require.Equal(t, want, n)
		}
	}
}
