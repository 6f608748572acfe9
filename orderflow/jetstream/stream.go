package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
)

// wanted is the stream of what is to be applied. A message leaves it when it was applied,
// and in no other way: if the stream is full, it takes no more, and the wallet keeps what it
// has to say.
func (in *Intake) wanted() natsjs.StreamConfig {
	return natsjs.StreamConfig{
		Name: in.config.Stream, Subjects: []string{in.config.Subject},
		Description: "Verified notifications of a wallet that are to be applied",
		Retention:   natsjs.WorkQueuePolicy, Storage: natsjs.FileStorage, Discard: natsjs.DiscardNew,
		Replicas: in.config.Replicas, Duplicates: in.config.Duplicates,
	}
}

// wantedParked is the stream of what waits for a person.
func (in *Intake) wantedParked() natsjs.StreamConfig {
	return natsjs.StreamConfig{
		Name: in.config.Stream + "_PARKED", Subjects: []string{in.config.Subject + ".parked"},
		Description: "Messages that could not be applied",
		Retention:   natsjs.LimitsPolicy, Storage: natsjs.FileStorage, Discard: natsjs.DiscardNew,
		Replicas: in.config.Replicas, Duplicates: in.config.Duplicates,
	}
}

// stream makes a stream if it is missing, and otherwise looks at its settings, which it does
// not change.
func (in *Intake) stream(ctx context.Context, want natsjs.StreamConfig) (natsjs.Stream, error) {
	s, err := in.js.Stream(ctx, want.Name)
	if errors.Is(err, natsjs.ErrStreamNotFound) {
		s, err = in.js.CreateStream(ctx, want)
		if errors.Is(err, natsjs.ErrStreamNameAlreadyInUse) { // another process was faster
			s, err = in.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: stream %s: %w", ErrStream, want.Name, err)
	}
	return s, check(s.CachedInfo().Config, want)
}

// check returns what of a stream's settings would lose notifications.
func check(have, want natsjs.StreamConfig) error {
	edit := "nats stream edit " + want.Name
	again := fmt.Sprintf("it cannot be changed: when it is empty, nats stream rm %s, and start again", want.Name)
	for _, s := range []struct {
		setting    string
		fits       bool
		have, want any
		remedy     string
	}{
		{"subjects", strings.Join(have.Subjects, " ") == strings.Join(want.Subjects, " "), have.Subjects, want.Subjects,
			edit + " --subjects=" + strings.Join(want.Subjects, ",")},
		{"replicas", have.Replicas >= want.Replicas, have.Replicas, fmt.Sprintf("at least %d", want.Replicas),
			fmt.Sprintf("%s --replicas=%d", edit, want.Replicas)},
		{"storage", have.Storage == want.Storage, have.Storage, want.Storage, again},
		{"retention", have.Retention == want.Retention, have.Retention, want.Retention, again},
		{"discard policy", have.Discard == want.Discard, have.Discard, want.Discard, edit + " --discard=new"},
		{"maximum age", have.MaxAge == 0, have.MaxAge, "none", edit + " --max-age=0"},
		{"messages per subject", have.MaxMsgsPerSubject <= 0, have.MaxMsgsPerSubject, "unlimited",
			edit + " --max-msgs-per-subject=-1"},
		{"acknowledgement", !have.NoAck, "off", "on", edit + " --ack"},
		{"window for duplicates", have.Duplicates >= want.Duplicates, have.Duplicates,
			fmt.Sprintf("at least %s", want.Duplicates), fmt.Sprintf("%s --dupe-window=%s", edit, want.Duplicates)},
		{"maximum message size", have.MaxMsgSize <= 0, have.MaxMsgSize, "unlimited", edit + " --max-msg-size=-1"},
		{"change of subjects", have.SubjectTransform == nil, "set", "none", again},
		{"persistence", have.PersistMode == want.PersistMode, have.PersistMode, want.PersistMode, again},
		// One message would remove all that wait.
		{"rollup", !have.AllowRollup, "on", "off", edit + " --no-allow-rollup"},
		{"mirror", have.Mirror == nil, "set", "none", again},
	} {
		if !s.fits {
			return &SettingError{Stream: want.Name, Setting: s.setting, Have: fmt.Sprint(s.have),
				Want: fmt.Sprint(s.want), Remedy: s.remedy}
		}
	}
	return nil
}

// ackWait is after how long a message comes again that a process was given, and has said
// nothing about. applyTime is for one try to apply it.
const (
	ackWait   = time.Minute
	applyTime = 30 * time.Second
)

// consumer is what all processes take messages from: each message goes to one of them. How
// many messages may wait to come again has no bound: at one, the servers would give out no
// new ones, and those of one database that is down would hold up those of all others.
func (in *Intake) consumer(ctx context.Context) (natsjs.Consumer, error) {
	return in.messages.CreateOrUpdateConsumer(ctx, natsjs.ConsumerConfig{
		Durable: "orderflow", Description: "Applies notifications to orders", FilterSubject: in.config.Subject,
		AckPolicy: natsjs.AckExplicitPolicy, DeliverPolicy: natsjs.DeliverAllPolicy, AckWait: ackWait, MaxDeliver: -1,
		MaxAckPending: -1,
	})
}
