package tradepay_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
)

func TestMinorDigits(t *testing.T) {
	t.Parallel()
	for want, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
		// The wallets' countries, and the first and last of each line of the
		// list, where a lost space would show.
		2: "USD EUR GBP ZAR PHP MYR IDR MXN LSL MZN TZS KES CNY HKD SGD THB BDT AED BYN BZD CAD GHS GIP GYD LRD PEN PGK SZL TJS ZMW ZWG XCG SLE VED",
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for code := range strings.FieldsSeq(codes) {
			digits, ok := tradepay.MinorDigits(code)
			require.True(t, ok, code)
			require.Equal(t, want, digits, code)
		}
	}
	for _, code := range []string{
		"", "U", "US", "USDX", "usd", "Usd", " USD", "USD ", "US ", " US", "ABC", "ZZZ", "XXX", "XTS", "XAU", "XAG", "840", "$", "\u20ac",
		"DEM", "HRK", // withdrawn long before the list
	} {
		digits, ok := tradepay.MinorDigits(code)
		require.False(t, ok, code)
		require.Zero(t, digits, code)
	}
}

// TestISO4217: the list is that of the standard, code by code and both ways,
// but for what is said here.
func TestISO4217(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/iso4217.txt")
	require.NoError(t, err)
	want := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if code, digits, ok := strings.Cut(strings.TrimSpace(line), " "); ok && code != "#" && digits != "N.A." { // metals, units of account and codes for tests
			want[code] = digits
		}
	}
	delete(want, "CUC") // withdrawn in 2025, out of use since 2021
	want["XCG"] = "2"   // since 2025, for ANG

	got := map[string]string{}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				if digits, ok := tradepay.MinorDigits(string([]rune{a, b, c})); ok {
					got[string([]rune{a, b, c})] = strconv.Itoa(digits)
				}
			}
		}
	}
	require.Equal(t, want, got)
}
