package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// errStranger is returned where somebody who has only Go and a proxy gets stuck.
var errStranger = errors.New("as a stranger")

// machine is what strangers share with whoever runs this: where modules come
// from, and what was compiled.
type machine struct{ GOPROXY, GOSUMDB, GOCACHE, GOMODCACHE string }

func readMachine(ctx context.Context) (machine, error) {
	var m machine
	text, err := output(ctx, ".", nil, "go", "env", "-json", "GOPROXY", "GOSUMDB", "GOCACHE", "GOMODCACHE")
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(text), &m)
}

// proxies are where strangers get modules: what is being released, then what
// this machine has downloaded before, then what it downloads from.
func (m machine) proxies(released proxy) string {
	downloaded := proxy{filepath.Join(m.GOMODCACHE, "cache", "download")}
	return released.url() + "," + downloaded.url() + "," + m.GOPROXY
}

// strangerEnv is the environment of somebody who has Go and a network, and
// nothing of this repository: no workspace, no settings, an empty module cache
// below home. Only what was compiled is shared, which -trimpath makes possible.
// Modules of others are checked with the checksum database, as usual.
func (m machine) strangerEnv(home, goproxy, sdk string) []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		for _, own := range []string{"GO", "GIT_", "TRADEPAY_", "HOME="} {
			if strings.HasPrefix(entry, own) {
				return true
			}
		}
		return false
	})
	return append(env, "HOME="+home, "GOPATH="+filepath.Join(home, "go"), "GOCACHE="+m.GOCACHE,
		"GOENV=off", "GOWORK=off",
		"GOPROXY="+goproxy, "GOSUMDB="+m.GOSUMDB, "GONOSUMDB="+sdk+","+sdk+"/*",
		"GOFLAGS=-trimpath -modcacherw", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
}

// stranger works below a folder, with the versions of a proxy.
type stranger struct {
	home    string
	env     []string
	version string
}

// do runs a command in a folder below the stranger's home.
func (s stranger) do(ctx context.Context, folder, name string, args ...string) (string, error) {
	dir := filepath.Join(s.home, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	text, err := output(ctx, dir, s.env, name, args...)
	if err != nil {
		return text, fmt.Errorf("%w: %w", errStranger, err)
	}
	return text, nil
}

// build makes a module of one of the programs of testdata, gets what it
// imports in the version, and builds and runs it. It returns the modules that are in it.
func (s stranger) build(ctx context.Context, program, source string, get ...string) ([]string, error) {
	if err := os.CopyFS(filepath.Join(s.home, program), os.DirFS(source)); err != nil {
		return nil, err
	}
	commands := [][]string{{"go", "mod", "init", "example.com/" + program}}
	for _, path := range get {
		commands = append(commands, []string{"go", "get", path + "@" + s.version})
	}
	binary := filepath.Join(s.home, program, program+exe(runtime.GOOS))
	commands = append(commands, []string{"go", "build", "-o", binary, "."}, []string{binary})
	for _, command := range commands {
		if _, err := s.do(ctx, program, command[0], command[1:]...); err != nil {
			return nil, err
		}
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var modules []string
	for _, dep := range info.Deps {
		modules = append(modules, dep.Path)
	}
	return modules, nil
}

// checkModules holds a program against the promise of the README: it builds
// the SDK, resty, what resty needs, and nothing else.
func (s stranger) checkModules(ctx context.Context, program, sdk string, built []string) error {
	const resty = "github.com/go-resty/resty/v2"
	needs, err := s.do(ctx, program, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", resty)
	if err != nil {
		return err
	}
	allowed := append(strings.Fields(needs), sdk)
	for _, path := range built {
		if !slices.Contains(allowed, path) {
			return fmt.Errorf("%w: %s builds %s, which is neither the SDK nor resty nor needed by it",
				errStranger, program, path)
		}
	}
	if !slices.Contains(built, sdk) || !slices.Contains(built, resty) {
		return fmt.Errorf("%w: %s builds %v, so it is no client of the SDK", errStranger, program, built)
	}
	return nil
}

// install installs commands by their paths, and returns the folder of the binaries.
func (s stranger) install(ctx context.Context, paths []string, env ...string) (string, error) {
	for _, command := range paths {
		installer := stranger{home: s.home, env: append(slices.Clip(s.env), env...), version: s.version}
		if _, err := installer.do(ctx, ".", "go", "install", "-ldflags=-s -w", command+"@"+s.version); err != nil {
			return "", err
		}
	}
	return filepath.Join(s.home, "go", "bin"), nil
}

// copyMerchant makes the example shop a program of the stranger's own: the files
// of the module, under another name, with the versions that are published.
func (s stranger) copyMerchant(ctx context.Context, path string) error {
	source, err := s.do(ctx, ".", "go", "mod", "download", "-json", path+"@"+s.version)
	if err != nil {
		return err
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal([]byte(source), &downloaded); err != nil {
		return err
	}
	own := filepath.Join(s.home, "shop")
	if err := os.CopyFS(own, os.DirFS(downloaded.Dir)); err != nil {
		return err
	}
	err = filepath.WalkDir(own, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			return os.Remove(name) // tests use what is internal to the repository
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".mod" {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(name, []byte(strings.ReplaceAll(string(data), path, "example.com/shop")), 0o600)
	})
	if err != nil {
		return err
	}
	_, err = s.do(ctx, "shop", "go", "build", "-o", filepath.Join(s.home, "own-shop"+exe(runtime.GOOS)), ".")
	return err
}

// exe is what the name of a program ends with on a system.
func exe(goos string) string {
	if goos == "windows" {
		return ".exe"
	}
	return ""
}
