// Package testsize says how much a test does: as much as a change needs, or
// all of it. script/soak asks for all; -short asks for less.
package testsize

import (
	"os"
	"testing"
)

// variable holds 1 where tests run at their full sizes.
const variable = "TRADEPAY_TEST_FULL"

// Full says whether tests run at their full sizes.
func Full() bool { return os.Getenv(variable) == "1" }

// Of returns how often a test does what it does: full with
// TRADEPAY_TEST_FULL=1, short with -short, otherwise usual.
func Of(short, usual, full int) int {
	switch {
	case Full():
		return full
	case testing.Short():
		return short
	}
	return usual
}
