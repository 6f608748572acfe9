package tradepaytest

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// form reads the fields of a request one after another, strictly, and keeps
// the first mistake.
type form struct {
	fields  map[string]any
	within  string              // path of the object, with a dot at its end
	numeric bool                // amounts are numbers
	reaches func(*url.URL) bool // whether the wallet calls a URL
	mistake string
}

func (w *Wallet) form(x *exchange) *form {
	return &form{fields: x.fields, numeric: w.profile.Quirks.NumericAmounts, reaches: w.reaches}
}

func (f *form) wrong(name, why string) {
	if f.mistake == "" {
		f.mistake = f.within + name + " " + why
	}
}

// text reads a string of at most most characters; "" when it is missing.
func (f *form) text(name string, most int) string {
	value, there := f.fields[name]
	if !there {
		return ""
	}
	text, ok := value.(string)
	switch {
	case !ok:
		f.wrong(name, "must be a string")
		return ""
	case utf8.RuneCountInString(text) > most:
		f.wrong(name, "must have at most "+strconv.Itoa(most)+" characters")
	}
	return text
}

func (f *form) required(name string, most int) string {
	text := f.text(name, most)
	if _, there := f.fields[name]; !there {
		f.wrong(name, "is missing")
	}
	return text
}

// id reads an id, by the rule for ids; "" when it is missing.
func (f *form) id(name string) string {
	id := f.text(name, 64)
	switch {
	case strings.ContainsAny(id, "@#?"):
		f.wrong(name, "must not contain @ # or ?")
	case strings.ContainsFunc(id, unicode.IsControl):
		f.wrong(name, "must not contain control characters")
	}
	return id
}

func (f *form) requiredID(name string) string {
	if _, there := f.fields[name]; !there {
		f.wrong(name, "is missing")
	}
	return f.id(name)
}

// object reads an object; its form is empty when it is missing. The mistakes
// of it are counted here only after merge.
func (f *form) object(name string) *form {
	inner := &form{within: f.within + name + ".", numeric: f.numeric}
	switch value := f.fields[name].(type) {
	case nil:
		if _, there := f.fields[name]; there {
			f.wrong(name, "must be an object")
		}
	case map[string]any:
		inner.fields = value
	default:
		f.wrong(name, "must be an object")
	}
	return inner
}

// element is the form of one object of a list.
func (f *form) element(name string, i int, value any) *form {
	inner := &form{within: f.within + name + "[" + strconv.Itoa(i) + "].", numeric: f.numeric}
	object, ok := value.(map[string]any)
	if !ok {
		f.wrong(name, "must hold objects")
	}
	inner.fields = object
	return inner
}

// count reads how many there are, a string of digits or a number; 0 when it
// is missing.
func (f *form) count(name string) int64 {
	value, there := f.fields[name]
	if !there {
		return 0
	}
	text, ok := value.(string)
	if number, isNumber := value.(json.Number); isNumber {
		text, ok = number.String(), true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 0 {
		f.wrong(name, "must be a whole number")
		return 0
	}
	return n
}

func (f *form) merge(inner *form) {
	if f.mistake == "" {
		f.mistake = inner.mistake
	}
}

// flag reads a boolean; standard when it is missing.
func (f *form) flag(name string, standard bool) bool {
	value, there := f.fields[name]
	if !there {
		return standard
	}
	flag, ok := value.(bool)
	if !ok {
		f.wrong(name, "must be true or false")
	}
	return flag
}

// amount reads an amount; the zero Amount when it is missing.
func (f *form) amount(name string) tradepay.Amount {
	value, there := f.fields[name]
	if !there {
		return tradepay.Amount{}
	}
	object, ok := value.(map[string]any)
	if !ok {
		f.wrong(name, "must be an object with currency and value")
		return tradepay.Amount{}
	}
	amount, why := f.readAmount(object)
	if why != "" {
		f.wrong(name, why)
	}
	return amount
}

func (f *form) requiredAmount(name string) tradepay.Amount {
	if _, there := f.fields[name]; !there {
		f.wrong(name, "is missing")
	}
	return f.amount(name)
}

// readAmount reads an amount as the profile writes it. why says what is wrong with it.
func (f *form) readAmount(object map[string]any) (a tradepay.Amount, why string) {
	currency, _ := object["currency"].(string)
	if _, known := tradepay.MinorDigits(currency); !known {
		return a, "must have an ISO 4217 currency"
	}
	var text string
	switch value := object["value"].(type) {
	case string:
		if f.numeric {
			return a, "must have a number as its value"
		}
		text = value
	case json.Number:
		if !f.numeric {
			return a, "must have a string as its value"
		}
		text = value.String()
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || len(text) > 16 || text != strconv.FormatInt(n, 10) {
		return a, "must have a positive integer of at most 16 digits as its value, in the smallest unit"
	}
	return tradepay.Amount{Currency: currency, Value: n}, ""
}

// time reads a time in ISO 8601; the zero time when it is missing.
func (f *form) time(name string) time.Time {
	text := f.text(name, 64)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		f.wrong(name, "must be a time in ISO 8601 with an offset")
	}
	return t
}

// url reads an absolute URL.
func (f *form) url(name string) string {
	text := f.text(name, 1024)
	if text == "" {
		return ""
	}
	if u, err := url.Parse(text); err != nil || !u.IsAbs() {
		f.wrong(name, "must be an absolute URL")
	}
	return text
}

// notifyURL reads a URL that will be called.
func (f *form) notifyURL(name string) string {
	text := f.url(name)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "":
		f.wrong(name, "must be an http or https URL without user and fragment")
	case !f.reaches(u):
		f.wrong(name, elsewhere)
	}
	return text
}

// jsonOrObject reads an object, or one that travels as JSON in a string.
func (f *form) jsonOrObject(name string, most int) *form {
	if _, ok := f.fields[name].(map[string]any); ok {
		return f.object(name)
	}
	return f.json(name, most)
}

// json reads an object that travels as JSON in a string.
func (f *form) json(name string, most int) *form {
	inner := &form{within: f.within + name + ".", numeric: f.numeric}
	text := f.text(name, most)
	if text == "" {
		return inner
	}
	object, err := strictjson.Parse([]byte(text))
	if err != nil {
		f.wrong(name, "must be a string that holds a JSON object")
		return inner
	}
	if empty := emptyString(object, ""); empty != "" {
		inner.wrong(empty, "is an empty string: leave it out")
	}
	inner.fields = map[string]any(object)
	return inner
}

// dropEmpty removes the members of an object, and of the objects within, that are "".
func dropEmpty(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if inner == "" {
				delete(v, name)
				continue
			}
			dropEmpty(inner)
		}
	case []any:
		for _, inner := range v {
			dropEmpty(inner)
		}
	}
}

// emptyString returns the path of an empty string within value, or "".
func emptyString(value any, path string) string {
	switch v := value.(type) {
	case string:
		if v == "" {
			return path
		}
	case strictjson.Object:
		return emptyString(map[string]any(v), path)
	case map[string]any:
		for name, inner := range v {
			if path != "" {
				name = path + "." + name
			}
			if found := emptyString(inner, name); found != "" {
				return found
			}
		}
	case []any:
		for _, inner := range v {
			if found := emptyString(inner, path); found != "" {
				return found
			}
		}
	}
	return ""
}
