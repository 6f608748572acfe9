package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// errNoNotes is returned if CHANGELOG.md says nothing about a version.
var errNoNotes = errors.New("CHANGELOG.md")

// heading is that of a version, with the day on which it was made.
var heading = regexp.MustCompile(`(?m)^## \[([^\]]+)\](?: - \d{4}-\d{2}-\d{2})?$`)

// link is a line at the end that says where the brackets lead.
var link = regexp.MustCompile(`(?m)^\[[^\]]+\]: .*$`)

// notes returns what a changelog says about a version, v1.2.3 or Unreleased.
func notes(changelog, version string) (string, error) {
	name := strings.TrimPrefix(version, "v")
	found := heading.FindAllStringSubmatchIndex(changelog, -1)
	for i, at := range found {
		if changelog[at[2]:at[3]] != name {
			continue
		}
		end := len(changelog)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		text := strings.TrimSpace(link.ReplaceAllString(changelog[at[1]:end], ""))
		if text == "" {
			break
		}
		return text + "\n", nil
	}
	return "", fmt.Errorf("%w has no section, or an empty one: ## [%s] - YYYY-MM-DD", errNoNotes, name)
}
