// Package strictjson reads the JSON that wallets and merchants send each
// other, so that no two readers can disagree about it: valid UTF-8, one
// object, no member twice, exact names, no data after the end, bounded depth.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 32

// MaxSize is how many bytes a message may have: 1 MiB. No wallet documents a message
// of that size.
const MaxSize = 1 << 20

// Errors of Parse and of the accessors of Object. None carries the content.
var (
	ErrSyntax    = errors.New("not valid JSON")
	ErrUTF8      = errors.New("not valid UTF-8")
	ErrDuplicate = errors.New("a member appears twice")
	ErrDepth     = errors.New("nested too deep")
	ErrTrailing  = errors.New("data after the JSON object")
	ErrNotObject = errors.New("not a JSON object")
)

// Object is a parsed JSON object: strings, json.Number, bool, nil, []any and
// nested map[string]any values by their exact names.
type Object map[string]any

// Parse reads data as one JSON object.
//
// Parse rejects a name with half a character, which is an escaped surrogate without
// the other half. In a value, half a character becomes U+FFFD, as in encoding/json:
// wallets cut texts to a length, and no id or amount has a U+FFFD.
//
// encoding/json accepts a member that appears twice, matches names in any case and
// replaces invalid UTF-8, and its Decoder is too slow for a notification. So this
// package reads the structure, and leaves numbers and strings with escapes to
// encoding/json.
func Parse(data []byte) (Object, error) {
	if !utf8.Valid(data) {
		return nil, ErrUTF8
	}
	p := parser{data: data}
	p.space()
	switch p.peek() {
	case '{':
	case '[', '"', 't', 'f', 'n', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return nil, ErrNotObject
	default:
		return nil, ErrSyntax
	}
	obj, err := p.object(1)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at != len(data) {
		return nil, ErrTrailing
	}
	return obj, nil
}

type parser struct {
	data []byte
	at   int
}

// peek returns the next byte, or 0 at the end, which no JSON can hold.
func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// take moves past c and the space around it, if c is next.
func (p *parser) take(c byte) bool {
	p.space()
	if p.peek() != c {
		return false
	}
	p.at++
	p.space()
	return true
}

func (p *parser) object(depth int) (map[string]any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	obj := make(map[string]any)
	p.take('{')
	if p.take('}') {
		return obj, nil
	}
	for {
		start := p.at
		name, err := p.text()
		switch {
		case err != nil:
			return nil, err
		case halfCharacter(p.data[start:p.at]):
			return nil, ErrUTF8
		}
		if _, twice := obj[name]; twice {
			return nil, ErrDuplicate
		}
		if !p.take(':') {
			return nil, ErrSyntax
		}
		if obj[name], err = p.value(depth); err != nil {
			return nil, err
		}
		if p.take('}') {
			return obj, nil
		}
		if !p.take(',') {
			return nil, ErrSyntax
		}
	}
}

func (p *parser) array(depth int) ([]any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	list := []any{}
	p.take('[')
	if p.take(']') {
		return list, nil
	}
	for {
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if p.take(']') {
			return list, nil
		}
		if !p.take(',') {
			return nil, ErrSyntax
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	switch p.peek() {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		return p.text()
	}
	start := p.at
	for p.at < len(p.data) && !delimiter(p.data[p.at]) {
		p.at++
	}
	switch word := p.data[start:p.at]; {
	case string(word) == "true":
		return true, nil
	case string(word) == "false":
		return false, nil
	case string(word) == "null":
		return nil, nil //nolint:nilnil // null is a value
	case json.Valid(word):
		return json.Number(word), nil
	}
	return nil, ErrSyntax
}

func delimiter(c byte) bool {
	switch c {
	case ',', ':', '}', ']', '{', '[', '"', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

func (p *parser) text() (string, error) {
	if p.peek() != '"' {
		return "", ErrSyntax
	}
	start, escaped := p.at, false
	for p.at++; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; {
		case c == '"':
			p.at++
			if !escaped {
				return string(p.data[start+1 : p.at-1]), nil
			}
			var s string
			if json.Unmarshal(p.data[start:p.at], &s) != nil {
				return "", ErrSyntax
			}
			return s, nil
		case c == '\\':
			escaped = true
			p.at++ // whatever follows does not end the string
		case c < 0x20:
			return "", ErrSyntax
		}
	}
	return "", ErrSyntax
}

// halfCharacter reports whether a string has an escaped surrogate without the other
// half. That is no character, and JSON readers disagree about it.
func halfCharacter(quoted []byte) bool {
	high := false // the escape right before this one is a high surrogate
	for i := 0; i < len(quoted); i++ {
		unit, escaped := escapedUnit(quoted[i:])
		switch {
		case high != (escaped && unit >= 0xdc00 && unit <= 0xdfff):
			return true
		case !escaped:
			if quoted[i] == '\\' {
				i++
			}
			continue
		}
		high = unit >= 0xd800 && unit <= 0xdbff
		i += len(`\u0000`) - 1
	}
	return high
}

// escapedUnit returns the UTF-16 code unit with which text begins, if that is
// written like \u0000.
func escapedUnit(text []byte) (uint64, bool) {
	if len(text) < len(`\u0000`) || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return unit, err == nil
}

// TypeError says that a member has another type than the wire defines.
type TypeError struct{ Member, Want string }

func (e *TypeError) Error() string { return fmt.Sprintf("member %q is not %s", e.Member, e.Want) }

// Text returns the string or number under name, or "" if the member is missing or
// null. Some wallets send numbers as strings, others do not.
func (o Object) Text(name string) (string, error) {
	switch v := o[name].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	default:
		return "", &TypeError{Member: name, Want: "a string"}
	}
}

// Object returns the object under name, or nil if the member is missing or null.
func (o Object) Object(name string) (Object, error) {
	switch v := o[name].(type) {
	case nil:
		return nil, nil //nolint:nilnil // a missing member is not an error
	case map[string]any:
		return v, nil
	default:
		return nil, &TypeError{Member: name, Want: "an object"}
	}
}

// List returns the array under name, or nil if the member is missing or null.
func (o Object) List(name string) ([]any, error) {
	switch v := o[name].(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	default:
		return nil, &TypeError{Member: name, Want: "a list"}
	}
}
