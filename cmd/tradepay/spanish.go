package main

import (
	_ "embed" // the table of messages
	"strings"
	"sync"

	"github.com/tradepay/tradepay-go/internal/phrasebook"
)

// messageFile has what the command itself says. What others say is in internal/phrasebook.
//
//go:embed messages.txt
var messageFile string

// messages are what the command itself says: the format in English, which the code has, and
// the format in Spanish.
var messages = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, pair := range phrasebook.Pairs(messageFile) {
		all[strings.ReplaceAll(pair[0], `\n`, "\n")] = strings.ReplaceAll(pair[1], `\n`, "\n")
	}
	return all
})
