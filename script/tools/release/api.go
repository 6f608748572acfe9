package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// errAPI is returned for a version that says less than the API has changed.
var errAPI = errors.New("API")

// change is how much an API has changed.
type change int

const (
	unchanged change = iota
	added            // programs go on as they are
	broken           // some programs do not compile any more
)

// apiChange asks script/apidiff what has changed in api/*.txt since a version, and returns what it says.
func apiChange(ctx context.Context, root, since string) (change, string, error) {
	text, err := output(ctx, root, nil, "script/apidiff", since)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(text, "Gone or changed since"):
		return broken, strings.TrimSpace(text), nil
	case err != nil:
		return unchanged, text, err
	case strings.HasPrefix(text, "New since"):
		return added, text, nil
	default:
		return unchanged, text, nil
	}
}

// checkVersion refuses a version that promises more than is kept: a patch
// brings nothing new, and breaks nothing; from v1 on, nothing breaks at all. Before, a
// minor version may.
func checkVersion(since, version string, api change) error {
	if semver.Compare(version, since) <= 0 {
		return fmt.Errorf("%w: %s is not after %s", errAPI, version, since)
	}
	isPatch := semver.MajorMinor(version) == semver.MajorMinor(since)
	isStable := semver.Major(since) != "v0"
	switch {
	case api == broken && isStable:
		return fmt.Errorf("%w: it breaks programs that use %s, which no v1 may", errAPI, since)
	case api != unchanged && isPatch:
		return fmt.Errorf("%w: it has changed since %s, so %s has to be a minor version", errAPI, since, version)
	}
	return nil
}

// nextMinor returns the minor version after one, or the first.
func nextMinor(since string) string {
	if since == "" {
		return "v0.1.0"
	}
	major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor(since), "v"), ".")
	n, _ := strconv.Atoi(minor) // semver has checked it
	return fmt.Sprintf("v%s.%d.0", major, n+1)
}

// gorelease asks the Go project's tool about the version of a module, which
// compares exported types with those of the version before. Base is that version, or
// "none". The tool is a path.
func gorelease(ctx context.Context, tool, dir string, env []string, base, version string) (string, error) {
	text, err := output(ctx, dir, env, tool, "-base="+base, "-version="+version)
	if err != nil {
		return text, fmt.Errorf("%w: %w", errAPI, err)
	}
	return text, nil
}
