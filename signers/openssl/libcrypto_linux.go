//go:build cgo && linux

package openssl

// #cgo LDFLAGS: -ldl
// #cgo noescape tradepay_openssl_sign
// #cgo nocallback tradepay_openssl_sign
// #include "libcrypto.h"
import "C"

import (
	"crypto/rsa"
	"errors"
	"sync"
	"unsafe"
)

// libcrypto is OpenSSL, once it is loaded.
type libcrypto struct{}

// library loads OpenSSL, once. Why it fails is text of one thread, and the next call of C
// may be on another: C copies it within this one.
var library = sync.OnceValues(func() (libcrypto, error) {
	var text [512]C.char
	if C.tradepay_openssl_open(&text[0], C.size_t(len(text))) != 1 {
		return libcrypto{}, errors.New(C.GoString(&text[0]))
	}
	return libcrypto{}, nil
})

func (libcrypto) version() string { return C.GoString(C.tradepay_openssl_version()) }

// load reads a key in PKCS #1, whose signatures have size bytes.
func (libcrypto) load(der []byte, size int) (privateKey, error) {
	var text [256]C.char
	pointer := C.tradepay_openssl_load((*C.uchar)(&der[0]), C.size_t(len(der)), &text[0], C.size_t(len(text)))
	if pointer == nil {
		return nil, errors.New(C.GoString(&text[0]))
	}
	return libKey{pointer, size}, nil
}

// libKey is a key in OpenSSL's memory.
type libKey struct {
	pointer unsafe.Pointer
	size    int
}

func (k libKey) free() { C.tradepay_openssl_free(k.pointer) }

// Salts that are no length, as libcrypto.h has them.
const (
	saltOfHash = -1
	saltMax    = -2
	notSalted  = -3
)

func (k libKey) sign(digest []byte, scheme scheme) ([]byte, error) {
	signature := make([]byte, k.size)
	length := C.size_t(len(signature))
	var text [256]C.char
	made := C.tradepay_openssl_sign(k.pointer, C.int(8*scheme.hash.Size()), C.int(salt(scheme.pss)),
		(*C.uchar)(&digest[0]), C.size_t(len(digest)),
		(*C.uchar)(&signature[0]), &length, &text[0], C.size_t(len(text)))
	if made != 1 {
		return nil, errors.New("openssl: " + C.GoString(&text[0]))
	}
	return signature[:length], nil
}

func salt(pss *rsa.PSSOptions) int {
	switch {
	case pss == nil:
		return notSalted
	case pss.SaltLength == rsa.PSSSaltLengthAuto:
		return saltMax
	case pss.SaltLength == rsa.PSSSaltLengthEqualsHash:
		return saltOfHash
	}
	return pss.SaltLength
}
