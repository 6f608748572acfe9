package doctor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The values of a body of which the doctor makes variants.
const (
	maxEmpties  = 5 // {} or [], each of which may have been the other
	maxNumbers  = 8 // numbers, each of which may have been written in another way
	maxReplaced = 2 // characters that were replaced, each of which may have been any
)

// outsideStrings rewrites JSON text but for its strings and names.
func outsideStrings(text string, rewrite func(string) string) string {
	keep := func(quoted string) string { return quoted }
	return rewriteJSON(text, rewrite, keep)
}

// insideStrings rewrites the strings and names of JSON text.
func insideStrings(text string, rewrite func(string) string) string {
	keep := func(bare string) string { return bare }
	return rewriteJSON(text, keep, rewrite)
}

func rewriteJSON(text string, outside, inside func(string) string) string {
	var b strings.Builder
	for text != "" {
		quote := strings.IndexByte(text, '"')
		if quote < 0 {
			quote = len(text)
		}
		b.WriteString(outside(text[:quote]))
		if text = text[quote:]; text != "" {
			end := scalarEnd(text)
			b.WriteString(inside(text[:end]))
			text = text[end:]
		}
	}
	return b.String()
}

var (
	emptyValue = regexp.MustCompile(`\{\}|\[\]`)
	number     = regexp.MustCompile(`-?[0-9][0-9.eE+-]*`)
)

// emptied are compact JSON whose empty lists were objects, or whose empty objects
// were lists.
func emptied(compact string) (all []string) {
	count := 0
	outsideStrings(compact, func(text string) string {
		count += len(emptyValue.FindAllString(text, maxEmpties+1))
		return text
	})
	every := strings.NewReplacer("[]", "{}")
	all = append(all, outsideStrings(compact, every.Replace),
		outsideStrings(compact, strings.NewReplacer("{}", "[]").Replace))
	if count > maxEmpties {
		return all
	}
	other := map[string]string{"[]": "{}", "{}": "[]"}
	for chosen := 1; chosen < 1<<count; chosen++ {
		i := -1
		all = append(all, outsideStrings(compact, func(text string) string {
			return emptyValue.ReplaceAllStringFunc(text, func(value string) string {
				if i++; chosen>>i&1 == 1 {
					return other[value]
				}
				return value
			})
		}))
	}
	return all
}

// numbered are compact JSON with its numbers written in another way: all of them,
// then each alone.
func numbered(compact string) (all []string) {
	ways := []func(string) string{
		asFloat,
		func(n string) string { return whole(n, ".0") },
		func(n string) string { return whole(n, ".00") },
		func(n string) string { return moreDigits(n) },
	}
	for _, way := range ways {
		count := 0
		all = append(all, outsideStrings(compact, func(text string) string {
			return number.ReplaceAllStringFunc(text, func(n string) string { count++; return way(n) })
		}))
		for chosen := range min(count, maxNumbers) {
			i := -1
			all = append(all, outsideStrings(compact, func(text string) string {
				return number.ReplaceAllStringFunc(text, func(n string) string {
					if i++; i == chosen {
						return way(n)
					}
					return n
				})
			}))
		}
	}
	return all
}

// asFloat writes a number as JavaScript does, which knows no other ones than floats.
func asFloat(n string) string {
	f, err := strconv.ParseFloat(n, 64)
	if err != nil || f >= 1e21 || f <= -1e21 {
		return n
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func whole(n, tail string) string {
	if strings.ContainsAny(n, ".eE") {
		return n
	}
	return n + tail
}

// moreDigits writes a number with one decimal, as 10.5, with two.
func moreDigits(n string) string {
	if dot := strings.IndexByte(n, '.'); dot < 0 || dot != len(n)-2 {
		return n
	}
	return n + "0"
}

// replacementsMade are a body as a program sends it that does not have its letters:
// each letter beyond ASCII is a ?, or each of its bytes is one, or U+FFFD.
func replacementsMade(body string) (all []string) {
	var letters, octets, marks strings.Builder
	for _, r := range body {
		if r < utf8.RuneSelf {
			for _, b := range []*strings.Builder{&letters, &octets, &marks} {
				b.WriteRune(r)
			}
			continue
		}
		letters.WriteByte('?')
		octets.WriteString(strings.Repeat("?", utf8.RuneLen(r)))
		marks.WriteRune(utf8.RuneError)
	}
	twice := strings.ReplaceAll(marks.String(), string(utf8.RuneError), strings.Repeat(string(utf8.RuneError), 2))
	return []string{letters.String(), octets.String(), marks.String(), twice}
}

// The letters that replacement characters may have been: each for one or two of
// them, the common ones for more.
var (
	commonLetters = []rune("áéíóúñüÁÉÍÓÚÑÜçãõâêôàèìòùäößÇÃ’–€")
	manyLetters   = func() []rune {
		all := []rune("‘’“”–—…€™•")
		for r := rune(0xa0); r < 0x180; r++ {
			all = append(all, r)
		}
		return all
	}()
)

var (
	runOfMarks    = regexp.MustCompile("\ufffd+")
	oneMark       = regexp.MustCompile("\ufffd")
	runOfUnknowns = regexp.MustCompile(`\?+`)
	oneUnknown    = regexp.MustCompile(`\?`)
)

// replacementsUndone yields the body with the letters that may have stood where it
// has U+FFFD or ?.
func replacementsUndone(body string, yield func(text string)) {
	inLatin := func(r rune) string { return string([]byte{byte(r & 0xff)}) }
	inUTF8 := func(r rune) string { return string(r) }
	for _, mark := range []*regexp.Regexp{oneMark, runOfMarks, oneUnknown, runOfUnknowns} {
		places := mark.FindAllStringIndex(body, maxReplaced+1)
		isMark := mark == oneMark || mark == runOfMarks
		letters := [][]rune{nil, manyLetters, commonLetters, nil}[min(len(places), 3)]
		for _, letter := range letters {
			undo(body, places, letters, []string{inUTF8(letter)}, inUTF8, yield)
			if isMark && letter < 0x100 {
				undo(body, places, letters, []string{inLatin(letter)}, inLatin, yield)
			}
		}
		if mark == oneMark && len(places) == 1 {
			for b := byte(0x80); b < 0xa0; b++ { // of Windows code pages
				undo(body, places, nil, []string{string([]byte{b})}, inLatin, yield)
			}
		}
		if len(places) == maxReplaced && mark == oneUnknown { // one of them may be a question
			for _, place := range places {
				for _, letter := range manyLetters {
					undo(body, [][]int{place}, nil, []string{inUTF8(letter)}, inUTF8, yield)
				}
			}
		}
	}
}

// undo puts known letters into the first places, and each of letters into the next.
func undo(body string, places [][]int, letters []rune, known []string, write func(rune) string, yield func(string)) {
	if len(known) < len(places) {
		for _, letter := range letters {
			undo(body, places, letters, append(known[:len(known):len(known)], write(letter)), write, yield)
		}
		return
	}
	var b strings.Builder
	from := 0
	for i, place := range places {
		b.WriteString(body[from:place[0]] + known[i])
		from = place[1]
	}
	yield(b.String() + body[from:])
}

// questionInWord is a ? where a letter belongs.
var questionInWord = regexp.MustCompile(`\pL\?\pL`)

// seen says what of the body looks as if something changed it that the doctor
// cannot undo.
func (d *doctor) seen() {
	body := string(d.e.Body)
	if len(body) > maxReparsed {
		return
	}
	marks, wrong := strings.Count(body, string(utf8.RuneError)), questionInWord.FindStringIndex(body)
	switch {
	case marks > 0:
		d.likely(CauseBodyReplaced, "Something read the body as text of another character set.",
			fmt.Sprintf("%d replacement characters (U+FFFD)", marks))
	case wrong != nil:
		d.likely(CauseBodyReplaced, "Something may have written the body in a character set without its letters.",
			fmt.Sprintf("a ? within a word at byte %d", wrong[0]))
	}
	if looksLikeJSONB(body) {
		d.likely(CauseBodyJSONB, "The body is written as PostgreSQL writes jsonb: its members in the order of "+
			"the lengths of their names, a space after each colon and comma.", "")
	}
	if looksLikeForm(body) {
		d.likely(CauseBodyForm, "The body looks as if a parser of forms had read it.", "")
	}
	if loose, ok := compactJSON(body); ok && strings.Contains(body, `\/`) && strings.Contains(loose, "[]") {
		d.likely(CauseBodyEmptied, "The body is written as PHP writes JSON, and has an empty list.", "")
	}
}
