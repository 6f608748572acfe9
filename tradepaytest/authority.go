package tradepaytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// authority is the CA that is made for a wallet with TLS. It signs one certificate, and
// its private key is gone.
type authority struct {
	pem    []byte
	pool   *x509.CertPool
	client func() *http.Client // that believes it
}

// WithTLS makes the wallet speak https, with a certificate for localhost, its address and
// its public URL, of a CA that is made at the start: [Wallet.Authority]. The client of
// [Wallet.Config] believes it.
func WithTLS() Option { return func(w *Wallet) { w.authority = new(authority) } }

// Authority returns the certificate of the CA in PEM, for clients to believe, or nil
// without [WithTLS].
func (w *Wallet) Authority() []byte {
	if w.authority == nil {
		return nil
	}
	return w.authority.pem
}

// listen makes the certificates and puts TLS before the listener.
func (a *authority) listen(listener net.Listener, host, publicURL string) (net.Listener, error) {
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tradepay test wallet CA"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	if ca, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "tradepay test wallet"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	names := []string{"localhost", "127.0.0.1", "::1", host}
	if u, err := url.Parse(publicURL); err == nil {
		names = append(names, u.Hostname())
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else if name != "" {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.pool = x509.NewCertPool()
	a.pool.AddCert(ca)
	a.client = sync.OnceValue(func() *http.Client {
		return &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12},
		}}
	})
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{signed}, PrivateKey: key}},
		MinVersion:   tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}), nil
}
