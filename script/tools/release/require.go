package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// sums are the lines of go.sum for the versions that are being made, by module path.
type sums map[string]sum

// sum has the hashes of a module's zip and of its go.mod.
type sum struct{ zip, goMod string }

// lines returns the two lines of go.sum.
func (s sum) lines(path, version string) []string {
	return []string{
		fmt.Sprintf("%s %s %s", path, version, s.zip),
		fmt.Sprintf("%s %s/go.mod %s", path, version, s.goMod),
	}
}

// requireVersion lets a module require a version of the others of this
// repository. A tagged one requires what is published, so it has no replace:
// go install refuses it otherwise, and go get ignores it.
func requireVersion(root string, m workspaceModule, version string, known sums) error {
	file, err := readGoMod(root, m.dir)
	if err != nil {
		return err
	}
	for _, path := range m.requires {
		if err := file.AddRequire(path, version); err != nil {
			return err
		}
		if m.tagged {
			if err := file.DropReplace(path, ""); err != nil {
				return err
			}
		}
	}
	file.Cleanup()
	if m.tagged && len(file.Replace) > 0 {
		return fmt.Errorf("%w: %s replaces %s, so nobody can install it", errModules, m.path, file.Replace[0].Old.Path)
	}
	if err := writeGoMod(root, m.dir, file); err != nil {
		return err
	}
	if !m.tagged {
		return nil
	}
	var lines []string
	for _, path := range m.requires {
		lines = append(lines, known[path].lines(path, version)...)
	}
	return addSums(root, m.dir, lines)
}

func writeGoMod(root, dir string, file *modfile.File) error {
	data, err := file.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, filepath.FromSlash(dir), "go.mod"), data, 0o600)
}

// addSums adds lines to a module's go.sum, in the order that go mod tidy wants.
func addSums(root, dir string, added []string) error {
	name := filepath.Join(root, filepath.FromSlash(dir), "go.sum")
	data, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	var versions []module.Version
	hashes := make(map[module.Version]string)
	for _, line := range append(strings.Split(string(data), "\n"), added...) {
		if fields := strings.Fields(line); len(fields) == 3 {
			v := module.Version{Path: fields[0], Version: fields[1]}
			versions = append(versions, v)
			hashes[v] = fields[2]
		}
	}
	module.Sort(versions)
	var sorted strings.Builder
	for _, v := range slices.Compact(versions) {
		fmt.Fprintf(&sorted, "%s %s %s\n", v.Path, v.Version, hashes[v])
	}
	return os.WriteFile(name, []byte(sorted.String()), 0o600)
}
