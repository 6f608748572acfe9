package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// language is the language of the help.
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

func (l language) pick(en, es string) string {
	if l == spanish {
		return es
	}
	return en
}

// palette colours text if it is true.
type palette bool

// paletteFor colours on a terminal only, and never where NO_COLOR is set.
func paletteFor(w io.Writer, getenv func(string) string) palette {
	f, ok := w.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return palette(err == nil && info.Mode()&os.ModeCharDevice != 0)
}

func (p palette) paint(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) bold(text string) string { return p.paint("1", text) }
func (p palette) good(text string) string { return p.paint("32", text) }
func (p palette) bad(text string) string  { return p.paint("31", text) }

// printable quotes text of strangers that could move the cursor.
func printable(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, moves) {
		return strconv.QuoteToASCII(text)
	}
	return text
}

// moves reports whether a terminal may do more with a character than show it.
func moves(r rune) bool { return !strconv.IsPrint(r) }

// harmless escapes such characters as strings in JSON and Go do.
func harmless(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	if !strings.ContainsFunc(text, moves) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !moves(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// shellQuote writes a word as a POSIX shell reads it.
func shellQuote(word string) string {
	if word != "" && strings.Trim(word,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// fields prints names and values in two columns. It leaves out empty values.
func fields(w io.Writer, p palette, rows ...[2]string) {
	width := 0
	for _, row := range rows {
		if row[1] != "" {
			width = max(width, len(row[0]))
		}
	}
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(w, "%s%s  %s\n", p.bold(row[0]), strings.Repeat(" ", width-len(row[0])), printable(row[1]))
		}
	}
}

// release is the version where the program cannot know it: in an image, which is
// built from files without their history. -ldflags='-X main.release=v1.2.3' sets it.
var release string

// version returns the version of the module, as go install knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "tradepay " + cmp.Or(release, "(unknown version)")
	}
	return "tradepay " + versionOf(info.Main.Version, release) + " " + info.GoVersion
}

// versionOf prefers what Go wrote into the program to what the linker was told.
func versionOf(built, told string) string {
	if built == "(devel)" && told != "" {
		return told
	}
	return cmp.Or(built, told, "(unknown version)")
}
