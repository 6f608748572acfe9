// Command report says what script/test wants to know of a run, from the events
// that gotestsum wrote: what tests measured, which were the slowest, which were
// skipped, and how much of the packages they cover.
//
//	report -module example.com/m -coverage 'cover.1 cover.2' -least 'example.com/m=90' events.1 events.2
//
// It fails if no test ran or if too little is covered, and with -no-skips if a
// test was skipped.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/cover"
	"gotest.tools/gotestsum/testjson"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// errTests is returned for what is wrong with the tests; it has been said.
var errTests = errors.New("see the lines that begin with FAILED")

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	module := flags.String("module", "", "the path that stands before all packages, and is left out")
	coverage := flags.String("coverage", "", "coverage profiles, with a space between them")
	least := flags.String("least", "",
		"packages and the percentage to be covered of each, package=90, with a space between them; 0 shows it only")
	noSkips := flags.Bool("no-skips", false, "fail if a test is skipped")
	if err := flags.Parse(args); err != nil {
		return err
	}
	events := &events{}
	for _, name := range flags.Args() {
		if err := events.read(name); err != nil {
			return err
		}
	}
	var failures []string
	short := func(pkg string) string { return strings.Replace(pkg, *module, ".", 1) }
	events.print(out, short)
	if *noSkips && len(events.skipped) > 0 {
		failures = append(failures, fmt.Sprintf("%d skipped, and CI=true allows none", len(events.skipped)))
	}
	if len(events.tests) == 0 {
		failures = append(failures, "no test ran")
	}
	covered, err := readCoverage(strings.Fields(*coverage))
	if err != nil {
		return err
	}
	for want := range strings.FieldsSeq(*least) {
		pkg, text, _ := strings.Cut(want, "=")
		percent, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("-least %s: %w", want, err)
		}
		if failure := covered[pkg].judge(out, path.Base(short(pkg)), percent); failure != "" {
			failures = append(failures, failure)
		}
	}
	fmt.Fprintf(out, "%d tests in %d packages\n", len(events.tests), len(events.packages))
	for _, failure := range failures {
		fmt.Fprintln(out, "FAILED:", failure)
	}
	if len(failures) > 0 {
		return errTests
	}
	return nil
}

// events is what several runs of go test tell.
type events struct {
	figures  []string
	tests    []testjson.TestCase // no subtests
	skipped  []string
	packages map[string]bool // those with tests
}

// read adds the events of a file.
func (e *events) read(name string) error {
	file, err := os.Open(name) //nolint:gosec // reading the file that it is given is what it is for
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	all, err := testjson.ScanTestOutput(testjson.ScanConfig{Stdout: file, Handler: e, IgnoreNonJSONOutputLines: true})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, pkg := range all.Packages() {
		for _, test := range all.Package(pkg).TestCases() {
			if test.Test.IsSubTest() {
				continue
			}
			e.tests = append(e.tests, test)
			if e.packages == nil {
				e.packages = make(map[string]bool)
			}
			e.packages[pkg] = true
		}
	}
	for _, test := range all.Skipped() {
		e.skipped = append(e.skipped,
			fmt.Sprintf("%s %s  (%s)", test.Package, test.Test, reason(all.OutputLines(test))))
	}
	return nil
}

// reason is what a skipped test wrote, on one line.
func reason(lines []string) string {
	var said []string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") && line != "" {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

// Event keeps what a test has measured.
func (e *events) Event(event testjson.TestEvent, _ *testjson.Execution) error {
	if _, figure, found := strings.Cut(event.Output, "measured: "); found {
		e.figures = append(e.figures, strings.TrimSpace(figure))
	}
	return nil
}

// Err passes over lines that are no events, which gotestsum has shown.
func (*events) Err(string) error { return nil }

// print lists figures, the slowest tests and those that were skipped.
func (e *events) print(out io.Writer, short func(pkg string) string) {
	const slowest = 10
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintln(out, title)
		for _, line := range lines {
			fmt.Fprintln(out, "    "+short(line))
		}
	}
	list("Measured:", slices.Sorted(slices.Values(e.figures)))
	slices.SortStableFunc(e.tests, func(a, b testjson.TestCase) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	var slow []string
	for _, test := range e.tests[:min(slowest, len(e.tests))] {
		seconds := test.Elapsed.Round(10 * time.Millisecond).Seconds()
		slow = append(slow, fmt.Sprintf("%7.2f s  %s %s", seconds, test.Package, test.Test))
	}
	list("Slowest tests:", slow)
	if len(e.skipped) == 0 {
		fmt.Fprintln(out, "Skipped tests: none")
		return
	}
	list(fmt.Sprintf("Skipped tests: %d", len(e.skipped)), slices.Sorted(slices.Values(e.skipped)))
}

// statements counts those of a package.
type statements struct{ all, covered int }

// judge prints how much of a package is covered, and says what is wrong with it.
func (s statements) judge(out io.Writer, name string, least int) string {
	if name == "." {
		name = "tradepay"
	}
	if s.all == 0 {
		fmt.Fprintf(out, "Coverage of package %s: not measured\n", name)
		return fmt.Sprintf("coverage of package %s could not be measured", name)
	}
	tenths := s.covered * 1000 / s.all // cut, not rounded: 89.96 is not 90
	percent := fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
	fmt.Fprintf(out, "Coverage of package %s: %s (%d of %d statements, at least %d %% wanted)\n",
		name, percent, s.covered, s.all, least)
	if s.covered*100 < s.all*least {
		return fmt.Sprintf("coverage of package %s is %s, less than %d %%", name, percent, least)
	}
	return ""
}

// readCoverage counts the statements of each package. A statement is covered if
// any test of any profile reached it.
func readCoverage(names []string) (map[string]statements, error) {
	type place struct {
		file  string
		block cover.ProfileBlock // without its count
	}
	reached := make(map[place]bool)
	for _, name := range names {
		profiles, err := cover.ParseProfiles(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, profile := range profiles {
			for _, block := range profile.Blocks {
				count := block.Count
				block.Count = 0
				at := place{profile.FileName, block}
				reached[at] = reached[at] || count > 0
			}
		}
	}
	packages := make(map[string]statements)
	for at, hit := range reached {
		pkg := packages[path.Dir(at.file)]
		pkg.all += at.block.NumStmt
		if hit {
			pkg.covered += at.block.NumStmt
		}
		packages[path.Dir(at.file)] = pkg
	}
	return packages, nil
}
