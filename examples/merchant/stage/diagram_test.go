package stage

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// However long a payment takes, the picture is whole: each row has its number
// and a time that fits, and a legend says what the arrows are.
func TestDiagramIsWhole(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	x := &exported{Run: runSummary{Scenario: ScenarioPay, StartedAt: start, Verdict: Verdict{Key: "verdict.open"}}}
	for _, step := range stepsOf[ScenarioPay] {
		x.Entries = append(x.Entries, &Entry{
			At: start.Add(time.Duration(step*step) * 137 * time.Second), Kind: KindStep, Step: step,
			From: figure[step].from, To: figure[step].to, Mark: MarkPlain,
		})
	}
	for _, l := range languages {
		svg := string(diagram(newReader(l, "", ""), x))
		inTheColumn := regexp.MustCompile(`<text x="112" y="\d+" text-anchor="end"[^>]*>([^<]+)<`)
		times := inTheColumn.FindAllStringSubmatch(svg, -1)
		require.Len(t, times, len(stepsOf[ScenarioPay]))
		for _, found := range times {
			require.Regexp(t, `^\+[\d.,]+ m?s$`, found[1])
			require.LessOrEqual(t, len(found[1]), 12, "wider than its column")
		}
		for _, step := range stepsOf[ScenarioPay] {
			require.Contains(t, svg, ">"+strconv.Itoa(step)+"  "+l.say("step."+strconv.Itoa(step)))
		}
		for _, mark := range []Mark{MarkSigned, MarkPlain, MarkInferred, MarkFailed, MarkRefused, MarkLost} {
			require.Contains(t, svg, l.say("mark."+string(mark))+"</text>")
		}
		require.Contains(t, svg, l.say("yours"))
	}
}
