package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const passed = `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestA"}
{"Action":"output","Package":"m/a","Test":"TestA","Output":"    a_test.go:1: measured: 3 \u003c 4\n"}
{"Action":"run","Package":"m/a","Test":"TestA/sub"}
{"Action":"pass","Package":"m/a","Test":"TestA/sub","Elapsed":9}
{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":1.5}
{"Action":"pass","Package":"m/a","Elapsed":2}
`

const skipped = `{"Action":"start","Package":"m"}
{"Action":"run","Package":"m","Test":"TestB"}
{"Action":"output","Package":"m","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"m","Test":"TestB","Output":"    b_test.go:1: no node\n"}
{"Action":"output","Package":"m","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"m","Test":"TestB","Elapsed":0}
{"Action":"pass","Package":"m","Elapsed":2}
`

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	one, two := write("passed", passed), write("skipped", skipped)
	half := write("cover.1", "mode: atomic\nm/a.go:1.1,2.2 3 1\nm/a.go:3.1,4.2 1 0\nm/wire/b.go:1.1,2.2 5 0\n")
	rest := write("cover.2", "mode: atomic\nm/a.go:1.1,2.2 3 0\nm/a.go:3.1,4.2 1 7\nm/wire/b.go:1.1,2.2 5 0\n")
	for name, tt := range map[string]struct {
		args []string
		err  error
		says string
	}{
		"passed": {
			args: []string{"-module", "m", "-coverage", half + " " + rest, "-least", "m=100 m/wire=0", one},
			says: "Measured:\n    3 < 4\nSlowest tests:\n       1.50 s  ./a TestA\nSkipped tests: none\n" +
				"Coverage of package tradepay: 100.0 % (4 of 4 statements, at least 100 % wanted)\n" +
				"Coverage of package wire: 0.0 % (0 of 5 statements, at least 0 % wanted)\n1 tests in 1 packages\n",
		},
		"skipped": {
			args: []string{"-module", "m", two},
			says: "Slowest tests:\n       0.00 s  . TestB\nSkipped tests: 1\n" +
				"    . TestB  (b_test.go:1: no node)\n1 tests in 1 packages\n",
		},
		"skipped in CI": {
			args: []string{"-module", "m", "-no-skips", one, two}, err: errTests,
			says: "FAILED: 1 skipped, and CI=true allows none\n",
		},
		"too little covered": {
			args: []string{"-module", "m", "-coverage", half, "-least", "m=76", one}, err: errTests,
			says: "FAILED: coverage of package tradepay is 75.0 %, less than 76 %\n",
		},
		"not covered": {args: []string{"-module", "m", "-least", "m/doctor=1", one}, err: errTests,
			says: "FAILED: coverage of package doctor could not be measured\n"},
		"no tests": {args: []string{"-module", "m"}, err: errTests, says: "FAILED: no test ran\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.ErrorIs(t, run(tt.args, &out), tt.err)
			require.Contains(t, out.String(), tt.says)
		})
	}
}
