package jetstream_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/orderflow/jetstream"
)

// receiver is a function as a Receiver.
type receiver func(context.Context, *tradepay.Notification) error

func (r receiver) Receive(ctx context.Context, n *tradepay.Notification) error { return r(ctx, n) }

// rejecting is a receiver that rejects everything.
func rejecting(why string) receiver {
	return func(context.Context, *tradepay.Notification) error { return errors.New(why) }
}

// stored waits for the message of an order's payment, which is the stream's first.
func (s *shop) stored(id string) *natsjs.RawStreamMsg {
	s.t.Helper()
	require.NoError(s.t, s.wallet.Pay(s.order(id).PaymentURL))
	require.Eventually(s.t, func() bool { return s.waiting().Waiting == 1 }, time.Minute, time.Millisecond)
	stream, err := s.js.Stream(s.t.Context(), "TRADEPAY")
	require.NoError(s.t, err)
	m, err := stream.GetMsg(s.t.Context(), stream.CachedInfo().State.FirstSeq)
	require.NoError(s.t, err)
	return m
}

// copyOf is a message that the stream stores once more.
func copyOf(stored *natsjs.RawStreamMsg) *nats.Msg {
	m := &nats.Msg{Subject: stored.Subject, Header: nats.Header{}, Data: stored.Data}
	for header, values := range stored.Header {
		if header != nats.MsgIdHdr {
			m.Header[header] = values
		}
	}
	return m
}

// repeat stores a message n times more.
func (s *shop) repeat(stored *natsjs.RawStreamMsg, n int) {
	s.t.Helper()
	for i := range n {
		_, err := s.js.PublishMsgAsync(copyOf(stored))
		require.NoError(s.t, err)
		if i%500 == 0 || i == n-1 {
			<-s.js.PublishAsyncComplete()
		}
	}
}

// deliveries is how often a message was given to anybody.
func (s *shop) deliveries() uint64 {
	s.t.Helper()
	c, err := s.js.Consumer(s.t.Context(), "TRADEPAY", "orderflow")
	if errors.Is(err, natsjs.ErrConsumerNotFound) {
		return 0
	}
	require.NoError(s.t, err)
	return c.CachedInfo().Delivered.Consumer
}

// TestAttemptsAreRejections: that a database does not take a message is no rejection, and
// after an outage the program has all its attempts.
func TestAttemptsAreRejections(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	var tries, rejections atomic.Int64
	in := s.open(jetstream.Config{Replicas: 1, Attempts: 4, Receiver: receiver(
		func(context.Context, *tradepay.Notification) error {
			switch {
			case tries.Add(1) <= 6:
				return fmt.Errorf("%w: connection refused", orderflow.ErrDatabase)
			case rejections.Add(1) <= 3:
				return errBroken
			}
			return nil
		})})
	s.stored("order-1")
	s.run(in.Run)
	require.Eventually(t, func() bool { return s.waiting().Waiting == 0 }, time.Minute, 10*time.Millisecond)
	require.Zero(t, s.waiting().Parked, "rejected %d times, and 4 are allowed", rejections.Load())
	require.EqualValues(t, 4, rejections.Load(), "the fourth is taken")
}

// TestOneShardDown: however many messages wait for one database, those for another one come.
func TestOneShardDown(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	var applied atomic.Bool
	in, err := jetstream.New(t.Context(), jetstream.Config{Wallet: s.wallet.Config(), JetStream: s.js, Replicas: 1,
		FirstRetry: time.Hour, LongestRetry: time.Hour, // each is tried once
		Receiver: receiver(func(_ context.Context, n *tradepay.Notification) error {
			if n.PaymentRequestID == "order-b" {
				return &orderflow.ShardError{Shard: "b", Err: orderflow.ErrDatabase}
			}
			applied.Store(true)
			return nil
		})})
	require.NoError(t, err)
	s.repeat(s.stored("order-b"), 10_050)
	require.NoError(t, s.wallet.Pay(s.order("order-a").PaymentURL))
	require.Eventually(t, func() bool { return s.acknowledged("order-a") }, time.Minute, time.Millisecond)
	s.run(in.Run)
	for last := uint64(0); !applied.Load(); { // as long as it takes, unless nothing is given out anymore
		require.Eventually(t, func() bool { return applied.Load() || s.deliveries() > last }, time.Minute,
			10*time.Millisecond, "order-a's shard is up, and it is not tried: %d were", last)
		last = s.deliveries()
	}
	require.Eventually(t, func() bool { return s.waiting().Waiting == 10_051 }, time.Minute, 10*time.Millisecond,
		"nothing of the other shard is lost")
}

// TestSlowShard: messages whose database hangs come again before new ones, and leave workers
// for these.
func TestSlowShard(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	var applied atomic.Bool
	in := s.open(jetstream.Config{Replicas: 1, Workers: 2, Receiver: receiver(
		func(ctx context.Context, n *tradepay.Notification) error {
			if n.PaymentRequestID != "order-b" {
				applied.Store(true)
				return nil
			}
			hang, cancel := context.WithTimeout(ctx, 500*time.Millisecond) // over LongestRetry: some are always due
			defer cancel()
			<-hang.Done()
			return fmt.Errorf("%w: connection timed out", orderflow.ErrDatabase)
		})})
	s.repeat(s.stored("order-b"), 20)
	s.run(in.Run)
	require.Eventually(t, func() bool { return s.deliveries() > 25 }, 2*time.Minute, 10*time.Millisecond,
		"they come again")
	require.NoError(t, s.wallet.Pay(s.order("order-a").PaymentURL))
	require.Eventually(t, applied.Load, 2*time.Minute, 10*time.Millisecond, "order-a's shard is up")
}

// TestKeyComesLater: a process that gets the wallet's new key a moment after another one
// leaves what it signs for the others, and for later.
func TestKeyComesLater(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	s.run(s.flow.Run)
	config := s.wallet.Config()
	lacks := config
	for version, key := range config.WalletKeys {
		lacks.WalletKeys = map[string]*rsa.PublicKey{version + "0": key}
	}
	behind := s.open(jetstream.Config{Replicas: 1, Wallet: lacks})
	s.stored("order-1")
	s.run(behind.Run)
	require.Eventually(t, func() bool { return s.deliveries() >= 3 }, time.Minute, time.Millisecond)
	require.Zero(t, s.waiting().Parked)
	require.NoError(t, behind.SetKeys(config.PrivateKey, config.KeyVersion, config.WalletKeys))
	s.fulfilled("order-1")
	require.Zero(t, s.waiting().Parked)
}

// TestUnverifiedAttempts: what another process, or a later moment, may verify has all its
// attempts; what only the message itself decides is parked at once.
func TestUnverifiedAttempts(t *testing.T) {
	t.Parallel()
	const header = "Tradepay-Header-"
	for name, c := range map[string]struct {
		change func(*nats.Msg)
		reason string
		tries  uint64
	}{
		"a key that is not known": {
			func(m *nats.Msg) {
				m.Header.Set(header+"Signature", "algorithm=RSA256,keyVersion=77,signature=AAAA")
			}, "not verified: key_version", 3},
		"a key that was replaced": {func(m *nats.Msg) { m.Data = append(m.Data, ' ') }, "not verified: mismatch", 3},
		"a clock that is behind": {func(m *nats.Msg) {
			m.Header.Set(header+"Request-Time", time.Now().Add(time.Hour).Format(time.RFC3339))
		}, "not verified: time", 3},
		"a later version's form": {func(m *nats.Msg) { m.Header.Set("Tradepay-Form", "2") },
			"jetstream: the message has another form: 2, and not 1: a later version of this module reads it", 3},
		"no form": {func(m *nats.Msg) { m.Header.Del("Tradepay-Form") }, "jetstream: the message has another form", 1},
		"a stranger's form": {func(m *nats.Msg) { m.Header.Set("Tradepay-Form", "mine") },
			"jetstream: the message has another form", 1},
		"no signature": {func(m *nats.Msg) { m.Header.Del(header + "Signature") }, "not verified: missing_header", 1},
		"no URI":       {func(m *nats.Msg) { m.Header.Del("Tradepay-Uri") }, "not verified: uri", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 1)
			in := s.open(jetstream.Config{Replicas: 1, Attempts: 3})
			m := copyOf(s.stored("order-1"))
			stream, err := s.js.Stream(t.Context(), "TRADEPAY")
			require.NoError(t, err)
			require.NoError(t, stream.Purge(t.Context()))
			c.change(m)
			_, err = s.js.PublishMsg(t.Context(), m)
			require.NoError(t, err)
			s.run(in.Run)
			require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
				time.Millisecond)
			require.Equal(t, c.tries, s.deliveries())
			list, err := in.Parked(t.Context(), 0, 1)
			require.NoError(t, err)
			require.Equal(t, c.reason, list[0].Reason)
		})
	}
}

// TestEvidence: only what is kept as evidence, and nothing else, is acknowledged. Shards
// that were all asked may each have another answer.
func TestEvidence(t *testing.T) {
	t.Parallel()
	down := &orderflow.ShardError{Shard: "b", Err: orderflow.ErrDatabase}
	for name, c := range map[string]struct {
		err  error
		want jetstream.Backlog
	}{
		"evidence":                  {orderflow.ErrEvidence, jetstream.Backlog{}},
		"evidence, wrapped":         {fmt.Errorf("a: %w", orderflow.ErrEvidence), jetstream.Backlog{}},
		"evidence in both":          {errors.Join(orderflow.ErrEvidence, orderflow.ErrEvidence), jetstream.Backlog{}},
		"evidence, and one is down": {errors.Join(orderflow.ErrEvidence, down), jetstream.Backlog{Waiting: 1}},
		"one is down, and evidence": {errors.Join(down, orderflow.ErrEvidence), jetstream.Backlog{Waiting: 1}},
		"evidence, and not taken":   {errors.Join(orderflow.ErrEvidence, errBroken), jetstream.Backlog{Parked: 1}},
		"evidence, not taken, wrapped": {fmt.Errorf("a: %w", errors.Join(errBroken, orderflow.ErrEvidence)),
			jetstream.Backlog{Parked: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 1)
			var tries atomic.Int64
			in := s.open(jetstream.Config{Replicas: 1, Attempts: 3, Receiver: receiver(
				func(context.Context, *tradepay.Notification) error {
					tries.Add(1)
					return c.err
				})})
			s.stored("order-1")
			s.run(in.Run)
			isDecided := func() bool {
				b := s.waiting()
				return tries.Load() > 5 || b.Waiting == 0
			}
			require.Eventually(t, isDecided, time.Minute, time.Millisecond)
			b := s.waiting()
			b.Oldest = time.Time{}
			require.Equal(t, c.want, b)
		})
	}
}
