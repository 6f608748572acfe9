package jetstream

import (
	"errors"
	"fmt"
)

// Sentinels to match with [errors.Is].
var (
	// ErrInvalidConfig: a field of [Config] is missing or wrong.
	ErrInvalidConfig = errors.New("jetstream: invalid configuration")
	// ErrSettings: a stream that exists has settings under which notifications could be
	// lost; see [SettingError].
	ErrSettings = errors.New("jetstream: a stream has other settings than are needed")
	// ErrStream: the stream cannot be reached, or has not confirmed that it has the message.
	// It may have it: the wallet sends the notification again, which does no harm.
	ErrStream = errors.New("jetstream: the stream has not confirmed")
	// ErrNotParked: no message of this sequence is parked. Somebody else may have released
	// or discarded it.
	ErrNotParked = errors.New("jetstream: no such message is parked")
	// ErrUnreadable: a message of the stream is none that an Intake has written.
	ErrUnreadable = errors.New("jetstream: the message has another form")
)

// SettingError says which setting of a stream is to be changed. It matches [ErrSettings].
type SettingError struct {
	Stream, Setting string
	Have, Want      string
	Remedy          string // a command of the nats tool
}

func (e *SettingError) Error() string {
	return fmt.Sprintf("%s: %s of stream %s is %s and must be %s: %s", ErrSettings, e.Setting, e.Stream, e.Have, e.Want,
		e.Remedy)
}

// Unwrap returns [ErrSettings].
func (e *SettingError) Unwrap() error { return ErrSettings }

func invalidConfig(field, rule, remedy string) error {
	return fmt.Errorf("%w: %s %s; %s", ErrInvalidConfig, field, rule, remedy)
}
