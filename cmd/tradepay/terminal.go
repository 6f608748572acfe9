package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// palette colours text if it is true.
type palette bool

// paletteFor colours on a terminal only, and never where NO_COLOR is set.
func paletteFor(w io.Writer, getenv func(string) string) palette {
	return palette(isTerminal(w) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb")
}

// isTerminal reports whether somebody reads what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// sameFile reports whether two streams go to the same place, such as one terminal.
func sameFile(a, b io.Writer) bool {
	x, ok := a.(*os.File)
	y, okay := b.(*os.File)
	if !ok || !okay {
		return false
	}
	one, err := x.Stat()
	other, fault := y.Stat()
	return err == nil && fault == nil && os.SameFile(one, other)
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
func (p palette) wait(text string) string { return p.paint("33", text) }
func (p palette) dim(text string) string  { return p.paint("2", text) }

// status colours a status or a code by what it means.
func (p palette) status(word string) string {
	switch word {
	case "SUCCESS", "AUTH_SUCCESS", "9000":
		return p.good(word)
	case "PROCESSING", "ACCEPT":
		return p.wait(word)
	case "FAIL", "CANCELLED":
		return p.bad(word)
	}
	return word
}

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
			width = max(width, utf8.RuneCountInString(row[0]))
		}
	}
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(w, "%s%s  %s\n", p.bold(row[0]), strings.Repeat(" ", width-utf8.RuneCountInString(row[0])),
				printable(row[1]))
		}
	}
}

// release is the version where the program cannot know it: in an image, which is
// built from files without their history. -ldflags='-X main.release=v1.2.3' sets it.
var release string

// version returns the version of the module, as go install knows it, and that of Go.
func version() (number, toolchain string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versionOf("", release), runtime.Version()
	}
	return versionOf(info.Main.Version, release), info.GoVersion
}

// versionOf prefers what Go wrote into the program to what the linker was told.
func versionOf(built, told string) string {
	if built == "(devel)" && told != "" {
		return told
	}
	return cmp.Or(built, told, "unknown")
}
