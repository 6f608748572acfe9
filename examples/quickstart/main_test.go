package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

var update = flag.Bool("update", false, "write the output into the tutorials")

// TestAllStepsHappen runs the program in both dialects. The tutorials show
// its output: -update writes it there.
func TestAllStepsHappen(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"v1", "v2"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), &out, dialect))
			steps := regexp.MustCompile(`(?m)^ ?(\d+)  .* ms  (\S+)  `).FindAllStringSubmatch(out.String(), -1)
			require.Len(t, steps, stepCount)
			for _, step := range steps {
				require.Equal(t, "✓", step[2], "step %s", step[1])
			}
			require.Contains(t, out.String(), "is SUCCESS, 10.50 USD.")
			if dialect == "v2" {
				inTutorial(t, "../../docs/tutorial.md", out.String())
				inTutorial(t, "../../docs/tutorial.es.md", out.String())
			}
		})
	}
}

// inTutorial compares the output with that in a tutorial, but for what differs from
// run to run: durations, the order number, and which of the last steps is
// first.
func inTutorial(t *testing.T, file, output string) {
	t.Helper()
	const (
		begin = "<!-- quickstart: go test ./examples/quickstart -update -->\n```text\n"
		end   = "```\n"
	)
	tutorial, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(tutorial), begin)
	require.True(t, found, "%s has no place for the output", file)
	shown, after, found := strings.Cut(rest, end)
	require.True(t, found)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(before+begin+output+end+after), 0o600))
		return
	}
	require.Equal(t, timeless(output), timeless(shown), "go test ./examples/quickstart -update")
}

func timeless(output string) []string {
	output = regexp.MustCompile(` +[0-9.]+ ms`).ReplaceAllString(output, " ms")
	output = regexp.MustCompile(`order-[A-Z0-9]+`).ReplaceAllString(output, "order")
	lines := strings.Split(output, "\n")
	slices.Sort(lines)
	return lines
}

// TestUsage: the program is called by its name, wherever go run has built it.
func TestUsage(t *testing.T) {
	if os.Getenv("QUICKSTART_TEST_RUNS_MAIN") != "" {
		os.Args = []string{os.Args[0], "-h"}
		main()
	}
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestUsage$")
	cmd.Env = append(os.Environ(), "QUICKSTART_TEST_RUNS_MAIN=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "Usage of quickstart:\n")
}

func TestUnknownDialect(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run(t.Context(), &bytes.Buffer{}, "v3"), "use v1 or v2")
}

// TestNoTickWithoutProof: a step that was not checked, or that failed, ends
// the program with an error.
func TestNoTickWithoutProof(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	steps := newRecorder(&out)
	steps.fromWallet(tradepaytest.Event{Step: 19})
	require.ErrorContains(t, steps.complete(t.Context()), "the merchant did not verify it")
	require.NotContains(t, out.String(), "✓")

	steps = newRecorder(&out)
	require.NoError(t, steps.took(1, time.Now(), "", nil))
	ctx, cancel := contextThatEnds(t)
	defer cancel()
	require.ErrorContains(t, steps.complete(ctx), "only 1 of 20 steps happened")
}

func contextThatEnds(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 10*time.Millisecond)
}
