package keyform

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// maxDepth is how often one form may stand in another, such as PEM in base64.
const maxDepth = 3

// read returns the keys in data, which is a file, a variable, or what base64 of these stood
// for. What is read is never guessed: whatever is taken off cannot be part of a key.
func read(data []byte, depth int) ([]key, error) {
	if err := beginsExactly(binaries, data); err != nil {
		return nil, err
	}
	if looksLikeDER(data) {
		return readDER(data)
	}
	text, err := decoded(data)
	if err != nil {
		return nil, err
	}
	text = trimmed(text)
	if text == "" {
		if bytes.IndexByte(data, 0) >= 0 {
			return nil, unusable("holds nothing but zero bytes", "take the file from where it came")
		}
		return nil, unusable("is empty", "look at the file or variable that it is read from")
	}
	if framed := plain(text); pemLine.MatchString(framed) {
		return readPEM(framed)
	}
	// Names are taken off before escapes are undone, for those in a path, and after it.
	for _, undone := range []func(string) string{strings.TrimSpace, plain} {
		if text, err = unwrapped(undone(text)); err != nil {
			return nil, err
		}
		if keys, err := readNotation(text); keys != nil || err != nil {
			return keys, err
		}
	}
	if err := begins(notations, text); err != nil {
		return nil, err
	}
	if depth == maxDepth {
		return nil, errNoKey
	}
	return readBare(text, depth)
}

var errNoKey = unusable("is neither PEM nor base64 nor DER of a key", lookRemedy)

// decoded returns UTF-16 as UTF-8, and other text as it is.
func decoded(data []byte) (string, error) {
	little := bytes.HasPrefix(data, []byte("\xff\xfe"))
	big := bytes.HasPrefix(data, []byte("\xfe\xff"))
	if len(data) >= 4 && !little && !big { // without a mark, every other byte of a key is zero
		little = data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0
		big = data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0
	}
	if !little && !big {
		return string(data), nil
	}
	if len(data)%2 == 1 { // a program that knows no UTF-16 adds one byte for the line's end
		if last := data[len(data)-1]; last != '\n' && last != 0 {
			return "", unusable("is UTF-16 text that lacks a byte", wholeRemedy)
		}
		data = data[:len(data)-1]
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i < len(data); i += 2 {
		unit := uint16(data[i])<<8 | uint16(data[i+1])
		if little {
			unit = unit<<8 | unit>>8
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units)), nil
}

// trimmed takes off what stands around a text without being seen.
func trimmed(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r == 0 || unicode.IsSpace(r) || invisible(r) })
}

// invisible reports whether a character has no width: byte order mark, joiners, hyphen of
// a line that may break.
func invisible(r rune) bool {
	return r == 0xfeff || r >= 0x200b && r <= 0x200d || r == 0x2060 || r == 0xad
}

// assignment is what stands before a value: NAME=, export NAME=, $env:NAME =, NAME: |,
// const name = and others.
var assignment = regexp.MustCompile(`^(?:- )?(?:[A-Za-z_]+[ \t]+){0,4}["']?[$@]?[A-Za-z_][\w.:-]{0,63}?["']?\s*` +
	`(?:=>|:=|=|:)\s*(?:[|>][+-]?\s+)?`)

// unwrapped takes the name and the quotation marks off a value.
func unwrapped(text string) (string, error) {
	if len(settings.FindAllString(text, 2)) > 1 {
		return "", foreign("a file of several settings", "give the value of the one that holds the key")
	}
	for range 4 {
		if err := notKey(text); err != nil {
			return "", err
		}
		inner := text
		if value := text[len(assignment.FindString(text)):]; !strings.HasPrefix(value, "=") {
			inner = value // with a second =, it is no name but a base64 text and its padding
		}
		inner = trimmed(strings.TrimRight(trimmed(inner), ",;"))
		inner = trimmed(strings.TrimRight(strings.Trim(inner, quotes), `\`))
		if inner == text {
			return text, nil
		}
		if text = inner; text == "" {
			return "", unusable("is empty but for a name or quotation marks",
				"look at the file or variable that it is read from")
		}
	}
	return text, nil
}

const quotes = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"

var (
	escapedBreak = regexp.MustCompile(`\\+(?:[nr]|\r?\n)`)
	escapedTab   = regexp.MustCompile(`\\+t`)
	escapedSign  = regexp.MustCompile(`\\+([/"'])`)
	escapedCode  = regexp.MustCompile(`\\+u00([0-7][0-9a-fA-F])`)
	escapedURL   = regexp.MustCompile(`%(?:0[AaDd]|2[0BbDdFf]|3[Dd])`)
	escapedHTML  = regexp.MustCompile(`&(?:#\w+|quot|amp|apos|nbsp);`)
	joint        = regexp.MustCompile(`["']\s*[+.]?\s*["']`)
)

// plain undoes escapes, and gives spaces, line breaks and dashes the one form that PEM
// knows. None of the characters that it replaces can be a part of base64.
func plain(text string) string {
	if escapedHTML.MatchString(text) {
		text = html.UnescapeString(text)
	}
	if escapedURL.MatchString(text) {
		unescape := url.PathUnescape // + is itself
		if strings.Contains(text, "BEGIN+") {
			unescape = url.QueryUnescape // + is a space
		}
		if unescaped, err := unescape(text); err == nil {
			text = unescaped
		}
	}
	if strings.Contains(text, `\`) {
		text = escapedCode.ReplaceAllStringFunc(text, func(escape string) string {
			code, _ := hex.DecodeString(escape[len(escape)-2:]) // two digits, by the expression
			return string(code)
		})
		text = escapedBreak.ReplaceAllString(text, "\n")
		text = escapedTab.ReplaceAllString(text, " ")
		text = escapedSign.ReplaceAllString(text, "$1")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case invisible(r):
			return -1
		case r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return '\n'
		case r != '\n' && unicode.IsSpace(r):
			return ' '
		case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
			return '-'
		}
		return r
	}, text)
	return joint.ReplaceAllString(text, "") // "…" + "…" of a program
}

// readBare reads what has no frame: base64 or hexadecimal digits of DER, of PEM, or of base64.
func readBare(text string, depth int) ([]key, error) {
	compact := strings.Join(strings.Fields(text), "")
	if der, ok := fromHex(compact); ok {
		return readDER(der)
	}
	data, at := fromBase64(compact)
	switch {
	case at >= 0 && !mostlyBase64(compact):
		return nil, errNoKey
	case at >= 0:
		return nil, unusable(fmt.Sprintf("is base64 that is damaged or cut off at its character %d of %d, white space "+
			"not counted", at+1, len(compact)), wholeRemedy)
	case len(compact) < 100:
		return nil, unusable(fmt.Sprintf("is too short for a key, with %d characters", len(compact)), lookRemedy)
	}
	keys, err := read(data, depth+1)
	if errors.Is(err, errNoKey) {
		return nil, unusable("is not a usable RSA key: it is base64, but not of a key", lookRemedy)
	}
	return keys, err
}

// mostlyBase64 reports whether a text may be a key with some wrong characters.
func mostlyBase64(text string) bool {
	wrong := 0
	for _, r := range text {
		if !isBase64(r) {
			wrong++
		}
	}
	return len(text) >= 100 && wrong <= len(text)/20
}

func isBase64(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' ||
		r == '+' || r == '/' || r == '-' || r == '_' || r == '='
}

// urlSafe turns the alphabet of URLs into the usual one.
var urlSafe = strings.NewReplacer("-", "+", "_", "/")

// fromBase64 decodes base64 of either alphabet without white space; the padding may be missing.
// at is where it is wrong, or -1.
func fromBase64(text string) (data []byte, at int) {
	for i, r := range text {
		if !isBase64(r) {
			return nil, i
		}
	}
	unpadded := strings.TrimRight(text, "=")
	if i := strings.IndexByte(unpadded, '='); i >= 0 {
		return nil, i
	}
	if padding := len(text) - len(unpadded); padding > 0 && (padding > 2 || len(text)%4 != 0) {
		return nil, len(unpadded)
	}
	data, err := base64.RawStdEncoding.Strict().DecodeString(urlSafe.Replace(unpadded))
	if err != nil { // a character too many or too few
		return nil, max(len(unpadded)-1, 0)
	}
	return data, -1
}

// fromHex decodes hexadecimal digits, with or without colons, of a DER that is longer than 127 bytes.
func fromHex(text string) ([]byte, bool) {
	digits := strings.ReplaceAll(text, ":", "")
	if !strings.HasPrefix(digits, "308") {
		return nil, false
	}
	data, err := hex.DecodeString(digits)
	return data, err == nil && looksLikeDER(data)
}
