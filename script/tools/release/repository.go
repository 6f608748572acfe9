package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// checkReady refuses whatever is not a clean main.
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

// latest returns the newest version of the root module that is tagged below a
// commit, or nothing.
func (r repository) latest(ctx context.Context) string {
	tag, err := r.git(ctx, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
	if err != nil {
		return "" // there is none
	}
	return tag
}

// checkFree refuses a version of which a tag exists.
func (r repository) checkFree(ctx context.Context, tags []string) error {
	existing, err := r.git(ctx, "tag", "--list")
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if strings.Contains("\n"+existing+"\n", "\n"+tag+"\n") {
			return fmt.Errorf("%w: there is a tag %s already; a version is never made twice", errRefused, tag)
		}
	}
	return nil
}
