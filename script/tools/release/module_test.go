package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// repositoryRoot is where the scripts are.
const repositoryRoot = "../../.."

// TestModulesOfTheRepository: the SDK comes first, each module after those that it requires,
// and what serves the repository alone has no version.
func TestModulesOfTheRepository(t *testing.T) {
	t.Parallel()
	modules, err := readModules(repositoryRoot)
	require.NoError(t, err)
	require.Empty(t, modules[0].dir)
	require.True(t, modules[0].tagged)
	require.Equal(t, "v1.2.3", modules[0].tag("v1.2.3"))
	var done []string
	tagged := make(map[string]bool)
	for _, m := range modules {
		for _, path := range m.requires {
			require.Contains(t, done, path, "%s requires it", m.path)
		}
		done = append(done, m.path)
		tagged[m.dir] = m.tagged
	}
	for dir, want := range map[string]bool{
		"orderflow": true, "examples/merchant": true,
		"conformance": false, "examples/frameworks": false, "script/tools": false,
	} {
		require.Equal(t, want, tagged[dir], dir)
	}
	require.Equal(t, "orderflow/v1.0.0", workspaceModule{dir: "orderflow"}.tag("v1.0.0"))
}

func TestModulesThatCannotBeReleased(t *testing.T) {
	t.Parallel()
	const root = "module example.com/m\n\ngo 1.25.0\n"
	for name, files := range map[string]map[string]string{
		"a circle": {
			"go.mod":   root + "require example.com/m/a v0.0.0\n",
			"a/go.mod": "module example.com/m/a\nrequire example.com/m v0.0.0\n",
		},
		"requires what has no version": {
			"go.mod":   root,
			"a/go.mod": "// Untagged: a tool.\nmodule example.com/m/a\n",
			"b/go.mod": "module example.com/m/b\nrequire example.com/m/a v0.0.0\n",
		},
	} {
		folder := t.TempDir()
		work := "go 1.25.0\n"
		for file := range files {
			work += "use ./" + filepath.Dir(file) + "\n"
		}
		files["go.work"] = work
		write(t, folder, files)
		_, err := readModules(folder)
		require.ErrorIs(t, err, errModules, name)
	}
}

// write writes files below a folder.
func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
}
