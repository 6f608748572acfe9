package doctor

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// maxOrders is how many orders of a body's members the doctor tries.
const maxOrders = 720

// node is a value of JSON text whose parts keep their text and their order.
type node struct {
	text  string // of a string, a number or a word
	open  byte   // { or [ of the others, 0 of these
	names []string
	parts []*node
	order []int // of the parts
}

// parseNode reads compact JSON that is known to be good, and returns the rest.
func parseNode(text string) (*node, string) {
	if text[0] != '{' && text[0] != '[' {
		end := scalarEnd(text)
		return &node{text: text[:end]}, text[end:]
	}
	n := &node{open: text[0]}
	text = text[1:]
	for text[0] != '}' && text[0] != ']' {
		if text[0] == ',' {
			text = text[1:]
		}
		if n.open == '{' {
			end := scalarEnd(text)
			n.names = append(n.names, text[:end])
			text = text[end+1:] // and the colon
		}
		part, rest := parseNode(text)
		n.order = append(n.order, len(n.parts))
		n.parts, text = append(n.parts, part), rest
	}
	return n, text[1:]
}

// scalarEnd is where a string, a number or a word ends.
func scalarEnd(text string) int {
	if text[0] != '"' {
		if end := strings.IndexAny(text, ",:]}"); end >= 0 {
			return end
		}
		return len(text)
	}
	end := 1
	for text[end] != '"' {
		if text[end] == '\\' {
			end++
		}
		end++
	}
	return end + 1
}

// write writes the value with its parts in their order.
func (n *node) write(b *strings.Builder, comma, colon string) {
	if n.open == 0 {
		b.WriteString(n.text)
		return
	}
	b.WriteByte(n.open)
	for i, from := range n.order {
		if i > 0 {
			b.WriteString(comma)
		}
		if n.open == '{' {
			b.WriteString(n.names[from] + colon)
		}
		n.parts[from].write(b, comma, colon)
	}
	b.WriteByte(n.open + 2) // its counterpart in ASCII
}

func (n *node) String() string {
	var b strings.Builder
	n.write(&b, ",", ":")
	return b.String()
}

// objects lists the objects within a value, those that hold others first.
func (n *node) objects() (all []*node) {
	if n.open == '{' {
		all = append(all, n)
	}
	for _, part := range n.parts {
		all = append(all, part.objects()...)
	}
	return all
}

// memberOrders yields compact JSON with the members of its objects in each other
// order, if there are few orders.
func memberOrders(compact string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		root, _ := parseNode(compact)
		objects := root.objects()
		all := 1
		for _, object := range objects {
			for n := 2; n <= len(object.parts); n++ {
				if all *= n; all > maxOrders {
					return
				}
			}
		}
		for range all - 1 {
			for _, object := range objects {
				if nextOrder(object.order) {
					break
				}
				slices.Sort(object.order) // the next object goes on
			}
			if !yield(root.String()) {
				return
			}
		}
	}
}

// jsonbText writes compact JSON as PostgreSQL writes what it has stored as jsonb:
// members by the length of their names, then by their bytes, each name once, and a
// space after each colon and comma.
func jsonbText(compact string) string {
	root, _ := parseNode(compact)
	root.likeJSONB()
	var b strings.Builder
	root.write(&b, ", ", ": ")
	return b.String()
}

func (n *node) likeJSONB() {
	if n.open == 0 {
		n.text = plainString(n.text)
		return
	}
	for _, part := range n.parts {
		part.likeJSONB()
	}
	if n.open != '{' {
		return
	}
	last := make(map[string]int)
	for i, name := range n.names {
		n.names[i] = plainString(name)
		last[n.names[i]] = i
	}
	n.order = n.order[:0]
	for _, i := range last {
		n.order = append(n.order, i)
	}
	unquoted := func(i int) string {
		var name string
		_ = json.Unmarshal([]byte(n.names[i]), &name) // it is good
		return name
	}
	slices.SortFunc(n.order, func(i, j int) int {
		one, two := unquoted(i), unquoted(j)
		return cmp.Or(cmp.Compare(len(one), len(two)), strings.Compare(one, two))
	})
}

// plainString writes a string of JSON with no escape that it can do without.
func plainString(text string) string {
	var plain string
	if text[0] != '"' || json.Unmarshal([]byte(text), &plain) != nil {
		return text
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(plain) // of a string: never fails
	return strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029").
		Replace(strings.TrimSuffix(b.String(), "\n"))
}

// looksLikeJSONB reports whether a body is as PostgreSQL writes jsonb, and has enough
// members for that not to be chance.
func looksLikeJSONB(body string) bool {
	compact, ok := compactJSON(body)
	if !ok || jsonbText(compact) != body {
		return false
	}
	root, _ := parseNode(compact)
	lengths := make(map[int]bool)
	for _, name := range root.names {
		lengths[len(name)] = true
	}
	byName := slices.IsSorted(root.names)
	return len(lengths) >= 3 && !byName
}
