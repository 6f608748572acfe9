// Package phrasebook says in Spanish what the library, the doctor and the test wallet say in
// English. The table is phrases.txt.
package phrasebook

import (
	_ "embed" // the table
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed phrases.txt
var table string

// part matches where a phrase differs: a text, a word, a number.
var part = regexp.MustCompile(`%[swd]`)

// pattern is a phrase with parts that differ, such as a name or another phrase.
type pattern struct {
	en *regexp.Regexp
	es []string // what is between the parts
}

// book is the table, read.
type book struct {
	whole    map[string]string
	patterns []pattern // those that say most themselves first
}

var phrases = sync.OnceValue(func() book {
	all := book{whole: make(map[string]string)}
	var withParts [][2]string
	for _, pair := range Pairs(table) {
		if part.MatchString(pair[0]) {
			withParts = append(withParts, pair)
		} else {
			all.whole[pair[0]] = pair[1]
		}
	}
	slices.SortStableFunc(withParts, func(a, b [2]string) int {
		return len(part.ReplaceAllString(b[0], "")) - len(part.ReplaceAllString(a[0], ""))
	})
	for _, pair := range withParts {
		en := strings.NewReplacer("%s", "(.+?)", "%w", `(\S+)`, "%d", `(\d+)`).Replace(regexp.QuoteMeta(pair[0]))
		all.patterns = append(all.patterns, pattern{
			regexp.MustCompile("(?s)^" + en + "$"), part.Split(pair[1], -1),
		})
	}
	return all
})

// Pairs are the English and Spanish of a table: a line in English, a line in Spanish, an
// empty line. Lines that begin with // are comments.
func Pairs(file string) (all [][2]string) {
	for block := range strings.SplitSeq(file, "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if isComment := strings.HasPrefix(lines[0], "// "); isComment || len(lines) != 2 {
			continue
		}
		all = append(all, [2]string{lines[0], lines[1]})
	}
	return all
}

// Table is every phrase: its English, then its Spanish.
func Table() [][2]string { return Pairs(table) }

// Spanish returns a text in Spanish: the table has it whole, or by its parts. What the table does
// not have, such as a text of the operating system, stays in English.
func Spanish(en string) string {
	es, _ := Translate(en)
	return es
}

// Translate is Spanish. It also reports whether all of the text is known.
func Translate(en string) (es string, known bool) {
	return (&translator{phrases(), make(map[string]*translation)}).translate(en)
}

// translation is a text in Spanish, and whether all of it is known.
type translation struct {
	es    string
	known bool
}

// translator translates one text, and each part of it once.
type translator struct {
	book
	done map[string]*translation
}

// bare matches a part that is the same in both languages: a name, a number, an id.
var bare = regexp.MustCompile(`^\S*$|^"[^"]*"$|^\d[\d.,]* [A-Z]{3}$`)

func (t *translator) translate(en string) (es string, known bool) {
	if found := t.done[en]; found != nil {
		return found.es, found.known
	}
	t.done[en] = &translation{en, false} // while it looks at the parts
	es, known = t.look(strings.TrimPrefix(en, "tradepay: "))
	t.done[en] = &translation{es, known}
	return es, known
}

func (t *translator) look(en string) (es string, known bool) {
	if es, ok := t.whole[en]; ok {
		return es, true
	}
	if first, rest, ok := strings.Cut(en, "\n"); ok { // errors that were joined
		if es, known := t.translate(first); known {
			rest, known := t.translate(rest)
			return es + "\n" + rest, known
		}
	}
	best, found := en, false
	for _, p := range t.patterns {
		match := p.en.FindStringSubmatch(en)
		if match == nil {
			continue
		}
		var b strings.Builder
		all := true
		b.WriteString(p.es[0])
		for i, group := range match[1:] {
			part, known := t.translate(group)
			all = all && known
			b.WriteString(part + p.es[i+1])
		}
		if all {
			return b.String(), true
		}
		if !found {
			best, found = b.String(), true
		}
	}
	if bare.MatchString(en) {
		return en, true
	}
	for _, separator := range []string{"; ", ": ", ", ", " and "} {
		for at := strings.Index(en, separator); at > 0; {
			head, known := t.translate(en[:at])
			tail, tailKnown := t.translate(en[at+len(separator):])
			if known && tailKnown {
				return head + strings.Replace(separator, " and ", " y ", 1) + tail, true
			}
			if known && separator == ": " && !found {
				best, found = head+separator+tail, true
			}
			next := strings.Index(en[at+1:], separator)
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
	return best, false
}
