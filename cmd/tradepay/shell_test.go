package main

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShellWordsAreThoseOfBash asks bash itself how it reads the same commands.
func TestShellWordsAreThoseOfBash(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // it has no bash
	}
	for _, command := range []string{
		`a 'b c' "d e" f\ g`,
		"a \\\n  b'c'\\\nd",
		`'' "" $'' a''b`,
		`'a'\''b' "it's" "a\"b\\c\$d\e\x41"`,
		"\"a\\\nb\nc\"",
		`$'caf\u00e9 \x41\x1 \u41g \U1F600\n\r\t\a\b\e\f\v\\\'\"\?'`,
		`a#b 'c'#d # a comment 'that is not closed`,
		`a$ b$'c' "$" "d$'e'" ^a {} a]b c}d`,
		`https://h/p?a=1 -H "A: b" --json '{"a":"é"}' ; echo done`,
		"a b\necho done",
		"a b && echo done",
		"a b | cat",
		"a b &",
	} {
		words, err := shellWords("$ " + command)
		require.NoError(t, err, command)
		first := command // bash must not run the rest
		for _, end := range []string{" ; ", "\necho", " && ", " | ", " &"} {
			if at := strings.LastIndex(first, end); at > 0 && !strings.Contains(first, "U1F600") {
				first = first[:at]
			}
		}
		bash := exec.CommandContext(t.Context(), "bash", "--norc", "-c", "set -f; printf '%s\\0' "+first)
		bash.Env = []string{"LC_ALL=C.UTF-8"}
		out, err := bash.Output()
		require.NoError(t, err, command)
		require.Equal(t, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), words, command)
	}
}
