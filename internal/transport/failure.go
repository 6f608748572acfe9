package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"syscall"
)

// SendError is an error of the network. Its text quotes nothing that a server sent,
// as net/http does.
type SendError struct {
	// Cause says where the request ended.
	Cause Cause
	// NotSent says that no byte of the request can have reached the server, since
	// there was no connection.
	NotSent bool
	// Certain says that a retry fails in the same way: the name does not exist, the
	// server's certificate is not trusted, the proxy wants a password.
	Certain bool
	alert   string // the name of the TLS alert, if one came
	cause   error
}

// Unwrap returns the cause.
func (f *SendError) Unwrap() error { return f.cause }

func (f *SendError) Error() string {
	if f.alert != "" {
		return texts[f.Cause] + " (TLS alert: " + f.alert + ")"
	}
	return texts[f.Cause]
}

// failure says where a request ended. answered says that the header of a response
// had come.
func (p *Poster) failure(w way, err error, answered bool) *SendError {
	f := &SendError{cause: err}
	_, f.alert = alertOf(err)
	if w.connected || answered {
		f.Cause = w.late(err, answered)
		f.Certain = f.Cause == CauseTLSClientCertificate
		return f
	}
	var shown bool
	f.Cause, shown = w.early(err)
	isProof := w.isTold && p.net != nil // net/http writes to no connection without telling
	f.NotSent = shown || isProof
	if f.Cause == "" {
		f.Cause = p.unclear(w, err)
	}
	isCertain := certain[f.Cause] || isUnknownName(err) || untrusted(err) ||
		f.Cause == CauseProxyRefused && isFinal(refusedBy(err))
	f.Certain = f.NotSent && isCertain || f.Cause == CauseTLSClientCertificate
	switch {
	case f.Cause == CauseTLSUnknownRoot && p.hasNoRoots():
		f.Cause = CauseTLSNoRoots
	case f.Cause.isOfTheNetwork() && p.ignoresProxy(w):
		f.Cause = CauseProxyAddress
	}
	return f
}

// unclear names the cause of an error that does not say what it is.
func (p *Poster) unclear(w way, err error) Cause {
	late := w.late(err, false)
	switch {
	case w.isTold: // of no connection
		return CauseUnreachable
	case late == CauseNotHTTP && p.net != nil && p.net.Proxy != nil: // it did not get to a connection
		return CauseProxyAddress
	}
	return late
}

// early names the cause of a request that, as far as the trail goes, had no
// connection; empty if neither the error nor the trail tells. shown says that the error
// itself shows that there was none.
func (w way) early(err error) (cause Cause, shown bool) {
	var (
		op  *net.OpError
		dns *net.DNSError
	)
	isOp := errors.As(err, &op)
	switch {
	case errors.Is(err, context.Canceled):
		return CauseCanceled, false
	case isOp && op.Op == "proxyconnect":
		return CauseProxyUnreachable, true
	case isOp && strings.HasPrefix(op.Op, "socks "):
		return socksCause(op.Err), true
	case w.isProxied && refusedBy(err) != 0:
		return proxyCause(refusedBy(err)), true
	case w.isProxied && !w.dialed:
		return CauseProxyUnreachable, false
	case w.isProxied && !w.handshake: // CONNECT was sent
		if isTimeout(err) {
			return CauseProxyUnreachable, false
		}
		return CauseProxyRefused, false
	case errors.As(err, &dns) && dns.IsNotFound:
		return CauseDNS, true
	case dns != nil:
		return CauseDNSServer, isOp && op.Op == "dial"
	case untrusted(err):
		return certificateCause(err), true
	case errors.Is(err, http.ErrSchemeMismatch):
		return CauseNotTLS, true
	case isOp && op.Op == "dial":
		return dialCause(err), true
	case w.isTold:
		return w.handshakeCause(err)
	}
	return "", false
}

// handshakeCause names the cause of a request whose transport tells of its
// connections, and had none for it.
func (w way) handshakeCause(err error) (cause Cause, shown bool) {
	var record tls.RecordHeaderError
	code, _ := alertOf(err)
	switch {
	case code != 0:
		return w.alertCause(code), true
	case errors.As(err, &record):
		return CauseNotTLS, true
	case isVersion(err):
		return CauseTLSVersion, true
	case isTimeout(err) && w.handshake:
		return CauseTLSTimeout, false
	case isTimeout(err) && w.resolving:
		return CauseDNSServer, false
	case isTimeout(err):
		return CauseConnectTimeout, false
	case w.handshake:
		return CauseTLSBroken, false
	}
	return "", false
}

// late names the cause of a request that may have been sent.
func (w way) late(err error, answered bool) Cause {
	var op *net.OpError
	code, _ := alertOf(err)
	text := innermost(err).Error()
	switch {
	case errors.Is(err, ErrTooLarge):
		return CauseTooLarge
	case errors.Is(err, ErrNotHTTP):
		return CauseNotHTTP
	case errors.Is(err, context.Canceled):
		return CauseCanceled
	case isTimeout(err):
		return CauseAnswerTimeout
	case code != 0:
		return w.alertCause(code)
	case answered:
		return CauseTruncated
	case errors.Is(err, errWritten), hasAnyPrefix(text, "http2: ", "stream error: ", "connection error: "):
		return CauseHTTP2
	case hasAnyPrefix(text, `malformed HTTP response "\x15\x03`): // a TLS alert
		return CauseHTTPSExpected
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op), isReset(err),
		text == "http: server closed idle connection":
		if w.reused {
			return CauseResetIdle
		}
		return CauseReset
	}
	return CauseNotHTTP
}

func dialCause(err error) Cause {
	is := func(numbers ...syscall.Errno) bool {
		return slices.ContainsFunc(numbers, func(n syscall.Errno) bool { return errors.Is(err, n) })
	}
	switch {
	case is(syscall.ECONNREFUSED, errWindowsRefused):
		return CauseRefused
	case is(syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.EADDRNOTAVAIL):
		return CauseLocalLimit
	case isTimeout(err):
		return CauseConnectTimeout
	}
	return CauseUnreachable
}

// errWindowsRefused is WSAECONNREFUSED; package syscall has another number for
// ECONNREFUSED there.
const errWindowsRefused = syscall.Errno(10061)

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// isUnknownName reports whether the name of the server or of the proxy does not exist.
func isUnknownName(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &netErr) && netErr.Timeout()
}

func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		roots        x509.SystemRootsError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &roots)
}

func certificateCause(err error) Cause {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		roots     x509.SystemRootsError
	)
	switch {
	case errors.As(err, &authority):
		return CauseTLSUnknownRoot
	case errors.As(err, &roots):
		return CauseTLSNoRoots
	case errors.As(err, &host):
		return CauseTLSWrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if strings.Contains(invalid.Detail, " is before ") { // crypto/x509 has one reason for both
			return CauseTLSNotYetValid
		}
		return CauseTLSExpired
	}
	return CauseTLSCertificate
}

// hasNoRoots reports whether there is no root certificate that could vouch for a
// server, as in a container image without CA certificates.
func (p *Poster) hasNoRoots() bool {
	var roots *x509.CertPool
	if p.net != nil && p.net.TLSClientConfig != nil {
		roots = p.net.TLSClientConfig.RootCAs
	}
	if roots == nil {
		var err error
		if roots, err = x509.SystemCertPool(); err != nil {
			return true
		}
	}
	return roots.Equal(x509.NewCertPool())
}

// alertOf returns the number and the name of the TLS alert that a server sent, or 0.
// Package crypto/tls exports no type for it.
func alertOf(err error) (code uint64, name string) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return 0, ""
	}
	if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
		return v.Uint(), strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return 0, ""
}

// alertCause names the cause by the number of a TLS alert (RFC 8446, section 6).
func (w way) alertCause(code uint64) Cause {
	const handshakeFailure = 40
	switch code {
	case 70: // protocol_version
		return CauseTLSVersion
	case 42, 43, 44, 45, 46, 48, 49, 116: // about a certificate, so about the client's
		return CauseTLSClientCertificate
	case handshakeFailure:
		if w.wantsClient {
			return CauseTLSClientCertificate
		}
	}
	return CauseTLSAlert
}

// isVersion reports whether the client rejected the server's version of TLS.
func isVersion(err error) bool {
	return hasAnyPrefix(innermost(err).Error(), "tls: server selected unsupported protocol version",
		"tls: no supported versions")
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// innermost returns what net/http and its callers have wrapped.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
