package tradepaytest

import (
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// timeWindow is how far a Request-Time may be from the wallet's clock.
const timeWindow = 5 * time.Minute

// Wallet is a running test wallet. It is safe for concurrent use.
type Wallet struct {
	profile wire.Profile
	manners manners
	paths   map[string]wire.Operation
	keys    *testKeys
	foreign bool // the wallet has only the public half of the merchant's key
	merchant
	merchantKey *rsa.PublicKey // nil for that of keys

	clock
	seed       uint64
	expiry     time.Duration
	firstPause time.Duration
	attempts   int
	address    string
	network    bool              // the address need not be on loopback
	control    [sha256.Size]byte // of the token of the control API: a wallet may be printed
	shortToken bool              // which StartWallet refuses
	controls   func() http.Handler
	publicURL  string
	authority  *authority // nil without TLS
	routes     []notifyRoute
	observer   func(Event)
	journal    *journal
	templates  []string // the codes of message templates
	observing  sync.Mutex
	url        string
	server     *http.Server
	client     *http.Client
	running    sync.WaitGroup // connections, notifications and the server itself
	mapped     *http.Client   // of notifications that a route leads elsewhere
	stopped    context.Context
	stop       context.CancelFunc
	closing    sync.Once

	mu         sync.Mutex // guards all that follows
	closed     bool
	era        *era
	news       chan struct{} // closed at the next delivery
	keyVersion string
	dice       *rand.Rand
	faults     []*activeFault
	injected   int // faults so far
	ledger
	tokens
	outbox     []*notice // notifications to start once mu is released
	answered   map[wire.Operation][]*sent
	rejections []Rejection
	deliveries []Delivery
	delivered  int // deliveries so far
	inbox      []UserMessage
	outage     *outage // nil while the wallet works
	hold       *outage // nil while it delivers notifications
}

// Option changes a default of [NewWallet].
type Option func(*Wallet)

// As makes the wallet speak this profile. The default is
// [wallets.PlatformV2]. A profile whose Shaper changes messages needs one that is
// an [Unshaper], too; those of package wallets are.
func As(profile wire.Profile) Option { return func(w *Wallet) { w.profile = profile } }

// Unshaper is a [wire.Shaper] that can undo what it does, for the other side: from
// the wallet's shape into the platform's, and from the platform's into the
// wallet's.
type Unshaper interface {
	wire.Shaper
	UnshapeRequest(op wire.Operation, body map[string]any) error
	UnshapeResponse(op wire.Operation, body map[string]any) error
}

// unshaper returns what undoes the profile's changes, or nil.
func (w *Wallet) unshaper() Unshaper {
	unshaper, _ := w.profile.Shaper.(Unshaper)
	return unshaper
}

// WithClock replaces time.Now for expiry and for the times in messages and
// their checks. The pauses between notifications stay in real time. See [Wallet.Advance].
func WithClock(now func() time.Time) Option { return func(w *Wallet) { w.source = now } }

// WithSeed makes ids, tokens and the chances of faults repeatable: with the same seed, the
// same requests give the same results. The default is 1.
func WithSeed(seed uint64) Option { return func(w *Wallet) { w.seed = seed } }

// WithExpiry sets how long the payer can pay if the request has no paymentExpiryTime. The
// default is 30 minutes.
func WithExpiry(d time.Duration) Option { return func(w *Wallet) { w.expiry = d } }

// WithNotifyBackoff sets how many times the wallet sends a notification until the merchant
// acknowledges it, and the first pause, which doubles each time. The default is 100
// milliseconds and 8 attempts.
func WithNotifyBackoff(first time.Duration, attempts int) Option {
	return func(w *Wallet) { w.firstPause, w.attempts = first, attempts }
}

// WithObserver calls fn for each step that the wallet takes, one call at a time. fn may
// read from the wallet ([Wallet.Payments] and the like), but must not make it take steps,
// as [Wallet.Pay] does.
func WithObserver(fn func(Event)) Option { return func(w *Wallet) { w.observer = fn } }

// WithAddress sets where the wallet listens, such as "127.0.0.1:8700", for programs that
// must know the address beforehand. It must be on loopback, but see [WithNetwork]. The
// default is 127.0.0.1 with a free port.
func WithAddress(address string) Option { return func(w *Wallet) { w.address = address } }

// WithMerchantKey makes the wallet accept this public key as the merchant's, under
// the merchant's keyVersion, as if the merchant had uploaded it to the console. [Wallet.Config] then
// has no PrivateKey: set the private half of this key.
func WithMerchantKey(key *rsa.PublicKey) Option {
	return func(w *Wallet) {
		w.merchantKey = key
	}
}

// NewWallet starts a test wallet on 127.0.0.1. It panics if it cannot listen; see
// [StartWallet]. End it with [Wallet.Close].
func NewWallet(opts ...Option) *Wallet {
	w, err := StartWallet(opts...)
	if err != nil {
		panic("tradepaytest: " + err.Error())
	}
	return w
}

// StartWallet is NewWallet for programs that are not tests: it returns an error if the
// wallet cannot listen, because the address is in use or not on loopback.
func StartWallet(opts ...Option) (*Wallet, error) {
	w := &Wallet{
		profile: wallets.PlatformV2(), keys: loadKeys(), merchant: defaultMerchant(), clock: clock{source: time.Now},
		seed: 1, expiry: 30 * time.Minute, firstPause: 100 * time.Millisecond, attempts: 8, address: "127.0.0.1:0",
		templates: []string{DefaultTemplate}, news: make(chan struct{}),
	}
	for _, opt := range opts {
		if opt != nil {
			opt(w)
		}
	}
	if w.profile.Shaper != nil && w.unshaper() == nil {
		return nil, fmt.Errorf("the Shaper of %s is no Unshaper: give it UnshapeRequest and UnshapeResponse",
			w.profile.Name)
	}
	w.paths, w.manners = operationPaths(&w.profile), mannersOf[w.profile.Name]
	w.stopped, w.stop = context.WithCancel(context.Background())
	w.client, w.mapped = notifyClient(loopback.Peer, "paymentNotifyUrl "+elsewhere), notifyClient(privatePeer, tooFar)
	w.controls = sync.OnceValue(w.controlHandler)
	w.begin()
	if err := w.prepared(); err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// prepared checks the options, makes keys and listens.
func (w *Wallet) prepared() error {
	for _, step := range []func() error{w.checkNetwork, w.readRoutes, w.chooseKeys, w.start} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (w *Wallet) start() error {
	host, _, err := net.SplitHostPort(w.address)
	switch {
	case err != nil:
		return fmt.Errorf("the address %q is not host:port, such as 127.0.0.1:8700", w.address)
	case !loopback.Host(host) && !w.network:
		return fmt.Errorf("the address %q is not on loopback, and the test wallet listens nowhere else: its keys are "+
			"published; use 127.0.0.1", w.address)
	}
	var config net.ListenConfig
	listener, err := config.Listen(w.stopped, "tcp", w.address)
	if err != nil {
		return fmt.Errorf("cannot listen: %w; port 0 takes a free one", err)
	}
	w.url = "http://" + reachable(listener.Addr())
	if w.authority != nil {
		w.url = "https://" + reachable(listener.Addr())
		if listener, err = w.authority.listen(listener, host, w.publicURL); err != nil {
			return err
		}
	}
	w.url = cmp.Or(w.publicURL, w.url)
	w.server = &http.Server{
		Handler:           http.HandlerFunc(w.serve),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // the wallet cuts connections on purpose
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				w.running.Add(1)
			case http.StateClosed, http.StateHijacked:
				w.running.Done()
			}
		},
	}
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		_ = w.server.Serve(listener) // ends with Close
	}()
	return nil
}

// URL returns scheme, host and port, without a path: those of [WithPublicURL], if it was
// given.
func (w *Wallet) URL() string { return w.url }

// Config returns the configuration of a merchant that this wallet knows,
// ready for [tradepay.NewClient].
func (w *Wallet) Config() tradepay.Config {
	cfg := tradepay.Config{
		Wallet:     w.profile,
		BaseURL:    w.url,
		ClientID:   w.clientID,
		AppID:      w.appID,
		PartnerID:  w.partnerID,
		MerchantID: merchantID,
		KeyVersion: w.merchantKeyVersion,
		WalletKeys: w.keys.public(),
	}
	if !w.foreign {
		cfg.PrivateKey = w.keys.merchant
	}
	if w.authority != nil {
		cfg.HTTPClient = w.authority.client()
	}
	if w.profile.Requirements.SiteName {
		cfg.SiteName = siteName
	}
	if w.profile.Signing.AgentTokenHeader != "" {
		cfg.AgentToken = agentToken
	}
	return cfg
}

// SigningKey returns the key with which the wallet signs now, and its keyVersion, for
// messages that a test makes itself. It is a published TEST key, unless the wallet makes
// its own, see [WithNetwork].
func (w *Wallet) SigningKey() (key *rsa.PrivateKey, keyVersion string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys.wallet[w.keyVersion], w.keyVersion
}

// RotateKeys makes the wallet sign with its other key from now on: that of keyVersion "2"
// after the first call, that of "1" after the second, and so on. [Wallet.Config] always
// lists both keys.
func (w *Wallet) RotateKeys() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keyVersion == "2" {
		w.keyVersion = "1"
	} else {
		w.keyVersion = "2"
	}
}

// Close stops the server and all notifications, and waits until both have ended. You can
// still read what the wallet has seen. An observer must not call Close.
func (w *Wallet) Close() {
	w.closing.Do(func() {
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		w.stop()
		_ = w.server.Close()
		w.running.Wait()
		w.client.CloseIdleConnections()
		w.mapped.CloseIdleConnections()
	})
}

// spawn runs fn in the background until Close.
func (w *Wallet) spawn(fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		fn()
	}()
}

// locked runs fn with the state locked, and returns the notifications that
// it caused, to be started with post.
func (w *Wallet) locked(fn func()) []*notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn()
	caused := w.outbox
	for _, n := range caused {
		n.era = w.era
	}
	w.outbox = nil
	return caused
}

// digest derives ids, tokens and chances from the seed: they are repeatable.
func (w *Wallet) digest(kind, key string) [sha256.Size]byte {
	text := binary.BigEndian.AppendUint64(nil, w.seed)
	text = append(append(append(text, kind...), 0), key...)
	return sha256.Sum256(text)
}

// id makes an id of digits, as the wallets do.
func (w *Wallet) id(kind, key string) string {
	sum := w.digest(kind, key)
	return fmt.Sprintf("%04d%020d", binary.BigEndian.Uint64(sum[8:])%10_000, binary.BigEndian.Uint64(sum[:]))
}

// secret makes a token of n characters.
func (w *Wallet) secret(kind, key string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := w.digest(fmt.Sprintf("%s %d", kind, i), key)
		b.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}
