package doctor

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// The largest bodies of which the doctor makes variants.
const (
	maxRewritten = 4 << 10   // bytes that it rewrites in two ways at once
	maxRestored  = 2 << 10   // bytes whose lost letters it guesses
	maxReparsed  = 32 << 10  // bytes that it reads as JSON at all
	maxNesting   = 64        // levels of JSON that it rewrites
	maxIndented  = 256 << 10 // bytes times levels: each line is indented by its level
)

// bodies are the texts that the body may have had before something changed it.
func (d *doctor) bodies() []variant {
	body := string(d.e.Body)
	v := newVariants(body)
	put := func(text string, cause Cause, what string) {
		d.spent += len(text) / 16 // a copy
		v.put(text, cause, "the body "+what)
	}
	put(strings.TrimSuffix(body, "\n"), CauseBodyLineEnds, "without the line feed at its end")
	put(strings.TrimSpace(body), CauseBodyLineEnds, "without the white space around it")
	put(body+"\n", CauseBodyLineEnds, "with a line feed at its end")
	put(body+"\r\n", CauseBodyLineEnds, "with CR LF at its end")
	put(strings.TrimPrefix(body, "\ufeff"), CauseBodyBOM, "without its byte order mark")
	put("\ufeff"+body, CauseBodyBOM, "with a byte order mark in front")
	put("", CauseBodyEmpty, "left empty")
	put("{}", CauseBodyEmpty, "taken for an empty object, {}")
	put("null", CauseBodyEmpty, "taken for null")
	if d.answer && len(d.e.RequestBody) <= strictjson.MaxSize {
		put(string(d.e.RequestBody), CauseRequestAsAnswer, "of the request, not of its answer")
	}
	if len(d.e.SentBody) > 0 && len(d.e.SentBody) <= strictjson.MaxSize {
		put(string(d.e.SentBody), CauseBody, "that the other side sent")
	}
	unix := strings.ReplaceAll(body, "\r\n", "\n")
	put(unix, CauseBodyLineEnds, "with LF for each CR LF")
	put(strings.ReplaceAll(unix, "\n", "\r\n"), CauseBodyLineEnds, "with CR LF for each LF")
	if len(body) <= maxReparsed {
		d.wrapped(v, body)
		d.formed(v, body)
		d.rewritten(v, body)
		d.changed(v, body)
	}
	return v.list
}

// wrapped are the body in a wrapping or in another character set.
func (d *doctor) wrapped(v *variants, body string) {
	put := func(text, what string) { v.put(text, CauseBodyEncoded, "the body "+what) }
	d.spent += 16 * len(body)
	wide := make([]rune, len(body))
	for i := range len(body) {
		wide[i] = rune(body[i])
	}
	put(string(wide), "read as ISO 8859-1 and written as UTF-8")
	narrow := make([]byte, 0, len(body))
	for _, r := range body {
		if r < 256 {
			narrow = append(narrow, byte(r&0xff))
		}
	}
	if len(narrow) == utf8.RuneCountInString(body) {
		put(string(narrow), "in ISO 8859-1")
	}
	quoted, _ := json.Marshal(body) // of a string: never fails
	put(string(quoted), "quoted as a JSON string")
	var inner string
	if json.Unmarshal([]byte(body), &inner) == nil {
		put(inner, "without the quotes around it")
	}
	put(base64.StdEncoding.EncodeToString([]byte(body)), "in base64")
	if plain, err := base64.StdEncoding.DecodeString(body); err == nil {
		put(string(plain), "decoded from base64")
	}
	if z, err := gzip.NewReader(strings.NewReader(body)); err == nil {
		if plain, err := io.ReadAll(io.LimitReader(z, strictjson.MaxSize)); err == nil {
			d.spent += len(plain)
			put(string(plain), "before its compression")
		}
	}
}

// rewriting is one other way to write JSON.
type rewriting struct {
	what  string
	write func(text string) string
	rare  bool
}

// spacings take compact JSON. Its strings hold no raw line feed.
var spacings = []rewriting{
	{},
	{what: "compacted", write: func(s string) string { return s }},
	{what: "indented by 2", write: indent("  ")},
	{what: "with spaces after : and ,", write: func(s string) string { // as Python does
		return strings.NewReplacer(",\n", ", ", "\n", "").Replace(indent("")(s))
	}},
	{what: "indented by 4", write: indent("    "), rare: true},
	{what: "indented by tabs", write: indent("\t"), rare: true},
	{what: "indented by 2, with CR LF", rare: true, write: func(s string) string {
		return strings.ReplaceAll(indent("  ")(s), "\n", "\r\n")
	}},
	{what: "indented by 2, with spaces around :", rare: true, write: func(s string) string { // as Jackson does
		return strings.ReplaceAll(indent("  ")(s), `": `, `" : `)
	}},
}

func indent(by string) func(string) string {
	return func(compact string) string {
		var b bytes.Buffer
		_ = json.Indent(&b, []byte(compact), "", by) // it is valid
		return b.String()
	}
}

// escapings are the habits of writers: of PHP to escape / and é, of Go to
// escape <, of Gson to escape = as well, of .NET to do it in capitals.
var escapings = []rewriting{
	{},
	{what: `with / for \/`, write: replace(`\/`, "/")},
	{what: `with \/ for /`, write: slashes},
	{what: "with < > & raw", write: rawHTML},
	{what: `with \u003c for <`, write: replace("<", `\u003c`, ">", `\u003e`, "&", `\u0026`,
		"\u2028", `\u2028`, "\u2029", `\u2029`)},
	{what: "with letters beyond ASCII raw", write: rawLetters},
	{what: `with \u00e9 for é`, write: escapeLetters("0123456789abcdef")},
	{what: `with \/ for / and \u00e9 for é`, write: func(s string) string {
		return escapeLetters("0123456789abcdef")(slashes(s))
	}},
	{what: "with nothing escaped", write: func(s string) string {
		return rawLetters(rawHTML(replace(`\/`, "/")(s)))
	}},
	{what: `with \u00E9 for é`, write: escapeLetters("0123456789ABCDEF"), rare: true},
	{what: `with \u003C for <`, write: capitalHTML, rare: true},
	{what: `with \u003C for < and \u00E9 for é`, rare: true, write: func(s string) string {
		return escapeLetters("0123456789ABCDEF")(capitalHTML(s))
	}},
	{what: `with \u003c for < and \u003d for =`, rare: true, write: replace("<", `\u003c`, ">", `\u003e`, "&", `\u0026`,
		"=", `\u003d`, "'", `\u0027`)},
}

var (
	slashes     = replace(`\/`, `\/`, "/", `\/`)
	capitalHTML = replace("<", `\u003C`, ">", `\u003E`, "&", `\u0026`, "'", `\u0027`, "+", `\u002B`, "`", `\u0060`)
	rawHTML     = replace(`\u003c`, "<", `\u003C`, "<", `\u003e`, ">", `\u003E`, ">", `\u0026`, "&",
		`\u003d`, "=", `\u003D`, "=", `\u0027`, "'", `\u002b`, "+", `\u002B`, "+", `\u0060`, "`")
)

// replace makes a writer that leaves escaped backslashes alone.
func replace(pairs ...string) func(string) string {
	return strings.NewReplacer(append([]string{`\\`, `\\`}, pairs...)...).Replace
}

func escapeLetters(digits string) func(string) string {
	return func(text string) string {
		var b strings.Builder
		for _, r := range text {
			if r < utf8.RuneSelf {
				b.WriteRune(r)
				continue
			}
			for _, unit := range utf16.AppendRune(nil, r) {
				b.WriteString(`\u`)
				for shift := 12; shift >= 0; shift -= 4 {
					b.WriteByte(digits[unit>>shift&15])
				}
			}
		}
		return b.String()
	}
}

var escapedLetters = regexp.MustCompile(`\\\\|(\\u[0-9a-fA-F]{4})+`)

func rawLetters(text string) string {
	return escapedLetters.ReplaceAllStringFunc(text, func(s string) string {
		var raw string
		if json.Unmarshal([]byte(`"`+s+`"`), &raw) != nil || raw[0] < utf8.RuneSelf {
			return s
		}
		return raw
	})
}

// source is the body with other values, or its members in another order.
type source struct {
	text  string
	cause Cause
	what  string
}

// sources are the body itself and what other programs keep of it.
func sources(bare, compact string) []source {
	all := []source{{text: bare}}
	if sorted := sortedJSON(compact); sorted != "" {
		all = append(all, source{sorted, CauseBodyOrder, "with its members sorted by name"})
	}
	objects, lists := emptied(compact)[0], emptied(compact)[1]
	return append(all,
		source{objects, CauseBodyEmptied, "with {} for []"},
		source{lists, CauseBodyEmptied, "with [] for {}"},
		source{numbered(compact)[0], CauseBodyNumbers, "with its numbers written as JavaScript does"},
	)
}

// rewritten are the body as other JSON writers write it.
func (d *doctor) rewritten(v *variants, body string) {
	bare := strings.TrimPrefix(body, "\ufeff")
	compact, ok := compactJSON(bare)
	if !ok {
		return
	}
	trimmed := strings.TrimSpace(bare)
	v.putRare(trimmed, CauseBodyBOM, "the body without its byte order mark and the white space around it")
	v.putRare(trimmed+"\n", CauseBodyLineEnds, "the body with nothing around it but a line feed at its end")
	for _, source := range sources(trimmed, compact) {
		same := source.text == compact && source.what != ""
		for _, escaping := range escapings {
			for j, spacing := range spacings {
				isCompact := source.text == compact || source.what != ""
				changes := count(source.what != "", escaping.write != nil, spacing.write != nil)
				compactTwice := isCompact && j == 1
				tooLarge := changes > 1 && len(body) > maxRewritten
				if same || changes == 0 || compactTwice || tooLarge || d.spent > maxSpent/3 {
					continue
				}
				text, cause := source.text, CauseBodyEscapes
				var words []string
				if escaping.write != nil {
					text, words = escaping.write(text), []string{escaping.what}
				}
				if spacing.write != nil {
					text, _ = compactJSON(text)
					text, cause, words = spacing.write(text), CauseBodySpaces, append(words, spacing.what)
				}
				if source.what != "" {
					cause, words = source.cause, append(words, source.what)
				}
				d.spent += 10 * len(text) // slower than hashing
				what := "the body " + strings.Join(words, ", ")
				rare := escaping.rare || spacing.rare || changes > 1
				v.add(variant{text, note{cause, what}, rare})
				v.putRare(text+"\n", cause, what+", with a line feed at its end")
				if trimmed != bare && cause == CauseBodyEscapes {
					v.putRare(escaping.write(bare), cause, what)
				}
			}
		}
	}
}

// changed are the body whose values or whose order other programs changed, as far as
// that can be undone.
func (d *doctor) changed(v *variants, body string) {
	put := func(text string, cause Cause, what string) {
		d.spent += len(text) / 4 // little more than a copy
		v.putRare(text, cause, "the body "+what)
	}
	if len(body) > maxRewritten {
		return
	}
	for _, text := range replacementsMade(body) {
		v.put(text, CauseBodyReplaced, "the body with ? or U+FFFD for its letters beyond ASCII")
	}
	if len(body) <= maxRestored {
		replacementsUndone(body, func(text string) {
			put(text, CauseBodyReplaced, "with the letters that became ? or U+FFFD")
		})
	}
	compact, ok := compactJSON(body)
	if !ok {
		return
	}
	v.put(jsonbText(compact), CauseBodyJSONB, "the body as PostgreSQL writes jsonb")
	for _, text := range emptied(compact) {
		put(text, CauseBodyEmptied, "with {} for [], or [] for {}")
	}
	for _, text := range numbered(compact) {
		put(text, CauseBodyNumbers, "with its numbers written in another way")
	}
	cause, what := CauseBodyOrder, "with its members in another order"
	if looksLikeJSONB(body) {
		cause, what = CauseBodyJSONB, "with its members in the order that they had before jsonb"
	}
	for text := range memberOrders(compact) {
		put(text, cause, what)
	}
}

func count(all ...bool) (n int) {
	for _, one := range all {
		if one {
			n++
		}
	}
	return n
}

// compactJSON takes the white space out of an object or a list.
func compactJSON(text string) (string, bool) {
	levels := nesting(text)
	if !utf8.ValidString(text) || levels > maxNesting || levels*len(text) > maxIndented {
		return "", false
	}
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return "", false
	}
	return b.String(), strings.IndexByte("{[", b.Bytes()[0]) >= 0
}

// nesting returns the deepest level of JSON text. It ignores brackets within
// strings.
func nesting(text string) (deepest int) {
	level, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// sortedJSON decodes and encodes, like a program that keeps objects in maps.
func sortedJSON(compact string) string {
	decoder := json.NewDecoder(strings.NewReader(compact))
	decoder.UseNumber()
	var value any
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if decoder.Decode(&value) != nil || encoder.Encode(value) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// firstDifference says where two bodies begin to differ. It names the kind of byte
// there, and shows none of a payer's data.
func firstDifference(given, signed string) string {
	i := 0
	for i < len(given) && i < len(signed) && given[i] == signed[i] {
		i++
	}
	return "given " + strconv.Itoa(len(given)) + " bytes, signed " + strconv.Itoa(len(signed)) +
		"; the first difference is at byte " + strconv.Itoa(i) + ": " +
		kindOfByte(given[i:]) + ", signed " + kindOfByte(signed[i:])
}

func kindOfByte(rest string) string {
	if rest == "" {
		return "the end"
	}
	kinds := map[byte]string{' ': "a space", '\n': "LF", '\r': "CR", '\t': "a tab", '\\': "a backslash", '/': "a slash"}
	switch c := rest[0]; {
	case kinds[c] != "":
		return kinds[c]
	case strings.IndexByte(`{}[]:,"`, c) >= 0:
		return "punctuation of JSON"
	case c >= utf8.RuneSelf:
		return "a byte beyond ASCII"
	}
	return "another byte"
}
