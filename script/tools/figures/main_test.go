package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// table is one of a document. Its titles do not matter.
func table(columns, rows string) string {
	return "<!-- figures: " + columns + " -->\n\n| | a |\n|---|---:|\n" + rows
}

const bench = `date: 2026-01-15
goos: linux
pkg: github.com/tradepay/tradepay-go
cpu: Some CPU @ 2.00GHz
BenchmarkCreateOrder-2   	     300	   1543368 sdk-ns/op	 1.20 x-floor
BenchmarkCreateOrder-2   	     300	   1543000 sdk-ns/op	 1.00 x-floor
BenchmarkCreateOrder-2   	     300	      1.1e6 sdk-ns/op	 1.10 x-floor
BenchmarkMany/profiles=20/goroutines=16-2 	 3	 4359.4 sdk-calls/s
PASS
ok  	github.com/tradepay/tradepay-go	12.232s
pkg: github.com/tradepay/tradepay-go/orderflow
BenchmarkPaid/postgres         	     300	 0.1621 hot-share	 13.22 row-versions/order
`

func TestFill(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document, want string
		err            error
	}{
		"medians": {
			document: table("sdk-ns/op x-floor", "| an order: `CreateOrder` | | old |\n"),
			want:     "| an order: `CreateOrder` | 1.54 ms | 1.10 |\n",
		},
		"names of parts, and no such unit": {
			document: table("sdk-calls/s x-floor", "| `Many/profiles=20/goroutines=16` | | |"),
			want:     "| `Many/profiles=20/goroutines=16` | 4359 | – |",
		},
		"another package": {
			document: table("row-versions/order hot-share", "| `orderflow.Paid/postgres` | | |"),
			want:     "| `orderflow.Paid/postgres` | 13.2 | 0.16 |",
		},
		"the machine": {
			document: table("value", "| processor, `cpu` | |\n| `date` | |"),
			want:     "| processor, `cpu` | Some CPU @ 2.00GHz |\n| `date` | 2026-01-15 |",
		},
		"another table stays": {
			document: table("x-floor", "| `CreateOrder` | |\n\n| | a |\n|---|---:|\n| `CreateOrder` | mine |"),
			want:     "| `CreateOrder` | 1.10 |\n\n| | a |\n|---|---:|\n| `CreateOrder` | mine |",
		},
		"not run": {
			document: table("x-floor", "| `Refund` | |"),
			err:      errNotRun,
		},
		"nothing of the kind is said": {
			document: table("value", "| `postgres` | |"),
			err:      errNotRun,
		},
		"no name": {
			document: table("x-floor", "| an order | |"),
			err:      errTable,
		},
		"a column too few": {
			document: table("x-floor sdk-ns/op", "| `CreateOrder` | |"),
			err:      errTable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			measured, err := read(strings.NewReader(bench))
			require.NoError(t, err)
			got, err := measured.fill(tt.document)
			require.ErrorIs(t, err, tt.err)
			require.Contains(t, got, tt.want)
		})
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for want, of := range map[string]struct {
		value float64
		unit  string
	}{
		"12 ns":   {12, "ns/op"},
		"43.5 µs": {43_512, "floor-ns/op"},
		"1.21 ms": {1_211_111, "sdk-ns/op"},
		"2.50 s":  {2.5e9, "ns/op"},
		"203":     {203, "sdk-allocs/op"},
		"0.06":    {0.0613, "x-floor"},
		"11565":   {11_565.4, "wal-bytes/order"},
	} {
		require.Equal(t, want, format(of.value, of.unit))
	}
}

// TestRun: a document is written as a whole, or none of them is.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	results := write("bench.txt", bench)
	good := write("good.md", table("x-floor", "| `CreateOrder` | |\n"))
	bad := write("bad.md", table("x-floor", "| `Refund` | |\n"))
	content := func(path string) string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	require.ErrorIs(t, run([]string{results}), errUsage)
	require.ErrorIs(t, run([]string{results, good, bad}), errNotRun)
	require.Equal(t, table("x-floor", "| `CreateOrder` | |\n"), content(good))
	require.NoError(t, run([]string{results, good}))
	require.Equal(t, table("x-floor", "| `CreateOrder` | 1.10 |\n"), content(good))
}

// TestDocuments: the pages of both languages have the same figures, and none is missing.
func TestDocuments(t *testing.T) {
	t.Parallel()
	figures := func(name string) (rows [][]string) {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		require.NoError(t, err)
		isFigure, head := false, 0
		for line := range strings.Lines(string(text)) {
			switch {
			case marker.MatchString(strings.TrimSpace(line)):
				isFigure, head = true, 0
			case isFigure && strings.HasPrefix(line, "|"):
				if head++; head <= 2 {
					continue
				}
				cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
				cells[0] = code.FindStringSubmatch(cells[0])[1]
				for _, cell := range cells {
					require.NotEmpty(t, strings.TrimSpace(cell), "%s: %s", name, line)
				}
				rows = append(rows, cells)
			case head > 0:
				isFigure = false
			}
		}
		return rows
	}
	english := figures("performance.md")
	require.NotEmpty(t, english)
	require.Equal(t, english, figures("performance.es.md"))
}
