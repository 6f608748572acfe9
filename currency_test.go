package tradepay_test

import (
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

func TestEveryCurrencyHasSensibleDigits(t *testing.T) {
	t.Parallel()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	count := map[int]int{}
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				if digits, ok := tradepay.MinorDigits(string([]rune{a, b, c})); ok {
					count[digits]++
				}
			}
		}
	}
	// ISO 4217 has 17 currencies without decimals, seven with three, two with four.
	require.Equal(t, 17, count[0])
	require.Greater(t, count[2], 130)
	require.Equal(t, 7, count[3])
	require.Equal(t, 2, count[4])
	require.Len(t, count, 4)
}
