package transport_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/transport"
)

const limit = 1000

// serve starts a server on loopback that says nothing in the log.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// own is a client whose connections end with the test.
func own(t *testing.T, change ...func(*http.Transport)) *http.Client {
	t.Helper()
	tr := &http.Transport{}
	for _, f := range change {
		f(tr)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func post(t *testing.T, p *transport.Poster, url string) (*transport.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return p.Post(ctx, url, http.Header{"Content-Type": {"application/json; charset=UTF-8"},
		"Accept-Encoding": {"identity"}}, []byte(`{"a":1}`))
}

func TestPostSendsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	const sent, answered = `{"b": [1, 2],"a":"` + "\u00e9" + `<>&"}` + "\n", ` {"result":{}}` + "\n"
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.True(t, bytes.Equal([]byte(sent), body), "%s", body)
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, "/api/v2/payments/pay?x=%2F", r.RequestURI)
		assert.Equal(t, []string{"algorithm=RSA256, keyVersion=1, signature=%2B"}, r.Header["Signature"])
		assert.Equal(t, []string{"application/json; charset=UTF-8"}, r.Header["Content-Type"])
		assert.Equal(t, []string{"identity"}, r.Header["Accept-Encoding"])
		assert.Equal(t, []string{"tradepay-go"}, r.Header["User-Agent"])
		assert.Equal(t, int64(len(body)), r.ContentLength)
		w.Header().Set("Response-Time", "2026-01-15T12:00:00Z")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, answered)
	})
	res, err := transport.New(own(t), limit).Post(t.Context(), srv.URL+"/api/v2/payments/pay?x=%2F", http.Header{
		"Signature":       {"algorithm=RSA256, keyVersion=1, signature=%2B"},
		"Content-Type":    {"application/json; charset=UTF-8"},
		"Accept-Encoding": {"identity"}, "User-Agent": {"tradepay-go"},
	}, []byte(sent))
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, res.Status)
	require.Equal(t, "2026-01-15T12:00:00Z", res.Header.Get("Response-Time"))
	require.True(t, bytes.Equal([]byte(answered), res.Body), "%s", res.Body)
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		size   int
		length bool // announced in Content-Length
		want   error
	}{
		"nothing, announced":           {size: 0, length: true},
		"nothing, streamed":            {size: 0},
		"exactly the limit, announced": {size: limit, length: true},
		"exactly the limit, streamed":  {size: limit},
		"one byte over, announced":     {size: limit + 1, length: true, want: transport.ErrTooLarge},
		"one byte over, streamed":      {size: limit + 1, want: transport.ErrTooLarge},
		"far over, announced":          {size: 1 << 22, length: true, want: transport.ErrTooLarge},
		"far over, streamed":           {size: 1 << 22, want: transport.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Seen", "yes")
				if tt.length {
					w.Header().Set("Content-Length", strconv.Itoa(tt.size))
				}
				w.WriteHeader(http.StatusAccepted)
				if !tt.length {
					w.(http.Flusher).Flush()
				}
				_, _ = w.Write(bytes.Repeat([]byte("x"), tt.size))
			})
			res, err := post(t, transport.New(own(t), limit), srv.URL)
			require.ErrorIs(t, err, tt.want)
			require.NotNil(t, res)
			require.Equal(t, http.StatusAccepted, res.Status)
			require.Equal(t, "yes", res.Header.Get("X-Seen"))
			if tt.want != nil {
				require.Nil(t, res.Body, "a part of a body is no body")
				return
			}
			require.Len(t, res.Body, tt.size)
		})
	}
}

func TestAnEndlessBodyIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
				return
			}
		}
	})
	_, err := post(t, transport.New(own(t), limit), srv.URL)
	require.ErrorIs(t, err, transport.ErrTooLarge)
}

func TestHalfABody(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"announced": "HTTP/1.1 200 OK\r\nX-Seen: yes\r\nContent-Length: 100\r\n\r\n{\"result\":",
		"streamed":  "HTTP/1.1 200 OK\r\nX-Seen: yes\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"result\":\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, err := post(t, transport.New(own(t), limit), "http://"+raw(t, func(conn net.Conn) {
				readRequest(conn)
				_, _ = io.WriteString(conn, head)
			}))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NotNil(t, res)
			require.Equal(t, http.StatusOK, res.Status)
			require.Equal(t, "yes", res.Header.Get("X-Seen"))
			require.Nil(t, res.Body)
			require.False(t, failure(t, err).NotSent)
			require.False(t, failure(t, err).Certain)
		})
	}
}

// raw listens on loopback and closes each connection after handle.
func raw(t *testing.T, handle func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { _ = l.Close() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
				handle(conn)
			})
		}
	})
	return l.Addr().String()
}

// readRequest reads until the short body that post sends has come.
func readRequest(conn net.Conn) {
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.HasSuffix(got, []byte(`{"a":1}`)) {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		got = append(got, buf[:n]...)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			var followed atomic.Int32
			target := serve(t, func(http.ResponseWriter, *http.Request) { followed.Add(1) })
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", target.URL)
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "elsewhere")
			})
			hc := own(t)
			hc.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
			for _, client := range []*http.Client{hc, nil} {
				res, err := post(t, transport.New(client, limit), srv.URL)
				require.NoError(t, err)
				require.Equal(t, status, res.Status)
				require.Equal(t, "elsewhere", string(res.Body))
			}
			require.Zero(t, followed.Load())
		})
	}
}

func TestCompressionIsNotUndone(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err := zip.Write([]byte(`{"result":{"resultStatus":"S"}}`))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.NotContains(t, r.Header.Get("Accept-Encoding"), "gzip", "nobody asked for it")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	for name, client := range map[string]*http.Client{
		"the shared pool": nil, "a client of the caller": own(t), "a client without transport": {},
	} {
		res, err := post(t, transport.New(client, limit), srv.URL)
		require.NoError(t, err, name)
		require.Equal(t, "gzip", res.Header.Get("Content-Encoding"), name)
		require.Equal(t, packed.Bytes(), res.Body, name)
	}
}

// A small answer must not become a large one: the limit is for what the client keeps.
func TestACompressionBombStaysSmall(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err := zip.Write(make([]byte, 1<<18))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	require.Less(t, packed.Len(), limit)
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	res, err := post(t, transport.New(nil, limit), srv.URL)
	require.NoError(t, err)
	require.Equal(t, packed.Bytes(), res.Body)
}

func TestTheCallersClientIsNotChanged(t *testing.T) {
	t.Parallel()
	var hops atomic.Int32
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		hops.Add(1)
	})
	empty := &http.Client{}
	_, err := post(t, transport.New(empty, limit), srv.URL)
	require.NoError(t, err)
	require.Nil(t, empty.Transport)
	require.Nil(t, empty.CheckRedirect)
	require.Nil(t, empty.Jar)
	require.Zero(t, empty.Timeout)

	full := own(t)
	full.Timeout = time.Minute
	tr := full.Transport
	_, err = post(t, transport.New(full, limit), srv.URL)
	require.NoError(t, err)
	require.Same(t, tr, full.Transport)
	require.Nil(t, full.CheckRedirect)
	require.Equal(t, time.Minute, full.Timeout)
	require.False(t, tr.(*http.Transport).DisableCompression)
	require.Zero(t, hops.Load())

	res, err := full.Get(srv.URL)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.EqualValues(t, 1, hops.Load(), "the caller still follows redirects")
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"empty bodies": 0, "bodies within the limit": limit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int32
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write(bytes.Repeat([]byte("x"), size))
			}))
			srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			srv.Start()
			t.Cleanup(srv.Close)
			// Two posters without a client of their own share one pool.
			for _, p := range []*transport.Poster{transport.New(nil, limit), transport.New(nil, limit)} {
				for range 10 {
					_, err := post(t, p, srv.URL)
					require.NoError(t, err)
				}
			}
			require.EqualValues(t, 1, connections.Load())
		})
	}
}

func TestCloseIdle(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	p := transport.New(own(t), limit)
	for range 2 {
		_, err := post(t, p, srv.URL)
		require.NoError(t, err)
		p.CloseIdle()
	}
	require.EqualValues(t, 2, connections.Load())
}

// overdue is a context whose deadline passes when done is closed, which does not
// depend on how fast the machine is.
type overdue struct {
	context.Context
	done chan struct{}
}

func (o overdue) Done() <-chan struct{} { return o.done }

func (o overdue) Err() error {
	select {
	case <-o.done:
		return context.DeadlineExceeded
	default:
		return o.Context.Err()
	}
}

func TestTheContextEndsARequest(t *testing.T) {
	t.Parallel()
	release, here := make(chan struct{}), make(chan struct{}, 1)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
		}
		here <- struct{}{}
		<-release
	})
	t.Cleanup(func() { close(release) })
	for _, path := range []string{"/header", "/body"} {
		ctx := overdue{t.Context(), make(chan struct{})}
		go func() {
			<-here
			close(ctx.done)
		}()
		_, err := transport.New(own(t), limit).Post(ctx, srv.URL+path, http.Header{}, []byte(`{"a":1}`))
		require.ErrorIs(t, err, context.DeadlineExceeded, path)
		require.False(t, failure(t, err).NotSent, path)
		require.False(t, failure(t, err).Certain, path)
	}
}

func TestFailuresOfRealConnections(t *testing.T) {
	t.Parallel()
	// Nobody else can listen on the port of an outgoing connection.
	busy, err := net.Dial("tcp", raw(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }))
	require.NoError(t, err)
	t.Cleanup(func() { _ = busy.Close() })

	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(secure.Certificate())
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})

	var reset, ended atomic.Int32
	for name, tt := range map[string]struct {
		client  *http.Client
		url     string
		notSent bool
		certain bool
	}{
		"connection refused": {url: "http://" + busy.LocalAddr().String(), notSent: true},
		"unknown host": {
			client: own(t, func(tr *http.Transport) {
				tr.DialContext = (&net.Dialer{Resolver: resolver(t, 3)}).DialContext
			}),
			url:     "http://nosuch.invalid.",
			notSent: true, certain: true,
		},
		"resolver in trouble": {
			client: own(t, func(tr *http.Transport) {
				tr.DialContext = (&net.Dialer{Resolver: resolver(t, 2)}).DialContext
			}),
			url:     "http://nosuch.invalid.",
			notSent: true,
		},
		"untrusted certificate":             {url: secure.URL, notSent: true, certain: true},
		"untrusted certificate, own client": {client: own(t), url: secure.URL, notSent: true, certain: true},
		"certificate of another host": {
			client: own(t, func(tr *http.Transport) {
				tr.TLSClientConfig = &tls.Config{RootCAs: trusted, ServerName: "other.invalid",
					MinVersion: tls.VersionTLS12}
			}),
			url: secure.URL, notSent: true, certain: true,
		},
		"expired certificate": {
			client: own(t, func(tr *http.Transport) {
				tr.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12,
					Time: func() time.Time {
						return time.Unix(1<<40, 0)
					}}
			}),
			url: secure.URL, notSent: true, certain: true,
		},
		"HTTP where TLS was expected": {url: strings.Replace(plain.URL, "http:", "https:", 1),
			notSent: true, certain: true},
		"something else where TLS was expected": {
			url: "https://" + raw(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "220 mail.invalid ESMTP\r\n")
				_, _ = conn.Read(make([]byte, 4096))
			}),
			notSent: true, certain: true, // net/http tells that there was no connection yet
		},
		"reset before an answer": {url: "http://" + raw(t, func(conn net.Conn) {
			readRequest(conn)
			reset.Add(1)
			_ = conn.(*net.TCPConn).SetLinger(0)
		})},
		"closed before an answer": {url: "http://" + raw(t, func(conn net.Conn) {
			readRequest(conn)
			ended.Add(1)
		})},
		"not HTTP": {url: "http://" + raw(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "220 mail.invalid ESMTP\r\n")
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, err := post(t, transport.New(tt.client, limit), tt.url)
			require.Error(t, err)
			require.Nil(t, res)
			require.Equal(t, tt.certain, failure(t, err).Certain, "Certain of %v", err)
			require.Equal(t, tt.notSent, failure(t, err).NotSent, "NotSent of %v", err)
		})
	}
	t.Cleanup(func() {
		assert.EqualValues(t, 1, reset.Load(), "a request that may have arrived is not repeated down here")
		assert.EqualValues(t, 1, ended.Load(), "a request that may have arrived is not repeated down here")
	})
}

// resolver asks a name server on loopback that answers everything with rcode.
func resolver(t *testing.T, rcode byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
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

func TestNotSentAndCertain(t *testing.T) {
	t.Parallel()
	wrap := func(err error) error {
		return fmt.Errorf("attempt: %w", &url.Error{Op: "Post", URL: "https://gateway.invalid", Err: err})
	}
	for name, tt := range map[string]struct {
		err              error
		notSent, certain bool
	}{
		"any error":   {err: errors.New("any")},
		"end of file": {err: wrap(io.EOF)},
		"deadline":    {err: wrap(context.DeadlineExceeded)},
		"too large":   {err: transport.ErrTooLarge},
		"dial":        {err: wrap(&net.OpError{Op: "dial", Err: errors.New("no route")}), notSent: true},
		"write":       {err: wrap(&net.OpError{Op: "write", Err: errors.New("broken pipe")})},
		"read":        {err: wrap(&net.OpError{Op: "read", Err: errors.New("reset")})},
		"name unknown": {err: wrap(&net.OpError{Op: "dial",
			Err: &net.DNSError{Name: "nosuch.invalid", IsNotFound: true}}), notSent: true, certain: true},
		"name server down": {err: wrap(&net.OpError{Op: "dial",
			Err: &net.DNSError{Name: "nosuch.invalid", IsTimeout: true, IsTemporary: true}}), notSent: true},
		"certificate not verified": {err: wrap(&tls.CertificateVerificationError{Err: errors.New("any")}),
			notSent: true, certain: true},
		"authority unknown": {err: wrap(x509.UnknownAuthorityError{}), notSent: true, certain: true},
		"certificate for another": {err: wrap(x509.HostnameError{Certificate: &x509.Certificate{},
			Host: "a.invalid"}), notSent: true, certain: true},
		"certificate invalid": {err: wrap(x509.CertificateInvalidError{Cert: &x509.Certificate{},
			Reason: x509.Expired}), notSent: true, certain: true},
		"no system roots": {err: wrap(x509.SystemRootsError{}), notSent: true, certain: true},
		"no TLS": {err: wrap(tls.RecordHeaderError{Msg: "first record does not look like a TLS " +
			"handshake"})},
		"HTTP instead of TLS": {err: wrap(http.ErrSchemeMismatch), notSent: true, certain: true},
		"a later failure of a dial": {err: wrap(&net.OpError{Op: "read",
			Err: &net.OpError{Op: "dial", Err: errors.New("any")}})},
		"words of a proxy without a proxy": {err: wrap(errors.New("Proxy Authentication Required"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := post(t, transport.New(&http.Client{Transport: failing{err: tt.err}}, limit),
				"https://gateway.invalid")
			require.Equal(t, tt.notSent, failure(t, err).NotSent)
			require.Equal(t, tt.certain, failure(t, err).Certain)
			_, err = post(t, transport.New(&http.Client{Transport: failing{tt.err, true}}, limit),
				"https://gateway.invalid")
			require.False(t, failure(t, err).NotSent, "there was a connection")
			require.False(t, failure(t, err).Certain)
		})
	}
}

// failing is a transport of the caller's own, which may tell of a connection.
type failing struct {
	err       error
	connected bool
}

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.connected {
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	}
	return nil, f.err
}

// TestSwitchingProtocols: what follows a 101 is no body, and no context would
// end reading it.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	url := "http://" + raw(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = conn.Read(make([]byte, 4096)) // until the client hangs up
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	res, err := transport.New(&http.Client{Transport: &http.Transport{}}, 1024).Post(ctx, url,
		http.Header{}, []byte("{}"))
	require.ErrorIs(t, err, transport.ErrNotHTTP)
	require.Equal(t, 101, res.Status)
	require.NoError(t, ctx.Err())
}

// TestFailuresQuoteNothing: net/http puts what a server sent into its errors.
func TestFailuresQuoteNothing(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"SECRET {}\r\n\r\n":                                    "no readable HTTP response",
		"HTTP/1.1 200 OK\r\nSECRET\r\n\r\n":                    "no readable HTTP response",
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nSECRET": "the answer was cut off",
		"": "the connection broke before an answer",
	} {
		url := "http://" + raw(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, sent)
		})
		_, err := transport.New(&http.Client{Transport: &http.Transport{}}, 1024).Post(t.Context(), url,
			http.Header{}, []byte("{}"))
		require.Error(t, err)
		require.EqualError(t, failure(t, err), want)
	}
	for want, cause := range map[string]error{
		"timeout: no answer in time": context.DeadlineExceeded,
		"context canceled":           &url.Error{Op: "Post", URL: "https://SECRET", Err: context.Canceled},
		"the host name does not resolve": &net.OpError{Op: "dial",
			Err: &net.DNSError{Err: "no such host", Name: "SECRET", IsNotFound: true}},
		"the host is unreachable":                               &net.OpError{Op: "dial", Err: errors.New("SECRET")},
		"the TLS certificate is not trusted: unknown authority": x509.UnknownAuthorityError{},
		"the server does not speak TLS":                         http.ErrSchemeMismatch,
		"response body over the limit":                          transport.ErrTooLarge,
	} {
		_, err := post(t, transport.New(&http.Client{Transport: failing{err: cause}}, limit), "https://gateway.invalid")
		require.EqualError(t, failure(t, err), want)
		require.ErrorIs(t, err, cause)
	}
}

// failure is what every error of Post is.
func failure(t *testing.T, err error) *transport.SendError {
	t.Helper()
	var f *transport.SendError
	require.ErrorAs(t, err, &f)
	return f
}

// TestGarbageAfterTheRequest: with the request read, nothing that a stranger
// writes on the socket may look like a handshake that failed.
func TestGarbageAfterTheRequest(t *testing.T) {
	t.Parallel()
	for _, garbage := range []string{"\x17\x03\x09\x00\x05hello", "HTTP/1.1 400 Bad Request\r\n\r\n"} {
		var plain net.Conn
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			_, _ = io.WriteString(plain, garbage) // past TLS
			_ = plain.Close()
		}))
		server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
			plain = conn.(*tls.Conn).NetConn()
			return ctx
		}
		server.StartTLS()
		_, err := post(t, transport.New(server.Client(), limit), server.URL)
		require.False(t, failure(t, err).NotSent, "%v", err)
		require.False(t, failure(t, err).Certain)
		server.Close()
	}
}
