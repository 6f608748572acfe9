package ascii_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/ascii"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ digits, printable bool }{
		"":       {false, true},
		"0123":   {true, true},
		"12a":    {false, true},
		"-1":     {false, true},
		"a b~":   {false, true},
		"a\tb":   {false, false},
		"é":      {false, false},
		"\x7f":   {false, false},
		"١٢":     {false, false}, // digits of another script
		"1\n":    {false, false},
		"\u00a0": {false, false},
	} {
		require.Equal(t, want.digits, ascii.Digits(text), "%q", text)
		require.Equal(t, want.printable, ascii.Printable(text), "%q", text)
	}
}
