// Package walletfacts has the Spanish of what package wallets knows of each wallet, for the
// command and for the pages in docs/wallets.
package walletfacts

import (
	_ "embed" // the table
	"encoding/json"
	"maps"
	"sync"
)

//go:embed es.json
var file []byte

// table is es.json: the Spanish by the English.
type table struct{ Subjects, Facts map[string]string }

var spanish = sync.OnceValues(func() (table, error) {
	var t table
	err := json.Unmarshal(file, &t)
	return t, err
})

// Subjects returns the Spanish of what facts are about, by wire.Fact.About.
func Subjects() map[string]string {
	t, _ := spanish() // a test reads it
	return maps.Clone(t.Subjects)
}

// Facts returns the Spanish of what facts say, by wire.Fact.Says. Facts that quote a
// wallet's words are not in it.
func Facts() map[string]string {
	t, _ := spanish()
	return maps.Clone(t.Facts)
}

// A Grade is a value of wire.Fact.Known and its Spanish.
type Grade struct{ English, Spanish string }

// Grades returns how facts are known, the least sure first.
func Grades() []Grade {
	return []Grade{
		{"contradicted", "contradictorio"}, {"inferred", "deducido"}, {"one client", "un cliente"},
		{"documents", "documentos"}, {"agreed", "coinciden"}, {"running", "en uso"},
	}
}
