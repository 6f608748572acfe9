package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/phrasebook"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// language is the language of what the command says.
type language int

const (
	english language = iota
	spanish
)

// languageOf reads LC_ALL, LC_MESSAGES or LANG, whichever is set first.
func languageOf(getenv func(string) string) language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		code := strings.FieldsFunc(locale, func(r rune) bool { return r == '_' || r == '.' || r == '@' || r == '-' })
		if len(code) > 0 && strings.EqualFold(code[0], "es") {
			return spanish
		}
		return english
	}
	return english
}

// languageNames are the values of -lang.
var languageNames = map[string]language{"en": english, "es": spanish}

// knownLanguage returns an error for a value that -lang does not have.
func knownLanguage(name string) error {
	if _, ok := languageNames[name]; !ok {
		return usage("-lang %s: give en or es", printable(name))
	}
	return nil
}

func (l language) pick(en, es string) string {
	if l == spanish {
		return es
	}
	return en
}

// text is one text in both languages, side by side.
type text struct{ en, es string }

func (t text) in(l language) string { return l.pick(t.en, t.es) }

// notice is an error that the command can say in both languages: its format is the key of
// its Spanish in messages.
type notice struct {
	format string
	args   []any
	err    error // the same in English, with what it wraps
}

func newNotice(format string, args ...any) *notice {
	return &notice{format, args, fmt.Errorf(format, inEnglish(args)...)}
}

func (n *notice) Error() string { return n.err.Error() }
func (n *notice) Unwrap() error { return n.err }

// inEnglish replaces texts by their English.
func inEnglish(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		if t, ok := arg.(text); ok {
			args[i] = t.en
		}
	}
	return args
}

// say returns a message in the language. Its English format is the key of messages. An
// argument that is a text or an error is said in the language, too.
func (l language) say(format string, args ...any) string {
	if l == english {
		return fmt.Errorf(format, inEnglish(args)...).Error()
	}
	args = slices.Clone(args)
	for i, arg := range args {
		switch arg := arg.(type) {
		case text:
			args[i] = arg.es
		case error:
			args[i] = l.errorText(arg)
		}
	}
	if es, ok := messages()[format]; ok {
		format = es
	}
	return fmt.Sprintf(strings.ReplaceAll(format, "%w", "%s"), args...)
}

// print writes a message and ends its line.
func (c *cli) print(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, c.lang.say(format, args...))
}

// errorText returns an error for people.
func (l language) errorText(err error) string {
	if l == english {
		return strings.TrimPrefix(err.Error(), "tradepay: ")
	}
	switch e := err.(type) { //nolint:errorlint // each layer is said by itself
	case *failure:
		return l.errorText(e.err)
	case *notice:
		return l.say(e.format, e.args...)
	case *curlNoticeError:
		return l.say(e.format, e.args...)
	case *tradepayenv.Error:
		return spanishVariable(e)
	case *tradepay.FieldError:
		said := e.Field + ": " + phrasebook.Spanish(e.Rule)
		if e.Remedy != "" {
			said += "; " + phrasebook.Spanish(e.Remedy)
		}
		if e.Err != nil {
			said = l.errorText(e.Err) + ": " + said
		}
		return said
	case *tradepay.APIError:
		return spanishAPI(e)
	case *tradepay.SignatureError:
		said := phrasebook.Spanish(tradepay.ErrSignature.Error()) + ": " + string(e.Reason)
		if e.Header != "" {
			said += " (" + e.Header + ")"
		}
		if e.KeyVersion != "" {
			said += ", keyVersion " + e.KeyVersion
		}
		return said
	case interface{ Unwrap() []error }:
		if lines := strings.Split(err.Error(), "\n"); len(lines) == len(e.Unwrap()) { // joined
			for i, one := range e.Unwrap() {
				lines[i] = l.errorText(one)
			}
			return strings.Join(lines, "\n")
		}
	}
	return phrasebook.Spanish(err.Error())
}

func spanishVariable(e *tradepayenv.Error) string {
	said := e.Variable
	if e.File != "" {
		said += " (" + e.File + ")"
	}
	said += ": " + phrasebook.Spanish(e.Rule)
	if e.Remedy != "" {
		said += "; " + phrasebook.Spanish(e.Remedy)
	}
	return said
}

// spanishAPI is Error of an APIError in Spanish.
func spanishAPI(e *tradepay.APIError) string {
	var b strings.Builder
	b.WriteString(string(e.Op))
	isRefund := e.RefundRef != tradepay.RefundRef{}
	switch {
	case e.Kind == tradepay.ErrOrderNotFound && isRefund: //nolint:errorlint // a sentinel as it is
		b.WriteString(": la billetera no conoce el reembolso")
	case e.Kind != nil:
		b.WriteString(": " + phrasebook.Spanish(e.Kind.Error()))
	}
	if e.Result.Status != "" {
		b.WriteString(": resultado " + string(e.Result.Status) + " " + redact.Word(e.Result.Code))
	}
	if e.UnverifiedCode != "" {
		b.WriteString(": la respuesta sin verificar decía " + e.UnverifiedCode)
	}
	if complaint := complaintOf(e); complaint != "" {
		b.WriteString(" " + complaint)
	}
	if e.HTTPStatus != 0 {
		b.WriteString(" (HTTP " + strconv.Itoa(e.HTTPStatus) + ")")
	}
	if e.TraceID != "" {
		b.WriteString(", id de traza " + redact.Word(e.TraceID))
	}
	if e.Attempts > 1 {
		b.WriteString(" tras " + strconv.Itoa(e.Attempts) + " intentos")
	}
	if e.NotSent {
		b.WriteString(", no se envió nada")
	}
	for _, ref := range [][2]string{
		{"paymentRequestId", e.OrderRef.PaymentRequestID}, {"paymentId", e.OrderRef.PaymentID},
		{"refundRequestId", e.RefundRef.RefundRequestID}, {"refundId", e.RefundRef.RefundID},
	} {
		if ref[1] != "" {
			b.WriteString(", " + ref[0] + " " + redact.Word(ref[1]))
		}
	}
	if e.Err != nil {
		b.WriteString(": " + spanish.errorText(e.Err))
	}
	if e.Hint != "" {
		b.WriteString("; consejo: " + phrasebook.Spanish(e.Hint))
	}
	return b.String()
}

// complaintOf returns what the text of an error shows beside a result code: the platform's
// word for it, in parentheses, and the wallet's own message, in quotes, which the wallet
// writes in whatever language. The package has both in the text alone: they are what a
// copy of the error says beyond an error with the same result.
func complaintOf(e *tradepay.APIError) string {
	without := &tradepay.APIError{Op: e.Op, Kind: e.Kind, Result: e.Result, UnverifiedCode: e.UnverifiedCode}
	with := *e
	with.HTTPStatus, with.Attempts, with.NotSent, with.Err, with.Hint = 0, 0, false, nil, ""
	with.TraceID = ""
	with.OrderRef, with.RefundRef = tradepay.OrderRef{}, tradepay.RefundRef{}
	return strings.TrimSpace(strings.TrimPrefix(with.Error(), without.Error()))
}

// said is phrase, or the text itself in English.
func (l language) said(en string) string {
	if l == english {
		return en
	}
	return phrasebook.Spanish(en)
}
