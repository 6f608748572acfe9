package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	var again atomic.Int64 // those of the workers that have a message that was tried before
	for {
		room <- struct{}{}
		m, err := messages.Next()
		if err != nil {
			return err
		}
		isAgain, othersWait := placeOf(m)
		leavesNone := again.Load() >= int64(max(1, in.config.Workers/2))
		if isAgain && othersWait && leavesNone {
			<-room
			in.nak(m)
			continue
		}
		if isAgain {
			again.Add(1)
		}
		working.Go(func() {
			defer func() { <-room }()
			in.apply(context.WithoutCancel(ctx), m)
			if isAgain {
				again.Add(-1)
			}
		})
	}
}

// placeOf reports whether a message comes again, and whether there are others that nobody has
// tried yet. The servers give out the former first: so those of a database that hangs would
// keep all workers from all others.
func placeOf(m natsjs.Msg) (isAgain, othersWait bool) {
	about, err := m.Metadata()
	if err != nil {
		return false, false
	}
	return about.NumDelivered > 1, about.NumPending > 0
}

// apply applies one message, and tells the stream what became of it.
func (in *Intake) apply(ctx context.Context, m natsjs.Msg) {
	ctx, cancel := context.WithTimeout(ctx, applyTime)
	defer cancel()
	n, err := in.verify(m.Headers(), m.Data())
	switch {
	case err == nil:
		in.hand(ctx, m, n)
	case !mayVerify(err) || in.isOver(m):
		in.park(ctx, m, err)
	default:
		in.log.WarnContext(ctx, "jetstream: a message is not verified, it is tried again", "reason", reasonOf(err),
			"in", in.nak(m))
	}
}

// mayVerify reports whether another process, or this one at a later moment, may verify a
// message: with a key that this one does not have yet, or has under the same version as
// before, with a clock that is not behind, with another configuration or version of the program.
func mayVerify(err error) bool {
	var unverified *tradepay.SignatureError
	if !errors.As(err, &unverified) {
		return errors.Is(err, errLater) || errors.Is(err, tradepay.ErrMalformed)
	}
	switch unverified.Reason { //nolint:exhaustive // the others are of the message itself
	case tradepay.ReasonKeyVersion, tradepay.ReasonMismatch, tradepay.ReasonTime, tradepay.ReasonClientID:
		return true
	}
	return false
}

// hand gives a verified message to the receiver.
func (in *Intake) hand(ctx context.Context, m natsjs.Msg, n *tradepay.Notification) {
	switch err := in.receive(ctx, n); {
	case err == nil || isEvidence(err) && !waits(err): // evidence is kept there, with an alarm
		if err := m.Ack(); err != nil { // it comes again, and is known
			in.log.WarnContext(ctx, "jetstream: a notification was applied, and may come again", "order_id",
				n.PaymentRequestID, "error", err)
		}
		in.forget(m)
	case !waits(err) && in.isOver(m):
		in.park(ctx, m, err)
	default:
		in.log.WarnContext(ctx, "jetstream: a notification is not applied yet, it is tried again", "order_id",
			n.PaymentRequestID, "in", in.nak(m), "error", err)
	}
}

// waits reports whether a message waits for a database. It is tried for ever.
func waits(err error) bool {
	return errors.Is(err, orderflow.ErrDatabase) || errors.Is(err, context.DeadlineExceeded)
}

// isEvidence reports whether an error is of evidence, and of nothing else. Several databases
// may each have another answer, and only one of them has then kept the notification.
func isEvidence(err error) bool {
	switch several := err.(type) { //nolint:errorlint // each layer is looked at by itself
	case interface{ Unwrap() []error }:
		isOther := func(part error) bool { return !isEvidence(part) }
		return len(several.Unwrap()) > 0 && !slices.ContainsFunc(several.Unwrap(), isOther)
	case interface{ Unwrap() error }:
		return isEvidence(several.Unwrap())
	}
	return errors.Is(err, orderflow.ErrEvidence)
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

// isOver counts a rejection, and reports whether there were enough.
func (in *Intake) isOver(m natsjs.Msg) bool {
	about, err := m.Metadata()
	return err == nil && in.rejections.add(about.Sequence.Stream, time.Now()) >= in.config.Attempts
}

// forget ends the count of a message's rejections.
func (in *Intake) forget(m natsjs.Msg) {
	if about, err := m.Metadata(); err == nil {
		in.rejections.forget(about.Sequence.Stream)
	}
}

// nak makes a message come again, and returns after how long.
func (in *Intake) nak(m natsjs.Msg) time.Duration {
	wait := in.pace.after(in.again(m), time.Now())
	_ = m.NakWithDelay(wait) // or it comes after ackWait
	return wait
}

// again is after how long a message comes again, if not too many do.
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
		in.nak(m)
		return
	}
	_ = m.Ack() // or it is parked once more, and recognised
	in.forget(m)
}

// reasonMost is how many bytes of an error are kept as the reason.
const reasonMost = 300

// reasonOf is a short text without what a stranger's message may hold. The errors of verify
// hold none of it, and those of a receiver are about what the wallet has signed.
func reasonOf(why error) string {
	var unverified *tradepay.SignatureError
	text := why.Error()
	if errors.As(why, &unverified) {
		text = fmt.Sprintf("not verified: %s", unverified.Reason)
	}
	if len(text) > reasonMost {
		text = text[:reasonMost] + " …"
	}
	return strings.ToValidUTF8(text, "")
}
