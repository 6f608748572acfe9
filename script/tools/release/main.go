// Command release makes a version of every module of this repository, or
// rehearses that on a copy. script/release runs it; docs/release.md is for people.
//
//	release -dry-run [v1.2.3]    rehearse; the version defaults to the next minor one
//	release v1.2.3               rehearse, then commit and tag in this repository
//	release -files dist v1.2.3   the files of a version that is tagged
//
// It works on a clone in a temporary folder. It never pushes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/mod/semver"
)

// errUsage is returned for arguments that make no sense.
var errUsage = errors.New("usage: script/release [--dry-run] [--files FOLDER] [vX.Y.Z]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "script/release:", err)
		stop()
		os.Exit(1)
	}
}

// arguments are what the command line says.
type arguments struct {
	version string
	dryRun  bool
	files   string // an absolute path, or empty
}

func parse(args []string) (arguments, error) {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	dryRun := flags.Bool("dry-run", false, "rehearse: leave nothing behind but the files of -files")
	files := flags.String("files", "",
		"folder for binaries, checksums, SBOM and notes; without -dry-run, of a version that is tagged")
	if err := flags.Parse(args); err != nil {
		return arguments{}, err
	}
	parsed := arguments{version: flags.Arg(0), dryRun: *dryRun}
	isMissing := parsed.version == "" && !parsed.dryRun
	if flags.NArg() > 1 || isMissing {
		return arguments{}, errUsage
	}
	if parsed.version != "" && !isVersion(parsed.version) {
		return arguments{}, fmt.Errorf("%w: %q is no version such as v1.2.3; there are no pre-releases",
			errUsage, parsed.version)
	}
	if *files == "" {
		return parsed, nil
	}
	folder, err := filepath.Abs(*files)
	parsed.files = folder
	return parsed, err
}

// isVersion reports whether a name is a version such as v1.2.3. Pre-releases are none: whoever
// wants what is not released yet takes a commit.
func isVersion(name string) bool {
	return semver.IsValid(name) && semver.Canonical(name) == name && semver.Prerelease(name) == ""
}

func run(ctx context.Context, args []string, out io.Writer) error {
	parsed, err := parse(args)
	if err != nil {
		return err
	}
	root, err := output(ctx, ".", nil, "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "tradepay-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	r := &release{
		source: repository{root}, clone: repository{filepath.Join(temp, "clone")}, temp: temp,
		version: parsed.version, files: parsed.files, out: out, began: time.Now(),
	}
	if r.files == "" {
		r.files = filepath.Join(temp, "files")
	}
	switch {
	case parsed.dryRun:
		return r.rehearse(ctx)
	case parsed.files != "":
		return r.writeFiles(ctx)
	default:
		return r.tag(ctx)
	}
}
