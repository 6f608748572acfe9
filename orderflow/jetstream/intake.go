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
	// wallet signed: longer than the longest outage; default 7 days. NotifyHandler accepts
	// no older ones than without a stream.
	MaxAge time.Duration
	// PublishTimeout is how long NotifyHandler waits for the stream; default 5 s.
	PublishTimeout time.Duration
	// Workers is how many notifications Run applies at a time; default 32, at most 1,000.
	Workers int
	// FirstRetry and LongestRetry are the times after which a message that was not applied
	// comes again; they double. Default 1 s and 1 min.
	FirstRetry, LongestRetry time.Duration
	// Attempts is how often a message is tried that the receiver rejects for another reason
	// than its database, before it is parked; default 100. While the database is down, a
	// message is never parked.
	Attempts int

	Logger *slog.Logger // order ids only; default none
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
}

// New checks the configuration, makes the streams that are missing, and looks whether those
// that exist lose nothing. Errors match [ErrInvalidConfig], [ErrSettings] or [ErrStream].
func New(ctx context.Context, config Config) (*Intake, error) {
	switch {
	case config.JetStream == nil:
		return nil, invalidConfig("JetStream", "is nil", "make one with jetstream.New of nats.go")
	case config.Workers < 0 || config.Workers > 1000:
		return nil, invalidConfig("Workers", "must be 1 to 1,000", "leave it zero for the default")
	case min(config.Replicas, config.Attempts) < 0:
		return nil, invalidConfig("Replicas or Attempts", "is negative", "leave it zero for the default")
	case min(config.Duplicates, config.MaxAge, config.PublishTimeout, config.FirstRetry, config.LongestRetry) < 0:
		return nil, invalidConfig("a time", "is negative", "leave it zero for the default")
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
	in := &Intake{config: config, js: config.JetStream, log: config.Logger}
	if in.log == nil {
		in.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if in.client, err = tradepay.NewClient(config.Wallet); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	older := config.Wallet
	older.NotificationMaxAge = config.MaxAge
	if in.verifier, err = tradepay.NewClient(older); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	if in.messages, err = in.stream(ctx, in.wanted()); err != nil {
		return nil, err
	}
	if in.parked, err = in.stream(ctx, in.wantedParked()); err != nil {
		return nil, err
	}
	return in, nil
}

// SetKeys is [tradepay.Client.SetKeys], for what comes and for what is stored. Keep an old
// key of the wallet until nothing is in the stream that was signed with it: a message that
// does not verify is parked.
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
// parked.
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
	return b, nil
}
