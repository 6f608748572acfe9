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

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/settings"
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
	for _, v := range settings.Variables {
		texts = append(texts, v.Spanish)
	}
	for _, text := range texts {
		for word, instead := range glossary {
			require.NotRegexp(t, `(?i)`+word, text, "say %s", instead)
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
		for _, f := range topic.flags {
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
			require.ElementsMatch(t, technical(text.en), technical(text.es), "%s: both name the same flags, commands and variables:\n%s\n%s", name, text.en, text.es)
			require.Equal(t, strings.HasSuffix(text.en, "."), strings.HasSuffix(text.es, "."), text.es)
		}
	}
}

// technical are the words of a text that no language changes.
func technical(text string) []string {
	words := regexp.MustCompile(`TRADEPAY_\w+|tradepay [a-z]+|-[a-z]+-[a-z-]+|(^|\s)-[a-z]+|paymentRequestId|refundRequestId|paymentUrl|Client-Id|SIG\w+|docs/\S+\.md|RFC \d+|ISO \d+|exit \d`).FindAllString(text, -1)
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return strings.HasPrefix(w, "exit ") })
}

// TestHelpHasEveryFlag: what a subcommand takes, help tells, and nothing else.
func TestHelpHasEveryFlag(t *testing.T) {
	t.Parallel()
	for name, sub := range subcommands {
		topic := topics[name]
		var asked *flag.FlagSet
		c := &cli{getenv: func(string) string { return "" }, lang: english, onFlags: func(fs *flag.FlagSet) { asked = fs }}
		require.ErrorIs(t, sub(context.Background(), c, []string{"-h"}), errHelp) //nolint:usetesting // nothing is run
		var told, taken []string
		for _, f := range topic.flags {
			told = append(told, f.name)
			taker := asked.Lookup(f.name)
			require.NotNil(t, taker, "%s: -%s is told and not taken", name, f.name)
			boolean, ok := taker.Value.(interface{ IsBoolFlag() bool })
			require.Equal(t, ok && boolean.IsBoolFlag(), f.value == "", "%s: -%s has a placeholder if it takes a value", name, f.name)
		}
		if topic.settings {
			for _, v := range settings.Variables {
				if !v.Secret {
					told = append(told, flagName(v.Name))
				}
			}
		}
		asked.VisitAll(func(f *flag.Flag) { taken = append(taken, f.Name) })
		require.ElementsMatch(t, taken, told, name)
	}
}

// TestExamplesParse: no example of the help has a flag that does not exist.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	for name, topic := range topics {
		if subcommands[name] == nil {
			continue
		}
		require.NotEmpty(t, topic.examples, name)
		flags := make(map[string]bool)
		for _, f := range topic.flags {
			flags["-"+f.name] = true
		}
		for _, v := range settings.Variables {
			if topic.settings && !v.Secret {
				flags["-"+flagName(v.Name)] = true
			}
		}
		for _, e := range topic.examples {
			words, err := shellWords(e.command)
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
			for _, leftover := range []string{"Examples", "Flags", "Settings,", " FILE", " NAME", "default "} {
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
