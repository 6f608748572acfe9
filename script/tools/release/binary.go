package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// platform is a system and a processor for which the command is built.
type platform struct{ os, arch string }

var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"},
}

// fileName is what a binary of the command is called in a release.
func (p platform) fileName(command, version string) string {
	return path.Base(command) + "_" + version + "_" + p.os + "_" + p.arch + exe(p.os)
}

// installed is where go install puts the command for this platform, below its bin folder.
func (p platform) installed(command string) string {
	name := path.Base(command) + exe(p.os)
	if p.isHere() {
		return name
	}
	return filepath.Join(p.os+"_"+p.arch, name)
}

// isHere reports whether the platform is that of this program.
func (p platform) isHere() bool { return p.os == runtime.GOOS && p.arch == runtime.GOARCH }

// builders returns who builds the command for a platform: two, whose folders and
// module caches differ.
type builders func(platform) [2]stranger

// buildBinaries installs the command for every platform twice and demands the
// same bytes. It returns the paths of the binaries in a folder.
func buildBinaries(ctx context.Context, who builders, command, version, folder string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range platforms {
		var hashes [2]string
		var built string
		for i, builder := range who(p) {
			bin, err := builder.install(ctx, []string{command}, "GOOS="+p.os, "GOARCH="+p.arch)
			if err != nil {
				return nil, err
			}
			built = filepath.Join(bin, p.installed(command))
			if hashes[i], err = hashFile(built); err != nil {
				return nil, err
			}
		}
		if hashes[0] != hashes[1] {
			return nil, fmt.Errorf("%w: %s for %s/%s, built in two folders", errDiffers, command, p.os, p.arch)
		}
		name := filepath.Join(folder, p.fileName(command, version))
		if err := copyFile(built, name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// checkBinary reads from a binary which version of which module it is of,
// and that it was built with nothing but that.
func checkBinary(name, module, version string, made sum) error {
	info, err := buildinfo.ReadFile(name)
	if err != nil {
		return err
	}
	got := info.Main
	if got.Path != module || got.Version != version || got.Sum != made.zip {
		return fmt.Errorf("%w: %s was built from %s %s %s", errDiffers, name, got.Path, got.Version, got.Sum)
	}
	for _, setting := range info.Settings {
		if setting.Key == "CGO_ENABLED" && setting.Value != "0" {
			return fmt.Errorf("%w: %s needs C libraries", errDiffers, name)
		}
	}
	return nil
}

// writeSums writes SHA256SUMS for the files of a folder, as sha256sum --check reads it.
func writeSums(folder string) error {
	const sumsName = "SHA256SUMS"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var lines []string
	for _, entry := range entries {
		if entry.Name() == sumsName {
			continue
		}
		hash, err := hashFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		lines = append(lines, hash+"  "+entry.Name())
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n") + "\n"
	return os.WriteFile(filepath.Join(folder, sumsName), []byte(text), 0o644)
}

func hashFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}
