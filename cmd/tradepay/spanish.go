package main

import (
	_ "embed" // the table of phrases
	"regexp"
	"slices"
	"strings"
	"sync"
)

// messageFile has what the command itself says, phraseFile what others say: a line in
// English, a line in Spanish, an empty line.
var (
	//go:embed messages.txt
	messageFile string
	//go:embed phrases.txt
	phraseFile string
)

// messages are what the command itself says: the format in English, which the code has, and
// the format in Spanish.
var messages = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, pair := range pairs(messageFile) {
		all[strings.ReplaceAll(pair[0], `\n`, "\n")] = strings.ReplaceAll(pair[1], `\n`, "\n")
	}
	return all
})

// part matches where a phrase differs: a text, a word, a number.
var part = regexp.MustCompile(`%[swd]`)

// pattern is a phrase with parts that differ, such as a name or another phrase.
type pattern struct {
	en *regexp.Regexp
	es []string // what is between the parts
}

// phraseBook is phraseFile, read.
type phraseBook struct {
	whole    map[string]string
	patterns []pattern // those that say most themselves first
}

var phrases = sync.OnceValue(func() phraseBook {
	book := phraseBook{whole: make(map[string]string)}
	var withParts [][2]string
	for _, pair := range pairs(phraseFile) {
		if part.MatchString(pair[0]) {
			withParts = append(withParts, pair)
		} else {
			book.whole[pair[0]] = pair[1]
		}
	}
	slices.SortStableFunc(withParts, func(a, b [2]string) int {
		return len(part.ReplaceAllString(b[0], "")) - len(part.ReplaceAllString(a[0], ""))
	})
	for _, pair := range withParts {
		en := strings.NewReplacer("%s", "(.+?)", "%w", `(\S+)`, "%d", `(\d+)`).Replace(regexp.QuoteMeta(pair[0]))
		book.patterns = append(book.patterns, pattern{
			regexp.MustCompile("(?s)^" + en + "$"), part.Split(pair[1], -1),
		})
	}
	return book
})

// pairs are the English and Spanish of a file.
func pairs(file string) (all [][2]string) {
	for block := range strings.SplitSeq(file, "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if isComment := strings.HasPrefix(lines[0], "// "); isComment || len(lines) != 2 {
			continue
		}
		all = append(all, [2]string{lines[0], lines[1]})
	}
	return all
}

// phrase returns a text of the library in Spanish: the table has it whole, or by its parts. A
// text that it does not have, such as one of the operating system, stays as it is.
func phrase(en string) string {
	es, _ := (&translator{phrases(), make(map[string]*translation)}).translate(en)
	return es
}

// translation is a text in Spanish, and whether all of it is known.
type translation struct {
	es    string
	known bool
}

// translator translates one text, and each part of it once.
type translator struct {
	phraseBook
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
	best, found := en, false
	for _, p := range t.patterns {
		match := p.en.FindStringSubmatch(en)
		if match == nil || found {
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
		best, found = b.String(), true
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
