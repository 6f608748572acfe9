//go:build !cgo

package main

import (
	"crypto"
	"errors"
	"io"
)

// withHSM needs the PKCS #11 library of the HSM, which is written in C.
func withHSM(io.Writer) (crypto.Signer, func() error, error) {
	return nil, nil, errors.New("an HSM needs cgo: build with CGO_ENABLED=1 and a C compiler")
}
