package tradepay

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// bodies are what the body may have been before something changed it.
func (d *doctor) bodies() []variant {
	body := string(d.e.Body)
	v := newVariants(body)
	put := func(text string, cause Cause, what string) {
		d.hashed += len(text) / 8 // a copy
		v.put(text, cause, "the body "+what)
	}
	put(strings.TrimRight(body, "\n"), CauseBodyLineEnds, "without the line feed at its end")
	put(strings.TrimSpace(body), CauseBodyLineEnds, "without the white space around it")
	put(body+"\n", CauseBodyLineEnds, "with a line feed at its end")
	put(body+"\r\n", CauseBodyLineEnds, "with CR LF at its end")
	unix := strings.ReplaceAll(body, "\r\n", "\n")
	put(unix, CauseBodyLineEnds, "with LF for each CR LF")
	put(strings.ReplaceAll(unix, "\n", "\r\n"), CauseBodyLineEnds, "with CR LF for each LF")
	put(strings.TrimPrefix(body, "\ufeff"), CauseBodyBOM, "without its byte order mark")
	put("\ufeff"+body, CauseBodyBOM, "with a byte order mark in front")
	put("", CauseBodyEmpty, "left empty")
	put("{}", CauseBodyEmpty, "taken for an empty object, {}")
	put("null", CauseBodyEmpty, "taken for null")
	if d.answer && len(d.e.RequestBody) > 0 && len(d.e.RequestBody) <= maxBody {
		put(string(d.e.RequestBody), CauseRequestAsAnswer, "of the request, not of its answer")
	}
	d.rewritten(v, body)
	d.encoded(v, body)
	if len(d.e.SentBody) > 0 && len(d.e.SentBody) <= maxBody {
		put(string(d.e.SentBody), CauseBody, "that the other side sent")
	}
	return v.list
}

// encoded are bodies in another character set or a wrapping.
func (d *doctor) encoded(v *variants, body string) {
	if len(body) > maxReparsed {
		return
	}
	wide, narrow, fits := make([]rune, 0, len(body)), make([]byte, 0, len(body)), utf8.ValidString(body)
	for i := range len(body) {
		wide = append(wide, rune(body[i]))
	}
	for _, r := range body {
		fits = fits && r < 256
		narrow = append(narrow, byte(r&0xff))
	}
	d.hashed += 24 * len(body)
	v.put(string(wide), CauseBodyCharset, "the body read as ISO 8859-1 and written as UTF-8")
	if fits {
		v.put(string(narrow), CauseBodyCharset, "the body in ISO 8859-1")
	}
	if quoted, err := json.Marshal(body); err == nil {
		v.put(string(quoted), CauseBodyEncoded, "the body quoted as a JSON string")
	}
	var inner string
	if json.Unmarshal([]byte(body), &inner) == nil {
		v.put(inner, CauseBodyEncoded, "what stands in the quotes of the body")
	}
	v.put(base64.StdEncoding.EncodeToString([]byte(body)), CauseBodyEncoded, "the body in base64")
	if plain, err := base64.StdEncoding.DecodeString(body); err == nil {
		v.put(string(plain), CauseBodyEncoded, "the body decoded from base64")
	}
	if plain, err := url.QueryUnescape(body); err == nil {
		v.put(plain, CauseBodyEncoded, "the body form-decoded")
	}
	v.put(url.QueryEscape(body), CauseBodyEncoded, "the body form-encoded")
	if strings.HasPrefix(body, "\x1f\x8b") {
		if z, err := gzip.NewReader(strings.NewReader(body)); err == nil {
			plain, err := io.ReadAll(io.LimitReader(z, maxBody))
			d.hashed += len(plain)
			if err == nil {
				v.put(string(plain), CauseBodyEncoded, "the body before its compression")
			}
		}
	}
}

// The ways to set JSON.
var spacings = []struct {
	name  string
	space func(compact []byte) string
}{
	{"", nil}, // as it came
	{"compacted", func(c []byte) string { return string(c) }},
	{"indented by 2", func(c []byte) string { return indented(c, "  ") }},
	{"indented by 4", func(c []byte) string { return indented(c, "    ") }},
	{"indented by tabs", func(c []byte) string { return indented(c, "\t") }},
	{"with spaces after : and ,", func(c []byte) string { return spaced(c, ", ", ": ") }},
	{"with spaces after :", func(c []byte) string { return spaced(c, ",", ": ") }},
	{"with spaces around :", func(c []byte) string {
		return strings.ReplaceAll(indented([]byte(spaced(c, ",", ":")), "  "), `": `, `" : `)
	}},
}

func indented(compact []byte, indent string) string {
	var b bytes.Buffer
	_ = json.Indent(&b, compact, "", indent) // it is valid
	return b.String()
}

// spaced puts white space after the punctuation of compact JSON.
func spaced(compact []byte, comma, colon string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; {
		case c == '\\' && quoted && i+1 < len(compact):
			b.WriteByte(c)
			i++
			b.WriteByte(compact[i])
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case c == ',' && !quoted:
			b.WriteString(comma)
		case c == ':' && !quoted:
			b.WriteString(colon)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaping is a way to write characters in JSON strings. A zero field leaves
// them as they are; 'r' writes them raw, 'l' and 'u' escape them with small or
// capital hexadecimal.
type escaping struct {
	name  string
	slash byte   // 'r', or 'e' for \/
	wide  byte   // beyond ASCII
	html  byte   // those of set
	set   string // default <>&
	rare  bool
}

var escapings = []escaping{
	{},
	{name: `with / for \/`, slash: 'r'},
	{name: `with \/ for /`, slash: 'e'},
	{name: "with < > & raw", html: 'r', set: "<>&'=+`"},
	{name: `with \u003c for <`, html: 'l', set: "<>&\u2028\u2029"},
	{name: `with \u003C for <`, html: 'u', rare: true},
	{name: "with letters beyond ASCII raw", wide: 'r'},
	{name: `with \u00e9 for é`, wide: 'l'},
	{name: `with \u00E9 for é`, wide: 'u', rare: true},
	{name: "with nothing escaped", slash: 'r', wide: 'r', html: 'r', set: "<>&'=+`"},
	{name: `with \/ for / and \u00e9 for é`, slash: 'e', wide: 'l'},
	{name: `with \u003c for < and \u003d for =`, html: 'l', set: "<>&'=", rare: true},
	{name: `with \u003c for < and \u00e9 for é`, html: 'l', wide: 'l', rare: true},
}

// write returns the JSON text with its characters escaped in this way.
func (e escaping) write(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 64)
	for i := 0; i < len(text); {
		r, size, escaped := jsonRune(text[i:])
		how := byte(0)
		switch {
		case r == '/':
			how = e.slash
		case r >= 0 && e.html != 0 && strings.ContainsRune(or(e.set, "<>&"), r):
			how = e.html
		case r >= 0x80:
			how = e.wide
		}
		switch {
		case how == 'e' && !escaped:
			b.WriteString(`\/`)
		case how == 'r' && escaped:
			b.WriteRune(r)
		case how == 'l' || how == 'u':
			digits := "0123456789abcdef"
			if how == 'u' {
				digits = "0123456789ABCDEF"
			}
			var buf [2]uint16
			for _, unit := range utf16.AppendRune(buf[:0], r) {
				b.WriteString(`\u`)
				for shift := 12; shift >= 0; shift -= 4 {
					b.WriteByte(digits[unit>>shift&15])
				}
			}
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// jsonRune reads one character of JSON text, -1 for an escape that must stay.
func jsonRune(text string) (r rune, size int, escaped bool) {
	if text[0] != '\\' || len(text) < 2 {
		r, size = utf8.DecodeRuneInString(text)
		return r, size, false
	}
	if text[1] == '/' {
		return '/', 2, true
	}
	r, ok := hexRune(text)
	if !ok {
		return -1, 2, true
	}
	if utf16.IsSurrogate(r) {
		low, ok := hexRune(text[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return -1, 6, true
		}
		return r, 12, true
	}
	if r < 0x80 && !strings.ContainsRune("<>&'=+/`", r) {
		return -1, 6, true
	}
	return r, 6, true
}

func hexRune(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}

// rewritten are the body as other JSON writers would have it.
func (d *doctor) rewritten(v *variants, body string) {
	if len(body) > maxReparsed || !utf8.ValidString(body) {
		return
	}
	bare := strings.TrimPrefix(body, "\ufeff")
	d.hashed += 16 * len(bare)
	var b bytes.Buffer
	if nesting(bare) > maxNesting || json.Compact(&b, []byte(bare)) != nil || b.Len() == 0 || strings.IndexByte("{[", b.Bytes()[0]) < 0 {
		return
	}
	compact := b.Bytes()
	every := len(body) <= maxRewritten
	for _, ordered := range []bool{false, true} {
		if ordered {
			if compact = sortedJSON(compact); compact == nil {
				return
			}
		}
		for i, spacing := range spacings {
			text := bare
			if spacing.space != nil {
				text = spacing.space(compact)
			} else if ordered {
				continue
			}
			for j, escape := range escapings {
				if !every && (i > 2 || i > 0 && j > 0 || j > 7) || d.hashed > maxHashed/3 {
					continue
				}
				rewritten := text
				if j > 0 {
					rewritten = escape.write(text)
				}
				d.hashed += 4 * len(rewritten) // slower than hashing
				cause, words := CauseBodyEscapes, []string{}
				if i > 0 {
					cause, words = CauseBodySpaces, append(words, spacing.name)
				}
				if ordered {
					cause, words = CauseBodyOrder, append(words, "with its members sorted by name")
				}
				if j > 0 {
					words = append(words, escape.name)
				}
				rare := escape.rare || i > 2 || i > 0 && j > 0 && !(ordered && i == 1 && j == 4)
				v.add(rewritten, cause, "the body "+strings.Join(words, ", "), rare)
				if rewritten != text && strings.HasSuffix(body, "\n") != strings.HasSuffix(rewritten, "\n") {
					continue
				}
				if i > 0 && j == 0 {
					v.add(rewritten+"\n", cause, "the body "+strings.Join(words, ", ")+", with a line feed at its end", true)
					v.add(strings.ReplaceAll(rewritten, "\n", "\r\n"), cause, "the body "+strings.Join(words, ", ")+", with CR LF line ends", true)
				}
			}
		}
	}
}

// nesting returns the deepest level of JSON text, at least.
func nesting(text string) int {
	deepest, level := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[':
			level++
			deepest = max(deepest, level)
		case '}', ']':
			level--
		}
	}
	return deepest
}

// sortedJSON decodes and encodes, as programs do that keep objects in maps.
func sortedJSON(compact []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(compact))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return nil
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// members splits a JSON object into the texts of its members.
func members(body []byte) []string {
	var b bytes.Buffer
	if len(body) > maxRewritten || json.Compact(&b, body) != nil || b.Len() < 3 || b.Bytes()[0] != '{' {
		return nil
	}
	text := b.String()
	var all []string
	level, quoted, start := 0, false, 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
		case c == '}' || c == ']':
			level--
			if level == 0 {
				all = append(all, text[start:i])
			}
		case c == ',' && level == 1:
			all = append(all, text[start:i])
			start = i + 1
		}
	}
	return all
}

// --- the rest
