package stage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// omitted stands for what nobody is to see.
const omitted = "•••"

// shownHeaders are those of mini program and shop that hold neither a secret
// nor a person.
var shownHeaders = []string{"Accept", "Content-Length", "Content-Type", "Date", "Retry-After",
	"Idempotency-Key", "Server-Timing"}

// redactHeader leaves out the values of all other headers.
func redactHeader(header http.Header) http.Header {
	shown := make(http.Header, len(header))
	for name, values := range header {
		if slices.Contains(shownHeaders, name) {
			shown[name] = slices.Clone(values)
		} else {
			shown[name] = []string{omitted}
		}
	}
	return shown
}

// privateWords are in the names of members whose values are secrets, or about
// a person.
var privateWords = []string{"token", "authcode", "authstate", "secret", "password", "buyer", "payer", "user",
	"customer", "phone", "email", "address", "cookie"}

func private(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(privateWords, func(word string) bool { return strings.Contains(name, word) })
}

// redactBody returns a body of JSON without secrets, every other byte as it
// is. Of what is not JSON only the length is told.
func redactBody(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	if !json.Valid(body) {
		return fmt.Sprintf("(%d bytes that are not JSON)", len(body))
	}
	var out bytes.Buffer
	type level struct {
		object, name, private bool // name: a member's name comes next
		hide                  bool // the member's value
	}
	levels := []level{{}}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	for end := int64(0); ; {
		token, err := dec.Token()
		if err != nil {
			out.Write(body[end:])
			return out.String()
		}
		raw := body[end:dec.InputOffset()]
		end = dec.InputOffset()
		value := bytes.TrimLeft(raw, " \t\r\n,:")
		out.Write(raw[:len(raw)-len(value)])
		top := &levels[len(levels)-1]
		if delim, ok := token.(json.Delim); ok {
			out.Write(value)
			if delim == '{' || delim == '[' {
				hide := top.private || top.hide
				top.name = top.object
				levels = append(levels, level{object: delim == '{', name: delim == '{', private: hide})
			} else {
				levels = levels[:len(levels)-1]
			}
			continue
		}
		text, isText := token.(string)
		if top.object && top.name {
			top.name, top.hide = false, private(text)
			out.Write(value)
			continue
		}
		switch {
		case top.private || top.hide:
			value = []byte(`"` + omitted + `"`)
		case isText && (strings.Contains(text, "://") || strings.HasPrefix(text, "/")): // a URL, or a path
			if before, _, ok := strings.Cut(text, "?"); ok {
				value = quoted(before + "?" + omitted)
			}
		}
		top.name = top.object
		out.Write(value)
	}
}

// quoted is a text as JSON, with its < > & as they are.
func quoted(text string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a text can always be written
	return bytes.TrimRight(out.Bytes(), "\n")
}
