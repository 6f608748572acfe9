package tradepay

// networkHint says what to change if a request ended before the wallet; empty if it did
// not. It begins with the cause.
func networkHint(cause string) string {
	if cause == "" {
		return ""
	}
	return cause + ": " + networkRemedies[cause]
}

// networkRemedies are the sentences for people, by APIError.Cause: those of the private
// key first, then those of the network, then those of strangers that answer.
var networkRemedies = map[string]string{
	causeSigning: "errors.As finds the error of the key service in this one: the key may be disabled, its user not " +
		"allowed to sign, or its sessions used up; if the service pads in another way, have it sign the digest with " +
		"RSASSA-PKCS1-v1_5 and SHA-256",
	causeSigningTimeout: "the key service is slow: look at its load and at the network to it; " +
		"Retry.AttemptTimeout and the context's deadline say how long the client waits for a signer with SignContext",
	"dns": "check the host of Config.BaseURL; if it is right, this machine does not resolve it: containers and " +
		"VPNs have name servers of their own",
	"dns_server": "the name server of this machine is in trouble: look at /etc/resolv.conf, and at the network of " +
		"the container",
	"refused": "nothing listens at this host and port, or a firewall refuses: check both in Config.BaseURL",
	"unreachable": "look at the routes and the firewall of this machine, at IPv6 without a route, and at what " +
		"Config.HTTPClient dials",
	"connect_timeout": "a firewall drops the connection: let this machine out to the host, and ask the wallet " +
		"whether its allow-list has your server's addresses",
	"local_limit": "this machine has too many open files or connections: make one Client and keep it, close what " +
		"you open, and raise ulimit -n",
	"proxy_address": "correct HTTPS_PROXY, which net/http ignores if it cannot read it, or Proxy of " +
		"Config.HTTPClient: it is like http://proxy.example:3128, the special characters of a password " +
		"percent-encoded",
	"proxy_unreachable": "HTTPS_PROXY, or Proxy of Config.HTTPClient, names a proxy that does not answer: check " +
		"its host and port, and whether its certificate is trusted if it begins with https; NO_PROXY names hosts " +
		"that need no proxy",
	"proxy_auth": "give the proxy's user and password, percent-encoded: " +
		"HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT; for NTLM or Kerberos, run a local proxy that speaks it",
	"proxy_refused": "ask whoever runs the proxy to allow CONNECT to the wallet's host and port, or name the host " +
		"in NO_PROXY",
	"tls_version": "check the host of Config.BaseURL: the client speaks TLS 1.2 and 1.3 only, and wallets have " +
		"them; an old device on the way may not",
	"tls_unknown_root": "leave verification on; if a company's proxy opens TLS, or the gateway has a CA of its " +
		"own, add that CA to this system or to RootCAs of Config.HTTPClient; if the gateway does not send its " +
		"intermediate certificate, tell the wallet",
	"tls_no_roots": "this system has no CA certificates, like an image from scratch: install ca-certificates, or " +
		"copy /etc/ssl/certs/ca-certificates.crt into the image",
	"tls_wrong_name": "check the host of Config.BaseURL: it must be a name in the certificate, not an address or " +
		"an alias; a wrong DNS answer or a login page of the network looks the same",
	"tls_expired": "check this machine's clock; if it is right, the certificate of the gateway, or of a device on " +
		"the way, has expired: tell who runs it",
	"tls_not_yet_valid": "this machine's clock is behind: set it by NTP",
	"tls_certificate": "the certificate is not one for servers, or is too weak: Err of the APIError says which; " +
		"tell who runs the gateway",
	"tls_client_certificate": "get a client certificate from the wallet, or another one if it does not accept " +
		"yours, and set it in TLSClientConfig.Certificates of Config.HTTPClient",
	"tls_alert": "check host and port of Config.BaseURL; a server that wants a client certificate may not say so",
	"tls_timeout": "something accepts the connection and drops what follows: a firewall that reads TLS, a wrong " +
		"port, or packets too large for a VPN (MTU)",
	"tls_broken": "something on the way ends TLS: check the port, and ask the wallet whether its allow-list has " +
		"your server's addresses; a firewall may not let this host through",
	"not_tls": "give the https port of the gateway in Config.BaseURL; a proxy or a login page of the network may " +
		"answer in its place",
	"canceled": "the program ended the context of the call: the context of an HTTP request ends when its sender " +
		"leaves; keep the call with context.WithoutCancel and a timeout",
	"answer_timeout": "the wallet, or something before it, is slow; Retry.AttemptTimeout and the context's " +
		"deadline say how long the client waits",
	"reset": "rarely: nothing; always: a firewall or an allow-list on the way cuts the request off",
	"reset_idle": "rarely: nothing; often: something on the way closes idle connections early: set " +
		"IdleConnTimeout of Config.HTTPClient below its limit",
	"http2": "rarely: nothing, the server restarts; always: something on the way is not made for HTTP/2: switch " +
		"it off in Config.HTTPClient",
	"truncated":      "look for a proxy or a firewall that cuts answers off",
	"too_large":      "no answer of a wallet is over 1 MiB: check host and path of Config.BaseURL",
	"not_http":       "what listens there does not speak HTTP: check host and port of Config.BaseURL",
	"https_expected": "write https in Config.BaseURL",

	"challenge": "a firewall takes this program for a robot: ask the wallet to let your server's addresses " +
		"through to its API",
	"login": "check host and path of Config.BaseURL, and whether a proxy or a portal on the way wants a login: " +
		"the API asks for a signature only",
	"captive_portal": "the network of this machine wants a login before it lets anything through",
	"redirect": "the client follows no redirect, since the signature is for one address: set the address that the " +
		"wallet documents in Config.BaseURL; a login page of the network looks the same",
	"not_found": "nothing is at this path: check the path of Config.BaseURL, the wallet's profile (Routes.Prefix, " +
		"Version, Paths), and sandbox against production",
	"forbidden": "something before the wallet does not let this machine through: ask the wallet whether its " +
		"allow-list has your server's addresses, and check the host of Config.BaseURL",
	"rate_limited": "something before the wallet limits requests: ask less often, and ask the wallet for its limit",
	"gateway": "the wallet, or something before it, is in trouble: wait; if it lasts, tell the wallet when it " +
		"began and for which host",
	"compressed": "find what compresses answers, such as a CDN or a proxy: the client asks for none, because the " +
		"signature is over the bytes that the wallet wrote",
	"unsigned": "no Signature header came: check Config.BaseURL, since another API or a mock may answer, and look " +
		"for a proxy that drops the header",
	"not_the_wallet": "check host and path of Config.BaseURL: a web site, a proxy or another service answers there",
}
