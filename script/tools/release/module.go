package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// errModules is returned for modules of which no version can be made.
var errModules = errors.New("modules")

// untaggedMark stands above the module line of a go.mod of which no version is made.
const untaggedMark = "// Untagged:"

// workspaceModule is one of those that go.work lists.
type workspaceModule struct {
	path     string
	dir      string   // below the root, with slashes; "" for the root
	requires []string // the paths of those among them that it requires
	tagged   bool
	commands []string // its main packages, if it is tagged
}

// tag returns the tag of a version.
func (m workspaceModule) tag(version string) string { return path.Join(m.dir, version) }

// readModules returns the modules of a repository's go.work, each after those
// that it requires.
func readModules(root string) ([]workspaceModule, error) {
	name := filepath.Join(root, "go.work")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		return nil, err
	}
	var modules []workspaceModule
	required := make(map[string][]string)
	for _, use := range work.Use {
		dir := path.Clean(use.Path)
		if dir == "." {
			dir = ""
		}
		file, err := readGoMod(root, dir)
		if err != nil {
			return nil, err
		}
		m := workspaceModule{path: file.Module.Mod.Path, dir: dir, tagged: true}
		for _, comment := range file.Module.Syntax.Before {
			if strings.HasPrefix(comment.Token, untaggedMark) {
				m.tagged = false
			}
		}
		modules = append(modules, m)
		for _, r := range file.Require {
			required[m.path] = append(required[m.path], r.Mod.Path)
		}
	}
	for i, m := range modules {
		for _, other := range modules {
			if !slices.Contains(required[m.path], other.path) {
				continue
			}
			if m.tagged && !other.tagged {
				return nil, fmt.Errorf("%w: %s is tagged and requires %s, which is not", errModules, m.path, other.path)
			}
			modules[i].requires = append(modules[i].requires, other.path)
		}
	}
	return ordered(modules)
}

// ordered puts each module after those that it requires, and otherwise goes by their paths.
func ordered(modules []workspaceModule) ([]workspaceModule, error) {
	byPath := func(a, b workspaceModule) int { return cmp.Compare(a.path, b.path) }
	rest := slices.SortedFunc(slices.Values(modules), byPath)
	var done []workspaceModule
	isDone := func(path string) bool {
		return slices.ContainsFunc(done, func(m workspaceModule) bool { return m.path == path })
	}
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(m workspaceModule) bool {
			return !slices.ContainsFunc(m.requires, func(path string) bool { return !isDone(path) })
		})
		if next < 0 {
			return nil, fmt.Errorf("%w: %s and others require each other in a circle", errModules, rest[0].path)
		}
		done = append(done, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return done, nil
}

func readGoMod(root, dir string) (*modfile.File, error) {
	name := filepath.Join(root, filepath.FromSlash(dir), "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, data, nil)
}

// findCommands finds the main packages of the modules that are tagged.
func findCommands(ctx context.Context, root string, modules []workspaceModule) error {
	for i, m := range modules {
		if !m.tagged {
			continue
		}
		dir := filepath.Join(root, filepath.FromSlash(m.dir))
		env := append(os.Environ(), "GOWORK="+filepath.Join(root, "go.work"))
		const ifMain = `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`
		list, err := output(ctx, dir, env, "go", "list", "-find", "-f", ifMain, "./...")
		if err != nil {
			return err
		}
		modules[i].commands = strings.Fields(list)
	}
	return nil
}
