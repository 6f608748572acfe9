//go:build unix

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

var update = flag.Bool(
	"update", false, "write the sessions of the documents anew instead of checking them")

// TestSessionsInDocuments runs every console block of the documents in one shell
// each, with the real command, and compares what it prints.
func TestSessionsInDocuments(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl", "sed", "openssl"} {
		_, err := exec.LookPath(program)
		require.NoError(t, err, "the sessions need it")
	}
	for document, language := range map[string]string{
		"cli.md": "C.UTF-8", "doctor.md": "C.UTF-8", "troubleshooting.md": "C.UTF-8",
		"cli.es.md": "es_MX.UTF-8", "doctor.es.md": "es_MX.UTF-8", "troubleshooting.es.md": "es_MX.UTF-8",
	} {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("..", "..", "docs", document)
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			got := withCauses(t, newSession(t, language).play(string(data)))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			const remedy = "go test ./cmd/tradepay -update rewrites it"
			want := consoleBlock.FindAllString(string(data), -1)
			// one by one, for the sake of who reads a failure
			for i, block := range consoleBlock.FindAllString(got, -1) {
				require.Equal(t, want[i], block, remedy)
			}
			require.Equal(t, string(data), got, remedy)
		})
	}
}

// withCauses writes the causes of doctor/cause.go, in its words, behind the line that
// introduces them.
func withCauses(t *testing.T, document string) string {
	t.Helper()
	const before = "The names are stable: branch on them.\n"
	head, _, ok := strings.Cut(document, before)
	if !ok {
		return document
	}
	source := string(mustRead(t, filepath.Join("..", "..", "doctor", "cause.go")))
	var b strings.Builder
	groups := regexp.MustCompile(`(?s)// Causes (in [^\n]*)\.\nconst \((.*?)\n\)`)
	for _, group := range groups.FindAllStringSubmatch(source, -1) {
		fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", group[1])
		for _, cause := range regexp.MustCompile(`Cause = "(\w+)"\s*// (.*)`).FindAllStringSubmatch(group[2], -1) {
			fmt.Fprintf(&b, "| `%s` | %s |\n", cause[1], cause[2])
		}
	}
	require.Equal(t, strings.Count(source, ` Cause = "`), strings.Count(b.String(), "| `"), "every cause is in a group")
	return head + before + b.String()
}

// session is a shell in an empty directory, with a merchant beside it.
type session struct {
	t         *testing.T
	language  string // LANG
	dir       string
	shop      string // of the merchant, in place of 8080
	published map[string]bool
}

// appID is the test wallet's, which looks like a fingerprint.
const appID = "3333000000000001"

func newSession(t *testing.T, language string) *session {
	t.Helper()
	s := &session{t: t, language: language, dir: t.TempDir(), published: make(map[string]bool)}
	u, _ := startSandbox(t, "-wallet", "VodaPay", "-quiet")
	shop := startShop(t, u, nil)
	s.shop = shop.Listener.Addr().String()

	// Keys that are the same everywhere may stand in the documents.
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	cfg := wallet.Config()
	for _, key := range cfg.WalletKeys {
		s.published[doctor.Fingerprint(key)] = true
	}
	merchantKey := filepath.Join("..", "..", "tradepaytest", "keys", "merchant.pem")
	private, err := tradepay.ParsePrivateKey(mustRead(t, merchantKey))
	require.NoError(t, err)
	s.published[doctor.Fingerprint(&private.PublicKey)] = true

	kept := keptNotification(t, u, "/shop/notify")
	kept = strings.Replace(kept, "POST /shop/notify ", "POST /notify ", 1)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "notification.http"), []byte(kept), 0o600))
	for name, content := range asProgramsSaveIt(t, kept) {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600))
	}
	return s
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")

// play runs all blocks of a document in order and returns it with their output.
func (s *session) play(document string) string {
	s.t.Helper()
	var commands [][]string
	for _, block := range consoleBlock.FindAllStringSubmatch(document, -1) {
		var lines []string
		for _, line := range strings.Split(block[1], "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				lines = append(lines, command)
			}
		}
		require.NotEmpty(s.t, lines)
		commands = append(commands, lines)
	}
	outputs := s.shell(commands)
	block := -1
	return consoleBlock.ReplaceAllStringFunc(document, func(string) string {
		block++
		var b strings.Builder
		b.WriteString("```console\n")
		for i, command := range commands[block] {
			b.WriteString("$ " + command + "\n" + s.normal(outputs[block][i]))
		}
		return b.String() + "```"
	})
}

const mark = "\x01end\x01"

// shell runs the commands in one sh and returns what each printed.
func (s *session) shell(commands [][]string) [][]string {
	s.t.Helper()
	file, err := binary()
	require.NoError(s.t, err)
	var script strings.Builder
	script.WriteString("set -m 2>/dev/null\n") // so that %1 is a job
	for _, block := range commands {
		for _, command := range block {
			command = strings.ReplaceAll(command, "127.0.0.1:8080", s.shop)
			if strings.Contains(command, "tradepay sandbox") && !strings.Contains(command, "-address") {
				command = strings.Replace(command, "tradepay sandbox", "tradepay sandbox -address 127.0.0.1:0", 1)
			}
			script.WriteString(command + "\n__code=$?; printf '" + mark + "'; (exit $__code)\n")
		}
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "--norc", "-c", script.String())
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + filepath.Dir(file) + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir,
		"LANG=" + s.language, "TZ=UTC",
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(s.t, cmd.Run(), "%s", out.String())
	parts := strings.Split(out.String(), mark)
	var outputs [][]string
	for _, block := range commands {
		require.Greater(s.t, len(parts), len(block), "%s", out.String())
		outputs = append(outputs, parts[:len(block)])
		parts = parts[len(block):]
	}
	return outputs
}

// normal replaces what differs from run to run.
func (s *session) normal(output string) string {
	for _, r := range []struct{ pattern, with string }{
		{`/private` + regexp.QuoteMeta(s.dir), "/home/ana"}, // of macOS
		{regexp.QuoteMeta(s.dir), "/home/ana"},
		{regexp.QuoteMeta(s.shop), "127.0.0.1:8080"},
		{`127\.0\.0\.1:\d{5}\b`, "127.0.0.1:8700"}, // the sandbox, on a port that was free
		{`\b\d{8}T\d{6}-[0-9a-f]{12}`, "20260115T120000-5f3a9c0d71e2"},
		{`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)`, "2026-01-15T12:00:00$1$2"},
		{`(T12:00:00)\.\d{3}`, "$1.000"},
		{`\b(token=|signature=)[A-Za-z0-9+/=%_-]{40,}`, "$1…"},
		{`\bMII[A-Za-z0-9+/=]{60,}`, "MIIBIjANBgkqhkiG9w0B…"},
		{`(HTTP \d+ (?:in|en)) \d+(\.\d+)?(ms|µs|s)\b`, "$1 4ms"},
		{`\b[1-9]\d* (contents tried|contenidos probados)`, "26 $1"},
		{`"tried": [1-9]\d*`, `"tried": 26`},
		{`(?m)^\[\d+\][ +-].*\n`, ""}, // the shell's own words about jobs
	} {
		output = regexp.MustCompile(r.pattern).ReplaceAllString(output, r.with)
	}
	output = regexp.MustCompile(`\b[0-9a-f]{16}\b`).ReplaceAllStringFunc(output, func(fingerprint string) string {
		if s.published[fingerprint] || fingerprint == appID { // one in 1,844 fingerprints has no letter
			return fingerprint
		}
		return "5a1c0e9b7d3f2468"
	})
	if output != "" && !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	return output
}

// TestFlagsInCIDocument: the flags that docs/ci.md and its files give the sandbox are flags.
func TestFlagsInCIDocument(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for _, row := range topics["sandbox"].flags {
		known[row.name] = true
	}
	document := string(mustRead(t, filepath.Join("..", "..", "docs", "ci.md")))
	image := string(mustRead(t, filepath.Join("..", "..", "Dockerfile")))
	var found [][]string
	for _, lines := range []string{
		`(?m)^ *- -([a-z-]+)`, // compose
		"`-([a-z-]+)[ `]",     // the table
		` sandbox -([a-z][a-z-]*)`,
	} {
		found = append(found, regexp.MustCompile(lines).FindAllStringSubmatch(document, -1)...)
	}
	found = append(found, regexp.MustCompile(`"-([a-z-]+)"`).FindAllStringSubmatch(image, -1)...)
	require.Greater(t, len(found), 20)
	for _, flag := range found {
		require.True(t, known[flag[1]], "tradepay sandbox has no flag -%s", flag[1])
	}
}
