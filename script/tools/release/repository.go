package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// errRefused is returned for a repository that is in no state to be released.
var errRefused = errors.New("refused")

// repository is a git repository with a work tree.
type repository struct{ dir string }

func (r repository) git(ctx context.Context, args ...string) (string, error) {
	return output(ctx, r.dir, nil, "git", args...)
}

// isClean reports whether the work tree has what is committed, and nothing else.
func (r repository) isClean(ctx context.Context) (bool, error) {
	changes, err := r.git(ctx, "status", "--porcelain")
	return changes == "", err
}

// checkReady refuses whatever is not a clean main with its history.
func (r repository) checkReady(ctx context.Context) error {
	clean, err := r.isClean(ctx)
	if err != nil {
		return err
	}
	if !clean {
		return fmt.Errorf("%w: the work tree has changes that are not committed", errRefused)
	}
	branch, err := r.git(ctx, "rev-parse", "--abbrev-ref", "HEAD")
	if err != nil {
		return err
	}
	if branch != "main" {
		return fmt.Errorf("%w: versions are made on main, and this is %s", errRefused, branch)
	}
	isShallow, err := r.git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return err
	}
	if isShallow != "false" {
		return fmt.Errorf("%w: this clone has not the whole history, so the version before may be missing: "+
			"git fetch --unshallow --tags", errRefused)
	}
	return nil
}

// cloneTo copies what is committed, with its tags, and forgets where it came
// from: nothing can be pushed.
func (r repository) cloneTo(ctx context.Context, to repository, revision string) error {
	if _, err := output(ctx, r.dir, nil, "git", "clone", "--quiet", "--no-checkout", r.dir, to.dir); err != nil {
		return err
	}
	commit, err := r.git(ctx, "rev-parse", revision+"^{commit}")
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"remote", "remove", "origin"},
		{"checkout", "--quiet", "--detach", commit},
		{"config", "commit.gpgSign", "false"},
		{"config", "gc.auto", "0"},
	} {
		if _, err := to.git(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// nameAuthor lets the clone commit as whoever commits in r. A rehearsal needs
// nobody's name.
func (r repository) nameAuthor(ctx context.Context, to repository, isRehearsal bool) error {
	for key, rehearsed := range map[string]string{"user.name": "Rehearsal", "user.email": "rehearsal@localhost"} {
		value, err := r.git(ctx, "config", key)
		if err != nil {
			if !isRehearsal {
				return fmt.Errorf("%w: git config %s is not set", errRefused, key)
			}
			value = rehearsed
		}
		if _, err := to.git(ctx, "config", key, value); err != nil {
			return err
		}
	}
	return nil
}

// tree returns the tree of all files as they are now. Zips are made from it
// before there is a commit.
func (r repository) tree(ctx context.Context) (string, error) {
	if _, err := r.git(ctx, "add", "--all"); err != nil {
		return "", err
	}
	return r.git(ctx, "write-tree")
}

// latest returns the highest version of the root module that is tagged at a commit
// or below it, or nothing if there is none yet.
func (r repository) latest(ctx context.Context) (string, error) {
	tags, err := r.git(ctx, "tag", "--list", "--merged", "HEAD", "v[0-9]*")
	if err != nil {
		return "", err
	}
	versions := slices.DeleteFunc(strings.Fields(tags), func(tag string) bool { return !isVersion(tag) })
	if len(versions) == 0 {
		return "", nil
	}
	return slices.MaxFunc(versions, semver.Compare), nil
}

// hasTag reports whether there is a tag.
func (r repository) hasTag(ctx context.Context, tag string) (bool, error) {
	existing, err := r.git(ctx, "tag", "--list")
	return slices.Contains(strings.Fields(existing), tag), err
}

// checkFree refuses a version of which a tag exists.
func (r repository) checkFree(ctx context.Context, tags []string) error {
	for _, tag := range tags {
		exists, err := r.hasTag(ctx, tag)
		if err != nil {
			return err
		}
		if exists {
			return fmt.Errorf("%w: there is a tag %s already; a version is never made twice", errRefused, tag)
		}
	}
	return nil
}
