package tradepaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// omitted stands in place of what an observer does not see.
const omitted = "•••"

// harmlessHeaders are those that hold neither a secret nor a person.
var harmlessHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Allow": true, "Client-Id": true, "Content-Encoding": true,
	"Content-Length": true,
	"Content-Type":   true, "Date": true, "Request-Id": true, "Request-Time": true, "Response-Time": true,
	"Retry-After": true,
	"Signature":   true, "Trace-Id": true, "Traceid": true,
}

func (w *Wallet) shownHeader(header http.Header) http.Header {
	shown := make(http.Header, len(header))
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		own := name == http.CanonicalHeaderKey(w.profile.Signing.MerchantIDHeader) ||
			name == http.CanonicalHeaderKey(w.profile.Signing.RequestIDHeader)
		if harmlessHeaders[name] || own {
			shown[name] = slices.Clone(values)
		} else {
			shown[name] = []string{omitted}
		}
	}
	return shown
}

// shownURI is a path or a URL without the values of its query and without its
// fragment.
func shownURI(uri string) string {
	uri, fragment, _ := strings.Cut(uri, "#")
	if fragment != "" {
		return shownURI(uri) + "#" + omitted
	}
	path, query, ok := strings.Cut(uri, "?")
	if !ok {
		return uri
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			pairs[i] = name + "=" + omitted
		} else if !ok && pair != "" {
			pairs[i] = omitted
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// shownBody is a body without secrets and payers' data.
func shownBody(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	shown, ok := redact(body, 0)
	if !ok {
		return fmt.Sprintf("(%d bytes that are not JSON)", len(body))
	}
	return string(shown)
}

// privateWords are what the names of members hold whose values are secrets or
// about a payer or a device, in small letters.
var privateWords = []string{
	"token", "authcode", "authstate", "authurl", "secret", "password", "buyer", "shipping", "userinfo", "userid",
	"customerid", "username", "nickname",
	"fullname", "firstname", "lastname", "middlename", "loginid", "contact", "phone", "email", "birth", "gender",
	"avatar", "mobile", "payer", "cardno", "clientip", "useragent", "cookie",
}

func private(name string) bool {
	name = strings.ToLower(name)
	message := name == "title" || name == "body" || name == "templates"
	return message || name == "env" || name == "envinfo" ||
		slices.ContainsFunc(privateWords, func(word string) bool { return strings.Contains(name, word) })
}

// redact replaces the scalars in JSON that must not be shown and leaves every
// other byte as it is. It reports false for what is not JSON.
func redact(data []byte, depth int) (shown []byte, ok bool) {
	if depth > 4 || !json.Valid(data) {
		return nil, false
	}
	type level struct {
		object, private bool // private: all within is
		key             string
		awaitsKey       bool
	}
	var out bytes.Buffer
	var levels []level
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	for end := int64(0); ; {
		token, err := dec.Token()
		if err != nil {
			out.Write(data[end:])
			return out.Bytes(), true
		}
		raw := data[end:dec.InputOffset()]
		end = dec.InputOffset()
		value := bytes.TrimLeft(raw, " \t\r\n,:")
		out.Write(raw[:len(raw)-len(value)])
		top := len(levels) - 1
		if top >= 0 && levels[top].object && levels[top].awaitsKey {
			if name, isName := token.(string); isName {
				levels[top].key, levels[top].awaitsKey = name, false
				out.Write(value)
				continue
			}
		}
		hidden := top >= 0 && (levels[top].private || levels[top].object && private(levels[top].key))
		if top >= 0 {
			levels[top].awaitsKey = true
		}
		switch t := token.(type) {
		case json.Delim:
			out.Write(value)
			if t == '{' || t == '[' {
				levels = append(levels, level{object: t == '{', private: hidden, awaitsKey: true})
			} else {
				levels = levels[:top]
			}
		case string:
			if hidden {
				value = quoted(omitted)
			} else {
				value = shownText(t, value, depth)
			}
			out.Write(value)
		default:
			if hidden {
				value = quoted(omitted)
			}
			out.Write(value)
		}
	}
}

// shownText returns a string of JSON without secrets. raw is how it was written.
func shownText(text string, raw []byte, depth int) []byte {
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "["):
		inner, ok := redact([]byte(text), depth+1)
		if !ok {
			return quoted(omitted) // not seen through
		}
		if string(inner) != text {
			return quoted(string(inner))
		}
	case strings.Contains(text, "://"):
		u, err := url.Parse(text)
		if err != nil || u.User != nil {
			return quoted(omitted)
		}
		if shown := shownURI(text); shown != text {
			return quoted(shown)
		}
	}
	return raw
}

func quoted(text string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string is written always
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
