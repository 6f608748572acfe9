package docs_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDiagramsAreDrawn: Mermaid, as GitHub uses it, draws every diagram of the documents.
func TestDiagramsAreDrawn(t *testing.T) {
	t.Parallel()
	var sources, places []string
	for _, name := range markdownFiles(t) {
		for _, s := range readPage(t, name).sections {
			for _, b := range s.code {
				if b.language == "mermaid" {
					sources, places = append(sources, b.text), append(places, fmt.Sprintf("%s:%d", name, b.line))
				}
			}
		}
	}
	require.GreaterOrEqual(t, len(sources), 6)
	// A diagram that does not parse, so that the test would notice.
	drawn := draw(t, append(sources, "flowchart LR\n  a -->"))
	for i, place := range places {
		require.Empty(t, drawn[i], place)
	}
	require.Contains(t, drawn[len(places)], "Parse error")
}

// draw returns why Mermaid does not draw each of the diagrams, empty where it does.
func draw(t *testing.T, diagrams []string) []string {
	t.Helper()
	chromium, mermaid := os.Getenv("TRADEPAY_CHROMIUM"), os.Getenv("TRADEPAY_MERMAID")
	if chromium == "" || mermaid == "" {
		t.Skip("no Chromium or no Mermaid: run this with script/browser")
	}
	encoded, err := json.Marshal(diagrams)
	require.NoError(t, err)
	page := fmt.Sprintf(`<!doctype html><meta charset="utf-8"><body><script src="file://%s"></script><script>
(async () => {
  mermaid.initialize({ startOnLoad: false });
  const drawn = [];
  for (const [i, source] of %s.entries()) {
    try {
      await mermaid.render('diagram' + i, source);
      drawn.push('');
    } catch (error) {
      drawn.push(String(error.message));
    }
  }
  document.body.replaceChildren();
  document.body.dataset.drawn = encodeURIComponent(JSON.stringify(drawn));
})();
</script>`, mermaid, strings.ReplaceAll(string(encoded), "</", `<\/`))
	file := filepath.Join(t.TempDir(), "diagrams.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o600))
	// The time is the page's own: it ends when its work does.
	output, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+t.TempDir(), "--virtual-time-budget=60000", "--dump-dom", "file://"+file).Output()
	require.NoError(t, err)
	_, result, found := strings.Cut(string(output), `data-drawn="`)
	require.True(t, found, "the page has not ended")
	result, _, _ = strings.Cut(result, `"`)
	result, err = url.PathUnescape(result)
	require.NoError(t, err)
	var drawn []string
	require.NoError(t, json.Unmarshal([]byte(result), &drawn))
	require.Len(t, drawn, len(diagrams))
	return drawn
}
