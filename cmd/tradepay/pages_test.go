//go:build unix

package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSandboxOfWalletPages runs what each wallet's page shows for the sandbox: its
// server, and in another terminal an order that ends paid.
func TestSandboxOfWalletPages(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "wallets", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		if strings.HasSuffix(page, ".es.md") {
			continue // a test of docs compares its commands with the English ones
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			_, section, ok := strings.Cut(string(mustRead(t, page)), "\n## Try it in the sandbox\n")
			require.True(t, ok)
			section, _, _ = strings.Cut(section, "\n## ")
			blocks := regexp.MustCompile("(?s)```sh\n(.*?)\n```").FindAllStringSubmatch(section, -1)
			require.Len(t, blocks, 2)
			// The payer pays at once here: the test has no second to lose.
			server := strings.Replace(blocks[0][1], "-pay-after 1s", "-pay-after 0s", 1)
			require.NotEqual(t, blocks[0][1], server)
			commands := []string{
				server + " > sandbox.log 2>&1 &",
				"for i in $(seq 600); do [ -e sandbox/sandbox.env ] && break; sleep 0.1; done",
			}
			client := strings.Split(blocks[1][1], "\n")
			for _, command := range client {
				commands = append(commands, command+"; echo exit $?")
			}
			outputs := newSession(t, "C.UTF-8").shell([][]string{append(commands, "kill %1; wait %1")})[0]
			for i := range client {
				require.Contains(t, outputs[2+i], "exit 0\n", "%s\n%s", client[i], outputs[2+i])
			}
			if strings.Contains(blocks[1][1], "order wait") {
				require.Regexp(t, `(?m)^status +SUCCESS$`, outputs[1+len(client)])
			}
		})
	}
}
