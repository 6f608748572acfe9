package docs_test

import (
	"encoding/json"
	"go/scanner"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEnglishIsPlain: no document and no help text has a phrase that a newcomer
// reads twice. The list has each with what to say instead.
func TestEnglishIsPlain(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/plain-english.json")
	require.NoError(t, err)
	var list map[string]string
	require.NoError(t, json.Unmarshal(data, &list))
	odd := map[*regexp.Regexp]string{}
	for phrase, instead := range list {
		odd[regexp.MustCompile("(?i)"+phrase)] = instead
	}
	read := func(file, text string) {
		for i, line := range strings.Split(text, "\n") {
			for phrase, instead := range odd {
				if found := phrase.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: say %s", file, i+1, found, instead)
				}
			}
		}
	}
	for _, name := range markdownFiles(t) {
		if strings.HasSuffix(name, ".es.md") || name == "docs/guia-de-pago.es.md" {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		read(name, withoutCode(string(text)))
	}
	const help = "cmd/tradepay/topics.go"
	read(help+", its texts", texts(t, help))
}

// texts returns what a Go file has between quotation marks, each on its line.
func texts(t *testing.T, name string) string {
	t.Helper()
	code, err := os.ReadFile(name)
	require.NoError(t, err)
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(code))
	var s scanner.Scanner
	s.Init(file, code, nil, 0)
	lines := make([]string, strings.Count(string(code), "\n")+1)
	for {
		position, kind, literal := s.Scan()
		if kind == token.EOF {
			return strings.Join(lines, "\n")
		}
		if kind != token.STRING {
			continue
		}
		text, err := strconv.Unquote(literal)
		require.NoError(t, err)
		for i, line := range strings.Split(text, "\n") {
			if at := file.Line(position) - 1 + i; at < len(lines) {
				lines[at] += " " + line
			}
		}
	}
}

// TestPhrasesAreFound: the list refuses what it was made for.
func TestPhrasesAreFound(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/plain-english.json")
	require.NoError(t, err)
	var list map[string]string
	require.NoError(t, json.Unmarshal(data, &list))
	for _, sentence := range []string{
		"the doctor says what to mend", "Answers that are believed for a reason", "log lines carry its word",
		"One caller's code for every wallet", "in sessions that a test runs", "states, promises, machines",
		"If you want it dead", "floats are for nothing here", "Take each one in", "before anything leaves the house",
		"held to the table", "the owner is told", "It is no failure", "it may wait for ever",
	} {
		found := false
		for phrase := range list {
			found = found || regexp.MustCompile("(?i)"+phrase).MatchString(sentence)
		}
		require.True(t, found, sentence)
	}
}
