package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// errDiffers is returned where two ways to the same thing end in different bytes.
var errDiffers = errors.New("not the same bytes")

// proxy is a module proxy made of files, as GOPROXY=file://… reads it.
type proxy struct{ dir string }

func (p proxy) url() string { return "file://" + filepath.ToSlash(p.dir) }

// add puts a version of a module into the proxy, made from a git tree as the go
// command makes it of a tag.
func (p proxy) add(from repository, tree string, m workspaceModule, version string) (sum, error) {
	escaped, err := module.EscapePath(m.path)
	if err != nil {
		return sum{}, err
	}
	folder := filepath.Join(p.dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return sum{}, err
	}
	name := filepath.Join(folder, version+".zip")
	if err := writeZip(name, from, tree, m, version); err != nil {
		return sum{}, err
	}
	goMod, err := goModOf(name, m.path+"@"+version)
	if err != nil {
		return sum{}, err
	}
	info, err := json.Marshal(map[string]string{"Version": version, "Time": time.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return sum{}, err
	}
	for ext, content := range map[string][]byte{".info": info, ".mod": goMod} {
		if err := os.WriteFile(filepath.Join(folder, version+ext), content, 0o600); err != nil {
			return sum{}, err
		}
	}
	if err := list(folder, version); err != nil {
		return sum{}, err
	}
	hashed, err := dirhash.HashZip(name, dirhash.Hash1)
	if err != nil {
		return sum{}, err
	}
	hashedMod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(goMod)), nil
	})
	return sum{zip: hashed, goMod: hashedMod}, err
}

// list adds a version to those that the proxy names.
func list(folder, version string) error {
	name := filepath.Join(folder, "list")
	old, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(name, append(old, version+"\n"...), 0o600)
}

// goModOf reads the go.mod in a module's zip, in which all names begin with the version.
func goModOf(name, version string) ([]byte, error) {
	reader, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }() // it was only read
	file, err := reader.Open(version + "/go.mod")
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

func writeZip(name string, from repository, tree string, m workspaceModule, version string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	err = modzip.CreateFromVCS(file, module.Version{Path: m.path, Version: version}, from.dir, tree, m.dir)
	return errors.Join(err, file.Close())
}

// checkTags lets the go command itself make the modules of the tags, as a module
// proxy will after they are pushed, and compares: the hashes that go.sum has of
// them are right only then.
func (m machine) checkTags(ctx context.Context, from repository, home, version string, modules []workspaceModule,
	known sums) error {
	sdk := modules[0].path
	env := append(m.strangerEnv(home, "direct", sdk), "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url.file://"+from.dir+".insteadOf",
		"GIT_CONFIG_VALUE_0=https://"+modules[0].path)
	args := []string{"mod", "download", "-json"}
	for _, m := range modules {
		if m.tagged {
			args = append(args, m.path+"@"+version)
		}
	}
	text, err := output(ctx, home, env, "go", args...)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	for range args[3:] {
		var got struct{ Path, Sum, GoModSum string }
		if err := decoder.Decode(&got); err != nil {
			return err
		}
		if want := known[got.Path]; got.Sum != want.zip || got.GoModSum != want.goMod {
			return fmt.Errorf("%w: %s: go makes %s of the tag, and go.sum says %s",
				errDiffers, got.Path, got.Sum, want.zip)
		}
	}
	return nil
}
