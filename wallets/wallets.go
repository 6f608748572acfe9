package wallets

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/wire"
)

// registered holds the constructors that the wallets' own files register.
var registered []func() wire.Profile

// register makes a wallet known. It is for the init function of the wallet's own
// file, so that a wallet is one file.
func register(profile func() wire.Profile) { registered = append(registered, profile) }

// All returns the profiles of all wallets, sorted by name.
func All() []wire.Profile {
	all := make([]wire.Profile, len(registered))
	for i, profile := range registered {
		all[i] = profile()
	}
	slices.SortFunc(all, func(a, b wire.Profile) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// ByName returns the profile of the wallet with this name. It compares letters and
// digits only, in any case: "touch n go" is Touch 'n Go. It reports false for an
// unknown name; see [Nearest].
func ByName(name string) (wire.Profile, bool) {
	for _, profile := range registered {
		if w := profile(); fold(w.Name) == fold(name) {
			return w, true
		}
	}
	return wire.Profile{}, false
}

// Nearest returns the names of up to three wallets that are spelled like name,
// the nearest first: for "did you mean". It returns none if nothing is near.
func Nearest(name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	wanted := fold(name)
	var near []candidate
	for _, w := range All() {
		known := fold(w.Name)
		d := spelling.Distance(wanted, known)
		if len(wanted) >= 3 && (strings.Contains(known, wanted) || strings.Contains(wanted, known)) {
			d = min(d, 1) // a part of the name, or the name and more
		}
		if d <= max(1, min(len(wanted), len(known))/3) {
			near = append(near, candidate{w.Name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	names := make([]string, 0, 3)
	for _, c := range near[:min(len(near), 3)] {
		names = append(names, c.name)
	}
	return names
}

// fold keeps the letters and digits of a name, in lower case.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, name)
}
