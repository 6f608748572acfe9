package tradepay

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/sigheader"
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
func cloneFields(f Fields, depth int) Fields {
	out := make(Fields, len(f))
	for name, value := range f {
		out[name] = cloneValue(value, depth+1)
	}
	return out
}

func cloneValue(value any, depth int) any {
	if depth > strictjson.MaxDepth { // too deep to be sent, as encode will find
		return value
	}
	switch v := value.(type) {
	case Fields:
		return cloneFields(v, depth)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i], depth+1)
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
	set := make(Fields, len(extra))
	for name, value := range extra {
		if !sigheader.Token(name) {
			return invalidRequest("Extra", "must have names of letters, digits, - _ and .", "")
		}
		for taken := range body {
			if strings.EqualFold(name, taken) && name != "paymentFactor" {
				return invalidRequest("Extra", "must not set "+name+" again", "use the field of the request")
			}
		}
		if reserved[strings.ToLower(name)] {
			return invalidRequest("Extra", "must not set "+name, "use the field of the request")
		}
		set[name] = value
	}
	maps.Copy(body, set)
	return nil
}

// jsonText is JSON inside a string, as v1 wants it.
func jsonText(value any) string {
	data, _ := encode(value) // strings, numbers and maps of them always encode
	return string(data)
}
