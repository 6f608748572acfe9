package jetstream

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	tradepay "github.com/tradepay/tradepay-go"
)

// Receiver takes a verified notification in: an [orderflow.Flow] or [orderflow.Shards].
type Receiver interface {
	Receive(ctx context.Context, n *tradepay.Notification) error
}

// Config is what an [Intake] needs. Zero fields have their defaults.
type Config struct {
	// Wallet is the merchant's configuration, as for tradepay.NewClient; required.
	Wallet tradepay.Config
	// JetStream is a connection to the servers; required.
	JetStream natsjs.JetStream
	// Receiver is what Run applies notifications to. Processes that only take in need none.
	Receiver Receiver

	// Stream is the stream's name; default TRADEPAY. The parked messages are in a stream of
	// this name with _PARKED. New makes both if they are missing.
	Stream string
	// Subject is what messages are published to; default tradepay.notifications.
	Subject string
	// Replicas of each stream: at least so many; default 3.
	Replicas int
	// Duplicates is for how long the stream recognises a notification that comes again: at
	// least; default 10 min.
	Duplicates time.Duration
	// MaxAge is how old a notification may be when it is applied, by the time that the
	// wallet signed: longer than the longest outage and the age at which NotifyHandler
	// still accepts a notification, see tradepay.Config.NotificationMaxAge, together; default
	// 7 days. What is older is parked.
	MaxAge time.Duration
	// PublishTimeout is how long NotifyHandler waits for the stream; default 5 s.
	PublishTimeout time.Duration
	// Workers is how many notifications Run applies at a time; default 32, at most 1,000.
	// While others wait that were not tried yet, those that come again have half of them.
	Workers int
	// FirstRetry and LongestRetry are the times after which a message that was not applied
	// comes again; they double. Default 1 s and 1 min. It takes longer if over 1,000
	// messages a second would come again to a process.
	FirstRetry, LongestRetry time.Duration
	// Attempts is how often a process tries a message that it cannot verify for a reason that
	// may pass, such as a key that it has not got yet, or that the receiver rejects for
	// another reason than its database, before the message is parked; default 100. A process
	// that starts again counts from 0. While the database is down, a message is never parked.
	Attempts int

	Logger *slog.Logger // order ids only; default Wallet.Logger
}

// Intake takes notifications in through a stream. It is safe for concurrent use, by any
// number of processes.
type Intake struct {
	config   Config
	client   *tradepay.Client // verifies what the wallet sends, and acknowledges it
	verifier *tradepay.Client // verifies what was stored, which may be older
	js       natsjs.JetStream
	messages natsjs.Stream
	parked   natsjs.Stream
	log      *slog.Logger

	rejections rejections
	pace       pace
}

// New checks the configuration, makes the streams that are missing, and looks whether those
// that exist lose nothing. Errors match [ErrInvalidConfig], [ErrSettings] or [ErrStream].
func New(ctx context.Context, config Config) (*Intake, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Stream = cmp.Or(config.Stream, "TRADEPAY")
	config.Subject = cmp.Or(config.Subject, "tradepay.notifications")
	config.Replicas, config.Attempts = cmp.Or(config.Replicas, 3), cmp.Or(config.Attempts, 100)
	config.Workers = cmp.Or(config.Workers, 32)
	config.Duplicates = cmp.Or(config.Duplicates, 10*time.Minute)
	config.MaxAge = cmp.Or(config.MaxAge, 7*24*time.Hour)
	config.PublishTimeout = cmp.Or(config.PublishTimeout, 5*time.Second)
	config.FirstRetry, config.LongestRetry = cmp.Or(config.FirstRetry, time.Second),
		cmp.Or(config.LongestRetry, time.Minute)
	if accepted := config.acceptedAge(); config.MaxAge <= accepted {
		return nil, invalidConfig("MaxAge", fmt.Sprintf("is %s, and Wallet accepts notifications that are %s old, "+
			"which would be too old when they are applied", config.MaxAge, accepted),
			"make MaxAge longer by the longest outage, or Wallet.NotificationMaxAge shorter")
	}
	in := &Intake{config: config, js: config.JetStream, log: cmp.Or(config.Logger, config.Wallet.Logger),
		rejections: rejections{most: 100_000, keep: 100 * config.LongestRetry}}
	if in.log == nil {
		in.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if in.client, err = tradepay.NewClient(config.Wallet); err != nil {
		return nil, fmt.Errorf("%w: Wallet cannot be used: %w", ErrInvalidConfig, err)
	}
	older := config.Wallet
	older.NotificationMaxAge = config.MaxAge
	if in.verifier, err = tradepay.NewClient(older); err != nil {
		return nil, fmt.Errorf("%w: Wallet cannot be used: %w", ErrInvalidConfig, err)
	}
	if in.messages, err = in.stream(ctx, in.wanted()); err != nil {
		return nil, err
	}
	if in.parked, err = in.stream(ctx, in.wantedParked()); err != nil {
		return nil, err
	}
	return in, nil
}

// check returns what is wrong with a field by itself.
func (c *Config) check() error {
	if c.JetStream == nil {
		return invalidConfig("JetStream", "is nil", "make one with jetstream.New of nats.go")
	}
	if c.Workers < 0 || c.Workers > 1000 {
		return invalidConfig("Workers", "must be 1 to 1,000", "leave it zero for the default")
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"Replicas", int64(c.Replicas)}, {"Attempts", int64(c.Attempts)}, {"Duplicates", int64(c.Duplicates)},
		{"MaxAge", int64(c.MaxAge)}, {"PublishTimeout", int64(c.PublishTimeout)},
		{"FirstRetry", int64(c.FirstRetry)}, {"LongestRetry", int64(c.LongestRetry)},
	} {
		if f.value < 0 {
			return invalidConfig(f.name, "is negative", "leave it zero for the default")
		}
	}
	return nil
}

// acceptedAge is how old a notification may be when it comes, as tradepay.Config has it.
func (c *Config) acceptedAge() time.Duration {
	return cmp.Or(c.Wallet.NotificationMaxAge, c.Wallet.TimeTolerance, 5*time.Minute)
}

// SetKeys is [tradepay.Client.SetKeys], for what comes and for what is stored. Keep an old
// key of the wallet until nothing is in the stream that was signed with it: a message whose
// key no process has is parked after all its attempts.
func (in *Intake) SetKeys(privateKey crypto.Signer, keyVersion string, walletKeys map[string]*rsa.PublicKey) error {
	if err := in.client.SetKeys(privateKey, keyVersion, walletKeys); err != nil {
		return err
	}
	return in.verifier.SetKeys(privateKey, keyVersion, walletKeys)
}

// requestKey is the context's key for the request of a notification.
type requestKey struct{}

// NotifyHandler is [tradepay.Client.NotifyHandler], which acknowledges a notification with S
// only after the stream has confirmed that its servers have it.
func (in *Intake) NotifyHandler() http.Handler {
	handler := in.client.NotifyHandler(in.publish)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
	})
}

// publish puts a verified notification into the stream.
func (in *Intake) publish(ctx context.Context, n *tradepay.Notification) error {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	ctx, cancel := context.WithTimeout(ctx, in.config.PublishTimeout)
	defer cancel()
	m := in.message(r, n)
	if !canBeParked(m, in.most()) {
		return fmt.Errorf("%w: a notification of %d bytes, with %d of headers, is too long for it", ErrStream,
			len(m.Data), sizeOf(m.Header))
	}
	id := natsjs.WithMsgID(identity(n))
	_, err := in.js.PublishMsg(ctx, m, id, natsjs.WithExpectStream(in.config.Stream))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	return nil
}

// Backlog is what is in the streams.
type Backlog struct {
	Waiting uint64    // notifications that are not applied yet
	Oldest  time.Time // when the first of them was stored; zero for none
	Parked  uint64    // messages that wait for a person; see Intake.Parked
}

// Backlog asks the servers what waits. Raise an alarm if Oldest is old, or if anything is
// parked, or if there is an error. Errors match [ErrStream], or [ErrSettings] if somebody has
// changed a stream so that it can lose notifications; then Backlog says what waits, too.
func (in *Intake) Backlog(ctx context.Context) (Backlog, error) {
	waiting, err1 := in.messages.Info(ctx)
	parked, err2 := in.parked.Info(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return Backlog{}, fmt.Errorf("%w: %w", ErrStream, err)
	}
	b := Backlog{Waiting: waiting.State.Msgs, Parked: parked.State.Msgs}
	if b.Waiting > 0 {
		b.Oldest = waiting.State.FirstTime
	}
	return b, cmp.Or(check(waiting.Config, in.wanted()), check(parked.Config, in.wantedParked()))
}
