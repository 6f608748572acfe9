package tradepaytest

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhrases: no language lacks a phrase, and all have the same places to fill.
func TestPhrases(t *testing.T) {
	t.Parallel()
	places := regexp.MustCompile(`\{[a-z]+\}`)
	first := reflect.ValueOf(*languages[0])
	for _, p := range languages {
		value := reflect.ValueOf(*p)
		for i := range value.NumField() {
			name, text := value.Type().Field(i).Name, value.Field(i).String()
			require.NotEmpty(t, text, "%s in %s", name, p.Tag)
			require.Equal(t, places.FindAllString(first.Field(i).String(), -1), places.FindAllString(text, -1),
				"%s in %s", name, p.Tag)
		}
	}
	require.True(t, slices.IsSorted(pointRegions))
}
