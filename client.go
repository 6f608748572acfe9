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
	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/replay"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// maxBody is the largest body that the client sends, or reads of a response or a
// notification.
const maxBody = strictjson.MaxSize

// Config holds what the wallet gave the merchant, the merchant's keys, and how the
// client works. For a zero field the client uses the default.
type Config struct {
	// Wallet is the wallet's profile, one of package wallets. Required.
	Wallet wire.Profile
	// BaseURL is the wallet's gateway: https, or http if the host is loopback. A
	// path in it replaces the profile's prefix. Required.
	BaseURL    string
	ClientID   string // the wallet issues it; required
	AppID      string // mini program id; required if Wallet.Requirements.AppID is set
	PartnerID  string // partnerId of the v1 dialect
	MerchantID string // some wallets want it in a header
	// SiteName is the default of CreateOrderRequest.SiteName. The client sends it
	// with every other call, too; see [Client.ForSite].
	SiteName   string
	AgentToken string // some wallets want it in a header; secret
	// PrivateKey is the merchant's RSA key, at least 2048 bits: a *rsa.PrivateKey, or
	// any signer that keeps it elsewhere, such as an HSM or a KMS, and is safe for
	// concurrent use. The client bounds no concurrency: the signer may. Each signature of
	// such a signer is verified before it is sent, so one with another padding, or of
	// another key, is an error that matches [ErrInvalidKey]; NewClient asks for none.
	//
	// A signer that may take long has this method, too:
	//
	//	SignContext(ctx context.Context, rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	//
	// The client calls it instead of Sign, with a context that ends with that of the call,
	// or of the notification's request, and after Retry.AttemptTimeout. A signer without
	// it, or one that does not look at its context, cannot be given up on: the client waits
	// until it returns. A request whose signature fails, or comes after the caller's context
	// has ended, is not sent: the [APIError] has NotSent, unless an earlier attempt was
	// sent, and the Cause signing, signing_timeout or canceled. The client does not ask
	// the signer again; the clients of key services retry by themselves.
	PrivateKey crypto.Signer
	KeyVersion string                    // of PrivateKey at the wallet; default "1"
	WalletKeys map[string]*rsa.PublicKey // the wallet's public keys by keyVersion; required

	// HTTPClient sends the requests, with its transport, cookie jar and timeout.
	// NewClient copies it. The client follows no redirect, and rejects a transport
	// that allows TLS below 1.2. Default: a connection pool that all clients share.
	HTTPClient *http.Client
	// Logger gets retries at level Warn and each request at level Debug: the
	// operation, ids, HTTP status and duration, never a body or a header. It also
	// gets each notification that the client rejects, that your function does not
	// store, or at which your function panics; and, once, an order without
	// NotifyURL. With a rejected notification it gets what [doctor.Diagnose] finds,
	// in the attributes cause, summary and remedy, at most every 10 seconds:
	// forgeries must not cost more. Default: no log.
	Logger *slog.Logger
	Retry  RetryPolicy
	// Now is the clock for the times in messages and for checking them. Default:
	// time.Now.
	Now func() time.Time
	// TimeTolerance is how far the time of a message may be from the clock, in
	// both directions. An answer to an inquiry may also not be older than the inquiry
	// by a fifth of it, or by 30 seconds if that is more: by the wallet's own clock,
	// which the client knows from the answers of the last 5 minutes. If the clocks of
	// the gateway's machines differ by more, inquiries end in [ErrOutcomeUnknown] with
	// [ReasonReplay] and a Hint; raise it then. Default: 5 minutes, which one wallet
	// documents, so a minute for an inquiry.
	TimeTolerance time.Duration
	// NotificationMaxAge is how old a notification may be. No document says
	// whether a wallet that sends a notification again signs it with a new time.
	// If yours keeps the old time, set this, and recognise duplicates by their
	// id. Default: TimeTolerance.
	NotificationMaxAge time.Duration
	// NotificationLimit is how many bytes the body of a notification may have,
	// from 1 KiB to 1 MiB. Anybody can send a body, and the client keeps it in
	// memory until it is verified. For [Client.ParseNotification] the limit is
	// always 1 MiB. Default: 64 KiB, far more than a notification needs.
	NotificationLimit int
	// NotifyPath is the path of the notify URL as the wallet knows it. Set it if a
	// proxy rewrites paths: the wallet signs the public path. The client uses the
	// query string as it arrives. Default: the path of the request.
	NotifyPath string
	// PollInterval is how often [Client.WaitOrder] asks. Default: 5 seconds, as
	// the wallets recommend.
	PollInterval time.Duration
	// ConfirmOrders makes [Client.CreateOrder] inquire about each payment whose
	// answer does not repeat the PaymentRequestID, and compare the wallet's ids.
	// In most wallets nothing signed ties that answer to its request. Without
	// ConfirmOrders the client recognises an answer that it has already seen. With
	// it, the client also finds an answer to another order that somebody held back
	// and sends here. That takes a broken TLS connection, or a gateway that mixes
	// up responses. It costs a second request for each order. Module orderflow then
	// does not accept a rejected cancel as the end of that cancel, either.
	ConfirmOrders bool
	// Observe is called after each attempt of a call and after each notification
	// of [Client.NotifyHandler], in the goroutine of that call or notification. It
	// must be quick and safe for concurrent use. Default: none.
	Observe func(context.Context, CallInfo)
	// BeginCall is called as each call begins, before its first attempt, and as each
	// notification of [Client.NotifyHandler] arrives. The context that it returns is
	// that of all that follows: the requests of HTTPClient, Observe, your notification
	// function. It ends with the caller's, too. The client calls the function that it returns once as the call ends,
	// whatever ends it, with the CallInfo of the last attempt; of a call that may have
	// reached the wallet and got no answer, the Outcome is OutcomeUnknown even if its
	// last attempt was not sent. An inquiry that follows a lost answer is a call of its
	// own. A call whose input is wrong does not begin. As it begins, only Op, Wallet and
	// PaymentRequestID are known, and Op of a notification is OpNotifyPayment. Either
	// function must be quick and safe for concurrent use. Module oteltradepay makes
	// spans of it. Default: none.
	BeginCall func(context.Context, CallInfo) (context.Context, func(CallInfo))
}

// Client talks to one wallet for one merchant. It is safe for concurrent use,
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
	acks   *acknowledgements
	poster *transport.Poster
	budget *transport.Budget
	replay *replay.Guard
	pace   *replay.Pace

	unverified *unverified // bodies of notifications
	notify     *notifyURLs

	diagnosed *atomic.Int64 // when the doctor was last asked, in Unix nanoseconds
	openEnded *atomic.Bool  // whether the client has logged that nothing ends a body that stalls

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
	beginCall    func(context.Context, CallInfo) (context.Context, func(CallInfo))
	ownURIs      map[string]bool // of the wallet's API: no notification comes to them
}

// RetryPolicy says how often and when the client sends a request again. For a zero
// field it uses the default. The client retries only what is safe to retry:
// inquiries and UserInfo; and pay, refund, cancel, capture, void, and the acceptance
// and confirmation of an escrow, with the same id and the same content. The inquiry
// that follows a lost answer has its own MaxAttempts.
type RetryPolicy struct {
	MaxAttempts    int           // requests for one call; default 3, 1 for no retries
	BaseDelay      time.Duration // shortest wait; default 200 ms
	MaxDelay       time.Duration // longest wait; default 5 s
	AttemptTimeout time.Duration // for one request; default 10 s
	MaxRetryAfter  time.Duration // longest wait that a Retry-After header can ask for; default 30 s
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

// NewClient checks the configuration and returns a client. It sends nothing. An
// error matches [ErrInvalidConfig], names the field and says what to do; if a key
// is wrong, it also matches [ErrInvalidKey]. NewClient rejects the published keys
// of the test wallet, unless the host of BaseURL is loopback or a name that is
// reserved for tests (RFC 2606).
func NewClient(cfg Config) (*Client, error) {
	c := &Client{
		wallet: cfg.Wallet.Clone(), clientID: cfg.ClientID, appID: cfg.AppID, partnerID: cfg.PartnerID,
		merchantID: cfg.MerchantID, siteName: cfg.SiteName, agentToken: cfg.AgentToken,
		keys: new(keyrings), acks: new(acknowledgements),
		budget: transport.NewBudget(), replay: new(replay.Guard), pace: new(replay.Pace),
		unverified: new(unverified), notifyLimit: cmp.Or(int64(cfg.NotificationLimit), notifyLimit),
		diagnosed: new(atomic.Int64), openEnded: new(atomic.Bool), notify: new(notifyURLs),
		log: cfg.Logger, now: cfg.Now,
		retry: cfg.Retry.withDefaults(), notifyPath: cfg.NotifyPath, confirm: cfg.ConfirmOrders, observe: cfg.Observe,
		beginCall:    cfg.BeginCall,
		tolerance:    cmp.Or(cfg.TimeTolerance, 5*time.Minute),
		pollInterval: cmp.Or(cfg.PollInterval, 5*time.Second),
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

// validateSettings checks the fields that say how the client works.
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
		return invalidConfig("NotifyPath",
			"must be a path that begins with a slash, without query, percent-encoded where needed",
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
		return invalidConfig("BaseURL", "has a path that cannot be signed unambiguously",
			"use a plain path without %, // or dots")
	}
	if strings.Contains(path+"/", "/"+c.wallet.Routes.Version+"/") {
		return invalidConfig("BaseURL", "holds the API version, which the SDK adds itself",
			"keep what comes before /"+c.wallet.Routes.Version)
	}
	c.base, c.prefix = u.Scheme+"://"+u.Host, c.wallet.Routes.Prefix
	if path != "" {
		c.prefix = path
	}
	return nil
}

// reservedName reports whether RFC 2606 reserves the name, so that no real host has
// it.
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
		return invalidConfig("HTTPClient", "accepts any TLS certificate",
			"add the gateway's CA to RootCAs instead of InsecureSkipVerify")
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
		{"AppID", cfg.AppID, cfg.Wallet.Requirements.AppID},
		{"PartnerID", cfg.PartnerID, cfg.Wallet.Requirements.PartnerID},
		{"MerchantID", cfg.MerchantID, cfg.Wallet.Requirements.MerchantID},
		{"AgentToken", cfg.AgentToken, false},
	} {
		if f.value == "" && f.needed {
			return invalidConfig(f.name, "is required by "+cfg.Wallet.Name, "take it from the wallet's console")
		}
		tooLong := f.name != "AgentToken" && len(f.value) > 128
		if !ascii.Printable(f.value) || strings.Contains(f.value, " ") || tooLong {
			return invalidConfig(f.name, "must be at most 128 printable ASCII characters without spaces",
				"copy it again from the wallet's console; look for a line break at its end")
		}
	}
	if !printableText(cfg.SiteName) {
		return invalidConfig("SiteName", "must not hold control characters", "take it from my.getSiteInfo().siteName")
	}
	return nil
}

// SetKeys replaces the keys. Calls may be in flight meanwhile. While the wallet may
// sign with its old or its new key, list both. After an error the client keeps the
// keys that it has. SetKeys also changes the clients that ForSite made of this one,
// and the client that this one was made of. An empty keyVersion means "1", as in
// [Config]. Errors are those of NewClient.
func (c *Client) SetKeys(privateKey crypto.Signer, keyVersion string, walletKeys map[string]*rsa.PublicKey) error {
	ring, err := newKeyring(privateKey, keyVersion, walletKeys)
	if err != nil {
		return err
	}
	if !c.isForTests() {
		if err := ring.rejectPublished(); err != nil {
			return err
		}
	}
	c.keys.Store(ring)
	return nil
}

// isForTests reports whether the gateway's host is loopback or a reserved name.
func (c *Client) isForTests() bool {
	u, err := url.Parse(c.base)
	return err == nil && (loopback.Host(u.Hostname()) || reservedName(u.Hostname()))
}

// ClientID returns [Config].ClientID: the merchant's id at the wallet.
func (c *Client) ClientID() string { return c.clientID }

// AppID returns [Config].AppID: the id of the mini program.
func (c *Client) AppID() string { return c.appID }

// Wallet returns a copy of [Config].Wallet: the profile of the wallet.
func (c *Client) Wallet() wire.Profile { return c.wallet.Clone() }

// ConfirmsOrders returns [Config].ConfirmOrders: whether this client inquires about
// an order whose answer does not name the request.
func (c *Client) ConfirmsOrders() bool { return c.confirm }

// ForSite returns a client that sends siteName (my.getSiteInfo().siteName) as
// customerBelongsTo with every call. It shares everything else with c. Use it if
// one merchant serves several wallets of a platform.
func (c *Client) ForSite(siteName string) *Client {
	site := *c
	site.siteName = siteName
	return &site
}

// CloseIdleConnections closes the connections that the client keeps for later
// calls, and those of other clients that use the same pool.
func (c *Client) CloseIdleConnections() { c.poster.CloseIdle() }

// Call sends any other signed operation of the wallet, such as
// "payments/confirm", and decodes the verified response into response, which
// may be nil. It puts the profile's version before the path. A path that begins with
// a slash contains its own version ("/v2/payments/confirm"). request is anything that
// marshals to a JSON object. Call sends once and never retries: only you know
// whether a retry is safe. It returns the verdict of a verified response,
// whatever that is. S and A are no error. An F matches the sentinel that its
// code means, mostly [ErrRejected]. If no verified, definite answer came, the error
// matches [ErrOutcomeUnknown].
func (c *Client) Call(ctx context.Context, path string, request, response any) (Result, error) {
	plain, query, _ := strings.Cut(path, "?")
	version, _, _ := strings.Cut(plain, "/")
	digits, isV := strings.CutPrefix(version, "v")
	switch {
	case !plainPath("/"+strings.TrimPrefix(plain, "/")) || !ascii.Printable(query) || strings.ContainsAny(query, " #"):
		return Result{}, invalidRequest("path", "must be the plain path of an operation",
			`give it like "payments/confirm"`)
	case isV && ascii.Digits(digits):
		return Result{}, invalidRequest("path", "begins with a version, but not with a slash",
			`give it like "payments/confirm", or with its version like "/v2/payments/confirm"`)
	}
	if v := reflect.ValueOf(response); response != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return Result{}, invalidRequest("response", "must be a pointer",
			"pass the address of a struct or map, or nil")
	}
	data, err := json.Marshal(request)
	if err != nil {
		return Result{}, invalidRequest("request", "cannot be marshaled to JSON",
			"pass a struct or map of plain values")
	}
	body, err := strictjson.Parse(data)
	if err != nil {
		return Result{}, invalidRequest("request", "must be a JSON object: "+err.Error(), "pass a struct or map")
	}
	op := c.operationAt(c.wallet.Versioned(plain)) // without the query, which may hold a secret
	ans, err := c.exchange(ctx, &outgoing{op: op, path: c.wallet.Versioned(path), body: body})
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

// operationAt returns the operation of package walletapi that the wallet has at a path,
// so that what is known of its answers holds for a call by the path, too. Any other
// operation is its path.
func (c *Client) operationAt(path string) wire.Operation {
	for _, op := range []wire.Operation{
		operation.UserCards, operation.UserAccounts, operation.CreateQRCode, operation.Reconciliation,
	} {
		if path == c.wallet.Path(op) {
			return op
		}
	}
	return wire.Operation(path)
}
