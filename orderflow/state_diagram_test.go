package orderflow

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDiagramsOfStates: the two diagrams of docs/orderflow.md show the transitions that
// the code allows, and no other. A box may stand for several states; what happens
// inside a box, the text beside it says.
func TestDiagramsOfStates(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/orderflow.md")
	require.NoError(t, err)
	diagrams := regexp.MustCompile("(?s)```mermaid\nstateDiagram-v2\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	require.Len(t, diagrams, 2)
	type edge struct{ from, to State }
	shown, inside := map[edge]bool{}, map[edge]bool{{StateCreated, StatePending}: true,
		{StateAuthorized, StateSettling}: true, {StateSettling, StateAuthorized}: true}
	for _, diagram := range diagrams {
		boxes := map[string][]State{}
		for _, box := range regexp.MustCompile(`state "\w+: (.*)" as (\w+)`).FindAllStringSubmatch(diagram[1], -1) {
			for _, name := range strings.Split(box[1], ", ") {
				require.Contains(t, States(), State(name))
				boxes[box[2]] = append(boxes[box[2]], State(name))
			}
		}
		states := func(name string) []State {
			if box := boxes[name]; box != nil {
				return box
			}
			require.Contains(t, States(), State(name))
			return []State{State(name)}
		}
		for _, arrow := range regexp.MustCompile(`(\w+) --> (\w+)`).FindAllStringSubmatch(diagram[1], -1) {
			found := false
			for _, from := range states(arrow[1]) {
				for _, to := range states(arrow[2]) {
					if from.can(to) {
						shown[edge{from, to}], found = true, true
					}
				}
			}
			require.True(t, found, "the code has no %s", arrow[0])
		}
	}
	for from, all := range transitions {
		for _, to := range all {
			require.True(t, shown[edge{from, to}] || inside[edge{from, to}], "%s to %s is in no diagram", from, to)
		}
	}
	for e := range inside {
		require.True(t, slices.Contains(transitions[e.from], e.to))
	}
}
