package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// readYAML reads a file of the repository into a value, and refuses keys that it does not know.
func readYAML(t *testing.T, name string, into any, strict bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repositoryRoot, name))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(strict)
	require.NoError(t, decoder.Decode(into), name)
}

type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		RunsOn  string `yaml:"runs-on"`
		Timeout int    `yaml:"timeout-minutes"`
		Steps   []struct {
			Uses, Run string
			Env       map[string]string
		}
	}
}

// isPinned is an action by the commit, with its version beside it.
var isPinned = regexp.MustCompile(`(?m)uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// script is a script of this repository in a command, with its flags.
var script = regexp.MustCompile(`(?:^|[\s])((?:script|\.ci)/[a-z]+)((?: --[a-z-]+)*)`)

// TestWorkflows: each is YAML, has few rights, ends, pins its actions, and calls scripts that exist,
// with flags that they know.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(repositoryRoot, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	require.Len(t, names, 2)
	called := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Len(t, isPinned.FindAllString(string(data), -1), strings.Count(string(data), "uses:"),
			"%s: an action without its commit and version", name)
		var w workflow
		readYAML(t, filepath.Join(".github", "workflows", filepath.Base(name)), &w, false)
		require.Equal(t, map[string]string{"contents": "read"}, w.Permissions, name)
		require.NotEmpty(t, w.Jobs, name)
		for job, j := range w.Jobs {
			require.NotContains(t, j.RunsOn, "latest", job)
			require.NotZero(t, j.Timeout, job)
			for _, step := range j.Steps {
				require.NotEqual(t, step.Uses == "", step.Run == "", "%s: a step is one or the other", job)
				called += requireScripts(t, step.Run)
			}
		}
	}
	require.GreaterOrEqual(t, called, 4)
}

// requireScripts demands that the scripts in a command can be run, and returns how many there are.
func requireScripts(t *testing.T, command string) int {
	t.Helper()
	found := script.FindAllStringSubmatch(command, -1)
	for _, match := range found {
		name := filepath.Join(repositoryRoot, match[1])
		info, err := os.Stat(name)
		require.NoError(t, err, command)
		require.NotZero(t, info.Mode()&0o100, "%s cannot be run", name)
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for flag := range strings.FieldsSeq(match[2]) {
			require.Contains(t, string(text), flag, "%s does not know it", match[1])
		}
	}
	return len(found)
}

// TestSystems: on macOS and Windows, every module that has a version is built, vetted and tested, whatever
// became of the one before; the SDK is vetted where an int has 32 bits, too.
func TestSystems(t *testing.T) {
	t.Parallel()
	var ci workflow
	readYAML(t, filepath.Join(".github", "workflows", "ci.yml"), &ci, false)
	require.Equal(t, "script/systems", ci.Jobs["systems"].Steps[2].Run)
	vet := ci.Jobs["processors"].Steps[2]
	require.Equal(t, "go vet ./...", vet.Run)
	require.Equal(t, map[string]string{"GOARCH": "386"}, vet.Env)

	root, err := filepath.Abs(repositoryRoot)
	require.NoError(t, err)
	modules, err := readModules(root)
	require.NoError(t, err)
	var list, want []string
	for _, m := range modules {
		dir := filepath.Join(root, filepath.FromSlash(m.dir))
		list = append(list, dir)
		if m.tagged {
			want = append(want, dir+" build ./...", dir+" vet ./...", dir+" test -short .")
		}
	}
	// A go that lists the modules, and says what it is asked for. One command of it may fail.
	bin := t.TempDir()
	fake := "#!/usr/bin/env bash\nif [ \"$1\" = list ]; then echo '" + strings.Join(list, "\n") + "'; exit; fi\n" +
		"echo \"asked: $PWD $*\"\n[ \"$PWD $1\" != \"$FAIL\" ]\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(fake), 0o700))
	run := func(fail string) (string, error) {
		env := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "FAIL="+fail)
		return output(t.Context(), root, env, filepath.Join(root, "script", "systems"))
	}
	said, err := run("")
	require.NoError(t, err)
	var asked []string
	for line := range strings.Lines(said) {
		if what, found := strings.CutPrefix(strings.TrimSpace(line), "asked: "); found {
			asked = append(asked, what)
		}
	}
	require.Equal(t, want, asked)
	said, err = run(root + " test")
	require.Error(t, err, "a test of the SDK fails")
	require.Equal(t, len(want), strings.Count(said, "asked: "), "the other modules are looked at all the same")
}

// TestDependabot: every module is kept up to date, and the actions and the image, too.
func TestDependabot(t *testing.T) {
	t.Parallel()
	var file struct {
		Version int
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
			Schedule    struct{ Interval string }
			Groups      map[string]struct{ Patterns []string }
		}
	}
	readYAML(t, ".github/dependabot.yml", &file, true)
	require.Equal(t, 2, file.Version)
	watched := make(map[string][]string)
	for _, update := range file.Updates {
		watched[update.Ecosystem] = append(update.Directories, update.Directory)
	}
	require.Subset(t, watched["gomod"], []string{"/", "/**/*"}, "every module, wherever it is")
	require.Contains(t, watched, "github-actions")
	require.Contains(t, watched, "docker")
}

// TestPreCommit: the hooks are scripts of this repository.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	var file struct {
		Repos []struct {
			Repo  string
			Hooks []struct {
				ID, Name, Entry, Language, Files string
				PassFilenames                    bool `yaml:"pass_filenames"`
				Stages                           []string
			}
		}
	}
	readYAML(t, ".pre-commit-config.yaml", &file, true)
	called := 0
	for _, repo := range file.Repos {
		require.Equal(t, "local", repo.Repo, "no code of strangers runs before a commit")
		for _, hook := range repo.Hooks {
			called += requireScripts(t, hook.Entry)
			require.True(t, slices.Contains([]string{"script", "system"}, hook.Language), hook.ID)
			_, err := regexp.Compile(hook.Files)
			require.NoError(t, err, hook.ID)
		}
	}
	require.NotZero(t, called)
}

// TestIssueForms: GitHub shows a form only if each of its fields has a type it knows, a label, and an id of its own.
func TestIssueForms(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(repositoryRoot, ".github", "ISSUE_TEMPLATE", "*.yml"))
	require.NoError(t, err)
	forms := 0
	for _, name := range names {
		if filepath.Base(name) == "config.yml" {
			continue
		}
		forms++
		var form struct {
			Name, Description string
			Labels            []string
			Body              []struct {
				Type, ID    string
				Attributes  struct{ Label, Description, Value string }
				Validations struct{ Required bool }
			}
		}
		readYAML(t, filepath.Join(".github", "ISSUE_TEMPLATE", filepath.Base(name)), &form, true)
		require.NotEmpty(t, form.Name, name)
		require.NotEmpty(t, form.Description, name)
		ids := make(map[string]bool)
		for _, field := range form.Body {
			if field.Type == "markdown" {
				require.NotEmpty(t, field.Attributes.Value, name)
				continue
			}
			require.Contains(t, []string{"input", "textarea"}, field.Type, name)
			require.NotEmpty(t, field.Attributes.Label, name)
			require.False(t, ids[field.ID], "%s: %s twice", name, field.ID)
			ids[field.ID] = true
		}
	}
	require.Equal(t, 2, forms)
	var config struct {
		BlankIssues bool                                `yaml:"blank_issues_enabled"`
		Links       []struct{ Name, URL, About string } `yaml:"contact_links"`
	}
	readYAML(t, ".github/ISSUE_TEMPLATE/config.yml", &config, true)
	require.NotEmpty(t, config.Links)
}
