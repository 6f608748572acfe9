// Package openssl signs with the RSA of this system's OpenSSL, which needs less of the
// processor than Go's crypto/rsa. How much less depends on the processor; the
// benchmarks measure both in one run. A signer is a [crypto.Signer], for
// Config.PrivateKey of package tradepay:
//
//	key, err := tradepay.ParsePrivateKey(pem)
//	…
//	signer, err := openssl.New(key)
//	…
//	defer signer.Close()
//	config.PrivateKey = signer
//
// Signatures by PKCS #1 v1.5 are the same bytes as Go's. [New] compares one, and the
// client of package tradepay verifies each before it is sent.
//
// The package needs Linux, cgo, and libcrypto.so.3, which is in the distributions'
// packages of OpenSSL 3: libssl3 in Debian, openssl-libs in Fedora, libcrypto3 in Alpine.
// It needs no header, since it loads the library when the program runs. Where one of
// them is missing, everything works the same with Go's own RSA: [Version] says which it
// is, and why. A program that is linked statically (-extldflags -static) must be built
// with CGO_ENABLED=0, or without this package: it cannot load libraries.
//
// The library follows this system's openssl.cnf: a FIPS provider that is set there
// signs here, too.
package openssl
