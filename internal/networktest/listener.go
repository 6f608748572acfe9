package networktest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// listen listens on loopback and closes each connection after handle.
func listen(t testing.TB, handle func(net.Conn)) (addr string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, handle)
}

func serve(t testing.TB, l net.Listener, handle func(net.Conn)) (addr string) {
	t.Helper()
	var open sync.Map
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		open.Range(func(conn, _ any) bool {
			_ = conn.(net.Conn).Close()
			return true
		})
		wg.Wait()
	})
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Store(conn, nil)
			wg.Go(func() {
				defer func() {
					_ = conn.Close()
					open.Delete(conn)
				}()
				_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
				handle(conn)
			})
		}
	})
	return l.Addr().String()
}

// closedPort returns an address at which nobody listens, nor can: it is that of an
// outgoing connection.
func closedPort(t testing.TB) string {
	t.Helper()
	addr := listen(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
	busy, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = busy.Close() })
	return busy.LocalAddr().String()
}

// readHead reads to the end of the headers.
func readHead(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == "" {
			return
		}
	}
}

// readRequest reads a whole request.
func readRequest(conn net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// tunnel is a proxy whose CONNECT leads to addr, whatever is asked for.
func tunnel(t testing.TB, addr string) string {
	t.Helper()
	return listen(t, func(conn net.Conn) {
		readHead(conn)
		there, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			return
		}
		defer func() { _ = there.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(there, conn) }()
		_, _ = io.Copy(conn, there)
	})
}

// resolver asks a name server on loopback that answers everything with rcode.
func resolver(t testing.TB, rcode byte) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { _ = conn.Close() })
	wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if n > 4 {
				buf[2], buf[3] = 0x81, 0x80|rcode
				_, _ = conn.WriteTo(buf[:n], from)
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// authority is a certificate authority that nobody else knows.
type authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	roots *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "planted-secret CA"},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ca := &authority{cert: cert, key: key, roots: x509.NewCertPool()}
	ca.roots.AddCert(cert)
	return ca
}

// serverOf is the certificate of a host that is in order.
func serverOf(host string) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().AddDate(0, -1, 0), NotAfter: time.Now().AddDate(0, 1, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	return c
}

// tlsServer ends the handshake and then does nothing, or, over HTTP/2, answers the
// first request with frames.
type tlsServer struct {
	addr     string
	frames   atomic.Pointer[string]
	requests atomic.Int32
}

func (ca *authority) server(t testing.TB, template *x509.Certificate, change ...func(*tls.Config)) *tlsServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	for _, f := range change {
		f(cfg)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &tlsServer{}
	s.addr = serve(t, l, func(conn net.Conn) {
		if err := conn.(*tls.Conn).HandshakeContext(t.Context()); err != nil {
			return
		}
		if frames := s.frames.Load(); frames != nil {
			s.speakHTTP2(conn, *frames)
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	return s
}

// speakHTTP2 waits for the end of the first request, and answers with frames (RFC 9113,
// section 4.1).
func (s *tlsServer) speakHTTP2(conn net.Conn, frames string) {
	const (
		preface   = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		settings  = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		endStream = 1
	)
	if _, err := io.CopyN(io.Discard, conn, int64(len(preface))); err != nil {
		return
	}
	_, _ = io.WriteString(conn, settings)
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, conn, length); err != nil {
			return
		}
		const data = 0
		if head[3] == data && head[4]&endStream != 0 {
			s.requests.Add(1)
			break
		}
	}
	_, _ = io.WriteString(conn, frames)
	_ = conn.(*tls.Conn).CloseWrite()
}

// resetStream is a frame RST_STREAM for the first request.
func resetStream(code byte) string {
	return "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00" + string([]byte{code})
}

// goAway is a frame GOAWAY: the server says that it did nothing after stream last.
func goAway(last, code byte) string {
	return "\x00\x00\x08\x07\x00\x00\x00\x00\x00" + string([]byte{0, 0, 0, last, 0, 0, 0, code})
}
