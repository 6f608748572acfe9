// Package strictjson reads the JSON that wallets and merchants send each
// other, so that no two readers can disagree about it: valid UTF-8, one
// object, no member twice, exact names, no data after the end, bounded depth.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 32

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
func Parse(data []byte) (Object, error) {
	if !utf8.Valid(data) {
		return nil, ErrUTF8
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	tok, err := dec.Token()
	if err != nil {
		return nil, ErrSyntax
	}
	if tok != json.Delim('{') {
		return nil, ErrNotObject
	}
	obj, err := object(dec, 1)
	if err != nil {
		return nil, err
	}
	if _, err = dec.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrTrailing
	}
	return obj, nil
}

func object(dec *json.Decoder, depth int) (map[string]any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	obj := make(map[string]any)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, ErrSyntax
		}
		name, ok := tok.(string)
		if !ok {
			return nil, ErrSyntax
		}
		if _, twice := obj[name]; twice {
			return nil, ErrDuplicate
		}
		if obj[name], err = value(dec, depth); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, ErrSyntax
	}
	return obj, nil
}

func array(dec *json.Decoder, depth int) ([]any, error) {
	if depth > MaxDepth {
		return nil, ErrDepth
	}
	list := []any{}
	for dec.More() {
		v, err := value(dec, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, ErrSyntax
	}
	return list, nil
}

func value(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, ErrSyntax
	}
	switch tok {
	case json.Delim('{'):
		return object(dec, depth+1)
	case json.Delim('['):
		return array(dec, depth+1)
	}
	return tok, nil
}

// TypeError says that a member holds another type than the wire defines.
type TypeError struct{ Member, Want string }

func (e *TypeError) Error() string { return fmt.Sprintf("member %q is not %s", e.Member, e.Want) }

// Text returns the string or number stored under name, or "" when the member
// is missing or null. Wallets differ in whether scalars travel as strings.
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

// Object returns the object stored under name, or nil when the member is
// missing or null.
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

// List returns the array stored under name, or nil when the member is missing
// or null.
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
