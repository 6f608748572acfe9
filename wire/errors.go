package wire

import (
	"errors"

	"github.com/tradepay/tradepay-go/internal/rsakey"
)

// Sentinels to match with [errors.Is]. Package tradepay has the same ones under
// the same names.
var (
	// ErrSignature: a signature does not verify, or its header cannot be read.
	ErrSignature = errors.New("tradepay: message not verified")
	// ErrInvalidKey: a key cannot be used.
	ErrInvalidKey = errors.New("tradepay: invalid key")
)

// FieldError says which input is wrong, by which rule, and what to do. It never
// holds a secret or the value of a field. A [Shaper] returns one without Err for a
// field that a wallet requires or does not accept; the client adds the sentinel.
type FieldError struct {
	Field  string // name of the field, such as "PaymentRequestID"
	Rule   string // what the field must be
	Remedy string // what to do about it
	Err    error  // the sentinel
}

func (e *FieldError) Error() string {
	msg := e.Field + ": " + e.Rule
	if e.Remedy != "" {
		msg += "; " + e.Remedy
	}
	if e.Err != nil {
		msg = e.Err.Error() + ": " + msg
	}
	return msg
}

// Unwrap returns the sentinel.
func (e *FieldError) Unwrap() error { return e.Err }

// invalidKey is the error about a key that cannot be used.
func invalidKey(field string, err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) {
		return err
	}
	return &keyError{FieldError{Field: field, Rule: fault.Rule, Remedy: fault.Remedy, Err: ErrInvalidKey}, fault.Cause}
}

// keyError keeps the cause of a failed signature for errors.Is. Its text does not
// show the text of a foreign key service.
type keyError struct {
	field FieldError
	cause error
}

func (e *keyError) Error() string { return e.field.Error() }

func (e *keyError) Unwrap() []error {
	if e.cause == nil {
		return []error{&e.field}
	}
	return []error{&e.field, e.cause}
}
