package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/phrasebook"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// TestSpanishKeepsToTheGlossary of the documents.
func TestSpanishKeepsToTheGlossary(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../testdata/glossary.json")
	require.NoError(t, err)
	var glossary map[string]string // what to say instead
	require.NoError(t, json.Unmarshal(data, &glossary))
	var texts []string
	for _, topic := range topics {
		texts = append(texts, topic.summary.es, topic.about.es)
		for _, f := range topic.flags {
			texts = append(texts, f.es)
		}
		for _, e := range topic.examples {
			texts = append(texts, e.es)
		}
	}
	for _, es := range settingsInSpanish {
		texts = append(texts, es)
	}
	for _, es := range messages() {
		texts = append(texts, es)
	}
	for _, pair := range phrasebook.Table() {
		texts = append(texts, pair[1])
	}
	banned := make(map[*regexp.Regexp]string)
	for word, instead := range glossary {
		banned[regexp.MustCompile(`(?i)`+word)] = instead
	}
	technical := regexp.MustCompile(`tradepay [a-z]+|\S*[/_.]\S*|-[a-z]\S*`)
	for _, text := range texts {
		text = technical.ReplaceAllString(text, "")
		for word, instead := range banned {
			require.NotRegexp(t, word, text, "say %s", instead)
		}
	}
}

// TestEveryTextInBothLanguages: side by side, with the same flags and commands
// named in both.
func TestEveryTextInBothLanguages(t *testing.T) {
	t.Parallel()
	require.Len(t, topics, len(topicOrder))
	for _, name := range topicOrder {
		topic, ok := topics[name]
		require.True(t, ok, name)
		require.Equal(t, name, topic.name)
		texts := []text{topic.summary, topic.about}
		for _, f := range topic.rows() {
			texts = append(texts, f.text)
			if f.value != "" {
				require.Contains(t, placeholders, f.value, "%s -%s", name, f.name)
			}
		}
		for _, e := range topic.examples {
			texts = append(texts, e.text)
		}
		for _, text := range texts {
			require.NotEmpty(t, text.en, name)
			require.NotEmpty(t, text.es, "%s: %s", name, text.en)
			require.ElementsMatch(t, technical(text.en), technical(text.es),
				"%s: both name the same flags, commands and variables:\n%s\n%s", name, text.en, text.es)
			require.Equal(t, strings.HasSuffix(text.en, "."), strings.HasSuffix(text.es, "."), text.es)
		}
	}
}

// technicalWord matches a word that no language changes.
var technicalWord = regexp.MustCompile(`TRADEPAY_\w+|tradepay [a-z]+|-[a-z]+-[a-z-]+|(^|\s)-[a-z]+|` +
	`paymentRequestId|refundRequestId|paymentUrl|Client-Id|SIG\w+|docs/\S+\.md|RFC \d+|ISO \d+|exit \d`)

// technical returns the technical words of a text, sorted.
func technical(text string) []string {
	words := technicalWord.FindAllString(text, -1)
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return strings.HasPrefix(w, "exit ") })
}

// TestSubcommandsReadEveryFlag: a flag that the table has and the subcommand does not read
// would be accepted and ignored, -live among them.
func TestSubcommandsReadEveryFlag(t *testing.T) {
	t.Parallel()
	for name, sub := range subcommands {
		var flags *flagSet
		c := &cli{getenv: func(string) string { return "" }, onFlags: func(fs *flagSet) { flags = fs }}
		require.ErrorIs(t, sub(context.Background(), c, []string{"-h"}), errHelp) //nolint:usetesting // nothing is run
		var rows []string
		for _, row := range topics[name].rows() {
			rows = append(rows, row.name)
			require.True(t, flags.asked[row.name], "%s accepts -%s and ignores it", name, row.name)
			_, toggle := row.preset.(bool)
			require.Equal(t, toggle, row.value == "", "%s: -%s has a placeholder if it takes a value", name, row.name)
		}
		if topics[name].settings {
			for _, v := range tradepayenv.Variables() {
				if !v.Secret {
					rows = append(rows, flagName(v.Name))
				}
			}
		}
		var taken []string
		flags.VisitAll(func(f *flag.Flag) { taken = append(taken, f.Name) })
		require.ElementsMatch(t, taken, rows, name)
	}
}

// TestHelpShowsDefaults as somebody writes them.
func TestHelpShowsDefaults(t *testing.T) {
	t.Parallel()
	for preset, want := range map[any]string{
		"platform-v2": "platform-v2", 2048: "2048", uint64(1): "1", 15 * time.Second: "15s", time.Minute: "1m",
		30 * time.Minute: "30m",
		10 * time.Second: "10s", 90 * time.Minute: "1h30m", time.Duration(-1): "", "": "", false: "",
	} {
		require.Equal(t, want, flagRow{preset: preset}.presetText())
	}
	help := newUser(t, map[string]string{"LANG": "es"}).run("help", "sandbox").out
	require.Contains(t, help, "se puede pagar; por defecto 30m\n")
	require.Contains(t, help,
		"-pay-after DURACIÓN\n      paga cada pago al cabo de este tiempo: con 0s, de inmediato\n")
}

// TestEverySettingInBothLanguages: cmd has the Spanish of each variable.
func TestEverySettingInBothLanguages(t *testing.T) {
	t.Parallel()
	variables := tradepayenv.Variables()
	require.Len(t, settingsInSpanish, len(variables))
	for _, v := range variables {
		es := settingsInSpanish[v.Name]
		require.NotEmpty(t, es, v.Name)
		require.ElementsMatch(t, technical(v.Usage), technical(es), "%s\n%s", v.Usage, es)
	}
}

// TestExamplesParse: no example of the help has a flag that does not exist.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	for name, topic := range topics {
		if !topic.isCommand() {
			continue
		}
		require.NotEmpty(t, topic.examples, name)
		flags := make(map[string]bool)
		for _, f := range topic.rows() {
			flags["-"+f.name] = true
		}
		for _, v := range tradepayenv.Variables() {
			if topic.settings && !v.Secret {
				flags["-"+flagName(v.Name)] = true
			}
		}
		for _, e := range topic.examples {
			command, _, _ := strings.Cut(e.command, " < ")
			words, err := shellWords(command)
			require.NoError(t, err, e.command)
			require.Equal(t, "tradepay "+name, strings.Join(words[:1+len(strings.Fields(name))], " "), e.command)
			for _, word := range words {
				if len(word) > 1 && word[0] == '-' {
					require.True(t, flags[word], "%s: %s", e.command, word)
				}
			}
		}
	}
}

func TestHelpInTheLanguageOfTheUser(t *testing.T) {
	t.Parallel()
	for _, name := range append([]string{"", "order"}, topicOrder...) {
		args := append([]string{"help"}, strings.Fields(name)...)
		en := newUser(t, map[string]string{"LANG": "en_US.UTF-8"}).run(args...)
		es := newUser(t, map[string]string{"LANG": "es_MX.UTF-8"}).run(args...)
		require.Equal(t, exitOK, en.code)
		require.Equal(t, exitOK, es.code)
		require.NotEqual(t, en.out, es.out)
		require.Empty(t, en.stderr+es.stderr)
		for _, line := range strings.Split(es.out, "\n") {
			for _, leftover := range []string{"Examples", "Flags", "Settings,", " FILE", " NAME", "default ",
				"explains"} {
				require.NotContains(t, line, leftover, name)
			}
		}
	}
	got := newUser(t, map[string]string{"LANG": "es"}).run("keygen", "-h")
	require.Equal(t, exitOK, got.code)
	require.Contains(t, got.out, "genera el par de claves RSA del comercio")
	got = newUser(t, map[string]string{"LANG": "es"}).run("nada")
	require.Contains(t, got.stderr, "Mira tradepay help")
}
