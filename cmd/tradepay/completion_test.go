//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// completed are the words that the command offers, without what they are about.
func completed(u *user, words ...string) []string {
	u.t.Helper()
	got := u.run(append([]string{completeCommand}, words...)...)
	require.Equal(u.t, exitOK, got.code)
	require.Empty(u.t, got.stderr)
	var found []string
	for line := range strings.Lines(got.out) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		found = append(found, word)
	}
	return found
}

// TestCompletionOffers what may follow, for each kind of word.
func TestCompletionOffers(t *testing.T) {
	t.Parallel()
	u := newUser(t, map[string]string{})
	withProfile(t, u, "shop", "TRADEPAY_WALLET=Toka\n")
	for _, test := range []struct {
		line string // words; the last one is being written
		want string // the first ones that are offered
	}{
		{"or", "order"},
		{"order ", "create query wait cancel refund capture void"},
		{"order c", "create cancel capture"},
		{"token ", "apply refresh cancel"},
		{"help to", "token"},
		{"help token re", "refresh"},
		{"order query -pay", "-payment-id"},
		{"order query --pay", "-payment-id"},
		{"order create -wallet vod", "vodapay vodafone-egypt"},
		{"order create -wallet=touch", "-wallet=touch-n-go"},
		{"order create -wallet = touch", "touch-n-go"}, // as bash splits it
		{"order create -wallet vodapay -base-url ", "production sandbox"},
		{"sandbox -wallet plat", "platform-v1 platform-v2"},
		{"sandbox -fault NotifyD", "NotifyDuplicate NotifyDelayed"},
		{"sandbox -dir ", ":folder"},
		{"keygen -bits ", "2048 3072 4096"},
		{"notify -status ", "SUCCESS FAIL"},
		{"wallets gc", "gcash gcash-v1"},
		{"wallets gcash ", ""},
		{"completion ", "bash zsh fish"},
		{"call inq", "inquiryPayment inquiryRefund inquiryUserInfo"},
		{"call -wallet toka re", "reconciliation refund"},
		{"call -profile shop re", "reconciliation refund"},
		{"call pay -body ", ":file"},
		{"doctor -message ", ":file"},
		{"doctor -private-key-file ", ":file"},
		{"order query -profile ", "shop"},
		{"-profile sh", "shop"},
		{"-profile shop order qu", "query"},
		{"order query -lang ", "en es"},
		{"order query -id ", ""},
		{"order query ", ""},
		{"nonsense ", ""},
		{"order nonsense ", ""},
	} {
		words := strings.Split(test.line, " ")
		require.Equal(t, strings.Fields(test.want), strings.Fields(strings.Join(completed(u, words...), " ")),
			test.line)
	}
	require.Contains(t, completed(u, ""), "help")
	require.Contains(t, u.run(completeCommand, "-lang", "es", "or").out, "order\tcreate, query")
	require.Contains(t, u.run(completeCommand, "keygen", "-lang", "es", "-na").out, "comienzo del nombre")
	var flags []string
	for _, row := range topics["order query"].rows() {
		flags = append(flags, "-"+row.name)
	}
	offered := completed(u, "order", "query", "-")
	require.Subset(t, offered, flags, "every flag of the table")
	require.Subset(t, completed(u, ""), []string{"version", "settings", "codes"})
}

// TestCompletionInShells: each shell reads its script, and completes by it.
func TestCompletionInShells(t *testing.T) {
	t.Parallel()
	file, err := binary()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "body file.json"), nil, 0o600))
	for shell, script := range map[string]string{
		"bash": `set -e
source <(tradepay completion bash)
COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_tradepay
printf '%%s\n' "${COMPREPLY[@]}"`,
		// zsh completes in a terminal only: _describe and _files say what they would offer.
		"zsh": `set -e
autoload -Uz compinit && compinit -D -u
source <(tradepay completion zsh)
[[ "${_comps[tradepay]}" = _tradepay ]]
_describe() { local -a list; list=("${(@P)${@[-1]}}"); print -l -- "${(@)list%%%%:*}" }
_files() { print -l -- *.json }
words=(%s); CURRENT=${#words}
_tradepay`,
		"fish": `tradepay completion fish | source
complete -C %s | string replace -r '\t.*' ''; true`,
	} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is missing; script/shells installs it", shell)
			}
			for line, want := range map[string]string{
				"tradepay order c":                  "create cancel capture",
				"tradepay order create -wallet vod": "vodapay vodafone-egypt",
				"tradepay order query -payment":     "-payment-id",
				"tradepay call pay -body bo":        "body file.json",
			} {
				given := line
				if shell == "fish" {
					given = shellQuote(line)
				}
				cmd := exec.CommandContext(t.Context(), path, "-c", fmt.Sprintf(script, given))
				if shell == "bash" {
					cmd.Args = []string{path, "--norc", "-c", fmt.Sprintf(script, given)}
				}
				cmd.Dir = folder
				cmd.Env = []string{"PATH=" + filepath.Dir(file) + ":" + os.Getenv("PATH"), "HOME=" + folder,
					"TERM=dumb"}
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s: %s", line, out)
				got := regexp.MustCompile(`\s+`).ReplaceAllString(strings.TrimSpace(strings.ReplaceAll(string(out),
					`\ `, " ")), " ")
				require.ElementsMatch(t, strings.Fields(want), strings.Fields(got), line)
			}
		})
	}
}

// TestCompletionScriptsParse: each shell accepts the script as it is.
func TestCompletionScriptsParse(t *testing.T) {
	t.Parallel()
	for shell, script := range completions {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Skipf("%s is missing; script/shells installs it", shell)
		}
		out, err := exec.CommandContext(t.Context(), path, "-n", write(t, "script", script)).CombinedOutput()
		require.NoError(t, err, "%s: %s", shell, out)
		require.Equal(t, script, newUser(t, nil).run("completion", shell).out)
	}
}
