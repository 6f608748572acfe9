// Package redact prints values that hold secrets or payers' data: their type and
// harmless parts only, whatever the verb.
package redact

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

// Value is the printable form of a value.
type Value struct {
	name  string
	parts []string // names and texts in turn
}

// As returns the printable form: a type's name, then names and texts in turn.
func As(name string, parts ...string) Value { return Value{name, parts} }

// String returns name{part:text part:text}.
func (v Value) String() string {
	text := v.name + "{"
	for i := 0; i+1 < len(v.parts); i += 2 {
		if i > 0 {
			text += " "
		}
		text += v.parts[i] + ":" + Word(v.parts[i+1])
	}
	return text + "}"
}

// LogValue returns a group of the parts that are not empty, their names as logs
// have them: payment_request_id for PaymentRequestID.
func (v Value) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, len(v.parts)/2)
	for i := 0; i+1 < len(v.parts); i += 2 {
		if text := v.parts[i+1]; text != "" {
			attrs = append(attrs, slog.String(snake(v.parts[i]), strings.ToValidUTF8(cut(text), "\uFFFD"))) // the handler quotes it
		}
	}
	if len(attrs) == 0 { // slog leaves an empty group out
		return slog.StringValue(v.name + "{}")
	}
	return slog.GroupValue(attrs...)
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := unicode.IsUpper(r)
		if upper && i > 0 && unicode.IsLower(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Word keeps what strangers sent from breaking a log line: a text of other than
// letters, digits, - _ and . is quoted and cut.
func Word(s string) string {
	if sigheader.Token(s) {
		return s
	}
	return strconv.QuoteToASCII(cut(s))
}

func cut(s string) string { return s[:min(len(s), 64)] }
