package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManual: the whole help is in it, and a formatter reads it without a word.
func TestManual(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "es"} {
		got := newUser(t, nil).run("-lang", lang, "help", "-man")
		require.Equal(t, exitOK, got.code)
		for _, name := range topicOrder {
			if topics[name].isCommand() {
				require.Contains(t, got.out, "\n.SS tradepay "+roff(name)+"\n")
			}
		}
		require.Contains(t, got.out, `\-refund\-id`)
		require.Contains(t, got.out, "TRADEPAY_WALLET")
		groff, err := exec.LookPath("groff")
		if err != nil {
			continue // the text is checked; only its formatting is not
		}
		cmd := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-z", "-Kutf8")
		cmd.Stdin = strings.NewReader(got.out)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Empty(t, string(out))
	}
}
