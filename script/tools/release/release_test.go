package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newRepository is an empty one, on main.
func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{t.TempDir()}
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch", "main"},
		{"config", "user.name", "Somebody"}, {"config", "user.email", "somebody@example.com"},
		{"config", "commit.gpgSign", "false"},
	} {
		_, err := r.git(t.Context(), args...)
		require.NoError(t, err)
	}
	return r
}

func commit(t *testing.T, r repository) {
	t.Helper()
	_, err := r.git(t.Context(), "add", "--all")
	require.NoError(t, err)
	_, err = r.git(t.Context(), "commit", "--quiet", "--message", "A change")
	require.NoError(t, err)
}

// newRelease is one of a small repository: a module, one that requires it, and a
// tool that requires both. None needs a network.
func newRelease(t *testing.T) *release {
	t.Helper()
	source := newRepository(t)
	sdk := "github.com/tradepay/tradepay-go"
	files := map[string]string{
		"LICENSE": "Free.\n", "CHANGELOG.md": changelog,
		"go.work": "go 1.25.0\nuse (\n\t.\n\t./flow\n\t./tool\n)\n",
		"go.mod":  "module SDK\n\ngo 1.25.0\n",
		"pay.go":  "package tradepay\n\nconst Paid = true\n",
		"flow/go.mod": "module SDK/flow\n\ngo 1.25.0\n\nrequire SDK v0.0.0\n\n" +
			"replace SDK => ../\n",
		"flow/flow.go":  "package flow\n\nimport \"SDK\"\n\nconst Done = tradepay.Paid\n",
		"flow/x/cmd.go": "package main\n\nfunc main() {}\n",
		"tool/go.mod": "// Untagged: it is a tool.\nmodule SDK/tool\n\ngo 1.25.0\n\n" +
			"require (\n\tSDK v0.0.0\n\tSDK/flow v0.0.0\n)\n\n" +
			"replace (\n\tSDK => ../\n\tSDK/flow => ../flow\n)\n",
		"tool/tool.go": "package main\n\nimport (\n\t\"SDK\"\n\t\"SDK/flow\"\n)\n\n" +
			"func main() { println(tradepay.Paid, flow.Done) }\n",
	}
	for name, text := range files {
		files[name] = strings.ReplaceAll(text, "SDK", sdk)
	}
	write(t, source.dir, files)
	commit(t, source)
	temp := t.TempDir()
	return &release{
		source: source, clone: repository{filepath.Join(temp, "clone")}, temp: temp,
		files: filepath.Join(temp, "files"), version: "v0.2.0", out: io.Discard,
	}
}

// TestVersions: one commit is the version of each module, Go makes of its tags what
// go.sum says, and main goes on with modules that are built with each other.
func TestVersions(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	ctx := t.Context()
	before, err := r.source.git(ctx, "rev-parse", "HEAD")
	require.NoError(t, err)
	require.NoError(t, r.prepare(ctx, "HEAD", false))
	require.Equal(t, []string{"v0.2.0", "flow/v0.2.0"}, r.tags())
	require.NoError(t, findCommands(ctx, r.clone.dir, r.modules))
	require.Equal(t, []string{r.root().path + "/flow/x"}, r.modules[1].commands)
	require.NoError(t, r.do(ctx, steps{{"versions", r.makeVersions}}))
	clean, err := r.clone.isClean(ctx)
	require.NoError(t, err)
	require.True(t, clean, "gorelease refuses what is not committed")
	require.NoError(t, r.do(ctx, steps{
		{"tags", r.checkTags}, {"tidy", r.checkTidy}, {"development", r.makeDevelopment},
	}))

	show := func(where string) string {
		text, err := r.clone.git(ctx, "show", where)
		require.NoError(t, err)
		return text
	}
	released := show("flow/v0.2.0:flow/go.mod")
	require.Contains(t, released, "require github.com/tradepay/tradepay-go v0.2.0")
	require.NotContains(t, released, "replace")
	require.Contains(t, show("v0.2.0:flow/go.sum"), r.sums[r.root().path].zip)
	require.Contains(t, show("v0.2.0:tool/go.mod"), "replace")
	require.Contains(t, show("v0.2.0:tool/go.mod"), "github.com/tradepay/tradepay-go v0.2.0")
	main := show("HEAD:flow/go.mod")
	require.Contains(t, main, "require github.com/tradepay/tradepay-go v0.2.0", "for those who take a commit")
	require.Contains(t, main, "replace github.com/tradepay/tradepay-go => ../")
	_, err = r.clone.git(ctx, "show", "HEAD:flow/go.sum")
	require.Error(t, err, "what is built from beside it has no hash")
	remotes, err := r.clone.git(ctx, "remote")
	require.NoError(t, err)
	require.Empty(t, remotes, "nothing can be pushed from it")

	untouched, err := r.source.git(ctx, "rev-parse", "HEAD")
	require.NoError(t, err)
	require.Equal(t, before, untouched)
	require.NoError(t, r.bring(ctx))
	tags, err := r.source.git(ctx, "tag", "--list")
	require.NoError(t, err)
	require.Equal(t, "flow/v0.2.0\nv0.2.0", tags)
	clean, err = r.source.isClean(ctx)
	require.NoError(t, err)
	require.True(t, clean)
	log, err := r.source.git(ctx, "log", "--format=%s %an", before+"..")
	require.NoError(t, err)
	require.Equal(t, "Modules build with each other after v0.2.0 Somebody\nRelease v0.2.0 Somebody", log)
	require.ErrorIs(t, r.source.checkFree(ctx, r.tags()), errRefused, "a version is made once")
	latest, err := r.source.latest(ctx)
	require.NoError(t, err)
	require.Equal(t, "v0.2.0", latest)

	// Of the tags, the same modules are made again.
	again := &release{source: r.source, clone: repository{filepath.Join(t.TempDir(), "clone")}, temp: t.TempDir(),
		version: "v0.2.0", out: io.Discard}
	require.NoError(t, again.prepare(ctx, "refs/tags/v0.2.0", true))
	require.NoError(t, again.do(ctx, steps{{"tagged", again.readTagged}, {"tags", again.checkTags}}))
	require.Equal(t, r.sums, again.sums)

	// The next version is compared with this one.
	next := &release{source: r.source, clone: repository{filepath.Join(t.TempDir(), "clone")}, temp: t.TempDir()}
	require.NoError(t, next.prepare(ctx, "HEAD", true))
	require.Equal(t, "v0.3.0", next.version)
	for _, m := range next.modules[:2] {
		base, err := next.addBase(ctx, m)
		require.NoError(t, err)
		require.Equal(t, "v0.2.0", base)
	}
	data, err := os.ReadFile(filepath.Join(next.proxy.dir, "github.com", "tradepay", "tradepay-go", "@v", "list"))
	require.NoError(t, err)
	require.Equal(t, "v0.2.0\n", string(data))
	base, err := next.addBase(ctx, workspaceModule{path: "github.com/tradepay/tradepay-go/new", dir: "new"})
	require.NoError(t, err)
	require.Equal(t, "none", base)
}

// TestCheckTagsFindsADifference: a hash in go.sum that is not that of the tag is found before it is pushed.
func TestCheckTagsFindsADifference(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	ctx := t.Context()
	require.NoError(t, r.prepare(ctx, "HEAD", true))
	_, err := r.makeVersions(ctx)
	require.NoError(t, err)
	wrong := r.sums[r.root().path]
	wrong.zip = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	r.sums[r.root().path] = wrong
	_, err = r.checkTags(ctx)
	require.ErrorIs(t, err, errDiffers)
}

// TestRefusals: a version is made only of a clean main whose changelog has it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, *release){
		"changes that are not committed": func(t *testing.T, r *release) {
			write(t, r.source.dir, map[string]string{"new.go": "package tradepay\n"})
		},
		"another branch": func(t *testing.T, r *release) {
			_, err := r.source.git(t.Context(), "checkout", "--quiet", "-b", "feature")
			require.NoError(t, err)
		},
		"a clone without its history": func(t *testing.T, r *release) {
			write(t, r.source.dir, map[string]string{"pay.go": "package tradepay\n\nconst Paid = false\n"})
			commit(t, r.source)
			shallow := repository{filepath.Join(t.TempDir(), "shallow")}
			_, err := output(t.Context(), r.temp, nil, "git", "clone", "--quiet", "--depth", "1",
				"file://"+filepath.ToSlash(r.source.dir), shallow.dir)
			require.NoError(t, err)
			r.source = shallow
		},
		"no section in the changelog": func(_ *testing.T, r *release) { r.version = "v0.3.0" },
		"a version that exists": func(t *testing.T, r *release) {
			_, err := r.source.git(t.Context(), "tag", "flow/v0.2.0")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelease(t)
			spoil(t, r)
			require.ErrorIs(t, r.tag(t.Context()), errRefused)
		})
	}
}

// TestReleaseIsMadeAgain: what hinders the end of a release leaves neither tag nor commit, and once it
// is gone, the version is made.
func TestReleaseIsMadeAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		hinder, clear []string
		left          string // the tags that are there before
	}{
		"main went on": {
			hinder: []string{"commit", "--quiet", "--allow-empty", "--message", "Somebody else's"},
			clear:  []string{"reset", "--quiet", "--hard", "HEAD~1"},
		},
		"another branch": {
			hinder: []string{"checkout", "--quiet", "-b", "feature"},
			clear:  []string{"checkout", "--quiet", "main"},
		},
		"somebody else made a tag": {
			hinder: []string{"tag", "flow/v0.2.0"},
			clear:  []string{"tag", "--delete", "flow/v0.2.0"},
			left:   "flow/v0.2.0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelease(t)
			git := func(args ...string) string {
				said, err := r.source.git(t.Context(), args...)
				require.NoError(t, err)
				return said
			}
			require.NoError(t, r.prepare(t.Context(), "HEAD", false))
			require.NoError(t, r.do(t.Context(), steps{{"versions", r.makeVersions}, {"main", r.makeDevelopment}}))
			git(test.hinder...)
			before := git("rev-parse", "HEAD")
			require.Error(t, r.bring(t.Context()))
			require.Equal(t, test.left, git("tag", "--list"))
			require.Equal(t, before, git("rev-parse", "HEAD"))
			require.Empty(t, git("status", "--porcelain"))

			git(test.clear...)
			require.NoError(t, r.source.checkFree(t.Context(), r.tags()))
			require.NoError(t, r.bring(t.Context()))
			require.Equal(t, "flow/v0.2.0\nv0.2.0", git("tag", "--list"))
			require.Equal(t, r.base, git("rev-parse", "v0.2.0~1"))
			require.Equal(t, git("rev-parse", "v0.2.0^{commit}"), git("rev-parse", "main~1"))
		})
	}
}

func TestModulesThatNobodyCanInstall(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	name := filepath.Join(r.source.dir, "flow", "go.mod")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	text := strings.Replace(string(data), "replace", "replace example.com/other => ../other\n\nreplace", 1)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	commit(t, r.source)
	require.NoError(t, r.prepare(t.Context(), "HEAD", true))
	_, err = r.makeVersions(t.Context())
	require.ErrorIs(t, err, errModules)
}
