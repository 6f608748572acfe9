package tradepay_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
)

// withoutMinorUnit are the codes of ISO 4217 list one in which nobody can pay: the
// list says N.A. for their minor unit.
var withoutMinorUnit = map[string]string{
	"XAG": "silver", "XAU": "gold", "XPD": "palladium", "XPT": "platinum",
	"XBA": "a unit of the bond markets", "XBB": "a unit of the bond markets", "XBC": "a unit of the bond markets",
	"XBD": "a unit of the bond markets",
	"XDR": "special drawing rights", "XSU": "a unit of account between states",
	"XUA": "a unit of account between states",
	"XTS": "for tests", "XXX": "no currency",
}

// withdrawn are codes that list one has no more. Refunds may still need them.
var withdrawn = map[string]int{
	"ANG": 2, // 2025-03, for XCG
	"BGN": 2, // 2026-01, for EUR
}

// TestMinorDigits compares all codes of three letters with ISO 4217 list one.
func TestMinorDigits(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/iso4217.csv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	list := csv.NewReader(file)
	list.Comment = '#'
	records, err := list.ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 178)
	want := make(map[string]int, len(records))
	for _, record := range records {
		code, minor := record[0], record[1]
		if minor == "N.A." {
			require.Contains(t, withoutMinorUnit, code)
			continue
		}
		require.NotContains(t, withoutMinorUnit, code)
		require.NotContains(t, want, code)
		want[code], err = strconv.Atoi(minor)
		require.NoError(t, err)
	}
	require.Len(t, want, len(records)-len(withoutMinorUnit))
	for code, digits := range withdrawn {
		require.NotContains(t, want, code)
		want[code] = digits
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	got := make(map[string]int, len(want))
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				code := string([]rune{a, b, c})
				if digits, ok := tradepay.MinorDigits(code); ok {
					got[code] = digits
				}
			}
		}
	}
	require.Equal(t, want, got)
}

func TestMinorDigitsOfNoCurrency(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"", "U", "US", "USDX", "usd", "Usd", " USD", "USD ", "US ", " US", "ABC", "ZZZ", "840", "$", "\u20ac",
		"DEM", "HRK", // withdrawn long before the list
	} {
		digits, ok := tradepay.MinorDigits(code)
		require.False(t, ok, code)
		require.Zero(t, digits, code)
	}
}
