package walletfacts

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	t.Parallel()
	_, err := spanish()
	require.NoError(t, err)
	for name, texts := range map[string]map[string]string{"Subjects": Subjects(), "Facts": Facts()} {
		require.NotEmpty(t, texts, name)
		for english, spanish := range texts {
			require.NotEmpty(t, spanish, english)
		}
	}
	Facts()["x"] = "y"
	require.NotContains(t, Facts(), "x", "a caller has a copy")
	for _, grade := range Grades() {
		require.NotEmpty(t, grade.Spanish, grade.English)
	}
}
