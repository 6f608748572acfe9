package orderflow

import (
	"fmt"
	"regexp"
	"strings"
)

// bulk is a statement that writes the rows of many, from arrays of its arguments.
// PostgreSQL takes it; SQLite, to which a statement costs no message, needs none.
type bulk struct {
	query string
	types []string // of the arguments: text or bigint
}

// bulks are those of the statements that a notification writes.
var bulks = map[string]bulk{
	insertInbox: bulkOf(insertInbox, "text text text text text bigint text"),
	insertEvent: bulkOf(insertEvent, "text text bigint text text text text text"),
	saveOrder: bulkOf(saveOrder, "text text text text text bigint text text text text text text text bigint bigint "+
		"bigint bigint bigint bigint bigint bigint bigint bigint bigint bigint bigint bigint"),
}

var (
	argument   = regexp.MustCompile(`\$(\d+)`)
	valuesList = regexp.MustCompile(`VALUES \((.*)\)`)
)

// bulkOf makes a bulk of a statement for one row.
func bulkOf(query, types string) bulk {
	b := bulk{types: strings.Fields(types)}
	arrays, names := make([]string, len(b.types)), make([]string, len(b.types))
	for i, name := range b.types {
		arrays[i], names[i] = fmt.Sprintf("$%d::%s[]", i+1, name), fmt.Sprintf("a%d", i+1)
	}
	from := `FROM unnest(` + strings.Join(arrays, ", ") + `) AS given (` + strings.Join(names, ", ") + `)`
	query = argument.ReplaceAllString(query, "given.a$1")
	if strings.HasPrefix(query, "INSERT") {
		b.query = valuesList.ReplaceAllString(query, "SELECT $1 "+strings.ReplaceAll(from, "$", "$$"))
	} else {
		b.query = strings.Replace(query, "WHERE", from+" WHERE", 1)
	}
	return b
}

// of returns a write that does what all of the list do, which have the same query.
func (b bulk) of(list []write) write {
	args := make([]any, len(b.types))
	for i, name := range b.types {
		if name == "text" {
			column := make([]string, len(list))
			for row, w := range list {
				column[row] = w.args[i].(string)
			}
			args[i] = column
			continue
		}
		column := make([]*int64, len(list)) // nil is NULL
		for row, w := range list {
			switch v := w.args[i].(type) {
			case int64:
				column[row] = &v
			case int:
				wide := int64(v)
				column[row] = &wide
			}
		}
		args[i] = column
	}
	check := func(rows int64) error {
		if rows == int64(len(list)) || list[0].check == nil {
			return nil
		}
		return list[0].check(0) // one of them has changed nothing
	}
	return write{query: b.query, args: args, check: check}
}
