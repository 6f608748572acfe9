package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// Run applies what is in the stream to the receiver, until ctx ends. It finishes what it has
// begun, and returns nil. Any number of processes may call it. While the servers cannot be
// reached, it tries again.
func (in *Intake) Run(ctx context.Context) error {
	if in.config.Receiver == nil {
		return invalidConfig("Receiver", "is nil", "give the flow that applies notifications")
	}
	for ctx.Err() == nil {
		if err := in.take(ctx); err != nil && ctx.Err() == nil {
			in.log.WarnContext(ctx, "jetstream: the stream cannot be read, it is tried again", "error", err)
			pause(ctx, in.config.FirstRetry)
		}
	}
	return nil
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// take applies messages until the stream cannot be read, or ctx ends.
func (in *Intake) take(ctx context.Context) error {
	consumer, err := in.consumer(ctx)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(natsjs.PullMaxMessages(2*in.config.Workers),
		natsjs.PullExpiry(30*time.Second), natsjs.PullHeartbeat(5*time.Second))
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	defer messages.Stop()
	var working sync.WaitGroup
	defer working.Wait()
	room := make(chan struct{}, in.config.Workers)
	for {
		room <- struct{}{}
		m, err := messages.Next()
		if err != nil {
			return err
		}
		working.Go(func() {
			defer func() { <-room }()
			in.apply(context.WithoutCancel(ctx), m)
		})
	}
}

// apply applies one message, and tells the stream what became of it.
func (in *Intake) apply(ctx context.Context, m natsjs.Msg) {
	ctx, cancel := context.WithTimeout(ctx, applyTime)
	defer cancel()
	n, err := in.verify(m.Headers(), m.Data())
	if err != nil { // no later try makes it true
		in.park(ctx, m, err)
		return
	}
	switch err = in.receive(ctx, n); {
	case err == nil || errors.Is(err, orderflow.ErrEvidence): // kept there, with an alarm
		if err := m.Ack(); err != nil { // it comes again, and is known
			in.log.WarnContext(ctx, "jetstream: a notification was applied, and may come again", "order_id",
				n.PaymentRequestID, "error", err)
		}
		return
	case in.isOver(m, err):
		in.park(ctx, m, err)
		return
	}
	wait := in.again(m)
	in.log.WarnContext(ctx, "jetstream: a notification is not applied yet, it is tried again", "order_id",
		n.PaymentRequestID, "in", wait, "error", err)
	_ = m.NakWithDelay(wait) // or it comes after ackWait
}

// errPanicked: the receiver panicked. Its value may be a payer's data.
var errPanicked = errors.New("jetstream: the receiver panicked")

func (in *Intake) receive(ctx context.Context, n *tradepay.Notification) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return in.config.Receiver.Receive(ctx, n)
}

// isOver reports whether a message was tried often enough. One that waits for a database is
// tried for ever.
func (in *Intake) isOver(m natsjs.Msg, err error) bool {
	waits := errors.Is(err, orderflow.ErrDatabase) || errors.Is(err, context.DeadlineExceeded)
	about, unknown := m.Metadata()
	return !waits && unknown == nil && about.NumDelivered >= uint64(in.config.Attempts) //nolint:gosec // not negative
}

// again is after how long a message comes again.
func (in *Intake) again(m natsjs.Msg) time.Duration {
	wait := in.config.FirstRetry
	about, err := m.Metadata()
	for i := uint64(1); err == nil && i < about.NumDelivered && wait < in.config.LongestRetry; i++ {
		wait *= 2
	}
	return min(wait, in.config.LongestRetry)
}

// park puts a message where a person finds it, and then takes it from the stream.
func (in *Intake) park(ctx context.Context, m natsjs.Msg, why error) {
	in.log.ErrorContext(ctx, "jetstream: a message is parked for a person, see Intake.Parked", "reason", reasonOf(why))
	err := in.move(ctx, m, why)
	if err != nil {
		in.log.ErrorContext(ctx, "jetstream: a message cannot be parked, it is tried again", "error", err)
		_ = m.NakWithDelay(in.again(m))
		return
	}
	_ = m.Ack() // or it is parked once more, and recognised
}

// reasonOf is a text without what a stranger's message may hold.
func reasonOf(why error) string {
	var rejected *tradepay.SignatureError
	if errors.As(why, &rejected) {
		return fmt.Sprintf("not verified: %s", rejected.Reason)
	}
	return why.Error()
}
