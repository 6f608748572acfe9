package consttest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/consttest"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b \" c", "d"}, consttest.Texts(t, "testdata", "Letter"))
}
