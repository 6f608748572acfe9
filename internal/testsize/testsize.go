// Package testsize says how much a test does: usually as much as a change needs, less
// with -short, and everything with script/soak.
package testsize

import (
	"os"
	"testing"
)

// variable is 1 if tests run at their full sizes.
const variable = "TRADEPAY_TEST_FULL"

// Full reports whether tests run at their full sizes.
func Full() bool { return os.Getenv(variable) == "1" }

// Of returns how many rounds a test makes: full with TRADEPAY_TEST_FULL=1, short with
// -short, else usual.
func Of(short, usual, full int) int {
	switch {
	case Full():
		return full
	case testing.Short():
		return short
	}
	return usual
}
