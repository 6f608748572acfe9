package tradepay

import (
	"fmt"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

func malformedMember(name string, cause error) error {
	if cause != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, cause)
	}
	return fmt.Errorf("%w: member %q is missing", ErrMalformed, name)
}

// reader reads members one after another and keeps the first error.
type reader struct {
	from strictjson.Object
	err  error
}

func (r *reader) keep(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
}

func (r *reader) text(names ...string) string {
	for _, name := range names {
		text, err := r.from.Text(name)
		r.keep(err)
		if text != "" {
			return text
		}
	}
	return ""
}

func (r *reader) object(name string) strictjson.Object {
	obj, err := r.from.Object(name)
	r.keep(err)
	return obj
}

// amount returns the zero Amount when the member is missing.
func (r *reader) amount(name string) Amount {
	obj := r.object(name)
	if obj == nil {
		return Amount{}
	}
	inner := reader{from: obj}
	a, err := parseWireAmount(inner.text("currency"), inner.text("value"))
	if inner.err != nil {
		err = inner.err
	}
	if err != nil {
		r.keep(fmt.Errorf("member %q: %w", name, err))
		return Amount{}
	}
	return a
}

// time returns the zero time when the member is missing or unreadable: no
// outcome hangs on it, and Raw keeps the text. All others are in UTC.
func (r *reader) time(names ...string) time.Time {
	t, ok := parseTime(r.text(names...))
	if !ok {
		return time.Time{}
	}
	return t.UTC()
}

// encode writes the bytes that are signed and sent.
func encode(body any) ([]byte, error) { return strictjson.Append(make([]byte, 0, 1024), body) }

// cloneFields copies the maps and lists of a body, so that a hook can change
// them.
func cloneFields(f Fields) Fields {
	out := make(Fields, len(f))
	for name, value := range f {
		out[name] = cloneValue(value)
	}
	return out
}

func cloneValue(value any) any {
	switch v := value.(type) {
	case Fields:
		return cloneFields(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i])
		}
		return list
	}
	return value
}

// put leaves empty fields out: the wallets refuse "".
func put(f Fields, name, value string) {
	if value != "" {
		f[name] = value
	}
}

func putFields(f Fields, name string, value Fields) {
	if len(value) > 0 {
		f[name] = value
	}
}

// reserved are the members that decide what happens with whose money. Only the
// checked fields of a request may set them.
var reserved = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range strings.Fields(`paymentRequestId paymentId paymentAmount paymentAuthCode paymentNotifyUrl paymentRedirectUrl
		paymentReturnUrl paymentExpiryTime paymentOrderTitle order extraParams refundRequestId refundId refundAmount refundReason
		captureId captureRequestId captureAmount isLastCapture voidRequestId voidAmount voidNotifyUrl grantType authCode refreshToken
		accessToken scopes authRedirectUrl authState`) {
		m[strings.ToLower(name)] = true
	}
	return m
}()

// putExtra adds the caller's own fields. They must not change what was
// checked, nor be what another reader takes for it.
func putExtra(body Fields, extra map[string]any) error {
	for name, value := range extra {
		if _, taken := body[name]; reserved[strings.ToLower(name)] || taken && name != "paymentFactor" {
			return invalidRequest("Extra", "must not set "+printable(name), "use the field of the request")
		}
		body[name] = value
	}
	return nil
}

func or(value, standard string) string {
	if value != "" {
		return value
	}
	return standard
}

// jsonText is JSON inside a string, as v1 wants it.
func jsonText(value any) string {
	data, _ := encode(value) // strings, numbers and maps of them always encode
	return string(data)
}
