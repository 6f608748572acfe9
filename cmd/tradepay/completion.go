package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// completeCommand is what the shells run to complete a line. It is not for people.
const completeCommand = "__complete"

// completions are the scripts that the shells read. Each asks the command itself, with the
// words of the line up to the cursor. The answer has a candidate on each line, and what it is
// about behind a tab; a single line :file or :folder asks for the names of files.
var completions = map[string]string{
	"bash": `# Completion of tradepay for bash: source <(tradepay completion bash)
_tradepay() {
	local line out word="${COMP_WORDS[COMP_CWORD]}"
	COMPREPLY=()
	out=$("${COMP_WORDS[0]}" ` + completeCommand + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
	[ "$word" = "=" ] && word=""
	case "$out" in
	:file)
		compopt -o filenames 2>/dev/null || :
		while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
		return 0
		;;
	:folder)
		compopt -o filenames 2>/dev/null || :
		while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word")
		return 0
		;;
	esac
	while IFS= read -r line; do
		[ -n "$line" ] && COMPREPLY+=("${line%%$'\t'*}")
	done <<<"$out"
}
complete -F _tradepay tradepay
`,
	"zsh": `#compdef tradepay
# Completion of tradepay for zsh: source <(tradepay completion zsh), after compinit
_tradepay() {
	local out line
	local -a found
	out=$("${words[1]}" ` + completeCommand + ` "${(@)words[2,CURRENT]}" 2>/dev/null) || return
	case "$out" in
	:file) _files; return ;;
	:folder) _files -/; return ;;
	esac
	for line in "${(@f)out}"; do
		[[ -n "$line" ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	_describe -o nosort 'tradepay' found
}
if [ "${funcstack[1]}" = "_tradepay" ]; then
	_tradepay "$@"
else
	compdef _tradepay tradepay
fi
`,
	"fish": `# Completion of tradepay for fish: tradepay completion fish | source
function __tradepay_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l out ($words[1] ` + completeCommand + ` $words[2..-1] 2>/dev/null)
	switch "$out[1]"
		case ':file'
			__fish_complete_path (commandline -ct)
		case ':folder'
			__fish_complete_directories (commandline -ct)
		case '*'
			printf '%s\n' $out
	end
end
complete -c tradepay -f -a '(__tradepay_complete)'
`,
}

// runCompletion prints the script of a shell.
func runCompletion(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("completion")
	shell := fs.text("shell")
	if err := fs.parse(args); err != nil {
		return err
	}
	script, ok := completions[*shell]
	if !ok {
		return usage("name the shell: bash, zsh or fish")
	}
	_, err := fmt.Fprint(c.stdout, script)
	return err
}

// candidate is one way to go on, and what it is about.
type candidate struct{ word, about string }

// complete prints how the last word may go on.
func (c *cli) complete(words []string) int {
	if len(words) == 0 {
		words = []string{""}
	}
	c.asked(words)
	last := len(words) - 1
	done, word, prefix := words[:last], words[last], ""
	// bash makes three words of -lang=es; the others keep it as one.
	if word == "=" {
		word = ""
	} else if last > 0 && done[last-1] == "=" {
		done = done[:last-1]
	}
	if flagPart, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "-") {
		done, word, prefix = append(slices.Clone(done), flagPart), value, flagPart+"="
	}
	for _, found := range c.candidates(done) {
		switch {
		case strings.HasPrefix(found.word, ":"):
			fmt.Fprintln(c.stdout, found.word)
		case strings.HasPrefix(found.word, "-") && !strings.HasPrefix(word, "-"): // flags clutter the rest
		case strings.HasPrefix(found.word, strings.TrimPrefix(word, dashes(word))) ||
			strings.HasPrefix(found.word, word):
			fmt.Fprintf(c.stdout, "%s%s\t%s\n", prefix, found.word, found.about)
		}
	}
	return exitOK
}

// dashes returns the first of two dashes, since --id is -id.
func dashes(word string) string {
	if strings.HasPrefix(word, "--") {
		return "-"
	}
	return ""
}

// candidates are what may follow these words.
func (c *cli) candidates(words []string) []candidate {
	if before, rest, err := commonFlags(words); err == nil && len(before) > 0 {
		words = rest
	}
	switch {
	case len(words) == 1 && strings.HasPrefix(words[0], "-"):
		return c.valuesOf(topic{settings: true}, words[0], words)
	case len(words) == 0:
		return append(c.commands(""), candidate{"help", c.lang.say("explain a command, with examples")})
	case words[0] == "help" && len(words) == 1:
		return c.commands("")
	case words[0] == "help" && len(words) == 2:
		return c.commands(words[1])
	case isGroup(words[0]) && len(words) == 1:
		return c.commands(words[0])
	}
	name, rest := words[0], words[1:]
	if isGroup(name) {
		name, rest = name+" "+words[1], words[2:]
	}
	t, ok := topics[name]
	if !ok {
		return nil
	}
	if len(rest) > 0 && strings.HasPrefix(rest[len(rest)-1], "-") && c.takesValue(t, rest[len(rest)-1]) {
		return c.valuesOf(t, rest[len(rest)-1], rest)
	}
	var found []candidate
	if t.argument != nil && !c.hasArgument(t, rest) {
		found = c.valuesOf(t, "-"+t.argument.flag, rest)
	}
	return append(found, c.flags(t)...)
}

// commands are the words that may begin a line, or follow the first word of a group.
func (c *cli) commands(group string) []candidate {
	var found []candidate
	seen := make(map[string]bool)
	for _, name := range topicOrder {
		first, verb, _ := strings.Cut(name, " ")
		word, about := first, topics[name].summary.in(c.lang)
		if group != "" && first != group || group != "" && verb == "" {
			continue
		}
		if group != "" {
			word = verb
		} else if verb != "" {
			about = strings.Join(verbsOf(first), ", ")
		}
		if !seen[word] {
			seen[word] = true
			found = append(found, candidate{word, about})
		}
	}
	return found
}

// flags are those of a subcommand.
func (c *cli) flags(t topic) []candidate {
	var found []candidate
	for _, row := range t.rows() {
		found = append(found, candidate{"-" + row.name, row.in(c.lang)})
	}
	if t.settings {
		for _, v := range tradepayenv.Variables() {
			if !v.Secret {
				found = append(found, candidate{"-" + flagName(v.Name), text{v.Usage,
					settingsInSpanish[v.Name]}.in(c.lang)})
			}
		}
	}
	return found
}

// row returns the flag of this name.
func (t topic) row(name string) (flagRow, bool) {
	name = strings.TrimLeft(name, "-")
	for _, row := range t.rows() {
		if row.name == name {
			return row, true
		}
	}
	for _, v := range tradepayenv.Variables() {
		if t.settings && !v.Secret && flagName(v.Name) == name {
			return flagRow{name: name, value: settingValues[v.Name], preset: ""}, true
		}
	}
	return flagRow{}, false
}

// settingValues are the placeholders of the settings whose values can be completed.
var settingValues = map[string]string{
	tradepayenv.Wallet: "WALLET", tradepayenv.PrivateKeyFile: "FILE", tradepayenv.WalletKeyFile: "FILE",
	tradepayenv.BaseURL: "GATEWAY",
}

// takesValue reports whether a word is a flag whose value is the next word.
func (c *cli) takesValue(t topic, word string) bool {
	row, ok := t.row(word)
	_, toggle := row.preset.(bool)
	return ok && !toggle && !strings.Contains(word, "=")
}

// hasArgument reports whether the argument without a flag is there already.
func (c *cli) hasArgument(t topic, rest []string) bool {
	for i, word := range rest {
		isValue := i > 0 && strings.HasPrefix(rest[i-1], "-") && c.takesValue(t, rest[i-1])
		if !strings.HasPrefix(word, "-") && !isValue {
			return true
		}
		if row, ok := t.row(word); ok && row.name == t.argument.flag {
			return true
		}
	}
	return false
}

// valuesOf are the values that a flag may have.
func (c *cli) valuesOf(t topic, name string, words []string) []candidate {
	row, _ := t.row(name)
	switch row.value {
	case "FILE":
		return []candidate{{word: ":file"}}
	case "DIR":
		return []candidate{{word: ":folder"}}
	case "WALLET":
		return c.walletCandidates()
	case "PROFILE":
		return plain(c.profileNames()...)
	case "LANGUAGE":
		return []candidate{{"en", "English"}, {"es", "español"}}
	case "SHELL":
		return plain("bash", "zsh", "fish")
	case "OPERATION":
		return c.operationCandidates(t, words)
	case "FAULT":
		var found []candidate
		for _, kind := range tradepaytest.FaultKinds() {
			found = append(found, candidate{word: string(kind)})
		}
		return found
	case "STATUS":
		return plain("SUCCESS", "FAIL")
	case "METHOD":
		return plain("POST", "GET", "PUT", "DELETE")
	case "GATEWAY":
		var found []candidate
		if w, ok := c.walletOf(t, words); ok {
			for environment, base := range w.Routes.BaseURLs {
				if !strings.Contains(environment, " ") {
					found = append(found, candidate{environment, base})
				}
			}
		}
		slices.SortFunc(found, func(a, b candidate) int { return strings.Compare(a.word, b.word) })
		return found
	}
	switch {
	case t.name == "sandbox" && row.name == "wallet":
		return c.walletCandidates()
	case t.name == "message send" && row.name == "channel":
		return plain("inbox", "push")
	case row.name == "kind":
		return plain(string(doctor.EvidenceRequest), string(doctor.EvidenceResponse),
			string(doctor.EvidenceNotification),
			string(doctor.EvidenceAcknowledgement))
	case row.name == "bits":
		return plain("2048", "3072", "4096")
	}
	return nil
}

// plain are candidates that need no explanation.
func plain(words ...string) []candidate {
	var found []candidate
	for _, word := range words {
		found = append(found, candidate{word: word})
	}
	return found
}

func (c *cli) walletCandidates() []candidate {
	var found []candidate
	for _, w := range allWallets() {
		found = append(found, candidate{walletWord(w.Name), strings.TrimSpace(w.Name + " " + w.Country)})
	}
	return found
}

// walletOf is the wallet that a line names, or the settings.
func (c *cli) walletOf(t topic, words []string) (wire.Profile, bool) {
	if !t.settings {
		return wire.Profile{}, false
	}
	fs := c.newFlags(t.name)
	for i, word := range words[:max(0, len(words)-1)] {
		if name := strings.TrimLeft(word, "-"); strings.HasPrefix(word, "-") && (name == "wallet" ||
			name == "profile") {
			_ = fs.Set(name, words[i+1])
		}
	}
	if name := *fs.values["profile"].(*string); name != "" {
		fs.profile, _ = c.readProfile(name)
	}
	cfg, _ := tradepayenv.ReadPart(onlyWallet(fs.getenv(tradepayenv.Wallet)))
	return cfg.Wallet, cfg.Wallet.Name != ""
}

// operationCandidates are the operations of the wallet, or of the platform.
func (c *cli) operationCandidates(t topic, words []string) []candidate {
	w := allWallets()[len(allWallets())-1]
	if named, ok := c.walletOf(t, words); ok {
		w = named
	}
	var found []candidate
	for _, op := range operations(w) {
		found = append(found, candidate{op, w.Path(wire.Operation(op))})
	}
	return found
}
