package tradepay

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/internal/replay"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// maxBody is the largest body that is sent, or read of a response or a notification.
const maxBody = strictjson.MaxSize

// Config is what the wallet gave the merchant, the merchant's keys, and how the
// client works. Zero fields take the defaults.
type Config struct {
	Wallet     wire.Profile              // required: a profile of package wallets
	BaseURL    string                    // gateway; https, http only for loopback; a path in it replaces the profile's prefix
	ClientID   string                    // issued by the wallet; required
	AppID      string                    // mini program id; required where Wallet.Needs.AppID is set, otherwise optional
	PartnerID  string                    // v1 dialect's partnerId
	MerchantID string                    // for wallets that want it in a header
	SiteName   string                    // default of CreateOrderRequest.SiteName, and sent with every other call; see Client.ForSite
	AgentToken string                    // for wallets that want it in a header; secret
	PrivateKey crypto.Signer             // merchant's RSA key, at least 2048 bits; a KMS or HSM signer works too
	KeyVersion string                    // of PrivateKey at the wallet; default "1"
	WalletKeys map[string]*rsa.PublicKey // the wallet's public keys by keyVersion; required

	// HTTPClient is copied, and sends the requests: its transport, cookie jar and
	// timeout count. The client follows no redirect, and refuses a transport that
	// allows TLS below 1.2. Default: a connection pool that all clients share.
	HTTPClient *http.Client
	// Logger gets retries at level Warn and each request at level Debug:
	// operation, ids, HTTP status and duration, never a body or a header. It also
	// gets each notification that the client refuses, that your function does not
	// store, or at which it panics, and once an order without NotifyURL. A refusal
	// comes with what [doctor.Diagnose] finds, the attributes cause, summary and remedy,
	// at most every 10 seconds: forgeries must not cost more. Default: no log.
	Logger *slog.Logger
	Retry  RetryPolicy
	// Now is the clock for the times in messages and their checks. Default: time.Now.
	Now func() time.Time
	// TimeTolerance is how far the time of a message may be from the clock, in
	// both directions. Default: 5 minutes, which one wallet documents.
	TimeTolerance time.Duration
	// NotificationMaxAge is how old a notification may be. No document says
	// whether a wallet signs a repeated notification anew: set this if yours
	// repeats the old time, and keep refusing duplicates by id. Default: TimeTolerance.
	NotificationMaxAge time.Duration
	// NotificationLimit is how many bytes the body of a notification may have,
	// from 1 KiB to 1 MiB: strangers can send bodies, too, and the client holds
	// each until it is verified. What you give to [Client.ParseNotification] may
	// have 1 MiB. Default: 64 KiB, far more than a notification takes.
	NotificationLimit int
	// NotifyPath is the path of the notify URL as the wallet knows it, for servers
	// behind a proxy that rewrites paths: the wallet signs the public path. The
	// query string is taken as received. Default: the path of the request.
	NotifyPath string
	// PollInterval is how often [Client.WaitOrder] asks. Default: 5 seconds, as
	// the wallets recommend.
	PollInterval time.Duration
	// ConfirmOrders makes [Client.CreateOrder] inquire about each payment whose
	// answer does not repeat the PaymentRequestID, and compare the wallet's ids.
	// Most wallets sign nothing into that answer that ties it to its request. The
	// client recognises an answer that it has seen without this; ConfirmOrders
	// guards against one that was held back from another order and handed out
	// here, which takes a broken TLS connection or a gateway that mixes up
	// responses. It costs a second request for each order. Module orderflow then
	// takes no refusal of a cancel for its end either.
	ConfirmOrders bool
	// Observe is called after each attempt of a call and after each notification
	// of [Client.NotifyHandler], by the goroutine that made it: it must be quick
	// and safe for concurrent use. Default: nothing is called.
	Observe func(context.Context, CallInfo)
}

// Client talks to one wallet as one merchant. It is safe for concurrent use,
// starts no goroutine and shares its connections with other clients. Make one
// with [NewClient] and keep it.
type Client struct {
	wallet     wire.Profile
	base       string // scheme and host
	prefix     string
	clientID   string
	appID      string
	partnerID  string
	merchantID string
	siteName   string
	agentToken string

	keys   *keyrings
	poster *transport.Poster
	budget *transport.Budget
	replay *replay.Guard
	pace   *replay.Pace

	unverified *unverified // bodies of notifications
	notify     *notifyURLs

	diagnosed *atomic.Int64 // when the doctor was last asked, in Unix nanoseconds

	log          *slog.Logger
	now          func() time.Time
	retry        RetryPolicy
	tolerance    time.Duration
	maxAge       time.Duration // of notifications
	pollInterval time.Duration
	notifyPath   string
	notifyLimit  int64
	confirm      bool
	observe      func(context.Context, CallInfo)
	ownURIs      map[string]bool // of the wallet's API: nothing is notified there
}

// RetryPolicy says how often and when a call is sent again. Zero fields take
// the defaults. Only calls that are safe to repeat are: inquiries, and pay,
// refund, cancel, capture and void with the same id and the same content. An
// inquiry that follows a lost answer has as many attempts again.
type RetryPolicy struct {
	MaxAttempts    int           // requests for one call; default 3, 1 for no retries
	BaseDelay      time.Duration // shortest wait; default 200 ms
	MaxDelay       time.Duration // longest wait; default 5 s
	AttemptTimeout time.Duration // for one request; default 10 s
	MaxRetryAfter  time.Duration // longest Retry-After that is waited for; default 30 s
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	for _, d := range []struct {
		field    *time.Duration
		standard time.Duration
	}{
		{&p.BaseDelay, 200 * time.Millisecond},
		{&p.MaxDelay, 5 * time.Second},
		{&p.AttemptTimeout, 10 * time.Second},
		{&p.MaxRetryAfter, 30 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 3
	}
	return p
}

// NewClient checks the configuration and returns a client. It sends nothing.
// Errors match [ErrInvalidConfig], name the field and say what to do; a wrong
// key also matches [ErrInvalidKey]. The published keys of the test wallet are
// refused unless BaseURL is on loopback, or under a name that is reserved for
// tests (RFC 2606).
func NewClient(cfg Config) (*Client, error) {
	c := &Client{
		wallet: cfg.Wallet.Clone(), clientID: cfg.ClientID, appID: cfg.AppID, partnerID: cfg.PartnerID,
		merchantID: cfg.MerchantID, siteName: cfg.SiteName, agentToken: cfg.AgentToken,
		keys: new(keyrings), budget: transport.NewBudget(), replay: new(replay.Guard), pace: new(replay.Pace),
		unverified: new(unverified), notifyLimit: cmp.Or(int64(cfg.NotificationLimit), notifyLimit), diagnosed: new(atomic.Int64), notify: new(notifyURLs),
		log: cfg.Logger, now: cfg.Now, retry: cfg.Retry.withDefaults(), notifyPath: cfg.NotifyPath, confirm: cfg.ConfirmOrders,
		observe:   cfg.Observe,
		tolerance: cmp.Or(cfg.TimeTolerance, 5*time.Minute), pollInterval: cmp.Or(cfg.PollInterval, 5*time.Second),
	}
	c.maxAge = cmp.Or(cfg.NotificationMaxAge, c.tolerance)
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if err := checkProfile(&c.wallet); err != nil {
		return nil, err
	}
	if err := c.setBaseURL(cfg.BaseURL); err != nil {
		return nil, err
	}
	if err := cfg.validateIdentity(); err != nil {
		return nil, err
	}
	if err := c.SetKeys(cfg.PrivateKey, cfg.KeyVersion, cfg.WalletKeys); err != nil {
		return nil, err
	}
	if err := cfg.validateSettings(); err != nil {
		return nil, err
	}
	if err := checkTLS(cfg.HTTPClient, c.base); err != nil {
		return nil, err
	}
	c.poster = transport.New(cfg.HTTPClient, maxBody)
	c.ownURIs = make(map[string]bool)
	for _, op := range c.wallet.Operations() {
		path := c.wallet.Path(op)
		c.ownURIs[path], c.ownURIs[c.prefix+path] = true, true
	}
	return c, nil
}

// validateSettings checks how the client is to work.
func (cfg *Config) validateSettings() error {
	p, path, limit := cfg.Retry, cfg.NotifyPath, cfg.NotificationLimit
	wrongPath := !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ") || !ascii.Printable(path)
	switch {
	case p.MaxAttempts < 0 || p.MaxAttempts > 10:
		return invalidConfig("Retry.MaxAttempts", "must be 1 to 10", "leave it zero for 3")
	case p.BaseDelay < 0 || p.MaxDelay < 0 || p.AttemptTimeout < 0 || p.MaxRetryAfter < 0:
		return invalidConfig("Retry", "must have no negative duration", "leave fields zero for the defaults")
	case cfg.TimeTolerance < 0:
		return invalidConfig("TimeTolerance", "must not be negative", "leave it zero for 5 minutes")
	case cfg.NotificationMaxAge < 0:
		return invalidConfig("NotificationMaxAge", "must not be negative", "leave it zero for TimeTolerance")
	case cfg.PollInterval < 0:
		return invalidConfig("PollInterval", "must not be negative", "leave it zero for 5 seconds")
	case limit != 0 && (limit < 1<<10 || limit > maxBody):
		return invalidConfig("NotificationLimit", "must be 1 KiB to 1 MiB", "leave it zero for 64 KiB")
	case path != "" && wrongPath:
		return invalidConfig("NotifyPath", "must be a path that begins with a slash, without query, percent-encoded where needed",
			`give it like "/shop/notify"`)
	}
	return nil
}

func (c *Client) setBaseURL(text string) error {
	if text == "" {
		return invalidConfig("BaseURL", "is required", "use the gateway that the wallet gave you")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return invalidConfig("BaseURL", "must be an absolute URL", `give it like "https://gateway.example.com"`)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return invalidConfig("BaseURL", "must have no user, query or fragment", "keep scheme, host and path")
	case u.Scheme == "http" && !loopback.Host(u.Hostname()):
		return invalidConfig("BaseURL", "must be https; http is for loopback only", "use https")
	case u.Scheme != "https" && u.Scheme != "http":
		return invalidConfig("BaseURL", "must be https", `give it like "https://gateway.example.com"`)
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if path != "" && !plainPath(path) {
		return invalidConfig("BaseURL", "has a path that cannot be signed unambiguously", "use a plain path without %, // or dots")
	}
	if strings.Contains(path+"/", "/"+c.wallet.Routes.Version+"/") {
		return invalidConfig("BaseURL", "holds the API version, which the SDK adds itself", "keep what stands before /"+c.wallet.Routes.Version)
	}
	c.base, c.prefix = u.Scheme+"://"+u.Host, c.wallet.Routes.Prefix
	if path != "" {
		c.prefix = path
	}
	return nil
}

// reservedName reports whether nobody can have the name of a host, as RFC 2606 says.
func reservedName(host string) bool {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	top := labels[len(labels)-1]
	if len(labels) > 1 && labels[len(labels)-2] == "example" {
		return top == "com" || top == "net" || top == "org" || top == "example"
	}
	return top == "test" || top == "example" || top == "invalid" || top == "localhost"
}

func checkTLS(hc *http.Client, base string) error {
	if hc == nil {
		return nil
	}
	t, ok := hc.Transport.(*http.Transport)
	if !ok || t == nil || t.TLSClientConfig == nil {
		return nil
	}
	if v := t.TLSClientConfig.MinVersion; v != 0 && v < tls.VersionTLS12 {
		return invalidConfig("HTTPClient", "allows TLS below 1.2", "set MinVersion to tls.VersionTLS12")
	}
	if t.TLSClientConfig.InsecureSkipVerify && !loopback.URL(base) {
		return invalidConfig("HTTPClient", "accepts any TLS certificate", "add the gateway's CA to RootCAs instead of InsecureSkipVerify")
	}
	return nil
}

// validateIdentity checks the fields that travel in headers and bodies.
func (cfg *Config) validateIdentity() error {
	for _, f := range []struct {
		name, value string
		needed      bool
	}{
		{"ClientID", cfg.ClientID, true},
		{"AppID", cfg.AppID, cfg.Wallet.Needs.AppID},
		{"PartnerID", cfg.PartnerID, cfg.Wallet.Needs.PartnerID},
		{"MerchantID", cfg.MerchantID, cfg.Wallet.Needs.MerchantID},
		{"AgentToken", cfg.AgentToken, false},
	} {
		if f.value == "" && f.needed {
			return invalidConfig(f.name, "is required by "+cfg.Wallet.Name, "take it from the wallet's console")
		}
		if !ascii.Printable(f.value) || strings.Contains(f.value, " ") || f.name != "AgentToken" && len(f.value) > 128 {
			return invalidConfig(f.name, "must be at most 128 printable ASCII characters without spaces", "copy it again from the wallet's console; look for a line break at its end")
		}
	}
	if !printableText(cfg.SiteName) {
		return invalidConfig("SiteName", "must not hold control characters", "take it from my.getSiteInfo().siteName")
	}
	return nil
}

// configError makes a key error one about the configuration, too.
func configError(err error) error { return within(ErrInvalidConfig, err) }

// SetKeys replaces the keys while calls are in flight. List old and new wallet
// keys together for as long as the wallet may sign with either. On an error
// the keys stay as they were. It changes every client made with ForSite, too.
// An empty keyVersion means "1", as in [Config]. Errors are those of NewClient.
func (c *Client) SetKeys(privateKey crypto.Signer, keyVersion string, walletKeys map[string]*rsa.PublicKey) error {
	ring, err := newKeyring(privateKey, keyVersion, walletKeys)
	if err != nil {
		return err
	}
	if u, err := url.Parse(c.base); err != nil || !loopback.Host(u.Hostname()) && !reservedName(u.Hostname()) {
		if err := ring.refusePublished(); err != nil {
			return err
		}
	}
	c.keys.Store(ring)
	return nil
}

// ClientID returns [Config].ClientID: which merchant this client is at the wallet.
func (c *Client) ClientID() string { return c.clientID }

// ConfirmsOrders returns [Config].ConfirmOrders: whether this client distrusts
// answers that do not name their request.
func (c *Client) ConfirmsOrders() bool { return c.confirm }

// ForSite returns a client that sends siteName (my.getSiteInfo().siteName) as
// customerBelongsTo with every call. It shares everything else with c. Use it
// where one merchant serves several wallets of a platform.
func (c *Client) ForSite(siteName string) *Client {
	site := *c
	site.siteName = siteName
	return &site
}

// CloseIdleConnections closes the connections that are kept for later calls,
// also those of other clients that use the shared pool.
func (c *Client) CloseIdleConnections() { c.poster.CloseIdle() }

// Call sends any other signed operation of the wallet, such as
// "payments/confirm", and decodes the verified response into response, which
// may be nil. The profile's version is put before the path unless it begins
// with one ("/v2/payments/confirm"). request is anything that marshals to a
// JSON object. Call sends once and never retries: only you know whether that
// is safe. It returns the verdict of a verified response, whatever that is. A
// result of S or A is no error; F matches [ErrRejected], everything else
// [ErrOutcomeUnknown].
func (c *Client) Call(ctx context.Context, path string, request, response any) (Result, error) {
	path = strings.TrimPrefix(path, "/")
	plain, query, _ := strings.Cut(path, "?")
	if !plainPath("/"+plain) || !ascii.Printable(query) || strings.ContainsAny(query, " #") {
		return Result{}, invalidRequest("path", "must be the plain path of an operation", `give it like "payments/confirm"`)
	}
	if v := reflect.ValueOf(response); response != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return Result{}, invalidRequest("response", "must be a pointer", "pass the address of a struct or map, or nil")
	}
	data, err := json.Marshal(request)
	if err != nil {
		return Result{}, invalidRequest("request", "cannot be marshaled to JSON", "pass a struct or map of plain values")
	}
	body, err := strictjson.Parse(data)
	if err != nil {
		return Result{}, invalidRequest("request", "must be a JSON object: "+err.Error(), "pass a struct or map")
	}
	if version, _, ok := strings.Cut(path, "/"); ok && len(version) > 1 && version[0] == 'v' && ascii.Digits(version[1:]) {
		path = "/" + path
	}
	path = c.wallet.Versioned(path)
	operation, _, _ := strings.Cut(path, "?") // a query may hold a secret
	ans, err := c.exchange(ctx, &outgoing{op: wire.Operation(operation), path: path, body: body})
	if err != nil {
		var failed *APIError
		if errors.As(err, &failed) {
			return failed.Result, err
		}
		return Result{}, err
	}
	if ans.result.Status == ResultFailed {
		return ans.result, ans.reject()
	}
	if response == nil {
		return ans.result, nil
	}
	if err := json.Unmarshal(ans.raw, response); err != nil {
		return ans.result, ans.malformed(fmt.Errorf("%w: the response does not fit the given type", ErrMalformed))
	}
	return ans.result, nil
}
