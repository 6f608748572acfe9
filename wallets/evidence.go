package wallets

import (
	"slices"

	"github.com/tradepay/tradepay-go/wire"
)

// subjects are what the evidence of every profile speaks of.
var subjects = []string{
	"paths", "signed content", "time", "encoding", "label", "shapes", "codes", "hosts",
}

// evidence returns the facts, and for each subject that they leave out, that the
// wallet's document alone speaks for it.
func evidence(document string, facts ...wire.Fact) []wire.Fact {
	for _, subject := range subjects {
		if !slices.ContainsFunc(facts, func(f wire.Fact) bool { return f.About == subject }) {
			facts = append(facts, wire.Fact{
				About: subject, Known: "documents", Says: "Nothing but the document speaks for it.", Source: document,
			})
		}
	}
	return facts
}
