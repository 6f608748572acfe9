package wallets_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// held are the tests that hold the facts, by wallet and fact. A wallet's own test
// file adds its facts with [hold].
var held = map[string]func(t *testing.T, profile wire.Profile){}

// hold names the test of a fact. It is for init functions.
func hold(wallet, about string, test func(t *testing.T, profile wire.Profile)) {
	held[wallet+": "+about] = test
}

// grades are the ways in which a fact can be known, the worst first.
var grades = []string{"contradicted", "inferred", "one client", "documents", "agreed", "running"}

// profiles are the wallets and, for those that have no profile, the two dialects.
func profiles() []wire.Profile {
	return append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2())
}

// mustBeHeld reports whether a fact needs a test: the evidence for it is more than
// the wallet's own documents.
func mustBeHeld(f wire.Fact) bool {
	return slices.Contains([]string{"contradicted", "agreed", "running"}, f.Known)
}

// TestEvidence walks what is known about the wallets. Each profile speaks of every
// subject, and each fact that integrators show has a test that holds it.
func TestEvidence(t *testing.T) {
	t.Parallel()
	subjects := []string{"paths", "signed content", "time", "encoding", "label", "shapes", "codes", "hosts"}
	var known []string
	for _, profile := range profiles() {
		var about []string
		for _, fact := range profile.Evidence {
			name := profile.Name + ": " + fact.About
			require.NotContains(t, about, fact.About, "%s is there twice", name)
			about, known = append(about, fact.About), append(known, name)
			require.Contains(t, grades, fact.Known, name)
			require.Regexp(t, `^[A-Z0-9].*\.$`, fact.Says, name)
			require.NotEmpty(t, fact.Source, name)
			test := held[name]
			if test == nil {
				require.False(t, mustBeHeld(fact), "no test holds the fact %q", name)
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, profile.Clone())
			})
		}
		for _, subject := range subjects {
			require.Contains(t, about, subject, profile.Name)
		}
	}
	for name := range held {
		require.Contains(t, known, name, "a test of a fact that no profile has")
	}
}

// sumOf is the sentence of a profile's comment that says how much of it is known.
func sumOf(comment string) string {
	return regexp.MustCompile(`Evidence: [^.]*\.`).FindString(strings.Join(strings.Fields(comment), " "))
}

// TestCommentsSumUpTheEvidence: a profile's comment says how much of it is known.
func TestCommentsSumUpTheEvidence(t *testing.T) {
	t.Parallel()
	said := comments(t)
	for _, profile := range profiles() {
		has := func(grade string) bool {
			return slices.ContainsFunc(profile.Evidence, func(f wire.Fact) bool { return f.Known == grade })
		}
		text := strings.Join(strings.Fields(said[profile.Name]), " ")
		sum := sumOf(text)
		require.Contains(t, text, "Not tested live.", profile.Name)
		switch {
		case has("running"):
			require.Contains(t, sum, "runs in merchants' code", profile.Name)
		case has("agreed"):
			require.Contains(t, sum, "agreed by integrators", profile.Name)
		default:
			require.Contains(t, sum, "from documents", profile.Name)
		}
		require.Equal(t, has("contradicted"), strings.Contains(sum, "contradicted: "), profile.Name)
	}
}
