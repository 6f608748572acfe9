package shop

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	tradepay "github.com/tradepay/tradepay-go"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// Item is one thing for sale.
type Item struct {
	ID    string
	Names map[string]string // by language; "en" stands in for a missing one
	Price tradepay.Amount   // in minor units, of the currency that the wallet takes
	Stock int64             // when the database is new
}

// Name returns the item's name in a language.
func (i Item) Name(lang string) string { return cmp.Or(i.Names[lang], i.Names["en"], i.ID) }

// demo holds the example's goods with their prices in US cents.
var demo = []struct {
	id, en, es string
	cents      int64
	stock      int64
}{
	{"coffee", "Coffee", "Café", 350, 500},
	{"croissant", "Croissant", "Medialuna", 275, 500},
	{"juice", "Orange juice", "Jugo de naranja", 425, 200},
	{"cake", "Slice of cake", "Porción de torta", 590, 100},
	{"beans", "Bag of coffee beans", "Bolsa de café en grano", 1495, 40},
}

// rates are round figures, so that the example's prices look like prices. A
// real shop has a price list.
var rates = map[string]int64{"ZAR": 18, "LSL": 18, "PHP": 57, "MYR": 4, "IQD": 1310, "CLP": 940, "MXN": 18,
	"IDR": 16000, "JPY": 150}

// DemoCatalogue returns the example's goods with prices in a currency.
func DemoCatalogue(code string) ([]Item, error) {
	digits, ok := tradepay.MinorDigits(code)
	if !ok {
		return nil, fmt.Errorf("%q is no currency of ISO 4217; give it like USD", code)
	}
	unit := int64(1) // minor units in one whole: 1 for CLP, 100 for USD, 1,000 for IQD
	for range digits {
		unit *= 10
	}
	items := make([]Item, len(demo))
	for i, d := range demo {
		value := d.cents * cmp.Or(rates[code], 1) * unit / 100
		items[i] = Item{ID: d.id, Names: map[string]string{"en": d.en, "es": d.es},
			Price: tradepay.Amount{Currency: code, Value: value}, Stock: d.stock}
	}
	return items, nil
}

// CurrencyOf returns the currency of a country, such as ZAR for ZA, and USD
// for a wallet of no country or of several.
func CurrencyOf(country string) string {
	if country == "LS" {
		return "LSL" // of its two currencies, the wallet's
	}
	region, err := language.ParseRegion(country)
	if err != nil {
		return "USD"
	}
	unit, ok := currency.FromRegion(region)
	if !ok {
		return "USD"
	}
	return unit.String()
}

// checkCatalogue finds what would otherwise fail at the first order.
func checkCatalogue(items []Item) error {
	if len(items) == 0 {
		return errors.New("shop: the catalogue is empty")
	}
	for i, item := range items {
		_, known := tradepay.MinorDigits(item.Price.Currency)
		switch {
		case item.ID == "" || slices.ContainsFunc(items[:i], func(other Item) bool { return other.ID == item.ID }):
			return fmt.Errorf("shop: item %q of the catalogue has no id of its own", item.ID)
		case !known || item.Price.Value <= 0:
			return fmt.Errorf("shop: item %q of the catalogue has no price", item.ID)
		case item.Price.Value > maxPrice:
			return fmt.Errorf("shop: item %q of the catalogue costs more than an order may", item.ID)
		case item.Price.Currency != items[0].Price.Currency:
			return fmt.Errorf("shop: item %q of the catalogue has another currency than the others; an order has one",
				item.ID)
		}
	}
	return nil
}

const (
	maxLines    = 20
	maxQuantity = 99
	// maxPrice keeps the sum of an order, 20 lines of 99, within the 16 digits
	// that the wallets take.
	maxPrice = 1_000_000_000_000
)

// Line is one line of an order. Name and Unit are those of the moment of the
// order: a later change of the catalogue does not change what was sold.
type Line struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Quantity int64           `json:"quantity"`
	Unit     tradepay.Amount `json:"unit"`
}

// Sum is the price of the line.
func (l Line) Sum() tradepay.Amount {
	return tradepay.Amount{Currency: l.Unit.Currency, Value: l.Unit.Value * l.Quantity}
}

// wanted is what the phone may say about a line: what and how many. There is
// no field for a price.
type wanted struct {
	ID       string `json:"id"`
	Quantity int64  `json:"quantity"`
}

// price turns what the phone wants into lines with the catalogue's prices, in
// the order of their ids: then no two fulfilments wait for each other's stock.
func (s *Shop) price(items []wanted, lang string) ([]Line, error) {
	if len(items) == 0 || len(items) > maxLines {
		return nil, errItems
	}
	var lines []Line
	for _, w := range items {
		at := slices.IndexFunc(s.catalogue, func(i Item) bool { return i.ID == w.ID })
		if at < 0 || w.Quantity < 1 || w.Quantity > maxQuantity {
			return nil, errItems
		}
		if slices.ContainsFunc(lines, func(l Line) bool { return l.ID == w.ID }) {
			return nil, errItems
		}
		item := s.catalogue[at]
		lines = append(lines, Line{ID: item.ID, Name: item.Name(lang), Quantity: w.Quantity, Unit: item.Price})
	}
	slices.SortFunc(lines, byID)
	return lines, nil
}

func byID(a, b Line) int { return cmp.Compare(a.ID, b.ID) }

func total(lines []Line) tradepay.Amount {
	sum := tradepay.Amount{Currency: lines[0].Unit.Currency}
	for _, l := range lines {
		sum.Value += l.Sum().Value
	}
	return sum
}

// title is what the cashier shows, at most 256 characters.
func title(lines []Line) string {
	parts := make([]string, len(lines))
	for i, l := range lines {
		parts[i] = fmt.Sprintf("%d × %s", l.Quantity, l.Name)
	}
	text := []rune(strings.Join(parts, ", "))
	if len(text) > 256 {
		text = append(text[:255], '…')
	}
	return string(text)
}
