package docs_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTutorialIsFollowed does what docs/tutorial.md says, command by command: it watches
// a payment, takes one, breaks it, opens the shop, runs a test, and pays from the terminal. It logs how
// long that took.
func TestTutorialIsFollowed(t *testing.T) {
	t.Parallel()
	work, err := exec.CommandContext(t.Context(), "go", "env", "GOWORK").Output()
	require.NoError(t, err)
	if work := strings.TrimSpace(string(work)); work == "" || work == "off" {
		t.Log("without go.work, the example shop is not built")
		return
	}
	var commands []string
	for _, s := range readPage(t, "docs/tutorial.md").sections {
		for _, b := range s.code {
			if b.language == "" || b.language == "sh" {
				for _, line := range strings.Split(b.text, "\n") {
					commands = append(commands, strings.TrimSpace(line))
				}
			}
		}
	}
	require.Len(t, commands, 9, "the steps of the tutorial: %q", commands)
	started := time.Now()
	dir := t.TempDir()
	followed := func(name, in, script string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "bash", "--norc", "-c", script)
		cmd.Dir = in
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "PATH="+dir+":"+os.Getenv("PATH"), "LANG=C.UTF-8")
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s:\n%s", name, output)
		return string(output)
	}

	require.Equal(t, "go run ./examples/quickstart", commands[0])
	require.Contains(t, followed("watch", "", commands[0]), "20 of 20 steps observed and checked")

	require.Equal(t, "go run ./examples/payment", commands[1])
	require.Contains(t, followed("take", "", commands[1]), "SUCCESS")
	program, err := os.ReadFile("examples/payment/main.go")
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(program), "Value: 1050"), "what the tutorial has changed")
	changed := filepath.Join(dir, "main.go")
	zero := strings.Replace(string(program), "Value: 1050", "Value: 0", 1)
	require.NoError(t, os.WriteFile(changed, []byte(zero), 0o600))
	original, err := filepath.Abs("examples/payment/main.go")
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, []byte(`{"Replace":{"`+original+`":"`+changed+`"}}`), 0o600))
	said := followed("change", "", strings.Replace(commands[1], "go run", "go run -overlay "+overlay, 1)+" || true")
	require.Contains(t, said, "Amount", "the error names the field")

	require.Equal(t, "go run ./examples/merchant", commands[2])
	shop := filepath.Join(dir, "merchant") // go run hands no Ctrl-C on
	followed("open", "", strings.Replace(commands[2], "go run", "go build -o "+shop, 1))
	openShop(t, shop)

	require.Equal(t, "go test ./examples/tutorial", commands[3])
	require.Contains(t, followed("test", "", commands[3]), "ok")

	require.Equal(t, "go install ./cmd/tradepay", commands[4])
	followed("install", "", commands[4])
	require.True(t, strings.HasPrefix(commands[5], "tradepay sandbox "), commands[5])
	server := strings.Replace(commands[5], "-pay-after 1s", "-pay-after 0s -address 127.0.0.1:0", 1)
	script := server + ` > sandbox.log 2>&1 & sandbox=$!
trap 'kill $sandbox; wait $sandbox' EXIT
for i in $(seq 600); do [ -e sandbox/sandbox.env ] && break; sleep 0.1; done
` + strings.Join(commands[6:], "\n")
	require.Regexp(t, `(?m)^status +SUCCESS$`, followed("terminal", dir, script))

	text, err := os.ReadFile("docs/tutorial.md")
	require.NoError(t, err)
	words := len(strings.Fields(withoutCode(string(text))))
	t.Logf("the commands took %s; %d words take %d minutes at 150 a minute",
		time.Since(started).Round(time.Second), words, (words+149)/150)
}

// openShop opens the page that the example shop names, and ends the shop as Ctrl-C does.
func openShop(t *testing.T, program string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-addr", "127.0.0.1:0")
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	page := ""
	lines := bufio.NewScanner(output)
	for page == "" && lines.Scan() {
		page = regexp.MustCompile(`http://127\.0\.0\.1:\d+\S*`).FindString(lines.Text())
	}
	require.NotEmpty(t, page, "the page of the shop")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_, err = io.Copy(io.Discard, output)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
}
