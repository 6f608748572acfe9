package jetstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
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
	copied := nats.NewMsg(in.wantedParked().Subjects[0])
	copied.Data = m.Data()
	copied.Header = maps.Clone(m.Headers())
	if copied.Header == nil {
		copied.Header = nats.Header{}
	}
	for _, name := range []string{nats.MsgIdHdr, nats.ExpectedStreamHdr} {
		copied.Header.Del(name)
	}
	copied.Header.Set(headerReason, reasonOf(why))
	about, err := m.Metadata()
	if err != nil {
		return err
	}
	id := natsjs.WithMsgID(in.config.Stream + "-" + strconv.FormatUint(about.Sequence.Stream, 10))
	if _, err := in.js.PublishMsg(ctx, copied, id); err != nil {
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
func (in *Intake) Release(ctx context.Context, sequence uint64) error {
	m, err := in.parked.GetMsg(ctx, sequence)
	if err != nil {
		return fmt.Errorf("%w: parked message %d: %w", ErrStream, sequence, err)
	}
	back := nats.NewMsg(in.config.Subject)
	back.Data, back.Header = m.Data, maps.Clone(m.Header)
	for _, name := range []string{nats.MsgIdHdr, headerReason} {
		back.Header.Del(name)
	}
	if _, err := in.js.PublishMsg(ctx, back, natsjs.WithExpectStream(in.config.Stream)); err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	return in.Discard(ctx, sequence)
}

// Discard deletes a parked message, for good.
func (in *Intake) Discard(ctx context.Context, sequence uint64) error {
	if err := in.parked.DeleteMsg(ctx, sequence); err != nil {
		return fmt.Errorf("%w: parked message %d: %w", ErrStream, sequence, err)
	}
	return nil
}
