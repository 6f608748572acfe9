// Command figures writes what script/bench measured into the tables of documents.
//
//	figures bench.txt docs/performance.md docs/performance.es.md
//
// A comment before a table names what its columns show, after the first one:
//
//	<!-- figures: sdk-ns/op x-floor -->
//
//	| | SDK | × |
//	|---|---:|---:|
//	| an order: `CreateOrder` | | |
//
// The code in the first column names the benchmark, with its package before a point if that
// is not the root's: `orderflow.PaidOrder/postgres`. Each cell becomes the median of the runs.
// The column "value" shows what the file says of the machine, such as `go` and `cores`.
// What the benchmark does not print is a dash. A benchmark that did not run is an error,
// and no document changes then, so that a document never has figures of two runs.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

var (
	errUsage  = errors.New("usage: figures bench.txt document …")
	errNotRun = errors.New("no such benchmark in the results")
	errTable  = errors.New("the table does not match its columns")
)

func run(args []string) error {
	if len(args) < 2 {
		return errUsage
	}
	file, err := os.Open(args[0]) //nolint:gosec // reading the file that it is given is what it is for
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	measured, err := read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	filled := make([]string, len(args)-1)
	for i, name := range args[1:] {
		text, err := os.ReadFile(name) //nolint:gosec // as above
		if err != nil {
			return err
		}
		if filled[i], err = measured.fill(string(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for i, name := range args[1:] {
		if err := os.WriteFile(name, []byte(filled[i]), 0o600); err != nil { //nolint:gosec // it exists: its mode stays
			return err
		}
	}
	return nil
}

// results are the values of each benchmark and unit. What is said of the machine is a
// text of its own.
type results struct {
	values map[string]map[string][]float64
	texts  map[string]string
}

const module = "github.com/tradepay/tradepay-go"

var (
	said      = regexp.MustCompile(`^([a-z]+): +(.+)$`)
	benchmark = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.+)$`)
)

// read reads the output of go test -bench.
func read(in io.Reader) (*results, error) {
	r := &results{values: map[string]map[string][]float64{}, texts: map[string]string{}}
	place := "" // of the package, with a point
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if m := said.FindStringSubmatch(lines.Text()); m != nil {
			r.texts[m[1]] = strings.TrimSpace(m[2])
			if m[1] == "pkg" {
				place = strings.TrimPrefix(strings.TrimPrefix(r.texts["pkg"], module), "/") + "."
				place = strings.TrimPrefix(place, ".")
			}
			continue
		}
		m := benchmark.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		name, fields := place+m[1], strings.Fields(m[2])
		if r.values[name] == nil {
			r.values[name] = map[string][]float64{}
		}
		for i := 0; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.values[name][fields[i+1]] = append(r.values[name][fields[i+1]], value)
		}
	}
	return r, lines.Err()
}

var (
	marker = regexp.MustCompile(`^<!-- figures: (.+) -->$`)
	code   = regexp.MustCompile("`([^`]+)`")
)

// fill returns the document with the figures in its tables.
func (r *results) fill(document string) (string, error) {
	lines := strings.Split(document, "\n")
	var columns []string // of the table that comes, or in which the line is
	head := 0            // how many lines of the table were read
	for i, line := range lines {
		if m := marker.FindStringSubmatch(line); m != nil {
			columns, head = strings.Fields(m[1]), 0
			continue
		}
		isRow := strings.HasPrefix(line, "|")
		switch {
		case !isRow && head > 0:
			columns = nil
		case isRow && columns != nil:
			if head++; head <= 2 { // titles, and the line below
				continue
			}
			row, err := r.row(line, columns)
			if err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			lines[i] = row
		}
	}
	return strings.Join(lines, "\n"), nil
}

func (r *results) row(line string, columns []string) (string, error) {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	named := code.FindStringSubmatch(cells[0])
	if named == nil || len(cells) != len(columns)+1 {
		return "", fmt.Errorf("%w: %s", errTable, line)
	}
	name := named[1]
	for i, unit := range columns {
		figure, err := r.figure(name, unit)
		if err != nil {
			return "", err
		}
		cells[i+1] = " " + figure + " "
	}
	return "|" + strings.Join(cells, "|") + "|", nil
}

func (r *results) figure(name, unit string) (string, error) {
	if unit == "value" {
		text, ok := r.texts[name]
		if !ok {
			return "", fmt.Errorf("%w: %s", errNotRun, name)
		}
		return text, nil
	}
	units, ok := r.values[name]
	if !ok {
		return "", fmt.Errorf("%w: %s", errNotRun, name)
	}
	values := units[unit]
	if len(values) == 0 {
		return "–", nil
	}
	return format(median(values), unit), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// format writes nanoseconds as a time that is easy to read, and all else as a number.
func format(value float64, unit string) string {
	if !strings.HasSuffix(unit, "ns/op") {
		return digits(value)
	}
	for _, scale := range []struct {
		ns   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if value >= scale.ns {
			return digits(value/scale.ns) + " " + scale.name
		}
	}
	return digits(value) + " ns"
}

// digits writes a number with three digits or more, a whole one without a point.
func digits(value float64) string {
	switch {
	case value == math.Trunc(value), value >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	default:
		return strconv.FormatFloat(value, 'f', 2, 64)
	}
}
