package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/networktest"
	"github.com/tradepay/tradepay-go/internal/transport"
)

// TestWhereARequestEnds: each cause by its listener, with the transport of net/http, and
// with that behind another one.
func TestWhereARequestEnds(t *testing.T) {
	t.Parallel()
	for _, wrapped := range []string{"", "wrapped, "} {
		found := make(map[string]bool)
		for _, tt := range networktest.Cases(t) {
			found[tt.Cause] = true
			t.Run(wrapped+tt.Name, func(t *testing.T) {
				t.Parallel()
				client := *tt.Client // some cases share one
				if wrapped != "" {
					client.Transport = wrapper{client.Transport}
				}
				p := transport.New(&client, 1<<20)
				if tt.Warm {
					_, err := post(t, p, tt.BaseURL)
					require.NoError(t, err)
				}
				res, err := post(t, p, tt.BaseURL)
				if err == nil { // of something else
					require.NotNil(t, res)
					return
				}
				f := failure(t, err)
				hidden := tt.Cause == "tls_no_roots" || tt.Cause == "proxy_address" // how the transport is configured
				if wrapped == "" || !hidden {
					require.Equal(t, tt.Cause, string(f.Cause), "%v", errors.Unwrap(err))
				}
				if wrapped == "" {
					require.Equal(t, tt.NotSent, f.NotSent)
				} else if f.NotSent {
					require.True(t, tt.NotSent, "a transport that tells less proves less")
				}
				require.Equal(t, tt.Final, f.Certain)
				require.Contains(t, f.Error(), transport.Causes()[f.Cause])
				require.NotContains(t, f.Error(), "planted")
				if tt.Arrived != nil {
					require.Equal(t, 1, tt.Arrived(), "net/http does not repeat what it has sent")
				}
			})
		}
		require.Greater(t, len(found), 30)
		for cause := range transport.Causes() {
			require.True(t, found[string(cause)], "no listener for %s", cause)
		}
	}
}

// wrapper is a transport like those for metrics: it hides the one of net/http.
type wrapper struct{ http.RoundTripper }

func (w wrapper) RoundTrip(r *http.Request) (*http.Response, error) {
	return w.RoundTripper.RoundTrip(r)
}

// TestTheOwnPool knows more: whether the server asked for a client certificate, and with
// which status a proxy refused.
func TestTheOwnPool(t *testing.T) {
	t.Parallel()
	address, roots := networktest.Server(t, networktest.WantCertificate)
	pool := transport.NewPool()
	pool.TLSClientConfig.RootCAs = roots
	_, err := post(t, transport.New(&http.Client{Transport: pool}, limit), address)
	require.Equal(t, transport.CauseTLSClientCertificate, failure(t, err).Cause)
	require.True(t, failure(t, err).NotSent)
	require.True(t, failure(t, err).Certain)
	require.EqualError(t, err, "the server wants a client certificate (TLS alert: handshake failure)")

	for line, want := range map[string]transport.SendError{
		"HTTP/1.1 407 password, please": {Cause: transport.CauseProxyAuth, NotSent: true, Certain: true},
		"HTTP/1.1 403 planted":          {Cause: transport.CauseProxyRefused, NotSent: true, Certain: true},
		"HTTP/1.1 451":                  {Cause: transport.CauseProxyRefused, NotSent: true, Certain: true},
		"HTTP/1.1 429 planted":          {Cause: transport.CauseProxyRefused, NotSent: true},
		"HTTP/1.1 503 planted":          {Cause: transport.CauseProxyRefused, NotSent: true},
		"HTTP/1.1 204 planted":          {Cause: transport.CauseProxyRefused, NotSent: true},
	} {
		pool := transport.NewPool()
		pool.Proxy = http.ProxyURL(networktest.Proxy(t, line))
		_, err := post(t, transport.New(&http.Client{Transport: pool}, limit), "https://wallet.example")
		f := failure(t, err)
		require.Equal(t, want, transport.SendError{Cause: f.Cause, NotSent: f.NotSent, Certain: f.Certain}, line)
		require.NotContains(t, err.Error(), "planted")
	}
}

// TestTheEnvironment starts this test anew with variables that a process reads once.
func TestTheEnvironment(t *testing.T) {
	t.Parallel()
	const child = "TRADEPAY_TEST_ENVIRONMENT"
	if cause := os.Getenv(child); cause != "" {
		_, err := post(t, transport.New(nil, limit), os.Getenv("TRADEPAY_TEST_URL"))
		require.Equal(t, cause, string(failure(t, err).Cause), "%v", errors.Unwrap(err))
		require.True(t, failure(t, err).NotSent)
		require.NotContains(t, err.Error(), "planted")
		return
	}
	address, _ := networktest.Server(t)
	for cause, set := range map[string][]string{
		"tls_no_roots": {"SSL_CERT_FILE=/nowhere", "SSL_CERT_DIR=/nowhere", "TRADEPAY_TEST_URL=" + address},
		"proxy_address": {"HTTPS_PROXY=http://user:planted%zz@proxy.example:3128", "https_proxy=", "NO_PROXY=",
			"no_proxy=", "TRADEPAY_TEST_URL=https://wallet.invalid"},
	} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			if cause == "tls_no_roots" && runtime.GOOS != "linux" {
				t.Log("here the roots are not files")
				return
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheEnvironment$")
			cmd.Env = append(append(os.Environ(), set...), child+"="+cause)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

// TestACanceledCall had no connection, and net/http tells so, or may have been sent.
func TestACanceledCall(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	hangs := own(t, func(tr *http.Transport) {
		tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
			cancel()
			<-release
			return nil, errors.New("released")
		}
	})
	_, err := transport.New(hangs, limit).Post(ctx, "https://wallet.example", http.Header{}, []byte("{}"))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, transport.CauseCanceled, failure(t, err).Cause)
	require.True(t, failure(t, err).NotSent)

	later, cancelLater := context.WithCancel(t.Context())
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // otherwise the server does not see that the client leaves
		cancelLater()
		<-r.Context().Done()
	})
	_, err = transport.New(own(t), limit).Post(later, srv.URL, http.Header{}, []byte("{}"))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, transport.CauseCanceled, failure(t, err).Cause)
	require.False(t, failure(t, err).NotSent)
}

// TestAnUnsentRequestIsRepeated by net/http: of a request that meets a closed connection
// nothing is written. What was written is not repeated: see Arrived of the cases.
func TestAnUnsentRequestIsRepeated(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{false, true} {
		again := repeating{written: written}
		_, err := post(t, transport.New(&http.Client{Transport: &again}, limit), "http://wallet.example")
		require.Equal(t, transport.CauseHTTP2, failure(t, err).Cause)
		require.Equal(t, !written, again.text == `{"a":1}`)
	}
}

// repeating is a transport that wants to send a request a second time.
type repeating struct {
	written bool
	text    string
}

func (r *repeating) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.written {
		httptrace.ContextClientTrace(req.Context()).WroteRequest(httptrace.WroteRequestInfo{})
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	r.text = string(text)
	return nil, errors.Join(err, errors.New("http2: lost"))
}
