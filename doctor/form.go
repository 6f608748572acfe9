package doctor

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// formed are the body before a parser or a writer of forms had it, and after it.
func (d *doctor) formed(v *variants, body string) {
	put := func(text, what string) { v.put(text, CauseBodyForm, "the body "+what) }
	bare := strings.TrimSuffix(body, "=")
	put(bare, "without the = at its end")
	put(body+"=", "with an = at its end")
	for _, text := range []string{body, bare} {
		if plain, err := url.QueryUnescape(text); err == nil {
			put(plain, "without its percent-escapes")
			put(strings.TrimSuffix(plain, "="), "without its percent-escapes and the = at its end")
		}
		if plain, err := url.PathUnescape(text); err == nil {
			put(plain, "without its percent-escapes")
		}
	}
	put(url.QueryEscape(body), "percent-encoded as a form")
	put(url.QueryEscape(body)+"=", "percent-encoded as a form, with an = at its end")
	put(strings.ReplaceAll(url.QueryEscape(body), "+", "%20"), "percent-encoded")
	for _, joined := range joinedForm(body) {
		put(joined, "that a parser of forms took apart")
	}
	d.spacesForPlus(v, body)
}

// timeWithSpace is a time whose + form decoding took away.
var timeWithSpace = regexp.MustCompile(`(T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?) ([0-9]{2}:?[0-9]{2})`)

// maxSpaces is how many spaces of a body the doctor takes for a + each.
const maxSpaces = 16

// spacesForPlus are the body with + where decoding as a form left a space.
func (d *doctor) spacesForPlus(v *variants, body string) {
	const what = "the body with the + that form decoding turned into a space"
	if _, isJSON := compactJSON(body); !isJSON {
		return
	}
	v.put(timeWithSpace.ReplaceAllString(body, "$1+$2"), CauseBodyForm, what)
	v.put(insideStrings(body, strings.NewReplacer(" ", "+").Replace), CauseBodyForm, what)
	v.put(insideStrings(body, strings.NewReplacer("+", " ").Replace), CauseBodyForm,
		"the body with each + turned into a space")
	if strings.Count(body, " ") > maxSpaces {
		return
	}
	for i := range len(body) {
		if body[i] == ' ' {
			v.putRare(body[:i]+"+"+body[i+1:], CauseBodyForm, what)
		}
	}
}

// joinedForm undoes what a parser of forms makes of a body that is none: an object
// whose names and values are the pieces between & and =. Whether there was a = without
// a value is lost.
func joinedForm(body string) []string {
	compact, ok := compactJSON(body)
	if !ok {
		return nil
	}
	root, _ := parseNode(compact)
	var pairs, bare []string
	for i, part := range root.parts {
		var name, value string
		isText := root.open == '{' && json.Unmarshal([]byte(root.names[i]), &name) == nil &&
			json.Unmarshal([]byte(part.String()), &value) == nil
		if !isText {
			return nil
		}
		pairs = append(pairs, name+"="+value)
		bare = append(bare, strings.TrimSuffix(name+"="+value, "="))
	}
	if len(pairs) == 0 || !strings.HasPrefix(pairs[0], "{") {
		return nil
	}
	return []string{strings.Join(pairs, "&"), strings.Join(bare, "&")}
}

// looksLikeForm reports whether a body looks as a parser or a writer of forms leaves
// it.
func looksLikeForm(body string) bool {
	isTaken := len(joinedForm(body)) > 0
	start := strings.ToUpper(body[:min(len(body), 3)])
	return isTaken || start == "%7B" || strings.HasSuffix(body, "}=") || timeWithSpace.MatchString(body)
}
