package shop

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// TestDemoCatalogue: prices in currencies with two decimals, none and three.
func TestDemoCatalogue(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{
		"USD": "3.50 USD", "ZAR": "63.00 ZAR", "CLP": "3290 CLP", "JPY": "525 JPY", "IQD": "4585.000 IQD",
		"KWD": "3.500 KWD", "EUR": "3.50 EUR",
	} {
		items, err := DemoCatalogue(currency)
		require.NoError(t, err)
		require.NoError(t, checkCatalogue(items))
		require.Equal(t, want, items[0].Price.String())
		for _, item := range items {
			require.NotEmpty(t, item.Names["en"])
			require.NotEmpty(t, item.Names["es"])
		}
	}
	_, err := DemoCatalogue("usd")
	require.ErrorContains(t, err, "ISO 4217")
}

func TestCurrencyOf(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]string{"ZA": "ZAR", "LS": "LSL", "PH": "PHP", "MY": "MYR", "IQ": "IQD",
		"CL": "CLP", "MX": "MXN", "ID": "IDR", "": "USD", "EU": "EUR", "??": "USD"} {
		require.Equal(t, want, CurrencyOf(country), country)
	}
	for _, w := range wallets.All() {
		_, err := DemoCatalogue(CurrencyOf(w.Country))
		require.NoError(t, err, w.Name)
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	line := Line{ID: "a", Name: strings.Repeat("ñ", 200), Quantity: 2, Unit: tradepay.Amount{Currency: "USD", Value: 3}}
	require.Equal(t, "2 × "+line.Name, title([]Line{line}))
	long := title([]Line{line, line})
	require.Len(t, []rune(long), 256)
	require.True(t, strings.HasSuffix(long, "…"))
	require.Equal(t, tradepay.Amount{Currency: "USD", Value: 12}, total([]Line{line, line}))
}

// FuzzPrice: whatever a phone asks for, an order costs what the catalogue says,
// within what a wallet takes.
func FuzzPrice(f *testing.F) {
	f.Add(`[{"id":"coffee","quantity":2}]`)
	f.Add(`[{"id":"cake","quantity":99},{"id":"juice","quantity":1}]`)
	f.Add(`[{"id":"coffee","quantity":1e2}]`)
	catalogue, err := DemoCatalogue("USD")
	if err != nil {
		f.Fatal(err)
	}
	prices := make(map[string]int64)
	for _, item := range catalogue {
		prices[item.ID] = item.Price.Value
	}
	s := &Shop{catalogue: catalogue}
	f.Fuzz(func(t *testing.T, body string) {
		var items []wanted
		if json.Unmarshal([]byte(body), &items) != nil {
			return
		}
		lines, err := s.price(items, "en")
		if err != nil {
			require.ErrorIs(t, err, errItems)
			return
		}
		require.Len(t, lines, len(items))
		var sum int64
		for _, w := range items {
			sum += prices[w.ID] * w.Quantity
		}
		require.Equal(t, sum, total(lines).Value)
		require.Positive(t, sum)
	})
}
