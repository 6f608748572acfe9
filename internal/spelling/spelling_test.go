package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/spelling"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"same", "same", 0}, {"vodpay", "vodapay", 1}, {"vodapay", "vodpay", 1},
		{"gcush", "gcash", 1}, {"gcahs", "gcash", 1}, {"kitten", "sitting", 3},
	} {
		require.Equal(t, test.want, spelling.Distance(test.a, test.b), "%s, %s", test.a, test.b)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"doctor", "keygen", "notify", "order create"}
	for word, want := range map[string]string{"docter": "doctor", "ordre create": "order create", "x": "",
		"completely other": "", "": ""} {
		require.Equal(t, want, spelling.Nearest(word, names), word)
	}
}
