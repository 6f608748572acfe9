package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// Parked is a message that could not be applied. Nothing in it is believed.
type Parked struct {
	Sequence uint64    // in the stream of parked messages, for Release
	Reason   string    // why it was parked
	At       time.Time // when
	Received string    // when it was taken in, as the message says itself
	Body     []byte    `json:"-"` // may hold payers' data
}

// Format leaves the body out, whatever the verb.
func (p Parked) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "jetstream.Parked{Sequence:%d Reason:%q At:%s}", p.Sequence, p.Reason, p.At.Format(time.RFC3339))
}

// move copies a message to the parked ones.
func (in *Intake) move(ctx context.Context, m natsjs.Msg, why error) error {
	about, err := m.Metadata()
	if err != nil {
		return err
	}
	parked := in.wantedParked()
	copied := nats.NewMsg(parked.Subjects[0])
	copied.Data, copied.Header = m.Data(), written(m.Headers())
	reason := reasonOf(why)
	if sizeOf(copied.Header)+room > headersMost { // a stranger's: what is ours has room
		copied.Header = nats.Header{}
		reason += "; its headers were too long to keep"
	}
	if most := in.most() - sizeOf(copied.Header) - room; len(copied.Data) > most {
		copied.Data = copied.Data[:max(0, most)]
		reason += "; the end of its body was cut off"
	}
	copied.Header.Set(headerReason, reason)
	// A stream that was deleted and made again counts from 1 again: the time tells them apart.
	id := fmt.Sprintf("%s-%d-%d", in.config.Stream, about.Sequence.Stream, about.Timestamp.UnixNano())
	_, err = in.js.PublishMsg(ctx, copied, natsjs.WithMsgID(id), natsjs.WithExpectStream(parked.Name))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	return nil
}

// Parked returns the messages that wait for a person, oldest first: at most most of them,
// behind the one of the sequence after, which is 0 for the first. Errors match [ErrStream].
func (in *Intake) Parked(ctx context.Context, after uint64, most int) ([]Parked, error) {
	info, err := in.parked.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStream, err)
	}
	var list []Parked
	subject := info.Config.Subjects[0]
	for next := after + 1; len(list) < most && next <= info.State.LastSeq; {
		m, err := in.parked.GetMsg(ctx, next, natsjs.WithGetMsgSubject(subject)) // this one, or the first behind it
		if errors.Is(err, natsjs.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return list, fmt.Errorf("%w: %w", ErrStream, err)
		}
		list = append(list, Parked{Sequence: m.Sequence, Reason: m.Header.Get(headerReason), At: m.Time,
			Received: m.Header.Get(headerReceived), Body: m.Data})
		next = m.Sequence + 1
	}
	return list, nil
}

// Release puts a parked message back among those that are to be applied, such as after a key
// of the wallet was configured that was missing. If it cannot be applied, it is parked again.
// Errors match [ErrNotParked], or [ErrStream]: then the message may have been put back, and
// be parked as well. Release it again: what comes twice is recognised.
func (in *Intake) Release(ctx context.Context, sequence uint64) error {
	m, err := in.parkedAt(ctx, sequence)
	if err != nil {
		return err
	}
	back := nats.NewMsg(in.config.Subject)
	back.Data, back.Header = m.Data, written(m.Header)
	if _, err := in.js.PublishMsg(ctx, back, natsjs.WithExpectStream(in.config.Stream)); err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	err = in.Discard(ctx, sequence)
	if errors.Is(err, ErrNotParked) { // somebody else has put it back, too
		return nil
	}
	return err
}

// Discard deletes a parked message, for good. Errors match [ErrNotParked], or [ErrStream]:
// then the message may be deleted.
func (in *Intake) Discard(ctx context.Context, sequence uint64) error {
	if _, err := in.parkedAt(ctx, sequence); err != nil {
		return err
	}
	if err := in.parked.DeleteMsg(ctx, sequence); err != nil {
		return fmt.Errorf("%w: parked message %d: %w", ErrStream, sequence, err)
	}
	return nil
}

// parkedAt returns a parked message.
func (in *Intake) parkedAt(ctx context.Context, sequence uint64) (*natsjs.RawStreamMsg, error) {
	if sequence == 0 {
		return nil, fmt.Errorf("%w: sequences begin with 1", ErrNotParked)
	}
	m, err := in.parked.GetMsg(ctx, sequence)
	switch {
	case errors.Is(err, natsjs.ErrMsgNotFound):
		return nil, fmt.Errorf("%w: %d", ErrNotParked, sequence)
	case err != nil:
		return nil, fmt.Errorf("%w: parked message %d: %w", ErrStream, sequence, err)
	}
	return m, nil
}
