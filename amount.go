package tradepay

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/redact"
)

// maxAmount is the largest value that the wire can carry: 16 digits.
const maxAmount = 9_999_999_999_999_999

// Amount is money in the smallest unit of its currency: Value 1050 with
// Currency "USD" is 10.50 USD, with "JPY" 1,050 JPY, with "IQD" 1.050 IQD.
// Currency is the ISO 4217 code. It marshals to the wire form
// {"currency":"USD","value":"1050"}.
type Amount struct {
	Currency string
	Value    int64
}

// ParseAmount reads a decimal such as "10.50" in the given ISO 4217 currency.
// It accepts digits with at most one point, and no more decimals than the
// currency has. It rejects signs, exponents, group separators and spaces. The
// amount must be positive and have at most 16 digits in the smallest unit.
// Errors match [ErrInvalidAmount].
func ParseAmount(decimal, currency string) (Amount, error) {
	digits, ok := MinorDigits(currency)
	if !ok {
		return Amount{}, unknownCurrency("currency")
	}
	if separator := grouping(decimal); separator != "" && digits == 0 {
		rule := currency + " has no decimals; the " + separator + " seems to separate thousands"
		return Amount{}, invalidAmount("decimal", rule, `leave separators out: one thousand is "1000"`)
	}
	sample := `"10.50"`
	if digits == 0 {
		sample = `"1050"`
	}
	whole, fraction, point := strings.Cut(decimal, ".")
	wrongFraction := point && !ascii.Digits(fraction)
	switch {
	case !ascii.Digits(whole) || wrongFraction:
		return Amount{}, invalidAmount("decimal", "must be digits with at most one decimal point",
			"write it like "+sample+", without separators of thousands")
	case len(whole) > 1 && whole[0] == '0':
		return Amount{}, invalidAmount("decimal", "must not begin with extra zeros", "write it like "+sample)
	case len(fraction) > digits && grouping(decimal) != "":
		rule := currency + " has " + strconv.Itoa(digits) + " decimals, the text has 3"
		return Amount{}, invalidAmount("decimal", rule,
			"round it first, or leave the dot out if it separates thousands")
	case len(fraction) > digits:
		rule := currency + " has " + strconv.Itoa(digits) + " decimals, the text has " + strconv.Itoa(len(fraction))
		return Amount{}, invalidAmount("decimal", rule, "round it first")
	case len(whole)+digits > 17: // 16 digits, or a leading zero before them
		return Amount{}, tooLarge("decimal")
	}
	value, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	switch {
	case err != nil || value > maxAmount:
		return Amount{}, tooLarge("decimal")
	case value == 0:
		return Amount{}, invalidAmount("decimal", "must be positive", "leave out what costs nothing")
	}
	return Amount{Currency: currency, Value: value}, nil
}

// grouping returns "dot" or "comma" if that sign may separate thousands in the
// text, else "". Only the writer knows what a text means: "1.000" is one
// thousand in Chile and one in Bahrain.
func grouping(text string) string {
	for _, separator := range []struct{ sign, name string }{{".", "dot"}, {",", "comma"}} {
		groups := strings.Split(text, separator.sign)
		first, rest := groups[0], groups[1:]
		opensGroups := ascii.Digits(first) && len(first) <= 3 && first[0] != '0'
		odd := func(group string) bool { return len(group) != 3 || !ascii.Digits(group) }
		if opensGroups && len(rest) > 0 && !slices.ContainsFunc(rest, odd) {
			return separator.name
		}
	}
	return ""
}

// Decimal returns the amount in the form that ParseAmount reads, such as
// "10.50". A currency that is not in ISO 4217 counts as one without decimals.
func (a Amount) Decimal() string {
	digits, _ := MinorDigits(a.Currency)
	text := strconv.FormatInt(a.Value, 10)
	sign := ""
	if a.Value < 0 {
		sign, text = "-", text[1:]
	}
	if digits == 0 {
		return sign + text
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// String returns the amount for people, such as "10.50 USD".
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

type wireAmount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

// MarshalJSON writes the wire form, with the value as a string. The zero Amount
// means "no amount" and becomes null. What UnmarshalJSON would not read is an error
// that matches [ErrInvalidAmount]: a negative amount, which the wire does not have,
// one of more than 16 digits, or one without a currency in three capital letters.
func (a Amount) MarshalJSON() ([]byte, error) {
	switch {
	case a.IsZero():
		return []byte("null"), nil
	case a.Value < 0:
		return nil, invalidAmount("amount", "must not be negative in JSON", "store its text form")
	}
	value := strconv.FormatInt(a.Value, 10)
	if _, err := parseWireAmount(a.Currency, value); err != nil {
		return nil, err
	}
	return json.Marshal(wireAmount{a.Currency, value})
}

// UnmarshalJSON reads the wire form; null changes nothing. Errors match
// [ErrInvalidAmount].
func (a *Amount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" { // by convention a no-op
		return nil
	}
	var w wireAmount
	if err := json.Unmarshal(data, &w); err != nil {
		return invalidAmount("amount", `must be an object {"currency","value"} with a string value`, "")
	}
	parsed, err := parseWireAmount(w.Currency, w.Value)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// parseWireAmount reads what a wallet sent. It keeps a currency that this
// version does not know: the caller compares it with the expected one.
func parseWireAmount(currency, value string) (Amount, error) {
	isCode := len(currency) == 3 && strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	if !isCode {
		return Amount{}, invalidAmount("currency", "must be three capital letters", "")
	}
	extraZeros := len(value) > 1 && value[0] == '0'
	if !ascii.Digits(value) || len(value) > 16 || extraZeros {
		return Amount{}, invalidAmount("value", "must be an integer of at most 16 digits in the smallest unit", "")
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return Amount{}, tooLarge("value")
	}
	return Amount{Currency: currency, Value: n}, nil
}

// validate checks an amount that is about to be sent.
func (a Amount) validate(field string) error {
	switch _, ok := MinorDigits(a.Currency); {
	case !ok:
		return unknownCurrency(field + ".Currency")
	case a.Value <= 0:
		return invalidAmount(field+".Value", "must be positive", "give it in the smallest unit, 100 for 1.00 USD")
	case a.Value > maxAmount:
		return tooLarge(field + ".Value")
	}
	return nil
}

func invalidAmount(field, rule, remedy string) error {
	return &FieldError{Field: field, Rule: rule, Remedy: remedy, Err: ErrInvalidAmount}
}

func unknownCurrency(field string) error {
	return invalidAmount(field, "must be an ISO 4217 code in capital letters", `give it like "USD"`)
}

func tooLarge(field string) error {
	return invalidAmount(field, "must have at most 16 digits in the smallest unit", "split it")
}

// IsZero reports whether the amount is the zero value, which means "no amount".
// 0.00 USD has a currency, so it is an amount and not the zero value.
func (a Amount) IsZero() bool { return a == Amount{} }

// Add returns a + b. The zero value adds nothing. An error matches
// [ErrInvalidAmount]: the currencies differ, or a, b or the sum has more than 16
// digits.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case !carries(a.Value) || !carries(b.Value):
		return Amount{}, tooLarge("Amount")
	case a.IsZero():
		return b, nil
	case b.IsZero():
		return a, nil
	case a.Currency != b.Currency:
		return Amount{}, otherCurrency(a, b)
	case !carries(a.Value + b.Value):
		return Amount{}, tooLarge("Amount")
	}
	return Amount{Currency: a.Currency, Value: a.Value + b.Value}, nil
}

// Sub returns a - b. The result may be negative; such an amount cannot be sent
// to a wallet. If b is the zero value, the result is a; if a is, it is -b.
// Errors are those of Add.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.Value < -maxAmount {
		return Amount{}, tooLarge("Amount")
	}
	return a.Add(Amount{Currency: b.Currency, Value: -b.Value})
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or more than b. An error
// matches [ErrInvalidAmount]: the currencies differ, or one is the zero value.
func (a Amount) Cmp(b Amount) (int, error) {
	switch {
	case a.IsZero() || b.IsZero():
		return 0, invalidAmount("Amount", "is the zero value, which means no amount", "ask IsZero first")
	case a.Currency != b.Currency:
		return 0, otherCurrency(a, b)
	}
	return cmp.Compare(a.Value, b.Value), nil
}

// MarshalText writes what String returns, such as "10.50 USD". For the zero
// value it writes nothing.
func (a Amount) MarshalText() ([]byte, error) {
	if a.IsZero() {
		return nil, nil
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what MarshalText writes. Errors match [ErrInvalidAmount].
func (a *Amount) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Amount{}
		return nil
	}
	decimal, currency, _ := strings.Cut(string(text), " ")
	digits, _ := MinorDigits(currency) // of one that is not in ISO 4217: none, as in Decimal
	minor := strings.TrimPrefix(decimal, "-")
	whole, fraction, _ := strings.Cut(minor, ".")
	value, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return invalidAmount("amount", "is not an amount in a currency", `write it like "10.50 USD"`)
	}
	if strings.HasPrefix(decimal, "-") {
		value = -value
	}
	read := Amount{Currency: currency, Value: value}
	onlySpelling := read.String() == string(text) // each amount has one text
	if len(fraction) != digits || len(currency) != 3 || !onlySpelling {
		return invalidAmount("amount", "is not an amount in a currency", `write it like "10.50 USD"`)
	}
	*a = read
	return nil
}

// carries reports whether a value, without its sign, has at most 16 digits.
func carries(value int64) bool { return -maxAmount <= value && value <= maxAmount }

func otherCurrency(a, b Amount) error {
	rule := "is " + redact.Word(a.Currency) + " of one amount and " + redact.Word(b.Currency) + " of the other"
	return invalidAmount("Currency", rule, "convert one of them first")
}
