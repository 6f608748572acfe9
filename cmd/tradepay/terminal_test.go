package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestColours: on a terminal only, and never with NO_COLOR.
func TestColours(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	require.False(t, bool(paletteFor(new(bytes.Buffer), none)))
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	require.False(t, bool(paletteFor(file, none)))
	terminal, err := os.Open(os.DevNull) // a character device, as terminals are
	require.NoError(t, err)
	defer func() { _ = terminal.Close() }()
	require.True(t, bool(paletteFor(terminal, none)))
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		require.False(t, bool(paletteFor(terminal, func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		})), name)
	}
	require.Equal(t, "\x1b[31mx\x1b[0m", palette(true).bad("x"))
	require.Equal(t, "x", palette(false).good("x"))
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"order-1", "", "it's", `a"b`, "a b", "$HOME", "`id`", "ñ", "a\nb",
		"1=/tmp/x,2=/tmp/y", `\`, "*", "~", "#"} {
		got, err := shellWords("x " + shellQuote(word))
		require.NoError(t, err, word)
		require.Equal(t, []string{"x", word}, got)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Señor 10.50 €", printable("Señor 10.50 €"))
	require.Equal(t, `"\x1b[2J"`, printable("\x1b[2J"))
	require.Equal(t, `"a\u202eb"`, printable("a\u202eb"))
	require.Equal(t, `"\x9b2J"`, printable("\x9b2J"), "CSI of 8 bits")
	require.Equal(t, `"\u009b2J"`, printable("\u009b2J"))
}

// TestHostileTexts: what a server or a file says moves no cursor, in errors and
// in JSON, and the JSON says the same.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const hostile = "a\x1b]0;t\a\u009b2J\u202e\u2066\x7f\U000e0041é€😀"
	require.Equal(t, `a\u001b]0;t\u0007\u009b2J\u202e\u2066\u007f\udb40\udc41é€😀`,
		(new(cli)).errorText(errors.New(hostile)))
	require.Equal(t, "a\ufffdb", (new(cli)).errorText(errors.New("a\x9bb")))
	for _, print := range []func(io.Writer, any) error{printJSON, printJSONLine} {
		var b bytes.Buffer
		require.NoError(t, print(&b, map[string]string{hostile: hostile}))
		require.Empty(t, strings.Trim(strings.Map(func(r rune) rune {
			if strconv.IsPrint(r) {
				return -1
			}
			return r
		}, b.String()), "\n"))
		var back map[string]string
		require.NoError(t, json.Unmarshal(b.Bytes(), &back))
		require.Equal(t, map[string]string{hostile: hostile}, back)
	}
}
