package strictjson

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Append appends value to dst as JSON, with members sorted by name and characters
// like & and < as they are. It writes maps, lists and strings, of which requests
// consist, with few allocations; encoding/json writes the rest. Values may nest as
// deep as in Parse.
func Append(dst []byte, value any) ([]byte, error) { return appendValue(dst, value, 0) }

func appendValue(dst []byte, value any, depth int) ([]byte, error) {
	if depth > MaxDepth { // or the value holds itself
		return nil, ErrDepth
	}
	switch v := value.(type) {
	case string:
		return appendText(dst, v)
	case Object:
		return appendObject(dst, v, depth+1)
	case map[string]any:
		return appendObject(dst, v, depth+1)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = appendValue(dst, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	return appendAny(dst, value)
}

func appendObject(dst []byte, obj map[string]any, depth int) ([]byte, error) {
	if obj == nil {
		return append(dst, "null"...), nil
	}
	var room [16]string
	names := room[:0]
	for name := range obj {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendText(dst, name); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = appendValue(dst, obj[name], depth); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendText(dst []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return appendAny(dst, s)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"'), nil
}

func appendAny(dst []byte, value any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	return append(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}
