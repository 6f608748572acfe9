package testsize_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/testsize"
)

func TestOf(t *testing.T) { //nolint:paralleltest // it sets the environment
	usual := 2
	if testing.Short() {
		usual = 1
	}
	for value, want := range map[string]int{"": usual, "0": usual, "1": 3} {
		t.Setenv("TRADEPAY_TEST_FULL", value)
		require.Equal(t, want, testsize.Of(1, 2, 3), value)
		require.Equal(t, want == 3, testsize.Full(), value)
	}
}
