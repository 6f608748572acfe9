package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// release is one version in the making.
type release struct {
	source  repository // whose commit it is; changed only by tag, at the end
	clone   repository // in which it is made
	temp    string
	files   string // the folder for what is published beside the modules
	version string
	since   string // the version before, if any
	out     io.Writer
	began   time.Time

	machine machine
	modules []workspaceModule
	proxy   proxy
	sums    sums
	base    string // the commit that is released
	apart   bool   // the second build of a binary shares nothing with the first
}

// step does one thing and says what came of it, and how long it took.
func (r *release) step(title string, do func() (string, error)) error {
	start := time.Now()
	said, err := do()
	if err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	fmt.Fprintf(r.out, "==> %s (%.1f s)\n", title, time.Since(start).Seconds())
	if said != "" {
		fmt.Fprintln(r.out, "    "+strings.ReplaceAll(strings.TrimSpace(said), "\n", "\n    "))
	}
	return nil
}

// steps are done one after the other, until one fails.
type steps []struct {
	title string
	do    func(context.Context) (string, error)
}

func (r *release) do(ctx context.Context, all steps) error {
	for _, s := range all {
		if err := r.step(s.title, func() (string, error) { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// rehearse makes the version on the clone and does with it what strangers will do.
func (r *release) rehearse(ctx context.Context) error {
	clean, err := r.source.isClean(ctx)
	if err != nil {
		return err
	}
	if !clean {
		fmt.Fprintln(r.out, "What is not committed is not rehearsed.")
	}
	if err := r.prepare(ctx, "HEAD", true); err != nil {
		return err
	}
	if err := r.make(ctx); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "Rehearsed %s in %.0f s. Nothing is tagged, and nothing has changed here.\n",
		r.version, time.Since(r.began).Seconds())
	return nil
}

// tag makes the version in the source: two commits on main, and the tags.
func (r *release) tag(ctx context.Context) error {
	if err := r.source.checkReady(ctx); err != nil {
		return err
	}
	changelog, err := os.ReadFile(filepath.Join(r.source.dir, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if _, err := notes(string(changelog), r.version); err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err := r.prepare(ctx, "HEAD", false); err != nil {
		return err
	}
	if err := r.make(ctx); err != nil {
		return err
	}
	if err := r.bring(ctx); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "Made %s here. Nobody has it until it is pushed, and then it cannot be taken back:\n\n"+
		"    git push --atomic origin main %s\n", r.version, strings.Join(r.tags(), " "))
	return nil
}

// bring brings the commits and the tags of the clone to the source: all of them, or
// none, so that a release that fails here can be made again.
func (r *release) bring(ctx context.Context) error {
	if err := r.source.checkReady(ctx); err != nil {
		return err // the rehearsal took minutes, in which somebody may have gone on
	}
	before, err := r.source.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	head, err := r.clone.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	fetch := []string{"fetch", "--quiet", "--no-tags", "--atomic", r.clone.dir}
	if _, err := r.source.git(ctx, append(fetch, head)...); err != nil {
		return err
	}
	if _, err := r.source.git(ctx, "merge", "--quiet", "--ff-only", head); err != nil {
		return err
	}
	for _, tag := range r.tags() {
		fetch = append(fetch, "refs/tags/"+tag+":refs/tags/"+tag)
	}
	_, err = r.source.git(ctx, fetch...)
	if err == nil {
		return nil
	}
	// Whoever interrupted the script wants main back, too.
	_, undo := r.source.git(context.WithoutCancel(ctx), "reset", "--quiet", "--keep", before)
	return errors.Join(err, undo)
}

// writeFiles writes what is published beside a version that is tagged.
func (r *release) writeFiles(ctx context.Context) error {
	r.apart = true
	if err := r.prepare(ctx, "refs/tags/"+r.version, true); err != nil {
		return err
	}
	return r.do(ctx, steps{
		{"modules of the tags", r.readTagged},
		{"what Go itself makes of the tags", r.checkTags},
		{"binaries", r.writeBinaries},
		{"release notes", r.writeNotes},
	})
}

// prepare clones a revision and reads its modules.
func (r *release) prepare(ctx context.Context, revision string, isRehearsal bool) error {
	if err := r.source.cloneTo(ctx, r.clone, revision); err != nil {
		return err
	}
	if err := r.source.nameAuthor(ctx, r.clone, isRehearsal); err != nil {
		return err
	}
	var err error
	if r.base, err = r.clone.git(ctx, "rev-parse", "HEAD"); err != nil {
		return err
	}
	if r.machine, err = readMachine(ctx); err != nil {
		return err
	}
	if r.modules, err = readModules(r.clone.dir); err != nil {
		return err
	}
	if r.since, err = r.clone.latest(ctx); err != nil {
		return err
	}
	if r.version == "" {
		r.version = nextMinor(r.since)
	}
	r.proxy, r.sums = proxy{filepath.Join(r.temp, "proxy")}, make(sums)
	return nil
}

// make makes the version in the clone, and everything of it.
func (r *release) make(ctx context.Context) error {
	if err := r.clone.checkFree(ctx, r.tags()); err != nil {
		return err
	}
	return r.do(ctx, steps{
		{"API", r.checkAPI},
		{"versions and tags of all modules", r.makeVersions},
		{"what Go itself makes of the tags", r.checkTags},
		{"gorelease", r.gorelease},
		{"go get, and programs that pay", r.getAsStranger},
		{"go install", r.installAsStranger},
		{"the example shop as a program of one's own", r.copyAsStranger},
		{"go mod tidy", r.checkTidy},
		{"binaries", r.writeBinaries},
		{"image", r.checkImage},
		{"release notes", r.writeNotes},
		{"known vulnerabilities", r.findVulnerabilities},
		{"main after the release", r.makeDevelopment},
	})
}

func (r *release) tags() []string {
	var tags []string
	for _, m := range r.modules {
		if m.tagged {
			tags = append(tags, m.tag(r.version))
		}
	}
	return tags
}

// root is the module at the root, which is the SDK.
func (r *release) root() workspaceModule { return r.modules[0] }

func (r *release) checkAPI(ctx context.Context) (string, error) {
	if r.since == "" {
		return "The first version: all of it is new.", nil
	}
	api, said, err := apiChange(ctx, r.clone.dir, r.since)
	if err != nil {
		return said, err
	}
	if err := checkVersion(r.since, r.version, api); err != nil {
		return "", fmt.Errorf("%w\n%s", err, said)
	}
	return said, nil
}

// makeVersions makes one commit in which each module requires this version of the
// others, and tags it for each module.
func (r *release) makeVersions(ctx context.Context) (string, error) {
	if r.root().dir != "" || !r.root().tagged {
		return "", fmt.Errorf("%w: the first is %s, not the SDK", errModules, r.root().path)
	}
	var said []string
	for _, m := range r.modules {
		if err := requireVersion(r.clone.dir, m, r.version, r.sums); err != nil {
			return "", err
		}
		if !m.tagged {
			said = append(said, m.path+": not tagged")
			continue
		}
		tree, err := r.clone.tree(ctx)
		if err != nil {
			return "", err
		}
		if r.sums[m.path], err = r.proxy.add(r.clone, tree, m, r.version); err != nil {
			return "", err
		}
		said = append(said, m.tag(r.version)+" "+r.sums[m.path].zip)
	}
	// The last module may have no tag, so nothing of it is in the index yet.
	if _, err := r.clone.git(ctx, "add", "--all"); err != nil {
		return "", err
	}
	if _, err := r.clone.git(ctx, "commit", "--quiet", "--allow-empty", "--message", "Release "+r.version); err != nil {
		return "", err
	}
	for _, m := range r.modules {
		if !m.tagged {
			continue
		}
		message := path.Base(m.path) + " " + r.version
		if _, err := r.clone.git(ctx, "tag", "--annotate", "--message", message, m.tag(r.version)); err != nil {
			return "", err
		}
	}
	return strings.Join(said, "\n"), nil
}

// readTagged puts the modules of tags that exist into the proxy.
func (r *release) readTagged(context.Context) (string, error) {
	for _, m := range r.modules {
		if !m.tagged {
			continue
		}
		made, err := r.proxy.add(r.clone, m.tag(r.version), m, r.version)
		if err != nil {
			return "", err
		}
		r.sums[m.path] = made
	}
	return strings.Join(r.tags(), "\n"), nil
}

// checkTidy demands of all tagged modules what tidy demands of one.
func (r *release) checkTidy(ctx context.Context) (string, error) {
	for _, m := range r.modules {
		if !m.tagged {
			continue // script/lint sees to the others, which nobody installs
		}
		if err := r.tidy(ctx, m); err != nil {
			return "", err
		}
	}
	return "", nil
}

// tidy demands that a module's go.mod and go.sum have what it needs, and no more, as seen
// by whoever has no workspace.
func (r *release) tidy(ctx context.Context, m workspaceModule) error {
	dir := filepath.Join(r.clone.dir, filepath.FromSlash(m.dir))
	_, err := output(ctx, dir, r.first().env, "go", "mod", "tidy", "-diff")
	return err
}

func (r *release) checkTags(ctx context.Context) (string, error) {
	home := filepath.Join(r.temp, "direct")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", err
	}
	return "the same bytes as in the proxy", r.machine.checkTags(ctx, r.clone, home, r.version, r.modules, r.sums)
}

// stranger is somebody with a folder of their own, which has the module cache.
func (r *release) stranger(name string, m machine) stranger {
	home := filepath.Join(r.temp, name)
	return stranger{home: home, env: m.strangerEnv(home, m.proxies(r.proxy), r.root().path), version: r.version}
}

// first is the stranger who tries everything.
func (r *release) first() stranger { return r.stranger("stranger", r.machine) }

// builders are two strangers. For the platform of this machine, and for all of them
// where files are published, the second one has a build cache of their own,
// too. It is kept: compiling the standard library for five platforms takes minutes.
func (r *release) builders() (builders, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	apart := r.machine
	apart.GOCACHE = filepath.Join(cache, "tradepay", "release", "go-build")
	return func(p platform) [2]stranger {
		second := r.stranger("another", r.machine)
		if p.isHere() || r.apart {
			second = r.stranger("another", apart)
		}
		return [2]stranger{r.first(), second}
	}, nil
}

// program returns the folder of a program that only strangers build.
func (r *release) program(name string) string {
	return filepath.Join(r.clone.dir, "script", "tools", "release", "testdata", name)
}

func (r *release) getAsStranger(ctx context.Context) (string, error) {
	first := r.first()
	sdk := r.root().path
	built, err := first.build(ctx, "payment", r.program("payment"), sdk)
	if err != nil {
		return "", err
	}
	if err := first.checkModules(ctx, "payment", sdk, built); err != nil {
		return "", err
	}
	said := "payment builds " + strings.Join(built, ", ")
	flow := sdk + "/orderflow"
	if _, isMade := r.sums[flow]; !isMade {
		return said, nil
	}
	built, err = first.build(ctx, "orders", r.program("orders"), flow)
	return said + fmt.Sprintf("\norders builds %d modules", len(built)), err
}

func (r *release) installAsStranger(ctx context.Context) (string, error) {
	if err := findCommands(ctx, r.clone.dir, r.modules); err != nil {
		return "", err
	}
	first := r.first()
	var paths []string
	for _, m := range r.modules {
		paths = append(paths, m.commands...)
	}
	bin, err := first.install(ctx, paths)
	if err != nil {
		return "", err
	}
	said, err := first.do(ctx, ".", filepath.Join(bin, "tradepay"+exe(runtime.GOOS)), "version")
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(said, "tradepay "+r.version+" ") {
		return "", fmt.Errorf("%w: the command says it is %q", errDiffers, said)
	}
	if _, err := first.do(ctx, ".", filepath.Join(bin, "quickstart"+exe(runtime.GOOS))); err != nil {
		return "", err
	}
	return strings.Join(paths, "\n") + "\n" + said, nil
}

func (r *release) copyAsStranger(ctx context.Context) (string, error) {
	shop := r.root().path + "/examples/merchant"
	if _, isMade := r.sums[shop]; !isMade {
		return "not part of this version", nil
	}
	return "", r.first().copyMerchant(ctx, shop)
}

// writeBinaries writes the command for each platform with its bill of materials, and the checksums of all.
func (r *release) writeBinaries(ctx context.Context) (string, error) {
	who, err := r.builders()
	if err != nil {
		return "", err
	}
	sdk := r.root().path
	binaries, err := buildBinaries(ctx, who, sdk+"/cmd/tradepay", r.version, r.files)
	if err != nil {
		return "", err
	}
	for _, name := range binaries {
		if err := checkBinary(name, sdk, r.version, r.sums[sdk]); err != nil {
			return "", err
		}
		if err := writeSBOM(ctx, r.first(), name, name+".cdx.json"); err != nil {
			return "", err
		}
	}
	if err := writeSums(r.files); err != nil {
		return "", err
	}
	lines, err := os.ReadFile(filepath.Join(r.files, "SHA256SUMS"))
	return string(lines), err
}

// checkImage runs the command where there is nothing else, as in the image.
func (r *release) checkImage(ctx context.Context) (string, error) {
	text, err := os.ReadFile(filepath.Join(r.clone.dir, "Dockerfile"))
	if err != nil {
		return "", err
	}
	image, err := readImage(string(text))
	if err != nil {
		return "", err
	}
	if _, err := output(ctx, ".", nil, "docker", "info"); err == nil {
		return image.build(ctx, r.clone.dir, r.version)
	}
	binary := filepath.Join(r.files, platform{"linux", runtime.GOARCH}.fileName("tradepay", r.version))
	return image.imitate(ctx, filepath.Join(r.temp, "image"), binary, r.version)
}

// writeNotes writes what the changelog says about the version. A rehearsal
// takes what is not released yet.
func (r *release) writeNotes(context.Context) (string, error) {
	changelog, err := os.ReadFile(filepath.Join(r.clone.dir, "CHANGELOG.md"))
	if err != nil {
		return "", err
	}
	said := ""
	text, err := notes(string(changelog), r.version)
	if errors.Is(err, errNoNotes) {
		said = "CHANGELOG.md has no section of " + r.version + " yet; these are of Unreleased. "
		text, err = notes(string(changelog), "Unreleased")
	}
	if err != nil {
		return "", err
	}
	name := filepath.Join(r.files, "NOTES.md")
	said += fmt.Sprintf("%d lines", strings.Count(text, "\n"))
	return said, os.WriteFile(name, []byte(text), 0o644)
}

func (r *release) gorelease(ctx context.Context) (string, error) {
	tool, err := output(ctx, r.source.dir, nil, "go", "tool", "-n", "gorelease")
	if err != nil {
		return "", err
	}
	var said []string
	for _, m := range r.modules {
		isProgram := strings.HasPrefix(m.dir, "examples/")
		if !m.tagged || isProgram {
			continue // nobody imports it
		}
		base, err := r.addBase(ctx, m)
		if err != nil {
			return "", err
		}
		dir := filepath.Join(r.clone.dir, filepath.FromSlash(m.dir))
		text, err := gorelease(ctx, tool, dir, r.first().env, base, r.version)
		if err != nil {
			return "", err
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		said = append(said, m.path+": "+lines[len(lines)-1])
	}
	return strings.Join(said, "\n"), nil
}

// addBase puts the version before into the proxy, and returns it, or none if the module is new.
func (r *release) addBase(ctx context.Context, m workspaceModule) (string, error) {
	if r.since == "" {
		return "none", nil
	}
	tag := m.tag(r.since)
	exists, err := r.clone.hasTag(ctx, tag)
	if err != nil {
		return "", err
	}
	if !exists {
		return "none", nil
	}
	_, err = r.proxy.add(r.clone, "refs/tags/"+tag, m, r.since)
	return r.since, err
}

func (r *release) findVulnerabilities(ctx context.Context) (string, error) {
	return output(ctx, r.source.dir, nil, "script/vulnerabilities")
}

// makeDevelopment makes the commit after the version: the modules of this
// repository are built with each other again, and require the version that
// was made, for those who take a commit in between.
func (r *release) makeDevelopment(ctx context.Context) (string, error) {
	if _, err := r.clone.git(ctx, "read-tree", "--reset", "-u", r.base); err != nil {
		return "", err
	}
	for _, m := range r.modules {
		m.tagged = false
		if err := requireVersion(r.clone.dir, m, r.version, nil); err != nil {
			return "", err
		}
	}
	if _, err := r.checkTidy(ctx); err != nil {
		return "", err
	}
	if _, err := r.clone.git(ctx, "add", "--all"); err != nil {
		return "", err
	}
	message := "Modules build with each other after " + r.version
	_, err := r.clone.git(ctx, "commit", "--quiet", "--allow-empty", "--message", message)
	return "", err
}
