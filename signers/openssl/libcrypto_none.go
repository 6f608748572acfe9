//go:build !cgo || !linux

package openssl

import "errors"

// libcrypto is OpenSSL, which this program does not have.
type libcrypto struct{}

func library() (libcrypto, error) {
	return libcrypto{}, errors.New("it takes Linux, and a program built with cgo (CGO_ENABLED=1 and a C compiler)")
}

func (libcrypto) version() string { return "" }

func (libcrypto) load([]byte, int) (privateKey, error) { return nil, ErrUnavailable }
