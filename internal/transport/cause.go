package transport

// Cause names where a request ended before the wallet's answer. The words are stable:
// programs branch on APIError.Cause, and people search for them.
type Cause string

// Causes before there is a connection: nothing was sent.
const (
	CauseDNS              Cause = "dns"               // the host name does not exist
	CauseDNSServer        Cause = "dns_server"        // the name server is in trouble
	CauseRefused          Cause = "refused"           // the host refuses the connection
	CauseUnreachable      Cause = "unreachable"       // there is no way to the host
	CauseConnectTimeout   Cause = "connect_timeout"   // the host does not answer
	CauseLocalLimit       Cause = "local_limit"       // this machine has no socket left
	CauseProxyAddress     Cause = "proxy_address"     // the proxy's address cannot be read
	CauseProxyUnreachable Cause = "proxy_unreachable" // the proxy does not answer
	CauseProxyAuth        Cause = "proxy_auth"        // the proxy wants a password
	CauseProxyRefused     Cause = "proxy_refused"     // the proxy does not connect
	CauseTLSVersion       Cause = "tls_version"       // the server has no TLS 1.2 or 1.3
	CauseTLSUnknownRoot   Cause = "tls_unknown_root"  // an unknown authority signed the certificate
	CauseTLSNoRoots       Cause = "tls_no_roots"      // this system knows no authority at all
	CauseTLSWrongName     Cause = "tls_wrong_name"    // the certificate is for another host
	CauseTLSExpired       Cause = "tls_expired"       // the certificate has expired
	CauseTLSNotYetValid   Cause = "tls_not_yet_valid" // the certificate is not valid yet
	CauseTLSCertificate   Cause = "tls_certificate"   // the certificate is not trusted for another reason
	CauseTLSTimeout       Cause = "tls_timeout"       // the handshake does not end
	CauseTLSBroken        Cause = "tls_broken"        // the connection breaks in the handshake
	CauseNotTLS           Cause = "not_tls"           // something other than TLS answers
)

// Causes that may come before or after the request was sent.
const (
	CauseTLSClientCertificate Cause = "tls_client_certificate" // the server wants a client certificate
	CauseTLSAlert             Cause = "tls_alert"              // the server sent another TLS alert
	CauseCanceled             Cause = "canceled"               // the caller's context was canceled
)

// Causes after there was a connection: the request may have arrived.
const (
	CauseAnswerTimeout Cause = "answer_timeout" // no answer came in time
	CauseReset         Cause = "reset"          // the connection broke before an answer
	CauseResetIdle     Cause = "reset_idle"     // the same, on a connection that had been idle
	CauseHTTP2         Cause = "http2"          // the server ended the HTTP/2 connection or stream
	CauseTruncated     Cause = "truncated"      // the answer was cut off
	CauseTooLarge      Cause = "too_large"      // the answer is over the limit
	CauseNotHTTP       Cause = "not_http"       // what came is not HTTP
	CauseHTTPSExpected Cause = "https_expected" // the server speaks TLS, and the request did not
)

// texts say what happened. They quote nothing that a server sent.
var texts = map[Cause]string{
	CauseDNS:                  "the host name does not resolve",
	CauseDNSServer:            "the name server gives no answer",
	CauseRefused:              "connection refused",
	CauseUnreachable:          "the host is unreachable",
	CauseConnectTimeout:       "timeout: no connection in time",
	CauseLocalLimit:           "this machine has no socket left",
	CauseProxyAddress:         "the address of the proxy cannot be read",
	CauseProxyUnreachable:     "the proxy is unreachable",
	CauseProxyAuth:            "the proxy wants a password",
	CauseProxyRefused:         "the proxy refused to connect",
	CauseTLSVersion:           "the server has neither TLS 1.2 nor TLS 1.3",
	CauseTLSUnknownRoot:       "the TLS certificate is not trusted: unknown authority",
	CauseTLSNoRoots:           "the TLS certificate is not trusted: no root certificates here",
	CauseTLSWrongName:         "the TLS certificate is not trusted: for another host",
	CauseTLSExpired:           "the TLS certificate is not trusted: expired",
	CauseTLSNotYetValid:       "the TLS certificate is not trusted: not valid yet",
	CauseTLSCertificate:       "the TLS certificate is not trusted",
	CauseTLSTimeout:           "timeout: no TLS handshake in time",
	CauseTLSBroken:            "the connection broke in the TLS handshake",
	CauseNotTLS:               "the server does not speak TLS",
	CauseTLSClientCertificate: "the server wants a client certificate",
	CauseTLSAlert:             "the server ended TLS",
	CauseCanceled:             "context canceled",
	CauseAnswerTimeout:        "timeout: no answer in time",
	CauseReset:                "the connection broke before an answer",
	CauseResetIdle:            "an idle connection broke before an answer",
	CauseHTTP2:                "the server ended the HTTP/2 connection",
	CauseTruncated:            "the answer was cut off",
	CauseTooLarge:             "response body over the limit",
	CauseNotHTTP:              "no readable HTTP response",
	CauseHTTPSExpected:        "the server speaks TLS, and the request did not",
}

// Causes returns all causes.
func Causes() map[Cause]string { return texts }

// isOfTheNetwork reports whether a connection failed before TLS, without a proxy.
func (c Cause) isOfTheNetwork() bool {
	switch c {
	case CauseDNS, CauseDNSServer, CauseRefused, CauseUnreachable, CauseConnectTimeout:
		return true
	}
	return false
}

// certain are the causes by which a retry fails in the same way.
var certain = map[Cause]bool{
	CauseDNS: true, CauseProxyAuth: true,
	CauseTLSVersion: true, CauseTLSUnknownRoot: true, CauseTLSNoRoots: true, CauseTLSWrongName: true,
	CauseTLSExpired: true, CauseTLSNotYetValid: true, CauseTLSCertificate: true, CauseNotTLS: true,
	CauseTLSClientCertificate: true,
}
