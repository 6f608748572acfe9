package stage

import (
	"github.com/tradepay/tradepay-go/phrasebook"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// longest is the length of a text that is looked up: the wallet and the doctor say less.
const longest = 2000

// spoken is a text of the library, the wallet or the doctor in the language.
func (l language) spoken(text string) string {
	if l.Tag != "es" || len(text) > longest {
		return text
	}
	return phrasebook.Spanish(text)
}

// in returns the entry with what the wallet and the doctor say of it in the language.
func (e *Entry) in(l language) *Entry {
	said := *e
	said.Error = l.spoken(e.Error)
	said.Message, said.Answer = messageIn(l, e.Message), messageIn(l, e.Answer)
	return &said
}

func messageIn(l language, m *tradepaytest.Message) *tradepaytest.Message {
	if m == nil {
		return nil
	}
	said := *m
	said.Verdict = l.spoken(m.Verdict)
	if m.Diagnosis != nil {
		found := *m.Diagnosis
		found.Summary, found.Remedy = l.spoken(found.Summary), l.spoken(found.Remedy)
		said.Diagnosis = &found
	}
	return &said
}
