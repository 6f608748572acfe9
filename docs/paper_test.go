package docs_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var updatePaper = flag.Bool("update-paper", false,
	"write what a rate takes, of docs/scale.md and its twin, anew from the figures of docs/performance.md")

// paper is what one payment takes, by the figures of docs/performance.md.
type paper struct {
	transactions, versions, wal, bytes float64
	sign, verify, opensslSign, insert  time.Duration // of processor
}

func readPaper(t *testing.T) paper {
	t.Helper()
	data, err := os.ReadFile("docs/performance.md")
	require.NoError(t, err)
	cell := func(benchmark string, column int) string {
		row := regexp.MustCompile("(?m)^\\|[^|]*`" + benchmark + "` \\|(.*)\\|$").FindStringSubmatch(string(data))
		require.NotNil(t, row, benchmark)
		return strings.TrimSpace(strings.Split(row[1], "|")[column])
	}
	number := func(benchmark string, column int) float64 {
		value, err := strconv.ParseFloat(cell(benchmark, column), 64)
		require.NoError(t, err, benchmark)
		return value
	}
	took := func(benchmark string, column int) time.Duration {
		d, err := time.ParseDuration(strings.ReplaceAll(cell(benchmark, column), " ", ""))
		require.NoError(t, err, benchmark)
		return d
	}
	cores := regexp.MustCompile("(?m)`cores` \\| (\\d+) \\|").FindStringSubmatch(string(data))
	require.NotNil(t, cores)
	busy, err := strconv.Atoi(cores[1])
	require.NoError(t, err)
	inserts := number("orderflow.Notifications/postgres/transaction/128", 1)
	const order = "orderflow.PaidOrder/postgres"
	return paper{
		transactions: number(order, 0), versions: number(order, 1), wal: number(order, 3), bytes: number(order, 4),
		sign: took("Sign", 0), verify: took("Verify", 0), opensslSign: took("signers/openssl.Sign/2048", 1),
		insert: time.Duration(float64(busy) / inserts * float64(time.Second)),
	}
}

func (p paper) rsa() time.Duration { return p.sign + 2*p.verify }

func (p paper) inDatabase() time.Duration { return time.Duration(p.transactions * float64(p.insert)) }

// cores are those that a rate keeps busy.
func (p paper) cores(rate float64) float64 { return rate * (p.rsa() + p.inDatabase()).Seconds() }

// TestPaper: what docs/scale.md says that a rate takes follows from docs/performance.md.
func TestPaper(t *testing.T) {
	t.Parallel()
	p := readPaper(t)
	require.Less(t, p.cores(10_000), 64.0, "the documents say that half of 128 cores are free")
	var rows strings.Builder
	for _, rate := range []float64{100, 1250, 10_000} {
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s | %s |\n", grouped(rate), about(rate*p.transactions),
			about(rate*p.versions), inBytes(rate*p.wal)+"/s", inBytes(rate*p.bytes*86_400), about(p.cores(rate)))
	}
	for path, text := range map[string]string{
		"docs/scale.md": `
| payments a second | transactions | row versions | WAL | storage a day | busy cores |
|---:|---:|---:|---:|---:|---:|
%[1]s
The cores, for one payment, program and database together:

- **RSA, %[2]s ms:** one signature, of the pay, %[3]s ms; and two verifications, of its answer and of its
  notification, %[4]s ms each ([performance](performance.md#one-call)). The acknowledgements share theirs.
  For 10,000 a second that is %[5]s cores, or %[6]s with ` + "`signers/openssl`" + `.
- **Transactions, %[7]s ms:** %[8]s, each as much as a plain insert by one of many callers, who keep all cores
  busy: %[9]s ms ([performance](performance.md#in-the-database)). Notifications that come at once share
  transactions, which takes less.
`,
		"docs/scale.es.md": `
| pagos por segundo | transacciones | versiones de filas | WAL | almacenamiento al día | núcleos ocupados |
|---:|---:|---:|---:|---:|---:|
%[1]s
Los núcleos, por un pago, con programa y base de datos juntos:

- **RSA, %[2]s ms:** una firma, la del pay, %[3]s ms; y dos verificaciones, de su respuesta y de su
  notificación, %[4]s ms cada una ([rendimiento](performance.es.md#una-llamada)). Los acuses comparten la suya.
  Con 10,000 por segundo son %[5]s núcleos, o %[6]s con ` + "`signers/openssl`" + `.
- **Transacciones, %[7]s ms:** %[8]s, cada una como un insert simple de uno entre muchos, que ocupan todos los
  núcleos: %[9]s ms ([rendimiento](performance.es.md#en-la-base-de-datos)). Las notificaciones que llegan a la
  vez comparten transacciones, lo que cuesta menos.
`,
	} {
		milliseconds := func(d time.Duration) string { return about(d.Seconds() * 1000) }
		section := fmt.Sprintf(text, rows.String(), milliseconds(p.rsa()), milliseconds(p.sign), milliseconds(p.verify),
			about(10_000*p.rsa().Seconds()), about(10_000*(p.opensslSign+2*p.verify).Seconds()),
			milliseconds(p.inDatabase()), about(p.transactions), milliseconds(p.insert))
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		const begin, end = "<!-- TestPaper of docs writes this, from performance.md. -->\n", "\n<!-- Up to here. -->\n"
		head, rest, found := strings.Cut(string(data), begin)
		require.True(t, found, path)
		_, tail, found := strings.Cut(rest, end)
		require.True(t, found, path)
		written := head + begin + section + end + tail
		if *updatePaper {
			require.NoError(t, os.WriteFile(path, []byte(written), 0o600))
			continue
		}
		require.Equal(t, string(data), written, "go test ./docs -run TestPaper -update-paper rewrites it")
	}
}

// about writes a number with two digits that count.
func about(x float64) string {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	rounded := math.Round(x/unit) * unit
	if rounded < 10 {
		return strconv.FormatFloat(rounded, 'f', int(max(0, -math.Round(math.Log10(unit)))), 64)
	}
	return grouped(rounded)
}

// grouped writes a whole number with its thousands apart.
func grouped(x float64) string {
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func inBytes(x float64) string {
	for _, unit := range []string{"bytes", "KB", "MB", "GB"} {
		if x < 1000 {
			return about(x) + " " + unit
		}
		x /= 1000
	}
	return about(x) + " TB"
}
