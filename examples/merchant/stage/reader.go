package stage

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	textlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// reader is who reads an export: in a language, with numbers as the region writes them
// and the time of a zone.
type reader struct {
	language
	numbers *message.Printer
	zone    *time.Location
}

// readerOf reads the query: lang, locale such as es-MX (default: the language), and zone such
// as America/Mexico_City (default: UTC).
func (s *Stage) readerOf(r *http.Request) reader {
	query := r.URL.Query()
	return newReader(s.languageOf(r), query.Get("locale"), query.Get("zone"))
}

func newReader(l language, locale, zone string) reader {
	region := textlanguage.Make(l.Tag)
	if own, known := languageNamed(locale); known && own == l {
		if tag, err := textlanguage.Parse(locale); err == nil {
			region = tag
		}
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC // this machine does not know the zone
	}
	return reader{language: l, numbers: message.NewPrinter(region), zone: place}
}

// number writes a number with so many digits after its decimal sign.
func (l reader) number(value float64, digits int) string {
	return l.numbers.Sprint(number.Decimal(value, number.Scale(digits)))
}

// exact is how many digits a number of 64 bits holds exactly.
const exact = 15

// money writes an amount such as "1050.00 ZAR". What is no such text, or too long to be
// exact, stays as it is.
func (l reader) money(text string) string {
	digits, currency, ok := strings.Cut(text, " ")
	value, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || len(digits) > exact {
		return text
	}
	_, decimals, _ := strings.Cut(digits, ".")
	return l.number(value, len(decimals)) + "\u00a0" + currency
}

// duration writes a time for people, in a few characters however long it is.
func (l reader) duration(d time.Duration) string {
	if d < 10*time.Second {
		return l.number(milliseconds(d), 1) + " ms"
	}
	return l.number(d.Seconds(), 1) + " s"
}
